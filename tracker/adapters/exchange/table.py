"""Read a table as a roadmap, one row a skill: a CSV, or a table within a Markdown document.

Pure. A header may have any name that people use for a key, in many languages. Of two columns for one
key the first counts, but links and notes add up. Rows keep their order unless a column Order numbers
them. Cells are plain text; in a CSV, only links may be Markdown. A table in a document has skills only
if a column holds names, or if most of its rows begin with a link.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracker.adapters.exchange.draft import (
    PART_OF,
    UNTITLED,
    FoundLink,
    ImportDraft,
    ImportOutline,
    ImportReport,
    add_link,
    add_links,
    assemble,
)
from tracker.adapters.exchange.entries import (
    ProgressMarks,
    TextValue,
    read_marks,
    read_resource,
    read_value,
)
from tracker.adapters.exchange.foreign_values import (
    KEYS,
    ValueSetter,
    find_day_first,
    find_decimal_comma,
    fold,
    join_words,
    list_words,
    read_check,
    read_day,
    read_status,
    split_words,
    unguard,
)
from tracker.adapters.exchange.lines import BOXES, read_box
from tracker.roadmap.model import INBOX, Imported, Status, show

_BY_HEADER: Mapping[str, str] = {
    **KEYS,
    **{fold(word): key for word, key in list_words("column").items()},
}
_ADDRESS = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)
_SUMS = frozenset({"resources", "notes"})
REPEATED = "repeated"
"""The key of a column if an earlier column holds its key already."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The key that each column holds, or an empty text; `headers` are as written."""

    headers: tuple[str, ...]
    keys: tuple[str, ...]

    def find(self, row: Sequence[str], key: str) -> str:
        """Return the first cell of a row for a key that is not empty, or an empty text."""
        return next((cell for cell in self.find_all(row, key)), "")

    def find_all(self, row: Sequence[str], key: str) -> list[str]:
        """Return all cells of a row for a key that are not empty."""
        return [
            cell for held, cell in zip(self.keys, row, strict=False) if held == key and cell.strip()
        ]


def find_key(header: str) -> str:
    """Return the key that a header means, or an empty text."""
    return _BY_HEADER.get(fold(header), "")


def read_columns(headers: Sequence[str], line: int, report: ImportReport) -> Columns:
    """Find the key of each column; if none holds names, the first unknown column does."""
    keys: list[str] = []
    for header in headers:
        key = find_key(header)
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


def judge_unknown(
    columns: Columns, rows: Sequence[Sequence[str]], line: int, report: ImportReport
) -> Columns:
    """Judge the unknown columns by their cells: links, boxes, or nothing that a skill has."""
    keys = list(columns.keys)
    for index, (header, key) in enumerate(zip(columns.headers, columns.keys, strict=True)):
        filled = [row[index] for row in rows if index < len(row) and row[index].strip()]
        count = len(filled)
        # A known or an empty column needs no judgement. Boxes are looked for only once: a second column
        # of ticks may say something else, such as "has homework".
        if not key and count and all(map(_ADDRESS.fullmatch, filled)):
            keys[index] = "resources"
            what = f'the column "{show(header)}" is taken for links'
            report.note(line, "column-guessed", what, why="each of its cells is an address")
        elif not key and count and "done" not in keys and all(map(_is_tick, filled)):
            keys[index] = "done"
            what = f'the column "{show(header)}" is taken for boxes'
            report.note(line, "column-guessed", what, why="each of its cells is ticked or empty")
        elif not key and count:
            cells = "one cell" if count == 1 else f"{count:,} cells"
            report.tell(
                line,
                "column-not-understood",
                f'the column "{show(header)}" with {cells} was left out',
                why="a skill has no such key; addresses in it were kept as links"
                if any("://" in cell for cell in filled)
                else "a skill has no such key",
                then="rename the column to Notes to keep it",
            )
    return Columns(columns.headers, tuple(keys))


