from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notion_fakes import NAMES, answered, data_source, key_of, make_target, page, text_items

from tracker.adapters.notion.codec import (
    Encoder,
    Layout,
    RowContext,
    decode_links,
    decode_row,
    encode_links,
    is_partial,
    properties_by_id,
    values_of,
)
from tracker.adapters.notion.columns import decode_schema
from tracker.adapters.notion.errors import HeldError, RowError
from tracker.adapters.notion.options import OptionBook
from tracker.roadmap.model import SkillId, Status, make_canonical_text
from tracker.sync.model import Create, PageId, Side
from tracker.sync.records import Field, Link, Links, Record

SCHEMA = decode_schema(data_source())
TARGET = make_target()
LAYOUT = Layout(TARGET, SCHEMA.columns[TARGET.properties[Field.STATUS]])
OTHER = "bbbbbbbb-0000-4000-8000-000000000002"


def read(source):
    return decode_row(source, properties_by_id(source), LAYOUT)


def decoded(**values):
    return read(page(**values))


def encoded(values, **around):
    books = {
        which: OptionBook(SCHEMA.columns[TARGET.properties[which]])
        for which in (Field.SECTION, Field.LEVEL, Field.TAGS)
    }
    return Encoder(SCHEMA, TARGET, books).encode(values, RowContext(**{"pages": {}, **around}))


def test_a_full_row_is_read():
    """Every field is found by its property id and decoded."""
    row = decoded(
        name=text_items("Split"),
        status={"id": "o-done", "name": "Renamed"},
        section={"id": "x", "name": "Models\ufe50 first"},
        level={"id": "x", "name": "entry"},
        goal=text_items("Can split."),
        hours=2,
        started={"start": "2026-11-01", "end": None},
        completed={"start": "2026-11-03T23:30:00.000+09:00", "end": None},
        tags=[{"name": "a"}, {"name": "b"}],
        requires=[{"id": OTHER.replace("-", "").upper()}],
        resources=text_items(("CV", "https://a.org"), " · docs"),
        evidence=" https://example.org/me ",
        notes=text_items("One\nTwo\n"),
        order=1000,
        id=text_items("split"),
    )

    assert row.record == Record(
        name="Split",
        status=Status.DONE,
        section="Models, first",
        level="entry",
        goal="Can split.",
        hours=2.0,
        started=date(2026, 11, 1),
        completed=date(2026, 11, 3),
        tags=frozenset({"a", "b"}),
        resources=Links((Link("https://a.org", "CV", "docs"),)),
        evidence="https://example.org/me",
        notes="One\nTwo",
    )
    assert (row.tracker_id, row.order, row.requires) == ("split", 1000.0, frozenset({OTHER}))
    assert row.held == {}


def test_an_empty_row_is_read_as_nothing_but_its_title():
    """Empty values are None, empty sets and to do."""
    row = decoded()

    assert row.record == Record(name="A skill")
    assert (row.tracker_id, row.order, row.held) == (None, None, {})


@pytest.mark.parametrize(
    ("values", "which"),
    [
        pytest.param({"name": []}, Field.NAME, id="an empty title"),
        pytest.param({"name": text_items("  \n")}, Field.NAME, id="a blank title"),
        pytest.param({"hours": -1}, Field.HOURS, id="hours below zero"),
        pytest.param({"hours": float("nan")}, Field.HOURS, id="no number"),
        pytest.param({"hours": 10**400}, Field.HOURS, id="a number beyond all"),
        pytest.param({"hours": True}, Field.HOURS, id="a truth value"),
        pytest.param({"started": {"start": "+12026-01-01"}}, Field.STARTED, id="year 12026"),
        pytest.param({"started": {"start": None}}, Field.STARTED, id="a date without a start"),
        pytest.param(
            {"completed": {"start": "2026-11-01", "end": "2026-11-09"}},
            Field.COMPLETED,
            id="a range of dates",
        ),
        pytest.param({"status": {"id": "?", "name": "Vibes"}}, Field.STATUS, id="unknown status"),
        pytest.param({"resources": text_items("ask Anna")}, Field.RESOURCES, id="no link"),
        pytest.param({"tags": None}, Field.TAGS, id="a form nobody knows"),
        pytest.param({"evidence": "javascript:alert(1)"}, Field.EVIDENCE, id="a script"),
        pytest.param({"evidence": "github.com/me"}, Field.EVIDENCE, id="no scheme"),
        pytest.param({"evidence": "https://a.org/x y"}, Field.EVIDENCE, id="a blank within"),
        pytest.param({"goal": text_items("half \ud83d")}, Field.GOAL, id="half a character"),
        pytest.param({"tags": [{"name": "half \ud83d"}]}, Field.TAGS, id="half a tag"),
    ],
)
def test_what_cannot_be_read_safely_is_held(values, which):
    """The one field is held with a reason; the others are read."""
    row = decoded(**{"notes": text_items("kept"), **values})

    assert list(row.held) == [which]
    assert row.held[which]
    assert row.record.notes == "kept"


