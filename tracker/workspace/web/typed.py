"""Rich text as a person types it: a link is `[words](https://…)`, all else stands as it is.

Must not read or write the store. What `format_text` writes, `parse_text` reads back as the same words
with the same links; of formatting, a form knows nothing but links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tracker.workspace.checks import Json
from tracker.workspace.rich_text import LONGEST_TEXT

Span = tuple[str, str | None]
"""Some words, and where they link to."""

_LINK = re.compile(
    r"\[((?:[^\[\]\\\n]|\\.)*)\]\(((?i:https?)://[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)"
)
_BRACKET = re.compile(r"(?<!\\)(\\*)\[")


def safe_link(href: str | None) -> str | None:
    """Return a link only when following it cannot run anything."""
    return href if href and href.lower().startswith(("http://", "https://")) else None


def spans_of(items: Iterable[Json]) -> tuple[Span, ...]:
    """Return the words of response items, with the links that are safe to follow."""
    return tuple((item["plain_text"], safe_link(item.get("href"))) for item in items)


def format_text(items: Iterable[Json]) -> str:
    """Return rich text as a person would type it."""
    spans = _merge(part for span in spans_of(items) for part in _by_line(span))
    # "](" makes a link of brackets that are none: then every bracket says that it is plain.
    is_risky = any("](" in words for words, link in spans if link is None)
    shown = []
    for place, (words, link) in enumerate(spans):
        if link is None:
            shown.append(_guard(words, is_risky=is_risky, is_last=place == len(spans) - 1))
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


def _merge(spans: Iterable[Span]) -> Sequence[Span]:
    merged: list[Span] = []
    for words, link in spans:
        if merged and merged[-1][1] == link:
            merged[-1] = (merged[-1][0] + words, link)
        else:
            merged.append((words, link))
    return merged


def _guard(words: str, *, is_risky: bool, is_last: bool) -> str:
    """Spell plain words so that no bracket in or after them is taken for something else."""
    bracket = r"\[" if is_risky else "["
    guarded = _BRACKET.sub(lambda found: found[1] * 2 + bracket, words)
    if is_last:
        return guarded
    stem = guarded.rstrip("\\")
    return stem + "\\" * (2 * (len(guarded) - len(stem)))


def _read(text: str) -> Iterator[Span]:
    plain: list[str] = []
    at = 0
    while found := _BRACKET.search(text, at):
        slashes, bracket = len(found[1]), found.end() - 1
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
