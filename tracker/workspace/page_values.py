"""The property values of a page: how a write reaches the row, its links and the schema.

Must not know requests; `values` checks a single value, this module applies them all.
"""

from __future__ import annotations

from typing import Any

from tracker.workspace.checks import check_object
from tracker.workspace.errors import not_found, validation
from tracker.workspace.model import DataSource, Page, Property, find_property
from tracker.workspace.session import Session
from tracker.workspace.users import find_user
from tracker.workspace.values import Write, decode_value

_TITLE = Property("title", "title", "title")


def write_values(session: Session, page: Page, given: Any) -> None:
    """Apply a page write's `properties` to a page, which the caller saves.

    Options that a write names for the first time join the schema.
    """
    changes = check_object("body.properties", given)
    source = None
    if page.parent_type == "data_source_id":
        source = session.data_source(page.parent_id)
    schema = source.schema if source else {"title": _TITLE}
    for key, body in changes.items():
        prop = find_property(schema, key)
        if prop is None:
            raise validation(f"{key} is not a property that exists.")
        _store(session, source, page, prop, decode_value(prop, f"body.properties.{key}", body))


def fill_defaults(source: DataSource, page: Page) -> None:
    """Give a new row the default of each status column."""
    for prop in source.schema.values():
        if prop.type == "status" and prop.config["default"]:
            page.values[prop.id] = prop.config["default"]


def _store(
    session: Session, source: DataSource | None, page: Page, prop: Property, write: Write
) -> None:
    if prop.type == "relation":
        _check_targets(session, prop, write.value)
        key, side = prop.config["key"], prop.config["side"]
        session.store.links.replace(key, side, page.id, write.value)
        return
    if prop.type == "people":
        for user_id in write.value:
            find_user(user_id)
    if write.new_options and source is not None:
        session.store.containers.add_options(source, prop, write.new_options)
    page.values[prop.id] = write.value


def _check_targets(session: Session, prop: Property, page_ids: list[str]) -> None:
    target = prop.config["data_source_id"]
    found = {page.id: page for page in session.store.pages.get_many(page_ids)}
    for page_id in page_ids:
        page = found.get(page_id)
        if page is None:
            raise not_found("page", page_id)
        if page.parent_id != target:
            raise validation(f"{prop.name}: page {page_id} is not in the related data source.")
