"""Promises of the cleaning of foreign text and of redaction."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cli.boundary import redact
from tracker.cli.render.layout import is_web_url
from tracker.text import clean_block, clean_line, shorten


@given(st.text())
def test_a_clean_line_holds_nothing_hidden(text):
    """Whatever comes in, a line holds no control, no direction, no break, no surrogate."""
    line = clean_line(text)

    hidden = {each for each in line if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}}
    formats = {each for each in line if unicodedata.category(each) == "Cf"}
    assert not hidden
    assert formats <= {"\u200c", "\u200d"}


@given(st.text())
def test_a_clean_block_hides_nothing_but_line_ends(text):
    """A block may have several lines, each of them clean."""
    block = clean_block(text)

    assert not {each for each in block if unicodedata.category(each) == "Cc"} - {"\n"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("\x1b[31mred", r"\x1b[31mred", id="a terminal escape becomes visible"),
        pytest.param("a\r\nb\tc", "a b c", id="breaks become a space"),
        pytest.param("abc\u202egpj.exe", r"abc\u202egpj.exe", id="a hidden direction is shown"),
        pytest.param("\x9b1mx", r"\x9b1mx", id="a one-byte escape is shown"),
        pytest.param("kNN 📈 größer 学习", "kNN 📈 größer 学习", id="letters of all scripts stay"),
    ],
)
def test_clean_line(text, expected):
    """What cannot be seen is shown as an escape; what can be seen stays."""
    assert clean_line(text) == expected


def test_shorten_marks_the_cut():
    """A shortened line ends in an ellipsis and keeps to its length."""
    assert shorten("abcdefgh", 5) == "abcd…"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://example.org/a?b=c#d", True, id="https"),
        pytest.param("javascript:alert(1)", False, id="a script"),
        pytest.param("data:text/html,x", False, id="data"),
        pytest.param("https:///nohost", False, id="no host"),
        pytest.param("https://a b", False, id="a space"),
        pytest.param("https://a\x1b[0m", False, id="a terminal escape"),
        pytest.param("https://[broken", False, id="a broken address"),
        pytest.param("HTTPS://EXAMPLE.ORG", True, id="upper case"),
    ],
)
def test_only_the_web_is_linked(url, expected):
    """Only http and https with a host, and nothing hidden, may become a link."""
    assert is_web_url(url) is expected


@pytest.mark.guarantee("G16")
@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("ntn_abcDEF123", id="an integration token"),
        pytest.param("secret_abcDEF123", id="an old integration token"),
        pytest.param("plain-token-value", id="the value in the environment"),
    ],
)
def test_secrets_are_taken_out(secret):
    """Tokens leave no trace, whether known by value or by look."""
    text = redact(
        f"Authorization: Bearer {secret}, again {secret}", {"NOTION_TOKEN": "plain-token-value"}
    )

    assert secret not in text


def test_passwords_in_urls_are_taken_out():
    """A password that stands in a URL is hidden, the host is not."""
    assert redact("https://me:hunter2@host/x", {}) == "https://[secret]@host/x"
