"""The configuration of views: which type needs what, and which properties it may name.

Must not know requests or storage.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracker.workspace.checks import Json, check_choice, check_keys, check_list, check_object
from tracker.workspace.errors import UNDEFINED, expected, no_such_property, validation
from tracker.workspace.model import Property, Schema, find_property

_CARDS = ("properties", "cover", "cover_size", "cover_aspect", "card_layout")
_KEYS: dict[str, tuple[str, ...]] = {
    "table": (
        *("properties", "group_by", "subtasks", "wrap_cells", "frozen_column_index"),
        "show_vertical_lines",
    ),
    "board": ("group_by", "sub_group_by", *_CARDS),
    "list": ("properties",),
    "calendar": ("date_property_id", "view_range", "show_weekends", "properties"),
    "timeline": (
        *("date_property_id", "end_date_property_id", "properties", "show_table"),
        *("table_properties", "preference", "arrows_by", "color_by"),
    ),
    "gallery": _CARDS,
    "form": ("properties", "is_form_closed", "anonymous_submissions", "submission_permissions"),
    "chart": (
        *("chart_type", "x_axis", "y_axis", "x_axis_property_id", "y_axis_property_id"),
        *("value", "stack_by", "sort", "color_theme", "height", "hide_empty_groups"),
        *("legend_position", "show_data_labels", "axis_labels", "grid_lines", "cumulative"),
        *("smooth_line", "group_style", "y_axis_min", "y_axis_max", "donut_labels"),
        *("reference_lines", "caption", "color_by_value", "hide_line_fill_area", "hide_title"),
    ),
    "map": ("properties", "map_by", "height"),
    # A dashboard is made without a configuration; its rows are only read.
    "dashboard": (),
}
TYPES = tuple(_KEYS)
_REQUIRED = {
    "board": "group_by",
    "calendar": "date_property_id",
    "timeline": "date_property_id",
    "chart": "chart_type",
}
_CHOICES = {
    "chart_type": ("column", "bar", "line", "donut", "number"),
    "color_theme": (
        *("gray", "blue", "yellow", "green", "purple", "teal", "orange", "pink", "red"),
        *("auto", "colorful"),
    ),
    "height": ("small", "medium", "large", "extra_large"),
    "legend_position": ("off", "bottom", "side"),
    "axis_labels": ("none", "x_axis", "y_axis", "both"),
    "grid_lines": ("none", "horizontal", "vertical", "both"),
    "group_style": ("normal", "percent", "side_by_side"),
    "donut_labels": ("none", "value", "name", "name_and_value"),
    "sort": ("manual", "x_ascending", "x_descending", "y_ascending", "y_descending"),
    "view_range": ("week", "month"),
    "cover_size": ("small", "medium", "large"),
    "cover_aspect": ("contain", "cover"),
    "card_layout": ("list", "compact"),
}
_AGGREGATORS = (
    *("count", "count_values", "sum", "average", "median", "min", "max", "range", "unique"),
    *("empty", "not_empty", "percent_empty", "percent_not_empty", "checked", "unchecked"),
    *("percent_checked", "percent_unchecked", "earliest_date", "latest_date", "date_range"),
)
_DATED = ("date", "created_time", "last_edited_time", "formula", "rollup")
_LINE = ("value", "label", "color", "dash_style")
_GROUPS = ("group_by", "sub_group_by", "x_axis", "stack_by")
_GROUP_STEPS = {
    "status": ("group", "option"),
    **dict.fromkeys(
        ("date", "created_time", "last_edited_time"),
        ("relative", "day", "week", "month", "year"),
    ),
}
_PERSON_TYPES = ("people", "created_by", "last_edited_by")


def decode_configuration(path: str, kind: str, value: Any, schema: Schema) -> Json:
    """Return a view's configuration if it has what its type needs and names what exists."""
    given = check_object(path, {"type": kind} if value in (None, UNDEFINED) else value)
    check_choice(f"{path}.type", given.get("type", kind), (kind,))
    check_keys(path, given, ("type", *_KEYS[kind]))
    required = _REQUIRED.get(kind)
    if required and given.get(required) is None:
        raise expected(f"{path}.{required}", "defined", given.get(required, UNDEFINED))
    for key, allowed in _CHOICES.items():
        if given.get(key) is not None:
            check_choice(f"{path}.{key}", given[key], allowed)
    for place, key in _named_properties(path, given):
        _find(place, key, schema)
    _check_dates(path, given, schema)
    for key in _GROUPS:
        if given.get(key) is not None:
            _check_group(f"{path}.{key}", given[key], schema)
    for key in ("y_axis", "value"):
        if given.get(key) is not None:
            _check_aggregation(f"{path}.{key}", given[key])
    for index, line in enumerate(
        check_list(f"{path}.reference_lines", given.get("reference_lines") or [])
    ):
        _check_line(f"{path}.reference_lines[{index}]", line)
    rows: Json = {"rows": []} if kind == "dashboard" else {}
    kept = {key: value for key, value in given.items() if value is not None}
    return {"type": kind, **rows, **kept}


def _check_line(path: str, value: Any) -> None:
    given = check_object(path, value)
    check_keys(path, given, ("id", *_LINE))
    for key in _LINE:
        if given.get(key) is None:
            raise expected(f"{path}.{key}", "defined", given.get(key, UNDEFINED))
    check_choice(f"{path}.dash_style", given["dash_style"], ("solid", "dash"))


def _named_properties(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every place of a configuration that names a property."""
    if isinstance(value, dict):
        for key, inner in value.items():
            where = f"{path}.{key}"
            if key.endswith("property_id") or key == "toggle_column_id":
                if inner is not None:
                    yield where, inner
            else:
                yield from _named_properties(where, inner)
    elif isinstance(value, list):
        for index, inner in enumerate(check_list(path, value, longest=500)):
            yield from _named_properties(f"{path}[{index}]", inner)


def _find(path: str, key: Any, schema: Schema) -> Property:
    if not isinstance(key, str):
        raise expected(path, "a string", key)
    found = find_property(schema, key)
    if found is None:
        raise no_such_property(key)
    return found


def _check_dates(path: str, given: Json, schema: Schema) -> None:
    for key in ("date_property_id", "end_date_property_id"):
        if given.get(key) is not None:
            prop = _find(f"{path}.{key}", given[key], schema)
            if prop.type not in _DATED:
                raise validation(f"{path}.{key}: {prop.name} is expected to be date.")


def _check_group(path: str, value: Any, schema: Schema) -> None:
    given = check_object(path, value)
    prop = _find(f"{path}.property_id", given.get("property_id", UNDEFINED), schema)
    kind = given.get("type", UNDEFINED)
    fitting = ("person", prop.type) if prop.type in _PERSON_TYPES else (prop.type,)
    if prop.type in ("title", "rich_text", "url", "email", "phone_number"):
        fitting = ("text", *fitting)
    check_choice(f"{path}.type", kind, fitting)
    steps = _GROUP_STEPS.get(prop.type)
    if steps and given.get("group_by") is not None:
        check_choice(f"{path}.group_by", given["group_by"], steps)


def _check_aggregation(path: str, value: Any) -> None:
    given = check_object(path, value)
    name = check_choice(f"{path}.aggregator", given.get("aggregator", UNDEFINED), _AGGREGATORS)
    if name != "count" and given.get("property_id") is None:
        raise expected(f"{path}.property_id", "defined", UNDEFINED)
