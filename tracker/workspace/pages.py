"""Pages: rows with their values, made, shown, changed and trashed; bodies, as blocks and as markdown.

Must not know requests and must not parse markdown itself: a body comes in as parsed JSON or blocks, an
object goes out as JSON. `values` checks a single value; this module applies those of a page to the row,
its links and the schema. Blocks of types that requests cannot make (tables, pictures) come from
markdown, or from a file of a former version. A rewrite keeps every block that reads the same before and
after at either end, and every block that the text refers to, with its id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.workspace.markdown import MarkdownNode, parse_markdown, render_each
from tracker.workspace.model import TITLE, Block, Page, Property, find_property
from tracker.workspace.page_json import encode_page, encode_parent, page_title
from tracker.workspace.protocol import (
    ARCHIVED,
    BLOCK_COLORS,
    MAX_ITEMS,
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
    decode_runs,
    encode_runs,
    expected,
    format_minute,
    list_answer,
    new_id,
    not_found,
    page_of,
    plain_text,
    validation,
)
from tracker.workspace.session import Session, reference, split_parent
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


# Notion takes at most 1,000 blocks and two levels of nesting in one request.
MOST_BLOCKS = 1000
DEEPEST = 2
MOST_LEVELS = 100
"""Levels below a page, over many requests; Notion has no such limit."""
_HEADINGS = ("heading_1", "heading_2", "heading_3", "heading_4")
_CONTAINERS = (
    *("paragraph", *_HEADINGS, "bulleted_list_item", "numbered_list_item", "quote", "to_do"),
    *("toggle", "callout"),
)
TYPES = (*_CONTAINERS, "code", "divider")


@dataclass(slots=True)
class NewBlock:
    """A checked block that is not saved yet, with the blocks below it."""

    type: str
    content: Json
    children: list[NewBlock]


def list_children(session: Session, parent_id: str, *, start: str | None, size: int) -> Json:
    """Return a page of the blocks below a page or block."""
    parent = session.store.pages.get(parent_id) or session.block(parent_id)
    blocks, cursor = page_of(session.store.blocks.children(parent.id), start, size)
    below_trash = parent.in_trash or session.is_trashed(parent.parent_type, parent.parent_id)
    shown = [encode_block(session, block, below_trash=below_trash) for block in blocks]
    return list_answer(shown, "block", cursor)


def append_children(session: Session, parent_id: str, body: Json) -> Json:
    """Add blocks at the end of a page or block; only the first level is listed in the answer."""
    check_keys("body", body, ("children",))
    parent = session.store.pages.get(parent_id) or session.block(parent_id)
    children = check_list("body.children", body.get("children", UNDEFINED))
    if parent.in_trash:
        raise validation(ARCHIVED)
    session.require_live_parent(parent.parent_type, parent.parent_id)
    # One request nests little, but many requests could nest without end.
    _require_room_below(session, parent)
    new = save_children(session, parent, decode_blocks(children))
    touch_page(session, parent)
    return list_answer([encode_block(session, block) for block in new], "block")


def decode_blocks(items: list[Any], *, path: str = "body.children") -> list[NewBlock]:
    """Check request blocks, nested at most DEEPEST levels, MOST_BLOCKS in all."""
    count = [0]
    return [_decode_block(f"{path}[{i}]", item, 1, count) for i, item in enumerate(items)]


def _decode_block(path: str, item: Any, depth: int, count: list[int]) -> NewBlock:
    body = check_object(path, item)
    kind = body.get("type") or next((key for key in body if key in TYPES), UNDEFINED)
    check_choice(f"{path}.type", kind, TYPES)
    check_keys(path, body, ("object", "type", "children", kind))
    count[0] += 1
    if count[0] > MOST_BLOCKS:
        raise expected("body.children.length", f"≤ `{MOST_BLOCKS}`", count[0])
    where = f"{path}.{kind}"
    given = check_object(where, body.get(kind, UNDEFINED))
    # Notion reads the children both beside the type and inside it.
    children = body.get("children", given.get("children")) or []
    check_list(f"{where}.children", children, longest=MAX_ITEMS)
    if children and kind not in _CONTAINERS:
        raise expected(f"{where}.children", "not present", children)
    if children and depth > DEEPEST:
        raise validation(f"body failed validation: {where}.children is nested too deeply.")
    content = _decode_content(where, kind, given)
    below = [
        _decode_block(f"{where}.children[{i}]", child, depth + 1, count)
        for i, child in enumerate(children)
    ]
    return NewBlock(kind, content, below)


def _decode_content(path: str, kind: str, given: Json) -> Json:
    """Return the stored content of a block, with the defaults that responses show."""
    if kind == "divider":
        return {}
    runs = decode_runs(f"{path}.rich_text", given.get("rich_text", UNDEFINED))
    if kind == "code":
        caption = decode_runs(f"{path}.caption", given.get("caption", []))
        language = check_string(f"{path}.language", given.get("language", "plain text"))
        return {"caption": caption, "rich_text": runs, "language": language}
    content: Json = {"rich_text": runs}
    if kind in ("paragraph", "callout"):
        content["icon"] = decode_icon(f"{path}.icon", given.get("icon"))
    elif kind in _HEADINGS:
        toggles = given.get("is_toggleable", False)
        content["is_toggleable"] = check_bool(f"{path}.is_toggleable", toggles)
    elif kind == "to_do":
        content["checked"] = check_bool(f"{path}.checked", given.get("checked", False))
    color = given.get("color") or "default"
    content["color"] = check_choice(f"{path}.color", color, BLOCK_COLORS)
    return content


def save_children(session: Session, parent: Page | Block, new: list[NewBlock]) -> list[Block]:
    """Save checked blocks at the end of a page or block; return those of the first level."""
    parent_type = "page_id" if isinstance(parent, Page) else "block_id"
    position = session.store.blocks.next_position(parent.id)
    now, actor = session.now, session.actor
    saved = []
    for place, item in enumerate(new, start=position):
        args = (parent_type, parent.id, item.type, now, now, actor, actor, place)
        block = Block(new_id(), *args, content=item.content)
        session.store.blocks.put(block)
        save_children(session, block, item.children)
        saved.append(block)
    return saved


def _require_room_below(session: Session, parent: Page | Block) -> None:
    """Refuse blocks so far below a page that whatever reads its body runs out of stack."""
    above: Page | Block | None = parent
    for _ in range(MOST_LEVELS):
        if not isinstance(above, Block) or above.parent_type != "block_id":
            return
        above = session.store.blocks.get(above.parent_id)
    raise validation(f"Blocks can stand at most {MOST_LEVELS} levels below their page.")


def update_block(session: Session, block_id: str, body: Json) -> Json:
    """Trash a block, page or database, restore it, or tick a to-do; all else is changed as markdown."""
    block = find_block(session, block_id)
    check_keys("body", body, ("object", "type", "in_trash", "archived", "to_do"))
    trash = decode_trash(body)
    session.require_live_parent(block.parent_type, block.parent_id)
    if block.in_trash and trash is not False:
        raise validation(ARCHIVED)
    if "to_do" in body:
        check_choice("body.type", "to_do", (block.type,))
        given = check_object("body.to_do", body["to_do"])
        check_keys("body.to_do", given, ("checked",))
        block.content["checked"] = check_bool("body.to_do.checked", given.get("checked", UNDEFINED))
        session.stamp(block)
        session.store.blocks.put(block)
        touch_page(session, block)
    if trash is not None:
        trash_block(session, block, in_trash=trash)
    return encode_block(session, find_block(session, block_id))


def delete_block(session: Session, block_id: str) -> Json:
    """Move a block, page or database to the trash."""
    return update_block(session, block_id, {"in_trash": True})


def trash_block(session: Session, block: Block, *, in_trash: bool) -> None:
    """Move a block, and the page or database that it is, to the trash or back."""
    if in_trash and block.in_trash:
        raise validation(ARCHIVED)
    page = session.store.pages.get(block.id)
    database = session.store.containers.database(block.id)
    is_stored = session.store.blocks.get(block.id) is not None
    block.in_trash = in_trash
    if page is not None:
        page.in_trash = in_trash
        session.stamp(page)
        session.store.pages.update(page)
    elif database is not None:
        database.in_trash = in_trash
        session.store.containers.put(database)
    else:
        session.stamp(block)
    # A row of a database is a block to the API, but has none in the store.
    if is_stored:
        session.store.blocks.put(block)
    if page is None and database is None:
        touch_page(session, block)


def decode_trash(body: Json) -> bool | None:
    """Return what a body says about the trash, under the present or the former key."""
    for key in ("in_trash", "archived"):
        if body.get(key) is not None:
            return check_bool(f"body.{key}", body[key])
    return None


def encode_block(session: Session, block: Block, *, below_trash: bool | None = None) -> Json:
    """Return the block object; children are listed by their own endpoint.

    A block below something in the trash counts as trashed; pass `below_trash` where it is known.
    """
    if below_trash is None:
        below_trash = session.is_trashed(block.parent_type, block.parent_id)
    shown = block.content
    has_children = session.store.blocks.has_children(block.id)
    # A child shows the title that its page or database has now.
    if block.type == "child_page":
        page = session.store.pages.get(block.id)
        shown = {"title": page_title(page) if page else ""}
    elif block.type == "child_database":
        database = session.database(block.id)
        shown, has_children = {"title": plain_text(database.title) or "New database"}, False
    return {
        "object": "block",
        "id": block.id,
        "parent": encode_parent(session, block.parent_type, block.parent_id),
        "created_time": format_minute(block.created),
        "last_edited_time": format_minute(block.edited),
        "created_by": reference(block.created_by),
        "last_edited_by": reference(block.edited_by),
        "has_children": has_children,
        "in_trash": block.in_trash or below_trash,
        "type": block.type,
        block.type: _encode_content(shown),
    }


def _encode_content(content: Json) -> Json:
    texts: Json = {
        key: encode_runs(content[key]) for key in ("rich_text", "caption") if key in content
    }
    if "cells" in content:
        texts["cells"] = [encode_runs(cell) for cell in content["cells"]]
    return {**content, **texts}


def find_block(session: Session, block_id: str) -> Block:
    """Return a block; a page or database counts as its child_page or child_database block."""
    block = session.store.blocks.get(block_id)
    if block is not None:
        return block
    thing = session.store.pages.get(block_id) or session.store.containers.database(block_id)
    if thing is None:
        raise not_found("block", block_id)
    if isinstance(thing, Page):
        parent, kind = (thing.parent_type, thing.parent_id), "child_page"
    else:
        parent, kind = split_parent(thing.parent), "child_database"
    times, people = (thing.created, thing.edited), (thing.created_by, thing.edited_by)
    return Block(thing.id, *parent, kind, *times, *people, in_trash=thing.in_trash)


def touch_page(session: Session, thing: Page | Block) -> None:
    """Move the edit time of the page whose body changes now."""
    parent: Page | Block | None = thing
    while isinstance(parent, Block):
        if parent.parent_type == "page_id":
            parent = session.store.pages.get(parent.parent_id)
        else:
            parent = session.store.blocks.get(parent.parent_id)
    if parent is not None:
        session.stamp(parent)
        session.store.pages.update(parent)


_PROTECTED = ("child_page", "child_database")


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A block beside the markdown that it reads as."""

    node: MarkdownNode
    text: str


