"""The databases and pages that stand on a page, inside its layout blocks too.

Reads only. Raises RemoteError for a listing that cannot be believed.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracker.adapters.notion.errors import understood
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import get_object, normal_id
from tracker.adapters.notion.listing import fetch_list, incomplete

DATABASE, PAGE = "child_database", "child_page"

_LAYOUT_BLOCKS = frozenset(
    [
        "column_list",
        "column",
        "toggle",
        "callout",
        "quote",
        "synced_block",
        "tab",
        "heading_1",
        "heading_2",
        "heading_3",
        "heading_4",
    ]
)
"""Blocks into which people move a database or a page without moving it to another page."""
MOST_BLOCKS = 2_000
DEEPEST_BLOCK = 50
"""How many blocks of a page are looked into, and how deep they may be nested."""


def walk_children(
    gateway: Gateway, block_id: str, visited: set[str] | None = None, depth: int = 0
) -> Iterator[tuple[str, str, str]]:
    """Yield kind, id and title of the databases and pages on a page, and inside its layout blocks."""
    visited = set() if visited is None else visited
    if block_id in visited or len(visited) >= MOST_BLOCKS or depth > DEEPEST_BLOCK:
        raise incomplete("the blocks of the page lead in circles, or on and on")
    visited.add(block_id)
    for block in fetch_list(gateway, f"blocks/{block_id}/children"):
        kind = str(block.get("type"))
        page_id = get_object(block, "parent").get("page_id")
        # Only pages are compared: a synced block shows the blocks of another block.
        if page_id and normal_id(str(page_id)) != normal_id(block_id):
            raise incomplete("it shows the blocks of another page")
        if block.get("in_trash") or block.get("archived"):
            continue
        if kind in (DATABASE, PAGE):
            with understood():
                found_id = normal_id(block["id"])
            yield kind, found_id, str(get_object(block, kind).get("title") or "")
        elif kind in _LAYOUT_BLOCKS and block.get("has_children"):
            with understood():
                inner_id = normal_id(block["id"])
            yield from walk_children(gateway, inner_id, visited, depth + 1)
