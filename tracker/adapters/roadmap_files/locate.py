"""Where in the file a value stands: line and column of every key path, looked up on demand.

Must not judge values. Nothing is computed until somebody asks, because most files have no problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from tracker.errors import Location
from tracker.ports import KeyPath

MERGE_TAG = "tag:yaml.org,2002:merge"


class Locations(Mapping[KeyPath, Location]):
    """Places of all values of one file; of a key that stands twice, the first."""

    def __init__(self, path: str, root: yaml.Node) -> None:
        self.path = path
        self._root = root

    def __getitem__(self, path: KeyPath) -> Location:
        node = self.node(path)
        if node is None:
            raise KeyError(path)
        return self.place(node)

    def __iter__(self) -> Iterator[KeyPath]:
        return _walk(self._root, ())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def node(self, path: KeyPath) -> yaml.Node | None:
        """Return the node of a value, or None when the file does not have it."""
        node: yaml.Node | None = self._root
        for step in path:
            if node is None:
                return None
            node = _step(node, step)
        return node

    def nearest(self, path: KeyPath) -> Location:
        """Return the place of a value, or of the closest thing around it that is in the file."""
        for length in range(len(path), -1, -1):
            node = self.node(path[:length])
            if node is not None:
                return self.place(node)
        return Location(self.path)

    def key(self, path: KeyPath) -> Location:
        """Return the place of the key, rather than of its value."""
        parent = self.node(path[:-1])
        if isinstance(parent, yaml.MappingNode):
            for key, _ in parent.value:
                if key.value == path[-1]:
                    return self.place(key)
        return self.nearest(path)

    def place(self, node: yaml.Node) -> Location:
        """Return where a node starts."""
        mark = node.start_mark
        return Location(self.path, mark.line + 1, mark.column + 1)


def find_merges(node: yaml.MappingNode) -> list[yaml.Node]:
    """Return the nodes that a map takes keys from with `<<`, the strongest first."""
    merges: list[yaml.Node] = []
    for key, value in node.value:
        if key.tag == MERGE_TAG:
            merges.extend(value.value if isinstance(value, yaml.SequenceNode) else [value])
    return merges


def _step(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode):
        entries: list[yaml.Node] = node.value
        return entries[step] if isinstance(step, int) and 0 <= step < len(entries) else None
    if isinstance(node, yaml.MappingNode):
        return _find_value(node, step)
    # The name of a skill that is written as a bare string is that string.
    return node if step == "name" else None


def _find_value(node: yaml.MappingNode, step: str | int) -> yaml.Node | None:
    for key, value in node.value:
        if key.value == step and key.tag != MERGE_TAG:
            found: yaml.Node = value
            return found
    for merged in find_merges(node):
        if isinstance(merged, yaml.MappingNode):
            inherited = _find_value(merged, step)
            if inherited is not None:
                return inherited
    return None


def _walk(node: yaml.Node, path: KeyPath) -> Iterator[KeyPath]:
    yield path
    if isinstance(node, yaml.SequenceNode):
        for index, entry in enumerate(node.value):
            yield from _walk(entry, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in _pairs(node):
            if name not in seen:
                seen.add(name)
                yield from _walk(value, (*path, name))


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    for key, value in node.value:
        if key.tag != MERGE_TAG and isinstance(key, yaml.ScalarNode):
            yield key.value, value
    for merged in find_merges(node):
        if isinstance(merged, yaml.MappingNode):
            yield from _pairs(merged)
