"""Composed YAML with the spans its nodes really have in the text, and the outline of a roadmap.

Its indexes are almost that: an aliased node points to its anchor, a block collection ends where the
next token begins, an empty value has different places in block and in flow style. Reads only, never
changes text.

Lines belong to list entries by these rules: a comment directly above an entry belongs to it, and so
does one below that is indented deeper than its dash. Blank lines belong to nobody; when an entry is
removed, the blank lines below it go too, at the end of the list those above.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tracker.adapters.roadmap_files import document
from tracker.adapters.roadmap_files.document import (
    LINE_BREAK,
    MERGE_TAG,
    NULL_TAG,
    STR_TAG,
    CollectionNode,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
)
from tracker.adapters.roadmap_files.parse import paused_collector
from tracker.adapters.roadmap_files.splice.text import (
    Source,
    Span,
    SpliceError,
    indent_of,
    is_blank,
    is_comment,
    make_refusal,
)

_GAP = re.compile("(?:[ \t\r\n\x85\u2028\u2029\ufeff]+|#[^\r\n\x85\u2028\u2029]*)*")
_PROPERTY = re.compile(r"[&!][^\s,\[\]{}]*")
_ALIAS = re.compile(r"\*[^\s,\[\]{}]+")
_HEADER = re.compile(r"[|>][-+0-9]*")


def compose(text: str) -> Node | None:
    """Compose one document; raises yaml.YAMLError for text that is not one."""
    with paused_collector():
        found = document.compose(text)
    return None if found is None else found.root


def loosen_last(node: Node) -> None:
    """Note that the last scalar of a document may get a last break, when it is a block scalar without."""
    while node.value and isinstance(node, CollectionNode) and not node.is_flow:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    if is_block_scalar(node) and not node.value.endswith("\n"):
        node.document.loose = node.number


def is_flow(node: Node) -> bool:
    """Tell whether a node is a list or mapping in flow style."""
    return isinstance(node, CollectionNode) and node.is_flow


def is_null(node: Node) -> bool:
    """Tell whether a node is a null value, written or empty."""
    return isinstance(node, ScalarNode) and node.tag == NULL_TAG


def is_block_scalar(node: Node) -> bool:
    """Tell whether a node is a text below a `|` or `>`."""
    return isinstance(node, ScalarNode) and node.style in ("|", ">")


@dataclass(frozen=True, slots=True)
class Slot:
    """A node where it is used: `alias` says that the text there is only a reference to it."""

    node: Node
    start: int
    end: int
    alias: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the node has no text at all, as the value of `key:`."""
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
class ListEntry:
    """An entry of a list; `mark` is the place of its dash, in flow style that of its first character."""

    slot: Slot
    mark: int


