import pytest
from hypothesis import given
from hypothesis import strategies as st
from notion_fakes import answered, text_items

from tracker.adapters.notion.codec import decode_links, encode_links
from tracker.adapters.notion.errors import HeldError, RowError
from tracker.roadmap.texts import make_canonical_text
from tracker.sync.snapshot import Link, Links

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
