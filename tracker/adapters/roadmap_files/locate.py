"""Where in the file a value stands: line and column of every key path, looked up on demand.

Must not judge values. Nothing is computed until somebody asks, because most files have no problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from tracker.errors import Location
from tracker.ports import KeyPath

MERGE_TAG = "tag:yaml.org,2002:merge"

_Index = dict[str | int, tuple[yaml.Node, yaml.Node]]


class Locations(Mapping[KeyPath, Location]):
    """Places of all values of one file; of a key that stands twice, the first."""

    def __init__(self, path: str, root: yaml.Node) -> None:
        self.path = path
        self._root = root
        self._indexes: dict[int, _Index] = {}

    def __getitem__(self, path: KeyPath) -> Location:
        node = self.node(path)
        if node is None:
            raise KeyError(path)
        return self.place(node)

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
                return self.place(node)
        return Location(self.path)

    def key(self, path: KeyPath) -> Location:
        """Return the place of the key, rather than of its value."""
        parent = self.node(path[:-1])
        if isinstance(parent, yaml.MappingNode) and path[-1] in self._index(parent):
            return self.place(self._index(parent)[path[-1]][0])
        return self.nearest(path)

    def _index(self, node: yaml.MappingNode) -> _Index:
        """Return key and value nodes by key; own keys before those of `<<`, the first before others."""
        index = self._indexes.get(id(node))
        if index is None:
            index = self._indexes[id(node)] = {}
            for key, value in node.value:
                if key.tag != MERGE_TAG and isinstance(key, yaml.ScalarNode):
                    index.setdefault(key.value, (key, value))
            for merged in _find_merges(node):
                for name, pair in self._index(merged).items():
                    index.setdefault(name, pair)
        return index

    def place(self, node: yaml.Node) -> Location:
        """Return where a node starts."""
        mark = node.start_mark
        return Location(self.path, mark.line + 1, mark.column + 1)


def _find_merges(node: yaml.MappingNode) -> list[yaml.MappingNode]:
    """Return the maps that a map takes keys from with `<<`, the strongest first."""
    merges: list[yaml.Node] = []
    for key, value in node.value:
        if key.tag == MERGE_TAG:
            merges.extend(value.value if isinstance(value, yaml.SequenceNode) else [value])
    return [each for each in merges if isinstance(each, yaml.MappingNode)]
