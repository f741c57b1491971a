"""The dates that go with a new status."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.roadmap.edits import make_mark
from tracker.roadmap.model import Skill, Status

AT = (0, 0)
TODAY = date(2026, 11, 3)
BEFORE = date(2026, 10, 1)
LATER = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("dates", "status", "after", "filled"),
    [
        ({}, "todo", "doing", {"started": TODAY}),
        ({"completed": LATER}, "todo", "doing", {"started": TODAY}),
        ({"completed": BEFORE}, "todo", "doing", {}),
        ({"started": LATER}, "todo", "done", {}),
        ({"started": BEFORE}, "doing", "done", {"completed": TODAY}),
        ({"completed": BEFORE}, "done", "doing", {"started": TODAY, "completed": None}),
        ({"started": BEFORE, "completed": BEFORE}, "done", "todo", dict.fromkeys(("completed", "started"))),
    ],
)  # fmt: skip
def test_a_mark_leaves_the_dates_in_order(dates, status, after, filled):
    """Today is filled in only where the skill then has valid dates."""
    skill = Skill(name="kNN", status=Status(status), **dates)

    edits = make_mark(AT, skill, Status(after), TODAY)

    assert {edit.key: edit.value for edit in edits} == {"status": after} | filled
