"""Statuses that were set: what changed, how far the sections are, and what can be started since.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tracker.cli.cells import chop_cells
from tracker.cli.lines import StyledLine
from tracker.cli.render.bars import render_bars
from tracker.cli.render.layout import (
    AnswerView,
    cut,
    fit,
    hang,
    make_line,
    widest,
)
from tracker.cli.render.skills import sign_of
from tracker.cli.render.unsynced import format_unsynced
from tracker.progress.effects import MarkEffects
from tracker.progress.order import ListedSkill
from tracker.roadmap.model import Status, list_covering
from tracker.sync.unsynced import Unsynced
from tracker.text import clean_block, plural
from tracker.workflows.marks import Marked, MarkResult, TickedFile

DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
MOST_TICKED = 20
"""Skills per roadmap before the rest is counted; `-v` shows all of them, and the diff."""

TICKED_WIDTH = 36
MOST_UNLOCKED = 8
"""Unlocked skills that are named before the rest is counted; `-v` names all of them."""


def render_marks(
    result: MarkResult, unsynced: Unsynced | None, view: AnswerView
) -> list[StyledLine]:
    """Render statuses that were set, then what they brought about; with `-v` the lines of the files.

    Nothing is said of what is not synced where there never was a sync.
    """
    lines: list[StyledLine] = []
    for mark in result.marked:
        sign = sign_of(mark.after, view)
        change = _format_change(mark, result.today)
        lines += hang(sign, f"{mark.name}  {change}", view.width, style="bold")
    sections = [(effect.title, effect.tally) for effect in result.effects.sections]
    lines += render_bars(sections, view, indent=2, is_filled=True)
    lines += _render_unlocked(result.effects.unlocked, view)
    for reached in list_reached(result.effects):
        lines += hang(("  reached   ", "bold green"), reached, view.width)
    if unsynced and unsynced.bound and unsynced.count:
        lines += hang(("  ", ""), format_unsynced(unsynced), view.width, style="dim")
    if view.verbose:
        lines += [
            line
            for mark in result.marked
            if mark.diff
            for line in render_diff(mark.diff, view.width)
        ]
    return lines


def _format_change(mark: Marked, today: date) -> str:
    if mark.before is mark.after:
        return f"already {mark.after}"
    day = mark.completed if mark.after is Status.DONE else mark.started
    when = "" if day is None else "today" if day == today else f"{day}"
    words = {
        Status.DONE: f"done {when}",
        Status.DOING: f"started {when}",
        Status.SKIPPED: "skipped",
        Status.TODO: f"todo again, was {mark.before}",
    }
    return words[mark.after].rstrip()


def _render_unlocked(unlocked: Sequence[ListedSkill], view: AnswerView) -> list[StyledLine]:
    if not unlocked:
        return []
    shown = unlocked if view.verbose else unlocked[:MOST_UNLOCKED]
    names = " · ".join(found.skill.name for found in shown)
    more = f" · and {len(unlocked) - len(shown)} more" if len(shown) < len(unlocked) else ""
    return hang(("  unlocked  ", "bold cyan"), names + more, view.width)


def list_reached(effects: MarkEffects) -> list[str]:
    """Return in words what was reached: milestones, whole sections and roadmaps, a round number."""
    return [
        *(f"milestone: {found.skill.name}" for found in effects.milestones),
        *(f"section complete: {it.title}" for it in effects.sections if it.is_completed),
        *(f"roadmap complete: {name}" for name in effects.completed),
        *([f"{effects.count} skills done"] if effects.count else []),
    ]


def render_diff(diff: str, width: int) -> list[StyledLine]:
    """Render a unified diff without its head; a line that is too long goes on in the next one."""
    lines: list[StyledLine] = []
    for line in clean_block(diff).rstrip("\n").split("\n"):
        if not line.startswith(("---", "+++")):
            first, *rest = chop_cells(line, width - 2) or [""]
            # Where a line goes on, its sign stands again.
            parts = [
                first,
                *(f"{line[0]} {more}" for part in rest for more in chop_cells(part, width - 4)),
            ]
            lines += [StyledLine(f"  {part}", DIFF_STYLES.get(line[:1], "dim")) for part in parts]
    return lines


def render_ticked(files: Sequence[TickedFile], view: AnswerView) -> list[StyledLine]:
    """Render the covered skills that were ticked, file by file, and one line that sums up."""
    if not files:
        nothing = ": no other skill counts as learned elsewhere"
        return hang(("nothing to mark", "bold"), nothing, view.width)
    lines: list[StyledLine] = []
    for file in files:
        lines += _render_file(file, view)
    count = sum(len(file.ticked) for file in files)
    where = plural(len(files), "roadmap")
    return [*lines, make_line(("marked", "bold green"), f": {plural(count, 'skill')} in {where}")]


def _render_file(file: TickedFile, view: AnswerView) -> list[StyledLine]:
    width, sign = view.width, sign_of(Status.DONE, view)
    shown = file.ticked if view.verbose else file.ticked[:MOST_TICKED]
    names = widest((tick.skill.name for tick in shown), TICKED_WIDTH)
    lines = hang(("", ""), f"{file.title}  {file.path}", width, style="bold")
    for tick in shown:
        covered = ", ".join(list_covering(tick.skill))
        if view.is_narrow:
            lines += hang((f"  {sign[0]}", sign[1]), tick.skill.name, width, style="bold")
            lines += hang(("    ", ""), f"{tick.completed}  {covered}", width, style="dim")
            continue
        room = width - 2 - len(sign[0]) - names - 2 - 10 - 2
        name = (fit(tick.skill.name, names), "bold")
        lines.append(
            make_line("  ", sign, name, f"  {tick.completed}", (f"  {cut(covered, room)}", "dim"))
        )
    if len(shown) < len(file.ticked):
        more = f"… and {len(file.ticked) - len(shown)} more (-v shows all)"
        lines += hang(("  ", ""), more, width, style="dim")
    return [*lines, *(render_diff(file.diff, width) if view.verbose else ()), StyledLine()]
