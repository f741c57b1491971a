"""Pages as Notion shows them ↔ rows as the planner compares them.

Pure. Decodes leniently: finds values by property id, ignores what it does not know, and holds a
field whose value cannot be taken over safely, saying why. Encodes strictly: raises RowError for
what no property can hold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from tracker.adapters.notion.columns import Column, Schema
from tracker.adapters.notion.errors import HeldError, RowError
from tracker.adapters.notion.ids import Json, get_object, normal_id, normal_key
from tracker.adapters.notion.options import LongTexts, OptionBook, decode_option
from tracker.adapters.notion.rich_text import (
    CONTROLS,
    ESCAPE,
    TextRun,
    decode_runs,
    decode_text,
    encode_runs,
    encode_text,
    read_spelled,
    spell,
)
from tracker.adapters.notion.schema import column_of, decode_status, type_of
from tracker.roadmap.limits import find_links_excess, find_requires_excess, find_url_excess
from tracker.roadmap.links import find_url_fault, names_web_host
from tracker.roadmap.model import SkillId, Status, find_forbidden, make_canonical_text
from tracker.sync.model import EMPTY_NAME, Create, PageId, Parts, RemoteRow, Seen
from tracker.sync.parts import show_part, show_record
from tracker.sync.records import TWO_WAY, Field, Link, Links, Record, Value
from tracker.sync.row_state import parse_seen
from tracker.sync.target import DatabaseTarget

MOST_MENTIONS = 25
"""A page shows no more references of one property than these ("Retrieve a page property item"); the
others are fetched one property at a time."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?")

