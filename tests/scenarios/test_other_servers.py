"""A server that answers otherwise than expected is synced with all the same, and says so in notes."""

from __future__ import annotations

import pytest
from faults import FaultyTransport
from notion_person import shown
from other_servers import SERVERS
from sandbox import Sandbox
from shell import open_shell

from tracker.settings import LARGE_FROM

pytestmark = pytest.mark.slow

LONG = "Scale the features first, then pick k. " * 60
ROADMAP = f"""\
title: Small path
sections:
  - title: First models
    icon: 🌱
    skills:
      - id: split
        name: Train/test split
        status: done
        completed: 2026-10-01
        hours: 2
        tags: [evaluation, basics]
        evidence: https://example.org/me/split
        resources:
          - {{title: Docs, url: "https://a.org/one", type: docs}}
          - {{title: Docs again, url: "https://a.org/two", type: docs}}
      - {{id: knn, name: k nearest neighbours, requires: [split], goal: Can pick k.}}
  - title: Later
    skills:
      - {{id: trees, name: Decision trees, level: entry, requires: [split, knn]}}
      - id: notes
        name: Long notes
        notes: {LONG}
      - {{id: svm, name: SVM}}
"""
NOTES = {
    "refusing_views": {"views-refused"},
    "without_groups": {"status-as-select"},
    "all_together": {"views-refused", "status-as-select"},
}


def name_of(server) -> str:
    return server.__name__


@pytest.mark.guarantee("G3", "G4", "G11")
@pytest.mark.parametrize("large_from", [LARGE_FROM, 0], ids=["small", "large"])
@pytest.mark.parametrize("server", SERVERS, ids=name_of)
def test_edits_of_both_sides_meet_and_then_all_rests(
    tmp_path, monkeypatch, capsys, server, large_from
):
    """The first sync has notes at most, edits go both ways, and the syncs after it write nothing."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.large_from = large_from
        sandbox.write(ROADMAP)
        wire = FaultyTransport(server(sandbox.transport))
        sandbox.wrap = lambda _: wire
        shell = open_shell(sandbox, monkeypatch, capsys)

        first = shell.run("sync", "--json")
        shell.run("sync", "--json")  # from here on only what changed is read of a large database
        # A person sees what the server keeps, in its own spelling.
        sandbox.person.edit("knn", {"Status": "Done", "Completed": "2026-11-02", "Hours": 3})
        sandbox.person.edit("split", {"Notes": LONG + "And again."})
        sandbox.replace("goal: Can pick k.", "goal: Can pick k well.")
        sandbox.replace("name: SVM}", "name: SVM, tags: [later], status: doing}")
        second = shell.run("sync", "--json")
        before, written = sandbox.sides(), len(wire.writes)
        third = shell.run("sync", "--json")
        for path in (sandbox.folder / ".tracker").glob("state.db*"):
            path.unlink()
        fourth = shell.run("sync", "--json")

        assert (first.code, set(first.codes)) == (0, NOTES.get(name_of(server), set())), first.out
        assert (second.code, second.codes) == (0, []), second.out
        assert (third.code, third.codes, third.json["writes"]) == (0, [], 0)
        assert (fourth.code, fourth.codes, fourth.json["writes"]) == (0, [], 0)
        assert wire.writes[written:] == []
        assert sandbox.sides() == before
        text = sandbox.files()["path.yaml"]
        assert "And again." in text
        assert "completed: 2026-11-02" in text
        assert "hours: 3" in text
        assert shown(sandbox.person.row("knn"))["Goal"] == "Can pick k well."
        assert shown(sandbox.person.row("svm"))["Status"] == "In progress"
        assert len(sandbox.person.rows()) == 5
