"""Saved plans come back whole or not at all, and a stale one says what changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from builders import edit, in_sync, roadmap, skill

from tracker.errors import RefusedError
from tracker.sync.model import Policy, Side
from tracker.sync.plan_json import encode_plan
from tracker.sync.planner import make_plan
from tracker.workflows.saved_plan import check_fresh, format_saved, parse_saved

POLICY = Policy(prefer=Side.REMOTE, allow_deletes=3, today=date(2026, 11, 3))


def make(**edits):
    """Make the plan of a world with two skills in which the file was edited, by skill."""
    base, local, remote = in_sync(roadmap(skill("knn"), skill("svm")))
    for skill_id, values in edits.items():
        local = edit(local, skill_id, **values)
    return make_plan(base, local, remote, POLICY)


def saved(**changed):
    """Return a plan as it stands in a file, with some of its parts changed by hand."""
    plans = [make(knn={"hours": 2})]
    found = json.loads(json.dumps(format_saved(plans, ["ds-path"], POLICY)))
    return found | changed


def test_a_saved_plan_comes_back_equal():
    """What was saved is what is applied: plans, names and policy."""
    plans, names, policy = parse_saved(saved())

    assert plans == (encode_plan(make(knn={"hours": 2})),)
    assert (names, policy) == (["ds-path"], POLICY)


def change_plan(**changed):
    """Return a saved plan in which the plan of the roadmap was changed by hand."""
    return saved(plans=[saved()["plans"][0] | changed])


def change_policy(**changed):
    """Return a saved plan with a policy that was changed by hand."""
    return saved(policy=saved()["policy"] | changed)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param({}, id="nothing"),
        pytest.param([], id="a list"),
        pytest.param(saved(schema=2), id="another version"),
        pytest.param(saved(schema=True), id="a flag for a version"),
        pytest.param(saved(extra=1), id="one part too many"),
        pytest.param(saved(names="ds-path"), id="a text for names"),
        pytest.param(saved(names=[1]), id="a number for a name"),
        pytest.param(saved(plans={}), id="an object for plans"),
        pytest.param(saved(plans=[{}]), id="an empty plan"),
        pytest.param(change_plan(digest=None), id="no digest"),
        pytest.param(change_plan(actions={}), id="an object for actions"),
        pytest.param(change_plan(actions=[1]), id="a number for an action"),
        pytest.param(change_plan(conflicts=[{"skill_id": 1}]), id="a number for an id"),
        pytest.param(saved(policy=None), id="no policy"),
        pytest.param(change_policy(allow_deletes=float("inf")), id="endless deletions"),
        pytest.param(change_policy(allow_deletes=-1), id="negative deletions"),
        pytest.param(change_policy(allow_deletes="12"), id="deletions as text"),
        pytest.param(change_policy(today=5), id="a number for a date"),
        pytest.param(change_policy(prefer="notion"), id="an unknown side"),
        pytest.param(change_policy(prefer=0), id="a number for a side"),
    ],
)
def test_what_is_no_saved_plan_is_refused_with_the_reason(found):
    """A file that was edited, cut off or made by another version is refused in four parts."""
    with pytest.raises(RefusedError) as caught:
        parse_saved(found)

    (problem,) = caught.value.problems
    assert problem.code == "plan-unreadable"
    assert all([problem.what, problem.why, problem.kept, problem.next])


def test_an_equal_plan_is_fresh():
    """A world that gives the very same plan lets it pass."""
    check_fresh(saved()["plans"], [make(knn={"hours": 2})])


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ([make(svm={"hours": 1}, knn={"hours": 2})], "ds-path: svm"),
        ([make(knn={"hours": 3})], "ds-path: knn"),
        ([], "ds-path: gone"),
        (
            [replace(make(knn={"hours": 2}), digest="other")],
            "ds-path: the file changed",
        ),
        (
            [replace(make(knn={"hours": 2}), sections=(("Basics", "First"),))],
            "ds-path: the sections, or the order of what is done",
        ),
    ],
    ids=["one skill more", "another value", "no roadmap", "another file", "another section"],
)
def test_a_stale_plan_says_what_changed_and_nothing_else(now, told):
    """The refusal names the skills whose part of the plan is another one now, and no others."""
    with pytest.raises(RefusedError) as caught:
        check_fresh(saved()["plans"], now)

    (problem,) = caught.value.problems
    assert (problem.code, problem.why) == ("plan-stale", told)


def test_a_plan_that_was_changed_by_hand_is_stale():
    """An action that nobody planned is never carried out: the new plan has no such action."""
    (plan,) = saved()["plans"]
    plan["actions"][0]["changes"][0]["after"] = 40

    with pytest.raises(RefusedError) as caught:
        check_fresh([plan], [make(knn={"hours": 2})])

    (problem,) = caught.value.problems
    assert (problem.code, problem.why) == ("plan-stale", "ds-path: knn")
