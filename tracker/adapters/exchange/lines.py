"""Tell what each line of a Markdown document is: a heading, a list entry, text, and so on.

Pure. Lines are judged by how they begin, more leniently than Markdown does: people paste lists with
bullets of other programs, boxes without bullets, and indents of any width, and a parser of Markdown
makes one paragraph of these. Blocks of several lines (code, tables, comments) are one line here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from tracker.adapters.exchange.foreign_values import BULLETS, SIGNS, VARIATION
from tracker.roadmap.model import Status

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_ENTRY = re.compile(
    rf"([ \t]*)(?:[-*+{BULLETS}]|([0-9]{{1,9}})[.)])(?:[ \t]+(.*)|(?=\[[^\[\]]{{0,4}}\])(.*))?$"
)
_BOX = re.compile(r"\[[ \t]?(\S[\ufe0e\ufe0f]?)?[ \t]?\](?:([ \t]+)(.*)|(.*))$")
_LONE_BOX = re.compile(r"([ \t]*)(\[[ xX/~-]\](?![:\[]).*)$")
_LONE_SIGN = re.compile(
    r"([ \t]*)([\u2610\u2611\u2705\u2b1c\u2714\U0001f5f9\U0001f532][\ufe0e\ufe0f]?[ \t]+\S.*)$"
)
_TARGET = re.compile(
    r"\((?:[^\s()]*[./#:?][^\s()]*|<[^<>]*>)?(?:[ \t][^()]*)?\)|\[[^\[\]]*\](?![(\[])"
)
"""What makes a link of the brackets before it, so that these are no box: `[x](url)`, `[x][label]`."""

_DELIMITERS = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)$")
_UNDERLINE = re.compile(r" {0,3}(=+|--+)[ \t]*$")
_DEFINITION = re.compile(r" {0,3}\[(?!\^)([^\[\]]{1,999})\]:[ \t]*(\S+)")
_TAG = re.compile(r"[ \t]*<(?:[/?!]|[A-Za-z][A-Za-z0-9-]*[\s/>])")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]*)*>[ \t]?")
_META = re.compile(r"([A-Za-z][A-Za-z0-9_ -]*):(?:[ \t]+(.*))?$")

BOXES = {
    " ": Status.TODO,
    "x": Status.DONE,
    "X": Status.DONE,
    "v": Status.DONE,
    "V": Status.DONE,
    "/": Status.DOING,
    "~": Status.DOING,
    "-": Status.SKIPPED,
    **SIGNS,
}
"""The statuses of the marks in boxes; `[/]` and `[-]` are those of Obsidian and others."""

TAB = 4
_MOST_META = 200
"""How many lines are searched for the end of front matter."""


class LineKind(Enum):
    """What a line is; the value is its name in reports."""

    BLANK = "a blank line"
    HEADING = "a heading"
    ENTRY = "a list entry"
    TEXT = "text"
    UNDERLINE = "a line that makes a heading of the one above"
    RULE = "a rule"
    CODE = "a block of code"
    TABLE = "a table"
    QUOTE = "a quotation"
    HTML = "HTML"
    COMMENT = "a comment"
    META = "front matter"
    DEFINITION = "a link definition"


@dataclass(frozen=True, slots=True)
class MarkdownLine:
    """One line with its number, from 1.

    `indent` is the column of a list entry or text. `level` is that of a heading, the number of an
    entry, or how many lines code, a table or a comment has. `box` is the mark in the box of an entry.
    `breaks` tells that two spaces or a backslash at the end make a line break.
    """

    kind: LineKind
    number: int
    text: str = ""
    indent: int = 0
    level: int = 0
    box: str | None = None
    breaks: bool = False


def split_lines(text: str) -> list[str]:
    """Split a text at its line ends, those of any system."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_lines(lines: Sequence[str]) -> Iterator[MarkdownLine]:
    """Yield the lines of a document; front matter, if there is any, comes first."""
    position = 0
    if lines and lines[0].rstrip() == "---":
        end = _find_meta_end(lines)
        for number in range(1, end - 1):
            found = _META.match(lines[number])
            if found is None and lines[number].strip():
                yield MarkdownLine(LineKind.META, number + 1, lines[number].strip())
            elif found and (found[2] or "").strip():
                text = f"{found[1].strip()}: {found[2].strip()}"
                yield MarkdownLine(LineKind.META, number + 1, text, level=1)
        position = end
    while position < len(lines):
        line, size = _read(lines, position)
        yield line
        position += size


