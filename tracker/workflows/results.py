"""The results of the workflows, as values that `cli` renders.

Pure: nothing here decides, reads or writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tracker.errors import Problem, TrackerError
from tracker.roadmap.model import SkillId
from tracker.sync.journal import JournalRun
from tracker.sync.model import (
    Action,
    Conflict,
    Create,
    Delete,
    Hold,
    Outcome,
    Plan,
    Refusal,
    Side,
    Update,
)
from tracker.sync.one_skill import OpenField
from tracker.sync.records import Field
from tracker.sync.speed import Speed

REQUESTS_FOR_A_DATABASE = 6
"""Requests that a first push spends on a database before its rows: to find, make, bind and relate it."""
REQUESTS_FOR_VIEWS = 11
"""Requests for its views, one after the other beside the rows."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a sync would do, and what was refused; `requests` counts those spent on reading.

    `speed` is how fast the Notion side turned out to be.
    """

    plans: tuple[Plan, ...]
    refusals: tuple[tuple[str, Refusal], ...] = ()
    problems: tuple[Problem, ...] = ()
    requests: int = 0
    new_databases: int = 0
    speed: Speed = field(default_factory=Speed)

    @property
    def conflicts(self) -> tuple[tuple[str, Conflict], ...]:
        """All conflicts with the roadmap they belong to."""
        return tuple((plan.roadmap, it) for plan in self.plans for it in plan.conflicts)

    @property
    def holds(self) -> tuple[tuple[str, Hold], ...]:
        """All holds with the roadmap they belong to."""
        return tuple((plan.roadmap, hold) for plan in self.plans for hold in plan.holds)

    @property
    def is_empty(self) -> bool:
        """Whether neither a file nor Notion would be written."""
        return not any(plan.writes for plan in self.plans)

    @property
    def estimated_requests(self) -> int:
        """Number of API requests that applying takes when nothing goes wrong."""
        writes = [
            count_requests(action)
            for plan in self.plans
            for action in plan.writes
            if action.side is Side.REMOTE
        ]
        for_a_database = REQUESTS_FOR_A_DATABASE + REQUESTS_FOR_VIEWS
        return sum(writes) + self.new_databases * for_a_database


def count_requests(action: Create | Update | Delete) -> int:
    """Return the requests of one row, when nothing goes wrong."""
    if isinstance(action, Create):
        return 1
    # A read and a write; twice when a row is restored before its values are written.
    is_both = isinstance(action, Update) and action.restore and bool(action.changes)
    return 4 if is_both else 2


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """How one action ended."""

    roadmap: str
    action: Action
    outcome: Outcome
    error: Problem | None = None


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did; `requests` and `seconds` cover reading and writing.

    `stopped` is what ended the run early, after the given outcomes. `is_replanned` says that rows were
    changed in Notion meanwhile; `planned` then holds what was planned in the end.
    """

    planned: Planned
    outcomes: tuple[ActionOutcome, ...] = ()
    problems: tuple[Problem, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    run: str = ""
    confirmed: bool = True
    stopped: TrackerError | None = None
    is_replanned: bool = False

    def count(self, kind: type[Create | Update | Delete], side: Side) -> int:
        """Count the finished actions of one kind on one side."""
        return sum(
            isinstance(it.action, kind) and it.action.side is side and it.outcome is Outcome.DONE
            for it in self.outcomes
        )

    @property
    def wrote_files(self) -> bool:
        """Whether a roadmap file is another one than before."""
        return any(self.count(kind, Side.LOCAL) for kind in (Create, Update, Delete))

    @property
    def unfinished(self) -> tuple[ActionOutcome, ...]:
        """The actions that did not end as planned."""
        return tuple(it for it in self.outcomes if it.outcome is not Outcome.DONE)


@dataclass(frozen=True, slots=True)
class OpenEnds:
    """What needs a decision, each with its roadmap: fields, and skills or rows that are held whole."""

    fields: tuple[tuple[str, OpenField], ...] = ()
    holds: tuple[tuple[str, Hold], ...] = ()
    refusals: tuple[tuple[str, Refusal], ...] = ()
    problems: tuple[Problem, ...] = ()
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """The fields of one skill that `resolve` settled; `result` tells which conflicts are left."""

    roadmap: str
    skill_id: SkillId
    name: str
    fields: tuple[Field, ...]
    result: SyncResult


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did; `run` is None when there was no run to take back."""

    run: JournalRun | None = None
    result: SyncResult | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A roadmap that is forgotten: the number of its bound rows, and whether its file exists."""

    roadmap: str
    bindings: int
    has_file: bool


@dataclass(frozen=True, slots=True)
class NotionPage:
    """A page in Notion that the token can read, and whom the token belongs to.

    `limits` are what the workspace will not take of a roadmap.
    """

    id: str
    title: str
    who: str
    limits: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Connected:
    """How a folder was connected to a page; `skills` are those that the next sync brings there.

    `last` is the last sync with the built-in workspace, None where there was none to make. What it
    left open is `obstacle`, and the folder is as it was then. `is_new` is false where the page was in
    the settings already.
    """

    is_new: bool = True
    skills: int = 0
    last: SyncResult | None = None
    obstacle: Problem | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Initialised:
    """A folder set up by `init`; `remote` says in words where its Notion side is.

    `is_empty` says that there is no roadmap in it yet, `track` which goal is followed; `problems`
    prevent the first sync.
    """

    folder: Path
    files: tuple[str, ...] = field(default_factory=tuple)
    remote: str = ""
    is_empty: bool = False
    track: str | None = None
    problems: tuple[Problem, ...] = ()
