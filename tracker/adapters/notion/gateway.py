"""The one door to a Notion-like server: paces, retries, and turns failures into exceptions.

Knows operations and failures, not rows or columns. No message or log line holds the token.
"""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from threading import Event, Lock
from time import monotonic
from typing import Any, Protocol

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
WORTH_TELLING = 3.0
"""Seconds of waiting from which on it is told why."""

Notify = Callable[[str], None]


class Sender(Protocol):
    """Sends one request, without retries; `date` is the server's time as of the last answer."""

    date: datetime | None

    def send(
        self, method: str, path: str, body: Json | None, query: Mapping[str, Any] | None
    ) -> Json | Failure:
        """Return the object answered, or why there is none."""

    def close(self) -> None:
        """Release the connections."""


class Waiter:
    """Sleeps, until it is told to stop; then whoever waits stops with an exception."""

    def __init__(self) -> None:
        self._stopped = Event()

    def __call__(self, seconds: float) -> None:
        """Sleep; raise UnreachableError when there is nothing left to wait for."""
        if self._stopped.wait(seconds):
            raise UnreachableError(Problem("interrupted", "the connection was closed"))

    def stop(self) -> None:
        """Wake everyone up, for good."""
        self._stopped.set()


@dataclass(frozen=True, slots=True)
class Timing:
    """Time and chance, injected: a clock in seconds, a way to sleep, and a number below 1."""

    clock: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = field(default_factory=Waiter)
    chance: Callable[[], float] = random.random


class Gateway:
    """Sends requests for many threads; `host` names the server in messages.

    `notify` is told in words, from any thread, what is waited for.
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
        self.host = host

    @property
    def requests(self) -> int:
        """Number of requests sent so far, retries included."""
        return self._pacer.requests

    @property
    def seconds_per_request(self) -> float:
        """How long one of the last answers took, in the middle; 0 before the first."""
        return median(self._took) if self._took else 0.0

    @property
    def date(self) -> datetime | None:
        """The server's time as of its last answer; None as long as no answer told it."""
        return self._sender.date

    def wait(self, seconds: float) -> None:
        """Sleep, as everything here sleeps: injected, and woken up by `close`."""
        self._timing.sleep(seconds)

    def close(self) -> None:
        """Close the connections; whoever still waits for a turn stops."""
        if isinstance(self._timing.sleep, Waiter):
            self._timing.sleep.stop()
        self._sender.close()

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

        Raises SettingsError for a refused token, UnreachableError when nobody answers, DeniedError
        for 404, ForbiddenError or FullError for 403, RejectedError for other refusals, and
        AmbiguousError when a creation may have happened.
        """
        attempt, waited, trouble = 0, 0.0, 0.0
        while True:
            attempt += 1
            answer, seconds = self._send_once(method, path, body, query)
            if not isinstance(answer, Failure):
                return answer
            decision = retry_decision(operation, answer, attempt)
            if decision.verb is Verb.COMMITTED and operation is Operation.PATCH:
                # What was patched is read at the address at which it was patched.
                return self.send(Operation.READ, "GET", path)
            waited += decision.delay
            trouble += seconds if decision.is_exact else seconds + decision.delay
            is_hopeless = waited > LONGEST_WAIT or trouble > LONGEST_TROUBLE
            if decision.verb is not Verb.RETRY or is_hopeless:
                self._give_up(operation, decision, answer, attempt)
            self._wait_as_told(decision)

    def _send_once(
        self, method: str, path: str, body: Json | None, query: Mapping[str, Any] | None
    ) -> tuple[Json | Failure, float]:
        """Send when it is our turn; return the answer, and the seconds that it took."""
        with self._lanes.lane(), self._pacer.turn():
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

    def _wait_as_told(self, decision: Decision) -> None:
        if decision.is_exact:
            self._tell(f"{self.host} takes no more requests now", decision.delay)
            self._pacer.pause(decision.delay)
        else:
            self._tell(f"{self.host} did not answer properly", decision.delay)
            self._timing.sleep(decision.delay * (0.5 + self._timing.chance()))

    def _tell(self, why: str, seconds: float) -> None:
        """Say what is waited for, once for all who wait for the same."""
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
