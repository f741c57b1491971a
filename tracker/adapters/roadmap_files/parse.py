"""Parse the bytes of a roadmap file into a YAML document; explain what YAML refuses or reads oddly.

Must not know what a roadmap is. One parse yields everything: values (`build`) and places
(`Locations`) both come from its nodes. A place is looked up only when a problem needs it,
because most files have none. Syntax errors, and what YAML 1.1 makes of an unquoted `no` or `12:30`,
are explained here too.
"""

from __future__ import annotations

import codecs
import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import yaml
from yaml.reader import Reader, ReaderError

from tracker.adapters.roadmap_files.document import (
    FLOW_LIST,
    FLOW_MAP,
    LINE_BREAK,
    LIST,
    MAP,
    MAX_DEPTH,
    MERGE_TAG,
    NULL_TAG,
    Document,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    TooDeepError,
    TooManyError,
    compose,
)
from tracker.errors import Location, Problem
from tracker.roadmap.model import KeyPath, show

MAX_BYTES = 20_000_000

_Index = dict[str, tuple[int, int]]
"""The nodes of the keys and values of a map."""


def parse_document(raw: bytes, *, path: str) -> Document | Problem:
    """Decode and compose the only YAML document of a file; whatever is wrong with it is a problem."""
    if len(raw) > MAX_BYTES:
        return make_size_problem(path, f"more than {MAX_BYTES:,} bytes")
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        return _explain_encoding(raw, error, path)
    fault = _find_fault(text, path)
    if fault is not None:
        return fault
    try:
        document = compose(text)
    except yaml.YAMLError as error:
        return _explain_refusal(error, text, path)
    if document is None or document.tag(0) == NULL_TAG:
        return Problem(
            "empty-file",
            "the file is empty",
            location=Location(path, 1, 1),
            why="a roadmap needs at least a title",
            next="write `title: …` and `sections:`, or put an older copy of the file back",
        )
    return document


