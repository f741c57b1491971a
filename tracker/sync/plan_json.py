"""Field values, actions and plans as plain JSON values: for the state, the journal and saved plans.

Pure: no clock, no disk, no network, no logging. Values and the actions of the journal are decoded
again, strictly: ValueError for whatever is not exactly what encoding makes, so that a damaged state
is never half understood. Plans are never decoded: a saved one is compared with a new one as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tracker.roadmap.model import At
from tracker.sync.model import Action, Change, Conflict, Create, Delete, Plan, Seen, Side, Update
from tracker.sync.records import TWO_WAY, Field, Record, Value
from tracker.sync.value_json import (
    Json,
    decode_list,
    decode_number,
    decode_object,
    decode_optional,
    decode_text,
    decode_value,
    encode_value,
    make_error,
)

T = TypeVar("T")

_RECORD_KEYS = frozenset(which.value for which in TWO_WAY)
_LATER = {Field.EVIDENCE.value: None}
"""Keys that a record lacks which an earlier version stored: the field was not synced then."""
_NEVER_NULL = tuple(which for which, value in Record("").values().items() if value is not None)


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


def decode_count(stored: Any) -> int:
    """Return a whole number that is not negative."""
    if isinstance(stored, bool) or not isinstance(stored, int) or stored < 0:
        raise make_error("a whole number", stored)
    return stored


def _decode_flag(stored: Any) -> bool:
    if not isinstance(stored, bool):
        raise make_error("true or false", stored)
    return stored


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
    "order": lambda stored: decode_optional(stored, decode_number),
    "changes": lambda stored: decode_list(stored, _decode_change),
    "at": lambda stored: decode_optional(stored, _decode_at),
    "text": decode_text,
    "place": lambda stored: decode_optional(stored, decode_count),
    "restore": _decode_flag,
    "seen": _decode_seen,
}
"""How the parts of these actions are decoded."""
