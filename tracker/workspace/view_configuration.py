"""What the configuration of each type of view may hold, as a table, and the check against it.

Every key that is not required may be null, which clears it. Must not read or write anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tracker.workspace.model import Property, Schema, find_property
from tracker.workspace.protocol import (
    UNDEFINED,
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_list,
    check_object,
    check_string,
    expected,
    no_such_property,
    validation,
)

Check = Callable[[str, Any, Schema], None]
"""Takes the path of a value, the value, and the columns that it may name; raises the 400."""

_DATED = ("date", "created_time", "last_edited_time")
_TEXTS = ("title", "rich_text", "url")
_MOST_PROPERTIES = 500
"""As many as a database can have columns."""


def _flag(path: str, value: Any, _: Schema) -> None:
    check_bool(path, value)


def _text(path: str, value: Any, _: Schema) -> None:
    check_string(path, value)


def _number(path: str, value: Any, _: Schema) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise expected(path, "a number", value)


def _column(path: str, value: Any, schema: Schema) -> None:
    _find(path, value, schema)


def _date_column(path: str, value: Any, schema: Schema) -> None:
    prop = _find(path, value, schema)
    if prop.type not in _DATED:
        raise validation(f"{path}: {prop.name} is expected to be date.")


def _find(path: str, key: Any, schema: Schema) -> Property:
    found = find_property(schema, check_string(path, key))
    if found is None:
        raise no_such_property(key)
    return found


def _one_of(*words: str) -> Check:
    def check(path: str, value: Any, _: Schema) -> None:
        check_choice(path, value, words)

    return check


def _each(inner: Check) -> Check:
    def check(path: str, value: Any, schema: Schema) -> None:
        for index, item in enumerate(check_list(path, value, longest=_MOST_PROPERTIES)):
            inner(f"{path}[{index}]", item, schema)

    return check


def _object(**checks: Check) -> Check:
    """Check an object with these keys; the ones that end in an underscore are required."""
    keys = {key.removesuffix("_"): check for key, check in checks.items()}
    required = [key.removesuffix("_") for key in checks if key.endswith("_")]

    def check(path: str, value: Any, schema: Schema) -> None:
        given = check_object(path, value)
        check_keys(path, given, keys)
        for key in required:
            if given.get(key) is None:
                raise expected(f"{path}.{key}", "defined", given.get(key, UNDEFINED))
        for key, item in given.items():
            if item is not None:
                keys[key](f"{path}.{key}", item, schema)

    return check


_SORT = _object(type_=_one_of("manual", "ascending", "descending"))
_BASIC = {"type_": _text, "property_id_": _column, "sort_": _SORT, "hide_empty_groups": _flag}
_BY_DATE = {
    "group_by_": _one_of("relative", "day", "week", "month", "year"),
    "start_day_of_week": _number,
}
_BY_TEXT = {"group_by_": _one_of("exact", "alphabet_prefix")}
_RANGES = {"range_start": _number, "range_end": _number, "range_size": _number}
_GROUPS: Mapping[str, Check] = {
    "status": _object(**_BASIC, group_by_=_one_of("group", "option")),
    **dict.fromkeys(_DATED, _object(**_BASIC, **_BY_DATE)),
    **dict.fromkeys(_TEXTS, _object(**_BASIC, **_BY_TEXT)),
    "number": _object(**_BASIC, **_RANGES),
}
"""What a group by a column holds, by the type of the column; all others hold what is basic."""


def _group(path: str, value: Any, schema: Schema) -> None:
    given = check_object(path, value)
    prop = _find(f"{path}.property_id", given.get("property_id", UNDEFINED), schema)
    # Notion's name for the type of all texts but the title.
    fitting = ("text", prop.type) if prop.type in _TEXTS else (prop.type,)
    check_choice(f"{path}.type", given.get("type", UNDEFINED), fitting)
    _GROUPS.get(prop.type, _object(**_BASIC))(path, given, schema)


def _aggregation(path: str, value: Any, schema: Schema) -> None:
    _object(aggregator_=_one_of(*_AGGREGATORS), property_id=_column)(path, value, schema)
    # Only a count of rows looks at no column.
    if value["aggregator"] != "count" and value.get("property_id") is None:
        raise expected(f"{path}.property_id", "defined", UNDEFINED)


_AGGREGATORS = (
    *("count", "count_values", "sum", "average", "median", "min", "max", "range", "unique"),
    *("empty", "not_empty", "percent_empty", "percent_not_empty", "checked", "unchecked"),
    *("percent_checked", "percent_unchecked", "earliest_date", "latest_date", "date_range"),
)
_PROPERTIES = _each(
    _object(
        property_id_=_column,
        visible=_flag,
        width=_number,
        wrap=_flag,
        status_show_as=_one_of("select", "checkbox"),
        card_property_width_mode=_one_of("full_line", "inline"),
        date_format=_one_of(
            *("full", "short", "month_day_year", "day_month_year", "year_month_day", "relative")
        ),
        time_format=_one_of("12_hour", "24_hour", "hidden"),
    )
)
_COVER = _object(type_=_one_of("page_cover", "page_content", "property"), property_id=_column)
_CARDS = {
    "properties": _PROPERTIES,
    "cover": _COVER,
    "cover_size": _one_of("small", "medium", "large"),
    "cover_aspect": _one_of("contain", "cover"),
    "card_layout": _one_of("list", "compact"),
}
_HEIGHT = _one_of("small", "medium", "large", "extra_large")
_BOTH = ("none", "x_axis", "y_axis", "both")
_COLORS = ("gray", "blue", "yellow", "green", "purple", "teal", "orange", "pink", "red")
_LINE_COLORS = (
    *("gray", "lightgray", "brown", "yellow", "orange", "green", "blue", "purple", "pink", "red"),
)
_TYPES: Mapping[str, Mapping[str, Check]] = {
    "table": {
        "properties": _PROPERTIES,
        "group_by": _group,
        "subtasks": _object(
            property_id=_column,
            display_mode=_one_of("show", "hidden", "flattened", "disabled"),
            filter_scope=_one_of("parents", "parents_and_subitems", "subitems"),
            toggle_column_id=_column,
        ),
        "wrap_cells": _flag,
        "frozen_column_index": _number,
        "show_vertical_lines": _flag,
    },
    "board": {"group_by_": _group, "sub_group_by": _group, **_CARDS},
    "list": {"properties": _PROPERTIES},
    "calendar": {
        "date_property_id_": _date_column,
        "view_range": _one_of("week", "month"),
        "show_weekends": _flag,
        "properties": _PROPERTIES,
    },
    "timeline": {
        "date_property_id_": _date_column,
        "end_date_property_id": _date_column,
        "properties": _PROPERTIES,
        "show_table": _flag,
        "table_properties": _PROPERTIES,
        "preference": _object(
            zoom_level_=_one_of(
                *("hours", "day", "week", "bi_week", "month", "quarter", "year", "5_years")
            ),
            center_timestamp=_number,
        ),
        "arrows_by": _object(property_id=_column),
        "color_by": _flag,
    },
    "gallery": _CARDS,
    "form": {
        "is_form_closed": _flag,
        "anonymous_submissions": _flag,
        "submission_permissions": _one_of(
            *("none", "comment_only", "reader", "read_and_write", "editor")
        ),
    },
    "chart": {
        "chart_type_": _one_of("column", "bar", "line", "donut", "number"),
        **dict.fromkeys(("x_axis", "stack_by"), _group),
        **dict.fromkeys(("y_axis", "value"), _aggregation),
        **dict.fromkeys(("x_axis_property_id", "y_axis_property_id"), _column),
        "sort": _one_of("manual", "x_ascending", "x_descending", "y_ascending", "y_descending"),
        "color_theme": _one_of(*_COLORS, "auto", "colorful"),
        "height": _HEIGHT,
        **dict.fromkeys(
            (
                *("hide_empty_groups", "show_data_labels", "cumulative", "smooth_line"),
                *("hide_line_fill_area", "hide_title", "color_by_value"),
            ),
            _flag,
        ),
        "legend_position": _one_of("off", "bottom", "side"),
        "axis_labels": _one_of(*_BOTH),
        "grid_lines": _one_of("none", "horizontal", "vertical", "both"),
        "group_style": _one_of("normal", "percent", "side_by_side"),
        **dict.fromkeys(("y_axis_min", "y_axis_max"), _number),
        "donut_labels": _one_of("none", "value", "name", "name_and_value"),
        "caption": _text,
        "reference_lines": _each(
            _object(
                value_=_number,
                label_=_text,
                color_=_one_of(*_LINE_COLORS),
                dash_style_=_one_of("solid", "dash"),
                id=_text,
            )
        ),
    },
    "map": {"height": _HEIGHT, "map_by": _column, "properties": _PROPERTIES},
    # A dashboard is made without a configuration; its rows are only read.
    "dashboard": {},
}
TYPES = tuple(_TYPES)
_NEVER_NULL = ("wrap_cells", "frozen_column_index", "show_vertical_lines")


def decode_configuration(
    path: str, kind: str, value: Any, schema: Schema, *, before: Json | None = None
) -> Json:
    """Return a view's configuration if it has what its type needs and names what exists.

    `before` is what the view has now: keys that the value does not name stay. Null clears a key, and
    in place of the whole all of them.
    """
    before = {} if value is None else before
    given = check_object(path, {"type": kind} if value in (None, UNDEFINED) else value)
    for key in _NEVER_NULL:
        if key in given and given[key] is None:
            raise expected(f"{path}.{key}", "not null", None)
    _object(type_=_one_of(kind), **_TYPES[kind])(path, given, schema)
    rows: Json = {"rows": []} if kind == "dashboard" else {}
    merged = {**rows, **(before or {}), **given}
    return {key: item for key, item in merged.items() if item is not None}
