"""The reader of links: asks many URLs over HTTP at once, each within its own deadline.

Reads nothing but the heads of answers, writes nothing, remembers nothing from run to run. Decides
what to ask next: HEAD, then GET where HEAD says little, from redirect to redirect. What an answer
means is decided in `judge`, when a request may start in `hosts`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Literal, ParamSpec, TypeVar

import httpx

from tracker import __version__
from tracker.adapters.link_check.hosts import Host, Hosts, Limits, Sleep
from tracker.adapters.link_check.judge import (
    LIMITED,
    REDIRECTS,
    LoopError,
    NoReply,
    Reply,
    Trail,
    explain_failure,
    extend_trail,
    is_passing,
    judge_status,
    parse_retry_after,
    start_trail,
)
from tracker.adapters.proxies import check_proxies, find_proxy, wrong_proxy
from tracker.roadmap.links import LinkAnswer, Verdict, hide_userinfo

P = ParamSpec("P")
T = TypeVar("T")

USER_AGENT = f"tracker/{__version__} (link check)"
_LOCATION = "tracker.location"


class HttpLinks:
    """Asks links; tests inject the transport, and the clock and sleep of the waits in between."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
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
            run = LinkRun(
                client=client,
                # With a transport of its own, a client uses no proxy.
                may_use_proxy=self._transport is None,
                hosts=Hosts(limits, sleep=self._sleep, now=self._now),
                slots=asyncio.Semaphore(limits.at_once),
                limits=limits,
                sleep=self._sleep,
                now=self._now,
            )

            async def ask(url: str) -> None:
                heard(await UrlCheck(run, url).fetch_answer())

            async with asyncio.TaskGroup() as group:
                for url in urls:
                    group.create_task(ask(url))

    def _open_client(self) -> httpx.AsyncClient:
        """Make the client; raise SettingsError where the environment lets none be made."""
        if self._transport is None:
            check_proxies()
        try:
            return httpx.AsyncClient(
                headers={"User-Agent": USER_AGENT, "Accept": "*/*"},
                # Each hop waits for the turn of its own host, and is asked by HEAD and GET as well.
                follow_redirects=False,
                limits=httpx.Limits(
                    max_connections=None, max_keepalive_connections=self._limits.at_once
                ),
                event_hooks={"response": [_keep_location]},
                transport=self._transport,
                # This machine itself is never asked through a proxy.
                mounts=dict.fromkeys(("all://127.0.0.1", "all://[::1]", "all://localhost")),
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            # What is left of the environment that httpx reads when a client is made.
            raise wrong_proxy("NO_PROXY") from None


async def _keep_location(response: httpx.Response) -> None:
    """Put the target of a redirect aside: httpx would parse it itself and fail on a hostile one."""
    response.extensions[_LOCATION] = response.headers.pop("location", None)


@dataclass(frozen=True, slots=True)
class LinkRun:
    """What the checks of all URLs of a run share; `slots` bounds the requests under way at once."""

    client: httpx.AsyncClient
    may_use_proxy: bool
    hosts: Hosts
    slots: asyncio.Semaphore
    limits: Limits
    sleep: Sleep
    now: Callable[[], float]

    async def fetch_reply(
        self, method: Literal["HEAD", "GET"], url: httpx.URL, seconds: float, connect: float
    ) -> Reply | NoReply:
        """Send one request; never raises for what a server does, never takes longer than `seconds`."""
        try:
            # httpx bounds the wait for each byte; a server that drips them would hold it for hours.
            async with asyncio.timeout(seconds):
                return await self._exchange(method, url, connect)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            is_proxied = self.may_use_proxy and find_proxy(str(url)) is not None
            return explain_failure(error, url.host, is_proxied=is_proxied)

    async def _exchange(self, method: str, url: httpx.URL, connect: float) -> Reply:
        timeout = httpx.Timeout(None, connect=connect)
        async with self.client.stream(method, url, timeout=timeout) as response:
            if method == "HEAD":
                # There is no body; seeing its end lets the connection be used again.
                async for _ in response.aiter_raw():
                    break
        return Reply(
            status=response.status_code,
            location=response.extensions.get(_LOCATION),
            retry_after=parse_retry_after(response.headers.get("retry-after"), datetime.now(UTC)),
            sets_cookie="set-cookie" in response.headers,
        )


class UrlCheck:
    """All requests for one URL, within one deadline."""

    def __init__(self, run: LinkRun, url: str) -> None:
        self._run = run
        self._url = url
        self._left: float | None = None
        self._last = 0.0
        self._spent = 0.0
        # Of the requests whose answers counted: a HEAD that GET had to replace makes no link slow.
        self._answering = 0.0
        self._may_repeat = True

    async def fetch_answer(self) -> LinkAnswer:
        """Return the verdict on the URL."""
        try:
            trail = start_trail(self._url)
        except ValueError as error:
            return LinkAnswer(self._url, Verdict.INVALID, str(error))
        while True:
            reply = await self._ask(trail.here)
            if isinstance(reply, NoReply):
                return self._conclude(
                    trail, reply.verdict, reply.detail, maybe_offline=reply.maybe_offline
                )
            if reply.status not in REDIRECTS:
                return self._conclude(trail, *self._judge(trail, reply.status))
            try:
                trail = extend_trail(trail, reply, most=self._run.limits.redirects)
            except LoopError as error:
                return self._conclude(trail, Verdict.LOOP, str(error))
            except ValueError as error:
                return self._conclude(trail, Verdict.INVALID, str(error))

    async def _ask(self, url: httpx.URL) -> Reply | NoReply:
        """Ask with HEAD, then with GET if need be, and once more if that may help."""
        host = self._run.hosts.find(url)
        reply = await self._send("HEAD", url, host)
        if _is_vague(reply):
            reply = await self._send("GET", url, host)
        if self._may_repeat and await self._wait_to_repeat(reply, host):
            self._may_repeat = False
            reply = await self._send("GET", url, host)
        self._answering += self._last
        is_silent = isinstance(reply, NoReply) and reply.verdict is Verdict.TIMEOUT
        host.note_answer(is_silent=is_silent)
        return reply

    async def _wait_to_repeat(self, reply: Reply | NoReply, host: Host) -> bool:
        """Wait as long as it takes until the same request may succeed, if it may at all."""
        if isinstance(reply, Reply) and reply.status == LIMITED:
            return host.hold(reply.retry_after)
        may_pass = reply.may_pass if isinstance(reply, NoReply) else is_passing(reply.status)
        if may_pass:
            await self._run.sleep(self._run.limits.pause)
        return may_pass

    async def _send(
        self, method: Literal["HEAD", "GET"], url: httpx.URL, host: Host
    ) -> Reply | NoReply:
        """Send one request when it is its turn, within what is left of the URL's time."""
        run = self._run
        # The host first: who waits for a crowded host takes no slot from the others.
        async with host.turn(), run.slots:
            whole = host.allowance
            left = whole if self._left is None else self._left
            most = min(whole * run.limits.head_share, left) if method == "HEAD" else left
            begun = run.now()
            try:
                return await run.fetch_reply(method, url, most, whole * run.limits.connect_share)
            finally:
                self._last = run.now() - begun
                self._spent += self._last
                self._left = max(0.0, left - self._last)

    def _judge(self, trail: Trail, status: int) -> tuple[Verdict, str]:
        verdict, words = judge_status(status)
        if verdict is not Verdict.OK:
            return verdict, words
        if trail.is_moved:
            return Verdict.MOVED, trail.describe_move()
        if self._answering > self._run.limits.slow:
            return Verdict.SLOW, f"answers after {self._answering:.1f} s"
        return Verdict.OK, "leads elsewhere for the time being" if trail.is_led_elsewhere else ""

    def _conclude(
        self, trail: Trail, verdict: Verdict, detail: str, *, maybe_offline: bool = False
    ) -> LinkAnswer:
        # Of a link that moved, what should be written; of any other, where it went wrong.
        target = trail.lasting if verdict is Verdict.MOVED else trail.here
        return LinkAnswer(
            url=self._url,
            verdict=verdict,
            detail=detail,
            final_url=hide_userinfo(str(target)) if trail.is_led_elsewhere else "",
            seconds=round(self._spent, 3),
            maybe_offline=maybe_offline,
        )


def _is_vague(reply: Reply | NoReply) -> bool:
    """Whether GET may be answered otherwise than HEAD was."""
    if isinstance(reply, NoReply):
        return not reply.is_final
    return reply.status >= HTTPStatus.BAD_REQUEST and reply.status != LIMITED


class AbandonableThreads(ThreadPoolExecutor):
    """Runs each look-up of a host name in a daemon thread of its own.

    A look-up cannot be cancelled, and a dead resolver keeps it for half a minute; neither the run
    nor the interpreter waits for one. asyncio insists on this base class.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a call; how many run at once is bounded by the slots of the run."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def run() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001  told to whoever waits
                future.set_exception(error)

        threading.Thread(target=run, name="host-lookup", daemon=True).start()
        return future
