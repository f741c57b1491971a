"""Rollup values: one number, date or list summed up over related rows.

Must not fetch anything: it is given the rendered values of the rolled-up property.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from tracker.workspace.checks import Json

Values = list[Json]
"""Rendered property values, each with its `type` and the value under that key."""


def _content(value: Json) -> Any:
    inner = value[value["type"]]
    if value["type"] in ("formula", "rollup"):
        return inner.get(inner["type"])
    if value["type"] == "unique_id":
        return inner["number"]
    return inner


def _is_empty(value: Json) -> bool:
    return _content(value) in (None, "", [])


def _numbers(values: Values) -> list[float]:
    found = [_content(value) for value in values]
    return [n for n in found if isinstance(n, int | float) and not isinstance(n, bool)]


def _percent(part: int, values: Values) -> float:
    return part / len(values) if values else 0


def _checked(values: Values) -> int:
    return sum(1 for value in values if _content(value) is True)


def _filled(values: Values) -> int:
    return sum(1 for value in values if not _is_empty(value))


def _count_values(values: Values) -> int:
    contents = [_content(value) for value in values if not _is_empty(value)]
    multiple = ("multi_select", "people", "files", "relation")
    kinds = {value["type"] for value in values}
    return sum(map(len, contents)) if kinds & set(multiple) else len(contents)


def _range(values: Values) -> float | None:
    numbers = _numbers(values)
    return max(numbers) - min(numbers) if numbers else None


_NUMBERS: dict[str, Callable[[Values], float | None]] = {
    "count": len,
    "count_values": _count_values,
    "empty": lambda values: len(values) - _filled(values),
    "not_empty": _filled,
    "percent_empty": lambda values: _percent(len(values) - _filled(values), values),
    "percent_not_empty": lambda values: _percent(_filled(values), values),
    "checked": _checked,
    "unchecked": lambda values: len(values) - _checked(values),
    "percent_checked": lambda values: _percent(_checked(values), values),
    "percent_unchecked": lambda values: _percent(len(values) - _checked(values), values),
    "unique": lambda values: len({repr(_content(v)) for v in values if not _is_empty(v)}),
    "sum": lambda values: sum(_numbers(values)) if _numbers(values) else None,
    "average": lambda values: (
        sum(_numbers(values)) / len(_numbers(values)) if _numbers(values) else None
    ),
    "median": lambda values: median(_numbers(values)) if _numbers(values) else None,
    "min": lambda values: min(_numbers(values), default=None),
    "max": lambda values: max(_numbers(values), default=None),
    "range": _range,
}
_DATES = ("earliest_date", "latest_date")
_LISTS = ("show_original", "show_unique")
_UNSUPPORTED = ("date_range", "count_per_group", "percent_per_group")
FUNCTIONS = (*_NUMBERS, *_DATES, *_LISTS, *_UNSUPPORTED)


def summarise_rollup(function: str, values: Values) -> Json:
    """Return the rollup's response value."""
    if function in _NUMBERS:
        return {"type": "number", "number": _NUMBERS[function](values), "function": function}
    if function in _DATES:
        return {"type": "date", "date": _date(function, values), "function": function}
    if function in _LISTS:
        return {"type": "array", "array": _list(function, values), "function": function}
    return {"type": "unsupported", "unsupported": {}, "function": function}


def _date(function: str, values: Values) -> Json | None:
    dates = [_content(v) for v in values if v["type"] == "date" and not _is_empty(v)]
    if not dates:
        return None
    pick = min if function == "earliest_date" else max
    return {**pick(dates, key=lambda date: date["start"]), "end": None}


def _list(function: str, values: Values) -> list[Json]:
    shown = [{k: v for k, v in value.items() if k != "id"} for value in values]
    if function == "show_original":
        return shown
    return list({repr(value): value for value in shown}.values())
