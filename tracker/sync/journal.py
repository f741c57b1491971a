"""The undo journal as values: what each run wrote, which run undid which, and which is next.

Pure: no clock, no disk, no network, no logging. `undo` decides what of a run can be undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.sync.model import Action
from tracker.sync.records import Field, Value


@dataclass(frozen=True, slots=True)
class JournalEntry:
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
    """A run that undoes another one; `is_open` until it is complete, as far as it can be."""

    run: str
    of: str
    is_open: bool = False


class JournalKind(StrEnum):
    """What a run did: change something, undo a change, or redo one."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True, slots=True)
class JournalRun:
    """All entries of a run, oldest first.

    `undoes` is the run that it undid, `undone_by` the run that undid it; empty without one. A redo is
    the undo of an undo. `root` is the edit that an undo or a redo is about.
    """

    name: str
    entries: tuple[JournalEntry, ...] = field(default=())
    undoes: str = ""
    undone_by: str = ""
    is_open: bool = False
    kind: JournalKind = JournalKind.EDIT
    root: str = ""

    @property
    def step(self) -> str:
        """The edit that this run made, undid or redid, as people name it."""
        return self.root or self.name

    @property
    def at(self) -> str:
        """When it wrote first: ISO 8601 text in UTC."""
        return self.entries[0].at if self.entries else ""

    @property
    def roadmaps(self) -> tuple[str, ...]:
        """The names of the roadmaps it wrote."""
        return tuple(dict.fromkeys(entry.roadmap for entry in self.entries))


def find_undoer(undos: Sequence[Undo], run: str) -> str:
    """Return the run that undid a run; empty when none did, or when that one was undone, too.

    `undos` are given oldest first.
    """
    for undo in reversed(undos):
        if undo.of == run and not undo.is_open and not find_undoer(undos, undo.run):
            return undo.run
    return ""


def trace_run(undos: Sequence[Undo], run: str) -> tuple[JournalKind, str]:
    """Return what kind of run it is, and the edit that it is about."""
    undone = {undo.run: undo.of for undo in undos}
    kind, root = JournalKind.EDIT, run
    while root in undone:
        # Popped, so that a damaged journal in which runs undo each other comes to an end.
        root = undone.pop(root)
        kind = JournalKind.REDO if kind is JournalKind.UNDO else JournalKind.UNDO
    return kind, root


@dataclass(frozen=True, slots=True)
class Steps:
    """The runs that can be undone and redone, the next one last."""

    undo: tuple[str, ...] = ()
    redo: tuple[str, ...] = ()


def find_steps(names: Sequence[str], undos: Sequence[Undo]) -> Steps:
    """Return the steps back and forward after some runs, which are given oldest first, as are `undos`.

    | run | steps back | steps forward |
    |---|---|---|
    | an edit | it comes on top | none is left |
    | an undo | its edit is taken off | the undo comes on top |
    | a redo | the redo comes on top | its undo is taken off |
    | an undo or a redo that was cut off | as before | as before |

    A person may name a run that is not on top; then it is taken out of the middle.
    """
    known = {undo.run: undo for undo in undos}
    back: dict[str, str] = {}
    forward: dict[str, str] = {}
    for name in names:
        kind, root = trace_run(undos, name)
        if kind is JournalKind.EDIT:
            forward.clear()
            back[root] = name
        elif not known[name].is_open:
            target = known.get(known[name].of)
            back.pop(root, None)
            if kind is JournalKind.REDO:
                forward.pop(root, None)
                back[root] = name
            elif target is None or not target.is_open:
                forward.pop(root, None)
                forward[root] = name
    # An undo that found nothing left to do wrote nothing: it is in `undos`, and has no entries.
    for root in [root for root, name in forward.items() if find_undoer(undos, name)]:
        del forward[root]
        back[root] = root
    for root in [root for root, name in back.items() if find_undoer(undos, name)]:
        del back[root]
    return Steps(tuple(back.values()), tuple(forward.values()))
