"""Whether a database may have rows that its listing does not show yet.

Pure. Notion's guide speaks of 10 to 60 seconds by which a listing lags behind writes. Rows that are
not shown yet were made after the newest that is shown, so the newest one tells; all times are the
server's own, because nobody knows how the clock of this machine goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

LAG = timedelta(seconds=75)
"""How long a listing may lag behind writes: the minute that is documented, and some more."""
_ROUNDED = timedelta(minutes=1)
"""Times of rows and data sources are cut to the minute."""


def is_young(times: Iterable[str], now: datetime | None) -> bool:
    """Return whether any of some times lies so near that what was written then may be unlisted.

    Without the server's time everything may be.
    """
    found = [moment for text in times if (moment := parse_time(text)) is not None]
    if now is None or not found:
        return now is None
    return now - max(found) < LAG + _ROUNDED


def parse_time(text: str) -> datetime | None:
    """Return a time of the API, or None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def parse_http_date(text: str) -> datetime | None:
    """Return the time in the Date header of an answer, or None for what is none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
