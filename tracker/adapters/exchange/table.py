"""A CSV table, such as Notion exports of a database, to a roadmap: one row is one skill.

Pure. Rows keep their order unless a column Order says otherwise. Cells hold plain text, as Notion
exports it; only in links is Markdown understood.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracker.adapters.exchange.cells import find_day_first, read_check
from tracker.adapters.exchange.columns import Columns, read_columns, tell_unknown
from tracker.adapters.exchange.draft import (
    UNTITLED,
    Draft,
    FoundLink,
    Outline,
    add_link,
    assemble,
)
from tracker.adapters.exchange.entries import read_resource, read_value
from tracker.adapters.exchange.fields import Setter
from tracker.adapters.exchange.guards import unguard
from tracker.adapters.exchange.report import Report, show
from tracker.adapters.exchange.words import join_words, split_words
from tracker.roadmap.imported import Imported
from tracker.roadmap.model import Status
from tracker.sync.fields import INBOX

_SIMPLE = ("goal", "level", "hours", "tags", "covered_by")
_DAYS = ("started", "completed")
_RELATION = re.compile(r" \((?:https?://[^\s()]+|[^\s()]+\.(?:md|csv|html))\)(?:, ?|\Z)")
_NAMED_DELIMITER = re.compile(r"sep=([,;\t|])\r?\n")
"""A first line that tells spreadsheets what stands between cells."""

_LOOSE = " \t:;,|()\u00b7-\u2013\u2014"


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: tuple[str, ...]


def parse_notion_csv(text: str, *, path: str = "", title: str = "") -> Imported:
    """Parse a table with a header; `title` is that of the roadmap, unless the table has it."""
    report = Report(path)
    rows = list(_read_rows(report.clean(text.removeprefix("\ufeff"), 1), report))
    outline = Outline(title=title)
    if rows:
        columns = read_columns(rows[0].cells, rows[0].line, report)
        body = rows[1:]
        tell_unknown(columns, [row.cells for row in body], rows[0].line, report)
        _Table(columns, body, outline, report).read()
    return assemble(outline, report)


def _read_rows(text: str, report: Report) -> Iterator[_Row]:
    """Yield the rows that are not empty, each with the line it begins in."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    named = _NAMED_DELIMITER.match(text)
    delimiter = named[1] if named else _find_delimiter(text)
    text = text[named.end() :] if named else text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    first = line = 2 if named else 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _Row(line, tuple(unguard(cell.strip()) for cell in cells))
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
    head = text.lstrip().partition("\n")[0]
    return max((",", ";", "\t"), key=head.count)


