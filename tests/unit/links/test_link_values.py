"""Links as they are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.roadmap.links import LONGEST_URL, has_userinfo, hide_userinfo, strip_fragment


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a@b", "https://example.org/a@b"),
        ("https://example.org/?to=a@b.c", "https://example.org/?to=a@b.c"),
        ("https://user:secret@example.org/a", "https://***@example.org/a"),
        ("https://user:sec@ret@example.org", "https://***@example.org"),
        ("https://token@example.org#a@b", "https://***@example.org#a@b"),
    ],
)
def test_a_url_is_shown_without_its_name_and_password(url, shown):
    """What stands before the host is hidden, and nothing else."""
    assert hide_userinfo(url) == shown
    assert has_userinfo(url) == (url != shown)


def test_an_endless_url_is_cut():
    """What is shown has a bounded length."""
    assert len(hide_userinfo("https://example.org/" + "a" * 10_000)) == LONGEST_URL


@given(st.text())
def test_any_text_can_be_shown(text):
    """No text is too strange to be shown or stripped of its fragment."""
    assert len(hide_userinfo(text)) <= max(len(text) + 3, LONGEST_URL)
    assert "#" not in strip_fragment(text)
