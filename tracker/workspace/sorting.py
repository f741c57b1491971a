"""The order of rows: by several properties, digits in texts as numbers, empty values last.

Must not fetch anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from tracker.workspace.ids import instant
from tracker.workspace.model import Property
from tracker.workspace.rows import LoadedRow

_DIGITS = re.compile(r"(\d+)")
_LONGEST_NUMBER = 300


def sort_rows(rows: list[LoadedRow], sorts: Sequence[tuple[Property, bool]]) -> None:
    """Sort in place; equal rows keep their order."""
    for prop, descending in reversed(sorts):
        key = _key_maker(prop)
        keyed = [(key(row.content(prop)), row) for row in rows]
        filled = [pair for pair in keyed if pair[0] is not None]
        filled.sort(key=lambda pair: pair[0], reverse=descending)
        empty = [row for value, row in keyed if value is None]
        rows[:] = [row for _, row in filled] + empty


def text_key(text: str) -> tuple[Any, ...]:
    """Return a key that ignores case and compares runs of digits as numbers."""
    parts = _DIGITS.split(text.casefold()[:_LONGEST_NUMBER])
    return tuple(
        (0, int(part), "") if index % 2 else (1, 0, part)
        for index, part in enumerate(parts)
        if part
    )


def _key_maker(prop: Property) -> Callable[[Any], Any]:
    if prop.type in ("select", "status", "multi_select"):
        ranks = {option["id"]: rank for rank, option in enumerate(prop.config["options"])}
        return lambda content: _option_key(content, ranks)
    return _content_key


def _option_key(content: Any, ranks: dict[str, int]) -> Any:
    if isinstance(content, list):
        return [ranks[item] for item in content if item in ranks] or None
    return ranks.get(content)


def _content_key(content: Any) -> Any:
    """Return a key comparable within one column: numbers, texts and lists do not mix there."""
    if content is None or content in ("", []):
        return None
    if isinstance(content, dict):
        moment = instant(content["start"]) if "start" in content else None
        return (0, moment) if moment is not None else None
    if isinstance(content, bool | int | float):
        return (0, content)
    if isinstance(content, str):
        return (1, text_key(content))
    return (2, text_key(str(content)))
