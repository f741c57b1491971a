"""Links asked over real connections, of servers that behave well and badly."""

import socket
import ssl
import threading
import time
from pathlib import Path

import httpx
import pytest
from link_server import (
    after,
    answers,
    by_method,
    drip,
    hang,
    hang_up,
    in_turn,
    says,
    serve,
)

from tracker import __version__
from tracker.adapters.link_check.http_links import HttpLinks, LinkLimits
from tracker.roadmap.links import Verdict

SELF_SIGNED = Path(__file__).parent / "self_signed"
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PATIENT = LinkLimits(deadline=60.0, slow=60.0, pause=0.0)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    """Forget the proxies of whoever runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def ask(*urls, limits=PATIENT, **kwargs):
    """Ask URLs, sparing the certificates of the whole world unless told otherwise."""
    kwargs.setdefault("transport", httpx.AsyncHTTPTransport(verify=NO_CERTIFICATES))
    heard = []
    HttpLinks(limits, **kwargs).fetch_answers(urls, heard.append)
    return {answer.url: answer for answer in heard}


def ask_path(behaviour, path="/link", **kwargs):
    """Ask one path of a server and return the answer and the server."""
    with serve({path: behaviour}) as server:
        url = server.base + path
        return ask(url, **kwargs)[url], server


STATUSES = [
    (200, Verdict.OK),
    (204, Verdict.OK),
    (400, Verdict.ERROR),
    (401, Verdict.DENIED),
    (403, Verdict.DENIED),
    (404, Verdict.DEAD),
    (405, Verdict.DENIED),
    (410, Verdict.DEAD),
    (418, Verdict.ERROR),
    (451, Verdict.DENIED),
    (500, Verdict.ERROR),
    (503, Verdict.ERROR),
    (999, Verdict.DENIED),
]


def test_each_status_has_its_verdict():
    """A link whose HEAD and GET answer alike gets the verdict of that status."""
    with serve({f"/{status}": answers(status) for status, _ in STATUSES}) as server:
        heard = ask(*(f"{server.base}/{status}" for status, _ in STATUSES))

        assert {url.rpartition("/")[2]: answer.verdict for url, answer in heard.items()} == {
            str(status): verdict for status, verdict in STATUSES
        }


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500, 501], ids=str)
def test_get_has_the_last_word(status):
    """A page that refuses HEAD in any way but answers GET is fine, and is asked by GET once."""
    answer, server = ask_path(by_method(head=answers(status), get=answers(200)))

    assert answer.verdict is Verdict.OK
    assert server.asked == {("HEAD", "/link"): 1, ("GET", "/link"): 1}


def test_a_server_that_hangs_up_on_head_is_asked_with_get():
    """A connection lost over HEAD does not condemn the link."""
    answer, _ = ask_path(by_method(head=hang_up, get=answers(200)))

    assert answer.verdict is Verdict.OK


def test_a_server_that_is_silent_to_head_is_asked_with_get():
    """HEAD may use up only a part of the time."""
    limits = LinkLimits(deadline=3.0, slow=60.0)

    answer, _ = ask_path(by_method(head=hang, get=answers(200)), limits=limits)

    assert answer.verdict is Verdict.OK


@pytest.mark.parametrize("status", [301, 308], ids=str)
def test_a_page_that_moved_for_good_is_told_with_its_new_place(status):
    """A permanent redirect to a living page is `moved`, with the URL to write instead."""
    answer, server = ask_path(answers(status, Location="/new?a=b"))

    assert answer.verdict is Verdict.MOVED
    assert answer.final_url == f"{server.base}/new?a=b"


@pytest.mark.parametrize("status", [302, 303, 307], ids=str)
def test_a_page_that_is_elsewhere_for_now_is_fine(status):
    """A temporary redirect to a living page is ok, with a note."""
    answer, server = ask_path(answers(status, Location="/now"))

    assert answer.verdict is Verdict.OK
    assert answer.detail == "leads elsewhere for the time being"
    assert answer.final_url == f"{server.base}/now"


def test_the_new_place_is_as_far_as_permanent_redirects_lead():
    """What lies behind a temporary redirect, such as a session, is not advised as a new link."""
    behaviours = {
        "/old": answers(301, Location="/new"),
        "/new": answers(302, Location="/session"),
    }
    with serve(behaviours) as server:
        answer = ask(f"{server.base}/old")[f"{server.base}/old"]

        assert (answer.verdict, answer.final_url) == (Verdict.MOVED, f"{server.base}/new")


def test_a_page_that_moved_to_nowhere_is_dead():
    """The end of a redirect decides whether a link lives."""
    with serve({"/old": answers(301, Location="/gone"), "/gone": answers(404)}) as server:
        answer = ask(f"{server.base}/old")[f"{server.base}/old"]

        assert (answer.verdict, answer.detail) == (Verdict.DEAD, "answers 404 Not Found")
        assert answer.final_url == f"{server.base}/gone"


def test_a_move_to_the_start_page_is_told_as_such():
    """A deep link that now leads to a start page may have lost what it was about."""
    answer, _ = ask_path(answers(301, Location="/"))

    assert answer.verdict is Verdict.MOVED
    assert "start page" in answer.detail


CIRCLES = [
    pytest.param({"/a": answers(301, Location="/a")}, id="to itself"),
    pytest.param(
        {"/a": answers(302, Location="/b"), "/b": answers(302, Location="/a")}, id="to and fro"
    ),
    pytest.param(
        {
            path: answers(302, Location=f"{path}a", Set_Cookie="n=1")
            for path in ["/" + "a" * length for length in range(1, 30)]
        },
        id="on and on",
    ),
    pytest.param(
        {"/a": answers(302, Location="/a", Set_Cookie="n=1")}, id="to itself, with a cookie"
    ),
]


@pytest.mark.parametrize("behaviours", CIRCLES)
def test_redirects_that_never_end_are_a_loop(behaviours):
    """Redirects are followed a few times at most."""
    with serve(behaviours) as server:
        answer = ask(f"{server.base}/a")[f"{server.base}/a"]

        assert answer.verdict is Verdict.LOOP
        assert server.asked.total() <= PATIENT.redirects + 1


def test_a_page_that_wants_its_cookie_back_is_no_loop():
    """A page may set a cookie and send the reader to itself once."""
    answer, _ = ask_path(in_turn(answers(302, Location="/link", Set_Cookie="a=b"), answers(200)))

    assert answer.verdict is Verdict.OK


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("mailto:a@b.c", id="an address"),
        pytest.param("http://a b/", id="no host name"),
        pytest.param("http://[::1", id="half an address"),
        pytest.param("http://127.0.0.1:99999/", id="no port"),
        pytest.param("http://\x1b[31m/", id="an escape"),
        pytest.param("/" + "x" * 5000, id="far too long"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_redirect_to_what_cannot_be_asked_is_invalid(location):
    """Only http and https targets of bounded length are followed."""
    answer, _ = ask_path(answers(302, Location=location))

    assert answer.verdict is Verdict.INVALID


def test_a_name_and_password_in_a_redirect_are_neither_sent_nor_shown():
    """A foreign server cannot make the check log in somewhere."""
    with serve({}) as other:
        target = other.base.replace("//", "//user:secret@") + "/new"
        answer, _ = ask_path(answers(301, Location=target))

        assert (answer.verdict, answer.final_url) == (Verdict.MOVED, f"{other.base}/new")


def test_retry_after_is_honoured_once():
    """A host that asks for patience gets it, and the link its second chance."""
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    answer, server = ask_path(in_turn(answers(429, Retry_After="3"), answers(200)), sleep=sleep)

    assert answer.verdict is Verdict.OK
    assert [round(seconds) for seconds in slept] == [3]
    assert server.asked.total() == 2


def test_a_host_that_stays_limited_is_limited():
    """A link is asked a second time and not a third."""
    answer, server = ask_path(answers(429, Retry_After="0"))

    assert answer.verdict is Verdict.LIMITED
    assert server.asked.total() == 2


@pytest.mark.parametrize("wait", ["3600", "9" * 6000, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_waits_for_hours(wait):
    """A Retry-After beyond reason is not waited for."""
    answer, server = ask_path(answers(429, Retry_After=wait))

    assert answer.verdict is Verdict.LIMITED
    assert server.asked.total() == 1


def test_a_server_in_trouble_is_asked_once_more():
    """A 500 that passes is no finding."""
    answer, server = ask_path(in_turn(answers(500), answers(500), answers(200)))

    assert answer.verdict is Verdict.OK
    assert server.asked == {("HEAD", "/link"): 1, ("GET", "/link"): 2}


def test_a_slow_answer_is_told():
    """A page that lives but takes its time is `slow`."""
    limits = LinkLimits(deadline=60.0, slow=0.05)

    answer, _ = ask_path(after(0.1, answers(200)), limits=limits)

    assert answer.verdict is Verdict.SLOW
    assert answer.seconds >= 0.1


def test_nothing_holds_the_run_beyond_its_deadline():
    """Servers that never answer, or a byte at a time, are given up when their time is over."""
    limits = LinkLimits(deadline=0.4, pause=0.0)
    behaviours = {"/hang": hang, "/drip": drip, "/lead": answers(302, Location="/hang")}
    with serve(behaviours) as server:
        begun = time.monotonic()
        heard = ask(*(server.base + path for path in behaviours), limits=limits)
        took = time.monotonic() - begun

    assert {answer.verdict for answer in heard.values()} == {Verdict.TIMEOUT}
    assert took < 30


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\x00\xff" * 100, id="noise"),
        pytest.param(b"HTTP/1.1 200\r\nA: \x00\r\n\r\n", id="a control character"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, id="an endless header"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="another protocol"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_not_http_is_an_error(raw):
    """A server's nonsense is a verdict on its link, not an exception."""
    answer, _ = ask_path(says(raw))

    assert answer.verdict is Verdict.ERROR


