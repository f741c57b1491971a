"""Texts as option names, reversibly: what Notion does not take in a name is spelled otherwise.

Pure and without memory: a name alone tells its text, but for those that are too long.

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
import unicodedata
from collections.abc import Iterable

from tracker.adapters.notion.spelling import (
    CONTROLS,
    ESCAPE,
    SPELLED,
    read_character,
    spell_character,
)
from tracker.roadmap.limits import LONGEST_OPTION, count_units

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
