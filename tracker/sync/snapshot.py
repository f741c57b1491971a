"""The rows of a large database as they were last read, and when it is enough to read what changed.

Pure: no clock, no disk, no network, no logging.

Notion tells which rows were edited since some minute, and a snapshot has the others. Such a query
shows neither rows in the trash nor archived, moved or unshared ones, and no row that another value
came to without an edit of its own: a renamed option, the other end of a relation. So an incremental
read proves what is there, and never what is not. Whatever rests on a row that is not there (a
deletion, a new row, a refusal) is planned anew from a complete read, which comes once a day in any
case. A row is read by its id right before it is written, so no snapshot is ever written over a value.

    read at 12:00 ──── lag ────┐
    │                          │ rows edited from here on may have been listed late,
    │         11:58:35 ────────┘ and times are cut to the minute:
    └ next: everything edited at or after 11:58:00
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tracker import __version__
from tracker.sync.model import (
    Create,
    Delete,
    Forget,
    PageId,
    Plan,
    RemoteObservation,
    RemoteRow,
    Side,
)
from tracker.sync.row_state import digest_row

LONGEST_TRUST = timedelta(hours=24)
"""Time after a complete read for which incremental ones are enough."""
SLACK = timedelta(seconds=10)
"""An edit has the time at which its request began, and is shown when it is done."""
MOST_ENDS = 50
"""Rows at the other ends of relations that are read one by one; a complete read takes no longer."""
FORMAT = f"2 of {__version__}"
"""How rows are stored and decoded: another version of the program may read them otherwise."""


@dataclass(frozen=True, slots=True)
class ReadConditions:
    """What a read of the rows rests on: the database, and the server's time before the read.

    `facts` are the columns that are read, and the options that rows may have: as long as all of them
    hold, a row that nobody edits shows the same values. `lag` is how late a listing may show an edit.
    """

    data_source_id: str
    facts: frozenset[str]
    now: datetime | None
    lag: timedelta


@dataclass(frozen=True, slots=True)
class ReadMark:
    """When and under which conditions the rows of a snapshot were read, by the server's clock.

    `read_at` is when the last read began, `complete_at` when the last complete one did.
    """

    data_source_id: str
    facts: frozenset[str]
    read_at: datetime
    complete_at: datetime
    rows: int
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a read brings to the remembered rows: all of them if it `is_whole`, else what changed."""

    mark: ReadMark
    rows: tuple[RemoteRow, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class MergedRows:
    """The rows of a snapshot with those that were read since in their places.

    `fresh` are the latter, and `ends` the rows whose relations do not go with what these show.
    """

    rows: tuple[RemoteRow, ...]
    fresh: frozenset[PageId]
    ends: frozenset[PageId]


class Obstacle(StrEnum):
    """Why all rows have to be read."""

    NO_SNAPSHOT = "nothing is remembered of the rows"
    SMALL = "there are few rows"
    FORMAT = "another version of the program read them last"
    DATABASE = "they are in another database now"
    SCHEMA = "columns or options changed"
    UNSETTLED = "the state remembers something that a listing has to show"
    NO_TIME = "the server does not tell the time"
    CLOCK = "the server's clock was set back"
    AGE = "the last complete read is a day ago"


def find_obstacle(
    mark: ReadMark | None, now: ReadConditions, *, large_from: int, is_settled: bool
) -> Obstacle | None:
    """Return why a read may not be incremental; None when it may.

    `is_settled` says that no creation is unanswered, and no listing was found to be outdated.
    """
    if mark is None:
        return Obstacle.NO_SNAPSHOT
    if now.now is None:
        return Obstacle.NO_TIME
    found = {
        Obstacle.SMALL: mark.rows < large_from,
        Obstacle.FORMAT: mark.format != FORMAT,
        Obstacle.DATABASE: mark.data_source_id != now.data_source_id,
        # A new option changes no row; all that was there must still be there.
        Obstacle.SCHEMA: not mark.facts <= now.facts,
        Obstacle.UNSETTLED: not is_settled,
        Obstacle.CLOCK: now.now < mark.read_at,
        Obstacle.AGE: now.now - mark.complete_at > LONGEST_TRUST,
    }
    return next((obstacle for obstacle, is_there in found.items() if is_there), None)


def find_since(mark: ReadMark, lag: timedelta) -> datetime:
    """Return the minute from which on an edit may be missing in a snapshot."""
    return (mark.read_at - lag - SLACK).replace(second=0, microsecond=0)


def merge_rows(
    known: Sequence[RemoteRow], changed: Sequence[RemoteRow], since: datetime
) -> MergedRows | None:
    """Put rows in the places of those that were remembered; new ones come last, as in a listing.

    None when that does not add up: when a row appears that is older than the read before, because it
    was in the trash or elsewhere then, or when many relations differ.
    """
    rows = {row.page_id: row for row in known}
    if any(row.page_id not in rows and not _is_made_since(row, since) for row in changed):
        return None
    rows |= {row.page_id: row for row in changed}
    ends = find_ends(rows, changed)
    if len(ends) > MOST_ENDS:
        return None
    return MergedRows(tuple(rows.values()), frozenset(row.page_id for row in changed), ends)


def _is_made_since(row: RemoteRow, since: datetime) -> bool:
    try:
        return datetime.fromisoformat(row.created_at) >= since
    except (ValueError, TypeError):  # no time, or one without an offset
        return False


def find_ends(rows: Mapping[PageId, RemoteRow], changed: Iterable[RemoteRow]) -> frozenset[PageId]:
    """Return the rows of which some rows show, at their end of a relation, otherwise than they do.

    Who relates two rows at the one end edits that row; whether the other one gets a new time of its
    last edit is not documented.
    """
    shown = {row.page_id: row.unlocks for row in changed if row.unlocks is not None}
    related: dict[PageId, set[PageId]] = {page_id: set() for page_id in shown}
    for row in rows.values():
        for other in row.requires & shown.keys():
            related[other].add(row.page_id)
    return frozenset(
        end for page_id, unlocks in shown.items() for end in unlocks ^ related[page_id]
    )


def digest_shown(row: RemoteRow) -> str:
    """Return a digest of all that is synced of a row, and of the other ends of its relations."""
    ends = "?" if row.unlocks is None else " ".join(sorted(row.unlocks))
    return f"{digest_row(row)}-{hashlib.sha256(ends.encode()).hexdigest()[:8]}"


def make_snapshot(
    remote: RemoteObservation,
    conditions: ReadConditions,
    *,
    large_from: int,
    before: ReadMark | None = None,
    fresh: frozenset[PageId] | None = None,
) -> Snapshot | None:
    """Make what is to be remembered of a read; None when it leaves anything open.

    An incremental read has `fresh` rows, and the mark `before`.
    """
    if remote.missing or remote.direct_reads or conditions.now is None:
        return None
    if len(remote.rows) < large_from:
        return None
    mark = ReadMark(
        data_source_id=conditions.data_source_id,
        facts=conditions.facts,
        read_at=conditions.now,
        complete_at=conditions.now if before is None else before.complete_at,
        rows=len(remote.rows),
    )
    if fresh is None:
        return Snapshot(mark, remote.rows, is_whole=True)
    return Snapshot(mark, tuple(row for row in remote.rows if row.page_id in fresh), is_whole=False)


def advance(mark: ReadMark, conditions: ReadConditions) -> Snapshot:
    """Make what is to be remembered of a read that showed no row otherwise than before."""
    return Snapshot(replace(mark, read_at=conditions.now or mark.read_at), (), is_whole=False)


def rests_on_absence(plan: Plan, fresh: frozenset[PageId]) -> bool:
    """Tell whether a plan from an incremental read does something that only a complete one proves.

    That a row is gone; that a skill has none; or that one is still there which was not read now.
    """
    for action in plan.actions:
        match action:
            case Delete() | Forget() | Create(side=Side.REMOTE):
                return True
            case Create(page_id=page_id) if page_id not in fresh:
                return True
    return False
