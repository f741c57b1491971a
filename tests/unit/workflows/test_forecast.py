"""Promises about forecasts: what the pacer and the lanes make of a plan's requests, worked out by hand."""

from __future__ import annotations

import math

import pytest

from tracker.roadmap.model import SkillId
from tracker.sync.model import Change, Create, Delete, PageId, Plan, Side, Update
from tracker.sync.records import Field, Record
from tracker.sync.speed import Speed
from tracker.workflows.forecast import TYPICAL_SECONDS, SpeedLimit, forecast_seconds, is_assumed
from tracker.workflows.results import Planned

FREE = ((math.inf, 32),)


def creates(count, *, chained=False):
    return [
        Create(
            Side.REMOTE,
            SkillId(f"s{number}"),
            Record(
                f"S{number}", requires=frozenset({f"s{number - 1}"} if chained and number else ())
            ),
        )
        for number in range(count)
    ]


def updates(count):
    change = (Change(Field.HOURS, 1.0, 2.0),)
    return [
        Update(Side.REMOTE, SkillId(f"u{number}"), change, PageId(f"p{number}"))
        for number in range(count)
    ]


def make_planned(*actions, latency=1.0, reading=0, databases=0, budget=None, lanes=FREE):
    speed = Speed(latency, budget, used=reading, ends_in=40.0, lanes=lanes)
    return Planned((Plan("r", "R", "0", tuple(actions)),), (), (), reading, databases, speed)


def forecast(*actions, workers=10, ceiling=None, least=None, **speed):
    return forecast_seconds(make_planned(*actions, **speed), SpeedLimit(ceiling, workers, least))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(forecast(), 0, id="nothing to do"),
        pytest.param(forecast(*creates(10)), 1, id="one round of ten"),
        pytest.param(forecast(*creates(11)), 2, id="one more than ten"),
        pytest.param(forecast(*creates(100), workers=1), 100, id="one after the other"),
        pytest.param(forecast(*updates(100)), 20, id="a look and a write each"),
        pytest.param(forecast(*creates(5, chained=True)), 5, id="each needs the one before"),
        pytest.param(forecast(*creates(180), budget=180), 18, id="the window in one burst"),
        # The first answer comes after a second; a window later the next one may leave.
        pytest.param(forecast(*creates(181), budget=180), 62, id="one more than the window"),
        # Two go ahead after 61 seconds; a second later the other 178, ten at a time.
        pytest.param(forecast(*creates(360), budget=180), 80, id="two windows"),
        pytest.param(forecast(*creates(180), least=180), 18, id="as every plan allows"),
        pytest.param(forecast(*creates(181), least=180), 62, id="more than every plan allows"),
        # Twenty of the window are used, and it ends in 40 seconds.
        pytest.param(forecast(*creates(161), budget=180, reading=20), 41, id="reading counts"),
        pytest.param(forecast(*creates(181), ceiling=180), 62, id="a ceiling of one's own"),
        pytest.param(
            forecast(*creates(180), ceiling=180, reading=20), 62, id="reading is below the ceiling"
        ),
        pytest.param(
            forecast(*creates(12), lanes=((4, 2), (math.inf, 8))), 3, id="few lanes at first"
        ),
        pytest.param(forecast(*creates(10), databases=1), 17, id="a database first"),
        pytest.param(forecast(*creates(600), budget=600), 60, id="a larger budget"),
        pytest.param(forecast(*creates(10), latency=0.0), TYPICAL_SECONDS, id="not measured"),
        pytest.param(forecast(*creates(10), latency=0.3), 0.3, id="as measured"),
        pytest.param(
            forecast(Delete(Side.REMOTE, SkillId("d"), Record("D"), PageId("p"))),
            2,
            id="a deletion",
        ),
        pytest.param(forecast(Create(Side.LOCAL, SkillId("l"), Record("L"))), 0, id="in the file"),
    ],
)
def test_the_time_is_that_of_lanes_and_budget(seconds, expected):
    """Bursts, waits for the window, lanes and prerequisites are all in it."""
    assert seconds == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("planned", "least", "is_expected"),
    [
        pytest.param(make_planned(*creates(200)), 180, True, id="more than every plan allows"),
        pytest.param(make_planned(*creates(200)), None, False, id="a server without a known limit"),
        pytest.param(make_planned(*creates(200), budget=180), 180, False, id="found out already"),
        pytest.param(make_planned(*creates(20)), 180, False, id="little to do"),
        pytest.param(make_planned(*creates(170), reading=20), 180, True, id="with the reading"),
    ],
)
def test_what_is_assumed_is_said(planned, least, is_expected):
    """A forecast that depends on a budget which nobody knows yet can be told from others."""
    assert is_assumed(planned, SpeedLimit(least=least)) is is_expected
