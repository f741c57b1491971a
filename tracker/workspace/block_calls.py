"""The block endpoints: a block read, changed, trashed; children listed and appended.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from tracker.workspace.block_types import DECODERS, decode_content
from tracker.workspace.blocks import (
    append_children,
    decode_position,
    encode_block,
    find_block,
    find_parent,
    touch_page,
    trash_block,
)
from tracker.workspace.checks import Json, check_keys, check_list
from tracker.workspace.cursors import list_answer, page_of
from tracker.workspace.databases import decode_trash, trash_database
from tracker.workspace.errors import ARCHIVED, UNDEFINED, expected, validation
from tracker.workspace.model import Block
from tracker.workspace.pages import trash_page
from tracker.workspace.session import Session


def read_block(session: Session, block_id: str) -> Json:
    """Return a block; a page or database shows as a block of its own id."""
    return encode_block(session, find_block(session, block_id))


def list_children(session: Session, parent_id: str, *, start: str | None, size: int) -> Json:
    """Return a page of the blocks below a page or block."""
    parent = find_parent(session, parent_id)
    blocks, cursor = page_of(session.store.blocks.children(parent.id), start, size)
    return list_answer([encode_block(session, block) for block in blocks], "block", cursor)


def add_children(session: Session, parent_id: str, body: Json) -> Json:
    """Append blocks; with a position, the following siblings are listed as well."""
    check_keys("body", body, ("children", "position", "after"))
    parent = find_parent(session, parent_id)
    children = check_list("body.children", body.get("children", UNDEFINED))
    if parent.in_trash:
        raise validation(ARCHIVED)
    session.require_live_parent(parent.parent_type, parent.parent_id)
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


def _replace_content(session: Session, block: Block, body: Json) -> None:
    if block.type not in DECODERS:
        raise expected(f"body.{block.type}", "not present", body[block.type])
    given = {**_known_parts(block), **body[block.type]}
    if not isinstance(body[block.type], dict):
        raise expected(f"body.{block.type}", "an object", body[block.type])
    block.content = decode_content(f"body.{block.type}", block.type, given)
    session.stamp(block)
    session.store.blocks.put(block)
    touch_page(session, block)


def _known_parts(block: Block) -> Json:
    """Return what a content update may leave out: all but the texts, which are given anew."""
    return {
        key: value
        for key, value in block.content.items()
        if key not in ("rich_text", "caption", "cells") and value is not None
    }


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