@contextmanager
def paused_collector() -> Iterator[None]:
    """Pause the garbage collector: it would walk the growing number of objects again and again.

    Measured: a large file is parsed two to three times faster.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            # Freezing and thawing makes all new objects old ones, so that the next collection
            # does not walk them either. Objects that somebody else froze must stay frozen.
            if gc.get_freeze_count() == 0:
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def merged_maps(node: MappingNode) -> list[MappingNode]:
    """Return the maps that a map takes keys from with `<<`, the strongest first."""
    sources: list[Node] = []
    for key, value in node.value:
        if key.tag == MERGE_TAG:
            sources.extend(value.value if isinstance(value, SequenceNode) else [value])
    return [source for source in sources if isinstance(source, MappingNode)]


class Locations(Mapping[KeyPath, Location]):
    """Places of all values of one file; of a key that is there twice, the first."""

    def __init__(self, path: str, document: Document) -> None:
        self.path = path
        self._document = document
        self._indexes: dict[int, _Index] = {}
        self._entries: dict[int, list[int]] = {}

    def __getitem__(self, path: KeyPath) -> Location:
        number = self._find(path)
        if number is None:
            raise KeyError(path)
        return self._place(number)

    def __iter__(self) -> Iterator[KeyPath]:
        return self._walk(0, ())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _walk(self, number: int, path: KeyPath) -> Iterator[KeyPath]:
        yield path
        kind = self._document.kinds[number]
        if kind in (LIST, FLOW_LIST):
            for index, entry in enumerate(self._list(number)):
                yield from self._walk(entry, (*path, index))
        elif kind in (MAP, FLOW_MAP):
            for name, (_, value) in self._index(number).items():
                yield from self._walk(value, (*path, name))

    def node(self, path: KeyPath) -> Node | None:
        """Return the node of a value, or None when the file does not have it."""
        number = self._find(path)
        return None if number is None else self._document.node(number)

    def _find(self, path: KeyPath) -> int | None:
        number: int | None = 0
        for step in path:
            if number is None:
                return None
            kind = self._document.kinds[number]
            if kind in (LIST, FLOW_LIST):
                entries = self._list(number)
                is_entry = isinstance(step, int) and 0 <= step < len(entries)
                number = entries[step] if is_entry and isinstance(step, int) else None
            elif kind in (MAP, FLOW_MAP):
                pair = self._index(number).get(step) if isinstance(step, str) else None
                number = None if pair is None else pair[1]
            elif step != "name":
                # The name of a skill that is written as a bare string is that string.
                return None
        return number

    def nearest(self, path: KeyPath) -> Location:
        """Return the place of a value, or of the closest thing around it that is in the file."""
        for length in range(len(path), -1, -1):
            number = self._find(path[:length])
            if number is not None:
                return self._place(number)
        return Location(self.path)

    def key(self, path: KeyPath) -> Location:
        """Return the place of the key, rather than of its value."""
        parent, name = self._find(path[:-1]), path[-1]
        if parent is not None and isinstance(name, str) and name in self._index(parent):
            return self._place(self._index(parent)[name][0])
        return self.nearest(path)

    def _list(self, number: int) -> list[int]:
        """Return the nodes of the entries of a list."""
        if number not in self._entries:
            self._entries[number] = self._document.children(number)
        return self._entries[number]

    def _index(self, number: int) -> _Index:
        """Return the nodes of keys and values by key; own keys come before those of `<<`."""
        index = self._indexes.get(number)
        if index is None:
            # Noted before it is filled, so that a map which merges itself does not recurse forever.
            index = self._indexes[number] = {}
            node = self._document.node(number)
            for key, value in node.value if isinstance(node, MappingNode) else ():
                if key.tag != MERGE_TAG and isinstance(key, ScalarNode):
                    index.setdefault(key.value, (key.number, value.number))
            for merged in merged_maps(node) if isinstance(node, MappingNode) else ():
                for name, pair in self._index(merged.number).items():
                    index.setdefault(name, pair)
        return index

    def _place(self, number: int) -> Location:
        start = self._document.starts[number]
        return Location(
            self.path, self._document.line_of(start) + 1, self._document.column_of(start) + 1
        )


def make_size_problem(path: str, size: str) -> Problem:
    """Tell that a file is larger than what is read."""
    return Problem(
        "file-too-large",
        f"the file has {size}",
        location=Location(path),
        why="a roadmap of ten thousand skills has less than half of that",
        next="split the roadmap into several files",
    )


def _explain_refusal(error: yaml.YAMLError, text: str, path: str) -> Problem:
    if isinstance(error, TooManyError):
        return make_size_problem(path, f"more than {error.args[0]:,} values")
    # libyaml has a limit of its own and names it in words only.
    if isinstance(error, TooDeepError) or "nesting depth" in (getattr(error, "problem", "") or ""):
        mark = getattr(error, "problem_mark", None)
        place = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path)
        if isinstance(error, TooDeepError):
            place = _find_place(text, error.args[0], path)
        return Problem(
            "nested-too-deep",
            f"lists and maps are nested more than {MAX_DEPTH} levels deep",
            location=place,
            why="no roadmap needs that; a bracket may be missing",
            next="close the brackets, or flatten the lists",
        )
    return _explain_syntax(error, text, path)


def _explain_encoding(raw: bytes, error: UnicodeDecodeError, path: str) -> Problem:
    before = raw[: error.start].removeprefix(codecs.BOM_UTF8).decode("utf-8")
    is_utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return Problem(
        "not-utf8",
        "the file is not UTF-8 text",
        location=_find_place(before, len(before), path),
        why="it looks like UTF-16"
        if is_utf16
        else f"the byte 0x{raw[error.start]:02x} has no meaning here",
        next="save the file as UTF-8 in your editor",
    )


# How the parser's errors become words.

_LEADING_TAB = re.compile(r"^[ ]*\t[ \t]*\S")

_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?:[ \t][^\r\n]*)?(?=[\r\n]|\Z)", re.MULTILINE)

_QUOTE = "put the whole value in quotes"

# Here the opening quote is the place to look at, not the end of the file.
_UNCLOSED_QUOTE = ("found unexpected end of stream", "found unexpected document indicator")

_DOCUMENT_END = re.compile(r"^\.\.\.(?=\s|\Z)", re.MULTILINE)
_AFTER_END = "text follows the line `...`, which ends the document"
# Without such a line the parser says the same of text behind a value that is the whole document.
_AFTER_VALUE = (
    "the value above is complete, and this line is no part of it",
    "write a roadmap as `key: value` lines, or take the line out",
)

# What the parser says (a part of it) → why it happens, what to do.
_WORDS: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed",
     "there is a second `: ` in an unquoted value, or the line is indented too far",
     "put a value that contains `: ` in quotes, or mend the indentation"),
    ("sequence entries are not allowed",
     "a list entry `- ` stands where a value or a key belongs",
     "put the `- ` on a line of its own, or quote the value"),
    ("expected '-' indicator",
     "the line is not indented like the list around it",
     "indent it like the other entries"),
    ("expected key",
     "a quote is not closed or not doubled, or the line is not indented like the others",
     "mend the quotes (`''` inside single quotes), or the indentation"),
    ("expected ':'",
     "a line without `key: value` stands between keys",
     "write `key: value`, with a space after the colon"),
    ("expected ',' or ']'", "a list in brackets is not closed", "add the missing `,` or `]`"),
    ("expected ',' or '}'", "a map in braces is not closed", "add the missing `,` or `}`"),
    ("unexpected end of stream", "a quote is opened and never closed", "add the closing quote"),
    ("unexpected document indicator",
     "a quote is opened and never closed",
     "add the closing quote"),
    ("unknown escape character",
     "a backslash in double quotes starts an escape that YAML does not know",
     "double the backslash, or use single quotes"),
    ("Unicode character escape",
     "the escape names no character, or half of one, as JSON writes emoji in two escapes",
     "write the character itself"),
    ("cannot start any token", "this character has a meaning of its own in YAML", _QUOTE),
    ("undefined alias",
     "`*name` refers to an anchor `&name` that does not stand above it",
     "define the anchor first, or quote a value that begins with `*`"),
    ("alphabetic or numeric character",
     "a value that begins with `*` or `&` is read as a reference",
     _QUOTE),
    ("second occurrence", "two anchors have the same name", "rename one of them"),
    ("another document",
     "a line `---` starts a second document",
     "keep one roadmap in a file, and take the line `---` out"),
    ("<document start>", _AFTER_END, "take the line `...` out"),
    ("expected node content",
     "a value is missing, or a bracket has no partner",
     "write the value, or take the stray character out"),
    ("tag", "a value that begins with `!` is read as a tag", _QUOTE),
    ("comment or line break",
     "text follows the `|` or `>` of a block text",
     "start the text on the next line"),
    ("indentation indicator", "the digit after `|` or `>` must be 1 to 9", "leave the digit out"),
    ("incompatible YAML document",
     "the `%YAML` line asks for another version",
     "take the `%YAML` line out"),
)  # fmt: skip


def _explain_syntax(error: yaml.YAMLError, text: str, path: str) -> Problem:
    """Turn the parser's error into a problem with a place and a way out."""
    if isinstance(error, ReaderError):
        return _explain_character(text, path)
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    if mark is None or not isinstance(error, yaml.MarkedYAMLError):
        return Problem("yaml-syntax", "the file is not valid YAML", location=Location(path))
    if error.problem in _UNCLOSED_QUOTE and error.context_mark is not None:
        mark = error.context_mark
    tab = _find_tab(text, mark.line)
    if tab is not None:
        return Problem(
            "tab-indentation",
            "a tab is used for indentation",
            location=Location(path, *tab),
            why="YAML allows only spaces there",
            next="indent with spaces, two for each level",
        )
    said = " ".join(filter(None, (error.context, error.problem)))
    why, advice = next(
        ((why, advice) for part, why, advice in _WORDS if part in (error.problem or "")),
        (said, "mend the line, or quote the value"),
    )
    if why == _AFTER_END and not _DOCUMENT_END.search("\n".join(text.splitlines()[: mark.line])):
        why, advice = _AFTER_VALUE
    began = error.context_mark
    if began is not None and began.line != mark.line:
        why += f" (it begins in line {began.line + 1})"
    lines = LINE_BREAK.split(text)
    shown = show(lines[mark.line]) if mark.line < len(lines) else ""
    return Problem(
        "many-documents" if "another document" in said else "yaml-syntax",
        "the file is not valid YAML" + (f": `{shown}`" if shown else ""),
        location=Location(path, mark.line + 1, mark.column + 1),
        why=why,
        next=advice,
    )


