"""Field values, actions and plans as plain JSON values, and back without loss.

Pure: no clock, no disk, no network, no logging. Decoding is strict: it raises ValueError for
whatever is not exactly what encoding makes, so that a changed file is never half understood.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from tracker.roadmap.edits import At
from tracker.roadmap.model import SkillId, Status
from tracker.sync.plan import (
    Action,
    Adopt,
    Change,
    Conflict,
    Create,
    Delete,
    Forget,
    Hold,
    Plan,
    Update,
)
from tracker.sync.snapshot import TWO_WAY, Field, Link, Links, Record, Seen, Side, Value

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


__all__ = [
    "decode_action",
    "decode_plan",
    "decode_value",
    "encode_action",
    "encode_plan",
    "encode_value",
]

_PLAN_KEYS = frozenset({"roadmap", "title", "digest", "actions", "conflicts", "sections"})
_CONFLICT_KEYS = frozenset({"skill_id", "name", "field", "base", "local", "remote", "reason"})
_RECORD_KEYS = frozenset(each.value for each in TWO_WAY)
_NEVER_NULL = tuple(which for which, value in Record("").values().items() if value is not None)


def encode_plan(plan: Plan) -> Json:
    """Turn a plan into JSON values."""
    return {
        "roadmap": plan.roadmap,
        "title": plan.title,
        "digest": plan.digest,
        "actions": [encode_action(each) for each in plan.actions],
        "conflicts": [_encode_conflict(each) for each in plan.conflicts],
        "sections": [list(each) for each in plan.sections],
    }


def decode_plan(stored: Any) -> Plan:
    """Turn JSON values back into the plan; raise ValueError for anything else."""
    plan = decode_object(stored, _PLAN_KEYS)
    return Plan(
        roadmap=decode_text(plan["roadmap"]),
        title=decode_text(plan["title"]),
        digest=decode_text(plan["digest"]),
        actions=decode_list(plan["actions"], decode_action),
        conflicts=decode_list(plan["conflicts"], _decode_conflict),
        sections=decode_list(plan["sections"], _decode_rename),
    )


def encode_action(action: Action) -> Json:
    """Turn an action into JSON values; `action` names its kind."""
    kind = type(action).__name__.lower()
    slots = type(action).__dataclass_fields__
    parts = {name: _encode_part(getattr(action, name)) for name in slots if name != "seen"}
    if isinstance(action, Update | Adopt):
        parts["seen"] = _encode_seen(action.seen)
    return {"action": kind, **parts}


def decode_action(stored: Any) -> Action:
    """Turn JSON values back into the action; raise ValueError for anything else."""
    kind = stored.get("action") if isinstance(stored, dict) else None
    made = _KINDS.get(kind) if isinstance(kind, str) else None
    if made is None:
        raise ValueError(f"unknown action {kind!r}")
    parts = decode_object(stored, frozenset({"action", *made.__dataclass_fields__}))
    if parts["skill_id"] is None and made is not Hold:
        raise make_error("a skill id", None)
    return made(**{name: _PARTS[name](parts[name]) for name in made.__dataclass_fields__})


def _encode_seen(seen: Seen | None) -> Json | None:
    return None if seen is None else {which.value: [*chain] for which, chain in seen.items()}


def _encode_part(part: Any) -> Any:
    """Turn one part of an action into JSON values."""
    if isinstance(part, Record):
        return _encode_fields(part.values())
    if isinstance(part, Mapping):
        return _encode_fields(part)
    if isinstance(part, tuple):
        return [_encode_change(each) if isinstance(each, Change) else each for each in part]
    return part.value if isinstance(part, Side | Field) else part


def _encode_fields(values: Mapping[Field, Value]) -> Json:
    return {which.value: encode_value(which, value) for which, value in values.items()}


def _decode_fields(stored: Any) -> dict[Field, Value]:
    if not isinstance(stored, dict):
        raise make_error("an object of fields", stored)
    return {Field(name): decode_value(Field(name), value) for name, value in stored.items()}


def _decode_seen(stored: Any) -> Seen:
    if not isinstance(stored, dict):
        raise make_error("an object of fields", stored)
    return {Field(name): decode_list(chain, decode_text) for name, chain in stored.items()}


def _decode_record(stored: Any) -> Record:
    values = _decode_fields(decode_object(stored, _RECORD_KEYS))
    empty = [which for which in _NEVER_NULL if values[which] is None]
    if empty:
        raise make_error(f"a value of {empty[0]}", None)
    return Record("").with_values(values)


def _encode_change(change: Change) -> Json:
    return {
        "field": change.field.value,
        "before": encode_value(change.field, change.before),
        "after": encode_value(change.field, change.after),
    }


def _decode_change(stored: Any) -> Change:
    change = decode_object(stored, frozenset({"field", "before", "after"}))
    which = Field(decode_text(change["field"]))
    before, after = (decode_value(which, change[each]) for each in ("before", "after"))
    return Change(which, before, after)


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


def _decode_conflict(stored: Any) -> Conflict:
    conflict = decode_object(stored, _CONFLICT_KEYS)
    which = Field(decode_text(conflict["field"]))
    base, local, remote = (
        decode_value(which, conflict[each]) for each in ("base", "local", "remote")
    )
    return Conflict(
        skill_id=SkillId(decode_text(conflict["skill_id"])),
        name=decode_text(conflict["name"]),
        field=which,
        base=base,
        local=local,
        remote=remote,
        reason=decode_text(conflict["reason"]),
    )


def _decode_rename(stored: Any) -> tuple[str, str]:
    before, after = decode_list(stored, decode_text)
    return before, after


def _decode_at(stored: Any) -> At:
    section, skill = decode_list(stored, decode_count)
    return section, skill


def _optional(decode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda stored: decode_optional(stored, decode)


_KINDS: Mapping[str, type[Action]] = {
    each.__name__.lower(): each for each in (Create, Update, Delete, Adopt, Forget, Hold)
}

_PARTS: Mapping[str, Callable[[Any], Any]] = {
    "side": lambda stored: Side(decode_text(stored)),
    "skill_id": _optional(decode_text),
    "page_id": _optional(decode_text),
    "record": _decode_record,
    "order": _optional(decode_number),
    "changes": lambda stored: decode_list(stored, _decode_change),
    "at": _optional(_decode_at),
    "text": decode_text,
    "place": _optional(decode_count),
    "restore": decode_flag,
    "fields": _decode_fields,
    "seen": _optional(_decode_seen),
    "reason": decode_text,
    "field": _optional(lambda stored: Field(decode_text(stored))),
}
