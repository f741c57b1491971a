"""Field values as plain JSON values, and back without loss.

Pure: no clock, no disk, no network, no logging. Decoding is strict: it raises ValueError for
whatever is not exactly what encoding makes.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from tracker.roadmap.model import Status
from tracker.sync.snapshot import Field, Link, Links, Value

Json = dict[str, Any]
T = TypeVar("T")


def encode_value(which: Field, value: Value) -> Any:
    """Turn the value of a field into JSON values; raise ValueError where the type is wrong."""
    encoded = _encode(value)
    if decode_value(which, encoded) != value:
        raise ValueError(f"{value!r} is no value of {which}")
    return encoded


def _encode(value: Value) -> Any:
    if isinstance(value, Links):
        return [{"url": each.url, "title": each.title, "type": each.type} for each in value.items]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Status) else value


def decode_value(which: Field, stored: Any) -> Value:
    """Turn JSON values back into the value of a field; raise ValueError for anything else."""
    return None if stored is None else _DECODERS.get(which, decode_text)(stored)


def make_error(expected: str, found: Any) -> ValueError:
    """Make the error for a value of the wrong shape."""
    # By reprlib: a value may be nested too deep, or a number too long, to be told in full.
    return ValueError(f"expected {expected}, not {reprlib.repr(found)}")


def decode_object(stored: Any, keys: frozenset[str]) -> Json:
    """Return an object that has exactly these keys."""
    if not isinstance(stored, dict) or stored.keys() != keys:
        raise make_error(f"an object with {', '.join(sorted(keys))}", stored)
    return stored


def decode_list(stored: Any, decode: Callable[[Any], T]) -> tuple[T, ...]:
    """Return the decoded entries of a list."""
    if not isinstance(stored, list):
        raise make_error("a list", stored)
    return tuple(decode(each) for each in stored)


def decode_text(stored: Any) -> str:
    """Return a text."""
    if not isinstance(stored, str):
        raise make_error("a text", stored)
    return stored


def decode_number(stored: Any) -> float:
    """Return a finite number."""
    if isinstance(stored, bool) or not isinstance(stored, float | int):
        raise make_error("a number", stored)
    try:
        if math.isfinite(stored):
            return stored
    except OverflowError:
        pass
    raise make_error("a finite number", stored)


def decode_count(stored: Any) -> int:
    """Return a whole number that is not negative."""
    if isinstance(stored, bool) or not isinstance(stored, int) or stored < 0:
        raise make_error("a whole number", stored)
    return stored


def decode_flag(stored: Any) -> bool:
    """Return true or false."""
    if not isinstance(stored, bool):
        raise make_error("true or false", stored)
    return stored


def decode_optional(stored: Any, decode: Callable[[Any], T]) -> T | None:
    """Return a decoded value, or None for null."""
    return None if stored is None else decode(stored)


def _decode_date(stored: Any) -> date:
    day = date.fromisoformat(decode_text(stored))
    if day.isoformat() != stored:
        raise make_error("a date such as 2026-01-31", stored)
    return day


def _decode_set(stored: Any) -> frozenset[str]:
    return frozenset(decode_list(stored, decode_text))


def _decode_links(stored: Any) -> Links:
    return Links(decode_list(stored, _decode_link))


def _decode_link(stored: Any) -> Link:
    link = decode_object(stored, frozenset({"url", "title", "type"}))
    kind = decode_optional(link["type"], decode_text)
    return Link(decode_text(link["url"]), decode_text(link["title"]), kind)


def _decode_status(stored: Any) -> Status:
    return Status(decode_text(stored))


_DECODERS: Mapping[Field, Callable[[Any], Value]] = {
    Field.STATUS: _decode_status,
    Field.HOURS: decode_number,
    Field.ORDER: decode_number,
    Field.STARTED: _decode_date,
    Field.COMPLETED: _decode_date,
    Field.TAGS: _decode_set,
    Field.REQUIRES: _decode_set,
    Field.RESOURCES: _decode_links,
}