def find_definitions(lines: Sequence[str]) -> dict[str, str]:
    """Find the link definitions of a document: their URLs by their folded labels."""
    found: dict[str, str] = {}
    for line in lines:
        if "]:" in line and (match := _DEFINITION.match(line)):
            # markdown-it compares labels in upper case, which makes one letter of some two.
            label = " ".join(match[1].split()).upper().casefold()
            url = match[2]
            found.setdefault(label, url[1:-1] if url[0] == "<" and url[-1] == ">" else url)
    return found


class References(dict[str, str]):
    """The link definitions of a document; notes which of them a link uses."""

    def __init__(self, definitions: Mapping[str, str]) -> None:
        super().__init__(definitions)
        self._used: set[str] = set()

    def __getitem__(self, label: str) -> str:
        """Return the URL of a label, and note its use."""
        self._used.add(label)
        return super().__getitem__(label)

    def is_used(self, text: str) -> bool:
        """Tell whether links use the definition on a line; of two for one label the first counts."""
        found = find_definitions([text])
        return all(label in self._used and self.get(label) == url for label, url in found.items())


def _find_meta_end(lines: Sequence[str]) -> int:
    """Return the number of lines of the front matter with its marks, or 0 without any."""
    # A first line `---` may be a rule as well: what follows is front matter only if it is nothing but
    # keys, their values, and lists below keys that have no value.
    may_list = False
    count = 0
    for number in range(1, min(len(lines), _MOST_META)):
        line = lines[number].rstrip()
        if line in {"---", "..."}:
            return number + 1 if count else 0
        found = _META.match(line)
        if found:
            may_list = not found[2] or found[2] in {"|", ">", "|-", ">-"}
            count += 1
        elif line and not (line[0] in " \t" and count) and not (line.startswith("- ") and may_list):
            return 0
    return 0


def _read(lines: Sequence[str], position: int) -> tuple[MarkdownLine, int]:
    """Read the block that begins at a line; return it with the number of its lines."""
    # The order matters: code and comments may contain anything else, and tables begin like text.
    raw, number = lines[position], position + 1
    stripped = raw.strip()
    if not stripped:
        return MarkdownLine(LineKind.BLANK, number), 1
    if (fence := _FENCE.match(raw)) and "`" not in fence[2]:
        mark = fence[1]
        size = 1 + _count_until(
            lines,
            position + 1,
            lambda line: line.strip().startswith(mark) and not line.strip().strip(mark[0]),
        )
        return MarkdownLine(LineKind.CODE, number, level=size), size
    if stripped.startswith("<!--"):
        size = _count_until(lines, position, lambda line: "-->" in line)
        is_all = lines[position + size - 1].rstrip().endswith("-->")
        return MarkdownLine(LineKind.COMMENT if is_all else LineKind.HTML, number, level=size), size
    size = _find_table_end(lines, position) if "|" in stripped else 0
    if size:
        return MarkdownLine(LineKind.TABLE, number, stripped, level=size), size
    return _read_one(raw, stripped, number), 1