def read_markdown(session: Session, page_id: str) -> Json:
    """Return the body of a page as markdown."""
    page = session.page(page_id)
    return {
        "object": "page_markdown",
        "id": page.id,
        "markdown": "\n".join(item.text for item in _spell(session, _load(session, page.id))),
        "truncated": False,
        "unknown_block_ids": [],
    }


def update_markdown(session: Session, page_id: str, body: Json) -> Json:
    """Rewrite the body of a page: add to it, replace it, or replace texts in it."""
    page = session.page(page_id)
    kind = body.get("type") or next((kind for kind in _UPDATES if kind in body), UNDEFINED)
    check_choice("body.type", kind, tuple(_UPDATES))
    check_keys("body", body, ("type", kind))
    given = check_object(f"body.{kind}", body.get(kind, UNDEFINED))
    if page.in_trash:
        raise validation(ARCHIVED)
    session.require_live_parent(page.parent_type, page.parent_id)
    old = _spell(session, _load(session, page.id))
    text = _UPDATES[kind](f"body.{kind}", given, "\n".join(item.text for item in old))
    may_delete = given.get("allow_deleting_content", False)
    check_bool(f"body.{kind}.allow_deleting_content", may_delete)
    _rewrite(session, page, old, text, may_delete=may_delete)
    return read_markdown(session, page.id)


