"""The property-item endpoint: one value in full, paginated where it is a list.

Must not change anything.
"""

from __future__ import annotations

from typing import Any

from tracker.workspace.checks import Json
from tracker.workspace.cursors import list_answer, page_of
from tracker.workspace.errors import no_such_property
from tracker.workspace.ids import encode_property_id
from tracker.workspace.model import DataSource, Page, Property, find_property
from tracker.workspace.page_json import encode_value, linked_ids, value_context
from tracker.workspace.session import Session

_LISTED = ("title", "rich_text", "relation", "people")
_TITLE = Property("title", "title", "title")


def read_property(session: Session, page: Page, key: str, *, start: str | None, size: int) -> Json:
    """Return a page's value as one property item or as a page of items."""
    source = session.data_source(page.parent_id) if page.parent_type == "data_source_id" else None
    prop = find_property(source.schema if source else {"title": _TITLE}, key)
    if prop is None:
        raise no_such_property(key)
    spelled = encode_property_id(prop.id)
    if prop.type == "rollup":
        return _rollup(session, source, page, prop)
    if prop.type not in _LISTED:
        value = encode_value(value_context(session, source), prop, page)[prop.type]
        return _item(prop, spelled, value)
    shown, cursor = page_of(_elements(session, source, page, prop), start, size)
    answer = list_answer([_item(prop, spelled, x) for x in shown], "property_item", cursor)
    next_url = None
    if cursor is not None:
        next_url = (
            f"{session.base_url}v1/pages/{page.id}/properties/{spelled}?start_cursor={cursor}"
        )
    answer["property_item"] = {
        "id": spelled,
        "next_url": next_url,
        "type": prop.type,
        prop.type: {},
    }
    return answer


def _elements(session: Session, source: DataSource | None, page: Page, prop: Property) -> list[Any]:
    context = value_context(session, source)
    if prop.type == "relation":
        return [{"id": linked} for linked in linked_ids(context, prop, page)]
    elements: list[Any] = encode_value(context, prop, page)[prop.type]
    return elements


def _item(prop: Property, spelled: str, value: Any) -> Json:
    return {"object": "property_item", "type": prop.type, "id": spelled, prop.type: value}


def _rollup(session: Session, source: DataSource | None, page: Page, prop: Property) -> Json:
    """Return a rollup: its sum stands in the metadata, its elements are not listed."""
    value = encode_value(value_context(session, source), prop, page)["rollup"]
    answer = list_answer([], "property_item")
    answer["property_item"] = {
        "id": encode_property_id(prop.id),
        "next_url": None,
        "type": "rollup",
        "rollup": value,
    }
    return answer
