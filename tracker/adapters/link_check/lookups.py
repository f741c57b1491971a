"""Threads for looking up host names, which can be left behind.

A look-up cannot be cancelled, and a dead resolver keeps it for half a minute; neither the run nor
the interpreter waits for one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class AbandonableThreads(ThreadPoolExecutor):
    """Runs each call in a daemon thread of its own; asyncio insists on this base class."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a call; how many run at once is bounded by those who ask."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def run() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001  told to whoever waits
                future.set_exception(error)

        threading.Thread(target=run, name="host-lookup", daemon=True).start()
        return future
