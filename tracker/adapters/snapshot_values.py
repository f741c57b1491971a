"""The values of a snapshot, and of a run at rest, to JSON and back.

Pure. Whatever was not written here is refused: decoding raises any of the exceptions that wrong
values cause.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zlib import crc32

from tracker.adapters.state_values import decode_page_id
from tracker.errors import Location, Problem, Severity
from tracker.sync.model import PageId, Plan, RemoteRow
from tracker.sync.plan_json import decode_count
from tracker.sync.records import TWO_WAY, Field, Record
from tracker.sync.rest import Rest, RestBasis
from tracker.sync.row_state import format_seen, parse_seen
from tracker.sync.snapshot import ReadMark
from tracker.sync.value_json import (
    decode_list,
    decode_object,
    decode_optional,
    decode_text,
    decode_value,
    encode_value,
    make_error,
)

_FIELDS = {which.value: which for which in TWO_WAY}
_EMPTY = Record("").values()
_DIGITS = 8


def encode_row(row: RemoteRow) -> str:
    """Encode a row without its page id; what is empty is left out, and a checksum stands before it."""
    values = row.record.values().items()
    parts = [
        row.tracker_id,
        row.order,
        {which.value: encode_value(which, it) for which, it in values if it != _EMPTY[which]},
        sorted(row.requires),
        [row.created_at, row.edited_at, row.author],
        {which.value: reason for which, reason in row.held.items()},
        format_seen(row.seen),
    ]
    # In ASCII: half a character, which JSON can spell, is no text for SQLite.
    text = json.dumps(parts, separators=(",", ":"))
    return _sum_up(text) + text


def _sum_up(text: str) -> str:
    """Return eight digits; what a bad disk made of a value would count as an edit in Notion."""
    return f"{crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def decode_row(page_id: Any, stored: Any) -> RemoteRow:
    """Decode a row."""
    text = decode_text(stored)[_DIGITS:]
    if stored[:_DIGITS] != _sum_up(text):
        raise make_error("a row with its checksum", stored)
    tracker_id, order, values, requires, made, held, seen = json.loads(text)
    record: dict[str, Any] = {name: decode_value(_FIELDS[name], it) for name, it in values.items()}
    created_at, edited_at, author = decode_list(made, decode_text)
    return RemoteRow(
        page_id=decode_page_id(page_id),
        tracker_id=decode_optional(tracker_id, decode_text),
        record=Record(**{"name": "", **record}),
        requires=frozenset(decode_list(requires, decode_page_id)),
        order=_decode_order(order),
        created_at=created_at,
        edited_at=edited_at,
        author=author,
        held={Field(name): decode_text(reason) for name, reason in held.items()},
        seen=parse_seen(decode_text(seen)),
    )


def _decode_order(stored: Any) -> float | None:
    order = decode_value(Field.ORDER, stored)
    if order is not None and not isinstance(order, float | int):
        raise make_error("a number", stored)
    return order


def encode_mark(mark: ReadMark) -> str:
    """Encode what a snapshot rests on."""
    times = {name: getattr(mark, name).isoformat() for name in _TIMES}
    return json.dumps({**asdict(mark), **times, "facts": sorted(mark.facts)})


def decode_mark(stored: Any) -> ReadMark:
    """Decode what a snapshot rests on."""
    parts = decode_object(json.loads(decode_text(stored)), frozenset(_MARK_PARTS))
    return ReadMark(**{name: decode(parts[name]) for name, decode in _MARK_PARTS.items()})


def _decode_time(stored: Any) -> datetime:
    moment = datetime.fromisoformat(decode_text(stored))
    if moment.tzinfo is None:
        raise make_error("a time with its offset", stored)
    return moment


_TIMES = ("read_at", "complete_at")
_MARK_PARTS: dict[str, Callable[[Any], Any]] = {
    "data_source_id": decode_text,
    "facts": lambda stored: frozenset(decode_list(stored, decode_text)),
    "read_at": _decode_time,
    "complete_at": _decode_time,
    "rows": decode_count,
    "format": decode_text,
}


def encode_rest(rest: Rest) -> str:
    """Encode a run at rest; its plans are empty."""
    basis = {**asdict(rest.basis), "files": dict(rest.basis.files)}
    plans = [[plan.roadmap, plan.title, plan.digest] for plan in rest.plans]
    return json.dumps(
        {"basis": basis, "plans": plans, "problems": [asdict(it) for it in rest.problems]}
    )


def decode_rest(stored: Any) -> Rest:
    """Decode a run at rest."""
    parts = decode_object(
        json.loads(decode_text(stored)), frozenset({"basis", "plans", "problems"})
    )
    basis = decode_object(parts["basis"], frozenset({"setting", "names", "files"}))
    files = {name: decode_text(digest) for name, digest in basis["files"].items()}
    names = decode_list(basis["names"], decode_text)
    return Rest(
        RestBasis(decode_text(basis["setting"]), names, files),
        decode_list(parts["plans"], _decode_plan),
        decode_list(parts["problems"], _decode_problem),
    )


def _decode_plan(stored: Any) -> Plan:
    roadmap, title, digest = decode_list(stored, decode_text)
    return Plan(roadmap, title, digest)


def _decode_problem(stored: Any) -> Problem:
    parts = decode_object(stored, frozenset(Problem.__dataclass_fields__))
    place = decode_optional(parts.pop("location"), _decode_location)
    severity = Severity(decode_text(parts.pop("severity")))
    texts = {name: decode_text(text) for name, text in parts.items()}
    return Problem(**texts, severity=severity, location=place)


def _decode_location(stored: Any) -> Location:
    place = decode_object(stored, frozenset(Location.__dataclass_fields__))
    return Location(
        decode_text(place["path"]), decode_count(place["line"]), decode_count(place["column"])
    )


def decode_page_digest(page_id: Any, digest: Any) -> tuple[PageId, str]:
    """Decode a row's id and digest."""
    return decode_page_id(page_id), decode_text(digest)
