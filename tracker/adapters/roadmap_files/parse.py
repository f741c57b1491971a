"""Parse the bytes of a roadmap file into YAML nodes; explain what YAML refuses or reads oddly.

Must not know what a roadmap is. One parse yields everything: values (`build`) and places
(`Locations`) both come from the nodes made here. A place is looked up only when a problem needs it,
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

from tracker.errors import Location, Problem
from tracker.roadmap.model import KeyPath, show

try:
    from yaml import CSafeLoader as _BaseLoader
except ImportError:  # PyYAML built without libyaml: slower, the same nodes
    from yaml import SafeLoader as _BaseLoader  # type: ignore[assignment]

MAX_BYTES = 20_000_000
MAX_NODES = 1_000_000
MAX_DEPTH = 100
MAX_WIDTH = 100_000
"""Values of one list or map; a node takes much more memory than the two characters that make one."""

TAG = "tag:yaml.org,2002:"
# The resolver hands out this very object for unquoted and quoted text alike.
STR_TAG = yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG
NULL_TAG = TAG + "null"
MERGE_TAG = TAG + "merge"

_Index = dict[str | int, tuple[yaml.Node, yaml.Node]]


class _TooDeepError(yaml.MarkedYAMLError):
    """Collections are nested deeper than `MAX_DEPTH`."""


class _TooManyError(yaml.YAMLError):
    """The file holds more than `MAX_NODES` values, or more than `MAX_WIDTH` side by side."""


class _Loader(_BaseLoader):
    """Composes nodes, and stops before they exhaust the C stack or the memory."""

    depth = 0
    nodes = 0

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.widths = [0] * (MAX_DEPTH + 2)

    def descend_resolver(self, parent: yaml.Node | None, _index: object) -> None:
        """Count a node and a level; the composer calls this on its way into every node."""
        self.nodes += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            mark = parent.start_mark if parent is not None else None
            raise _TooDeepError(problem="nested too deep", problem_mark=mark)
        self.widths[self.depth] += 1
        self.widths[self.depth + 1] = 0
        if self.nodes > MAX_NODES or self.widths[self.depth] > MAX_WIDTH:
            raise _TooManyError(MAX_NODES if self.nodes > MAX_NODES else MAX_WIDTH)

    def ascend_resolver(self) -> None:
        """Leave a level."""
        self.depth -= 1


def parse_document(raw: bytes, *, path: str) -> yaml.Node | Problem:
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
    loader = _Loader(text)
    try:
        root: yaml.Node | None = loader.get_single_node()
    except yaml.YAMLError as error:
        return _explain_refusal(error, text, path)
    finally:
        loader.dispose()
    if root is None or (isinstance(root, yaml.ScalarNode) and root.tag == NULL_TAG):
        return Problem(
            "empty-file",
            "the file is empty",
            location=Location(path, 1, 1),
            why="a roadmap needs at least a title",
            next="write `title: …` and `sections:`, or put an older copy of the file back",
        )
    return root


@contextmanager
def paused_collector() -> Iterator[None]:
    """Pause the garbage collector: it would walk the growing tree of nodes again and again.

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


def merged_maps(node: yaml.MappingNode) -> list[yaml.MappingNode]:
    """Return the maps that a map takes keys from with `<<`, the strongest first."""
    sources: list[yaml.Node] = []
    for key, value in node.value:
        if key.tag == MERGE_TAG:
            sources.extend(value.value if isinstance(value, yaml.SequenceNode) else [value])
    return [source for source in sources if isinstance(source, yaml.MappingNode)]


class Locations(Mapping[KeyPath, Location]):
    """Places of all values of one file; of a key that is there twice, the first."""

    def __init__(self, path: str, root: yaml.Node) -> None:
        self.path = path
        self._root = root
        self._indexes: dict[int, _Index] = {}

    def __getitem__(self, path: KeyPath) -> Location:
        node = self.node(path)
        if node is None:
            raise KeyError(path)
        return self._place(node)

    def __iter__(self) -> Iterator[KeyPath]:
        return self._walk(self._root, ())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _walk(self, node: yaml.Node, path: KeyPath) -> Iterator[KeyPath]:
        yield path
        if isinstance(node, yaml.SequenceNode):
            for index, entry in enumerate(node.value):
                yield from self._walk(entry, (*path, index))
        elif isinstance(node, yaml.MappingNode):
            for name, (_, value) in self._index(node).items():
                yield from self._walk(value, (*path, name))

    def node(self, path: KeyPath) -> yaml.Node | None:
        """Return the node of a value, or None when the file does not have it."""
        node: yaml.Node | None = self._root
        for step in path:
            if isinstance(node, yaml.SequenceNode):
                is_entry = isinstance(step, int) and 0 <= step < len(node.value)
                node = node.value[step] if is_entry else None
            elif isinstance(node, yaml.MappingNode):
                node = self._index(node).get(step, (None, None))[1]
            elif step != "name":
                # The name of a skill that is written as a bare string is that string.
                return None
        return node

    def nearest(self, path: KeyPath) -> Location:
        """Return the place of a value, or of the closest thing around it that is in the file."""
        for length in range(len(path), -1, -1):
            node = self.node(path[:length])
            if node is not None:
                return self._place(node)
        return Location(self.path)

    def key(self, path: KeyPath) -> Location:
        """Return the place of the key, rather than of its value."""
        parent = self.node(path[:-1])
        if isinstance(parent, yaml.MappingNode) and path[-1] in self._index(parent):
            return self._place(self._index(parent)[path[-1]][0])
        return self.nearest(path)

    def _index(self, node: yaml.MappingNode) -> _Index:
        """Return key and value nodes by key; own keys come before those of `<<`."""
        index = self._indexes.get(id(node))
        if index is None:
            # Noted before it is filled, so that a map which merges itself does not recurse forever.
            index = self._indexes[id(node)] = {}
            for key, value in node.value:
                if key.tag != MERGE_TAG and isinstance(key, yaml.ScalarNode):
                    index.setdefault(key.value, (key, value))
            for merged in merged_maps(node):
                for name, pair in self._index(merged).items():
                    index.setdefault(name, pair)
        return index

    def _place(self, node: yaml.Node) -> Location:
        return Location(self.path, node.start_mark.line + 1, node.start_mark.column + 1)


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
    if isinstance(error, _TooManyError):
        return make_size_problem(path, f"more than {error.args[0]:,} values")
    # libyaml has a limit of its own and names it in words only.
    if isinstance(error, _TooDeepError) or "nesting depth" in (getattr(error, "problem", "") or ""):
        mark = getattr(error, "problem_mark", None)
        return Problem(
            "nested-too-deep",
            f"lists and maps are nested more than {MAX_DEPTH} levels deep",
            location=Location(path, mark.line + 1, mark.column + 1) if mark else Location(path),
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
_LINE_END = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")

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
    lines = _LINE_END.split(text)
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
    ends = [found.end() for found in _LINE_END.finditer(text, 0, offset)]
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
    lines = _LINE_END.split(text)
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


def explain_surprise(node: yaml.Node | None) -> Surprise | None:
    """Explain a plain scalar that YAML does not read as text; None for any other node."""
    if not isinstance(node, yaml.ScalarNode) or not node.value or is_quoted(node):
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


def is_quoted(node: yaml.Node | None) -> bool:
    """Tell whether a scalar is in quotes."""
    return isinstance(node, yaml.ScalarNode) and node.style in {"'", '"'}


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
