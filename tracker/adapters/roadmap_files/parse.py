"""Parse the bytes of a roadmap file into YAML nodes, and find the line and column of every value.

Must not know what a roadmap is. One parse yields everything: values (`build`) and places
(`Locations`) both come from the nodes made here. A place is looked up only when a problem needs it,
because most files have none.
"""

from __future__ import annotations

import codecs
import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import yaml

from tracker.adapters.roadmap_files.syntax import explain_syntax, find_fault, find_place
from tracker.errors import Location, Problem
from tracker.roadmap.model import KeyPath

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
    fault = find_fault(text, path)
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
    return explain_syntax(error, text, path)


def _explain_encoding(raw: bytes, error: UnicodeDecodeError, path: str) -> Problem:
    before = raw[: error.start].removeprefix(codecs.BOM_UTF8).decode("utf-8")
    is_utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return Problem(
        "not-utf8",
        "the file is not UTF-8 text",
        location=find_place(before, len(before), path),
        why="it looks like UTF-16"
        if is_utf16
        else f"the byte 0x{raw[error.start]:02x} has no meaning here",
        next="save the file as UTF-8 in your editor",
    )
