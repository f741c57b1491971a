"""Which answers can be believed: they have the outline that the address asked for promises.

Pure. A proxy, a captive portal or another service can answer 200 with well-formed JSON; what is
taken for a data source without columns would look like columns that somebody deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from tracker.adapters.notion.ids import Json

_KINDS: Mapping[str, str] = {
    "users": "user",
    "pages": "page",
    "databases": "database",
    "data_sources": "data_source",
}
_LISTS = frozenset({"query", "children", "properties"})
"""The parts of an address below an object's own that answer with a list."""


def is_answer(path: str, answer: object) -> TypeGuard[Json]:
    """Return whether an answer is what this address promises; its values may still be anything."""
    if not isinstance(answer, dict):
        return False
    kind, below = answer.get("object"), path.split("/")[2:]
    if _LISTS.intersection(below):
        return kind == "list" and isinstance(answer.get("results"), list)
    if below:
        return isinstance(kind, str) and kind != "error"
    is_outlined = isinstance(answer.get("id"), str) and isinstance(
        answer.get("properties", {}), dict
    )
    return is_outlined and kind == _KINDS.get(path.split("/", maxsplit=1)[0])
