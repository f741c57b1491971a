from __future__ import annotations

import pytest

SCHEMA = {
    "Name": {"title": {}},
    "Text": {"rich_text": {}},
    "Number": {"number": {}},
    "Check": {"checkbox": {}},
    "Level": {"select": {"options": [{"name": "entry"}]}},
    "Status": {"status": {}},
    "Tags": {"multi_select": {}},
    "Date": {"date": {}},
    "URL": {"url": {}},
    "Made": {"created_time": {}},
}


@pytest.fixture
def source(api):
    return api.table(SCHEMA)


@pytest.fixture
def write(api, source):
    """Write one value to a new row and return what the row shows."""

    def write(name, value):
        kind = source["properties"][name]["type"]
        shown = api.row(source, {name: {kind: value}})["properties"][name]
        return shown[kind]

    return write


@pytest.fixture
def refuse_value(api, source):
    """Write one property body that must be refused and return the message."""

    def refuse(name, body):
        parent = {"data_source_id": source["id"]}
        body = {"parent": parent, "properties": {name: body}}
        return api.refuse("POST", "/pages", body)["message"]

    return refuse


def test_an_empty_row_shows_the_empty_form_of_every_type(api, source):
    """Each type has its own way to be empty; a status has its default."""
    shown = api.row(source)["properties"]

    values = {name: value[value["type"]] for name, value in shown.items()}
    assert values["Name"] == values["Text"] == values["Tags"] == []
    assert values["Number"] is values["Level"] is values["Date"] is values["URL"] is None
    assert values["Check"] is False
    assert values["Status"]["name"] == "Not started"
    assert values["Made"] == "2026-11-05T10:30:00.000Z"


def test_text_is_shown_with_annotations_and_plain_text(write, as_text):
    """A bare text item comes back in full."""
    assert write("Text", as_text("kNN")) == [
        {
            "type": "text",
            "text": {"content": "kNN", "link": None},
            "annotations": {
                "bold": False,
                "italic": False,
                "strikethrough": False,
                "underline": False,
                "code": False,
                "color": "default",
            },
            "plain_text": "kNN",
            "href": None,
        }
    ]


def test_adjacent_runs_of_the_same_style_merge(write):
    """2,000 and 1 characters come back as one item; another style or link stays apart."""
    bold = {"annotations": {"bold": True}}
    link = {"text": {"content": "l", "link": {"url": "https://a.example"}}}
    items = [
        {"text": {"content": "x" * 2000}},
        {"text": {"content": "y"}},
        {"text": {"content": "b"}, **bold},
        {"text": {"content": "c"}, **bold},
        link,
        link,
        {"text": {"content": ""}},
    ]

    shown = write("Text", items)

    assert [item["plain_text"] for item in shown] == ["x" * 2000 + "y", "bc", "ll"]
    assert shown[2]["href"] == "https://a.example"


def test_hostile_text_comes_back_as_it_went_in(write, as_text):
    """Markup, escapes, right-to-left marks, NUL and emoji are only text."""
    hostile = "<script>&\x1b[31m\u202e\x00\u2028'\";--\U0001f600\n\ttab"

    assert write("Text", as_text(hostile))[0]["plain_text"] == hostile


def test_half_a_character_is_mended(api, source):
    """A lone surrogate, which UTF-8 cannot hold, becomes a replacement character."""
    raw = (
        f'{{"parent":{{"data_source_id":"{source["id"]}"}},"properties":'
        '{"Text":{"rich_text":[{"text":{"content":"a\\ud800b\\ud83d\\ude00"}}]}}}'
    )

    page = api.call("POST", "/pages", content=raw.encode())

    shown = page["properties"]["Text"]["rich_text"][0]["plain_text"]
    assert shown == "a\ufffdb\U0001f600"


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("Nobody", {"number": 1}, "Nobody is not a property that exists."),
        ("Number", {"rich_text": []}, "Number is expected to be number."),
        ("Number", {"type": "select", "number": 1}, "Number is expected to be number."),
        (
            "Number",
            {"number": "3"},
            'body failed validation: body.properties.Number.number should be a number, instead was `"3"`.',
        ),
        ("Number", {"number": True}, "should be a number"),
        ("Number", {}, "body.properties.Number.number should be defined, instead was `undefined`"),
        ("Number", None, "body.properties.Number should be an object, instead was `null`"),
        ("Check", {"checkbox": None}, "should be a boolean"),
        ("Status", {"status": {"name": "Perhaps"}}, 'Status option "Perhaps" does not exist.'),
        ("Level", {"select": {"name": "a,b"}}, "commas not allowed"),
        ("Level", {"select": {"id": "nobody"}}, "does not exist"),
        ("Level", {"select": {}}, "select.name should be defined"),
        ("Date", {"date": {"start": "2026-02-30"}}, "valid ISO 8601"),
        ("Date", {"date": {"start": "yesterday"}}, "valid ISO 8601"),
        ("Date", {"date": {"start": "2026-11-05", "end": "2026-11-04"}}, "end must not be before"),
        ("Date", {"date": {"start": "2026-11-05", "end": "2026-11-06T10:00"}}, "both have a time"),
        ("Date", {"date": {"start": "2026-11-05T10:00", "time_zone": "Mars/X"}}, 'be `"UTC"`'),
        ("Date", {"date": {"start": "2026-11-05", "finish": None}}, "finish should be not present"),
        ("Date", {"date": {}}, "date.start should be defined"),
        ("URL", {"url": "https://" + "x" * 2000}, "url.length should be ≤ `2000`"),
        ("Text", {"rich_text": [{"mention": {"page": {"id": "x"}}}]}, "text should be defined"),
        ("Text", {"rich_text": [{"type": "mention"}]}, 'type should be `"text"`'),
        ("Made", {"created_time": "2026-01-01"}, "cannot be updated"),
        ("Tags", {"multi_select": [{"name": str(n)} for n in range(101)]}, "≤ `100`"),
    ],
)
def test_wrong_values_are_refused_in_notions_words(refuse_value, name, body, message):
    """Each wrong value is a 400 that names the property or its path."""
    assert message in refuse_value(name, body)


