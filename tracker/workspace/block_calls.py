"""The block endpoints: a block read, changed, trashed; children listed and appended.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from tracker.workspace.block_types import DECODERS, decode_change
from tracker.workspace.blocks import (
    ROW_WIDTH,
    append_children,
    decode_position,
    encode_block,
    find_block,
    find_parent,
    touch_page,
    trash_block,
)
from tracker.workspace.checks import Json, check_keys, check_list, check_object
from tracker.workspace.cursors import list_answer, page_of
from tracker.workspace.databases import decode_trash, trash_database
from tracker.workspace.errors import ARCHIVED, UNDEFINED, expected, validation
from tracker.workspace.model import Block, Page
from tracker.workspace.pages import trash_page
from tracker.workspace.session import Session

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
