"""What a URL, the answer of its server, a redirect or a failure means for a link.

Pure: no network, no clock. Neither roadmaps nor servers are trusted: what is requested is an http(s)
URL of bounded length, and reason phrases are our own; a server's words are never passed on.
"""

from __future__ import annotations

import errno
import math
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

import httpx

from tracker.roadmap.links import LONGEST_URL, Verdict, strip_fragment

E = TypeVar("E", bound=BaseException)

PERMANENT = frozenset({301, 308})
REDIRECTS = PERMANENT | {302, 303, 307}
LIMITED = 429
DEFAULT_WAIT = 2.0
"""Seconds to wait after a 429 that does not say how long."""
MOST_PORTS = 65535

_VERDICTS = {
    Verdict.DEAD: frozenset({404, 410}),
    # 999 is what LinkedIn answers to robots.
    Verdict.DENIED: frozenset({401, 402, 403, 405, 406, 407, 451, 999}),
    Verdict.LIMITED: frozenset({LIMITED}),
}
_NEVER_RESOLVE = (".invalid", ".example", ".test")
_NO_NETWORK = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH})
_STATUSES = frozenset(HTTPStatus)
_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Reply:
    """The head of a server's answer."""

    status: int
    location: str | None = None
    retry_after: float = DEFAULT_WAIT
    sets_cookie: bool = False


@dataclass(frozen=True, slots=True)
class NoReply:
    """Why there was no answer.

    `is_final` means that another method will not help, `may_pass` that the same request may
    succeed a moment later, `maybe_offline` that this machine's own connection may be to blame.
    """

    verdict: Verdict
    detail: str
    is_final: bool = False
    may_pass: bool = False
    maybe_offline: bool = False


_DOES_NOT_CONNECT = NoReply(Verdict.TIMEOUT, "does not connect", is_final=True, maybe_offline=True)
_HANGS_UP = NoReply(Verdict.ERROR, "closes the connection without an answer", may_pass=True)
_NOT_HTTP = NoReply(Verdict.ERROR, "answers something that is not HTTP", may_pass=True)
_UNASKABLE = NoReply(Verdict.INVALID, "cannot be asked", is_final=True)

_FAILURES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], NoReply], ...] = (
    (httpx.ConnectTimeout, _DOES_NOT_CONNECT),
    ((TimeoutError, httpx.TimeoutException), NoReply(Verdict.TIMEOUT, "does not answer")),
    (
        httpx.ProxyError,
        NoReply(
            Verdict.ERROR,
            "is refused by the proxy of this machine",
            is_final=True,
            maybe_offline=True,
        ),
    ),
    ((httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL), _UNASKABLE),
)
"""The first kind that fits decides; for what is in none of them, its causes do."""


class LoopError(ValueError):
    """Redirects lead in a circle, or on and on."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The way from a link through redirects to `here`.

    `lasting` is as far as permanent redirects alone lead: what the link should say from now on.
    """

    start: httpx.URL
    here: httpx.URL
    lasting: httpx.URL
    visited: tuple[str, ...]

    @property
    def is_moved(self) -> bool:
        """Whether the link itself moved for good."""
        return _bare(self.lasting) != _bare(self.start)

    @property
    def is_led_elsewhere(self) -> bool:
        """Whether the redirects end anywhere else than at the link itself."""
        return _bare(self.here) != _bare(self.start)

    def describe_move(self) -> str:
        """Say what a permanent move means: a deep link that ends on a start page may be lost."""
        is_start_page = self.lasting.path == "/" and not self.lasting.query
        if is_start_page and self.start.path != "/":
            return "moved for good, to a start page: what it was about may be gone"
        return "moved for good"


def start_trail(url: str) -> Trail:
    """Begin at a URL as written; raise ValueError when it cannot be requested."""
    target = _parse_target(url)
    return Trail(target, target, target, (_bare(target),))


def extend_trail(trail: Trail, reply: Reply, *, most: int) -> Trail:
    """Follow one redirect.

    Raises LoopError for a page that was seen before, unless a cookie was set that may change its
    answer, and for more than `most` redirects; ValueError for a target that cannot be requested.
    """
    location = (reply.location or "").strip()
    if not location:
        raise ValueError(f"answers {reply.status} but does not say where it leads")
    try:
        target = _parse_target(location, base=trail.here)
    except ValueError as error:
        raise ValueError(f"leads to what {error}") from None
    if _bare(target) in trail.visited and not reply.sets_cookie:
        raise LoopError("redirects in a circle")
    if len(trail.visited) > most:
        raise LoopError(f"redirects more than {most} times")
    # What a temporary redirect leads to is temporary, a permanent move behind it included.
    is_lasting = trail.lasting == trail.here and reply.status in PERMANENT
    return replace(
        trail,
        here=target,
        lasting=target if is_lasting else trail.lasting,
        visited=(*trail.visited, _bare(target)),
    )


