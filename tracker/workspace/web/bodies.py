"""The body of a page as nested values for the templates.

Must not write. Block types that a browser page has no shape for are named, not dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.workspace.blocks import encode_block
from tracker.workspace.checks import Json
from tracker.workspace.session import Session
from tracker.workspace.web.typed import Span, safe_link, spans_of

DEEPEST = 8
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
class Shown:
    """One block: the tag that shows it, its text, where it leads, and what stands below it."""

    id: str
    type: str
    tag: str
    spans: tuple[Span, ...]
    link: str | None
    checked: bool | None
    cells: tuple[str, ...]
    below: tuple[Shown, ...]


def make_body(session: Session, parent_id: str, depth: int = 0) -> tuple[Shown, ...]:
    """Return the blocks below a page or block, in order."""
    if depth > DEEPEST:
        return ()
    blocks = session.store.blocks.children(parent_id)
    return tuple(_show(session, encode_block(session, block), depth) for block in blocks)


def _show(session: Session, block: Json, depth: int) -> Shown:
    kind = block["type"]
    content = block[kind]
    is_page = kind in ("child_page", "child_database")
    words = content["title"] or "Untitled" if is_page else content.get("expression", "")
    text = content.get("rich_text", content.get("caption", []))
    return Shown(
        id=block["id"],
        type=kind,
        tag=_TAGS.get(kind, "div"),
        spans=((words, None),) if words else spans_of(text),
        link=safe_link(content.get("url") or (content.get("external") or {}).get("url")),
        checked=content.get("checked"),
        cells=tuple("".join(r["plain_text"] for r in cell) for cell in content.get("cells", [])),
        below=make_body(session, block["id"], depth + 1) if block["has_children"] else (),
    )
