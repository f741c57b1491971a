"""Field values, actions and plans as plain JSON values: for the state, the journal and saved plans.

Pure: no clock, no disk, no network, no logging. Values and the actions of the journal are decoded
again, strictly: ValueError for whatever is not exactly what encoding makes, so that a damaged state
is never half understood. Plans are never decoded: a saved one is compared with a new one as JSON.
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from tracker.roadmap.model import At, Status
from tracker.sync.model import (
    TWO_WAY,
    Action,
    Change,
    Conflict,
    Create,
    Delete,
    Field,
    Link,
    Links,
    Plan,
    Record,
    Seen,
    Side,
    Update,
    Value,
)

Json = dict[str, Any]
T = TypeVar("T")

_RECORD_KEYS = frozenset(which.value for which in TWO_WAY)
_LATER = {Field.EVIDENCE.value: None}
"""Keys that a record lacks which an earlier version stored: the field was not synced then."""
_NEVER_NULL = tuple(which for which, value in Record("").values().items() if value is not None)


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


def encode_plan(plan: Plan) -> Json:
    """Turn a plan into JSON values, which are equal for equal plans only."""
    return {
        "roadmap": plan.roadmap,
        "title": plan.title,
        "digest": plan.digest,
        "actions": [encode_action(action) for action in plan.actions],
        "conflicts": [_encode_conflict(conflict) for conflict in plan.conflicts],
        "sections": [list(titles) for titles in plan.sections],
    }


def _encode_conflict(conflict: Conflict) -> Json:
    which = conflict.field
    return {
        "skill_id": conflict.skill_id,
        "name": conflict.name,
        "field": which.value,
        "base": encode_value(which, conflict.base),
        "local": encode_value(which, conflict.local),
        "remote": encode_value(which, conflict.remote),
        "reason": conflict.reason,
    }


def encode_action(action: Action) -> Json:
    """Turn an action into JSON values; `action` names its kind."""
    parts = {name: getattr(action, name) for name in type(action).__dataclass_fields__}
    kind = type(action).__name__.lower()
    return {"action": kind, **{name: _encode_part(name, parts[name]) for name in parts}}


def _encode_part(name: str, part: Any) -> Any:
    """Turn one part of an action into JSON values."""
    if isinstance(part, Record):
        return _encode_fields(part.values())
    if isinstance(part, Mapping) and name == "seen":
        return {which.value: [*chain] for which, chain in part.items()}
    if isinstance(part, Mapping):
        return _encode_fields(part)
    if isinstance(part, tuple):
        return [_encode_change(entry) if isinstance(entry, Change) else entry for entry in part]
    return part.value if isinstance(part, Side | Field) else part


def _encode_fields(values: Mapping[Field, Value]) -> Json:
    return {which.value: encode_value(which, value) for which, value in values.items()}


def _encode_change(change: Change) -> Json:
    which = change.field
    before, after = (encode_value(which, value) for value in (change.before, change.after))
    return {"field": which.value, "before": before, "after": after}


def decode_action(stored: Any) -> Create | Update | Delete:
    """Turn JSON values back into an action that writes; raise ValueError for anything else."""
    kind = stored.get("action") if isinstance(stored, dict) else None
    made = _KINDS.get(kind) if isinstance(kind, str) else None
    if made is None:
        raise ValueError(f"unknown action {kind!r}")
    parts = decode_object(stored, frozenset({"action", *made.__dataclass_fields__}))
    return made(**{name: _PARTS[name](parts[name]) for name in made.__dataclass_fields__})


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


def _decode_number(stored: Any) -> float:
    """Return a finite number."""
    if isinstance(stored, bool) or not isinstance(stored, float | int):
        raise make_error("a number", stored)
    try:
        if math.isfinite(stored):
            return stored
    except OverflowError:  # a whole number with more than 308 digits, which JSON can hold
        pass
    raise make_error("a finite number", stored)


def decode_count(stored: Any) -> int:
    """Return a whole number that is not negative."""
    if isinstance(stored, bool) or not isinstance(stored, int) or stored < 0:
        raise make_error("a whole number", stored)
    return stored


def decode_optional(stored: Any, decode: Callable[[Any], T]) -> T | None:
    """Return a decoded value, or None for null."""
    return None if stored is None else decode(stored)


def _decode_flag(stored: Any) -> bool:
    if not isinstance(stored, bool):
        raise make_error("true or false", stored)
    return stored


def _decode_date(stored: Any) -> date:
    day = date.fromisoformat(decode_text(stored))
    # Python reads other spellings as well, such as 20260131.
    if day.isoformat() != stored:
        raise make_error("a date such as 2026-01-31", stored)
    return day


def _decode_set(stored: Any) -> frozenset[str]:
    return frozenset(decode_list(stored, decode_text))


def _decode_link(stored: Any) -> Link:
    link = decode_object(stored, frozenset({"url", "title", "type"}))
    kind = decode_optional(link["type"], decode_text)
    return Link(decode_text(link["url"]), decode_text(link["title"]), kind)


def _decode_mapping(stored: Any, decode: Callable[[Field, Any], T]) -> dict[Field, T]:
    if not isinstance(stored, dict):
        raise make_error("an object of fields", stored)
    return {Field(name): decode(Field(name), value) for name, value in stored.items()}


def _decode_record(stored: Any) -> Record:
    whole = {**_LATER, **stored} if isinstance(stored, dict) else stored
    values = _decode_mapping(decode_object(whole, _RECORD_KEYS), decode_value)
    empty = [which for which in _NEVER_NULL if values[which] is None]
    if empty:
        raise make_error(f"a value of {empty[0]}", None)
    return Record("").with_values(values)


def _decode_change(stored: Any) -> Change:
    change = decode_object(stored, frozenset({"field", "before", "after"}))
    which = Field(decode_text(change["field"]))
    return Change(
        which, decode_value(which, change["before"]), decode_value(which, change["after"])
    )


def _decode_at(stored: Any) -> At:
    section, skill = decode_list(stored, decode_count)
    return section, skill


def _decode_seen(stored: Any) -> Seen:
    return _decode_mapping(stored, lambda _, chain: decode_list(chain, decode_text))


_VALUES: Mapping[Field, Callable[[Any], Value]] = {
    Field.STATUS: lambda stored: Status(decode_text(stored)),
    Field.HOURS: _decode_number,
    Field.ORDER: _decode_number,
    Field.STARTED: _decode_date,
    Field.COMPLETED: _decode_date,
    Field.TAGS: _decode_set,
    Field.REQUIRES: _decode_set,
    Field.RESOURCES: lambda stored: Links(decode_list(stored, _decode_link)),
}
"""How the values of fields are decoded that are no texts."""

_KINDS: Mapping[str, type[Create | Update | Delete]] = {
    "create": Create,
    "update": Update,
    "delete": Delete,
}
"""The actions that the journal holds: those that can be undone."""

_PARTS: Mapping[str, Callable[[Any], Any]] = {
    "side": lambda stored: Side(decode_text(stored)),
    "skill_id": decode_text,
    "page_id": lambda stored: decode_optional(stored, decode_text),
    "record": _decode_record,
    "order": lambda stored: decode_optional(stored, _decode_number),
    "changes": lambda stored: decode_list(stored, _decode_change),
    "at": lambda stored: decode_optional(stored, _decode_at),
    "text": decode_text,
    "place": lambda stored: decode_optional(stored, decode_count),
    "restore": _decode_flag,
    "seen": _decode_seen,
}
"""How the parts of these actions are decoded."""
