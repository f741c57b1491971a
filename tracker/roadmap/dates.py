"""The dates of a skill: their order, and which of them a new status fills or clears.

    new status   started          completed
    todo         cleared          cleared if it was done
    doing        today if empty   cleared if it was done
    done                          today if empty
    skipped                       cleared if it was done

Pure: today is passed in.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from tracker.roadmap.edits import SetValue
from tracker.roadmap.model import At, Skill, Status

DateKey = Literal["started", "completed"]


def are_in_order(started: object, completed: object) -> bool:
    """Whether a skill was completed no earlier than it was started; any other value is in order."""
    if not (isinstance(started, date) and isinstance(completed, date)):
        return True
    return started <= completed


def find_order_fault(started: object, completed: object) -> str:
    """Say why two dates cannot be written into a file, or nothing."""
    if are_in_order(started, completed):
        return ""
    return f"completed {completed} would be before started {started}"


def find_filled(after: Status) -> DateKey | None:
    """Return the date that becomes today when a skill gets this status and has no such date."""
    if after is Status.DOING:
        return "started"
    return "completed" if after is Status.DONE else None


def list_cleared(before: Status, after: Status) -> tuple[DateKey, ...]:
    """Return the dates that are no longer true when a skill gets another status."""
    completed: tuple[DateKey, ...] = ("completed",) if before is Status.DONE else ()
    return (*completed, "started") if after is Status.TODO else completed


def make_mark(at: At, skill: Skill, status: Status, today: date) -> tuple[SetValue, ...]:
    """Return the edits that give a skill a status and its dates; a date it has is never replaced."""
    if skill.status is status:
        return ()
    cleared = [key for key in list_cleared(skill.status, status) if getattr(skill, key) is not None]
    dates = {
        key: None if key in cleared else getattr(skill, key) for key in ("started", "completed")
    }
    edits = [SetValue(at, "status", status.value)]
    filled = find_filled(status)
    # With a start in the future, or an old date of completion, today would make the file invalid.
    if filled and dates[filled] is None and are_in_order(**dates | {filled: today}):
        edits.append(SetValue(at, filled, today))
    return (*edits, *(SetValue(at, key, None) for key in cleared))
