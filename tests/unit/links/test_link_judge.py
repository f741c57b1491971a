"""What answers and failures mean for a link."""

import errno
import math
import socket
import ssl
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.adapters.link_check.judge import (
    DEFAULT_WAIT,
    explain_failure,
    judge_status,
    parse_retry_after,
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
