"""Settle open fields of one skill, and nothing else: what `tracker resolve` decides with.

Pure: no clock, no disk, no network, no logging.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tracker.roadmap.dates import find_order_fault
from tracker.roadmap.graph import find_circles
from tracker.roadmap.model import Status, make_canonical_text
from tracker.sync.fields import UNKNOWN_RELATION
from tracker.sync.model import Base, Conflict, Plan, RemoteObservation, Take, Update
from tracker.sync.records import Field, LocalObservation, Value
from tracker.sync.whole_roadmap import find_fault


@dataclass(frozen=True, slots=True)
class OpenField:
    """A field that waits for a decision: in conflict, or held with the reason in the conflict.

    `can_take` are the words that settle it; `is_readable` says whether Notion's value is known.
    """

    conflict: Conflict
    is_held: bool = False
    can_take: tuple[Take, ...] = ()
    is_readable: bool = True


def list_open(
    plan: Plan, base: Base, local: LocalObservation, remote: RemoteObservation
) -> tuple[OpenField, ...]:
    """Return all fields of a plan that wait for a decision: conflicts, then held fields."""
    known = {skill_id: binding.fields for skill_id, binding in base.bindings.items()}
    conflicts: list[OpenField] = []
    for conflict in plan.conflicts:
        has_base = conflict.field in known.get(conflict.skill_id, {})
        words = (Take.LOCAL, Take.REMOTE, Take.BASE) if has_base else (Take.LOCAL, Take.REMOTE)
        conflicts.append(OpenField(conflict, can_take=words))
    return (*conflicts, *_list_held(plan, base, local, remote))


def _list_held(
    plan: Plan, base: Base, local: LocalObservation, remote: RemoteObservation
) -> Iterator[OpenField]:
    records = {skill.skill_id: skill.record for skill in local.skills}
    rows = {row.page_id: row for row in remote.rows}
    for hold in plan.holds:
        skill_id, which, record = hold.skill_id, hold.field, records.get(hold.skill_id)
        # A skill that is held as a whole, or that is not in the file yet, is settled in Notion.
        if which is None or skill_id is None or record is None:
            continue
        binding = base.bindings.get(skill_id)
        known = binding.fields if binding is not None else {}
        row = rows.get(hold.page_id) if hold.page_id else None
        # Relations are page ids, and may lead to rows that are no skills.
        is_readable = row is not None and which not in row.held and which is not Field.REQUIRES
        theirs = row.record.get(which) if row is not None and is_readable else None
        # Notion's value cannot be taken: it is held because it cannot be read, or cannot be in a file.
        words: tuple[Take, ...] = (Take.LOCAL, Take.BASE) if which in known else (Take.LOCAL,)
        if hold.reason == UNKNOWN_RELATION:
            words = ()
        conflict = Conflict(
            skill_id, record.name, which, known.get(which), record.get(which), theirs, hold.reason
        )
        yield OpenField(conflict, is_held=True, can_take=words, is_readable=is_readable)


def find_choice_fault(plan: Plan, local: LocalObservation) -> str:
    """Say why the file would be broken by a plan that settles some fields of one skill, or nothing.

    The plan of a whole sync gives a valid file; a part of it may not: the other date, or the
    skill that is required, may be in the part that is left out.
    """
    records = {skill.at: skill.record for skill in local.skills}
    graph = {str(skill.skill_id): skill.record.requires for skill in local.skills if skill.skill_id}
    for action in plan.actions:
        if not isinstance(action, Update) or action.at not in records:
            continue
        values: dict[Field, Value] = {
            change.field: change.after for change in action.changes if change.field is not Field.ID
        }
        record = records[action.at].with_values(values)
        if fault := find_order_fault(record.started, record.completed):
            return fault
        graph[action.skill_id] = record.requires
        if unknown := record.requires - graph.keys():
            return f"it would require {min(unknown)}, which is not in the file"
        if any(action.skill_id in circle for circle in find_circles(graph)):
            return "its prerequisites would go round in a circle"
    return ""


def parse_value(which: Field, text: str) -> Value:
    """Return the value that a text means for a field; an empty text empties the field.

    Raises ValueError that says what would be understood.
    """
    parse = _PARSERS.get(which, make_canonical_text)
    value = parse(text)
    fault = find_fault(which, value)
    if fault:
        raise ValueError(fault)
    return value


def _parse_status(text: str) -> Status:
    try:
        return Status(text.strip().casefold())
    except ValueError:
        words = ", ".join(Status)
        raise ValueError(f'"{text}" is not a status; one of: {words}') from None


def _parse_hours(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not math.isfinite(hours) or hours < 0:
        raise ValueError(f'"{text}" is no number of hours, such as 2 or 1.5')
    return hours


def _parse_date(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f'"{text}" is no date, such as 2026-11-03') from None
    return day


def _parse_words(text: str) -> frozenset[str]:
    return frozenset(word for part in text.split(",") if (word := part.strip()))


def _parse_links(_: str) -> Value:
    raise ValueError(
        "links have titles, addresses and types: write them on one side, then take that side"
    )


_PARSERS: Mapping[Field, Callable[[str], Value]] = {
    Field.STATUS: _parse_status,
    Field.HOURS: _parse_hours,
    Field.STARTED: _parse_date,
    Field.COMPLETED: _parse_date,
    Field.TAGS: _parse_words,
    Field.REQUIRES: _parse_words,
    Field.RESOURCES: _parse_links,
}
