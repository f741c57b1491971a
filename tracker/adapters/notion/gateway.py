"""Sends all requests to a Notion-like server: paces, retries, turns failures into exceptions.

Knows operations and failures, not rows or columns. No message or log line holds the token.
"""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from statistics import median
from threading import Event, Lock, local
from time import monotonic
from typing import Any, Protocol, TypeVar

from tracker.adapters.notion.errors import AmbiguousError, raise_failure
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.pacer import Lanes, Pacer
from tracker.adapters.notion.retry import (
    LONGEST_TROUBLE,
    LONGEST_WAIT,
    Decision,
    Failure,
    Operation,
    Verb,
    retry_decision,
)
from tracker.errors import Problem, UnreachableError

_LOG = logging.getLogger(__name__)
_CONFLICT = 409
MOST_LANES = 32
_LOOK_AND_PATCH = 2
"""Requests of one turn: a GET of the row, and the PATCH that relies on it."""
_MOST_CROWDED = 3
WORTH_TELLING = 3.0
"""Seconds of waiting from which on the reason is reported."""

Notify = Callable[[str], None]
Result = TypeVar("Result")


class Sender(Protocol):
    """Sends one request, without retries; `date` is the server's time in its last answer."""

    date: datetime | None

    def send(
        self, method: str, path: str, body: Json | None, query: Mapping[str, Any] | None
    ) -> Json | Failure:
        """Return the object answered, or why there is none."""

    def close(self) -> None:
        """Release the connections."""


class Waiter:
    """Sleeps for whoever calls it; once stopped, every call raises."""

    def __init__(self) -> None:
        self._stopped = Event()

    def __call__(self, seconds: float) -> None:
        """Sleep for some seconds; raise UnreachableError when stopped meanwhile."""
        if self._stopped.wait(seconds):
            raise UnreachableError(Problem("interrupted", "the connection was closed"))

    def stop(self) -> None:
        """Wake all sleeping threads, for good."""
        self._stopped.set()


@dataclass(frozen=True, slots=True)
class Timing:
    """Injected time and randomness: a clock in seconds, a sleep, and a random number below 1."""

    clock: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = field(default_factory=Waiter)
    chance: Callable[[], float] = random.random


@dataclass(slots=True)
class _Tries:
    """Attempts of one request, and the seconds it spent on waits asked for and on trouble.

    `pauses` and `crowded` count how often a turn began anew, by reason.
    """

    attempt: int = 0
    waited: float = 0.0
    trouble: float = 0.0
    pauses: int = 0
    crowded: int = 0


class _Turn(local):
    """The turn of a thread; `places` are the reserved ones left, None outside of `in_one_turn`."""

    places: int | None = None
    is_patched: bool = False
    tries: _Tries


class _AgainError(Exception):
    """The work of a turn must be repeated from its beginning, after a wait."""

    def __init__(self, wait: Callable[[], None]) -> None:
        super().__init__("again")
        self.wait = wait


