from __future__ import annotations

import pytest

from tracker.workspace import query as query_module

SCHEMA = {
    "Name": {"title": {}},
    "Hours": {"number": {}},
    "Note": {"rich_text": {}},
    "Done": {"checkbox": {}},
    "Level": {"select": {"options": [{"name": "entry"}, {"name": "advanced"}]}},
    "Status": {"status": {}},
    "Tags": {"multi_select": {"options": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}},
    "Date": {"date": {}},
}


def row(title, **values):
    """Return the properties of a row."""
    return {"Name": {"title": [{"text": {"content": title}}]}, **values}


@pytest.fixture
def source(api):
    return api.table(SCHEMA)


@pytest.fixture
def filled(api, source):
    rows = [
        row(
            "Skill 10",
            Hours={"number": 3},
            Note={"rich_text": [{"text": {"content": "Hello World"}}]},
            Done={"checkbox": True},
            Level={"select": {"name": "advanced"}},
            Status={"status": {"name": "Done"}},
            Tags={"multi_select": [{"name": "a"}, {"name": "b"}]},
            Date={"date": {"start": "2026-11-05T08:30:45Z"}},
        ),
        row(
            "Skill 2",
            Hours={"number": 1},
            Level={"select": {"name": "entry"}},
            Status={"status": {"name": "In progress"}},
            Tags={"multi_select": [{"name": "b"}]},
            Date={"date": {"start": "2026-11-04"}},
        ),
        row("skill 1"),
    ]
    for properties in rows:
        api.row(source, properties)
        api.wait(minutes=1)
    return source


def condition(name, kind, **operator):
    """Return a property filter."""
    return {"property": name, kind: operator}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (condition("Name", "title", equals="Skill 2"), ["Skill 2"]),
        (condition("Name", "rich_text", equals="skill 2"), []),
        (condition("Name", "title", contains="SKILL 1"), ["skill 1", "Skill 10"]),
        (condition("Name", "title", does_not_contain="1"), ["Skill 2"]),
        (condition("Note", "rich_text", is_empty=True), ["skill 1", "Skill 2"]),
        (condition("Note", "rich_text", does_not_equal="Hello World"), ["skill 1", "Skill 2"]),
        (condition("Hours", "number", equals=3), ["Skill 10"]),
        (condition("Hours", "number", does_not_equal=3), ["skill 1", "Skill 2"]),
        (condition("Hours", "number", less_than=3), ["Skill 2"]),
        (condition("Hours", "number", greater_than_or_equal_to=1), ["Skill 2", "Skill 10"]),
        (condition("Hours", "number", is_empty=True), ["skill 1"]),
        (condition("Done", "checkbox", equals=True), ["Skill 10"]),
        (condition("Done", "checkbox", does_not_equal=True), ["skill 1", "Skill 2"]),
        (condition("Level", "select", equals="entry"), ["Skill 2"]),
        (condition("Level", "select", equals=["entry", "advanced"]), ["Skill 2", "Skill 10"]),
        (condition("Level", "select", does_not_equal="entry"), ["skill 1", "Skill 10"]),
        (condition("Level", "select", is_not_empty=True), ["Skill 2", "Skill 10"]),
        (condition("Status", "status", equals="Not started"), ["skill 1"]),
        (condition("Status", "status", equals="Complete"), ["Skill 10"]),
        (condition("Tags", "multi_select", contains="b"), ["Skill 2", "Skill 10"]),
        (condition("Tags", "multi_select", does_not_contain="a"), ["skill 1", "Skill 2"]),
        (condition("Tags", "multi_select", is_empty=True), ["skill 1"]),
        (condition("Date", "date", equals="2026-11-05"), ["Skill 10"]),
        (condition("Date", "date", equals="2026-11-05T08:30:20Z"), ["Skill 10"]),
        (condition("Date", "date", before="2026-11-05"), ["Skill 2"]),
        (condition("Date", "date", after="2026-11-04"), ["Skill 10"]),
        (condition("Date", "date", on_or_after="2026-11-04"), ["Skill 2", "Skill 10"]),
        (condition("Date", "date", on_or_before="2026-11-04"), ["Skill 2"]),
        (condition("Date", "date", is_empty=True), ["skill 1"]),
        (
            {"timestamp": "created_time", "created_time": {"on_or_after": "2026-11-05T10:31:00Z"}},
            ["skill 1", "Skill 2"],
        ),
        (
            {
                "timestamp": "last_edited_time",
                "last_edited_time": {"before": "2026-11-05T10:31:00Z"},
            },
            ["Skill 10"],
        ),
        (
            {
                "and": [
                    condition("Done", "checkbox", equals=False),
                    {
                        "or": [
                            condition("Hours", "number", equals=1),
                            condition("Hours", "number", equals=3),
                        ]
                    },
                ]
            },
            ["Skill 2"],
        ),
        ({"or": []}, []),
        ({"and": []}, ["skill 1", "Skill 2", "Skill 10"]),
    ],
    ids=str,
)
def test_filters_find_what_they_say(api, filled, given, expected):
    """Each operator finds its rows, newest first."""
    assert api.names(filled, filter=given) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            condition("Nobody", "number", equals=1),
            "Could not find property with name or id: Nobody",
        ),
        (condition("Hours", "select", equals="x"), "does not match filter select"),
        (condition("Hours", "number", equals="x"), "should be a number"),
        (condition("Hours", "number", resembles=1), "body.filter.number should be"),
        (condition("Name", "title", is_empty=False), "should be `true`"),
        (condition("Date", "date", before="soon"), "valid ISO 8601"),
        (condition("Date", "date", this_week={}), "body.filter.date should be"),
        (condition("Level", "select", equals="expert"), 'Available options: "entry", "advanced".'),
        ({"property": "Hours"}, "should be defined"),
        ({"and": {}}, "should be an array"),
        ({"and": [{"or": [{"and": []}]}]}, "nested deeper than 2 levels"),
        ([], "should be an object"),
    ],
    ids=str,
)
def test_wrong_filters_are_refused(api, filled, given, message):
    """A filter that cannot be meant is a 400 that names the place or the property."""
    error = api.refuse("POST", f"/data_sources/{filled['id']}/query", {"filter": given})

    assert message in error["message"]