def _read_one(raw: str, stripped: str, number: int) -> MarkdownLine:
    # The order matters here as well: `---` is an underline before it is a rule, and a rule of stars
    # with spaces would be a list entry.
    if heading := _HEADING.match(raw):
        text = _strip_closing(heading[2] or "")
        return MarkdownLine(LineKind.HEADING, number, text, level=len(heading[1]))
    if _UNDERLINE.match(raw):
        return MarkdownLine(LineKind.UNDERLINE, number, level=1 if stripped[0] == "=" else 2)
    if len(stripped) > 2 and stripped[0] in "*-_" and not stripped.strip(f"{stripped[0]} \t"):  # noqa: PLR2004
        return MarkdownLine(LineKind.RULE, number)
    is_escaped = (len(stripped) - len(stripped.rstrip("\\"))) % 2 == 1
    breaks = is_escaped or raw.endswith("  ")
    text = stripped[:-1].rstrip() if is_escaped else stripped
    if entry := _find_entry(raw):
        space, ordinal, behind = entry
        box, rest = read_box(behind) or (None, behind)
        rest = rest[:-1].rstrip() if is_escaped else rest
        return MarkdownLine(LineKind.ENTRY, number, rest, _width(space), ordinal, box, breaks)
    block = None
    if _DEFINITION.match(raw):
        block = LineKind.DEFINITION
    elif stripped[0] == ">":
        block = LineKind.QUOTE
    elif _TAG.match(raw):
        block = LineKind.HTML
    if block:
        return MarkdownLine(block, number, stripped)
    indent = _width(raw[: len(raw) - len(raw.lstrip())])
    return MarkdownLine(LineKind.TEXT, number, text, indent, breaks=breaks)


def _find_entry(raw: str) -> tuple[str, int, str] | None:
    """Return the space before a list entry, its number, and the text after its bullet."""
    # A bullet directly before a box, as in `-[ ] kNN`, and a box or its sign alone make an entry, too.
    if (entry := _ENTRY.match(raw)) and (entry[4] is None or read_box(entry[4].strip())):
        return entry[1], int(entry[2] or 0), (entry[3] or entry[4] or "").strip()
    if (lone := _LONE_BOX.match(raw)) and read_box(lone[2].strip()):
        return lone[1], 0, lone[2].strip()
    sign = _LONE_SIGN.match(raw)
    return (sign[1], 0, sign[2].strip()) if sign else None


def read_quoted(text: str, number: int) -> MarkdownLine:
    """Tell what a line of a quotation is without the marks of the quotation."""
    bare = _QUOTE.sub("", text, count=1)
    return (
        _read_one(bare, bare.strip(), number)
        if bare.strip()
        else MarkdownLine(LineKind.BLANK, number)
    )


def read_box(text: str) -> tuple[str, str] | None:
    """Part a text into the mark in its box and the text after it; None without a box."""
    found = _BOX.match(text)
    if found is None:
        return None
    mark = (found[1] or " ").rstrip(VARIATION)
    is_known = mark in BOXES
    is_close = found[2] is None and bool(found[4])
    # Without a space after it, `[x]kNN` is a box if its mark is known and no link follows.
    if is_close and (not is_known or _TARGET.match(found[4])):
        return None
    # Other marks are boxes as well, of which the caller reports that they are unknown; letters are
    # more likely words in brackets, and `[^1]` is a footnote.
    if not is_known and (mark.isalnum() or mark in "^["):
        return None
    return mark, (found[3] or found[4] or "").strip()


def _strip_closing(text: str) -> str:
    """Drop the number signs that close a heading; in `C#` there is no space before them."""
    stripped = text.strip()
    bare = stripped.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else stripped


def _count_until(lines: Sequence[str], start: int, is_last: Callable[[str], bool]) -> int:
    """Count the lines from `start` to the last one of a block; an open block ends with the file."""
    numbers = (number for number in range(start, len(lines)) if is_last(lines[number]))
    return next(numbers, len(lines) - 1) + 1 - start


def _find_table_end(lines: Sequence[str], start: int) -> int:
    """Return how many lines the table has that begins here, or 0 if none does."""
    # Rows need no bar in front if the second line is one of dashes and bars.
    is_open = not lines[start].lstrip().startswith("|")
    if is_open and not (
        start + 1 < len(lines) and "|" in lines[start + 1] and _DELIMITERS.match(lines[start + 1])
    ):
        return 0
    for number in range(start + 1, len(lines)):
        row = lines[number].strip()
        if not (row.startswith("|") or (is_open and "|" in row)):
            return number - start
    return len(lines) - start


def _width(space: str) -> int:
    return len(space.expandtabs(TAB))