@pytest.mark.parametrize("which", [which for which in Field if which is not Field.ID])
def test_a_column_that_a_row_does_not_show_is_held(which):
    """A property missing from a page says nothing about its value."""
    source = page()
    del source["properties"][NAMES[which]]

    assert list(read(source).held) == [which]


def test_unknown_properties_and_renamed_columns_do_not_disturb():
    """Pages are read by property id; what has no binding is ignored."""
    source = page(goal=text_items("Can."))
    source["properties"]["Ziel"] = source["properties"].pop("Goal")
    source["properties"]["Aura"] = {"id": "aura", "type": "aura", "aura": {"glow": 1}}

    assert read(source).record.goal == "Can."


def test_a_truncated_property_is_recognised():
    """More than 25 relations, or 25 mentions in a text, are only a part."""
    mention = {"type": "mention", "plain_text": "x"}

    assert is_partial({"type": "relation", "relation": [], "has_more": True})
    assert not is_partial({"type": "relation", "relation": [], "has_more": False})
    assert is_partial({"type": "rich_text", "rich_text": [mention] * 25})
    assert not is_partial({"type": "rich_text", "rich_text": [mention] * 24})


def test_values_are_written_by_property_id():
    """Each key is the id as the server spelled it, each value absolute."""
    values = {
        Field.NAME: "Split",
        Field.SECTION: "A, b",
        Field.LEVEL: None,
        Field.HOURS: 2.0,
        Field.STARTED: date(2026, 11, 1),
        Field.COMPLETED: None,
        Field.TAGS: frozenset({"y", "x"}),
        Field.EVIDENCE: "https://example.org/me",
        Field.NOTES: None,
        Field.ORDER: 1.5,
        Field.STATUS: Status.DONE,
    }

    assert encoded(values, status={"id": "o-done"}) == {
        "title": {"title": [{"type": "text", "text": {"content": "Split"}}]},
        key_of(Field.SECTION): {"select": {"name": "A\ufe50 b"}},
        key_of(Field.LEVEL): {"select": None},
        key_of(Field.HOURS): {"number": 2},
        key_of(Field.STARTED): {"date": {"start": "2026-11-01"}},
        key_of(Field.COMPLETED): {"date": None},
        key_of(Field.TAGS): {"multi_select": [{"name": "x"}, {"name": "y"}]},
        key_of(Field.EVIDENCE): {"url": "https://example.org/me"},
        key_of(Field.NOTES): {"rich_text": []},
        key_of(Field.ORDER): {"number": 1.5},
        key_of(Field.STATUS): {"status": {"id": "o-done"}},
    }


def test_prerequisites_are_written_as_pages_and_strangers_are_kept():
    """Related rows that are no skill yet stay related."""
    pages = {SkillId("a"): PageId("p-a")}

    written = encoded(
        {Field.REQUIRES: frozenset({"a"})}, pages=pages, kept=frozenset({PageId("p-x")})
    )

    assert written == {key_of(Field.REQUIRES): {"relation": [{"id": "p-a"}, {"id": "p-x"}]}}


def test_a_prerequisite_without_a_page_is_an_error_of_the_row():
    """Which prerequisite has no row is said."""
    with pytest.raises(RowError) as caught:
        encoded({Field.REQUIRES: frozenset({"b", "a"})})

    assert "a, b" in caught.value.problems[0].what


def test_more_prerequisites_than_a_request_takes_are_an_error_of_the_row():
    """A hundred fit."""
    pages = {SkillId(f"s{number}"): PageId(f"p{number}") for number in range(101)}

    with pytest.raises(RowError):
        encoded({Field.REQUIRES: frozenset(pages)}, pages=pages)


