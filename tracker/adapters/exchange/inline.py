"""Inline Markdown to spans: plain text with the links and the emphasis that were on it.

Pure, and linear in the length of the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from tracker.adapters.exchange.pieces import SPECIAL, Piece, Scanner


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text; `url` when it is a link or image, `link` tells one link from the next."""

    text: str
    url: str = ""
    link: int = 0
    is_strong: bool = False
    is_image: bool = False
    is_bare: bool = False
    """A link that is its own text: a URL as such."""


def parse_inline(text: str, references: Mapping[str, str] | None = None) -> tuple[Span, ...]:
    """Parse a line of Markdown; `references` maps the labels of link definitions to URLs."""
    if not SPECIAL.search(text):
        return (Span(text),) if text else ()
    pieces = Scanner(text, references or {}).scan()
    _pair_emphasis(pieces)
    return tuple(_join(_flatten(pieces)))


def plain_text(spans: Sequence[Span]) -> str:
    """Return the text of spans, as it would be read."""
    return "".join(span.text for span in spans)


def _pair_emphasis(pieces: Sequence[Piece]) -> None:
    """Turn runs that open and close emphasis into marks; the others are text after all."""
    opened: dict[str, list[Piece]] = {}
    for piece in pieces:
        if piece.kind != "run":
            continue
        waiting = opened.setdefault(piece.text, [])
        if piece.can_close and waiting:
            kind = "strong" if piece.text in {"**", "__", "***", "___"} else "mark"
            piece.kind = waiting.pop().kind = kind
        elif piece.can_open:
            waiting.append(piece)


def _flatten(pieces: Sequence[Piece]) -> Iterator[Span]:
    """Yield a span for each piece of text, with the link around it."""
    around: list[tuple[str, int, str]] = []
    is_strong = False
    for number, piece in enumerate(pieces, start=1):
        if piece.kind == "strong":
            is_strong = not is_strong
        elif piece.kind in {"link", "picture"}:
            around.append((piece.kind, number, piece.url))
            yield _make_span("", around, is_strong=is_strong)
        elif piece.kind == "end":
            around.pop()
        elif piece.kind == "bare" and not around:
            yield Span(piece.text, piece.url, number, is_strong, is_bare=True)
        elif piece.kind != "mark":
            yield _make_span(piece.text, around, is_strong=is_strong)


def _make_span(text: str, around: Sequence[tuple[str, int, str]], *, is_strong: bool) -> Span:
    """Make a span within the outermost link or picture."""
    if not around:
        return Span(text, is_strong=is_strong)
    kind, number, url = around[0]
    return Span(text, url, number, is_strong, is_image=kind == "picture")


def _join(spans: Iterator[Span]) -> Iterator[Span]:
    """Put neighbours of the same kind together."""
    for key, group in groupby(
        spans, key=lambda each: (each.url, each.link, each.is_strong, each.is_image, each.is_bare)
    ):
        url, link, is_strong, is_image, is_bare = key
        text = "".join(each.text for each in group)
        yield Span(text, url, link, is_strong, is_image, is_bare)
