"""Inline Markdown: spans of text, links and emphasis, at a cost that grows with the text only."""

from __future__ import annotations

import pytest
from roadmap_values import broken_rules

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.adapters.exchange.entries import parse_inline, plain_text
from tracker.adapters.exchange.foreign_values import join_words, read_status, split_words
from tracker.adapters.exchange.formats import escape_text


def links(text, **references):
    """Return the links of a text as (text, url)."""
    return [(span.text, span.url) for span in parse_inline(text, references) if span.url]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](u)", [("a", "u")]),
        ("[a [b] c](u)", [("a [b] c", "u")]),
        ("[a](u(v)w)", [("a", "u(v)w")]),
        ("[a](<u v>)", [("a", "u v")]),
        ("[a]( u 'title' )", [("a", "u")]),
        ("[a](u\\)v)", [("a", "u)v")]),
        ("[a](u?x=1&amp;y=2)", [("a", "u?x=1&y=2")]),
        ("[a](u?x\\&amp;y)", [("a", "u?x&amp;y")]),
        ("[a] (u)", []),
        ("[a](u v)", []),
        ("[a](u", []),
        ("\\[a](u)", []),
        ("`[a](u)`", []),
        ("[a [b](v) c](u)", [("b", "v")]),
        ("[![x](i)](u)", [("x", "u")]),
        ("[a][r]", [("a", "ref")]),
        ("[R][]", [("R", "ref")]),
        ("[r]", [("r", "ref")]),
        ("[a][q]", []),
        ("https://example.org/x_(y).", [("https://example.org/x_(y)",) * 2]),
        ("(https://example.org)", [("https://example.org",) * 2]),
        ("**https://example.org/x**", [("https://example.org/x",) * 2]),
        ("https://example.org/*a*&amp;b", [("https://example.org/*a*&amp;b",) * 2]),
        ("<iframe src='https://example.org/v'></iframe>", [("https://example.org/v",) * 2]),
        ("xhttps://example.org", []),
        ("https://", []),
        ("https\\://example.org", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_links_are_found_as_markdown_has_them(text, found):
    """Brackets, titles, escapes, references and URLs are read as CommonMark reads them."""
    assert links(text, r="ref") == found


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("*a* __b__ ~~c~~ ***d***", "a b c d"),
        ("a \\http://x.org b", "a \\http://x.org b"),
        ("a \\\\https://x.org b", "a \\https://x.org b"),
        ("a*b*c a_b_c 2 * 3", "abc a_b_c 2 * 3"),
        ("**a", "**a"),
        ("`` a`b ``", "a`b"),
        ("`a", "`a"),
        ("&lt;&eacute;&#233;&#xE9;&nothing;&", "<ééé&nothing;&"),
        ("&#0;&#xD800;&#1114112;&#7;", "\ufffd" * 4),
        ("a<br/>b<!-- c -->d<i>", "a\nbd<i>"),
        ("\\a \\\\ \\!", "\\a \\ !"),
        ("~a~ <b@example.org>", "a <b@example.org>"),
    ],
)
def test_text_is_what_one_reads(text, plain):
    """Emphasis, code, entities and comments leave what is read."""
    assert plain_text(parse_inline(text)) == plain


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "a*b",
        "[x](u)",
        "<b>",
        "&amp;",
        "&#10;",
        " edge ",
        "\n",
        "a\\",
        "https://x.org",
        "C#",
        "~~a~~",
        "`",
    ],
)
def test_escaped_text_reads_as_itself(text):
    """Whatever is escaped comes back, as text and nothing else."""
    spans = parse_inline(escape_text(text).strip())

    assert plain_text(spans) == text
    assert not any(span.url or span.is_strong for span in spans)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    ["[", "]", "](", "[a](", "[a](b(", "`", "`a``b", "<", "<!--", "**a*", "&a", "&#", "https://",
     "https://a)", "![", '](a "', "](<a", "](a (", "[a](b)", "[][", "<a:", "\\", "~", "_a "],
)  # fmt: skip
@pytest.mark.parametrize("before", ["# ", "- [ ] a\n  - "])
def test_hostile_lines_are_read_to_their_end(unit, before):
    """Thousands of brackets, ticks or schemes in a row are read, each of them once.

    With steps that grow with the square of the length this would take minutes.
    """
    imported = parse_markdown(before + unit * 10_000)

    assert broken_rules(imported.roadmap) == ()


@pytest.mark.slow
def test_hostile_files_are_read_to_their_end():
    """Deep lists, many headings and many equal names are all taken."""
    deep = "".join(f"{' ' * depth}- [ ] a\n" for depth in range(1500))
    headings = "".join(f"{'#' * (1 + at % 6)} h\n- [ ] a\n" for at in range(5000))

    counts = [len(parse_markdown(text).roadmap.skills) for text in (deep, headings)]

    assert counts == [1500, 5000]


@pytest.mark.parametrize(
    "words", [("a", "b"), ("a, b", 'c"d'), ('"', '""'), ("a;b", " edge "), ("x\ny",), ()], ids=repr
)
def test_words_come_back_from_a_list(words):
    """Words with commas, quotes and spaces survive being put together."""
    assert split_words(join_words(words)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [("a,,b,", ("a", "b")), ('"a', ('"a',)), ('"a"b,c', ('"a"b', "c")), ("a, a", ("a",))],
)
def test_lists_by_hand_are_taken_as_they_are(text, words):
    """Empty words go, quotes that close nothing stay, repetitions count once."""
    assert split_words(text) == words


def test_status_words_do_not_depend_on_case_or_signs():
    """`IN-PROGRESS!` and `in progress` are the same word."""
    assert read_status("IN-PROGRESS!") is read_status("in progress")