class Tree:
    """A composed text, and the places of its nodes in it."""

    def __init__(self, source: Source, root: Node) -> None:
        self.source = source
        self.has_aliases = bool(root.document.targets)
        self.root = Slot(root, root.start, root.end)
        self._pairs: dict[Node, list[Pair]] = {}
        self._entries: dict[Node, list[ListEntry]] = {}

    def refuse(self, what: str, why: str, at: int = 0) -> SpliceError:
        """Build a refusal that names the line of a position."""
        return make_refusal(what, why, self.source, at)

    def skip(self, position: int) -> int:
        """Return the place of the next token: behind spaces, breaks and comments."""
        found = _GAP.match(self.source.text, position)
        return found.end() if found else position

    def _properties(self, slot: Slot) -> Iterator[re.Match[str]]:
        """Yield the anchor and the tag in front of a node."""
        position = slot.start
        while position < slot.end and (found := _PROPERTY.match(self.source.text, position)):
            yield found
            position = self.skip(found.end())

    def body(self, slot: Slot) -> int:
        """Return where a node begins behind its anchor and tag."""
        if not self.has_properties(slot):
            return slot.start
        return min(self.skip(self.properties_end(slot)), slot.end)

    def properties_end(self, slot: Slot) -> int:
        """Return where the anchor and the tag of a node end; its start when it has none."""
        return max((found.end() for found in self._properties(slot)), default=slot.start)

    def has_properties(self, slot: Slot) -> bool:
        """Tell whether a node carries an anchor or a tag."""
        return slot.start < slot.end and self.source.text[slot.start] in "&!"

    def is_tagged(self, slot: Slot) -> bool:
        """Tell whether a node carries a tag."""
        return any(found.group().startswith("!") for found in self._properties(slot))

    def pairs(self, node: Node) -> list[Pair]:
        """Return the pairs of a mapping with their spans."""
        known = self._pairs.get(node)
        if known is None:
            known = self._pairs[node] = list(self._locate_pairs(node))
        return known

    def entries(self, node: Node) -> list[ListEntry]:
        """Return the entries of a list with their spans."""
        known = self._entries.get(node)
        if known is None:
            known = self._entries[node] = list(self._locate_entries(node))
        return known

    def _locate_pairs(self, node: Node) -> Iterator[Pair]:
        position = node.start
        for key_node, value_node in node.value:
            key = self._locate_key(key_node, position)
            value = self._locate_value(value_node, key)
            is_text = isinstance(key_node, ScalarNode) and key_node.tag in (STR_TAG, MERGE_TAG)
            yield Pair(self._pair_start(key), key, value, key_node.value if is_text else None)
            position = max(key.end, value.end)

    def _pair_start(self, key: Slot) -> int:
        """Return where the `?` of an explicit key is, or else where the key begins."""
        before = self.source.text[self.source.line_start(key.start) : key.start].rstrip(" ")
        is_explicit = before.endswith("?") and before[:-1].strip(" ")[-1:] in {"", "-", "{", ","}
        return self.source.line_start(key.start) + len(before) - 1 if is_explicit else key.start

    def _locate_key(self, node: Node, position: int) -> Slot:
        if node.start >= position:
            return Slot(node, node.start, self._end(node))
        # A node that begins before its place is an alias: its mark is that of the anchor.
        place = self.skip(position)
        while self.source.text[place : place + 1] in {",", "?", "{"}:
            place = self.skip(place + 1)
        return self._alias(node, place)

    def _locate_value(self, node: Node, key: Slot) -> Slot:
        colon = self.skip(key.end)
        # `{a, b: 1}` and `? a`: a key without a value, so there is no colon.
        if self.source.text[colon : colon + 1] != ":":
            return Slot(node, key.end, key.end)
        if node.start < key.end:
            return self._alias(node, self.skip(colon + 1))
        # PyYAML puts an empty value at the next token; here it is directly behind its colon.
        if node.start == node.end:
            return Slot(node, colon + 1, colon + 1)
        return Slot(node, node.start, self._end(node))

    def _locate_entries(self, node: Node) -> Iterator[ListEntry]:
        position = self.body(Slot(node, node.start, node.end))
        for child in node.value:
            place = self.skip(position)
            mark = place
            # Skip the dash, or in flow style the bracket or comma; a flow entry has no other mark.
            if not is_flow(node) or self.source.text[place : place + 1] in {",", "["}:
                place = self.skip(place + 1)
            if child.start < position:
                slot = self._alias(child, place)
            elif child.start == child.end:
                slot = Slot(child, mark + 1, mark + 1)
            else:
                slot = Slot(child, child.start, self._end(child))
            yield ListEntry(slot, slot.start if is_flow(node) else mark)
            position = slot.end

    def _alias(self, node: Node, place: int) -> Slot:
        found = _ALIAS.match(self.source.text, place)
        if found is None:
            raise self.refuse(
                "this part of the file cannot be edited", "it cannot be located", place
            )
        return Slot(node, place, found.end(), alias=True)

    def _end(self, node: Node) -> int:
        """Return where a node that is no alias ends: in block style, where its last value does."""
        if isinstance(node, ScalarNode):
            is_block = node.style in ("|", ">")
            return self._block_scalar_end(node) if is_block else node.end
        if is_flow(node) or not node.value:
            return node.end
        last = node.value[-1]
        # Only with aliases must all children be located: the place of one depends on that before.
        # Without, the last one is enough, which spares a large file most of the work.
        if isinstance(last, tuple):
            if self.has_aliases:
                return self.pairs(node)[-1].end
            key = self._locate_key(last[0], 0)
            return max(key.end, self._locate_value(last[1], key).end)
        if self.has_aliases or last.start == last.end:
            return self.entries(node)[-1].slot.end
        return self._end(last)

    def _block_scalar_end(self, node: ScalarNode) -> int:
        """Return where the last line of a block scalar ends, before its break.

        Blank lines behind it belong to it only when it keeps them (`+`), or when they hold more
        spaces than its indentation.
        """
        source = self.source
        start, end = node.start, min(node.end, len(source.text))
        header = self.header(Slot(node, start, end))
        if "+" in header.group():
            return source.line_end(end - 1)
        first = source.line_of(header.end())
        # A literal has as many lines in the file as in its value.
        if node.style == "|":
            body = node.value.rstrip("\n")
            return source.line_end(
                source.starts[first + (len(LINE_BREAK.split(body)) if body else 0)]
            )
        # A folded text does not, so the blank lines at its end are told by their indentation.
        last = source.line_of(max(end - 1, header.end()))
        folded = [source.line(number) for number in range(first + 1, last + 1)]
        indent = next((indent_of(line) for line in folded if not is_blank(line)), 0)
        while folded and is_blank(folded[-1]) and len(folded[-1]) <= indent:
            folded.pop()
        return source.line_end(source.starts[first + len(folded)])

    def keeps_breaks(self, node: Node) -> bool:
        """Tell whether a node ends in a block scalar that takes all blank lines behind it (`+`)."""
        while isinstance(node, CollectionNode) and not node.is_flow and node.value:
            last = node.value[-1]
            node = last[1] if isinstance(last, tuple) else last
        if not is_block_scalar(node):
            return False
        return "+" in self.header(Slot(node, node.start, node.end)).group()

    def header(self, slot: Slot) -> re.Match[str]:
        """Return the match of a block scalar's header, such as `|2-`."""
        found = _HEADER.match(self.source.text, self.body(slot))
        if found is None:
            raise self.refuse("this text cannot be edited", "its style is not known", slot.start)
        return found


