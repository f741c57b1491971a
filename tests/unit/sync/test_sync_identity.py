"""Promises of identity: which row is which skill."""

from dataclasses import replace

from builders import POLICY, changes, edit, in_sync, only, page, roadmap, row, skill, without

from tracker.sync.model import (
    Absence,
    Adopt,
    Base,
    Create,
    Delete,
    Forget,
    Hold,
    MissingRow,
    RemoteObservation,
    Side,
    Update,
)
from tracker.sync.planner import make_plan
from tracker.sync.records import Field


def plan_for(base, local, remote):
    return make_plan(base, local, remote, POLICY)


def with_rows(remote, *rows):
    return replace(remote, rows=(*remote.rows, *rows))


def test_a_row_without_a_tracker_id_is_a_new_skill():
    """A row that a learner typed comes into the file, and gets the id of its name."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    typed = row(None, "typed", name="Random forests")

    plan = plan_for(base, local, with_rows(remote, typed))

    [create] = only(plan, Create)
    assert (create.side, create.skill_id, create.page_id) == (Side.LOCAL, "random-forests", "typed")
    assert changes(plan, Side.REMOTE, "random-forests")[Field.ID] == (None, "random-forests")


def test_a_new_id_never_takes_a_known_one():
    """Ids of the file, the base and other rows are taken."""
    base, local, remote = in_sync(roadmap(skill("knn"), skill("svm")))
    remote = with_rows(without(remote, "svm"), row("knn-2", "other", name="Other"))
    typed = [row(None, f"typed-{name}", name=name) for name in ("Knn", "SVM")]

    plan = plan_for(base, without(local, "svm"), with_rows(remote, *typed))

    made = {each.page_id: each.skill_id for each in only(plan, Create)}
    assert made == {"other": "knn-2", "typed-Knn": "knn-3", "typed-SVM": "svm-2"}


def test_a_row_without_a_name_waits():
    """An empty row is held, and nothing is made of it."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    empty = row(None, "empty", name="", held={Field.NAME: "the title is empty"})

    plan = plan_for(base, local, with_rows(remote, empty))

    [hold] = plan.actions
    assert isinstance(hold, Hold)
    assert (hold.skill_id, hold.page_id) == (None, "empty")


def test_a_row_whose_tracker_id_cannot_be_read_waits():
    """A Tracker ID that cannot be read is never overwritten."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    odd = row(None, "odd", name="Odd", held={Field.ID: "its form is not known"})

    plan = plan_for(base, local, with_rows(remote, odd))

    assert [type(each) for each in plan.actions] == [Hold]


def test_an_unbound_row_is_adopted_by_its_tracker_id():
    """Without any state, equal records are bound and nothing is written."""
    _, local, remote = in_sync(roadmap(skill("knn"), skill("svm", requires=["knn"])))

    plan = plan_for(Base(), local, remote)

    assert plan.writes == ()
    assert [each.skill_id for each in only(plan, Adopt)] == ["knn", "svm"]
    assert all(len(each.fields) == 13 for each in only(plan, Adopt))


def test_rows_of_one_minute_come_in_the_order_in_which_they_are_listed():
    """Times are cut to the minute, and a template that was duplicated has one for all of its rows."""
    names = ["zeta", "alpha", "mu", "alpha"]
    rows = tuple(
        row(None, f"page-{9 - place}", name=name, created_at="2026-11-03T12:00:00.000Z")
        for place, name in enumerate(names)
    )

    plan = make_plan(Base(), roadmap(), RemoteObservation(rows), POLICY)

    made = [(it.skill_id, it.page_id) for it in only(plan, Create)]
    assert made == [
        ("zeta", "page-9"),
        ("alpha", "page-8"),
        ("mu", "page-7"),
        ("alpha-2", "page-6"),
    ]


def test_a_tracker_id_that_nobody_knows_is_kept():
    """A row of another machine comes into the file under the id that it has."""
    base, local, remote = in_sync(roadmap(skill("knn")))

    plan = plan_for(base, local, with_rows(remote, row("k-means", order=5000.0)))

    [create] = plan.actions
    assert (create.side, create.skill_id) == (Side.LOCAL, "k-means")


def test_a_tracker_id_that_is_no_slug_is_replaced():
    """A row with odd text in its Tracker ID is a new skill with an id of its own."""
    base, local, remote = in_sync(roadmap(skill("knn")))

    plan = plan_for(base, local, with_rows(remote, row("Not a slug!", "odd", name="Forests")))

    assert changes(plan, Side.REMOTE, "forests")[Field.ID] == ("Not a slug!", "forests")


def test_a_copied_row_becomes_a_new_skill():
    """The bound page keeps its id; the learner's copy gets another one."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    copy = replace(remote.rows[0], page_id="copy", created_at="2000")

    plan = plan_for(base, local, with_rows(remote, copy))

    [create] = only(plan, Create)
    assert (create.skill_id, create.page_id) == ("knn-2", "copy")
    assert changes(plan, Side.REMOTE, "knn-2")[Field.ID] == ("knn", "knn-2")


