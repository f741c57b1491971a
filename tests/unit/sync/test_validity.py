"""Promises about validity: nothing from Notion breaks the file."""

from dataclasses import replace
from datetime import date

import pytest
from builders import POLICY, changes, edit, in_sync, only, page, roadmap, row, skill, without

from tracker.roadmap.graph import find_circles
from tracker.sync.model import Absence, Base, Create, MissingRow, RemoteObservation, Side, Update
from tracker.sync.plan_json import encode_action
from tracker.sync.planner import make_plan
from tracker.sync.records import Field, Link, Links


def plan_for(base, local, remote):
    return make_plan(base, local, remote, POLICY)


@pytest.mark.parametrize(
    ("which", "value"),
    [
        (Field.NAME, "half \ud800 of it"),
        (Field.SECTION, " padded "),
        (Field.HOURS, -1.0),
        (Field.HOURS, float("inf")),
        (Field.TAGS, frozenset({" "})),
        (Field.RESOURCES, Links((Link("javascript:alert(1)", "Click"),))),
        (Field.RESOURCES, Links((Link("https://a.org", " "),))),
        (Field.RESOURCES, Links((Link("https://a.org", "A"), Link("https://a.org", "B")))),
    ],
)
def test_a_value_that_a_file_cannot_hold_is_held(which, value):
    """A value from Notion that would break the file stays there, and is told."""
    base, local, remote = in_sync(roadmap(skill("knn")))

    plan = plan_for(base, local, edit(remote, "knn", **{which.value: value}))

    assert [(each.skill_id, each.field) for each in plan.holds] == [("knn", which)]
    assert plan.writes == ()


def test_dates_in_wrong_order_are_held():
    """A completion before the start is not taken over."""
    base, local, remote = in_sync(roadmap(skill("knn", started=date(2026, 2, 1))))

    plan = plan_for(base, local, edit(remote, "knn", completed=date(2026, 1, 1), goal="Vote."))

    assert [each.field for each in plan.holds] == [Field.COMPLETED]
    assert set(changes(plan, Side.LOCAL, "knn")) == {Field.GOAL}


def test_dates_edited_on_different_sides_may_not_cross():
    """Two edits that are each fine and cross together: the one from Notion waits."""
    base, local, remote = in_sync(
        roadmap(skill("knn", started=date(2026, 1, 1), completed=date(2026, 3, 1)))
    )

    plan = plan_for(
        base,
        edit(local, "knn", started=date(2026, 2, 15)),
        edit(remote, "knn", completed=date(2026, 2, 1)),
    )

    assert [each.field for each in plan.holds] == [Field.COMPLETED]
    assert set(changes(plan, Side.REMOTE, "knn")) == {Field.STARTED}


def test_a_circle_closed_in_notion_is_held():
    """A relation that closes a circle is held; other relations flow."""
    base, local, remote = in_sync(roadmap(skill("a", requires=["b"]), skill("b"), skill("c")))
    remote = edit(edit(remote, "b", requires=["a"]), "c", requires=["a"])

    plan = plan_for(base, local, remote)

    assert [(each.skill_id, each.field) for each in plan.holds] == [("b", Field.REQUIRES)]
    assert changes(plan, Side.LOCAL, "c") == {Field.REQUIRES: (set(), {"a"})}


def test_a_circle_closed_from_both_sides_is_held():
    """Each side may add a harmless relation, and both together go round: Notion's waits."""
    base, local, remote = in_sync(roadmap(skill("a"), skill("b")))

    plan = plan_for(base, edit(local, "a", requires=["b"]), edit(remote, "b", requires=["a"]))

    assert [(each.skill_id, each.field) for each in plan.holds] == [("b", Field.REQUIRES)]
    assert changes(plan, Side.REMOTE, "a") == {Field.REQUIRES: (set(), {"b"})}


def test_a_circle_of_new_rows_comes_without_the_circle():
    """New rows that require each other come into the file; what goes round does not."""
    rows = (row("a", requires=["b"]), row("b", requires=["a", "c"]), row("c"))

    plan = plan_for(Base(), roadmap(), RemoteObservation(rows))

    made = {each.skill_id: each.record.requires for each in only(plan, Create)}
    assert made == {"a": frozenset(), "b": {"c"}, "c": frozenset()}
    assert {each.skill_id for each in plan.holds} == {"a", "b"}


def test_a_row_that_requires_itself_is_held():
    """Nobody can require what is not yet known."""
    base, local, remote = in_sync(roadmap(skill("a")))

    plan = plan_for(base, local, edit(remote, "a", requires=["a"]))

    assert [each.field for each in plan.holds] == [Field.REQUIRES]


def test_a_prerequisite_that_the_file_cannot_have_is_held():
    """A relation to a row that stays out of the file cannot come into it."""
    base, local, remote = in_sync(roadmap(skill("a"), skill("b")))
    remote = replace(
        edit(without(remote, "b"), "a", requires=["b"]),
        missing=(MissingRow(page("b"), Absence.ARCHIVED),),
    )

    plan = plan_for(base, without(local, "b"), remote)

    assert {(each.skill_id, each.field) for each in plan.holds} == {
        ("a", Field.REQUIRES),
        ("b", None),
    }


def test_prerequisites_that_are_cut_down_while_held_are_a_value():
    """A held skill whose old prerequisite is removed gets a value that a journal can keep."""
    base, local, remote = in_sync(roadmap(skill("knn", requires=["svm"]), skill("svm")))
    gone = MissingRow(page("svm"), Absence.TRASHED, row("svm"))
    remote = replace(without(remote, "svm"), missing=(gone,))
    rows = tuple(replace(each, requires=frozenset({each.page_id})) for each in remote.rows)

    plan = plan_for(base, local, replace(remote, rows=rows))

    ((change,),) = (each.changes for each in plan.writes if isinstance(each, Update))
    assert (change.field, change.after) == (Field.REQUIRES, frozenset())
    assert isinstance(change.after, frozenset)
    assert [encode_action(each) for each in plan.writes]


def test_circles_are_found_in_long_chains():
    """A circle of thousands of skills is found without recursion, once."""
    count = 5000
    graph = {f"s{each}": frozenset({f"s{(each + 1) % count}"}) for each in range(count)}

    assert find_circles(graph) == [frozenset(graph)]
    assert find_circles({**graph, "s0": frozenset()}) == []
