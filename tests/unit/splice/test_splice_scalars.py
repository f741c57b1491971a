from __future__ import annotations

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tracker.adapters.roadmap_files.splice import SpliceError
from tracker.adapters.roadmap_files.splice.render import format_literal, format_scalar

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
STYLES = st.sampled_from([None, "'", '"'])

PLAIN = ["kNN", "a b", "C++", "a:b", "https://example.org/a?b=c#d", "é😀", "50%", "v1.10.2", "x~"]
QUOTED = [
    "", "on", "No", "y", "null", "~", "1", "1.10", "12:30", "0x1F", "0o17", "1e3", ".5", "1_000",
    "2024-01-05", " x", "x ", "- x", "? x", "a: b", "a:", "a #b", "# a", "*x", "&x", "!x", "%x", "@x",
    "`x", "{x}", "[x]", "'x'", '"x"', "|", ">", "=", "<<", "...", "---", "a\tb", "a\nb", "\ufeff",
    "a\u2028b", "a\x85b", "\x07",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_harmless_text_stays_plain(text):
    """What reads the same without quotes gets none."""
    assert format_scalar(text) == text


@pytest.mark.parametrize("text", QUOTED)
def test_text_that_would_read_as_something_else_is_double_quoted(text):
    """Types of YAML 1.1 and 1.2, indicators and blanks at the ends never stand plain."""
    written = format_scalar(text)

    assert written[0] == written[-1] == '"'
    assert yaml.safe_load(f"k: {written}") == {"k": text}


@pytest.mark.parametrize("text", ["a, b", "a]b", "{", "a}", "a: b", "x,", "-", "?", ":"])
def test_flow_style_quotes_its_own_indicators(text):
    """A text in a flow list is one entry, whatever follows it."""
    written = format_scalar(text, flow=True)

    assert yaml.safe_load(f"[{written}]") == yaml.safe_load(f"[ {written} ]") == [text]
    assert yaml.safe_load(f"{{ k: {written} }}") == {"k": text}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2, "2"), (2.0, "2"), (0.25, "0.25"), (1e-7, "1.0e-07"), (1e300, "1.0e+300"), (True, "true"),
        (date(2026, 11, 1), "2026-11-01"), (float("inf"), ".inf"),
    ],
)  # fmt: skip
def test_numbers_and_dates_are_written_plain(value, text):
    """Whole numbers have no point, exponents have one as YAML 1.1 needs it."""
    assert format_scalar(value) == text
    assert yaml.safe_load(text) == value


@pytest.mark.parametrize(("style", "text"), [("'", "'it''s'"), ('"', '"it\'s"'), (None, "it's")])
def test_the_quotes_asked_for_are_kept(style, text):
    """A value keeps the quotes that its author chose."""
    assert format_scalar("it's", style=style) == text


def test_half_a_character_is_refused():
    """A lone surrogate has no place in a UTF-8 file."""
    with pytest.raises(SpliceError):
        format_scalar("\ud800")


@given(TEXTS, STYLES, st.booleans())
def test_every_text_reads_back_as_itself(text, style, flow):
    """Whatever the text, the style and the place: the same text comes back, from one line."""
    written = format_scalar(text, style=style, flow=flow)

    wrapped = f"[{written}, z]" if flow else f"- {written}\n- z\n"
    assert yaml.load(wrapped, yaml.CSafeLoader) == [text, "z"]
    assert "\n" not in written


@given(TEXTS, st.integers(1, 6))
def test_every_block_literal_reads_back_as_its_text(text, indent):
    """A block literal is written only for a text that it can hold."""
    literal = format_literal(text, indent)

    if literal:
        header, lines = literal
        written = "\n".join([f"k: {header}", *lines, "z: 0", ""])
        assert yaml.load(written, yaml.CSafeLoader) == {"k": text, "z": 0}
