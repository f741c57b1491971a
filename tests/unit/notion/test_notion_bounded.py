import gzip

import httpx
import pytest

from tracker.adapters.notion import transport
from tracker.adapters.notion.exchange import Exchange
from tracker.adapters.notion.retry import Failure, Fault
from tracker.adapters.notion.transport import MOST_BYTES, MOST_VALUES, bound_answer


class EndlessBody(httpx.SyncByteStream):
    """A body that goes on and on; remembers that it was closed."""

    def __init__(self, chunk):
        self.chunk, self.closed = chunk, False

    def __iter__(self):
        while True:
            yield self.chunk

    def close(self):
        self.closed = True


class Body(httpx.SyncByteStream):
    """A body that comes in these chunks."""

    def __init__(self, chunks):
        self.chunks = chunks

    def __iter__(self):
        yield from self.chunks


def test_an_answer_without_an_end_is_given_up():
    """A body that would fill the memory is a lost answer, and its connection is released."""
    body = EndlessBody(b"x" * (MOST_BYTES // 4))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))
    exchange = Exchange("http://notion.test", "secret", transport)

    answer = exchange.send("GET", "pages/p1", None, None)

    exchange.close()
    assert isinstance(answer, Failure)
    assert answer.fault is Fault.LOST
    assert body.closed


def test_a_usual_answer_passes():
    """Everything else is read as it came."""
    answer = httpx.Response(200, stream=httpx.ByteStream(b'{"object": "page"}'))
    bound_answer(answer)

    assert answer.read() == b'{"object": "page"}'


def test_what_is_packed_is_bounded_by_what_comes_out(monkeypatch):
    """A small body that unpacks to gigabytes is given up before it does."""
    monkeypatch.setattr(transport, "MOST_BYTES", 10_000_000)
    packed = gzip.compress(b" " * 40_000_000, compresslevel=1)
    sent = []

    def chunks():
        for start in range(0, len(packed), 4096):
            sent.append(start)
            yield packed[start : start + 4096]

    answer = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Body(chunks()))
    bound_answer(answer)

    with pytest.raises(httpx.ReadError):
        answer.read()
    assert len(sent) * 4096 < len(packed) / 2


def test_pieces_stay_small_whatever_was_packed_into_a_chunk():
    """One chunk of the network is never unpacked in one piece."""
    packed = gzip.compress(b" " * 10_000_000)
    answer = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Body([packed]))
    bound_answer(answer)

    pieces = list(answer.iter_raw())

    assert sum(map(len, pieces)) == 10_000_000
    assert max(map(len, pieces)) <= 65_536


@pytest.mark.parametrize("unit", [b"[],", b"{},", b"1,", b"[[[["])
def test_an_answer_of_countless_tiny_values_is_given_up(unit):
    """Few bytes that would become many objects are given up by their number."""
    answer = httpx.Response(200, stream=Body([unit * (MOST_VALUES // len(unit) + 1)] * 4))
    bound_answer(answer)

    with pytest.raises(httpx.ReadError):
        answer.read()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate", "x\x1b[31m"])
def test_a_body_packed_in_a_way_that_was_not_asked_for_is_no_answer(encoding):
    """Nothing but gzip is unpacked, and that once."""
    answer = httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Body([b"x"]))
    bound_answer(answer)

    with pytest.raises(httpx.DecodingError):
        answer.read()


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"{}" * 99)[:12] + b"broken" * 9])
def test_a_body_that_cannot_be_unpacked_is_no_answer(body):
    """Garbage that says that it is packed ends as a lost or as a garbled answer."""
    headers = {"Content-Encoding": "gzip"}
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, headers=headers, stream=Body([body]))
    )
    exchange = Exchange("http://notion.test", "secret", transport)

    answer = exchange.send("GET", "pages/p1", None, None)

    exchange.close()
    assert isinstance(answer, Failure)
    assert answer.fault in {Fault.LOST, Fault.GARBLED}
