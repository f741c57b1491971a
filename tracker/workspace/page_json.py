"""Page objects as responses show them, computed columns included.

Must not change anything. Links of all pages of an answer are fetched together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracker.workspace.checks import Json
from tracker.workspace.errors import no_such_property
from tracker.workspace.formulas import UNSUPPORTED, evaluate
from tracker.workspace.ids import encode_property_id, format_minute
from tracker.workspace.model import (
    DataSource,
    Page,
    Property,
    find_property,
    sorted_properties,
)
from tracker.workspace.rich_text import encode_runs, plain_text
from tracker.workspace.rollups import summarise_rollup
from tracker.workspace.session import Session, encode_user, reference
from tracker.workspace.values import encode_date

SHOWN_REFERENCES = 25
_NOT_IN_SLUG = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_SLUG = 80
_TITLE = Property("title", "title", "title")


@dataclass(frozen=True, slots=True)
class _Context:
    """What the values of one data source's pages are encoded with."""

    session: Session
    source: DataSource | None
    links: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    depth: int = 0


def encode_page(session: Session, page: Page, keys: Sequence[str] = ()) -> Json:
    """Return one page object; `keys` limits its properties to these names or ids."""
    source = session.data_source(page.parent_id) if page.parent_type == "data_source_id" else None
    return encode_pages(session, [page], read_wanted(source, keys))[0]


def encode_pages(
    session: Session, pages: Sequence[Page], wanted: Collection[str] | None = None
) -> list[Json]:
    """Return page objects in the given order."""
    by_source: dict[str, list[Page]] = {}
    for page in pages:
        by_source.setdefault(page.parent_id, []).append(page)
    encoded: dict[str, Json] = {}
    for group in by_source.values():
        parent_type, parent_id = group[0].parent_type, group[0].parent_id
        source = None
        if parent_type == "data_source_id":
            source = session.data_source(parent_id)
        properties = _wanted(source, wanted)
        context = _Context(session, source, fetch_links(session, properties, group))
        parent = encode_parent(session, parent_type, parent_id)
        below_trash = session.is_trashed(parent_type, parent_id)
        for page in group:
            values = {p.name: encode_value(context, p, page) for p in properties}
            encoded[page.id] = _page_object(session, page, parent, values, below_trash)
    return [encoded[page.id] for page in pages]


def encode_parent(session: Session, parent_type: str, parent_id: str) -> Json:
    """Return a parent object; a row names its data source and its database."""
    if parent_type == "workspace":
        return {"type": "workspace", "workspace": True}
    parent: Json = {"type": parent_type, parent_type: parent_id}
    if parent_type == "data_source_id":
        parent["database_id"] = session.data_source(parent_id).database_id
    return parent


def read_wanted(source: DataSource | None, keys: Sequence[str]) -> set[str] | None:
    """Return the raw ids that `filter_properties` names, None when it is absent."""
    if not keys:
        return None
    schema = source.schema if source else {"title": _TITLE}
    found: set[str] = set()
    for key in keys:
        prop = find_property(schema, key)
        if prop is None:
            raise no_such_property(key)
        found.add(prop.id)
    return found


def page_url(session: Session, title: str, object_id: str) -> str:
    """Return the address of a page: a slug of its title and its id."""
    slug = _NOT_IN_SLUG.sub("-", title)[:_LONGEST_SLUG].strip("-")
    digits = object_id.replace("-", "")
    return f"{session.base_url}p/{slug}-{digits}" if slug else f"{session.base_url}p/{digits}"


def page_title(page: Page) -> str:
    """Return the plain title of a page."""
    return plain_text(page.values.get("title", []))


def fetch_links(
    session: Session, properties: Sequence[Property], pages: Sequence[Page]
) -> dict[str, dict[str, list[str]]]:
    """Return property id → page id → linked ids, for all relations among the properties."""
    ids = [page.id for page in pages]
    return {
        prop.id: session.store.links.of(prop.config["key"], prop.config["side"], ids)
        for prop in properties
        if prop.type == "relation"
    }


def encode_value(context: _Context, prop: Property, page: Page) -> Json:
    """Return one entry of a page's `properties`."""
    shown: Json = {"id": encode_property_id(prop.id), "type": prop.type}
    encode = _ENCODERS.get(prop.type)
    if encode is not None:
        shown[prop.type] = encode(prop, page.values.get(prop.id))
    elif prop.type == "relation":
        linked = linked_ids(context, prop, page)
        shown["relation"] = [{"id": item} for item in linked[:SHOWN_REFERENCES]]
        shown["has_more"] = len(linked) > SHOWN_REFERENCES
    elif prop.type == "formula":
        shown["formula"] = _formula(context, prop, page)
    elif prop.type == "rollup":
        shown["rollup"] = _rollup(context, prop, page)
    else:
        shown[prop.type] = _FROM_PAGE[prop.type](prop, page)
    return shown


def value_context(session: Session, source: DataSource | None, depth: int = 0) -> _Context:
    """Return a context that fetches links page by page, for single values."""
    return _Context(session, source, {}, depth)


