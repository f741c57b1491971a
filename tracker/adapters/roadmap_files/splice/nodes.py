"""Nodes with the spans that its nodes really have in the text.

PyYAML's marks are almost that: an aliased node points to its anchor, a block collection ends where
the next token begins, an empty value stands at different places in block and flow style. Reads
only; must not know what a skill is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yaml.nodes import CollectionNode, Node, ScalarNode, SequenceNode

from tracker.adapters.roadmap_files.splice.kinds import MERGE, STR, is_flow
from tracker.adapters.roadmap_files.splice.refusal import SpliceError, make_refusal
from tracker.adapters.roadmap_files.splice.text import BREAK, Source, indent_of, is_blank

_GAP = re.compile("(?:[ \t\r\n\x85\u2028\u2029\ufeff]+|#[^\r\n\x85\u2028\u2029]*)*")
_PROPERTY = re.compile(r"[&!][^\s,\[\]{}]*")
_ALIAS = re.compile(r"\*[^\s,\[\]{}]+")
_BEFORE_ALIAS = " \t\r\n\x85\u2028\u2029,[{:?-"
_HEADER = re.compile(r"[|>][-+0-9]*")


@dataclass(frozen=True, slots=True)
class Slot:
    """A node where it is used: `alias` says that the text there is only a reference to it."""

    node: Node
    start: int
    end: int
    alias: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no text stands for the node."""
        return self.start == self.end


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and its value; `name` is None for a key that is not plain text.

    `start` is where the pair begins: at its key, or at the `?` before it.
    """

    start: int
    key: Slot
    value: Slot
    name: str | None

    @property
    def end(self) -> int:
        """Where the pair ends."""
        return max(self.key.end, self.value.end)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list; `mark` is the place of its dash, in flow style that of its first character."""

    slot: Slot
    mark: int