class _Table:
    """Reads rows as skills, given what the columns hold."""

    def __init__(
        self, columns: Columns, rows: Sequence[_Row], outline: Outline, report: Report
    ) -> None:
        self._columns = columns
        self._rows = rows
        self._outline = outline
        self._report = report
        self._setter = Setter(report, {key: self._find_day_first(key) for key in _DAYS})
        self._roadmaps = self._find_roadmaps()

    def read(self) -> None:
        """Draft a skill for each row."""
        if len(self._roadmaps) == 1:
            self._outline.title = self._roadmaps[0]
        for row in self._sorted():
            draft = self._read_row(row)
            if draft is not None:
                self._outline.drafts.append(draft)
                self._outline.sections.setdefault(draft.section, None)

    def _read_row(self, row: _Row) -> Draft | None:
        find = self._columns.find
        name = find(row.cells, "name")
        if len(row.cells) > len(self._columns.headers) and any(
            cell.strip() for cell in row.cells[len(self._columns.headers) :]
        ):
            what = f'"{show(name)}" has more cells than there are columns'
            self._report.tell(row.line, "cell-not-understood", what)
        if not name:
            what = (
                f'a row without a name was left out: "{show(join_words(filter(None, row.cells)))}"'
            )
            self._report.tell(row.line, "line-not-understood", what)
            return None
        draft = Draft(name, row.line, self._find_section(row), id=find(row.cells, "id"))
        if len(self._roadmaps) > 1:
            draft.group = find(row.cells, "roadmap")
        for key in _SIMPLE:
            self._setter.set(draft, key, find(row.cells, key), row.line)
        self._read_progress(draft, row)
        draft.requires = _read_relation(find(row.cells, "requires"))
        for text in self._columns.find_all(row.cells, "notes"):
            self._setter.set(draft, "notes", text, row.line)
        for text in self._columns.find_all(row.cells, "resources"):
            self._read_resources(draft, text, row.line)
        return draft

    def _read_progress(self, draft: Draft, row: _Row) -> None:
        """Read status and days; a ticked box in place of a status or day says that it is done."""
        find = self._columns.find
        status = find(row.cells, "status")
        ticked = [read_check(find(row.cells, key)) for key in ("done", "completed", "status")]
        if status and ticked[2] is None:
            self._setter.set(draft, "status", status, row.line)
        elif any(ticked):
            draft.status = Status.DONE
        self._setter.set(draft, "started", find(row.cells, "started"), row.line)
        if ticked[1] is None:
            self._setter.set(draft, "completed", find(row.cells, "completed"), row.line)

    def _read_resources(self, draft: Draft, text: str, line: int) -> None:
        """Read a cell of links: one on a line, in Markdown, behind a title, or just URLs."""
        for each in filter(str.strip, text.splitlines()):
            found = read_resource(each.strip(), {})
            links = (found,) if found else _read_links(each)
            for link in links:
                add_link(draft, link, line, self._report)
            if not links:
                what = f'the link "{show(each)}" of "{show(draft.name)}" was left out'
                why = "it has no address that begins with http:// or https://"
                self._report.tell(line, "link-not-imported", what, why=why)

    def _find_section(self, row: _Row) -> str:
        """Return the section of a row, within its roadmap when the table holds several."""
        if "section" not in self._columns.keys:
            section = "" if len(self._roadmaps) > 1 else self._outline.title or UNTITLED
        else:
            named = self._columns.find(row.cells, "section")
            section = ", ".join(_read_relation(named)) if _RELATION.search(named) else named
            section = section or INBOX
        roadmap = self._columns.find(row.cells, "roadmap") if len(self._roadmaps) > 1 else ""
        return ": ".join(filter(None, (roadmap, section))) or INBOX

    def _find_roadmaps(self) -> list[str]:
        found = (self._columns.find(row.cells, "roadmap") for row in self._rows)
        return list(dict.fromkeys(filter(None, found)))

    def _find_day_first(self, key: str) -> bool | None:
        return find_day_first(self._columns.find(row.cells, key) for row in self._rows)

    def _sorted(self) -> list[_Row]:
        """Return the rows by their order, if each of them has one."""
        orders = [_read_order(self._columns.find(row.cells, "order")) for row in self._rows]
        if not orders or None in orders:
            return list(self._rows)
        ordered = sorted(zip(orders, range(len(self._rows)), strict=True), key=_by_order)
        return [self._rows[index] for _, index in ordered]


def _by_order(pair: tuple[float | None, int]) -> tuple[float, int]:
    return (pair[0] or 0.0, pair[1])


def _read_order(text: str) -> float | None:
    found = re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?", text)
    return float(text) if found else None


def _read_relation(text: str) -> tuple[str, ...]:
    """Read the names of pages as Notion exports them, `Name (address), …`, or a list of words."""
    names: list[str] = []
    position = 0
    for found in _RELATION.finditer(text):
        names.append(text[position : found.start()].strip())
        position = found.end()
    return tuple(dict.fromkeys([*filter(None, names), *split_words(text[position:])]))


def _read_links(text: str) -> tuple[FoundLink, ...]:
    """Read the URLs of a line; what stands before a single one is its title."""
    value = read_value(text, {})
    if len(value.links) != 1 or value.links[0].title != value.links[0].url:
        return value.links
    url = value.links[0].url
    return (FoundLink(value.beside.strip(_LOOSE) or url, url),)
