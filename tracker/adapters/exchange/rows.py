"""The rows of a table to skills, given what its columns hold.

Pure. Rows keep their order unless a column Order says otherwise. Cells hold plain text; only in
links is Markdown understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.adapters.exchange.cells import find_day_first, find_decimal_comma, read_check, read_day
from tracker.adapters.exchange.columns import REPEATED, Columns
from tracker.adapters.exchange.draft import UNTITLED, Draft, FoundLink, Outline, add_link
from tracker.adapters.exchange.entries import read_resource, read_value
from tracker.adapters.exchange.fields import Setter
from tracker.adapters.exchange.marks import Marks
from tracker.adapters.exchange.report import Report, add_links, show
from tracker.adapters.exchange.statuses import read_status
from tracker.adapters.exchange.words import join_words, split_words
from tracker.roadmap.model import Status
from tracker.sync.fields import INBOX

PART_OF = "Part of: "
"""What a note begins with that keeps the entry or page that a skill stood below."""

_SIMPLE = ("goal", "level", "hours", "tags", "covered_by")
_DAYS = ("started", "completed")
_RELATION = re.compile(r" \((?:https?://[^\s()]+|[^\s()]+\.(?:md|csv|html))\)(?:, ?|\Z)")
_NOTHING = frozenset({"none", "-", "--", "\u2013", "\u2014", "n/a", "nothing"})
"""What a table says of a skill that needs no other."""

_DIGIT = re.compile(r"[0-9]")
_LOOSE = " \t:;,|()\u00b7-\u2013\u2014"


@dataclass(frozen=True, slots=True)
class Row:
    """A row, the line it begins in, and the links and marks of progress that stood in its cells."""

    line: int
    cells: tuple[str, ...]
    links: tuple[FoundLink, ...] = ()
    marks: Marks | None = None


class RowReader:
    """Reads the rows of one table as skills."""

    def __init__(
        self,
        columns: Columns,
        rows: Sequence[Row],
        outline: Outline,
        report: Report,
    ) -> None:
        self._columns = columns
        self._rows = rows
        self._outline = outline
        self._report = report
        self._setter = Setter(report)
        self._roadmaps: list[str] = []
        self._section: str | None = None
        self._has_ticks = False

    def read(self, *, section: str | None = None, decimal_comma: bool | None = None) -> None:
        """Draft a skill for each row.

        `section` is the one that the table stands in, `decimal_comma` what the file tells of the
        commas in its numbers.
        """
        self._section = section
        self._has_ticks = any(map(read_check, self._list("done")))
        by_column = find_decimal_comma(self._list("hours"))
        self._setter = Setter(
            self._report,
            {key: find_day_first(self._list(key)) for key in _DAYS},
            decimal_comma=decimal_comma if by_column is None else by_column,
        )
        self._roadmaps = list(dict.fromkeys(filter(None, self._list("roadmap"))))
        if len(self._roadmaps) == 1 and section is None:
            self._outline.title = self._roadmaps[0]
        drafts: list[Draft] = []
        for row in self._sort():
            draft = self._read_row(row)
            if draft is not None:
                drafts.append(draft)
                self._outline.sections.setdefault(draft.section, None)
        self._outline.drafts += drafts
        self._read_inverse(drafts)
        self._tell_unticked()

    def _list(self, key: str) -> list[str]:
        return [self._columns.find(row.cells, key) for row in self._rows]

    def _read_row(self, row: Row) -> Draft | None:
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
            if not _is_unticked(row):
                words = join_words(filter(None, row.cells))
                what = f'a row without a name was left out: "{show(words)}"'
                self._report.tell(
                    row.line, "line-not-understood", what, why=add_links("", words, what)
                )
            return None
        draft = Draft(name, row.line, self._find_section(row), id=find(row.cells, "id"))
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

    def _read_addresses(self, draft: Draft, row: Row) -> None:
        for link in row.links:
            add_link(draft, link, row.line, self._report)
        for text in self._columns.find_all(row.cells, "resources"):
            self._read_resources(draft, text, row.line)
        # Of a column that is left out, the addresses are the skill's all the same.
        for key in ("", REPEATED, "order"):
            for text in self._columns.find_all(row.cells, key):
                for link in _read_links(text):
                    add_link(draft, link, row.line, self._report)

    def _read_progress(self, draft: Draft, row: Row) -> None:
        """Read status and days; a column for one of them may hold a box or another of them.

        What a status says comes first, then a box, then a day of completion. In a column with
        ticks, a cell without one is a box without one.
        """
        cells = {key: self._columns.find(row.cells, key) for key in ("status", "done", *_DAYS)}
        self._setter.set(draft, "started", cells["started"], row.line)
        boxes: list[bool] = []
        for key in ("status", "done", "completed"):
            text = cells[key]
            box, is_day = read_check(text), read_day(text, day_first=True) is not None
            if box is not None:
                boxes.append(box)
            elif (key == "completed" and read_status(text) is None) or (is_day and key == "done"):
                self._setter.set(draft, "completed", text, row.line)
                # A day that can be read in two ways is left out, but it is a day.
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

    def _read_resources(self, draft: Draft, text: str, line: int) -> None:
        """Read a cell of links: one on a line, in Markdown, behind a title, or just URLs."""
        for part in filter(str.strip, text.splitlines()):
            found = read_resource(part.strip(), {})
            links = (found,) if found else _read_links(part)
            for link in links:
                add_link(draft, link, line, self._report)
            if not links:
                what = f'the link "{show(part, 500)}" of "{show(draft.name)}" was left out'
                why = "it has no address that begins with http:// or https://"
                self._report.tell(line, "link-not-imported", what, why=why)

    def _find_section(self, row: Row) -> str:
        """Return the section of a row, within its roadmap when the table holds several."""
        around = self._section or ""
        if "section" not in self._columns.keys:
            is_own = len(self._roadmaps) > 1 or around
            section = "" if is_own else self._outline.title or UNTITLED
        else:
            named = self._columns.find(row.cells, "section")
            section = ", ".join(_read_relation(named)) if _RELATION.search(named) else named
            section = section or ("" if around else INBOX)
        roadmap = self._columns.find(row.cells, "roadmap") if len(self._roadmaps) > 1 else ""
        return ": ".join(filter(None, (around, roadmap, section))) or INBOX

    def _read_inverse(self, drafts: Sequence[Draft]) -> None:
        """Read what a skill unlocks, and its sub-items: the other end of a column for these."""
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

    def _tell_unticked(self) -> None:
        """Report the rows in which a spreadsheet has boxes that nobody ticked, all at once."""
        rows = [
            row
            for row in self._rows
            if not self._columns.find(row.cells, "name") and _is_unticked(row)
        ]
        if rows:
            what = f"{len(rows):,} rows that hold only boxes without a tick were left out"
            self._report.note(rows[0].line, "line-not-understood", what)

    def _sort(self) -> list[Row]:
        """Return the rows by their order, if each of them has one."""
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


def _read_marks(draft: Draft, marks: Marks) -> None:
    """Take what stands beside a name, where no column says it."""
    draft.started = draft.started or marks.started
    draft.completed = draft.completed or marks.completed
    draft.notes += [" ".join(marks.rest)] if marks.rest else []
    if marks.status is not None and not draft.has_status:
        draft.status, draft.has_status = marks.status, True


def _is_unticked(row: Row) -> bool:
    """Tell whether a row holds nothing but boxes without a tick."""
    filled = [cell for cell in row.cells if cell.strip()]
    return bool(filled) and all(read_check(cell) is False for cell in filled)


def _read_relation(text: str) -> tuple[str, ...]:
    """Read the names of pages as Notion exports them, `Name (address), …`, or a list of words."""
    if text.strip().casefold() in _NOTHING:
        return ()
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
