import pytest
from hypothesis import given
from hypothesis import strategies as st
from notion_fakes import answered, text_items

from tracker.adapters.notion.errors import RowError
from tracker.adapters.notion.rich_text import (
    TextRun,
    decode_runs,
    decode_text,
    encode_text,
)
from tracker.roadmap.limits import MOST_PIECES, MOST_UNITS, count_units, split_text
from tracker.roadmap.model import make_canonical_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS.map(lambda text: text * 400))
def test_any_text_comes_back_as_it_was(text):
    """What is written and read again, merged by the server, is the canonical text."""
    assert decode_text(answered(encode_text(text))) == make_canonical_text(text)


STRETCHES = st.tuples(st.sampled_from("a\u00e9\u4e2d\U0001f600"), st.integers(1, 2_100))


@given(st.lists(STRETCHES, min_size=1, max_size=5))
def test_pieces_fit_and_lose_nothing(stretches):
    """Each piece has at most 2,000 UTF-16 units, and together they are the text."""
    text = "".join(character * times for character, times in stretches)

    pieces = list(split_text(text))

    assert "".join(pieces) == text
    assert all(0 < count_units(piece) <= MOST_UNITS for piece in pieces)


def test_a_character_is_never_cut_in_two():
    """An emoji at the limit goes to the next piece as a whole."""
    pieces = list(split_text("a" * 1_999 + "\U0001f600"))

    assert pieces == ["a" * 1_999, "\U0001f600"]


def test_a_text_that_no_property_holds_is_refused():
    """More than a hundred pieces are an error of this row, with a way out."""
    encode_text("a" * MOST_UNITS * MOST_PIECES)

    with pytest.raises(RowError) as caught:
        encode_text("a" * (MOST_UNITS * MOST_PIECES + 1))

    assert caught.value.problems[0].next


def test_half_a_character_is_refused_before_it_breaks_the_request():
    """A lone surrogate cannot be sent; the row says so."""
    with pytest.raises(RowError):
        encode_text("broken \ud83d")


def test_empty_text_is_written_as_nothing():
    """No text is an empty list, which clears a property."""
    assert encode_text(None) == encode_text("") == []


def test_formatting_and_mentions_are_read_as_plain_text():
    """Annotations, mentions and equations count by the text they show."""
    items = [
        *text_items("See "),
        {"type": "mention", "mention": {"type": "page"}, "plain_text": "Notes", "href": None},
        {"type": "equation", "equation": {"expression": "e^x"}, "plain_text": "e^x"},
        {"type": "text", "text": {"content": "\r\nend  \n"}},
    ]

    assert decode_text(items) == "See Notese^x\nend"


def test_neighbours_with_one_link_are_one_run():
    """Formatting inside a linked text does not part the link."""
    items = text_items(("bold", "https://a.b"), (" plain", "https://a.b"), "")

    assert decode_runs(items) == (TextRun("bold plain", "https://a.b"),)
