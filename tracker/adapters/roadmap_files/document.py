"""A YAML document as flat lists of its nodes, and views of single nodes.

PyYAML's own nodes take some 400 bytes each, and a large roadmap has hundreds of thousands: ten times
the size of the text. Here a node is a number, and its parts are entries of lists: about 30 bytes. What
a node holds has the numbers behind its own, `sizes` says how many. A reference (`*name`) is a node of
its own, which a view of the list or map around it replaces by what it refers to.

Must not know what a roadmap is. Raises yaml.YAMLError for text that is no YAML, as PyYAML does.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable
from itertools import chain
from typing import Any
from weakref import WeakValueDictionary

import yaml
from yaml.composer import ComposerError
from yaml.error import Mark
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml: slower, the same events
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MAX_NODES = 1_000_000
MAX_DEPTH = 100
MAX_WIDTH = 100_000
"""Values of one list or map."""

TAG = "tag:yaml.org,2002:"
# The resolver hands out this very object for unquoted and quoted text alike.
STR_TAG = yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG
NULL_TAG = TAG + "null"
MERGE_TAG = TAG + "merge"
LIST_TAG = TAG + "seq"
MAP_TAG = TAG + "map"

_TAGS = (
    "", STR_TAG, MERGE_TAG, NULL_TAG, LIST_TAG, MAP_TAG,
    *(TAG + kind for kind in ("bool", "int", "float", "timestamp", "value", "yaml")),
)  # fmt: skip
"""The usual tags, by which all nodes but those with a tag of their own are told apart."""
STR, MERGE = 1, 2
OTHER = 255
_CODES = {tag: code for code, tag in enumerate(_TAGS)}

PLAIN, SINGLE, LITERAL, FOLDED, DOUBLE, LIST, FLOW_LIST, MAP, FLOW_MAP, ALIAS = range(10)
"""How a node is written. Scalars come first, and those that cannot hold an escape before the one that
can; then lists, maps and references."""

_KINDS: dict[str | None, int] = {
    None: PLAIN, "": PLAIN, "'": SINGLE, "|": LITERAL, ">": FOLDED, '"': DOUBLE
}  # fmt: skip
_STYLES = ("", "'", "|", ">", '"')
_OPENINGS: dict[type[Event], tuple[int, int, str]] = {
    SequenceStartEvent: (LIST, FLOW_LIST, LIST_TAG),
    MappingStartEvent: (MAP, FLOW_MAP, MAP_TAG),
}
_CLOSINGS = frozenset((SequenceEndEvent, MappingEndEvent))
_RESOLVERS: dict[str, list[tuple[str, re.Pattern[str]]]] = _Loader.yaml_implicit_resolvers
"""What unquoted text may be that begins with a character, and how to tell."""

# Characters of the longest text that is kept once for all nodes that have it: keys, ids, tags.
_SHARED = 40

# PyYAML ends lines at these characters, inside comments and scalars alike; str.splitlines knows still
# more of them (\f, \v), so it must not be used on YAML.
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class TooDeepError(yaml.YAMLError):
    """Collections are nested deeper than `MAX_DEPTH`; carries the index of the deepest one allowed."""


class TooManyError(yaml.YAMLError):
    """There are more than `MAX_NODES` values, or more than `MAX_WIDTH` side by side; carries the limit."""


class Document:
    """All nodes of one document by number, from the outside in and from the first to the last.

    `starts` and `ends` are character indexes in `text`, those of PyYAML's marks. `values` are the
    texts of scalars and the numbers that references stand for.
    """

    __slots__ = (
        "__weakref__", "_line_starts", "ends", "kinds", "loose", "own_tags", "sizes", "starts", "tags",
        "targets", "text", "values",
    )  # fmt: skip

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds = bytearray()
        self.tags = bytearray()
        self.own_tags: dict[int, str] = {}
        """The tags of nodes that have no usual one."""
        self.values: list[str | int | None] = []
        self.starts = array("I")
        self.ends = array("I")
        self.sizes = array("I")
        self.targets: set[int] = set()
        """What references stand for."""
        self.loose: int | None = None
        """A block scalar at the end of a text whose last line has no break.

        As the last thing of the file it ends without a line break, elsewhere it would with one; either
        is what the author wrote.
        """
        self._line_starts: array[int] | None = None

    @property
    def root(self) -> Node:
        """The outermost node."""
        return self.node(0)

    def node(self, number: int) -> Node:
        """Return a view of a node; of a reference, a view of what it stands for."""
        number = self.resolve(number)
        return _VIEWS[self.kinds[number]](self, number)

    def resolve(self, number: int) -> int:
        """Return a node's number; of a reference, the number of what it stands for."""
        target = self.values[number]
        return target if isinstance(target, int) else number

    def tag(self, number: int) -> str:
        """Return what a node is, in full: `tag:yaml.org,2002:str`."""
        code = self.tags[number]
        return self.own_tags[number] if code == OTHER else _TAGS[code]

    def children(self, number: int) -> list[int]:
        """Return the nodes of a list, or the keys and values of a map in turn."""
        sizes, found = self.sizes, []
        child, behind = number + 1, number + sizes[number]
        while child < behind:
            found.append(child)
            child += sizes[child]
        return list(map(self.resolve, found)) if self.targets else found

    def line_of(self, index: int) -> int:
        """Return the number, from 0, of the line that holds a character."""
        return bisect_right(self._lines, index) - 1

    def column_of(self, index: int) -> int:
        """Return the distance of a character from the beginning of its line."""
        return index - self._lines[self.line_of(index)]

    @property
    def _lines(self) -> array[int]:
        if self._line_starts is None:
            self._line_starts = find_line_starts(self.text)
        return self._line_starts


