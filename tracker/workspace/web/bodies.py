"""The body of a page, block by block, as it is drawn.

Must not write. Blocks of types that these pages have no shape for are named, not dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.workspace.pages import encode_block
from tracker.workspace.protocol import Json
from tracker.workspace.session import Session
from tracker.workspace.web.cells import Span, safe_link, spans_of

DEEPEST = 8
"""Levels of nested blocks that a page shows."""
_TAGS = {
    "paragraph": "p",
    "heading_1": "h2",
    "heading_2": "h3",
    "heading_3": "h4",
    "heading_4": "h5",
    "quote": "blockquote",
    "code": "pre",
    "bulleted_list_item": "li",
    "numbered_list_item": "li",
    "to_do": "li",
    "callout": "aside",
    "toggle": "section",
}


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """One block: the tag that shows it, its text, where it leads, and the blocks below it."""

    id: str
    type: str
    tag: str
    spans: tuple[Span, ...]
    link: str | None
    checked: bool | None
    cells: tuple[str, ...]
    below: tuple[ShownBlock, ...]


def make_body(session: Session, parent_id: str, depth: int = 0) -> tuple[ShownBlock, ...]:
    """Return the blocks below a page or block, in order."""
    if depth > DEEPEST:
        return ()
    blocks = session.store.blocks.children(parent_id)
    return tuple(_show_block(session, encode_block(session, block), depth) for block in blocks)


def _show_block(session: Session, block: Json, depth: int) -> ShownBlock:
    kind = block["type"]
    content = block[kind]
    is_page = kind in ("child_page", "child_database")
    words = content["title"] or "Untitled" if is_page else content.get("expression", "")
    text = content.get("rich_text", content.get("caption", []))
    return ShownBlock(
        id=block["id"],
        type=kind,
        # What is of no type known here is a plain block with its text.
        tag=_TAGS.get(kind, "div"),
        spans=((words, None),) if words else spans_of(text),
        link=safe_link(content.get("url") or (content.get("external") or {}).get("url")),
        checked=content.get("checked"),
        cells=tuple("".join(r["plain_text"] for r in cell) for cell in content.get("cells", [])),
        below=make_body(session, block["id"], depth + 1) if block["has_children"] else (),
    )
