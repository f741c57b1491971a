"""Pages as Notion shows them → rows as the planner compares them.

Pure and lenient: finds values by property id, ignores what it does not know, and holds a field
whose value cannot be taken over safely, saying why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tracker.adapters.notion.errors import HeldError
from tracker.adapters.notion.ids import Json, normal_id, normal_key
from tracker.adapters.notion.links import decode_links
from tracker.adapters.notion.options import LongTexts, decode_option
from tracker.adapters.notion.rich_text import decode_text
from tracker.adapters.notion.schema import COLUMNS, OPTION_FIELDS, Column, decode_status
from tracker.ports import Target
from tracker.roadmap.model import Status
from tracker.roadmap.texts import find_forbidden
from tracker.sync.seen import parse_seen
from tracker.sync.snapshot import EMPTY_NAME, Field, Links, PageId, Record, RemoteRow, Seen, Value

MOST_MENTIONS = 25
"""A page shows no more references of one property than these; the rest is read one by one."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?")

_EMPTY: Mapping[Field, Value] = {
    Field.STATUS: Status.TODO,
    Field.TAGS: frozenset(),
    Field.REQUIRES: frozenset(),
    Field.RESOURCES: Links(),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pages of one data source are read: binding, status column, long option texts."""

    target: Target
    status: Column
    texts: LongTexts = field(default_factory=dict)


def decode_row(page: Json, found: Mapping[str, Json], layout: Layout) -> RemoteRow:
    """Decode a page and its properties by id; what cannot be read safely is held with a reason."""
    held: dict[Field, str] = {}
    values: dict[Field, Any] = {}
    for which, column_id in layout.target.properties.items():
        try:
            values[which] = _decode_property(which, found.get(column_id), layout)
        except HeldError as error:
            held[which] = str(error)
            values[which] = _EMPTY.get(which)
    order, tracker_id = values.pop(Field.ORDER, None), values.pop(Field.ID, None)
    related = values.pop(Field.REQUIRES, frozenset())
    name, section = values.pop(Field.NAME, None), values.pop(Field.SECTION, None)
    named = {which.value: value for which, value in values.items()}
    return RemoteRow(
        page_id=normal_id(str(page.get("id", ""))),
        tracker_id=tracker_id,
        record=Record(name=name or "", section=section or "", **named),
        requires=related,
        order=order,
        created_at=str(page.get("created_time", "")),
        edited_at=str(page.get("last_edited_time", "")),
        author=_decode_author(page.get("created_by")),
        held=held,
        seen=_decode_seen(found.get(layout.target.history)),
    )


def _decode_author(found: object) -> str:
    return str(found.get("id") or "") if isinstance(found, dict) else ""


def _decode_seen(found: Json | None) -> Seen:
    try:
        return parse_seen(decode_text(found["rich_text"])) if found else {}
    except (AttributeError, LookupError, TypeError):
        return {}


def properties_by_id(page: Json) -> dict[str, Json]:
    """Return the properties of a page by unquoted id; the API keys them by name."""
    properties = page.get("properties")
    values = properties.values() if isinstance(properties, dict) else ()
    return {normal_key(str(each.get("id", ""))): each for each in values if isinstance(each, dict)}


def is_partial(found: Json) -> bool:
    """Return whether a property shows only the first of its references."""
    if found.get("has_more") is True:
        return True
    items = found.get(str(found.get("type")))
    if not isinstance(items, list):
        return False
    if len(items) < MOST_MENTIONS:
        return False
    mentions = [each for each in items if isinstance(each, dict) and each.get("type") == "mention"]
    return len(mentions) >= MOST_MENTIONS


def _decode_property(which: Field, found: Json | None, layout: Layout) -> Any:
    if found is None:
        raise HeldError("the row does not show this column")
    kind = layout.target.status_type if which is Field.STATUS else COLUMNS[which][1]
    try:
        _check_shown(found, kind)
        if which is Field.STATUS:
            return _decode_status(found, layout)
        if which in OPTION_FIELDS:
            return _decode_options(found, layout.texts)
        return _DECODERS[which](found)
    except HeldError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise HeldError("its value has a form that is not known") from None


def _check_shown(found: Json, kind: str) -> None:
    """Check that a property has the type of its column, and shows all of its value."""
    if found.get("type", kind) != kind:
        raise TypeError("a value of another type")
    if found.get("has_more") not in {None, False}:
        raise HeldError("the row shows only a part of it")


def _check_whole(text: str | None) -> str | None:
    """Return a text that can be kept in a file."""
    if text and (forbidden := find_forbidden(text)):
        raise HeldError(f"it holds {forbidden}, which no roadmap can keep; take it out there")
    return text


def _check_string(value: object) -> str:
    """Return a string; anything else has a form that is not known."""
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _check_list(value: object) -> list[Any]:
    """Return a list; an empty text or object in its place is no empty list."""
    if not isinstance(value, list):
        raise TypeError(type(value).__name__)
    return value


def _decode_name(found: Json) -> str:
    name = _check_whole(decode_text(found["title"]))
    if name is None:
        raise HeldError(EMPTY_NAME)
    return name


def _decode_text(found: Json) -> str | None:
    return _check_whole(decode_text(found["rich_text"]))


def _decode_tracker_id(found: Json) -> str | None:
    text = decode_text(found["rich_text"])
    return (text.strip() or None) if text else None


def _decode_status(found: Json, layout: Layout) -> Status:
    chosen = found[layout.target.status_type]
    if chosen is None:
        return Status.TODO
    status = decode_status(layout.status, layout.target.options, chosen)
    if status is None:
        name = str(chosen.get("name"))[:60]
        raise HeldError(f"nobody knows what the status {name!r} means")
    return status


def _decode_options(found: Json, texts: LongTexts) -> Any:
    """Return the text of a select, or the texts of a multi-select."""
    if found["type"] == "select":
        chosen = found["select"]
        if chosen is None:
            return None
        return _decode_choice(chosen, texts)
    return frozenset(_decode_choice(chosen, texts) for chosen in _check_list(found["multi_select"]))


def _decode_choice(chosen: Json, texts: LongTexts) -> str:
    text = _check_whole(decode_option(_check_string(chosen["name"]), texts))
    if text is None:
        raise HeldError("it has an option without a name")
    return text


def _decode_number(found: Json) -> float | None:
    number = found["number"]
    if number is None:
        return None
    if isinstance(number, bool) or not math.isfinite(number):
        raise HeldError(f"{number} is no number that can be kept")
    return float(number)


def _decode_hours(found: Json) -> float | None:
    hours = _decode_number(found)
    if hours is not None and hours < 0:
        raise HeldError(f"{hours:g} hours are less than none")
    return hours


def _decode_date(found: Json) -> date | None:
    chosen = found["date"]
    if chosen is None:
        return None
    start, end = str(chosen["start"]), chosen.get("end")
    day = _parse_day(start)
    if end is not None and _parse_day(_check_string(end)) != day:
        raise HeldError(f"it is a range, {start[:10]} to {end[:10]}, and one day is needed")
    return day


def _parse_day(text: str) -> date:
    """Return the day of a date or a time; ISO 8601 has other spellings, which Notion never uses."""
    try:
        return date.fromisoformat(text[:10] if _DAY.fullmatch(text) else "")
    except ValueError:
        raise HeldError(f"{text[:40]} is no date that can be kept") from None


def _decode_relation(found: Json) -> frozenset[PageId]:
    related = _check_list(found["relation"])
    return frozenset(normal_id(_check_string(page["id"])) for page in related)


def _decode_links(found: Json) -> Links:
    _decode_text(found)
    return decode_links(found["rich_text"])


_DECODERS: Mapping[Field, Callable[[Json], Any]] = {
    Field.NAME: _decode_name,
    Field.GOAL: _decode_text,
    Field.HOURS: _decode_hours,
    Field.STARTED: _decode_date,
    Field.COMPLETED: _decode_date,
    Field.REQUIRES: _decode_relation,
    Field.RESOURCES: _decode_links,
    Field.NOTES: _decode_text,
    Field.ORDER: _decode_number,
    Field.ID: _decode_tracker_id,
}
