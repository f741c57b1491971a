"""What a server's answer, or its failure to give one, means for a link.

Pure: no network, no clock. Reason phrases are our own; a server's words are never passed on.
"""

from __future__ import annotations

import errno
import math
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

import httpx

from tracker.roadmap.links import Verdict

E = TypeVar("E", bound=BaseException)

LIMITED = 429
DEFAULT_WAIT = 2.0
"""Seconds to wait after a 429 that does not say how long."""

_VERDICTS = {
    Verdict.DEAD: frozenset({404, 410}),
    Verdict.DENIED: frozenset({401, 402, 403, 405, 406, 407, 451, 999}),
    Verdict.LIMITED: frozenset({LIMITED}),
}
_NEVER_RESOLVE = (".invalid", ".example", ".test")
_NO_NETWORK = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH})
_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Reply:
    """The head of a server's answer."""

    status: int
    location: str | None = None
    retry_after: float = DEFAULT_WAIT
    sets_cookie: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there was no answer.

    `is_final` means that another method will not help, `may_pass` that the same request may
    succeed a moment later.
    """

    verdict: Verdict
    detail: str
    is_final: bool = False
    may_pass: bool = False
    maybe_offline: bool = False


_DOES_NOT_CONNECT = Failure(Verdict.TIMEOUT, "does not connect", is_final=True, maybe_offline=True)
_HANGS_UP = Failure(Verdict.ERROR, "closes the connection without an answer", may_pass=True)
_NOT_HTTP = Failure(Verdict.ERROR, "answers something that is not HTTP", may_pass=True)
_UNASKABLE = Failure(Verdict.INVALID, "cannot be asked", is_final=True)

_FAILURES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Failure], ...] = (
    (httpx.ConnectTimeout, _DOES_NOT_CONNECT),
    ((TimeoutError, httpx.TimeoutException), Failure(Verdict.TIMEOUT, "does not answer")),
    (
        httpx.ProxyError,
        Failure(
            Verdict.ERROR,
            "is refused by the proxy of this machine",
            is_final=True,
            maybe_offline=True,
        ),
    ),
    ((httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL), _UNASKABLE),
)
"""The first kind that fits decides; what is in none of them is looked into further."""


def judge_status(status: int) -> tuple[Verdict, str]:
    """Return the verdict on an answer that is no redirect, and the answer in words."""
    words = f"answers {status} {_phrase(status)}".strip()
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
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return math.inf if text.isdigit() else DEFAULT_WAIT
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def explain_failure(error: Exception, host: str, *, is_proxied: bool = False) -> Failure:
    """Say what an exception of a request means for the link."""
    for kinds, failure in _FAILURES:
        if isinstance(error, kinds):
            return failure
    if isinstance(error, (httpx.ConnectError, OSError)):
        return _explain_connection(error, host, is_proxied=is_proxied)
    if isinstance(error, httpx.RemoteProtocolError) and "without sending" not in str(error):
        return _NOT_HTTP
    return _UNASKABLE if isinstance(error, ValueError) else _HANGS_UP


def _explain_connection(error: Exception, host: str, *, is_proxied: bool) -> Failure:
    causes = tuple(_walk_causes(error))
    if distrust := _find_cause(causes, ssl.SSLError):
        return Failure(Verdict.TLS, _explain_tls(distrust), is_final=True)
    if is_proxied:
        return _blame_network("needs the proxy of this machine, which is not there")
    if lookup := _find_cause(causes, socket.gaierror):
        return _explain_lookup(lookup, host)
    if _find_cause(causes, ConnectionRefusedError):
        return Failure(Verdict.DEAD, "refuses connections", is_final=True)
    if any(isinstance(cause, OSError) and cause.errno in _NO_NETWORK for cause in causes):
        return _blame_network("lies in a network that cannot be reached")
    return _DOES_NOT_CONNECT if _find_cause(causes, TimeoutError) else _HANGS_UP


def _find_cause(causes: tuple[BaseException, ...], kind: type[E]) -> E | None:
    # A connection that ends during the handshake says nothing about certificates.
    return next(
        (each for each in causes if isinstance(each, kind) and type(each) is not ssl.SSLEOFError),
        None,
    )


def _explain_lookup(error: socket.gaierror, host: str) -> Failure:
    # Without a network some systems say "try again" of every name, others "no such host".
    may_exist = not host.endswith(_NEVER_RESOLVE)
    is_temporary = error.errno == socket.EAI_AGAIN and may_exist
    return Failure(
        Verdict.DEAD,
        "names a host that cannot be looked up"
        if is_temporary
        else "names a host that does not exist",
        is_final=True,
        may_pass=is_temporary,
        maybe_offline=may_exist,
    )


def _blame_network(detail: str) -> Failure:
    return Failure(Verdict.ERROR, detail, is_final=True, maybe_offline=True)


def _explain_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message.split(",")[0].rstrip(".")
        return f"has a certificate that is not trusted: {reason[:1].lower()}{reason[1:]}"
    return "has no working encryption"


def _walk_causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
