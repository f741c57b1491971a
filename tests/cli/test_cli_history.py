"""Promises of log, undo and forget on the command line, against the built-in workspace (G7)."""

from __future__ import annotations

import io

import pytest

from tracker.wiring import open_workspace

pytestmark = pytest.mark.guarantee("G7")


@pytest.fixture
def notion(learner):
    """Give a client of the workspace of a folder whose sides are equal."""
    assert learner.run("sync").code == 0
    with open_workspace(learner.folder) as client:
        yield client


def rows(client):
    """Return the rows by Tracker ID, each with its id and its hours."""
    search = {"filter": {"property": "object", "value": "data_source"}}
    (source,) = client.send("POST", "/v1/search", search)["results"]
    listed = client.send("POST", f"/v1/data_sources/{source['id']}/query", {})["results"]
    return {
        row["properties"]["Tracker ID"]["rich_text"][0]["plain_text"]: (
            row["id"],
            row["properties"]["Hours"]["number"],
        )
        for row in listed
    }


def at_a_terminal(monkeypatch, typed):
    """Pretend that somebody sits there and types."""
    monkeypatch.setattr("tracker.cli.screen._is_terminal", lambda _file: True)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    monkeypatch.setenv("NO_COLOR", "1")


def test_runs_are_listed_newest_first(learner, notion):
    """The log names each run that wrote something, what it wrote where, and how to name it."""
    learner.replace("hours: 2", "hours: 3")
    learner.run("sync")
    learner.run("sync")

    told = learner.run("log")
    listed = learner.run("log", "--json").json["runs"]

    first, second = told.out.splitlines()
    assert "1 row updated in the built-in workspace" in first
    assert "3 rows created in the built-in workspace" in second
    assert [each["run"].rpartition("-")[2] for each in listed] == [
        first.split()[-1],
        second.split()[-1],
    ]


def test_one_run_is_shown_in_full(learner, notion):
    """A run is named by the end of its name and shown with the values before and after."""
    learner.replace("hours: 2", "hours: 3")
    learner.run("sync")
    name = learner.run("log", "--json").json["runs"][0]["run"]

    told = learner.run("log", name.rpartition("-")[2])
    unknown = learner.run("log", "no-such-run", "--json")

    assert "split  hours: 2 → 3" in told.out
    assert (unknown.code, unknown.json["problems"][0]["code"]) == (2, "unknown-run")


def test_the_removed_text_is_kept_in_the_log(learner, notion):
    """What left the file stands in the log word for word, comments included."""
    learner.replace("- id: trees", "- id: trees  # my remark")
    notion.send("PATCH", f"/v1/pages/{rows(notion)['trees'][0]}", {"in_trash": True})
    learner.run("sync", "--yes")

    told = learner.run("-v", "log", "-n", "1")

    assert "my remark" not in learner.roadmap.read_text(encoding="utf-8")
    assert "- id: trees  # my remark" in told.out


def test_a_run_is_taken_back_and_done_again(learner, notion):
    """Undo gives both sides their former values, and undoing that brings the new ones again."""
    before = learner.roadmap.read_bytes()
    learner.replace("hours: 2", "hours: 3")
    learner.run("sync")

    undone = learner.run("undo", "--yes", "--json")
    former = learner.roadmap.read_bytes(), rows(notion)["split"][1]
    settled = learner.run("sync", "--json")
    redone = learner.run("undo", "--yes")

    assert (undone.code, undone.json["counts"]["updated"]) == (0, 2)
    assert former == (before, 2)
    assert settled.json["writes"] == 0
    assert redone.code == 0
    assert b"hours: 3" in learner.roadmap.read_bytes()
    assert rows(notion)["split"][1] == 3


def test_a_dry_run_shows_what_would_be_taken_back(learner, notion):
    """The plan is shown, nothing is written, and the run is named."""
    learner.replace("hours: 2", "hours: 3")
    learner.run("sync")
    before = learner.roadmap.read_bytes()

    shown = learner.run("undo", "--dry-run")
    listed = learner.run("undo", "--dry-run", "--json").json

    assert "hours: 3 → 2" in shown.out
    assert (listed["dry_run"], listed["undoes"] is not None) == (True, True)
    assert (learner.roadmap.read_bytes(), rows(notion)["split"][1]) == (before, 3)


