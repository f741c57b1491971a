"""Promises about whole skills: created, deleted, restored, held or forgotten."""

from dataclasses import replace

import pytest
from builders import POLICY, changes, edit, in_sync, only, page, roadmap, row, skill, without

from tracker.sync.model import (
    ABSENT,
    Absence,
    Base,
    Binding,
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

ROADMAP = roadmap(skill("knn"), skill("svm", tags=["kernel"]), skill("trees", requires=["knn"]))


def gone(remote, skill_id, absence=Absence.TRASHED, *, told=True):
    """Return a remote side in which a row is missing, with what a GET says of it."""
    last = next(each for each in remote.rows if each.page_id == page(skill_id))
    missing = MissingRow(page(skill_id), absence, last if told else None)
    return replace(without(remote, skill_id), missing=(missing,))


def plan_for(base, local, remote, policy=POLICY):
    return make_plan(base, local, remote, policy)


def test_a_new_skill_is_created_in_notion():
    """A skill that only the file has gets a row with all its values and a number."""
    base, local, remote = in_sync(ROADMAP)
    local = roadmap(*local.skills, skill("pca", goal="Reduce.", requires=["svm"]))

    plan = plan_for(base, local, remote)

    [create] = plan.actions
    assert (create.side, create.order, create.record) == (
        Side.REMOTE,
        4000.0,
        local.skills[3].record,
    )


def test_rows_are_created_with_prerequisites_first():
    """A skill's prerequisites come before it, otherwise the file's order stands."""
    local = roadmap(skill("a", requires=["c"]), skill("b"), skill("c", requires=["d"]), skill("d"))

    plan = plan_for(Base(), local, RemoteObservation())

    assert [each.skill_id for each in only(plan, Create)] == ["b", "d", "c", "a"]


def test_a_skill_taken_out_of_the_file_goes_to_the_trash():
    """What the file no longer lists, and Notion did not change, is trashed there."""
    base, local, remote = in_sync(ROADMAP)

    plan = plan_for(base, without(local, "svm"), remote)

    [delete] = plan.actions
    assert (delete.side, delete.skill_id, delete.page_id) == (Side.REMOTE, "svm", page("svm"))


def test_an_edit_in_notion_beats_a_deletion_in_the_file():
    """A skill that was edited in Notion comes back to the file."""
    base, local, remote = in_sync(ROADMAP)

    plan = plan_for(base, without(local, "svm"), edit(remote, "svm", goal="Find margins."))

    [create] = only(plan, Create)
    assert (create.side, create.skill_id, create.record.goal) == (
        Side.LOCAL,
        "svm",
        "Find margins.",
    )
    assert not only(plan, Delete)


def test_a_row_in_the_trash_takes_the_skill_out_of_the_file():
    """A row that is proven to be in the trash, and that the file did not change, is removed."""
    base, local, remote = in_sync(ROADMAP)

    plan = plan_for(base, local, gone(remote, "svm"))

    [delete] = plan.actions
    assert (delete.side, delete.skill_id, delete.at) == (Side.LOCAL, "svm", (0, 1))


@pytest.mark.parametrize("told", [True, False], ids=["row known", "row unknown"])
def test_an_edit_in_the_file_beats_the_trash(told):
    """A skill that was edited in the file is taken out of Notion's trash, with its edit."""
    base, local, remote = in_sync(ROADMAP)

    plan = plan_for(base, edit(local, "svm", goal="Mine."), gone(remote, "svm", told=told))

    [update] = plan.actions
    assert (update.side, update.page_id, update.restore) == (Side.REMOTE, page("svm"), True)
    assert changes(plan, Side.REMOTE, "svm") == {Field.GOAL: (None, "Mine.")}


def test_a_restored_row_is_merged_with_what_it_held():
    """An edit made in Notion before the row was trashed is not lost by restoring it."""
    base, local, remote = in_sync(ROADMAP)
    remote = gone(edit(remote, "svm", level="entry"), "svm")

    plan = plan_for(base, edit(local, "svm", goal="Mine."), remote)

    assert changes(plan, Side.LOCAL, "svm") == {Field.LEVEL: (None, "entry")}
    assert changes(plan, Side.REMOTE, "svm") == {Field.GOAL: (None, "Mine.")}


def test_gone_on_both_sides_is_forgotten():
    """A skill that left the file and is in the trash leaves the state, too."""
    base, local, remote = in_sync(ROADMAP)

    plan = plan_for(base, without(local, "svm"), gone(remote, "svm"))

    assert plan.actions == (Forget("svm", page("svm")),)


@pytest.mark.parametrize("absence", [Absence.ARCHIVED, Absence.MOVED, Absence.UNSEEN])
@pytest.mark.parametrize("listed", [True, False], ids=["in the file", "not in the file"])
def test_a_row_out_of_sight_is_held(absence, listed):
    """A row that is archived, moved or merely not seen is no deletion, whatever the file says."""
    base, local, remote = in_sync(ROADMAP)
    local = edit(local, "svm", goal="Mine.") if listed else without(local, "svm")

    plan = plan_for(base, local, gone(remote, "svm", absence))

    assert plan.actions == (Hold("svm", ABSENT[absence], page("svm")),)


def test_a_row_that_nobody_looked_up_is_held():
    """A bound row that is neither listed nor classified counts as not seen."""
    base, local, remote = in_sync(ROADMAP)

    plan = plan_for(base, local, without(remote, "svm"))

    assert plan.actions == (Hold("svm", ABSENT[Absence.UNSEEN], page("svm")),)


def test_a_binding_without_a_base_creates_the_skill_again():
    """After a crash between binding and file the skill comes into the file; nothing is deleted."""
    base, local, remote = in_sync(ROADMAP)
    bare = Base({**base.bindings, "svm": Binding("svm", page("svm"))})

    plan = plan_for(bare, without(local, "svm"), remote)

    assert [(each.side, each.skill_id) for each in only(plan, Create)] == [(Side.LOCAL, "svm")]
    assert not only(plan, Delete)


def test_an_unreadable_row_is_not_deleted():
    """A row that has a value nobody can read stays, though its skill left the file."""
    base, local, remote = in_sync(ROADMAP)
    remote = edit(remote, "svm", held={Field.HOURS: "-1 hours are less than none"})

    plan = plan_for(base, without(local, "svm"), remote)

    assert [type(each) for each in plan.actions] == [Hold]


def test_deleting_a_prerequisite_frees_those_who_require_it():
    """A deleted skill leaves the prerequisites of others, so that the file stays valid."""
    base, local, remote = in_sync(ROADMAP)

    plan = plan_for(base, local, gone(remote, "knn"))

    assert changes(plan, Side.LOCAL, "trees") == {Field.REQUIRES: ({"knn"}, set())}
    assert [each.skill_id for each in only(plan, Delete)] == ["knn"]


def test_a_held_skill_still_loses_a_deleted_prerequisite():
    """Even a skill that is left alone must not require one that leaves the file."""
    base, local, remote = in_sync(ROADMAP)
    remote = gone(remote, "knn")
    remote = replace(
        without(remote, "trees"), missing=(*remote.missing, MissingRow(page("trees"), "unseen"))
    )
    remote = replace(remote, missing=(remote.missing[0], MissingRow(page("trees"), Absence.UNSEEN)))

    plan = plan_for(base, local, remote)

    assert changes(plan, Side.LOCAL, "trees") == {Field.REQUIRES: ({"knn"}, set())}
    assert [each.skill_id for each in plan.holds] == ["trees"]


def test_a_prerequisite_out_of_sight_is_not_lost():
    """That a row does not list a prerequisite which cannot be seen means nothing."""
    base, local, remote = in_sync(ROADMAP)
    remote = edit(gone(remote, "knn", Absence.ARCHIVED), "trees", requires=[])

    plan = plan_for(base, local, remote)

    assert [type(each) for each in plan.actions] == [Hold]


def test_the_relation_to_a_restored_row_is_written_again():
    """Notion drops relations to the trash; a restored prerequisite gets its relation back."""
    base, local, remote = in_sync(ROADMAP)
    remote = edit(gone(remote, "knn"), "trees", requires=[])

    plan = plan_for(base, edit(local, "knn", goal="Mine."), remote)

    assert [each.skill_id for each in only(plan, Update)] == ["knn", "trees"]
    assert changes(plan, Side.REMOTE, "trees") == {Field.REQUIRES: (set(), {"knn"})}


def test_a_row_without_a_section_goes_to_the_inbox():
    """A new row without a section stands in Inbox, on both sides."""
    plan = plan_for(Base(), ROADMAP, RemoteObservation((row(None, "typed", name="X", section=""),)))

    [create] = [each for each in only(plan, Create) if each.side is Side.LOCAL]
    assert create.record.section == "Inbox"
    assert changes(plan, Side.REMOTE, "x")[Field.SECTION] == ("", "Inbox")


def test_a_new_row_comes_without_what_cannot_be_read():
    """A value that cannot be read is held and stays empty; the rest of the new skill flows."""
    base, local, remote = in_sync(ROADMAP)
    odd = row(None, "odd", name="Odd", goal="Be odd.", held={Field.HOURS: "less than none"})

    plan = plan_for(base, local, replace(remote, rows=(*remote.rows, odd)))

    [create] = only(plan, Create)
    assert (create.record.goal, create.record.hours) == ("Be odd.", None)
    assert [(each.skill_id, each.field) for each in plan.holds] == [("odd", Field.HOURS)]


def test_actions_come_in_the_order_in_which_they_are_carried_out():
    """Local first, then creates, updates and deletes in Notion, then what only the state learns."""
    base, local, remote = in_sync(
        roadmap(*(skill(each) for each in ("a", "b", "c", "d", "e", "f")))
    )
    local = edit(edit(without(local, "d", "e"), "a", goal="L"), "f", level="L")
    local = roadmap(*local.skills, skill("new"))
    remote = gone(edit(remote, "b", goal="R"), "e")
    remote = edit(remote, "f", level="R")

    plan = plan_for(base, local, remote)

    told = [(type(each).__name__, each.skill_id) for each in plan.actions]
    assert told == [
        ("Update", "b"),
        ("Create", "new"),
        ("Update", "a"),
        ("Delete", "d"),
        ("Forget", "e"),
    ]
    assert [each.skill_id for each in plan.conflicts] == ["f"]
