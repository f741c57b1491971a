"""Values as people type them on a command line.

Pure: no clock, no disk, no network, no logging. Says what a field allows where it is not that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date

from tracker.roadmap.model import Status
from tracker.sync.projection import make_canonical_text
from tracker.sync.snapshot import Field, Value
from tracker.sync.validity import find_fault


def parse_value(which: Field, text: str) -> Value:
    """Return the value that a text means for a field; an empty text empties the field.

    Raises ValueError that says what would be understood.
    """
    parse = _PARSERS.get(which, make_canonical_text)
    value = parse(text)
    fault = find_fault(which, value)
    if fault:
        raise ValueError(fault)
    return value


def _parse_status(text: str) -> Status:
    try:
        return Status(text.strip().casefold())
    except ValueError:
        words = ", ".join(Status)
        raise ValueError(f'"{text}" is no status; one of: {words}') from None


def _parse_hours(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not math.isfinite(hours) or hours < 0:
        raise ValueError(f'"{text}" is no number of hours, such as 2 or 1.5')
    return hours


def _parse_date(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f'"{text}" is no date, such as 2026-11-03') from None
    return day


def _parse_words(text: str) -> frozenset[str]:
    return frozenset(word for each in text.split(",") if (word := each.strip()))


def _parse_links(_: str) -> Value:
    raise ValueError(
        "links have titles, addresses and types: write them on one side, then take that side"
    )


_PARSERS: Mapping[Field, Callable[[str], Value]] = {
    Field.STATUS: _parse_status,
    Field.HOURS: _parse_hours,
    Field.STARTED: _parse_date,
    Field.COMPLETED: _parse_date,
    Field.TAGS: _parse_words,
    Field.REQUIRES: _parse_words,
    Field.RESOURCES: _parse_links,
}
