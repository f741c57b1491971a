"""A database as a table and as a board.

Must not write: it reads through the API's own operations and arranges what they answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.workspace.checks import Json
from tracker.workspace.databases import encode_data_source
from tracker.workspace.ids import encode_property_id
from tracker.workspace.model import DataSource
from tracker.workspace.query import query_data_source
from tracker.workspace.session import Session
from tracker.workspace.web.cells import Cell, Chip, make_cell, options_of

MOST_ROWS = 2_000
"""Rows that one page shows; the API has no such limit."""
_HIDDEN = frozenset({"relation", "created_by", "last_edited_by", "button", "formula", "rollup"})


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
class Table:
    """A data source ready to show."""

    data_source_id: str
    columns: tuple[Json, ...]
    groups: tuple[Group, ...]
    board: tuple[Group, ...]
    state: Json | None
    count: int

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than are shown."""
        return self.count >= MOST_ROWS


def make_table(session: Session, source: DataSource) -> Table:
    """Read a data source and arrange its rows."""
    schema = list_columns(session, source)
    rows = [make_row(schema, page) for page in fetch_pages(session, source, schema)]
    grouping = _first(schema, "select")
    state = _first(schema, "status") or _first(schema, "select")
    return Table(
        data_source_id=source.id,
        columns=tuple(_columns(schema, grouping)),
        groups=_groups(rows, grouping),
        board=_groups(rows, state),
        state=state,
        count=len(rows),
    )


def list_columns(session: Session, source: DataSource) -> list[Json]:
    """Return the columns of a data source, the title first, then in the order of their making."""
    place = {encode_property_id(raw): number for number, raw in enumerate(source.schema)}
    columns: list[Json] = list(encode_data_source(session, source)["properties"].values())
    return sorted(columns, key=lambda each: (each["type"] != "title", place.get(each["id"], 0)))


def make_row(schema: Sequence[Json], page: Json) -> Row:
    """Make the row of a page object."""
    values = {value["id"]: value for value in page["properties"].values()}
    cells = {column["id"]: make_cell(column, values.get(column["id"])) for column in schema}
    title = next((cell for cell in cells.values() if cell.type == "title"), None)
    words = "".join(text for text, _ in title.runs) if title else ""
    return Row(page["id"], words or "Untitled", cells)


def fetch_pages(session: Session, source: DataSource, schema: Sequence[Json]) -> list[Json]:
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


def _first(schema: Sequence[Json], kind: str) -> Json | None:
    columns = [column for column in schema if column["type"] == kind]
    named = [column for column in columns if column["name"] in ("Section", "Status")]
    return next(iter(named or columns), None)


def _columns(schema: Sequence[Json], grouping: Json | None) -> list[Json]:
    """Choose what a table shows: the title first, short values, no wall of text."""
    order = ("title", "status", "select", "number", "date", "checkbox", "multi_select", "url")
    shown = [
        column
        for column in schema
        if column["type"] in order and column is not grouping and column["name"] != "Order"
    ]
    return sorted(shown, key=lambda column: order.index(column["type"]))


def _groups(rows: Sequence[Row], column: Json | None) -> tuple[Group, ...]:
    if column is None:
        return (Group(None, tuple(rows)),)
    chips = [Chip(option["name"], option["color"]) for option in options_of(column)]
    by_name: dict[str, list[Row]] = {chip.name: [] for chip in chips}
    rest: list[Row] = []
    for row in rows:
        by_name.get(row.cells[column["id"]].text, rest).append(row)
    groups = [Group(chip, tuple(by_name[chip.name])) for chip in chips]
    return (*groups, Group(None, tuple(rest))) if rest else tuple(groups)
