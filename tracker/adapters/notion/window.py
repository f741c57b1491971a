"""Decides when a request may leave, and learns from the answers how many a server allows.

Pure: no clock, no thread; it is told of every departure and answer, and asked for the next one.

Notion counts in fixed windows of 60 seconds, allows 180 or 600 requests in one, depending on the plan,
and tells neither ("Request limits", September 2026). A refused request, 429, names in `Retry-After` the
whole seconds until the window ends, rounded either way. So everything is found out by trying, and what
is tried stays few, because a request that is refused was in vain:

    nothing known            a few at once, until more were accepted than every plan allows
    at a likely budget       even fewer beyond it, until one of them is accepted
    beyond that              as many as there are lanes, up to the next likely budget
    refused                  nobody, until the window ends; then a few, and all when one was accepted
    budget known             as many as there are lanes, then nobody until the window ends
    budget not sure          one request asks for more; refused, it settles the budget

Where the windows lie is unknown as well. Two ideas are followed side by side, and both must allow a
request: that a window begins with the first request after the last one, and that it begins with the
minute of the server's clock. The first refusal says when the present one ends. A server that turns out
to count the last 60 seconds gets a place for each request a window after its answer.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace
from enum import Enum

WINDOW = 60.0
"""Seconds of Notion's rate limit window ("Request limits" of its documentation, September 2026)."""
MOST_LANES = 32
DOCUMENTED = (180, 600)
"""Requests that Notion's plans allow in a window ("Request limits", September 2026)."""
LIKELY = (100, 180, 250, 300, 500, 600, 1000)
"""Budgets at which a refusal is likely: those of Notion, and round numbers for other servers."""
CAREFUL = 9
"""Requests under way at first: as many may be refused at once.

The rows of a roadmap wait for their prerequisites: more side by side save little time.
"""
CAREFUL_UNTIL = 110
"""Requests of a window after which neither a small budget nor a window that somebody else used is likely."""
CROSSING = 8
"""Requests under way beyond a likely budget until one of them is accepted."""
MOST_REFUSED = 10
"""Refusals in a run, beyond which no more is tried."""
LONGEST_REFUSAL = 900.0
"""Seconds in which a server takes not one request, after which nobody waits for it any longer."""
SCOUTS = (2, 4)
"""Requests that leave first when a window should be over, and those that leave after them.

The second ones are for a server that counts the last 60 seconds: it has no place for all of them yet.
"""
_MARGIN = 0.02
"""Seconds after the end of a window before the next request leaves."""
MOST_IN_VAIN = 40
"""Refusals after which windows are no longer believed in."""
_WORTH_ASKING = 3.0
"""Seconds of waiting that are worth a request which may be refused."""
_GROWTH = 20
"""Accepted requests beyond all likely budgets for each lane more."""
_REMEMBERED = 4096
"""Answers of the last window that are remembered."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of a server: requests in a window, and whether that was confirmed.

    `count` requests may have fallen into the window that ends between `ends_after` and `ends_before`
    seconds from now; 0 when none is open.
    """

    budget: int | None = None
    is_confirmed: bool = False
    count: int = 0
    ends_after: float = 0.0
    ends_before: float = 0.0


@dataclass(slots=True)
class Departure:
    """A request under way; nobody knew whether the budget allows one that `is_beyond`.

    One that `is_scout` is to find out whether a window is over.
    """

    sent: float
    is_beyond: bool = False
    is_scout: bool = False


Span = tuple[float, float]
"""The earliest and the latest moment at which something happens."""


