"""One HTTP exchange with a Notion-like server, through notion-client on an httpx client.

Imported late: httpx and notion-client are slow to load. Never retries, and never raises for what
the network or the server does: that is returned as a `Failure` whose texts hold no token.

httpx restarts its timeouts with every byte and every interim answer, and unpacks a chunk in one
piece, however much comes out of it. A server that drips its answer would be waited for without an
end, and a few packed kilobytes could fill the memory. Here a request has one allowance for all it
does, connecting and reading included.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import local
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx
from notion_client import Client
from notion_client.errors import HTTPResponseError, NotionClientErrorBase, RequestTimeoutError

from tracker.adapters.notion.ids import Json, get_object, normal_id
from tracker.adapters.notion.retry import Failure, Fault
from tracker.adapters.proxies import Proxy, check_host, find_proxy, is_loopback
from tracker.errors import Problem, SettingsError

VERSION = "2026-03-11"
"""The newest version ("Upgrade guide 2026-03-11"): `in_trash` no longer has a twin `archived`."""
TIMEOUT = 70.0
"""Seconds; above the 60 after which Notion itself gives up, or what it saved would look lost."""
CONNECT_TIMEOUT = 10.0
_LONGEST_MESSAGE = 400
_REASON = re.compile(r"public_api_\w+")
"""Why a request was refused; "Request limits" names the words, but not the field that has them."""
_BEARER = re.compile(r"(?i)bearer\s+\S+")
_FAILURES = (NotionClientErrorBase, httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError)
"""What a request can end with; the last two come from JSON that cannot be parsed."""
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_GARBLED = Failure(Fault.GARBLED, message="an answer that is no object of the Notion API")
_ASTRAY = Failure(Fault.ASTRAY, message="an answer about another object than the one asked for")

_KINDS: Mapping[str, str] = {
    "users": "user",
    "pages": "page",
    "databases": "database",
    "data_sources": "data_source",
    "blocks": "block",
    "views": "view",
    "comments": "comment",
}
"""What `object` says in the answers of an address, by the first part of its path."""
_LISTED = frozenset({"search", "views", "comments", "users"})
"""Addresses without an id that may answer with a list."""
_LISTS = frozenset({"query", "children", "properties"})
"""Parts of an address below an object's own that answer with a list."""


