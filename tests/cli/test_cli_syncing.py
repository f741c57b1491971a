"""Promises of plan, apply and sync on the command line, against the built-in workspace."""

from __future__ import annotations

import io
import json

import pytest

pytestmark = pytest.mark.slow


def tree(folder):
    """Return every file of a folder with its bytes and time."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def synced(learner):
    """Give a folder whose sides are equal."""
    assert learner.run("sync").code == 0
    return learner


def remove_trees(learner):
    """Take a skill out of the file by hand."""
    learner.replace("      - id: trees\n        name: Decision trees\n", "      []\n")


def test_the_first_sync_creates_and_the_second_writes_nothing(learner):
    """A sync makes both sides equal; the next one says so and writes nothing."""
    first = learner.run("sync", "--json").json
    second = learner.run("sync", "--json").json

    assert (first["ok"], first["counts"]["created"], first["writes"]) == (True, 3, 3)
    assert (second["ok"], second["writes"]) == (True, 0)
    assert second["requests"] < first["requests"]
    assert {each["outcome"] for each in first["outcomes"]} == {"done"}


def test_sync_in_words(learner):
    """A sync shows its plan and one line that sums up; then that there is nothing to do."""
    first = learner.run("sync")
    second = learner.run("sync")

    assert "  + → workspace  knn" in first.out
    assert first.out.splitlines()[-1].startswith(
        "synced: 3 rows created in the built-in workspace; 3 writes ("
    )
    assert second.out.startswith("in sync: nothing to do (")
    assert first.err == second.err == ""


@pytest.mark.guarantee("G10")
@pytest.mark.parametrize("words", [("plan",), ("sync", "--dry-run")])
def test_a_dry_run_writes_nothing(learner, words):
    """A plan shows the writes and touches no file at all."""
    before = tree(learner.folder)

    ended = learner.run(*words, "--json")

    assert ended.code == 0
    assert (ended.json["dry_run"], ended.json["writes"], ended.json["outcomes"]) == (True, 3, [])
    assert tree(learner.folder) == before


@pytest.mark.guarantee("G9")
def test_a_saved_plan_is_applied_exactly(learner):
    """A saved plan does what it showed; applied once more it is stale."""
    file = learner.folder / "saved.plan"
    planned = learner.run("plan", "--out", str(file))
    applied = learner.run("apply", str(file), "--json")
    again = learner.run("apply", str(file), "--json")

    assert f"tracker apply {file}" in planned.err
    assert (applied.code, applied.json["counts"]["created"]) == (0, 3)
    assert (again.code, again.json["problems"][0]["code"]) == (7, "plan-stale")


@pytest.mark.guarantee("G9")
def test_a_saved_plan_of_another_world_is_refused(learner):
    """A plan does not survive an edit of the file it was made from."""
    file = learner.folder / "saved.plan"
    learner.run("plan", "--out", str(file))
    learner.replace("hours: 2", "hours: 3")

    ended = learner.run("apply", str(file))

    assert (ended.code, ended.out) == (7, "")
    assert "no longer fits" in ended.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(None, 2, id="no file"),
        pytest.param("not JSON", 7, id="no JSON"),
        pytest.param("[1]", 7, id="another JSON"),
        pytest.param('{"schema": 99}', 7, id="another version"),
    ],
)
def test_what_is_no_plan_is_refused(learner, content, code):
    """Applying anything but a saved plan is refused in words."""
    file = learner.folder / "saved.plan"
    if content is not None:
        file.write_text(content, encoding="utf-8")

    ended = learner.run("apply", str(file))

    assert ended.code == code
    assert ended.err.startswith("error: ")


def test_an_unknown_roadmap_is_named(learner):
    """A roadmap that does not exist is a mistake of usage; those that do are listed."""
    ended = learner.run("sync", "no-such")

    assert ended.code == 2
    assert "roadmaps here: small" in ended.err
    assert "next  name one of these; or tracker add NAME    # brings in a bundled one" in ended.err


@pytest.mark.parametrize(
    "words", [("sync",), ("plan",), ("report",), ("next",), ("export",), ("conflicts",)]
)
def test_a_mistyped_roadmap_is_guessed(learner, words):
    """Whoever mistypes a name is told the one that is meant, with exit code 2 in every command."""
    ended = learner.run(*words, "Smal")

    assert ended.code == 2
    assert "next  did you mean small?" in ended.err


def at_a_terminal(monkeypatch, typed):
    """Pretend that somebody sits there and types."""
    monkeypatch.setattr("tracker.cli.screen._is_terminal", lambda _file: True)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    monkeypatch.setenv("NO_COLOR", "1")


def test_a_deletion_is_asked_about_on_a_terminal(synced, monkeypatch):
    """On a terminal a deletion waits for a yes; a no writes nothing and exits with 1."""
    remove_trees(synced)
    at_a_terminal(monkeypatch, "n\n")

    declined = synced.run("sync")

    assert declined.code == 1
    assert "Delete 1 skill from the built-in workspace and sync?" in declined.err
    assert "  - → workspace  trees  Decision trees  to the trash" in declined.out
    assert declined.out.splitlines()[-1].startswith("nothing was written")
    at_a_terminal(monkeypatch, "y\n")
    assert "1 row deleted in the built-in workspace" in synced.run("sync").out


def test_yes_answers(synced, monkeypatch):
    """--yes answers the question before it is asked."""
    remove_trees(synced)
    at_a_terminal(monkeypatch, "")

    ended = synced.run("sync", "--yes")

    assert ended.code == 0
    assert "[y/N]" not in ended.err


def test_a_saved_plan_has_plain_values(learner):
    """A saved plan is JSON, and holds no token."""
    file = learner.folder / "saved.plan"

    learner.run("plan", "--out", str(file))

    assert json.loads(file.read_text(encoding="utf-8"))["schema"] == 1
    assert "token" not in file.read_text(encoding="utf-8").lower()
