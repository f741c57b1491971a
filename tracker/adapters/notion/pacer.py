"""Limits when requests may leave: one budget and one pause for all threads, lanes, a gate.

Thread-safe. Knows no request and no server; clock and sleep are injected.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Lock

WINDOW = 60.0
"""Seconds of Notion's rate limit window ("Request limits" of its documentation, September 2026)."""
_POLL = 0.05
"""Seconds between looks while the places of a full window are all held by requests under way."""


class Pacer:
    """Lets at most `budget` requests into any window, all in one burst if need be.

    A request holds its place from before it leaves until one window after its answer, so the server
    never counts more than the budget: it may count a request at any moment between the two. Without
    a budget it only counts and pauses.
    """

    def __init__(
        self, budget: int | None, *, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._answered: deque[float] = deque()
        self._under_way = 0
        self._resume_at = 0.0
        self._requests = 0

    @property
    def requests(self) -> int:
        """Number of requests let through so far."""
        return self._requests

    @property
    def has_budget(self) -> bool:
        """Whether a request may have to wait for a place."""
        return self._budget is not None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place, and hold it while the request is under way."""
        self.reserve(1)
        with self.reserved():
            yield

    def reserve(self, places: int) -> int:
        """Wait for so many places, or for the whole budget if that is less; return how many."""
        places = min(places, self._budget or places)
        while (delay := self._enter(places)) > 0:
            self._sleep(delay)
        return places

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Use a place that was reserved, while the request is under way."""
        with self._lock:
            self._requests += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                self._answered.append(self._clock())

    def give_back(self, places: int) -> None:
        """Release places that were reserved and not used."""
        with self._lock:
            self._under_way -= places

    def pause(self, seconds: float) -> None:
        """Let no request through for so many seconds."""
        with self._lock:
            self._resume_at = max(self._resume_at, self._clock() + seconds)

    def _enter(self, places: int) -> float:
        """Take places and return 0, or return how many seconds to wait before the next try."""
        with self._lock:
            now = self._clock()
            delay = max(self._resume_at - now, self._until_free(now, places))
            if delay <= 0:
                self._under_way += places
            return delay

    def _until_free(self, now: float, places: int) -> float:
        while self._answered and self._answered[0] + WINDOW <= now:
            self._answered.popleft()
        if self._budget is None:
            return 0.0
        missing = self._under_way + len(self._answered) + places - self._budget
        if missing <= 0:
            return 0.0
        # Places of requests under way are freed one window after an answer that is still to come.
        is_known = missing <= len(self._answered)
        return self._answered[missing - 1] + WINDOW - now if is_known else _POLL


class Lanes:
    """Limits how many requests are under way at once: halved by a conflict, recovered slowly.

    Notion answers 409 when writes meet; its documentation names no number that is safe.
    """

    def __init__(self, most: int, *, recover_after: int = 20) -> None:
        self._most = most
        self._recover_after = recover_after
        self._limit = most
        self._under_way = 0
        self._successes = 0
        self._changed = Condition()

    @property
    def limit(self) -> int:
        """The number of requests that may be under way now."""
        return self._limit

    @contextmanager
    def lane(self) -> Iterator[None]:
        """Wait until a lane is free, and hold it."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way < self._limit)
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def narrow(self) -> None:
        """Halve the lanes in use; one always stays open."""
        with self._changed:
            self._limit = max(1, min(self._limit, self._under_way) // 2)
            self._successes = 0

    def widen(self) -> None:
        """Count a success, and open one more lane after enough of them."""
        with self._changed:
            if self._limit == self._most:
                return
            self._successes += 1
            if self._successes >= self._recover_after:
                self._limit += 1
                self._successes = 0
                self._changed.notify_all()


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