class Node:
    """A node where it is looked at; two views of one node are equal."""

    __slots__ = ("document", "number")

    def __init__(self, document: Document, number: int) -> None:
        self.document = document
        self.number = number

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Node)
            and self.number == other.number
            and self.document is other.document
        )

    def __hash__(self) -> int:
        return self.number

    @property
    def value(self) -> Any:
        """The text of a scalar, the nodes in a list, or the pairs of nodes in a map."""
        raise NotImplementedError

    @property
    def tag(self) -> str:
        """What it is, in full: `tag:yaml.org,2002:str`."""
        return self.document.tag(self.number)

    @property
    def is_loose(self) -> bool:
        """Whether a line break may be missing at its end; see `Document.loose`."""
        return self.document.loose == self.number

    @property
    def start(self) -> int:
        """The index of its first character, or of its anchor or tag."""
        return self.document.starts[self.number]

    @property
    def end(self) -> int:
        """The index behind it; a collection in block style ends where the next token begins."""
        return self.document.ends[self.number]

    @property
    def line(self) -> int:
        """The line where it begins, from 0."""
        return self.document.line_of(self.start)

    @property
    def column(self) -> int:
        """The column where it begins, from 0."""
        return self.document.column_of(self.start)

    @property
    def is_on_one_line(self) -> bool:
        """Whether it ends on the line where it begins."""
        return self.line == self.document.line_of(self.end)

    def is_copy(self, other: Node) -> bool:
        """Tell whether a node, maybe of another document, says the same and is written the same way.

        Of nodes that hold references or unusual tags it is not told.
        """
        ours, theirs = self.document, other.document
        behind = self.number + ours.sizes[self.number]
        own, others = (
            slice(self.number, behind),
            slice(other.number, other.number + behind - self.number),
        )
        kinds, tags = ours.kinds[own], ours.tags[own]
        return (
            kinds == theirs.kinds[others]
            and ours.values[own] == theirs.values[others]
            and tags == theirs.tags[others]
            and ours.sizes[own] == theirs.sizes[others]
            and ALIAS not in kinds
            and OTHER not in tags
        )


class ScalarNode(Node):
    """A text, or what an unquoted text stands for."""

    __slots__ = ()

    @property
    def value(self) -> str:
        """The text."""
        return str(self.document.values[self.number])

    @property
    def style(self) -> str:
        """Its quotes, or the sign of a block scalar; empty for unquoted text."""
        return _STYLES[self.document.kinds[self.number]]


class CollectionNode(Node):
    """A list or a map."""

    __slots__ = ()

    @property
    def is_flow(self) -> bool:
        """Whether it is written in brackets or braces."""
        return self.document.kinds[self.number] in (FLOW_LIST, FLOW_MAP)


class SequenceNode(CollectionNode):
    """A list."""

    __slots__ = ("_entries",)

    @property
    def value(self) -> list[Node]:
        """The nodes of its entries."""
        try:
            return self._entries
        except AttributeError:
            node = self.document.node
            self._entries: list[Node] = list(map(node, self.document.children(self.number)))
            return self._entries


class MappingNode(CollectionNode):
    """A map."""

    __slots__ = ("_pairs",)

    @property
    def value(self) -> list[tuple[Node, Node]]:
        """The nodes of its keys and values."""
        try:
            return self._pairs
        except AttributeError:
            nodes = map(self.document.node, self.document.children(self.number))
            self._pairs: list[tuple[Node, Node]] = list(zip(nodes, nodes, strict=True))
            return self._pairs


_VIEWS: tuple[type[Node], ...] = (
    *[ScalarNode] * 5, SequenceNode, SequenceNode, MappingNode, MappingNode
)  # fmt: skip


def find_line_starts(text: str) -> array[int]:
    """Return the index of the first character of each line."""
    return array("I", chain((0,), (found.end() for found in LINE_BREAK.finditer(text))))


# A file that is edited was loaded before, and to compose it takes most of the time of either.
_IN_USE: WeakValueDictionary[str, Document] = WeakValueDictionary()


