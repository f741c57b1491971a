"""Settle open fields of one skill, and nothing else: what `tracker resolve` decides with.

Pure: no clock, no disk, no network, no logging.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from tracker.roadmap.graph import find_circles
from tracker.roadmap.model import SkillId, Status
from tracker.roadmap.texts import make_canonical_text
from tracker.sync.fields import UNKNOWN_RELATION
from tracker.sync.plan import Action, Adopt, Change, Conflict, Forget, Hold, Plan, Take, Update
from tracker.sync.seen import extend_seen, is_same
from tracker.sync.snapshot import (
    Base,
    Field,
    LocalObservation,
    PageId,
    Record,
    RemoteObservation,
    RemoteRow,
    Seen,
    Side,
    Value,
)
from tracker.sync.validity import find_fault


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
    known = {skill_id: frozenset(binding.fields) for skill_id, binding in base.bindings.items()}
    conflicts = [
        OpenField(each, can_take=_words(each, known.get(each.skill_id, frozenset())))
        for each in plan.conflicts
    ]
    return (*conflicts, *_list_held(plan, base, local, remote))


def _words(conflict: Conflict, known: Collection[Field]) -> tuple[Take, ...]:
    words = (Take.LOCAL, Take.REMOTE)
    return (*words, Take.BASE) if conflict.field in known else words


def _list_held(
    plan: Plan, base: Base, local: LocalObservation, remote: RemoteObservation
) -> Iterator[OpenField]:
    records = {each.skill_id: each.record for each in local.skills}
    rows = {each.page_id: each for each in remote.rows}
    for hold in plan.holds:
        record = records.get(hold.skill_id)
        if hold.field is None or hold.skill_id is None or record is None:
            continue
        binding = base.bindings.get(hold.skill_id)
        row = rows.get(hold.page_id) if hold.page_id else None
        yield _make_held(hold, record, binding.fields if binding else {}, row)


def _make_held(
    hold: Hold, record: Record, base: Mapping[Field, Value], row: RemoteRow | None
) -> OpenField:
    which = hold.field or Field.NAME
    is_readable = row is not None and which not in row.held and which is not Field.REQUIRES
    theirs = row.record.get(which) if row is not None and is_readable else None
    conflict = Conflict(
        hold.skill_id or SkillId(""),
        record.name,
        which,
        base.get(which),
        record.get(which),
        theirs,
        hold.reason,
    )
    words: tuple[Take, ...] = (Take.LOCAL, Take.BASE) if which in base else (Take.LOCAL,)
    if hold.reason == UNKNOWN_RELATION:
        words = ()
    return OpenField(conflict, is_held=True, can_take=words, is_readable=is_readable)


@dataclass(frozen=True, slots=True)
class Limit:
    """What a plan is cut down to: some fields of one skill, in the world it was made for."""

    skill_id: SkillId
    fields: frozenset[Field]
    base: Base
    remote: RemoteObservation

    @property
    def histories(self) -> Mapping[PageId, Seen]:
        """The histories of all rows that are known."""
        gone = [each.row for each in self.remote.missing if each.row is not None]
        return {each.page_id: each.seen for each in (*self.remote.rows, *gone)}


def limit_plan(full: Plan, usual: Plan, limit: Limit) -> Plan:
    """Return what a plan with chosen values does to one skill more than the usual plan.

    The missing id and the binding of the skill belong to it; so does taking its row out of the
    trash. Conflicts of the skill that are left stay in the plan, and holds of the chosen fields.
    """
    own = [each for each in full.actions if each.skill_id == limit.skill_id]
    before = [each for each in usual.actions if each.skill_id == limit.skill_id]
    pages = {each.page_id for each in own if each.page_id}
    forgets = [each for each in full.actions if isinstance(each, Forget) and each.page_id in pages]
    actions: list[Action] = []
    for action in own:
        if isinstance(action, Update):
            actions += _limit_update(action, before, limit)
        elif isinstance(action, Adopt):
            actions += [action] if forgets else _limit_adopt(action, before, limit)
        elif isinstance(action, Hold) and action.field in limit.fields:
            actions.append(action)
    return replace(
        full,
        actions=(*actions, *forgets),
        conflicts=tuple(each for each in full.conflicts if each.skill_id == limit.skill_id),
        sections=_limit_sections(full, actions),
    )


def _limit_update(action: Update, before: Collection[Action], limit: Limit) -> Iterator[Action]:
    """Yield the changes that were not there before; the history of a row grows by these only."""
    usual = [
        change
        for each in before
        if isinstance(each, Update) and each.side is action.side
        for change in each.changes
    ]
    changes = tuple(each for each in action.changes if each.field is Field.ID or each not in usual)
    if not changes and not action.restore:
        return
    known = limit.histories.get(action.page_id, {}) if action.page_id else {}
    longer = extend_seen(known, changes) if action.side is Side.REMOTE else known
    seen = {} if is_same(longer, known) else longer
    yield replace(action, changes=changes, seen=seen)


def _limit_adopt(action: Adopt, before: Collection[Action], limit: Limit) -> Iterator[Action]:
    usual = [each.fields for each in before if isinstance(each, Adopt)]
    fields = {
        which: value
        for which, value in action.fields.items()
        if not any(which in each and each[which] == value for each in usual)
    }
    if fields or limit.skill_id not in limit.base.bindings:
        yield replace(action, fields=fields)


def _limit_sections(full: Plan, actions: Collection[Action]) -> tuple[tuple[str, str], ...]:
    moves = {
        (each.before, each.after)
        for action in actions
        if isinstance(action, Update) and action.side is Side.LOCAL
        for each in action.changes
        if each.field is Field.SECTION
    }
    return tuple(each for each in full.sections if each in moves)


def find_limit_fault(plan: Plan, local: LocalObservation) -> str:
    """Say why a file with a limited plan's values would be broken, or nothing.

    The plan as a whole gives a valid file; a part of it may not.
    """
    records = {each.at: each for each in local.skills}
    for action in plan.actions:
        if isinstance(action, Update) and action.at in records:
            record = records[action.at].record.with_values(_two_way(action.changes))
            if fault := _find_fault(action.skill_id, record, local):
                return fault
    return ""


def _two_way(changes: Collection[Change]) -> dict[Field, Value]:
    return {each.field: each.after for each in changes if each.field is not Field.ID}


def _find_fault(skill_id: SkillId, record: Record, local: LocalObservation) -> str:
    started, completed = record.started, record.completed
    if isinstance(started, date) and isinstance(completed, date) and started > completed:
        return f"completed {completed} would be before started {started}"
    graph = {str(each.skill_id): each.record.requires for each in local.skills if each.skill_id}
    graph[skill_id] = record.requires
    unknown = record.requires - graph.keys()
    if unknown:
        return f"it would require {min(unknown)}, which is not in the file"
    if any(skill_id in circle for circle in find_circles(graph)):
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
        raise ValueError(f'"{text}" is no status; one of: {words}') from None


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
    return frozenset(word for each in text.split(",") if (word := each.strip()))


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
