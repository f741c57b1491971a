from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.workspace.protocol import format_minute, instant, parse_iso
from tracker.workspace.query import text_key

VALUES = {"n": 42, "t": "kNN", "none": None, "b": True, "d": {"start": "2026-11-05"}}


@given(st.lists(st.text(max_size=12)))
def test_any_texts_can_be_sorted(texts):
    """Keys of any two texts compare."""
    assert len(sorted(texts, key=text_key)) == len(texts)


@pytest.mark.parametrize(
    "wrong",
    ["", "2026", "2026-13-01", "2026-1-1", "2026-01-01T25:00", "20260101", None, 5, "2026-W01-1"],
)
def test_what_is_no_date_is_none(wrong):
    """Only the spellings of the API are dates."""
    assert parse_iso(wrong) is None


@given(st.datetimes())
def test_any_moment_is_cut_to_its_minute(moment):
    """The spelled minute is the moment's, never the next one."""
    ms = instant(moment.isoformat(timespec="milliseconds"))

    spelled = format_minute(ms)

    assert spelled.endswith(":00.000Z")
    assert 0 <= ms - instant(spelled) < 60_000