class Exchange:
    """Sends requests with the token in their header; thread-safe."""

    def __init__(
        self, base_url: str, token: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.date: datetime | None = None
        inner = httpx.Client(
            transport=transport or NetworkTransport(find_proxy(base_url)),
            event_hooks={"response": [bound_answer, self._note_date]},
            trust_env=False,
        )
        self._token = token
        # A logger outside of all hierarchies: notion-client logs the token, the gateway does not.
        silent = logging.Logger("tracker.notion-client")  # noqa: LOG001
        silent.disabled = True
        self._client = Client(
            auth=token,
            base_url=base_url,
            client=inner,
            logger=silent,
            notion_version=VERSION,
            retry=False,
            timeout_ms=int(TIMEOUT * 1000),
        )
        # Set afterwards: notion-client replaces timeouts and headers of the client it is given.
        inner.headers["Accept-Encoding"] = ENCODINGS
        inner.timeout = httpx.Timeout(TIMEOUT, connect=CONNECT_TIMEOUT)

    def send(
        self, method: str, path: str, body: Json | None, query: Mapping[str, Any] | None
    ) -> Json | Failure:
        """Send one request; return the object answered, or why there is none."""
        sent_query = dict(query) if query else None
        try:
            answer = self._client.request(path=path, method=method, body=body, query=sent_query)
        except _FAILURES as error:
            return self._decode_error(error)
        if not is_answer(path, answer):
            return _GARBLED
        return _ASTRAY if is_astray(path, answer) else answer

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _note_date(self, answer: httpx.Response) -> None:
        """Remember the server's time as of the last answer that had one."""
        # A server behind another one may send the header twice; joined, they are no date.
        self.date = parse_http_date(next(iter(answer.headers.get_list("Date")), "")) or self.date

    def _decode_error(self, error: Exception) -> Failure:
        if isinstance(error, HTTPResponseError):
            return self._decode_refusal(error)
        is_late = isinstance(error, RequestTimeoutError)
        # notion-client hides which timeout it was; the exception it replaced still tells.
        cause = error.__context__ if is_late else error
        message = "no answer in time" if is_late else str(error) or type(error).__name__
        if isinstance(cause, _UNSENT):
            return Failure(Fault.UNSENT, message=self._redact(message))
        if isinstance(cause, httpx.HTTPError):
            return Failure(Fault.LOST, message=self._redact(message))
        if isinstance(error, NotionClientErrorBase | httpx.InvalidURL):
            return Failure(Fault.ANSWERED, 400, "invalid_path", self._redact(message))
        return _GARBLED

    def _decode_refusal(self, error: HTTPResponseError) -> Failure:
        try:
            parsed = json.loads(error.body)
        except ValueError:  # HTML of a proxy or of Notion's edge: no JSON at all
            parsed = None
        body = parsed if isinstance(parsed, dict) else {}
        extra = get_object(body, "additional_data")
        message = str(body.get("message") or "") or _explain(error)
        # A 503 of a write that took effect names what was made ("Request limits", retry policy).
        saved = extra.get("committed_resource_id")
        return Failure(
            fault=Fault.ANSWERED,
            status=error.status,
            code=self._redact(str(body.get("code") or "")),
            message=self._redact(message),
            reason=reason[0] if (reason := _REASON.search(error.body)) else "",
            # The header, and the same as a string in the body; a proxy may keep only one of them.
            retry_after=_parse_seconds(error.headers.get("retry-after"), extra.get("retry_after")),
            is_saved=bool(saved) or "change was saved" in message.lower(),
            saved_id=str(saved) if saved else None,
            # A Free workspace with several members holds 1,000 blocks ("Workspace block limits").
            is_full="block_limit" in extra,
        )

    def _redact(self, text: str) -> str:
        hidden = text.replace(self._token, "[token]") if self._token else text
        line = " ".join(_BEARER.sub("Bearer [token]", hidden).split())
        return line[:_LONGEST_MESSAGE]


def is_answer(path: str, answer: Any) -> bool:
    """Return whether an answer has the outline that its address promises, whatever its values.

    A proxy, a captive portal or another service can answer 200 with well-formed JSON; taken for a
    data source without columns it would look like columns that somebody deleted.
    """
    if not isinstance(answer, dict):
        return False
    name, *rest = path.split("/")
    kind, below = answer.get("object"), rest[1:]
    # A list: NAME/ID/query, or an address such as search that may answer with one.
    if _LISTS.intersection(below) or (kind == "list" and not rest and name in _LISTED):
        return kind == "list" and isinstance(answer.get("results"), list)
    # The query of a view: its answers are documented without an "object".
    if "queries" in below:
        return kind != "error" and isinstance(answer.get("results", []), list)
    # Anything else below an object, such as pages/ID/markdown.
    if below:
        return isinstance(kind, str) and kind != "error"
    # An object itself.
    is_outlined = isinstance(answer.get("id"), str) and isinstance(
        answer.get("properties", {}), dict
    )
    return is_outlined and kind is not None and kind == _KINDS.get(name)


def is_astray(path: str, answer: Json) -> bool:
    """Return whether an answer is about another object than the one whose id the address holds.

    It proves nothing about the object asked for: neither that it is in the trash, nor that it was
    written.
    """
    name, *rest = path.split("/")
    kind, found = answer.get("object"), answer.get("id")
    if rest in ([], ["me"]) or kind != ("page_markdown" if rest[1:] else _KINDS.get(name)):
        return False
    return isinstance(found, str) and normal_id(found) != normal_id(rest[0])


def _explain(error: HTTPResponseError) -> str:
    """Describe an answer without a message of its own, as all of Notion's have."""
    place = error.headers.get("location")
    if place and error.status < 400:  # noqa: PLR2004
        return f"a redirect to {place}, which is not followed"
    return (
        "an answer that is not the Notion API's; it may be that of a proxy, or of another service"
    )


def _parse_seconds(*candidates: object) -> float | None:
    """Return the first candidate that is a number of seconds."""
    for candidate in candidates:
        try:
            seconds = float(str(candidate))
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None


def parse_http_date(text: str) -> datetime | None:
    """Return the time in the Date header of an answer, or None when it is malformed."""
    try:
        moment = parsedate_to_datetime(text)
        # Here already: at either end of the calendar there are times that UTC has not.
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def check_address(base_url: str, *, is_http_allowed: bool = False) -> str:
    """Return a server's address without a version at its end; raise SettingsError for a wrong one.

    Beyond this machine a token goes over plain http only where that is allowed explicitly.
    """
    address = base_url.strip().rstrip("/").removesuffix("/v1").rstrip("/")
    if not address.isprintable() or " " in address:
        # urlsplit removes tabs and line ends silently.
        raise _wrong_address()
    try:
        parts = urlsplit(address)
        host, is_port = httpx.URL(address).host, parts.port != 0
        check_host(host)
    except (httpx.InvalidURL, ValueError):
        raise _wrong_address() from None
    is_whole = parts.scheme in {"http", "https"} and host and is_port
    if not is_whole or set(address) & set("@?#\\"):
        raise _wrong_address()
    if parts.scheme == "http" and not is_http_allowed and not is_loopback(host):
        raise SettingsError(
            Problem(
                "base-url-in-clear",
                f"NOTION_BASE_URL would send the token to {host} unencrypted",
                why="it begins with http://, and everyone on the way could read the token",
                kept="nothing was sent",
                next="use https:// in NOTION_BASE_URL; or, where you trust the whole network in "
                "between, export NOTION_ALLOW_HTTP=1",
            )
        )
    return address


def _wrong_address() -> SettingsError:
    return SettingsError(
        Problem(
            "base-url",
            "NOTION_BASE_URL is no http or https address",
            why="it is http:// or https:// and the name of a host, with a port from 1 to 65535 if "
            "need be, and without blanks, a user or a password",
            kept="nothing was written",
            next="correct NOTION_BASE_URL, or unset it to use Notion itself",
        )
    )


CONNECTIONS = 32
LONGEST_REQUEST = 120.0
"""Seconds from a request's first byte to the last of its answer; Notion gives up after 60."""
MOST_RECEIVED = 80 * 1024 * 1024
"""Bytes of one answer as received, headers included."""
ENCODINGS = "gzip"
"""The `Accept-Encoding` to send: the one encoding that is unpacked here."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of one answer, unpacked; rows with all the text of a roadmap file of 20 MB take less, though
Notion shows each text twice.
"""
MOST_VALUES = 2_000_000
"""Commas and opening brackets in one answer: many tiny values take far more memory than bytes. A
hundred rows have some 50,000."""
_SENT_PIECE = 16 * 1024
_UNPACKED_PIECE = 64 * 1024


@dataclass
class Allowance(local):
    """What the request of this thread may still use: a request stays in the thread that sends it."""

    clock: Callable[[], float] = monotonic
    until: float = float("inf")
    received: int = 0

    def start(self) -> None:
        """Begin a request."""
        self.until = self.clock() + LONGEST_REQUEST
        self.received = 0

    def cut(self, timeout: float | None, late: type[httpcore.TimeoutException]) -> float:
        """Return how many seconds the next step may take; raise when none are left."""
        left = self.until - self.clock()
        if left <= 0:
            raise late(f"the answer took longer than {LONGEST_REQUEST:.0f} s in all")
        return left if timeout is None else min(timeout, left)

    def count(self, received: int) -> None:
        """Count bytes; raise when there are too many."""
        self.received += received
        if self.received > MOST_RECEIVED:
            raise httpcore.ReadError(f"the answer is longer than {MOST_RECEIVED} bytes")


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes use up the allowance of the current request."""

    def __init__(self, inner: httpcore.NetworkStream, allowance: Allowance) -> None:
        self._inner = inner
        self._allowance = allowance

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        received = self._inner.read(max_bytes, self._allowance.cut(timeout, httpcore.ReadTimeout))
        self._allowance.count(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In pieces, because the timeout of one write starts anew with every byte that gets through.
        for start in range(0, len(buffer), _SENT_PIECE):
            left = self._allowance.cut(timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + _SENT_PIECE], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._allowance.cut(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._allowance)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections that keep to an allowance."""

    def __init__(self, allowance: Allowance) -> None:
        self._inner = httpcore.SyncBackend()
        self._allowance = allowance

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._allowance.cut(timeout, httpcore.ConnectTimeout)
        inner = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(inner, self._allowance)


class NetworkTransport(httpx.HTTPTransport):
    """Sends requests over the network, directly or by a proxy, each within its allowance."""

    def __init__(self, proxy: Proxy | None = None, allowance: Allowance | None = None) -> None:
        self._allowance = allowance or Allowance()
        # In place of httpx's own pool, which takes no network backend; the rest is inherited.
        self._pool = _open_pool(proxy, _Backend(self._allowance))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its time begins now and ends with the last byte of the answer's body."""
        self._allowance.start()
        return super().handle_request(request)


def _open_pool(
    proxy: Proxy | None, backend: httpcore.NetworkBackend
) -> httpcore.ConnectionPool | httpcore.SOCKSProxy | httpcore.HTTPProxy:
    # httpx's context, because it also trusts the certificates that SSL_CERT_FILE names.
    trusted = httpx.create_ssl_context()
    limits: dict[str, Any] = {
        "max_connections": CONNECTIONS,
        "max_keepalive_connections": CONNECTIONS,
    }
    if proxy is None:
        return httpcore.ConnectionPool(trusted, network_backend=backend, **limits)
    if proxy.is_socks:
        return httpcore.SOCKSProxy(
            proxy.address, proxy.login, trusted, network_backend=backend, **limits
        )
    return httpcore.HTTPProxy(
        proxy.address,
        proxy.login,
        ssl_context=trusted,
        proxy_ssl_context=trusted if proxy.address.startswith("https:") else None,
        network_backend=backend,
        **limits,
    )


class BoundedStream(httpx.SyncByteStream):
    """The body of an answer, unpacked; fails like a lost connection where it is too long."""

    def __init__(self, stream: httpx.SyncByteStream, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding

    def __iter__(self) -> Iterator[bytes]:
        size = values = 0
        for piece in _unpack(self._stream, self._encoding):
            size += len(piece)
            values += sum(piece.count(sign) for sign in (b",", b"{", b"["))
            if size > MOST_BYTES or values > MOST_VALUES:
                raise httpx.ReadError("an answer longer than any that Notion gives")
            yield piece

    def close(self) -> None:
        """Release the connection."""
        self._stream.close()
        # httpx's stream refers to the answer, which refers to this one: a circle that would keep the
        # bodies of all answers until the garbage collector runs.
        self._stream = httpx.ByteStream(b"")


def bound_answer(answer: httpx.Response) -> None:
    """Put the limit on an answer whose body was not read yet; an event hook of httpx."""
    if isinstance(answer.stream, httpx.SyncByteStream):
        # Without the header httpx leaves the unpacking to the stream.
        encoding = answer.headers.pop("content-encoding", "identity").strip().lower()
        answer.stream = BoundedStream(answer.stream, encoding)


def _unpack(stream: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a body unpacked, in pieces that are small however much was packed into them."""
    if encoding in {"identity", ""}:
        yield from stream
        return
    if encoding not in {"gzip", "x-gzip"}:
        raise httpx.DecodingError(f"an answer packed as {encoding[:40]!r}, which was not asked for")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16 more than the window: gzip, not zlib
    try:
        for chunk in stream:
            packed = chunk
            while packed:
                yield inflater.decompress(packed, _UNPACKED_PIECE)
                packed = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise httpx.DecodingError(f"an answer that cannot be unpacked: {error}") from error
