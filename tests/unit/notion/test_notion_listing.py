"""Listings are complete or refused, never cut short, and may lack new rows by the server's clock."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notion_fakes import SOURCE_ID, ScriptedSender, failed, listing, make_gateway, page

from tracker.adapters.notion import listing as rows_module
from tracker.adapters.notion.exchange import parse_http_date
from tracker.adapters.notion.listing import (
    CutOffError,
    InseparableError,
    Keys,
    fetch_changes,
    fetch_list,
    fetch_pages,
    is_young,
    read_minute,
)
from tracker.errors import RemoteError, UnreachableError

CUT_OFF = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}


def row(number, minute=0):
    made = page(f"aaaaaaaa-0000-4000-8000-{number:012d}")
    made["created_time"] = f"2026-11-01T10:{minute:02d}:00.000Z"
    return made


def fetch(*answers):
    sender = ScriptedSender(*answers)
    answered = fetch_pages(make_gateway(sender), SOURCE_ID)
    return [row["id"] for rows in answered for row in rows], sender


def ids(*numbers):
    return [row(number)["id"] for number in numbers]


def test_only_has_more_ends_a_listing():
    """Short and empty pages in between are no end, and each row counts once."""
    found, sender = fetch(
        listing(row(1), cursor="a"),
        listing(cursor="b"),
        listing(row(1), row(2), {"object": "data_source", "id": "x"}),
    )

    assert found == ids(1, 2)
    assert [asked[2].get("start_cursor") for asked in sender.asked] == [None, "a", "b"]


def test_a_listing_is_asked_for_in_an_order_that_does_not_change():
    """Rows are sorted by creation, oldest first, a hundred at a time."""
    _, sender = fetch(listing())

    assert sender.asked[0][:2] == ("POST", f"data_sources/{SOURCE_ID}/query")
    assert sender.asked[0][2] == {
        "page_size": 100,
        "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
    }


def test_more_rows_than_a_query_shows_are_read_in_windows():
    """After the limit the listing goes on from the latest creation time it saw."""
    found, sender = fetch(
        listing(row(1, 0), row(2, 5), request_status=CUT_OFF),
        listing(row(2, 5), row(3, 9), request_status={"type": "complete"}),
    )

    assert found == ids(1, 2, 3)
    assert sender.asked[1][2]["filter"] == {
        "timestamp": "created_time",
        "created_time": {"on_or_after": "2026-11-01T10:05:00.000Z"},
    }


def fetch_since(*answers):
    sender = ScriptedSender(*answers)
    since = datetime(2026, 11, 1, 11, 58, 30, tzinfo=timezone(timedelta(hours=1)))
    answered = fetch_changes(make_gateway(sender), SOURCE_ID, since)
    return [row["id"] for rows in answered for row in rows], sender


def test_edited_rows_are_asked_for_by_the_minute():
    """Of that minute on, in UTC, in an order that no edit changes meanwhile."""
    found, sender = fetch_since(listing(row(1), cursor="a"), listing(row(2)))

    assert found == ids(1, 2)
    assert sender.asked[0][2] == {
        "page_size": 100,
        "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
        "filter": {
            "timestamp": "last_edited_time",
            "last_edited_time": {"on_or_after": "2026-11-01T10:58:00.000Z"},
        },
    }


def test_more_edited_rows_than_a_query_shows_are_not_taken_for_all():
    """After its limit a query says that there are more."""
    with pytest.raises(CutOffError):
        fetch_since(listing(row(1), request_status=CUT_OFF))


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(
            [listing(row(1), request_status={"type": "incomplete", "incomplete_reason": "x"})],
            id="incomplete for another reason",
        ),
        pytest.param(
            [listing(row(1), request_status={"type": "incomplete"})], id="incomplete, no reason"
        ),
        pytest.param([listing(row(1), request_status="incomplete")], id="a status of no form"),
        pytest.param([listing(row(1), request_status={"type": []})], id="a status of no type"),
        pytest.param([{**listing(row(1)), "has_more": True}], id="more, but no cursor"),
        pytest.param([listing(row(1), cursor="a")], id="a cursor that goes in circles"),
        pytest.param([{"object": "list", "has_more": False}], id="no results"),
        pytest.param([{"object": "page", "id": "x"}], id="no list at all"),
        pytest.param([listing(row(1, 3), request_status=CUT_OFF)], id="a window without progress"),
        pytest.param([{**listing(row(1)), "has_more": "true"}], id="more, as a text"),
        pytest.param([{**listing(row(1)), "has_more": "false"}], id="no more, as a text"),
        pytest.param([{**listing(row(1)), "has_more": None}], id="neither more nor an end"),
        pytest.param([listing(request_status=CUT_OFF)], id="cut off, and nothing shown"),
    ],
)
def test_a_part_is_never_taken_for_the_whole(answers):
    """Every sign of a gap ends the reading with exit code 5."""
    with pytest.raises(RemoteError) as caught:
        fetch(*answers)

    assert caught.value.problems[0].code == "incomplete-listing"
    assert caught.value.exit_code == 5


class EndlessListing:
    """A server that says for ever that there is more; `make` makes what it shows each time."""

    def __init__(self, make):
        self.make = make
        self.count = 0

    def __call__(self, *_):
        self.count += 1
        return listing(*self.make(self.count), cursor=f"cursor {self.count}")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda _: [row(1), row(2)], id="the same rows"),
        pytest.param(lambda number: [row(number % 3)], id="the same rows in turn"),
        pytest.param(lambda number: [{**row(1), "in_trash": number % 2}], id="a row that changes"),
        pytest.param(lambda _: [], id="empty pages"),
        pytest.param(lambda _: [{"object": "data_source", "id": "x"}], id="no rows"),
    ],
)
def test_a_listing_that_brings_nothing_new_is_given_up(make):
    """Three pages without a new row, and more to come: no listing, and few requests."""
    server = EndlessListing(make)

    with pytest.raises(RemoteError) as caught:
        fetch(server)

    assert caught.value.problems[0].code == "incomplete-listing"
    assert server.count <= 7


def test_more_rows_than_notion_can_have_are_no_listing(monkeypatch):
    """Rows without end are given up at the bound of a database, not when the memory is full."""
    monkeypatch.setattr(rows_module, "MOST_ROWS", 50)
    server = EndlessListing(lambda number: [row(number * 10 + place) for place in range(10)])

    with pytest.raises(RemoteError, match="incomplete"):
        fetch(server)

    assert server.count == 6


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda _: [{"object": "block", "id": "b"}], id="the same block"),
        pytest.param(lambda _: [{"object": "property_item", "number": 1}], id="the same value"),
        pytest.param(
            lambda number: [{"object": "block", "id": f"{number}-{n}"} for n in range(100)],
            id="new blocks for ever",
        ),
    ],
)
def test_other_lists_come_to_an_end_too(make):
    """Blocks and references are listed under the same bounds."""
    server = EndlessListing(make)

    with pytest.raises(RemoteError, match="incomplete"):
        fetch_list(make_gateway(ScriptedSender(server)), "blocks/b/children")

    assert server.count <= 251


def test_a_failure_in_the_middle_is_a_failure_of_the_whole():
    """A page that cannot be read does not shorten the listing."""
    with pytest.raises(UnreachableError):
        fetch(listing(row(1), cursor="a"), failed(500))


def test_lists_are_followed_to_their_end():
    """A paginated GET passes its cursor on."""
    sender = ScriptedSender(listing({"id": 1}, cursor="c"), listing({"id": 2}))

    found = fetch_list(make_gateway(sender), "blocks/b/children")

    assert found == [{"id": 1}, {"id": 2}]
    assert sender.asked[1][3] == {"page_size": 100, "start_cursor": "c"}


@pytest.mark.parametrize("entry", [None, "a row", 5, [], [{}]])
def test_an_entry_that_cannot_be_read_is_not_passed_over(entry):
    """A list that holds garbage is no list: what is missing from it may be what was looked for."""
    sender = ScriptedSender(listing({"type": "relation", "relation": {"id": "p1"}}, entry))

    with pytest.raises(RemoteError):
        fetch_list(make_gateway(sender), "pages/p1/properties/x")


@pytest.mark.parametrize("kind", [None, [], {}, 5, "block"])
def test_entries_of_another_kind_are_no_rows(kind):
    """What says that it is no page, in whatever form, is listed as no row."""
    assert fetch(listing(row(1), row(2) | {"object": kind}))[0] == ids(1)


MINUTE = "2026-11-01T10:00:00.000Z"
MOST = 4
KEYS = Keys("order", (("title", "title"), ("%3Aid", "rich_text")))


def minute_row(number, order=None, name="", key=""):
    return {
        "id": number,
        "created_time": MINUTE,
        "properties": {
            "Order": {"id": "order", "type": "number", "number": order},
            "Skill": {"id": "title", "type": "title", "title": texts(name)},
            "Tracker ID": {"id": "%3Aid", "type": "rich_text", "rich_text": texts(key)},
        },
    }


def texts(text):
    return [{"plain_text": text}] if text else []


class Server:
    """Answers queries as Notion does, two rows an answer, and shows at most four in all."""

    def __init__(self, rows):
        self.rows = rows
        self.queries = 0

    def query(self, conditions, sort):
        self.queries += 1
        rows = [row for row in self.rows if all(_meets(row, wanted) for wanted in conditions)]
        if "property" in sort:
            is_down = sort["direction"] == "descending"
            rows.sort(key=lambda row: _value(row, sort["property"]), reverse=is_down)
        yield rows[:2]
        yield rows[2:MOST]
        return len(rows) > MOST


def _value(found, key):
    (prop,) = (value for value in found["properties"].values() if value["id"] == key)
    value = prop[prop["type"]]
    return "".join(item["plain_text"] for item in value) if isinstance(value, list) else value


def _meets(found, wanted):
    if "timestamp" in wanted:
        (test,) = wanted["created_time"].items()
        return test in {("on_or_after", MINUTE), ("on_or_before", MINUTE)}
    value = _value(found, wanted["property"])
    ((operator, given),) = next(it for key, it in wanted.items() if key != "property").items()
    if operator in {"is_empty", "is_not_empty"}:
        return (value in {None, ""}) == (operator == "is_empty")
    if isinstance(value, str):
        return (given in value.casefold()) == (operator == "contains")
    return (
        value is not None
        and {
            "equals": value == given,
            "greater_than": value > given,
            "greater_than_or_equal_to": value >= given,
        }[operator]
    )


def read(rows):
    server = Server(rows)
    return {row["id"] for answer in read_minute(server.query, MINUTE, KEYS) for row in answer}


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([minute_row(n, order=n * 1024.0) for n in range(23)], id="all have a number"),
        pytest.param([minute_row(n, name=f"Skill {n}") for n in range(23)], id="none has a number"),
        pytest.param(
            [minute_row(n, 5.0, f"Skill {n}") for n in range(23)], id="all have one number"
        ),
        pytest.param([minute_row(n, key=f"skill-{n}") for n in range(23)], id="only ids differ"),
        pytest.param(
            [minute_row(n, order=n // 7) | minute_row(n, n // 7, f"Row {n}") for n in range(23)],
            id="many share a number",
        ),
        pytest.param(
            [
                *(minute_row(n, n) for n in range(9)),
                *(minute_row(n, name=f"{n}") for n in range(9, 20)),
            ],
            id="some have a number",
        ),
        pytest.param(
            [
                *(minute_row(n) for n in range(4)),
                *(minute_row(n, name=f"{n} a") for n in range(4, 15)),
            ],
            id="some have nothing at all",
        ),
        pytest.param(
            [minute_row(n, name="abcdefgh"[n % 8]) for n in range(32)], id="names come in fours"
        ),
        pytest.param(
            [minute_row(n, name="ÄÖÜß日本語абв"[n % 10]) for n in range(20)], id="any script"
        ),
    ],
)
def test_every_row_of_a_full_minute_is_read(rows):
    """Whatever tells the rows apart, none is missing, and the reading comes to an end."""
    assert read(rows) == {row["id"] for row in rows}


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([minute_row(n) for n in range(5)], id="empty rows"),
        pytest.param([minute_row(n, 1.0, "The same", "same") for n in range(5)], id="equal rows"),
    ],
)
def test_rows_that_nothing_tells_apart_are_no_complete_listing(rows):
    """More equal rows than a query shows end the reading with an exception."""
    with pytest.raises(InseparableError):
        read(rows)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, 1.0, 2.5, -3.0]), st.text("abC1 é", max_size=3), st.text("xy-")
        ),
        max_size=40,
    )
)
def test_a_minute_is_read_whole_or_not_at_all(values):
    """Either every row is read, or it is said that this cannot be done."""
    rows = [minute_row(number, *cells) for number, cells in enumerate(values)]

    try:
        found = read(rows)
    except InseparableError:
        assert len(rows) > MOST
    else:
        assert found == {row["id"] for row in rows}


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
