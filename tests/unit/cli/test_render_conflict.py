"""Promises of a conflict as text: all of every value, and what differs is told apart."""

from __future__ import annotations

from datetime import date

import pytest
from rich.cells import cell_len

from tracker.cli.render.conflict import render_values
from tracker.cli.render.layout import AnswerView
from tracker.roadmap.model import SkillId, Status
from tracker.settings import NOTION, WORKSPACE
from tracker.sync.model import Conflict
from tracker.sync.records import Field, Link, Links

GOAL = "Can write a number-guessing game from an empty file and explain each loop and branch in it"


def shown(base, local, remote, *, which=Field.GOAL, readable=True, width=80, name=NOTION):
    """Return the lines of a conflict of a field."""
    conflict = Conflict(SkillId("knn"), "kNN", which, base, local, remote)
    view = AnswerView(width, remote=name)
    return [line.plain for line in render_values(conflict, view, is_readable=readable)]


def test_both_values_are_shown_to_their_ends_with_the_words_that_differ():
    """What was added at the end of a long text is shown, with marks around it."""
    assert shown(f"{GOAL}.", f"{GOAL} in writing.", f"{GOAL} aloud.") == [
        "    before  Can write a number-guessing game from an empty file and explain each",
        "            loop and branch in it.",
        "    file    Can write a number-guessing game from an empty file and explain each",
        "            loop and branch in it ‹in writing›.",
        "    Notion  Can write a number-guessing game from an empty file and explain each",
        "            loop and branch in it ‹aloud›.",
    ]


def test_what_is_gone_is_marked_in_what_stood_before():
    """A word that a side took out is marked where it still stands."""
    before, file, notion = shown("one two three four", "one three four", "one two three 4")

    assert before == "    before  one ‹two› three ‹four›"
    assert file == "    file    one three four"
    assert notion == "    Notion  one two three ‹4›"


def test_without_a_value_before_the_two_sides_are_compared():
    """Where nothing was agreed on the marks say how the sides differ from each other."""
    assert shown(None, "one two three", "one two four", name=WORKSPACE) == [
        "    before     (none)",
        "    file       one two ‹three›",
        "    workspace  one two ‹four›",
    ]


@pytest.mark.parametrize(
    ("which", "values", "told"),
    [
        (Field.STATUS, (Status.TODO, Status.DONE, Status.DOING), ["todo", "done", "doing"]),
        (Field.HOURS, (2.0, 2.5, None), ["2", "2.5", "(none)"]),
        (
            Field.COMPLETED,
            (None, date(2026, 11, 3), date(2026, 11, 4)),
            ["(none)", "2026-11-03", "2026-11-04"],
        ),
        (
            Field.TAGS,
            (frozenset("ac"), frozenset({"a", "b"}), frozenset("abc")),
            ["a, ‹c›", "a, ‹b›", "a, ‹b›, ‹c›"],
        ),
        (Field.LEVEL, ("entry", "advanced", "intermediate"), ["entry", "advanced", "intermediate"]),
    ],
    ids=str,
)
def test_values_of_every_kind_are_told(which, values, told):
    """Short values need no marks; they are told as they are."""
    assert [line[12:] for line in shown(*values, which=which)] == told


def test_texts_of_several_lines_are_told_line_by_line():
    """A note is told as what each side made of it; a changed line is marked within."""
    before = "First line.\n\n    kept indent\nThe last of the lines."

    told = shown(
        before,
        "First line.\n\n    kept indent\nThe very last of the lines.\nOne more.",
        "First line.\n\n    kept indent",
        which=Field.NOTES,
    )

    assert told == [
        "    before → file",
        "      First line.",
        "",
        "          kept indent",
        "    - The last of the lines.",
        "    + The ‹very› last of the lines.",
        "    + One more.",
        "    before → Notion",
        "      First line.",
        "",
        "          kept indent",
        "    - The last of the lines.",
    ]


def test_links_are_told_apart_by_all_they_have():
    """Two links of one title that lead elsewhere do not look the same."""
    told = shown(
        Links((Link("https://a.org/x", "Docs", "docs"),)),
        Links((Link("https://a.org/y", "Docs", "docs"),)),
        Links((Link("https://a.org/x", "Docs", "book"),)),
        which=Field.RESOURCES,
    )

    assert told == [
        "    before  Docs · https://a.org/‹x› · ‹docs›",
        "    file    Docs · https://a.org/‹y› · docs",
        "    Notion  Docs · https://a.org/x · ‹book›",
    ]


@pytest.mark.parametrize(
    ("local", "remote"),
    [
        pytest.param("one two three", "one  two three", id="blanks"),
        pytest.param("one two three", "one\u00a0two three", id="a blank that does not break"),
        pytest.param("one two three", "one\ttwo three", id="a tab"),
        pytest.param("caf\u00e9", "cafe\u0301", id="two ways to write a letter"),
        pytest.param("one two three", "one two\u200b three", id="a letter without width"),
        pytest.param("one two three", "one two\u202e three", id="another direction"),
        pytest.param("x" * 200 + "a", "x" * 200 + "b", id="the end of a long word"),
    ],
)
def test_two_values_never_look_the_same(local, remote):
    """Whatever tells two values apart is to be seen."""
    told = shown(None, local, remote, name=WORKSPACE)
    half = next(place for place, line in enumerate(told) if line.startswith("    workspace"))

    assert [line[15:] for line in told[1:half]] != [line[15:] for line in told[half:]]


@pytest.mark.parametrize("width", [80, 40, 30])
def test_hostile_and_wide_text_stays_within_the_width(width):
    """Escapes are shown as text, nothing is cut, and no line is wider than the screen."""
    text = "\x1b[2J\r\nerror: forged " + "学" * 60 + " \x07 " + "w" * 120 + " end"

    for values in ((GOAL, text, GOAL + " more"), (None, text.replace("\n", " "), GOAL)):
        told = shown(*values, width=width, name=WORKSPACE)
        joined = "".join(line.strip() for line in told)

        assert all(cell_len(line) <= width for line in told)
        assert not any(sign in "".join(told) for sign in "\x1b\x07\r\n")
        assert not any(line.startswith("error") for line in told)
        assert "w" * 120 in "".join(line[-width:].strip(" +") for line in told) or "www" in joined
        assert joined.count("学") >= 60


def test_colour_stands_in_for_the_marks():
    """On a terminal with colour the words that differ have a style, and no marks around them."""
    conflict = Conflict(SkillId("knn"), "kNN", Field.GOAL, "one two three", "one 2 three", "one")

    lines = render_values(conflict, AnswerView(80, has_style=True))

    assert lines[1].plain == "    file    one 2 three"
    assert [text for text, style in lines[1].pieces if style == "bold yellow"] == ["2"]


def test_a_value_that_cannot_be_read_is_said_to_be_so():
    """What Notion has may be unreadable; then there is nothing to compare with."""
    assert shown("one", "one", None, readable=False)[2] == "    Notion  (cannot be read)"


def test_a_text_of_many_lines_is_compared_in_no_time():
    """Three thousand equal lines around one change, and as many different ones, are no burden."""
    many = "\n".join(["", "same"] * 1_500)
    other = "\n".join(f"line {number}" for number in range(3_000))

    told = shown(many, f"{many}\nend", other, which=Field.NOTES)

    assert "    + end" in told
    assert len(told) > 9_000
