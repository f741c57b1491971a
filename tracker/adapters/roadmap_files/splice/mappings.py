"""Set, add and remove the keys of a mapping and the entries of a list, in block and in flow style.

Knows nothing of skills: the order of keys and the way to set a value are handed in. In a list,
strings match by value, resources by `url` and tracks by `id`; entries that stay keep their text, new ones go to the
end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from tracker.adapters.roadmap_files.document import (
    MERGE_TAG,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
)
from tracker.adapters.roadmap_files.splice.nodes import (
    ListEntry,
    Pair,
    Slot,
    Tree,
    blank_lines,
    is_flow,
    is_null,
)
from tracker.adapters.roadmap_files.splice.render import (
    Value,
    construct_scalar,
    render_flow_item,
    render_flow_pairs,
    render_item,
    render_pairs,
    render_value,
    sibling_style,
)
from tracker.adapters.roadmap_files.splice.text import (
    Patch,
    Span,
    comment_lines,
    indent_lines,
    indent_of,
    join_lines,
    merge_spans,
)
from tracker.adapters.roadmap_files.splice.values import (
    EditState,
    ValueSite,
    check_untagged,
    replace_value,
    scalar_spans,
    set_scalar,
)
from tracker.roadmap.edits import Item, Scalar

ITEM_ORDER = (
    "id", "title", "url", "type", "part", "minutes", "primary", "lang", "free", "targets",
)  # fmt: skip
"""The keys of a resource and of a track, in the order in which they are written."""

_TAIL = re.compile(r"[ \t]*(,?)[ \t]*(#[^\r\n\x85\u2028\u2029]*)?")

Setter = Callable[[ValueSite, Value], list[Patch] | None]
"""Returns the patches that set a value in place, None when its pair must be written anew."""

Changes = Mapping[str, Value | None]
"""The new values by key; None or () removes the key."""


@dataclass(slots=True)
class _MapEdit:
    """A mapping while it is edited: its pairs, those that go, and the values of the new keys."""

    state: EditState
    slot: Slot
    pairs: list[Pair]
    order: Sequence[str]
    gone: set[int] = field(default_factory=set)
    new: dict[str, Value] = field(default_factory=dict)

    @property
    def kept(self) -> list[int]:
        return [index for index in range(len(self.pairs)) if index not in self.gone]

    def rank(self, key: str | None) -> int:
        """Return the place of a key in the order; unknown ones come last."""
        return self.order.index(key) if key in self.order else len(self.order)

    def place(self, key: str) -> int:
        """Return the index of the pair behind which a new key goes, -1 for the front."""
        rank = self.rank(key)
        if rank == len(self.order):
            return self.kept[-1] if self.kept else -1
        ranks = [(self.rank(self.pairs[index].name), index) for index in self.kept]
        # A `<<` at the top stays there: nothing goes in front of it.
        if self.pairs and self.pairs[0].key.node.tag == MERGE_TAG:
            ranks.insert(0, (-1, 0))
        before = ((known, index) for known, index in ranks if known < rank)
        return max(before, default=(0, -1))[1]

    def places(self) -> dict[int, dict[str, Value]]:
        """Return the new pairs by the pair behind which they go, each group in order."""
        found: dict[int, dict[str, Value]] = {}
        for key in sorted(self.new, key=self.rank):
            found.setdefault(self.place(key), {})[key] = self.new[key]
        return found

    def change_flow(self) -> list[Patch]:
        """Return the patches of a mapping in braces."""
        tree, slot = self.state.tree, self.slot
        style = self.state.style
        new = {index: render_flow_pairs(some, style) for index, some in self.places().items()}
        if not self.gone and not new:
            return []
        spans = [(pair.start, pair.end) for pair in self.pairs]
        patches = change_flow_entries(tree, slot, spans, self.gone, new)
        body = tree.body(slot)
        if tree.source.text[body] == "{":
            return patches
        # A pair in a flow list may go without braces, `[a: 1]`; two pairs need them.
        return [Patch(body, body, "{"), *patches, Patch(slot.end, slot.end, "}")]

    def change_block(self) -> list[Patch]:
        """Return the patches of a mapping with a line for each key."""
        source = self.state.tree.source
        first = self.pairs[0].start
        column = source.column(first)
        # The first key usually follows the dash of a list, and has no line of its own to delete.
        is_inline = not source.is_first_on_line(first)
        patches: list[Patch] = []
        for index in sorted(self.gone):
            if not is_inline or index > min(self.kept, default=len(self.pairs)):
                patches += self._drop_pair(index)
        if is_inline and 0 in self.gone:
            patches += self._drop_front()
        for index, some in self.places().items():
            lines = indent_lines(render_pairs(some, self.state.style), column)
            text = join_lines(lines, source.nl)
            # Behind another pair: below it, and below comments that a block scalar would swallow.
            # A mapping in the settings swallows none.
            if index >= 0:
                place = source.next_line(self.pairs[index].end)
                if not any(isinstance(value, Mapping) for value in some.values()):
                    place = source.behind_comments(place, column)
            # In front, behind a dash: the key that was there moves to a line of its own.
            elif is_inline:
                place, text = first, text.lstrip(" ") + " " * column
            # In front, on a line of its own.
            else:
                place = source.line_start(first)
            patches.append(Patch(place, place, text))
        return patches

    def _drop_pair(self, index: int) -> list[Patch]:
        """Delete the lines of a pair, and blank ones below that a text above would make its own."""
        tree, pair = self.state.tree, self.pairs[index]
        start = pair.start
        if not tree.source.is_first_on_line(start):
            raise tree.refuse("a key cannot be removed", "it is written in an unusual way", start)
        column = tree.source.column(start)
        patches = self.state.drop_lines(start, pair.end, pair.value.node, column)
        above = max((known for known in self.kept if known < index), default=None)
        if above is not None and tree.keeps_breaks(self.pairs[above].value.node):
            below = tree.source.next_line(pair.end)
            patches.append(Patch(*blank_lines(tree.source, below, down=True), ""))
        return patches

    def _drop_front(self) -> list[Patch]:
        """Delete the first keys and pull the first one that stays up to the dash."""
        tree, start = self.state.tree, self.pairs[0].start
        source = tree.source
        if not self.kept:
            raise tree.refuse("the last key cannot be removed", "nothing would be left", start)
        gone = self.pairs[: min(self.kept)]
        end = self.pairs[min(self.kept)].start
        values = [pair.value.node for pair in gone if not pair.value.alias]
        texts = merge_spans(span for node in values for span in scalar_spans(tree, node))
        # Comments between the keys that go are kept: they move above the dash.
        comments = comment_lines(source.text, source.next_line(start), end, texts)
        line = source.line_start(start)
        above = indent_lines(comments, indent_of(source.text[line:start]))
        moved = [Patch(line, line, join_lines(above, source.nl))] if comments else []
        return [*moved, Patch(start, end, "")]


def edit_mapping(
    state: EditState, slot: Slot, changes: Changes, order: Sequence[str], set_value: Setter
) -> list[Patch]:
    """Return the patches that make all changes to a mapping; new keys are put in by `order`."""
    tree = state.tree
    pairs = tree.pairs(slot.node)
    edit = _MapEdit(state, slot, pairs, order)
    in_flow = is_flow(slot.node) or not pairs
    column = 0 if in_flow else tree.source.column(pairs[0].start)
    patches: list[Patch] = []
    for key, value in changes.items():
        index = find_pair(tree, slot, key)
        # Removed.
        if value is None or value == ():
            if index is not None:
                edit.gone.add(index)
                state.note_replaced(pairs[index].value.node)
        # Added.
        elif index is None:
            edit.new[key] = value
        # Changed in place, or else removed and added anew.
        else:
            in_place = set_value(ValueSite(state, pairs[index], column, in_flow), value)
            if in_place is None:
                edit.gone.add(index)
                edit.new[key] = value
            patches += in_place or []
    return patches + (edit.change_flow() if in_flow else edit.change_block())


def find_pair(tree: Tree, slot: Slot, key: str) -> int | None:
    """Return the index of a key's pair in a mapping; refuses a key that is there twice."""
    pairs = tree.pairs(slot.node)
    found = [index for index, pair in enumerate(pairs) if pair.name == key]
    if len(found) > 1:
        raise tree.refuse(
            f"the key '{key}' cannot be changed", "it is there twice", pairs[found[1]].key.start
        )
    return found[0] if found else None


