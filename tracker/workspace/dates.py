"""Date values: request to stored form, cut to the minute, with the zone turned into an offset.

Must not know properties or filters.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracker.workspace.checks import Json, check_keys, check_object, check_string
from tracker.workspace.errors import UNDEFINED, expected, validation
from tracker.workspace.times import instant, is_date_only, parse_iso


def decode_date(path: str, value: Any) -> Json:
    """Return the stored `start` and `end` of a date value."""
    given = check_object(path, value)
    check_keys(path, given, ("start", "end", "time_zone"))
    zone = _decode_zone(f"{path}.time_zone", given.get("time_zone"))
    start = _decode_moment(f"{path}.start", given.get("start", UNDEFINED), zone)
    end = given.get("end")
    if end is None:
        return {"start": start, "end": None}
    end = _decode_moment(f"{path}.end", end, zone)
    if is_date_only(start) != is_date_only(end):
        raise validation(f"{path}: start and end must both have a time, or neither.")
    if (instant(end) or 0) < (instant(start) or 0):
        raise validation(f"{path}: end must not be before start.")
    return {"start": start, "end": end}


def encode_date(stored: Json) -> Json:
    """Return the response form: a zone is never echoed."""
    return {"start": stored["start"], "end": stored["end"], "time_zone": None}


def _decode_zone(path: str, value: Any) -> ZoneInfo | None:
    if value is None:
        return None
    try:
        return ZoneInfo(check_string(path, value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise expected(path, "a valid IANA time zone", value) from error


def _decode_moment(path: str, value: Any, zone: ZoneInfo | None) -> str:
    moment = parse_iso(check_string(path, value))
    if moment is None:
        raise expected(path, "a valid ISO 8601 date string", value)
    if is_date_only(value):
        if zone is not None:
            raise validation(f"{path} must have a time when time_zone is given.")
        return str(value)
    try:
        return _zoned(moment, zone).isoformat(timespec="milliseconds")
    except OverflowError as error:
        raise expected(path, "a valid ISO 8601 date string", value) from error


def _zoned(moment: datetime, zone: ZoneInfo | None) -> datetime:
    cut = moment.replace(second=0, microsecond=0)
    if cut.tzinfo is None:
        return cut.replace(tzinfo=zone or UTC)
    return cut.astimezone(zone) if zone else cut
