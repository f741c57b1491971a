"""Ask one link: HEAD, then GET where HEAD says little, from redirect to redirect.

Decides what to ask next; what an answer means is decided in `judge`, where redirects lead in
`target`, when a request may start in `hosts`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from tracker.adapters.link_check.hosts import Host, Hosts, Now, Sleep
from tracker.adapters.link_check.judge import LIMITED, Failure, Reply, is_passing, judge_status
from tracker.adapters.link_check.limits import Limits
from tracker.adapters.link_check.target import (
    REDIRECTS,
    LoopError,
    Trail,
    extend_trail,
    start_trail,
)
from tracker.adapters.link_check.wire import Method, Patience, Wire
from tracker.roadmap.links import LinkAnswer, Verdict, hide_userinfo


@dataclass(frozen=True, slots=True)
class Office:
    """What all conversations of a run share; `slots` bounds the requests under way at once."""

    wire: Wire
    hosts: Hosts
    slots: asyncio.Semaphore
    limits: Limits
    sleep: Sleep
    now: Now


class Conversation:
    """Everything that is asked on behalf of one URL, within one deadline."""

    def __init__(self, office: Office, url: str) -> None:
        self._office = office
        self._url = url
        self._left: float | None = None
        self._last = 0.0
        self._spent = 0.0
        self._answering = 0.0
        self._may_repeat = True

    async def ask(self) -> LinkAnswer:
        """Return the verdict on the URL."""
        try:
            trail = start_trail(self._url)
        except ValueError as error:
            return LinkAnswer(self._url, Verdict.INVALID, str(error))
        while True:
            heard = await self._hear(trail.here)
            if isinstance(heard, Failure):
                return self._conclude(
                    trail, heard.verdict, heard.detail, maybe_offline=heard.maybe_offline
                )
            if heard.status not in REDIRECTS:
                return self._judge(trail, heard.status)
            try:
                trail = extend_trail(
                    trail,
                    heard.status,
                    heard.location,
                    most=self._office.limits.redirects,
                    sets_cookie=heard.sets_cookie,
                )
            except LoopError as error:
                return self._conclude(trail, Verdict.LOOP, str(error))
            except ValueError as error:
                return self._conclude(trail, Verdict.INVALID, str(error))

    async def _hear(self, url: httpx.URL) -> Reply | Failure:
        """Ask with HEAD, then with GET if need be, and once more if that may help."""
        host = self._office.hosts.find(url)
        heard = await self._send("HEAD", url, host)
        if _is_vague(heard):
            heard = await self._send("GET", url, host)
        if self._may_repeat and await self._is_worth_repeating(heard, host):
            self._may_repeat = False
            heard = await self._send("GET", url, host)
        self._answering += self._last
        is_silent = isinstance(heard, Failure) and heard.verdict is Verdict.TIMEOUT
        host.note_answer(is_silent=is_silent)
        return heard

    async def _is_worth_repeating(self, heard: Reply | Failure, host: Host) -> bool:
        """Wait as long as it takes until the same request may succeed, if it may at all."""
        if isinstance(heard, Reply) and heard.status == LIMITED:
            return host.hold(heard.retry_after)
        may_pass = heard.may_pass if isinstance(heard, Failure) else is_passing(heard.status)
        if may_pass:
            await self._office.sleep(self._office.limits.pause)
        return may_pass

    async def _send(self, method: Method, url: httpx.URL, host: Host) -> Reply | Failure:
        """Send one request when it is its turn, within what is left of the URL's time."""
        limits = self._office.limits
        async with host.turn(), self._office.slots:
            whole = host.allowance
            left = whole if self._left is None else self._left
            most = whole * limits.head_share if method == "HEAD" else left
            patience = Patience(min(most, left), whole * limits.connect_share)
            begun = self._office.now()
            try:
                return await self._office.wire.fetch_reply(method, url, patience)
            finally:
                self._last = self._office.now() - begun
                self._spent += self._last
                self._left = max(0.0, left - self._last)

    def _judge(self, trail: Trail, status: int) -> LinkAnswer:
        verdict, words = judge_status(status)
        if verdict is not Verdict.OK:
            return self._conclude(trail, verdict, words)
        if trail.is_moved:
            return self._conclude(trail, Verdict.MOVED, _describe_move(trail))
        if self._answering > self._office.limits.slow:
            return self._conclude(trail, Verdict.SLOW, f"answers after {self._answering:.1f} s")
        words = "leads elsewhere for the time being" if trail.is_led_elsewhere else ""
        return self._conclude(trail, Verdict.OK, words)

    def _conclude(
        self, trail: Trail, verdict: Verdict, detail: str, *, maybe_offline: bool = False
    ) -> LinkAnswer:
        target = trail.lasting if verdict is Verdict.MOVED else trail.here
        return LinkAnswer(
            url=self._url,
            verdict=verdict,
            detail=detail,
            final_url=hide_userinfo(str(target)) if trail.is_led_elsewhere else "",
            seconds=round(self._spent, 3),
            maybe_offline=maybe_offline,
        )


def _is_vague(heard: Reply | Failure) -> bool:
    """Whether GET may be answered otherwise than HEAD was."""
    if isinstance(heard, Failure):
        return not heard.is_final
    return heard.status >= HTTPStatus.BAD_REQUEST and heard.status != LIMITED


def _describe_move(trail: Trail) -> str:
    is_start_page = trail.lasting.path == "/" and not trail.lasting.query
    if is_start_page and trail.start.path != "/":
        return "moved for good, to a start page: what it was about may be gone"
    return "moved for good"
