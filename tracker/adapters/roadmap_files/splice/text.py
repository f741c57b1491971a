"""Text as lines, the replacements of parts of it, and the refusal that names a line of it.

Pure geometry: knows where lines begin and end, nothing of YAML but its line breaks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.errors import Location, Problem, UnsafeEditError

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What PyYAML takes for the end of a line, inside comments and scalars alike."""

_COMMENT = re.compile(
    "(?:\\A|(?<=[\n\r\x85\u2028\u2029]))[ \t]*(?P<comment>#[^\n\r\x85\u2028\u2029]*)"
)


@dataclass(frozen=True, slots=True)
class Patch:
    """Replace text[start:end] with `text`; start = end inserts."""

    start: int
    end: int
    text: str


class Source:
    """A text that ends in a line break, with its line starts and its dominant line end.

    A missing final line break is added here and taken away again from the result, so that
    everything else may think in whole lines.
    """

    __slots__ = ("is_terminated", "nl", "starts", "text")

    def __init__(self, text: str) -> None:
        self.nl = dominant_break(text)
        self.is_terminated = not text or BREAK.match(text, len(text) - 1) is not None
        self.text = text if self.is_terminated else text + self.nl
        self.starts = [0, *(found.end() for found in BREAK.finditer(self.text))]

    def line_of(self, position: int) -> int:
        """Return the index of the line that holds a position."""
        return bisect_right(self.starts, position) - 1

    def line_start(self, position: int) -> int:
        """Return where the line of a position begins."""
        return self.starts[self.line_of(position)]

    def next_line(self, position: int) -> int:
        """Return where the line after that of a position begins, or the end of the text."""
        line = self.line_of(position) + 1
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def line_end(self, position: int) -> int:
        """Return where the line of a position ends, before its break."""
        line = self.line(self.line_of(position))
        return self.line_start(position) + len(line)

    def line(self, index: int) -> str:
        """Return a line without its break."""
        end = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
        return strip_break(self.text[self.starts[index] : end])

    def column(self, position: int) -> int:
        """Return the distance of a position from the beginning of its line."""
        return position - self.line_start(position)

    def is_first_on_line(self, position: int) -> bool:
        """Tell whether nothing but blanks stand before a position on its line."""
        return not self.text[self.line_start(position) : position].strip(" ")

    def behind_comments(self, start: int, column: int) -> int:
        """Return the beginning of the first line from `start` on that is no comment beyond a column.

        A block scalar in front of such comments would swallow them.
        """
        line = self.line_of(start)
        while line < len(self.starts) and is_comment(text := self.line(line)):
            if indent_of(text) <= column:
                break
            line += 1
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def lines(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the (start, end) spans, breaks included, of the lines in a range of whole lines."""
        first = self.line_of(start)
        spans = []
        while first < len(self.starts) and self.starts[first] < end:
            spans.append((self.starts[first], self.next_line(self.starts[first])))
            first += 1
        return spans


def dominant_break(text: str) -> str:
    """Return the line end that a text uses most."""
    crlf = text.count("\r\n")
    lf = text.count("\n") - crlf
    cr = text.count("\r") - crlf
    if crlf > lf and crlf >= cr:
        return "\r\n"
    return "\r" if cr > lf else "\n"


def strip_break(line: str) -> str:
    """Return a line without the break at its end."""
    if line.endswith("\r\n"):
        return line[:-2]
    return line[:-1] if line and line[-1] in "\n\r\x85\u2028\u2029" else line


def indent_of(line: str) -> int:
    """Return the number of blanks a line begins with."""
    return len(line) - len(line.lstrip(" "))


def is_comment(line: str) -> bool:
    """Tell whether a line holds nothing but a comment."""
    return line.lstrip(" \t").startswith("#")


def is_blank(line: str) -> bool:
    """Tell whether a line is empty or holds blanks only."""
    return not line.strip(" \t")


def comment_lines(
    text: str, start: int, end: int, free: Sequence[tuple[int, int]] = ()
) -> list[str]:
    """Return the comments in a range that have a line of their own, but not those in free spans.

    `free` spans are sorted and do not overlap.
    """
    found = []
    for mark in _COMMENT.finditer(text, start, end):
        place = bisect_right(free, (mark.start("comment"), len(text))) - 1
        if place < 0 or free[place][1] <= mark.start("comment"):
            found.append(mark.group("comment").strip())
    return found


def merge_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans sorted, and those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def apply_patches(
    text: str, patches: Iterable[Patch], start: int = 0, end: int | None = None
) -> str:
    """Return text[start:end] with the patches in it replaced.

    Pieces at the same place come out in the order given. What is inserted inside of a deletion comes
    behind it; other patches that overlap are a ValueError.
    """
    parts: list[str] = []
    position = start
    is_deletion = False
    for patch in sorted(patches, key=lambda each: (each.start, each.end)):
        is_insertion = patch.start == patch.end
        if patch.start < position and not (is_insertion and is_deletion):
            raise ValueError("patches overlap")
        parts += [text[position : patch.start], patch.text]
        position = max(position, patch.end)
        is_deletion = not patch.text or (is_insertion and is_deletion)
    parts.append(text[position:end])
    return "".join(parts)


def shift_lines(text: str, delta: int) -> str:
    """Move every line of a text that is not empty to the right, or to the left as far as it goes."""
    if not delta:
        return text
    parts = []
    position = 0
    for found in (*BREAK.finditer(text), None):
        end = found.start() if found else len(text)
        parts.append(_shift(text[position:end], delta))
        if found:
            parts.append(found.group())
            position = found.end()
    return "".join(parts)


def _shift(line: str, delta: int) -> str:
    if is_blank(line):
        return line
    return " " * delta + line if delta > 0 else line[min(-delta, indent_of(line)) :]


def join_lines(lines: Sequence[str], nl: str) -> str:
    """Join lines, each with a break behind it."""
    return "".join(line + nl for line in lines)


class SpliceError(UnsafeEditError):
    """An edit cannot be made without risk to the rest of the file; nothing was written."""


def make_refusal(what: str, why: str, source: Source | None = None, at: int = 0) -> SpliceError:
    """Build the error; the path of its location is empty and filled in by whoever knows the file."""
    location = None
    if source is not None:
        line = source.line_of(at)
        location = Location("", line + 1, at - source.starts[line] + 1)
    return SpliceError(
        Problem(
            code="unsafe-edit",
            what=what,
            location=location,
            why=why,
            kept="the file was left exactly as it is",
            next="make this change in the file by hand, then: tracker sync",
        )
    )
