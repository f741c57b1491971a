"""Sends all requests to a Notion-like server: paces, retries, turns failures into exceptions.

Knows operations and failures, not rows or columns. No message or log line holds the token.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
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
    Fault,
    Operation,
    Verb,
    is_window_full,
    retry_decision,
)
from tracker.adapters.notion.window import (
    MOST_LANES,
    WINDOW,
    Answer,
    Departure,
    Learned,
    Turn,
    WindowRule,
)
from tracker.errors import Problem, UnreachableError
from tracker.sync.speed import Speed, SpeedRecord

_LOG = logging.getLogger(__name__)
_CONFLICT = 409
_LOOK_AND_PATCH = 2
"""Requests of one turn: a GET of the row, and the PATCH that relies on it."""
_MOST_CROWDED = 3
_LONGEST_MEMORY = 86_400.0
"""Seconds after which a budget is found out anew: plans change."""
_INTERRUPTED = Failure(Fault.LOST, message="interrupted")
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
    """Injected time and randomness: a clock in seconds, a sleep, and a random number below 1.

    `wall` is the time of day, in seconds since 1970, by which runs agree.
    """

    clock: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = field(default_factory=Waiter)
    chance: Callable[[], float] = random.random
    wall: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person allows: requests in any 60 seconds, and requests at once."""

    ceiling: int | None = None
    lanes: int = MOST_LANES


NO_LIMITS = Limits()


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


