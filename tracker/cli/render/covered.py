"""Covered skills that were ticked, as people read them.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tracker.cli.render.layout import cut, fit, make_line, plural, widest
from tracker.cli.render.skill import render_diff
from tracker.workflows.covered import Ticked, TickedFile

MOST_LINES = 20
"""Skills per roadmap before the rest is counted; `-v` shows all of them, and the diff."""

NAMES_WIDTH = 36


def render_ticked(files: Sequence[TickedFile], width: int, *, verbose: bool = False) -> list[Text]:
    """Render the skills that were ticked, file by file, and one line that sums up."""
    if not files:
        return [make_line(("nothing to mark", "bold"), ": no skill is covered by what is done")]
    lines: list[Text] = []
    for file in files:
        lines += _render_file(file, width, verbose=verbose)
    count = sum(len(file.ticked) for file in files)
    where = plural(len(files), "roadmap")
    return [*lines, make_line(("marked", "bold green"), f": {plural(count, 'skill')} in {where}")]


def _render_file(file: TickedFile, width: int, *, verbose: bool) -> list[Text]:
    shown = file.ticked if verbose else file.ticked[:MOST_LINES]
    names = widest((each.skill.name for each in shown), NAMES_WIDTH)
    lines = [make_line((cut(file.title, width - len(file.path) - 2), "bold"), f"  {file.path}")]
    lines += [_render_skill(each, names, width) for each in shown]
    if len(shown) < len(file.ticked):
        more = f"  … and {len(file.ticked) - len(shown)} more"
        lines.append(make_line(more, ("   (tracker show SKILL; -v shows all)", "dim")))
    return [*lines, *(render_diff(file.diff) if verbose else ()), Text()]


def _render_skill(each: Ticked, names: int, width: int) -> Text:
    covered = ", ".join(each.skill.covered_by)
    return make_line(
        ("  x ", "green"),
        (fit(each.skill.name, names), "bold"),
        f"  {each.completed}",
        (f"  {cut(covered, max(width - names - 18, 12))}", "dim"),
    )
