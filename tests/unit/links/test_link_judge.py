"""What answers and failures mean for a link, which URLs are requested, and where redirects lead."""

import errno
import math
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.adapters.link_check.judge import (
    DEFAULT_WAIT,
    LoopError,
    Reply,
    Trail,
    explain_failure,
    extend_trail,
    judge_status,
    parse_retry_after,
    start_trail,
)
from tracker.roadmap.links import Verdict

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@given(st.integers(100, 999))
def test_every_status_has_a_verdict(status):
    """Whatever number a server says, it is judged and named."""
    verdict, words = judge_status(status)

    assert (verdict is Verdict.OK) == (200 <= status < 300)
    assert str(status) in words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 01 Nov 2026 12:00:30 GMT", 30),
        ("Sun, 01 Nov 2026 11:00:00 GMT", 0),
        ("9" * 5000, math.inf),
        (None, DEFAULT_WAIT),
        ("", DEFAULT_WAIT),
        ("-5", DEFAULT_WAIT),
        ("soon", DEFAULT_WAIT),
        ("1e9", DEFAULT_WAIT),
        ("nan", DEFAULT_WAIT),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, seconds):
    """Both forms of the header are understood; nonsense means a short wait."""
    assert parse_retry_after(text, NOW) == seconds


@given(st.text())
def test_any_retry_after_is_a_wait(text):
    """No header makes the wait negative or no number."""
    assert parse_retry_after(text, NOW) >= 0


def caused(error, *causes):
    """Chain errors the way the HTTP library does."""
    if causes:
        error.__cause__ = caused(*causes)
    return error


REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
NO_ROUTE = OSError(errno.ENETUNREACH, "unreachable")
FAILURES = [
    pytest.param(httpx.ConnectTimeout(""), Verdict.TIMEOUT, True, id="no connection in time"),
    pytest.param(TimeoutError(), Verdict.TIMEOUT, False, id="no answer in time"),
    pytest.param(httpx.ReadTimeout(""), Verdict.TIMEOUT, False, id="no byte in time"),
    pytest.param(caused(httpx.ConnectError(""), REFUSED), Verdict.DEAD, False, id="refused"),
    pytest.param(
        caused(httpx.ConnectError(""), OSError("all"), ExceptionGroup("", [NO_ROUTE, REFUSED])),
        Verdict.DEAD,
        False,
        id="refused on one of two ways",
    ),
    pytest.param(
        caused(httpx.ConnectError(""), NO_ROUTE), Verdict.ERROR, True, id="no way to its network"
    ),
    pytest.param(
        caused(httpx.ConnectError(""), socket.gaierror(socket.EAI_AGAIN, "")),
        Verdict.DEAD,
        True,
        id="no look-up just now",
    ),
    pytest.param(
        caused(httpx.ConnectError(""), ssl.SSLError("")), Verdict.TLS, False, id="no encryption"
    ),
    pytest.param(
        caused(httpx.ConnectError(""), ssl.SSLEOFError("")),
        Verdict.ERROR,
        False,
        id="closed during the handshake",
    ),
    pytest.param(httpx.ReadError(""), Verdict.ERROR, False, id="closed"),
    pytest.param(httpx.RemoteProtocolError("odd"), Verdict.ERROR, False, id="not HTTP"),
    pytest.param(httpx.ProxyError(""), Verdict.ERROR, True, id="the proxy"),
    pytest.param(UnicodeError(""), Verdict.INVALID, False, id="no host name"),
]


@pytest.mark.parametrize(("error", "verdict", "maybe_offline"), FAILURES)
def test_each_failure_has_its_verdict(error, verdict, maybe_offline):
    """Why there was no answer decides the verdict, and whose fault it may be."""
    failure = explain_failure(error, "example.org")

    assert (failure.verdict, failure.maybe_offline) == (verdict, maybe_offline)


def test_a_broken_proxy_condemns_no_link():
    """A connection refused by the machine's own proxy says nothing about the link."""
    error = caused(httpx.ConnectError(""), REFUSED)

    failure = explain_failure(error, "example.org", is_proxied=True)

    assert (failure.verdict, failure.maybe_offline) == (Verdict.ERROR, True)


def test_names_that_can_never_exist_are_nobodys_fault():
    """A reserved name that is not found does not suggest that the machine is offline."""
    error = caused(httpx.ConnectError(""), socket.gaierror(socket.EAI_AGAIN, ""))

    failure = explain_failure(error, "nowhere.invalid")

    assert failure.detail == "names a host that does not exist"
    assert not failure.maybe_offline


hostile = st.one_of(
    st.text(),
    st.text().map("http://".__add__),
    st.text(alphabet="ht:/[]@#?%.\\ \x00\u202eé1", max_size=30),
)


@given(hostile)
def test_any_text_is_a_target_or_a_reason(text):
    """A URL that cannot be asked raises ValueError and nothing else."""
    with suppress(ValueError):
        trail = start_trail(text)

        assert trail.here.scheme in {"http", "https"}
        assert trail.here.host


@given(hostile, st.sampled_from([301, 302, 303, 307, 308]))
def test_any_location_is_followed_or_judged(location, status):
    """A target of a redirect that cannot be asked raises ValueError and nothing else."""
    start = start_trail("https://user:secret@example.org/a/b?c#d")

    with suppress(ValueError):
        trail = extend_trail(start, Reply(status, location), most=5)

        assert trail.here.scheme in {"http", "https"}


def follow(*hops):
    trail: Trail = start_trail("https://example.org/a")
    for status, location in hops:
        trail = extend_trail(trail, Reply(status, location), most=5)
    return trail


def test_permanent_redirects_move_a_link():
    """As far as permanent redirects lead, the link moved."""
    trail = follow((301, "/b"), (308, "https://example.com/c"))

    assert trail.is_moved
    assert str(trail.lasting) == "https://example.com/c"


def test_a_temporary_redirect_ends_what_lasts():
    """What comes after a temporary redirect is temporary, whatever it says."""
    trail = follow((301, "/b"), (302, "/c"), (301, "/d"))

    assert str(trail.lasting) == "https://example.org/b"
    assert str(trail.here) == "https://example.org/d"


def test_a_link_that_leads_elsewhere_for_now_did_not_move():
    """A temporary redirect alone leaves the link as it is."""
    trail = follow((307, "/b"))

    assert trail.is_led_elsewhere
    assert not trail.is_moved


def test_six_redirects_are_too_many():
    """More redirects than allowed count as a loop."""
    with pytest.raises(LoopError, match="more than 5 times"):
        follow(*((302, f"/{number}") for number in range(6)))


def test_a_fragment_alone_does_not_break_a_circle():
    """Pages that differ in their fragment only are the same page."""
    with pytest.raises(LoopError, match="circle"):
        follow((302, "/a#again"))
