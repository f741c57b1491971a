"""What an adoption would do, in words: columns, additions, and what becomes of the rows."""

from __future__ import annotations

from builders import POLICY, row

from tracker.cli.render.adopt import render_doubt, render_proposal
from tracker.cli.render.layout import AnswerView
from tracker.roadmap.model import Roadmap
from tracker.sync.adoption import ColumnMatch, ForeignColumn, Matching, Reason
from tracker.sync.model import Base, RemoteObservation
from tracker.sync.namesakes import Doubt
from tracker.sync.planner import make_plan
from tracker.sync.records import Field, LocalSkill, make_local_observation
from tracker.sync.target import DatabaseTarget, ForeignDatabase
from tracker.workflows.adopt import Proposal, summarise_rows

COLUMNS = {
    Field.NAME: ForeignColumn("t", "Name", "title"),
    Field.STATUS: ForeignColumn("c", "Erledigt\x1b", "checkbox"),
    Field.HOURS: ForeignColumn("n", "Zahl", "number"),
}
ROWS = (
    row(None, "p1", name="kNN", section="", status="done"),
    row(None, "p2", name="kNN", section="A"),
    row(None, "p3", name="", section="A", held={Field.NAME: "no name"}),
)


def propose():
    """Make a proposal for a new roadmap of three rows."""
    local = make_local_observation("liste", "", Roadmap(title="Liste"))
    remote = RemoteObservation(ROWS)
    left = ForeignColumn("f", "Datei", "files")
    reasons = (Reason.TITLE, Reason.NAME, Reason.TYPE)
    matches = (ColumnMatch(*it, why) for it, why in zip(COLUMNS.items(), reasons, strict=True))
    return Proposal(
        name="liste",
        title="Liste",
        database=ForeignDatabase("d", "s", "Liste", tuple(COLUMNS.values())),
        matching=Matching(tuple(matches), ((left, "no field of a skill"),)),
        target=DatabaseTarget("d", "s"),
        added=("Order", "Tracker ID"),
        fates=summarise_rows(remote, local, make_plan(Base(), local, remote, POLICY)),
    )


def test_a_proposal_is_a_table():
    """Names and types stand below each other, and nothing hidden gets to the screen."""
    lines = [line.plain for line in render_proposal(propose(), AnswerView(80))]

    assert lines == [
        "Liste",
        "  as roadmaps/liste.yaml, a new file",
        "  Name          title     → name",
        "  Erledigt\\x1b  checkbox  → status  a tick is done; doing and skipped stay in",
        "                                    the file",
        "  Zahl          number    → hours   alone of its type",
        "  Datei         files     left alone: no field of a skill",
        "  added  Order, Tracker ID; nothing else changes in the database",
        "  rows   3 rows to become 2 skills in 2 sections, 1 of them done",
        '         rows of one name become skills of their own: "kNN"',
        "         left out until they have a name: 1 row",
        "         left out: rows in the trash",
    ]


def test_a_narrow_screen_has_two_lines_a_column():
    """No line is wider than the screen."""
    lines = [line.plain for line in render_proposal(propose(), AnswerView(40))]

    assert max(map(len, lines)) <= 40
    assert "    → hours: alone of its type" in lines


def test_a_doubt_is_a_numbered_list():
    """Each skill has a number to answer with."""
    skill = LocalSkill((0, 0), "knn", row("knn", name="kNN", section="Models").record)

    lines = [line.plain for line in render_doubt(Doubt(ROWS[0], (skill,)), 80)]

    assert lines == ['row "kNN" (done) may be', '  1  knn  "kNN" (Models, todo)']