def append_markdown(session: Session, page: Page, text: str) -> None:
    """Add the blocks of a markdown text to a new page."""
    save_children(session, page, [_new_block(node) for node in parse_markdown(text)])


def _insert(path: str, given: Json, text: str) -> str:
    content = check_string(f"{path}.content", given.get("content", UNDEFINED))
    if given.get("position") is not None:
        position = check_object(f"{path}.position", given["position"]).get("type", UNDEFINED)
        if check_choice(f"{path}.position.type", position, ("start", "end")) == "start":
            return f"{content}\n{text}"
    return f"{text}\n{content}" if text else content


def _replace_all(path: str, given: Json, text: str) -> str:
    del text
    return check_string(f"{path}.new_str", given.get("new_str", UNDEFINED))


def _update(path: str, given: Json, text: str) -> str:
    updates = check_list(f"{path}.content_updates", given.get("content_updates", UNDEFINED))
    for index, item in enumerate(updates):
        where = f"{path}.content_updates[{index}]"
        update = check_object(where, item)
        old = check_string(f"{where}.old_str", update.get("old_str", UNDEFINED))
        new = check_string(f"{where}.new_str", update.get("new_str", UNDEFINED))
        # A text that is gone or ambiguous is refused: clients use that to notice other edits.
        found = text.count(old) if old else 0
        if found == 0:
            raise validation(f"{where}.old_str was not found in the page content.")
        if found > 1 and not update.get("replace_all_matches"):
            raise validation(f"{where}.old_str matches {found} places in the page content.")
        text = text.replace(old, new)
    return text


