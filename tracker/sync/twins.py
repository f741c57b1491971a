"""Tell rows that were made twice from rows that a person copied.

Pure: no clock, no disk, no network, no logging. Two machines can make the row of one skill at once,
because a listing shows rows late and Notion has no conditional creation. Such twins have one Tracker
ID, were made by one connection within moments of each other, and say the same. They are one skill, and
the other row is held: nobody but a person knows whether something was written on its page.

    the younger row                                 is
    says the same                                   a twin; the oldest counts, on every machine
    untouched since it was made, the older is not   a twin: only the older was changed since
    made by somebody else                           a copy that a person made, see `identity`
    changed, or made later than a listing may lag   a copy as well
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from tracker.sync.pairs import is_skill_id
from tracker.sync.snapshot import Field, PageId, RemoteRow

MOMENTS = timedelta(seconds=75 + 60)
"""How far apart twins are made: the lag of a listing, and the minute to which times are cut."""

REASON = (
    'the row was made twice: it says the same as the row of "{skill}", which is synced, or said so '
    "when both were made. If nothing was written on its page, move it to Notion's trash"
)


def find_twins(rows: Iterable[RemoteRow]) -> Mapping[PageId, PageId]:
    """Return the row that counts by each of its twins."""
    by_id: dict[str, list[RemoteRow]] = {}
    keys: dict[PageId, str | None] = {}
    for row in rows:
        keys[row.page_id] = row.tracker_id
        if is_skill_id(row.tracker_id) and not row.held:
            by_id.setdefault(row.tracker_id or "", []).append(row)
    twins: dict[PageId, PageId] = {}
    for group in by_id.values():
        if len(group) > 1:
            twins |= _find_twins(sorted(group, key=lambda row: (row.created_at, row.page_id)), keys)
    return twins


def _find_twins(
    group: list[RemoteRow], keys: Mapping[PageId, str | None]
) -> Mapping[PageId, PageId]:
    first, *younger = group
    twins: dict[PageId, PageId] = {}
    for row in younger:
        # Two machines with connections of their own look the same as a person who copies a row; the
        # person is far more likely, and waits for a skill.
        if row.author != first.author or not _are_near(first, row):
            continue
        same_name = first.record.name == row.record.name
        is_behind = same_name and _is_touched(first) and not _is_touched(row)
        if is_behind or _say_the_same(first, row, keys):
            twins[row.page_id] = first.page_id
    return twins


def _are_near(one: RemoteRow, other: RemoteRow) -> bool:
    try:
        made = [datetime.fromisoformat(row.created_at) for row in (one, other)]
        return abs(made[1] - made[0]) <= MOMENTS
    except (TypeError, ValueError):  # no time, or one without a zone beside one with
        return False


def _say_the_same(one: RemoteRow, other: RemoteRow, keys: Mapping[PageId, str | None]) -> bool:
    """Compare rows; each may require the twins of what the other requires."""
    needs = [{keys.get(page_id, page_id) for page_id in row.requires} for row in (one, other)]
    return one.record == other.record and needs[0] == needs[1]


def _is_touched(row: RemoteRow) -> bool:
    """Tell whether a row was changed since it was made, by a person or by a machine.

    A change in the minute in which the row was made does not show.
    """
    return row.edited_at != row.created_at or any(which is not Field.ID for which in row.seen)