def test_what_is_newer_stays(learner, notion):
    """A field that somebody changed since is held, with the reason; the exit code says so."""
    learner.replace("hours: 2", "hours: 3")
    learner.run("sync")
    learner.replace("hours: 3", "hours: 4")

    ended = learner.run("undo", "--yes", "--json")

    (hold,) = ended.json["holds"]
    assert (ended.code, hold["field"], hold["reason"]) == (1, "hours", "changed since")
    assert b"hours: 4" in learner.roadmap.read_bytes()
    assert rows(notion)["split"][1] == 3


def test_a_deleted_skill_comes_back_to_its_place(learner, notion):
    """Text, comments and row of a skill that was deleted in Notion come back, on the same page."""
    learner.replace("- id: split", "- id: split  # my remark")
    before, pages = learner.roadmap.read_bytes(), rows(notion)
    notion.send("PATCH", f"/v1/pages/{pages['split'][0]}", {"in_trash": True})
    learner.run("sync", "--yes")
    gone = b"id: split" not in learner.roadmap.read_bytes()

    undone = learner.run("undo", "--yes")

    assert (gone, undone.code) == (True, 0)
    assert learner.roadmap.read_bytes() == before
    assert rows(notion) == pages
    assert learner.run("sync", "--json").json["writes"] == 0


def test_a_row_that_an_edit_brought_back_is_not_trashed_again(learner, notion):
    """Undoing a run that restored a row leaves it, and the next sync makes no second one."""
    page_id, _ = rows(notion)["trees"]
    notion.send("PATCH", f"/v1/pages/{page_id}", {"properties": {"Hours": {"number": 3}}})
    notion.send("PATCH", f"/v1/pages/{page_id}", {"in_trash": True})
    learner.replace("name: Decision", "hours: 3\n        name: Decision")
    learner.run("sync")
    restored = rows(notion)["trees"]

    learner.run("undo", "--yes")
    learner.run("sync")

    assert restored == (page_id, 3)
    assert rows(notion)["trees"] == restored


@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), ("", 1), ("y\n", 0)])
def test_a_person_is_asked_first(learner, notion, monkeypatch, typed, code):
    """On a terminal the plan is shown and asked about; anything but yes writes nothing."""
    learner.replace("hours: 2", "hours: 3")
    learner.run("sync")
    at_a_terminal(monkeypatch, typed)

    ended = learner.run("undo")

    assert "hours: 3 → 2" in ended.out
    assert "take it back?" in ended.err
    assert rows(notion)["split"][1] == (2 if typed == "y\n" else 3)
    assert ended.code == code


@pytest.mark.parametrize("words", [("undo",), ("forget", "small")], ids=" ".join)
def test_nobody_is_asked_without_a_terminal(learner, notion, words):
    """Without a terminal the flag that answers is named, and nothing is written."""
    before = learner.run("log", "--json").json

    ended = learner.run(*words, "--json")

    (problem,) = ended.json["problems"]
    assert (ended.code, problem["code"]) == (2, "needs-yes")
    assert problem["next"] == f"tracker {' '.join(words)} --yes"
    assert learner.run("log", "--json").json["runs"] == before["runs"]


def test_with_no_run_there_is_nothing_to_take_back(learner):
    """Before the first sync the log is empty and undo has nothing to do."""
    assert learner.run("log").out == "no run wrote anything yet\n"
    assert learner.run("undo", "--yes").out.startswith("nothing to take back")


def test_a_forgotten_roadmap_is_adopted_again(learner, notion):
    """Forgetting touches neither side; the next sync finds the same rows and makes none twice."""
    before, pages = learner.roadmap.read_bytes(), rows(notion)

    forgotten = learner.run("forget", "small", "--yes", "--json")
    again = learner.run("sync", "--json")

    assert (forgotten.code, forgotten.json["bindings"]) == (0, 3)
    assert (again.json["counts"]["created"], again.json["counts"]["adopted"]) == (0, 3)
    assert (learner.roadmap.read_bytes(), rows(notion)) == (before, pages)


@pytest.mark.parametrize("words", [("--yes",), ()], ids=["agreed", "never asked"])
def test_a_roadmap_that_is_not_tracked_cannot_be_forgotten(learner, notion, words):
    """An unknown name is a usage error that lists the known ones, before anything is asked."""
    ended = learner.run("forget", "nope", *words, "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) == (2, "not-tracked")
    assert "small" in ended.json["problems"][0]["why"]
