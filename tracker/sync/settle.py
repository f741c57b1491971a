"""What the base learns from an action once it is done.

Pure: no clock, no disk, no network, no logging. A field is agreed on when both sides have it: a
local action teaches nothing about a field that a remote update of the same plan has yet to bring,
and no update teaches anything about a field that is held or in conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.roadmap.model import SkillId
from tracker.sync.plan import Create, Plan, Update
from tracker.sync.snapshot import TWO_WAY, Field, Side, Value

_NONE: frozenset[Field] = frozenset()


@dataclass(frozen=True, slots=True)
class Ledger:
    """The fields of a plan that are not settled by the action that sets them."""

    waiting: Mapping[SkillId, frozenset[Field]]
    unsettled: Mapping[SkillId, frozenset[Field]]

    def learn(self, action: Create | Update) -> dict[Field, Value]:
        """Return the base values that hold once this action is done."""
        later = self.waiting.get(action.skill_id, _NONE) if action.side is Side.LOCAL else _NONE
        if isinstance(action, Create):
            values = action.record.values()
        else:
            values = {change.field: change.after for change in action.changes}
            later |= self.unsettled.get(action.skill_id, _NONE)
        return {
            which: value
            for which, value in values.items()
            if which in _TWO_WAY and which not in later
        }


_TWO_WAY = frozenset(TWO_WAY)


def make_ledger(plan: Plan) -> Ledger:
    """Work out what is not settled at once."""
    waiting: dict[SkillId, frozenset[Field]] = {}
    unsettled: dict[SkillId, frozenset[Field]] = {}
    for action in plan.actions:
        if isinstance(action, Update) and action.side is Side.REMOTE:
            waiting[action.skill_id] = frozenset(change.field for change in action.changes)
    conflicts = [(each.skill_id, each.field) for each in plan.conflicts]
    for skill_id, which in (*conflicts, *((each.skill_id, each.field) for each in plan.holds)):
        if skill_id is not None and which is not None:
            unsettled[skill_id] = unsettled.get(skill_id, _NONE) | {which}
    return Ledger(waiting, unsettled)