_UPDATES: dict[str, Callable[[str, Json, str], str]] = {
    "insert_content": _insert,
    "replace_content": _replace_all,
    "update_content": _update,
}


def _load(session: Session, parent_id: str) -> list[MarkdownNode]:
    """Return the blocks below a page or block; what a child page holds is not part of the body."""
    return [
        MarkdownNode(block.type, encode_block(session, block)[block.type], kept=block.id)
        if block.type in _PROTECTED
        else MarkdownNode(block.type, block.content, _load(session, block.id), block.id)
        for block in session.store.blocks.children(parent_id)
    ]


def _spell(session: Session, nodes: list[MarkdownNode]) -> list[_Spelled]:
    """Pair top-level blocks with their markdown."""
    texts = render_each(nodes, session.base_url)
    return [_Spelled(node, text) for node, text in zip(nodes, texts, strict=True)]


def _rewrite(
    session: Session, page: Page, old: list[_Spelled], text: str, *, may_delete: bool
) -> None:
    known = {item.node.kept: item for item in old}
    new: list[_Spelled] = []
    for item in _spell(session, parse_markdown(text)):
        if item.node.type == "reference" and item.node.kept not in known:
            raise validation("The content refers to a block that is not on this page.")
        # A tag that names a block of the page means that block.
        new.append(known[item.node.kept] if item.node.type == "reference" else item)
    # What reads the same from the top and from the bottom stays, with its ids; the middle is new.
    head = _count_common(old, new)
    tail = _count_common(old[head:][::-1], new[head:][::-1])
    gone, made = old[head : len(old) - tail], new[head : len(new) - tail]
    stays = {item.node.kept for item in made}
    gone = [item for item in gone if item.node.kept not in stays]
    if not may_delete and any(item.node.type in _PROTECTED for item in gone):
        raise validation(
            "The update would delete child pages or databases. "
            "Set allow_deleting_content to allow it."
        )
    for item in gone:
        trash_block(session, session.block(item.node.kept or ""), in_trash=True)
    placed = []
    for item in [*old[:head], *made, *old[len(old) - tail :]]:
        kept = item.node.kept
        placed.append(kept or save_children(session, page, [_new_block(item.node)])[0].id)
    session.store.blocks.place(placed)
    touch_page(session, page)


def _count_common(one: Sequence[_Spelled], other: Sequence[_Spelled]) -> int:
    """Return how many blocks read the same, from the first on."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine.text != theirs.text:
            break
        count += 1
    return count


def _new_block(node: MarkdownNode) -> NewBlock:
    if node.type == "reference":
        raise validation("The content refers to a block that is not on this page.")
    return NewBlock(node.type, node.content, [_new_block(child) for child in node.children])
