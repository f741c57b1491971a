"""A dry run is the same planner without a writer: it leaves every byte where it is (G10)."""

from __future__ import annotations

import pytest
from faults import FaultyTransport
from sandbox import Sandbox
from shell import open_shell

TEXT = """\
title: Small path
sections:
  - title: Basics
    skills:
      - {id: split, name: Split, goal: Can split.}
      - Bare string
      - {id: trees, name: Trees}
"""
DRY = [("plan",), ("sync", "--dry-run"), ("plan", "--json"), ("-v", "plan", "--allow-deletes", "3")]

pytestmark = [
    pytest.mark.guarantee("G10"),
    pytest.mark.parametrize("words", DRY, ids=" ".join),
    pytest.mark.slow,
]


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    """Give a shell in a folder with one roadmap that was never synced."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(TEXT)
        yield open_shell(sandbox, monkeypatch, capsys)


def tree(folder):
    """Return every file of a folder with its bytes, and the times of files and folders alike."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


def run_dry(shell, words):
    """Run a command and return how it ended; nothing may be written, here or there."""
    network = FaultyTransport(shell.sandbox.transport)
    shell.sandbox.wrap = lambda _: network
    remote, folder = shell.sandbox.remote(), tree(shell.sandbox.folder)

    ended = shell.run(*words)

    assert tree(shell.sandbox.folder) == folder
    assert shell.sandbox.remote() == remote
    assert network.writes == []
    assert network.requests > 0
    return ended


def test_before_the_first_sync(shell, words):
    """Where nothing was ever synced, a dry run makes not even the state's folder."""
    ended = run_dry(shell, words)

    assert ended.code == 0
    assert not (shell.sandbox.folder / ".tracker").exists()


def test_with_everything_to_do(shell, words):
    """Edits, new skills, deletions, a conflict and a hold are shown, not done."""
    sandbox = shell.sandbox
    sandbox.sync()
    sandbox.replace("Can split.", "Can split well.")
    sandbox.write(sandbox.path().read_text(encoding="utf-8") + "      - New one\n")
    sandbox.person.edit("split", {"Goal": "Can split by group.", "Hours": -1})
    sandbox.person.trash("trees")
    sandbox.person.add({"Skill": "From the phone"})

    ended = run_dry(shell, words)

    assert ended.code == 1
    assert "from-the-phone" in ended.out


def test_with_nothing_to_do(shell, words):
    """In a world in sync, a dry run has nothing to say."""
    shell.sandbox.sync()

    ended = run_dry(shell, words)

    assert ended.code == 0


def test_with_a_refusal(shell, words):
    """What would be refused is said, and nothing else happens."""
    shell.sandbox.sync()
    shell.sandbox.write("title: Small path\nsections: []\n")

    ended = run_dry(shell, words)

    assert ended.code == (0 if "--allow-deletes" in words else 7)
