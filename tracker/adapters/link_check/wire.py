"""One request over HTTP: the head of the answer, or why there is none.

Never raises for what a server does, never outlasts its time, never reads a body. Decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import httpx

from tracker.adapters.link_check.judge import Failure, Reply, explain_failure, parse_retry_after

Method = Literal["HEAD", "GET"]

_LOCATION = "tracker.location"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a request may take in all, and that connecting may take of it."""

    answer: float
    connect: float


@dataclass(frozen=True, slots=True)
class Wire:
    """A client made by `make_client`; `is_proxied` tells which URLs this machine asks by a proxy."""

    client: httpx.AsyncClient
    is_proxied: Callable[[httpx.URL], bool]

    async def fetch_reply(
        self, method: Method, url: httpx.URL, patience: Patience
    ) -> Reply | Failure:
        """Send one request; the time runs whatever the server does, drop by drop or not at all."""
        try:
            async with asyncio.timeout(patience.answer):
                return await self._exchange(method, url, patience.connect)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return explain_failure(error, url.host, is_proxied=self.is_proxied(url))

    async def _exchange(self, method: Method, url: httpx.URL, connect: float) -> Reply:
        timeout = httpx.Timeout(None, connect=connect)
        request = self.client.build_request(method, url, timeout=timeout)
        response = await self.client.send(request, stream=True)
        try:
            if method == "HEAD":
                # There is no body; seeing its end lets the connection be used again.
                async for _ in response.aiter_raw():
                    break
        finally:
            await response.aclose()
        return Reply(
            status=response.status_code,
            location=response.extensions.get(_LOCATION),
            retry_after=parse_retry_after(response.headers.get("retry-after"), datetime.now(UTC)),
            sets_cookie="set-cookie" in response.headers,
        )


def make_client(
    user_agent: str, *, at_once: int, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """Make the client of a run: no automatic redirects, and no proxy to this machine itself."""
    return httpx.AsyncClient(
        headers={"User-Agent": user_agent, "Accept": "*/*"},
        follow_redirects=False,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=at_once),
        event_hooks={"response": [_keep_location]},
        transport=transport,
        mounts=dict.fromkeys(("all://127.0.0.1", "all://[::1]", "all://localhost")),
    )


async def _keep_location(response: httpx.Response) -> None:
    """Put the target of a redirect aside: httpx would parse it itself and fail on a hostile one."""
    response.extensions[_LOCATION] = response.headers.pop("location", None)