@pytest.mark.parametrize(
    ("sorts", "expected"),
    [
        ([], ["skill 1", "Skill 2", "Skill 10"]),
        ([{"property": "Name", "direction": "ascending"}], ["skill 1", "Skill 2", "Skill 10"]),
        ([{"property": "Name", "direction": "descending"}], ["Skill 10", "Skill 2", "skill 1"]),
        ([{"property": "Hours", "direction": "ascending"}], ["Skill 2", "Skill 10", "skill 1"]),
        ([{"property": "Hours", "direction": "descending"}], ["Skill 10", "Skill 2", "skill 1"]),
        ([{"property": "Level", "direction": "descending"}], ["Skill 10", "Skill 2", "skill 1"]),
        ([{"property": "Status", "direction": "ascending"}], ["skill 1", "Skill 2", "Skill 10"]),
        ([{"property": "Date", "direction": "ascending"}], ["Skill 2", "Skill 10", "skill 1"]),
        (
            [{"timestamp": "created_time", "direction": "ascending"}],
            ["Skill 10", "Skill 2", "skill 1"],
        ),
        (
            [
                {"property": "Done", "direction": "descending"},
                {"timestamp": "created_time", "direction": "ascending"},
            ],
            ["Skill 10", "Skill 2", "skill 1"],
        ),
    ],
    ids=str,
)
def test_sorts_order_rows(api, filled, sorts, expected):
    """Digits count as numbers, options by their place in the list, empty values come last."""
    assert api.names(filled, sorts=sorts) == expected


