from __future__ import annotations

from datetime import date

import pytest

from tracker.roadmap.model import Status
from tracker.sync.one_skill import parse_value
from tracker.sync.records import Field


@pytest.mark.parametrize(
    ("which", "text", "value"),
    [
        (Field.STATUS, " Doing ", Status.DOING),
        (Field.HOURS, "1.5", 1.5),
        (Field.HOURS, " ", None),
        (Field.STARTED, " 2026-11-03 ", date(2026, 11, 3)),
        (Field.COMPLETED, "", None),
        (Field.TAGS, "linear models, trees,, ", frozenset({"linear models", "trees"})),
        (Field.EVIDENCE, "https://example.org/me ", "https://example.org/me"),
    ],
)
def test_a_typed_value_is_read_as_its_field_needs_it(which, text, value):
    """Blanks around a value mean nothing; an empty text empties the field."""
    assert parse_value(which, text) == value


@pytest.mark.parametrize(
    ("which", "text", "expected"),
    [
        (Field.STATUS, "nope", "todo, doing, done, skipped"),
        (Field.HOURS, "-1", "2 or 1.5"),
        (Field.HOURS, "nan", "2 or 1.5"),
        (Field.STARTED, "3 Nov", "2026-11-03"),
        (Field.EVIDENCE, "javascript:alert(1)", "only http:// and https://"),
        (Field.EVIDENCE, "github.com/me", "does not begin with http"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_what_would(which, text, expected):
    """The error names the values or shows an example."""
    with pytest.raises(ValueError, match=expected):
        parse_value(which, text)
