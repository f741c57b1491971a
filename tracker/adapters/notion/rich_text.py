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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tracker.adapters.notion.errors import RowError
from tracker.adapters.notion.ids import Json
from tracker.roadmap.limits import LONGEST_OPTION, MOST_PIECES, MOST_UNITS, count_units, split_text
from tracker.roadmap.texts import make_canonical_text


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text with one link, or without any."""

    text: str
    link: str | None = None


def decode_text(items: Sequence[Json]) -> str | None:
    """Return the canonical plain text of answered items; None when it is empty.

    Raises TypeError, AttributeError and the like for items in a form that is not known: what
    cannot be read is not an empty text.
    """
    if not isinstance(items, list | tuple):
        raise TypeError(type(items).__name__)
    text = "".join([_plain_text(item) for item in items])
    if not text and not all(_is_empty_text(item) for item in items):
        raise TypeError("items that show no text")
    return make_canonical_text(text)


def decode_runs(items: Iterable[Json]) -> tuple[Run, ...]:
    """Return the runs of answered items; neighbours with the same link are one run."""
    shown = [run for run in map(_decode_item, items) if run.text]
    return tuple(
        Run("".join([run.text for run in neighbours]), link)
        for link, neighbours in groupby(shown, key=lambda run: run.link)
    )


def _decode_item(item: Json) -> Run:
    text = item.get("text")
    link = text.get("link") if isinstance(text, dict) else None
    address = item.get("href") or (None if link is None else link["url"])
    if not isinstance(address, str | None):
        raise TypeError(type(address).__name__)
    return Run(_plain_text(item), address)


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


def _is_empty_text(item: Json) -> bool:
    content: object = _content(item)
    return content == ""


def encode_text(text: str | None) -> list[Json]:
    """Return request items for a text; raise RowError when no value can hold it."""
    return encode_runs([Run(text)] if text else [])


def encode_runs(runs: Iterable[Run]) -> list[Json]:
    """Return request items for runs; raise RowError when no value can hold them."""
    items = [
        {"type": "text", "text": {"content": piece, "link": {"url": run.link}}}
        if run.link
        else {"type": "text", "text": {"content": piece}}
        for run in runs
        for piece in _split(run.text)
    ]
    if len(items) > MOST_PIECES:
        raise RowError(
            "a text is longer than a property of a row can hold",
            why=f"it takes {len(items)} pieces of {MOST_UNITS} characters, {MOST_PIECES} fit",
            next="shorten it, or move a part of it to a page of its own",
        )
    return items


def _split(text: str) -> Iterator[str]:
    check_sendable(text)
    return split_text(text)


def check_sendable(text: str) -> None:
    """Raise RowError for half characters: there are no bytes for them."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise RowError(
            "a text holds half of a character, which cannot be sent",
            why="it has a UTF-16 surrogate on its own",
            next="remove the broken character",
        )


ESCAPE = "\u29f5"
CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
"""For a character class: line ends and other characters without a shape."""

_SURROGATES = range(0xD800, 0xE000)


def spell(text: str, odd: re.Pattern[str]) -> str:
    """Spell out the characters that match; the pattern should match ESCAPE itself."""
    return odd.sub(lambda match: spell_character(match[0]), text)


def spell_character(character: str) -> str:
    """Spell out one character."""
    return ESCAPE * 2 if character == ESCAPE else f"{ESCAPE}{{{ord(character):X}}}"


def read_spelled(text: str) -> str:
    """Return the text with what was spelled out put back."""
    return _SPELLED.sub(lambda match: read_character(match[0]), text)


def read_character(spelled: str) -> str:
    """Return the character that was spelled out; something else comes back as it is."""
    if spelled == ESCAPE * 2:
        return ESCAPE
    code = int(spelled[2:-1], 16)
    return spelled if code > sys.maxunicode or code in _SURROGATES else chr(code)


SPELLED = rf"{ESCAPE}(?:{ESCAPE}|\{{[0-9A-F]{{1,6}}\}})"
_SPELLED = re.compile(SPELLED)


_COMMA = "\ufe50"
_ODD = re.compile(rf"[,{_COMMA}{ESCAPE}{CONTROLS}]|\A\s|\s\Z")
_READ = re.compile(rf"{SPELLED}|{ESCAPE}{_COMMA}|{_COMMA}")
_VARIANT = re.compile(rf"(?<!{ESCAPE})((?:{ESCAPE}{ESCAPE})*){ESCAPE}[1-9][0-9]*\Z")
_SHORTENED = re.compile(rf"(?<!{ESCAPE})(?:{ESCAPE}{ESCAPE})*{ESCAPE}#[0-9a-f]{{8}}\Z")


def encode_option_name(text: str) -> str:
    """Return the plain name of a text."""
    return _ODD.sub(_spell, text)


def decode_option_name(name: str) -> str:
    """Return the text that a name stands for; a name typed by a person is its own text."""
    return _READ.sub(_read, _VARIANT.sub(r"\1", name))


def choose_option_name(text: str, taken: Iterable[str]) -> str:
    """Return a name of the text that no taken name equals when case is ignored."""
    folded = {fold_name(each) for each in taken}
    plain = encode_option_name(text)
    name, number = plain, 2
    while fold_name(name) in folded:
        name, number = f"{plain}{ESCAPE}{number}", number + 1
    return name


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
    """Return whether Notion takes the name."""
    return bool(name) and count_units(name) <= LONGEST_OPTION


def fold_name(name: str) -> str:
    """Return what two names that Notion may take for the same have in common."""
    return unicodedata.normalize("NFKC", name).casefold()


def _spell(match: re.Match[str]) -> str:
    character = match[0]
    if character == ",":
        return _COMMA
    return ESCAPE + _COMMA if character == _COMMA else spell_character(character)


def _read(match: re.Match[str]) -> str:
    if match[0] == _COMMA:
        return ","
    return _COMMA if match[0] == ESCAPE + _COMMA else read_character(match[0])
