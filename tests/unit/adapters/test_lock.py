"""One writer per folder, and the other one is told who holds the lock."""

import json
import subprocess
import sys

import pytest

from tracker.adapters.files import hold_lock
from tracker.errors import StateError

HOLDER = """
import sys
from pathlib import Path
from tracker.adapters.files import hold_lock
with hold_lock(Path(sys.argv[1]), since="2026-11-01T10:00:00"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_process(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.stdin.close()
    process.stdout.close()
    process.wait()


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path, other_process):
    """The error names the process that holds the lock, and since when."""
    with pytest.raises(StateError) as caught, hold_lock(tmp_path, since="now"):
        pass

    assert str(other_process.pid) in caught.value.problems[0].why
    assert "2026-11-01T10:00:00" in caught.value.problems[0].why


def test_the_lock_of_a_killed_process_holds_nobody_back(tmp_path, other_process):
    """What a killed run leaves behind is recognised as stale."""
    other_process.kill()
    other_process.wait()

    with hold_lock(tmp_path, since="now"):
        holder = json.loads((tmp_path / "lock.json").read_text())

    assert holder["since"] == "now"


def test_a_released_lock_can_be_taken_again(tmp_path):
    """After the first run ended the next one works, and no note of the first is left."""
    with hold_lock(tmp_path, since="first"):
        pass
    with hold_lock(tmp_path, since="second"):
        pass

    assert not (tmp_path / "lock.json").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """Where no lock can be, the error says so in four parts."""
    (tmp_path / "taken").write_text("a file, not a folder")

    with pytest.raises(StateError) as caught, hold_lock(tmp_path / "taken", since="now"):
        pass

    problem = caught.value.problems[0]
    assert problem.code == "state-unusable"
    assert all([problem.what, problem.why, problem.kept, problem.next])


def test_a_note_that_cannot_be_written_gives_the_lock_back(tmp_path, monkeypatch):
    """A full disk while locking leaves no lock behind."""

    def fill(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("tracker.adapters.files._save_note", fill)
        with pytest.raises(StateError), hold_lock(tmp_path, since="now"):
            pass

    with hold_lock(tmp_path, since="later"):
        assert (tmp_path / "lock.json").exists()
