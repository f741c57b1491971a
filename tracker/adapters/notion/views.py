"""The views of a roadmap's database: which there are, how they look, and which one is which.

Pure: encodes what `view_maker` sends, and compares what the server shows. Hides the columns that a
learner does not need in every view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from tracker.adapters.notion.columns import Column, Schema
from tracker.adapters.notion.ids import Json, get_object, normal_key
from tracker.adapters.notion.schema import find_option
from tracker.roadmap.model import Status
from tracker.sync.records import Field
from tracker.sync.target import DatabaseTarget

VIEWS: Mapping[str, tuple[str, str]] = {
    "path": ("Path", "table"),
    "checklist": ("Checklist", "list"),
    "board": ("Board", "board"),
    "up-next": ("Up next", "table"),
    "calendar": ("Calendar", "calendar"),
    "by-status": ("By status", "chart"),
    "by-section": ("By section", "chart"),
    "over-time": ("Over time", "chart"),
}
"""Name and type of each kind of view, in the order of the tabs; charts last: a plan may refuse them."""

DEFAULT_VIEW = "Default view"
"""The name of the table with which every database starts, and which becomes the Path (recorded)."""


def encode_views(schema: Schema, target: DatabaseTarget) -> dict[str, Json]:
    """Return name, type, filter, sorts and configuration of each kind of view.

    A kind whose columns are missing is left out: a database that was adopted need not have them all.
    """
    columns = _Columns(schema, target)
    encoded: dict[str, Json] = {}
    for kind, (name, view_type) in VIEWS.items():
        with suppress(KeyError):
            encoded[kind] = {"name": name, "type": view_type, **_ENCODERS[kind](columns)}
    return encoded


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a database, named by their ids, so that renaming them changes no view.

    Every method raises KeyError for a column that is missing.
    """

    schema: Schema
    target: DatabaseTarget

    def get(self, which: Field) -> Column:
        return self.schema.columns[self.target.properties[which]]

    def sort(self) -> Json:
        return {"sorts": [{"property": self.get(Field.ORDER).key, "direction": "ascending"}]}

    def group(self, which: Field, **more: object) -> Json:
        column = self.get(which)
        steps = {"group_by": "option"} if column.type == "status" else {}
        named = {"type": column.type, "property_id": column.key, "sort": {"type": "manual"}}
        return {**named, **steps, **more}

    def show(self, looks: Mapping[Field, Json]) -> list[Json]:
        """Return which columns a view shows, in order and how, and that it hides all others.

        A column to look at may be missing: a database that was adopted need not have it.
        """
        bound = self.target.properties
        shown = {self.get(which).key: look for which, look in looks.items() if which in bound}
        # Servers list columns in no order that means anything.
        others = sorted(self.schema.columns.values(), key=lambda column: column.name)
        hidden = [column.key for column in others if column.key not in shown]
        return [
            *({"property_id": key, "visible": True, **look} for key, look in shown.items()),
            *({"property_id": key, "visible": False} for key in hidden),
        ]


def _encode_path(columns: _Columns) -> Json:
    looks: dict[Field, Json] = {
        Field.NAME: {"width": 320},
        Field.STATUS: {"width": 130},
        Field.LEVEL: {"width": 110},
        Field.HOURS: {"width": 70},
        Field.GOAL: {"width": 360, "wrap": True},
        Field.REQUIRES: {"width": 220},
    }
    configuration = {
        "type": "table",
        "group_by": columns.group(Field.SECTION, hide_empty_groups=True),
        "frozen_column_index": 1,
        "properties": columns.show(looks),
    }
    return {**columns.sort(), "configuration": configuration}


def _encode_checklist(columns: _Columns) -> Json:
    is_status = columns.get(Field.STATUS).type == "status"
    box = {"status_show_as": "checkbox"} if is_status else {}
    properties = columns.show({Field.NAME: {}, Field.STATUS: box})
    return {**columns.sort(), "configuration": {"type": "list", "properties": properties}}


def _encode_board(columns: _Columns) -> Json:
    configuration = {
        "type": "board",
        "group_by": columns.group(Field.STATUS),
        "card_layout": "compact",
        "properties": columns.show(
            {Field.NAME: {}, Field.LEVEL: {}, Field.HOURS: {}, Field.SECTION: {}}
        ),
    }
    return {**columns.sort(), "configuration": configuration}


