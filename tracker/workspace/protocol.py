"""What all endpoints share: ids, times and rich text as Notion spells them, checks, refusals, pages.

Must not know any endpoint and must not look anything up: it knows spellings, paths, shapes and values.
A stored text is a list of runs: a plain run is a string, any other run is the whole response item.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import sqlite3
import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
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


UNDEFINED: Any = object()
"""Stands for a key that is absent, which Notion tells apart from null."""

ARCHIVED = "Can't edit block that is archived. You must unarchive the block before editing."
ARCHIVED_ANCESTOR = (
    "Can't edit page on block with an archived ancestor. "
    "You must unarchive the ancestor before editing page."
)
INTEGRATION = "Tracker"
_LONGEST_ECHO = 200


class ApiError(Exception):
    """A refusal with the status, code and message of the Notion API, and what else it tells."""

    def __init__(
        self, status: int, code: str, message: str, more: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.more = dict(more or {})

    def body(self) -> dict[str, Any]:
        """Return the error body without its request id."""
        body = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
        }
        return {**body, "additional_data": self.more} if self.more else body


class WorkspaceFileError(Exception):
    """The file is not a workspace, or was written by a newer version of the tool."""


_DISK = frozenset(
    [
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY),
        *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN),
    ]
)
"""The primary SQLite error codes of a disk that is full or not writable."""


def is_refused_by_disk(error: sqlite3.Error) -> bool:
    """Tell whether the disk is full or not writable; nothing of the change was saved."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK


def validation(message: str) -> ApiError:
    """Return the 400 for a request that breaks a rule."""
    return ApiError(400, "validation_error", message)


def expected(path: str, what: str, value: Any) -> ApiError:
    """Return the 400 that names the place, the rule and the value found there."""
    shown = "undefined"
    if value is not UNDEFINED:
        shown = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        # A message that echoes a whole body could be half a megabyte.
        shown = shown if len(shown) <= _LONGEST_ECHO else f"{shown[:_LONGEST_ECHO]}…"
    part = path.partition(".")[0]
    return validation(f"{part} failed validation: {path} should be {what}, instead was `{shown}`.")


def not_found(kind: str, object_id: str) -> ApiError:
    """Return the 404 that does not tell a missing object from one that is not shared."""
    message = (
        f"Could not find {kind} with ID: {object_id}. Make sure the relevant pages and "
        f'databases are shared with your integration "{INTEGRATION}".'
    )
    return ApiError(404, "object_not_found", message, {"integration_id": BOT_ID})


def no_such_property(key: str) -> ApiError:
    """Return the 400 for a filter, sort or view that names an unknown property."""
    return validation(f"Could not find property with name or id: {key}")


Json = dict[str, Any]
# Notion's limit for every array of a request and for every page of an answer.
MAX_ITEMS = 100


def check_object(path: str, value: Any) -> Json:
    """Return the value if it is a JSON object."""
    if isinstance(value, dict):
        return value
    what = "defined" if value is UNDEFINED else "an object"
    raise expected(path, what, value)


def check_list(path: str, value: Any, *, longest: int = MAX_ITEMS) -> list[Any]:
    """Return the value if it is a list of at most `longest` items."""
    if not isinstance(value, list):
        what = "defined" if value is UNDEFINED else "an array"
        raise expected(path, what, value)
    if len(value) > longest:
        raise expected(f"{path}.length", f"≤ `{longest}`", len(value))
    return value


def check_string(path: str, value: Any, *, longest: int | None = None) -> str:
    """Return the value if it is a string of at most `longest` UTF-16 units."""
    if not isinstance(value, str):
        what = "defined" if value is UNDEFINED else "a string"
        raise expected(path, what, value)
    if longest is not None and utf16_length(value) > longest:
        raise expected(f"{path}.length", f"≤ `{longest}`", utf16_length(value))
    return value


def check_bool(path: str, value: Any) -> bool:
    """Return the value if it is true or false."""
    if not isinstance(value, bool):
        raise expected(path, "a boolean", value)
    return value


def check_choice(path: str, value: Any, allowed: Collection[str]) -> str:
    """Return the value if it is one of the allowed words."""
    if not isinstance(value, str) or value not in allowed:
        words = [f'`"{word}"`' for word in allowed]
        listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])}, or {words[-1]}"
        raise expected(path, listed, value)
    return value


