"""Databases and data sources with their schemas: make, show, change, trash.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tracker.workspace.model import (
    Block,
    Database,
    DataSource,
    Property,
    View,
    find_by_name,
    find_property,
    sorted_properties,
)
from tracker.workspace.page_json import encode_parent, page_url
from tracker.workspace.pages import decode_trash, find_block, trash_block
from tracker.workspace.protocol import (
    ARCHIVED,
    UNDEFINED,
    Json,
    Runs,
    check_bool,
    check_choice,
    check_keys,
    check_object,
    check_uuid,
    decode_cover,
    decode_icon,
    decode_runs,
    encode_property_id,
    encode_runs,
    expected,
    format_exact,
    format_minute,
    new_id,
    new_property_id,
    not_found,
    plain_text,
    validation,
)
from tracker.workspace.session import Session, reference, split_parent
from tracker.workspace.store import dump
from tracker.workspace.values import (
    DECODERS,
    check_definition,
    decode_description,
    decode_name,
    named_type,
)

MAX_PROPERTIES = 500
MAX_BYTES = 50 * 1024
UNTITLED = "New database"
_KINDS = ("single_property", "dual_property")


def make_schema(session: Session, source: DataSource, *, path: str, given: Any) -> None:
    """Fill the schema of a new data source; without properties it gets the title "Name"."""
    if given is UNDEFINED:
        given = {"Name": {"title": {}}}
    definitions = check_object(path, given)
    kinds = [
        named_type(f"{path}.{name}", check_object(f"{path}.{name}", body))
        for name, body in definitions.items()
    ]
    if kinds.count("title") != 1:
        raise validation("Title is not provided" if "title" not in kinds else "Only one title")
    patch_schema(session, source, path=path, given=definitions)


def patch_schema(session: Session, source: DataSource, *, path: str, given: Any) -> None:
    """Add, change, rename and remove properties; what is not named stays."""
    changes = check_object(path, given)

    def is_relation(item: tuple[str, Any]) -> bool:
        body = item[1] if isinstance(item[1], dict) else {}
        return named_type(f"{path}.{item[0]}", body) == "relation"

    known, places = set(source.schema), {name: at for at, name in enumerate(changes)}
    # Relations last: a back-property must not take a name that the same request gives to another.
    for key, body in sorted(changes.items(), key=is_relation):
        _change_property(session, source, f"{path}.{key}", key=key, body=body)
    # The table shows new columns in the order of the request, and back-properties behind them.
    source.schema = {
        prop.id: prop
        for prop in sorted(
            source.schema.values(),
            key=lambda it: -1 if it.id in known else places.get(it.name, len(places)),
        )
    }
    if len(source.schema) > MAX_PROPERTIES:
        raise expected(f"{path}.length", f"≤ `{MAX_PROPERTIES}`", len(source.schema))
    # Notion refuses a schema beyond 50 KB and names the largest property.
    sizes = {
        name: len(dump(prop).encode()) for name, prop in encode_schema(session, source).items()
    }
    if sum(sizes.values()) > MAX_BYTES:
        largest = max(sizes, key=lambda name: sizes[name])
        raise validation(
            f"The schema is larger than {MAX_BYTES} bytes. The largest property is {largest}."
        )


def encode_schema(session: Session, source: DataSource) -> Json:
    """Return the response's `properties` of a data source."""
    return {
        prop.name: {
            "id": encode_property_id(prop.id),
            "name": prop.name,
            "description": prop.description,
            "type": prop.type,
            prop.type: _encode_relation(session, prop)
            if prop.type == "relation"
            else {key: value for key, value in prop.config.items() if key != "default"},
        }
        for prop in sorted_properties(source.schema)
    }


def _change_property(
    session: Session, source: DataSource, path: str, *, key: str, body: Any
) -> None:
    current = find_property(source.schema, key)
    if body is None:
        _remove_property(session, source, key, current)
        return
    definition = check_object(path, body)
    check_definition(path, definition)
    kind = named_type(path, definition)
    if current is None:
        if kind is None:
            raise validation(f"{key} is not a property that exists.")
        if kind == "title" and "title" in source.schema:
            raise validation("Cannot create a second title property.")
        # The title's id is the word itself in every Notion database.
        raw_id = "title" if kind == "title" else new_property_id(set(source.schema))
        made = Property(raw_id, decode_name(path, key), kind)
        _define(session, source, path, made, definition)
        return
    name = decode_name(path, definition.get("name", current.name))
    if name != current.name and find_by_name(source.schema, name):
        raise validation(f"A property named {name} already exists.")
    description = decode_description(path, definition, current)
    current = replace(current, name=name, description=description)
    source.schema[current.id] = current
    if kind is not None:
        _define(session, source, path, current, definition)


