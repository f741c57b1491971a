"""Read a roadmap of roadmap.sh: its topics become sections, the nodes around them skills.

Pure. The JSON is that of an editor for drawings: nodes with a place and a size, and edges. Nothing in
it says which node belongs to which topic, so this is judged by the drawing:

    1  an edge, or a chain of edges, from a topic to the node
    2  a box around the node, and around another one whose topic is known
    3  a stack: nodes drawn directly below each other belong to one topic
    4  the nearest topic

A topic without nodes, or with links of its own, is also a skill of its own section. Sections and
skills keep the order of the drawing, from top to bottom. Fields that are not needed may hold anything.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import NamedTuple

from tracker.adapters.exchange.draft import (
    UNTITLED,
    FoundLink,
    ImportDraft,
    ImportOutline,
    ImportReport,
    add_link,
    assemble,
)
from tracker.roadmap.model import Imported, show

Json = Mapping[str, object]

_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class DiagramNode:
    """One node, with the rectangle it fills; `y` grows downwards. `line` is its line in the file."""

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
class DiagramGraph:
    """The drawing; `edges` are pairs of node ids, `head` has the other keys of the file."""

    nodes: list[DiagramNode] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    head: dict[str, object] = field(default_factory=dict)


class _BrokenError(Exception):
    """The text is not JSON after `position`."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(why)
        self.position = position


def read_graph(text: str, report: ImportReport) -> DiagramGraph:
    """Read the JSON of a roadmap; keep what comes before an error, and report the error."""
    breaks = [found.start() for found in re.finditer("\n", text)]
    reader = _Reader(text)
    graph = DiagramGraph()
    has_nodes = False
    try:
        for key, position, value in reader.read():
            line = bisect_left(breaks, position) + 1
            if key == "nodes":
                has_nodes = True
                _add_node(graph, value, line, report)
            elif key == "edges":
                ends = (text_of(map_of(value).get("source")), text_of(map_of(value).get("target")))
                graph.edges += [ends] if all(ends) else []
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
    """Return a text as one line; an empty text for any other value."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def map_of(value: object) -> Json:
    """Return a map; an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> Sequence[object]:
    """Return a list; an empty one for any other value."""
    return value if isinstance(value, list) else ()


class _Reader:
    """Reads the outermost object member by member, and its lists entry by entry."""

    # `json.loads` gives nothing of a file that was cut off, and no line to report a node with.

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        # NaN and Infinity, which Python would accept, are no JSON: they become null.
        self._decoder = json.JSONDecoder(parse_constant=lambda _: None)

    def read(self) -> Iterator[tuple[str, int, object]]:
        """Yield key, position and value of each member; of a list, of each entry."""
        self._expect("{")
        for _ in self._until("}"):
            _, key = self._decode()
            self._expect(":")
            if self._take("["):
                for _ in self._until("]"):
                    yield str(key), *self._decode()
            else:
                yield str(key), *self._decode()

    def _until(self, closing: str) -> Iterator[None]:
        """Yield where each of the members begins that commas part, up to a closing sign."""
        while not self._take(closing):
            yield
            if not self._take(","):
                self._expect(closing)
                return

    def _decode(self) -> tuple[int, object]:
        """Decode a value; return where it began, and the value."""
        self._skip()
        start = self._position
        try:
            value, self._position = self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            raise _BrokenError(error.pos, error.msg) from None
        except ValueError:
            # Python refuses to read integers of more than 4,300 digits.
            raise _BrokenError(start, "a number is too long") from None
        except RecursionError:
            raise _BrokenError(start, "lists and maps are nested too deep") from None
        return start, value

    def _skip(self) -> None:
        if found := _SPACE.match(self._text, self._position):
            self._position = found.end()

    def _take(self, sign: str) -> bool:
        """Go past a sign, if it is next; return whether it was."""
        self._skip()
        is_next = self._text.startswith(sign, self._position)
        self._position += is_next
        return is_next

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise _BrokenError(self._position, f"`{sign}` is missing")


