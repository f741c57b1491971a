"""Values of the state to JSON and back; whatever was not written here is refused.

Pure. Decoding raises any of the exceptions that wrong values cause; `state_db` explains them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from sys import intern
from typing import Any

from tracker.adapters.state_reading import check_page_id, decode_agreed, decode_map
from tracker.roadmap.model import SkillId
from tracker.sync.journal import JournalEntry, JournalKind, JournalRun, Undo, find_undoer, trace_run
from tracker.sync.model import Binding, PageId
from tracker.sync.plan_json import decode_action, encode_action
from tracker.sync.records import Field, Record
from tracker.sync.row_state import parse_seen
from tracker.sync.speed import SpeedRecord
from tracker.sync.target import DatabaseTarget
from tracker.sync.value_json import (
    decode_list,
    decode_text,
    decode_value,
    encode_value,
    make_error,
)


def decode_page_id(stored: Any) -> PageId:
    """Decode the id of a page."""
    return PageId(check_page_id(stored))


def decode_binding(row: Sequence[Any], records: Mapping[SkillId, Record]) -> Binding:
    """Decode a row of the table of bindings; of values equal to those of a record there is no copy."""
    skill, page, base, seen = row
    skill_id, fields = decode_agreed((skill, base), records)
    return Binding(skill_id, decode_page_id(page), fields, parse_seen(decode_text(seen)))


_TARGET_PARTS: Mapping[str, Callable[[Any], Any]] = {
    "properties": lambda it: {
        Field(name): decode_text(part) for name, part in decode_map(it).items()
    },
    "types": lambda it: {Field(name): decode_text(part) for name, part in decode_map(it).items()},
    "options": lambda it: {name: decode_text(part) for name, part in decode_map(it).items()},
    "views": lambda it: {kind: decode_text(part) for kind, part in decode_map(it).items()},
    "gone": lambda it: {
        Field(name): frozenset(decode_list(texts, decode_text))
        for name, texts in decode_map(it).items()
    },
    "optional": lambda it: frozenset(map(Field, decode_list(it, decode_text))),
}
"""How to decode the parts of a target that are not text."""


def decode_target(stored: Any) -> DatabaseTarget:
    """Decode a roadmap's database."""
    parts: dict[str, Any] = {}
    known = {**decode_map(stored)}
    # What a version before the adoption of databases remembered.
    kind = known.pop("status_type", "status")
    known.setdefault("types", {"status": kind} if kind != "status" else {})
    for name, part in known.items():
        decode: Callable[[Any], Any] = _TARGET_PARTS.get(name, decode_text)
        parts[name] = decode(part)
    return DatabaseTarget(**parts)


def decode_speed(stored: Any) -> SpeedRecord:
    """Decode what is remembered of a server's limit."""
    speed = decode_map(stored)
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


def decode_run(name: str, entries: Iterable[Any], undos: Sequence[Any]) -> JournalRun:
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
    written = decode_action(json.loads(action))
    # The same for all entries of a run, or for many.
    return JournalEntry(run, intern(at), intern(roadmap), intern(title), written, removed, known)
