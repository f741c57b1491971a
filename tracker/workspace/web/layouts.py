"""What a view says: which columns in which order, how wide, by what its rows are grouped and sorted.

Pure. A column that a view names and that is gone is left out. A table that says nothing at all, as every
new one, is laid out for a reader: short values first, by its section, and in its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tracker.workspace.model import DataSource, Property, View, find_property
from tracker.workspace.protocol import Json, encode_property_id
from tracker.workspace.web.cells import CHOICES, ShownColumn, find_plumbing, make_column

DRAWN = ("table", "list", "board", "calendar", "chart")
"""The types of views that have a drawing here; of any other, the rows are listed."""
_SHORT = ("title", "status", "select", "number", "date", "checkbox", "multi_select", "url")
"""The types that a table shows which says nothing, in this order: no wall of text."""
_WIDTHS = {
    **dict.fromkeys(("title", "rich_text"), 280),
    **dict.fromkeys(("number", "checkbox"), 90),
    **dict.fromkeys(("relation", "url", "multi_select"), 220),
}
STATES = (*CHOICES, "checkbox")
"""The types of the columns along which a card can be moved."""
_WIDTH, _NARROWEST, _WIDEST = 150, 32, 1_200


@dataclass(frozen=True, slots=True)
class ViewLayout:
    """How a view is drawn; `columns` are those it shows, the title among them.

    `group` is a group as the API has it, and `grouping` its column; of a chart, that is the axis along its
    names, and `stack` what is told apart there. `subject` is the date of a calendar, or what a chart
    reckons with. `state` is the column along which the cards of a board are moved. `config` is the whole
    of what the view says. `note` says what was left out.
    """

    kind: str
    columns: tuple[ShownColumn, ...]
    state: ShownColumn | None = None
    grouping: Property | None = None
    stack: tuple[Property, Json] | None = None
    subject: Property | None = None
    note: str = ""
    filter: Json | None = None
    sorts: Sequence[Json] = ()
    group: Json | None = None
    config: Json = field(default_factory=dict)

    @property
    def used(self) -> tuple[Property, ...]:
        """The columns that the drawing looks at besides those that it shows."""
        stacked = self.stack[0] if self.stack else None
        return tuple(prop for prop in (self.grouping, stacked, self.subject) if prop is not None)

    @property
    def width(self) -> int:
        """How wide its table is, in pixels; 0 where the columns take what they need."""
        return sum(column.width for column in self.columns)


def read_layout(source: DataSource, view: View) -> ViewLayout:
    """Return how a view of a data source is drawn."""
    body = view.body
    kind, config = body["type"], body["configuration"]
    is_silent = kind == "table" and config == {"type": "table"}
    if is_silent and not (body.get("sorts") or body.get("filter")):
        return _lay_out(source)

    def find(group: Json | None) -> Property | None:
        return find_property(source.schema, group["property_id"]) if group else None

    group = config.get("x_axis" if kind == "chart" else "group_by")
    stack, reckoned = config.get("stack_by"), config.get("value") or config.get("y_axis") or {}
    grouping, told_apart = find(group), find(stack)
    key = config.get("date_property_id") or reckoned.get("property_id")
    subject = find_property(source.schema, key) if key else None
    is_gone = (group and not grouping) or (stack and not told_apart) or (key and not subject)
    is_moved = kind == "board" and grouping is not None and grouping.type in STATES
    # Without its dates a calendar is a list, and so is a chart without its axis.
    needed = {"calendar": subject, "chart": grouping or config.get("chart_type") == "number"}
    return ViewLayout(
        kind=kind if kind in DRAWN and needed.get(kind, True) else "list",
        columns=_read_columns(source, config),
        state=make_column(grouping) if is_moved and grouping else None,
        grouping=grouping,
        stack=(told_apart, stack) if told_apart else None,
        subject=subject,
        note="This view needs a column that is no longer there." if is_gone else "",
        filter=body.get("filter"),
        sorts=body.get("sorts") or (),
        group=group if grouping else None,
        config=config,
    )


def list_columns(source: DataSource) -> tuple[ShownColumn, ...]:
    """Return all columns: title and status first, then in the order in which they were made."""
    plumbing = find_plumbing(source.schema.values())
    first = ("title", "status")
    columns = [
        make_column(prop, is_plumbing=prop.id in plumbing) for prop in source.schema.values()
    ]
    return tuple(sorted(columns, key=lambda c: first.index(c.type) if c.type in first else 2))


def list_in_order(source: DataSource, view: View | None) -> tuple[ShownColumn, ...]:
    """Return all columns of a row: those that a view shows first, as it shows them, then the others."""
    columns = list_columns(source)
    is_listed = view is not None and view.body["configuration"].get("properties")
    shown = (
        [column.id for column in read_layout(source, view).columns] if view and is_listed else []
    )
    rank = {column_id: place for place, column_id in enumerate(shown)}
    return tuple(sorted(columns, key=lambda column: rank.get(column.id, len(rank))))


def _lay_out(source: DataSource) -> ViewLayout:
    """Lay out a table that says nothing: by "Section" and "Order", or by what comes next to them."""
    columns = list_columns(source)
    selects = [column for column in columns if column.type == "select"]
    named = [column for column in selects if column.name == "Section"]
    section = next(iter(named or selects), None)
    order = next((c for c in columns if c.type == "number" and c.name == "Order"), None)
    shown = [
        _fit(column, {"wrap": True}, {"type": "table"})
        for column in columns
        if column.type in _SHORT and column is not section and not column.is_plumbing
    ]
    by_section: Json | None = None
    if section is not None:
        by_section = {
            "type": "select",
            "property_id": section.id,
            "sort": {"type": "manual"},
            "hide_empty_groups": True,
        }
    return ViewLayout(
        kind="table",
        columns=tuple(sorted(shown, key=lambda column: _SHORT.index(column.type))),
        sorts=[{"property": order.id, "direction": "ascending"}] if order else (),
        grouping=find_property(source.schema, section.id) if section else None,
        group=by_section,
    )


def _read_columns(source: DataSource, config: Json) -> tuple[ShownColumn, ...]:
    """Return the columns that a view shows, as it lists them; the title is never hidden.

    A table shows the columns that it does not list, as Notion does: they were added later. Not those
    of programs, though, and no other view does.
    """
    by_id = {column.id: column for column in list_columns(source)}
    is_table = config["type"] == "table"
    listed: dict[str, Json] = {}
    for item in config.get("properties") or ():
        prop = find_property(source.schema, item["property_id"])
        if prop is not None:
            listed.setdefault(encode_property_id(prop.id), item)
    shown = [
        _fit(by_id[key], item, config)
        for key, item in listed.items()
        if item.get("visible") is not False or by_id[key].type == "title"
    ]
    others = [column for key, column in by_id.items() if key not in listed]
    title = [_fit(column, {}, config) for column in others if column.type == "title"]
    more = [
        _fit(column, {}, config)
        for column in others
        if is_table and column.type != "title" and not column.is_plumbing
    ]
    return (*title, *shown, *more)


def _fit(column: ShownColumn, item: Json, config: Json) -> ShownColumn:
    is_table = config["type"] == "table"
    width: Any = item.get("width")
    if not isinstance(width, int | float) or isinstance(width, bool):
        width = _WIDTHS.get(column.type, _WIDTH)
    return replace(
        column,
        width=max(_NARROWEST, min(int(width), _WIDEST)) if is_table else 0,
        is_wrapped=bool(item.get("wrap", config.get("wrap_cells"))) or not is_table,
        is_tick=column.type == "status" and item.get("status_show_as") == "checkbox",
    )
