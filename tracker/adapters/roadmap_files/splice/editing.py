"""What every part of the editor is handed: the composed text, the author's style, what was spent.

Holds the deletion of lines, because that is where comments would get lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from yaml.nodes import MappingNode, Node, ScalarNode

from tracker.adapters.roadmap_files.splice.nodes import Pair, Tree
from tracker.adapters.roadmap_files.splice.style import Style
from tracker.adapters.roadmap_files.splice.text import Piece, is_blank, is_comment


@dataclass(frozen=True, slots=True)
class Site:
    """Where a value stands: its pair, the column of the keys around it, and the style around it."""

    pair: Pair
    column: int
    flow: bool


@dataclass(slots=True)
class Editing:
    """One batch at work.

    `spent` holds the spans of replaced text that only looks like comments, `moving` the ids of the
    value nodes that change: an alias of one is replaced even by an equal value.
    """

    tree: Tree
    style: Style
    spent: list[tuple[int, int]] = field(default_factory=list)
    moving: frozenset[int] = frozenset()

    def spend(self, node: Node) -> None:
        """Note that the scalars of a node may vanish."""
        self.spent += scalar_spans(self.tree, node)

    def drop_lines(self, start: int, end: int, node: Node, column: int) -> list[Piece]:
        """Delete the lines of a value; comments that have a line of their own stay.

        They are moved to the column of the keys, so that no block scalar above swallows them.
        """
        source = self.tree.source
        texts = scalar_spans(self.tree, node)
        self.spent += texts
        pieces = []
        for first, behind in source.lines(source.line_start(start), source.next_line(end)):
            line = source.text[first:behind]
            is_text = any(begin < first < until for begin, until in texts)
            if is_comment(line) and not is_text:
                lead = len(line) - len(line.lstrip(" \t"))
                if lead > column:
                    pieces.append(Piece(first, first + lead, " " * column))
            elif not (is_blank(line) and start < first and behind > end):
                pieces.append(Piece(first, behind, ""))
        return pieces


def scalar_spans(tree: Tree, node: Node, *, is_every: bool = False) -> list[tuple[int, int]]:
    """Return the spans of the scalars in a node: those over several lines, or every one."""
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, ScalarNode):
        is_long = is_every or node.start_mark.line != node.end_mark.line
        return [(start, min(end, len(tree.source.text)))] if is_long else []
    children = node.value
    if isinstance(node, MappingNode):
        children = [child for pair in node.value for child in pair]
    inside = [child for child in children if child.start_mark.index >= start]
    return [span for child in inside for span in scalar_spans(tree, child, is_every=is_every)]