def test_a_connection_closed_again_and_again_is_an_error():
    """A server that only hangs up is told as such."""
    answer, _ = ask_path(hang_up)

    assert (answer.verdict, answer.detail) == (
        Verdict.ERROR,
        "closes the connection without an answer",
    )


def test_a_certificate_that_nobody_signed_is_told():
    """A page whose certificate is not trusted is `tls`, and the reason is given."""
    with serve({}, certificate=SELF_SIGNED) as server:
        answer = ask(f"{server.base}/", transport=None)[f"{server.base}/"]

    assert (answer.verdict, answer.detail) == (
        Verdict.TLS,
        "has a certificate that is not trusted: self-signed certificate",
    )


def test_a_server_without_encryption_behind_https_is_told():
    """An https link to a plain http server is `tls`."""
    with serve({}) as server:
        url = server.base.replace("http:", "https:")
        answer = ask(url)[url]

    assert answer.verdict is Verdict.TLS


def test_a_port_where_nobody_listens_is_dead():
    """A refused connection is a dead link."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    answer = ask(url)[url]

    assert (answer.verdict, answer.detail) == (Verdict.DEAD, "refuses connections")


def test_a_host_that_does_not_exist_is_dead(monkeypatch):
    """A name that nobody knows is a dead link."""

    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    answer = ask("http://nowhere.invalid/")["http://nowhere.invalid/"]

    assert (answer.verdict, answer.detail) == (Verdict.DEAD, "names a host that does not exist")


def test_a_resolver_that_never_answers_holds_nobody(monkeypatch):
    """Neither the answer nor the end of the run waits for a look-up."""
    release = threading.Event()

    def stuck(*_, **__):
        release.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    monkeypatch.setattr(socket, "getaddrinfo", stuck)

    answer = ask("http://stuck.invalid/", limits=LinkLimits(deadline=0.2))["http://stuck.invalid/"]
    release.set()

    assert answer.verdict is Verdict.TIMEOUT


def test_the_check_says_who_it_is():
    """Servers see an honest name, and no fragment."""
    with serve({}) as server:
        ask(f"{server.base}/page")

        assert server.agents == {f"tracker/{__version__} (link check)"}


def test_five_hundred_links_are_asked_once_each_and_politely():
    """Many links of one host take one request each, and few of them at a time."""
    with serve({}) as server:
        urls = [f"{server.base}/{number}" for number in range(500)]
        heard = ask(*urls, transport=None)

        assert {answer.verdict for answer in heard.values()} == {Verdict.OK}
        assert server.asked == {("HEAD", f"/{number}"): 1 for number in range(500)}
        assert server.most_at_once <= PATIENT.per_host


def test_one_bad_host_does_not_stop_the_rest():
    """Every link is answered, whatever its neighbours do."""
    limits = LinkLimits(deadline=3.0, slow=60.0, pause=0.0)
    with serve({}) as good, serve({"/": hang}) as bad:
        bad_urls = [f"{bad.base}/?{number}" for number in range(3)]
        good_urls = [f"{good.base}/{number}" for number in range(40)]
        heard = ask(*bad_urls, *good_urls, limits=limits)

    assert {heard[url].verdict for url in bad_urls} == {Verdict.TIMEOUT}
    assert {heard[url].verdict for url in good_urls} == {Verdict.OK}
