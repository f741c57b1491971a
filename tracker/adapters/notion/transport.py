"""Sends one request over the network, with limits on its time, its bytes and its values.

httpx restarts its timeouts with every byte and every interim answer, and unpacks a chunk in one
piece, however much comes out of it. So a server that drips its answer would be waited for without
an end, and a few packed kilobytes could fill the memory. Here one request has one allowance for
everything it does. Imported late: httpx is slow to load.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local
from time import monotonic

import httpcore
import httpx

from tracker.adapters.proxies import Proxy

CONNECTIONS = 32
LONGEST_REQUEST = 120.0
"""Seconds of one request from its first byte to the last of its answer; Notion gives up after 60."""
MOST_RECEIVED = 80 * 1024 * 1024
"""Bytes of one answer on the wire, with all its heads."""
_SENT_PIECE = 16 * 1024
_LATE = f"the answer took longer than {LONGEST_REQUEST:.0f} s in all"
_NETWORK_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


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
        """Return how long the next step may take; raise when there is no time left."""
        left = self.until - self.clock()
        if left <= 0:
            raise late(_LATE)
        return left if timeout is None else min(timeout, left)

    def count(self, received: int) -> None:
        """Count bytes; raise when there are too many."""
        self.received += received
        if self.received > MOST_RECEIVED:
            raise httpcore.ReadError(f"the answer is longer than {MOST_RECEIVED} bytes")


class _Stream(httpcore.NetworkStream):
    """A connection that keeps to the allowance of whoever uses it."""

    def __init__(self, inner: httpcore.NetworkStream, allowance: Allowance) -> None:
        self._inner = inner
        self._allowance = allowance

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        received = self._inner.read(max_bytes, self._allowance.cut(timeout, httpcore.ReadTimeout))
        self._allowance.count(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
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


class _Body(httpx.SyncByteStream):
    """The body of an answer, with failures as httpx names them."""

    def __init__(self, stream: Iterable[bytes], close: Callable[[], None]) -> None:
        self._stream = stream
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._stream

    def close(self) -> None:
        self._close()


class NetworkTransport(httpx.BaseTransport):
    """Sends requests over the network, directly or by a proxy, each within its allowance."""

    def __init__(self, proxy: Proxy | None = None, allowance: Allowance | None = None) -> None:
        self._allowance = allowance or Allowance()
        self._pool = _open_pool(proxy, _Backend(self._allowance))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its time begins now and ends with the last byte of the answer's body."""
        url = request.url
        self._allowance.start()
        with _as_httpx():
            answer = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=url.raw_scheme,
                        host=url.raw_host,
                        port=url.port,
                        target=url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer.iter_stream(), answer.close),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


def _open_pool(proxy: Proxy | None, backend: httpcore.NetworkBackend) -> httpcore.ConnectionPool:
    # The authorities and the certificates that SSL_CERT_FILE names are those of httpx.
    trusted = httpx.create_ssl_context()
    if proxy is None:
        return httpcore.ConnectionPool(
            trusted,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            network_backend=backend,
        )
    if proxy.is_socks:
        return httpcore.SOCKSProxy(
            proxy.address,
            proxy.login,
            trusted,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            network_backend=backend,
        )
    return httpcore.HTTPProxy(
        proxy.address,
        proxy.login,
        ssl_context=trusted,
        proxy_ssl_context=trusted if proxy.address.startswith("https:") else None,
        max_connections=CONNECTIONS,
        max_keepalive_connections=CONNECTIONS,
        network_backend=backend,
    )


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Raise the failures of httpcore as those of httpx, which bear the same names."""
    try:
        yield
    except _NETWORK_FAILURES as error:
        kind = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from error


ENCODINGS = "gzip"
"""What to ask for: the one way of packing that is unpacked here."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of one answer; rows with all the text that a roadmap file of 20 MB holds take less, though
Notion shows each text twice.
"""
MOST_VALUES = 2_000_000
"""Commas and opening brackets in one answer: of so many tiny values, each takes far more memory than
bytes. A hundred rows have some 50,000."""
LONGEST_READ = 120.0
"""Seconds from the head of an answer to its end; Notion gives up on a request after 60."""
_PIECE = 64 * 1024


class BoundedStream(httpx.SyncByteStream):
    """The body of an answer, unpacked, which ends as a lost one where it goes too far."""

    def __init__(
        self, stream: httpx.SyncByteStream, encoding: str, clock: Callable[[], float]
    ) -> None:
        self._stream = stream
        self._encoding = encoding
        self._clock = clock
        self._started = clock()

    def __iter__(self) -> Iterator[bytes]:
        size = values = 0
        for piece in _unpack(self._stream, self._encoding):
            size += len(piece)
            values += sum(piece.count(sign) for sign in (b",", b"{", b"["))
            if size > MOST_BYTES or values > MOST_VALUES:
                raise httpx.ReadError("an answer longer than any that Notion gives")
            if self._clock() - self._started > LONGEST_READ:
                raise httpx.ReadTimeout(f"an answer that took more than {LONGEST_READ:.0f} seconds")
            yield piece

    def close(self) -> None:
        """Release the connection."""
        self._stream.close()


def bound_answer(answer: httpx.Response, clock: Callable[[], float] = monotonic) -> None:
    """Put the limit on an answer whose body was not read yet; an event hook of httpx."""
    if isinstance(answer.stream, httpx.SyncByteStream):
        # Without the header httpx leaves the unpacking to the stream.
        encoding = answer.headers.pop("content-encoding", "identity").strip().lower()
        answer.stream = BoundedStream(answer.stream, encoding, clock)


def _unpack(stream: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a body unpacked, in pieces that are small whatever was packed into them."""
    if encoding in {"identity", ""}:
        yield from stream
        return
    if encoding not in {"gzip", "x-gzip"}:
        raise httpx.DecodingError(f"an answer packed as {encoding[:40]!r}, which was not asked for")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for chunk in stream:
            packed = chunk
            while packed:
                yield inflater.decompress(packed, _PIECE)
                packed = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise httpx.DecodingError(f"an answer that cannot be unpacked: {error}") from error