@pytest.mark.parametrize("text", ["x" * 2001, "\U0001f600" * 1001])
def test_a_text_piece_has_at_most_2000_utf16_units(refuse_value, as_text, text):
    """Lengths count as JavaScript counts them."""
    message = refuse_value("Text", {"rich_text": as_text(text)})

    assert "body.properties.Text.rich_text[0].text.content.length should be ≤ `2000`" in message


def test_a_text_has_at_most_100_pieces(refuse_value, as_text):
    """The 101st piece is refused with the place."""
    message = refuse_value("Text", {"rich_text": as_text("x") * 101})

    assert "body.properties.Text.rich_text.length should be ≤ `100`, instead was `101`" in message


def test_a_refused_write_changes_nothing(api, source, as_text):
    """When one value is wrong, the good ones beside it are not kept, and no option is made."""
    row = api.row(source)
    body = {
        "properties": {
            "Text": {"rich_text": as_text("new")},
            "Tags": {"multi_select": [{"name": "fresh"}]},
            "Number": {"number": "x"},
        }
    }

    api.refuse("PATCH", f"/pages/{row['id']}", body)

    shown = api.call("GET", f"/pages/{row['id']}")["properties"]
    schema = api.call("GET", f"/data_sources/{source['id']}")["properties"]
    assert shown["Text"]["rich_text"] == []
    assert schema["Tags"]["multi_select"]["options"] == []


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ({"start": "2026-11-05"}, ("2026-11-05", None)),
        ({"start": "2026-07-25T16:57:28.513Z"}, ("2026-07-25T16:57:00.000+00:00", None)),
        (
            {"start": "2026-07-25T16:57:28.513237Z", "time_zone": "UTC"},
            ("2026-07-25T16:57:00.000+00:00", None),
        ),
        ({"start": "2026-07-25T16:57"}, ("2026-07-25T16:57:00.000+00:00", None)),
        ({"start": "2026-07-25T16:57:59+02:00"}, ("2026-07-25T16:57:00.000+02:00", None)),
        ({"start": "2026-11-05", "end": "2026-11-07"}, ("2026-11-05", "2026-11-07")),
    ],
)
def test_dates_are_cut_to_the_minute(write, written, shown):
    """Seconds go, the zone becomes an offset and is not echoed, a bare date stays bare."""
    date = write("Date", written)

    assert date == {"start": shown[0], "end": shown[1], "time_zone": None}


def test_an_unknown_select_name_makes_the_option(api, source, write):
    """Writing a new name adds it to the schema once, whatever its case."""
    first = write("Tags", [{"name": "NLP", "color": "red"}])
    again = write("Tags", [{"name": "nlp"}])

    schema = api.call("GET", f"/data_sources/{source['id']}")["properties"]
    made = schema["Tags"]["multi_select"]["options"]
    assert first == again == [{"id": made[0]["id"], "name": "NLP", "color": "red"}]


def test_clearing_a_status_brings_back_its_default(write):
    """Null is the default option, not nothing."""
    assert write("Status", None)["name"] == "Not started"


@pytest.mark.parametrize("name", ["Number", "Level", "Date", "URL"])
def test_null_clears_a_value(api, source, write, name):
    """The single values are cleared with null."""
    assert write(name, None) is None


def test_updates_replace_only_what_they_name(api, source, as_text):
    """A PATCH keeps the other values and replaces lists as a whole."""
    row = api.row(
        source,
        {
            "Text": {"rich_text": as_text("stays")},
            "Tags": {"multi_select": [{"name": "a"}, {"name": "b"}]},
        },
    )

    body = {"properties": {"Tags": {"multi_select": [{"name": "c"}]}}}
    shown = api.call("PATCH", f"/pages/{row['id']}", body)["properties"]

    assert shown["Text"]["rich_text"][0]["plain_text"] == "stays"
    assert [tag["name"] for tag in shown["Tags"]["multi_select"]] == ["c"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [(0, 0), (-1.5, -1.5), (1e300, 1e300), (2**60, float(2**60)), (0.1, 0.1)],
)
def test_numbers_are_doubles(write, written, shown):
    """Numbers come back as JavaScript would keep them."""
    assert write("Number", written) == shown


@pytest.mark.parametrize("raw", ["1e999", "9" * 400])
def test_numbers_beyond_doubles_are_refused(api, source, raw):
    """A number that would become infinite is a validation error."""
    body = '{"parent":{"data_source_id":"%s"},"properties":{"Number":{"number":%s}}}'

    error = api.refuse("POST", "/pages", content=(body % (source["id"], raw)).encode())

    assert error["code"] == "validation_error"


def test_the_bot_and_the_minute_are_noted_on_every_edit(api, source):
    """An edit moves last_edited_time to its minute and names the editor."""
    row = api.row(source)
    api.wait(minutes=3)

    after = api.call("PATCH", f"/pages/{row['id']}", {"properties": {"Number": {"number": 1}}})

    assert row["last_edited_time"] == "2026-11-05T10:30:00.000Z"
    assert after["created_time"] == "2026-11-05T10:30:00.000Z"
    assert after["last_edited_time"] == "2026-11-05T10:33:00.000Z"
    assert after["last_edited_by"]["id"] == api.call("GET", "/users/me")["id"]
