"""Statuses that were set: what changed in which file.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tracker.cli.render.layout import cut, fit, make_line, widest
from tracker.text import clean_block, plural
from tracker.workflows.local import TickedFile
from tracker.workflows.results import Marked

DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
MOST_TICKED = 20
"""Skills per roadmap before the rest is counted; `-v` shows all of them, and the diff."""

TICKED_WIDTH = 36


def render_marks(marked: Sequence[Marked]) -> list[Text]:
    """Render statuses that were set: before and after, then the lines of the files that changed."""
    lines = []
    for mark in marked:
        is_same = mark.before is mark.after
        change = f": already {mark.after}  " if is_same else f": {mark.before} → {mark.after}  "
        lines.append(make_line((mark.name, "bold"), change, (f"{mark.path}:{mark.line}", "dim")))
    return [*lines, *(line for mark in marked if mark.diff for line in render_diff(mark.diff))]


def render_diff(diff: str) -> list[Text]:
    """Render a unified diff without its head."""
    lines = clean_block(diff).rstrip("\n").split("\n")
    shown = (line for line in lines if not line.startswith(("---", "+++")))
    return [Text(f"  {line}", DIFF_STYLES.get(line[:1], "dim")) for line in shown]


def render_ticked(files: Sequence[TickedFile], width: int, *, verbose: bool = False) -> list[Text]:
    """Render the covered skills that were ticked, file by file, and one line that sums up."""
    if not files:
        return [make_line(("nothing to mark", "bold"), ": no skill is covered by what is done")]
    lines: list[Text] = []
    for file in files:
        lines += _render_file(file, width, verbose=verbose)
    count = sum(len(file.ticked) for file in files)
    where = plural(len(files), "roadmap")
    return [*lines, make_line(("marked", "bold green"), f": {plural(count, 'skill')} in {where}")]


def _render_file(file: TickedFile, width: int, *, verbose: bool) -> list[Text]:
    shown = file.ticked if verbose else file.ticked[:MOST_TICKED]
    names = widest((tick.skill.name for tick in shown), TICKED_WIDTH)
    lines = [make_line((cut(file.title, width - len(file.path) - 2), "bold"), f"  {file.path}")]
    for tick in shown:
        covered = cut(", ".join(tick.skill.covered_by), max(width - names - 18, 12))
        name = (fit(tick.skill.name, names), "bold")
        lines.append(
            make_line(("  x ", "green"), name, f"  {tick.completed}", (f"  {covered}", "dim"))
        )
    if len(shown) < len(file.ticked):
        more = f"  … and {len(file.ticked) - len(shown)} more"
        lines.append(make_line(more, ("   (tracker show SKILL; -v shows all)", "dim")))
    return [*lines, *(render_diff(file.diff) if verbose else ()), Text()]
