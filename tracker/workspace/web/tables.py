"""The rows of a database as one of its views arranges them.

Reads through the API's own operations and arranges what they answer; must not write.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tracker.workspace.model import DataSource, Page, Property, View
from tracker.workspace.page_json import encode_pages
from tracker.workspace.protocol import (
    ApiError,
    Json,
    decode_property_id,
    encode_property_id,
    plain_text,
)
from tracker.workspace.query import LIVE, LoadedRow, load_rows, read_query, sort_rows
from tracker.workspace.session import Session
from tracker.workspace.web.cells import NO_TITLES, Cell, Chip, ShownColumn, make_cell
from tracker.workspace.web.charts import Chart, make_chart
from tracker.workspace.web.grouping import RowGroup, day_of, group_rows
from tracker.workspace.web.layouts import ViewLayout, read_layout
from tracker.workspace.web.months import Month, make_month, parse_month
from tracker.workspace.web.tally import (
    StatusCount,
    find_tick,
    make_tally,
    meaning_of,
    status_column,
)

MOST_ROWS = 2_000
"""Rows that one page shows; the API has no such limit."""
MOST_GROUPS = 300
"""Groups that one page shows: a column of texts may make one of every row."""
_TRASHED = "parent_type = 'data_source_id' AND parent_id = ? AND in_trash = 1"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its id, its title with an icon, and its cells by column id.

    `meaning` is that of its status, "" without one. `place` is its place among all rows of a view, and
    `anchor` names it on the page: "" where the row is shown again, in another group.
    """

    id: str
    title: str
    icon: str
    cells: Mapping[str, Cell]
    meaning: str = ""
    place: int = 0
    anchor: str = ""
    is_noticed: bool = False

    @property
    def slug(self) -> str:
        """The row's id as addresses have it."""
        return self.id.replace("-", "")


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading; `tally` counts all of them, those that are not shown as well."""

    chip: Chip | None
    rows: tuple[TableRow, ...]
    tally: StatusCount


@dataclass(frozen=True, slots=True)
class Table:
    """A data source as a view shows it; `matching` rows pass the filter of the view.

    `menus` are the columns with a choice to be made. `calendar` is a month and its rows by id. `note` says what of the view was left out.
    """

    data_source_id: str
    layout: ViewLayout
    groups: tuple[Group, ...]
    menus: tuple[ShownColumn, ...]
    tally: StatusCount
    matching: int
    calendar: tuple[Month, Mapping[str, TableRow]] | None = None
    chart: Chart | None = None
    note: str = ""

    @property
    def columns(self) -> tuple[ShownColumn, ...]:
        """The columns that the view shows."""
        return self.layout.columns

    @property
    def styled(self) -> tuple[tuple[ShownColumn, str], ...]:
        """The columns with the style of their values."""
        return tuple((c, c.type if c.is_wrapped else f"{c.type} cut") for c in self.columns)

    @property
    def shown(self) -> int:
        """How many rows a table, a list or a board shows."""
        return sum(len(group.rows) for group in self.groups)


@dataclass(frozen=True, slots=True)
class FoundRows:
    """All rows of a data source, and those that pass the filter of a view, in its order.

    `titles` are those of the pages that relations lead to, `noticed` the rows to be marked.
    """

    source: DataSource
    every: Sequence[LoadedRow]
    rows: Sequence[LoadedRow]
    titles: Mapping[str, str]
    note: str
    noticed: Collection[str] = ()


def make_table(
    session: Session,
    source: DataSource,
    view: View,
    month: str = "",
    noticed: Collection[str] = (),
) -> Table:
    """Read a data source and arrange its rows as a view says.

    `month` is that of a calendar. `noticed` are the rows that there is something to say about.
    """
    layout = read_layout(source, view)
    found = replace(find_rows(session, source, layout), noticed=noticed)
    tally = make_tally(source, found.every)
    columns = (*layout.columns, *([layout.state] if layout.state else []))
    groups: tuple[Group, ...] = ()
    chart, calendar = None, None
    if layout.kind == "chart":
        chart = make_chart(layout, found.rows, found.titles, tally.nouns)
    elif layout.kind == "calendar":
        calendar = _show_month(session, found, layout, month)
    else:
        groups = _show_groups(session, found, columns, _group(layout, found))
    # By id: the column along which cards are moved may be shown on them as well.
    menus = {
        column.id: column
        for column in columns
        if column is layout.state or (column.type == "status" and not column.is_tick)
    }
    return Table(
        data_source_id=source.id,
        layout=layout,
        groups=groups,
        calendar=calendar,
        chart=chart,
        menus=tuple(column for column in menus.values() if column.type != "checkbox"),
        tally=tally,
        matching=len(found.rows),
        note=" ".join(filter(None, (layout.note, found.note))),
    )


def _group(layout: ViewLayout, found: FoundRows) -> Sequence[RowGroup]:
    if layout.grouping is None or layout.group is None:
        return [RowGroup(Chip("", ""), None, tuple(found.rows))]
    return group_rows(found.rows, layout.grouping, layout.group, found.titles)


def _show_month(
    session: Session, found: FoundRows, layout: ViewLayout, asked: str
) -> tuple[Month, dict[str, TableRow]]:
    """Arrange the rows of a calendar, and make those of the month that was asked for."""
    today = datetime.fromtimestamp(session.now / 1000, UTC).astimezone().date()
    spans = []
    for row in found.rows:
        content = row.content(layout.subject) if layout.subject else None
        first = day_of(content)
        if first is not None:
            end = content.get("end") if isinstance(content, dict) else None
            spans.append((first, day_of({"start": end}) or first, row.page.id))
    month = make_month(spans, parse_month(asked, today), today)
    ids = {row_id for week in month.weeks for day in week for row_id in day.things}
    loaded = [row for row in found.rows if row.page.id in ids][:MOST_ROWS]
    return month, {row.id: row for row in _make_loaded(session, found, layout.columns, loaded)}


def find_rows(session: Session, source: DataSource, layout: ViewLayout) -> FoundRows:
    """Load the rows of a data source with what a view looks at."""
    note = ""
    body = {"filter": layout.filter, "sorts": list(layout.sorts)}
    try:
        query = read_query(source, body)
    except ApiError:
        # The view was made when a column or an option was there that is gone by now.
        query = read_query(source, {})
        note = (
            "This view filters or sorts by something that is no longer there. All rows are shown."
        )
    columns = {prop.id: prop for prop in (*query.used, *layout.used)}
    if (status := status_column(source)) is not None:
        columns[status.id] = status
    shown = [source.schema[decode_property_id(column.id)] for column in layout.columns]
    relations = [prop for prop in (*shown, *layout.used) if prop.type == "relation"]
    if any(prop.config["data_source_id"] == source.id for prop in relations):
        columns["title"] = source.schema["title"]
    is_trashed = source.in_trash or session.is_trashed("database_id", source.database_id)
    every = [] if is_trashed else load_rows(session, LIVE, (source.id,), list(columns.values()))
    # The oldest first, where the sorts of the view leave it open.
    every.reverse()
    rows = [row for row in every if query.test is None or query.test(row)]
    sort_rows(rows, query.sorts)
    return FoundRows(source, every, rows, _find_titles(session, source, relations, every), note)


def _find_titles(
    session: Session, source: DataSource, relations: Sequence[Property], rows: Sequence[LoadedRow]
) -> dict[str, str]:
    titles: dict[str, str] = {}
    for source_id in {prop.config["data_source_id"] for prop in relations}:
        if source_id == source.id:
            titles.update((row.page.id, row.content(source.schema["title"])) for row in rows)
        else:
            titles.update(fetch_titles(session, source_id))
    return {page_id: words.strip() or "Untitled" for page_id, words in titles.items()}


def _show_groups(
    session: Session, found: FoundRows, columns: Sequence[ShownColumn], groups: Sequence[RowGroup]
) -> tuple[Group, ...]:
    """Make what is shown of the first groups, MOST_ROWS of their rows in all."""
    groups = groups[:MOST_GROUPS]
    loaded = [row for group in groups for row in group.rows][:MOST_ROWS]
    made = iter(_make_loaded(session, found, columns, loaded))
    left, shown = len(loaded), []
    for group in groups:
        count = min(len(group.rows), left)
        left -= count
        rows = tuple(next(made) for _ in range(count))
        chip = group.chip if group.chip.name else None
        shown.append(Group(chip, rows, make_tally(found.source, group.rows)))
    return tuple(shown)


def _make_loaded(
    session: Session, found: FoundRows, columns: Sequence[ShownColumn], loaded: Sequence[LoadedRow]
) -> Iterator[TableRow]:
    maker = RowMaker(found.source, columns, found.titles)
    places = {row.page.id: place for place, row in enumerate(found.rows)}
    # Once each: a row may be in several groups.
    ids = list(dict.fromkeys(row.page.id for row in loaded))
    pages = encode_pages(session, session.store.pages.get_many(ids), maker.needed)
    made = {page["id"]: maker.make(page, places[page["id"]]) for page in pages}
    seen: set[str] = set()
    for row in loaded:
        shown = made[row.page.id]
        if row.page.id in found.noticed:
            shown = replace(shown, is_noticed=True)
        yield replace(shown, anchor="") if row.page.id in seen else shown
        seen.add(row.page.id)


class RowMaker:
    """Makes rows of page objects, for some columns of a data source.

    `titles` are those of the pages that relations lead to. `needed` are the raw ids of the properties
    that are looked at.
    """

    def __init__(
        self,
        source: DataSource,
        columns: Sequence[ShownColumn],
        titles: Mapping[str, str] = NO_TITLES,
    ) -> None:
        self._columns = columns
        self._titles = titles
        self._status = status_column(source)
        self._status_id = encode_property_id(self._status.id) if self._status else ""
        self._states: dict[tuple[str, str], tuple[str, str]] = {}
        self._schema = source.schema
        self.needed = {decode_property_id(column.id) for column in columns}
        if self._status is not None:
            self.needed.add(self._status.id)

    def make(self, page: Json, place: int = 0) -> TableRow:
        """Make the row of a page object."""
        values = {value["id"]: value for value in page["properties"].values()}
        cells = {
            column.id: make_cell(column, values.get(column.id), self._titles)
            for column in self._columns
        }
        title = ""
        for cell in cells.values():
            if cell.type == "title":
                title = "".join(words for words, _ in cell.spans).strip()
            elif cell.type in ("status", "checkbox"):
                meaning, flip = self._read_state(cell.type, cell.id, cell.key)
                cells[cell.id] = replace(cell, meaning=meaning, flip=flip)
        status = (values.get(self._status_id) or {}).get("status") or {}
        return TableRow(
            id=page["id"],
            title=title or "Untitled",
            icon=icon_of(page["icon"]),
            cells=cells,
            meaning=self._read_state("status", self._status_id, status.get("id", ""))[0],
            place=place,
            anchor=f"r{page['id']}",
        )

    def _read_state(self, kind: str, column_id: str, key: str) -> tuple[str, str]:
        """Return what a status or a tick means, and what a click makes of it."""
        if kind == "checkbox":
            return ("done", "") if key else ("open", "on")
        if not column_id:
            return "", ""
        # There are few options, and thousands of rows.
        if (column_id, key) not in self._states:
            prop = self._schema[decode_property_id(column_id)]
            self._states[column_id, key] = meaning_of(prop, key), find_tick(prop, key)
        return self._states[column_id, key]


def icon_of(icon: Json | None) -> str:
    """Return the emoji of a page or database, "" for any other icon: nothing is loaded from elsewhere."""
    return str(icon["emoji"]) if icon and icon["type"] == "emoji" else ""


def count_trashed(session: Session, source: DataSource) -> int:
    """Return how many rows are in the trash, counting no further than a page shows."""
    return session.store.pages.count(_TRASHED, (source.id,), limit=MOST_ROWS)


def find_trashed(session: Session, source: DataSource) -> list[Page]:
    """Return the rows in the trash, the last edited first: what was trashed by mistake is on top."""
    tail = f"ORDER BY edited DESC, seq DESC LIMIT {MOST_ROWS}"
    return session.store.pages.where(_TRASHED, (source.id,), tail=tail)


def fetch_tally(session: Session, source: DataSource) -> StatusCount:
    """Count the live rows of a data source by what their status means."""
    status = status_column(source)
    rows = load_rows(session, LIVE, (source.id,), [status] if status else [])
    return make_tally(source, rows)


def fetch_titles(session: Session, data_source_id: str) -> list[tuple[str, str]]:
    """Return ids and titles of the rows of a data source that are not in the trash."""
    return [
        (head.id, plain_text(json.loads(head.title)))
        for head in session.store.pages.titles()
        if head.parent_id == data_source_id and not head.in_trash
    ]
