"""A database as a table and as a board.

Must not write: it reads through the API's own operations and arranges what they answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tracker.workspace.checks import Json
from tracker.workspace.databases import encode_data_source
from tracker.workspace.ids import encode_property_id
from tracker.workspace.model import DataSource
from tracker.workspace.page_json import encode_pages
from tracker.workspace.query import query_data_source
from tracker.workspace.rich_text import plain_text
from tracker.workspace.session import Session
from tracker.workspace.web.cells import Cell, Chip, chips_of, find_plumbing, make_cell
from tracker.workspace.web.tally import Tally, make_tally

MOST_ROWS = 2_000
"""Rows that one page shows; the API has no such limit."""
_ORDER = ("title", "status", "select", "number", "date", "checkbox", "multi_select", "url")
"""The types that a table shows, in this order: short values, no wall of text."""
_TRASHED = "parent_type = 'data_source_id' AND parent_id = ? AND in_trash = 1"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its id, its title and its cells by column id."""

    id: str
    title: str
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share one option, with the chip to show above them."""

    chip: Chip | None
    rows: tuple[Row, ...]


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

    `places` tell where a row stands among all; `menus` are for the columns in which one is chosen.
    """

    data_source_id: str
    columns: tuple[Json, ...]
    groups: tuple[Group, ...]
    places: dict[str, int]
    state: Json | None
    menus: tuple[Menu, ...]
    tally: Tally
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
    find = _fetch_trashed if view == "trash" else _fetch_rows
    rows = list(_make_rows(schema, find(session, source, schema)))
    by = {"table": grouping, "board": state}.get(view)
    return Table(
        data_source_id=source.id,
        columns=tuple(_choose(schema, grouping)),
        groups=_groups(rows, by),
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
    """Return the columns of a data source: short values first, then in the order of their making.

    Each says in `is_plumbing` whether it is for programs only.
    """
    place = {encode_property_id(raw): number for number, raw in enumerate(source.schema)}
    columns: list[Json] = list(encode_data_source(session, source)["properties"].values())
    plumbing = find_plumbing(columns)
    for column in columns:
        column["is_plumbing"] = column["id"] in plumbing
    return sorted(columns, key=lambda each: (_rank(each), place.get(each["id"], 0)))


def make_row(schema: Sequence[Json], page: Json) -> Row:
    """Make the row of a page object."""
    return next(_make_rows(schema, [page]))


def _make_rows(schema: Sequence[Json], pages: Iterable[Json]) -> Iterator[Row]:
    """Make the rows of page objects; they share the choices of each column, which may be many."""
    choices = {column["id"]: chips_of(column) for column in schema}
    for page in pages:
        values = {value["id"]: value for value in page["properties"].values()}
        cells = {
            key: make_cell(column, values.get(key), choices[key])
            for key, column in ((column["id"], column) for column in schema)
        }
        title = next((cell for cell in cells.values() if cell.type == "title"), None)
        words = "".join(words for words, _ in title.spans) if title else ""
        yield Row(page["id"], words.strip() or "Untitled", cells)


def fetch_titles(session: Session, data_source_id: str) -> list[tuple[str, str]]:
    """Return ids and titles of the rows of a data source that are not in the trash."""
    return [
        (head.id, plain_text(json.loads(head.title)))
        for head in session.store.pages.titles()
        if head.parent_id == data_source_id and not head.in_trash
    ]


def _rank(column: Json) -> int:
    """Return where a column stands: the title, the status, other choices, the rest."""
    first = ("title", "status", "select", "multi_select")
    return first.index(column["type"]) if column["type"] in first else len(first)


def _fetch_rows(session: Session, source: DataSource, schema: Sequence[Json]) -> list[Json]:
    """Return the page objects of a data source, by the column "Order" when there is one."""
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


def _fetch_trashed(session: Session, source: DataSource, schema: Sequence[Json]) -> list[Json]:
    """Return the page objects in the trash, the last edited first."""
    del schema
    tail = f"ORDER BY edited DESC, seq DESC LIMIT {MOST_ROWS}"
    return encode_pages(session, session.store.pages.where(_TRASHED, (source.id,), tail=tail))


def _first(schema: Sequence[Json], kind: str) -> Json | None:
    columns = [column for column in schema if column["type"] == kind]
    named = [column for column in columns if column["name"] in ("Section", "Status")]
    return next(iter(named or columns), None)


def _choose(schema: Sequence[Json], grouping: Json | None) -> list[Json]:
    """Choose the columns of a table; what rows are grouped by stands above them."""
    shown = [
        column
        for column in schema
        if column["type"] in _ORDER and column is not grouping and not column["is_plumbing"]
    ]
    return sorted(shown, key=lambda column: _ORDER.index(column["type"]))


def _groups(rows: Sequence[Row], column: Json | None) -> tuple[Group, ...]:
    if column is None:
        return (Group(None, tuple(rows)),)
    chips = chips_of(column)
    by_name: dict[str, list[Row]] = {chip.name: [] for chip in chips}
    rest: list[Row] = []
    for row in rows:
        by_name.get(row.cells[column["id"]].text, rest).append(row)
    groups = [Group(chip, tuple(by_name[chip.name])) for chip in chips]
    return (*groups, Group(None, tuple(rest))) if rest else tuple(groups)
