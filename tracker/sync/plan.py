"""The plan as a value: actions, conflicts and refusals, and what the base learns from each action.

Pure: no clock, no disk, no network, no logging. `tracker.sync.planner` makes plans, `tracker.sync.undo`
those of an undo; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from tracker.roadmap.model import At, SkillId
from tracker.sync.snapshot import TWO_WAY, Binding, Field, PageId, Record, Seen, Side, Value


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one skill on one side: the value it has and the value it gets."""

    field: Field
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Create:
    """Make a skill on a side where it does not exist.

    LOCAL: insert it into the file; `page_id` is the row it comes from. `text` is its text
    before it was removed, and `place` the index of the skill that followed it. REMOTE: make
    a row with `order`; `page_id` is None.
    """

    side: Side
    skill_id: SkillId
    record: Record
    order: float | None = None
    page_id: PageId | None = None
    text: str = ""
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Change some fields of a skill on one side.

    LOCAL: `at` addresses the skill; a change of `Field.ID` fills in a missing id. REMOTE: `restore`
    takes the page out of the trash first (Notion refuses to edit it there), and `seen` is the
    history that the row gets.
    """

    side: Side
    skill_id: SkillId
    changes: tuple[Change, ...]
    page_id: PageId | None = None
    at: At | None = None
    restore: bool = False
    seen: Seen = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a skill: from the file (LOCAL, by `at`), or into Notion's trash (REMOTE)."""

    side: Side
    skill_id: SkillId
    record: Record
    page_id: PageId | None = None
    at: At | None = None


@dataclass(frozen=True, slots=True)
class Adopt:
    """Write only to the state: bind the pair and advance the base of the fields that agree.

    `seen` is the row's history to remember; None leaves what is remembered.
    """

    skill_id: SkillId
    page_id: PageId
    fields: Mapping[Field, Value] = field(default_factory=dict)
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Forget:
    """Write only to the state: the skill is gone on both sides."""

    skill_id: SkillId
    page_id: PageId


@dataclass(frozen=True, slots=True)
class Hold:
    """Leave a skill, or one of its fields, alone on both sides, and tell the reason.

    `skill_id` is None for a row that has no name yet; `page_id` says which.
    """

    skill_id: SkillId | None
    reason: str
    page_id: PageId | None = None
    field: Field | None = None


Action = Create | Update | Delete | Adopt | Forget | Hold


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field changed to different values on both sides; neither side is written."""

    skill_id: SkillId
    name: str
    field: Field
    base: Value
    local: Value
    remote: Value
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a guard refuses a plan; `guard` is the name of the guard function in kebab case."""

    guard: str
    what: str
    why: str
    next: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a sync of one roadmap would do, in order; nothing else happens on apply.

    `digest` is that of the local file the plan was made from.
    """

    roadmap: str
    title: str
    digest: str
    actions: tuple[Action, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    sections: tuple[tuple[str, str], ...] = ()
    """Sections renamed in Notion, as (title before, title after): one edit, not one per skill."""

    @property
    def writes(self) -> tuple[Create | Update | Delete, ...]:
        """The actions that change a file or Notion."""
        writing = (Create, Update, Delete)
        return tuple(action for action in self.actions if isinstance(action, writing))

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What is left alone, with reasons."""
        return tuple(action for action in self.actions if isinstance(action, Hold))


NO_TODAY = date.min
"""The day of a policy that stamps no dates: what is only listed needs no clock."""


class Take(StrEnum):
    """Which value settles a conflict."""

    LOCAL = "local"
    REMOTE = "notion"
    BASE = "base"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one run.

    `prefer` settles every conflict for one side; `takes` settles single ones, by a word or by a
    value of its own; `allow_deletes` raises the limit of the delete guard. `command` is the command
    line that advice repeats, and `place` what the remote side is called in a reason.
    """

    prefer: Side | None = None
    takes: Mapping[tuple[SkillId, Field], Take | Value] = field(default_factory=dict)
    allow_deletes: int = 0
    today: date = NO_TODAY
    command: str = "tracker sync"
    place: str = "Notion"


class Outcome(StrEnum):
    """How one action ended."""

    DONE = "done"
    STALE = "stale"
    FAILED = "failed"
    SKIPPED = "skipped"


_NONE: frozenset[Field] = frozenset()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Which values the base learns when an action of a plan is done.

    A field is agreed on when both sides have it: a local action teaches nothing about a field that
    a remote update of the same plan has yet to bring, and no update teaches anything about a field
    that is held or in conflict.

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
            if which in TWO_WAY and which not in later
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