def test_a_copy_that_the_file_has_already_is_not_made_twice():
    """The state was dropped after a copy came into the file, and before its row got the new id."""
    _, _, remote = in_sync(roadmap(skill("knn")))
    copy = replace(remote.rows[0], page_id="copy", created_at="2000")
    local = in_sync(roadmap(skill("knn"), skill("knn-2", name=copy.record.name)))[1]

    plan = plan_for(Base(), local, with_rows(remote, copy))

    assert only(plan, Create) == []
    assert changes(plan, Side.REMOTE, "knn-2")[Field.ID] == ("knn", "knn-2")


def test_the_oldest_of_unbound_copies_keeps_the_id():
    """Without state the row that was created first is the skill, and ties go by page id."""
    _, local, remote = in_sync(roadmap(skill("knn")))
    rows = [
        replace(remote.rows[0], page_id=page_id, created_at=created_at)
        for page_id, created_at in (("c", "2026-02"), ("b", "2026-01"), ("a", "2026-03"))
    ]

    plan = plan_for(Base(), local, RemoteObservation(tuple(rows)))

    assert [each.page_id for each in only(plan, Adopt)] == ["b"]
    assert {each.page_id: each.skill_id for each in only(plan, Create)} == {
        "c": "knn-2",
        "a": "knn-3",
    }


def test_an_edited_tracker_id_is_put_back():
    """A bound page is known by its page id, whatever was typed into its Tracker ID."""
    base, local, remote = in_sync(roadmap(skill("knn"), skill("svm")))
    remote = edit(edit(remote, "knn", tracker_id=None), "svm", tracker_id="mine")

    plan = plan_for(base, local, remote)

    assert changes(plan, Side.REMOTE, "knn") == {Field.ID: (None, "knn")}
    assert changes(plan, Side.REMOTE, "svm") == {Field.ID: ("mine", "svm")}


def test_tracker_ids_are_followed_where_another_machine_settled_a_copy():
    """Our page has another id and a free row has ours: the Tracker IDs are right."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    remote = with_rows(edit(remote, "knn", tracker_id="knn-2"), row("knn", "theirs", order=2000.0))

    plan = plan_for(base, local, remote)

    assert [(each.skill_id, each.page_id) for each in only(plan, Adopt)] == [("knn", "theirs")]
    [create] = only(plan, Create)
    assert (create.side, create.skill_id, create.page_id) == (Side.LOCAL, "knn-2", page("knn"))


def test_a_skill_whose_page_is_in_the_trash_follows_its_tracker_id():
    """A live row with the id takes the place of a page that is gone; nothing is deleted."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    trashed = MissingRow(page("knn"), Absence.TRASHED, remote.rows[0])
    moved = RemoteObservation((replace(remote.rows[0], page_id="copy"),), (trashed,))

    plan = plan_for(base, local, moved)

    assert plan.writes == ()
    assert [each.page_id for each in only(plan, Adopt)] == ["copy"]


