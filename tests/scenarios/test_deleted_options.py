"""What rows lost with an option is a conflict, however soon the option is there again (G1)."""

import pytest
from stage import Stage

from tracker.sync.snapshot import Side

TEXT = """\
title: Notes
sections:
  - title: Basics
    skills:
      - {id: a, name: First, status: done, completed: 2026-01-05}
      - {id: b, name: Second, status: done, completed: 2026-01-06}
"""
DONE = {"name": "Done", "color": "green", "group": "Complete"}


@pytest.fixture
def stage(tmp_path):
    """Give a folder whose finished skills fell back in Notion, where the option is there again."""
    with Stage(tmp_path) as stage:
        stage.write(TEXT)
        stage.sync()
        stage.person.delete_option("Status", "Done")
        stage.person.add_option("Status", DONE)
        yield stage


def open_ends(result):
    """Return the skills and fields over which there is a conflict."""
    return {(each.skill_id, each.field.value) for _, each in result.planned.conflicts}


@pytest.mark.guarantee("G1")
def test_an_option_added_again_at_once_is_another_one(stage):
    """No sync ever saw the database without the option; the file keeps what it says all the same."""
    first, second = stage.sync(), stage.sync()

    assert open_ends(first) == open_ends(second) == {("a", "status"), ("b", "status")}
    assert stage.path().read_text(encoding="utf-8") == TEXT


def test_who_gives_the_rows_their_option_back_is_done(stage):
    """Equal sides are no conflict; from then on a row that falls back was edited."""
    stage.sync()
    stage.person.edit("a", {"Status": "Done"})
    stage.person.edit("b", {"Status": "Done"})
    again = stage.sync()
    stage.person.edit("a", {"Status": "Not started"})

    edited = stage.sync()

    assert (open_ends(again), open_ends(edited)) == (set(), set())
    assert stage.path().read_text(encoding="utf-8") == TEXT.replace(
        "status: done, completed: 2026-01-05", "status: todo"
    )


def test_who_settles_it_for_the_file_is_done(stage):
    """The rows get the new option; from then on a row that falls back was edited."""
    stage.sync(prefer=Side.LOCAL)
    stage.person.edit("a", {"Status": "Not started"})

    edited = stage.sync()

    assert open_ends(edited) == set()
    assert stage.path().read_text(encoding="utf-8") == TEXT.replace(
        "status: done, completed: 2026-01-05", "status: todo"
    )