def test_a_new_row_is_given_what_is_not_empty():
    """Nothing is sent for empty fields; zero hours are something."""
    record = Record(name="Split", hours=0.0)
    action = Create(Side.REMOTE, SkillId("split"), record, order=1000.0)

    assert values_of(action) == {
        Field.NAME: "Split",
        Field.STATUS: Status.TODO,
        Field.HOURS: 0.0,
        Field.ORDER: 1000.0,
        Field.ID: "split",
    }


@pytest.mark.parametrize(
    ("which", "value"),
    [
        (Field.STATUS, ["Done"]),
        (Field.SECTION, {"id": "x", "name": False}),
        (Field.LEVEL, {}),
        (Field.TAGS, [{"id": "x", "name": 1}]),
        (Field.GOAL, [{"type": "text", "plain_text": 5}]),
        (Field.REQUIRES, [{"id": 7}]),
    ],
)
def test_a_value_of_another_form_is_held(which, value):
    """What is no text where a text should be is neither taken over nor taken for nothing."""
    row = decoded(**{which.value: value})

    assert row.held == {which: "its value has a form that is not known"}


def test_a_status_of_another_type_is_held():
    """A row whose status column was just retyped is not to do for that."""
    source = page()
    found = properties_by_id(source)[TARGET.properties[Field.STATUS]]
    found["type"] = "select"
    found["select"] = found.pop("status")

    assert Field.STATUS in read(source).held


WORDS = st.text(
    st.one_of(
        st.sampled_from(" ·-,|/\n\u29f5{}[]()https:"),
        st.characters(exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=30,
)
CANONICAL = WORDS.map(make_canonical_text).filter(lambda text: text and text.strip())
URLS = st.from_regex(r"\Ahttps?://[a-z]{1,9}\.org(/[a-zA-Z0-9._~%?=&#()·-]{0,20})?\Z")


@given(
    st.lists(
        st.builds(Link, URLS, CANONICAL, st.none() | CANONICAL),
        max_size=6,
        unique_by=lambda link: link.url,
    )
)
def test_any_resources_come_back_as_they_were(links):
    """Titles and types with line ends, dots, links and signs in them survive the round trip."""
    written = Links(tuple(links))

    assert decode_links(answered(encode_links(written))).items == written.items


def test_each_resource_is_one_line():
    """A row in Notion shows linked titles with their types, one below the other."""
    links = Links((Link("https://a.org", "A", "course"), Link("https://b.org", "B")))

    text = "".join(item["text"]["content"] for item in encode_links(links))

    assert text == "A · course\nB"


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param(["https://a.org"], [("https://a.org", "https://a.org", None)], id="bare"),
        pytest.param(
            [("https://a.org", "https://a.org")],
            [("https://a.org", "https://a.org", None)],
            id="a bare address that Notion made a link",
        ),
        pytest.param(["A: https://a.org"], [("https://a.org", "A", None)], id="title: address"),
        pytest.param(
            ["A (2nd) https://a.org · book"], [("https://a.org", "A (2nd)", "book")], id="with type"
        ),
        pytest.param(["- [A](https://a.org) · docs"], [("https://a.org", "A", "docs")], id="md"),
        pytest.param(["• ", ("A", "https://a.org")], [("https://a.org", "A", None)], id="bullet"),
        pytest.param(["1. ", ("A", "https://a.org")], [("https://a.org", "A", None)], id="number"),
        pytest.param(
            [("A", "https://a.org"), " · course, ", ("B", "https://b.org"), "  "],
            [("https://a.org", "A", "course"), ("https://b.org", "B", None)],
            id="two on a line",
        ),
        pytest.param(
            [("A", "https://a.org"), " | ", ("B", "https://b.org"), " · video"],
            [("https://a.org", "A", None), ("https://b.org", "B", "video")],
            id="two on a line with a bar",
        ),
        pytest.param(
            ["\n\r\n", ("A", "https://a.org"), "\r\n\n", ("B", "https://b.org"), "\n"],
            [("https://a.org", "A", None), ("https://b.org", "B", None)],
            id="blank lines and CRLF",
        ),
        pytest.param(
            [("A", "https://a.org"), "\n", ("A", "https://a.org")],
            [("https://a.org", "A", None)],
            id="the same line twice",
        ),
        pytest.param(
            [("A", "https://a.org"), ("\n", "https://b.org"), ("B", "https://b.org")],
            [("https://a.org", "A", None), ("https://b.org", "\nB", None)],
            id="a link that starts with its line end",
        ),
        pytest.param([" \n "], [], id="nothing"),
    ],
)
def test_what_people_type_is_understood(pieces, expected):
    """Addresses, lists and several links on a line are resources."""
    found = decode_links(text_items(*pieces))

    assert [(link.url, link.title, link.type) for link in found.items] == expected


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(["ask Anna for the slides"], id="text without a link"),
        pytest.param([("A", "https://a.org"), " the second half is better"], id="a remark"),
        pytest.param(["start with ", ("A", "https://a.org")], id="words before the link"),
        pytest.param(["see https://a.org and https://b.org"], id="two addresses in a sentence"),
        pytest.param([("A", "javascript:alert(1)")], id="a script"),
        pytest.param([("A", "mailto:a@b.org")], id="a mail address"),
        pytest.param([("A", "/0123456789abcdef")], id="a page of Notion, by its path"),
        pytest.param([("A", "https://")], id="no host"),
        pytest.param([("A", "https://a.org/\nb")], id="a line end in the address"),
        pytest.param([("A", "http://[")], id="a broken address"),
    ],
)
def test_what_cannot_be_kept_is_held_with_a_reason(pieces):
    """A line that says more than a resource can is never cut down silently."""
    with pytest.raises(HeldError) as caught:
        decode_links(text_items(*pieces))

    assert str(caught.value)