def _is_tick(cell: str) -> bool:
    """Tell whether a cell is a sign for done or to do, but not a word for it."""
    return read_check(cell) is not None and not any(map(str.isalpha, cell.strip("[]xX: ")))


_SIMPLE = (
    "goal", "level", "hours", "tags", "covered_by", "kind", "aliases", "prove", "evidence",
)  # fmt: skip
_DAYS = ("started", "completed")
_RELATION = re.compile(r" \((?:https?://[^\s()]+|[^\s()]+\.(?:md|csv|html))\)(?:, ?|\Z)")
_NOTHING = frozenset({"none", "-", "--", "\u2013", "\u2014", "n/a", "nothing"})
"""What people write for a skill without prerequisites."""

_DIGIT = re.compile(r"[0-9]")
_LOOSE = " \t:;,|()\u00b7-\u2013\u2014"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row with the line where it begins, and the links and marks of progress found in its cells."""

    line: int
    cells: tuple[str, ...]
    links: tuple[FoundLink, ...] = ()
    marks: ProgressMarks | None = None


class TableReader:
    """Reads the rows of one table as skills."""

    def __init__(
        self,
        columns: Columns,
        rows: Sequence[ImportRow],
        outline: ImportOutline,
        report: ImportReport,
    ) -> None:
        self._columns = columns
        self._rows = rows
        self._outline = outline
        self._report = report
        self._setter = ValueSetter(report)
        self._roadmaps: list[str] = []
        self._section: str | None = None
        self._has_ticks = False
        self._unticked: list[int] = []

    def read(self, *, section: str | None = None, decimal_comma: bool | None = None) -> None:
        """Draft a skill for each row.

        `section` is that of the table in its document. `decimal_comma` tells whether numbers in this
        file have one, if the column of hours does not tell.
        """
        self._section = section
        # How dates and numbers are meant is judged once for a column: 3/4/2026 alone tells nothing.
        self._has_ticks = any(map(read_check, self._list("done")))
        by_column = find_decimal_comma(self._list("hours"))
        self._setter = ValueSetter(
            self._report,
            {key: find_day_first(self._list(key)) for key in _DAYS},
            decimal_comma=decimal_comma if by_column is None else by_column,
        )
        self._roadmaps = list(dict.fromkeys(filter(None, self._list("roadmap"))))
        # One roadmap gives its title; several become sections, as an import makes one roadmap.
        if len(self._roadmaps) == 1 and section is None:
            self._outline.title = self._roadmaps[0]
        drafts: list[ImportDraft] = []
        for row in self._sort():
            draft = self._read_row(row)
            if draft is not None:
                drafts.append(draft)
                self._outline.sections.setdefault(draft.section, None)
        self._outline.drafts += drafts
        self._read_inverse(drafts)
        if self._unticked:
            what = f"{len(self._unticked):,} rows that hold only boxes without a tick were left out"
            self._report.note(self._unticked[0], "line-not-understood", what)

    def _list(self, key: str) -> list[str]:
        return [self._columns.find(row.cells, key) for row in self._rows]

    def _read_row(self, row: ImportRow) -> ImportDraft | None:
        find = self._columns.find
        name = find(row.cells, "name")
        spare = [cell for cell in row.cells[len(self._columns.headers) :] if cell.strip()]
        if spare:
            what = (
                f'"{show(name)}" has more cells than there are columns: "{show(join_words(spare))}"'
            )
            self._report.tell(
                row.line, "cell-not-understood", what, why=add_links("", " ".join(spare), what)
            )
        if not name:
            filled = [cell for cell in row.cells if cell.strip()]
            if filled and all(read_check(cell) is False for cell in filled):
                # Spreadsheets export their boxes far below the last row that people filled in: these
                # rows are one problem, not thousands.
                self._unticked.append(row.line)
            else:
                words = join_words(filter(None, row.cells))
                what = f'a row without a name was left out: "{show(words)}"'
                self._report.tell(
                    row.line, "line-not-understood", what, why=add_links("", words, what)
                )
            return None
        draft = ImportDraft(name, row.line, self._find_section(row), id=find(row.cells, "id"))
        if len(self._roadmaps) > 1:
            draft.group = find(row.cells, "roadmap")
        for key in _SIMPLE:
            self._setter.set(draft, key, find(row.cells, key), row.line)
        self._read_progress(draft, row)
        if row.marks is not None:
            _read_marks(draft, row.marks)
        draft.requires = _read_relation(find(row.cells, "requires"))
        for text in self._columns.find_all(row.cells, "notes"):
            self._setter.set(draft, "notes", text, row.line)
        if parents := _read_relation(find(row.cells, "parent")):
            draft.notes.append(f"{PART_OF}{', '.join(parents)}")
        self._read_addresses(draft, row)
        return draft

    def _read_addresses(self, draft: ImportDraft, row: ImportRow) -> None:
        for link in row.links:
            add_link(draft, link, row.line, self._report)
        for text in self._columns.find_all(row.cells, "resources"):
            self._read_resources(draft, text, row.line)
        # A column may be left out, but not the addresses in it.
        for key in ("", REPEATED, "order"):
            for text in self._columns.find_all(row.cells, key):
                for link in _read_links(text):
                    add_link(draft, link, row.line, self._report)

    def _read_progress(self, draft: ImportDraft, row: ImportRow) -> None:
        """Read status and days, which people mix: each column may hold a tick, a status or a day.

        A word for a status counts most, then a tick, then a day of completion. In a column that has
        ticks, an empty cell means to do.
        """
        cells = {key: self._columns.find(row.cells, key) for key in ("status", "done", *_DAYS)}
        self._setter.set(draft, "started", cells["started"], row.line)
        boxes: list[bool] = []
        for key in ("status", "done", "completed"):
            text = cells[key]
            box, is_day = read_check(text), read_day(text, day_first=True) is not None
            # A cell is, in this order: a tick; a day of completion, where one is expected or where a
            # column of ticks has one; the first status; or a second status, which is left out.
            if box is not None:
                boxes.append(box)
            elif (key == "completed" and read_status(text) is None) or (is_day and key == "done"):
                self._setter.set(draft, "completed", text, row.line)
                # A day that can be read in two ways is left out, but the skill is done all the same.
                boxes += [True] if _DIGIT.search(text) else []
            elif not draft.has_status:
                self._setter.set(draft, "status", text, row.line)
            elif text.strip():
                what = f'"{show(text, 500)}" of "{show(draft.name)}" was left out'
                why = "another column holds the status"
                self._report.tell(row.line, "value-not-understood", what, why=why)
        if not cells["done"] and self._has_ticks:
            boxes = [read_check(cells[key]) is True for key in ("status", "completed")]
        if boxes and not draft.has_status:
            draft.status = Status.DONE if any(boxes) else Status.TODO
            draft.has_status = True

    def _read_resources(self, draft: ImportDraft, text: str, line: int) -> None:
        """Read a cell of links: each line a Markdown link, a title with a URL, or several URLs."""
        for part in filter(str.strip, text.splitlines()):
            found = read_resource(part.strip(), {})
            links = (found,) if found else _read_links(part)
            for link in links:
                add_link(draft, link, line, self._report)
            if not links:
                what = f'the link "{show(part, 500)}" of "{show(draft.name)}" was left out'
                why = "it has no address that begins with http:// or https://"
                self._report.tell(line, "link-not-imported", what, why=why)

    def _find_section(self, row: ImportRow) -> str:
        """Return the section of a row: below that of the table, and below its roadmap if there are several."""
        around = self._section or ""
        if "section" not in self._columns.keys:
            is_own = len(self._roadmaps) > 1 or around
            section = "" if is_own else self._outline.title or UNTITLED
        else:
            named = self._columns.find(row.cells, "section")
            # Notion exports a relation to pages of sections with their addresses.
            section = ", ".join(_read_relation(named)) if _RELATION.search(named) else named
            section = section or ("" if around else INBOX)
        roadmap = self._columns.find(row.cells, "roadmap") if len(self._roadmaps) > 1 else ""
        return ": ".join(filter(None, (around, roadmap, section))) or INBOX

    def _read_inverse(self, drafts: Sequence[ImportDraft]) -> None:
        """Read what a skill unlocks and its sub-items, which are prerequisites and parents of others."""
        if not {"unlocks", "children"} & set(self._columns.keys):
            return
        by_word = {draft.name: draft for draft in reversed(drafts)}
        by_word |= {draft.id: draft for draft in drafts if draft.id}
        by_line = {draft.line: draft for draft in drafts}
        for row in self._rows:
            owner = by_line.get(row.line)
            if owner is None:
                continue
            for key in ("unlocks", "children"):
                for word in _read_relation(self._columns.find(row.cells, key)):
                    target = by_word.get(word)
                    if target is None:
                        what = f'"{show(word, 500)}", which "{show(owner.name)}" leads to, was left out'
                        why = "there is no such skill"
                        self._report.tell(row.line, "requires-not-imported", what, why=why)
                    elif key == "unlocks":
                        target.requires = (*target.requires, owner.id or owner.name)
                    elif f"{PART_OF}{owner.name}" not in target.notes:
                        target.notes.append(f"{PART_OF}{owner.name}")

    def _sort(self) -> list[ImportRow]:
        """Return the rows sorted by a column Order, if each row has a number there."""
        texts = self._list("order")
        orders = [
            float(text) for text in texts if re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?", text)
        ]
        if len(orders) < len(texts) or not orders:
            if any(texts):
                what = "the order of the rows was kept, and the column for it left out"
                why = "not every row has a number there"
                self._report.note(self._rows[0].line, "column-not-imported", what, why=why)
            return list(self._rows)
        ordered = sorted(range(len(orders)), key=lambda index: orders[index])
        return [self._rows[index] for index in ordered]


def _read_marks(draft: ImportDraft, marks: ProgressMarks) -> None:
    """Take what the marks beside a name say, unless a column says it."""
    draft.started = draft.started or marks.started
    draft.completed = draft.completed or marks.completed
    draft.notes += [" ".join(marks.rest)] if marks.rest else []
    if marks.status is not None and not draft.has_status:
        draft.status, draft.has_status = marks.status, True


def _read_relation(text: str) -> tuple[str, ...]:
    """Read a list of skills: words, or pages as Notion exports a relation, `Name (address), …`."""
    if text.strip().casefold() in _NOTHING:
        return ()
    names: list[str] = []
    position = 0
    for found in _RELATION.finditer(text):
        names.append(text[position : found.start()].strip())
        position = found.end()
    return tuple(dict.fromkeys([*filter(None, names), *split_words(text[position:])]))


def _read_links(text: str) -> tuple[FoundLink, ...]:
    """Read the URLs of a line; the text around a single one is its title."""
    value = read_value(text, {})
    if len(value.links) != 1 or value.links[0].title != value.links[0].url:
        return value.links
    url = value.links[0].url
    return (FoundLink(value.beside.strip(_LOOSE) or url, url),)


_BAR = re.compile(r"(?<!\\)\|")
_RELATIONS = frozenset({"requires", "unlocks", "parent", "children"})
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")


def read_table(
    lines: Sequence[str],
    place: tuple[int, str | None],
    references: Mapping[str, str],
    outline: ImportOutline,
    report: ImportReport,
) -> bool:
    """Draft the skills of a table in a document; `place` is its first line and its section.

    Return False if it has no skills; then nothing is drafted or reported.
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
            report.note(
                first + number + bool(number), "image-not-imported", what, why=image.picture
            )
    for number, row in enumerate(body):
        for link in _find_links(row, columns.keys, others=True):
            what = f'the link `{link.url}` behind "{show(link.title)}" was left out'
            why = "it is a relation to another skill"
            report.note(first + 2 + number, "link-not-imported", what, why=why)
    TableReader(columns, rows, outline, report).read(section=section)
    return True


