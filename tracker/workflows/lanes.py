"""Lanes: the remote actions of a plan, and how they run side by side, prerequisites first.

A lane is the work on one row. Only the calling thread sees the results of lanes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from typing import Generic, TypeVar

from tracker.roadmap.model import SkillId
from tracker.sync.model import Create, Delete, Plan, Side, Update
from tracker.sync.records import Field

Write = Create | Update | Delete
Lane = tuple[SkillId, str]
"""A skill, and the name of the kind of action that is to be done to its row."""

MOST_WORKERS = 32
"""Rows that are written at once, at most."""


def make_steps(count: int) -> dict[Lane, list[Lane]]:
    """Return lanes that are no skill's, and of which each waits for the one before."""
    lanes = [(SkillId(""), f"step {number}") for number in range(count)]
    return {lane: lanes[max(0, place - 1) : place] for place, lane in enumerate(lanes)}


def list_lanes(plan: Plan) -> tuple[dict[Lane, Write], dict[Lane, list[Lane]]]:
    """Return the remote actions of a plan by lane, and the lanes that each one waits for."""
    actions = {
        (action.skill_id, type(action).__name__): action
        for action in plan.writes
        if action.side is Side.REMOTE
    }
    # A relation can name a row only once that row exists: created, or taken out of the trash.
    makers = {
        action.skill_id: lane
        for lane, action in actions.items()
        if isinstance(action, Create) or (isinstance(action, Update) and action.restore)
    }
    needs = {
        lane: [makers[SkillId(need)] for need in find_prerequisites(action) if need in makers]
        for lane, action in actions.items()
    }
    return actions, needs


def find_prerequisites(action: Write) -> frozenset[str]:
    """Return the skills that an action makes a row point to."""
    if isinstance(action, Create):
        return action.record.requires
    if isinstance(action, Update):
        after = [change.after for change in action.changes if change.field is Field.REQUIRES]
        return frozenset().union(*(ids for ids in after if isinstance(ids, frozenset)))
    return frozenset()


Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class LaneResult(Generic[Key, Answer]):
    """A lane that ended: with an answer, or with the exception that ended it."""

    key: Key
    answer: Answer | None = None
    error: Exception | None = None


def run_lanes(
    needs: Mapping[Key, Collection[Key]],
    start: Callable[[Key], Callable[[], Answer]],
    *,
    workers: Callable[[], int],
    stop: Callable[[], None] = lambda: None,
) -> Iterator[LaneResult[Key, Answer]]:
    """Run all lanes, at most `workers()` at once, and yield each as it ends.

    `needs` maps a lane to the lanes that end before it starts; keys that are no lane are ignored. Of
    the lanes that may start, the one with the longest chain of lanes behind it comes first. `start` is
    called in the calling thread just before a lane starts, and returns what the worker runs. When the
    caller stops early or is interrupted, lanes that have not started never start, and `stop` is called
    to hurry those under way before they are waited for.
    """
    queue = LaneQueue(needs)
    running: dict[Future[Answer], Key] = {}
    pool = ThreadPoolExecutor(max_workers=MOST_WORKERS)
    try:
        while queue.is_active:
            most = max(1, min(workers(), MOST_WORKERS))
            while len(running) < most and (key := queue.pop()) is not None:
                running[pool.submit(start(key))] = key
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                key = running.pop(future)
                queue.done(key)
                yield _make_result(key, future)
    except BaseException:
        stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _make_result(key: Key, future: Future[Answer]) -> LaneResult[Key, Answer]:
    error = future.exception()
    if error is None:
        return LaneResult(key, answer=future.result())
    if not isinstance(error, Exception):  # an interruption of the worker is one of the run
        raise error
    return LaneResult(key, error=error)


class LaneQueue(Generic[Key]):
    """Lanes that may start, longest chain of waiting lanes first, then in the order given."""

    def __init__(self, needs: Mapping[Key, Collection[Key]]) -> None:
        known = {key: set(before) & needs.keys() for key, before in needs.items()}
        try:
            order = list(TopologicalSorter(known).static_order())
        except CycleError:
            # Checked roadmaps have no cycle; should there be one, unordered lanes beat a deadlock.
            known = {key: set() for key in needs}
            order = list(needs)
        chain = dict.fromkeys(needs, 1)
        for key in reversed(order):
            for before in known[key]:
                chain[before] = max(chain[before], chain[key] + 1)
        self._rank = {key: (-chain[key], place) for place, key in enumerate(needs)}
        self._ready: list[tuple[tuple[int, int], Key]] = []
        self._order = TopologicalSorter(known)
        self._order.prepare()

    @property
    def is_active(self) -> bool:
        """Whether a lane has not ended yet."""
        return self._order.is_active()

    def pop(self) -> Key | None:
        """Return the next lane to start; None when all others wait for lanes under way."""
        for key in self._order.get_ready():
            heappush(self._ready, (self._rank[key], key))
        return heappop(self._ready)[1] if self._ready else None

    def done(self, key: Key) -> None:
        """Note that a lane ended."""
        self._order.done(key)
