"""The undo journal as values: what each run wrote, and which run takes another one back.

Pure: no clock, no disk, no network, no logging. What can be taken back is the business of `undo`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker.sync.plan import Action
from tracker.sync.snapshot import Field, Value


@dataclass(frozen=True, slots=True)
class Entry:
    """What one action changed, with the values before and after.

    `removed` is the text of a skill that was removed from the file. `base` is what both sides had
    agreed on of the fields concerned; None for a skill that was not bound.
    """

    run: str
    at: str
    roadmap: str
    title: str
    action: Action
    removed: str = ""
    base: Mapping[Field, Value] | None = None


@dataclass(frozen=True, slots=True)
class Undo:
    """A run that takes another one back; `is_open` until all of it is taken back that can be."""

    run: str
    of: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """All entries of a run, oldest first.

    `undoes` is the run it takes back, `undone_by` the run that took it back; empty without one.
    """

    name: str
    entries: tuple[Entry, ...] = field(default=())
    undoes: str = ""
    undone_by: str = ""
    is_open: bool = False

    @property
    def at(self) -> str:
        """When it wrote first: ISO 8601 text in UTC."""
        return self.entries[0].at if self.entries else ""

    @property
    def roadmaps(self) -> tuple[str, ...]:
        """The names of the roadmaps it wrote."""
        return tuple(dict.fromkeys(entry.roadmap for entry in self.entries))


def find_undoer(undos: Sequence[Undo], run: str) -> str:
    """Return the run that took a run back, empty when none did or when that was taken back too.

    `undos` are given oldest first.
    """
    for undo in reversed(undos):
        if undo.of == run and not undo.is_open and not find_undoer(undos, undo.run):
            return undo.run
    return ""
