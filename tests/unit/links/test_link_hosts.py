"""When a request to a host may start."""

import asyncio

import httpx
import pytest

from tracker.adapters.link_check.http_links import Host, LinkLimits, LinkRun
from tracker.adapters.proxies import is_loopback

LIMITS = LinkLimits(per_host=2, spacing=0.1, deadline=16.0, patience=10.0)


class Time:
    """A clock that sleeping moves on."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


def make_host(time):
    return Host(LIMITS, spacing=LIMITS.spacing, sleep=time.sleep, now=time)


async def note_starts(host, time, turns):
    starts = []
    for _ in range(turns):
        async with host.turn():
            starts.append(round(time(), 3))
    return starts


def test_requests_to_one_host_start_one_after_the_other():
    """Between two starts there is a small gap."""
    time = Time()

    starts = asyncio.run(note_starts(make_host(time), time, 3))

    assert starts == [0.0, 0.1, 0.2]


def test_a_host_on_hold_is_left_alone():
    """Nothing starts before the host's wait is over."""
    time = Time()
    host = make_host(time)

    assert host.hold(4.0)
    starts = asyncio.run(note_starts(host, time, 1))

    assert starts == [4.0]


def test_waits_that_overlap_cost_patience_once():
    """Several links that are limited at the same time wait together."""
    host = make_host(Time())

    assert all(host.hold(8.0) for _ in range(5))


def test_patience_ends():
    """A host cannot make a run wait longer in all than its patience."""
    time = Time()
    host = make_host(time)

    assert host.hold(8.0)
    time.now = 8.0

    assert not host.hold(8.0)
    assert host.hold(2.0)


def test_a_silent_host_gets_less_time_from_round_to_round():
    """Many links of a host that never answers do not each take the whole time."""
    host = make_host(Time())

    allowances = []
    for _ in range(8):
        allowances.append(host.allowance)
        host.note_answer(is_silent=True)

    assert allowances == [16.0, 16.0, 8.0, 8.0, 4.0, 4.0, 4.0, 4.0]


def test_one_answer_restores_trust():
    """A host that answers gets the whole time again."""
    host = make_host(Time())
    for _ in range(8):
        host.note_answer(is_silent=True)

    host.note_answer(is_silent=False)

    assert host.allowance == 16.0


def test_a_host_is_known_by_name_and_port():
    """Pages of one server share its turns; another port is another server."""
    run = LinkRun(None, LIMITS, may_use_proxy=False, sleep=asyncio.sleep, now=Time())
    first, same, other = (
        run.find_host(httpx.URL(url))
        for url in ("http://Example.org/a", "http://example.org/b", "http://example.org:81/a")
    )

    assert first is same
    assert first is not other


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("example.org", False),
        ("10.0.0.1", False),
    ],
)
def test_this_machine_is_known(host, expected):
    """Only this machine itself is spared the gap between requests."""
    assert is_loopback(host) is expected