@dataclass(slots=True)
class _Window:
    """An idea of where the server's windows lie, with counts for the present one.

    It ends within `ends`. `count` requests may fall into it, those under way included, and `late` of
    them into the next one. `sure` were accepted and fall into no other; `proven` is the most that did.
    """

    is_periodic: bool
    ends: Span = (math.inf, math.inf)
    length: float = WINDOW
    count: int = 0
    late: int = 0
    sure: int = 0
    sure_since: float = -math.inf
    proven: int = 0
    opener: Departure | None = None

    def find_likely(self) -> float:
        """Return the next budget that the server may turn out to have."""
        likely = DOCUMENTED if self.is_periodic else LIKELY
        return next((budget for budget in likely if budget >= self.proven), math.inf)

    def find_room(self, beyond: int, under_way: int, refused: int) -> float:
        """Return how many requests may leave; `beyond` of those under way are beyond a likely budget."""
        most, likely = MOST_REFUSED if self.is_periodic else CROSSING, self.find_likely()
        crossing = max(1, min(most, MOST_REFUSED - 1 - refused))
        room = max(0.0, likely - self.count) + max(0, crossing - beyond)
        # One that was beyond may have overtaken others, and then takes nothing back.
        return min(room, likely + crossing - min(self.sure, likely) - under_way)

    def turn_over(self, now: float, under_way: int) -> None:
        """Begin the next window if the present one is certainly over."""
        while now >= self.ends[1]:
            carried = self.late + under_way
            earliest, self.sure_since = self.ends
            self.count, self.late, self.sure, self.opener = carried, 0, 0, None
            if self.is_periodic:
                self.ends = (earliest + self.length, self.ends[1] + self.length)
            else:
                # What is carried over may have begun the next window already.
                self.ends = (earliest + self.length if carried else math.inf, math.inf)

    def open(self, departure: Departure) -> None:
        """Take a request for the one with which the window begins, if none was before."""
        if not self.is_periodic and self.opener is None and self.ends[1] == math.inf:
            self.opener = departure
            self.ends = (min(self.ends[0], departure.sent + self.length), math.inf)

    def settle(self, departure: Departure, now: float, *, is_accepted: bool) -> None:
        """Count an answer; a server does not count what it refused."""
        is_opener = departure is self.opener and self.ends[1] == math.inf
        if not is_accepted:
            self.count -= 1
            if is_opener:
                self.opener, self.ends = None, (math.inf, math.inf)
            return
        if is_opener:
            self.ends = (self.ends[0], now + self.length)
        if now >= self.ends[0]:
            self.late += 1
        elif departure.sent >= self.sure_since:
            self.sure += 1
            self.proven = max(self.proven, self.sure)


@dataclass(slots=True)
class _Pause:
    """A time in which nothing leaves: from `since`, when a request turned out refused, to `until`.

    `found` are the fewest and the most requests accepted in the window before, None where the answer
    did not say when it ends. `is_certain` says that no more can be allowed.
    """

    since: float
    until: float
    found: tuple[int, int] | None = None
    is_certain: bool = False


