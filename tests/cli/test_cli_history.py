"""Promises of log, undo and forget on the command line, against the built-in workspace (G7)."""

from __future__ import annotations

import io

import pytest

from tracker.sync.journal import Undo
from tracker.wiring import open_state, open_workspace

pytestmark = [pytest.mark.guarantee("G7"), pytest.mark.slow]


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
    """Undo gives both sides their former values, and redo brings the new ones again."""
    before = learner.roadmap.read_bytes()
    learner.replace("hours: 2", "hours: 3")
    learner.run("sync")

    undone = learner.run("undo", "--yes", "--json")
    former = learner.roadmap.read_bytes(), rows(notion)["split"][1]
    settled = learner.run("sync", "--json")
    redone = learner.run("redo", "--yes")

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
    assert ended.err.startswith(f"Undo {ids(learner)[0]}? ")
    assert rows(notion)["split"][1] == (2 if typed == "y\n" else 3)
    assert ended.code == code


def ids(learner):
    """Return the short names of all edits, newest first."""
    runs = learner.run("log", "--json").json["runs"]
    return [each["run"].rpartition("-")[2] for each in runs if not each["undoes"]]


@pytest.fixture
def twice(learner, notion):
    """Give a folder with two edits after the first sync, each brought to the other side."""
    for before, after in (("hours: 2", "hours: 3"), ("hours: 3", "hours: 4")):
        learner.replace(before, after)
        learner.run("sync")
    return learner


def hours(learner, client):
    """Return the hours that both sides agree on."""
    (line,) = [each for each in learner.roadmap.read_text().splitlines() if "hours:" in each]
    there = rows(client)["split"][1]
    assert line.split(":")[1].strip() == str(there)
    return there


def test_two_undos_are_two_steps_back_and_redo_goes_forward(twice, notion):
    """Each undo goes one run further back, each redo one forward, and a sync in between is none."""
    seen = []
    for word in ("undo", "undo", "redo", "sync", "redo", "redo", "undo", "redo"):
        ended = twice.run(word, "--yes", "--json")
        assert ended.code == 0
        seen.append(hours(twice, notion))

    assert seen == [3, 2, 3, 3, 4, 4, 3, 4]


def test_a_new_run_ends_what_can_be_redone(twice, notion):
    """After an undo and another edit there is nothing to redo, and undo takes that edit."""
    twice.run("undo", "--yes")
    twice.replace("hours: 3", "hours: 9")
    twice.run("sync")

    nothing = twice.run("redo", "--yes", "--json")

    assert (nothing.code, nothing.json["redoes"], nothing.json["writes"]) == (0, None, 0)
    assert twice.run("redo", "--yes").out.startswith("nothing to redo")
    twice.run("undo", "--yes")
    assert hours(twice, notion) == 3
    twice.run("undo", "--yes")
    assert hours(twice, notion) == 2


def test_undo_and_redo_ask_by_the_name_of_the_run(twice, notion, monkeypatch):
    """The question names the run that people know, also when it is undone once more."""
    last, _, _ = ids(twice)
    at_a_terminal(monkeypatch, "y\n" * 3)

    ends = [twice.run(word) for word in ("undo", "redo", "undo")]

    assert [each.err for each in ends] == [
        f"Undo {last}? [y/N] ",
        f"Redo {last}? [y/N] ",
        f"Undo {last}? [y/N] ",
    ]
    assert [each.out.splitlines()[0].partition(" of ")[0].partition(" (")[0] for each in ends] == [
        f"undoing {last}",
        f"redoing {last}",
        f"undoing {last}",
    ]
    assert ends[0].out.splitlines()[-1].startswith("Redo: tracker redo.")
    assert ends[1].out.splitlines()[-1] == "Undo: tracker undo"


def test_the_log_says_what_is_undone_and_what_stands(twice, notion):
    """A run that was undone is marked so, until it is redone; undo and redo name their run."""
    last, _, _ = ids(twice)

    def marks():
        """Return what is said of each run behind what it wrote, newest first."""
        names = [each["run"].rpartition("-")[2] for each in twice.run("log", "--json").json["runs"]]
        told, said = " ".join(twice.run("log").out.split()), []
        for name in names:
            about, _, told = told.partition(f" {name}")
            said.append(about.partition(" in the files")[2].strip())
        return said

    twice.run("undo", "--yes")
    undone = marks()
    twice.run("redo", "--yes")
    redone = marks()
    twice.run("undo", "--yes")
    again = marks()

    assert undone[:2] == [f"undo of {last}", ""]
    assert redone[:2] == [f"redo of {last}", f"undo of {last} (redone)"]
    assert again[:3] == [f"undo of {last}", f"redo of {last} (undone)", f"undo of {last}"]
    assert twice.run("log").out.count("(undone)") == 2


