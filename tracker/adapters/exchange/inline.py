"""Inline Markdown to spans: plain text with the links and the emphasis that were on it.

Pure, and linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from tracker.adapters.exchange.pieces import SPECIAL, Piece, Scanner


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text; `url` when it is a link, `link` tells one link from the next.

    Of an image, `picture` is the address and `text` what stands for it; it may be within a link.
    """

    text: str
    url: str = ""
    link: int = 0
    is_strong: bool = False
    picture: str = ""
    is_bare: bool = False
    """A link that is its own text: a URL as such."""

    @property
    def is_image(self) -> bool:
        """Whether this is what stands for an image, and no text."""
        return bool(self.picture)


def parse_inline(text: str, references: Mapping[str, str] | None = None) -> tuple[Span, ...]:
    """Parse a line of Markdown; `references` maps the labels of link definitions to URLs."""
    if not SPECIAL.search(text):
        return (Span(text),) if text else ()
    pieces = Scanner(text, references or {}).scan()
    _pair_emphasis(pieces)
    return tuple(_join(_flatten(pieces)))


def plain_text(spans: Iterable[Span]) -> str:
    """Return the text of spans, as it would be read; images are no text."""
    listed = tuple(spans)
    words = [span.text for span in listed if not span.picture]
    # Where an image was taken out of the midst of words, one blank is left.
    return "".join(words) if len(words) == len(listed) else re.sub("  +", " ", "".join(words))


def alternative_text(spans: Iterable[Span]) -> str:
    """Return what stands for the images, where these are all there is."""
    return " ".join(filter(None, (span.text.strip() for span in spans if span.picture)))


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
    """Make a span within the outermost link, and the outermost picture."""
    link = next((part for part in around if part[0] == "link"), ("", 0, ""))
    picture = next((part[2] or "?" for part in around if part[0] == "picture"), "")
    return Span(text, link[2], link[1], is_strong, picture)


def _join(spans: Iterator[Span]) -> Iterator[Span]:
    """Put neighbours of the same kind together; an empty one counts where a link has no more."""
    waiting: Span | None = None
    for key, group in groupby(
        spans, key=lambda span: (span.url, span.link, span.is_strong, span.picture, span.is_bare)
    ):
        url, link, is_strong, picture, is_bare = key
        made = Span("".join(span.text for span in group), url, link, is_strong, picture, is_bare)
        if waiting is not None and waiting.link != link:
            yield waiting
        waiting = None
        if made.text or picture:
            yield made
        elif link:
            waiting = made
    if waiting is not None:
        yield waiting