class Answer(Enum):
    """What became of a request: `LOST` may have been counted by the server, or not."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LOST = "lost"


@dataclass(slots=True)
class Turn:
    """A lane in use, with the places it has left for its next requests."""

    places: int = 0
    is_beyond: bool = False


class WindowRule:
    """Says when requests may leave; `ceiling` is the most that a person allows in any 60 seconds.

    A request needs a lane, which carries one after the other, and a place in the window.
    """

    def __init__(self, ceiling: int | None = None) -> None:
        self.budget: int | None = None
        self.is_confirmed = False
        self.is_sliding = False
        self.refused = 0
        self.lanes_in_use = 0
        self._ceiling = ceiling
        self._windows = [_Window(is_periodic=False)]
        self._answers: deque[tuple[float, float]] = deque(maxlen=max(_REMEMBERED, ceiling or 0))
        self._under_way = 0
        self._beyond = 0
        self._careful = MOST_LANES
        self._pause: _Pause | None = None
        self._is_full = False
        self._to_scout: tuple[int, ...] = ()
        self._is_fixed = False
        self._scouts = 0
        self._scouts_sent = 0
        self._has_reopened = False
        self._has_asked = False
        self._strikes = 0
        self._refused_since = math.inf

    def find_delay(self, now: float, places: int = 1, *, is_new: bool = True) -> float:
        """Return the seconds until so many requests may leave; infinite: until an answer comes.

        `is_new` says that they need a lane of their own.
        """
        if self._pause is not None and now < self._pause.until:
            return self._pause.until - now
        self._advance(now)
        delay = 0.0
        if self._ceiling is not None:
            delay = self._until_free(now, min(places, self._ceiling), self._ceiling)
        if self.budget is None:
            room = self._find_room(is_new=is_new)
            delay = max(delay, 0.0 if room > 0 else math.inf)
        elif self.is_sliding:
            delay = max(delay, self._until_free(now, min(places, self.budget), self.budget))
        else:
            delay = max(delay, self._until_next(now, min(places, self.budget), self.budget))
        is_waiting = bool(self._to_scout) and self._scouts_sent >= self._to_scout[0]
        return math.inf if is_waiting and delay <= 0 else delay

    def count_lanes(self, now: float) -> int:
        """Return how many lanes there is something to do for: those in use, and those that may be.

        While everything waits for the end of a window, all lanes may wait for it.
        """
        if self.budget is not None or self._pause is not None:
            return MOST_LANES
        self._advance(now)
        return self.lanes_in_use + int(min(MOST_LANES, max(0.0, self._find_room(is_new=True))))

    def take(self, places: int, *, is_new: bool = True) -> Turn:
        """Take as many places as `find_delay` allowed, or all that a window has."""
        places = min(places, self.budget or places, self._ceiling or places)
        is_beyond = any(
            window.count + places > (self.budget or window.find_likely())
            for window in self._windows
        )
        turn = Turn(places, is_beyond)
        self._has_asked = self._has_asked or (is_beyond and self.budget is not None)
        self._count(places, is_beyond=turn.is_beyond)
        self.lanes_in_use += is_new
        return turn

    @property
    def used_up(self) -> int | None:
        """The budget that is used up, as far as it is known; None while a server refuses."""
        return None if self._pause is not None else self.budget

    def give_back(self, turn: Turn) -> None:
        """Release the places of a turn that were not used."""
        self._count(-turn.places, is_beyond=turn.is_beyond)
        turn.places = 0

    def leave(self, turn: Turn, now: float) -> Departure:
        """Let a request use one place of a turn."""
        turn.places -= 1
        departure = Departure(now, turn.is_beyond, is_scout=bool(self._to_scout))
        self._scouts += departure.is_scout
        self._scouts_sent += departure.is_scout
        for window in self._windows:
            window.open(departure)
        return departure

    def settle(
        self, departure: Departure, now: float, answer: Answer, retry_after: float | None = None
    ) -> None:
        """Learn from an answer; `retry_after` is what one that was refused names, in seconds."""
        is_refused = answer is Answer.REFUSED
        self._under_way -= 1
        self._beyond -= departure.is_beyond
        self._scouts -= departure.is_scout
        for window in self._windows:
            window.settle(departure, now, is_accepted=not is_refused)
        if is_refused:
            self._refuse(departure, now, retry_after)
            return
        self._remember(departure, now)
        if departure.is_scout and not self._scouts and self._pause is None:
            self._to_scout, self._scouts_sent = self._to_scout[1:], 0
        if answer is Answer.ACCEPTED:
            self._accept(departure)

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing leave for so many seconds; says nothing about windows."""
        if self._pause is None:
            self._pause = _Pause(now, now + seconds)
        self._pause.until = max(self._pause.until, now + seconds)

    def is_given_up(self, now: float) -> bool:
        """Return whether the server has refused every request for so long that waiting is no use."""
        return now - self._refused_since > LONGEST_REFUSAL

    def align(self, now: float, boundary: Span) -> None:
        """Learn when a minute of the server's clock began, or will begin, at some time near now."""
        ahead = math.ceil((now - boundary[1]) / WINDOW) * WINDOW
        ends = (boundary[0] + ahead, boundary[1] + ahead)
        if len(self._windows) == 1 and not self._windows[0].is_periodic:
            self._windows.append(replace(self._windows[0], is_periodic=True, ends=ends))
        elif not self._has_reopened and self._pause is None:
            for window in self._windows:
                if window.is_periodic and _is_overlap(window.ends, ends):
                    window.ends = _narrow(window.ends, ends)

    def recall(self, learned: Learned, now: float) -> None:
        """Begin with what an earlier run learned."""
        self.budget, self.is_confirmed = learned.budget, learned.is_confirmed
        if learned.count:
            (first,) = self._windows
            first.count = learned.count
            first.ends = (now + learned.ends_after, now + learned.ends_before)
            first.sure, first.sure_since = learned.count, now
            if learned.is_confirmed:
                # A refusal told the run before where its windows lie.
                self._windows.append(replace(first, is_periodic=True))
                self._has_reopened = True

    def learned(self, now: float) -> Learned:
        """Return what the next run should know."""
        self._advance(now)
        fullest = max(self._windows, key=lambda window: window.count)
        after, before = fullest.ends
        if not fullest.count or before == math.inf or self.is_sliding:
            return Learned(self.budget, self.is_confirmed)
        return Learned(
            self.budget, self.is_confirmed, fullest.count, max(0.0, after - now), before - now
        )

    def _advance(self, now: float) -> None:
        """Begin the next window where one is over."""
        if self._pause is not None and now >= self._pause.until:
            self._reopen(self._pause)
        for window in self._windows:
            window.turn_over(now, self._under_way)

    def _count(self, places: int, *, is_beyond: bool) -> None:
        self._under_way += places
        self._beyond += places if is_beyond else 0
        for window in self._windows:
            window.count += places

    def _remember(self, departure: Departure, now: float) -> None:
        self._answers.append((departure.sent, now))
        while self._answers[0][1] <= now - WINDOW:
            self._answers.popleft()

    def _find_room(self, *, is_new: bool) -> float:
        """Return how many requests may leave while the budget is not known."""
        room = min(
            window.find_room(self._beyond, self._under_way, self.refused)
            for window in self._windows
        )
        proven = max(window.proven for window in self._windows)
        if not is_new:
            return room
        most = self._careful
        if max(proven, *(window.count for window in self._windows)) < CAREFUL_UNTIL:
            most = min(most, CAREFUL)
        elif proven > LIKELY[-1]:
            most = min(most, CROSSING + (proven - LIKELY[-1]) // _GROWTH)
        return min(room, most - self.lanes_in_use)

    def _until_free(self, now: float, places: int, budget: int) -> float:
        """Return the seconds until each request of the last 60 seconds leaves so many places free."""
        while self._answers and self._answers[0][1] <= now - WINDOW:
            self._answers.popleft()
        missing = self._under_way + len(self._answers) + places - budget
        if missing <= 0:
            return 0.0
        # Places of requests under way are freed one window after an answer that is still to come.
        is_known = missing <= len(self._answers)
        return self._answers[missing - 1][1] + WINDOW - now if is_known else math.inf

    def _until_next(self, now: float, places: int, budget: int) -> float:
        """Return the seconds until a window has room; 0 also for one request that asks for more."""
        full = [window for window in self._windows if window.count + places > budget]
        if not full:
            # Whether the window is over is certain only when a request was accepted.
            if self._is_full:
                self._scout()
            self._is_full = False
            return 0.0
        if self._beyond:
            return math.inf
        delay = max(window.ends[1] for window in full) - now + _MARGIN
        # The ideas of the window differ, or nobody asked yet whether it takes more.
        is_open = not self.is_confirmed or len(full) < len(self._windows)
        may_ask = self.refused < MOST_REFUSED or not self._has_asked
        if is_open and may_ask and delay > _WORTH_ASKING:
            return 0.0
        self._is_full = True
        return delay

    def _scout(self) -> None:
        """Let a few go first, from now on and until all of them are answered."""
        self._to_scout = SCOUTS[:1] if self._is_fixed else SCOUTS
        self._scouts_sent = 0

    def _accept(self, departure: Departure) -> None:
        self._strikes = 0
        self._refused_since = math.inf
        if self.budget is not None and len(self._answers) > self.budget:
            self._is_fixed = True
        self._careful = min(MOST_LANES, self._careful + 1)
        if self._pause is not None and self._pause.found is not None:
            fewest, most = self._pause.found
            self._pause.found = (fewest + 1, most + 1)
        if self.budget is not None and departure.is_beyond and not self.is_sliding:
            self._doubt(self.budget)

    def _doubt(self, budget: int) -> None:
        """Give up what an accepted request proves wrong: an idea of the window, or the budget."""
        fitting = [window for window in self._windows if window.sure <= budget]
        if len(fitting) == len(self._windows):
            return  # perhaps it fell into another window
        if self.is_confirmed and fitting:
            self._windows = fitting
        else:
            self.budget, self.is_confirmed = None, False

    def _refuse(self, departure: Departure, now: float, retry_after: float | None) -> None:
        self.refused += 1
        self._refused_since = min(self._refused_since, now)
        if self._pause is not None and departure.sent <= self._pause.since:
            return  # it left before the first refusal was known
        self._strikes += bool(self._to_scout)
        self._careful = 1
        patience = 2.0 ** min(self._strikes, 5) if self._strikes > 1 else 0.0
        if retry_after is None or retry_after > WINDOW:
            # Not the limit of this connection, or a server that does not say.
            self._pause = _Pause(now, now + (retry_after or 1.0) + patience)
            return
        # Counted when it was sent or when it was answered, and rounded up or down.
        ends = (departure.sent + retry_after - 1.0, now + retry_after + 1.0)
        accepted = max(window.count for window in self._windows) - self._under_way
        if self.refused > MOST_IN_VAIN:
            # Whatever it counts: it accepted as many in the last 60 seconds.
            self.is_sliding, self.budget = True, max(1, len(self._answers))
        self.is_sliding = self._is_sliding_now(accepted)
        if self.is_sliding:
            self._pause = _Pause(now, ends[1] + patience)
            return
        self._pause = self._end_window(departure, now, ends)
        self._pause.until += patience

    def _is_sliding_now(self, accepted: int) -> bool:
        """Return whether a refusal fits the last 60 seconds, and not the window under way."""
        if self.budget is None or not accepted:
            return self.is_sliding
        recent, slack = len(self._answers), min(CROSSING, self.budget // 4)
        is_early = accepted + slack < self.budget
        return self.is_sliding or (is_early and abs(recent - self.budget) <= slack)

    def _end_window(self, departure: Departure, now: float, ends: Span) -> _Pause:
        """Note when the present window ends, and what was accepted in it."""
        fitting = next((it for it in self._windows if _is_overlap(it.ends, ends)), None)
        if fitting is not None:
            ends = _narrow(ends, fitting.ends)
            found = (fitting.sure, fitting.count - self._under_way)
        else:
            self._learn_length(ends)
            found = (
                sum(sent >= ends[1] - WINDOW for sent, _ in self._answers),
                sum(answered > ends[0] - WINDOW for _, answered in self._answers),
            )
        is_own = fitting is self._windows[0] and not fitting.is_periodic
        is_certain = (departure.is_beyond and self.budget is not None) or (
            is_own and found[0] == found[1] and found[0] in DOCUMENTED
        )
        if len(self._windows) == 1 and not self._windows[0].is_periodic:
            self._windows.append(replace(self._windows[0], is_periodic=True, opener=None))
        late = sum(answered >= ends[0] for _, answered in self._answers)
        for window in self._windows:
            window.ends, window.late = ends, late
            window.proven = min(window.proven, found[0])
        return _Pause(now, ends[1] + _MARGIN, found, is_certain)

    def _learn_length(self, ends: Span) -> None:
        """Take a window that this run began for shorter or longer, when it ends otherwise."""
        first = self._windows[0]
        if self._has_reopened and not first.is_periodic and first.ends[0] < math.inf:
            length = max(1.0, ends[1] - (first.ends[0] - first.length))
            for window in self._windows:
                window.length = length

    def _reopen(self, pause: _Pause) -> None:
        """Go on after a pause: with the budget that was found, and with few requests at first."""
        self._pause = None
        if self.is_given_up(pause.until):
            # Who would wait for others to ask first is to learn soon, too, that it is no use.
            self._careful, self._to_scout = MOST_LANES, ()
        else:
            self._scout()
        if pause.found is None:
            return
        fewest, most = pause.found
        likely = next((budget for budget in DOCUMENTED if fewest <= budget <= most), None)
        found = likely or fewest
        # None accepted: somebody else had used up the window.
        if found:
            is_exact = fewest == most or likely is not None
            is_certain = pause.is_certain or self.budget == found
            self.budget, self.is_confirmed = found, is_exact and is_certain
            self._has_reopened, self._has_asked = True, pause.is_certain


def _is_overlap(one: Span, other: Span) -> bool:
    return max(one[0], other[0]) <= min(one[1], other[1])


def _narrow(one: Span, other: Span) -> Span:
    return max(one[0], other[0]), min(one[1], other[1])
