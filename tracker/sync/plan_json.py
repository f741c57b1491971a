"""Plans and actions as plain JSON values, and back without loss.

Pure: no clock, no disk, no network, no logging. Decoding is strict: whatever is not exactly what
encoding makes raises ValueError, so that a hand-edited or foreign plan is never half understood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tracker.roadmap.edits import At
from tracker.roadmap.model import SkillId
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
from tracker.sync.snapshot import TWO_WAY, Field, Record, Seen, Side, Value
from tracker.sync.value_json import (
    Json,
    decode_count,
    decode_flag,
    decode_list,
    decode_number,
    decode_object,
    decode_optional,
    decode_text,
    decode_value,
    encode_value,
    make_error,
)

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
