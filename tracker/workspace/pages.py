"""Pages and rows with their values, and the block endpoints.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.workspace.blocks import (
    DECODERS,
    ROW_WIDTH,
    append_children,
    decode_change,
    decode_position,
    encode_block,
    erase_children,
    find_block,
    find_parent,
    make_room,
    touch_page,
    trash_block,
)
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
from tracker.workspace.cursors import list_answer, page_of
from tracker.workspace.databases import decode_trash, trash_database
from tracker.workspace.errors import ARCHIVED, UNDEFINED, expected, not_found, validation
from tracker.workspace.ids import new_id
from tracker.workspace.markdown_pages import append_markdown
from tracker.workspace.model import Block, DataSource, Page, Property, find_property
from tracker.workspace.page_json import encode_page
from tracker.workspace.rich_text import decode_cover, decode_icon
from tracker.workspace.session import Session, find_user
from tracker.workspace.values import Write, decode_value

_CREATE = (
    *("parent", "properties", "icon", "cover", "children", "content", "markdown"),
    "position",
)
_UPDATE = (
    *("properties", "icon", "cover", "is_locked", "erase_content", "in_trash"),
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


MOST_LEVELS = 100


def read_block(session: Session, block_id: str) -> Json:
    """Return a block; a page or database shows as a block of its own id."""
    return encode_block(session, find_block(session, block_id))


def list_children(session: Session, parent_id: str, *, start: str | None, size: int) -> Json:
    """Return a page of the blocks below a page or block."""
    parent = find_parent(session, parent_id)
    blocks, cursor = page_of(session.store.blocks.children(parent.id), start, size)
    below_trash = parent.in_trash or session.is_trashed(parent.parent_type, parent.parent_id)
    shown = [encode_block(session, block, below_trash=below_trash) for block in blocks]
    return list_answer(shown, "block", cursor)


def add_children(session: Session, parent_id: str, body: Json) -> Json:
    """Append blocks; with a position, the following siblings are listed as well."""
    check_keys("body", body, ("children", "position", "after"))
    parent = find_parent(session, parent_id)
    children = check_list("body.children", body.get("children", UNDEFINED))
    if parent.in_trash:
        raise validation(ARCHIVED)
    session.require_live_parent(parent.parent_type, parent.parent_id)
    _require_room_below(session, parent)
    position = decode_position(body)
    new = append_children(session, parent, children, position=position)
    touch_page(session, parent)
    shown = new
    if position is not None and new:
        siblings = session.store.blocks.children(parent.id)
        shown = [block for block in siblings if block.position >= new[0].position]
    return list_answer([encode_block(session, block) for block in shown], "block")


def update_block(session: Session, block_id: str, body: Json) -> Json:
    """Replace a block's content, trash it or restore it."""
    block = find_block(session, block_id)
    check_keys("body", body, ("object", "type", "in_trash", "archived", block.type))
    trash = decode_trash(body)
    session.require_live_parent(block.parent_type, block.parent_id)
    if block.in_trash and trash is not False:
        raise validation(ARCHIVED)
    if trash is not None:
        _set_trashed(session, block, in_trash=trash)
    if block.type in body:
        _replace_content(session, block, body)
    return encode_block(session, find_block(session, block_id))


def delete_block(session: Session, block_id: str) -> Json:
    """Move a block, page or database to the trash."""
    block = find_block(session, block_id)
    if block.in_trash:
        raise validation(ARCHIVED)
    session.require_live_parent(block.parent_type, block.parent_id)
    _set_trashed(session, block, in_trash=True)
    return encode_block(session, find_block(session, block_id))


def _require_room_below(session: Session, parent: Page | Block) -> None:
    """Refuse blocks so far below a page that whatever reads its body would come to its end."""
    above: Page | Block | None = parent
    for _ in range(MOST_LEVELS):
        if not isinstance(above, Block) or above.parent_type != "block_id":
            return
        above = session.store.blocks.get(above.parent_id)
    raise validation(f"Blocks can stand at most {MOST_LEVELS} levels below their page.")


def _replace_content(session: Session, block: Block, body: Json) -> None:
    path = f"body.{block.type}"
    if block.type not in DECODERS:
        raise expected(path, "not present", body[block.type])
    given = check_object(path, body[block.type])
    block.content = decode_change(path, block.type, given, block.content)
    _check_width(session, block)
    session.stamp(block)
    session.store.blocks.put(block)
    touch_page(session, block)


def _check_width(session: Session, block: Block) -> None:
    """Refuse a row that no longer fits its table."""
    table = session.store.blocks.get(block.parent_id) if block.type == "table_row" else None
    if table is not None and len(block.content["cells"]) != table.content["table_width"]:
        raise validation(ROW_WIDTH)


def _set_trashed(session: Session, block: Block, *, in_trash: bool) -> None:
    database = session.store.containers.database(block.id)
    page = session.store.pages.get(block.id)
    if database is not None:
        trash_database(session, database, in_trash=in_trash)
    elif page is not None:
        trash_page(session, page, in_trash=in_trash)
        session.stamp(page)
        session.store.pages.update(page)
    else:
        trash_block(session, block, in_trash=in_trash)
        touch_page(session, block)
