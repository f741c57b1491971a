"""Blocks: the body of pages, read, appended, changed and trashed.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tracker.workspace.checks import (
    MAX_ITEMS,
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_list,
    check_object,
    check_string,
    check_uuid,
)
from tracker.workspace.errors import ARCHIVED, UNDEFINED, expected, not_found, validation
from tracker.workspace.ids import format_minute, new_id
from tracker.workspace.model import Block, Page
from tracker.workspace.page_json import encode_parent, page_title
from tracker.workspace.rich_text import (
    BLOCK_COLORS,
    decode_icon,
    decode_runs,
    encode_runs,
    plain_text,
)
from tracker.workspace.session import Session, reference, split_parent

_LONGEST_URL = 2000
_LONGEST_EQUATION = 1000

Decoder = Callable[[str, Json], Json]


def _text(path: str, given: Json) -> Json:
    runs = decode_runs(f"{path}.rich_text", given.get("rich_text", UNDEFINED))
    return {"rich_text": runs, **_color(path, given)}


def _color(path: str, given: Json) -> Json:
    color = given.get("color") or "default"
    return {"color": check_choice(f"{path}.color", color, BLOCK_COLORS)}


def _paragraph(path: str, given: Json) -> Json:
    text = _text(path, given)
    icon = decode_icon(f"{path}.icon", given.get("icon"))
    return {"rich_text": text["rich_text"], "icon": icon, "color": text["color"]}


def _heading(path: str, given: Json) -> Json:
    text = _text(path, given)
    toggles = check_bool(f"{path}.is_toggleable", given.get("is_toggleable", False))
    return {"rich_text": text["rich_text"], "is_toggleable": toggles, "color": text["color"]}


def _to_do(path: str, given: Json) -> Json:
    text = _text(path, given)
    checked = check_bool(f"{path}.checked", given.get("checked", False))
    return {"rich_text": text["rich_text"], "checked": checked, "color": text["color"]}


def _code(path: str, given: Json) -> Json:
    return {
        "caption": decode_runs(f"{path}.caption", given.get("caption", [])),
        "rich_text": decode_runs(f"{path}.rich_text", given.get("rich_text", UNDEFINED)),
        "language": check_string(f"{path}.language", given.get("language", "plain text")),
    }


def _equation(path: str, given: Json) -> Json:
    text = given.get("expression", UNDEFINED)
    return {"expression": check_string(f"{path}.expression", text, longest=_LONGEST_EQUATION)}


def _link(path: str, given: Json) -> Json:
    url = check_string(f"{path}.url", given.get("url", UNDEFINED), longest=_LONGEST_URL)
    return {"caption": decode_runs(f"{path}.caption", given.get("caption", [])), "url": url}


def _media(path: str, given: Json) -> Json:
    kinds = ("external", "file_upload", "file")
    kind = given.get("type") or next((kind for kind in kinds if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, kinds)
    inner = check_object(f"{path}.{kind}", given.get(kind, UNDEFINED))
    if kind == "file_upload":
        inner = {"id": check_uuid(f"{path}.{kind}.id", inner.get("id", UNDEFINED))}
    else:
        url = check_string(f"{path}.{kind}.url", inner.get("url", UNDEFINED), longest=_LONGEST_URL)
        inner = {"url": url}
    caption = decode_runs(f"{path}.caption", given.get("caption", []))
    return {"caption": caption, "type": kind, kind: inner}


def _table(path: str, given: Json) -> Json:
    width = given.get("table_width", UNDEFINED)
    if isinstance(width, bool) or not isinstance(width, int) or width < 1:
        raise expected(f"{path}.table_width", "a number ≥ `1`", width)
    flags = ("has_column_header", "has_row_header")
    return {
        "table_width": width,
        **{flag: check_bool(f"{path}.{flag}", given.get(flag, False)) for flag in flags},
    }


def _table_row(path: str, given: Json) -> Json:
    cells = check_list(f"{path}.cells", given.get("cells", UNDEFINED))
    return {"cells": [decode_runs(f"{path}.cells[{i}]", cell) for i, cell in enumerate(cells)]}


def _column(path: str, given: Json) -> Json:
    ratio = given.get("width_ratio")
    if ratio is None:
        return {}
    if isinstance(ratio, bool) or not isinstance(ratio, int | float):
        raise expected(f"{path}.width_ratio", "a number", ratio)
    return {"width_ratio": ratio}


def _link_to_page(path: str, given: Json) -> Json:
    kinds = ("page_id", "database_id", "comment_id")
    kind = given.get("type") or next((kind for kind in kinds if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, kinds)
    return {"type": kind, kind: check_uuid(f"{path}.{kind}", given.get(kind, UNDEFINED))}


def _synced(path: str, given: Json) -> Json:
    source = given.get("synced_from")
    if source is None:
        return {"synced_from": None}
    inner = check_object(f"{path}.synced_from", source)
    block_id = check_uuid(f"{path}.synced_from.block_id", inner.get("block_id", UNDEFINED))
    return {"synced_from": {"type": "block_id", "block_id": block_id}}


def _nothing(path: str, given: Json) -> Json:
    del path, given
    return {}


DECODERS: dict[str, Decoder] = {
    "paragraph": _paragraph,
    **{f"heading_{level}": _heading for level in (1, 2, 3, 4)},
    **dict.fromkeys(("bulleted_list_item", "numbered_list_item", "quote", "toggle"), _text),
    "template": _text,
    "to_do": _to_do,
    "callout": _paragraph,
    "code": _code,
    "equation": _equation,
    **dict.fromkeys(("bookmark", "embed"), _link),
    **dict.fromkeys(("image", "video", "pdf", "file", "audio"), _media),
    "table": _table,
    "table_row": _table_row,
    "column": _column,
    "link_to_page": _link_to_page,
    "synced_block": _synced,
    "table_of_contents": _color,
    **dict.fromkeys(("divider", "breadcrumb", "column_list", "tab"), _nothing),
}
CONTAINERS = frozenset(
    {
        *("paragraph", "heading_1", "heading_2", "heading_3", "heading_4", "bulleted_list_item"),
        *("numbered_list_item", "quote", "toggle", "template", "to_do", "callout", "table"),
        *("column_list", "column", "synced_block", "tab"),
    }
)
_RICH = ("rich_text", "caption")
_VARIANTS = frozenset({"external", "file_upload", "file", "page_id", "database_id", "comment_id"})


def block_type(path: str, body: Json) -> str:
    """Return the type a request's block has."""
    kind = body.get("type") or next((key for key in body if key in DECODERS), UNDEFINED)
    return check_choice(f"{path}.type", kind, tuple(DECODERS))


