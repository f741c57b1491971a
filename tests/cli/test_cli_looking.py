"""Commands that only look leave no trace, not even with a workspace in the same folder (G10)."""

from __future__ import annotations

import pytest

from tracker.wiring import open_workspace

LOOKING = [
    ("plan",),
    ("sync", "--dry-run"),
    ("undo", "--dry-run"),
    ("conflicts",),
    ("log",),
    ("doctor",),
    ("report",),
    ("check",),
    ("show", "knn"),
]

pytestmark = [pytest.mark.guarantee("G10"), pytest.mark.slow]


def tree(folder):
    """Return every file and folder with its time, and the bytes of the files."""
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in [folder, *folder.rglob("*")]
    }


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_whoever_looks_leaves_no_trace(learner, words):
    """With something to do on both sides, no byte and no time of the folder changes."""
    learner.run("sync")
    learner.replace("hours: 2", "hours: 3")
    with open_workspace(learner.folder) as client:
        search = {"filter": {"property": "object", "value": "data_source"}}
        (source,) = client.send("POST", "/v1/search", search)["results"]
        made = {"parent": {"data_source_id": source["id"]}, "properties": {}}
        client.send("POST", "/v1/pages", made)
    before = tree(learner.folder)

    ended = learner.run(*words)

    assert ended.code in {0, 1}, ended
    assert tree(learner.folder) == before


def test_a_folder_at_rest_holds_no_logs(learner):
    """After a sync the state and the workspace are one file each, all of it written."""
    learner.run("sync")

    names = {path.name for path in (learner.folder / ".tracker").iterdir() if path.is_file()}

    assert names == {"lock", "state.db", "workspace.db"}


REFUSED = [
    "notion: {parent: nonsense}\n",
    "notion: {parent: 1234abcd}\n",
    "notion: {parent: 'https://example.org/x'}\n",
    "notion: {parent: ''}\n",
    "notion: {parent: 12}\n",
    "notion: {parent: [a]}\n",
    "notion: [a]\n",
    "notion: {workers: many}\n",
    "notion: {databases: {small: 7}}\n",
    "colour: red\n",
    "- a\n",
    "notion: {\n",
]
NEEDING = [
    ("sync", "--yes"),
    ("sync", "--dry-run"),
    ("plan",),
    ("plan", "--out", "saved.plan"),
    ("apply", "saved.plan", "--yes"),
    ("conflicts",),
    ("resolve", "knn", "--take", "local"),
    ("undo", "--yes"),
    ("redo", "--yes"),
    ("forget", "small", "--yes"),
    ("doctor", "--fix", "--yes"),
]


@pytest.mark.parametrize("token", ["", "ntn_secret"], ids=["without a token", "with a token"])
@pytest.mark.parametrize("text", REFUSED, ids=str.strip)
def test_a_refusal_of_the_settings_leaves_no_trace(learner, monkeypatch, text, token):
    """Every command that needs the settings refuses wrong ones, and no byte and no time changes."""
    monkeypatch.setenv("NOTION_TOKEN", token)
    (learner.folder / "tracker.yaml").write_text(text, encoding="utf-8")
    before = tree(learner.folder)

    for words in NEEDING:
        ended = learner.run(*words)

        assert ended.code not in {0, 70}, (words, ended)
        assert tree(learner.folder) == before, words


@pytest.mark.parametrize(
    "words",
    [
        ("resolve", "knn", "--take", "local"),
        ("resolve", "nobody", "--take", "local"),
        ("sync", "nobody", "--yes"),
        ("apply", "saved.plan", "--yes"),
        ("undo", "--yes"),
        ("redo", "--yes"),
    ],
    ids=" ".join,
)
def test_what_writes_no_row_makes_no_workspace(learner, words):
    """A refusal, or a run with nothing to do, makes no built-in workspace in a folder without one."""
    (learner.folder / "saved.plan").write_text("{}", encoding="utf-8")

    learner.run(*words)

    assert not list(learner.folder.rglob("workspace.db*"))
    assert learner.run("sync", "--yes").code == 0
    assert (learner.folder / ".tracker" / "workspace.db").exists()
