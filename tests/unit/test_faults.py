"""What the bad network of the tests does to a request, and what the server saw of it."""

import json

import faults
import httpx
import pytest
from notion_fakes import ManualTime
from notion_person import HEADERS

from tracker.workspace.app import ROOT_PAGE_ID, make_app

MAKE = {"parent": {"page_id": ROOT_PAGE_ID}, "properties": {}}


@pytest.fixture
def time():
    return ManualTime()


@pytest.fixture
def log(time):
    app = make_app(None)
    yield faults.WriteLog(httpx.WSGITransport(app=app), time.clock)
    app.extensions["workspace"].close()


@pytest.fixture
def source(log):
    made = ask(log, "POST", "databases", _database())
    return made.json()["data_sources"][0]["id"]


def _database():
    return {
        "parent": {"type": "page_id", "page_id": ROOT_PAGE_ID},
        "initial_data_source": {"properties": {"Skill": {"title": {}}}},
    }


def ask(transport, method, path, body=None):
    client = httpx.Client(transport=transport, base_url="http://localhost", headers=HEADERS)
    return client.request(method, f"/v1/{path}", json=body)


def add(transport, source, name):
    title = {"Skill": {"title": [{"text": {"content": name}}]}}
    return ask(
        transport,
        "POST",
        "pages",
        {"parent": {"data_source_id": source}, "properties": title},
    )


def names(transport, source, **body):
    answer = ask(transport, "POST", f"data_sources/{source}/query", body).json()
    return sorted(
        "".join(each["plain_text"] for each in row["properties"]["Skill"]["title"])
        for row in answer["results"]
    )


AMBIGUOUS = {
    "a 500": lambda done: faults.failing(500, done=done),
    "a 502 in HTML": lambda done: faults.failing(502, done=done),
    "a 503": lambda done: faults.failing(503, done=done),
    "a 504": lambda done: faults.failing(504, done=done),
    "no answer in time": lambda done: faults.losing(httpx.ReadTimeout, done=done),
    "a broken connection": lambda done: faults.losing(httpx.RemoteProtocolError, done=done),
    "a kill": lambda done: faults.killed(done=done),
}


@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("make", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_an_ambiguous_failure_hides_whether_the_row_was_made(log, source, make, done):
    """The client sees a failure either way; the server made the row exactly when told so."""
    transport = faults.FaultyTransport(log, faults.at([0], make(done)))

    try:
        seen = add(transport, source, "x").status_code
    except (httpx.TransportError, faults.Killed):
        seen = 0

    assert seen in {0, 500, 502, 503, 504}
    assert names(log, source) == (["x"] if done else [])
    assert sum(transport.faults.values()) == 1


def test_a_saved_row_is_named_in_the_failure(log, source):
    """A 503 that says the change was saved names the row that was made."""
    transport = faults.FaultyTransport(log, faults.at([0], faults.saved()))

    answer = add(transport, source, "x").json()

    (row,) = ask(log, "POST", f"data_sources/{source}/query", {}).json()["results"]
    assert answer["additional_data"]["committed_resource_id"] == row["id"]


def test_a_dead_process_sends_nothing(log, source):
    """After a kill every further request dies too."""
    transport = faults.FaultyTransport(log, faults.at([0], faults.killed(done=False)))

    for _ in range(2):
        with pytest.raises(faults.Killed):
            add(transport, source, "x")

    assert names(log, source) == []


def test_a_listing_comes_in_short_pages(log, source):
    """A short page has fewer rows than asked for and a cursor to the rest."""
    for name in "abc":
        add(log, source, name)
    transport = faults.FaultyTransport(log, lambda *_: faults.short_page(2))

    answer = ask(transport, "POST", f"data_sources/{source}/query", {"page_size": 100}).json()

    assert (len(answer["results"]), answer["has_more"]) == (2, True)
    assert transport.faults == {"short page": 1}


def test_a_truncated_answer_is_no_json(log, source):
    """What is cut off cannot be read, though it was done."""
    transport = faults.FaultyTransport(log, faults.at([0], faults.truncated()))

    content = add(transport, source, "x").content

    with pytest.raises(ValueError):
        json.loads(content)
    assert names(log, source) == ["x"]


def test_an_index_lags_by_requests(log, source):
    """A lagging listing shows neither a new row nor a new value, and still shows a trashed row."""
    changed, trashed = (add(log, source, name).json()["id"] for name in ("old", "trashed"))
    names(log, source)
    names(log, source)
    transport = faults.FaultyTransport(log, lambda *_: log.lag(requests=3))
    ask(log, "PATCH", f"pages/{trashed}", {"in_trash": True})
    title = {"Skill": {"title": [{"text": {"content": "new"}}]}}
    ask(log, "PATCH", f"pages/{changed}", {"properties": title})
    add(log, source, "made")

    assert names(transport, source) == ["old", "trashed"]
    assert names(log, source) == ["made", "new"]
    assert names(transport, source) == ["new"]
    assert names(transport, source) == ["made", "new"]


def test_an_index_lags_by_seconds(log, source, time):
    """A listing catches up as time goes by."""
    transport = faults.FaultyTransport(log, lambda *_: log.lag(seconds=5))
    add(log, source, "made")

    early = names(transport, source)
    time.sleep(5)

    assert (early, names(transport, source)) == ([], ["made"])


def test_a_fault_befalls_only_what_it_suits(log, source):
    """A listing meets no conflict of writes, and that is not counted as a fault."""
    transport = faults.FaultyTransport(log, lambda *_: faults.conflicting())

    listed, made = names(transport, source), add(transport, source, "x")

    assert (listed, made.status_code) == ([], 409)
    assert (transport.requests, dict(transport.faults)) == (2, {"409": 1})


WAITS = {
    "header": ("90", None),
    "body": (None, "90"),
    "both": ("90", "90"),
    "neither": (None, None),
}


@pytest.mark.parametrize(("told_in", "told"), WAITS.items(), ids=WAITS)
def test_a_rate_limit_tells_its_wait(log, source, told_in, told):
    """The wait stands in the header, in the body as text, in both or in neither."""
    fault = faults.rate_limited(90, told_in=told_in)
    transport = faults.FaultyTransport(log, faults.at([0], fault))

    answer = add(transport, source, "x")

    header, body = told
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == header
    assert answer.json()["additional_data"].get("retry_after") == body
