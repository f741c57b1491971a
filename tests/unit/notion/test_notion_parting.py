"""More rows of one minute than a query shows: read in parts, or refused, never cut short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.adapters.notion.listing import InseparableError, Keys, read_minute

MINUTE = "2026-11-01T10:00:00.000Z"
MOST = 4
KEYS = Keys("order", (("title", "title"), ("%3Aid", "rich_text")))


def row(number, order=None, name="", key=""):
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
        rows = [each for each in self.rows if all(_meets(each, wanted) for wanted in conditions)]
        if "property" in sort:
            is_down = sort["direction"] == "descending"
            rows.sort(key=lambda each: _value(each, sort["property"]), reverse=is_down)
        yield rows[:2]
        yield rows[2:MOST]
        return len(rows) > MOST


def _value(found, key):
    (prop,) = (each for each in found["properties"].values() if each["id"] == key)
    value = prop[prop["type"]]
    return "".join(each["plain_text"] for each in value) if isinstance(value, list) else value


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
    return {each["id"] for answer in read_minute(server.query, MINUTE, KEYS) for each in answer}


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row(n, order=n * 1024.0) for n in range(23)], id="all have a number"),
        pytest.param([row(n, name=f"Skill {n}") for n in range(23)], id="none has a number"),
        pytest.param([row(n, 5.0, f"Skill {n}") for n in range(23)], id="all have one number"),
        pytest.param([row(n, key=f"skill-{n}") for n in range(23)], id="only ids differ"),
        pytest.param(
            [row(n, order=n // 7) | row(n, n // 7, f"Row {n}") for n in range(23)],
            id="many share a number",
        ),
        pytest.param(
            [*(row(n, n) for n in range(9)), *(row(n, name=f"{n}") for n in range(9, 20))],
            id="some have a number",
        ),
        pytest.param(
            [*(row(n) for n in range(4)), *(row(n, name=f"{n} a") for n in range(4, 15))],
            id="some have nothing at all",
        ),
        pytest.param([row(n, name="abcdefgh"[n % 8]) for n in range(32)], id="names come in fours"),
        pytest.param([row(n, name="ÄÖÜß日本語абв"[n % 10]) for n in range(20)], id="any script"),
    ],
)
def test_every_row_of_a_full_minute_is_read(rows):
    """Whatever tells the rows apart, none is missing, and the reading comes to an end."""
    assert read(rows) == {each["id"] for each in rows}


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row(n) for n in range(5)], id="empty rows"),
        pytest.param([row(n, 1.0, "The same", "same") for n in range(5)], id="equal rows"),
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
    rows = [row(number, *each) for number, each in enumerate(values)]

    try:
        found = read(rows)
    except InseparableError:
        assert len(rows) > MOST
    else:
        assert found == {each["id"] for each in rows}
