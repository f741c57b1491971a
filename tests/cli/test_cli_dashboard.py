"""Promises of `tracker` without a command."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow


def test_a_folder_answers_with_its_dashboard(learner):
    """In a folder, `tracker` alone says how far, what is next, and what is not synced."""
    learner.run("start", "trees")

    ended = learner.run()
    as_json = learner.run("--json").json

    assert ended.code == 0
    assert ended.out.splitlines()[0].endswith("0 %  0/3  0/2 h")
    assert "  ◐ trees  Decision trees  since today\n" in ended.out
    assert ended.out.endswith("\nNever synced yet: tracker sync\n")
    assert (as_json["command"], as_json["never_synced"]) == ("dashboard", True)
    assert [each["id"] for each in as_json["in_progress"]] == ["trees"]
    assert as_json["unsynced"]["added"] == 3


def test_elsewhere_the_help_is_shown(nowhere):
    """Without a folder there is nothing to show but the help; a script is told what is wrong."""
    nowhere.folder.mkdir(exist_ok=True)

    ended = nowhere.run()
    as_json = nowhere.run("--json").json

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Usage: tracker [OPTIONS] COMMAND")
    assert as_json["problems"][0]["code"] == "no-folder"


def test_a_sync_leaves_nothing_unsynced_and_a_mark_says_what_it_left(learner):
    """What is not synced is counted against the last sync, by the dashboard and by `done`."""
    learner.run("sync", "--yes")
    synced = learner.run().out
    done = learner.run("done", "split", "--json").json
    told = learner.run("start", "trees").out

    assert synced.endswith("\nNothing changed here since the last sync\n")
    assert done["unsynced"] == 1
    assert told.endswith("  2 skills not synced (2 changed): tracker sync\n")
    assert learner.run("--json").json["unsynced"] == {
        "count": 2,
        "added": 0,
        "changed": 2,
        "removed": 0,
    }


def test_a_broken_file_or_state_does_not_hide_the_rest(learner):
    """A broken roadmap and a damaged state are told, and the rest is shown."""
    learner.roadmap.with_name("broken.yaml").write_text("title: [", encoding="utf-8")
    (learner.folder / ".tracker").mkdir()
    (learner.folder / ".tracker" / "state.db").write_bytes(b"no database at all" * 99)

    ended = learner.run()

    assert (ended.code, "Decision trees" in ended.out) == (0, True)
    assert "broken and left out: broken" in ended.err
    assert "What is not synced is unknown: tracker doctor --fix" in ended.out
    assert learner.run("done", "trees").code == 0
