"""The reader of links: requests many URLs over HTTP at once, each within its own deadline.

Reads nothing but the heads of answers, writes nothing, remembers nothing from run to run. What an
answer means is decided in `judge`. From the whole to the parts:

    HttpLinks    the port: all URLs of a run
    UrlCheck     one URL: HEAD, then GET where HEAD says little, from redirect to redirect
    LinkRun      one request, and what all checks of a run share
    Host         when a request may start: few at once, a small gap between them, waits honoured
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Literal, ParamSpec, TypeVar

import httpx

from tracker import __version__
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
from tracker.adapters.proxies import check_proxies, find_proxy, is_loopback, wrong_proxy
from tracker.roadmap.links import LinkAnswer, Verdict, hide_userinfo

P = ParamSpec("P")
T = TypeVar("T")

USER_AGENT = f"tracker/{__version__} (link check)"
MOST_HALVINGS = 2
_LOCATION = "tracker.location"

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class LinkLimits:
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
    """Before a request that may succeed now (after a 5xx, a lost connection) is sent once more."""
    patience: float = 10.0
    """The most that is waited in all because one host answers 429 with Retry-After."""
    redirects: int = 5
    head_share: float = 0.4
    """Part of the deadline that HEAD may use up, so that GET can be tried after it."""
    connect_share: float = 0.35
    """Part of the deadline after which a host that does not connect is given up."""


class HttpLinks:
    """Requests links; tests inject the transport, and the clock and sleep of the waits in between."""

    def __init__(
        self,
        limits: LinkLimits | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits or LinkLimits()
        self._transport = transport
        self._sleep = sleep
        self._now = now

    def fetch_answers(self, urls: Sequence[str], heard: Callable[[LinkAnswer], None]) -> None:
        """Request every URL once, and call `heard` in this thread with each answer as it comes."""
        if urls:
            asyncio.run(self._fetch_all(tuple(dict.fromkeys(urls)), heard))

    async def _fetch_all(self, urls: Sequence[str], heard: Callable[[LinkAnswer], None]) -> None:
        asyncio.get_running_loop().set_default_executor(AbandonableThreads())
        async with self._open_client() as client:
            # With a transport of its own, a client uses no proxy.
            may_use_proxy = self._transport is None
            run = LinkRun(
                client, self._limits, may_use_proxy=may_use_proxy, sleep=self._sleep, now=self._now
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
                # Each hop waits for the turn of its own host, and takes HEAD and GET as well.
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
        """Send HEAD, then GET where HEAD says little, and GET once more where that may help."""
        host = self._run.find_host(url)
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
        # The host first: a URL that waits for a crowded host takes no slot from the others.
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


class LinkRun:
    """Sends the requests of a run, and holds what the checks of all its URLs share."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        limits: LinkLimits,
        *,
        may_use_proxy: bool,
        sleep: Sleep,
        now: Callable[[], float],
    ) -> None:
        self.limits = limits
        self.sleep = sleep
        self.now = now
        self.slots = asyncio.Semaphore(limits.at_once)
        self._client = client
        self._may_use_proxy = may_use_proxy
        self._hosts: dict[tuple[str, int | None], Host] = {}

    def find_host(self, url: httpx.URL) -> Host:
        """Return the host of a URL: pages of one server share its turns."""
        key = (url.host, url.port)
        if key not in self._hosts:
            spacing = 0.0 if is_loopback(url.host) else self.limits.spacing
            self._hosts[key] = Host(self.limits, spacing=spacing, sleep=self.sleep, now=self.now)
        return self._hosts[key]

    async def fetch_reply(
        self, method: Literal["HEAD", "GET"], url: httpx.URL, seconds: float, connect: float
    ) -> Reply | NoReply:
        """Send one request; never raises for what a server does, never takes longer than `seconds`."""
        try:
            # httpx bounds the wait for each byte; a server that drips them would hold it for hours.
            async with asyncio.timeout(seconds):
                return await self._exchange(method, url, connect)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            is_proxied = self._may_use_proxy and find_proxy(str(url)) is not None
            return explain_failure(error, url.host, is_proxied=is_proxied)

    async def _exchange(self, method: str, url: httpx.URL, connect: float) -> Reply:
        timeout = httpx.Timeout(None, connect=connect)
        async with self._client.stream(method, url, timeout=timeout) as response:
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


class Host:
    """One host and port: whose turn it is, and how long it has been silent."""

    def __init__(
        self, limits: LinkLimits, *, spacing: float, sleep: Sleep, now: Callable[[], float]
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


class AbandonableThreads(ThreadPoolExecutor):
    """Runs each look-up of a host name in a daemon thread of its own.

    A look-up cannot be cancelled, and a dead resolver keeps it for half a minute; neither the run
    nor the interpreter waits for one. asyncio insists on this base class.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a call; the slots of the run bound how many there are at once."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def run() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001  told to whoever waits
                future.set_exception(error)

        threading.Thread(target=run, name="host-lookup", daemon=True).start()
        return future
