"""Rich text: plain text to request items, and answered items to text and linked runs.

Pure. Formatting is read over, never written: a formatted text is only replaced when its text
changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tracker.adapters.notion.errors import RowError
from tracker.adapters.notion.ids import Json
from tracker.roadmap.limits import MOST_PIECES, MOST_UNITS, split_text
from tracker.sync.projection import make_canonical_text


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
