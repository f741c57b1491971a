"""A roadmap of roadmap.sh to a roadmap: topics are sections, what hangs on them are skills.

Pure. A drawing says what belongs together by its edges, else by boxes, else by place: what stands
below a topic, without another one between, is the topic's. A topic on which nothing hangs, or that
has links of its own, is a skill of its own section as well. Sections and skills stand from top to
bottom, as they are drawn.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from tracker.adapters.exchange.draft import UNTITLED, Draft, FoundLink, Outline, add_link, assemble
from tracker.adapters.exchange.graph import (
    Graph,
    Node,
    list_of,
    map_of,
    read_graph,
    text_of,
)
from tracker.adapters.exchange.report import Report, show
from tracker.roadmap.imported import Imported

TOPIC = "topic"
LEAVES = frozenset({"subtopic", "todo", "todo-checkbox", "checklist", "checklist-item"})
LINKS = frozenset({"resourceButton", "link", "linksgroup"})
BOX = "section"
SILENT = frozenset({"vertical", "horizontal", "title", "legend", BOX})
TEXTS = frozenset({"label", "paragraph", "button"})

_MOST_ANCHORS = 200
"""How many nodes above one are looked at for the nearest."""

_MOST_BOXES = 500
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_WORD = re.compile(r"\w\w")


def parse_roadmap_sh(text: str, *, path: str = "", title: str = "") -> Imported:
    """Parse the JSON of a roadmap; `title` is that of one that has none."""
    report = Report(path)
    graph = read_graph(text.removeprefix("\ufeff"), report)
    outline = Outline(title=_find_title(graph, report) or title)
    slug = text_of(graph.head.get("slug"))
    outline.source = f"https://roadmap.sh/{slug}" if _SLUG.fullmatch(slug) else None
    outline.description = report.clean(_text_or_page(graph.head.get("description")), 1)
    _Diagram(graph, outline, report).read()
    return assemble(outline, report)


class _Diagram:
    """Finds out what belongs to which topic, and drafts the skills."""

    def __init__(self, graph: Graph, outline: Outline, report: Report) -> None:
        self._outline = outline
        self._report = report
        self._nodes = sorted(graph.nodes, key=lambda each: (each.y, each.x))
        self._skills = [each for each in self._nodes if each.type == TOPIC or each.type in LEAVES]
        self._neighbours = _find_neighbours(graph)

    def read(self) -> None:
        """Draft all skills, and report the nodes that are none."""
        owners = self._find_owners()
        links = self._find_links()
        with_leaves = {id(owner) for owner in owners.values() if owner is not None}
        members: dict[int, list[Node]] = {}
        for node in self._skills:
            owner = node if node.type == TOPIC else owners.get(id(node))
            members.setdefault(id(owner), []).append(node)
        for owner in (None, *(each for each in self._nodes if each.type == TOPIC)):
            section = owner.label if owner else self._outline.title or UNTITLED
            for node in members.get(id(owner), ()):
                is_section = node is owner and id(node) in with_leaves and id(node) not in links
                if not is_section:
                    self._draft(node, section, links.get(id(node), ()))
        self._tell_others()

    def _find_owners(self) -> dict[int, Node | None]:
        """Return the topic of each leaf: by edges, by boxes, by place."""
        owners = self._follow_edges()
        self._open_boxes(owners)
        anchors: list[Node] = []
        for node in self._skills:
            if node.type != TOPIC and id(node) not in owners:
                nearest = _find_nearest(node, anchors)
                owners[id(node)] = (
                    nearest if nearest is None or nearest.type == TOPIC else owners.get(id(nearest))
                )
            anchors.append(node)
        leaves = {id(node) for node in self._skills if node.type != TOPIC}
        return {key: owner for key, owner in owners.items() if key in leaves}

    def _follow_edges(self) -> dict[int, Node | None]:
        """Walk along the edges from all topics at once; a topic ends the way of another."""
        owners: dict[int, Node | None] = {}
        queue = deque((each, each) for each in self._nodes if each.type == TOPIC)
        while queue:
            node, owner = queue.popleft()
            for other in self._neighbours.get(node.id, ()):
                if other.type != TOPIC and id(other) not in owners:
                    owners[id(other)] = owner
                    queue.append((other, owner))
        return owners

    def _open_boxes(self, owners: dict[int, Node | None]) -> None:
        """Give the owner of a box, or of one leaf in it, to all leaves in it."""
        boxes = [each for each in self._nodes if each.type == BOX]
        for box in boxes[:_MOST_BOXES]:
            inside = [each for each in self._skills if each.type != TOPIC and _is_in(each, box)]
            known = [owners[id(each)] for each in (box, *inside) if id(each) in owners]
            for leaf in inside if known else ():
                owners.setdefault(id(leaf), known[0])

    def _find_links(self) -> dict[int, list[Node]]:
        """Return the links of each skill: those it has an edge to, and those that stand below it."""
        found: dict[int, list[Node]] = {}
        anchors: list[Node] = []
        skills = frozenset(id(each) for each in self._skills)
        for node in self._nodes:
            if id(node) in skills:
                anchors.append(node)
            if node.type not in LINKS:
                continue
            others = (each for each in self._neighbours.get(node.id, ()) if id(each) in skills)
            owner = (
                next(others, None) or _find_nearest(node, anchors) or next(iter(self._skills), None)
            )
            if owner is None:
                self._tell(node, "there is no skill for it")
            else:
                found.setdefault(id(owner), []).append(node)
        return found

    def _draft(self, node: Node, section: str, links: Iterable[Node]) -> None:
        items = [text_of(map_of(each).get("label")) for each in _items(node)]
        names = [each for each in items if each] or [node.label]
        made = [Draft(self._report.clean(name, node.line), node.line, section) for name in names]
        if not section.strip() or not all(each.name.strip() for each in made):
            self._tell(node, "it has no label to name a skill")
            return
        tag = self._report.clean(text_of(map_of(node.values.get("legend")).get("label")), node.line)
        for draft in made:
            draft.tags = (tag,) if tag else ()
        for link in (node, *links):
            for each in _read_links(link, own=link is node, report=self._report):
                add_link(made[0], each, link.line, self._report)
        self._outline.drafts += made

    def _tell_others(self) -> None:
        """Report what is drawn and is no skill; lines, boxes and single signs mean nothing."""
        understood = SILENT | LEAVES | LINKS | {TOPIC}
        for node in self._nodes:
            if node.type in TEXTS:
                if _WORD.search(node.label):
                    what = f'the {node.type} "{show(node.label)}" was left out'
                    self._report.note(node.line, "node-not-imported", what)
            elif node.type not in understood:
                self._tell(node, f'what a node of type "{show(node.type)}" means is not known')

    def _tell(self, node: Node, why: str) -> None:
        what = f'the node "{show(node.label or node.id)}" was left out'
        self._report.tell(node.line, "node-not-understood", what, why=why)


def _find_title(graph: Graph, report: Report) -> str:
    drawn = next((each.label for each in graph.nodes if each.type == "title" and each.label), "")
    return drawn or report.clean(_text_or_page(graph.head.get("title")), 1)


def _text_or_page(value: object) -> str:
    """Return a text that may be given for the page and for the card that leads to it."""
    words = map_of(value)
    return text_of(value) or text_of(words.get("page")) or text_of(words.get("card"))


def _find_neighbours(graph: Graph) -> dict[str, list[Node]]:
    by_id = {node.id: node for node in graph.nodes if node.id}
    neighbours: dict[str, list[Node]] = {}
    for source, target in graph.edges:
        for one, other in ((source, target), (target, source)):
            if other in by_id:
                neighbours.setdefault(one, []).append(by_id[other])
    return neighbours


def _find_nearest(node: Node, anchors: Sequence[Node]) -> Node | None:
    """Return the anchor nearest to a node that stands below it; of equals the last one."""
    recent = reversed(anchors[-_MOST_ANCHORS:])
    return min(recent, key=lambda each: _distance(each, node), default=None)


def _distance(above: Node, below: Node) -> float:
    """Measure the gap between two nodes; sideways counts double, because lists go downwards."""
    aside = max(0.0, above.x - (below.x + below.width), below.x - (above.x + above.width))
    return 2 * aside + max(0.0, below.y - (above.y + above.height))


def _is_in(node: Node, box: Node) -> bool:
    """Tell whether the middle of a node lies in a box."""
    x, y = node.x + node.width / 2, node.y + node.height / 2
    return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height


def _items(node: Node) -> Sequence[object]:
    return list_of(node.values.get("checklists")) or list_of(node.values.get("items"))


def _read_links(node: Node, *, own: bool, report: Report) -> Iterator[FoundLink]:
    """Yield the links that a node holds: its own, and those of a group."""
    for value in ({**node.values}, *map(map_of, list_of(node.values.get("links")))):
        url = text_of(value.get("href")) or text_of(value.get("url"))
        title = text_of(value.get("label")) or text_of(value.get("title"))
        if url or (not own and node.type != "linksgroup"):
            badge = report.clean(text_of(value.get("badge")).lower(), node.line)
            yield FoundLink(report.clean(title, node.line), url, badge or None)