def _add_node(graph: DiagramGraph, value: object, line: int, report: ImportReport) -> None:
    node = map_of(value)
    if not node:
        report.tell(line, "node-not-understood", "a node that is no object was left out")
        return
    values = map_of(node.get("data"))
    label = report.clean(text_of(values.get("label")), line)
    place, size = map_of(node.get("position")), map_of(node.get("measured"))
    style = map_of(node.get("style"))
    graph.nodes.append(
        DiagramNode(
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


def _number(*values: object) -> float:
    """Return the first of the values that is a number, or 0; one that no screen has is 0 as well."""
    for value in values:
        if isinstance(value, int | float) and not isinstance(value, bool):
            # Integers of JSON can be too large for a float: compare before converting.
            number = float(value) if abs(value) < 1e9 else 0.0  # noqa: PLR2004
            return number if isfinite(number) else 0.0
    return 0.0


TOPIC = "topic"
LEAVES = frozenset({"subtopic", "todo", "todo-checkbox", "checklist", "checklist-item"})
GROUP = "linksgroup"
LINKS = frozenset({"resourceButton", "link", GROUP})
BOX = "section"
SILENT = frozenset({"vertical", "horizontal", "title", "legend", BOX})
TEXTS = frozenset({"label", "paragraph", "button"})

# Lengths in pixels of the drawing, where a node is about 50 high.
_STACKED = 24
"""Largest gap between two nodes of one stack: half of a node's height."""

_OVERLAP = 8
"""How far the lower node of a stack may reach into the upper one."""

_NEAR = 400
"""Largest distance between a link and its skill; links farther away belong to the page."""

_MOST_ANCHORS = 200
"""How many nodes above and below one are compared, so that time grows with the nodes, not their square."""

_MOST_BOXES = 500
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_WORD = re.compile(r"\w\w")


def parse_roadmap_sh(text: str, *, path: str = "", title: str = "") -> Imported:
    """Parse the JSON of a roadmap; `title` is used if the file has none."""
    report = ImportReport(path)
    graph = read_graph(text.removeprefix("\ufeff"), report)
    drawn = next((node.label for node in graph.nodes if node.type == "title" and node.label), "")
    named = drawn or report.clean(_text_or_page(graph.head.get("title")), 1)
    outline = ImportOutline(title=named or title)
    slug = text_of(graph.head.get("slug"))
    outline.source = f"https://roadmap.sh/{slug}" if _SLUG.fullmatch(slug) else None
    outline.description = report.clean(_text_or_page(graph.head.get("description")), 1)
    _Diagram(graph, outline, report).read()
    return assemble(outline, report)


class _Diagram:
    """Judges what belongs to which topic, and drafts the skills."""

    def __init__(self, graph: DiagramGraph, outline: ImportOutline, report: ImportReport) -> None:
        self._outline = outline
        self._report = report
        self._nodes = sorted(graph.nodes, key=lambda node: (node.y, node.x))
        self._skills = [node for node in self._nodes if node.type == TOPIC or node.type in LEAVES]
        self._neighbours = _find_neighbours(graph)

    def read(self) -> None:
        """Draft all skills, and report the nodes that say nothing else."""
        # Nodes are told apart by `id()`: ids in a file may be missing or used twice.
        owners = self._find_owners()
        links = self._find_links()
        with_leaves = {id(owner) for owner in owners.values() if owner is not None}
        members: dict[int, list[DiagramNode]] = {}
        for node in self._skills:
            owner = node if node.type == TOPIC else owners.get(id(node))
            members.setdefault(id(owner), []).append(node)
        # Leaves of a drawing without topics are drafted first, in a section named as the roadmap.
        for owner in (None, *(node for node in self._nodes if node.type == TOPIC)):
            section = owner.label if owner else self._outline.title or UNTITLED
            for node in members.get(id(owner), ()):
                is_section = node is owner and id(node) in with_leaves and id(node) not in links
                if not is_section:
                    self._draft(node, section, links.get(id(node), ()))
        self._tell_others()

    def _find_owners(self) -> dict[int, DiagramNode | None]:
        """Return the topic of each leaf; each step only fills in what the step before left open."""
        owners = self._follow_edges()
        self._open_boxes(owners)
        self._open_stacks(owners)
        anchors = _Plane(node for node in self._nodes if id(node) in owners or node.type == TOPIC)
        leaves = [node for node in self._skills if node.type != TOPIC]
        for stack in _find_stacks(node for node in leaves if id(node) not in owners):
            nearest = anchors.find_nearest(_bound(stack))
            owner = nearest and (nearest if nearest.type == TOPIC else owners[id(nearest)])
            owners.update((id(node), owner) for node in stack)
        return {id(node): owners[id(node)] for node in leaves}

    def _follow_edges(self) -> dict[int, DiagramNode | None]:
        """Walk along the edges from all topics at once, so that the topic with the shortest way wins."""
        owners: dict[int, DiagramNode | None] = {}
        queue = deque((node, node) for node in self._nodes if node.type == TOPIC)
        while queue:
            node, owner = queue.popleft()
            for other in self._neighbours.get(node.id, ()):
                if other.type != TOPIC and id(other) not in owners:
                    owners[id(other)] = owner
                    queue.append((other, owner))
        return owners

    def _open_boxes(self, owners: dict[int, DiagramNode | None]) -> None:
        """Give the topic of a box, or of the first leaf in it that has one, to all leaves in it."""
        boxes = [node for node in self._nodes if node.type == BOX]
        for box in boxes[:_MOST_BOXES]:
            inside = [node for node in self._skills if node.type != TOPIC and _is_in(node, box)]
            known = [owners[id(node)] for node in (box, *inside) if id(node) in owners]
            for leaf in inside if known else ():
                owners.setdefault(id(leaf), known[0])

    def _open_stacks(self, owners: dict[int, DiagramNode | None]) -> None:
        """Give each leaf in a stack the topic of the nearest node in it that has one."""
        # Texts count: "choose one of" often has the edge from the topic, and the stack below has none.
        members = [node for node in self._nodes if node.type in LEAVES | TEXTS]
        for stack in _find_stacks(members):
            owned = [node for node in stack if id(node) in owners]
            place = 0
            for node in stack if owned else ():
                while place + 1 < len(owned) and owned[place + 1].y <= node.y:
                    place += 1
                if node.type in LEAVES and id(node) not in owners:
                    around = owned[place : place + 2]
                    nearest = min(around, key=lambda other, y=node.y: abs(other.y - y))  # type: ignore[misc]
                    owners[id(node)] = owners[id(nearest)]

    def _find_links(self) -> dict[int, list[DiagramNode]]:
        """Return the links of each skill: by an edge, by the skill on top of their stack, by distance."""
        found: dict[int, list[DiagramNode]] = {}
        skills = {id(node) for node in self._skills}
        plane = _Plane(self._skills)
        members = [node for node in self._nodes if id(node) in skills or node.type in LINKS]
        above = _find_above(node for node in members if node.type != GROUP)
        owners: dict[int, DiagramNode | None] = {}
        for node in members:
            if id(node) in skills:
                continue
            joined = (other for other in self._neighbours.get(node.id, ()) if id(other) in skills)
            owner = next(joined, None)
            # A group without an edge is "related roadmaps": it leads to other pages, wherever drawn.
            if owner is None and node.type != GROUP:
                upper = above.get(id(node))
                if upper is None:
                    owner = plane.find_nearest(_bound([node]), within=_NEAR)
                else:
                    owner = upper if id(upper) in skills else owners[id(upper)]
            owners[id(node)] = owner
            if owner is not None:
                found.setdefault(id(owner), []).append(node)
            else:
                self._tell_links(node)
        return found

    def _tell_links(self, node: DiagramNode) -> None:
        links = [link for link in _read_links(node, own=True, report=self._report) if link.url]
        for link in links:
            # The address is shown in full, as the report is the only place that still has it.
            what = f'the link "{show(link.title or link.url)}" was left out: {link.url}'
            self._report.tell(node.line, "link-without-skill", what, why="it belongs to no skill")
        if not links:
            self._tell(node, "it belongs to no skill")

    def _draft(self, node: DiagramNode, section: str, links: Iterable[DiagramNode]) -> None:
        # A checklist is one node with many labels: each is a skill.
        listed = list_of(node.values.get("checklists")) or list_of(node.values.get("items"))
        labels = [text_of(map_of(item).get("label")) for item in listed]
        names = [label for label in labels if label] or [node.label]
        made = [
            ImportDraft(self._report.clean(name, node.line), node.line, section) for name in names
        ]
        if not section.strip() or not all(draft.name.strip() for draft in made):
            self._tell(node, "it has no label to name a skill")
            return
        tag = self._report.clean(text_of(map_of(node.values.get("legend")).get("label")), node.line)
        for draft in made:
            draft.tags = (tag,) if tag else ()
        for holder in (node, *links):
            for link in _read_links(holder, own=holder is node, report=self._report):
                add_link(made[0], link, holder.line, self._report)
        self._outline.drafts += made

    def _tell_others(self) -> None:
        """Report nodes that are neither skills nor links; lines, boxes and single signs say nothing."""
        understood = SILENT | LEAVES | LINKS | {TOPIC}
        for node in self._nodes:
            if node.type in TEXTS:
                if _WORD.search(node.label):
                    what = f'the {node.type} "{show(node.label)}" was left out'
                    self._report.note(node.line, "node-not-imported", what)
            elif node.type not in understood:
                self._tell(node, f'what a node of type "{show(node.type)}" means is not known')

    def _tell(self, node: DiagramNode, why: str) -> None:
        what = f'the node "{show(node.label or node.id)}" was left out'
        self._report.tell(node.line, "node-not-understood", what, why=why)


def _text_or_page(value: object) -> str:
    """Return a text, which files also give as a map of one for the page and one for the card to it."""
    words = map_of(value)
    return text_of(value) or text_of(words.get("page")) or text_of(words.get("card"))


def _find_neighbours(graph: DiagramGraph) -> dict[str, list[DiagramNode]]:
    by_id = {node.id: node for node in graph.nodes if node.id}
    neighbours: dict[str, list[DiagramNode]] = {}
    for source, target in graph.edges:
        for one, other in ((source, target), (target, source)):
            if other in by_id:
                neighbours.setdefault(one, []).append(by_id[other])
    return neighbours


class _Rectangle(NamedTuple):
    """The rectangle that a stack of nodes fills."""

    left: float
    top: float
    right: float
    bottom: float


class _Plane:
    """Nodes sorted from top to bottom, to find the nearest one."""

    def __init__(self, nodes: Iterable[DiagramNode]) -> None:
        self._nodes = sorted(nodes, key=lambda node: (node.y, node.x))
        self._tops = [node.y for node in self._nodes]

    def find_nearest(self, place: _Rectangle, *, within: float = inf) -> DiagramNode | None:
        """Return the node nearest to a place, at most `within` away; of equals the lowest one."""
        first = bisect_left(self._tops, place.top)
        last = min(bisect_right(self._tops, place.bottom), first + _MOST_ANCHORS)
        around = self._nodes[max(0, first - _MOST_ANCHORS) : last + _MOST_ANCHORS]
        near = [(_distance(place, node), -index, node) for index, node in enumerate(around)]
        gap, _, nearest = min(near, default=(inf, 0, None), key=lambda found: found[:2])
        return nearest if gap <= within else None


def _find_above(nodes: Iterable[DiagramNode]) -> dict[int, DiagramNode]:
    """Return for each node the one it is drawn directly below, where there is one."""
    by_bottom = sorted(nodes, key=lambda node: node.y + node.height)
    bottoms = [node.y + node.height for node in by_bottom]
    above: dict[int, DiagramNode] = {}
    for node in by_bottom:
        first = bisect_left(bottoms, node.y - _STACKED)
        last = min(bisect_right(bottoms, node.y + _OVERLAP), first + _MOST_ANCHORS)
        fitting = [
            other
            for other in by_bottom[first:last]
            if other.y < node.y and _share_column(other, node)
        ]
        if fitting:
            above[id(node)] = max(fitting, key=lambda other: other.y + other.height)
    return above


def _find_stacks(nodes: Iterable[DiagramNode]) -> list[list[DiagramNode]]:
    """Group nodes that are drawn directly below each other; each group from top to bottom."""
    ordered = sorted(nodes, key=lambda node: (node.y, node.x))
    above = _find_above(ordered)
    stacks: dict[int, list[DiagramNode]] = {}
    for node in ordered:
        stack = stacks[id(above[id(node)])] if id(node) in above else []
        stack.append(node)
        stacks[id(node)] = stack
    return list({id(stack): stack for stack in stacks.values()}.values())


def _share_column(one: DiagramNode, other: DiagramNode) -> bool:
    """Tell whether two nodes share at least half of the width of the narrower one."""
    shared = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    return shared >= min(one.width, other.width) / 2


def _bound(stack: Sequence[DiagramNode]) -> _Rectangle:
    return _Rectangle(
        left=min(node.x for node in stack),
        top=min(node.y for node in stack),
        right=max(node.x + node.width for node in stack),
        bottom=max(node.y + node.height for node in stack),
    )


def _distance(place: _Rectangle, anchor: DiagramNode) -> float:
    """Measure the gap between a stack and a node, weighted by how people draw."""
    # Sideways counts double unless both are level, as lists go downwards. Upwards counts four times,
    # as what is drawn above a topic is mostly the end of the list before it.
    aside = max(0.0, anchor.x - place.right, place.left - (anchor.x + anchor.width))
    below, over = place.top - (anchor.y + anchor.height), anchor.y - place.bottom
    is_level = below <= 0 and over <= 0
    return (1 if is_level else 2) * aside + max(0.0, below, 4 * over)


def _is_in(node: DiagramNode, box: DiagramNode) -> bool:
    """Tell whether the centre of a node lies in a box."""
    x, y = node.x + node.width / 2, node.y + node.height / 2
    return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height


def _read_links(node: DiagramNode, *, own: bool, report: ImportReport) -> Iterator[FoundLink]:
    """Yield the links of a node and of its list; a skill itself (`own`) needs no address."""
    for value in ({**node.values}, *map(map_of, list_of(node.values.get("links")))):
        url = text_of(value.get("href")) or text_of(value.get("url"))
        title = text_of(value.get("label")) or text_of(value.get("title"))
        if url or (not own and node.type != "linksgroup"):
            badge = report.clean(text_of(value.get("badge")).lower(), node.line)
            yield FoundLink(report.clean(title, node.line), url, badge or None)
