"""Promises about values, actions and plans as JSON: nothing is lost, nothing odd is understood."""

import json
from dataclasses import replace
from datetime import date

import pytest
from builders import record

from tracker.roadmap.model import Status
from tracker.sync.model import (
    Adopt,
    Change,
    Conflict,
    Create,
    Delete,
    Forget,
    Hold,
    Plan,
    Side,
    Update,
)
from tracker.sync.plan_json import decode_action, encode_action, encode_plan
from tracker.sync.records import Field, Link, Links
from tracker.sync.value_json import decode_value, encode_value

WHOLE = record(
    "kNN",
    section="Basics",
    status="doing",
    hours=2.5,
    started=date(2026, 1, 1),
    tags=["a"],
    requires=["x"],
    resources=[Link("https://a.org", "A", "docs"), Link("https://b.org", "B")],
    evidence="https://example.org/me",
    notes="one\ntwo",
)
ACTIONS = (
    Create(Side.LOCAL, "knn", WHOLE, page_id="p"),
    Create(Side.REMOTE, "knn", WHOLE, order=1500.0),
    Update(Side.LOCAL, "knn", (Change(Field.ID, None, "knn"),), "p", at=(1, 2)),
    Update(Side.REMOTE, "knn", (Change(Field.ORDER, None, 1.5),), "p", restore=True),
    Update(Side.REMOTE, "knn", (Change(Field.STATUS, Status.TODO, Status.DONE),), "p"),
    Delete(Side.LOCAL, "knn", WHOLE, "p", at=(0, 0)),
    Adopt("knn", "p", {Field.NAME: "kNN", Field.TAGS: frozenset({"a"}), Field.HOURS: None}),
    Forget("knn", "p"),
    Hold("knn", "because", "p", Field.REQUIRES),
    Hold(None, "because", "p"),
)
PLAN = Plan(
    "ds-path",
    "Path",
    "digest",
    ACTIONS,
    (Conflict("knn", "kNN", Field.TAGS, None, frozenset("a"), frozenset("b"), "why"),),
    (("Before", "After"),),
)


@pytest.mark.parametrize("action", PLAN.writes, ids=lambda each: type(each).__name__)
def test_an_action_survives_json(action):
    """Every kind of action that the journal keeps comes back as it was."""
    assert decode_action(json.loads(json.dumps(encode_action(action)))) == action


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, digest="other"),
        replace(PLAN, actions=ACTIONS[1:]),
        replace(PLAN, actions=(replace(ACTIONS[6], seen={Field.NAME: ("a",)}), *ACTIONS[1:])),
        replace(PLAN, conflicts=(replace(PLAN.conflicts[0], local=frozenset("c")),)),
        replace(PLAN, sections=(("Before", "Later"),)),
    ],
    ids=["another file", "an action less", "another history", "another value", "another title"],
)
def test_plans_are_equal_as_json_only_if_they_are(other):
    """A saved plan is compared as JSON: the same plan is equal, and whatever differs shows."""
    saved = json.loads(json.dumps(encode_plan(PLAN)))

    assert saved == encode_plan(PLAN)
    assert saved != encode_plan(other)


@pytest.mark.parametrize(
    ("which", "value", "stored"),
    [
        (Field.STATUS, Status.DONE, "done"),
        (Field.HOURS, 2.5, 2.5),
        (Field.STARTED, date(2026, 1, 31), "2026-01-31"),
        (Field.TAGS, frozenset({"b", "a"}), ["a", "b"]),
        (Field.RESOURCES, Links((Link("u", "t"),)), [{"url": "u", "title": "t", "type": None}]),
        (Field.GOAL, "Text\nwith lines", "Text\nwith lines"),
        (Field.LEVEL, None, None),
    ],
)
def test_values_have_one_form(which, value, stored):
    """A value is stored in one form, and read from that form only."""
    assert encode_value(which, value) == stored
    assert decode_value(which, stored) == value


@pytest.mark.parametrize(
    ("which", "stored"),
    [
        (Field.STATUS, "finished"),
        (Field.HOURS, "2"),
        (Field.HOURS, True),
        (Field.HOURS, float("nan")),
        (Field.STARTED, "20260131"),
        (Field.STARTED, "2026-02-30"),
        (Field.TAGS, "a"),
        (Field.TAGS, [1]),
        (Field.RESOURCES, [{"url": "u"}]),
        (Field.GOAL, 3),
    ],
)
def test_odd_values_are_refused(which, stored):
    """Whatever is not the form of a value raises ValueError."""
    with pytest.raises(ValueError, match=r"."):
        decode_value(which, stored)


def test_a_value_of_the_wrong_type_is_never_stored():
    """Encoding refuses what decoding would not give back."""
    with pytest.raises(ValueError, match="expected"):
        encode_value(Field.HOURS, "two")


CREATE, ID_CHANGE, ORDER_CHANGE = (encode_action(ACTIONS[at]) for at in (0, 2, 3))


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {},
        {"action": "explode"},
        {"action": "forget", "skill_id": "knn", "page_id": "p"},
        {**CREATE, "more": 1},
        {**CREATE, "skill_id": None},
        {**CREATE, "side": "middle"},
        {**CREATE, "text": None},
        {**CREATE, "record": {"name": "kNN"}},
        {**CREATE, "record": {**CREATE["record"], "tags": None}},
        {**CREATE, "record": {**CREATE["record"], "colour": "red"}},
        {**ID_CHANGE, "at": [1]},
        {**ID_CHANGE, "at": [0, -1]},
        {**ID_CHANGE, "changes": {}},
        {**ID_CHANGE, "seen": {"colour": []}},
        {**ORDER_CHANGE, "restore": 1},
    ],
)
def test_odd_actions_are_refused(stored):
    """An action with anything missing, more or odd raises ValueError."""
    with pytest.raises(ValueError, match=r"."):
        decode_action(stored)
