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

pytestmark = pytest.mark.guarantee("G10")


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
