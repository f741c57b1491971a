"""Compare a row with its plan before it is written, and say what it is afterwards.

Pure: no clock, no disk, no network, no logging. Notion lists rows from an index that lags behind, and
a plan may take minutes to carry out; only a GET of the row says what it is. A row that is no longer as
the plan saw it is not written but planned anew, from an observation that is carried forward: rows as
the run wrote them, and as it found them.

A GET outranks an older listing in later runs, too. Where the two differ, the digest of what was read
is remembered; a listing that shows something else is doubted, and the row is read again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from tracker.roadmap.model import SkillId
from tracker.sync.plan import Create, Delete, Update
from tracker.sync.snapshot import (
    TWO_WAY,
    Absence,
    Field,
    Links,
    MissingRow,
    PageId,
    RemoteObservation,
    RemoteRow,
    Value,
)

NO_READS: Mapping[PageId, str] = MappingProxyType({})
"""Nothing is remembered of any GET."""

Found = RemoteRow | MissingRow
"""What a GET says of a row."""

_DIGITS = 16
_PLAIN = frozenset(TWO_WAY) - {Field.REQUIRES}


def digest_row(found: Found) -> str:
    """Return a digest of everything that is synced of a row; a missing one has its absence."""
    if isinstance(found, MissingRow):
        return found.absence.value
    # Sorted throughout: neither tags nor links nor histories have an order that means anything.
    said = [
        [[which.value, _sort_value(value)] for which, value in found.record.values().items()],
        [found.tracker_id, found.order, sorted(found.requires)],
        sorted([which.value, reason] for which, reason in found.held.items()),
        sorted([which.value, *chain] for which, chain in found.seen.items()),
    ]
    text = json.dumps(said)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _sort_value(value: Value) -> object:
    if isinstance(value, Links):
        return sorted([link.url, link.title, link.type or ""] for link in value.items)
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value) if isinstance(value, date) else value


def is_as_planned(planned: Found | None, found: Found, moved: frozenset[PageId]) -> bool:
    """Tell whether a row is still what the plan was made from.

    All synced fields count, not only those about to be written: statuses stamp dates, and any edit
    keeps a row out of the trash. Relations to rows that the run itself `moved` into the trash or
    out of it do not count: Notion drops them and brings them back by itself.
    """
    if isinstance(planned, MissingRow):
        if not isinstance(found, MissingRow) or planned.absence is not found.absence:
            return False
        if planned.row is None or found.row is None:
            return planned.row is found.row
        return is_as_planned(planned.row, found.row, moved)
    if planned is None or isinstance(found, MissingRow):
        return False
    if not planned.requires ^ found.requires <= moved:
        return False
    # A row that the run made itself has no date yet; that is no edit.
    return found == replace(planned, requires=found.requires, created_at=found.created_at)


@dataclass(frozen=True, slots=True)
class RunEffects:
    """What a run did to the rows: the finished writes with their pages, and what it found instead.

    `pages` are those of all skills, and `is_dated` says that rows carry a history, by which a
    listing that shows them as they were before is known for old.
    """

    done: Sequence[tuple[Create | Update | Delete, PageId]]
    found: Mapping[PageId, Found]
    pages: Mapping[SkillId, PageId]
    is_dated: bool = True


def make_written(planned: Found, action: Update | Delete, after: RunEffects) -> Found:
    """Return a row as it is after an action that was planned for it."""
    row = planned.row if isinstance(planned, MissingRow) else planned
    if isinstance(action, Delete):
        return MissingRow(planned.page_id, Absence.TRASHED, row)
    return planned if row is None else _update_row(row, action, after)


def carry_forward(before: RemoteObservation, after: RunEffects) -> RemoteObservation:
    """Return the observation as it is after a run, without listing the rows again.

    A listing right after the writes would show some of them and not others.
    """
    rows = {row.page_id: row for row in before.rows}
    missing = {gone.page_id: gone for gone in before.missing}
    reads = dict(before.direct_reads)
    for action, page_id in after.done:
        gone = missing.pop(page_id, None)
        row = rows.pop(page_id, None) or (gone.row if gone is not None else None)
        if isinstance(action, Delete):
            missing[page_id] = MissingRow(page_id, Absence.TRASHED, row)
            # Nothing is bound to the row any more; a listing that still shows it is old.
            reads[page_id] = Absence.TRASHED.value
            continue
        if isinstance(action, Create):
            record = replace(action.record, requires=frozenset())
            related = _find_pages(action.record.requires, after)
            row = RemoteRow(page_id, action.skill_id, record, related, action.order)
        elif row is not None:
            row = _update_row(row, action, after)
        if row is None:
            continue
        rows[page_id] = row
        # A row that is new, or that carries its history, tells by itself whether a listing is old.
        if isinstance(action, Create) or (after.is_dated and action.seen):
            reads.pop(page_id, None)
        else:
            reads[page_id] = digest_row(row)
    options = dict(before.options)
    for page_id, found in after.found.items():
        rows.pop(page_id, None)
        missing.pop(page_id, None)
        if isinstance(found, MissingRow):
            missing[page_id] = found
        else:
            rows[page_id] = found
            _add_options(options, found)
        reads[page_id] = digest_row(found)
    return RemoteObservation(
        rows=tuple(rows.values()),
        missing=tuple(missing.values()),
        options=options,
        direct_reads=reads,
    )


def _update_row(row: RemoteRow, action: Update, after: RunEffects) -> RemoteRow:
    values = {change.field: change.after for change in action.changes}
    requires, order = values.get(Field.REQUIRES), values.get(Field.ORDER, row.order)
    related = row.requires
    if isinstance(requires, frozenset):
        # Relations to rows that are no skill's are kept by the writer.
        related = _find_pages(requires, after) | (row.requires - set(after.pages.values()))
    tracker_id = values.get(Field.ID, row.tracker_id)
    plain: dict[Field, Value] = {key: value for key, value in values.items() if key in _PLAIN}
    return replace(
        row,
        tracker_id=tracker_id if isinstance(tracker_id, str) else None,
        order=order if isinstance(order, float) else None,
        record=row.record.with_values(plain),
        requires=related,
        held={which: why for which, why in row.held.items() if which not in values},
        seen=action.seen if after.is_dated and action.seen else row.seen,
    )


def _find_pages(skills: Iterable[str], after: RunEffects) -> frozenset[PageId]:
    return frozenset(
        after.pages[SkillId(skill)] for skill in skills if SkillId(skill) in after.pages
    )


def _add_options(options: dict[Field, frozenset[str]], row: RemoteRow) -> None:
    """Add the options of a row that was just read: some may be newer than the schema that was."""
    for which in (Field.SECTION, Field.LEVEL, Field.TAGS):
        value = row.record.get(which)
        texts = value if isinstance(value, frozenset) else {str(value or "")} - {""}
        options[which] = options.get(which, frozenset()) | texts
