"""Which answers can be believed: they have the outline that the address asked for promises.

Pure. A proxy, a captive portal or another service can answer 200 with well-formed JSON; what is
taken for a data source without columns would look like columns that somebody deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.adapters.notion.ids import Json, normal_id

_KINDS: Mapping[str, str] = {
    "users": "user",
    "pages": "page",
    "databases": "database",
    "data_sources": "data_source",
    "blocks": "block",
    "views": "view",
    "comments": "comment",
}
_LISTED = frozenset({"search", "views", "comments", "users"})
"""Addresses without an id that may answer with a list."""
_LISTS = frozenset({"query", "children", "properties"})
"""The parts of an address below an object's own that answer with a list."""


def is_answer(path: str, answer: Any) -> bool:
    """Return whether an answer is what this address promises; its values may still be anything."""
    if not isinstance(answer, dict):
        return False
    name, *rest = path.split("/")
    kind, below = answer.get("object"), rest[1:]
    if _LISTS.intersection(below) or (kind == "list" and not rest and name in _LISTED):
        return kind == "list" and isinstance(answer.get("results"), list)
    if "queries" in below:
        # The answers of a view's query are documented without an "object".
        return kind != "error" and isinstance(answer.get("results", []), list)
    if below:
        return isinstance(kind, str) and kind != "error"
    is_outlined = isinstance(answer.get("id"), str) and isinstance(
        answer.get("properties", {}), dict
    )
    return is_outlined and kind is not None and kind == _KINDS.get(name)


def is_astray(path: str, answer: Json) -> bool:
    """Return whether an answer is about another object than the one whose id the address holds.

    Whatever it says is no word about the object asked for: neither that it is in the trash, nor
    that it was written.
    """
    name, *rest = path.split("/")
    kind, found = answer.get("object"), answer.get("id")
    if rest in ([], ["me"]) or kind != ("page_markdown" if rest[1:] else _KINDS.get(name)):
        return False
    return isinstance(found, str) and normal_id(found) != normal_id(rest[0])