def linked_ids(context: _Context, prop: Property, page: Page) -> list[str]:
    """Return the ids a relation of a page holds, without limit."""
    if prop.id in context.links:
        return context.links[prop.id].get(page.id, [])
    links = context.session.store.links
    return links.of(prop.config["key"], prop.config["side"], [page.id]).get(page.id, [])


def _page_object(
    session: Session,
    page: Page,
    parent: Json,
    values: Json,
    below_trash: bool,  # noqa: FBT001
) -> Json:
    return {
        "object": "page",
        "id": page.id,
        "created_time": format_minute(page.created),
        "last_edited_time": format_minute(page.edited),
        "created_by": reference(page.created_by),
        "last_edited_by": reference(page.edited_by),
        "cover": page.cover,
        "icon": page.icon,
        "parent": parent,
        "in_trash": page.in_trash or below_trash,
        "is_archived": page.is_archived,
        "is_locked": page.is_locked,
        "properties": values,
        "url": page_url(session, page_title(page), page.id),
        "public_url": None,
    }


def _wanted(source: DataSource | None, wanted: Collection[str] | None) -> list[Property]:
    properties = sorted_properties(source.schema) if source else [_TITLE]
    if wanted is None:
        return properties
    return [prop for prop in properties if prop.id in wanted]


def _encode_text(prop: Property, value: Any) -> list[Json]:
    del prop
    return encode_runs(value or [])


def _encode_plain(prop: Property, value: Any) -> Any:
    del prop
    return value


def _encode_option(prop: Property, value: Any) -> Json | None:
    option = prop.config["options"].find(option_id=value) if value else None
    return option and {key: option[key] for key in ("id", "name", "color")}


def _encode_status(prop: Property, value: Any) -> Json | None:
    return _encode_option(prop, value) or _encode_option(prop, prop.config["default"])


def _encode_options(prop: Property, value: Any) -> list[Json]:
    shown = [_encode_option(prop, item) for item in value or []]
    return [option for option in shown if option]


_ENCODERS: dict[str, Callable[[Property, Any], Any]] = {
    "title": _encode_text,
    "rich_text": _encode_text,
    "number": _encode_plain,
    "url": _encode_plain,
    "email": _encode_plain,
    "phone_number": _encode_plain,
    "place": _encode_plain,
    "checkbox": lambda _, value: bool(value),
    "select": _encode_option,
    "status": _encode_status,
    "multi_select": _encode_options,
    "date": lambda _, value: encode_date(value) if value else None,
    "people": lambda _, value: [encode_user(item) for item in value or []],
    "files": lambda _, value: value or [],
    "button": lambda *_: {},
}
_FROM_PAGE: dict[str, Callable[[Property, Page], Any]] = {
    "created_time": lambda _, page: format_minute(page.created),
    "last_edited_time": lambda _, page: format_minute(page.edited),
    "created_by": lambda _, page: encode_user(page.created_by),
    "last_edited_by": lambda _, page: encode_user(page.edited_by),
    "unique_id": lambda prop, page: {"prefix": prop.config["prefix"], "number": page.number},
}
_DEEPEST = 4
_PLAIN_CONTENT: dict[str, Callable[[Any], Any]] = {
    "title": lambda runs: "".join(run["plain_text"] for run in runs),
    "rich_text": lambda runs: "".join(run["plain_text"] for run in runs),
    "select": lambda option: option and option["name"],
    "status": lambda option: option and option["name"],
    "multi_select": lambda options: [option["name"] for option in options],
    "formula": lambda inner: inner.get(inner["type"]),
    "rollup": lambda inner: inner.get(inner["type"]),
    "unique_id": lambda inner: inner["number"],
}


def _formula(context: _Context, prop: Property, page: Page) -> Json:
    if context.depth > _DEEPEST:
        return UNSUPPORTED
    deeper = _Context(context.session, context.source, context.links, context.depth + 1)

    def value_of(property_id: str) -> Any:
        other = context.source.schema.get(property_id) if context.source else None
        if other is None:
            return None
        content = encode_value(deeper, other, page)[other.type]
        return _PLAIN_CONTENT.get(other.type, lambda value: value)(content)

    return evaluate(prop.config["expression"], value_of)


def _rollup(context: _Context, prop: Property, page: Page) -> Json:
    function = prop.config["function"]
    relation = context.source.schema.get(prop.config["relation"]) if context.source else None
    if relation is None or relation.type != "relation" or context.depth > _DEEPEST:
        return summarise_rollup(function, [])
    store = context.session.store
    target = store.containers.data_source(relation.config["data_source_id"])
    rolled = target.schema.get(prop.config["rollup"]) if target else None
    if rolled is None:
        return summarise_rollup(function, [])
    inner = value_context(context.session, target, context.depth + 1)
    related = store.pages.get_many(linked_ids(context, relation, page))
    return summarise_rollup(function, [encode_value(inner, rolled, other) for other in related])
