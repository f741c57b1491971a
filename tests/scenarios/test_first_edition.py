"""Folders of the first edition: their databases have no Evidence column, and their state no evidence."""

from __future__ import annotations

import pytest
from first_edition import grow_old
from notion_person import shown
from sandbox import Sandbox
from shell import open_shell

pytestmark = pytest.mark.slow

ROADMAP = """\
title: Path
sections:
  - title: First models
    skills:
      - {id: knn, name: kNN, status: done, completed: 2026-10-01}
      - {id: svm, name: SVM}
"""
EVIDENCE = "https://example.org/me/knn"


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(ROADMAP)
        yield sandbox


@pytest.fixture
def shell(sandbox, monkeypatch, capsys):
    shell = open_shell(sandbox, monkeypatch, capsys)
    assert shell.run("sync").code == 0
    grow_old(sandbox.folder, sandbox.person)
    return shell


def show_evidence(sandbox, value=EVIDENCE):
    """Type the address of one's own work into the file."""
    sandbox.replace("kNN, status", f"kNN, evidence: '{value}', status")


def test_evidence_without_a_column_stays_in_the_file_with_one_note(sandbox, shell):
    """Nothing is written and nothing is refused; the note says what adds the column."""
    quiet = shell.run("sync", "--json")
    show_evidence(sandbox)
    before = sandbox.sides()

    ended = shell.run("sync", "--json")

    assert (quiet.code, quiet.codes) == (0, [])
    assert (ended.code, ended.codes, ended.json["writes"]) == (0, ["unsynced-fields"], 0)
    assert ended.json["problems"][0]["next"].startswith("tracker doctor --fix")
    assert sandbox.sides() == before


@pytest.mark.guarantee("G1", "G4")
@pytest.mark.parametrize("lost", ["nothing", "state"])
def test_the_column_that_the_doctor_adds_gets_the_evidence_of_the_file(sandbox, shell, lost):
    """What stood only in the file goes to Notion; no value changes on either side before that."""
    show_evidence(sandbox)
    if lost == "state":
        for path in (sandbox.folder / ".tracker").glob("state.db*"):
            path.unlink()
    before = sandbox.sides()

    fixed = shell.run("doctor", "--fix", "--yes")
    between = sandbox.sides()
    ended = shell.run("sync")

    assert (fixed.code, ended.code) == (0, 0), ended.out
    assert between == before
    assert shown(sandbox.person.row("knn"))["Evidence"] == EVIDENCE
    assert shell.run("sync", "--json").json["writes"] == 0


