"""A limit on what comes out of an answer: on the bytes of its body, unpacked, and on its values.

httpx unpacks a chunk in one piece, however much comes out of it, and reads an answer to its end,
while its timeout starts anew with every byte: a few kilobytes could fill the memory, and a server
that never comes to an end would be waited for in vain.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from time import monotonic

import httpx

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
