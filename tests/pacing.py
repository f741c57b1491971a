"""Simulates a run of many lanes against a server that counts: no thread, no wait, the same every time.

Events are moments of a clock that jumps: a request leaves, arrives, is answered. What is simulated is
the rule that decides when requests leave (`adapters.notion.window`) and the order of the rows
(`workflows.lanes`); the rest is a model of threads and network. The ideal schedule is the same run
with a rule that knows the server, and with as many lanes as suit it best.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tracker.adapters.notion.window import MOST_LANES, Answer, Departure, Turn, WindowRule
from tracker.workflows.lanes import LaneQueue

START = 1000.0
"""When runs begin by the simulated clock."""
WINDOW = 60.0


@dataclass(slots=True)
class Server:
    """Takes `budget` requests in a window, and refuses the others.

    A window begins with the first request after the last one, or is `aligned` to a `phase` of the
    clock; or the last 60 seconds count, `sliding`. `rounding` is that of Retry-After. `used` requests of
    somebody else arrived at a moment before the run.
    """

    budget: int
    kind: str = "opened"
    rounding: Callable[[float], int] = math.ceil
    phase: float = 0.0
    window: float = WINDOW
    used: tuple[int, float] = (0, START)
    refused: int = 0
    accepted: int = 0
    begun: float = -math.inf
    times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Count what somebody else used."""
        count, at = self.used
        self.times = [at] * min(count, self.budget)
        self.begun = self._align(at) if self.kind == "aligned" else at
        self.begun = self.begun if count else -math.inf

    def receive(self, now: float) -> int | None:
        """Take a request, or return the seconds that its refusal names."""
        self._drop_old(now)
        if len(self.times) < self.budget:
            self.times.append(now)
            self.accepted += 1
            return None
        self.refused += 1
        oldest = self.times[0] if self.kind == "sliding" else self.begun
        return self.rounding(oldest + self.window - now)

    def _drop_old(self, now: float) -> None:
        if self.kind == "sliding":
            self.times = [time for time in self.times if time > now - self.window]
        elif self.kind == "aligned" and self._align(now) != self.begun:
            self.begun, self.times = self._align(now), []
        elif self.kind == "opened" and now >= self.begun + self.window:
            self.begun, self.times = now, []

    def _align(self, now: float) -> float:
        return math.floor((now - self.phase) / self.window) * self.window + self.phase


@dataclass(frozen=True, slots=True)
class Wire:
    """How requests travel: an answer takes `latency`, give or take a share of `jitter`.

    A request arrives after a share of that time; a refusal takes `refusal`. With `is_dated` answers tell
    the server's time.
    """

    latency: float = 0.9
    jitter: float = 0.0
    arrives: float = 0.5
    refusal: float | None = None
    is_dated: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Push:
    """What a push sends: requests one after the other, then rows as they need each other, then more."""

    needs: Mapping[str, frozenset[str]]
    before: int = 6
    after: int = 3


VIEWS = 11
"""Requests for the views of a new database."""
LAYERS = (5, 12, 15, 15, 19, 20, 20, 19, 16, 17, 30, 15, 16, 16, 4, 12, 12, 5, 7)
"""Rows of the bundled `ds-path` by the length of the chain of prerequisites before them."""


def make_chain(name: str, count: int) -> dict[str, frozenset[str]]:
    """Make work of which each piece needs the one before."""
    return {
        f"{name}-{place}": frozenset({f"{name}-{place - 1}"} if place else ())
        for place in range(count)
    }


def make_push(layers: Sequence[int] = LAYERS) -> Push:
    """Make a push of as many rows as there are in the layers; each needs one of the layer before.

    The views of the database are made beside them.
    """
    needs = make_chain("view", VIEWS)
    for depth, size in enumerate(layers):
        for place in range(size):
            above = f"{depth - 1}-{place % layers[depth - 1]}"
            needs[f"{depth}-{place}"] = frozenset({above} if depth else ())
    return Push(needs)


