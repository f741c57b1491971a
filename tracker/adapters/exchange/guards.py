"""Cells that no spreadsheet takes for a formula, reversibly.

Pure. A cell that begins like a formula gets an apostrophe in front, which spreadsheets and people
know as "this is text". On the way back exactly that apostrophe goes: `unguard(guard(cell)) == cell`.

    =HYPERLINK("…")   ↔   '=HYPERLINK("…")
    '=1+1             ↔   ''=1+1
"""

from __future__ import annotations

_FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
"""What a formula begins with, full-width forms of East Asian spreadsheets included."""


def guard(cell: str) -> str:
    """Mark a cell as text if it begins like a formula."""
    return f"'{cell}" if _is_formula(cell) else cell


def unguard(cell: str) -> str:
    """Take away the mark that `guard` put there."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    """Tell whether a cell begins like a formula, behind any apostrophes and white space."""
    bare = cell.lstrip("' \n")
    return bare[:1] in tuple(_FORMULA)
