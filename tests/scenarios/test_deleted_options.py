"""What rows lost with an option is a conflict, however soon the option is there again (G1)."""

import pytest
from sandbox import Sandbox

from tracker.sync.model import Side

pytestmark = pytest.mark.slow

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
def sandbox(tmp_path):
    """Give a folder whose finished skills fell back in Notion, where the option is there again."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(TEXT)
        sandbox.sync()
        sandbox.person.delete_option("Status", "Done")
        sandbox.person.add_option("Status", DONE)
        yield sandbox


def open_ends(result):
    """Return the skills and fields over which there is a conflict."""
    return {(each.skill_id, each.field.value) for _, each in result.planned.conflicts}


@pytest.mark.guarantee("G1")
def test_an_option_added_again_at_once_is_another_one(sandbox):
    """No sync ever saw the database without the option; the file keeps what it says all the same."""
    first, second = sandbox.sync(), sandbox.sync()

    assert open_ends(first) == open_ends(second) == {("a", "status"), ("b", "status")}
    assert sandbox.path().read_text(encoding="utf-8") == TEXT


def test_who_gives_the_rows_their_option_back_is_done(sandbox):
    """Equal sides are no conflict; from then on a row that falls back was edited."""
    sandbox.sync()
    sandbox.person.edit("a", {"Status": "Done"})
    sandbox.person.edit("b", {"Status": "Done"})
    again = sandbox.sync()
    sandbox.person.edit("a", {"Status": "Not started"})

    edited = sandbox.sync()

    assert (open_ends(again), open_ends(edited)) == (set(), set())
    assert sandbox.path().read_text(encoding="utf-8") == TEXT.replace(
        "status: done, completed: 2026-01-05", "status: todo"
    )


def test_who_settles_it_for_the_file_is_done(sandbox):
    """The rows get the new option; from then on a row that falls back was edited."""
    sandbox.sync(prefer=Side.LOCAL)
    sandbox.person.edit("a", {"Status": "Not started"})

    edited = sandbox.sync()

    assert open_ends(edited) == set()
    assert sandbox.path().read_text(encoding="utf-8") == TEXT.replace(
        "status: done, completed: 2026-01-05", "status: todo"
    )