def test_a_missing_id_is_filled_in():
    """A skill written by hand gets an id in the file and a row that carries it."""
    local = roadmap(skill("knn"), replace(skill(None, name="k-Means"), skill_id=None))

    plan = plan_for(*in_sync(roadmap(skill("knn")))[:1], local, in_sync(roadmap(skill("knn")))[2])

    assert changes(plan, Side.LOCAL, "k-means") == {Field.ID: (None, "k-means")}
    assert [each.skill_id for each in only(plan, Create)] == ["k-means"]


def test_an_id_that_vanished_is_filled_in_again():
    """A skill that lost its id is known by its name; nothing is created or deleted."""
    base, local, remote = in_sync(roadmap(skill("knn"), skill("svm")))
    lost = replace(local.skills[0], skill_id=None)
    local = replace(local, skills=(lost, local.skills[1]))

    plan = plan_for(base, local, remote)

    [update] = plan.actions
    assert (update.side, update.at) == (Side.LOCAL, (0, 0))
    assert changes(plan, Side.LOCAL, "knn") == {Field.ID: (None, "knn")}


def test_a_namesake_row_is_adopted_by_a_skill_without_an_id():
    """A learner who typed the same skill on both sides gets one, not two."""
    local = roadmap(skill(None, name="Forests", goal="Grow them."))

    plan = plan_for(Base(), local, RemoteObservation((row(None, "typed", name="Forests"),)))

    assert only(plan, Create) == []
    assert changes(plan, Side.LOCAL, "forests") == {Field.ID: (None, "forests")}
    assert [each.page_id for each in only(plan, Adopt)] == ["typed"]
    assert [each.field for each in plan.conflicts] == [Field.GOAL]


def test_of_several_namesakes_the_oldest_row_is_adopted():
    """The order in which Notion lists rows says nothing."""
    rows = [row(None, page_id=each, name="kNN", created_at=each) for each in ("b", "a")]
    local = roadmap(skill(None, name="kNN"))

    plan = plan_for(Base(), local, RemoteObservation(tuple(rows)))

    assert [each.page_id for each in only(plan, Create)] == ["b"]


def test_a_row_with_the_slug_of_a_skill_without_an_id_is_adopted():
    """Ids that were lost from the file are found again in Notion, even without any state."""
    local = roadmap(skill(None, name="Forests"))

    plan = plan_for(Base(), local, RemoteObservation((row("forests", name="Forests", order=1.0),)))

    assert changes(plan, Side.LOCAL, "forests") == {Field.ID: (None, "forests")}
    assert [type(each) for each in plan.actions] == [Update, Adopt]


def test_an_id_changed_in_the_file_keeps_its_row():
    """A skill that got another id in the file keeps its page, and others keep requiring it."""
    base, _, remote = in_sync(roadmap(skill("knn"), skill("svm", requires=["knn"])))
    local = roadmap(skill("k-nn", name="Knn"), skill("svm", requires=["k-nn"]))

    plan = plan_for(base, local, remote)

    assert not only(plan, Create, Delete)
    assert changes(plan, Side.REMOTE, "k-nn") == {Field.ID: ("knn", "k-nn")}
    assert changes(plan, Side.REMOTE, "svm") == {}
    assert [(each.skill_id, each.page_id) for each in only(plan, Forget)] == [("knn", page("knn"))]


def test_ids_that_another_machine_exchanged_are_followed():
    """Two rows with each other's id were told apart the other way round; what differs is asked."""
    base, local, remote = in_sync(roadmap(skill("a", goal="one"), skill("b", goal="two")))
    first, second = (
        replace(row, tracker_id=other) for row, other in zip(remote.rows, ("b", "a"), strict=True)
    )

    plan = plan_for(base, local, replace(remote, rows=(first, second)))

    pages = {each.skill_id: each.page_id for each in only(plan, Adopt)}
    assert pages == {"a": page("b"), "b": page("a")}
    assert {each.field for each in plan.conflicts} == {Field.NAME, Field.GOAL}
    assert [*changes(plan, Side.LOCAL, "a"), *changes(plan, Side.LOCAL, "b")] == []
    assert [*changes(plan, Side.REMOTE, "a"), *changes(plan, Side.REMOTE, "b")] == [Field.ORDER]