def compose(text: str) -> Document | None:
    """Compose the only document of a text; None when it holds none.

    While a document of the same text is in use, it is that one.
    """
    known = _IN_USE.get(text)
    if known is not None:
        return known
    loader = _Loader(text)
    try:
        made = _Composer(text).run(loader.get_event)
    finally:
        loader.dispose()
    if made is not None:
        _IN_USE[text] = made
    return made


def share_text(text: str) -> str:
    """Return the same text; where a document of it is in use, that one's, so that there is one."""
    known = _IN_USE.get(text)
    return text if known is None else known.text


class _Composer:
    """Makes a document of the parser's events, and stops before they exhaust the memory."""

    def __init__(self, text: str) -> None:
        self.document = Document(text)
        self._anchors: dict[str, tuple[int, Any]] = {}

    def run(self, read: Callable[[], Any]) -> Document | None:
        """Read all events."""
        document = self.document
        kinds, tags, values = document.kinds.append, document.tags.append, document.values.append
        starts, ends, sizes = document.starts.append, document.ends.append, document.sizes.append
        share = dict[str, str]().setdefault
        resolved: dict[str, int] = {}
        # The collections around a node: their numbers, and the count and the limit of their own level.
        around: list[tuple[int, int, int]] = []
        number, width, most = 0, 0, MAX_WIDTH
        for event in iter(read, None):
            made = type(event)
            opening = None
            if made is ScalarEvent:
                text, tag = event.value, event.tag
                if tag is None or tag == "!":
                    is_odd = event.implicit[0] and text[:1] in _RESOLVERS
                    code = (resolved.get(text) or _resolve(text, resolved)) if is_odd else STR
                else:
                    code = self._note_tag(tag, number)
                kinds(_KINDS[event.style])
                tags(code)
                values(share(text, text) if len(text) <= _SHARED else text)
            elif made in _CLOSINGS:
                opened, width, most = around.pop()
                document.ends[opened] = event.end_mark.index
                document.sizes[opened] = number - opened
                continue
            elif (opening := _OPENINGS.get(made)) is not None:
                kinds(opening[1] if event.flow_style else opening[0])
                is_usual = event.tag is None or event.tag == "!"
                tags(self._note_tag(opening[2] if is_usual else event.tag, number))
                values(None)
            elif made is AliasEvent:
                kinds(ALIAS)
                tags(0)
                values(self._refer(event))
            else:
                self._check_single(made, event.start_mark)
                continue
            if event.anchor is not None and made is not AliasEvent:
                self._note_anchor(event, number)
            starts(event.start_mark.index)
            ends(event.end_mark.index)
            sizes(1)
            number, width = number + 1, width + 1
            if width > most or number > MAX_NODES:
                raise self._refuse([opened for opened, _, _ in around])
            if opening is not None:
                around.append((number - 1, width, most))
                width, most = 0, MAX_WIDTH if len(around) < MAX_DEPTH else 0
        return document if number else None

    def _check_single(self, made: type[Event], mark: Any) -> None:
        """Refuse a second document."""
        if made is DocumentStartEvent and self.document.kinds:
            root = self.document.root
            raise ComposerError(
                "expected a single document in the stream",
                Mark("", root.start, root.line, root.column, None, 0),
                "but found another document",
                mark,
            )

    def _refer(self, event: Any) -> int:
        if event.anchor not in self._anchors:
            raise ComposerError(None, None, "found undefined alias", event.start_mark)
        target = self._anchors[event.anchor][0]
        self.document.targets.add(target)
        return target

    def _note_tag(self, tag: str, number: int) -> int:
        """Return the code of a tag; of an unusual one note the node that has it."""
        code = _CODES.get(tag, OTHER)
        if code == OTHER:
            self.document.own_tags[number] = tag
        return code

    def _note_anchor(self, event: Any, number: int) -> None:
        if event.anchor in self._anchors:
            first = self._anchors[event.anchor][1]
            raise ComposerError(
                "found duplicate anchor; first occurrence",
                first,
                "second occurrence",
                event.start_mark,
            )
        self._anchors[event.anchor] = (number, event.start_mark)

    def _refuse(self, around: list[int]) -> yaml.YAMLError:
        if len(around) >= MAX_DEPTH:
            return TooDeepError(self.document.starts[around[-1]])
        is_long = len(self.document.kinds) > MAX_NODES
        return TooManyError(MAX_NODES if is_long else MAX_WIDTH)


def _resolve(text: str, resolved: dict[str, int]) -> int:
    """Return the tag of an unquoted text, and note that of a short one: keys, numbers, words."""
    tag = next((tag for tag, odd in _RESOLVERS[text[:1]] if odd.match(text)), STR_TAG)
    if len(text) <= _SHARED:
        resolved[text] = _CODES[tag]
    return _CODES[tag]