def change_flow_entries(
    tree: Tree, slot: Slot, spans: Sequence[Span], gone: set[int], new: Mapping[int, Sequence[str]]
) -> list[Patch]:
    """Return the patches that drop the entries in `gone` of a flow collection and put in new texts.

    Serves `[a, b]` and `{a: 1}` alike: it knows spans and commas, not what they hold. `new` maps
    the index of an entry that stays to the texts behind it, -1 to those in front.
    """
    kept = [index for index in range(len(spans)) if index not in gone]
    flow = _FlowEntries(tree, spans, kept)
    if not kept:
        return flow.refill(slot, ", ".join(text for index in sorted(new) for text in new[index]))
    patches = flow.drop(gone)
    if len(spans) - 1 in gone and kept[-1] not in new and not flow.tail(len(spans) - 1).group(1):
        patches += flow.drop_last_comma(patches)
    for index, texts in sorted(new.items()):
        patches += flow.put_behind(index, texts) if index >= 0 else [flow.put_in_front(texts)]
    return patches


class _FlowEntries:
    """The entries of a flow collection, and the indexes of those that stay."""

    def __init__(self, tree: Tree, spans: Sequence[Span], kept: Sequence[int]) -> None:
        self.tree = tree
        self.source = tree.source
        self.spans = spans
        self.kept = kept
        # Tall: every entry, but perhaps the first, begins a line.
        rest = spans[1:] or spans
        self.is_tall = all(self.source.is_first_on_line(start) for start, _ in rest)

    def tail(self, index: int) -> re.Match[str]:
        """Match what follows an entry: group 1 is its comma, group 2 a comment on its line."""
        end = self.spans[index][1]
        found = _TAIL.match(self.source.text, end)
        if found is None:
            raise self.tree.refuse("this list cannot be edited", "its end cannot be found", end)
        return found

    def _comma_end(self, index: int) -> int:
        """Return where an entry ends with its comma; without one, spaces before a comment stay."""
        tail = self.tail(index)
        return tail.end(1) if tail.group(1) else self.spans[index][1]

    def _has_own_lines(self, index: int) -> bool:
        start, end = self.spans[index]
        is_last = self.tail(index).end() == self.source.line_end(end)
        return is_last and self.source.is_first_on_line(start)

    def _lines(self, index: int) -> Patch:
        """Delete the whole lines of an entry."""
        start, end = self.spans[index]
        return Patch(self.source.line_start(start), self.source.next_line(end), "")

    def _has_comment(self, start: int, end: int) -> bool:
        return "#" in self.source.text[start:end]

    def refill(self, slot: Slot, text: str) -> list[Patch]:
        """Replace all entries; comments between them stay."""
        start, end = self.tree.body(slot) + 1, slot.end - 1
        if not self.spans or not self._has_comment(start, end):
            return [Patch(start, end, text)]
        patches = []
        for index, (first, _) in enumerate(self.spans):
            lead = text if not index else ""
            if not lead and self._has_own_lines(index):
                patches.append(self._lines(index))
            else:
                patches.append(Patch(first, self._comma_end(index), lead))
        return patches

    def drop(self, gone: set[int]) -> list[Patch]:
        """Delete entries; the patch of one begins no earlier than that of the one before ends."""
        patches: list[Patch] = []
        for index in sorted(gone):
            patch = self._drop_entry(index)
            start = max(patch.start, patches[-1].end) if patches else patch.start
            patches.append(Patch(start, patch.end, patch.text))
        return patches

    def _drop_entry(self, index: int) -> Patch:
        spans = self.spans
        start, end = spans[index]
        before = max((kept for kept in self.kept if kept < index), default=-1)
        behind = min((kept for kept in self.kept if kept > index), default=len(spans))
        # The gap that goes with the entry: the one before it, at the front the one behind.
        gap = (end, spans[index + 1][0]) if before < 0 else (spans[index - 1][1], start)
        has_comment = self._has_comment(*gap)
        run = [index] if has_comment else range(before + 1, behind)
        # All that go together have lines of their own.
        if self.is_tall and all(map(self._has_own_lines, run)):
            return self._lines(index)
        # A comment in the gap stays: only the entry and its comma go.
        if has_comment:
            return Patch(start, self._comma_end(index), "")
        # At the front, up to the next entry.
        if before < 0:
            return Patch(start, gap[1], "")
        # A comment further up: the comma before it stays, so the one behind the entry goes.
        gaps = [(one[1], other[0]) for one, other in pairwise(spans[before : index + 1])]
        if any(self._has_comment(*between) for between in gaps):
            return Patch(gap[0], self._comma_end(index), "")
        # With the comma before it. `[a:, b]`: a space keeps the colon a colon.
        return Patch(gap[0], end, " " if self.source.text[gap[0] - 1] == ":" else "")

    def drop_last_comma(self, patches: Sequence[Patch]) -> list[Patch]:
        """Delete the comma behind what is the last entry now, where the last one had none."""
        comma = self.tail(self.kept[-1])
        if not comma.group(1) or any(p.start < comma.end(1) <= p.end for p in patches):
            return []
        return [Patch(self.spans[self.kept[-1]][1], comma.end(1), "")]

    def put_in_front(self, texts: Sequence[str]) -> Patch:
        """Insert texts in front of the first entry."""
        start = self.spans[0][0]
        is_first = self.is_tall and self.source.is_first_on_line(start)
        behind = self.source.nl + " " * self.source.column(start) if is_first else " "
        return Patch(start, start, "".join(f"{text},{behind}" for text in texts))

    def put_behind(self, index: int, texts: Sequence[str]) -> list[Patch]:
        """Insert texts behind an entry: on its line, or each on a line of its own."""
        source = self.source
        end = self.spans[index][1]
        # `{a:}` needs a space behind its colon before a comma may follow.
        lead = " " if source.text[end - 1] == ":" else ""
        last = self.spans[-1][0]
        if not self.is_tall or not source.is_first_on_line(last):
            return [Patch(end, end, lead + "".join(f", {text}" for text in texts))]
        line = source.nl + " " * source.column(last)
        tail = self.tail(index)
        # No comment on the line: directly behind the entry, in front of its comma.
        if not tail.group(2):
            return [Patch(end, end, lead + "".join(f",{line}{text}" for text in texts))]
        # The comment belongs to the entry, so the texts go behind it.
        behind = source.line_end(end)
        if tail.group(1):
            return [Patch(behind, behind, "".join(f"{line}{text}," for text in texts))]
        lines = ",".join(f"{line}{text}" for text in texts)
        return [Patch(end, end, ","), Patch(behind, behind, lines)]


