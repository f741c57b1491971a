"""What stands behind a closing bracket of Markdown: the target that makes a link of it.

Pure. Looks ahead no further than the brackets that follow, so that a text of brackets costs no more
than any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MOST_PARENTHESES = 32
_LONGEST_LABEL = 999
_SPACE = re.compile(r"\s*")
_ANGLED = re.compile(r"<((?:[^<>\\\n]|\\.)*)>")
_TITLES = {
    '"': re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL),
    "'": re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL),
    "(": re.compile(r"\((?:[^()\\]|\\.)*\)", re.DOTALL),
}
_LABEL = re.compile(r"\[([^\[\]]{0,999})\]")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads, as written, and the position behind it in the text."""

    url: str
    end: int


def find_target(text: str, inside: tuple[int, int], references: Mapping[str, str]) -> Target | None:
    """Find the target of brackets whose inside is given: `(url "title")`, `[label]`, or a label."""
    start, close = inside
    return _find_inline(text, close + 1) or _find_reference(text, start, close, references)


def _find_inline(text: str, start: int) -> Target | None:
    if text[start : start + 1] != "(":
        return None
    position = _skip_space(text, start + 1)
    angled = _ANGLED.match(text, position)
    end = angled.end() if angled else _find_url_end(text, position)
    if end is None:
        return None
    url = angled[1] if angled else text[position:end]
    after = _skip_space(text, end)
    if after > end and (title := _TITLES.get(text[after : after + 1])):
        found = title.match(text, after)
        after = _skip_space(text, found.end()) if found else after
    return Target(url, after + 1) if text[after : after + 1] == ")" else None


def _find_url_end(text: str, start: int) -> int | None:
    """Find the end of a URL that stands without angles: at a space or at the bracket around it."""
    depth, position = 0, start
    while position < len(text):
        sign = text[position]
        if sign == "\\":
            position += 1
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        if depth < 0 or sign.isspace():
            return position
        if depth > _MOST_PARENTHESES:
            return None
        position += 1
    return None


def _find_reference(
    text: str, start: int, close: int, references: Mapping[str, str]
) -> Target | None:
    if not references:
        return None
    full = _LABEL.match(text, close + 1)
    if full and full[1].strip():
        url = references.get(normal_label(full[1]))
        return Target(url, full.end()) if url is not None else None
    if close - start > _LONGEST_LABEL:
        return None
    url = references.get(normal_label(text[start:close]))
    end = full.end() if full else close + 1
    return Target(url, end) if url is not None else None


def normal_label(label: str) -> str:
    """Return the form in which the labels of link definitions are compared."""
    return " ".join(label.split()).casefold()


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