def _encode_up_next(columns: _Columns) -> Json:
    looks: dict[Field, Json] = {
        Field.NAME: {"width": 320},
        Field.STATUS: {"width": 130},
        Field.SECTION: {"width": 200},
        Field.LEVEL: {"width": 110},
        Field.HOURS: {"width": 70},
    }
    status, options = columns.get(Field.STATUS), columns.target.options
    ended = [find_option(status, options, it) for it in (Status.DONE, Status.SKIPPED)]
    # By what is ended: an option that the learner adds later is of what is still open, as a rule.
    conditions: list[Json] = [
        {"property": status.key, status.type: {"does_not_equal": option.name}}
        for option in ended
        if option is not None
    ]
    if status.type == "checkbox":
        conditions = [{"property": status.key, "checkbox": {"equals": False}}]
    configuration = {"type": "table", "properties": columns.show(looks)}
    return {"filter": {"and": conditions}, **columns.sort(), "configuration": configuration}


def _encode_calendar(columns: _Columns) -> Json:
    configuration = {
        "type": "calendar",
        "date_property_id": columns.get(Field.COMPLETED).key,
        "view_range": "month",
        "properties": columns.show({Field.NAME: {}}),
    }
    return {"configuration": configuration}


def _encode_donut(columns: _Columns) -> Json:
    axis = columns.group(Field.STATUS)
    return _chart("donut", axis, donut_labels="name_and_value", legend_position="side")


def _encode_bars(columns: _Columns) -> Json:
    axis = columns.group(Field.SECTION, hide_empty_groups=True)
    return _chart("bar", axis, stack_by=columns.group(Field.STATUS), legend_position="bottom")


def _encode_line(columns: _Columns) -> Json:
    completed = columns.get(Field.COMPLETED).key
    weeks = {"group_by": "week", "sort": {"type": "ascending"}, "start_day_of_week": 1}
    axis = {**columns.group(Field.COMPLETED), **weeks}
    # Without the filter all that is not completed would be a point of the line.
    dated = {"property": completed, "date": {"is_not_empty": True}}
    return {"filter": dated, **_chart("line", axis, cumulative=True, hide_line_fill_area=False)}


def _chart(chart_type: str, axis: Json, **more: object) -> Json:
    counted = {"x_axis": axis, "y_axis": {"aggregator": "count"}, "color_theme": "auto"}
    return {"configuration": {"type": "chart", "chart_type": chart_type, **counted, **more}}


_ENCODERS: Mapping[str, Callable[[_Columns], Json]] = {
    "path": _encode_path,
    "checklist": _encode_checklist,
    "board": _encode_board,
    "up-next": _encode_up_next,
    "calendar": _encode_calendar,
    "by-status": _encode_donut,
    "by-section": _encode_bars,
    "over-time": _encode_line,
}


def find_kinds(encoded: Mapping[str, Json], views: Mapping[str, Json]) -> dict[str, str]:
    """Return which of the existing views, by id, is of which kind.

    A view is of a kind when it shows the same in the same way, or has its name and type; each counts
    for one kind.
    """
    found: dict[str, str] = {}
    for look in (_name, _shape):
        looks = {view_id: look(view) for view_id, view in views.items()}
        for kind, wanted in encoded.items():
            free = looks.keys() - found.values()
            same = [
                view_id for view_id in views if view_id in free and looks[view_id] == look(wanted)
            ]
            if kind not in found and same:
                found[kind] = same[0]
    return found


def is_untouched(view: Json) -> bool:
    """Return whether a view is the one with which a database starts, as Notion made it."""
    is_default = view.get("name") == DEFAULT_VIEW and _shape(view) == ("table", "plain")
    return is_default and not view.get("sorts")


def _name(view: Json) -> tuple[str, ...]:
    return str(view.get("type")), str(view.get("name"))


def _shape(view: Json) -> tuple[str, ...]:
    """Return what makes a view the kind that it is: its type, and what it groups by or shows."""
    configuration = get_object(view, "configuration")
    match kind := str(view.get("type")):
        case "table":
            group = _key(get_object(configuration, "group_by"), "property_id")
            return kind, group or ("filtered" if view.get("filter") else "plain")
        case "board":
            return kind, _key(get_object(configuration, "group_by"), "property_id")
        case "calendar":
            return kind, _key(configuration, "date_property_id")
        case "chart":
            chart = str(configuration.get("chart_type"))
            return kind, "bar" if chart == "column" else chart
    return (kind,)


def _key(source: Json, key: str) -> str:
    return normal_key(str(source.get(key) or ""))
