"""The nodes and edges of a roadmap of roadmap.sh, read leniently, with the line of each node.

Pure. Knows what a node looks like, not what it means. Fields that are not needed pass unread; what
is broken is reported, and what was read before it is kept.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from tracker.adapters.exchange.report import Report

Json = Mapping[str, object]

_SPACE = re.compile(r"[ \t\r\n]*")
_BREAK = re.compile("\n")
_NOTHING: Json = {}
_Member = tuple[str, int, object]
"""Key, position and value of a member of the outermost object, or of an entry of its lists."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node: what it is, what it says, and the rectangle that it takes."""

    id: str
    type: str
    label: str
    line: int
    values: Json
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


@dataclass(slots=True)
class Graph:
    """A drawn roadmap; `edges` are pairs of node ids, `head` is what stands beside the nodes."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    head: dict[str, object] = field(default_factory=dict)


class _BrokenError(Exception):
    """The text is no JSON from a position on."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(why)
        self.position = position


def read_graph(text: str, report: Report) -> Graph:
    """Read the JSON of a roadmap; as far as it is none, it is reported."""
    breaks = [found.start() for found in _BREAK.finditer(text)]
    reader = _Reader(text)
    graph = Graph()
    has_nodes = False
    try:
        for key, position, value in reader.read():
            line = bisect_left(breaks, position) + 1
            if key == "nodes":
                has_nodes = True
                _add_node(graph, value, line, report)
            elif key == "edges":
                _add_edge(graph, value)
            else:
                graph.head[key] = value
    except _BrokenError as broken:
        line = bisect_left(breaks, broken.position) + 1
        report.tell(line, "json-syntax", "the rest of the file was left out", why=str(broken))
    if not has_nodes:
        what = "the file holds no nodes"
        why = 'a roadmap of roadmap.sh is {"nodes": […], "edges": […]}'
        then = ""
        if "mockup" in graph.head:
            what = "the file is a drawing in the older format of roadmap.sh"
            why = "it holds a mockup: places of boxes and texts, and not what belongs together"
            then = "take the .json of the same roadmap that has nodes and edges"
        report.tell(1, "no-nodes", what, why=why, then=then)
    return graph


def text_of(value: object) -> str:
    """Return a text on one line; an empty one for what is no text."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def map_of(value: object) -> Json:
    """Return a map; an empty one for what is none."""
    return value if isinstance(value, dict) else _NOTHING


def list_of(value: object) -> Sequence[object]:
    """Return a list; an empty one for what is none."""
    return value if isinstance(value, list) else ()


class _Reader:
    """Reads the outermost object member by member, and its lists entry by entry."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = json.JSONDecoder(parse_constant=lambda _: None)

    def read(self) -> Iterator[_Member]:
        """Yield (key, position, value) of each member; of a list one for each entry."""
        position = self._expect(0, "{")
        while not self._is(position, "}"):
            key, position = self._decode(position)
            position = self._expect(position, ":")
            if self._is(position, "["):
                position = yield from self._read_list(str(key), position)
            else:
                start = self._skip(position)
                value, position = self._decode(position)
                yield str(key), start, value
            if not self._is(position, ","):
                break
            position = self._expect(position, ",")
        self._expect(position, "}")

    def _read_list(self, key: str, position: int) -> Generator[_Member, None, int]:
        """Yield the entries of a list, and return the position behind it."""
        position = self._expect(position, "[")
        while not self._is(position, "]"):
            start = self._skip(position)
            value, position = self._decode(position)
            yield key, start, value
            if not self._is(position, ","):
                break
            position = self._expect(position, ",")
        return self._expect(position, "]")

    def _decode(self, position: int) -> tuple[object, int]:
        start = self._skip(position)
        try:
            found: tuple[object, int] = self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            raise _BrokenError(error.pos, error.msg) from None
        except ValueError:
            raise _BrokenError(start, "a number is too long") from None
        except RecursionError:
            raise _BrokenError(start, "lists and maps are nested too deep") from None
        return found

    def _skip(self, position: int) -> int:
        found = _SPACE.match(self._text, position)
        return found.end() if found else position

    def _is(self, position: int, sign: str) -> bool:
        return self._text.startswith(sign, self._skip(position))

    def _expect(self, position: int, sign: str) -> int:
        at = self._skip(position)
        if not self._text.startswith(sign, at):
            raise _BrokenError(at, f"`{sign}` is missing")
        return at + 1


def _add_node(graph: Graph, value: object, line: int, report: Report) -> None:
    node = map_of(value)
    if not node:
        report.tell(line, "node-not-understood", "a node that is no object was left out")
        return
    values = map_of(node.get("data"))
    label = report.clean(text_of(values.get("label")), line)
    place, size = map_of(node.get("position")), map_of(node.get("measured"))
    style = map_of(node.get("style"))
    graph.nodes.append(
        Node(
            id=text_of(node.get("id")),
            type=text_of(node.get("type")),
            label=label,
            line=line,
            values=values,
            x=_number(place.get("x")),
            y=_number(place.get("y")),
            width=_number(node.get("width"), size.get("width"), style.get("width")),
            height=_number(node.get("height"), size.get("height"), style.get("height")),
        )
    )


def _add_edge(graph: Graph, value: object) -> None:
    edge = map_of(value)
    ends = (text_of(edge.get("source")), text_of(edge.get("target")))
    if all(ends):
        graph.edges.append(ends)


def _number(*values: object) -> float:
    """Return the first of the values that is a number of a sensible size, else 0."""
    for value in values:
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = float(value) if abs(value) < 1e9 else 0.0  # noqa: PLR2004  wider than any screen
            return number if isfinite(number) else 0.0
    return 0.0