def _read_row(
    line: int, cells: Sequence[str], columns: Columns, references: Mapping[str, str]
) -> ImportRow:
    """Read a row; a box or sign beside the name gives the status."""
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
    return ImportRow(line, made, tuple(_find_links(values, columns.keys)), marks)


def _split(line: str) -> list[str]:
    bare = line.strip().removeprefix("|")
    cells = _BAR.split(bare)
    # A bar at the end closes the last cell, and begins none.
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [cell.strip().replace("\\|", "|") for cell in cells]


def _make_cell(value: TextValue, raw: str, key: str) -> str:
    """Return the text of a cell; it is empty for a cell of links only, which are read for the row."""
    if key == "resources" and not value.links:
        return raw
    if key == "name":
        return value.title
    is_text = key in _RELATIONS or not value.links or any(map(str.isalnum, value.beside))
    return value.text.strip() if is_text and key != "resources" else ""


def _find_links(
    row: Sequence[TextValue], keys: Sequence[str], *, others: bool = False
) -> list[FoundLink]:
    """Return the links of a row outside its relations, or (`others`) those in its relations."""
    return [
        link
        for at, value in enumerate(row)
        if (at < len(keys) and keys[at] in _RELATIONS) is others
        for link in value.links
    ]


_NAMED_DELIMITER = re.compile(r"sep=([,;\t|])\r?\n")
"""A first line that tells Excel which sign parts the cells."""