class Simulation:
    """One run; afterwards `seconds` is its length on the wire."""

    def __init__(self, rule: WindowRule, server: Server, wire: Wire, lanes: int) -> None:
        self.rule = rule
        self.server = server
        self._wire = wire
        self._lanes = lanes
        self._random = random.Random(wire.seed)
        self._now = START
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._waiting: list[Callable[[], None]] = []
        self._wake_at = math.inf
        self._answered = START

    def run(self, push: Push) -> float:
        """Run a whole push; return its seconds on the wire."""
        queue = LaneQueue(push.needs)
        running = set()

        def begin(left: int) -> None:
            if left:
                self._send(lambda: begin(left - 1))
            else:
                fill()

        def fill() -> None:
            most = max(1, min(self._lanes, self.rule.count_lanes(self._now)))
            while len(running) < most and (key := queue.pop()) is not None:
                running.add(key)
                self._send(lambda key=key: settle(key))
            if not queue.is_active:
                end(push.after)

        def settle(key: str) -> None:
            running.discard(key)
            queue.done(key)
            fill()

        def end(left: int) -> None:
            if left:
                self._send(lambda: end(left - 1))

        begin(push.before)
        while self._events:
            self._now, _, event = heapq.heappop(self._events)
            event()
        assert not queue.is_active
        assert not self._waiting
        return self._answered - START

    def _at(self, moment: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._number), event))

    def _send(self, done: Callable[[], None]) -> None:
        self._waiting.append(done)
        self._let_go()

    def _let_go(self) -> None:
        """Let everything leave that may, and look again when the rule says so."""
        if self._now >= self._wake_at:
            self._wake_at = math.inf
        while self._waiting and self.rule.lanes_in_use < self._lanes:
            delay = self.rule.find_delay(self._now)
            if delay > 0:
                moment = self._now + max(delay, 1e-6)
                if moment < self._wake_at:  # never, where the answer of another is waited for
                    self._wake_at = moment
                    self._at(moment, self._let_go)
                return
            self._leave(self._waiting.pop(0))

    def _leave(self, done: Callable[[], None]) -> None:
        wire, sent = self._wire, self._now
        departure = self.rule.leave(self.rule.take(1), sent)
        latency = wire.latency * (1 + wire.jitter * (2 * self._random.random() - 1))

        def arrive() -> None:
            before = self.server.refused
            retry_after = self.server.receive(self._now)
            is_refused = self.server.refused > before
            took = latency if wire.refusal is None or not is_refused else wire.refusal
            answer = Answer.REFUSED if is_refused else Answer.ACCEPTED
            told = (departure, answer, retry_after, done)
            self._at(max(self._now, sent + took), lambda: self._answer(*told))

        self._at(sent + latency * wire.arrives, arrive)

    def _answer(
        self,
        departure: Departure,
        answer: Answer,
        retry_after: float | None,
        done: Callable[[], None],
    ) -> None:
        self._answered = self._now
        self.rule.settle(departure, self._now, answer, retry_after)
        if self._wire.is_dated and self.rule.lanes_in_use == 1:
            second = math.floor((self._now - self.server.phase) % WINDOW)
            self.rule.align(self._now, (departure.sent - second - 1.0, self._now - second))
        self.rule.lanes_in_use -= 1
        if answer is Answer.REFUSED:
            self._waiting.append(done)
        else:
            done()
        self._let_go()


class Oracle(WindowRule):
    """Knows the budget, where windows begin, and how many requests there are.

    Until the last window it uses as few lanes as it is told: the rows that others wait for are made
    first then, and nothing is lost, because it has to wait for the next window anyhow.
    """

    def __init__(self, budget: int, requests: int, lanes: int) -> None:
        super().__init__()
        self._all = self._left = budget
        self._requests = requests
        self._few = lanes
        self._ends = -math.inf

    def find_delay(self, now: float, places: int = 1, *, is_new: bool = True) -> float:
        """Return the seconds until the window has a place, infinite while lanes are missing."""
        if self.lanes_in_use >= self.count_lanes(now):
            return math.inf
        return 0.0 if self._left or now >= self._ends else self._ends - now

    def count_lanes(self, now: float) -> int:
        """Return all lanes in the last window."""
        left = self._all if now >= self._ends else self._left
        return MOST_LANES if self._requests <= left else self._few

    def take(self, places: int, *, is_new: bool = True) -> Turn:
        """Take a lane."""
        self.lanes_in_use += 1
        return Turn(places)

    def leave(self, turn: Turn, now: float) -> Departure:
        """Use a place of the window."""
        if now >= self._ends:
            self._left, self._ends = self._all, now + WINDOW
        self._left -= 1
        self._requests -= 1
        return Departure(now)

    def settle(self, *_: object) -> None:
        """Learn nothing."""


def find_ideal(push: Push, budget: int, latency: float = 0.9) -> float:
    """Return the seconds of the best list schedule with up to 32 lanes."""
    requests = push.before + len(push.needs) + push.after
    return min(
        Simulation(
            Oracle(budget, requests, lanes), Server(budget), Wire(latency, arrives=0.0), MOST_LANES
        ).run(push)
        for lanes in range(1, MOST_LANES + 1)
    )
