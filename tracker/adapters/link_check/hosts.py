"""Politeness towards each host: few requests at once, a small gap between them, waits honoured.

Knows when a request may start, not what it asks. Belongs to one run and one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tracker.adapters.proxies import is_loopback

Sleep = Callable[[float], Awaitable[object]]

MOST_HALVINGS = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a run; seconds throughout.

    `deadline` holds for all requests of one URL together, redirects and retries included; the
    waits between them do not count and are bounded by `pause` (once) and `patience` (a host).
    """

    at_once: int = 32
    per_host: int = 4
    spacing: float = 0.1
    """Between the starts of two requests to one host; this machine itself is exempt."""
    deadline: float = 12.0
    slow: float = 3.0
    pause: float = 1.0
    """Before an answer that may pass (a 5xx, a lost connection) is asked for once more."""
    patience: float = 10.0
    """The most that is waited in all because one host answers 429 with Retry-After."""
    redirects: int = 5
    head_share: float = 0.4
    """Part of the deadline that HEAD may use up, so that GET can be tried after it."""
    connect_share: float = 0.35
    """Part of the deadline after which a host that does not connect is given up."""


class Host:
    """One host and port: whose turn it is, and how long it has been silent."""

    def __init__(
        self, limits: Limits, *, spacing: float, sleep: Sleep, now: Callable[[], float]
    ) -> None:
        self._limits = limits
        self._spacing = spacing
        self._sleep = sleep
        self._now = now
        self._turns = asyncio.Semaphore(limits.per_host)
        self._free_at = 0.0
        self._patience = limits.patience
        self._silences = 0

    @property
    def allowance(self) -> float:
        """Seconds that the next URL may take: less and less while nothing here answers."""
        # All URLs under way at once fall silent together: that is one round.
        rounds = self._silences // self._limits.per_host
        return self._limits.deadline / 2.0 ** min(rounds, MOST_HALVINGS)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until a request may start, and count it while it lasts."""
        async with self._turns:
            now = self._now()
            start = max(now, self._free_at)
            # Before the sleep: the next in the queue must see that this start is taken.
            self._free_at = start + self._spacing
            if start > now:
                await self._sleep(start - now)
            yield

    def hold(self, seconds: float) -> bool:
        """Start nothing for a while; False when that would use up the patience with this host."""
        now = self._now()
        # Only what it adds to the wait counts: links that are limited together wait together.
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

    def __init__(self, limits: Limits, *, sleep: Sleep, now: Callable[[], float]) -> None:
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
