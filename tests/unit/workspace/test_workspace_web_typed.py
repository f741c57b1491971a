"""Promises of typed text and values: what a form shows is read back as what it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.workspace.protocol import decode_runs, encode_runs
from tracker.workspace.web.cells import (
    ShownColumn,
    cut_pieces,
    format_text,
    format_value,
    make_cell,
    parse_text,
    parse_value,
    safe_link,
)

LINK = "https://example.org/a_(b)?q=[1]#c"


def item(words, link=None):
    """Return one item of rich text as a request has it."""
    return {"type": "text", "text": {"content": words, "link": {"url": link} if link else None}}


def stored(*items):
    """Return items as a response shows them."""
    return encode_runs(decode_runs("text", list(items)))


def spans(items):
    """Return words with links, equal neighbours joined."""
    return [(each["plain_text"], each["href"]) for each in stored(*map(strip, items))]


def strip(shown):
    """Return a response item as a request would have it."""
    return item(shown["text"]["content"], (shown["text"]["link"] or {}).get("url"))


@pytest.mark.parametrize(
    ("items", "typed"),
    [
        pytest.param([item("plain")], "plain", id="plain words"),
        pytest.param([item("a\nb")], "a\nb", id="lines"),
        pytest.param([item("docs", LINK)], f"[docs]({LINK})", id="a link"),
        pytest.param([item("a [b]", LINK)], f"[a \\[b\\]]({LINK})", id="brackets in a link"),
        pytest.param([item("see [1] and a\\b")], "see [1] and a\\b", id="harmless brackets"),
        pytest.param([item(f"[no]({LINK})")], "\\[no](https://example.org/a_(b)?q=\\[1]#c)",
                     id="what only looks like a link"),
        pytest.param([item("tail\\"), item("x", LINK)], f"tail\\\\[x]({LINK})", id="a backslash"),
    ],
)  # fmt: skip
def test_text_is_typed_plainly(items, typed):
    """Links are typed as [words](address), and a bracket is marked only where it could mislead."""
    assert format_text(stored(*items)) == typed
    assert spans(stored(*parse_text(typed))) == spans(stored(*items))


WORDS = st.text("ab []()\\\n😀", min_size=1, max_size=8)
LINKS = st.sampled_from([None, None, "https://a.org", "http://b.org/x_(y)", LINK])


@given(st.lists(st.builds(item, WORDS, LINKS), max_size=5))
def test_typed_text_is_read_back_as_it_was(items):
    """Words always come back; links do wherever their words stand on one line."""
    shown = stored(*items)

    read = stored(*parse_text(format_text(shown)))

    lines = [each for words, link in spans(shown) for each in split(words, link)]
    assert spans(read) == spans(stored(*(item(*each) for each in lines)))


def split(words, link):
    """Split linked words by line, as typed links are."""
    if link is None:
        return [(words, None)]
    parts = [part for line in words.split("\n") for part in ((line, link), ("\n", None))]
    return [(line, to) for line, to in parts[:-1] if line]


@given(st.lists(st.builds(item, WORDS, LINKS), max_size=5))
def test_typing_twice_changes_nothing(items):
    """A text that went through a form once goes through it unchanged from then on."""
    once = format_text(stored(*parse_text(format_text(stored(*items)))))

    assert format_text(stored(*parse_text(once))) == once


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_any_text_is_some_text(text):
    """Whatever a person types is accepted, in pieces that Notion accepts."""
    items = stored(*parse_text(text))

    assert spans(stored(*parse_text(format_text(items)))) == spans(items)


@pytest.mark.parametrize("before", [1_998, 1_999, 2_000])
def test_pieces_never_split_a_character(before):
    """At the border of 2,000 UTF-16 units an emoji stays whole, on one side of it."""
    text = "x" * before + "😀" * 3 + "y"

    pieces = list(cut_pieces(text))

    assert "".join(pieces) == text
    assert all(len(piece.encode("utf-16-le")) <= 4_000 for piece in pieces)
    assert "\ufffd" not in "".join(pieces)


def test_pieces_are_as_few_as_possible():
    """A text as long as Notion can hold, 100 full pieces, needs no more than these."""
    assert len(list(cut_pieces("z" * 200_000))) == 100


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "//a.org", "/p/x", "", None,
     " javascript:x", "vbscript:x", "file:///etc/passwd"],
)  # fmt: skip
def test_only_web_addresses_are_links(href):
    """Nothing but http and https can be followed."""
    assert safe_link(href) is None
    assert format_text([{"plain_text": "words", "href": href}]) == "words"


def test_a_page_of_the_workspace_is_a_link():
    """A text may lead to another page here, whatever the address of the server."""
    href = f"/p/{'0a' * 16}"

    assert safe_link(href) == href
    assert safe_link(f"{href}?x") is None


@pytest.mark.parametrize(
    ("kind", "content", "typed"),
    [
        pytest.param("number", 2.0, "2", id="a whole number"),
        pytest.param("number", 0.1, "0.1", id="a fraction"),
        pytest.param("number", -0.0, "0", id="no negative nothing"),
        pytest.param("date", {"start": "2026-11-01", "end": None}, "2026-11-01", id="a day"),
        pytest.param(
            "date",
            {"start": "2026-11-01", "end": "2026-11-03"},
            "2026-11-01 → 2026-11-03",
            id="days",
        ),
        pytest.param("url", "javascript:x", "javascript:x", id="an address"),
        pytest.param("checkbox", True, "on", id="ticked"),
        pytest.param("checkbox", False, "", id="not ticked"),
    ],
)
def test_values_are_read_back(kind, content, typed):
    """A value is typed the way a person writes it, and read back as it was."""
    assert format_value(kind, content) == typed
    assert parse_value(kind, typed) == content


@pytest.mark.parametrize("text", ["many", "1,5", "nan", "inf", "1e999", "0x1f"])
def test_what_is_no_number_is_refused_in_words(text):
    """A number that is none is refused with an example of one."""
    with pytest.raises(ValueError, match=r"is not a number\. Write it like 2 or 2\.5\."):
        parse_value("number", text)


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("created_time", "2026-11-01T10:00:00.000Z", "2026-11-01T10:00:00.000Z"),
        ("button", {}, ""),
        ("something new", {"x": 1}, ""),
    ],
)
def test_what_cannot_be_typed_is_shown(kind, content, text):
    """Values that a person cannot edit are shown in words and have no form."""
    cell = make_cell(ShownColumn("x", "X", kind), {kind: content})

    assert (cell.text, cell.form) == (text, "")


def test_a_date_with_more_than_a_day_is_typed_as_text():
    """A field for days would cut off a time or an end."""
    column = ShownColumn("d", "D", "date")

    forms = [
        make_cell(column, {"date": {"start": start, "end": end}}).form
        for start, end in [
            ("2026-11-01", None),
            ("2026-11-01", "2026-11-02"),
            ("2026-11-01T10:00:00.000+00:00", None),
        ]
    ]

    assert [*forms, make_cell(column, None).form] == ["date", "line", "line", "date"]


@pytest.mark.parametrize("text", ["[" * 100_000, "[x](" * 25_000, "\\[" * 50_000, "](" * 50_000])
def test_endless_brackets_are_read_in_one_go(text):
    """Typed brackets that are no links are words, in a time that grows with their number alone."""
    words = "".join(item["text"]["content"] for item in parse_text(text))

    assert words == text.replace("\\[", "[")
