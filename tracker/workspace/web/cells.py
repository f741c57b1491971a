"""Property values as a person sees and types them; a link in a text is typed as `[words](https://…)`.

Must not read or write the store: it turns the API's property objects into text and back. What
`format_text` writes, `parse_text` reads back as the same words with the same links; of formatting,
a form knows nothing but links.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from tracker.workspace.model import Property
from tracker.workspace.protocol import LONGEST_TEXT, Json, encode_property_id

Span = tuple[str, str | None]
"""Some words, and where they link to."""

_LINK = re.compile(
    r"\[((?:[^\[\]\\\n]|\\.)*)\]\(((?i:https?)://[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)"
)
_BRACKET = re.compile(r"(?<!\\)(\\*)\[")
_OWN_PAGE = re.compile(r"/p/[0-9a-f]{32}")
"""A page of this workspace, wherever that is served."""


def safe_link(href: str | None) -> str | None:
    """Return a link only when following it cannot run anything."""
    is_web = href is not None and href.lower().startswith(("http://", "https://"))
    return href if is_web or (href and _OWN_PAGE.fullmatch(href)) else None


def spans_of(items: Iterable[Json]) -> tuple[Span, ...]:
    """Return the words of response items, with the links that are safe to follow."""
    return tuple((item["plain_text"], safe_link(item.get("href"))) for item in items)


def format_text(items: Iterable[Json]) -> str:
    """Return rich text as a person would type it."""
    parts = (part for span in spans_of(items) for part in _by_line(span))
    spans = [
        ("".join(words for words, _ in neighbours), link)
        for link, neighbours in groupby(parts, key=itemgetter(1))
    ]
    # "](" makes a link of brackets that are none: then every bracket says that it is plain.
    is_risky = any("](" in words for words, link in spans if link is None)
    shown = []
    for place, (words, link) in enumerate(spans):
        if link is None:
            # Backslashes before a bracket would be read as its escape: they are doubled, there only.
            guarded = _BRACKET.sub(r"\1\1\\[" if is_risky else r"\1\1[", words)
            slashes = len(guarded) - len(guarded.rstrip("\\"))
            # At the end of the words, the bracket is that of the link behind them.
            shown.append(guarded + "\\" * (slashes if place < len(spans) - 1 else 0))
        else:
            escaped = re.sub(r"([\[\]\\])", r"\\\1", words)
            shown.append(f"[{escaped}]({link})")
    return "".join(shown)


def parse_text(text: str) -> list[Json]:
    """Return request items for typed text, each short enough for Notion."""
    return [
        {"type": "text", "text": {"content": piece, "link": {"url": link} if link else None}}
        for words, link in _read(text)
        for piece in cut_pieces(words)
    ]


def cut_pieces(text: str) -> Iterator[str]:
    """Cut a text into pieces of at most 2,000 UTF-16 units, never within a character.

    The limit: developers.notion.com/reference/request-limits.
    """
    while text:
        units = text[:LONGEST_TEXT].encode("utf-16-le", "replace")[: 2 * LONGEST_TEXT]
        piece = units.decode("utf-16-le", "ignore")
        yield piece
        text = text[len(piece) :]


def _by_line(span: Span) -> Iterator[Span]:
    """Spell a span as typed links can: on one line, to an address they can hold."""
    words, link = span
    if link is None or not _LINK.fullmatch(f"[x]({link})"):
        yield words, None
        return
    for number, line in enumerate(words.split("\n")):
        if number:
            yield "\n", None
        if line:
            yield line, link


def _read(text: str) -> Iterator[Span]:
    """Yield typed words and links, from one bracket to the next: time grows with their number."""
    plain: list[str] = []
    at = 0
    while found := _BRACKET.search(text, at):
        slashes, bracket = len(found[1]), found.end() - 1
        # Two backslashes are one; an odd one makes the bracket plain.
        plain += [text[at : found.start()], "\\" * (slashes // 2)]
        link = None if slashes % 2 else _LINK.match(text, bracket)
        if link is None:
            plain.append("[")
            at = bracket + 1
            continue
        yield "".join(plain), None
        yield re.sub(r"\\(.)", r"\1", link[1]) or link[2], link[2]
        plain, at = [], link.end()
    yield "".join(plain) + text[at:], None


CHOICES = ("select", "status")
TEXTS = ("title", "rich_text")
FORMS = {
    **dict.fromkeys(TEXTS, "lines"),
    **dict.fromkeys(CHOICES, "choice"),
    "number": "number",
    "multi_select": "list",
    "date": "date",
    "url": "line",
    "checkbox": "checkbox",
    "relation": "relation",
}
"""How a value of each type is edited; what is not here is shown only."""
ARROW = " → "
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PLUMBING = (("Order", "number"), ("Tracker ID", "rich_text"), ("Sync history", "rich_text"))
_MARKER = "leave as it is"
NO_TITLES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Chip:
    """A coloured option."""

    name: str
    color: str
    id: str = ""

    @property
    def label(self) -> str:
        """The name as it is drawn."""
        return label_of(self.name)


def label_of(name: str) -> str:
    """Return the name of an option as it is drawn.

    Notion refuses commas in it. Programs write a small comma instead, which few fonts have.
    """
    return name.replace("\ufe50", ",")


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column as it is shown; `is_plumbing` where it is for programs only.

    `width` in pixels, `is_wrapped` and `is_tick` (a status shown as a box) are up to a view.
    """

    id: str
    name: str
    type: str
    choices: tuple[Chip, ...] = ()
    is_plumbing: bool = False
    width: int = 0
    is_wrapped: bool = True
    is_tick: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of one row, ready to show and to edit.

    `key` is what a form's field holds for the value: the id of a choice, else the text. `links` are
    titles and ids of the pages that a relation leads to. Of a status and a tick, `meaning` is one of
    "open", "doing", "done" and "skipped", and `flip` the key that a click gives it. `typed` and `was` are those of a form that was not saved, with the `problem` it had.
    """

    id: str
    name: str
    type: str
    text: str
    key: str
    is_plumbing: bool = False
    spans: tuple[Span, ...] = ()
    chips: tuple[Chip, ...] = ()
    choices: tuple[Chip, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    meaning: str = ""
    flip: str = ""
    typed: str | None = None
    was: str = ""
    problem: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether the value is shown by its words alone."""
        return (
            not self.links
            and self.type not in ("status", "checkbox", "url")
            and not any(link for _, link in self.spans)
        )

    @property
    def shown(self) -> str:
        """The words of the value."""
        return "".join(words for words, _ in self.spans) if self.spans else self.text

    @property
    def entry(self) -> str:
        """What the field holds: the text typed last, else the value."""
        return self.key if self.typed is None else self.typed

    @property
    def base(self) -> str:
        """What the field held when its form was made."""
        return self.key if self.typed is None else self.was

    @property
    def form(self) -> str:
        """How the value is edited; a date with a time or an end is typed as text."""
        form = "" if self.is_plumbing else FORMS.get(self.type, "")
        is_day = not self.entry or _DAY.fullmatch(self.entry)
        return "line" if form == "date" and not is_day else form

    @property
    def offered(self) -> tuple[Chip, ...]:
        """The choices of the field, and what it holds even if that is no option any more."""
        if not self.entry or any(chip.id == self.entry for chip in self.choices):
            return self.choices
        name = self.text if self.entry == self.key else self.entry
        return (*self.choices, Chip(name, "default", self.entry))