def identity(item: Item) -> str:
    """Return what makes an entry of a list the same one: its text, a resource's url, a track's id."""
    if isinstance(item, str):
        return str(item)
    return str(item["url"] if "url" in item else item["id"])


def identity_of(node: Node) -> str | None:
    """Return the identity of an entry in the file, None when it has none."""
    if isinstance(node, ScalarNode):
        found = construct_scalar(node)
        return found if isinstance(found, str) else None
    if isinstance(node, MappingNode):
        # A resource may have an `id` that is nobody's key; only a track has no `url`.
        urls, ids = ([it for key, it in node.value if key.value == name] for name in ("url", "id"))
        named = urls or ids
        return identity_of(named[0]) if len(named) == 1 else None
    return None


def item_changes(
    node: MappingNode, item: Mapping[str, Scalar | tuple[str, ...] | None]
) -> dict[str, Value | None]:
    """Return what an item sets in its entry; a `type` that is not named is removed."""
    changes: dict[str, Value | None] = dict(item)
    if any(key.value == "type" for key, _ in node.value):
        changes.setdefault("type", None)
    return changes


def set_value(site: ValueSite, value: Value) -> list[Patch] | None:
    """Return the patches that give a pair a scalar or a list; None when it must be written anew."""
    if not isinstance(value, tuple):
        return set_scalar(site, value)
    slot, node = site.slot, site.slot.node
    if isinstance(node, SequenceNode):
        # Entry by entry.
        if node.value and not slot.alias:
            return _set_items(site, value)
        # An alias of an equal list, unless that list changes.
        if _is_unchanged(node, value) and not site.is_changing_alias:
            return []
    # A block mapping or a text: remove the pair and write it anew.
    if not (slot.alias or is_null(node) or is_flow(node)):
        return None
    # An alias, nothing or `[]`: the list takes its place.
    if not slot.alias:
        check_untagged(site)
    style = site.state.style
    style = replace(style, flow_strings=True, flow_resources=True) if site.flow else style
    return replace_value(site, *render_value(site.pair.name or "", value, style))


