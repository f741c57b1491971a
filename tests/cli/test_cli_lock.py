"""Two commands in one folder: one works, the other one says who does (G13)."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tracker.adapters.files import hold_lock

pytestmark = [pytest.mark.guarantee("G13"), pytest.mark.slow]


def other_sync(folder, *words):
    """Run `tracker sync` in another process."""
    command = [sys.executable, "-m", "tracker.cli.main", "-C", str(folder), "sync", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_second_of_two_syncs_names_the_first(learner):
    """While one process syncs, another one exits with 6, names the holder and writes nothing."""
    before = learner.roadmap.read_bytes()

    with hold_lock(learner.folder / ".tracker", since="2026-11-03T12:00:00+00:00"):
        refused = other_sync(learner.folder)
    allowed = other_sync(learner.folder, "--json")

    assert (refused.returncode, refused.stdout) == (6, "")
    assert f"process {os.getpid()} on " in refused.stderr
    assert "since 2026-11-03T12:00:00" in refused.stderr
    assert learner.roadmap.read_bytes() == before
    assert (allowed.returncode, json.loads(allowed.stdout)["counts"]["created"]) == (0, 3)


@pytest.mark.parametrize("words", [("sync",), ("mark", "knn", "done")], ids=" ".join)
def test_whoever_writes_waits_for_the_lock(learner, words):
    """Every command that writes is turned away while another one holds the lock."""
    with hold_lock(learner.folder / ".tracker", since="now"):
        ended = learner.run(*words, "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) == (6, "state-locked")


@pytest.mark.parametrize("words", [("plan",), ("report",), ("check",), ("next",)], ids=" ".join)
def test_whoever_only_reads_needs_no_lock(learner, words):
    """Reading is always possible."""
    with hold_lock(learner.folder / ".tracker", since="now"):
        ended = learner.run(*words)

    assert ended.code == 0


def test_what_a_killed_run_left_behind_holds_nobody_back(learner):
    """A note and a lock file of a process that is gone are recognised as stale."""
    own = learner.folder / ".tracker"
    own.mkdir(exist_ok=True)
    (own / "lock").touch()
    note = {"pid": 999_999_999, "host": "elsewhere", "since": "2020-01-01T00:00:00+00:00"}
    (own / "lock.json").write_text(json.dumps(note), encoding="utf-8")

    ended = learner.run("sync", "--json")

    assert (ended.code, ended.json["counts"]["created"]) == (0, 3)
    assert not (own / "lock.json").exists()