def _remove_property(
    session: Session, source: DataSource, key: str, current: Property | None
) -> None:
    if current is None:
        raise validation(f"{key} is not a property that exists.")
    if current.type == "title":
        raise validation("Title properties cannot be removed.")
    del source.schema[current.id]
    if current.type == "relation":
        _release_relation(session, source, current)


def _define(session: Session, source: DataSource, path: str, prop: Property, body: Json) -> None:
    """Give a property, new or existing, the type and config of the request."""
    kind = named_type(path, body) or prop.type
    before = source.schema.get(prop.id)
    if (prop.id == "title") != (kind == "title"):
        raise validation("Title properties cannot be converted, and there is only one.")
    given = check_object(f"{path}.{kind}", body.get(kind, {}))
    is_retyped = before is not None and before.type != kind
    if kind == "relation":
        # A self-relation adds its back-property to this very schema, so the name must be taken.
        source.schema.setdefault(prop.id, prop)
        made = _define_relation(session, source, prop, path=f"{path}.relation", given=given)
    else:
        kept = None if before is None or is_retyped else prop.config
        made = replace(prop, type=kind, config=DECODERS[kind](f"{path}.{kind}", given, kept))
    if before is None:
        made = replace(made, description=decode_description(path, body, None))
    source.schema[prop.id] = made
    if before is not None and is_retyped:
        _convert_values(session, source, before, made)


def _convert_values(session: Session, source: DataSource, before: Property, made: Property) -> None:
    """Empty a column of another type; Notion converts what it can, here numbers become texts."""
    if before.type == "relation":
        _release_relation(session, source, before)
    for page in session.store.pages.where("parent_id = ?", (source.id,)):
        value = page.values.pop(before.id, None)
        if value is not None and (before.type, made.type) == ("number", "rich_text"):
            text = str(int(value)) if float(value).is_integer() else str(value)
            page.values[before.id] = [text]
        session.store.pages.update(page)


def _define_relation(
    session: Session, source: DataSource, prop: Property, *, path: str, given: Json
) -> Property:
    """Return a relation property, its back-property made when it is dual."""
    old = prop.config if prop.type == "relation" else {}
    target_id = given.get("data_source_id", old.get("data_source_id", UNDEFINED))
    target = session.data_source(check_uuid(f"{path}.data_source_id", target_id))
    kind = given.get("type") or next((kind for kind in _KINDS if kind in given), None)
    if kind is not None:
        check_choice(f"{path}.type", kind, _KINDS)
        check_object(f"{path}.{kind}", given.get(kind, {}))
    is_dual = kind == "dual_property" or (kind is None and bool(old.get("synced")))
    # The same definition again, as clients send it with a rename, changes nothing.
    if old:
        if old["data_source_id"] != target.id or bool(old["synced"]) != is_dual:
            raise validation("The built-in workspace does not change a relation. Make a new one.")
        return prop
    config = {"data_source_id": target.id, "key": new_id(), "side": "one", "synced": None}
    made = replace(prop, type="relation", config=config)
    return _add_back_property(session, source, made, target) if is_dual else made


def _add_back_property(
    session: Session, source: DataSource, prop: Property, target: DataSource
) -> Property:
    """Add the other side of a dual relation to its target; both share the key of their links."""
    back_id = new_property_id({*target.schema, *source.schema, prop.id})
    config = {
        "data_source_id": source.id,
        "key": prop.config["key"],
        "side": "two",
        "synced": prop.id,
    }
    # Recorded: Notion names the back-property so, and numbers it when the name is taken.
    title = plain_text(session.database(source.database_id).title) or UNTITLED
    wanted = name = f"Related to {title} ({prop.name})"
    count = 1
    while find_by_name(target.schema, name):
        name, count = f"{wanted} {count}", count + 1
    target.schema[back_id] = Property(back_id, name, "relation", config=config)
    if target.id != source.id:
        session.stamp(target)
        session.store.containers.put(target)
    return replace(prop, config={**prop.config, "synced": back_id})


def _release_relation(session: Session, source: DataSource, prop: Property) -> None:
    """Keep the back-property of a relation that goes away, as a single one with all links."""
    target = session.store.containers.data_source(prop.config["data_source_id"])
    other = target.schema.get(prop.config["synced"] or "") if target else None
    if target is None or other is None:
        session.store.links.drop(prop.config["key"])
        return
    target.schema[other.id] = replace(other, config={**other.config, "synced": None})
    if target.id != source.id:
        session.store.containers.put(target)


