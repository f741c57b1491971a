"""The plan as a value: actions, conflicts and refusals.

Pure: no clock, no disk, no network, no logging. `tracker.sync.planner` makes plans; nothing here
decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from tracker.roadmap.edits import At
from tracker.roadmap.model import SkillId
from tracker.sync.snapshot import Field, PageId, Record, Seen, Side, Value


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
    takes the page out of the trash first, and `seen` is the history that the row gets.
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
