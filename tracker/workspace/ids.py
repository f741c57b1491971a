"""Identifiers and times: made, parsed and spelled as Notion spells them.

Must not look anything up.
"""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, unquote

ROOT_PAGE_ID = "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c10"
"""The page "Home", which always exists and whose parent is the workspace."""
BOT_ID = "2f9b6c1e-84d3-4a57-b0c6-93e1d7a5f842"
PERSON_ID = "c3a8e5d4-1b72-4f96-8e0d-6a4f2b9c7e15"
WORKSPACE_ID = "9e4d7b36-50fa-4c12-a8d9-1f6b3c8e2a70"

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[1-8][0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}")
_NIL = re.compile(r"[0-]{32,36}")
# No quote, backslash, slash or percent sign: an id must stand inside a JSON path and a URL.
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:;<=>?@[]^_`{|}~"
_UNESCAPED = "!~*'()-_."
_LENGTH = 4


def new_id() -> str:
    """Make the id of a new object."""
    return str(uuid.uuid4())


def parse_uuid(text: object) -> str | None:
    """Return the dashed lower-case form, or None for what Notion does not accept as a uuid.

    The nil uuid passes: Notion answers it with 404, not with 400.
    """
    if not isinstance(text, str):
        return None
    lowered = text.lower()
    if not (_UUID.fullmatch(lowered) or _NIL.fullmatch(lowered)):
        return None
    digits = lowered.replace("-", "")
    if len(digits) != 32:  # noqa: PLR2004 - a uuid has 32 digits
        return None
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_property_id(taken: frozenset[str] | set[str]) -> str:
    """Make a short property id that is not taken; many need URL-encoding, as Notion's do."""
    while True:
        made = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        if made not in taken:
            return made


@lru_cache(maxsize=4096)
def encode_property_id(raw: str) -> str:
    """Spell a property id as responses do."""
    return quote(raw, safe=_UNESCAPED)


def decode_property_id(spelled: str) -> str:
    """Return the raw property id of either spelling."""
    return unquote(spelled)


MINUTE = 60_000
DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?P<fraction>\.\d+)?"
    r"(?P<offset>Z|z|[+-]\d{2}:?\d{2})?)?"
)


def to_ms(moment: datetime) -> int:
    """Return the milliseconds since the epoch of an aware moment."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Return the aware UTC moment of epoch milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


def floor_minute(ms: int) -> int:
    """Cut to the minute, as Notion stores the times of pages and blocks."""
    return ms - ms % MINUTE


def format_minute(ms: int) -> str:
    """Spell a time as pages, blocks and data sources do (measured): cut to the minute, ending in Z."""
    return _format_minute(floor_minute(ms))


@lru_cache(maxsize=4096)
def _format_minute(ms: int) -> str:
    return from_ms(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_exact(ms: int) -> str:
    """Spell a time as databases and views do (measured): milliseconds, ending in +00:00."""
    return from_ms(ms).isoformat(timespec="milliseconds")


def is_date_only(text: str) -> bool:
    """Tell whether an ISO text has no time of day."""
    return len(text) == len("2026-01-01")


def parse_iso(text: object) -> datetime | None:
    """Return the moment of an ISO 8601 text, or None when it is not one.

    A date alone is its midnight; the result is naive exactly when the text has no offset.
    """
    match = _ISO.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    # At most six digits: a seventh would be no microsecond any more.
    fraction = (match["fraction"] or "")[:7]
    time = match["time"] or "00:00:00"
    # A fraction may follow the minutes here, which the standard library does not read.
    seconds = "" if time.count(":") > 1 else ":00"
    offset = (match["offset"] or "").upper()
    try:
        return datetime.fromisoformat(f"{match['date']}T{time}{seconds}{fraction}{offset}")
    except ValueError:
        return None


def instant(text: str) -> int | None:
    """Return the epoch milliseconds of an ISO text; without an offset it counts as UTC."""
    moment = parse_iso(text)
    if moment is None:
        return None
    try:
        return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except OverflowError:
        return None
