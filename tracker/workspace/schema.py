"""Changes to the schema of a data source, and how responses show it.

Must not touch rows, except to convert the values of a property that changes its type.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tracker.workspace.checks import Json, check_object
from tracker.workspace.connection import dump
from tracker.workspace.conversions import convert_values
from tracker.workspace.errors import UNDEFINED, expected, validation
from tracker.workspace.ids import encode_property_id, new_property_id
from tracker.workspace.model import (
    DataSource,
    Property,
    find_by_name,
    find_property,
    sorted_properties,
)
from tracker.workspace.property_types import (
    DECODERS,
    LINKED_TYPES,
    check_definition,
    config_body,
    decode_description,
    decode_name,
    named_type,
)
from tracker.workspace.relations import (
    bind_formula,
    define_relation,
    define_rollup,
    encode_relation,
    encode_rollup,
    release_relation,
    show_formula,
)
from tracker.workspace.session import Session

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
