"""Makes requests wait for their limits: one rule, one pause and some lanes for all threads; a gate.

Thread-safe. Knows no request and no server; clock and sleep are injected. When a request may leave is
decided in `window`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from threading import Condition

from tracker.adapters.notion.window import (
    CAREFUL,
    CAREFUL_UNTIL,
    MOST_LANES,
    WINDOW,
    Answer,
    Departure,
    Learned,
    Span,
    Turn,
    WindowRule,
)
from tracker.sync.speed import Speed

FEWEST_LANES = 4
REQUESTS_A_SECOND = 36.0
"""What the lanes are to carry: the largest window that is documented, in half a minute and less."""
_PATIENCE = 1.0
"""Seconds between looks while the answer of another thread is waited for."""

Report = Callable[[float, int | None], None]
"""Receives the seconds of a wait, and the budget that is used up if it is known."""


class Lanes:
    """Says how many requests may be under way at once: more for slow answers, fewer after conflicts.

    Notion answers 409 when writes meet; its documentation names no number that is safe. A conflict
    halves the lanes in use, and every so many successes one comes back.
    """

    def __init__(self, most: int = MOST_LANES, *, recover_after: int = 20) -> None:
        self._most = most
        self._recover_after = recover_after
        self._narrowed: int | None = None
        self._successes = 0
        self._took: deque[float] = deque(maxlen=50)

    @property
    def seconds(self) -> float:
        """The median time of the last answers, in seconds; 0 before the first."""
        return median(self._took) if self._took else 0.0

    @property
    def limit(self) -> int:
        """The number of requests that may be under way now."""
        needed = max(FEWEST_LANES, math.ceil(REQUESTS_A_SECOND * self.seconds))
        return min(self._most, needed, self._narrowed or needed)

    def narrow(self, in_use: int) -> None:
        """Halve the lanes in use; one always stays open."""
        self._narrowed = max(1, min(self.limit, in_use) // 2)
        self._successes = 0

    def widen(self, seconds: float) -> None:
        """Count a success and how long it took; open one more lane after enough of them."""
        self._took.append(seconds)
        if self._narrowed is None:
            return
        self._successes += 1
        if self._successes >= self._recover_after:
            self._successes = 0
            self._narrowed = self._narrowed + 1 if self._narrowed < self._most else None


class Pacer:
    """Lets requests leave when the rule and the lanes allow it; `report` hears of waits."""

    def __init__(
        self,
        rule: WindowRule,
        lanes: Lanes,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        report: Report = lambda *_: None,
    ) -> None:
        self._rule = rule
        self._lanes = lanes
        self._clock = clock
        self._sleep = sleep
        self._report = report
        self._changed = Condition()
        self._requests = 0

    @property
    def requests(self) -> int:
        """Number of requests let through so far."""
        return self._requests

    @property
    def is_alone(self) -> bool:
        """Whether at most one request is under way."""
        return self._rule.lanes_in_use <= 1

    @property
    def speed(self) -> Speed:
        """How fast the server turned out to be so far."""
        with self._changed:
            learned, most = self._rule.learned(self._clock()), self._lanes.limit
            is_known = learned.budget is not None
            steps = () if is_known else ((CAREFUL_UNTIL, min(most, CAREFUL)),)
            return Speed(
                seconds=self._lanes.seconds,
                budget=learned.budget,
                used=learned.count,
                ends_in=learned.ends_before if learned.count else WINDOW,
                lanes=(*steps, (math.inf, most)),
            )

    def count_lanes(self) -> int:
        """Return how many lanes there is something to do for now; at least one."""
        with self._changed:
            return max(1, min(self._lanes.limit, self._rule.count_lanes(self._clock())))

    @contextmanager
    def turn(self, places: int = 1) -> Iterator[Turn]:
        """Wait for a lane and for places, and hold them; what is not used is released."""
        turn = self._enter(places, is_new=True)
        try:
            yield turn
        finally:
            with self._changed:
                self._rule.give_back(turn)
                self._rule.lanes_in_use -= 1
                self._changed.notify_all()

    def extend(self, turn: Turn) -> None:
        """Wait for one more place of a turn."""
        more = self._enter(1, is_new=False)
        turn.places, turn.is_beyond = more.places, more.is_beyond

    def must_wait(self) -> bool:
        """Return whether one more request of a turn would have to wait now."""
        with self._changed:
            return self._rule.find_delay(self._clock(), is_new=False) > 0

    def leave(self, turn: Turn) -> Departure:
        """Let a request use a place of a turn; `settle` must follow."""
        with self._changed:
            self._requests += 1
            return self._rule.leave(turn, self._clock())

    def settle(
        self, departure: Departure, answer: Answer, retry_after: float | None = None
    ) -> float:
        """Note what became of a request; return the seconds that it took."""
        with self._changed:
            now = self._clock()
            self._rule.settle(departure, now, answer, retry_after)
            if answer is Answer.ACCEPTED:
                self._lanes.widen(now - departure.sent)
            self._changed.notify_all()
            return now - departure.sent

    def is_given_up(self) -> bool:
        """Return whether the server has refused every request for too long."""
        with self._changed:
            return self._rule.is_given_up(self._clock())

    def narrow(self) -> None:
        """Use fewer lanes: two writes met."""
        with self._changed:
            self._lanes.narrow(self._rule.lanes_in_use)

    def pause(self, seconds: float) -> None:
        """Let no request through for so many seconds."""
        with self._changed:
            self._rule.pause(self._clock(), seconds)

    def align(self, boundary: Span) -> None:
        """Note between which moments of the clock a minute of the server's began."""
        with self._changed:
            self._rule.align(self._clock(), boundary)

    def recall(self, learned: Learned) -> None:
        """Begin with what an earlier run learned."""
        self._rule.recall(learned, self._clock())

    def learned(self) -> Learned:
        """Return what the next run should know."""
        with self._changed:
            return self._rule.learned(self._clock())

    def _enter(self, places: int, *, is_new: bool) -> Turn:
        """Take places as soon as that is allowed."""
        while True:
            with self._changed:
                delay = self._rule.find_delay(self._clock(), places, is_new=is_new)
                if is_new and self._rule.lanes_in_use >= self._lanes.limit:
                    delay = max(delay, math.inf)
                if delay <= 0:
                    return self._rule.take(places, is_new=is_new)
                if delay == math.inf:
                    self._changed.wait(_PATIENCE)
            if delay == math.inf:
                self._sleep(0.0)  # raises where the connection was closed meanwhile
                continue
            self._report(delay, self._rule.used_up)
            self._sleep(delay)


class Gate:
    """Lets many threads in together or one alone: writes of rows, or a change of their columns."""

    def __init__(self) -> None:
        self._inside = 0
        self._changed = Condition()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Enter together with others; wait while a thread is inside alone."""
        with self._changed:
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until all have left, and keep others out; deadlocks when called inside `shared`."""
        with self._changed:
            self._changed.wait_for(lambda: self._inside == 0)
            yield
