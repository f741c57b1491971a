"""Files that are no regular, sensible file: refused at once, with the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tracker.adapters import settings_file
from tracker.adapters.roadmap_files import document
from tracker.cli.commands import syncing

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here"),
    pytest.mark.slow,
]

NAMES = {
    "tracker.yaml": (4, "bad-settings"),
    "roadmaps/small.yaml": (3, "not-a-file"),
    ".tracker/state.db": (6, "state-corrupt"),
    ".tracker/workspace.db": (6, "workspace-unusable"),
    ".tracker/lock": (6, "state-unusable"),
}


def make_odd(path, kind):
    """Put something there that is no file."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["pipe", "folder"])
@pytest.mark.parametrize("name", NAMES)
def test_a_sync_refuses_what_is_no_file(learner, name, kind):
    """No command waits for a pipe or takes a folder for a file; nothing is written elsewhere."""
    learner.run("sync")
    make_odd(learner.folder / name, kind)

    ended = learner.run("sync", "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) == NAMES[name]


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("apply", "odd"), 2),
        (("import", "odd", "--format", "md", "--name", "got"), 2),
        (("add", "odd.yaml"), 2),
        (("plan", "--out", "odd"), 2),
        (("report", "--out", "odd"), 2),
        (("export", "small", "--format", "csv", "--out", "odd"), 2),
    ],
    ids=lambda words: words[0] if isinstance(words, tuple) else "",
)
def test_a_named_file_that_is_none(learner, words, code, kind):
    """What a person names is looked at before it is opened."""
    for name in ("odd", "odd.yaml"):
        make_odd(learner.folder / name, kind)
    named = [str(learner.folder / word) if word.startswith("odd") else word for word in words]

    ended = learner.run(*named)

    assert (ended.code, ended.err.count("error: ")) == (code, 1), ended
    assert not list(learner.folder.rglob("crash-*"))


def test_a_device_for_settings(learner):
    """Endless settings are refused as what they are."""
    make_odd(learner.folder / "tracker.yaml", "device")

    ended = learner.run("plan", "--json")

    assert (ended.code, ended.json["problems"][0]["why"]) == (4, "it is a device, not a file")


def test_a_pipe_where_the_memory_of_links_is(learner):
    """What may be lost anyway is not waited for either."""
    learner.replace("https://example.org/knn", "http://127.0.0.1:1/knn")
    make_odd(learner.folder / ".tracker" / "link-cache.json", "pipe")

    assert learner.run("check", "--links").code in {0, 1}


def test_files_beyond_their_bounds(learner, monkeypatch):
    """Settings, plans and roadmaps have a size that nobody needs more than."""
    learner.run("plan", "--out", str(learner.folder / "plan.json"))
    monkeypatch.setattr(syncing, "MOST_BYTES", 100)
    plan = learner.run("apply", str(learner.folder / "plan.json"))
    monkeypatch.setattr(settings_file, "MOST_BYTES", 10)
    settings = learner.run("plan")

    assert (plan.code, "more than 100 bytes" in plan.err) == (2, True)
    assert (settings.code, "more than 10 bytes" in settings.err) == (4, True)


@pytest.mark.parametrize("text", ["-\n", "k: v\n", "- a\n"], ids=["dashes", "keys", "entries"])
def test_a_roadmap_of_nothing_but_signs(learner, monkeypatch, text):
    """Reading stops at more values side by side than any roadmap has."""
    monkeypatch.setattr(document, "MAX_WIDTH", 1_000)
    learner.roadmap.write_text(text * 1_001, encoding="utf-8")

    ended = learner.run("check", "--json")

    assert [each["code"] for each in ended.json["problems"]] == ["file-too-large"]


def test_settings_of_nothing_but_signs(learner):
    """Far more values than settings have are refused, before they take memory."""
    (learner.folder / "tracker.yaml").write_text("-\n" * 400_000, encoding="utf-8")

    ended = learner.run("plan", "--json")

    assert ended.code == 4
    assert ended.json["problems"][0]["why"] == "it has more than 20,000 values"


def test_completion_waits_for_no_pipe(learner, monkeypatch, tmp_path):
    """The press of a key in a folder with a pipe for a roadmap answers."""
    make_odd(learner.folder / "roadmaps" / "odd.yaml", "pipe")
    environ = {
        **os.environ,
        "_TRACKER_COMPLETE": "complete_bash",
        "COMP_WORDS": "tracker show k",
        "COMP_CWORD": "2",
    }

    ended = subprocess.run(
        [sys.executable, "-m", "tracker.cli.main"],
        env=environ,
        cwd=learner.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.stdout.split() == ["knn"]


def test_a_linked_roadmap_is_read_and_edited_where_it_stands(learner, tmp_path_factory):
    """Reading follows a link; an edit replaces the file at its other end, and the link stays."""
    real = tmp_path_factory.mktemp("shared") / "real.yaml"
    learner.roadmap.rename(real)
    learner.roadmap.symlink_to(real)

    for words in (("check",), ("next",), ("report",), ("show", "knn"), ("plan",)):
        assert learner.run(*words).code == 0, words
    marked = learner.run("mark", "knn", "done")
    synced = learner.run("sync", "--json")

    assert (marked.code, synced.code, synced.json["counts"]["created"]) == (0, 0, 3)
    assert learner.roadmap.is_symlink()
    assert "status: done" in real.read_text(encoding="utf-8")


def test_two_names_of_one_roadmap(learner):
    """A link to another roadmap of the same folder would be counted, and written, twice."""
    (learner.folder / "roadmaps" / "twin.yaml").symlink_to("small.yaml")

    ended = learner.run("check", "--json")

    assert [each["code"] for each in ended.json["problems"]] == ["same-file"]
    assert ended.json["problems"][0]["path"] == "roadmaps/twin.yaml"
