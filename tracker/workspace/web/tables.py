"""A database as a table and as a board, and its progress as words and a bar.

Reads through the API's own operations and arranges what they answer; must not write.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.workspace.databases import encode_data_source
from tracker.workspace.model import DataSource, Property
from tracker.workspace.page_json import encode_pages
from tracker.workspace.protocol import Json, encode_property_id, plain_text
from tracker.workspace.query import load_rows, query_data_source
from tracker.workspace.session import Session
from tracker.workspace.web.cells import Cell, Chip, chips_of, find_plumbing, make_cell

MOST_ROWS = 2_000
"""Rows that one page shows; the API has no such limit."""
_ORDER = ("title", "status", "select", "number", "date", "checkbox", "multi_select", "url")
"""The types that a table shows, in this order: short values, no wall of text."""
_TRASHED = "parent_type = 'data_source_id' AND parent_id = ? AND in_trash = 1"
WIDTH = 1000
"""Units of a whole bar."""
SIGNS = {"open": "○", "doing": "◐", "done": "✓", "skipped": "\N{EN DASH}"}
"""What a status can mean, and the sign for it."""
_LIVE = "parent_id = ? AND in_trash = 0 AND is_archived = 0"
# Notion's last group holds whatever is over, also what was given up: the name tells them apart.
_GIVEN_UP = re.compile(
    r"skip(ped)?|cancel(l?ed)?|dropped|abandoned|obsolete|won.?t (do|fix)|not needed", re.IGNORECASE
)
_NOUN = re.compile(r"[A-Za-z]{2,30}")


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one status: where they begin in the bar, and how wide they are."""

    chip: Chip
    count: int
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class StatusCount:
    """The rows of a data source by what their status means; `parts` is empty without a status column.

    Progress is `done` of `counted`, which is all rows but the skipped ones; the bar shows just that.
    """

    noun: str
    total: int
    done: int = 0
    doing: int = 0
    skipped: int = 0
    has_status: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def counted(self) -> int:
        """How many rows there are to do in all."""
        return self.total - self.skipped

    @property
    def nouns(self) -> str:
        """What several rows are called."""
        return f"{self.noun[:-1]}ies" if re.search("[^aeiou]y$", self.noun) else f"{self.noun}s"

    @property
    def words(self) -> str:
        """The counts in words."""
        if not self.has_status:
            return f"{self.total} {self.noun if self.total == 1 else self.nouns}"
        parts = [f"{self.done} of {self.counted} done"]
        parts += [f"{self.doing} in progress"] if self.doing else []
        parts += [f"{self.skipped} skipped"] if self.skipped else []
        return " · ".join(parts)


def make_tally(session: Session, source: DataSource) -> StatusCount:
    """Count the live rows of a data source by what their status means."""
    column = status_column(source)
    title = next(
        (prop.name.strip().lower() for prop in source.schema.values() if prop.type == "title"), ""
    )
    # A title called "Skill" says what a row is, one called "Name" does not.
    noun = title if _NOUN.fullmatch(title) and title not in ("name", "title", "row") else "row"
    if column is None:
        total = session.store.pages.count(_LIVE, (source.id,), limit=1_000_000)
        return StatusCount(noun, total)
    rows = load_rows(session, _LIVE, (source.id,), [column])
    counts = Counter(row.content(column) for row in rows)
    meant = Counter[str]()
    for option_id, count in counts.items():
        meant[meaning_of(column, option_id)] += count
    return StatusCount(
        noun=noun,
        total=len(rows),
        done=meant["done"],
        doing=meant["doing"],
        skipped=meant["skipped"],
        has_status=True,
        parts=_parts(column, counts),
    )


def status_column(source: DataSource) -> Property | None:
    """Return the first column of statuses, None without one."""
    return next((column for column in source.schema.values() if column.type == "status"), None)


def meaning_of(column: Property, option_id: str | None) -> str:
    """Return what an option of a status column means, one of the keys of `SIGNS`."""
    names = {option["id"]: option["name"].strip() for option in column.config["options"]}
    option_id = option_id if option_id in names else column.config["default"]
    # Notion's groups are To-do, In progress and Complete, in this order, whatever they are called.
    *earlier, last = column.config["groups"]
    if option_id in last["option_ids"]:
        return "skipped" if _GIVEN_UP.fullmatch(names[option_id]) else "done"
    is_begun = any(option_id in group["option_ids"] for group in earlier[1:])
    return "doing" if is_begun else "open"


