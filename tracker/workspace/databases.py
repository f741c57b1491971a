"""Databases and data sources: make, show, change, trash.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from typing import Any

from tracker.workspace.checks import (
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_object,
    check_uuid,
)
from tracker.workspace.errors import ARCHIVED, UNDEFINED, validation
from tracker.workspace.icons import decode_cover, decode_icon
from tracker.workspace.ids import new_id
from tracker.workspace.model import Block, Database, DataSource, View
from tracker.workspace.page_json import encode_parent
from tracker.workspace.rich_text import Runs, decode_runs, encode_runs, plain_text
from tracker.workspace.schema import encode_schema, make_schema, patch_schema
from tracker.workspace.session import Session, split_parent
from tracker.workspace.times import format_exact, format_minute
from tracker.workspace.users import reference

UNTITLED = "New database"
_CREATE = ("parent", "title", "description", "is_inline", "initial_data_source", "icon", "cover")
_UPDATE = (
    *("parent", "title", "description", "is_inline", "icon", "cover", "in_trash", "archived"),
    "is_locked",
)
_SOURCE_UPDATE = ("title", "icon", "properties", "in_trash", "archived", "parent")


def create_database(session: Session, body: Json) -> Json:
    """Make a database with its first data source and a default table view."""
    check_keys("body", body, _CREATE)
    parent = _decode_parent(session, body.get("parent", UNDEFINED))
    database = Database(new_id(), parent, session.now, session.now, session.actor, session.actor)
    _apply(session, database, body)
    initial = check_object("body.initial_data_source", body.get("initial_data_source", {}))
    session.store.containers.put(database)
    if parent["type"] == "page_id":
        _add_block(session, database, parent["page_id"])
    source = _new_source(session, database.id, database.title)
    source.icon = database.icon
    make_schema(
        session,
        source,
        path="body.initial_data_source.properties",
        given=initial.get("properties", UNDEFINED),
    )
    session.store.containers.put(source)
    _add_default_view(session, source)
    return encode_database(session, database)


def update_database(session: Session, database_id: str, body: Json) -> Json:
    """Change a database's own attributes, trash or restore it."""
    check_keys("body", body, _UPDATE)
    database = session.database(database_id)
    trash = decode_trash(body)
    _require_editable(session, database, body)
    if "parent" in body:
        _move(session, database, _decode_parent(session, body["parent"]))
    _apply(session, database, body)
    if trash is not None:
        trash_database(session, database, in_trash=trash)
    sources = session.store.containers.data_sources_of(database.id)
    if len(sources) == 1:
        sources[0].title, sources[0].icon = database.title, database.icon
        session.store.containers.put(sources[0])
    session.store.containers.put(database)
    return encode_database(session, database)


def trash_database(session: Session, database: Database, *, in_trash: bool) -> None:
    """Move a database to the trash or back."""
    if in_trash and database.in_trash:
        raise validation(ARCHIVED)
    database.in_trash = in_trash
    session.store.containers.put(database)
    block = session.store.blocks.get(database.id)
    if block is not None:
        block.in_trash = in_trash
        session.store.blocks.put(block)


def encode_database(session: Session, database: Database) -> Json:
    """Return the database object; it shows no schema."""
    sources = session.store.containers.data_sources_of(database.id)
    return {
        "object": "database",
        "id": database.id,
        "title": encode_runs(database.title or [UNTITLED]),
        "description": encode_runs(database.description),
        "parent": database.parent,
        "is_inline": database.is_inline,
        "in_trash": database.in_trash or session.is_trashed(*split_parent(database.parent)),
        "is_locked": database.is_locked,
        "created_time": format_exact(database.created),
        "last_edited_time": format_exact(database.edited),
        "data_sources": [
            {"id": source.id, "name": plain_text(source.title) or UNTITLED}
            for source in sources
            if not source.in_trash
        ],
        "icon": database.icon,
        "cover": database.cover,
        "url": _url(session, database.id),
        "public_url": None,
    }


def create_data_source(session: Session, body: Json) -> Json:
    """Add a data source, with a view of its own, to a database."""
    check_keys("body", body, ("parent", "properties", "title", "icon"))
    parent = check_object("body.parent", body.get("parent", UNDEFINED))
    database_id = check_uuid("body.parent.database_id", parent.get("database_id", UNDEFINED))
    database = session.database(database_id)
    session.require_live_parent("database_id", database.id)
    source = _new_source(session, database.id, decode_runs("body.title", body.get("title", [])))
    source.icon = decode_icon("body.icon", body.get("icon"))
    given = check_object("body.properties", body.get("properties", UNDEFINED))
    make_schema(session, source, path="body.properties", given=given)
    session.store.containers.put(source)
    _add_default_view(session, source)
    return encode_data_source(session, source)


