"""Pages and rows: make, show, change, trash, move.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.workspace.blocks import append_children, decode_position, erase_children, make_room
from tracker.workspace.checks import (
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_list,
    check_object,
    check_string,
    check_uuid,
)
from tracker.workspace.databases import decode_trash
from tracker.workspace.errors import ARCHIVED, UNDEFINED, expected, validation
from tracker.workspace.icons import decode_cover, decode_icon
from tracker.workspace.ids import new_id
from tracker.workspace.markdown_pages import append_markdown
from tracker.workspace.model import Block, DataSource, Page
from tracker.workspace.page_json import encode_page
from tracker.workspace.page_values import fill_defaults, write_values
from tracker.workspace.session import Session

_CREATE = (
    *("parent", "properties", "icon", "cover", "children", "content", "markdown"),
    *("allow_async", "template", "position"),
)
_UPDATE = (
    *("properties", "icon", "cover", "is_locked", "template", "erase_content", "in_trash"),
    *("is_archived", "archived"),
)
PARENTS = ("page_id", "data_source_id", "database_id", "workspace")


def create_page(session: Session, body: Json, keys: Sequence[str] = ()) -> Json:
    """Make a page below a page, or a row of a data source, with its body."""
    check_keys("body", body, _CREATE)
    parent_type, parent_id = decode_parent(session, "body.parent", body.get("parent", UNDEFINED))
    session.require_live_parent(parent_type, parent_id)
    page = _new_page(session, parent_type, parent_id)
    page.icon = decode_icon("body.icon", body.get("icon"))
    page.cover = decode_cover("body.cover", body.get("cover"))
    source = _source_of(session, page)
    if source is not None:
        page.number = session.store.containers.next_number(source.id)
        fill_defaults(source, page)
    write_values(session, page, body.get("properties", {}))
    session.store.pages.insert(page)
    if parent_type == "page_id":
        _add_block(session, page, _decode_position(body.get("position")))
    _add_body(session, page, body)
    return encode_page(session, page, keys)


def update_page(session: Session, page_id: str, body: Json, keys: Sequence[str] = ()) -> Json:
    """Change any of properties, icon, cover, lock, archive and trash in one go."""
    check_keys("body", body, _UPDATE)
    page = session.page(page_id)
    trash = decode_trash(body)
    if body:
        session.require_live_parent(page.parent_type, page.parent_id)
    if page.in_trash and body and trash is not False:
        raise validation(ARCHIVED)
    if trash is not None:
        trash_page(session, page, in_trash=trash)
    _apply(session, page, body)
    if "properties" in body:
        write_values(session, page, body["properties"])
    if body:
        session.stamp(page)
        session.store.pages.update(page)
    return encode_page(session, page, keys)


def trash_page(session: Session, page: Page, *, in_trash: bool) -> None:
    """Move a page to the trash or back; the caller saves the page."""
    if in_trash and page.in_trash:
        raise validation(ARCHIVED)
    page.in_trash = in_trash
    block = session.store.blocks.get(page.id)
    if block is not None:
        block.in_trash = in_trash
        session.store.blocks.put(block)


def move_page(session: Session, page_id: str, body: Json) -> Json:
    """Give a page another parent; values of columns that are missing there stay, unseen."""
    check_keys("body", body, ("parent", "position"))
    page = session.page(page_id)
    parent = decode_parent(session, "body.parent", body.get("parent", UNDEFINED))
    if page.in_trash:
        raise validation(ARCHIVED)
    session.require_live_parent(*parent)
    session.require_not_below(*parent, page.id)
    page.parent_type, page.parent_id = parent
    if page.parent_type == "data_source_id":
        page.number = session.store.containers.next_number(page.parent_id)
    session.stamp(page)
    session.store.pages.update(page)
    block = session.store.blocks.get(page.id)
    if page.parent_type == "page_id":
        _add_block(session, page)
    elif block is not None:
        block.parent_type, block.parent_id = parent
        session.store.blocks.put(block)
    return encode_page(session, page)


def decode_parent(session: Session, path: str, value: Any) -> tuple[str, str]:
    """Return the type and id of a parent that exists; a database counts as its data source."""
    given = check_object(path, value)
    kind = given.get("type") or next((kind for kind in PARENTS if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, PARENTS)
    if kind == "workspace":
        return "workspace", "workspace"
    if kind == "database_id" and "data_source_id" in given:
        kind = "data_source_id"
    parent_id = check_uuid(f"{path}.{kind}", given.get(kind, UNDEFINED))
    if kind == "page_id":
        session.page(parent_id)
        return kind, parent_id
    if kind == "data_source_id":
        return kind, session.data_source(parent_id).id
    session.database(parent_id)
    sources = session.store.containers.data_sources_of(parent_id)
    if len(sources) != 1:
        raise validation(f"{path}: a database with several data sources needs data_source_id.")
    return "data_source_id", sources[0].id


def _new_page(session: Session, parent_type: str, parent_id: str) -> Page:
    now, actor = session.now, session.actor
    return Page(new_id(), parent_type, parent_id, now, now, actor, actor)


def _source_of(session: Session, page: Page) -> DataSource | None:
    if page.parent_type != "data_source_id":
        return None
    return session.data_source(page.parent_id)


def _apply(session: Session, page: Page, body: Json) -> None:
    if "icon" in body:
        page.icon = decode_icon("body.icon", body["icon"])
    if "cover" in body:
        page.cover = decode_cover("body.cover", body["cover"])
    for key in ("is_locked", "is_archived"):
        if key in body:
            setattr(page, key, check_bool(f"body.{key}", body[key]))
    if body.get("erase_content"):
        check_bool("body.erase_content", body["erase_content"])
        erase_children(session, page.id)


def _add_body(session: Session, page: Page, body: Json) -> None:
    children = body.get("children", body.get("content"))
    markdown = body.get("markdown")
    if children is not None and markdown is not None:
        raise expected("body.markdown", "not present", markdown)
    if children is not None:
        append_children(session, page, check_list("body.children", children))
    if markdown is not None:
        append_markdown(session, page, check_string("body.markdown", markdown))


def _decode_position(value: Any) -> Json | None:
    """Return where a new page stands among the blocks of its parent."""
    if value is None:
        return None
    given = check_object("body.position", value)
    kinds = ("page_start", "page_end", "after_block")
    kind = check_choice("body.position.type", given.get("type", UNDEFINED), kinds)
    return decode_position({"position": {**given, "type": kind.removeprefix("page_")}})


def _add_block(session: Session, page: Page, position: Json | None = None) -> None:
    block = Block(
        page.id,
        "page_id",
        page.parent_id,
        "child_page",
        page.created,
        page.edited,
        page.created_by,
        page.edited_by,
        make_room(session, page.parent_id, position, 1),
    )
    session.store.blocks.put(block)
