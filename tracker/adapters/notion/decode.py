"""Pages as Notion shows them → rows as the planner compares them.

Pure and lenient: finds values by property id, ignores what it does not know, and holds a field
whose value cannot be taken over safely, saying why.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tracker.adapters.notion.errors import HeldError
from tracker.adapters.notion.ids import Json, normal_id, normal_key
from tracker.adapters.notion.links import decode_links
from tracker.adapters.notion.options import LongTexts, decode_option
from tracker.adapters.notion.rich_text import decode_text
from tracker.adapters.notion.schema import OPTION_FIELDS, Column
from tracker.adapters.notion.statuses import decode_status
from tracker.ports import Target
from tracker.roadmap.model import Status
from tracker.roadmap.texts import find_forbidden
from tracker.sync.seen import parse_seen
from tracker.sync.snapshot import Field, Links, PageId, Record, RemoteRow, Seen, Value

MOST_MENTIONS = 25
"""A page shows no more references of one property than these; the rest is read one by one."""

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
        held=held,
        seen=_decode_seen(found.get(layout.target.history)),
    )


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
    try:
        if which is Field.STATUS:
            return _decode_status(found, layout)
        if which in OPTION_FIELDS:
            return _decode_options(found, layout.texts)
        return _DECODERS[which](found)
    except HeldError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise HeldError("its value has a form that is not known") from None


def _check_whole(text: str | None) -> str | None:
    """Return a text that can be kept in a file."""
    if text and (forbidden := find_forbidden(text)):
        raise HeldError(f"it holds {forbidden}, which no roadmap can keep; take it out in Notion")
    return text


def _check_string(value: object) -> str:
    """Return a string; anything else has a form that is not known."""
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _decode_name(found: Json) -> str:
    name = _check_whole(decode_text(found["title"]))
    if name is None:
        raise HeldError("the row has no name; give it one in Notion")
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
        raise HeldError(f"nobody knows what the status {chosen.get('name')!r} means")
    return status


def _decode_options(found: Json, texts: LongTexts) -> Any:
    """Return the text of a select, or the texts of a multi-select."""
    if found["type"] == "select":
        chosen = found["select"]
        if chosen is None:
            return None
        return _check_whole(decode_option(_check_string(chosen["name"]), texts))
    names = [_check_string(each["name"]) for each in found["multi_select"]]
    tags = (_check_whole(decode_option(name, texts)) for name in names)
    return frozenset(text for text in tags if text)


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
    try:
        day = date.fromisoformat(start[:10])
    except ValueError:
        raise HeldError(f"{start} is no date that can be kept") from None
    if end and str(end)[:10] != start[:10]:
        raise HeldError(f"it is a range, {start[:10]} to {str(end)[:10]}, and one day is needed")
    return day


def _decode_relation(found: Json) -> frozenset[PageId]:
    return frozenset(normal_id(_check_string(each["id"])) for each in found["relation"])


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
