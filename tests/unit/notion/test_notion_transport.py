"""Requests over real connections end, whatever the server on the other side does."""

import gc
import gzip
import socket
import ssl
import weakref
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tracker.adapters.notion import exchange as exchange_module
from tracker.adapters.notion.exchange import (
    MOST_BYTES,
    MOST_VALUES,
    Allowance,
    Exchange,
    NetworkTransport,
    bound_answer,
)
from tracker.adapters.notion.retry import Failure, Fault
from tracker.adapters.proxies import Proxy

SELF_SIGNED = Path(__file__).parents[2] / "contract" / "self_signed"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PAGE = b'{"object": "page", "id": "p1"}'


class CountingClock:
    """A clock that moves on whenever somebody looks at it, and never by itself."""

    def __init__(self, step=1.0):
        self.now, self.step = 0.0, step

    def __call__(self):
        self.now += self.step
        return self.now


@contextmanager
def serving(speak, *, is_greeted=True):
    """Run a server on loopback that lets a function speak to its first guest; yield its port."""
    heard = []

    def serve():
        guest, _ = listener.accept()
        with guest:
            try:
                if is_greeted:
                    heard.append(guest.recv(65536))
                speak(guest)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(10)
        assert not thread.is_alive()


def ask(speak, allowance=None):
    """Send one request to a server that speaks like this; return what came of it."""
    with serving(speak) as (port, _):
        transport = NetworkTransport(allowance=allowance)
        exchange = Exchange(f"http://127.0.0.1:{port}", "secret", transport)
        try:
            return exchange.send("GET", "pages/p1", None, None)
        finally:
            exchange.close()


def again_and_again(piece, before=b""):
    """Return a function that sends a piece until nobody listens."""

    def speak(guest):
        guest.sendall(before)
        while True:
            guest.sendall(piece)

    return speak


def test_a_usual_answer_is_read():
    """A server that does what it should is understood, packed answers included."""
    packed = gzip.compress(PAGE)
    lengths = [f"Content-Length: {len(body)}\r\n".encode() for body in (PAGE, packed)]

    plain = ask(lambda guest: guest.sendall(HEAD + lengths[0] + b"\r\n" + PAGE))
    zipped = ask(
        lambda guest: guest.sendall(HEAD + lengths[1] + b"Content-Encoding: gzip\r\n\r\n" + packed)
    )

    assert plain == zipped == {"object": "page", "id": "p1"}


