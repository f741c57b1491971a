"""The markdown endpoints: a page's body read as text, and rewritten from text.

Must not parse markdown itself. A rewrite keeps every block that reads the same before and after
at either end, and every block that the text refers to, with its id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tracker.workspace.blocks import (
    NewBlock,
    encode_block,
    save_children,
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
)
from tracker.workspace.errors import ARCHIVED, UNDEFINED, expected, validation
from tracker.workspace.markdown_blocks import Node, parse_markdown, render_each
from tracker.workspace.model import Block, Page
from tracker.workspace.session import Session

_PROTECTED = ("child_page", "child_database")


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A block beside the markdown that it reads as."""

    node: Node
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
    """Rewrite the body of a page in one of four ways."""
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
    allowed = given.get("allow_deleting_content", False)
    check_bool(f"body.{kind}.allow_deleting_content", allowed)
    _rewrite(session, page, old, text, may_delete=allowed)
    return read_markdown(session, page.id)


def append_markdown(session: Session, page: Page, text: str) -> None:
    """Add the blocks of a markdown text to a new page."""
    save_children(session, page, [_new_block(node) for node in parse_markdown(text)])


def _load(session: Session, parent_id: str) -> list[Node]:
    return [_node(session, block) for block in session.store.blocks.children(parent_id)]


def _node(session: Session, block: Block) -> Node:
    if block.type in _PROTECTED:
        shown = encode_block(session, block)[block.type]
        return Node(block.type, shown, kept=block.id)
    return Node(block.type, block.content, _load(session, block.id), block.id)


def _spell(session: Session, nodes: list[Node]) -> list[_Spelled]:
    """Pair top-level blocks with their markdown."""
    texts = render_each(nodes, session.base_url)
    return [_Spelled(node, text) for node, text in zip(nodes, texts, strict=True)]


def _insert(path: str, given: Json, text: str) -> str:
    content = check_string(f"{path}.content", given.get("content", UNDEFINED))
    after, position = given.get("after"), given.get("position")
    if after is not None:
        _, end = _find_range(f"{path}.after", after, text)
        line_end = text.find("\n", end)
        end = len(text) if line_end < 0 else line_end
        return f"{text[:end]}\n{content}{text[end:]}"
    if position is not None:
        where = check_object(f"{path}.position", position).get("type", UNDEFINED)
        if check_choice(f"{path}.position.type", where, ("start", "end")) == "start":
            return f"{content}\n{text}"
    return f"{text}\n{content}" if text else content


def _replace_all(path: str, given: Json, text: str) -> str:
    del text
    return check_string(f"{path}.new_str", given.get("new_str", UNDEFINED))


def _replace_range(path: str, given: Json, text: str) -> str:
    content = check_string(f"{path}.content", given.get("content", UNDEFINED))
    wanted = given.get("content_range", UNDEFINED)
    start, end = _find_range(f"{path}.content_range", wanted, text)
    return f"{text[:start]}{content}{text[end:]}"


def _update(path: str, given: Json, text: str) -> str:
    updates = check_list(f"{path}.content_updates", given.get("content_updates", UNDEFINED))
    for index, item in enumerate(updates):
        where = f"{path}.content_updates[{index}]"
        update = check_object(where, item)
        old = check_string(f"{where}.old_str", update.get("old_str", UNDEFINED))
        new = check_string(f"{where}.new_str", update.get("new_str", UNDEFINED))
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
    "replace_content_range": _replace_range,
    "update_content": _update,
}


def _find_range(path: str, value: Any, text: str) -> tuple[int, int]:
    """Return the span from "start" to "end" of a selection "start...end"."""
    first, dots, last = check_string(path, value).partition("...")
    start = text.find(first)
    end = text.find(last, start + len(first)) if start >= 0 else -1
    if not dots or not first or not last:
        raise expected(path, 'of the form "start...end"', value)
    if start < 0 or end < 0:
        raise validation(f"{path} was not found in the page content.")
    return start, end + len(last)


def _rewrite(
    session: Session, page: Page, old: list[_Spelled], text: str, *, may_delete: bool
) -> None:
    known = {item.node.kept: item for item in old}
    new: list[_Spelled] = []
    for item in _spell(session, parse_markdown(text)):
        if item.node.type == "reference":
            if item.node.kept not in known:
                raise validation("The content refers to a block that is not on this page.")
            item = known[item.node.kept]  # noqa: PLW2901 - the block itself stands for its tag
        new.append(item)
    head = _common([item.text for item in old], [item.text for item in new])
    rest_old, rest_new = old[head:], new[head:]
    tail = _common([i.text for i in rest_old[::-1]], [i.text for i in rest_new[::-1]])
    middle_old = rest_old[: len(rest_old) - tail]
    middle_new = rest_new[: len(rest_new) - tail]
    _remove(session, middle_old, middle_new, may_delete=may_delete)
    placed = [*old[:head], *middle_new, *rest_old[len(rest_old) - tail :]]
    session.store.blocks.place([_save(session, page, item) for item in placed])
    touch_page(session, page)


def _common(one: list[str], other: list[str]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _remove(
    session: Session, old: list[_Spelled], new: list[_Spelled], *, may_delete: bool
) -> None:
    stays = {item.node.kept for item in new}
    gone = [item for item in old if item.node.kept not in stays]
    if not may_delete and any(item.node.type in _PROTECTED for item in gone):
        raise validation(
            "The update would delete child pages or databases. "
            "Set allow_deleting_content to allow it."
        )
    for item in gone:
        trash_block(session, session.block(item.node.kept or ""), in_trash=True)


def _save(session: Session, page: Page, item: _Spelled) -> str:
    """Return the id of a block, which is saved first when it is new."""
    if item.node.kept is not None:
        return item.node.kept
    return save_children(session, page, [_new_block(item.node)])[0].id


def _new_block(node: Node) -> NewBlock:
    if node.type == "reference":
        raise validation("The content refers to a block that is not on this page.")
    return NewBlock(node.type, node.content, [_new_block(child) for child in node.children])
