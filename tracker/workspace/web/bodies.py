"""The body of a page, block by block, as it is drawn.

Must not write. Blocks of types that these pages have no shape for are named, not dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from tracker.workspace.page_json import page_title
from tracker.workspace.pages import encode_block
from tracker.workspace.protocol import Json, parse_uuid
from tracker.workspace.session import Session
from tracker.workspace.web.cells import safe_link
from tracker.workspace.web.tables import icon_of

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
    "toggle": "details",
}
_MARKS = {
    "bold": "strong",
    "italic": "em",
    "strikethrough": "s",
    "underline": "u",
    "code": "code",
}
_BAR = re.compile("(█{2,}|░{2,}|█(?=░)|(?<=█)░)")
_BAR_COLORS = {"█": "in full", "░": "in rest"}
"""A bar that is spelled by letters has the colours of one that is drawn."""
_PAGE_ID = re.compile(r"([0-9a-f]{32})$")
_HOMES = ("", "localhost", "127.0.0.1", "::1", "www.notion.so", "notion.so", "app.notion.com")
"""The hosts under which a page of this workspace may be linked to."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one look: the tags around them, their colour, and where they lead.

    `is_page` where that is a page of this workspace; `icon` is that of a page that is mentioned.
    """

    words: str
    marks: tuple[str, ...] = ()
    color: str = ""
    link: str | None = None
    is_page: bool = False
    icon: str = ""

    @property
    def is_bar(self) -> bool:
        """Whether the words only draw a bar, which nobody has to hear."""
        return self.color in _BAR_COLORS.values()


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """One block: the tag that shows it, its text, where it leads, and the blocks below it.

    `color` names a colour of the words or, behind "on ", one of the ground. `cells` are those of a row of
    a table, whose `heads` are "column", "row", or both.
    """

    id: str
    type: str
    tag: str
    runs: tuple[Run, ...]
    link: str | None
    checked: bool | None
    cells: tuple[tuple[Run, ...], ...]
    below: tuple[ShownBlock, ...]
    color: str = ""
    icon: str = ""
    language: str = ""
    heads: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The text without its looks."""
        return "".join(run.words for run in self.runs)


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
    # A heading may fold what is below it away, as a toggle does.
    is_folded = bool(content.get("is_toggleable")) and block["has_children"]
    heads = [side for side in ("column", "row") if content.get(f"has_{side}_header")]
    return ShownBlock(
        id=block["id"],
        type=kind,
        # What is of no type known here is a plain block with its text.
        tag="details" if is_folded else _TAGS.get(kind, "div"),
        runs=(Run(words),) if words else tuple(_read_runs(session, text)),
        link=safe_link(content.get("url") or (content.get("external") or {}).get("url")),
        checked=content.get("checked"),
        cells=tuple(tuple(_read_runs(session, cell)) for cell in content.get("cells", [])),
        below=make_body(session, block["id"], depth + 1) if block["has_children"] else (),
        color=_read_color(content.get("color")),
        icon=_icon(session, block) if is_page else icon_of(content.get("icon")),
        language=content.get("language", ""),
        heads=tuple(heads),
    )


def _read_runs(session: Session, items: Iterable[Json]) -> Iterator[Run]:
    for item in items:
        looks = item["annotations"]
        page_id = find_own(session, item.get("href"))
        page = session.store.pages.get(page_id) if page_id else None
        # A mention has the title that its page has now.
        is_mention = page is not None and item["type"] == "mention"
        words = (
            page_title(page).strip() or "Untitled" if page and is_mention else item["plain_text"]
        )
        run = Run(
            words=words,
            marks=tuple(tag for name, tag in _MARKS.items() if looks.get(name)),
            color=_read_color(looks.get("color")),
            link=f"/p/{page_id.replace('-', '')}" if page_id else safe_link(item.get("href")),
            is_page=bool(page_id),
            icon=icon_of(page.icon) if page and is_mention else "",
        )
        for place, part in enumerate(_BAR.split(words)):
            # Every second part is one of a bar.
            if part:
                yield replace(
                    run, words=part, color=_BAR_COLORS[part[0]] if place % 2 else run.color
                )


def find_own(session: Session, link: Any) -> str | None:
    """Return the id of the page or database of this workspace that a link leads to, None for others.

    The workspace has no lasting address: the same page is linked to by that of whoever wrote the link.
    """
    if not isinstance(link, str):
        return None
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return None
    found = _PAGE_ID.search(parts.path.lower().replace("-", "").rstrip("/"))
    if parts.scheme not in ("", "http", "https") or host not in _HOMES or found is None:
        return None
    thing_id = parse_uuid(found[1]) or ""
    store = session.store
    is_here = store.pages.get(thing_id) or store.containers.database(thing_id)
    return thing_id if is_here else None


def _icon(session: Session, block: Json) -> str:
    """Return the icon of a child page or database."""
    child = session.store.pages.get(block["id"]) or session.store.containers.database(block["id"])
    return icon_of(child.icon) if child else ""


def _read_color(color: Any) -> str:
    name = str(color or "default")
    ground = name.removesuffix("_background")
    if name == "default":
        return ""
    return f"on {ground}" if ground != name else f"in {name}"
