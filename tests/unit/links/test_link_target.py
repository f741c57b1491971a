"""Which URLs are asked, and where redirects lead."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.adapters.link_check.judge import (
    LoopError,
    Reply,
    Trail,
    extend_trail,
    start_trail,
)

hostile = st.one_of(
    st.text(),
    st.text().map("http://".__add__),
    st.text(alphabet="ht:/[]@#?%.\\ \x00\u202eé1", max_size=30),
)


@given(hostile)
def test_any_text_is_a_target_or_a_reason(text):
    """A URL that cannot be asked raises ValueError and nothing else."""
    with suppress(ValueError):
        trail = start_trail(text)

        assert trail.here.scheme in {"http", "https"}
        assert trail.here.host


@given(hostile, st.sampled_from([301, 302, 303, 307, 308]))
def test_any_location_is_followed_or_judged(location, status):
    """A target of a redirect that cannot be asked raises ValueError and nothing else."""
    start = start_trail("https://user:secret@example.org/a/b?c#d")

    with suppress(ValueError):
        trail = extend_trail(start, Reply(status, location), most=5)

        assert trail.here.scheme in {"http", "https"}


def follow(*hops):
    trail: Trail = start_trail("https://example.org/a")
    for status, location in hops:
        trail = extend_trail(trail, Reply(status, location), most=5)
    return trail


def test_permanent_redirects_move_a_link():
    """As far as permanent redirects lead, the link moved."""
    trail = follow((301, "/b"), (308, "https://example.com/c"))

    assert trail.is_moved
    assert str(trail.lasting) == "https://example.com/c"


def test_a_temporary_redirect_ends_what_lasts():
    """What comes after a temporary redirect is temporary, whatever it says."""
    trail = follow((301, "/b"), (302, "/c"), (301, "/d"))

    assert str(trail.lasting) == "https://example.org/b"
    assert str(trail.here) == "https://example.org/d"


def test_a_link_that_leads_elsewhere_for_now_did_not_move():
    """A temporary redirect alone leaves the link as it is."""
    trail = follow((307, "/b"))

    assert trail.is_led_elsewhere
    assert not trail.is_moved


def test_six_redirects_are_too_many():
    """More redirects than allowed count as a loop."""
    with pytest.raises(LoopError, match="more than 5 times"):
        follow(*((302, f"/{number}") for number in range(6)))


def test_a_fragment_alone_does_not_break_a_circle():
    """Pages that differ in their fragment only are the same page."""
    with pytest.raises(LoopError, match="circle"):
        follow((302, "/a#again"))
