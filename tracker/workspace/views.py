"""Views: make, show, change, delete, and what the configuration of each type may hold.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracker.workspace.model import DataSource, Property, Schema, View, find_property
from tracker.workspace.protocol import (
    UNDEFINED,
    Json,
    check_choice,
    check_keys,
    check_list,
    check_object,
    check_string,
    check_uuid,
    expected,
    format_exact,
    list_answer,
    new_id,
    no_such_property,
    not_found,
    page_of,
    validation,
)
from tracker.workspace.query import read_filter, read_sorts
from tracker.workspace.session import Session, reference

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
_DATED = ("date", "created_time", "last_edited_time")
_LINE = ("value", "label", "color", "dash_style")
_GROUPS = ("group_by", "sub_group_by", "x_axis", "stack_by")
_GROUP_STEPS = {
    "status": ("group", "option"),
    **dict.fromkeys(
        ("date", "created_time", "last_edited_time"),
        ("relative", "day", "week", "month", "year"),
    ),
}


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
    # Null clears a key, and the answer leaves it out.
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
            # Wherever a configuration names a property, the key ends like this.
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
    is_text = prop.type in ("title", "rich_text", "url")
    fitting = ("text", prop.type) if is_text else (prop.type,)
    check_choice(f"{path}.type", kind, fitting)
    steps = _GROUP_STEPS.get(prop.type)
    if steps and given.get("group_by") is not None:
        check_choice(f"{path}.group_by", given["group_by"], steps)


def _check_aggregation(path: str, value: Any) -> None:
    given = check_object(path, value)
    name = check_choice(f"{path}.aggregator", given.get("aggregator", UNDEFINED), _AGGREGATORS)
    # Only a count of rows looks at no column.
    if name != "count" and given.get("property_id") is None:
        raise expected(f"{path}.property_id", "defined", UNDEFINED)


_TARGETS = ("database_id", "view_id", "create_database")
_SHARED = ("name", "filter", "sorts", "quick_filters", "configuration")
_CREATE = (*_SHARED, *_TARGETS, "data_source_id", "type", "position", "placement")


def create_view(session: Session, body: Json) -> Json:
    """Add a view to a database."""
    check_keys("body", body, _CREATE)
    source_id = check_uuid("body.data_source_id", body.get("data_source_id", UNDEFINED))
    kind = check_choice("body.type", body.get("type", UNDEFINED), TYPES)
    check_string("body.name", body.get("name", UNDEFINED))
    database_id = _target(session, body)
    source = session.data_source(source_id)
    if source.database_id != database_id:
        raise validation("The data source does not belong to the database of the view.")
    session.require_live_parent("data_source_id", source.id)
    now, actor = session.now, session.actor
    view = View(new_id(), database_id, source.id, now, now, actor, actor, {"type": kind})
    _apply(view, source, {"configuration": UNDEFINED, **body})
    before = [other.id for other in session.store.views.of(database_id=database_id)]
    session.store.views.put(view)
    if body.get("position") is not None:
        _place(session, view, before, body["position"])
    return encode_view(session, view)


def list_views(
    session: Session, *, database_id: Any, data_source_id: Any, start: str | None, size: int
) -> Json:
    """Return references to the views of a database or data source."""
    if database_id is not None:
        owner = session.database(check_uuid("query.database_id", database_id)).id
        views = session.store.views.of(database_id=owner)
    elif data_source_id is not None:
        owner = session.data_source(check_uuid("query.data_source_id", data_source_id)).id
        views = session.store.views.of(data_source_id=owner)
    else:
        raise validation(
            "query failed validation: query.database_id or query.data_source_id should be "
            "defined, instead was `undefined`."
        )
    shown, cursor = page_of(views, start, size)
    return list_answer([{"object": "view", "id": view.id} for view in shown], "view", cursor)


def update_view(session: Session, view_id: str, body: Json) -> Json:
    """Change a view's name, filter, sorts, quick filters or configuration."""
    view = session.view(view_id)
    check_keys("body", body, _SHARED)
    source = session.data_source(view.data_source_id)
    session.require_live_parent("data_source_id", source.id)
    _apply(view, source, body)
    session.stamp(view)
    session.store.views.put(view)
    return encode_view(session, view)


def delete_view(session: Session, view_id: str) -> Json:
    """Delete a view for good; a database keeps at least one."""
    view = session.view(view_id)
    # As in Notion a database has a view, whatever is deleted.
    if len(session.store.views.of(database_id=view.database_id)) == 1:
        raise validation("Cannot delete the last view of a database.")
    session.store.views.delete(view.id)
    whole = encode_view(session, view)
    return {key: whole[key] for key in ("object", "id", "parent", "type")}


def encode_view(session: Session, view: View) -> Json:
    """Return the view object."""
    digits, tab = view.database_id.replace("-", ""), view.id.replace("-", "")
    return {
        "object": "view",
        "id": view.id,
        "parent": {"type": "database_id", "database_id": view.database_id},
        "data_source_id": view.data_source_id,
        "name": view.body["name"],
        "type": view.body["type"],
        "created_time": format_exact(view.created),
        "created_by": reference(view.created_by),
        "last_edited_time": format_exact(view.edited),
        "last_edited_by": reference(view.edited_by),
        "url": f"{session.base_url}p/{digits}?v={tab}",
        "filter": view.body.get("filter"),
        "sorts": view.body.get("sorts"),
        "quick_filters": view.body.get("quick_filters"),
        "configuration": view.body["configuration"],
    }


def _target(session: Session, body: Json) -> str:
    """Return the database that a new view belongs to."""
    given = [key for key in _TARGETS if body.get(key) is not None]
    if len(given) != 1:
        listed = ", ".join(f"`{key}`" for key in _TARGETS)
        raise validation(f"body failed validation: exactly one of {listed} should be defined.")
    if given[0] == "database_id":
        return session.database(check_uuid("body.database_id", body["database_id"])).id
    if given[0] == "view_id":
        board = session.view(check_uuid("body.view_id", body["view_id"]))
        if board.body["type"] == "dashboard":
            return board.database_id
        raise validation("body.view_id should be the id of a dashboard view.")
    raise validation("Linked databases are not available in the built-in workspace.")


def _apply(view: View, source: DataSource, body: Json) -> None:
    if "name" in body:
        view.body["name"] = check_string("body.name", body["name"])
    if "filter" in body:
        if body["filter"] is not None:
            read_filter(source.schema, body["filter"], {})
        view.body["filter"] = body["filter"]
    if "sorts" in body:
        read_sorts(source, body["sorts"])
        view.body["sorts"] = body["sorts"] or None
    if "quick_filters" in body:
        if body["quick_filters"] is not None:
            check_object("body.quick_filters", body["quick_filters"])
        view.body["quick_filters"] = body["quick_filters"]
    if "configuration" in body:
        view.body["configuration"] = decode_configuration(
            "body.configuration", view.body["type"], body["configuration"], source.schema
        )


def _place(session: Session, view: View, others: list[str], value: Any) -> None:
    given = check_object("body.position", value)
    kinds = ("start", "end", "after_view")
    kind = check_choice("body.position.type", given.get("type", UNDEFINED), kinds)
    place = 0 if kind == "start" else len(others)
    if kind == "after_view":
        inner = check_object("body.position.after_view", given.get("after_view", UNDEFINED))
        key = "view_id" if "view_id" in inner else "id"
        before = check_uuid(f"body.position.after_view.{key}", inner.get(key, UNDEFINED))
        if before not in others:
            raise not_found("view", before)
        place = others.index(before) + 1
    session.store.views.reorder([*others[:place], view.id, *others[place:]])