def _find_fault(text: str, path: str) -> Problem | None:
    """Return what makes a text no roadmap, though PyYAML may read it: two marks, a git conflict."""
    # PyYAML skips a second byte order mark and then counts every place one too low.
    if text.startswith("\ufeff"):
        return Problem(
            "two-marks",
            "the file begins with more than one byte order mark",
            location=Location(path, 1, 1),
            why="a program put one in front of another; no edit could find its place behind them",
            next="delete the invisible characters at its beginning: save it as UTF-8 without a mark",
        )
    # Looked for first, because the pattern is slow on a large file.
    is_suspect = "<<<<<<<" in text or ">>>>>>>" in text
    found = _CONFLICT.search(text) if is_suspect else None
    if found is None:
        return None
    return Problem(
        "conflict-marker",
        f"git left both versions of a conflict here: `{show(found.group())}`",
        location=_find_place(text, found.start(), path),
        why="they stand between the lines that begin with <<<<<<< and >>>>>>>, parted by =======",
        next="keep what is right, take these lines out, then: tracker check",
    )


def _find_place(text: str, offset: int, path: str) -> Location:
    """Return line and column of a character, counting lines as YAML does."""
    ends = [found.end() for found in LINE_BREAK.finditer(text, 0, offset)]
    start = ends[-1] if ends else 0
    return Location(path, len(ends) + 1, offset - start + 1)


