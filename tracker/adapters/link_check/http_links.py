"""The reader of links: asks many URLs over HTTP at once, each within its own deadline.

Reads nothing but the heads of answers, writes nothing, remembers nothing from run to run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from urllib.request import getproxies, proxy_bypass

import httpx

from tracker import __version__
from tracker.adapters.link_check.conversation import Conversation, Office
from tracker.adapters.link_check.hosts import Hosts, Now, Sleep
from tracker.adapters.link_check.limits import Limits
from tracker.adapters.link_check.lookups import AbandonableThreads
from tracker.adapters.link_check.wire import Wire, make_client
from tracker.adapters.proxies import check_proxies, is_loopback, wrong_proxy
from tracker.roadmap.links import LinkAnswer

USER_AGENT = f"tracker/{__version__} (link check)"


class HttpLinks:
    """Asks links; tests inject the transport, and the clock and sleep of the waits in between."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
        now: Now = time.monotonic,
    ) -> None:
        self._limits = limits or Limits()
        self._transport = transport
        self._sleep = sleep
        self._now = now

    def fetch_answers(self, urls: Sequence[str], heard: Callable[[LinkAnswer], None]) -> None:
        """Ask every URL once and tell each answer as it comes, in this thread."""
        if urls:
            asyncio.run(self._fetch_all(tuple(dict.fromkeys(urls)), heard))

    async def _fetch_all(self, urls: Sequence[str], heard: Callable[[LinkAnswer], None]) -> None:
        asyncio.get_running_loop().set_default_executor(AbandonableThreads())
        limits = self._limits
        async with self._open_client() as client:
            office = Office(
                wire=Wire(client, self._find_proxied()),
                hosts=Hosts(limits, sleep=self._sleep, now=self._now),
                slots=asyncio.Semaphore(limits.at_once),
                limits=limits,
                sleep=self._sleep,
                now=self._now,
            )

            async def ask(url: str) -> None:
                heard(await Conversation(office, url).ask())

            async with asyncio.TaskGroup() as group:
                for url in urls:
                    group.create_task(ask(url))

    def _open_client(self) -> httpx.AsyncClient:
        """Make the client; raise SettingsError where the environment lets none be made."""
        if self._transport is None:
            check_proxies()
        try:
            return make_client(USER_AGENT, at_once=self._limits.at_once, transport=self._transport)
        except (ImportError, ValueError, httpx.InvalidURL):
            # What is left of the environment that httpx reads when a client is made.
            raise wrong_proxy("NO_PROXY") from None

    def _find_proxied(self) -> Callable[[httpx.URL], bool]:
        """Return what tells whether the environment sends a URL through a proxy."""
        proxies = getproxies() if self._transport is None else {}

        def is_proxied(url: httpx.URL) -> bool:
            if not (proxies.get(url.scheme) or proxies.get("all")) or is_loopback(url.host):
                return False
            return not proxy_bypass(url.host)

        return is_proxied
