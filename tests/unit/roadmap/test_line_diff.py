"""The line matcher: valid blocks for any texts, minimal ones for local edits, and no square cost."""

from difflib import SequenceMatcher
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tracker.roadmap.line_diff import LineMatcher

LINES = st.lists(st.sampled_from("abcdef"), max_size=30)


def rebuild(old, new):
    """Return the second version, made of the first one by what the matcher says."""
    parts = []
    for tag, start, end, new_start, new_end in LineMatcher(old, new).get_opcodes():
        parts += old[start:end] if tag == "equal" else new[new_start:new_end]
    return parts


@given(LINES, LINES)
def test_the_blocks_turn_one_version_into_the_other(old, new):
    """Whatever two texts share, the opcodes rebuild the second from the first."""
    assert rebuild(old, new) == new


@given(LINES, LINES)
def test_the_blocks_are_in_order_and_end_with_an_empty_one(old, new):
    """Blocks never overlap or touch, and the last is the sentinel that difflib promises."""
    *blocks, last = LineMatcher(old, new).get_matching_blocks()
    assert last == (len(old), len(new), 0)
    assert all(block.size for block in blocks)
    for one, other in pairwise(blocks):
        assert one.a + one.size <= other.a
        assert one.b + one.size <= other.b
        assert (one.a + one.size, one.b + one.size) != (other.a, other.b)


@given(st.lists(st.integers(0, 400), unique=True, max_size=6), st.data())
def test_edits_far_apart_cost_no_more_lines_than_difflib_finds(places, data):
    """Edited, added and removed lines of a roadmap are told as tersely as by difflib."""
    old = [line for number in range(200) for line in (f"- id: skill-{number}", "  status: todo")]
    new = list(old)
    for place in sorted(places, reverse=True):
        match data.draw(st.sampled_from(["change", "add", "remove"])):
            case "change":
                new[place : place + 1] = ["  status: done"]
            case "add":
                new.insert(place, "  completed: 2026-11-30")
            case _:
                del new[place : place + 1]
    assert changed(LineMatcher(old, new)) <= changed(
        SequenceMatcher(None, old, new, autojunk=False)
    ) + len(places)


def changed(matcher):
    """Count the lines that are shown as removed or added."""
    return sum(
        (end - start) + (new_end - new_start)
        for tag, start, end, new_start, new_end in matcher.get_opcodes()
        if tag != "equal"
    )


def test_a_large_file_is_compared_line_by_line_only_near_its_edits():
    """In 200,000 lines, few of them unique, the lines compared are a small multiple of the file."""
    old = [Line(f"- id: {n // 8}" if n % 8 == 0 else "  status: todo") for n in range(200_000)]
    new = list(old)
    for place in range(1_001, 200_000, 10_000):
        new[place] = Line("  status: done")
    Line.compared = 0

    groups = list(LineMatcher(old, new).get_grouped_opcodes(1))

    assert len(groups) == 20
    assert Line.compared < 10 * len(old)


class Line(str):
    """A line that counts how often it is compared."""

    __slots__ = ()
    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other):
        Line.compared += 1
        return str.__eq__(self, other)

    def __ne__(self, other):
        Line.compared += 1
        return str.__ne__(self, other)