def decode_content(path: str, kind: str, value: Any) -> Json:
    """Return the stored content of a block of this type."""
    return DECODERS[kind](path, check_object(path, value))


def decode_change(path: str, kind: str, given: Json, kept: Json) -> Json:
    """Return the stored content of a block after a change, which names only what is to be new.

    Recorded: a to-do is ticked with `{"checked": true}` alone, and its text stays as it is.
    """
    texts = [key for key in (*_RICH, "cells") if key in kept and key not in given]
    known = {key: value for key, value in kept.items() if value is not None}
    if "type" in kept and "type" not in given and not given.keys().isdisjoint(_VARIANTS):
        # Another kind of address replaces the one before.
        del known["type"], known[kept["type"]]
    # Stored texts are no request: what is kept is put back after the check.
    decoded = decode_content(path, kind, {**known, **{key: [] for key in texts}, **given})
    return {**decoded, **{key: kept[key] for key in texts}}


def text_fields(content: Json) -> tuple[str, ...]:
    """Return the keys of a content that hold stored runs."""
    return tuple(key for key in _RICH if key in content)


MOST_BLOCKS = 1000
DEEPEST = 2
ROW_WIDTH = (
    "Content creation Failed. Fix the following: \n"
    "Number of cells in table row must match the table width of the parent table"
)
# A table with its rows, or columns with their columns, count as one level.
_SAME_LEVEL = ("table_row", "column")


