"""The columns of a table: which key of a skill each of them holds.

Pure. Header names are taken tolerantly; of two columns for one key the first counts, but links and
notes add up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.adapters.exchange.fields import KEYS
from tracker.adapters.exchange.report import Report, show

_OWN = {
    "name": "skill, name, skill name, title, task, task name, topic, item, page",
    "section": "section, category, module, chapter, group, area, phase, unit, part",
    "id": "tracker id, skill id, id",
    "order": "order, position",
    "roadmap": "roadmap",
    "done": "done, complete, checkbox, check, checked",
    "unlocks": "unlocks",
}
_BY_HEADER: Mapping[str, str] = dict(KEYS) | {
    name: key for key, names in _OWN.items() for name in names.split(", ")
}
_SUMS = frozenset({"resources", "notes"})
REPEATED = "repeated"
"""What a column holds that another one holds already; it is told of where it is found."""


@dataclass(frozen=True, slots=True)
class Columns:
    """For each column the key it holds, or an empty text; `headers` are as written."""

    headers: tuple[str, ...]
    keys: tuple[str, ...]

    def find(self, row: Sequence[str], key: str) -> str:
        """Return the first cell of a row that holds a key and is not empty."""
        return next((cell for cell in self.find_all(row, key)), "")

    def find_all(self, row: Sequence[str], key: str) -> list[str]:
        """Return all cells of a row that hold a key and are not empty."""
        return [
            cell for held, cell in zip(self.keys, row, strict=False) if held == key and cell.strip()
        ]


def read_columns(headers: Sequence[str], line: int, report: Report) -> Columns:
    """Tell what each column holds; without a column for names the first one has them."""
    keys: list[str] = []
    for header in headers:
        key = _BY_HEADER.get(_normal(header), "")
        if key and key in keys and key not in _SUMS:
            what = f'the column "{show(header)}" was left out'
            report.note(line, "column-not-imported", what, why=f"another one holds the {key}")
            key = REPEATED
        keys.append(key)
    if "name" not in keys and keys:
        index = keys.index("") if "" in keys else 0
        what = f'the column "{show(headers[index])}" is taken for the names of skills'
        report.note(line, "column-guessed", what, why="no column is called Name or Skill")
        keys[index] = "name"
    return Columns(tuple(headers), tuple(keys))


def tell_unknown(
    columns: Columns, rows: Sequence[Sequence[str]], line: int, report: Report
) -> None:
    """Report each column that nothing is known about and that is not empty."""
    for index, (header, key) in enumerate(zip(columns.headers, columns.keys, strict=True)):
        count = sum(1 for row in rows if index < len(row) and row[index].strip())
        if not key and count:
            cells = "one cell" if count == 1 else f"{count:,} cells"
            report.tell(
                line,
                "column-not-understood",
                f'the column "{show(header)}" with {cells} was left out',
                why="a skill has no such key",
                then="rename the column to Notes to keep it",
            )


def _normal(header: str) -> str:
    return " ".join(re.sub(r"[^\w\s]|_", " ", header).split()).casefold()
