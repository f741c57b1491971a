"""Estimate how long applying a plan takes, by simulating the lanes and the pacer.

Pure: no clock, no network. Assumes that every request takes as long as those of the reading did, and
that nothing goes wrong.

    lanes      one per row, `workers` at once; a row waits for the rows that it requires
    a lane     its requests one after the other: a read, then a write; a new row is one write
    budget     so many requests in any 60 seconds, in one burst; the reading counts, too
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from tracker.workflows.apply_rows import Lane, list_lanes, sort_lanes
from tracker.workflows.results import REQUESTS_FOR_A_DATABASE, Planned, count_requests

WINDOW = 60.0
"""Seconds of Notion's rate limit window; see `adapters.notion.pacer`."""
TYPICAL_SECONDS = 0.9
"""Seconds that Notion took for a request, measured; used when the run measured nothing itself."""


@dataclass(frozen=True, slots=True)
class SpeedLimit:
    """What limits the speed: requests in 60 seconds (None: no limit), and rows at once."""

    budget: int | None = None
    workers: int = 10


def forecast_seconds(planned: Planned, limit: SpeedLimit) -> float:
    """Return how many seconds the requests of a plan take."""
    seconds = planned.seconds_per_request or TYPICAL_SECONDS
    requests_sent = _Requests(limit.budget, seconds, deque([0.0] * planned.requests))
    now = 0.0
    for _ in range(planned.new_databases * REQUESTS_FOR_A_DATABASE):
        now = requests_sent.send(now)
    for plan in planned.plans:
        actions, needs = list_lanes(plan)
        requests = {key: count_requests(action) for key, action in actions.items()}
        now = _run_lanes(requests_sent, now, limit.workers, requests, needs)
    return now


@dataclass(slots=True)
class _Requests:
    """The requests sent so far, by the times of their answers."""

    budget: int | None
    seconds: float
    answers: deque[float]

    def send(self, now: float) -> float:
        """Send a request as soon as the budget allows; return when it is answered."""
        # The window starts at the answer, not at the request: measured, see `adapters.notion.pacer`.
        if self.budget is not None:
            while len(self.answers) > self.budget:
                self.answers.popleft()
            if len(self.answers) == self.budget:
                now = max(now, self.answers[0] + WINDOW)
        self.answers.append(now + self.seconds)
        return now + self.seconds


def _run_lanes(
    requests_sent: _Requests,
    now: float,
    workers: int,
    requests: Mapping[Lane, int],
    needs: Mapping[Lane, list[Lane]],
) -> float:
    """Return when the last lane ends."""
    order = sort_lanes(needs)
    ready: deque[Lane] = deque()
    under_way: list[tuple[float, int, Lane, int]] = []
    number = count()
    # A heap of the lanes under way by the time of their next request: it simulates the threads.
    while order.is_active():
        ready.extend(order.get_ready())
        while ready and len(under_way) < workers:
            key = ready.popleft()
            heappush(under_way, (now, next(number), key, requests[key]))
        now, _, key, left = heappop(under_way)
        if left:
            heappush(under_way, (requests_sent.send(now), next(number), key, left - 1))
        else:
            order.done(key)
    return now
