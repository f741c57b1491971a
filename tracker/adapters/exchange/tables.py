"""A table in a Markdown document: its rows are skills of the section that it stands in.

Pure. Only a table with a column for names, or whose first column has links, has skills.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tracker.adapters.exchange.columns import Columns, find_key, judge_unknown, read_columns
from tracker.adapters.exchange.draft import FoundLink, Outline
from tracker.adapters.exchange.entries import Value, read_value
from tracker.adapters.exchange.lines import BOXES, read_box
from tracker.adapters.exchange.marks import read_marks
from tracker.adapters.exchange.report import Report, show
from tracker.adapters.exchange.rows import Row, RowReader
from tracker.roadmap.model import Status

_BAR = re.compile(r"(?<!\\)\|")
_RELATIONS = frozenset({"requires", "unlocks", "parent", "children"})
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")


def read_table(
    lines: Sequence[str],
    place: tuple[int, str | None],
    references: Mapping[str, str],
    outline: Outline,
    report: Report,
) -> bool:
    """Draft the skills of a table; `place` is its first line and its section.

    Return False when it has none; nothing is drafted or reported then.
    """
    first, section = place
    grid = [_split(line) for line in lines]
    if len(grid) < 3 or not _RULE.fullmatch(lines[1].strip()):  # noqa: PLR2004  header, rule, row
        return False
    values = [[read_value(cell, references) for cell in row] for row in (grid[0], *grid[2:])]
    headers, *body = values
    has_names = any(find_key(value.text) == "name" for value in headers)
    if not has_names and sum(bool(row and row[0].links) for row in body) * 2 <= len(body):
        return False
    columns = read_columns([value.text.strip() for value in headers], first, report)
    rows = [
        _read_row(first + 2 + number, cells, columns, references)
        for number, cells in enumerate(grid[2:])
    ]
    columns = judge_unknown(columns, [row.cells for row in rows], first, report)
    for number, row in enumerate(values):
        for image in (image for value in row for image in value.images):
            what = "an image in a table was left out"
            report.note(first + number + bool(number), "image-not-imported", what, why=image.url)
    for number, row in enumerate(body):
        for link in _find_links(row, columns.keys, others=True):
            what = f'the link `{link.url}` behind "{show(link.title)}" was left out'
            why = "it is a relation to another skill"
            report.note(first + 2 + number, "link-not-imported", what, why=why)
    RowReader(columns, rows, outline, report).read(section=section)
    return True


def _read_row(
    line: int, cells: Sequence[str], columns: Columns, references: Mapping[str, str]
) -> Row:
    """Read a row; a box or sign beside the name says how far the skill is."""
    keys = (*columns.keys, *[""] * len(cells))
    plain = list(cells)
    marks = None
    if "name" in columns.keys[: len(cells)]:
        at = columns.keys.index("name")
        box, text = read_box(cells[at]) or (None, cells[at])
        status = BOXES.get(box, Status.TODO) if box is not None else None
        marks = read_marks(text, status)
        marks.status = status or marks.status
        plain[at] = marks.text
    values = [read_value(cell, references) for cell in plain]
    made = tuple(map(_make_cell, values, plain, keys))
    return Row(line, made, tuple(_find_links(values, columns.keys)), marks)


def _split(line: str) -> list[str]:
    bare = line.strip().removeprefix("|")
    cells = _BAR.split(bare)
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [cell.strip().replace("\\|", "|") for cell in cells]


def _make_cell(value: Value, raw: str, key: str) -> str:
    """Return the text of a cell; of one that is nothing but links, these are read elsewhere."""
    if key == "resources" and not value.links:
        return raw
    if key == "name":
        return value.title
    is_text = key in _RELATIONS or not value.links or any(map(str.isalnum, value.beside))
    return value.text.strip() if is_text and key != "resources" else ""


def _find_links(
    row: Sequence[Value], keys: Sequence[str], *, others: bool = False
) -> list[FoundLink]:
    """Return the links of a row, or those of its relations to other skills."""
    return [
        link
        for at, value in enumerate(row)
        if (at < len(keys) and keys[at] in _RELATIONS) is others
        for link in value.links
    ]
