"""Text written so that Markdown shows it, and reads it back, as it is.

Pure. What cannot be seen, and what stands at an edge where Markdown drops it, becomes an entity;
a `<` always does, so that no text becomes a tag.
"""

from __future__ import annotations

import re

from tracker.adapters.exchange.lines import BULLETS
from tracker.adapters.exchange.statuses import SIGNS

_MARKS = re.compile(r"[\\`*_\[\]~]|://|&(?=[#A-Za-z])")
_LEADING = re.compile(r"[-+=#>|:]")
_BEHIND = re.compile(r"[0-9]+(?=[.)])|[A-Za-z ]+(?=:)")
_BREAKS = re.compile(r"(?:\r?\n)+")
_JOINERS = "\u200c\u200d"
_URL_MARKS = re.compile(r"[\\()<>&]")


def escape_text(text: str) -> str:
    """Escape a text for a line, wherever on it the text stands."""
    inner = _MARKS.sub(_escape_mark, text).replace("<", "&lt;")
    if inner.endswith("#"):
        inner = f"{inner[:-1]}\\#"
    return "".join(map(_show, _keep_edges(inner)))


def escape_value(text: str) -> str:
    """Escape a text that may have several lines: they stay one, with breaks."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "<br>".join(escape_text(line) for line in lines)


def escape_paragraph(text: str) -> str:
    """Escape a text that a line begins with: nothing in it makes another block of it, or a key."""
    if breaks := _BREAKS.match(text):
        # Written as a tag, a break at the beginning would make a block of HTML of it.
        return "&#10;" * breaks.group().count("\n") + escape_value(text[breaks.end() :])
    value = escape_value(text)
    if value and (value[0] in SIGNS or value[0] in BULLETS):
        # Behind a bullet, or a sign for done or to do, a line is an entry of a list.
        return f"&#{ord(value[0])};{value[1:]}"
    block, key = _LEADING.match(value), _BEHIND.match(value)
    if block:
        return f"\\{value}"
    return f"{key.group()}\\{value[key.end() :]}" if key else value


def escape_url(url: str) -> str:
    """Escape a URL as the target of a link."""
    return _URL_MARKS.sub(lambda found: f"\\{found.group()}", url)


def _escape_mark(found: re.Match[str]) -> str:
    mark = found.group()
    return "\\://" if mark == "://" else f"\\{mark}"


def _keep_edges(text: str) -> str:
    """Write spaces at the edges as entities."""
    bare = text.strip(" ")
    if not bare:
        return "&#32;" * len(text)
    start = len(text) - len(text.lstrip(" "))
    end = len(text) - len(text.rstrip(" "))
    return "&#32;" * start + bare + "&#32;" * end


def _show(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return f"&#{ord(character)};"
