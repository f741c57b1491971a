"""Promises about edits: the local actions of a plan as changes of the file."""

from dataclasses import replace
from datetime import date

from builders import POLICY, edit, in_sync, page, record, roadmap, row, skill, without

from tracker.roadmap.edits import (
    AddSection,
    InsertSkill,
    MoveSkill,
    RemoveSkill,
    SetItems,
    SetValue,
)
from tracker.roadmap.model import Status
from tracker.sync.model import Absence, Create, MissingRow, Plan, Side
from tracker.sync.planner import make_edits, make_plan
from tracker.sync.records import Link


def edits_for(base, local, remote):
    return make_edits(make_plan(base, local, remote, POLICY), local)


def test_values_are_set_by_key():
    """A changed field sets its key; an emptied one removes it; whole hours are integers."""
    base, local, remote = in_sync(roadmap(skill("knn", goal="Vote.", hours=1.5)))
    remote = edit(
        remote, "knn", goal=None, hours=2.0, status="doing", started=date(2026, 1, 1), notes="a\nb"
    )

    assert edits_for(base, local, remote) == (
        SetValue((0, 0), "status", "doing"),
        SetValue((0, 0), "goal", None),
        SetValue((0, 0), "hours", 2),
        SetValue((0, 0), "started", date(2026, 1, 1)),
        SetValue((0, 0), "notes", "a\nb"),
    )
    assert type(edits_for(base, local, remote)[0].value) is str


def test_lists_are_set_whole():
    """Tags and prerequisites come sorted, resources with the keys that they have."""
    base, local, remote = in_sync(roadmap(skill("knn"), skill("svm"), skill("pca")))
    links = [Link("https://b.org", "B", "docs"), Link("https://a.org", "A")]
    remote = edit(remote, "pca", tags=["z", "a"], requires=["svm", "knn"], resources=links)

    assert edits_for(base, local, remote) == (
        SetItems((0, 2), "tags", ("a", "z")),
        SetItems((0, 2), "requires", ("knn", "svm")),
        SetItems(
            (0, 2),
            "resources",
            (
                {"title": "B", "url": "https://b.org", "type": "docs"},
                {"title": "A", "url": "https://a.org"},
            ),
        ),
    )


def test_a_list_that_becomes_empty_is_removed():
    """No entries is no key."""
    base, local, remote = in_sync(roadmap(skill("knn", tags=["a"])))

    assert edits_for(base, local, edit(remote, "knn", tags=[])) == (SetItems((0, 0), "tags", ()),)


def test_a_new_skill_comes_with_its_keys_in_order():
    """A new skill is written in the canonical order, without what says nothing."""
    whole = record(
        "kNN",
        section="Basics",
        status="done",
        level="entry",
        goal="Vote.",
        hours=2.5,
        started=date(2026, 1, 1),
        completed=date(2026, 1, 2),
        tags=["b", "a"],
        requires=["x"],
        resources=[Link("https://a.org", "A", "docs")],
        notes="Note.",
    )
    local = roadmap(sections=["Basics"])
    plan = Plan("r", "R", "", (Create(Side.LOCAL, "knn", whole, page_id=page("knn")),))

    [insert] = make_edits(plan, local)

    assert insert.section == "Basics"
    assert list(insert.values.items()) == [
        ("id", "knn"),
        ("name", "kNN"),
        ("goal", "Vote."),
        ("status", "done"),
        ("level", "entry"),
        ("hours", 2.5),
        ("started", date(2026, 1, 1)),
        ("completed", date(2026, 1, 2)),
        ("requires", ("x",)),
        ("tags", ("a", "b")),
        ("resources", ({"title": "A", "url": "https://a.org", "type": "docs"},)),
        ("notes", "Note."),
    ]


def test_a_bare_new_skill_has_an_id_and_a_name():
    """A skill to do needs no status; zero hours are a value."""
    bare = record("kNN", section="Basics", hours=0.0, status=Status.TODO)
    plan = Plan("r", "R", "", (Create(Side.LOCAL, "knn", bare),))

    assert make_edits(plan, roadmap()) == (
        AddSection("Basics"),
        InsertSkill("Basics", {"id": "knn", "name": "kNN", "hours": 0}),
    )


def test_a_removed_skill_is_addressed_where_it_stands():
    """A skill whose row is in the trash is taken out by its place in the file."""
    base, local, remote = in_sync(roadmap(skill("knn"), skill("svm", section="Models")))
    trashed = MissingRow(page("svm"), Absence.TRASHED)

    edits = edits_for(base, local, replace(without(remote, "svm"), missing=(trashed,)))

    assert edits == (RemoveSkill((1, 0)),)


def test_a_missing_id_comes_first():
    """A skill without an id gets it together with its other changes."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    lost = replace(local, skills=(replace(local.skills[0], skill_id=None),))

    edits = edits_for(base, lost, edit(remote, "knn", level="entry"))

    assert edits == (SetValue((0, 0), "id", "knn"), SetValue((0, 0), "level", "entry"))


def test_sections_are_added_once_and_first():
    """Two skills that go to a new section need one new section."""
    base, local, remote = in_sync(roadmap(skill("a"), skill("b"), skill("c")))
    remote = edit(remote, "a", section="New")
    typed = row(None, "typed", name="D", section="New")

    edits = edits_for(base, local, replace(remote, rows=(*remote.rows, typed)))

    assert edits == (
        AddSection("New"),
        MoveSkill((0, 0), "New"),
        InsertSkill("New", {"id": "d", "name": "D"}),
    )


def test_remote_actions_need_no_edit():
    """What only Notion gets leaves the file alone."""
    base, local, remote = in_sync(roadmap(skill("knn")))

    assert edits_for(base, edit(local, "knn", goal="Vote."), remote) == ()
