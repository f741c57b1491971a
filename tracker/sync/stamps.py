"""Stamp the dates that go with a status: started, completed.

Pure: no clock, no disk, no network, no logging; today comes with the policy. A date that a person
edited in this round is never touched, and nothing is stamped for a skill whose status was not
agreed on before.
"""

from __future__ import annotations

from datetime import date

from tracker.roadmap.model import Status
from tracker.sync.draft import MERGED, Draft
from tracker.sync.snapshot import Field, Record


def stamp(draft: Draft, today: date) -> None:
    """Add the date stamps that a newly agreed status asks for to the wanted values."""
    before, after = draft.base.get(Field.STATUS), draft.wanted.get(Field.STATUS)
    if draft.fate not in MERGED or before is None or after is None or before == after:
        return
    if before is Status.DONE:
        _clear(draft, Field.COMPLETED)
    if after is Status.TODO:
        _clear(draft, Field.STARTED)
    if after is Status.DOING:
        _fill(draft, Field.STARTED, today)
    if after is Status.DONE:
        _fill(draft, Field.COMPLETED, today)


def _fill(draft: Draft, which: Field, today: date) -> None:
    """Set a date that is empty on both sides, where that does not put the dates in wrong order."""
    if today == date.min or which not in draft.wanted or _has_date(draft, which):
        return
    other = Field.COMPLETED if which is Field.STARTED else Field.STARTED
    bound = draft.final(other)
    early, late = (today, bound) if which is Field.STARTED else (bound, today)
    if isinstance(early, date) and isinstance(late, date) and early > late:
        return
    draft.wanted[which] = today


def _has_date(draft: Draft, which: Field) -> bool:
    records = (draft.local or Record(""), draft.remote or Record(""))
    return any(record.get(which) is not None for record in records)


def _clear(draft: Draft, which: Field) -> None:
    """Empty a date that nobody edited in this round."""
    local, remote = draft.local or Record(""), draft.remote or Record("")
    if which in draft.wanted and local.get(which) == remote.get(which) == draft.known(which):
        draft.wanted[which] = None