def _parse_target(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return the URL to request; a target of a redirect (`base` given) loses its name and password."""
    if len(text) > LONGEST_URL:
        raise ValueError(f"is longer than {LONGEST_URL} characters")
    if not text.isprintable():
        raise ValueError("holds characters that cannot be seen")
    try:
        url = httpx.URL(text) if base is None else base.join(text)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise ValueError("is not a URL") from None
    if url.scheme not in {"http", "https"}:
        raise ValueError("is not an http or https URL")
    if not url.host or "%" in url.host:
        # httpx escapes what cannot stand in a host name, a space for example.
        raise ValueError("names no host")
    if (url.port or 80) > MOST_PORTS:
        raise ValueError(f"names a port above {MOST_PORTS}")
    # Once more, as escapes make it longer, and what is relative is joined to its base.
    if len(str(url)) > LONGEST_URL:
        raise ValueError(f"is longer than {LONGEST_URL} characters")
    if base is None or url.netloc == base.netloc or not url.userinfo:
        return url
    # A foreign server must not make this machine log in somewhere.
    return url.copy_with(username="", password="")


def _bare(url: httpx.URL) -> str:
    return strip_fragment(str(url))


def judge_status(status: int) -> tuple[Verdict, str]:
    """Return the verdict on an answer that is no redirect, and the answer in words."""
    phrase = HTTPStatus(status).phrase if status in _STATUSES else ""
    words = f"answers {status} {phrase}".strip()
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Verdict.OK, words
    for verdict, statuses in _VERDICTS.items():
        if status in statuses:
            return verdict, words
    return Verdict.ERROR, words


def is_passing(status: int) -> bool:
    """Whether a status says that the server is in trouble just now."""
    return HTTPStatus.INTERNAL_SERVER_ERROR <= status < 600  # noqa: PLR2004  the end of the class


def parse_retry_after(text: str | None, now: datetime) -> float:
    """Return the seconds that a Retry-After header asks for; never negative, never NaN."""
    text = (text or "").strip()
    # RFC 9110: seconds, or a date; servers send nonsense, too.
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return math.inf if text.isdigit() else DEFAULT_WAIT
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def explain_failure(error: Exception, host: str, *, is_proxied: bool = False) -> NoReply:
    """Say what an exception of a request means for the link."""
    for kinds, failure in _FAILURES:
        if isinstance(error, kinds):
            return failure
    if isinstance(error, (httpx.ConnectError, OSError)):
        return _explain_connection(error, host, is_proxied=is_proxied)
    if isinstance(error, httpx.RemoteProtocolError) and "without sending" not in str(error):
        return _NOT_HTTP
    return _UNASKABLE if isinstance(error, ValueError) else _HANGS_UP


def _explain_connection(error: Exception, host: str, *, is_proxied: bool) -> NoReply:
    causes = tuple(_walk_causes(error))
    if distrust := _find_cause(causes, ssl.SSLError):
        detail = "has no working encryption"
        if isinstance(distrust, ssl.SSLCertVerificationError):
            reason = distrust.verify_message.split(",")[0].rstrip(".")
            detail = f"has a certificate that is not trusted: {reason[:1].lower()}{reason[1:]}"
        return NoReply(Verdict.TLS, detail, is_final=True)
    # Behind a proxy, all that failed is the connection to the proxy itself.
    if is_proxied:
        return _blame_network("needs the proxy of this machine, which is not there")
    if lookup := _find_cause(causes, socket.gaierror):
        # Without a network some systems say "try again" of every name, others "no such host".
        may_exist = not host.endswith(_NEVER_RESOLVE)
        is_temporary = lookup.errno == socket.EAI_AGAIN and may_exist
        words = "cannot be looked up" if is_temporary else "does not exist"
        return NoReply(
            Verdict.DEAD,
            f"names a host that {words}",
            is_final=True,
            may_pass=is_temporary,
            maybe_offline=may_exist,
        )
    # Of several addresses of a host, one that refuses says more than others that cannot be reached.
    if _find_cause(causes, ConnectionRefusedError):
        return NoReply(Verdict.DEAD, "refuses connections", is_final=True)
    if any(isinstance(cause, OSError) and cause.errno in _NO_NETWORK for cause in causes):
        return _blame_network("lies in a network that cannot be reached")
    return _DOES_NOT_CONNECT if _find_cause(causes, TimeoutError) else _HANGS_UP


def _blame_network(detail: str) -> NoReply:
    return NoReply(Verdict.ERROR, detail, is_final=True, maybe_offline=True)


def _find_cause(causes: tuple[BaseException, ...], kind: type[E]) -> E | None:
    for cause in causes:
        # A connection that ends during the handshake says nothing about certificates.
        if isinstance(cause, kind) and type(cause) is not ssl.SSLEOFError:
            return cause
    return None


def _walk_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all behind it: httpx wraps, and asyncio groups those of several addresses."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions
