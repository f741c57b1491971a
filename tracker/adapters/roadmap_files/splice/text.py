"""Text as lines, the patches that replace parts of it, and the refusal that names a line of it.

Pure geometry: knows where lines begin and end, nothing of YAML but its line breaks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.adapters.roadmap_files.document import LINE_BREAK, find_line_starts
from tracker.errors import Location, Problem, UnsafeEditError

_LINE = re.compile("[^\n\r\x85\u2028\u2029]+")
_COMMENT = re.compile(
    "(?:\\A|(?<=[\n\r\x85\u2028\u2029]))[ \t]*(?P<comment>#[^\n\r\x85\u2028\u2029]*)"
)

Span = tuple[int, int]
"""Start and end of a part of a text, as character indexes."""


class SpliceError(UnsafeEditError):
    """An edit cannot be made without risk to the rest of the file; nothing was written."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Replace text[start:end] with `text`; start = end inserts."""

    start: int
    end: int
    text: str


class Source:
    """A text that ends in a line break, with its line starts and its dominant line end.

    A missing final line break is added here and taken away again from the result, so that all
    other code can work with whole lines.
    """

    __slots__ = ("is_terminated", "nl", "starts", "text")

    def __init__(self, text: str) -> None:
        self.nl = dominant_break(text)
        self.is_terminated = not text or LINE_BREAK.match(text, len(text) - 1) is not None
        self.text = text if self.is_terminated else text + self.nl
        self.starts = find_line_starts(self.text)

    def line_of(self, position: int) -> int:
        """Return the index of the line that holds a position."""
        return bisect_right(self.starts, position) - 1

    def line_start(self, position: int) -> int:
        """Return where the line of a position begins."""
        return self.starts[self.line_of(position)]

    def next_line(self, position: int) -> int:
        """Return where the line after that of a position begins, or the end of the text."""
        return self.start_of(self.line_of(position) + 1)

    def start_of(self, line: int) -> int:
        """Return where the line with an index begins; the end of the text when there is none."""
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def line_end(self, position: int) -> int:
        """Return where the line of a position ends, before its break."""
        return self.line_start(position) + len(self.line(self.line_of(position)))

    def line(self, index: int) -> str:
        """Return a line without its break."""
        return strip_break(self.text[self.starts[index] : self.start_of(index + 1)])

    def column(self, position: int) -> int:
        """Return the distance of a position from the beginning of its line."""
        return position - self.line_start(position)

    def is_first_on_line(self, position: int) -> bool:
        """Tell whether there are only spaces before a position on its line."""
        return not self.text[self.line_start(position) : position].strip(" ")

    def behind_comments(self, start: int, column: int) -> int:
        """Return the first line from `start` on that is no comment indented beyond a column.

        A block scalar inserted above such comments would swallow them.
        """
        line = self.line_of(start)
        while line < len(self.starts) and is_comment(text := self.line(line)):
            if indent_of(text) <= column:
                break
            line += 1
        return self.start_of(line)

    def lines(self, start: int, end: int) -> list[Span]:
        """Return the spans, breaks included, of the lines in a range of whole lines."""
        first = self.line_of(start)
        spans = []
        while first < len(self.starts) and self.starts[first] < end:
            spans.append((self.starts[first], self.start_of(first + 1)))
            first += 1
        return spans


def make_refusal(what: str, why: str, source: Source | None = None, at: int = 0) -> SpliceError:
    """Build the error; the caller that knows the file adds the path to its location."""
    location = None
    if source is not None:
        location = Location("", source.line_of(at) + 1, source.column(at) + 1)
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
    """Return the number of spaces a line begins with."""
    return len(line) - len(line.lstrip(" "))


def is_comment(line: str) -> bool:
    """Tell whether a line holds nothing but a comment."""
    return line.lstrip(" \t").startswith("#")


def is_blank(line: str) -> bool:
    """Tell whether a line is empty or holds spaces only."""
    return not line.strip(" \t")


def comment_lines(text: str, start: int, end: int, ignored: Sequence[Span] = ()) -> list[str]:
    """Return the comments in a range that have a line of their own, except in ignored spans.

    The ignored spans are sorted and do not overlap.
    """
    found = []
    for mark in _COMMENT.finditer(text, start, end):
        place = bisect_right(ignored, (mark.start("comment"), len(text))) - 1
        if place < 0 or ignored[place][1] <= mark.start("comment"):
            found.append(mark.group("comment").strip())
    return found


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Return spans sorted, and those that overlap as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def apply_patches(
    text: str, patches: Iterable[Patch], start: int = 0, end: int | None = None
) -> str:
    """Return text[start:end] with the patches in it applied; raises ValueError when two overlap.

    Insertions at the same place keep the order given. An insertion inside a deletion is no overlap:
    it comes out behind the deletion.
    """
    parts: list[str] = []
    position = start
    is_deletion = False
    for patch in sorted(patches, key=lambda patch: (patch.start, patch.end)):
        is_insertion = patch.start == patch.end
        if patch.start < position and not (is_insertion and is_deletion):
            raise ValueError("patches overlap")
        parts += [text[position : patch.start], patch.text]
        position = max(position, patch.end)
        # Several insertions may fall into one deletion, so an insertion does not end it.
        is_deletion = not patch.text or (is_insertion and is_deletion)
    parts.append(text[position:end])
    return "".join(parts)


def shift_lines(text: str, delta: int) -> str:
    """Move every line that is not blank to the right, or to the left as far as it goes."""

    def shift(found: re.Match[str]) -> str:
        line = found.group()
        if is_blank(line):
            return line
        return " " * delta + line if delta > 0 else line[min(-delta, indent_of(line)) :]

    return _LINE.sub(shift, text)


def indent_lines(lines: Iterable[str], column: int) -> list[str]:
    """Move lines to a column, except for empty ones."""
    return [" " * column + line if line else "" for line in lines]


def join_lines(lines: Iterable[str], nl: str) -> str:
    """Join lines, each with a break behind it."""
    return "".join(line + nl for line in lines)
