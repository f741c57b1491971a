"""Promises of the demo: the whole story in a folder of its own, and what to type after it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def sandbox(nowhere, tmp_path, monkeypatch):
    """Give a shell in an environment that is not active, with temporary folders of its own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("sys.prefix", "/my env")
    monkeypatch.setattr("sys.platform", "linux")
    return nowhere


def list_commands(out):
    """Return what the demo says it types."""
    return [line.removeprefix("$ ") for line in out.splitlines() if line.startswith("$ ")]


def test_the_story_is_told_to_its_end(sandbox, tmp_path):
    """It pushes every skill, brings a tick each way, reports, and says what to type next."""
    ended = sandbox.run("demo")

    (folder,) = tmp_path.glob("tracker-demo-*")
    added = [line for line in ended.out.splitlines() if line.startswith("  +")]
    assert (ended.code, ended.err) == (0, "")
    assert list_commands(ended.out) == [
        "tracker init --roadmap ds-path",
        "tracker sync",
        "tracker mark knn done",
        "tracker sync",
        "tracker report",
    ]
    assert "synced: 275 rows created in the built-in workspace; 275 writes (" in ended.out
    assert [line.split(":")[0].strip("+ ") for line in added] == ["status", "completed"]
    assert "2 of 275 skills" in ended.out
    assert f"Look around: cd {folder}" in " ".join(ended.out.split())
    assert f"cd {folder}" in ended.out
    assert "Start for real:  cd ~ && mkdir my-progress && cd my-progress" in ended.out
    assert "First:  source '/my env/bin/activate'" in ended.out
    assert "status: done" in (folder / "roadmaps" / "ds-path.yaml").read_text(encoding="utf-8")


def test_as_json_it_is_one_object(sandbox):
    """A program learns the folder and how both syncs ended, and nothing else is printed."""
    ended = sandbox.run("demo", "--json")

    assert (ended.code, ended.err) == (0, "")
    assert ended.json["first"]["counts"]["created"] == 275
    assert ended.json["second"]["counts"]["updated"] == 3
