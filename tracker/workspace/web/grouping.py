"""Rows in groups, as the views of a database ask for them: by option, day, number, text, tick or link.

Pure: no clock, no store, no HTML. A group that no row is in is there too where the column knows it: an
empty section of a roadmap is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tracker.workspace.model import Property
from tracker.workspace.protocol import Json, from_ms, parse_iso
from tracker.workspace.query import LoadedRow, text_key
from tracker.workspace.web.cells import Chip

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_WEEK = 7
_PLAIN = ""
"""The colour of a name that is no option."""


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that share what `chip` says; `place` orders the groups, None for rows without a value."""

    chip: Chip
    place: Any
    rows: tuple[LoadedRow, ...]


Reader = Callable[[Any], Iterable[tuple[Any, Chip]]]
"""From the content of a column to the places and chips of its groups."""


def group_rows(
    rows: Sequence[LoadedRow], prop: Property, spec: Json, titles: Mapping[str, str]
) -> tuple[RowGroup, ...]:
    """Return the groups of a view's `group_by`, or of an axis of a chart.

    `titles` are those of the pages that a relation leads to. A row with several values is in several
    groups. Rows without a value come last.
    """
    known, read = _make_reader(prop, spec, titles)
    found: dict[Any, tuple[Chip, list[LoadedRow]]] = {place: (chip, []) for place, chip in known}
    without: list[LoadedRow] = []
    for row in rows:
        is_without = True
        for place, chip in read(row.content(prop)):
            found.setdefault(place, (chip, []))[1].append(row)
            is_without = False
        if is_without:
            without.append(row)
    way = (spec.get("sort") or {}).get("type", "manual")
    is_named = prop.type in ("select", "status", "multi_select", "relation") and way != "manual"
    groups = [RowGroup(chip, place, tuple(inside)) for place, (chip, inside) in found.items()]
    groups.sort(
        key=lambda group: text_key(group.chip.name) if is_named else group.place,
        reverse=way == "descending",
    )
    if spec.get("hide_empty_groups"):
        groups = [group for group in groups if group.rows]
    if without:
        groups.append(RowGroup(Chip(f"No {prop.name}", _PLAIN), None, tuple(without)))
    return tuple(groups)


def _make_reader(
    prop: Property, spec: Json, titles: Mapping[str, str]
) -> tuple[list[tuple[Any, Chip]], Reader]:
    """Return the groups that are there without any row, and what finds those of a content."""
    match prop.type:
        case "status" | "select" | "multi_select":
            by_option = _read_options(prop, in_groups=spec.get("group_by") == "group")
            known = list(dict(by_option.values()).items())
            return known, lambda content: [
                by_option[one]
                for one in (content if isinstance(content, list) else [content])
                if one in by_option
            ]
        case "checkbox":
            ticks = [(1, Chip("Checked", _PLAIN, "on")), (0, Chip("Unchecked", _PLAIN))]
            return ticks, lambda content: [ticks[0 if content else 1]]
        case "relation":
            return [], lambda content: [
                (titles[one], Chip(titles[one], _PLAIN, one))
                for one in content or []
                if one in titles
            ]
        case "number":
            return [], lambda content: _name_number(content, spec)
        case "date" | "created_time" | "last_edited_time":
            return [], lambda content: _name_day(content, spec)
    is_prefix = spec.get("group_by") == "alphabet_prefix"
    return [], lambda content: _name_text(content, is_prefix=is_prefix)


def _read_options(prop: Property, *, in_groups: bool) -> dict[str, tuple[Any, Chip]]:
    """Return place and chip of each option, or of the group that it is in."""
    if in_groups and prop.type == "status":
        return {
            option_id: (place, Chip(group["name"], group["color"], group["id"]))
            for place, group in enumerate(prop.config["groups"])
            for option_id in group["option_ids"]
        }
    return {
        option["id"]: (place, Chip(option["name"], option["color"], option["id"]))
        for place, option in enumerate(prop.config["options"])
    }


def _name_number(content: Any, spec: Json) -> list[tuple[Any, Chip]]:
    if content is None:
        return []
    size = spec.get("range_size")
    if not isinstance(size, int | float) or isinstance(size, bool) or size <= 0:
        return [(content, Chip(f"{content:g}", _PLAIN))]
    first = (spec.get("range_start") or 0) + (
        content - (spec.get("range_start") or 0)
    ) // size * size
    return [(first, Chip(f"{first:g} to {first + size:g}", _PLAIN))]


def _name_text(content: Any, *, is_prefix: bool) -> list[tuple[Any, Chip]]:
    text = str(content or "").strip()
    if not text:
        return []
    shown = text[0].upper() if is_prefix else text
    return [(text_key(shown), Chip(shown, _PLAIN))]


def _name_day(content: Any, spec: Json) -> list[tuple[Any, Chip]]:
    day = day_of(content)
    if day is None:
        return []
    first = floor_day(day, spec.get("group_by", "day"), spec.get("start_day_of_week"))
    return [(first, Chip(name_day(first, spec.get("group_by", "day")), _PLAIN))]


def day_of(content: Any) -> date | None:
    """Return the day of a date, as it was written, or of a time in milliseconds."""
    if isinstance(content, int):
        return from_ms(content).date()
    moment = parse_iso(content["start"]) if isinstance(content, dict) else None
    return moment.date() if moment else None


def floor_day(day: date, step: str, week_start: int | None = None) -> date:
    """Return the first day of the week, month or year that a day is in, or the day."""
    if step == "week":
        # 0 is a Sunday, as in the API; weeks begin on Monday where nothing is said.
        since = (day.weekday() + 1) % _WEEK if week_start == 0 else day.weekday()
        # The first days of the calendar have no week before them.
        return day - timedelta(days=since) if day.toordinal() > since else day
    if step in ("month", "relative"):
        return day.replace(day=1)
    return day.replace(month=1, day=1) if step == "year" else day


def next_day(first: date, step: str) -> date | None:
    """Return the first day of the next day, week, month or year; None at the end of the calendar."""
    try:
        if step in ("month", "relative"):
            return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        if step == "year":
            return first.replace(year=first.year + 1)
        return first + timedelta(days=_WEEK if step == "week" else 1)
    except (OverflowError, ValueError):
        return None


def name_day(first: date, step: str) -> str:
    """Return a day, or what begins with it, in words."""
    if step == "year":
        return str(first.year)
    month = MONTHS[first.month - 1]
    if step in ("month", "relative"):
        return f"{month} {first.year}"
    return f"{first.day} {month[:3]} {first.year}"
