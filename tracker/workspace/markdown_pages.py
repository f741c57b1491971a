"""The markdown endpoints: a page's body read as text, and rewritten from text.

Must not parse markdown itself. A rewrite keeps every block that reads the same before and after
at either end, and every block that the text refers to, with its id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tracker.workspace.blocks import NewBlock, encode_block, save_children, touch_page, trash_block
from tracker.workspace.markdown import MarkdownNode, parse_markdown, render_each
from tracker.workspace.model import Page
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
    validation,
)
from tracker.workspace.session import Session

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
