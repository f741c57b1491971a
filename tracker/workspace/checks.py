"""Checks of request bodies, each raising Notion's own message.

Must not know any endpoint: it knows paths, shapes and values.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tracker.workspace.errors import UNDEFINED, expected
from tracker.workspace.ids import parse_uuid

Json = dict[str, Any]
MAX_ITEMS = 100


def check_object(path: str, value: Any) -> Json:
    """Return the value if it is a JSON object."""
    if isinstance(value, dict):
        return value
    what = "defined" if value is UNDEFINED else "an object"
    raise expected(path, what, value)


def check_list(path: str, value: Any, *, longest: int = MAX_ITEMS) -> list[Any]:
    """Return the value if it is a list of at most `longest` items."""
    if not isinstance(value, list):
        what = "defined" if value is UNDEFINED else "an array"
        raise expected(path, what, value)
    if len(value) > longest:
        raise expected(f"{path}.length", f"≤ `{longest}`", len(value))
    return value


def check_string(path: str, value: Any, *, longest: int | None = None) -> str:
    """Return the value if it is a string of at most `longest` UTF-16 units."""
    if not isinstance(value, str):
        what = "defined" if value is UNDEFINED else "a string"
        raise expected(path, what, value)
    if longest is not None and utf16_length(value) > longest:
        raise expected(f"{path}.length", f"≤ `{longest}`", utf16_length(value))
    return value


def check_bool(path: str, value: Any) -> bool:
    """Return the value if it is true or false."""
    if not isinstance(value, bool):
        raise expected(path, "a boolean", value)
    return value


def check_choice(path: str, value: Any, allowed: Collection[str]) -> str:
    """Return the value if it is one of the allowed words."""
    if not isinstance(value, str) or value not in allowed:
        words = [f'`"{word}"`' for word in allowed]
        listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])}, or {words[-1]}"
        raise expected(path, listed, value)
    return value


def check_uuid(path: str, value: Any) -> str:
    """Return the dashed form of the value if it is a uuid."""
    parsed = parse_uuid(value)
    if parsed is None:
        raise expected(path, "defined" if value is UNDEFINED else "a valid uuid", value)
    return parsed


def check_keys(path: str, value: Json, allowed: Collection[str]) -> None:
    """Refuse keys that the endpoint does not know."""
    for key, found in value.items():
        if key not in allowed:
            raise expected(f"{path}.{key}", "not present", found)


def check_page_size(value: Any, *, path: str = "body.page_size") -> int:
    """Return the number of results wanted, 1 to 100, 100 when absent."""
    if value is None or value is UNDEFINED:
        return MAX_ITEMS
    if isinstance(value, bool) or not isinstance(value, int):
        raise expected(path, "a number", value)
    if value > MAX_ITEMS:
        raise expected(path, f"≤ `{MAX_ITEMS}`", value)
    if value < 1:
        raise expected(path, "≥ `1`", value)
    return value


def utf16_length(text: str) -> int:
    """Return the length as JavaScript counts it."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
