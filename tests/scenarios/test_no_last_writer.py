"""Who wrote last does not matter: times wake a comparison, they never decide one (G2)."""

from __future__ import annotations

import os

import pytest
from sandbox import Sandbox

from tracker.sync.records import Field

pytestmark = pytest.mark.slow

TEXT = """\
title: Small path
sections:
  - title: Basics
    skills:
      - {id: knn, name: kNN, goal: As it was., hours: 2}
"""


def edit_file(sandbox):
    """Edit one field that Notion edits too, and one that it does not."""
    sandbox.replace("As it was.", "From the file.")
    sandbox.replace("hours: 2", "hours: 3")


def edit_row(sandbox):
    """Edit one field that the file edits too, and one that it does not."""
    sandbox.person.edit("knn", {"Goal": "From Notion.", "Level": "entry"})


@pytest.mark.guarantee("G2", "G1")
@pytest.mark.parametrize("saved_at", [0, 4_000_000_000], ids=["an old file", "a file of tomorrow"])
@pytest.mark.parametrize(
    "people", [(edit_file, edit_row), (edit_row, edit_file)], ids=["Notion last", "file last"]
)
def test_the_later_edit_does_not_win(tmp_path, people, saved_at):
    """Whoever edits first or last, and whatever the clocks say: a conflict with all three values."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(TEXT)
        sandbox.sync()
        for edit in people:
            edit(sandbox)
        os.utime(sandbox.path(), (saved_at, saved_at))

        result = sandbox.sync()

        ((_, conflict),) = result.planned.conflicts
        assert (conflict.field, conflict.base) == (Field.GOAL, "As it was.")
        assert (conflict.local, conflict.remote) == ("From the file.", "From Notion.")
        assert "goal: From the file., level: entry, hours: 3" in sandbox.path().read_text(
            encoding="utf-8"
        )
        ((row,),) = (database["rows"] for database in sandbox.remote())
        assert (row["Goal"], row["Hours"], row["Level"]) == ("From Notion.", 3, "entry")
