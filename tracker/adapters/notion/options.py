"""Writes texts into select and multi-select columns: by option id, or by a name nobody else has.

Remembers within one run which names were given away, because the server makes options as rows
name them. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from tracker.adapters.notion.errors import RowError
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.option_names import (
    LONGEST_NAME,
    choose_option_name,
    decode_option_name,
    is_option_name,
)
from tracker.adapters.notion.rich_text import check_sendable
from tracker.adapters.notion.schema import MOST_OPTIONS, Column
from tracker.sync.projection import make_canonical_text


class OptionBook:
    """The options of one column: those it had when read, and those named since; thread-safe."""

    def __init__(self, column: Column) -> None:
        self._column = column.name
        self._lock = Lock()
        self._taken = [option.name for option in column.options]
        self._known: dict[str, Json] = {}
        for option in column.options:
            if text := decode_option(option.name):
                self._known.setdefault(text, {"id": option.id} if option.id else {"name": text})

    def encode(self, text: str) -> Json:
        """Return how to write a text; raise RowError when no option can hold it."""
        check_sendable(text)
        with self._lock:
            if text not in self._known:
                self._known[text] = {"name": self._name(text)}
            return self._known[text]

    def encode_all(self, texts: Iterable[str]) -> list[Json]:
        """Return how to write a set of texts, in a stable order."""
        options = [self.encode(text) for text in sorted(texts)]
        if len(options) > MOST_OPTIONS:
            raise RowError(
                f'"{self._column}" takes at most {MOST_OPTIONS} options in one row',
                why=f"there are {len(options)}",
                next="remove some of them",
            )
        return options

    def _name(self, text: str) -> str:
        name = choose_option_name(text, self._taken)
        if not is_option_name(name):
            raise RowError(
                f'"{text[:40]}…" is too long for an option of "{self._column}"',
                why=f"an option of Notion has at most {LONGEST_NAME} characters",
                next="shorten it",
            )
        self._taken.append(name)
        return name


def decode_option(name: str) -> str | None:
    """Return the canonical text of an option's name."""
    return make_canonical_text(decode_option_name(name))
