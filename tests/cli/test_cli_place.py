"""Promises of how the other side is called: Notion where there is one, else the workspace."""

from __future__ import annotations

import pytest

from tracker.wiring import open_workspace

pytestmark = pytest.mark.slow

EVERYTHING = [
    "sync",
    "plan",
    "plan -v",
    "sync --dry-run",
    "conflicts",
    "conflicts --json",
    "resolve knn",
    "resolve knn --json",
    "resolve trees goal --take workspace",
    "resolve knn resources --take https://a.org",
    "log",
    "log -v",
    "undo --dry-run",
    "redo --dry-run",
    "forget small",
    "doctor",
    "doctor --json",
    "check",
    "report",
    "next",
    "show knn",
    "mark split done",
    "upgrade --dry-run",
    "roadmaps",
    "init",
]


def send(learner, method, path, body):
    """Send one request to the workspace of a folder."""
    with open_workspace(learner.folder) as client:
        return client.send(method, path, body)


def pages(learner):
    """Return the ids of all rows by Tracker ID."""
    search = {"filter": {"property": "object", "value": "data_source"}}
    (source,) = send(learner, "POST", "/v1/search", search)["results"]
    listed = send(learner, "POST", f"/v1/data_sources/{source['id']}/query", {})["results"]
    return {
        row["properties"]["Tracker ID"]["rich_text"][0]["plain_text"]: row["id"] for row in listed
    }


@pytest.fixture
def busy(learner):
    """Give a folder with edits on their way, a conflict, held values, and rows in the trash."""
    learner.run("sync")
    rows = pages(learner)
    text = {"rich_text": [{"text": {"content": "from there"}}]}
    for skill_id, properties in {
        "knn": {"Goal": text, "Section": {"select": None}},
        "split": {"Hours": {"number": -3}},
    }.items():
        send(learner, "PATCH", f"/v1/pages/{rows[skill_id]}", {"properties": properties})
    send(learner, "PATCH", f"/v1/pages/{rows['trees']}", {"in_trash": True})
    learner.replace("name: k nearest", "goal: from here\n        name: k nearest")
    learner.replace("hours: 2", "hours: 5")
    return learner


@pytest.mark.parametrize("words", EVERYTHING)
def test_the_workspace_is_called_by_its_name(busy, words):
    """In a folder with the built-in workspace no answer, no question and no advice names Notion."""
    busy.run("sync", "--yes") if words.startswith(("log", "undo", "redo")) else None

    ended = busy.run(*words.split())

    assert "notion" not in (ended.out + ended.err).lower()


@pytest.mark.parametrize("number", [3, 30])
def test_guards_do_not_speak_of_it_either(learner, number):
    """A refusal to delete, and a row that is out of sight, are told of the database and its trash."""
    skills = "".join(f"      - {{id: s-{n}, name: S {n}}}\n" for n in range(number))
    learner.roadmap.write_text(f"title: T\nsections:\n  - title: S\n    skills:\n{skills}")
    learner.run("sync")
    for page in pages(learner).values():
        send(learner, "PATCH", f"/v1/pages/{page}", {"in_trash": True})

    for words in ("sync", "plan", "doctor", "conflicts"):
        ended = learner.run(words)
        assert "notion" not in (ended.out + ended.err).lower()
    assert learner.run("sync").code == 7
