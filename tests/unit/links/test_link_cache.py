"""What links answered lately, remembered in a file."""

import json

import pytest

from tracker.adapters.link_check.cache import LinkCache
from tracker.roadmap.links import LinkAnswer, Verdict


class SettableClock:
    """A clock that stands still until it is set."""

    def __init__(self, moment="2026-11-01T12:00:00+00:00"):
        self.moment = moment

    def now(self):
        return self.moment


OK = LinkAnswer("https://x.org/ok", Verdict.OK, seconds=0.5)
MOVED = LinkAnswer("https://x.org/old", Verdict.MOVED, "moved for good", "https://x.org/new")
DEAD = LinkAnswer("https://x.org/dead", Verdict.DEAD, "answers 404 Not Found")


@pytest.fixture
def clock():
    return SettableClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".tracker" / "link-cache.json"


@pytest.mark.parametrize(
    ("moment", "fresh"),
    [
        pytest.param("2026-11-01T12:59:59+00:00", (OK, MOVED, DEAD), id="within the hour"),
        pytest.param("2026-11-01T13:00:00+00:00", (OK, MOVED), id="after an hour"),
        pytest.param("2026-11-08T11:59:59+00:00", (OK, MOVED), id="within a week"),
        pytest.param("2026-11-08T12:00:00+00:00", (), id="after a week"),
        pytest.param("2026-10-31T12:00:00+00:00", (), id="when the clock was set back"),
    ],
)
def test_answers_stay_fresh_for_a_while(path, clock, moment, fresh):
    """Good answers are kept for a week, others for an hour."""
    LinkCache(path, clock).save_answers([OK, MOVED, DEAD])
    clock.moment = moment

    assert LinkCache(path, clock).load_answers() == fresh


def test_saving_keeps_what_is_fresh_and_drops_what_is_not(path, clock):
    """The file holds no more than answers that still count."""
    cache = LinkCache(path, clock)
    cache.save_answers([OK, DEAD])
    clock.moment = "2026-11-02T12:00:00+00:00"

    cache.save_answers([MOVED])

    assert cache.load_answers() == (OK, MOVED)
    assert "dead" not in path.read_text()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"\xff\xfe\x00", id="not text"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"schema": 2, "links": []}', id="of another version"),
        pytest.param(b'{"schema": 1, "links": 7}', id="without links"),
        pytest.param(b'{"schema": 1, "links": [7, null, {}, {"url": 1}]}', id="of strange links"),
    ],
)
def test_a_file_that_is_not_understood_is_an_empty_one(path, clock, content):
    """A broken file neither stops a run nor survives it."""
    path.parent.mkdir()
    path.write_bytes(content)
    cache = LinkCache(path, clock)

    assert cache.load_answers() == ()
    cache.save_answers([OK])
    assert cache.load_answers() == (OK,)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "splendid"},
        {"at": "yesterday"},
        {"at": "2026-11-01T12:00:00"},
        {"seconds": "long"},
        {"seconds": None},
        {"final_url": "x" * 5000},
        {"url": ["https://x.org/ok"]},
    ],
    ids=str,
)
def test_an_entry_that_is_not_understood_is_left_out(path, clock, change):
    """One bad entry does not spoil the others."""
    cache = LinkCache(path, clock)
    cache.save_answers([OK, DEAD])
    content = json.loads(path.read_text())
    content["links"][0] |= change
    path.write_text(json.dumps(content))

    assert cache.load_answers() == (DEAD,)


def test_a_link_with_a_password_is_not_remembered(path, clock):
    """No secret reaches the file."""
    secret = LinkAnswer("https://user:secret@x.org/", Verdict.OK)
    cache = LinkCache(path, clock)

    cache.save_answers([secret, OK])

    assert cache.load_answers() == (OK,)
    assert "secret" not in path.read_text()


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, clock):
    """Without a place to remember, nothing is remembered."""
    (tmp_path / "blocked").write_text("a file where a folder should be")
    cache = LinkCache(tmp_path / "blocked" / "link-cache.json", clock)

    cache.save_answers([OK])

    assert cache.load_answers() == ()