class _Thread(local):
    """The turn of a thread, None outside of `in_one_turn`."""

    turn: Turn | None = None
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
        limits: Limits = NO_LIMITS,
        timing: Timing | None = None,
        notify: Notify = lambda _: None,
    ) -> None:
        self._sender = sender
        self._timing = timing or Timing()
        self._pacer = Pacer(
            WindowRule(limits.ceiling),
            Lanes(limits.lanes),
            clock=self._timing.clock,
            sleep=self._timing.sleep,
            report=self._tell_full,
        )
        self._notify = notify
        self._lock = Lock()
        self._told_until = 0.0
        self._found_at = 0.0
        self._thread = _Thread()
        self.host = host

    @property
    def requests(self) -> int:
        """Number of requests sent so far, retries included."""
        return self._pacer.requests

    @property
    def speed(self) -> Speed:
        """How fast the server turned out to be so far."""
        return self._pacer.speed

    def recall(self, record: SpeedRecord) -> None:
        """Begin with what an earlier run found out, unless it is old."""
        now = self._timing.wall()
        is_known = record.budget is not None and 0.0 <= now - record.at < _LONGEST_MEMORY
        learned = Learned(record.budget, record.is_confirmed) if is_known else Learned()
        self._found_at = record.at if is_known else 0.0
        after, before = record.ends_after - now, record.ends_before - now
        # A clock that was set back would keep a window open for as long.
        if 0.0 < before <= 2 * WINDOW:
            learned = replace(
                learned, count=record.count, ends_after=max(0.0, after), ends_before=before
            )
        self._pacer.recall(learned)

    def make_record(self) -> SpeedRecord:
        """Return what the next run should know."""
        now, learned = self._timing.wall(), self._pacer.learned()
        at = self._found_at or now
        return SpeedRecord(
            budget=learned.budget,
            is_confirmed=learned.is_confirmed,
            at=at if learned.budget is not None else 0.0,
            count=learned.count,
            ends_after=now + learned.ends_after if learned.count else 0.0,
            ends_before=now + learned.ends_before if learned.count else 0.0,
        )

    @property
    def lanes(self) -> int:
        """How many requests there is a use for at once, now."""
        return self._pacer.count_lanes()

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
                with self._pacer.turn(_LOOK_AND_PATCH) as turn:
                    self._thread.turn = turn
                    self._thread.tries, self._thread.is_patched = tries, False
                    try:
                        return work()
                    finally:
                        self._thread.turn = None
            except _AgainError as again:
                wait = again.wait
            wait()  # after the lane is free again: others can use it meanwhile

    def pause_turn(self, pauses: Sequence[float]) -> None:
        """Repeat the work of this turn after the next pause; return only when none is left."""
        tries = self._thread.tries
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
        is_in_turn = operation is Operation.PATCH and self._thread.turn is not None
        tries = self._thread.tries if is_in_turn else _Tries()
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
            is_hopeless = (
                tries.waited > LONGEST_WAIT
                or tries.trouble > LONGEST_TROUBLE
                # A request that waits for those that ask first is rarely refused itself.
                or (is_window_full(answer) and self._pacer.is_given_up())
            )
            if decision.verb is not Verb.RETRY or is_hopeless:
                self._give_up(operation, decision, answer, tries.attempt)
            if is_in_turn:
                raise _AgainError(partial(self._wait_as_told, decision, answer))
            self._wait_as_told(decision, answer)

    def _check_place(self, tries: _Tries) -> None:
        """Begin the turn anew when a repeated GET used up the place of the PATCH."""
        turn = self._thread.turn
        is_short = turn is not None and not turn.places and not self._thread.is_patched
        self._thread.is_patched = True
        if is_short and tries.crowded < _MOST_CROWDED and self._pacer.must_wait():
            tries.crowded += 1
            raise _AgainError(lambda: None)

    def _send_once(
        self, method: str, path: str, body: Json | None, query: Mapping[str, Any] | None
    ) -> tuple[Json | Failure, float]:
        """Send as soon as the limits allow; return the answer, and the seconds that it took."""
        with self._place() as turn:
            departure = self._pacer.leave(turn)
            answer: Json | Failure = _INTERRUPTED
            try:
                answer = self._sender.send(method, path, body, query)
            finally:
                seconds = self._settle(departure, answer)
        said = f"{answer.fault} {answer.status}" if isinstance(answer, Failure) else "ok"
        _LOG.debug("%s %s: %s", method, path, said)
        return answer, seconds

    def _settle(self, departure: Departure, answer: Json | Failure) -> float:
        """Tell the pacer what an answer says about the limits; return the seconds that it took."""
        if not isinstance(answer, Failure):
            self._align(departure)
            return self._pacer.settle(departure, Answer.ACCEPTED)
        if is_window_full(answer):
            return self._pacer.settle(departure, Answer.REFUSED, answer.retry_after)
        if answer.status == _CONFLICT:
            self._pacer.narrow()
        return self._pacer.settle(departure, Answer.LOST)

    def _align(self, departure: Departure) -> None:
        """Note where the minute of the server's clock begins, as its answer tells to the second."""
        date = self._sender.date
        # Of requests side by side nobody knows which of them the date belongs to.
        if date is not None and self._pacer.is_alone:
            begun = departure.sent - date.second - 1.0
            self._pacer.align((begun, self._timing.clock() - date.second))

    @contextmanager
    def _place(self) -> Iterator[Turn]:
        """Wait for a lane and a place; within a turn both are reserved already."""
        turn = self._thread.turn
        if turn is None:
            with self._pacer.turn() as own:
                yield own
            return
        if (
            not turn.places
        ):  # a third request: one was repeated, or looks up why another was refused
            self._pacer.extend(turn)
        yield turn

    def _wait_as_told(self, decision: Decision, failure: Failure) -> None:
        if decision.is_exact:
            # For all threads: "avoid independent retry loops in each worker" ("Request limits").
            # How long a window lasts the pacer has learned; it tells of the wait as well.
            if not is_window_full(failure) or not failure.retry_after:
                self._pacer.pause(decision.delay)
        else:
            self._tell(f"{self.host} did not answer properly", decision.delay)
            # Jitter: requests that failed together are not repeated together.
            self._timing.sleep(decision.delay * (0.5 + self._timing.chance()))

    def _tell_full(self, seconds: float, budget: int | None) -> None:
        """Report a wait for the limits of the server, or for the ceiling of a person."""
        takes = "no more requests now" if budget is None else f"{budget} requests a minute"
        self._tell(f"{self.host} takes {takes}", seconds)

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
