"""The operators of filters: from an operand to a test of one property's content.

Must not know rows or nesting. Parts of texts ignore case; dates are compared as UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tracker.workspace.checks import check_bool, check_object, check_string, check_uuid
from tracker.workspace.errors import expected, validation
from tracker.workspace.ids import (
    DAY,
    MINUTE,
    day_of,
    floor_minute,
    instant,
    is_date_only,
    start_of_day,
)
from tracker.workspace.model import Property


@dataclass(frozen=True, slots=True)
class Condition:
    """What an operator is read for: the property and the present moment."""

    prop: Property
    now: int


ContentTest = Callable[[Any], bool]
Operator = Callable[[str, Any, Condition], ContentTest]


def _is_empty(content: Any) -> bool:
    return content in (None, "", [])


def _empty(path: str, value: Any, context: Condition) -> ContentTest:
    del context
    if value is not True:
        raise expected(path, "`true`", value)
    return _is_empty


def _not_empty(path: str, value: Any, context: Condition) -> ContentTest:
    _empty(path, value, context)
    return lambda content: not _is_empty(content)


_EMPTINESS: dict[str, Operator] = {"is_empty": _empty, "is_not_empty": _not_empty}


def _text(compare: Callable[[str, str], bool]) -> Operator:
    """Compare ignoring case, as the operators for a part of a text do."""

    def read(path: str, value: Any, context: Condition) -> ContentTest:
        del context
        wanted = check_string(path, value).casefold()
        return lambda content: compare((content or "").casefold(), wanted)

    return read


def _whole_text(*, negate: bool) -> Operator:
    """Compare whole texts exactly."""

    def read(path: str, value: Any, context: Condition) -> ContentTest:
        del context
        wanted = check_string(path, value)
        return lambda content: ((content or "") == wanted) != negate

    return read


def _number(compare: Callable[[float, float], bool], *, for_none: bool = False) -> Operator:
    def read(path: str, value: Any, context: Condition) -> ContentTest:
        del context
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise expected(path, "a number", value)
        return lambda content: for_none if content is None else compare(content, value)

    return read


def _checkbox(*, negate: bool) -> Operator:
    def read(path: str, value: Any, context: Condition) -> ContentTest:
        del context
        wanted = check_bool(path, value)
        return lambda content: (bool(content) == wanted) != negate

    return read


def _option_ids(path: str, value: Any, prop: Property) -> set[str]:
    """Return the ids of the options that a value names; a status value may be a group."""
    options, found = prop.config["options"], set[str]()
    for name in value if isinstance(value, list) else [value]:
        option = options.find(name=check_string(path, name))
        groups = [group for group in prop.config.get("groups", []) if group["name"] == name]
        if option:
            found.add(option["id"])
        elif groups:
            found.update(groups[0]["option_ids"])
        else:
            known = ", ".join(f'"{option["name"]}"' for option in options)
            raise validation(
                f'{prop.type} option "{name}" not found for property "{prop.name}". '
                f"Available options: {known}."
            )
    return found


def _choice(*, negate: bool) -> Operator:
    def read(path: str, value: Any, context: Condition) -> ContentTest:
        wanted = _option_ids(path, value, context.prop)
        return lambda content: (content in wanted) != negate

    return read


def _has_option(*, negate: bool) -> Operator:
    def read(path: str, value: Any, context: Condition) -> ContentTest:
        wanted = _option_ids(path, value, context.prop)
        return lambda content: (not wanted.isdisjoint(content or [])) != negate

    return read


def _has_id(*, negate: bool) -> Operator:
    def read(path: str, value: Any, context: Condition) -> ContentTest:
        del context
        # "me" never matches for an internal connection.
        wanted = "me" if value == "me" else check_uuid(path, value)
        return lambda content: (wanted in (content or [])) != negate

    return read


Span = tuple[int, int]
"""A half-open span of epoch milliseconds."""


def _relative_day(name: str, now: int) -> Span | None:
    shifts = {
        "today": 0,
        "tomorrow": 1,
        "yesterday": -1,
        "one_week_ago": -7,
        "one_week_from_now": 7,
    }
    if name in shifts:
        start = start_of_day(day_of(now)) + shifts[name] * DAY
        return start, start + DAY
    months = {"one_month_ago": -1, "one_month_from_now": 1}
    if name in months:
        start = _shift_months(now, months[name])
        return start, start + DAY
    return None


def _shift_months(now: int, months: int) -> int:
    day = day_of(now)
    index = day.year * 12 + day.month - 1 + months
    first = day.replace(year=index // 12, month=index % 12 + 1, day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return start_of_day(first.replace(day=min(day.day, (following - first).days)))


def _span(path: str, value: Any, context: Condition) -> Span:
    text = check_string(path, value)
    relative = _relative_day(text, context.now)
    if relative:
        return relative
    start = instant(text)
    if start is None:
        raise expected(path, "a valid ISO 8601 date string", value)
    if is_date_only(text):
        return start, start + DAY
    if context.prop.type == "date":
        start = floor_minute(start)
        return start, start + MINUTE
    return start, start + 1


def _date(compare: Callable[[int, Span], bool]) -> Operator:
    def read(path: str, value: Any, context: Condition) -> ContentTest:
        span = _span(path, value, context)
        return lambda content: (moment := _moment(content)) is not None and compare(moment, span)

    return read


def _moment(content: Any) -> int | None:
    if isinstance(content, int):
        return content
    return instant(content["start"]) if content else None


def _week(now: int, shift: int) -> Span:
    day = day_of(now)
    monday = start_of_day(day) - day.weekday() * DAY + shift * 7 * DAY
    return monday, monday + 7 * DAY


def _days(now: int, first: int, last: int) -> Span:
    today = start_of_day(day_of(now))
    return today + first * DAY, today + (last + 1) * DAY


_PERIODS: dict[str, Callable[[int], Span]] = {
    "this_week": lambda now: _week(now, 0),
    "past_week": lambda now: _days(now, -7, 0),
    "past_month": lambda now: (_shift_months(now, -1), _days(now, 0, 0)[1]),
    "past_year": lambda now: (_shift_months(now, -12), _days(now, 0, 0)[1]),
    "next_week": lambda now: _days(now, 0, 7),
    "next_month": lambda now: (_days(now, 0, 0)[0], _shift_months(now, 1) + DAY),
    "next_year": lambda now: (_days(now, 0, 0)[0], _shift_months(now, 12) + DAY),
}


def _period(name: str) -> Operator:
    def read(path: str, value: Any, context: Condition) -> ContentTest:
        check_object(path, value)
        start, end = _PERIODS[name](context.now)
        return lambda content: (moment := _moment(content)) is not None and start <= moment < end

    return read


_TEXT: dict[str, Operator] = {
    "equals": _whole_text(negate=False),
    "does_not_equal": _whole_text(negate=True),
    "contains": _text(lambda text, wanted: wanted in text),
    "does_not_contain": _text(lambda text, wanted: wanted not in text),
    "starts_with": _text(lambda text, wanted: text.startswith(wanted)),
    "ends_with": _text(lambda text, wanted: text.endswith(wanted)),
    **_EMPTINESS,
}
_NUMBER: dict[str, Operator] = {
    "equals": _number(lambda number, wanted: number == wanted),
    "does_not_equal": _number(lambda number, wanted: number != wanted, for_none=True),
    "greater_than": _number(lambda number, wanted: number > wanted),
    "less_than": _number(lambda number, wanted: number < wanted),
    "greater_than_or_equal_to": _number(lambda number, wanted: number >= wanted),
    "less_than_or_equal_to": _number(lambda number, wanted: number <= wanted),
    **_EMPTINESS,
}
_DATE: dict[str, Operator] = {
    "equals": _date(lambda moment, span: span[0] <= moment < span[1]),
    "before": _date(lambda moment, span: moment < span[0]),
    "after": _date(lambda moment, span: moment >= span[1]),
    "on_or_before": _date(lambda moment, span: moment < span[1]),
    "on_or_after": _date(lambda moment, span: moment >= span[0]),
    **{name: _period(name) for name in _PERIODS},
    **_EMPTINESS,
}
_CHOICE = {"equals": _choice(negate=False), "does_not_equal": _choice(negate=True), **_EMPTINESS}
_IDS = {"contains": _has_id(negate=False), "does_not_contain": _has_id(negate=True), **_EMPTINESS}

OPERATORS: dict[str, dict[str, Operator]] = {
    "rich_text": _TEXT,
    **dict.fromkeys(("number", "unique_id"), _NUMBER),
    "checkbox": {"equals": _checkbox(negate=False), "does_not_equal": _checkbox(negate=True)},
    **dict.fromkeys(("select", "status"), _CHOICE),
    "multi_select": {
        "contains": _has_option(negate=False),
        "does_not_contain": _has_option(negate=True),
        **_EMPTINESS,
    },
    **dict.fromkeys(("date", "created_time", "last_edited_time"), _DATE),
    **dict.fromkeys(("people", "created_by", "last_edited_by", "relation"), _IDS),
    "files": _EMPTINESS,
}
