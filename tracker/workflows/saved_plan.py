"""Saved plans: a plan as plain values, and the check that it still fits the world.

Pure: the caller reads and writes the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from tracker.errors import Problem, RefusedError
from tracker.roadmap.model import SkillId
from tracker.sync.plan import Action, Conflict, Plan, Policy
from tracker.sync.plan_json import (
    decode_count,
    decode_list,
    decode_object,
    decode_optional,
    decode_plan,
    decode_text,
    encode_plan,
)
from tracker.sync.snapshot import Side

SCHEMA = 1
_KEYS = frozenset({"schema", "names", "policy", "plans"})
_POLICY_KEYS = frozenset({"prefer", "allow_deletes", "today"})
SHOWN = 5
"""Differences named in a refusal; the rest is counted."""


def format_saved(plans: Sequence[Plan], names: Sequence[str], policy: Policy) -> dict[str, Any]:
    """Turn plans, and the policy they were made with, into plain values."""
    return {
        "schema": SCHEMA,
        "names": list(names),
        "policy": {
            "prefer": policy.prefer.value if policy.prefer else None,
            "allow_deletes": policy.allow_deletes,
            "today": policy.today.isoformat(),
        },
        "plans": [encode_plan(plan) for plan in plans],
    }


def parse_saved(saved: Mapping[str, Any]) -> tuple[tuple[Plan, ...], list[str], Policy]:
    """Take saved plans, names and policy back; raise RefusedError for anything else."""
    schema = saved.get("schema") if isinstance(saved, Mapping) else None
    if schema != SCHEMA or isinstance(schema, bool):
        raise RefusedError(_unreadable(_name_schema(schema)))
    try:
        parts = decode_object(saved, _KEYS)
        plans = decode_list(parts["plans"], decode_plan)
        return plans, [*decode_list(parts["names"], decode_text)], _parse_policy(parts["policy"])
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise RefusedError(_unreadable(f"it was changed by hand or cut off: {error}")) from None


def _parse_policy(stored: Any) -> Policy:
    policy = decode_object(stored, _POLICY_KEYS)
    return Policy(
        prefer=decode_optional(policy["prefer"], lambda each: Side(decode_text(each))),
        allow_deletes=decode_count(policy["allow_deletes"]),
        today=date.fromisoformat(decode_text(policy["today"])),
    )


def _name_schema(schema: object) -> str:
    if isinstance(schema, int):
        return f"it has schema {str(schema)[:20]}, this version reads {SCHEMA}"
    return "it names no schema, as every saved plan does"


def check_fresh(saved: Sequence[Plan], fresh: Sequence[Plan]) -> None:
    """Raise RefusedError, saying what changed, unless both are the very same plans."""
    if tuple(saved) != tuple(fresh):
        raise RefusedError(_stale(tuple(_differences(saved, fresh))))


def _differences(saved: Sequence[Plan], fresh: Sequence[Plan]) -> Iterator[str]:
    now = {plan.roadmap: plan for plan in fresh}
    before = {plan.roadmap: plan for plan in saved}
    for name in sorted(now.keys() ^ before.keys()):
        yield f"{name}: {'new' if name in now else 'gone'}"
    for name in sorted(now.keys() & before.keys()):
        yield from _changes(before[name], now[name])


def _changes(before: Plan, now: Plan) -> Iterator[str]:
    if before.digest != now.digest:
        yield f"{now.roadmap}: the file changed"
    old, new = _by_skill(before), _by_skill(now)
    changed = [each for each in {**old, **new} if old.get(each) != new.get(each)]
    if not changed and before.digest == now.digest:
        yield f"{now.roadmap}: the sections, or the order of what is done"
    for skill_id in changed:
        yield f"{now.roadmap}: {skill_id or 'a row without a name'}"


def _by_skill(plan: Plan) -> Mapping[SkillId | None, Sequence[Action | Conflict]]:
    told: dict[SkillId | None, list[Action | Conflict]] = {}
    for each in (*plan.actions, *plan.conflicts):
        told.setdefault(each.skill_id, []).append(each)
    return told


def _stale(changed: Sequence[str]) -> Problem:
    more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
    return Problem(
        code="plan-stale",
        what="the saved plan no longer fits: one of the sides changed since it was made",
        why="; ".join(changed[:SHOWN]) + more,
        kept="nothing was written",
        next="tracker plan --out FILE    # look at it, then tracker apply FILE",
    )


def _unreadable(why: str) -> Problem:
    return Problem(
        code="plan-unreadable",
        what="this file is not a plan of this version of tracker",
        why=why,
        kept="nothing was written",
        next="tracker plan --out FILE",
    )
