"""Databases and data sources with their schemas: make, show, change, trash.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from tracker.workspace.checks import (
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_object,
    check_string,
    check_uuid,
)
from tracker.workspace.connection import dump
from tracker.workspace.conversions import convert_values
from tracker.workspace.errors import ARCHIVED, UNDEFINED, expected, no_such_property, validation
from tracker.workspace.ids import (
    WORKSPACE_ID,
    decode_property_id,
    encode_property_id,
    format_exact,
    format_minute,
    new_id,
    new_property_id,
)
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
from tracker.workspace.page_json import encode_parent
from tracker.workspace.rich_text import (
    Runs,
    decode_cover,
    decode_icon,
    decode_runs,
    encode_runs,
    plain_text,
)
from tracker.workspace.rollups import FUNCTIONS
from tracker.workspace.session import Session, reference, split_parent
from tracker.workspace.values import (
    DECODERS,
    LINKED_TYPES,
    check_definition,
    config_body,
    decode_description,
    decode_name,
    named_type,
)

_KINDS = ("single_property", "dual_property")
_PROP = re.compile(r"""prop\(\s*(?P<quote>["'])(?P<name>(?:\\.|(?!(?P=quote)).)*)(?P=quote)\s*\)""")
_TOKEN = re.compile(r"\{\{notion:block_property:(?P<id>[^:{}]+):[^{}]*\}\}")


def define_relation(
    session: Session, source: DataSource, prop: Property, *, path: str, given: Json
) -> Property:
    """Return a relation property with its links and, when dual, its back-property made."""
    old = prop.config if prop.type == "relation" else {}
    target_id = given.get("data_source_id", old.get("data_source_id", UNDEFINED))
    target = session.data_source(check_uuid(f"{path}.data_source_id", target_id))
    is_dual = _is_dual(path, given, old)
    if old and old["data_source_id"] == target.id and bool(old["synced"]) == is_dual:
        return prop
    if old and old["data_source_id"] == target.id:
        return _change_kind(session, source, prop, is_dual=is_dual)
    if old:
        release_relation(session, source, prop)
    config = {"data_source_id": target.id, "key": new_id(), "side": "one", "synced": None}
    made = replace(prop, type="relation", config=config)
    return _add_back_property(session, source, made, target) if is_dual else made


def release_relation(session: Session, source: DataSource, prop: Property) -> None:
    """Undo what a relation that goes away holds: its back-property stays, as a single one."""
    target = session.store.containers.data_source(prop.config["data_source_id"])
    other = target.schema.get(prop.config["synced"] or "") if target else None
    if target is None or other is None:
        session.store.links.drop(prop.config["key"])
        return
    target.schema[other.id] = replace(other, config={**other.config, "synced": None})
    if target.id != source.id:
        session.store.containers.put(target)


def encode_relation(session: Session, prop: Property) -> Json:
    """Return the response config of a relation."""
    config = prop.config
    target = session.store.containers.data_source(config["data_source_id"])
    other = target.schema.get(config["synced"] or "") if target else None
    kind = "dual_property" if other else "single_property"
    link: Json = {}
    if other:
        link = {
            "synced_property_name": other.name,
            "synced_property_id": encode_property_id(other.id),
        }
    return {
        "database_id": target.database_id if target else None,
        "data_source_id": config["data_source_id"],
        "type": kind,
        kind: link,
    }


def define_rollup(
    session: Session, source: DataSource, prop: Property, *, path: str, given: Json
) -> Property:
    """Return a rollup property whose relation and target property exist."""
    old = prop.config if prop.type == "rollup" else {}
    function = given.get("function", old.get("function", UNDEFINED))
    check_choice(f"{path}.function", function, FUNCTIONS)
    relation = _named(path, given, "relation", source, old)
    if relation.type != "relation":
        raise validation(f"{relation.name} is expected to be relation.")
    target = session.data_source(relation.config["data_source_id"])
    rolled = _named(path, given, "rollup", target, old)
    config = {"function": function, "relation": relation.id, "rollup": rolled.id}
    return replace(prop, type="rollup", config=config)


def encode_rollup(session: Session, source: DataSource, prop: Property) -> Json:
    """Return the response config of a rollup; its inner ids are spelled raw."""
    config = prop.config
    relation = source.schema.get(config["relation"])
    target = None
    if relation is not None and relation.type == "relation":
        target = session.store.containers.data_source(relation.config["data_source_id"])
    rolled = target.schema.get(config["rollup"]) if target else None
    return {
        "rollup_property_name": rolled.name if rolled else "",
        "relation_property_name": relation.name if relation else "",
        "rollup_property_id": config["rollup"],
        "relation_property_id": config["relation"],
        "function": config["function"],
    }


def bind_formula(source: DataSource, expression: str) -> str:
    """Return a formula that names properties by id, so that it survives a rename."""

    def bind(match: re.Match[str]) -> str:
        name = re.sub(r"\\(.)", r"\1", match["name"])
        prop = find_by_name(source.schema, name)
        if prop is None:
            raise validation(f'Property "{name}" not found in the formula.')
        spelled = encode_property_id(prop.id)
        return f"{{{{notion:block_property:{spelled}:{source.id}:{WORKSPACE_ID}}}}}"

    return _PROP.sub(bind, expression)


def show_formula(source: DataSource, expression: str) -> str:
    """Return a formula with properties by their present names, as far as they exist."""

    def show(match: re.Match[str]) -> str:
        prop = source.schema.get(decode_property_id(match["id"]))
        if prop is None:
            return match[0]
        name = prop.name.replace("\\", "\\\\").replace('"', '\\"')
        return f'prop("{name}")'

    return _TOKEN.sub(show, expression)


def _is_dual(path: str, given: Json, old: Json) -> bool:
    kind = given.get("type") or next((kind for kind in _KINDS if kind in given), None)
    if kind is None:
        return bool(old.get("synced"))
    check_choice(f"{path}.type", kind, _KINDS)
    check_object(f"{path}.{kind}", given.get(kind, {}))
    return bool(kind == "dual_property")


def _change_kind(
    session: Session, source: DataSource, prop: Property, *, is_dual: bool
) -> Property:
    target = session.data_source(prop.config["data_source_id"])
    if is_dual:
        return _add_back_property(session, source, prop, target)
    target.schema.pop(prop.config["synced"], None)
    session.store.containers.put(target)
    return replace(prop, config={**prop.config, "synced": None})


def _add_back_property(
    session: Session, source: DataSource, prop: Property, target: DataSource
) -> Property:
    back_id = new_property_id({*target.schema, *source.schema, prop.id})
    config = {
        "data_source_id": source.id,
        "key": prop.config["key"],
        "side": "two" if prop.config["side"] == "one" else "one",
        "synced": prop.id,
    }
    title = plain_text(session.database(source.database_id).title) or "New database"
    name = _free_name(target, f"Related to {title} ({prop.name})")
    target.schema[back_id] = Property(back_id, name, "relation", config=config)
    if target.id != source.id:
        session.stamp(target)
        session.store.containers.put(target)
    return replace(prop, config={**prop.config, "synced": back_id})


def _free_name(target: DataSource, wanted: str) -> str:
    name, count = wanted, 1
    while find_by_name(target.schema, name):
        name, count = f"{wanted} {count}", count + 1
    return name


def _named(path: str, given: Json, role: str, source: DataSource, old: Json) -> Property:
    by_id, by_name = f"{role}_property_id", f"{role}_property_name"
    key: Any = given.get(by_id) or given.get(by_name) or old.get(role)
    if key is None:
        raise expected(f"{path}.{by_name}", "defined", UNDEFINED)
    found = find_property(source.schema, check_string(f"{path}.{by_name}", key))
    if found is None:
        raise no_such_property(key)
    return found


MAX_PROPERTIES = 500
MAX_BYTES = 50 * 1024
_PHASES = {"relation": 1, "rollup": 2, "formula": 3}


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

    def phase(item: tuple[str, Any]) -> int:
        body = item[1] if isinstance(item[1], dict) else {}
        return _PHASES.get(named_type(f"{path}.{item[0]}", body) or "", 0)

    for key, body in sorted(changes.items(), key=phase):
        _change(session, source, f"{path}.{key}", key=key, body=body)
    if len(source.schema) > MAX_PROPERTIES:
        raise expected(f"{path}.length", f"≤ `{MAX_PROPERTIES}`", len(source.schema))
    _check_size(encode_schema(session, source))


def encode_schema(session: Session, source: DataSource) -> Json:
    """Return the response's `properties` of a data source."""
    return {
        prop.name: {
            "id": encode_property_id(prop.id),
            "name": prop.name,
            "description": prop.description,
            "type": prop.type,
            prop.type: _encode_config(session, source, prop),
        }
        for prop in sorted_properties(source.schema)
    }


def _check_size(schema: Json) -> None:
    sizes = {name: len(dump(prop).encode()) for name, prop in schema.items()}
    if sum(sizes.values()) > MAX_BYTES:
        largest = max(sizes, key=lambda name: sizes[name])
        raise validation(
            f"The schema is larger than {MAX_BYTES} bytes. The largest property is {largest}."
        )


def _encode_config(session: Session, source: DataSource, prop: Property) -> Json:
    if prop.type == "relation":
        return encode_relation(session, prop)
    if prop.type == "rollup":
        return encode_rollup(session, source, prop)
    if prop.type == "formula":
        return {"expression": show_formula(source, prop.config["expression"])}
    return {key: value for key, value in prop.config.items() if key != "default"}


def _change(session: Session, source: DataSource, path: str, *, key: str, body: Any) -> None:
    current = find_property(source.schema, key)
    if body is None:
        _remove(session, source, key, current)
        return
    definition = check_object(path, body)
    check_definition(path, definition)
    kind = named_type(path, definition)
    if current is None:
        if kind is None:
            raise validation(f"{key} is not a property that exists.")
        fresh = Property(new_property_id(set(source.schema)), decode_name(path, key), kind)
        if kind == "title":
            if "title" in source.schema:
                raise validation("Cannot create a second title property.")
            fresh = replace(fresh, id="title")
        _define(session, source, path, fresh, definition)
        return
    name = decode_name(path, definition.get("name", current.name))
    if name != current.name and find_by_name(source.schema, name):
        raise validation(f"A property named {name} already exists.")
    description = decode_description(path, definition, current)
    current = replace(current, name=name, description=description)
    source.schema[current.id] = current
    if kind is not None:
        _define(session, source, path, current, definition)


def _remove(session: Session, source: DataSource, key: str, current: Property | None) -> None:
    if current is None:
        raise validation(f"{key} is not a property that exists.")
    if current.type == "title":
        raise validation("Title properties cannot be removed.")
    del source.schema[current.id]
    if current.type == "relation":
        release_relation(session, source, current)


def _define(session: Session, source: DataSource, path: str, prop: Property, body: Json) -> None:
    """Give a property, new or existing, the type and config that the request asks for."""
    kind = named_type(path, body) or prop.type
    before = source.schema.get(prop.id)
    if (prop.id == "title") != (kind == "title"):
        raise validation("Title properties cannot be converted, and there is only one.")
    given = config_body(path, kind, body)
    where = f"{path}.{kind}"
    if kind in LINKED_TYPES:
        define = define_relation if kind == "relation" else define_rollup
        # A self-relation adds its back-property to this very schema, so the name must be taken.
        source.schema.setdefault(prop.id, prop)
        made = define(session, source, prop, path=where, given=given)
    else:
        kept = prop.config if before and _shares_config(before.type, kind) else None
        config = DECODERS[kind](where, given, kept)
        if kind == "formula":
            config = {"expression": bind_formula(source, config["expression"])}
        made = replace(prop, type=kind, config=config)
    if before is None:
        made = replace(made, description=decode_description(path, body, None))
    source.schema[prop.id] = made
    if before is not None and before.type != kind:
        _retype(session, source, before, made)


def _shares_config(before: str, after: str) -> bool:
    with_options = ("select", "multi_select", "status")
    return before == after or (before in with_options and after in with_options)


def _retype(session: Session, source: DataSource, before: Property, after: Property) -> None:
    if before.type == "relation":
        release_relation(session, source, before)
    convert_values(session, source, before, after)


UNTITLED = "New database"
_CREATE = ("parent", "title", "description", "is_inline", "initial_data_source", "icon", "cover")
_UPDATE = (
    *("title", "description", "is_inline", "icon", "cover", "in_trash", "archived"),
    "is_locked",
)
_SOURCE_UPDATE = ("title", "icon", "properties", "in_trash", "archived")


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
