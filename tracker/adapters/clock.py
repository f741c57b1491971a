"""The real clock.

Must not decide anything; the learner's local date comes from here and from nowhere else.
"""

from __future__ import annotations

from datetime import UTC, date, datetime


class SystemClock:
    """Time as the operating system tells it."""

    def today(self) -> date:
        """Return the learner's local date."""
        return datetime.now().astimezone().date()

    def now(self) -> str:
        """Return the time as ISO 8601 text in UTC."""
        return datetime.now(UTC).isoformat(timespec="seconds")
