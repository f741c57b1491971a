"""Stamp the dates that go with a status: started, completed.

Pure: no clock, no disk, no network, no logging; today comes with the policy. A date that a person
edited in this round is never touched, and nothing is stamped for a skill whose status was not
agreed on before.
"""

from __future__ import annotations

from datetime import date

from tracker.roadmap.dates import are_in_order, find_filled, list_cleared
from tracker.roadmap.model import Status
from tracker.sync.draft import MERGED, Draft
from tracker.sync.snapshot import Field, Record


def stamp(draft: Draft, today: date) -> None:
    """Add the date stamps that a newly agreed status asks for to the wanted values."""
    before, after = draft.base.get(Field.STATUS), draft.wanted.get(Field.STATUS)
    if draft.fate not in MERGED or before == after:
        return
    if not (isinstance(before, Status) and isinstance(after, Status)):
        return
    for key in list_cleared(before, after):
        _clear(draft, Field(key))
    # After the clearing: a completion date that goes does not keep the start from being filled.
    if filled := find_filled(after):
        _fill(draft, Field(filled), today)


def _fill(draft: Draft, which: Field, today: date) -> None:
    """Set a date that is empty on both sides, where that does not put the dates in wrong order."""
    if today == date.min or which not in draft.wanted or _has_date(draft, which):
        return
    other = Field.COMPLETED if which is Field.STARTED else Field.STARTED
    bound = draft.final(other)
    early, late = (today, bound) if which is Field.STARTED else (bound, today)
    if are_in_order(early, late):
        draft.wanted[which] = today


def _has_date(draft: Draft, which: Field) -> bool:
    records = (draft.local or Record(""), draft.remote or Record(""))
    return any(record.get(which) is not None for record in records)


def _clear(draft: Draft, which: Field) -> None:
    """Empty a date that nobody edited in this round."""
    local, remote = draft.local or Record(""), draft.remote or Record("")
    if which in draft.wanted and local.get(which) == remote.get(which) == draft.known(which):
        draft.wanted[which] = None
