"""Long texts in Notion are read in one go: each shape here once took the square of its length.

Nothing is timed: read in that way, a text of this length would take minutes, and the suite hang.
"""

import pytest
from notion_fakes import make_target, text_items

from tracker.adapters.notion.codec import decode_links, properties_by_id
from tracker.adapters.notion.errors import HeldError
from tracker.adapters.notion.rich_text import (
    TextRun,
    decode_option_name,
    decode_runs,
    decode_text,
    is_shortened,
)
from tracker.sync.records import Field
from tracker.sync.row_state import parse_seen

LENGTH = 200_000
A, B = ("A", "https://a.org"), ("B", "https://b.org")
SHAPES = {
    "letters": "a" * LENGTH,
    "blanks": " " * LENGTH + "x",
    "blanks behind a dot": "·" + " " * LENGTH + "x",
    "blanks behind a bullet": "- " + " " * LENGTH,
    "a type and blanks": "· x" + " " * LENGTH + "y",
    "a type and commas": "· " + ", " * (LENGTH // 2) + "x",
    "a type, commas, and more": "· x" + " ," * (LENGTH // 2) + "y",
    "brackets": "[" * LENGTH,
    "links that never end": "[a" + "](http://x" * (LENGTH // 10),
    "a link with ends far away": "[a](http://" + " )" * (LENGTH // 2),
    "addresses": "http://x " * (LENGTH // 9),
    "beginnings of addresses": "https://" * (LENGTH // 8),
    "line ends": "\n" * LENGTH + "x",
    "signs of escaping": "\u29f5" * LENGTH,
    "numbers": "\u29f51" * (LENGTH // 2) + "x",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in SHAPES.items()])
def test_a_long_text_is_read_whatever_its_shape(text):
    """As resources, alone, before, between and behind links, as a history and as an option."""
    for pieces in ([text], [text, A], [A, text, B], [A, text]):
        try:
            decode_links(text_items(*pieces))
        except HeldError as error:
            assert len(str(error)) < 200  # noqa: PT017  held or read, and told in short
    assert parse_seen(text) == {}
    assert not is_shortened(text)
    assert isinstance(decode_option_name(text), str)


def test_many_pieces_of_a_text_are_joined_at_once():
    """A text in very many pieces, as a server may give it, is one text and one run."""
    items = text_items(*["ab "] * (LENGTH // 2))

    assert decode_runs(items) == (TextRun("ab " * (LENGTH // 2)),)
    assert decode_text(items) == ("ab " * (LENGTH // 2)).rstrip()


def test_a_history_is_found_beside_other_words():
    """Chains are read where they stand; words that people wrote beside them mean nothing."""
    text = "wrongname=abcdef goal=abc123.def456 (hours=123456) a" + "b" * LENGTH

    assert parse_seen(text) == {Field.GOAL: ("abc123", "def456"), Field.HOURS: ("123456",)}


def test_many_columns_are_found_by_their_ids():
    """A row of very many properties is read in one go, too."""
    target = make_target()
    properties = {f"c{number}": {"id": f"c{number}"} for number in range(LENGTH // 20)}

    found = properties_by_id({"properties": properties})

    assert len(found) == LENGTH // 20
    assert target.properties[Field.GOAL] not in found
