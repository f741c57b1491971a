"""Circles of prerequisites: the one judge of them for `check`, sync, undo, upgrade and import.

Pure. Iterative, because a chain may be thousands of skills long and Python's stack is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

Graph = Mapping[str, frozenset[str]]


def find_circles(graph: Graph) -> list[frozenset[str]]:
    """Return the groups of skills that require each other in a circle; names not in it are ignored."""
    search = _Search(graph)
    for root in graph:
        if root not in search.number:
            search.visit(root)
    return search.circles


def walk_circles(graph: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Yield the skills of each walk that returns to one of them, with that one again at the end.

    Without the prerequisites from the last but one to the last of every walk, no circle is left.
    Every prerequisite must be a key of the graph.
    """
    settled: set[str] = set()
    for start in graph:
        # The walk from the start to the current skill, with what is left to visit from each.
        trail = {} if start in settled else {start: iter(graph[start])}
        while trail:
            current = next(reversed(trail))
            needed = next(trail[current], None)
            if needed is None:
                settled.add(current)
                trail.popitem()
            elif needed in trail:
                yield [*trail, needed]
            elif needed not in settled:
                trail[needed] = iter(graph[needed])


@dataclass(slots=True)
class _Search:
    """Tarjan's strongly connected components, with a stack of its own."""

    graph: Graph
    number: dict[str, int] = field(default_factory=dict)
    lowest: dict[str, int] = field(default_factory=dict)
    trail: list[str] = field(default_factory=list)
    on_trail: set[str] = field(default_factory=set)
    circles: list[frozenset[str]] = field(default_factory=list)

    def visit(self, root: str) -> None:
        """Give a number to everything that is reachable from `root`."""
        stack = [self._enter(root)]
        while stack:
            node, following = stack[-1]
            step = next(following, None)
            if step is None:
                stack.pop()
                self._leave(node)
                if stack:
                    above = stack[-1][0]
                    self.lowest[above] = min(self.lowest[above], self.lowest[node])
            elif step not in self.number:
                stack.append(self._enter(step))
            elif step in self.on_trail:
                self.lowest[node] = min(self.lowest[node], self.number[step])

    def _enter(self, node: str) -> tuple[str, Iterator[str]]:
        self.number[node] = self.lowest[node] = len(self.number)
        self.trail.append(node)
        self.on_trail.add(node)
        return node, iter([each for each in self.graph[node] if each in self.graph])

    def _leave(self, node: str) -> None:
        if self.lowest[node] != self.number[node]:
            return
        group: set[str] = set()
        while node not in group:
            group.add(self.trail.pop())
        self.on_trail -= group
        if len(group) > 1 or node in self.graph[node]:
            self.circles.append(frozenset(group))
