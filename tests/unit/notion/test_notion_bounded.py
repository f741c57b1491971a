import httpx
import pytest
from notion_fakes import ManualTime

from tracker.adapters.notion.bounded import LONGEST_READ, MOST_BYTES, bound_answer
from tracker.adapters.notion.exchange import Exchange
from tracker.adapters.notion.retry import Failure, Fault


class Endless(httpx.SyncByteStream):
    """A body that goes on and on; remembers that it was closed."""

    def __init__(self, chunk, each=lambda: None):
        self.chunk, self.each, self.closed = chunk, each, False

    def __iter__(self):
        while True:
            self.each()
            yield self.chunk

    def close(self):
        self.closed = True


def test_an_answer_without_an_end_is_given_up():
    """A body that would fill the memory is a lost answer, and its connection is released."""
    body = Endless(b"x" * (MOST_BYTES // 4))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))
    exchange = Exchange("http://notion.test", "secret", transport)

    answer = exchange.send("GET", "pages/p1", None, None)

    exchange.close()
    assert isinstance(answer, Failure)
    assert answer.fault is Fault.LOST
    assert body.closed


def test_an_answer_that_drips_is_given_up():
    """Bytes that keep a timeout from running out do not do so for ever."""
    time = ManualTime()
    answer = httpx.Response(200, stream=Endless(b"x", lambda: time.sleep(LONGEST_READ / 2.5)))
    bound_answer(answer, time.clock)

    with pytest.raises(httpx.ReadTimeout):
        answer.read()


def test_a_usual_answer_passes():
    """Everything else is read as it came."""
    answer = httpx.Response(200, stream=httpx.ByteStream(b'{"object": "page"}'))
    bound_answer(answer)

    assert answer.read() == b'{"object": "page"}'