def _explain_character(text: str, path: str) -> Problem:
    found = Reader.NON_PRINTABLE.search(text)
    code = f"U+{ord(found.group()):04X}" if found else "unknown"
    return Problem(
        "control-character",
        f"the file contains the control character {code}",
        location=_find_place(text, found.start(), path) if found else Location(path),
        why="YAML allows no control characters but tab and line end",
        next="delete the character; editors can show invisible ones",
    )


def _find_tab(text: str, line: int) -> tuple[int, int] | None:
    """Return line and column of a tab used as indentation where the parser stumbled."""
    lines = LINE_BREAK.split(text)
    for number in (line, line - 1, line + 1):
        if 0 <= number < len(lines) and _LEADING_TAB.match(lines[number]):
            return number + 1, lines[number].index("\t") + 1
    return None


_LONGEST = 60
_KINDS = {
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
    "null": "nothing",
}
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_BASE_60 = re.compile(r"[-+]?[0-9]+(?::[0-9]{1,2}){1,19}(?:\.[0-9]*)?")
_BASES = (
    (r"[-+]?0[xX][0-9a-fA-F]{1,16}", 16, "hexadecimal"),
    (r"[-+]?0[bB][01]{1,64}", 2, "binary"),
    (r"[-+]?0[0-7]{1,20}", 8, "octal"),
)


@dataclass(frozen=True, slots=True)
class Surprise:
    """How a scalar is read, why, and how to write it as text.

    `is_odd` when it is no plain decimal number either: base 60, octal, hexadecimal.
    """

    what: str
    why: str
    quoted: str
    is_odd: bool = False


def explain_surprise(node: Node | None) -> Surprise | None:
    """Explain a plain scalar that YAML does not read as text; None for any other node."""
    if not isinstance(node, ScalarNode) or not node.value or is_quoted(node):
        return None
    raw, kind = node.value, node.tag.rpartition(":")[2]
    if kind not in _KINDS:
        return None
    is_odd = False
    if kind == "bool":
        reading = "true" if raw.lower() in {"yes", "true", "on"} else "false"
    elif kind == "timestamp":
        reading = "a date with a time" if ":" in raw else "a date"
    elif kind == "null":
        reading = "nothing"
    else:
        reading, is_odd = _read_number(raw)
    shown = show(raw)
    return Surprise(
        what=f"`{shown}` is read as {reading}",
        why=f"YAML takes an unquoted `{shown}` for {_KINDS[kind]}",
        quoted=f'for text, put it in quotes: "{shown}"',
        is_odd=is_odd,
    )


def is_quoted(node: Node | None) -> bool:
    """Tell whether a scalar is in quotes."""
    return isinstance(node, ScalarNode) and node.style in {"'", '"'}


def _read_number(raw: str) -> tuple[str, bool]:
    """Tell what YAML 1.1 makes of a number, and whether that is odd: no plain decimal."""
    digits = raw.replace("_", "")
    if _BASE_60.fullmatch(digits):
        # YAML 1.1 counts `12:30` as minutes and seconds: 750.
        total = 0.0
        for part in digits.lstrip("+-").split(":"):
            total = total * 60 + float(part or 0)
        return (f"the number {'-' * digits.startswith('-')}{total:.15g} (base 60)", True)
    for pattern, base, name in _BASES:
        if re.fullmatch(pattern, digits):
            return (f"the number {int(digits, base)} ({name})", True)
    if "_" in raw or len(digits) > _LONGEST:
        return ("a number", True)
    return (f"the number {float(digits):g}" if _DECIMAL.fullmatch(digits) else "a number", False)
