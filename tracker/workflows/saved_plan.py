"""Saved plans: a plan as plain values, and the check that it still fits the world.

Pure: the caller reads and writes the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any

from tracker.errors import Problem, RefusedError
from tracker.sync.plan import Plan, Policy
from tracker.sync.plan_json import decode_plan, encode_plan
from tracker.sync.snapshot import Side

SCHEMA = 1
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
    if not isinstance(saved, Mapping) or saved.get("schema") != SCHEMA:
        raise RefusedError(_UNREADABLE)
    try:
        policy = saved["policy"]
        return (
            tuple(decode_plan(plan) for plan in saved["plans"]),
            [str(name) for name in saved["names"]],
            Policy(
                prefer=Side(policy["prefer"]) if policy["prefer"] else None,
                allow_deletes=int(policy["allow_deletes"]),
                today=date.fromisoformat(policy["today"]),
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise RefusedError(_UNREADABLE) from None


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
    for old, new in zip_longest(
        (*before.actions, *before.conflicts), (*now.actions, *now.conflicts)
    ):
        if old != new:
            changed = new or old
            yield f"{now.roadmap}: {changed.skill_id or 'a row without a name'}"


def _stale(changed: Sequence[str]) -> Problem:
    more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
    return Problem(
        code="plan-stale",
        what="the saved plan no longer fits: the roadmaps or Notion changed since it was made",
        why="; ".join(changed[:SHOWN]) + more,
        kept="nothing was written",
        next="tracker plan --out FILE, look at it, then tracker apply FILE",
    )


_UNREADABLE = Problem(
    code="plan-unreadable",
    what="this file is not a plan of this version of tracker",
    kept="nothing was written",
    next="tracker plan --out FILE",
)
