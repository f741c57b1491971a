"""Promises of twins: rows that were made twice are one skill, and copies are two."""

from dataclasses import replace

import pytest
from builders import POLICY, changes, in_sync, only, page, roadmap, row, skill

from tracker.sync.identity import find_twins
from tracker.sync.model import Adopt, Base, Binding, Create, Hold, RemoteObservation, Side
from tracker.sync.planner import make_plan
from tracker.sync.records import Field

NOON = "2026-11-01T12:00:00.000Z"
NEXT = "2026-11-01T12:01:00.000Z"
LATER = "2026-11-01T12:30:00.000Z"


def made(page_id, created_at=NOON, *, edited_at=None, author="bot", seen=None, **values):
    """Make a row of the skill kNN; nobody touched it since unless that is said."""
    found = row("knn", page_id, created_at=created_at, **values)
    return replace(found, edited_at=edited_at or created_at, author=author, seen=seen or {})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([made("b", NEXT), made("a")], {"b": "a"}, id="the oldest counts"),
        pytest.param([made("b"), made("a")], {"b": "a"}, id="a tie goes by page id"),
        pytest.param(
            [made("a"), made("b", NEXT), made("c", NEXT)], {"b": "a", "c": "a"}, id="three of them"
        ),
        pytest.param([made("a"), made("b", LATER)], {}, id="made half an hour later"),
        pytest.param([made("a", ""), made("b", "")], {}, id="nobody knows when"),
        pytest.param([made("a", goal="x"), made("b", NEXT)], {}, id="other values"),
        pytest.param(
            [made("a", goal="x", edited_at=LATER), made("b", NEXT)],
            {"b": "a"},
            id="the older was changed since",
        ),
        pytest.param(
            [made("a", goal="x", seen={Field.GOAL: ("1", "2")}), made("b")],
            {"b": "a"},
            id="a machine changed the older in the same minute",
        ),
        pytest.param(
            [made("a"), made("b", NEXT, goal="x", edited_at=LATER)],
            {},
            id="the younger was changed since: the skill does not move to it",
        ),
        pytest.param(
            [made("a"), made("b", NEXT, name="Mine", edited_at=LATER)],
            {},
            id="the younger has another name",
        ),
        pytest.param(
            [made("a"), made("b", NEXT, goal="x", edited_at=LATER, author="somebody")],
            {},
            id="somebody else made the younger, and changed it",
        ),
        pytest.param(
            [made("a"), made("b", NEXT, author="a person")],
            {},
            id="somebody else made the younger: a copy",
        ),
        pytest.param(
            [made("a", goal="y", edited_at=LATER), made("b", NEXT, goal="x", edited_at=LATER)],
            {},
            id="both were changed",
        ),
        pytest.param(
            [made("a"), made("b", held={Field.HOURS: "negative"})], {}, id="one cannot be read"
        ),
    ],
)
def test_what_is_a_twin(rows, expected):
    """Twins have one id, were made within the lag of a listing, and say the same or said so."""
    assert find_twins(rows) == expected
    assert find_twins(rows[::-1]) == expected


def test_twins_may_require_each_others_twins():
    """Each machine relates its rows to the rows that it made itself."""
    needed = [replace(made(f"svm-{each}"), tracker_id="svm") for each in "ab"]
    rows = [replace(made(f"knn-{each}"), requires=frozenset({f"svm-{each}"})) for each in "ab"]

    assert find_twins([*needed, *rows]) == {"svm-b": "svm-a", "knn-b": "knn-a"}


def twins_of(remote):
    """Make every row twice; the second ones are younger."""
    first = [replace(each, created_at=NOON, edited_at=NOON) for each in remote.rows]
    second = [
        replace(
            each,
            page_id=f"{each.page_id}-twin",
            requires=frozenset(f"{need}-twin" for need in each.requires),
        )
        for each in first
    ]
    return RemoteObservation((*first, *second))


@pytest.mark.parametrize("is_known", [True, False], ids=["with the state", "without it"])
def test_twins_are_one_skill(is_known):
    """Nothing is written; the second rows are held."""
    base, local, remote = in_sync(roadmap(skill("svm"), skill("knn", requires=["svm"])))

    plan = make_plan(base if is_known else Base(), local, twins_of(remote), POLICY)

    assert plan.writes == ()
    assert {each.page_id for each in only(plan, Hold)} == {"page-svm-twin", "page-knn-twin"}
    adopted = {each.page_id for each in only(plan, Adopt)}
    assert adopted == (set() if is_known else {"page-svm", "page-knn"})


def test_a_machine_moves_to_the_row_that_counts_with_all_it_knows():
    """Bound to the younger twin, it takes the older; what changed there since is an edit."""
    base, local, remote = in_sync(roadmap(skill("knn", goal="old")))
    binding = base.bindings["knn"]
    moved = Base({"knn": Binding("knn", "page-knn-twin", binding.fields)})
    first, second = twins_of(remote).rows
    edited = replace(first, record=replace(first.record, goal="new"), edited_at=LATER)

    plan = make_plan(moved, local, RemoteObservation((edited, second)), POLICY)

    assert changes(plan, Side.LOCAL, "knn") == {Field.GOAL: ("old", "new")}
    assert only(plan, Create) == []
    assert plan.conflicts == ()
    [adopt] = only(plan, Adopt)
    assert (adopt.page_id, adopt.fields) == (page("knn"), binding.fields)


def test_a_row_whose_twin_went_to_the_trash_is_the_skill():
    """Whichever of the two a person throws away: the other one stays."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    _, second = twins_of(remote).rows

    plan = make_plan(base, local, RemoteObservation((second,)), POLICY)

    assert plan.writes == ()
    assert [each.page_id for each in only(plan, Adopt)] == ["page-knn-twin"]