def update_data_source(session: Session, data_source_id: str, body: Json) -> Json:
    """Change a data source: title, icon, schema, trash."""
    check_keys("body", body, _SOURCE_UPDATE)
    source = session.data_source(data_source_id)
    trash = decode_trash(body)
    session.require_live_parent("database_id", source.database_id)
    if source.in_trash and trash is not False and body:
        raise validation(ARCHIVED)
    database = session.database(source.database_id)
    if "parent" in body:
        _check_stays(source, body["parent"])
    if "title" in body:
        source.title = decode_runs("body.title", body["title"])
    if "icon" in body:
        source.icon = decode_icon("body.icon", body["icon"])
    if "properties" in body:
        patch_schema(session, source, path="body.properties", given=body["properties"])
    source.in_trash = source.in_trash if trash is None else trash
    session.stamp(source)
    session.store.containers.put(source)
    if len(session.store.containers.data_sources_of(database.id)) == 1:
        database.title, database.icon = source.title, source.icon
        session.store.containers.put(database)
    return encode_data_source(session, source)


def _check_stays(source: DataSource, value: Any) -> None:
    given = check_object("body.parent", value)
    parent_id = check_uuid("body.parent.database_id", given.get("database_id", UNDEFINED))
    if parent_id != source.database_id:
        raise validation("The built-in workspace does not move data sources between databases.")


def encode_data_source(session: Session, source: DataSource) -> Json:
    """Return the data source object with its schema."""
    database = session.database(source.database_id)
    return {
        "object": "data_source",
        "id": source.id,
        "cover": database.cover,
        "icon": source.icon,
        "created_time": format_minute(source.created),
        "created_by": reference(source.created_by),
        "last_edited_by": reference(source.edited_by),
        "last_edited_time": format_minute(source.edited),
        "title": encode_runs(source.title),
        "description": encode_runs(database.description),
        "is_inline": database.is_inline,
        "properties": encode_schema(session, source),
        "parent": {"type": "database_id", "database_id": database.id},
        "database_parent": encode_parent(session, *split_parent(database.parent)),
        "url": _url(session, database.id),
        "public_url": None,
        "in_trash": source.in_trash or session.is_trashed("database_id", database.id),
    }


def decode_trash(body: Json) -> bool | None:
    """Return what a body says about the trash, under the present or the former key."""
    for key in ("in_trash", "archived"):
        if body.get(key) is not None:
            return check_bool(f"body.{key}", body[key])
    return None


def database_title(database: Database) -> str:
    """Return the title a database is shown with."""
    return plain_text(database.title) or UNTITLED


def _decode_parent(session: Session, value: Any) -> Json:
    given = check_object("body.parent", value)
    kind = given.get("type") or ("page_id" if "page_id" in given else "workspace")
    check_choice("body.parent.type", kind, ("page_id", "workspace"))
    if kind == "workspace":
        return {"type": "workspace", "workspace": True}
    page_id = check_uuid("body.parent.page_id", given.get("page_id", UNDEFINED))
    session.page(page_id)
    session.require_live_parent("page_id", page_id)
    return {"type": "page_id", "page_id": page_id}


def _require_editable(session: Session, database: Database, body: Json) -> None:
    session.require_live_parent(*split_parent(database.parent))
    if database.in_trash and body and decode_trash(body) is not False:
        raise validation(ARCHIVED)


def _move(session: Session, database: Database, parent: Json) -> None:
    session.require_not_below(*split_parent(parent), database.id)
    database.parent = parent
    block = session.store.blocks.get(database.id)
    if parent["type"] == "page_id":
        _add_block(session, database, parent["page_id"])
    elif block is not None:
        block.parent_type, block.parent_id = "workspace", "workspace"
        session.store.blocks.put(block)


def _apply(session: Session, database: Database, body: Json) -> None:
    """Take over the attributes that a body gives; the edit time does not move, as in Notion."""
    del session
    for key in ("title", "description"):
        if key in body:
            runs: Runs = decode_runs(f"body.{key}", body[key])
            setattr(database, key, runs)
    for key in ("is_inline", "is_locked"):
        if body.get(key) is not None:
            setattr(database, key, check_bool(f"body.{key}", body[key]))
    if "icon" in body:
        database.icon = decode_icon("body.icon", body["icon"])
    if "cover" in body:
        database.cover = decode_cover("body.cover", body["cover"])


def _new_source(session: Session, database_id: str, title: Runs) -> DataSource:
    now, actor = session.now, session.actor
    return DataSource(new_id(), database_id, now, now, actor, actor, title=title)


def _add_block(session: Session, database: Database, page_id: str) -> None:
    block = Block(
        database.id,
        "page_id",
        page_id,
        "child_database",
        session.now,
        session.now,
        session.actor,
        session.actor,
        session.store.blocks.next_position(page_id),
    )
    session.store.blocks.put(block)


def _add_default_view(session: Session, source: DataSource) -> None:
    now, actor = session.now, session.actor
    view = View(new_id(), source.database_id, source.id, now, now, actor, actor)
    view.body = {"name": "Default view", "type": "table", "configuration": {"type": "table"}}
    session.store.views.put(view)


def _url(session: Session, database_id: str) -> str:
    return f"{session.base_url}p/{database_id.replace('-', '')}"