def walk(api, source, **body):
    """Return the titles of all pages of a query."""
    names, cursor = [], None
    while True:
        answer = api.query(source, **body, **({"start_cursor": cursor} if cursor else {}))
        names += [
            "".join(run["plain_text"] for run in page["properties"]["Name"]["title"])
            for page in answer["results"]
        ]
        cursor = answer["next_cursor"]
        assert answer["has_more"] is (cursor is not None)
        if cursor is None:
            return names


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sorts": [{"timestamp": "created_time", "direction": "ascending"}]},
        {"sorts": [{"property": "Name", "direction": "ascending"}]},
        {"filter": condition("Name", "title", contains="s")},
    ],
    ids=["newest first", "oldest first", "by name", "filtered"],
)
def test_paging_gives_every_row_once(api, source, body):
    """Walking the cursors reaches each row exactly once, even within one instant."""
    names = [f"s{index:02}" for index in range(11)]
    for name in names:
        api.row(source, row(name))

    assert sorted(walk(api, source, page_size=3, **body)) == names


def test_rows_added_or_removed_between_pages_do_not_hide_others(api, source):
    """Going on behind the last row seen, whatever happened before it."""
    for index in range(6):
        api.row(source, row(f"s{index}"))
    by_name = [{"property": "Name", "direction": "ascending"}]
    first = api.query(source, sorts=by_name, page_size=3)

    api.call("PATCH", f"/pages/{first['results'][0]['id']}", {"in_trash": True})
    api.row(source, row("s00"))
    rest = api.names(source, sorts=by_name, start_cursor=first["next_cursor"])

    assert rest == ["s3", "s4", "s5"]


@pytest.mark.parametrize("cursor", ["x", "!!", "W10", 5, "WzEsMiwzLDRd"])
def test_a_made_up_cursor_is_refused(api, source, cursor):
    """A cursor that was never given out is a validation error."""
    path = f"/data_sources/{source['id']}/query"

    assert api.refuse("POST", path, {"start_cursor": cursor})["code"] == "validation_error"


@pytest.mark.parametrize("size", [0, 101, "5", True])
def test_page_sizes_are_1_to_100(api, source, size):
    """Any other page size is a validation error."""
    path = f"/data_sources/{source['id']}/query"

    assert "page_size" in api.refuse("POST", path, {"page_size": size})["message"]


@pytest.mark.parametrize("with_filter", [False, True])
def test_too_many_rows_are_cut_and_said_so(api, source, monkeypatch, with_filter):
    """Beyond the cap the query ends, and every page says it is incomplete."""
    monkeypatch.setattr(query_module, "MOST_ROWS", 5)
    for index in range(7):
        api.row(source, row(f"s{index}"))
    body = {"filter": condition("Name", "title", is_not_empty=True)} if with_filter else {}

    first = api.query(source, page_size=3, **body)
    last = api.query(source, page_size=3, start_cursor=first["next_cursor"], **body)

    incomplete = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    assert first["request_status"] == last["request_status"] == incomplete
    assert (len(last["results"]), last["has_more"], last["next_cursor"]) == (2, False, None)


def test_a_complete_query_says_nothing_of_its_status(api, filled):
    """`request_status` is there only when something is missing."""
    assert "request_status" not in api.query(filled)


def test_trashed_and_archived_rows_are_left_out(api, filled):
    """Neither the trash nor the archive ever shows."""
    _, second, first = (page["id"] for page in api.query(filled)["results"])
    api.call("PATCH", f"/pages/{first}", {"in_trash": True})
    api.call("PATCH", f"/pages/{second}", {"is_archived": True})

    assert api.names(filled) == ["skill 1"]


def test_a_query_of_a_trashed_table_is_empty(api, filled):
    """Once the database is in the trash, no row is live."""
    api.call("PATCH", f"/databases/{filled['parent']['database_id']}", {"in_trash": True})

    assert api.names(filled) == []


def test_unknown_body_keys_are_refused(api, source):
    """A misspelt key is named instead of being ignored."""
    error = api.refuse("POST", f"/data_sources/{source['id']}/query", {"in_trash": True})

    assert error["message"] == (
        "body failed validation: body.in_trash should be not present, instead was `true`."
    )
