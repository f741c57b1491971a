"""The values of a sync: what is compared, and the plan that comes of it.

Pure: no clock, no disk, no network, no logging; nothing here decides anything. First the observation
of the other side, and the base on which both last agreed; then actions, conflicts and refusals, the
policy of a run, and what the base learns from each action. What is compared is in `tracker.sync.records`. `tracker.sync.planner` makes plans,
`tracker.sync.undo` those of an undo.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import NewType

from tracker.roadmap.model import At, SkillId
from tracker.sync.records import TWO_WAY, Field, LocalObservation, Record, Value

PageId = NewType("PageId", str)
"""Notion's id of a row: lower-case and dashed."""


class Side(StrEnum):
    """One of the two sides that are kept in sync."""

    LOCAL = "local"
    REMOTE = "remote"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.REMOTE if self is Side.LOCAL else Side.LOCAL


Seen = Mapping[Field, tuple[str, ...]]
"""The history a row carries: per field the digests of values written and known; see `sync.row_state`."""


@dataclass(frozen=True, slots=True)
class RemoteRow:
    """A row as Notion shows it.

    `record.requires` is empty: relations are page ids in `requires` until the rows are identified.
    `held` names fields that cannot be read safely (an empty title, a negative number …), with the
    reason; such a field is never taken over and never overwritten. `created_at` and `edited_at` are
    ISO 8601 text, cut to the minute; `author` is the id of whoever made the row. When it was edited
    makes no row another one: Notion changes that for reasons of its own. `unlocks` are the rows that
    require this one, as it shows them itself; None where it does not show all of them.
    """

    page_id: PageId
    tracker_id: str | None
    record: Record
    requires: frozenset[PageId] = frozenset()
    order: float | None = None
    created_at: str = ""
    edited_at: str = field(default="", compare=False)
    author: str = ""
    held: Mapping[Field, str] = field(default_factory=dict)
    seen: Seen = field(default_factory=dict)
    unlocks: frozenset[PageId] | None = field(default=None, compare=False)


EMPTY_NAME = "the row has no name; give it one there"
"""Why the name of a row is held that has none."""


class Part(StrEnum):
    """How much of a value a column shows that cannot show all of it; see `sync.parts`."""

    NOTHING = "nothing"
    TICK = "tick"
    FIRST_LINK = "first-link"
    NO_INBOX = "no-inbox"


Parts = Mapping[Field, Part]
"""The fields of which a database shows only a part; it shows all of the others."""


class Absence(StrEnum):
    """What a direct GET said of a bound row that the complete listing did not show.

    Notion lists neither rows in the trash nor archived, moved or unshared ones, and lists new ones
    late: that a row is not listed proves nothing.
    """

    TRASHED = "trashed"
    ARCHIVED = "archived"
    MOVED = "moved"
    UNSEEN = "unseen"


ABSENT: Mapping[Absence, str] = {
    Absence.TRASHED: "its row is in the trash",
    Absence.ARCHIVED: "its row is archived; unarchive it, or move it to the trash",
    Absence.MOVED: "its row was moved out of the database",
    Absence.UNSEEN: "its row was not seen, and nothing says that it was deleted",
}
"""Why a skill is left alone whose row was not listed."""


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A bound row that was not listed; only `TRASHED` is a tombstone. `row` holds its last values."""

    page_id: PageId
    absence: Absence
    row: RemoteRow | None = None


@dataclass(frozen=True, slots=True)
class RemoteObservation:
    """A complete read of one data source.

    `options` are the option values that the schema has now, for the fields that have options; a
    value that vanished from there was deleted as an option, not cleared in a row. `direct_reads` are
    the digests of rows of which a direct GET said something else than the listing; see `sync.row_state`.
    `is_young` says that rows, or the database, were made so lately that some may not be listed yet.
    Of the fields in `parts`, rows have what their columns show: their values are known only together
    with those of the file and the base.
    """

    rows: tuple[RemoteRow, ...] = ()
    missing: tuple[MissingRow, ...] = ()
    options: Mapping[Field, frozenset[str]] = field(default_factory=dict)
    direct_reads: Mapping[PageId, str] = field(default_factory=dict)
    is_young: bool = False
    parts: Parts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Binding:
    """A skill id and its page, with the per-field values on which both sides last agreed.

    `seen` is the row's history as it was then; None in a commit that leaves it as it is.
    """

    skill_id: SkillId
    page_id: PageId
    fields: Mapping[Field, Value] = field(default_factory=dict)
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """The common ancestor of one roadmap: all its bindings."""

    bindings: Mapping[SkillId, Binding] = field(default_factory=dict)

    def completed(self, fields: Collection[Field], local: LocalObservation) -> Base:
        """Return the base with values of some two-way fields where it has none: those of the file."""
        records = {skill.skill_id: skill.record for skill in local.skills if fields}

        def complete(binding: Binding) -> Binding:
            record = records.get(binding.skill_id, Record(""))
            values = {which: record.get(which) for which in fields}
            # A binding without any value is one that nothing was agreed on yet.
            return replace(binding, fields=binding.fields and {**values, **binding.fields})

        bindings = self.bindings.items()
        return Base({skill_id: complete(it) for skill_id, it in bindings}) if fields else self

    def without(self, fields: Collection[Field]) -> Base:
        """Return the base with both sides agreed that some two-way fields are empty."""
        empty = {which: Record("").get(which) for which in fields}
        bindings = {
            # A binding without any value is one that nothing was agreed on yet.
            skill_id: replace(binding, fields=binding.fields and {**binding.fields, **empty})
            for skill_id, binding in self.bindings.items()
        }
        return Base(bindings) if empty else self


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