_QUOTED = re.compile(r'"[^"]*"')
_MOST_ABOVE = 10
"""How many rows above the headers may hold a title."""


def parse_notion_csv(text: str, *, path: str = "", title: str = "") -> Imported:
    """Parse a table with a header; `title` is used unless a column Roadmap gives one."""
    report = ImportReport(path)
    text = report.clean(text.removeprefix("\ufeff"), 1)
    # Excel on older Macs ended lines with a carriage return alone.
    if "\n" not in text:
        text = text.replace("\r", "\n")
    named = _NAMED_DELIMITER.match(text)
    head = _QUOTED.sub("", text.lstrip(" \r\n")).partition("\n")[0]
    delimiter = named[1] if named else max((",", ";", "\t"), key=head.count)
    rows = list(
        _read_rows(text[named.end() if named else 0 :], delimiter, 2 if named else 1, report)
    )
    outline = ImportOutline(title=title)
    if rows:
        start = _find_headers(rows)
        for row in rows[:start]:
            what = f'a row above the headers was left out: "{show(join_words(filter(None, row.cells)))}"'
            report.tell(row.line, "line-not-understood", what)
        header, body = rows[start], rows[start + 1 :]
        columns = read_columns(header.cells, header.line, report)
        columns = judge_unknown(columns, [row.cells for row in body], header.line, report)
        # Semicolons part the cells where commas begin the decimals, as in German.
        decimal_comma = True if delimiter == ";" else None
        TableReader(columns, body, outline, report).read(decimal_comma=decimal_comma)
    return assemble(outline, report)


def _read_rows(text: str, delimiter: str, first: int, report: ImportReport) -> Iterator[ImportRow]:
    """Yield the rows that are not empty, each with the line where it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = first
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield ImportRow(line, tuple(unguard(cell.strip()) for cell in cells))
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


def _find_headers(rows: Sequence[ImportRow]) -> int:
    """Return the index of the headers: the first row, or a later one that has names below a title."""
    for index, row in enumerate(rows[:_MOST_ABOVE]):
        if any(find_key(cell) == "name" for cell in row.cells):
            is_title = all(sum(map(bool, above.cells)) == 1 for above in rows[:index])
            return index if is_title and len(row.cells) > 1 else 0
    return 0
