"""Values of the state to JSON and back; whatever was not written here is refused.

Pure. Decoding raises any of the exceptions that wrong values cause; `state_db` explains them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tracker.ports import PageRecord
from tracker.progress.page import Waiting
from tracker.roadmap.model import SkillId
from tracker.sync.journal import JournalEntry, JournalKind, JournalRun, Undo, find_undoer, trace_run
from tracker.sync.model import Binding, Field, Links, PageId, Record, RecordValues, Value
from tracker.sync.plan_json import (
    decode_action,
    decode_list,
    decode_text,
    decode_value,
    encode_action,
    encode_value,
    format_record,
    make_error,
)
from tracker.sync.row_state import parse_seen
from tracker.sync.speed import SpeedRecord
from tracker.sync.target import DatabaseTarget

_FIELDS = {field.value: field for field in Field}
"""Fields by their names: a dict is quicker than the enum's own look-up."""

_PAGE_ID = re.compile(r"[\w-]{1,100}")
"""Page ids become part of the address of a request: nothing else may get there."""


def decode_page_id(stored: Any) -> PageId:
    """Decode the id of a page."""
    if not _PAGE_ID.fullmatch(decode_text(stored)):
        raise make_error("the id of a page", stored)
    return PageId(stored)


def decode_binding(row: Sequence[Any], records: Mapping[SkillId, Record]) -> Binding:
    """Decode a row of the table of bindings; of values equal to those of a record there is no copy."""
    skill, page, base, seen = row
    skill_id, page_id = SkillId(decode_text(skill)), decode_page_id(page)
    record = records.get(skill_id)
    # Nearly always: half the time, and a seventh of the memory.
    if record is not None and base == format_record(record):
        return Binding(skill_id, page_id, RecordValues(record), parse_seen(decode_text(seen)))
    stored = json.loads(decode_text(base))
    if not isinstance(stored, dict):
        raise make_error("an object of fields", stored)
    fields = {name: _FIELDS.get(name) or Field(name) for name in stored}
    decoded = {fields[name]: decode_value(fields[name], value) for name, value in stored.items()}
    own = {} if record is None else record.values()
    shared = {which: _share(value, own.get(which)) for which, value in decoded.items()}
    return Binding(skill_id, page_id, shared, parse_seen(decode_text(seen)))


def _share(value: Value, own: Value) -> Value:
    """Return a record's own value where it is the same, down to the order of links."""
    if isinstance(value, Links):
        return own if isinstance(own, Links) and own.items == value.items else value
    return own if own == value else value


def _check_object(stored: Any) -> dict[str, Any]:
    if not isinstance(stored, dict):
        raise make_error("an object", stored)
    return stored


_TARGET_PARTS: Mapping[str, Callable[[Any], Any]] = {
    "properties": lambda it: {
        Field(name): decode_text(part) for name, part in _check_object(it).items()
    },
    "types": lambda it: {
        Field(name): decode_text(part) for name, part in _check_object(it).items()
    },
    "options": lambda it: {name: decode_text(part) for name, part in _check_object(it).items()},
    "views": lambda it: {kind: decode_text(part) for kind, part in _check_object(it).items()},
    "gone": lambda it: {
        Field(name): frozenset(decode_list(texts, decode_text))
        for name, texts in _check_object(it).items()
    },
    "optional": lambda it: frozenset(map(Field, decode_list(it, decode_text))),
}
"""How to decode the parts of a target that are not text."""


def decode_target(stored: Any) -> DatabaseTarget:
    """Decode a roadmap's database."""
    parts: dict[str, Any] = {}
    known = {**_check_object(stored)}
    # What a version before the adoption of databases remembered.
    kind = known.pop("status_type", "status")
    known.setdefault("types", {"status": kind} if kind != "status" else {})
    for name, part in known.items():
        decode: Callable[[Any], Any] = _TARGET_PARTS.get(name, decode_text)
        parts[name] = decode(part)
    return DatabaseTarget(**parts)


def decode_page(stored: Any) -> PageRecord:
    """Decode what is remembered of the Progress page."""
    page = _check_object(stored)
    if page["page_id"]:
        decode_page_id(page["page_id"])
    waiting = tuple(map(_decode_waiting, page["waiting"]))
    texts = {
        key: decode_text(page[key]) for key in ("page_id", "parent", "text", "digest", "sources")
    }
    others = tuple(decode_list(page.get("others", []), decode_text))
    return PageRecord(**texts, is_gone=bool(page["is_gone"]), waiting=waiting, others=others)


def decode_speed(stored: Any) -> SpeedRecord:
    """Decode what is remembered of a server's limit."""
    speed = _check_object(stored)
    budget, count = speed["budget"], int(speed["count"])
    if (budget is not None and int(budget) < 1) or count < 0:
        raise make_error("a number of requests", stored)
    return SpeedRecord(
        budget=None if budget is None else int(budget),
        is_confirmed=speed["is_confirmed"] is True,
        at=float(speed["at"]),
        count=count,
        ends_after=float(speed["ends_after"]),
        ends_before=float(speed["ends_before"]),
    )


def _decode_waiting(stored: Any) -> Waiting:
    parts: dict[str, Any] = {}
    for name, part in _check_object(stored).items():
        parts[name] = None if part is None and name in ("local", "remote") else decode_text(part)
    return Waiting(**parts)


def decode_run(name: str, entries: Sequence[Any], undos: Sequence[Any]) -> JournalRun:
    """Decode a run from the rows of _ENTRIES and _UNDOS."""
    known = decode_undos(undos)
    own = next((undo for undo in known if undo.run == name), Undo(name, ""))
    kind, root = trace_run(known, name)
    return JournalRun(
        name,
        tuple(_decode_entry(name, row) for row in entries),
        undoes=own.of,
        undone_by=find_undoer(known, name),
        is_open=own.is_open,
        kind=kind,
        root=root if kind is not JournalKind.EDIT else "",
    )


def decode_undos(undos: Sequence[Any]) -> tuple[Undo, ...]:
    """Decode the rows of _UNDOS."""
    return tuple(
        Undo(decode_text(run), decode_text(of), bool(is_open)) for run, of, is_open in undos
    )


def encode_entry(entry: JournalEntry) -> tuple[str, ...]:
    """Return the columns of a journal entry, behind its number."""
    base = entry.base
    known = None if base is None else {key.value: encode_value(key, it) for key, it in base.items()}
    return (
        entry.run,
        entry.at,
        entry.roadmap,
        entry.title,
        json.dumps(encode_action(entry.action), ensure_ascii=False),
        entry.removed,
        json.dumps(known, ensure_ascii=False),
    )


def _decode_entry(run: str, row: Sequence[Any]) -> JournalEntry:
    """Decode an entry; raise for anything that `encode_entry` did not make."""
    at, roadmap, title, action, removed, base = (decode_text(part) for part in row)
    stored = json.loads(base)
    # None and {} differ: a skill that was not bound, and one without agreed values.
    known = stored and {Field(key): decode_value(Field(key), it) for key, it in stored.items()}
    return JournalEntry(run, at, roadmap, title, decode_action(json.loads(action)), removed, known)
