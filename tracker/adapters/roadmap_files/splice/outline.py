"""The sections and skills of a composed roadmap, and the lines that belong to each of them.

Reads only. A comment directly above an entry belongs to it, one below that is indented deeper than
its dash does too; blank lines belong to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tracker.adapters.roadmap_files.splice.kinds import is_flow, is_null
from tracker.adapters.roadmap_files.splice.nodes import Entry, Pair, Slot, Tree
from tracker.adapters.roadmap_files.splice.text import Source, indent_of, is_blank, is_comment


@dataclass(frozen=True, slots=True)
class EntryList:
    """A list and the pair that holds it; `pair` is None when its key is absent."""

    tree: Tree
    parent: Slot
    pair: Pair | None

    @property
    def node(self) -> SequenceNode | None:
        """The list, None when it is absent or null."""
        if self.pair is None or is_null(self.pair.value.node):
            return None
        node = self.pair.value.node
        if self.pair.value.alias or not isinstance(node, SequenceNode):
            raise self.tree.refuse(
                f"the {self.pair.name} cannot be changed here",
                "they are an alias of another list" if self.pair.value.alias else "no list",
                self.pair.value.start,
            )
        return node

    @property
    def nodes(self) -> Sequence[Node]:
        """The nodes of all entries, located or not."""
        return self.node.value if self.node is not None else ()

    @property
    def entries(self) -> list[Entry]:
        """The located entries."""
        return self.tree.entries(self.node) if self.node is not None else []

    @property
    def is_flow(self) -> bool:
        """Whether the entries, or those to come, are written in flow style."""
        if self.node is not None and self.node.value:
            return is_flow(self.node)
        return is_flow(self.parent.node)

    def first_line(self, index: int) -> int:
        """Return where the lines of an entry of a block list begin, comments above included."""
        source, entries = self.tree.source, self.entries
        line = source.line_of(entries[index].mark)
        column = source.column(entries[index].mark)
        if index:
            bound = source.line_of(self.last_line(index - 1)) + 1
        else:
            bound = source.line_of(self.pair.key.end) + 1 if self.pair else line
        while line > bound and is_comment(text := source.line(line - 1)):
            if index and indent_of(text) > column:
                break
            line -= 1
        return source.starts[line]

    def last_line(self, index: int) -> int:
        """Return a position on the last line of an entry of a block list."""
        source, entries = self.tree.source, self.entries
        line = source.line_of(entries[index].slot.end)
        column = source.column(entries[index].mark)
        while line + 1 < len(source.starts):
            text = source.line(line + 1)
            if not is_comment(text) or indent_of(text) <= column:
                break
            line += 1
        return source.starts[line]

    def span(self, index: int) -> tuple[int, int]:
        """Return the whole lines of an entry of a block list."""
        return self.first_line(index), self.tree.source.next_line(self.last_line(index))

    @property
    def has_blanks(self) -> bool | None:
        """Whether blank lines stand between the last two entries; None when there are no two."""
        if self.node is None or self.is_flow or len(self.entries) < 2:  # noqa: PLR2004
            return None
        source = self.tree.source
        count = len(self.entries)
        start = source.next_line(self.last_line(count - 2))
        between = source.lines(start, self.entries[count - 1].mark)
        return any(is_blank(source.line(source.line_of(first))) for first, _ in between)


@dataclass(frozen=True, slots=True)
class SectionSite:
    """A section where it stands: its mapping, the pair of its title, its skills."""

    slot: Slot
    title: Pair | None
    skills: EntryList

    @property
    def name(self) -> str:
        """The title as written, empty when there is none."""
        node = self.title.value.node if self.title else None
        return node.value if isinstance(node, ScalarNode) else ""


class Outline:
    """All sections of a roadmap, in file order."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        if not isinstance(tree.root.node, MappingNode):
            raise tree.refuse("the file cannot be changed", "it is not a mapping")
        self.sections = EntryList(tree, tree.root, self._pair(tree.root, "sections"))
        self.sites = [self._site(entry.slot) for entry in self.sections.entries]

    def _site(self, slot: Slot) -> SectionSite:
        if not isinstance(slot.node, MappingNode):
            raise self.tree.refuse("the file cannot be changed", "a section is not a mapping")
        return SectionSite(
            slot,
            self._pair(slot, "title"),
            EntryList(self.tree, slot, self._pair(slot, "skills")),
        )

    def _pair(self, slot: Slot, name: str) -> Pair | None:
        found = [pair for pair in self.tree.pairs(slot.node) if pair.name == name]
        if len(found) > 1:
            raise self.tree.refuse(
                "the file cannot be changed", f"the key '{name}' is there twice", found[1].key.start
            )
        return found[0] if found else None

    def skill_nodes(self) -> Iterator[Node]:
        """Yield the nodes of all skills that can be read."""
        for site in self.sites:
            value = site.skills.pair.value.node if site.skills.pair else None
            if isinstance(value, SequenceNode):
                yield from value.value

    def has_blanks(self, skills: EntryList) -> bool:
        """Tell whether blank lines stand between the skills of a list, or else of the others."""
        lists = [skills, *(site.skills for site in self.sites)]
        return next((each for each in map(_blanks, lists) if each is not None), False)


def _blanks(skills: EntryList) -> bool | None:
    return None if skills.pair and skills.pair.value.alias else skills.has_blanks


def blank_lines(source: Source, start: int, *, down: bool) -> tuple[int, int]:
    """Return the span of the blank lines that begin at a line, or that end before it."""
    line = first = source.line_of(start)
    if down:
        while line < len(source.starts) and source.starts[line] < len(source.text):
            if not is_blank(source.line(line)):
                break
            line += 1
        end = source.starts[line] if line < len(source.starts) else len(source.text)
        return start, end
    while first > 0 and is_blank(source.line(first - 1)):
        first -= 1
    return source.starts[first], start
