"""Circles of prerequisites, for `check`, sync, undo, upgrade and import alike.

Pure. Iterative, because a chain may be thousands of skills long and Python's stack is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def find_circles(graph: Mapping[str, frozenset[str]]) -> list[frozenset[str]]:
    """Return the groups of skills that require each other in a circle; names not in it are ignored."""
    # Kosaraju's algorithm: skills that reach each other also do so with all arrows reversed. Taken
    # from the one that a walk leaves last, the reversed arrows lead to its own group and no further.
    forward = {skill: [need for need in needs if need in graph] for skill, needs in graph.items()}
    backward: dict[str, list[str]] = {skill: [] for skill in graph}
    for skill, needs in forward.items():
        for need in needs:
            backward[need].append(skill)
    circles: list[frozenset[str]] = []
    seen: set[str] = set()
    for root in reversed(list(_walk(forward, forward, set()))):
        group = frozenset(_walk(backward, [root], seen))
        if len(group) > 1 or root in graph[root] & group:
            circles.append(group)
    # A group comes after those that it requires.
    return circles[::-1]


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


def _walk(
    graph: Mapping[str, Iterable[str]], roots: Iterable[str], seen: set[str]
) -> Iterator[str]:
    """Yield the skills reached from the roots that are not `seen`, each after those behind it."""
    for root in roots:
        trail = {} if root in seen else {root: iter(graph[root])}
        while trail:
            current = next(reversed(trail))
            seen.add(current)
            following = next((skill for skill in trail[current] if skill not in seen), None)
            if following is None:
                trail.popitem()
                yield current
            else:
                trail[following] = iter(graph[following])