@pytest.mark.guarantee("G1", "G5")
def test_a_column_that_another_machine_added_is_taken_up(sandbox, shell, monkeypatch):
    """Evidence of both sides meets, also when this machine is cut off as it takes the column up."""
    show_evidence(sandbox)
    sandbox.person.change_column("Evidence", {"url": {}})
    sandbox.person.edit("svm", {"Evidence": "https://example.org/me/svm"})

    def cut_off(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as once:
        once.setattr("tracker.adapters.state_db.StateDb.save_target", cut_off)
        assert shell.run("sync").code == 130
    ended = shell.run("sync")

    assert ended.code == 0, ended.out
    assert shown(sandbox.person.row("knn"))["Evidence"] == EVIDENCE
    assert "https://example.org/me/svm" in sandbox.files()["path.yaml"]


def test_a_run_of_the_first_edition_is_undone(sandbox, shell):
    """Its journal knows nothing of evidence."""
    ended = shell.run("undo", "--yes")

    assert ended.code == 0, ended.err
    assert sandbox.person.rows() == []


def test_a_skill_that_is_trashed_and_undone_keeps_its_evidence(sandbox, shell):
    """Evidence that is not synced leaves the file with its skill, and comes back with it."""
    show_evidence(sandbox)
    before = sandbox.files()
    sandbox.person.trash("knn")

    assert shell.run("sync", "--yes").code == 0
    gone = sandbox.files()
    ended = shell.run("undo", "--yes")

    assert EVIDENCE not in gone["path.yaml"]
    assert ended.code == 0, ended.err
    assert sandbox.files() == before


@pytest.mark.parametrize("has_column", [True, False])
@pytest.mark.parametrize("where", ["file", "Notion"])
def test_a_skill_that_is_deleted_right_after_the_upgrade_goes(sandbox, shell, where, has_column):
    """That evidence was never agreed on is no edit, which would beat the deletion."""
    if has_column:
        sandbox.person.change_column("Evidence", {"url": {}})
    if where == "file":
        sandbox.replace("      - {id: svm, name: SVM}\n", "")
    else:
        sandbox.person.trash("svm")

    ended = shell.run("sync", "--yes")

    assert ended.code == 0, ended.err
    assert "svm" not in sandbox.files()["path.yaml"]
    assert [shown(row)["Tracker ID"] for row in sandbox.person.rows()] == ["knn"]


@pytest.mark.guarantee("G8")
@pytest.mark.parametrize("way", ["doctor --fix --yes", "forget path --yes"])
def test_a_column_that_was_bound_and_is_deleted_stops_the_sync(sandbox, shell, way):
    """The doctor brings it back with its values; whoever does not want it forgets the database."""
    sandbox.person.change_column("Evidence", {"url": {}})
    show_evidence(sandbox)
    assert shell.run("sync").code == 0
    sandbox.person.change_column("Evidence", None)
    before = sandbox.sides()

    refused = shell.run("sync", "--json")
    between = sandbox.sides()
    assert shell.run(*way.split()).code == 0
    ended = shell.run("sync", "--yes", "--json")

    assert (refused.code, refused.codes) == (7, ["column-deleted"])
    assert between == before
    is_back = "Evidence" in shown(sandbox.person.row("knn"))
    assert (ended.code, ended.codes) == (0, [] if is_back else ["unsynced-fields"])
    assert is_back is way.startswith("doctor")
    assert sandbox.files() == before["files"]


def test_the_doctor_adds_what_a_new_database_has_and_changes_no_value(sandbox, shell):
    """One note names the column and the descriptions; mended, there is nothing left to note."""
    before = sandbox.sides()

    noted = shell.run("doctor", "--json").json["examined"][-1]
    fixed = shell.run("doctor", "--fix", "--yes", "--json").json
    again = shell.run("doctor", "--fix", "--yes")

    (problem,) = noted["problems"]
    assert (noted["ok"], problem["code"]) == (True, "database-lacks")
    assert "the column Evidence, a description of Order" in problem["why"]
    assert problem["next"].startswith("tracker doctor --fix")
    assert fixed["mended"] == {"path": ["evidence"]}
    assert fixed["described"] == {"path": ["Order", "Tracker ID", "Sync history"]}
    assert "nothing is missing" in again.out
    assert sandbox.sides() == before
    assert shell.run("sync", "--json").json["writes"] == 0
    assert shell.run("doctor", "--json").json["examined"][-1]["problems"] == []


def test_what_the_learner_wrote_there_stays(sandbox, shell):
    """Descriptions, names and a column of one's own are left alone, and in nobody's way."""
    person = sandbox.person
    person.change_column("Order", {"name": "Nummer", "description": "as in the file"})
    person.change_column("Unlocks", {"name": "Dann"})
    person.change_column("Evidence", {"rich_text": {}})
    person.change_column("Goal", None)
    show_evidence(sandbox)

    noted = shell.run("doctor")
    fixed = shell.run("doctor", "--fix", "--yes")
    ended = shell.run("sync")

    columns = person.source()["properties"]
    assert 'column "Goal"' in noted.out
    assert (fixed.code, ended.code) == (0, 0), fixed.err
    assert "left out: path: Evidence" in fixed.out
    assert columns["Nummer"]["description"] == "as in the file"
    assert "Dann" in columns
    assert columns["Evidence"]["type"] == "rich_text"
    assert "rename your own column Evidence, then tracker doctor --fix" in shell.run("doctor").out