def _parts(column: Property, counts: Counter[str]) -> tuple[Part, ...]:
    """Lay the options side by side, what is done first; what was skipped is in no bar."""
    rank = ("done", "doing", "open")
    options = [o for o in column.config["options"] if meaning_of(column, o["id"]) in rank]
    options.sort(key=lambda option: rank.index(meaning_of(column, option["id"])))
    total, seen, parts = sum(counts[option["id"]] for option in options), 0, []
    for option in options:
        count = counts[option["id"]]
        if count:
            # Both ends are rounded, not the width: parts neither overlap nor leave a gap.
            start, end = (round(Fraction(at * WIDTH, total)) for at in (seen, seen + count))
            chip = Chip(option["name"], option["color"])
            parts.append(Part(chip, count, start, end - start))
        seen += count
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its id, its title and its cells by column id."""

    id: str
    title: str
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share one option, with the chip to show above them."""

    chip: Chip | None
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Menu:
    """What can be chosen in one column."""

    id: str
    name: str
    type: str
    choices: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A data source ready to show; `groups` are those of the view that was asked for.

    `places` are the positions of the rows among all; `menus` belong to columns with one choice.
    """

    data_source_id: str
    columns: tuple[Json, ...]
    groups: tuple[Group, ...]
    places: dict[str, int]
    state: Json | None
    menus: tuple[Menu, ...]
    tally: StatusCount
    trashed: int

    @property
    def shown(self) -> int:
        """How many rows are shown."""
        return sum(len(group.rows) for group in self.groups)


def make_table(session: Session, source: DataSource, view: str) -> Table:
    """Read a data source and arrange its rows for the view "table", "board" or "trash"."""
    schema = list_columns(session, source)
    grouping = _first(schema, "select")
    state = _first(schema, "status") or grouping
    if view == "trash":
        # The last edited first: what was trashed by mistake is likely on top.
        tail = f"ORDER BY edited DESC, seq DESC LIMIT {MOST_ROWS}"
        found = session.store.pages.where(_TRASHED, (source.id,), tail=tail)
        pages = encode_pages(session, found)
    else:
        pages = _fetch_rows(session, source, schema)
    rows = list(_make_rows(schema, pages))
    shown = [
        column
        for column in schema
        # What rows are grouped by stands above them.
        if column["type"] in _ORDER and column is not grouping and not column["is_plumbing"]
    ]
    return Table(
        data_source_id=source.id,
        columns=tuple(sorted(shown, key=lambda column: _ORDER.index(column["type"]))),
        groups=_groups(rows, {"table": grouping, "board": state}.get(view)),
        places={row.id: place for place, row in enumerate(rows)},
        state=state,
        menus=tuple(
            Menu(column["id"], column["name"], column["type"], chips_of(column))
            for column in schema
            if column is state or column["type"] == "status"
        ),
        tally=make_tally(session, source),
        trashed=session.store.pages.count(_TRASHED, (source.id,), limit=MOST_ROWS),
    )


def list_columns(session: Session, source: DataSource) -> list[Json]:
    """Return the columns of a data source: short values first, then the oldest.

    `is_plumbing` of a column is true when it is for programs only.
    """
    first = ("title", "status", "select", "multi_select")
    place = {encode_property_id(raw): number for number, raw in enumerate(source.schema)}
    columns: list[Json] = list(encode_data_source(session, source)["properties"].values())
    plumbing = find_plumbing(columns)
    for column in columns:
        column["is_plumbing"] = column["id"] in plumbing

    def rank(column: Json) -> tuple[int, int]:
        kind = first.index(column["type"]) if column["type"] in first else len(first)
        return kind, place.get(column["id"], 0)

    return sorted(columns, key=rank)


def make_row(schema: Sequence[Json], page: Json) -> TableRow:
    """Make the row of a page object."""
    return next(_make_rows(schema, [page]))


def _make_rows(schema: Sequence[Json], pages: Iterable[Json]) -> Iterator[TableRow]:
    """Make the rows of page objects."""
    # Once for all rows: there may be hundreds of options.
    choices = {column["id"]: chips_of(column) for column in schema}
    for page in pages:
        values = {value["id"]: value for value in page["properties"].values()}
        cells = {
            column["id"]: make_cell(column, values.get(column["id"]), choices[column["id"]])
            for column in schema
        }
        title = next((cell for cell in cells.values() if cell.type == "title"), None)
        words = "".join(words for words, _ in title.spans) if title else ""
        yield TableRow(page["id"], words.strip() or "Untitled", cells)


def fetch_titles(session: Session, data_source_id: str) -> list[tuple[str, str]]:
    """Return ids and titles of the rows of a data source that are not in the trash."""
    return [
        (head.id, plain_text(json.loads(head.title)))
        for head in session.store.pages.titles()
        if head.parent_id == data_source_id and not head.in_trash
    ]


def _fetch_rows(session: Session, source: DataSource, schema: Sequence[Json]) -> list[Json]:
    """Return the page objects of a data source, by the column "Order" when there is one.

    Without it, the oldest come first: in the order in which they were made.
    """
    order = next((c for c in schema if c["type"] == "number" and c["name"] == "Order"), None)
    by_order = {"property": order["id"], "direction": "ascending"} if order else None
    by_age = {"timestamp": "created_time", "direction": "ascending"}
    body: Json = {"sorts": [by_order or by_age], "page_size": 100}
    pages: list[Json] = []
    while len(pages) < MOST_ROWS:
        answer = query_data_source(session, source.id, body)
        pages += answer["results"]
        if not answer["has_more"]:
            break
        body["start_cursor"] = answer["next_cursor"]
    return pages


def _first(schema: Sequence[Json], kind: str) -> Json | None:
    columns = [column for column in schema if column["type"] == kind]
    named = [column for column in columns if column["name"] in ("Section", "Status")]
    return next(iter(named or columns), None)


def _groups(rows: Sequence[TableRow], column: Json | None) -> tuple[Group, ...]:
    if column is None:
        return (Group(None, tuple(rows)),)
    chips = chips_of(column)
    by_name: dict[str, list[TableRow]] = {chip.name: [] for chip in chips}
    rest: list[TableRow] = []
    for row in rows:
        by_name.get(row.cells[column["id"]].text, rest).append(row)
    groups = [Group(chip, tuple(by_name[chip.name])) for chip in chips]
    return (*groups, Group(None, tuple(rest))) if rest else tuple(groups)
