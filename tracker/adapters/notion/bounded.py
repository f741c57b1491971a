"""A limit on how much and how long one answer may be read.

httpx reads an answer to its end, and its timeout starts anew with every byte: a server that never
comes to an end would fill the memory, or be waited for in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

import httpx

MOST_BYTES = 128 * 1024 * 1024
"""Bytes of one answer on the wire; a hundred rows with full texts take less."""
LONGEST_READ = 300.0
"""Seconds from the head of an answer to its end; Notion gives up on a request after 60."""


class BoundedStream(httpx.SyncByteStream):
    """The body of an answer, which ends as a lost one where it goes too far."""

    def __init__(self, stream: httpx.SyncByteStream, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._started = clock()

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise httpx.ReadError(f"an answer of more than {MOST_BYTES} bytes")
            if self._clock() - self._started > LONGEST_READ:
                raise httpx.ReadTimeout(f"an answer that took more than {LONGEST_READ:.0f} seconds")
            yield chunk

    def close(self) -> None:
        """Release the connection."""
        self._stream.close()


def bound_answer(answer: httpx.Response, clock: Callable[[], float] = monotonic) -> None:
    """Put the limit on an answer whose body was not read yet; an event hook of httpx."""
    if isinstance(answer.stream, httpx.SyncByteStream):
        answer.stream = BoundedStream(answer.stream, clock)