@dataclass(slots=True)
class NewBlock:
    """A checked block that is not saved yet, with the blocks below it."""

    type: str
    content: Json
    children: list[NewBlock]


def append_children(
    session: Session, parent: Page | Block, items: list[Any], *, position: Json | None = None
) -> list[Block]:
    """Add request blocks below a page or block; return the new first-level blocks."""
    return save_children(session, parent, decode_blocks(items), position=position)


def decode_blocks(items: list[Any], *, path: str = "body.children") -> list[NewBlock]:
    """Check request blocks, nested at most two levels, 1,000 in all."""
    count = [0]
    return [_decode(f"{path}[{i}]", item, 0, count) for i, item in enumerate(items)]


def save_children(
    session: Session, parent: Page | Block, new: list[NewBlock], *, position: Json | None = None
) -> list[Block]:
    """Save checked blocks below a page or block, at the end unless a position is given."""
    parent_type = "page_id" if isinstance(parent, Page) else "block_id"
    place = make_room(session, parent.id, position, len(new))
    saved = []
    for offset, item in enumerate(new):
        block = Block(
            new_id(),
            parent_type,
            parent.id,
            item.type,
            session.now,
            session.now,
            session.actor,
            session.actor,
            place + offset,
            content=item.content,
        )
        session.store.blocks.put(block)
        save_children(session, block, item.children)
        saved.append(block)
    return saved


def erase_children(session: Session, parent_id: str) -> None:
    """Move everything below a page to the trash, child pages included."""
    for block in session.store.blocks.children(parent_id):
        trash_block(session, block, in_trash=True)


def trash_block(session: Session, block: Block, *, in_trash: bool) -> None:
    """Move a block, and the page or database it stands for, to the trash or back."""
    if in_trash and block.in_trash:
        raise validation(ARCHIVED)
    block.in_trash = in_trash
    session.stamp(block)
    session.store.blocks.put(block)
    if block.type == "child_page" and (page := session.store.pages.get(block.id)):
        page.in_trash = in_trash
        session.stamp(page)
        session.store.pages.update(page)
    database = session.store.containers.database(block.id)
    if database is not None:
        database.in_trash = in_trash
        session.store.containers.put(database)


def encode_block(session: Session, block: Block, *, below_trash: bool | None = None) -> Json:
    """Return the block object; children are listed by their own endpoint.

    What stands below something in the trash is in the trash as well; `below_trash` says so where it
    is known already.
    """
    if below_trash is None:
        below_trash = session.is_trashed(block.parent_type, block.parent_id)
    shown = block.content
    has_children = session.store.blocks.has_children(block.id)
    if block.type == "child_page":
        page = session.store.pages.get(block.id)
        shown = {"title": page_title(page) if page else ""}
    elif block.type == "child_database":
        database = session.database(block.id)
        shown, has_children = {"title": plain_text(database.title) or "New database"}, False
    parent = encode_parent(session, block.parent_type, block.parent_id)
    return {
        "object": "block",
        "id": block.id,
        "parent": parent,
        "created_time": format_minute(block.created),
        "last_edited_time": format_minute(block.edited),
        "created_by": reference(block.created_by),
        "last_edited_by": reference(block.edited_by),
        "has_children": has_children,
        "in_trash": block.in_trash or below_trash,
        "type": block.type,
        block.type: encode_content(shown),
    }


def encode_content(content: Json) -> Json:
    """Return a stored content with its texts as response items."""
    shown = {**content, **{key: encode_runs(content[key]) for key in text_fields(content)}}
    if "cells" in content:
        shown["cells"] = [encode_runs(cell) for cell in content["cells"]]
    return shown


