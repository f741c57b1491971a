"""Definitions that reach into other properties: relations, rollups and formula references.

Must not know rows, except to drop the links of a relation that is gone.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from tracker.workspace.checks import Json, check_choice, check_object, check_string, check_uuid
from tracker.workspace.errors import UNDEFINED, expected, no_such_property, validation
from tracker.workspace.ids import (
    WORKSPACE_ID,
    decode_property_id,
    encode_property_id,
    new_id,
    new_property_id,
)
from tracker.workspace.model import DataSource, Property, find_by_name, find_property
from tracker.workspace.rich_text import plain_text
from tracker.workspace.rollups import FUNCTIONS
from tracker.workspace.session import Session

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
