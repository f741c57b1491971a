"""Texts as Notion holds them: as rich text, and as the names of options.

Pure. Formatting is ignored when read and never written, so a formatted text is replaced only when
its words changed. A name alone tells its text, but for those that are too long:

    text                      name
    a comma                   ﹐ (small comma, U+FE50)
    ﹐ itself, ⧵ itself        ⧵﹐ ⧵⧵ (⧵ is the reverse solidus operator, U+29F5)
    a control character, or   ⧵{A} with its code point in hexadecimal digits
      a blank at either end
    a text that differs from  the text, and ⧵2 (⧵3 …) after it
      a taken name in case only
    more than 100 characters  its start, and … and ⧵# and eight digits of its SHA-256;
                              the option's description holds the text
"""

# ruff: noqa: RUF002  the sign is what this is about

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tracker.adapters.notion.errors import RowError
from tracker.adapters.notion.ids import Json
from tracker.roadmap.limits import LONGEST_OPTION, MOST_PIECES, MOST_UNITS, count_units, split_text
from tracker.roadmap.model import make_canonical_text

ESCAPE = "\u29f5"
CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
"""For a character class: line ends and other characters without a shape."""
_SMALL_COMMA = "\ufe50"
_ODD_IN_NAME = re.compile(rf"[,{_SMALL_COMMA}{ESCAPE}{CONTROLS}]|\A\s|\s\Z")
_SPELLED = re.compile(rf"{ESCAPE}(?:{ESCAPE}|\{{[0-9A-F]{{1,6}}\}})")
_SPELLED_IN_NAME = re.compile(rf"{_SPELLED.pattern}|{ESCAPE}{_SMALL_COMMA}|{_SMALL_COMMA}")
# An escape sign behind an odd number of others is the second half of a doubled one.
_VARIANT = re.compile(rf"(?<!{ESCAPE})((?:{ESCAPE}{ESCAPE})*){ESCAPE}[1-9][0-9]*\Z")
_SHORTENED = re.compile(rf"(?<!{ESCAPE})(?:{ESCAPE}{ESCAPE})*{ESCAPE}#[0-9a-f]{{8}}\Z")
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class TextRun:
    """A stretch of text with one link, or without any."""

    text: str
    link: str | None = None


def decode_text(items: Sequence[Json]) -> str | None:
    """Return the canonical plain text of answered items; None when it is empty.

    Raises TypeError, AttributeError and the like for items in an unknown form: what cannot be read
    is not an empty text.
    """
    if not isinstance(items, list | tuple):
        raise TypeError(type(items).__name__)
    text = "".join([_plain_text(item) for item in items])
    if not text and not all(_content(item) == "" for item in items):
        raise TypeError("items that show no text")
    return make_canonical_text(text)


def decode_runs(items: Iterable[Json]) -> tuple[TextRun, ...]:
    """Return the runs of answered items; neighbours with the same link are one run.

    Notion itself merges neighbours that look the same: 2,000 characters and 1, sent as two items,
    come back as one of 2,001 (measured).
    """
    shown = [run for run in map(_decode_item, items) if run.text]
    return tuple(
        TextRun("".join([run.text for run in neighbours]), link)
        for link, neighbours in groupby(shown, key=lambda run: run.link)
    )


def _decode_item(item: Json) -> TextRun:
    text = item.get("text")
    link = text.get("link") if isinstance(text, dict) else None
    # Mentions and links to pages have an address in `href` only.
    address = item.get("href") or (None if link is None else link["url"])
    if not isinstance(address, str | None):
        raise TypeError(type(address).__name__)
    return TextRun(_plain_text(item), address)


def _plain_text(item: Json) -> str:
    plain, content = item.get("plain_text"), _content(item)
    text = content if plain is None else plain
    # An empty text beside a content that is not empty contradicts itself.
    if not isinstance(text, str) or (content and not text):
        raise TypeError(type(text).__name__)
    return text


def _content(item: Json) -> Any:
    text = item.get("text")
    return text.get("content") if isinstance(text, dict) else None


def encode_text(text: str | None) -> list[Json]:
    """Return request items for a text; raise RowError when no value can hold it."""
    return encode_runs([TextRun(text)] if text else [])


