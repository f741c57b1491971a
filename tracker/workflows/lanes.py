"""Run remote writes side by side: one lane per skill, prerequisites before what needs them.

Only the calling thread sees results, so that files, state and screen have one owner. Knows nothing
of Notion: a lane is any function.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Settled(Generic[Key, Answer]):
    """A lane that ended: with an answer, or with the exception that ended it."""

    key: Key
    answer: Answer | None = None
    error: Exception | None = None


def run_lanes(
    needs: Mapping[Key, Collection[Key]],
    start: Callable[[Key], Callable[[], Answer]],
    *,
    workers: int,
    stop: Callable[[], None] = lambda: None,
) -> Iterator[Settled[Key, Answer]]:
    """Run all lanes, at most `workers` at once, and yield each as it ends.

    `needs` maps a lane to the lanes that end before it starts; names that are no lane do not
    count. `start` is called in the calling thread just before a lane starts, and returns what the
    worker runs. When the caller stops early, or is interrupted, lanes that have not started never
    start, and those under way are waited for after `stop` was called to hurry them.
    """
    order = _prepare(needs)
    ready: deque[Key] = deque()
    running: dict[Future[Answer], Key] = {}
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        while order.is_active():
            ready.extend(order.get_ready())
            while ready and len(running) < workers:
                key = ready.popleft()
                running[pool.submit(start(key))] = key
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                key = running.pop(future)
                order.done(key)
                yield _settle(key, future)
    except BaseException:
        stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare(needs: Mapping[Key, Collection[Key]]) -> TopologicalSorter[Key]:
    order = TopologicalSorter({key: set(before) & needs.keys() for key, before in needs.items()})
    try:
        order.prepare()
    except CycleError:
        # Checked roadmaps have no cycle; should one come, progress beats a deadlock.
        order = TopologicalSorter(dict.fromkeys(needs, ()))
        order.prepare()
    return order


def _settle(key: Key, future: Future[Answer]) -> Settled[Key, Answer]:
    error = future.exception()
    if error is None:
        return Settled(key, answer=future.result())
    if not isinstance(error, Exception):
        raise error
    return Settled(key, error=error)