def make_column(prop: Property, *, is_plumbing: bool = False) -> ShownColumn:
    """Return the column that shows a property."""
    chips = tuple(map(_make_chip, prop.config.get("options", ())))
    return ShownColumn(encode_property_id(prop.id), prop.name, prop.type, chips, is_plumbing)


def make_cell(
    column: ShownColumn, value: Json | None, titles: Mapping[str, str] = NO_TITLES
) -> Cell:
    """Make the cell of a column and the page's value for it; `titles` are those of linked pages."""
    kind = column.type
    content = (value or {}).get(kind)
    chosen = content if kind == "multi_select" else [content] if kind in CHOICES else []
    linked = content or [] if kind == "relation" else []
    links = tuple((titles[one["id"]], one["id"]) for one in linked if one["id"] in titles)
    text = ", ".join(words for words, _ in links) if links else format_value(kind, content)
    return Cell(
        id=column.id,
        name=column.name,
        type=kind,
        text=text,
        # By its id, a choice survives that its option gets another name meanwhile.
        key=((content or {}).get("id") or "") if kind in CHOICES else text,
        is_plumbing=column.is_plumbing,
        spans=spans_of(content or []) if kind in TEXTS else (),
        chips=tuple(map(_make_chip, filter(None, chosen or []))),
        choices=column.choices,
        links=links,
    )


def find_plumbing(properties: Iterable[Property]) -> frozenset[str]:
    """Return the raw ids of the columns that belong to another program, by their descriptions.

    Databases made before columns were described are known by a column "Tracker ID".
    """
    properties = list(properties)
    marked = {prop.id for prop in properties if _MARKER in (prop.description or "").casefold()}
    named = {(prop.name, prop.type): prop.id for prop in properties}
    if ("Tracker ID", "rich_text") in named:
        marked |= {named[key] for key in _PLUMBING if key in named}
    return frozenset(marked)


def _make_chip(option: Json) -> Chip:
    return Chip(option["name"], option["color"], option["id"])


def format_value(kind: str, content: Any) -> str:
    """Return a value as a person would type it, or read it where it cannot be typed."""
    formatter = _FORMATS.get(kind)
    return formatter(content) if formatter and content is not None else ""


def parse_value(kind: str, text: str) -> Any:
    """Return the API's value for typed text; not for options, which go by their ids.

    Raises ValueError for text that is no value of the type.
    """
    text = text.replace("\r\n", "\n")
    if kind in TEXTS:
        return parse_text(text)
    text = text.strip()
    if kind == "checkbox":
        return bool(text)
    if not text:
        return None
    return _PARSES.get(kind, str)(text)


def _parse_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f'"{text}" is not a number. Write it like 2 or 2.5.')
    return number


def _parse_date(text: str) -> Json:
    start, _, end = text.partition(ARROW.strip())
    return {"start": start.strip(), "end": end.strip() or None}


_FORMATS: dict[str, Any] = {
    **dict.fromkeys(TEXTS, format_text),
    # A choice is saved by its id, so its text is only read.
    **dict.fromkeys(CHOICES, lambda option: label_of(option["name"])),
    **dict.fromkeys(("url", "created_time", "last_edited_time"), str),
    "number": lambda number: str(int(number) if float(number).is_integer() else number),
    "multi_select": lambda options: ", ".join(option["name"] for option in options),
    "date": lambda date: ARROW.join(filter(None, (date["start"], date.get("end")))),
    "checkbox": lambda is_ticked: "on" if is_ticked else "",
}
_PARSES: dict[str, Any] = {"number": _parse_number, "date": _parse_date}
