"""Promises about date stamps: when a status changes, its dates follow."""

from dataclasses import replace
from datetime import date

import pytest
from builders import POLICY, TODAY, changes, edit, in_sync, roadmap, skill

from tracker.sync.model import Base, Policy, Side
from tracker.sync.planner import make_plan
from tracker.sync.records import Field

EARLIER = date(2026, 1, 1)
LATER = date(2027, 1, 1)


def plan_for(before, *, here=None, there=None, policy=POLICY):
    """Plan for one skill that was in sync, and then edited on either side."""
    base, local, remote = in_sync(roadmap(skill("knn", **before)))
    return make_plan(
        base, edit(local, "knn", **(here or {})), edit(remote, "knn", **(there or {})), policy
    )


@pytest.mark.parametrize(("status", "which"), [("doing", Field.STARTED), ("done", Field.COMPLETED)])
@pytest.mark.parametrize("side", ["here", "there"])
def test_a_new_status_is_stamped_on_both_sides(status, which, side):
    """Begun or finished on either side, the empty date becomes today on both."""
    plan = plan_for({}, **{side: {"status": status}})

    assert changes(plan, Side.LOCAL, "knn")[which] == (None, TODAY)
    assert changes(plan, Side.REMOTE, "knn")[which] == (None, TODAY)


def test_done_at_once_has_no_start():
    """A skill that is done without having been begun gets no start date."""
    plan = plan_for({}, here={"status": "done"})

    assert Field.STARTED not in changes(plan, Side.LOCAL, "knn")


def test_a_date_that_is_there_stays():
    """A date that a person gave is not stamped over."""
    plan = plan_for({}, there={"status": "done", "completed": EARLIER})

    assert changes(plan, Side.LOCAL, "knn")[Field.COMPLETED] == (None, EARLIER)
    assert Field.COMPLETED not in changes(plan, Side.REMOTE, "knn")


@pytest.mark.parametrize("status", ["doing", "todo", "skipped"])
def test_back_from_done_clears_the_completion(status):
    """A skill that is not done any more loses the date on which it was."""
    plan = plan_for(
        {"status": "done", "started": EARLIER, "completed": EARLIER}, there={"status": status}
    )

    assert changes(plan, Side.LOCAL, "knn")[Field.COMPLETED] == (EARLIER, None)
    assert changes(plan, Side.REMOTE, "knn")[Field.COMPLETED] == (EARLIER, None)


def test_back_to_todo_clears_the_start():
    """A skill that is to do again loses the date on which it was begun."""
    plan = plan_for({"status": "doing", "started": EARLIER}, here={"status": "todo"})

    assert changes(plan, Side.REMOTE, "knn")[Field.STARTED] == (EARLIER, None)


def test_an_edited_date_is_not_cleared():
    """A date that was edited in the same round stays, whatever the status says."""
    plan = plan_for(
        {"status": "done", "completed": EARLIER}, here={"status": "doing", "completed": TODAY}
    )

    assert changes(plan, Side.REMOTE, "knn")[Field.COMPLETED] == (EARLIER, TODAY)


@pytest.mark.parametrize(
    ("before", "status"),
    [({"started": LATER}, "done"), ({"completed": EARLIER}, "doing")],
    ids=["begun in the future", "finished in the past"],
)
def test_a_stamp_never_puts_dates_in_wrong_order(before, status):
    """Where today would contradict the other date, nothing is stamped."""
    plan = plan_for(before, here={"status": status})

    assert changes(plan, Side.LOCAL, "knn") == {}
    assert set(changes(plan, Side.REMOTE, "knn")) == {Field.STATUS}


def test_a_conflict_of_statuses_stamps_nothing():
    """As long as nobody knows the status, no date follows it."""
    plan = plan_for({}, here={"status": "doing"}, there={"status": "done"})

    assert plan.actions == ()
    assert [each.field for each in plan.conflicts] == [Field.STATUS]


def test_a_settled_status_is_stamped():
    """A conflict settled for a side is a new status like any other."""
    plan = plan_for(
        {},
        here={"status": "doing"},
        there={"status": "done"},
        policy=replace(POLICY, prefer=Side.REMOTE),
    )

    assert changes(plan, Side.LOCAL, "knn")[Field.COMPLETED] == (None, TODAY)


def test_nothing_is_stamped_without_a_base():
    """Adopted and new skills keep the dates that they have."""
    _, local, remote = in_sync(roadmap(skill("knn", status="done"), skill("svm", status="doing")))

    plan = make_plan(Base(), local, remote, POLICY)

    assert plan.writes == ()


def test_nothing_is_stamped_without_a_date():
    """A policy that does not know today stamps nothing."""
    plan = plan_for({}, here={"status": "done"}, policy=Policy())

    assert set(changes(plan, Side.REMOTE, "knn")) == {Field.STATUS}
