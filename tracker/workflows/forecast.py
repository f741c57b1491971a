"""Estimate how long the requests of a plan take.

Pure. Simulates lanes and limits, and assumes that every request takes as long as those of the reading
did, and that nothing goes wrong:

    lanes      one per row, as many at once as the answers are slow; a row waits for those it requires
    a lane     its requests one after the other: a read, then a write; a new row is one write
    budget     so many requests in a window of 60 seconds, in one burst; the reading counts, too
    ceiling    so many in any 60 seconds, where the settings say so
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from tracker.workflows.lanes import MOST_WORKERS, Lane, LaneQueue, list_lanes, make_steps
from tracker.workflows.results import (
    REQUESTS_FOR_A_DATABASE,
    REQUESTS_FOR_VIEWS,
    Planned,
    count_requests,
)

WINDOW = 60.0
"""Seconds of Notion's rate limit window; see `adapters.notion.window`."""
TYPICAL_SECONDS = 0.9
"""Seconds that Notion took for a request, measured; used when the run measured nothing itself."""
_SCOUTS = 2
"""Requests that leave first when a window should be over; the others wait until they are answered."""


@dataclass(frozen=True, slots=True)
class SpeedLimit:
    """What the settings say of the speed: requests in any 60 seconds, and rows at once.

    `least` is the smallest budget of a window that the server can have, None where nobody knows.
    """

    ceiling: int | None = None
    workers: int = MOST_WORKERS
    least: int | None = None


def is_assumed(planned: Planned, limit: SpeedLimit) -> bool:
    """Return whether a forecast depends on a budget that was not found out yet."""
    budget = limit.least
    is_known = planned.speed.budget is not None or budget is None
    return not is_known and planned.speed.used + planned.estimated_requests > (budget or 0)


def forecast_seconds(planned: Planned, limit: SpeedLimit) -> float:
    """Return how many seconds the requests of a plan take."""
    speed = planned.speed
    sent = _Requests(
        budget=speed.budget or limit.least or math.inf,
        ceiling=limit.ceiling,
        seconds=speed.seconds or TYPICAL_SECONDS,
        count=speed.used,
        ends=speed.ends_in if speed.used else 0.0,
        answers=deque([0.0] * planned.requests),
    )
    now = 0.0
    for _ in range(planned.new_databases * REQUESTS_FOR_A_DATABASE):
        now = sent.send(now)
    for number, plan in enumerate(planned.plans):
        actions, needs = list_lanes(plan)
        requests = {key: count_requests(action) for key, action in actions.items()}
        # Which of the plans are those of new databases hardly matters.
        steps = make_steps(REQUESTS_FOR_VIEWS if number < planned.new_databases else 0)
        needs |= steps
        requests |= dict.fromkeys(steps, 1)

        def count_lanes() -> int:
            lanes = next(lanes for most, lanes in speed.lanes if sent.count < most)
            return min(limit.workers, lanes)

        now = _simulate_lanes(sent, now, count_lanes, requests, needs)
    return now


@dataclass(slots=True)
class _Requests:
    """The requests of the window that ends at `ends`, and the times of all answers."""

    budget: float
    ceiling: int | None
    seconds: float
    count: int
    ends: float
    answers: deque[float]
    begun: float = -math.inf

    def send(self, now: float) -> float:
        """Send a request as soon as the limits allow; return when it is answered."""
        if self.ceiling is not None:
            while len(self.answers) > self.ceiling:
                self.answers.popleft()
            if len(self.answers) == self.ceiling:
                now = max(now, self.answers[0] + WINDOW)
        now = self._find_place(now)
        self.answers.append(now + self.seconds)
        return now + self.seconds

    def _find_place(self, now: float) -> float:
        """Return when a window has a place for a request that is ready now."""
        now = max(now, self.begun)
        if now >= self.ends:
            self.count, self.ends = 0, now + self.seconds + WINDOW
        elif self.count >= self.budget:
            now = self.begun = self.ends
            self.count, self.ends = 0, now + self.seconds + WINDOW
        is_held = self.count >= _SCOUTS and now < self.begun + self.seconds
        self.count += 1
        return self.begun + self.seconds if is_held else now


def _simulate_lanes(
    requests_sent: _Requests,
    now: float,
    workers: Callable[[], int],
    requests: Mapping[Lane, int],
    needs: Mapping[Lane, list[Lane]],
) -> float:
    """Return when the last lane ends."""
    queue = LaneQueue(needs)
    under_way: list[tuple[float, int, Lane, int]] = []
    number = count()
    # A heap of the lanes under way by the time of their next request: it simulates the threads.
    while queue.is_active:
        while len(under_way) < workers() and (key := queue.pop()) is not None:
            heappush(under_way, (now, next(number), key, requests[key]))
        now, _, key, left = heappop(under_way)
        if left:
            heappush(under_way, (requests_sent.send(now), next(number), key, left - 1))
        else:
            queue.done(key)
    return now