def _encode_relation(session: Session, prop: Property) -> Json:
    target = session.store.containers.data_source(prop.config["data_source_id"])
    other = target.schema.get(prop.config["synced"] or "") if target else None
    link: Json = {}
    if other:
        link = {
            "synced_property_name": other.name,
            "synced_property_id": encode_property_id(other.id),
        }
    kind = "dual_property" if other else "single_property"
    return {
        "database_id": target.database_id if target else None,
        "data_source_id": prop.config["data_source_id"],
        "type": kind,
        kind: link,
    }


_CREATE = ("parent", "title", "description", "is_inline", "initial_data_source", "icon", "cover")
_UPDATE = (
    *("title", "description", "is_inline", "is_locked", "icon", "cover"),
    *("in_trash", "archived"),
)
_SOURCE_UPDATE = ("title", "icon", "properties", "in_trash", "archived")


def create_database(session: Session, body: Json) -> Json:
    """Make a database with its first data source and a default table view."""
    check_keys("body", body, _CREATE)
    parent = _decode_parent(session, body.get("parent", UNDEFINED))
    database = Database(new_id(), parent, session.now, session.now, session.actor, session.actor)
    _apply(database, body)
    initial = check_object("body.initial_data_source", body.get("initial_data_source", {}))
    session.store.containers.put(database)
    if parent["type"] == "page_id":
        position = session.store.blocks.next_position(parent["page_id"])
        args = (*split_parent(parent), "child_database", session.now, session.now)
        block = Block(database.id, *args, session.actor, session.actor, position)
        session.store.blocks.put(block)
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


def find_database(session: Session, database_id: str) -> Database:
    """Return a database or raise the 404; a linked one is not found, as in Notion."""
    database = session.database(database_id)
    if not session.store.containers.data_sources_of(database.id):
        raise not_found("database", database.id)
    return database


def update_database(session: Session, database_id: str, body: Json) -> Json:
    """Change a database's own attributes, trash or restore it."""
    check_keys("body", body, _UPDATE)
    database = find_database(session, database_id)
    trash = decode_trash(body)
    session.require_live_parent(*split_parent(database.parent))
    if database.in_trash and body and trash is not False:
        raise validation(ARCHIVED)
    _apply(database, body)
    if trash is not None:
        trash_block(session, find_block(session, database.id), in_trash=trash)
    sources = session.store.containers.data_sources_of(database.id)
    if len(sources) == 1:
        # A database and its only data source share title and icon.
        sources[0].title, sources[0].icon = database.title, database.icon
        session.store.containers.put(sources[0])
    session.store.containers.put(database)
    return encode_database(session, database)


def encode_database(session: Session, database: Database) -> Json:
    """Return the database object; it shows no schema."""
    sources = session.store.containers.data_sources_of(database.id)
    return {
        "object": "database",
        "id": database.id,
        # Recorded: an untitled database is shown with this title.
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
        "url": page_url(session, "", database.id),
        "public_url": None,
    }


def create_data_source(session: Session, body: Json) -> Json:
    """Add a data source, with a view of its own, to a database."""
    check_keys("body", body, ("parent", "properties", "title", "icon"))
    parent = check_object("body.parent", body.get("parent", UNDEFINED))
    database_id = check_uuid("body.parent.database_id", parent.get("database_id", UNDEFINED))
    database = find_database(session, database_id)
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
    if "title" in body:
        source.title = decode_runs("body.title", body["title"])
    if "icon" in body:
        source.icon = decode_icon("body.icon", body["icon"])
    if "properties" in body:
        patch_schema(session, source, path="body.properties", given=body["properties"])
    source.in_trash = source.in_trash if trash is None else trash
    # Its edit time is apart from those of its rows and of its database.
    session.stamp(source)
    session.store.containers.put(source)
    if len(session.store.containers.data_sources_of(database.id)) == 1:
        database.title, database.icon = source.title, source.icon
        session.store.containers.put(database)
    return encode_data_source(session, source)


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
        "url": page_url(session, "", database.id),
        "public_url": None,
        "in_trash": source.in_trash or session.is_trashed("database_id", database.id),
    }


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


def _apply(database: Database, body: Json) -> None:
    """Set the attributes that a body gives; measured: that does not move the edit time."""
    for key in ("title", "description"):
        if key in body:
            setattr(database, key, decode_runs(f"body.{key}", body[key]))
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


def _add_default_view(session: Session, source: DataSource) -> None:
    now, actor = session.now, session.actor
    view = View(new_id(), source.database_id, source.id, now, now, actor, actor)
    view.body = {"name": "Default view", "type": "table", "configuration": {"type": "table"}}
    session.store.views.put(view)
