"""What the base learns from each action of a plan, once that action is done.

Pure: no clock, no disk, no network, no logging. A field is agreed on when both sides have it: a
local action teaches nothing about a field that a remote update of the same plan has yet to bring,
and no update teaches anything about a field that is held or in conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.roadmap.model import SkillId
from tracker.sync.plan import Conflict, Create, Hold, Plan, Update
from tracker.sync.snapshot import TWO_WAY, Binding, Field, Side, Value

_NONE: frozenset[Field] = frozenset()


@dataclass(frozen=True, slots=True)
class Ledger:
    """The fields of a plan that are not settled by the action that sets them.

    `waiting` fields of the file wait for the update of the row, `unsettled` ones are held or in
    conflict. `final` is what is agreed on once all actions of a skill are done, where they do not
    say it: the row of a skill that comes back is restored without naming its values.
    """

    waiting: Mapping[SkillId, frozenset[Field]]
    unsettled: Mapping[SkillId, frozenset[Field]]
    final: Mapping[SkillId, Mapping[Field, Value]] = field(default_factory=dict)

    def learn(self, action: Create | Update) -> dict[Field, Value]:
        """Return the base values that hold once this action is done."""
        if action.skill_id in self.final:
            is_last = action.side is Side.REMOTE or action.skill_id not in self.waiting
            return dict(self.final[action.skill_id]) if is_last else {}
        # A value that the file has got is agreed on only when the row has it, too: a run that is cut
        # off in between must find its own edit of the file again, and bring it to the row.
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


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """What the plan of an undo needs beside its actions.

    Before anything is written, the skills in `forget` are forgotten and the bindings in `bind` are
    made; `ledger` says what is agreed on afterwards.
    """

    ledger: Ledger
    forget: tuple[SkillId, ...] = ()
    bind: tuple[Binding, ...] = ()


_TWO_WAY = frozenset(TWO_WAY)


def make_ledger(plan: Plan) -> Ledger:
    """Work out what is not settled at once."""
    waiting: dict[SkillId, frozenset[Field]] = {}
    unsettled: dict[SkillId, frozenset[Field]] = {}
    for action in plan.actions:
        if isinstance(action, Update) and action.side is Side.REMOTE:
            waiting[action.skill_id] = frozenset(change.field for change in action.changes)
    open_fields: tuple[Conflict | Hold, ...] = (*plan.conflicts, *plan.holds)
    for open_field in open_fields:
        skill_id, which = open_field.skill_id, open_field.field
        if skill_id is not None and which is not None:
            unsettled[skill_id] = unsettled.get(skill_id, _NONE) | {which}
    return Ledger(waiting, unsettled)
