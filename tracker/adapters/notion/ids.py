"""Identifiers of Notion: pages as people paste them, ids as the API spells them.

Pure: knows spellings, not the objects behind them. Loaded at each start, so it imports little.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tracker.sync.model import PageId

Json = dict[str, Any]
"""A JSON object of the API."""

DATABASE_LINK = "parent-is-database"
"""The code of the problem that a database was given where a page is needed."""
WHY_A_PAGE = "tracker makes a database of its own for each roadmap, inside a page"

_DASHED = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID_AT_END = re.compile(rf"(?:^|[-/])({_DASHED}|[0-9a-f]{{32}})$", re.IGNORECASE)


def get_object(source: Json, key: str) -> Json:
    """Return the object at a key, or an empty one: null and other forms hold nothing."""
    found = source.get(key)
    return found if isinstance(found, dict) else {}


def parse_page_id(text: str) -> PageId:
    """Return the page id in a URL or an id.

    Accepts addresses of any host (Notion's own changed from notion.so to app.notion.com in July
    2026), with or without a slug, `?v=` or `#block`; a page opened beside a database (`?p=`) wins
    over the database. Raises ValueError when there is no page id in it.
    """
    parts = urlsplit(text.strip().strip("<>\"'"))
    peeked = parse_qs(parts.query).get("p", [])
    for candidate in (*peeked, unquote(parts.path).rstrip("/")):
        if found := find_id(candidate):
            return found
    raise ValueError(f"no page id in {text.strip()!r}")


def find_id(text: str) -> PageId | None:
    """Return the id at the end of a text."""
    found = _ID_AT_END.search(text)
    return normal_id(found[1]) if found else None


def is_database_link(text: str) -> bool:
    """Return whether a link shows a view of a database, and no page beside it."""
    query = parse_qs(urlsplit(text.strip().strip("<>\"'")).query)
    is_peeked = any(_ID_AT_END.search(page) for page in query.get("p", []))
    return "v" in query and not is_peeked


def normal_id(text: str) -> PageId:
    """Return an id lower-case and dashed, as the API answers it; leave what is no UUID as it is."""
    plain = text.replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{32}", plain):
        return PageId(text)
    return PageId(f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}")


@lru_cache(maxsize=1024)
def normal_key(key: str) -> str:
    """Return a property id unquoted: the API shows the same id URL-encoded or raw (measured)."""
    return unquote(key)
