"""The table of all benchmarks: what was measured, against what, and the goal beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("what", "processor", "clock", "figures", "goal", "")


@dataclass(frozen=True)
class Row:
    """One line: how many times a bare loop it costs, by processor and by clock, and its own figures.

    `is_met` is None where there is no goal.
    """

    what: str
    processor: float | None = None
    clock: float | None = None
    figures: str = ""
    goal: str = ""
    is_met: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """What the line says, column by column."""
        ratios = (f"{it:.2f} x" if it is not None else "" for it in (self.processor, self.clock))
        verdict = {None: "", True: "ok", False: "OVER"}[self.is_met]
        return (self.what, *ratios, self.figures, self.goal, verdict)


def format_table(rows: Iterable[Row]) -> str:
    """Return the rows below a head, each column as wide as it needs to be."""
    lines = [HEAD, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(format_cells(cells, widths) for cells in lines)


def format_cells(cells, widths=(42, 9, 8, 34, 18, 4)):
    """Return one line; the ratios stand flush right."""
    aligned = (
        cell.rjust(width) if 1 <= place <= 2 else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(aligned).rstrip()