class EntryList:
    """A list of sections or skills, and the pair that holds it; None when its key is absent."""

    def __init__(self, tree: Tree, parent: Slot, pair: Pair | None) -> None:
        self.tree = tree
        self.parent = parent
        self.pair = pair

    @property
    def is_alias(self) -> bool:
        """Whether the whole list is an alias of another one."""
        return self.pair is not None and self.pair.value.alias

    @cached_property
    def node(self) -> SequenceNode | None:
        """The list, None when it is absent or null; refuses what cannot be edited as a list."""
        if self.pair is None or is_null(self.pair.value.node):
            return None
        node = self.pair.value.node
        if self.is_alias or not isinstance(node, SequenceNode):
            raise self.tree.refuse(
                f"the {self.pair.name} cannot be changed here",
                "they are an alias of another list" if self.is_alias else "no list",
                self.pair.value.start,
            )
        return node

    @property
    def nodes(self) -> Sequence[Node]:
        """The nodes of all entries, located or not."""
        return self.node.value if self.node is not None else ()

    @cached_property
    def entries(self) -> list[ListEntry]:
        """The located entries."""
        return self.tree.entries(self.node) if self.node is not None else []

    @cached_property
    def is_flow(self) -> bool:
        """Whether the entries, or those to come, are written in flow style."""
        if self.node is not None and self.node.value:
            return is_flow(self.node)
        return is_flow(self.parent.node)

    def first_line(self, index: int) -> int:
        """Return where the lines of an entry of a block list begin, comments above included."""
        source = self.tree.source
        mark = self.entries[index].mark
        line = source.line_of(mark)
        if index:
            bound = source.line_of(self.last_line(index - 1)) + 1
        else:
            bound = source.line_of(self.pair.key.end) + 1 if self.pair else line
        while line > bound and is_comment(text := source.line(line - 1)):
            # A comment that is indented deeper than the dash belongs to the entry above.
            if index and indent_of(text) > source.column(mark):
                break
            line -= 1
        return source.starts[line]

    def last_line(self, index: int) -> int:
        """Return a position on the last line of an entry of a block list."""
        source, entry = self.tree.source, self.entries[index]
        line = source.line_of(entry.slot.end)
        while line + 1 < len(source.starts):
            text = source.line(line + 1)
            if not is_comment(text) or indent_of(text) <= source.column(entry.mark):
                break
            line += 1
        return source.starts[line]

    def span(self, index: int) -> Span:
        """Return the whole lines of an entry of a block list."""
        return self.first_line(index), self.tree.source.next_line(self.last_line(index))

    @property
    def has_blank_lines(self) -> bool | None:
        """Whether there are blank lines between the last two entries; None for fewer than two."""
        if self.node is None or self.is_flow or len(self.entries) < 2:  # noqa: PLR2004
            return None
        source = self.tree.source
        start = source.next_line(self.last_line(len(self.entries) - 2))
        between = source.lines(start, self.entries[-1].mark)
        return any(is_blank(source.line(source.line_of(first))) for first, _ in between)

    def dropped_spans(self, gone: Collection[int]) -> dict[int, Span]:
        """Return the whole lines that go with each entry in `gone`; together they leave no gap."""
        source = self.tree.source
        spans: dict[int, Span] = {}
        first = 0  # of the entries that go together
        for index in sorted(gone):
            mark = self.entries[index].mark
            if not source.is_first_on_line(mark):
                raise self.tree.refuse(
                    "a skill cannot be taken out", "its list is written in an unusual way", mark
                )
            start, end = self.span(index)
            if index - 1 not in spans:
                first = index
            # The blank lines below go too where a text above would keep them as its own (`+`).
            is_swallowed = first > 0 and self.tree.keeps_breaks(self.nodes[first - 1])
            if index + 1 < len(self.entries) or is_swallowed:
                end = blank_lines(source, end, down=True)[1]
            spans[index] = (start, end)
        if len(self.entries) - 1 in gone:
            # The end of the list goes: so do the blank lines above, up to what is no entry's.
            if first:
                above = source.next_line(self.last_line(first - 1))
            else:
                above = source.next_line(self.pair.key.end) if self.pair else self.first_line(0)
            start = blank_lines(source, self.first_line(first), down=False)[0]
            spans[first] = (max(start, above), spans[first][1])
        return spans


