"""What workflows need that stays on this machine, as protocols: roadmap files, the clock, the last sync.

No implementation lives here. Apart from the other `ports`, because most commands need no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from tracker.errors import Location, Problem

if TYPE_CHECKING:
    from tracker.progress.page import Waiting
    from tracker.roadmap.edits import Edit
    from tracker.roadmap.model import KeyPath, Roadmap, SkillId
    from tracker.sync.records import Field, Record, Value

NO_RECORDS: Mapping[SkillId, Record] = MappingProxyType({})
"""No skill of any file is known."""


@dataclass(frozen=True, slots=True)
class RoadmapFile:
    """A roadmap as loaded: `name` is the file's stem, `digest` the SHA-256 of its bytes."""

    name: str
    path: str
    digest: str
    roadmap: Roadmap
    locations: Mapping[KeyPath, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loaded:
    """All roadmaps that load, and the problems of all files, errors and warnings alike.

    A file with an error is not in `files`, but its name is in `broken`.
    """

    files: tuple[RoadmapFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    broken: frozenset[str] = frozenset()


Keep = Callable[[Mapping[str, str]], None]
"""Keeps the text of removed skills, by skill id."""


class RoadmapReader(Protocol):
    """Reads the local side."""

    def load_roadmaps(self) -> Loaded:
        """Load every roadmap file; never raises for the content of one."""

    def load_text(self, name: str) -> str:
        """Load the text of one roadmap file; raises RoadmapError when it cannot be read."""

    def load_digests(self) -> Mapping[str, str]:
        """Load the SHA-256 of every roadmap file by its path; nothing when one cannot be read."""


class RoadmapWriter(Protocol):
    """Writes the local side."""

    def save_edits(
        self, name: str, digest: str, edits: Sequence[Edit], *, keep: Keep | None = None
    ) -> str:
        """Apply all edits to one file, verified and atomically; return its new digest.

        `keep` is given the text of the removed skills before it leaves the file.
        Raises UnsafeEditError when an edit cannot be made safely, another RoadmapError when the
        file no longer has this digest or the disk refuses; writes nothing in these cases.
        """

    def check_edits(self, name: str, digest: str, edits: Sequence[Edit]) -> Problem | None:
        """Return what makes these edits unsafe, or None; writes nothing."""


@dataclass(frozen=True, slots=True)
class PageRecord:
    """What is remembered of the Progress page.

    `parent` is the page below which it was made or found, and `text` what tracker wrote there, as the
    server spells it. `is_gone` says that it was in the trash, or could not be found. `digest` is that
    of what it says without the words that only the day changes, `sources` that of what this was made
    from, and `waiting` is what it lists. `others` are the conflicts of other machines on it.
    """

    page_id: str = ""
    parent: str = ""
    text: str = ""
    is_gone: bool = False
    digest: str = ""
    sources: str = ""
    waiting: tuple[Waiting, ...] = ()
    others: tuple[str, ...] = ()


class AgreedReader(Protocol):
    """Reads what both sides last agreed on, to tell what was not carried over since."""

    def load_agreed(
        self, roadmap: str, records: Mapping[SkillId, Record] = NO_RECORDS
    ) -> Mapping[SkillId, Mapping[Field, Value]]:
        """Load the base values of the skills of a roadmap that have a row.

        Skills whose base is equal to one of `records`, those of the file, share its values.
        """

    def load_page(self) -> PageRecord:
        """Load what is remembered of the Progress page; an empty record when nothing is."""


class Clock(Protocol):
    """Time, injected so that tests own it."""

    def today(self) -> date:
        """Return the learner's local date."""

    def now(self) -> str:
        """Return the time as ISO 8601 text in UTC."""


@dataclass(frozen=True, slots=True)
class LocalServices:
    """What commands need that stay on this machine; `lock` is held while anything is written."""

    reader: RoadmapReader
    writer: RoadmapWriter
    clock: Clock
    lock: Callable[[], AbstractContextManager[None]]
