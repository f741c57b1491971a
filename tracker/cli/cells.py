"""Widths of texts in the cells of a terminal: at once where all characters have one, by rich elsewhere.

Wide, combining and hidden characters take a table, which takes a while to load.
"""

from __future__ import annotations

import re

SINGLE = (
    " -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u205e\u2190-\u21ff"
    "\u2500-\u25fc\u2713"
)
"""Characters of one cell, as a set of a pattern: of European languages, and our own signs."""

_ALL_SINGLE = re.compile(f"[{SINGLE}]*").fullmatch


def cell_len(text: str) -> int:
    """Return the number of cells that a text takes."""
    if _ALL_SINGLE(text):
        return len(text)
    from rich import cells  # noqa: PLC0415  rarely

    return cells.cell_len(text)


def set_cell_size(text: str, total: int) -> str:
    """Return a text that fills exactly so many cells: cut, or with blanks at its end."""
    if _ALL_SINGLE(text):
        return text[:total].ljust(total)
    from rich import cells  # noqa: PLC0415  rarely

    return cells.set_cell_size(text, total)


def chop_cells(text: str, width: int) -> list[str]:
    """Break a text into pieces of at most so many cells; no piece for no text."""
    if _ALL_SINGLE(text):
        return [text[start : start + width] for start in range(0, len(text), width)]
    from rich import cells  # noqa: PLC0415  rarely

    return cells.chop_cells(text, width)
