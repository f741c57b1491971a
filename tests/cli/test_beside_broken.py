"""A broken roadmap file stands in nobody's way but its own."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

BROKEN = """title: Broken
sections:
  - title: S
    skills:
<<<<<<< HEAD
      - {id: b, name: B}
=======
      - {id: b, name: C}
>>>>>>> other
"""


@pytest.fixture
def beside_broken(learner):
    """Give a synced folder into which a file with conflict markers comes afterwards."""
    assert learner.run("sync").code == 0
    (learner.folder / "roadmaps" / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    return learner


@pytest.mark.parametrize("query", ["small/trees", "trees", "Decision trees", "decision"])
def test_a_skill_of_another_file_can_be_marked_and_shown(beside_broken, query):
    """`mark` and `show` find a skill in a file that loads, however it is named."""
    assert beside_broken.run("mark", query, "done").code == 0
    shown = beside_broken.run("show", query, "--json")

    assert (shown.code, shown.json["skill"]["status"]) == (0, "done")


@pytest.mark.parametrize("words", [("show", "trees"), ("mark", "trees", "done")])
def test_a_search_that_left_a_broken_file_out_says_so(beside_broken, words):
    """A name found in a readable file may stand in the broken one, too; a full reference cannot."""
    warned = beside_broken.run(*words)
    command, query, *rest = words
    sure = beside_broken.run(command, f"small/{query}", *rest)

    assert (warned.code, sure.code) == (0, 0)
    assert "warning: broken and left out of the search: broken" in warned.err
    assert "next  tracker check" in warned.err
    assert sure.err == ""


@pytest.mark.parametrize("query", ["broken/b", "nothing-here"])
def test_a_skill_that_can_only_be_in_the_broken_file_names_that_file(beside_broken, query):
    """What no readable file has may be in the broken one: its error is told, with exit code 3."""
    for words in (("mark", query, "done"), ("show", query)):
        ended = beside_broken.run(*words)
        assert ended.code == 3
        assert "roadmaps/broken.yaml" in ended.err


def test_conflicts_of_other_files_are_listed(beside_broken):
    """`conflicts` lists what the readable roadmaps hold, tells the broken one and exits with 3."""
    ended = beside_broken.run("conflicts", "--json")
    said = beside_broken.run("conflicts")

    assert (ended.code, said.code) == (3, 3)
    assert "no conflicts in the roadmaps that load" in said.out
    assert ended.json["conflicts"] == []
    assert "roadmaps/broken.yaml" in str(ended.json["problems"])


def test_a_run_that_wrote_other_files_can_be_undone(beside_broken):
    """`undo` needs only the files of its run."""
    beside_broken.run("mark", "trees", "done")
    assert beside_broken.run("sync", "small").code == 0

    assert beside_broken.run("undo", "--yes").code == 0
    assert "status: done" not in beside_broken.roadmap.read_text(encoding="utf-8")


def test_a_run_whose_file_is_gone_is_no_mistyped_name(learner):
    """`undo` names the file that has to come back, with exit code 3: nobody typed its name."""
    assert learner.run("sync").code == 0
    learner.roadmap.rename(learner.folder / "roadmaps" / "smal.yaml")

    ended = learner.run("undo", "--yes")

    assert ended.code == 3
    assert "roadmaps/small.yaml is gone" in ended.err


def test_a_skill_that_is_none_leads_to_the_ids(learner):
    """The advice names a command that prints the ids which `mark` and `show` take."""
    ended = learner.run("show", "nothing-here")

    assert ended.code == 2
    assert "next  tracker list --all    # prints all skills with their ids" in ended.err
    assert "trees  Decision trees" in learner.run("list", "--all").out


def test_a_sync_of_everything_stops_at_the_broken_file(beside_broken):
    """A file that does not load must never look like a deletion: a sync of all writes nothing."""
    assert beside_broken.run("sync").code == 3
