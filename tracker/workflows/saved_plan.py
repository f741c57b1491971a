"""Saved plans: plans as plain values, and the check that they still fit both sides.

Pure: the caller reads and writes the file. A saved plan is never carried out itself. `tracker apply`
plans anew and compares: only where the new plan is the very same is the new one carried out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from tracker.errors import Problem, RefusedError
from tracker.sync.model import Plan, Policy, Side
from tracker.sync.plan_json import decode_count, encode_plan
from tracker.sync.value_json import (
    Json,
    decode_list,
    decode_object,
    decode_optional,
    decode_text,
    make_error,
)

SCHEMA = 1
SHOWN = 5
"""Differences named in a refusal; the rest is counted."""

_KEYS = frozenset({"schema", "names", "policy", "plans"})
_POLICY_KEYS = frozenset({"prefer", "allow_deletes", "today"})
_PLAN_KEYS = frozenset({"roadmap", "title", "digest", "actions", "conflicts", "sections"})


def format_saved(plans: Sequence[Plan], names: Sequence[str], policy: Policy) -> Json:
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


def parse_saved(saved: Mapping[str, Any]) -> tuple[tuple[Json, ...], list[str], Policy]:
    """Return the encoded plans, the names and the policy; raise RefusedError for anything else."""
    schema = saved.get("schema") if isinstance(saved, Mapping) else None
    # A bool is an int in Python, and True == 1.
    if schema != SCHEMA or isinstance(schema, bool):
        raise RefusedError(_unreadable(_name_schema(schema)))
    try:
        parts = decode_object(saved, _KEYS)
        plans = decode_list(parts["plans"], _check_plan)
        return plans, [*decode_list(parts["names"], decode_text)], _parse_policy(parts["policy"])
    except ValueError as error:
        raise RefusedError(_unreadable(f"it was changed by hand or cut off: {error}")) from None


def _parse_policy(stored: Any) -> Policy:
    policy = decode_object(stored, _POLICY_KEYS)
    return Policy(
        prefer=decode_optional(policy["prefer"], lambda side: Side(decode_text(side))),
        allow_deletes=decode_count(policy["allow_deletes"]),
        today=date.fromisoformat(decode_text(policy["today"])),
    )


def _check_plan(stored: Any) -> Json:
    """Return an encoded plan in which `_list_changes` can look up what differs."""
    plan = decode_object(stored, _PLAN_KEYS)
    for name in ("roadmap", "digest"):
        decode_text(plan[name])
    for part in (plan["actions"], plan["conflicts"]):
        for entry in decode_list(part, _check_entry):
            decode_optional(entry.get("skill_id"), decode_text)
    return plan


def _check_entry(stored: Any) -> Json:
    if not isinstance(stored, dict):
        raise make_error("an object", stored)
    return stored


def _name_schema(schema: object) -> str:
    if isinstance(schema, int):
        return f"it has schema {str(schema)[:20]}, this version reads {SCHEMA}"
    return "it names no schema, as every saved plan does"


def check_fresh(saved: Sequence[Json], fresh: Sequence[Plan]) -> None:
    """Raise RefusedError, saying what changed, unless both are the very same plans."""
    encoded = [encode_plan(plan) for plan in fresh]
    if [*saved] != encoded:
        raise RefusedError(_stale(tuple(_list_differences(saved, encoded))))


def _list_differences(saved: Sequence[Json], fresh: Sequence[Json]) -> Iterator[str]:
    now = {plan["roadmap"]: plan for plan in fresh}
    before = {plan["roadmap"]: plan for plan in saved}
    for name in sorted(now.keys() ^ before.keys()):
        yield f"{name}: {'new' if name in now else 'gone'}"
    for name in sorted(now.keys() & before.keys()):
        yield from _list_changes(before[name], now[name])


def _list_changes(before: Json, now: Json) -> Iterator[str]:
    name = now["roadmap"]
    is_edited = before["digest"] != now["digest"]
    if is_edited:
        yield f"{name}: the file changed"
    old, new = _group_by_skill(before), _group_by_skill(now)
    changed = [skill_id for skill_id in {**old, **new} if old.get(skill_id) != new.get(skill_id)]
    if not changed and not is_edited:
        yield f"{name}: the sections, or the order of what is done"
    for skill_id in changed:
        yield f"{name}: {skill_id or 'a row without a name'}"


def _group_by_skill(plan: Json) -> Mapping[str | None, Sequence[Json]]:
    groups: dict[str | None, list[Json]] = {}
    for entry in (*plan["actions"], *plan["conflicts"]):
        groups.setdefault(entry.get("skill_id"), []).append(entry)
    return groups


def _stale(changed: Sequence[str]) -> Problem:
    more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
    return Problem(
        code="plan-stale",
        what="the saved plan no longer fits: one of the sides changed since it was made",
        why="; ".join(changed[:SHOWN]) + more,
        kept="nothing was written",
        next="tracker plan --output FILE    # look at it, then tracker apply FILE",
    )


def _unreadable(why: str) -> Problem:
    return Problem(
        code="plan-unreadable",
        what="this file is not a plan of this version of tracker",
        why=why,
        kept="nothing was written",
        next="tracker plan --output FILE",
    )
