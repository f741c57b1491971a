"""What the text of a roadmap may hold, said in one place."""

import pytest

from tracker.roadmap.model import find_forbidden


@pytest.mark.parametrize(
    "text", ["", "plain", "two\nlines\tand a tab\r\n", "é 👩‍👩‍👧 \u2028 \u202e"]
)
def test_what_a_person_can_write_is_allowed(text):
    """Letters, signs, tabs and line ends of all kinds may stand in a roadmap."""
    assert find_forbidden(text) == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("a\x1b[31m", "the control character U+001B", id="an escape"),
        pytest.param("a\x00", "the control character U+0000", id="a NUL"),
        pytest.param("a\x85b", "the control character U+0085", id="an old line end"),
        pytest.param("\ud83d", "half of a character", id="a lone surrogate"),
    ],
)
def test_what_no_editor_shows_is_named(text, named):
    """The first character that no roadmap may hold is named so that it can be found."""
    assert find_forbidden(text) == named