def _is_unchanged(node: SequenceNode, items: tuple[Item, ...]) -> bool:
    return all(isinstance(item, str) for item in items) and sorted(
        identity_of(entry) or "" for entry in node.value
    ) == sorted(map(identity, items))


def _set_items(site: ValueSite, items: tuple[Item, ...]) -> list[Patch]:
    state, source, node = site.state, site.source, site.slot.node
    check_untagged(site)
    expected = {identity(item): item for item in items}
    entries = site.tree.entries(node)
    present: set[str] = set()
    gone: set[int] = set()
    patches: list[Patch] = []
    for index, entry in enumerate(entries):
        known = identity_of(entry.slot.node)
        if known is None:
            raise site.tree.refuse(
                "a list cannot be changed", "one of its entries is not understood", entry.slot.start
            )
        present.add(known)
        if known in expected:
            patches += _edit_entry(state, entry, expected[known])
        else:
            gone.add(index)
    new = [item for item in items if identity(item) not in present]
    if not gone and not new:
        return patches
    key = site.pair.name or ""
    style = sibling_style(state.style, key, entries)
    if is_flow(node):
        texts = [render_flow_item(key, item, style) for item in new]
        for index in gone:
            state.note_replaced(entries[index].slot.node)
        spans = [(entry.slot.start, entry.slot.end) for entry in entries]
        last = max((index for index in range(len(spans)) if index not in gone), default=-1)
        behind = {last: texts} if texts else {}
        return patches + change_flow_entries(site.tree, site.slot, spans, gone, behind)
    for index in sorted(gone):
        slot, mark = entries[index].slot, entries[index].mark
        if not source.is_first_on_line(mark):
            raise site.tree.refuse(
                "an entry cannot be removed", "it is written in an unusual way", mark
            )
        patches += state.drop_lines(mark, slot.end, slot.node, site.column)
    if new:
        lines = [line for item in new for line in render_item(key, item, style)]
        place = source.next_line(entries[-1].slot.end)
        indented = indent_lines(lines, source.column(entries[-1].mark))
        patches.append(Patch(place, place, join_lines(indented, source.nl)))
    return patches


def _edit_entry(state: EditState, entry: ListEntry, item: Item) -> list[Patch]:
    node = entry.slot.node
    if isinstance(item, str) or not isinstance(node, MappingNode):
        return []
    changes = item_changes(node, item)
    if not entry.slot.alias:
        return edit_mapping(state, entry.slot, changes, ITEM_ORDER, set_value)
    current = {key.value: construct_scalar(value) for key, value in node.value}
    if all(current.get(key) == value for key, value in changes.items()):
        return []
    # An alias of another resource becomes a resource of its own, if that can say the same.
    if not {str(key) for key in current} <= {*item, "type"}:
        raise state.tree.refuse(
            "a resource cannot be changed", "it is an alias of another one", entry.slot.start
        )
    text = render_flow_item("resources", item, state.style)
    return [Patch(entry.slot.start, entry.slot.end, text)]
