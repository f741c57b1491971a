"""What a server takes is found out, remembered for the next run, and forgotten when it is wrong."""

from __future__ import annotations

import math
import sqlite3

import httpx
import pytest
from sandbox import ENVIRON, TODAY, Sandbox

from tracker.adapters.state_db import StateDb
from tracker.sync.model import Policy
from tracker.sync.speed import SpeedRecord
from tracker.wiring import open_services
from tracker.workflows.forecast import SpeedLimit, forecast_seconds
from tracker.workflows.sync import run_sync

pytestmark = pytest.mark.slow

BUDGET = 40
SECONDS = 0.5
DAY = 86_400.0


class Limited(httpx.BaseTransport):
    """Takes its time for every answer, and so many requests in a window of 60 seconds."""

    def __init__(self, inner, time, budget=BUDGET):
        self.inner, self.time, self.budget = inner, time, budget
        self.begun, self.count, self.refused = -math.inf, 0, 0

    def handle_request(self, request):
        """Answer, or refuse."""
        if self.time.now >= self.begun + 60.0:
            self.begun, self.count = self.time.now, 0
        self.time.now += SECONDS
        if self.count < self.budget:
            self.count += 1
            return self.inner.handle_request(request)
        self.refused += 1
        wait = math.ceil(self.begun + 60.0 - self.time.now)
        error = {"object": "error", "status": 429, "code": "rate_limited", "message": "No."}
        return httpx.Response(429, json=error, headers={"Retry-After": str(wait)}, request=request)


def roadmap(count, hours):
    rows = "".join(f"      - {{id: s{n}, name: Skill {n}, hours: {hours}}}\n" for n in range(count))
    return f"title: Path\nsections:\n  - title: S\n    skills:\n{rows}"


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(roadmap(70, 1))
        yield sandbox


def limit(sandbox, **limits):
    """Put a server with limits in the place of the sandbox's own; return it."""
    limited = Limited(sandbox.transport, sandbox.time, **limits)
    sandbox.wrap = lambda _: limited
    return limited


def load(sandbox):
    """Return what is remembered of the server."""
    state = StateDb(sandbox.folder / ".tracker" / "state.db")
    record = state.load_speed("localhost")
    state.close()
    return record


def overwrite(sandbox, value):
    """Put something else in the place of what is remembered."""
    with sqlite3.connect(sandbox.folder / ".tracker" / "state.db") as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'speed:localhost'", (value,))
    db.close()


def test_the_next_run_knows_what_the_server_takes(sandbox):
    """The first one is refused once and again to be sure, the second one never."""
    first = limit(sandbox)
    sandbox.sync()
    known = load(sandbox)
    sandbox.time.now += 120
    second = limit(sandbox)
    sandbox.write(roadmap(70, 2))

    sandbox.sync()

    assert (known.budget, known.is_confirmed) == (BUDGET, True)
    assert first.refused == 2
    assert second.refused == 0


def test_a_run_in_the_same_minute_goes_on_counting(sandbox):
    """What the run before used of the window is no reason for a refusal."""
    server = limit(sandbox)
    sandbox.sync()
    before = server.refused
    sandbox.write(roadmap(70, 2))

    sandbox.sync()

    assert load(sandbox).budget == BUDGET
    assert server.refused == before


def test_a_forecast_with_what_was_found_out_comes_true(sandbox):
    """The windows of the server are in it."""
    limit(sandbox)
    sandbox.sync()
    sandbox.time.now += 120
    sandbox.write(roadmap(70, 2))
    asked = []

    def confirm(planned):
        asked.append((forecast_seconds(planned, SpeedLimit(workers=1)), sandbox.time.now))
        return True

    with open_services(sandbox.folder, environ=ENVIRON, overrides=sandbox.overrides) as services:
        policy = Policy(today=TODAY)
        run_sync(services, [], policy, confirm=confirm, progress=lambda *_: None)

    ((forecast, begun),) = asked
    assert forecast == pytest.approx(sandbox.time.now - begun, rel=0.05)


@pytest.mark.parametrize("age", [DAY + 1, -DAY], ids=["old", "of the future"])
def test_what_is_old_is_found_out_anew(sandbox, age):
    """Plans change, and clocks are set."""
    limit(sandbox)
    sandbox.sync()
    sandbox.time.now += age

    sandbox.wrap = lambda inner: inner
    sandbox.write(roadmap(70, 2))
    sandbox.sync()

    assert load(sandbox).budget is None


def test_a_plan_that_allows_more_is_noticed(sandbox):
    """A request beyond the budget is accepted, once nobody else used the window before."""
    limit(sandbox)
    sandbox.sync()
    overwrite(
        sandbox,
        '{"budget": 20, "is_confirmed": false, "at": 1000, "count": 0, "ends_after": 0, '
        '"ends_before": 0}',
    )
    sandbox.time.now += 120
    sandbox.wrap = lambda inner: inner
    sandbox.write(roadmap(70, 2))

    sandbox.sync()

    assert load(sandbox).budget is None


@pytest.mark.parametrize(
    "value",
    ["", "{", "[]", "{}", "null", '{"budget": "many", "count": 0}', '{"budget": 0, "count": -1}'],
)
def test_what_cannot_be_read_is_no_error(sandbox, value):
    """It only saves time."""
    limit(sandbox)
    sandbox.sync()
    overwrite(sandbox, value)

    assert load(sandbox) == SpeedRecord()
    assert sandbox.sync().problems == ()


@pytest.mark.guarantee("G10")
def test_a_dry_run_remembers_nothing(sandbox):
    """Not even what it found out about the server."""
    limit(sandbox)
    sandbox.sync()
    before = load(sandbox)
    sandbox.time.now += 120
    limit(sandbox, budget=1)

    sandbox.plan()

    assert load(sandbox) == before


def test_the_built_in_workspace_has_no_limit_to_remember(tmp_path):
    """Nothing is written about it."""
    with Sandbox(tmp_path, settings="") as sandbox:
        sandbox.write(roadmap(70, 1))
        sandbox.sync()

        assert load(sandbox) == SpeedRecord()