_EMPTY: Mapping[Field, Value] = {
    Field.STATUS: Status.TODO,
    Field.TAGS: frozenset(),
    Field.REQUIRES: frozenset(),
    Field.RESOURCES: Links(),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pages of one data source are read: binding, status column, long option texts.

    `back` is the id of the other end of the relation between rows, empty where there is none.
    """

    target: DatabaseTarget
    status: Column
    texts: LongTexts = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)
    back: str = ""


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
        # A section "Inbox" that a row has says no more than none.
        record=show_record(layout.parts, Record(name=name or "", section=section or "", **named)),
        requires=related,
        order=order,
        created_at=str(page.get("created_time", "")),
        edited_at=str(page.get("last_edited_time", "")),
        author=str(get_object(page, "created_by").get("id") or ""),
        held=held,
        seen=_decode_seen(found.get(layout.target.history)),
        unlocks=_decode_unlocks(found.get(layout.back)),
    )


def _decode_unlocks(found: Json | None) -> frozenset[PageId] | None:
    """Return the rows at the other end of the relation; None where they are not all shown."""
    if found is None or is_partial(found):
        return None
    try:
        return frozenset(PageId(normal_id(str(it["id"]))) for it in found["relation"])
    except (LookupError, TypeError):
        return None


def _decode_seen(found: Json | None) -> Seen:
    try:
        return parse_seen(decode_text(found["rich_text"])) if found else {}
    except (AttributeError, LookupError, TypeError):
        return {}  # a history that cannot be read is none: it only narrows a race


def properties_by_id(page: Json) -> dict[str, Json]:
    """Return the properties of a page by unquoted id; the API keys them by name."""
    values = get_object(page, "properties").values()
    return {
        normal_key(str(value.get("id", ""))): value for value in values if isinstance(value, dict)
    }


def is_partial(found: Json) -> bool:
    """Return whether a property shows only the first of its references."""
    if found.get("has_more") is True:
        return True
    # A text says nothing of the mentions that it lacks: with 25 in it there may be more.
    items = found.get(str(found.get("type")))
    if not isinstance(items, list) or len(items) < MOST_MENTIONS:
        return False
    mentions = [item for item in items if isinstance(item, dict) and item.get("type") == "mention"]
    return len(mentions) >= MOST_MENTIONS


def _decode_property(which: Field, found: Json | None, layout: Layout) -> Any:
    if found is None:
        raise HeldError("the row does not show this column")
    kind = type_of(layout.target, which)
    decode = _DECODERS_BY_TYPE.get((which, kind)) or _DECODERS[which]
    try:
        _check_shown(found, kind)
        return decode(found[kind], layout)
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


def _check_string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _check_list(value: object) -> list[Any]:
    """Return a list; an empty text or object in its place is no empty list."""
    if not isinstance(value, list):
        raise TypeError(type(value).__name__)
    return value


def _decode_text(shown: Any, _: Layout) -> str | None:
    return _check_whole(decode_text(shown))


def _check_whole(text: str | None) -> str | None:
    """Return a text that can be kept in a file."""
    if text and (forbidden := find_forbidden(text)):
        raise HeldError(f"it holds {forbidden}, which no roadmap can keep; take it out there")
    return text


def _decode_name(shown: Any, layout: Layout) -> str:
    name = _decode_text(shown, layout)
    if name is None:
        raise HeldError(EMPTY_NAME)
    return name


def _decode_resources(shown: Any, layout: Layout) -> Links:
    _decode_text(shown, layout)  # only for its check
    return decode_links(shown)


def _decode_address(shown: Any, layout: Layout) -> Links:
    url = _decode_evidence(shown, layout)
    return Links((Link(url, url),) if url else ())


def _decode_tick(is_ticked: Any, _: Layout) -> Status:
    if not isinstance(is_ticked, bool):
        raise TypeError(type(is_ticked).__name__)
    return Status.DONE if is_ticked else Status.TODO


def _decode_status(chosen: Any, layout: Layout) -> Status:
    # Null where the column has no default option, or the row's option was deleted.
    if chosen is None:
        return Status.TODO
    status = decode_status(layout.status, layout.target.options, chosen)
    if status is None:
        name = str(chosen.get("name"))[:60]
        raise HeldError(f"nobody knows what the status {name!r} means")
    return status


def _decode_select(chosen: Any, layout: Layout) -> str | None:
    return None if chosen is None else _decode_choice(chosen, layout)


def _decode_choice(chosen: Json, layout: Layout) -> str:
    text = _check_whole(decode_option(_check_string(chosen["name"]), layout.texts))
    if text is None:
        raise HeldError("it has an option without a name")
    return text


def _decode_evidence(shown: Any, _: Layout) -> str | None:
    # Notion takes any text as an address: a bare "github.com/me", or javascript: to be clicked on.
    url = _check_string(shown).strip() if shown is not None else ""
    if url and (fault := find_url_fault(url)):
        raise HeldError(f"{_short(url)} is no web address: {fault}")
    return url or None


def _decode_number(number: Any, _: Layout) -> float | None:
    if number is None:
        return None
    if isinstance(number, bool) or not math.isfinite(number):
        raise HeldError(f"{number} is no number that can be kept")
    return float(number)


def _decode_hours(shown: Any, layout: Layout) -> float | None:
    hours = _decode_number(shown, layout)
    if hours is not None and hours < 0:
        raise HeldError(f"{hours:g} hours are less than none")
    return hours


def _decode_date(chosen: Any, _: Layout) -> date | None:
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


_DECODERS: Mapping[Field, Callable[[Any, Layout], Any]] = {
    Field.NAME: _decode_name,
    Field.STATUS: _decode_status,
    Field.SECTION: _decode_select,
    Field.LEVEL: _decode_select,
    Field.HOURS: _decode_hours,
    Field.GOAL: _decode_text,
    Field.RESOURCES: _decode_resources,
    Field.REQUIRES: lambda shown, _: frozenset(
        normal_id(_check_string(page["id"])) for page in _check_list(shown)
    ),
    Field.TAGS: lambda shown, layout: frozenset(
        _decode_choice(chosen, layout) for chosen in _check_list(shown)
    ),
    Field.STARTED: _decode_date,
    Field.COMPLETED: _decode_date,
    Field.EVIDENCE: _decode_evidence,
    Field.NOTES: _decode_text,
    Field.ORDER: _decode_number,
    Field.ID: lambda shown, _: (decode_text(shown) or "").strip() or None,
}

_DECODERS_BY_TYPE: Mapping[tuple[Field, str], Callable[[Any, Layout], Any]] = {
    (Field.STATUS, "checkbox"): _decode_tick,
    (Field.RESOURCES, "url"): _decode_address,
}
"""For columns of other types than tracker's own."""


# Resources are one linked line each, `Title · type`. People also type a bare address, `title:
# address`, `[title](address)`, or several links on a line.
_DOT = " · "
_ODD_IN_TYPE = re.compile(rf"[{ESCAPE}{CONTROLS}]|\A\s|\s\Z")
# No pattern here may try one stretch of a text twice: a row in Notion holds what anybody typed, and
# two neighbouring repetitions that match the same characters take quadratic time.
_BULLET = re.compile(r"[-*•\u2013\u2014]|\d{1,3}[.)]|")
_BETWEEN = frozenset(",;|/+&·")
"""Signs that people write between two links of one line, besides blanks."""
_MARKDOWN_START = re.compile(r"(?:[-*•]\s+)?\[")
_MARKDOWN_LINK = re.compile(r"\]\((?=(https?://)\S)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_BLANK = re.compile(r"\s")


def encode_links(links: Links) -> list[Json]:
    """Return request items for resources; raise RowError when the column cannot hold them."""
    runs: list[TextRun] = []
    for link in links.items:
        if excess := find_url_excess(link.url):
            raise RowError(
                f"the address of {link.title[:60]!r} {excess.what}", excess.why, excess.next
            )
        kind = _DOT + spell(link.type, _ODD_IN_TYPE) if link.type else ""
        start = "\n" if runs else ""
        # The type of the last link and the line end share a run: each run takes an item of 100.
        if runs and runs[-1].link is None:
            start = runs.pop().text + start
        runs += [TextRun(start), TextRun(link.title, link.url), TextRun(kind)]
    if excess := find_links_excess(links.items):
        raise RowError(f"the skill {excess.what}", excess.why, excess.next)
    return encode_runs(runs)


def decode_links(items: Sequence[Json]) -> Links:
    """Return the resources in answered items; raise HeldError for a line that says more.

    Goes by linked runs, so that a title may hold anything.
    """
    found = [link for line in _lines(decode_runs(items)) for link in _decode_line(line)]
    return Links(tuple(dict.fromkeys(found)))


def _lines(runs: Iterable[TextRun]) -> Iterator[list[TextRun]]:
    """Split runs at the line ends outside of links."""
    line: list[TextRun] = []
    for run in runs:
        pieces = [run.text] if run.link else re.split(r"\r\n|\r|\n", run.text)
        for index, piece in enumerate(pieces):
            if index:
                yield line
                line = []
            if piece:
                line.append(TextRun(piece, run.link))
    yield line


def _decode_line(line: Sequence[TextRun]) -> list[Link]:
    """Read a line as links with gaps before, between and after them.

    before the first link   a bullet or a number, or nothing
    between two links       a type, and signs that separate
    after the last          a type, or nothing
    no link at all          Markdown, or a bare address
    """
    links: list[TextRun] = []
    gaps: list[list[str]] = [[]]
    for run in line:
        if run.link and run.text.strip():
            links.append(run)
            gaps.append([])
        else:
            gaps[-1].append(run.text)
    first, *between = ["".join(gap) for gap in gaps]
    if not links:
        return _decode_plain(first)
    kinds = [*map(_read_type_between, between[:-1]), _read_type(between[-1])]
    if not _BULLET.fullmatch(first.strip()) or None in kinds:
        whole = "".join(run.text for run in line)
        raise HeldError(f"the line {_short(whole)} says more than a title, a link and a type")
    return [
        _make_link(str(run.link), run.text, kind) for run, kind in zip(links, kinds, strict=True)
    ]


def _read_type(text: str) -> str | None:
    """Return the type behind a link, which may be empty; None when it is anything else."""
    shown = text.strip()
    return shown[1:].strip() if shown.startswith("·") or not shown else None


def _read_type_between(text: str) -> str | None:
    """Do as `_read_type` where another link follows on the line."""
    shown = text.strip()
    body = shown[1:].lstrip() if shown.startswith("·") else ""
    rest = body or shown
    end = len(rest)
    while end and (rest[end - 1].isspace() or rest[end - 1] in _BETWEEN):
        end -= 1
    # A type has one character at least, be it one of those that stand between links.
    return body[: max(end, 1)] if body or not end else None


def _decode_plain(text: str) -> list[Link]:
    if not text.strip():
        return []
    title, url, rest = _split_markdown(text) or _split_plain(text) or ("", "", text)
    kind = _read_type(rest)
    if not url or kind is None or "://" in title:
        raise HeldError(f"the line {_short(text)} has no link that can be read")
    return [_make_link(url, title.strip(" \t:-\u2013\u2014•*"), kind)]


def _split_markdown(text: str) -> tuple[str, str, str] | None:
    """Split `[title](address)` and what follows; the last address on the line counts."""
    line = text.lstrip()
    start = _MARKDOWN_START.match(line)
    if start is None or line.find("\n", start.end()) >= 0:
        return None
    unread = len(line)
    for found in reversed(list(_MARKDOWN_LINK.finditer(line, start.end() + 1))):
        begin = found.start(1)
        # The address ends at a bracket before the next blank; later candidates were read already.
        blank = _BLANK.search(line, found.end(1), unread)
        end = line.rfind(")", found.end(1) + 1, blank.start() if blank else unread)
        if end >= 0:
            return line[start.end() : found.start()], line[begin:end], line[end + 1 :]
        unread = found.end(1) + 1
    return None


def _split_plain(text: str) -> tuple[str, str, str] | None:
    """Split a line at its first address; return None when there is none."""
    found = _ADDRESS.search(text)
    if found is None:
        return None
    title, rest = text[: found.start()], text[found.end() :]
    return None if "\n" in title or "\n" in rest[1:] else (title, found[0], rest)


def _make_link(url: str, title: str, kind: str | None) -> Link:
    if not names_web_host(url) or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise HeldError(f"{_short(url)} is no http or https address")
    text = make_canonical_text(read_spelled(kind)) if kind else None
    return Link(url, make_canonical_text(title) or url, text)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else line[:59] + "…")  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class RowContext:
    """Page ids and status option needed to encode a row.

    `pages` maps skills to pages; `kept` are related pages that are no skill's and stay related;
    `status` is the option to write, as a request spells it.
    """

    pages: Mapping[SkillId, PageId]
    kept: frozenset[PageId] = frozenset()
    status: Json | None = None


@dataclass(frozen=True, slots=True)
class Encoder:
    """Encodes the values of one data source's rows; `books` name the options."""

    schema: Schema
    target: DatabaseTarget
    books: Mapping[Field, OptionBook]

    def encode(self, values: Mapping[Field, Value], context: RowContext) -> Json:
        """Return the `properties` of a request that sets these fields, keyed by column id.

        A field without a column is left out.
        """
        parts = self.target.parts
        return {
            column_of(self.schema, self.target, which).key: self._encode(
                which, show_part(parts, which, value), context
            )
            for which, value in values.items()
            if which in self.target.properties
        }

    def _encode(self, which: Field, value: Value, context: RowContext) -> Json:
        kind = type_of(self.target, which)
        encoded: Any
        match which:
            case Field.STATUS if kind == "checkbox":
                encoded = value is Status.DONE
            case Field.STATUS:
                encoded = context.status
            case Field.REQUIRES:
                encoded = encode_relation(cast("frozenset[str]", value), context)
            case Field.TAGS:
                tags = cast("frozenset[str]", value or frozenset())
                encoded = self.books[which].encode_all(tags)
            case Field.SECTION | Field.LEVEL:
                encoded = self.books[which].encode(str(value)) if value else None
            case Field.HOURS | Field.ORDER:
                encoded = _encode_number(which, value)
            case Field.STARTED | Field.COMPLETED:
                encoded = {"start": value.isoformat()} if isinstance(value, date) else None
            case Field.EVIDENCE:
                encoded = _encode_url(value)
            case Field.RESOURCES:
                links = value if isinstance(value, Links) else Links()
                first = links.items[0].url if links else None
                encoded = _encode_url(first) if kind == "url" else encode_links(links)
            case _:
                encoded = encode_text(str(value) if value is not None else None)
        return {kind: encoded}


def values_of(action: Create) -> dict[Field, Value]:
    """Return the values of a new row: all fields that are not empty, its order and its id."""
    record = action.record.values()
    values: dict[Field, Value] = {
        which: record[which] for which in TWO_WAY if record[which] or record[which] == 0
    }
    if action.order is not None:
        values[Field.ORDER] = action.order
    values[Field.ID] = action.skill_id
    return values


def encode_relation(needed: Iterable[str], context: RowContext) -> list[Json]:
    """Return the pages of prerequisites; raise RowError for one that has no page.

    A relation is replaced as a whole, and a request holds 100 pages of it ("Size limits").
    """
    skills = [SkillId(skill) for skill in sorted(needed)]
    if unknown := [skill for skill in skills if skill not in context.pages]:
        raise RowError(f"prerequisite {', '.join(unknown)} has no row yet", next="tracker sync")
    related = [context.pages[skill] for skill in skills]
    related += sorted(context.kept - set(related))
    if excess := find_requires_excess(len(related)):
        raise RowError(f"the skill {excess.what}", excess.why, excess.next)
    return [{"id": page_id} for page_id in related]


def _encode_url(value: Value) -> str | None:
    if value and (excess := find_url_excess(str(value))):
        raise RowError(f"an address {excess.what}", excess.why, excess.next)
    return str(value) if value else None  # an empty text is no value of a url column


def _encode_number(which: Field, value: Value) -> float | None:
    if value is None:
        return None
    number = float(cast("float", value))
    if not math.isfinite(number):
        raise RowError(f"{which.value} {number} is no number that a row can hold")
    # Beyond 2**53 a double no longer holds every integer: Notion would show another number.
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
