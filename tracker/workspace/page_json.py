"""Page objects and property items as responses show them.

Must not change anything. Links of all pages of an answer are fetched together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from tracker.workspace.model import (
    TITLE,
    DataSource,
    Page,
    Property,
    find_property,
    sorted_properties,
)
from tracker.workspace.protocol import (
    Json,
    encode_property_id,
    encode_runs,
    format_minute,
    list_answer,
    no_such_property,
    page_of,
    plain_text,
)
from tracker.workspace.session import Session, reference
from tracker.workspace.values import encode_date

SHOWN_REFERENCES = 25
_NOT_IN_SLUG = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_SLUG = 80

Links = dict[str, dict[str, list[str]]]
"""Property id → page id → linked ids."""


def encode_page(session: Session, page: Page) -> Json:
    """Return one page object."""
    return encode_pages(session, [page])[0]


def encode_pages(
    session: Session, pages: Sequence[Page], only: Collection[str] | None = None
) -> list[Json]:
    """Return page objects in the given order, with all properties or those of the raw ids `only`."""
    by_parent: dict[str, list[Page]] = {}
    for page in pages:
        by_parent.setdefault(page.parent_id, []).append(page)
    encoded: dict[str, Json] = {}
    for group in by_parent.values():
        source = _source_of(session, group[0])
        properties = sorted_properties(source.schema) if source else [TITLE]
        if only is not None:
            properties = [prop for prop in properties if prop.id in only]
        links = fetch_links(session, properties, group)
        parent_type, parent_id = group[0].parent_type, group[0].parent_id
        parent = encode_parent(session, parent_type, parent_id)
        # Notion counts what is above: a row of a trashed database reads as trashed.
        below_trash = session.is_trashed(parent_type, parent_id)
        for page in group:
            encoded[page.id] = {
                "object": "page",
                "id": page.id,
                # Notion floors both times to the minute; they are no version numbers.
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
                "properties": {prop.name: _encode_value(prop, page, links) for prop in properties},
                "url": page_url(session, page_title(page), page.id),
                "public_url": None,
            }
    return [encoded[page.id] for page in pages]


def read_property(session: Session, page: Page, key: str, *, start: str | None, size: int) -> Json:
    """Return a page's value as one property item or as a page of items, without any cut."""
    source = _source_of(session, page)
    prop = find_property(source.schema if source else {"title": TITLE}, key)
    if prop is None:
        raise no_such_property(key)
    spelled = encode_property_id(prop.id)
    links = fetch_links(session, [prop], [page])
    value = _encode_value(prop, page, links)[prop.type]
    if prop.type == "relation":
        value = [{"id": linked} for linked in links[prop.id].get(page.id, [])]
    item = {"object": "property_item", "type": prop.type, "id": spelled}
    # Texts and relations come as lists, one item a run or a link; all else as one item.
    if prop.type not in ("title", "rich_text", "relation"):
        return {**item, prop.type: value}
    shown, cursor = page_of(value, start, size)
    answer = list_answer([{**item, prop.type: part} for part in shown], "property_item", cursor)
    next_url = f"{session.base_url}v1/pages/{page.id}/properties/{spelled}?start_cursor={cursor}"
    answer["property_item"] = {
        "id": spelled,
        "next_url": next_url if cursor is not None else None,
        "type": prop.type,
        prop.type: {},
    }
    return answer


def encode_parent(session: Session, parent_type: str, parent_id: str) -> Json:
    """Return a parent object; a row names its data source and its database."""
    if parent_type == "workspace":
        return {"type": "workspace", "workspace": True}
    parent: Json = {"type": parent_type, parent_type: parent_id}
    if parent_type == "data_source_id":
        parent["database_id"] = session.data_source(parent_id).database_id
    return parent


def page_url(session: Session, title: str, object_id: str) -> str:
    """Return the address of a page: a slug of its title and its id."""
    # As in Notion the address changes with the title: only the id at its end counts.
    slug = _NOT_IN_SLUG.sub("-", title)[:_LONGEST_SLUG].strip("-")
    digits = object_id.replace("-", "")
    return f"{session.base_url}p/{slug}-{digits}" if slug else f"{session.base_url}p/{digits}"


def page_title(page: Page) -> str:
    """Return the plain title of a page."""
    return plain_text(page.values.get("title", []))


def fetch_links(session: Session, properties: Sequence[Property], pages: Sequence[Page]) -> Links:
    """Return what pages link to, for all relations among the properties."""
    ids = [page.id for page in pages]
    return {
        prop.id: session.store.links.of(prop.config["key"], prop.config["side"], ids)
        for prop in properties
        if prop.type == "relation"
    }


def linked_ids(session: Session, prop: Property, page: Page) -> list[str]:
    """Return all ids that a relation of a page holds, also those that a response cuts off."""
    return fetch_links(session, [prop], [page])[prop.id].get(page.id, [])


def _source_of(session: Session, page: Page) -> DataSource | None:
    return session.data_source(page.parent_id) if page.parent_type == "data_source_id" else None


def _encode_value(prop: Property, page: Page, links: Links) -> Json:
    """Return one entry of a page's `properties`."""
    shown: Json = {"id": encode_property_id(prop.id), "type": prop.type}
    if prop.type == "relation":
        # Notion cuts a relation at 25 and says so; the rest comes by the property endpoint.
        linked = links[prop.id].get(page.id, [])
        shown["relation"] = [{"id": item} for item in linked[:SHOWN_REFERENCES]]
        shown["has_more"] = len(linked) > SHOWN_REFERENCES
    elif prop.type == "created_time":
        shown["created_time"] = format_minute(page.created)
    elif prop.type == "last_edited_time":
        shown["last_edited_time"] = format_minute(page.edited)
    else:
        shown[prop.type] = _ENCODERS[prop.type](prop, page.values.get(prop.id))
    return shown


def _encode_option(prop: Property, value: Any) -> Json | None:
    option = prop.config["options"].find(option_id=value) if value else None
    return option and {key: option[key] for key in ("id", "name", "color")}


# A row keeps option ids: an option that the schema lost vanishes here from all rows at once.
_ENCODERS: dict[str, Callable[[Property, Any], Any]] = {
    "title": lambda _, value: encode_runs(value or []),
    "rich_text": lambda _, value: encode_runs(value or []),
    "number": lambda _, value: value,
    "url": lambda _, value: value,
    "checkbox": lambda _, value: bool(value),
    "select": _encode_option,
    "status": lambda prop, value: (
        _encode_option(prop, value) or _encode_option(prop, prop.config["default"])
    ),
    "multi_select": lambda prop, value: [
        shown for item in value or [] if (shown := _encode_option(prop, item))
    ],
    "date": lambda _, value: encode_date(value) if value else None,
}
