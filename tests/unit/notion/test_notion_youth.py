"""Whether a listing may lack rows is judged by the server's clock alone."""

from datetime import UTC, datetime

import pytest

from tracker.adapters.notion.exchange import parse_http_date
from tracker.adapters.notion.listing import is_young

NOW = datetime(2026, 11, 1, 10, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param(["2026-11-01T10:04:00.000Z"], True, id="a minute ago"),
        pytest.param(["2026-11-01T10:03:00.000Z"], True, id="made in the last second of a minute"),
        pytest.param(["2026-11-01T10:02:00.000Z"], False, id="more than two minutes ago"),
        pytest.param(["2026-11-01T10:02:40.500+00:00"], False, id="exact, and too long ago"),
        pytest.param(["2026-11-01T12:04:30+02:00"], True, id="told in another zone"),
        pytest.param(["2026-11-01T10:06:00.000Z"], True, id="later than now"),
        pytest.param(
            ["2026-10-01T10:00:00Z", "2026-11-01T10:04:00Z"], True, id="the newest counts"
        ),
        pytest.param(["", "yesterday", "2026-11-01T10:04:00"], False, id="no times at all"),
        pytest.param([], False, id="nothing there"),
    ],
)
def test_what_was_made_within_the_lag_is_young(times, expected):
    """Times are cut to the minute, so a minute more than the lag has to have gone by."""
    assert is_young(times, NOW) is expected


def test_without_the_servers_time_everything_may_be_young():
    """A server that never says what time it is gets the benefit of the doubt."""
    assert is_young(["2020-01-01T00:00:00Z"], None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sun, 01 Nov 2026 10:05:00 GMT", NOW),
        ("", None),
        ("now", None),
        ("Sun, 99 Nov 2026 10:05:00 GMT", None),
    ],
)
def test_the_date_of_an_answer(text, expected):
    """The Date header is the server's time; anything else is none."""
    assert parse_http_date(text) == expected
