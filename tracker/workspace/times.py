"""Times: epoch milliseconds inside, the three spellings of the API outside.

Must not read a clock.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

MINUTE = 60_000
DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?P<fraction>\.\d+)?"
    r"(?P<offset>Z|z|[+-]\d{2}:?\d{2})?)?"
)


def to_ms(moment: datetime) -> int:
    """Return the milliseconds since the epoch of an aware moment."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Return the aware UTC moment of epoch milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


def floor_minute(ms: int) -> int:
    """Cut to the minute, as Notion stores the times of pages and blocks."""
    return ms - ms % MINUTE


def format_minute(ms: int) -> str:
    """Spell a time as pages, blocks and data sources do: cut to the minute, ending in Z."""
    return _format_minute(floor_minute(ms))


@lru_cache(maxsize=4096)
def _format_minute(ms: int) -> str:
    return from_ms(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_exact(ms: int) -> str:
    """Spell a time as databases and views do: milliseconds, ending in +00:00."""
    return from_ms(ms).isoformat(timespec="milliseconds")


def is_date_only(text: str) -> bool:
    """Tell whether an ISO text has no time of day."""
    return len(text) == len("2026-01-01")


def parse_iso(text: object) -> datetime | None:
    """Return the moment of an ISO 8601 text, or None when it is not one.

    A date alone is its midnight; the result is naive exactly when the text has no offset.
    """
    match = _ISO.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    fraction = (match["fraction"] or "")[:7]
    time = match["time"] or "00:00"
    offset = (match["offset"] or "").upper()
    try:
        return datetime.fromisoformat(f"{match['date']}T{_with_seconds(time)}{fraction}{offset}")
    except ValueError:
        return None


def _with_seconds(time: str) -> str:
    return time if time.count(":") > 1 else f"{time}:00"


def instant(text: str) -> int | None:
    """Return the epoch milliseconds of an ISO text; without an offset it counts as UTC."""
    moment = parse_iso(text)
    if moment is None:
        return None
    try:
        return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except OverflowError:
        return None


def day_of(ms: int) -> date:
    """Return the UTC day of a moment."""
    return from_ms(ms).date()


def start_of_day(day: date) -> int:
    """Return the first millisecond of a UTC day."""
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=UTC))
