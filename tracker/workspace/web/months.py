"""A month as weeks of days, with what happened on each of them.

Pure: the day of today is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.workspace.web.grouping import floor_day, name_day, next_day

_MONTH = re.compile(r"(\d{4})-(\d\d)")
_WEEK = 7


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day, and the ids of what is on it; `is_outside` where it belongs to the month before or behind."""

    day: date
    things: tuple[str, ...]
    is_outside: bool
    is_today: bool

    @property
    def month(self) -> str:
        """The month and year of the day."""
        return name_day(self.day, "month")


@dataclass(frozen=True, slots=True)
class Month:
    """The weeks that a month touches, each from Monday to Sunday; `count` things begin in the month.

    `before` and `after` are the months beside it, and `latest` is the last one up to then with anything
    in it, all as in "2026-11"; "" where there is none.
    """

    name: str
    key: str
    weeks: tuple[tuple[CalendarDay, ...], ...]
    count: int
    before: str
    after: str
    latest: str


def parse_month(text: str, today: date) -> date:
    """Return the first day of a month like "2026-11", of the present one for anything else."""
    found = _MONTH.fullmatch(text)
    try:
        return date(int(found[1]), int(found[2]), 1) if found else today.replace(day=1)
    except ValueError:
        return today.replace(day=1)


def make_month(things: Iterable[tuple[date, date, str]], first: date, today: date) -> Month:
    """Arrange things, each with its first day, its last day and its id, in the month that begins on a day."""
    following = next_day(first, "month")
    behind = (following or date.max).toordinal() + (following is None)
    start, count = floor_day(first, "week"), 0
    weeks = -(-(behind - start.toordinal()) // _WEEK)
    end = start.toordinal() + weeks * _WEEK
    by_day: dict[int, list[str]] = {}
    latest: date | None = None
    for begins, ends, thing in things:
        count += first.toordinal() <= begins.toordinal() < behind
        if begins < first and (latest is None or begins > latest):
            latest = begins
        # A long span is drawn as far as the page shows it.
        for day in range(
            max(begins.toordinal(), start.toordinal()), min(ends.toordinal() + 1, end)
        ):
            by_day.setdefault(day, []).append(thing)
    days = [
        CalendarDay(
            day,
            tuple(by_day.get(day.toordinal(), ())),
            not first.toordinal() <= day.toordinal() < behind,
            day == today,
        )
        for number in range(weeks * _WEEK)
        # The last weeks of the calendar have no day behind them.
        if start.toordinal() + number <= date.max.toordinal()
        for day in [start + timedelta(days=number)]
    ]
    before = first - timedelta(days=1) if first.toordinal() > 1 else None
    return Month(
        name=name_day(first, "month"),
        key=_key(first),
        weeks=tuple(tuple(days[at : at + _WEEK]) for at in range(0, len(days), _WEEK)),
        count=count,
        before=_key(before),
        after=_key(following),
        latest=_key(latest),
    )


def _key(day: date | None) -> str:
    return f"{day.year:04}-{day.month:02}" if day else ""
