"""Pages and rows with their values: make, show, change, trash.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON. `values` checks
a single value; this module applies those of a page to the row, its links and the schema.
"""

from __future__ import annotations

from typing import Any

from tracker.workspace.bodies import (
    append_markdown,
    decode_blocks,
    decode_trash,
    find_block,
    save_children,
    trash_block,
)
from tracker.workspace.model import TITLE, Block, Page, Property, find_property
from tracker.workspace.page_json import encode_page
from tracker.workspace.protocol import (
    ARCHIVED,
    UNDEFINED,
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_list,
    check_object,
    check_string,
    check_uuid,
    decode_cover,
    decode_icon,
    expected,
    new_id,
    not_found,
    validation,
)
from tracker.workspace.session import Session
from tracker.workspace.values import decode_value

_CREATE = ("parent", "properties", "icon", "cover", "children", "markdown")
_UPDATE = ("properties", "icon", "cover", "is_locked", "is_archived", "in_trash", "archived")
_PARENTS = ("page_id", "data_source_id", "database_id", "workspace")


def create_page(session: Session, body: Json) -> Json:
    """Make a page below a page, or a row of a data source, with its body."""
    check_keys("body", body, _CREATE)
    parent_type, parent_id = _decode_parent(session, body.get("parent", UNDEFINED))
    session.require_live_parent(parent_type, parent_id)
    now, actor = session.now, session.actor
    page = Page(new_id(), parent_type, parent_id, now, now, actor, actor)
    page.icon = decode_icon("body.icon", body.get("icon"))
    page.cover = decode_cover("body.cover", body.get("cover"))
    # A row without a status has the default one, as its column says.
    if parent_type == "data_source_id":
        for prop in session.data_source(parent_id).schema.values():
            if prop.type == "status" and prop.config["default"]:
                page.values[prop.id] = prop.config["default"]
    write_values(session, page, body.get("properties", {}))
    session.store.pages.insert(page)
    if parent_type == "page_id":
        args = (parent_type, parent_id, "child_page", now, now, actor, actor)
        position = session.store.blocks.next_position(parent_id)
        session.store.blocks.put(Block(page.id, *args, position))
    children, markdown = body.get("children"), body.get("markdown")
    if children is not None and markdown is not None:
        raise expected("body.markdown", "not present", markdown)
    if children is not None:
        save_children(session, page, decode_blocks(check_list("body.children", children)))
    if markdown is not None:
        append_markdown(session, page, check_string("body.markdown", markdown))
    return encode_page(session, page)


def update_page(session: Session, page_id: str, body: Json) -> Json:
    """Change any of properties, icon, cover, lock, archive and trash in one go."""
    check_keys("body", body, _UPDATE)
    page = session.page(page_id)
    trash = decode_trash(body)
    if body:
        session.require_live_parent(page.parent_type, page.parent_id)
    # One request may restore a page and edit it.
    if page.in_trash and body and trash is not False:
        raise validation(ARCHIVED)
    if trash is not None:
        trash_block(session, find_block(session, page.id), in_trash=trash)
        page.in_trash = trash
    if "icon" in body:
        page.icon = decode_icon("body.icon", body["icon"])
    if "cover" in body:
        page.cover = decode_cover("body.cover", body["cover"])
    for key in ("is_locked", "is_archived"):
        if key in body:
            setattr(page, key, check_bool(f"body.{key}", body[key]))
    if "properties" in body:
        write_values(session, page, body["properties"])
    if body:
        session.stamp(page)
        session.store.pages.update(page)
    return encode_page(session, page)


def write_values(session: Session, page: Page, given: Any) -> None:
    """Apply a page write's `properties` to a page, which the caller saves.

    Options that a write names for the first time join the schema.
    """
    changes = check_object("body.properties", given)
    source = session.data_source(page.parent_id) if page.parent_type == "data_source_id" else None
    for key, body in changes.items():
        prop = find_property(source.schema if source else {"title": TITLE}, key)
        if prop is None:
            raise validation(f"{key} is not a property that exists.")
        write = decode_value(prop, f"body.properties.{key}", body)
        # Links are kept apart from the row, once for both sides of a relation.
        if prop.type == "relation":
            _check_targets(session, prop, write.value)
            side = prop.config["side"]
            session.store.links.replace(prop.config["key"], side, page.id, write.value)
            continue
        if write.new_options and source is not None:
            session.store.containers.add_options(source, prop, write.new_options)
        page.values[prop.id] = write.value


def _check_targets(session: Session, prop: Property, page_ids: list[str]) -> None:
    found = {page.id: page for page in session.store.pages.get_many(page_ids)}
    for page_id in page_ids:
        page = found.get(page_id)
        if page is None:
            raise not_found("page", page_id)
        if page.parent_id != prop.config["data_source_id"]:
            raise validation(f"{prop.name}: page {page_id} is not in the related data source.")


def _decode_parent(session: Session, value: Any) -> tuple[str, str]:
    """Return the type and id of a parent that exists; a database counts as its data source."""
    given = check_object("body.parent", value)
    kind = given.get("type") or next((kind for kind in _PARENTS if kind in given), UNDEFINED)
    check_choice("body.parent.type", kind, _PARENTS)
    if kind == "workspace":
        return "workspace", "workspace"
    # Responses name a row's database beside its data source, and clients send that back.
    if kind == "database_id" and "data_source_id" in given:
        kind = "data_source_id"
    parent_id = check_uuid(f"body.parent.{kind}", given.get(kind, UNDEFINED))
    if kind == "page_id":
        return kind, session.page(parent_id).id
    if kind == "data_source_id":
        return kind, session.data_source(parent_id).id
    session.database(parent_id)
    sources = session.store.containers.data_sources_of(parent_id)
    if len(sources) != 1:
        raise validation("body.parent: a database with several data sources needs data_source_id.")
    return "data_source_id", sources[0].id
