"""The dates of a skill: their order, and which of them a new status fills or clears.

Pure: today is passed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from tracker.roadmap.edits import At, SetValue
from tracker.roadmap.model import Skill, Status

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
    cleared: list[DateKey] = []
    if before is Status.DONE:
        cleared.append("completed")
    if after is Status.TODO:
        cleared.append("started")
    return tuple(cleared)


def make_mark(at: At, skill: Skill, status: Status, today: date) -> tuple[SetValue, ...]:
    """Return the edits that give a skill a status and its dates; a date it has is never replaced."""
    return tuple(_make_mark(at, skill, status, today)) if skill.status is not status else ()


def _make_mark(at: At, skill: Skill, status: Status, today: date) -> Iterator[SetValue]:
    yield SetValue(at, "status", status.value)
    filled = find_filled(status)
    if filled == "started" and skill.started is None:
        yield SetValue(at, "started", today)
    # A start that lies in the future would make the file invalid: then there is no completion date.
    if filled == "completed" and skill.completed is None and are_in_order(skill.started, today):
        yield SetValue(at, "completed", today)
    for key in list_cleared(skill.status, status):
        if getattr(skill, key) is not None:
            yield SetValue(at, key, None)
