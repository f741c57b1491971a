"""Views: make, show, change, delete, as tabs of a database or as a linked database on a page.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from typing import Any

from tracker.workspace.model import Block, Database, DataSource, View, find_property
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
from tracker.workspace.session import Session, reference, split_parent
from tracker.workspace.view_configuration import TYPES, decode_configuration

_TARGETS = ("database_id", "view_id", "create_database")
_SHARED = ("name", "filter", "sorts", "quick_filters", "configuration")
_CREATE = (*_SHARED, *_TARGETS, "data_source_id", "type", "position", "placement")


def create_view(session: Session, body: Json) -> Json:
    """Add a view to a database, to a dashboard, or to a page as a linked database."""
    check_keys("body", body, _CREATE)
    source_id = check_uuid("body.data_source_id", body.get("data_source_id", UNDEFINED))
    kind = check_choice("body.type", body.get("type", UNDEFINED), TYPES)
    check_string("body.name", body.get("name", UNDEFINED))
    source = session.data_source(source_id)
    session.require_live_parent("data_source_id", source.id)
    database_id = _decode_target(session, body, source)
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
    """Return references to the views of a database or data source, linked ones included."""
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
    """Change a view's name, filter, sorts, quick filters or configuration; the rest stays."""
    view = session.view(view_id)
    check_keys("body", body, _SHARED)
    source = session.data_source(view.data_source_id)
    session.require_live_parent("data_source_id", source.id)
    for index, sort in enumerate(check_list("body.sorts", body.get("sorts") or [])):
        # A change takes no other sorts; a creation does.
        if isinstance(sort, dict) and "timestamp" in sort:
            raise expected(f"body.sorts[{index}].property", "defined", UNDEFINED)
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


def _decode_target(session: Session, body: Json, source: DataSource) -> str:
    """Return the database that a new view belongs to; a linked one is made."""
    given = [key for key in _TARGETS if body.get(key) is not None]
    if len(given) != 1:
        listed = ", ".join(f"`{key}`" for key in _TARGETS)
        raise validation(f"body failed validation: exactly one of {listed} should be defined.")
    for key, target in (("position", "database_id"), ("placement", "view_id")):
        if body.get(key) is not None and target != given[0]:
            raise expected(f"body.{key}", "not present", body[key])
    if given[0] == "create_database":
        return _create_linked_database(session, body["create_database"], source)
    if given[0] == "view_id":
        board = session.view(check_uuid("body.view_id", body["view_id"]))
        if board.body["type"] != "dashboard":
            raise validation("body.view_id should be the id of a dashboard view.")
        return board.database_id
    database_id = session.database(check_uuid("body.database_id", body["database_id"])).id
    if source.database_id != database_id:
        raise validation("The data source does not belong to the database of the view.")
    return database_id


def _create_linked_database(session: Session, value: Any, source: DataSource) -> str:
    """Put a database without rows of its own on a page; it shows those of another one."""
    given = check_object("body.create_database", value)
    check_keys("body.create_database", given, ("parent", "position"))
    where = "body.create_database.parent"
    parent = check_object(where, given.get("parent", UNDEFINED))
    check_keys(where, parent, ("type", "page_id"))
    check_choice(f"{where}.type", parent.get("type", UNDEFINED), ("page_id",))
    page = session.page(check_uuid(f"{where}.page_id", parent.get("page_id", UNDEFINED)))
    session.require_live_parent("page_id", page.id)
    siblings = [block.id for block in session.store.blocks.children(page.id)]
    place = len(siblings)
    if given.get("position") is not None:
        where = "body.create_database.position"
        position = check_object(where, given["position"])
        check_choice(f"{where}.type", position.get("type", UNDEFINED), ("after_block",))
        before = check_uuid(f"{where}.block_id", position.get("block_id", UNDEFINED))
        if before not in siblings:
            raise validation(f"{where}.block_id should be the id of a block of the page.")
        place = siblings.index(before) + 1
    now, actor = session.now, session.actor
    database = Database(
        new_id(), {"type": "page_id", "page_id": page.id}, now, now, actor, actor, source.title
    )
    session.store.containers.put(database)
    args = (*split_parent(database.parent), "child_database", now, now, actor, actor)
    session.store.blocks.put(Block(database.id, *args, session.store.blocks.next_position(page.id)))
    session.store.blocks.place([*siblings[:place], database.id, *siblings[place:]])
    return database.id


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
        kept = view.body.get("quick_filters")
        view.body["quick_filters"] = _merge_quick_filters(source, kept, body["quick_filters"])
    if "configuration" in body:
        view.body["configuration"] = decode_configuration(
            "body.configuration",
            view.body["type"],
            body["configuration"],
            source.schema,
            before=view.body.get("configuration"),
        )


def _merge_quick_filters(source: DataSource, kept: Json | None, value: Any) -> Json | None:
    """Return quick filters after a change: null takes one away, an empty one has no condition."""
    if value is None:
        return None
    given = check_object("body.quick_filters", value)
    for name, condition in given.items():
        if find_property(source.schema, name) is None:
            raise no_such_property(name)
        if condition:
            where = f"body.quick_filters.{name}"
            named = {"property": name, **check_object(where, condition)}
            read_filter(source.schema, named, {}, path=where)
    merged = {**(kept or {}), **given}
    return {name: condition for name, condition in merged.items() if condition is not None} or None


def _place(session: Session, view: View, others: list[str], value: Any) -> None:
    given = check_object("body.position", value)
    kinds = ("start", "end", "after_view")
    kind = check_choice("body.position.type", given.get("type", UNDEFINED), kinds)
    place = 0 if kind == "start" else len(others)
    if kind == "after_view":
        before = check_uuid("body.position.view_id", given.get("view_id", UNDEFINED))
        if before not in others:
            raise not_found("view", before)
        place = others.index(before) + 1
    session.store.views.reorder([*others[:place], view.id, *others[place:]])
