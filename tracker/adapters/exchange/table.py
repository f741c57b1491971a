"""A CSV table, such as Notion or a spreadsheet exports, to a roadmap: one row is one skill.

Pure. What the rows say is read in `rows`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from tracker.adapters.exchange.columns import find_key, judge_unknown, read_columns
from tracker.adapters.exchange.draft import Outline, assemble
from tracker.adapters.exchange.guards import unguard
from tracker.adapters.exchange.report import Report, show
from tracker.adapters.exchange.rows import Row, RowReader
from tracker.adapters.exchange.words import join_words
from tracker.roadmap.imported import Imported

_NAMED_DELIMITER = re.compile(r"sep=([,;\t|])\r?\n")
"""A first line that tells spreadsheets what stands between cells."""

_QUOTED = re.compile(r'"[^"]*"')
_MOST_ABOVE = 10
"""How many rows may stand above the headers."""


def parse_notion_csv(text: str, *, path: str = "", title: str = "") -> Imported:
    """Parse a table with a header; `title` is that of the roadmap, unless the table has it."""
    report = Report(path)
    text = report.clean(text.removeprefix("\ufeff"), 1)
    if "\n" not in text:
        text = text.replace("\r", "\n")
    named = _NAMED_DELIMITER.match(text)
    delimiter = named[1] if named else _find_delimiter(text)
    rows = list(
        _read_rows(text[named.end() if named else 0 :], delimiter, 2 if named else 1, report)
    )
    outline = Outline(title=title)
    if rows:
        start = _find_headers(rows)
        for row in rows[:start]:
            what = f'a row above the headers was left out: "{show(join_words(filter(None, row.cells)))}"'
            report.tell(row.line, "line-not-understood", what)
        header, body = rows[start], rows[start + 1 :]
        columns = read_columns(header.cells, header.line, report)
        columns = judge_unknown(columns, [row.cells for row in body], header.line, report)
        # Where semicolons part the cells, commas are free to begin the decimals.
        decimal_comma = True if delimiter == ";" else None
        RowReader(columns, body, outline, report).read(decimal_comma=decimal_comma)
    return assemble(outline, report)


def _read_rows(text: str, delimiter: str, first: int, report: Report) -> Iterator[Row]:
    """Yield the rows that are not empty, each with the line it begins in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = first
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(line, tuple(unguard(cell.strip()) for cell in cells))
            line = reader.line_num + first
    except csv.Error as error:
        report.tell(
            line,
            "line-not-understood",
            "the rest of the table was left out",
            why=f"{error}; a quote may not be closed",
        )
    if text.count('"') % 2:
        report.tell(line - 1, "line-not-understood", "a quote is opened and never closed")


def _find_delimiter(text: str) -> str:
    """Return the sign between the headers: comma, semicolon or tab, whichever is more frequent."""
    head = _QUOTED.sub("", text.lstrip(" \r\n")).partition("\n")[0]
    return max((",", ";", "\t"), key=head.count)


def _find_headers(rows: Sequence[Row]) -> int:
    """Return the index of the headers: below a title, if one of the next rows names the skills."""
    for index, row in enumerate(rows[:_MOST_ABOVE]):
        if any(find_key(cell) == "name" for cell in row.cells):
            is_title = all(sum(map(bool, above.cells)) == 1 for above in rows[:index])
            return index if is_title and len(row.cells) > 1 else 0
    return 0