class Gateway:
    """Sends requests for many threads; `host` names the server in messages.

    `notify` receives, on any thread, the reason of each longer wait.
    """

    def __init__(
        self,
        sender: Sender,
        host: str,
        *,
        budget: int | None = None,
        timing: Timing | None = None,
        notify: Notify = lambda _: None,
    ) -> None:
        self._sender = sender
        self._timing = timing or Timing()
        self._pacer = Pacer(budget, clock=self._timing.clock, sleep=self._timing.sleep)
        self._lanes = Lanes(MOST_LANES)
        self._took: deque[float] = deque(maxlen=50)
        self._notify = notify
        self._lock = Lock()
        self._told_until = 0.0
        self._turn = _Turn()
        self.host = host

    @property
    def requests(self) -> int:
        """Number of requests sent so far, retries included."""
        return self._pacer.requests

    @property
    def seconds_per_request(self) -> float:
        """The median time of the last answers, in seconds; 0 before the first."""
        return median(self._took) if self._took else 0.0

    @property
    def date(self) -> datetime | None:
        """The server's time in its last answer; None before the first that had one."""
        return self._sender.date

    def wait(self, seconds: float, why: str = "") -> None:
        """Sleep with the injected timing, interrupted by `close`; report `why` if given."""
        if why:
            self._tell(why, seconds)
        self._timing.sleep(seconds)

    def close(self) -> None:
        """Close the connections, and interrupt every wait."""
        if isinstance(self._timing.sleep, Waiter):
            self._timing.sleep.stop()
        self._sender.close()

    def in_one_turn(self, work: Callable[[], Result]) -> Result:
        """Run a GET of a page and the PATCH that follows it, with no wait between the two.

        Notion has no conditional writes, so the moment between the two is all that can be kept short:
        both get their places in the budget before the GET. A PATCH that failed is not repeated by
        itself; the work is done once more, beginning with the GET.
        """
        tries = _Tries()
        while True:
            try:
                with self._lanes.lane():
                    self._turn.places = self._pacer.reserve(_LOOK_AND_PATCH)
                    self._turn.tries, self._turn.is_patched = tries, False
                    try:
                        return work()
                    finally:
                        self._pacer.give_back(self._turn.places or 0)
                        self._turn.places = None
            except _AgainError as again:
                wait = again.wait
            wait()  # after the lane is free again: others can use it meanwhile

    def pause_turn(self, pauses: Sequence[float]) -> None:
        """Repeat the work of this turn after the next pause; return only when none is left."""
        tries = self._turn.tries
        if tries.pauses < len(pauses):
            tries.pauses += 1
            raise _AgainError(partial(self.wait, pauses[tries.pauses - 1]))

    def fetch(self, path: str, query: Mapping[str, Any] | None = None) -> Json:
        """GET an object or a list; raises as `send`."""
        return self.send(Operation.READ, "GET", path, query=query)

    def query(self, path: str, body: Json) -> Json:
        """POST a query, which changes nothing; raises as `send`."""
        return self.send(Operation.READ, "POST", path, body=body)

    def patch(self, path: str, body: Json) -> Json:
        """PATCH an object to absolute values; raises as `send`."""
        return self.send(Operation.PATCH, "PATCH", path, body=body)

    def create(self, path: str, body: Json) -> Json:
        """POST a new object; raises as `send`."""
        return self.send(Operation.CREATE, "POST", path, body=body)

    def send(
        self,
        operation: Operation,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Json:
        """Send one request, retried as its operation allows, and return the object answered.

        Raises SettingsError for a refused token, UnreachableError when there is no answer, DeniedError
        for 404, ForbiddenError or FullError for 403, RejectedError for other refusals, and
        AmbiguousError when a creation may have happened.
        """
        is_in_turn = operation is Operation.PATCH and self._turn.places is not None
        tries = self._turn.tries if is_in_turn else _Tries()
        if is_in_turn:
            self._check_place(tries)
        while True:
            tries.attempt += 1
            answer, seconds = self._send_once(method, path, body, query)
            if not isinstance(answer, Failure):
                return answer
            decision = retry_decision(operation, answer, tries.attempt)
            if decision.verb is Verb.COMMITTED and operation is Operation.PATCH:
                # The saved object is read where it was patched; the patch is never repeated.
                return self.fetch(path)
            # A wait that the server asked for is no trouble: it says when it will answer again.
            tries.waited += decision.delay
            tries.trouble += seconds if decision.is_exact else seconds + decision.delay
            is_hopeless = tries.waited > LONGEST_WAIT or tries.trouble > LONGEST_TROUBLE
            if decision.verb is not Verb.RETRY or is_hopeless:
                self._give_up(operation, decision, answer, tries.attempt)
            if is_in_turn:
                raise _AgainError(partial(self._wait_as_told, decision))
            self._wait_as_told(decision)

    def _check_place(self, tries: _Tries) -> None:
        """Begin the turn anew when a repeated GET used up the place of the PATCH."""
        is_short = self._turn.places == 0 and not self._turn.is_patched
        self._turn.is_patched = True
        if is_short and tries.crowded < _MOST_CROWDED and self._pacer.has_budget:
            tries.crowded += 1
            raise _AgainError(lambda: None)

    def _send_once(
        self, method: str, path: str, body: Json | None, query: Mapping[str, Any] | None
    ) -> tuple[Json | Failure, float]:
        """Send as soon as the limits allow; return the answer, and the seconds that it took."""
        with self._place():
            begun = self._timing.clock()
            answer = self._sender.send(method, path, body, query)
            seconds = self._timing.clock() - begun
            if not isinstance(answer, Failure):
                self._took.append(seconds)
                self._lanes.widen()
            elif answer.status == _CONFLICT:
                self._lanes.narrow()
        said = f"{answer.fault} {answer.status}" if isinstance(answer, Failure) else "ok"
        _LOG.debug("%s %s: %s", method, path, said)
        return answer, seconds

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Wait for a lane and a place; within a turn both are reserved already."""
        places = self._turn.places
        if places is None:
            with self._lanes.lane(), self._pacer.turn():
                yield
        elif places:
            self._turn.places = places - 1
            with self._pacer.reserved():
                yield
        else:  # a third request: one was repeated, or looks up why another was refused
            with self._pacer.turn():
                yield

    def _wait_as_told(self, decision: Decision) -> None:
        if decision.is_exact:
            self._tell(f"{self.host} takes no more requests now", decision.delay)
            # For all threads: "avoid independent retry loops in each worker" ("Request limits").
            self._pacer.pause(decision.delay)
        else:
            self._tell(f"{self.host} did not answer properly", decision.delay)
            # Jitter: requests that failed together are not repeated together.
            self._timing.sleep(decision.delay * (0.5 + self._timing.chance()))

    def _tell(self, why: str, seconds: float) -> None:
        """Report the reason of a wait, once for all threads that wait for the same."""
        if seconds < WORTH_TELLING:
            return
        with self._lock:
            until = self._timing.clock() + seconds
            is_news = until > self._told_until + WORTH_TELLING
            self._told_until = max(until, self._told_until)
        if is_news:
            self._notify(f"{why}: waiting {seconds:.0f} s")

    def _give_up(
        self, operation: Operation, decision: Decision, failure: Failure, attempts: int
    ) -> None:
        if decision.verb in {Verb.LOOK_UP, Verb.COMMITTED}:
            problem = Problem(
                code="ambiguous-answer",
                what=f"{self.host} did not say whether something was made",
                why=failure.message,
                kept="what was settled before stands",
                next="tracker sync",
            )
            raise AmbiguousError(problem, decision.saved_id)
        raise_failure(failure, self.host, attempts=attempts, operation=operation)
