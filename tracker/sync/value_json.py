"""Field values as plain JSON values, for the state, the journal and saved plans.

Pure: no clock, no disk, no network, no logging. Values are decoded again strictly: ValueError for
whatever is not exactly what encoding makes, so that a damaged state is never half understood.
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from sys import intern
from typing import Any, TypeVar

from tracker.roadmap.model import Status
from tracker.sync.records import Field, Link, Links, Record, Value

Json = dict[str, Any]
T = TypeVar("T")


def encode_value(which: Field, value: Value) -> Any:
    """Turn the value of a field into JSON values; raise ValueError where the type is wrong."""
    encoded = _encode(value)
    # What could not be read again would damage the state for good.
    if decode_value(which, encoded) != value:
        raise ValueError(f"{value!r} is no value of {which}")
    return encoded


def _encode(value: Value) -> Any:
    # Most values are one of these, and a large roadmap has a hundred thousand.
    if value is None or type(value) is str:
        return value
    if isinstance(value, Links):
        return [{"url": link.url, "title": link.title, "type": link.type} for link in value.items]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Status) else value


def format_record(record: Record) -> str:
    """Return the values of a record as the state stores them; unchecked, for comparing only."""
    return _format({which: _encode(value) for which, value in record.values().items()})


_format = json.JSONEncoder(ensure_ascii=False).encode


def decode_value(which: Field, stored: Any) -> Value:
    """Turn JSON values back into the value of a field; raise ValueError for anything else."""
    return None if stored is None else _VALUES.get(which, decode_text)(stored)


def make_error(expected: str, found: Any) -> ValueError:
    """Make the error for a value of the wrong shape."""
    # By reprlib: a damaged value may be nested too deep, or a number too long, to be shown in full.
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
    return tuple(decode(entry) for entry in stored)


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
    except OverflowError:  # a whole number with more than 308 digits, which JSON can hold
        pass
    raise make_error("a finite number", stored)


def decode_optional(stored: Any, decode: Callable[[Any], T]) -> T | None:
    """Return a decoded value, or None for null."""
    return None if stored is None else decode(stored)


def _decode_date(stored: Any) -> date:
    day = date.fromisoformat(decode_text(stored))
    # Python reads other spellings as well, such as 20260131.
    if day.isoformat() != stored:
        raise make_error("a date such as 2026-01-31", stored)
    return day


def _decode_set(stored: Any) -> frozenset[str]:
    return frozenset(decode_list(stored, decode_text))


# What many skills have in common is there once: a large journal takes a quarter less memory.


def _decode_word(stored: Any) -> str:
    return intern(decode_text(stored))


def _decode_tags(stored: Any) -> frozenset[str]:
    return _make_tags(decode_list(stored, decode_text))


@lru_cache(maxsize=1024)
def _make_tags(tags: tuple[str, ...]) -> frozenset[str]:
    return frozenset(tags)


def _decode_link(stored: Any) -> Link:
    link = decode_object(stored, frozenset({"url", "title", "type"}))
    kind = decode_optional(link["type"], _decode_word)
    return Link(decode_text(link["url"]), decode_text(link["title"]), kind)


_VALUES: Mapping[Field, Callable[[Any], Value]] = {
    Field.STATUS: lambda stored: Status(decode_text(stored)),
    Field.HOURS: decode_number,
    Field.ORDER: decode_number,
    Field.STARTED: _decode_date,
    Field.COMPLETED: _decode_date,
    Field.SECTION: _decode_word,
    Field.LEVEL: _decode_word,
    Field.TAGS: _decode_tags,
    Field.REQUIRES: _decode_set,
    Field.RESOURCES: lambda stored: Links(decode_list(stored, _decode_link)),
}
"""How the values of fields are decoded that are no texts, or texts that many skills have."""