def test_more_resources_than_a_row_holds_are_an_error_of_the_row():
    """Fifty fit; one more is refused."""
    links = [Link(f"https://a.org/{number}", "A", "docs") for number in range(51)]

    assert len(encode_links(Links(tuple(links[:50])))) == 100
    with pytest.raises(RowError):
        encode_links(Links(tuple(links)))


def test_an_address_that_is_too_long_is_an_error_of_the_row():
    """Notion takes 2,000 characters in a link."""
    with pytest.raises(RowError):
        encode_links(Links((Link("https://a.org/" + "x" * 2_000, "A"),)))


@pytest.mark.parametrize(
    ("which", "kind", "shown", "value"),
    [
        (Field.STATUS, "checkbox", True, Status.DONE),
        (Field.STATUS, "checkbox", False, Status.TODO),
        (Field.RESOURCES, "url", "https://a.org", Links((Link("https://a.org", "https://a.org"),))),
        (Field.RESOURCES, "url", None, Links()),
        (Field.SECTION, "status", {"id": "x", "name": "Phase 1"}, "Phase 1"),
    ],
)
def test_columns_of_other_types_are_read(which, kind, shown, value):
    """A box, an address and a status are values of the field that they serve."""
    target = make_target(types={which: kind})
    layout = Layout(target, LAYOUT.status, parts=target.parts)
    found = {target.properties[which]: {"id": "x", "type": kind, kind: shown}}

    row = decode_row(page(), properties_by_id(page()) | found, layout)

    assert (row.record.get(which), which in row.held) == (value, False)


@pytest.mark.parametrize(
    ("which", "kind", "shown"),
    [
        (Field.STATUS, "checkbox", None),
        (Field.STATUS, "checkbox", "yes"),
        (Field.RESOURCES, "url", "javascript:alert(1)"),
        (Field.RESOURCES, "url", ["https://a.org"]),
    ],
)
def test_what_such_a_column_cannot_hold_is_held(which, kind, shown):
    """Nothing is made of a form that is not known, or of a link that is no web address."""
    target = make_target(types={which: kind})
    found = {target.properties[which]: {"id": "x", "type": kind, kind: shown}}

    row = decode_row(page(), properties_by_id(page()) | found, Layout(target, LAYOUT.status))

    assert which in row.held


@pytest.mark.parametrize(
    ("which", "kind", "value", "sent"),
    [
        (Field.STATUS, "checkbox", Status.DONE, True),
        (Field.STATUS, "checkbox", Status.SKIPPED, False),
        (Field.RESOURCES, "url", Links((Link("https://a.org", "A"), Link("https://b.org", "B"))), "https://a.org"),
        (Field.RESOURCES, "url", Links(), None),
    ],
)  # fmt: skip
def test_columns_of_other_types_get_what_they_can_show(which, kind, value, sent):
    """A tick for done, and the first of several links."""
    target = make_target(types={which: kind})

    written = Encoder(SCHEMA, target, {}).encode({which: value}, RowContext({}))

    assert written == {key_of(which): {kind: sent}}