class Tree:
    """A composed text, and where its nodes stand in it."""

    __slots__ = ("_entries", "_pairs", "has_aliases", "root", "source")

    def __init__(self, source: Source, root: Node) -> None:
        self.source = source
        self.has_aliases = _has_aliases(source.text)
        self.root = Slot(root, root.start_mark.index, root.end_mark.index)
        self._pairs: dict[int, list[Pair]] = {}
        self._entries: dict[int, list[Entry]] = {}

    def refuse(self, what: str, why: str, at: int = 0) -> SpliceError:
        """Build a refusal that names the line of a position."""
        return make_refusal(what, why, self.source, at)

    def skip(self, position: int) -> int:
        """Return the place of the next token: behind blanks, breaks and comments."""
        found = _GAP.match(self.source.text, position)
        return found.end() if found else position

    def body(self, slot: Slot) -> int:
        """Return where a node begins behind its anchor and tag."""
        position = slot.start
        while found := _PROPERTY.match(self.source.text, position):
            position = self.skip(found.end())
            if position > slot.end:
                return slot.end
        return position

    def properties_end(self, slot: Slot) -> int:
        """Return where the anchor and the tag of a node end; its start when it has none."""
        position = end = slot.start
        while position < slot.end and (found := _PROPERTY.match(self.source.text, position)):
            end = found.end()
            position = self.skip(end)
        return end

    def has_properties(self, slot: Slot) -> bool:
        """Tell whether a node carries an anchor or a tag."""
        return slot.start < slot.end and self.source.text[slot.start] in "&!"

    def is_tagged(self, slot: Slot) -> bool:
        """Tell whether a node carries a tag."""
        position = slot.start
        while found := _PROPERTY.match(self.source.text, position):
            if found.group().startswith("!"):
                return True
            position = self.skip(found.end())
        return False

    def pairs(self, node: Node) -> list[Pair]:
        """Return the pairs of a mapping with their spans."""
        known = self._pairs.get(id(node))
        if known is None:
            known = self._pairs[id(node)] = list(self._locate_pairs(node))
        return known

    def entries(self, node: Node) -> list[Entry]:
        """Return the entries of a list with their spans."""
        known = self._entries.get(id(node))
        if known is None:
            known = self._entries[id(node)] = list(self._locate_entries(node))
        return known

    def _locate_pairs(self, node: Node) -> Iterator[Pair]:
        position = node.start_mark.index
        for key_node, value_node in node.value:
            key = self._locate_key(key_node, position)
            value = self._locate_value(value_node, key)
            is_text = isinstance(key_node, ScalarNode) and key_node.tag in (STR, MERGE)
            yield Pair(self._pair_start(key), key, value, key_node.value if is_text else None)
            position = max(key.end, value.end)

    def _pair_start(self, key: Slot) -> int:
        before = self.source.text[self.source.line_start(key.start) : key.start].rstrip(" ")
        is_explicit = before.endswith("?") and before[:-1].strip(" ")[-1:] in {"", "-", "{", ","}
        return self.source.line_start(key.start) + len(before) - 1 if is_explicit else key.start

    def _locate_key(self, node: Node, position: int) -> Slot:
        if node.start_mark.index >= position:
            return Slot(node, node.start_mark.index, self._end(node))
        place = self.skip(position)
        while self.source.text[place : place + 1] in {",", "?", "{"}:
            place = self.skip(place + 1)
        return self._alias(node, place)

    def _locate_value(self, node: Node, key: Slot) -> Slot:
        colon = self.skip(key.end)
        if self.source.text[colon : colon + 1] != ":":
            return Slot(node, key.end, key.end)
        if node.start_mark.index < key.end:
            return self._alias(node, self.skip(colon + 1))
        if node.start_mark.index == node.end_mark.index:
            return Slot(node, colon + 1, colon + 1)
        return Slot(node, node.start_mark.index, self._end(node))

    def _locate_entries(self, node: Node) -> Iterator[Entry]:
        start = Slot(node, node.start_mark.index, node.end_mark.index)
        position = self.body(start)
        for child in node.value:
            place = self.skip(position)
            mark = place
            if not is_flow(node) or self.source.text[place : place + 1] in {",", "["}:
                place = self.skip(place + 1)
            if child.start_mark.index < position:
                slot = self._alias(child, place)
            elif child.start_mark.index == child.end_mark.index:
                slot = Slot(child, mark + 1, mark + 1)
            else:
                slot = Slot(child, child.start_mark.index, self._end(child))
            yield Entry(slot, slot.start if is_flow(node) else mark)
            position = slot.end

    def _alias(self, node: Node, place: int) -> Slot:
        found = _ALIAS.match(self.source.text, place)
        if found is None:
            raise self.refuse(
                "this part of the file cannot be edited", "it cannot be located", place
            )
        return Slot(node, place, found.end(), alias=True)

    def _end(self, node: Node) -> int:
        if isinstance(node, ScalarNode):
            return self._block_scalar_end(node) if node.style in ("|", ">") else _mark_end(node)
        if is_flow(node) or not node.value:
            return _mark_end(node)
        if isinstance(node, SequenceNode):
            return self._list_end(node)
        if self.has_aliases:
            return self.pairs(node)[-1].end
        key_node, value_node = node.value[-1]
        key = self._locate_key(key_node, 0)
        return max(key.end, self._locate_value(value_node, key).end)

    def _list_end(self, node: SequenceNode) -> int:
        last = node.value[-1]
        if self.has_aliases or last.start_mark.index == last.end_mark.index:
            return self.entries(node)[-1].slot.end
        return self._end(last)

    def _block_scalar_end(self, node: ScalarNode) -> int:
        """Return where the last line of a block scalar ends, before its break.

        Blank lines behind it belong to it only when it keeps them (`+`), or when they hold more
        blanks than its indentation.
        """
        source = self.source
        start, end = node.start_mark.index, min(node.end_mark.index, len(source.text))
        header = self.header(Slot(node, start, end))
        if "+" in header.group():
            return source.line_end(end - 1)
        first = source.line_of(header.end())
        if node.style == "|":
            lines = len(BREAK.split(node.value.rstrip("\n"))) if node.value.rstrip("\n") else 0
            return source.line_end(source.starts[first + lines])
        last = source.line_of(max(end - 1, header.end()))
        folded = [source.line(number) for number in range(first + 1, last + 1)]
        indent = next((indent_of(line) for line in folded if not is_blank(line)), 0)
        while folded and is_blank(folded[-1]) and len(folded[-1]) <= indent:
            folded.pop()
        return source.line_end(source.starts[first + len(folded)])

    def keeps_breaks(self, node: Node) -> bool:
        """Tell whether a node ends in a block scalar that takes all blank lines behind it (`+`)."""
        while isinstance(node, CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            node = last[1] if isinstance(last, tuple) else last
        if not isinstance(node, ScalarNode) or node.style not in ("|", ">"):
            return False
        return "+" in self.header(Slot(node, node.start_mark.index, node.end_mark.index)).group()

    def header(self, slot: Slot) -> re.Match[str]:
        """Return the match of a block scalar's header, such as `|2-`."""
        found = _HEADER.match(self.source.text, self.body(slot))
        if found is None:
            raise self.refuse("this text cannot be edited", "its style is not known", slot.start)
        return found


def _has_aliases(text: str) -> bool:
    """Tell whether there may be aliases in a text; what looks like one in a text value counts."""
    position = text.find("*")
    while position >= 0:
        if text[position - 1] in _BEFORE_ALIAS and _ALIAS.match(text, position):
            return True
        position = text.find("*", position + 1)
    return False


def _mark_end(node: Node) -> int:
    return int(node.end_mark.index)