@pytest.mark.parametrize(
    "speak",
    [
        pytest.param(again_and_again(b"HTTP/1.1 103 Early Hints\r\n\r\n"), id="interim answers"),
        pytest.param(again_and_again(b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue"),
        pytest.param(again_and_again(b"X: y\r\n", HEAD), id="a head without an end"),
        pytest.param(again_and_again(b" ", HEAD + b"\r\n"), id="a body without an end"),
        pytest.param(
            again_and_again(b"1\r\n \r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
            id="chunks without an end",
        ),
    ],
)
def test_an_answer_without_an_end_is_given_up_at_the_deadline(speak, monkeypatch):
    """Whatever keeps arriving, a request has one time for all of it."""
    monkeypatch.setattr(exchange_module, "LONGEST_REQUEST", 6.0)

    answer = ask(speak, Allowance(CountingClock()))

    assert isinstance(answer, Failure)
    assert answer.fault is Fault.LOST


def test_interim_answers_without_an_end_are_given_up_by_their_size(monkeypatch):
    """A server that is quick at it does not have the whole time for it."""
    monkeypatch.setattr(exchange_module, "MOST_RECEIVED", 100_000)

    answer = ask(again_and_again(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100))

    assert isinstance(answer, Failure)
    assert answer.fault is Fault.LOST
    assert "100000" in answer.message


def test_a_silent_server_is_given_up_at_the_deadline(monkeypatch):
    """A server that takes the request and says nothing is waited for as long as is left."""
    monkeypatch.setattr(exchange_module, "LONGEST_REQUEST", 0.1)

    answer = ask(lambda guest: guest.recv(1), Allowance(CountingClock(step=0.02)))

    assert isinstance(answer, Failure)
    assert answer.fault is Fault.LOST


def test_every_request_has_its_own_time():
    """What one request used up is not taken from the next one."""
    allowance = Allowance(CountingClock())
    allowance.start()
    first = allowance.until
    allowance.count(1_000)

    allowance.start()

    assert allowance.until > first
    assert allowance.received == 0


def test_nobody_there_is_known_as_never_sent():
    """A refused connection is told apart from a lost answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    exchange = Exchange(f"http://127.0.0.1:{port}", "secret", NetworkTransport())

    answer = exchange.send("GET", "pages/p1", None, None)

    exchange.close()
    assert isinstance(answer, Failure)
    assert answer.fault is Fault.UNSENT


def test_a_proxy_is_asked_for_other_machines():
    """The proxy hears the request for a host that is not this machine, with its own login."""
    lengths = f"Content-Length: {len(PAGE)}\r\n\r\n".encode()
    with serving(lambda guest: guest.sendall(HEAD + lengths + PAGE)) as (port, heard):
        transport = NetworkTransport(Proxy(f"http://127.0.0.1:{port}", (b"me", b"pass")))
        exchange = Exchange("http://notion.test", "secret", transport)

        answer = exchange.send("GET", "pages/p1", None, None)

        exchange.close()
    assert answer == {"object": "page", "id": "p1"}
    assert heard[0].startswith(b"GET http://notion.test/v1/pages/p1 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6cGFzcw==" in heard[0]


def test_this_machine_is_asked_directly_whatever_proxy_is_named(monkeypatch):
    """With a proxy in the environment a request to loopback reaches its server, not the proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    lengths = f"Content-Length: {len(PAGE)}\r\n\r\n".encode()
    with serving(lambda guest: guest.sendall(HEAD + lengths + PAGE)) as (port, heard):
        exchange = Exchange(f"http://127.0.0.1:{port}", "secret")

        answer = exchange.send("GET", "pages/p1", None, None)

        exchange.close()
    assert answer == {"object": "page", "id": "p1"}
    assert heard[0].startswith(b"GET /v1/pages/p1 HTTP/1.1\r\n")
    assert b"Accept-Encoding: gzip\r\n" in heard[0]


@pytest.fixture
def encrypted(monkeypatch):
    """Trust a certificate as learners do theirs; return what encrypts the connection of a guest."""
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(SELF_SIGNED / "cert.pem", SELF_SIGNED / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(SELF_SIGNED / "cert.pem"))

    def over_tls(speak):
        def speak_encrypted(guest):
            with own.wrap_socket(guest, server_side=True) as secure:
                secure.recv(65536)
                speak(secure)

        return speak_encrypted

    return over_tls


def ask_encrypted(speak, allowance=None):
    """Send one request over an encrypted connection to a server that speaks like this."""
    with serving(speak, is_greeted=False) as (port, _):
        transport = NetworkTransport(allowance=allowance)
        exchange = Exchange(f"https://127.0.0.1:{port}", "secret", transport)
        try:
            return exchange.send("GET", "pages/p1", None, None)
        finally:
            exchange.close()


def test_an_encrypted_answer_is_read_and_bounded_alike(encrypted, monkeypatch):
    """Encryption is no way around the deadline."""
    length = f"Content-Length: {len(PAGE)}\r\n\r\n".encode()

    answer = ask_encrypted(encrypted(lambda guest: guest.sendall(HEAD + length + PAGE)))
    monkeypatch.setattr(exchange_module, "LONGEST_REQUEST", 12.0)
    endless = ask_encrypted(
        encrypted(again_and_again(b" ", HEAD + b"\r\n")), Allowance(CountingClock())
    )

    assert answer == {"object": "page", "id": "p1"}
    assert isinstance(endless, Failure)
    assert endless.fault is Fault.LOST


def test_a_certificate_that_nobody_trusts_is_refused():
    """The token is sent to nobody who cannot prove to be the host; nothing counts as sent."""
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(SELF_SIGNED / "cert.pem", SELF_SIGNED / "key.pem")
    heard = []

    def speak(guest):
        with own.wrap_socket(guest, server_side=True) as secure:
            heard.append(secure.recv(65536))

    answer = ask_encrypted(speak)

    assert isinstance(answer, Failure)
    assert answer.fault is Fault.UNSENT
    assert not any(b"secret" in part for part in heard)


def test_failures_are_told_in_the_words_of_httpx():
    """What httpcore raises is what httpx would have raised for it."""
    transport = NetworkTransport()
    request = httpx.Request("GET", "gopher://notion.test/")

    with pytest.raises(httpx.UnsupportedProtocol):
        transport.handle_request(request)
    transport.close()


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


def test_the_body_of_an_answer_is_let_go_at_once():
    """What was decoded is freed without the garbage collector, which seldom runs: a listing has many."""
    answers = []

    def answer(_):
        made = httpx.Response(200, stream=Body([PAGE]))
        answers.append(weakref.ref(made))
        return made

    exchange = Exchange("http://notion.test", "secret", httpx.MockTransport(answer))
    gc.collect()
    gc.disable()
    try:
        exchange.send("GET", "pages/p1", None, None)
        left = [made() for made in answers]
    finally:
        gc.enable()

    exchange.close()
    assert left == [None]


def test_a_usual_answer_passes():
    """Everything else is read as it came."""
    answer = httpx.Response(200, stream=httpx.ByteStream(b'{"object": "page"}'))
    bound_answer(answer)

    assert answer.read() == b'{"object": "page"}'


def test_what_is_packed_is_bounded_by_what_comes_out(monkeypatch):
    """A small body that unpacks to gigabytes is given up before it does."""
    monkeypatch.setattr(exchange_module, "MOST_BYTES", 10_000_000)
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
