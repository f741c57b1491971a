import pytest

from tracker.sync.merge import merge_lines

BASE = "abcdefg"


@pytest.mark.parametrize(
    ("left", "right", "merged"),
    [
        pytest.param("abcdefg", "abcdefg", "abcdefg", id="nothing happened"),
        pytest.param("Xbcdefg", "abcdefg", "Xbcdefg", id="one side changed a line"),
        pytest.param("Xbcdefg", "abcdefY", "XbcdefY", id="two lines far apart"),
        pytest.param("Xbcdefg", "abYdefg", "XbYdefg", id="one line between the edits"),
        pytest.param("Xbcdefg", "aYcdefg", None, id="neighbouring lines"),
        pytest.param("abXdefg", "abYdefg", None, id="the same line"),
        pytest.param("abXdefg", "abXdefg", "abXdefg", id="the same edit on both sides"),
        pytest.param("abcdefgX", "abcdefgX", "abcdefgX", id="the same line added at the end"),
        pytest.param("abcdefgX", "abcdefgY", None, id="two lines added at the end"),
        pytest.param("Xabcdefg", "abcdefgY", "XabcdefgY", id="a line added at either end"),
        pytest.param("abXcdefg", "abefg", None, id="a line added beside removed ones"),
        pytest.param("abXcdefg", "abcdg", "abXcdg", id="a line added away from removed ones"),
        pytest.param("abcd", "abcdefg", "abcd", id="lines removed at the end"),
        pytest.param("", "abcdefg", "", id="everything removed on one side"),
        pytest.param("", "abcXdefg", None, id="everything removed, something added"),
        pytest.param("XbcYefg", "XbcdefZ", "XbcYefZ", id="one edit in common, one each"),
    ],
)
def test_edits_stand_together_unless_they_touch(left, right, merged):
    """Both sides' edits are in the merged text, and it is the same with the sides swapped."""
    expected = None if merged is None else list(merged)

    assert merge_lines(BASE, left, right) == expected
    assert merge_lines(BASE, right, left) == expected


def test_texts_without_a_common_ancestor_are_merged_when_they_are_equal():
    """Two sides that wrote the same into nothing agree; others do not."""
    assert merge_lines([], ["a", "b"], ["a", "b"]) == ["a", "b"]
    assert merge_lines([], ["a"], ["b"]) is None
    assert merge_lines([], [], ["b"]) == ["b"]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([""] * 125_000, id="blank lines"),
        pytest.param(["x", ""] * 62_500, id="two lines that alternate"),
        pytest.param([str(number % 997) for number in range(60_000)], id="lines that come again"),
        pytest.param([str(number) for number in range(45_000)], id="lines that occur once"),
    ],
)
def test_long_notes_are_merged_at_once(lines):
    """A note of 250,000 characters is merged, where comparing all lines with all would hang."""
    third = len(lines) // 3
    left = [*lines[:third], "left", *lines[third:]]
    right = [*lines[: 2 * third], "right", *lines[2 * third :]]

    merged = merge_lines(lines, left, right)

    assert merged == [*left[: 2 * third + 1], "right", *left[2 * third + 1 :]]
