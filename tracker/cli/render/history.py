"""What runs wrote, and what was taken back, as people and as scripts read it.

Pure, but that times are told in the local time of the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from rich.cells import cell_len
from rich.text import Text

from tracker.cli.render.answers import WRITTEN
from tracker.cli.render.layout import (
    AnswerView,
    Part,
    clean_block,
    fit,
    make_line,
    plural,
    widest,
    wrap_text,
)
from tracker.cli.render.plan import count_by_side, render_plan
from tracker.sync.journal import JournalEntry, JournalKind, JournalRun
from tracker.sync.plan import Delete, Plan
from tracker.sync.snapshot import Side
from tracker.workflows.results import Forgotten, SyncResult, Undone

NAMES_WIDTH = 30


def render_runs(runs: Sequence[JournalRun], view: AnswerView) -> list[Text]:
    """Render runs, one a line: when, which roadmaps, what was written, and the run's name."""
    if not runs:
        return [make_line("no run wrote anything yet")]
    names = widest((", ".join(run.roadmaps) for run in runs), NAMES_WIDTH)
    return [line for run in runs for line in _render_listed(run, names, view)]


def _render_listed(run: JournalRun, names: int, view: AnswerView) -> list[Text]:
    """Render a run on one line, or on several if it is too long; its name comes last."""
    head: list[Part] = [
        (format_time(run.at), "dim"),
        "  ",
        (fit(", ".join(run.roadmaps), names), "bold"),
    ]
    name, counted, marks = shorten_run(run.name), count_written(run.entries, view), _marks(run)
    line = make_line(*head, f"  {counted}", *marks, (f"  {name}", "cyan"))
    if cell_len(line.plain) <= view.width:
        return [line]
    body = "".join([counted, *(mark for mark, _ in marks), f" {name}"])
    lines = [make_line(f"    {part}") for part in wrap_text(body, view.width - 4)]
    lines[-1].stylize("cyan", len(lines[-1].plain) - len(name))
    return [make_line(*head), *lines]


def render_run(run: JournalRun, view: AnswerView) -> list[Text]:
    """Render everything that a run wrote, with the values before and after."""
    lines = [*render_runs([run], view), Text()]
    for name in run.roadmaps:
        entries = [entry for entry in run.entries if entry.roadmap == name]
        actions = tuple(entry.action for entry in entries)
        # Shown like the plan that it once was.
        plan = Plan(name, entries[0].title, "", actions)
        lines += render_plan(plan, replace(view, verbose=True))
    removed = [entry for entry in run.entries if entry.removed]
    if removed and not view.verbose:
        hint = f"tracker log -v {shorten_run(run.name)} shows the text that was removed"
        lines.append(make_line((hint, "dim")))
    for entry in removed if view.verbose else ():
        lines.append(make_line((f"removed from {entry.roadmap}:", "bold")))
        lines += [Text(line) for line in clean_block(entry.removed).strip("\n").split("\n")]
    return lines


def render_undo_head(run: JournalRun, view: AnswerView) -> list[Text]:
    """Return the heading of an undo or redo; for a redo, `run` is the undo to be taken back."""
    verb = "redoing" if run.kind is JournalKind.UNDO else "undoing"
    name = shorten_run(run.step)
    if run.kind is JournalKind.UNDO:
        rest = f" (undone {format_time(run.at)})"
    else:
        rest = f" of {format_time(run.at)}: {count_written(run.entries, view)}"
    lines = [make_line(part) for part in wrap_text(f"{verb} {name}{rest}", view.width)]
    lines[0].stylize("cyan", len(verb) + 1, len(verb) + 1 + len(name))
    return lines


def render_undone(undone: Undone, view: AnswerView) -> list[Text]:
    """Return the lines that say how to go on after a run was undone."""
    run, result = undone.run, undone.result
    if run is None:
        return [make_line(("nothing to undo", "bold"), ": no run wrote anything that stands")]
    if result is None or not result.confirmed:
        return []
    if not result.outcomes:
        return _render_nothing(run, result, "undo")
    # To undo an undo is to redo.
    if run.kind is JournalKind.UNDO:
        return render_redone(undone)
    hints = [make_line(("Redo: tracker redo. One run further back: tracker undo", "dim"))]
    removed = {ended.action.side for ended in result.outcomes if isinstance(ended.action, Delete)}
    # What an edit of the file alone had made is gone from one side only: a sync would bring it back.
    if run.kind is JournalKind.EDIT and len(removed) == 1:
        where = "in the file" if Side.REMOTE in removed else f"in {view.remote.place}"
        hint = f"what still stands {where} comes back with the next sync; remove it there if not"
        hints.insert(0, make_line((hint, "dim")))
    return hints


def render_redone(redone: Undone) -> list[Text]:
    """Return the lines that say how to go on after a run was redone."""
    run, result = redone.run, redone.result
    if run is None:
        return [
            make_line(("nothing to redo", "bold"), ": nothing was undone since the last change")
        ]
    if result is None or not result.confirmed:
        return []
    if not result.outcomes:
        return _render_nothing(run, result, "redo")
    return [make_line(("Undo: tracker undo", "dim"))]


def _render_nothing(run: JournalRun, result: SyncResult, verb: str) -> list[Text]:
    # Holds were told with their reason: something newer is there.
    if result.planned.holds:
        return []
    return [make_line(f"nothing of {shorten_run(run.step)} is left to {verb}")]


def render_forgotten(forgotten: Forgotten | None) -> list[Text]:
    """Render that a roadmap was forgotten, or that it was not."""
    if forgotten is None:
        return [make_line(("nothing was forgotten", "bold"))]
    rows = plural(forgotten.bindings, "row")
    return [make_line(("forgotten", "bold green"), f": {forgotten.roadmap}, {rows}; they stay")]


def count_written(entries: Iterable[JournalEntry], view: AnswerView) -> str:
    """Return in words what was made, changed and removed, side by side."""
    return "; ".join(count_by_side((entry.action for entry in entries), WRITTEN, view.remote))


def format_time(at: str) -> str:
    """Return an ISO time in the local time of this machine, to the minute."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        # A journal that was edited by hand, or a year that this machine has no local time for.
        return at


def shorten_run(name: str) -> str:
    """Return the end of a run's name, which is enough to name it."""
    return name.rpartition("-")[2]


def _marks(run: JournalRun) -> list[tuple[str, str]]:
    marks: list[tuple[str, str]] = []
    if run.kind is not JournalKind.EDIT:
        marks.append((f"  {run.kind} of {shorten_run(run.step)}", "dim"))
    if run.is_open:
        marks.append(("  cut off", "yellow"))
    if run.undone_by:
        marks.append(("  (redone)" if run.kind is JournalKind.UNDO else "  (undone)", "dim"))
    return marks