def check_uuid(path: str, value: Any) -> str:
    """Return the dashed form of the value if it is a uuid."""
    parsed = parse_uuid(value)
    if parsed is None:
        raise expected(path, "defined" if value is UNDEFINED else "a valid uuid", value)
    return parsed


def check_keys(path: str, value: Json, allowed: Collection[str]) -> None:
    """Refuse keys that the endpoint does not know."""
    for key, found in value.items():
        if key not in allowed:
            raise expected(f"{path}.{key}", "not present", found)


def check_page_size(value: Any, *, path: str = "body.page_size") -> int:
    """Return the number of results wanted, 1 to 100, 100 when absent."""
    if value is None or value is UNDEFINED:
        return MAX_ITEMS
    if isinstance(value, bool) or not isinstance(value, int):
        raise expected(path, "a number", value)
    if value > MAX_ITEMS:
        raise expected(path, f"≤ `{MAX_ITEMS}`", value)
    if value < 1:
        raise expected(path, "≥ `1`", value)
    return value


def utf16_length(text: str) -> int:
    """Return the length as JavaScript counts it."""
    # Notion counts as JavaScript does: an emoji is two units.
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def encode_cursor(parts: list[Any]) -> str:
    """Return the text of a cursor."""
    text = json.dumps(parts, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(value: Any, shape: tuple[type, ...]) -> list[Any] | None:
    """Return a cursor's parts, None for the first page; raise the 400 for anything else."""
    if value is None:
        return None
    problem = validation(f"The start_cursor provided is invalid: {value}")
    if not isinstance(value, str):
        raise problem
    try:
        padded = value + "=" * (-len(value) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise problem from error
    # By exact type, as True would pass for the number 1.
    if not isinstance(parts, list) or [type(part) for part in parts] != list(shape):
        raise problem
    return parts


def list_answer(results: list[Json], kind: str, cursor: str | None = None) -> Json:
    """Return the list object around results; a cursor means there is more."""
    return {
        "object": "list",
        "results": results,
        "next_cursor": cursor,
        "has_more": cursor is not None,
        "type": kind,
        kind: {},
    }


def page_of(results: list[Any], start: Any, size: int) -> tuple[list[Any], str | None]:
    """Return one page of a list that is fully known, and the cursor of the next page."""
    parts = decode_cursor(start, (int,))
    first = parts[0] if parts else 0
    following = first + size
    cursor = encode_cursor([following]) if following < len(results) else None
    return results[first:following], cursor


LONGEST_TEXT = 2000
LONGEST_URL = 2000
# The forms of an emoji in Unicode Technical Standard 51: a flag, a keycap, or pictures with a skin colour
# or tags, joined by U+200D. Notion has a list of those that it takes, which is not published.
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f004-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
    "\ufe0f?[\U0001f3fb-\U0001f3ff]?(?:[\U000e0020-\U000e007e]{1,16}\U000e007f)?"
)
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}(?:\u200d{_PICTURE})*"
)
_LONGEST_EMOJI = 40
_STYLES = ("bold", "italic", "strikethrough", "underline", "code")
_BASE_COLORS = ("gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
COLORS = ("default", *_BASE_COLORS)
BLOCK_COLORS = (
    *COLORS,
    "default_background",
    *(f"{color}_background" for color in _BASE_COLORS),
)
PLAIN: Json = {**dict.fromkeys(_STYLES, False), "color": "default"}

Runs = list[Any]


def decode_runs(path: str, value: Any) -> Runs:
    """Return the stored runs of a request's rich text; equal neighbours are merged."""
    items = enumerate(check_list(path, value))
    return merge_runs([_decode_run(f"{path}[{index}]", item) for index, item in items])


def encode_runs(runs: Runs) -> list[Json]:
    """Return the response items of stored runs."""
    return [_text_item(run, None, PLAIN) if isinstance(run, str) else run for run in runs]


def plain_text(runs: Runs) -> str:
    """Return the text of all runs without any formatting."""
    return "".join(run if isinstance(run, str) else run["plain_text"] for run in runs)


def text_run(content: str, *, link: str | None = None, annotations: Json | None = None) -> Any:
    """Make one stored run of text."""
    styles = {**PLAIN, **(annotations or {})}
    if link is None and styles == PLAIN:
        return content
    return _text_item(content, link, styles)


def merge_runs(runs: Runs) -> Runs:
    """Return the runs with equal neighbours merged and empty runs dropped.

    Measured: Notion merges neighbours of one style and link, so 2,000 + 1 characters come back as one.
    """
    groups: list[Runs] = []
    for run in runs:
        if run == "" or (not isinstance(run, str) and not run["plain_text"]):
            continue
        if groups and _style_of(groups[-1][0]) == _style_of(run) is not None:
            groups[-1].append(run)
        else:
            groups.append([run])
    return [_join(group) for group in groups]


def _style_of(run: Any) -> Any:
    """Return the style and link in which runs must agree to merge, None for a run that never does."""
    if isinstance(run, str):
        return "plain"
    # Former versions stored mentions and equations as well.
    return (run["annotations"], run["text"]["link"]) if run["type"] == "text" else None


def _join(group: Runs) -> Any:
    first = group[0]
    if len(group) == 1:
        return first
    # All at once: a text of many short runs would else be copied for each of them.
    if isinstance(first, str):
        return "".join(group)
    link = first["text"]["link"]
    content = "".join(run["plain_text"] for run in group)
    return _text_item(content, link["url"] if link else None, first["annotations"])


def _decode_run(path: str, item: Any) -> Any:
    item = check_object(path, item)
    check_choice(f"{path}.type", item.get("type") or "text", ("text",))
    styles: Json = {}
    if item.get("annotations") is not None:
        given = check_object(f"{path}.annotations", item["annotations"])
        for style in (style for style in _STYLES if style in given):
            styles[style] = check_bool(f"{path}.annotations.{style}", given[style])
        if "color" in given:
            where = f"{path}.annotations.color"
            styles["color"] = check_choice(where, given["color"], BLOCK_COLORS)
    text = check_object(f"{path}.text", item.get("text", UNDEFINED))
    content = check_string(
        f"{path}.text.content", text.get("content", UNDEFINED), longest=LONGEST_TEXT
    )
    link = text.get("link")
    url = None
    if link is not None:
        given = check_object(f"{path}.text.link", link).get("url", UNDEFINED)
        url = check_string(f"{path}.text.link.url", given, longest=LONGEST_URL)
        # Only an empty address is refused; what it means is up to the reader.
        if not url.strip():
            raise expected(f"{path}.text.link.url", "a valid URL", url)
    return text_run(content, link=url, annotations=styles)


def _text_item(content: str, link: str | None, annotations: Json) -> Json:
    return {
        "type": "text",
        "text": {"content": content, "link": {"url": link} if link is not None else None},
        "annotations": annotations,
        "plain_text": content,
        "href": link,
    }


def is_emoji(text: str) -> bool:
    """Tell whether a text is one emoji and nothing else."""
    return utf16_length(text) <= _LONGEST_EMOJI and _EMOJI.fullmatch(text) is not None


def decode_icon(path: str, value: Any) -> Json | None:
    """Return the icon as responses show it; null clears."""
    if value is None:
        return None
    given = check_object(path, value)
    kinds = ("emoji", "external", "icon")
    kind = given.get("type") or next((kind for kind in kinds if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, kinds)
    if kind == "emoji":
        text = check_string(f"{path}.emoji", given.get(kind, UNDEFINED))
        if not is_emoji(text):
            raise expected(f"{path}.emoji", "an emoji", text)
        return {"type": "emoji", "emoji": text}
    if kind == "external":
        return decode_cover(path, {"external": given.get(kind, UNDEFINED)})
    inner = check_object(f"{path}.icon", given.get(kind, UNDEFINED))
    name = check_string(f"{path}.icon.name", inner.get("name", UNDEFINED))
    return {"type": "icon", "icon": {"name": name, "color": str(inner.get("color", "gray"))}}


def decode_cover(path: str, value: Any) -> Json | None:
    """Return the cover as responses show it; null clears."""
    if value is None:
        return None
    given = check_object(path, value)
    check_choice(f"{path}.type", given.get("type") or "external", ("external",))
    inner = check_object(f"{path}.external", given.get("external", UNDEFINED))
    url = check_string(f"{path}.external.url", inner.get("url", UNDEFINED), longest=LONGEST_URL)
    return {"type": "external", "external": {"url": url}}
