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

from tracker.roadmap.model import Status

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
