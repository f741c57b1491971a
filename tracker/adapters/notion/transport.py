"""Sends one request over the network, with limits on its time, its bytes and its values.

httpx restarts its timeouts with every byte and every interim answer, and unpacks a chunk in one
piece, however much comes out of it. A server that drips its answer would be waited for without an
end, and a few packed kilobytes could fill the memory. Here a request has one allowance for all it
does, connecting and reading included. Imported late: httpx is slow to load.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import local
from time import monotonic
from typing import Any

import httpcore
import httpx

from tracker.adapters.proxies import Proxy

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
