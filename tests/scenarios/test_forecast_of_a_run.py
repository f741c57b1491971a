"""The forecast of a plan is within 20 % of what the sync then takes, with simulated time."""

import httpx
import pytest
from sandbox import ENVIRON, TODAY, Sandbox

from tracker.sync.model import Policy
from tracker.wiring import open_services
from tracker.workflows.forecast import SpeedLimit, forecast_seconds
from tracker.workflows.sync import run_sync
from tracker.workspace.app import ROOT_PAGE_ID

pytestmark = pytest.mark.slow

BUDGET = 60
SETTINGS = f"notion:\n  parent: {ROOT_PAGE_ID}\n  workers: 1\n  requests_per_minute: {BUDGET}\n"


class Slow(httpx.BaseTransport):
    """Takes its time for every answer."""

    def __init__(self, inner, time, seconds):
        self._inner, self._time, self._seconds = inner, time, seconds

    def handle_request(self, request):
        self._time.now += self._seconds
        return self._inner.handle_request(request)


def roadmap(count, hours):
    rows = "".join(
        f"      - {{id: s{n}, name: Skill {n}, hours: {hours}, requires: [{f's{n - 1}' if n % 5 else ''}]}}\n"
        for n in range(count)
    )
    return f"title: Path\nsections:\n  - title: S\n    skills:\n{rows}"


def sync(sandbox):
    """Run a sync; return the seconds that were forecast when it was asked for, and those it took."""
    asked = []

    def confirm(planned):
        asked.append((forecast_seconds(planned, SpeedLimit(BUDGET, 1)), sandbox.time.now))
        return True

    with open_services(sandbox.folder, environ=ENVIRON, overrides=sandbox.overrides) as services:
        policy = Policy(today=TODAY)
        run_sync(services, [], policy, confirm=confirm, progress=lambda *_: None)
    ((forecast, begun),) = asked
    return forecast, sandbox.time.now - begun


@pytest.mark.parametrize("seconds", [0.3, 2.0])
@pytest.mark.parametrize("count", [20, 150])
def test_a_forecast_comes_true(tmp_path, count, seconds):
    """For a first push and for changes of all rows; with the window and with slow answers."""
    with Sandbox(tmp_path, settings=SETTINGS) as sandbox:
        sandbox.wrap = lambda inner: Slow(inner, sandbox.time, seconds)
        sandbox.write(roadmap(count, 1))
        pushed = sync(sandbox)
        sandbox.time.now += 120
        sandbox.write(roadmap(count, 2))
        changed = sync(sandbox)

    for forecast, took in (pushed, changed):
        assert forecast == pytest.approx(took, rel=0.2)
