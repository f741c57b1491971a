"""Forget a roadmap: its bindings leave the state, both sides stay as they are."""

from __future__ import annotations

from collections.abc import Callable

from tracker.errors import Problem, UsageError
from tracker.ports import Desk, State
from tracker.workflows.results import Forgotten


def run_forget(
    desk: Desk, state: State, roadmap: str, *, confirm: Callable[[Forgotten], bool]
) -> Forgotten | None:
    """Forget a roadmap; None when that was declined. Raises UsageError for one that is not known."""
    # Asked before the lock is taken, which makes files: a refusal makes none.
    if state.load_target(roadmap) is None:
        raise UsageError(_not_tracked(roadmap, state.load_roadmaps()))
    with desk.lock():
        loaded = desk.reader.load_roadmaps()
        present = {file.name for file in loaded.files} | loaded.broken
        bindings = len(state.load_base(roadmap).bindings)
        forgotten = Forgotten(roadmap, bindings, roadmap in present)
        if not confirm(forgotten):
            return None
        state.remove_roadmap(roadmap)
    return forgotten


def _not_tracked(roadmap: str, known: tuple[str, ...]) -> Problem:
    return Problem(
        code="not-tracked",
        what=f'no database is remembered for "{roadmap}"',
        why="roadmaps that are: " + (", ".join(known) or "none"),
        kept="nothing was written",
        next="tracker forget ROADMAP    # one of them; without any, there is nothing to forget",
    )
