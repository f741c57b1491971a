"""Views: make, show, change, delete.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from typing import Any

from tracker.workspace.checks import (
    Json,
    check_choice,
    check_keys,
    check_object,
    check_string,
    check_uuid,
)
from tracker.workspace.cursors import list_answer, page_of
from tracker.workspace.errors import UNDEFINED, not_found, validation
from tracker.workspace.filters import FilterReader
from tracker.workspace.ids import new_id
from tracker.workspace.model import DataSource, View
from tracker.workspace.query import read_sorts
from tracker.workspace.session import Session
from tracker.workspace.times import format_exact
from tracker.workspace.users import reference
from tracker.workspace.view_configs import TYPES, decode_configuration

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
    _apply(session, view, source, {"configuration": UNDEFINED, **body})
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


def update_view(session: Session, view: View, body: Json) -> Json:
    """Change a view's name, filter, sorts, quick filters or configuration."""
    check_keys("body", body, _SHARED)
    source = session.data_source(view.data_source_id)
    session.require_live_parent("data_source_id", source.id)
    _apply(session, view, source, body)
    session.stamp(view)
    session.store.views.put(view)
    return encode_view(session, view)


def delete_view(session: Session, view: View) -> Json:
    """Delete a view for good; a database keeps at least one."""
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


def _apply(session: Session, view: View, source: DataSource, body: Json) -> None:
    if "name" in body:
        view.body["name"] = check_string("body.name", body["name"])
    if "filter" in body:
        if body["filter"] is not None:
            FilterReader(source.schema, now=session.now).read(body["filter"])
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