def test_the_log_keeps_to_the_screen(twice, notion, monkeypatch):
    """However narrow, no word of the log is broken, and each run ends with its name."""
    twice.run("undo", "--yes")
    for width in (80, 40, 30):
        monkeypatch.setenv("COLUMNS", str(width))
        lines = twice.run("log").out.splitlines()

        head, _, _ = twice.run("undo", "--dry-run").out.partition("\n\n")
        assert all(len(line) <= width for line in (*lines, *head.splitlines()))
        words = " ".join(lines).split()
        assert all(name in words for name in ids(twice))


def test_undo_says_that_it_undid(twice, notion):
    """The summary of undo and redo is theirs, and names no conflicts to settle."""
    undone = twice.run("undo", "--yes").out
    redone = twice.run("redo", "--yes").out
    twice.replace("hours: 4", "hours: 5")
    held = twice.run("undo", "--yes").out
    shown = twice.run("undo", "--dry-run").out

    assert "\nundone: 1 row updated in the built-in workspace; 1 skill updated" in undone
    assert "\nredone: 1 row updated in the built-in workspace; 1 skill updated" in redone
    assert "\nundone, except 1 held: nothing to write (" in held
    assert "held      split hours\n              changed since" in held
    assert "is left to undo" not in held
    assert "changed since" in shown


def test_a_run_is_undone_by_name_after_it_was_redone(twice, notion):
    """Naming a run takes back what stands of it, however often it went back and forth."""
    last, _, _ = ids(twice)
    twice.run("undo", "--yes")
    twice.run("redo", "--yes")

    ended = twice.run("undo", last, "--yes", "--json")

    assert (ended.code, hours(twice, notion)) == (0, 3)
    assert twice.run("redo", "--yes").code == 0
    assert hours(twice, notion) == 4


@pytest.mark.parametrize(
    ("word", "back"), [("undo", "redo"), ("redo", "undo")], ids=["undo", "redo"]
)
def test_what_was_cut_off_is_continued_or_taken_back(twice, notion, word, back):
    """An undo or redo that was cut off goes on with the same word, and back with the other one."""
    twice.run("undo", "--yes")
    if word == "redo":
        twice.run("redo", "--yes")
    run = twice.run("log", "--json").json["runs"][0]
    with open_state(twice.folder) as state:
        state.save_undo(Undo(run["run"], run["undoes"], is_open=True))

    goes_on = twice.run(word, "--dry-run", "--json").json["undoes"]
    goes_back = twice.run(back, "--dry-run", "--json").json["undoes"]
    done = twice.run(word, "--yes")

    assert (goes_on, goes_back) == (run["undoes"], run["run"])
    assert done.code == 0
    assert not twice.run("log", "--json").json["runs"][0]["open"]


def test_a_run_of_which_nothing_is_left_is_one_step(twice, notion):
    """What was put back by hand on both sides is undone already: the next undo takes the run before."""
    twice.replace("hours: 4", "hours: 3")
    page, _ = rows(notion)["split"]
    notion.send("PATCH", f"/v1/pages/{page}", {"properties": {"Hours": {"number": 3}}})
    last, before, _ = ids(twice)

    first = twice.run("undo", "--yes")
    second = twice.run("undo", "--yes", "--json")

    assert f"nothing of {last} is left to undo" in first.out
    assert second.json["undoes"].endswith(before)
    assert hours(twice, notion) == 2


def test_redo_writes_nothing_in_a_dry_run(twice, notion):
    """The plan of a redo is shown and names the run; nothing is written."""
    last, _, _ = ids(twice)
    twice.run("undo", "--yes")

    shown = twice.run("redo", "--dry-run")
    told = twice.run("redo", "--dry-run", "--json").json

    assert shown.out.startswith(f"redoing {last} (undone ")
    assert "hours: 3 → 4" in shown.out
    assert (told["dry_run"], told["redoes"].rpartition("-")[2]) == (True, last)
    assert hours(twice, notion) == 3


@pytest.mark.parametrize("words", [("undo",), ("redo",), ("forget", "small")], ids=" ".join)
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
    assert learner.run("undo", "--yes").out.startswith("nothing to undo")
    assert learner.run("redo", "--yes").out.startswith("nothing to redo")


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


def test_a_run_whose_database_is_gone_cannot_be_undone(learner, notion):
    """Without the database there is nothing to take back from; the advice is to restore it."""
    search = {"filter": {"property": "object", "value": "data_source"}}
    (source,) = notion.send("POST", "/v1/search", search)["results"]
    learner.run("forget", "small", "--yes")
    notion.send("PATCH", f"/v1/databases/{source['parent']['database_id']}", {"in_trash": True})

    ended = learner.run("undo", "--yes")

    assert ended.code == 7
    assert "has no database any more" in ended.err
