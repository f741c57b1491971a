"""The lines of a Markdown document, each with what it is: heading, list entry or text.

Pure. Knows no skills. Lines are told apart by how they begin; what spans several (code, comments)
is one line here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_ENTRY = re.compile(r"([ \t]*)(?:[-*+\u2022]|[0-9]{1,9}[.)])(?:[ \t]+(.*))?$")
_BOX = re.compile(r"\[(.?)\](?:[ \t]+(.*))?$")
_LONE_BOX = re.compile(r"([ \t]*)(\[[ xX/~-]\][ \t].*)$")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)$")
_UNDERLINE = re.compile(r" {0,3}(=+|--+)[ \t]*$")
_DEFINITION = re.compile(r" {0,3}\[(?!\^)([^\[\]]{1,999})\]:[ \t]*(\S+)")
_TAG = re.compile(r"[ \t]*<(?:[/?!]|[A-Za-z][A-Za-z0-9-]*[\s/>])")
_META = re.compile(r"([A-Za-z][A-Za-z0-9_ -]*):[ \t]*(.*)$")

BOXES = " xX/~-"
"""What stands in a box whose meaning is known."""

TAB = 4
_MOST_META = 200


class Kind(Enum):
    """What a line is."""

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
class Line:
    """One line; `level` is that of a heading, `box` what stands in an entry's box, if it has one.

    `indent` is the column in which a list entry or text begins; of code, `level` counts the lines.
    """

    kind: Kind
    number: int
    text: str = ""
    indent: int = 0
    level: int = 0
    box: str | None = None


def split_lines(text: str) -> list[str]:
    """Split a text at its line ends, of whatever system."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_lines(lines: Sequence[str]) -> Iterator[Line]:
    """Tell what each line is, in order."""
    position = 0
    if lines and lines[0].rstrip() == "---":
        end = _find_meta_end(lines)
        for number in range(1, end - 1):
            found = _META.match(lines[number])
            if found is None or found[2].strip():
                text = f"{found[1].strip()}: {found[2].strip()}" if found else lines[number].strip()
                yield Line(Kind.META, number + 1, text, level=bool(found))
        position = end
    while position < len(lines):
        line, size = _read(lines, position)
        yield line
        position += size


def find_definitions(lines: Sequence[str]) -> dict[str, str]:
    """Find the link definitions of a document: labels in their normal form, and URLs."""
    found: dict[str, str] = {}
    for line in lines:
        if "]:" in line and (match := _DEFINITION.match(line)):
            label = " ".join(match[1].split()).casefold()
            url = match[2]
            found.setdefault(label, url[1:-1] if url[0] == "<" and url[-1] == ">" else url)
    return found


def _find_meta_end(lines: Sequence[str]) -> int:
    """Return the number of lines of the front matter, its marks included; 0 when there is none."""
    for number in range(1, min(len(lines), _MOST_META)):
        if lines[number].rstrip() in {"---", "..."}:
            return number + 1
    return 0


def _read(lines: Sequence[str], position: int) -> tuple[Line, int]:
    """Read what begins at a line; return it with the number of lines it takes."""
    raw, number = lines[position], position + 1
    stripped = raw.strip()
    if not stripped:
        return Line(Kind.BLANK, number), 1
    if fence := _FENCE.match(raw):
        size = _find_fence_end(lines, position, fence[1]) if "`" not in fence[2] else 0
        if size:
            return Line(Kind.CODE, number, level=size), size
    if stripped.startswith("<!--"):
        size = _find_comment_end(lines, position)
        is_all = lines[position + size - 1].rstrip().endswith("-->")
        return Line(Kind.COMMENT if is_all else Kind.HTML, number, level=size), size
    return _read_one(raw, stripped, number), 1


def _read_one(raw: str, stripped: str, number: int) -> Line:
    if heading := _HEADING.match(raw):
        text = _strip_closing(heading[2] or "")
        return Line(Kind.HEADING, number, text, level=len(heading[1]))
    if _UNDERLINE.match(raw):
        return Line(Kind.UNDERLINE, number, level=1 if stripped[0] == "=" else 2)
    if len(stripped) > 2 and stripped[0] in "*-_" and not stripped.strip(f"{stripped[0]} \t"):  # noqa: PLR2004
        return Line(Kind.RULE, number)
    if entry := _ENTRY.match(raw) or _LONE_BOX.match(raw):
        return _read_entry(_width(entry[1]), (entry[2] or "").strip(), number)
    for kind, is_kind in _BLOCKS.items():
        if is_kind(raw, stripped):
            return Line(kind, number, stripped)
    return Line(Kind.TEXT, number, stripped, _width(raw[: len(raw) - len(raw.lstrip())]))


_BLOCKS: Mapping[Kind, Callable[[str, str], bool]] = {
    Kind.DEFINITION: lambda raw, _: _DEFINITION.match(raw) is not None,
    Kind.TABLE: lambda _, stripped: stripped[0] == "|",
    Kind.QUOTE: lambda _, stripped: stripped[0] == ">",
    Kind.HTML: lambda raw, _: _TAG.match(raw) is not None,
}


def _read_entry(indent: int, text: str, number: int) -> Line:
    box = _BOX.match(text)
    if box is None or not (box[1] in BOXES or _is_sign(box[1])):
        return Line(Kind.ENTRY, number, text, indent)
    return Line(Kind.ENTRY, number, (box[2] or "").strip(), indent, box=box[1] or " ")


def _is_sign(character: str) -> bool:
    """Tell whether a character in a box is one of the many that some program gives a meaning."""
    return not character.isalnum() and character not in "^["


def _strip_closing(text: str) -> str:
    """Drop the marks that may close a heading."""
    stripped = text.strip()
    bare = stripped.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else stripped


def _find_fence_end(lines: Sequence[str], start: int, fence: str) -> int:
    """Return how many lines a block of code has, its marks included."""
    for number in range(start + 1, len(lines)):
        closing = lines[number].strip()
        if len(closing) >= len(fence) and not closing.strip(fence[0]):
            return number + 1 - start
    return len(lines) - start


def _find_comment_end(lines: Sequence[str], start: int) -> int:
    for number in range(start, len(lines)):
        if "-->" in lines[number]:
            return number + 1 - start
    return len(lines) - start


def _width(space: str) -> int:
    return len(space.expandtabs(TAB))