@dataclass(frozen=True, slots=True)
class SectionOutline:
    """A section of the file: its mapping, the pair of its title, its skills."""

    slot: Slot
    title: Pair | None
    skills: EntryList

    @property
    def name(self) -> str:
        """The title as written, empty when there is none."""
        node = self.title.value.node if self.title else None
        return node.value if isinstance(node, ScalarNode) else ""


class RoadmapOutline:
    """All sections of a roadmap, in file order."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        if not isinstance(tree.root.node, MappingNode):
            raise tree.refuse("the file cannot be changed", "it is not a mapping")
        self.root = tree.root.node
        self.section_list = EntryList(tree, tree.root, self._pair(tree.root, "sections"))
        self.sections = [self._outline(entry.slot) for entry in self.section_list.entries]

    def _outline(self, slot: Slot) -> SectionOutline:
        if not isinstance(slot.node, MappingNode):
            raise self.tree.refuse("the file cannot be changed", "a section is not a mapping")
        skills = EntryList(self.tree, slot, self._pair(slot, "skills"))
        return SectionOutline(slot, self._pair(slot, "title"), skills)

    def _pair(self, slot: Slot, name: str) -> Pair | None:
        found = [pair for pair in self.tree.pairs(slot.node) if pair.name == name]
        if len(found) > 1:
            raise self.tree.refuse(
                "the file cannot be changed", f"the key '{name}' is there twice", found[1].key.start
            )
        return found[0] if found else None

    def skill_nodes(self) -> Iterator[Node]:
        """Yield the nodes of all skills that can be read."""
        for section in self.sections:
            value = section.skills.pair.value.node if section.skills.pair else None
            if isinstance(value, SequenceNode):
                yield from value.value

    def has_blank_lines(self, skills: EntryList) -> bool:
        """Tell whether there are blank lines between the skills of a list, or else of the others."""
        lists = [skills, *(section.skills for section in self.sections)]
        seen = (known.has_blank_lines for known in lists if not known.is_alias)
        return next(
            (has_blank_lines for has_blank_lines in seen if has_blank_lines is not None), False
        )


def blank_lines(source: Source, start: int, *, down: bool) -> Span:
    """Return the span of the blank lines that begin at a line, or that end before it."""
    line = source.line_of(start)
    if down:
        while source.start_of(line) < len(source.text) and is_blank(source.line(line)):
            line += 1
        return start, source.start_of(line)
    while line > 0 and is_blank(source.line(line - 1)):
        line -= 1
    return source.starts[line], start
