"""A line of text with styles, as it is composed for a terminal or for anything else.

Light on purpose: a library for terminals takes longer to load than most commands to answer. Styles are
words that any terminal has, such as `bold red`. Prints nothing; `tracker.cli.screen` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "magenta": "35",
    "cyan": "36",
}
"""The words of styles, and what tells a terminal of them (ECMA-48, SGR)."""


class StyledLine:
    """Pieces of text with a style each, which may be none; grows at its end."""

    __slots__ = ("pieces",)

    def __init__(self, text: str = "", style: str = "") -> None:
        self.pieces: list[tuple[str, str]] = [(text, style)] if text else []

    @property
    def plain(self) -> str:
        """The text without its styles."""
        return "".join(text for text, _ in self.pieces)

    def __str__(self) -> str:
        """Return the text without its styles."""
        return self.plain

    def __len__(self) -> int:
        """Return the number of characters."""
        return sum(len(text) for text, _ in self.pieces)

    def __add__(self, other: StyledLine) -> StyledLine:
        """Return both lines as one."""
        return StyledLine().append_line(self).append_line(other)

    def append(self, text: str, style: str = "") -> StyledLine:
        """Add text at the end, and return the line itself."""
        if text:
            self.pieces.append((text, style))
        return self

    def append_line(self, other: StyledLine) -> StyledLine:
        """Add another line at the end, and return the line itself."""
        self.pieces += other.pieces
        return self

    def rstrip(self) -> None:
        """Remove white space at the end."""
        while self.pieces:
            text, style = self.pieces.pop()
            if kept := text.rstrip():
                self.pieces.append((kept, style))
                return

    def stylize(self, style: str, start: int, end: int | None = None) -> None:
        """Give the characters from `start`, up to `end` or all others, another style."""
        size = len(self)
        before, changed, after = self.divide([start, size if end is None else end])
        self.pieces = [*before.pieces, (changed.plain, style), *after.pieces]

    def divide(self, places: Sequence[int]) -> list[StyledLine]:
        """Return the parts between these characters, one more than there are places in order."""
        ends = [*places, len(self)]
        starts = [0, *places]
        return [self._cut(start, end) for start, end in zip(starts, ends, strict=True)]

    def _cut(self, start: int, end: int) -> StyledLine:
        part = StyledLine()
        place = 0
        for text, style in self.pieces:
            part.append(text[max(start - place, 0) : max(end - place, 0)], style)
            place += len(text)
        return part

    def format_escapes(self) -> str:
        """Return the text with the escape sequences of its styles."""
        return "".join(self._escape())

    def _escape(self) -> Iterator[str]:
        for text, style in self.pieces:
            codes = ";".join(CODES[word] for word in style.split())
            yield f"\x1b[{codes}m{text}\x1b[0m" if codes else text
