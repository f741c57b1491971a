"""Promises of styled lines and of the widths of texts: those of rich, which most commands do without."""

from __future__ import annotations

import re
import sys

from hypothesis import given
from hypothesis import strategies as st
from rich import cells as rich_cells
from rich.text import Text

from tracker.cli.cells import SINGLE, cell_len, chop_cells, set_cell_size
from tracker.cli.lines import CODES, StyledLine

TEXTS = st.text(st.sampled_from("ab é→✓█ 学👩\u200d💻\u0301"), max_size=12)
STYLES = st.sampled_from(["", *CODES, "bold red", "bold yellow"])
PIECES = st.lists(st.tuples(TEXTS, STYLES), max_size=5)


def make(pieces):
    """Make a line of pieces."""
    line = StyledLine()
    for text, style in pieces:
        line.append(text, style)
    return line


def styles(line):
    """Return every character with its style."""
    return [(character, style) for text, style in line.pieces for character in text]


def test_a_style_is_told_to_a_terminal_and_nothing_else_is():
    """Styled pieces stand between escape sequences, the others as they are."""
    line = StyledLine("error:", "bold red").append(" what").append("  f.yaml", "dim")

    assert line.format_escapes() == "\x1b[1;31merror:\x1b[0m what\x1b[2m  f.yaml\x1b[0m"
    assert str(line) == line.plain == "error: what  f.yaml"
    assert len(line) == 19


@given(PIECES, st.lists(st.integers(0, 60), max_size=3))
def test_a_divided_line_keeps_its_text_and_styles(pieces, places):
    """The parts of a line, put together, are the line, and each begins at its place."""
    line = make(pieces)
    places = sorted(min(place, len(line)) for place in places)

    parts = line.divide(places)

    assert styles(sum(parts, StyledLine())) == styles(line)
    assert [len("".join(map(str, parts[:n]))) for n in range(1, len(parts))] == places


@given(PIECES, st.integers(0, 9), st.integers(0, 9))
def test_a_line_is_what_rich_makes_of_it(pieces, start, more):
    """A range of characters gets a style, and blanks go from the end, as in rich."""
    line, text = make(pieces), Text.assemble(*pieces)
    start = min(start, len(line))

    line.stylize("cyan", start, start + more)
    line.rstrip()
    text.rstrip()

    assert line.plain == text.plain
    assert {style for _, style in styles(line)[start : start + more]} <= {"cyan"}
    assert len(styles(line)) == len(line)


def test_characters_that_are_said_to_take_one_cell_do():
    """Every character that is measured without the table has one cell in the table."""
    single = re.compile(f"[{SINGLE}]")
    known = [it for it in map(chr, range(sys.maxunicode + 1)) if single.match(it)]

    assert len(known) > 1000
    assert {rich_cells.get_character_cell_size(it) for it in known} == {1}


@given(TEXTS, st.integers(2, 9))
def test_widths_are_those_of_rich(text, width):
    """A text is measured, filled and broken as rich does it, with wide characters and without."""
    assert cell_len(text) == rich_cells.cell_len(text)
    assert set_cell_size(text, width) == rich_cells.set_cell_size(text, width)
    assert chop_cells(text, width) == rich_cells.chop_cells(text, width)