def encode_runs(runs: Iterable[TextRun]) -> list[Json]:
    """Return request items for runs; raise RowError when no value can hold them."""
    items: list[Json] = []
    for run in runs:
        check_sendable(run.text)
        link = {"link": {"url": run.link}} if run.link else {}
        # An item holds 2,000 UTF-16 units, and a value 100 items ("Size limits").
        items += [
            {"type": "text", "text": {"content": piece, **link}} for piece in split_text(run.text)
        ]
    if len(items) > MOST_PIECES:
        raise RowError(
            "a text is longer than a property of a row can hold",
            why=f"it takes {len(items)} pieces of {MOST_UNITS} characters, {MOST_PIECES} fit",
            next="shorten it, or move a part of it to a page of its own",
        )
    return items


def check_sendable(text: str) -> None:
    """Raise RowError for a lone UTF-16 surrogate: UTF-8 has no bytes for it."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise RowError(
            "a text holds half of a character, which cannot be sent",
            why="it has a UTF-16 surrogate on its own",
            next="remove the broken character",
        )


def spell(text: str, odd: re.Pattern[str]) -> str:
    """Spell out the characters that match; the pattern should match ESCAPE itself."""
    return odd.sub(_spell_character, text)


def _spell_character(match: re.Match[str]) -> str:
    character = match[0]
    if character == ",":
        return _SMALL_COMMA
    if character in {ESCAPE, _SMALL_COMMA}:
        return ESCAPE + character
    return f"{ESCAPE}{{{ord(character):X}}}"


def read_spelled(text: str, spelled: re.Pattern[str] = _SPELLED) -> str:
    """Return a text with spelled characters put back; other escape signs are left as they are."""
    return spelled.sub(_read_character, text)


def _read_character(match: re.Match[str]) -> str:
    spelled = match[0]
    if spelled == _SMALL_COMMA:
        return ","
    if spelled in {ESCAPE * 2, ESCAPE + _SMALL_COMMA}:
        return spelled[1]
    code = int(spelled[2:-1], 16)
    return spelled if code > sys.maxunicode or code in _SURROGATES else chr(code)


def encode_option_name(text: str) -> str:
    """Return the plain name of a text; Notion refuses names with commas ("Property object")."""
    return spell(text, _ODD_IN_NAME)


def decode_option_name(name: str) -> str:
    """Return the text of a name; a name typed by a person is its own text."""
    return read_spelled(_VARIANT.sub(r"\1", name), _SPELLED_IN_NAME)


def choose_option_name(text: str, taken: Iterable[str]) -> str:
    """Return a name of the text that no taken name equals when case is ignored."""
    folded = {fold_name(name) for name in taken}
    plain = encode_option_name(text)
    name, number = plain, 2
    while fold_name(name) in folded:
        name, number = f"{plain}{ESCAPE}{number}", number + 1
    return name


def make_option_name(text: str) -> str:
    """Return the name of a text's option: as it is, or shortened where it is too long."""
    name = encode_option_name(text)
    return name if is_option_name(name) else shorten_name(text)


def shorten_name(text: str) -> str:
    """Return the name of a text that is too long for one."""
    tail = f"…{ESCAPE}#{_digest(text)}"
    head = encode_option_name(text)
    while count_units(head) > LONGEST_OPTION - len(tail):
        head = head[: LONGEST_OPTION - len(tail)] if len(head) > LONGEST_OPTION else head[:-1]
    return head.rstrip() + tail


def is_shortened(name: str) -> bool:
    """Return whether a name tells only the start of its text."""
    return _SHORTENED.search(name) is not None


def is_text_of(name: str, text: str) -> bool:
    """Return whether this is the whole text of a shortened name."""
    return name.endswith(f"{ESCAPE}#{_digest(text)}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def is_option_name(name: str) -> bool:
    """Return whether Notion takes the name; the 100 characters are nowhere documented."""
    return bool(name) and count_units(name) <= LONGEST_OPTION


def fold_name(name: str) -> str:
    """Return what two names have in common that Notion may take for the same.

    Names are unique without regard to case; NFKC is a precaution.
    """
    return unicodedata.normalize("NFKC", name).casefold()
