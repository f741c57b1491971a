"""Statuses, days and hours as people and programs write them.

Pure. What can mean two things means nothing here: the caller says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from math import isfinite

from tracker.roadmap.model import Status

_STATUSES = {
    Status.TODO: "todo, to do, not started, open, new, planned, backlog, next, later, pending, no",
    Status.DOING: "doing, in progress, started, ongoing, active, current, learning, wip, reading",
    Status.DONE: "done, complete, completed, finished, learned, learnt, mastered, closed, yes, x",
    Status.SKIPPED: "skipped, skip, cancelled, canceled, dropped, wont do, not needed, archived",
}
_BY_WORD = {word: status for status, words in _STATUSES.items() for word in words.split(", ")}
_BY_SIGN = {
    "✅": Status.DONE,
    "☑": Status.DONE,
    "✔": Status.DONE,
    "☐": Status.TODO,
    "⬜": Status.TODO,
}
_YES = frozenset({"yes", "true", "x", "checked", "✅", "☑", "✔"})
_NO = frozenset({"no", "false", "unchecked", "☐", "⬜"})

_NUMBER = r"[0-9]{1,15}(?:[.,][0-9]{1,20})?(?:e[-+]?[0-9]{1,3})?"
_HOURS = re.compile(rf"({_NUMBER}) ?(h|hrs?\.?|hours?|m|mins?\.?|minutes?)?", re.IGNORECASE)
_MINUTES_AN_HOUR = 60

_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTHS = {name[:size]: at for at, name in enumerate(_NAMES, 1) for size in (3, 4, 9)}
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_NAME_FIRST = re.compile(r"([A-Za-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)? ([A-Za-z]{3,9})\.?,? ([0-9]{4})")
_TIME = re.compile(
    r"(?:,? ?(?:T|at )?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?)?"
    r" ?(?:\([A-Z]{2,5}[^()]{0,10}\)|Z|[+-][0-9]{2}:?[0-9]{2}|UTC|GMT)?"
)
_RANGE = re.compile(r" ?(?:\u2192|->) ?")
_MONTHS_A_YEAR = 12


def read_status(text: str) -> Status | None:
    """Return the status that a word stands for, or None."""
    plain = re.sub(r"[^\w\s]|_", " ", text.replace("'", "").replace("\u2019", "")).casefold()
    known = _BY_WORD.get(" ".join(plain.split()))
    return known or next((each for sign, each in _BY_SIGN.items() if sign in text), None)


def read_check(text: str) -> bool | None:
    """Return what a box says that is ticked or not, or None when it is none."""
    word = text.strip().rstrip("\ufe0f").casefold()
    return True if word in _YES else False if word in _NO else None


def read_hours(text: str) -> float | None:
    """Return a number of hours, which may be given as minutes; None for what is none."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        return None
    amount = float(found[1].replace(",", "."))
    if not isfinite(amount):
        return None
    is_minutes = (found[2] or "h").casefold().startswith("m")
    return round(amount / _MINUTES_AN_HOUR, 2) if is_minutes else amount


def read_day(text: str, *, day_first: bool | None = None, last: bool = False) -> date | None:
    """Return the day of a date, a time of day aside; of a range its first day, or its last.

    `day_first` tells how `3/11/2026` is meant; without it such a date is None unless one of the
    numbers can only be the day.
    """
    parts = _RANGE.split(text.strip())
    return _read_one_day(parts[-1 if last else 0].strip().lstrip("@"), day_first)


def find_day_first(texts: Iterable[str]) -> bool | None:
    """Tell from all dates of a column whether the day comes first; None when none of them tells."""
    found = {
        int(day) > _MONTHS_A_YEAR
        for text in texts
        for each in [_YEAR_LAST.match(text.strip())]
        if each
        for day, month in [(each[1], each[3])]
        if (int(day) > _MONTHS_A_YEAR) != (int(month) > _MONTHS_A_YEAR)
    }
    return found.pop() if len(found) == 1 else None


def _read_one_day(text: str, day_first: bool | None) -> date | None:  # noqa: FBT001  one of three
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _NAME_FIRST, _DAY_FIRST):
        found = pattern.match(text)
        if found and _TIME.fullmatch(text, found.end()):
            numbers = _order(pattern, found, day_first)
            return _make_day(*numbers) if numbers else None
    return None


def _order(
    pattern: re.Pattern[str],
    found: re.Match[str],
    day_first: bool | None,  # noqa: FBT001  one of three
) -> tuple[int, int, int] | None:
    """Return year, month and day of a match."""
    if pattern is _YEAR_FIRST:
        return int(found[1]), int(found[2]), int(found[3])
    if pattern is _YEAR_LAST:
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if day_first is None and first <= _MONTHS_A_YEAR and second <= _MONTHS_A_YEAR:
            is_same = first == second
            return (year, first, second) if is_same else None
        is_day_first = day_first if day_first is not None else first > _MONTHS_A_YEAR
        return (year, second, first) if is_day_first else (year, first, second)
    name, day = (found[1], found[2]) if pattern is _NAME_FIRST else (found[2], found[1])
    month = _MONTHS.get(name.casefold())
    return (int(found[3]), month, int(day)) if month else None


def _make_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