def find_block(session: Session, block_id: str) -> Block:
    """Return a block; a page or database counts as its child_page or child_database block."""
    block = session.store.blocks.get(block_id)
    if block is not None:
        return block
    if page := session.store.pages.get(block_id):
        people = (page.created_by, page.edited_by)
        times = (page.created, page.edited)
        parent = (page.parent_type, page.parent_id)
        return Block(page.id, *parent, "child_page", *times, *people, in_trash=page.in_trash)
    if database := session.store.containers.database(block_id):
        people = (database.created_by, database.edited_by)
        times = (database.created, database.edited)
        parent = split_parent(database.parent)
        found = Block(database.id, *parent, "child_database", *times, *people)
        found.in_trash = database.in_trash
        return found
    raise not_found("block", block_id)


def find_parent(session: Session, parent_id: str) -> Page | Block:
    """Return the page or block that children stand below."""
    return session.store.pages.get(parent_id) or session.block(parent_id)


def touch_page(session: Session, thing: Page | Block) -> None:
    """Note on the page around a block that its body changes now."""
    parent: Page | Block | None = thing
    while isinstance(parent, Block):
        if parent.parent_type == "page_id":
            parent = session.store.pages.get(parent.parent_id)
        else:
            parent = session.store.blocks.get(parent.parent_id)
    if parent is not None:
        session.stamp(parent)
        session.store.pages.update(parent)


def _decode(path: str, item: Any, depth: int, count: list[int]) -> NewBlock:
    body = check_object(path, item)
    kind = block_type(path, body)
    check_keys(path, body, ("object", "type", "children", kind))
    count[0] += 1
    if count[0] > MOST_BLOCKS:
        raise expected("body.children.length", f"≤ `{MOST_BLOCKS}`", count[0])
    where = f"{path}.{kind}"
    given = check_object(where, body.get(kind, UNDEFINED))
    below = depth if kind in _SAME_LEVEL else depth + 1
    children = body.get("children", given.get("children")) or []
    check_list(f"{where}.children", children, longest=MAX_ITEMS)
    if children and kind not in CONTAINERS:
        raise expected(f"{where}.children", "not present", children)
    if children and below > DEEPEST:
        raise validation(f"body failed validation: {where}.children is nested too deeply.")
    content = decode_content(where, kind, given)
    decoded = [
        _decode(f"{where}.children[{i}]", child, below, count) for i, child in enumerate(children)
    ]
    _check_table(where, kind, content, decoded)
    return NewBlock(kind, content, decoded)


def _check_table(path: str, kind: str, content: Json, rows: list[NewBlock]) -> None:
    if kind != "table":
        return
    if not rows:
        raise expected(f"{path}.children.length", "≥ `1`", 0)
    for row in rows:
        width = len(row.content.get("cells", ()))
        if row.type != "table_row" or width != content["table_width"]:
            raise validation(ROW_WIDTH)


def make_room(session: Session, parent_id: str, position: Json | None, count: int) -> int:
    """Return the place of the first of `count` new blocks; what follows moves on."""
    blocks = session.store.blocks
    if position is None or position["type"] == "end":
        return blocks.next_position(parent_id)
    start = 1
    if position["type"] == "after_block":
        before = blocks.get(position["block_id"])
        if before is None or before.parent_id != parent_id:
            raise not_found("block", position["block_id"])
        start = before.position + 1
    blocks.make_room(parent_id, start=start, count=count)
    return start


def decode_position(body: Json) -> Json | None:
    """Return where to append, from `position` or from the former `after`."""
    if body.get("after") is not None:
        return {"type": "after_block", "block_id": check_uuid("body.after", body["after"])}
    if body.get("position") is None:
        return None
    given = check_object("body.position", body["position"])
    kind = check_choice(
        "body.position.type", given.get("type", UNDEFINED), ("after_block", "start", "end")
    )
    if kind != "after_block":
        return {"type": kind}
    inner = check_object("body.position.after_block", given.get("after_block", UNDEFINED))
    block_id = check_uuid("body.position.after_block.id", inner.get("id", UNDEFINED))
    return {"type": kind, "block_id": block_id}
