"""Bars with figures: how far several things are, in columns that stand below each other.

Pure. On a narrow screen a title has lines of its own, and hours are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracker.cli.lines import StyledLine
from tracker.cli.render.layout import AnswerView, Part, fit, hang, make_bar, make_line, widest
from tracker.progress.tally import Tally
from tracker.text import format_number, format_percent

SMALL_BAR, WIDE_BAR, LONGEST_BAR = 10, 20, 40

Row = tuple[str, Tally]


def render_bars(
    rows: Sequence[Row], view: AnswerView, *, indent: int = 0, is_filled: bool = False
) -> list[StyledLine]:
    """Render a line a row: title, bar, percent, skills and hours.

    `is_filled` gives the bars the room that the titles do not need, else the titles get it.
    """
    margin = " " * indent
    columns = list(zip(*(_list_figures(tally, view) for _, tally in rows), strict=True))
    widths = [widest(column, view.width) for column in columns]
    # Figures that no row has take no room.
    shown = [n for n, width in enumerate(widths) if width]
    room = view.width - indent - sum(widths[n] + 2 for n in shown)
    titles, bars = _share(rows, view, room, is_filled=is_filled)
    lines: list[StyledLine] = []
    for number, (title, tally) in enumerate(rows):
        bar: list[Part] = make_bar(tally.percent, bars, tally.covered_percent)
        figures: list[Part] = [f"  {columns[n][number]:>{widths[n]}}" for n in shown]
        if view.is_narrow:
            lines += hang((margin, ""), title, view.width)
            lines.append(make_line(margin, *bar, *figures))
        else:
            lines.append(make_line(margin, f"{fit(title, titles)}  ", *bar, *figures))
    return lines


def _share(rows: Sequence[Row], view: AnswerView, room: int, *, is_filled: bool) -> tuple[int, int]:
    """Share the room that the figures leave out between titles and bars."""
    smallest = WIDE_BAR if view.is_wide else SMALL_BAR
    if view.is_narrow:
        return 0, max(room if is_filled else min(room, SMALL_BAR), 1)
    most = max(room - 2 - smallest, 1)
    if not is_filled:
        return most, smallest
    titles = widest((title for title, _ in rows), min(most, view.width // 2))
    return titles, min(room - 2 - titles, LONGEST_BAR)


def _list_figures(tally: Tally, view: AnswerView) -> tuple[str, str, str]:
    hours = f"{format_number(tally.hours_done)}/{format_number(tally.hours)} h"
    return (
        format_percent(tally.percent),
        f"{tally.done}/{tally.counted}",
        hours if tally.hours and not view.is_narrow else "",
    )
