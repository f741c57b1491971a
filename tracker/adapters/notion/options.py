"""Texts of select and multi-select columns: written by option id, or by a name not yet taken.

Remembers within one run which names were used, because Notion makes an option when a row names one
that does not exist. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from threading import Lock

from tracker.adapters.notion.columns import Column
from tracker.adapters.notion.errors import HeldError, RowError
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.rich_text import (
    check_sendable,
    choose_option_name,
    decode_option_name,
    encode_option_name,
    fold_name,
    is_option_name,
    is_shortened,
    is_text_of,
)
from tracker.roadmap.limits import find_tags_excess
from tracker.roadmap.model import make_canonical_text

LongTexts = Mapping[str, str]
"""The whole texts of shortened option names."""


class OptionBook:
    """The options of one column: those it had when read, and those named since; thread-safe.

    An option is written by its id where it has one: the learner may have renamed it meanwhile.
    """

    def __init__(self, column: Column) -> None:
        self._column = column.name
        self._is_status = column.type == "status"
        self._lock = Lock()
        self._taken: list[str] = []
        self._folded: set[str] = set()
        self._known: dict[str, Json] = {}
        self.learn(column)

    def learn(self, column: Column) -> None:
        """Take over the options that the column has now."""
        texts = long_texts(column)
        with self._lock:
            for option in column.options:
                self._take(option.name)
            for option in column.options:
                text = texts.get(option.name) or decode_option_name(option.name)
                found = {"id": option.id} if option.id else {"name": option.name}
                self._known.setdefault(make_canonical_text(text) or "", found)

    def find_long(self, texts: Iterable[str]) -> list[str]:
        """Return the texts that need an option of their own before a row can name them.

        A row makes no option of a status column by naming it (Notion answers 400).
        """
        with self._lock:
            return sorted(
                text
                for text in texts
                if text not in self._known
                and (self._is_status or not is_option_name(encode_option_name(text)))
            )

    def encode(self, text: str) -> Json:
        """Return the JSON that names a text's option; raise RowError when no option can hold it."""
        check_sendable(text)
        with self._lock:
            if text not in self._known:
                self._known[text] = {"name": self._name(text)}
            return self._known[text]

    def encode_all(self, texts: Iterable[str]) -> list[Json]:
        """Return the JSON of a set of texts, in a stable order."""
        options = [self.encode(text) for text in sorted(texts)]
        if excess := find_tags_excess(len(options)):
            raise RowError(f"the skill {excess.what}", excess.why, excess.next)
        return options

    def _name(self, text: str) -> str:
        name = encode_option_name(text)
        if fold_name(name) in self._folded:
            name = choose_option_name(text, self._taken)
        if not is_option_name(name):
            raise RowError(
                f'"{text[:40]}…" is too long for an option of "{self._column}"',
                why="the server did not keep its whole text in the option's description",
                next="shorten it",
            )
        self._take(name)
        return name

    def _take(self, name: str) -> None:
        self._taken.append(name)
        self._folded.add(fold_name(name))


def long_texts(column: Column) -> dict[str, str]:
    """Return the whole texts of a column's shortened option names, from their descriptions."""
    return {
        option.name: option.description
        for option in column.options
        if is_shortened(option.name) and is_text_of(option.name, option.description)
    }


def decode_option(name: str, texts: LongTexts) -> str | None:
    """Return the canonical text of an option; raise HeldError when its whole text is not known."""
    return texts[name] if name in texts else _decode_whole(name)


@lru_cache(maxsize=4096)
def _decode_whole(name: str) -> str | None:
    if is_shortened(name):
        raise HeldError("the description of its option no longer holds its whole text")
    return make_canonical_text(decode_option_name(name))
