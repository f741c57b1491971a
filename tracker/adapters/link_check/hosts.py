"""Politeness towards each host: few requests at once, a small gap between them, waits honoured.

Knows when a request may start, not what it asks. Belongs to one run and one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

from tracker.adapters.link_check.limits import Limits
from tracker.adapters.proxies import is_loopback

Sleep = Callable[[float], Awaitable[object]]
Now = Callable[[], float]

MOST_HALVINGS = 2


class Host:
    """One host and port: whose turn it is, and how long it has been silent."""

    def __init__(self, limits: Limits, *, spacing: float, sleep: Sleep, now: Now) -> None:
        self._limits = limits
        self._spacing = spacing
        self._sleep = sleep
        self._now = now
        self._gate = asyncio.Semaphore(limits.per_host)
        self._free_at = 0.0
        self._patience = limits.patience
        self._silences = 0

    @property
    def allowance(self) -> float:
        """Seconds that the next URL may take: less and less while nothing here answers."""
        rounds = self._silences // self._limits.per_host
        return self._limits.deadline / 2.0 ** min(rounds, MOST_HALVINGS)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until a request may start, and count it while it lasts."""
        async with self._gate:
            now = self._now()
            start = max(now, self._free_at)
            self._free_at = start + self._spacing
            if start > now:
                await self._sleep(start - now)
            yield

    def hold(self, seconds: float) -> bool:
        """Start nothing for a while; False when that would use up the patience with this host."""
        now = self._now()
        longer = max(0.0, now + seconds - max(now, self._free_at))
        if longer > self._patience:
            return False
        self._patience -= longer
        self._free_at = max(self._free_at, now + seconds)
        return True

    def note_answer(self, *, is_silent: bool) -> None:
        """Remember whether the last URL was answered at all."""
        self._silences = self._silences + 1 if is_silent else 0


class Hosts:
    """All hosts of a run."""

    def __init__(self, limits: Limits, *, sleep: Sleep, now: Now) -> None:
        self._limits = limits
        self._sleep = sleep
        self._now = now
        self._hosts: dict[tuple[str, int | None], Host] = {}

    def find(self, url: httpx.URL) -> Host:
        """Return the host of a URL."""
        key = (url.host, url.port)
        if key not in self._hosts:
            spacing = 0.0 if is_loopback(url.host) else self._limits.spacing
            self._hosts[key] = Host(self._limits, spacing=spacing, sleep=self._sleep, now=self._now)
        return self._hosts[key]
