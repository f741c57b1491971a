"""Set, add and remove the keys of a mapping and the entries of a list, in block and in flow style.

Knows nothing of skills: the order of keys and the way to set a value are handed in. In a list,
strings match by value and resources by `url`; entries that stay keep their text, new ones go to the
end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tracker.adapters.roadmap_files.splice.batch import identity
from tracker.adapters.roadmap_files.splice.nodes import (
    MERGE,
    ListEntry,
    Pair,
    Slot,
    Tree,
    blank_lines,
    is_flow,
    is_null,
)
from tracker.adapters.roadmap_files.splice.render import (
    Style,
    Value,
    construct_scalar,
    indent_lines,
    plain_pairs,
    quote_of,
    render_flow_item,
    render_flow_value,
    render_item,
    render_key,
    render_pair,
    render_value,
)
from tracker.adapters.roadmap_files.splice.text import (
    Patch,
    comment_lines,
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

Setter = Callable[[EditState, ValueSite, Value], list[Patch] | None]
"""Returns the patches that set a value in place, None when its pair must be written anew."""

Changes = Mapping[str, Value | None]
"""What keys of a mapping shall hold; None or () removes a key."""


@dataclass(slots=True)
class _MapEdit:
    """A mapping at edit: its pairs, those that go, and the values of the keys that come."""

    slot: Slot
    pairs: list[Pair]
    order: Sequence[str]
    gone: set[int] = field(default_factory=set)
    new: dict[str, Value] = field(default_factory=dict)

    @property
    def is_flow(self) -> bool:
        return is_flow(self.slot.node) or not self.pairs

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
        if self.pairs and self.pairs[0].key.node.tag == MERGE:
            ranks.insert(0, (-1, 0))
        return max(((each, index) for each, index in ranks if each < rank), default=(0, -1))[1]

    def places(self) -> dict[int, list[str]]:
        """Return the new keys by the pair behind which they go, each list in order."""
        found: dict[int, list[str]] = {}
        for key in sorted(self.new, key=self.rank):
            found.setdefault(self.place(key), []).append(key)
        return found


def edit_mapping(
    state: EditState, slot: Slot, changes: Changes, order: Sequence[str], set_value: Setter
) -> list[Patch]:
    """Return the patches that make all changes to a mapping; new keys are put in by `order`."""
    tree = state.tree
    edit = _MapEdit(slot, tree.pairs(slot.node), order)
    column = 0 if edit.is_flow else tree.source.column(edit.pairs[0].start)
    patches: list[Patch] = []
    for key, value in changes.items():
        index = find_pair(state, edit.pairs, key)
        if value is None or value == ():
            _remove(state, edit, index)
        elif index is None:
            edit.new[key] = value
        else:
            site = ValueSite(edit.pairs[index], column, edit.is_flow)
            in_place = set_value(state, site, value)
            if in_place is None:
                edit.gone.add(index)
                edit.new[key] = value
            patches += in_place or []
    change = _change_flow_map if edit.is_flow else _change_block_map
    return patches + change(state, edit)


def find_pair(state: EditState, pairs: Sequence[Pair], key: str) -> int | None:
    """Return the index of a key's pair; refuses a key that is there twice."""
    found = [index for index, pair in enumerate(pairs) if pair.name == key]
    if len(found) > 1:
        raise state.tree.refuse(
            f"the key '{key}' cannot be changed", "it is there twice", pairs[found[1]].key.start
        )
    return found[0] if found else None


def _remove(state: EditState, edit: _MapEdit, index: int | None) -> None:
    if index is not None:
        edit.gone.add(index)
        state.note_replaced(edit.pairs[index].value.node)


def _change_flow_map(state: EditState, edit: _MapEdit) -> list[Patch]:
    tree, slot = state.tree, edit.slot
    spans = [(pair.start, pair.end) for pair in edit.pairs]
    new = {
        index: [
            f"{render_key(key, state.style, flow=True)}: "
            + render_flow_value(key, edit.new[key], state.style)
            for key in keys
        ]
        for index, keys in edit.places().items()
    }
    if not edit.gone and not new:
        return []
    patches = change_entries(tree, slot, spans, edit.gone, new)
    body = tree.body(slot)
    if tree.source.text[body] == "{":
        return patches
    return [Patch(body, body, "{"), *patches, Patch(slot.end, slot.end, "}")]


def _change_block_map(state: EditState, edit: _MapEdit) -> list[Patch]:
    patches: list[Patch] = []
    front = _is_inline(state, edit)
    for index in sorted(edit.gone):
        if not front or index > min(edit.kept, default=len(edit.pairs)):
            patches += _drop_pair(state, edit, index)
    if front and 0 in edit.gone:
        patches += _drop_front(state, edit)
    for index, keys in edit.places().items():
        lines = [line for key in keys for line in render_pair(key, edit.new[key], state.style)]
        patches.append(_put_pairs(state, edit, index, lines))
    return patches


def _is_inline(state: EditState, edit: _MapEdit) -> bool:
    """Tell whether the first key stands behind something else, usually the dash of a list."""
    return not state.tree.source.is_first_on_line(edit.pairs[0].start)


def _drop_pair(state: EditState, edit: _MapEdit, index: int) -> list[Patch]:
    """Delete the lines of a pair, and blank ones below that a text above would take for its own."""
    tree, pair = state.tree, edit.pairs[index]
    start = pair.start
    if not tree.source.is_first_on_line(start):
        raise tree.refuse("a key cannot be removed", "it is written in an unusual way", start)
    patches = state.drop_lines(start, pair.end, pair.value.node, tree.source.column(start))
    above = max((each for each in edit.kept if each < index), default=None)
    if above is not None and tree.keeps_breaks(edit.pairs[above].value.node):
        below = tree.source.next_line(pair.end)
        patches.append(Patch(*blank_lines(tree.source, below, down=True), ""))
    return patches


def _drop_front(state: EditState, edit: _MapEdit) -> list[Patch]:
    """Delete the first keys and pull the first one that stays up to the dash."""
    source = state.tree.source
    start = edit.pairs[0].start
    if not edit.kept:
        raise state.tree.refuse("the last key cannot be removed", "nothing would be left", start)
    end = edit.pairs[min(edit.kept)].start
    values = [pair.value.node for pair in edit.pairs[: min(edit.kept)] if not pair.value.alias]
    texts = merge_spans(span for node in values for span in scalar_spans(state.tree, node))
    comments = comment_lines(source.text, source.next_line(start), end, texts)
    line = source.line_start(start)
    indent = " " * indent_of(source.text[line:start])
    above = Patch(line, line, join_lines([indent + each for each in comments], source.nl))
    return [above, Patch(start, end, "")] if comments else [Patch(start, end, "")]


def _put_pairs(state: EditState, edit: _MapEdit, index: int, lines: list[str]) -> Patch:
    source = state.tree.source
    first = edit.pairs[0].start
    column = source.column(first)
    if index >= 0:
        place = source.behind_comments(source.next_line(edit.pairs[index].end), column)
        return Patch(place, place, join_lines(indent_lines(lines, column), source.nl))
    if _is_inline(state, edit):
        indented = indent_lines([*lines, ""], column)
        text = source.nl.join(indented).lstrip(" ") + " " * column
        return Patch(first, first, text)
    place = source.line_start(first)
    return Patch(place, place, join_lines(indent_lines(lines, column), source.nl))


Span = tuple[int, int]
_TAIL = re.compile(r"[ \t]*(,?)[ \t]*(#[^\r\n\x85\u2028\u2029]*)?")


def change_entries(
    tree: Tree, slot: Slot, spans: Sequence[Span], gone: set[int], new: Mapping[int, list[str]]
) -> list[Patch]:
    """Return the patches that drop the entries in `gone` and put in the texts in `new`.

    `new` maps the index of an entry that stays to the texts behind it, -1 to those in front.
    """
    kept = [index for index in range(len(spans)) if index not in gone]
    if not kept:
        texts = [text for index in sorted(new) for text in new[index]]
        return _refill(tree, slot, spans, ", ".join(texts))
    is_tall = _is_tall(tree, spans)
    patches = _drop_flow_entries(tree, spans, kept, is_tall=is_tall)
    if len(spans) - 1 in gone and kept[-1] not in new and not _tail(tree, spans[-1][1]).group(1):
        patches += _drop_last_comma(tree, spans[kept[-1]][1], patches)
    for index, texts in sorted(new.items()):
        if index >= 0:
            patches += _put_flow_texts(tree, spans, index, texts, is_tall=is_tall)
        else:
            patches.append(_put_flow_front(tree, spans, texts, is_tall=is_tall))
    return patches


def _refill(tree: Tree, slot: Slot, spans: Sequence[Span], text: str) -> list[Patch]:
    """Replace all entries; comments between them stay."""
    start, end = tree.body(slot) + 1, slot.end - 1
    if not spans or "#" not in tree.source.text[start:end]:
        return [Patch(start, end, text)]
    patches = []
    for index, span in enumerate(spans):
        lead = text if not index else ""
        if not lead and _has_own_lines(tree, span):
            patches.append(
                Patch(tree.source.line_start(span[0]), tree.source.next_line(span[1]), "")
            )
        else:
            patches.append(Patch(span[0], _comma_end(tree, span[1]), lead))
    return patches


def _drop_last_comma(tree: Tree, end: int, patches: Sequence[Patch]) -> list[Patch]:
    """Delete the comma behind what is the last entry now, where the last one had none."""
    comma = _tail(tree, end)
    if not comma.group(1) or any(patch.start < comma.end(1) <= patch.end for patch in patches):
        return []
    return [Patch(end, comma.end(1), "")]


def _put_flow_front(
    tree: Tree, spans: Sequence[Span], texts: Sequence[str], *, is_tall: bool
) -> Patch:
    source = tree.source
    start = spans[0][0]
    is_first = is_tall and source.is_first_on_line(start)
    behind = source.nl + " " * source.column(start) if is_first else " "
    return Patch(start, start, "".join(f"{text},{behind}" for text in texts))


def _is_tall(tree: Tree, spans: Sequence[Span]) -> bool:
    """Tell whether every entry, but perhaps the first, begins a line."""
    rest = spans[1:] or spans
    return all(tree.source.is_first_on_line(start) for start, _ in rest)


def _tail(tree: Tree, end: int) -> re.Match[str]:
    found = _TAIL.match(tree.source.text, end)
    if found is None:
        raise tree.refuse("this list cannot be edited", "its end cannot be found", end)
    return found


def _comma_end(tree: Tree, end: int) -> int:
    """Return where an entry ends with its comma; without one the blanks before a comment stay."""
    tail = _tail(tree, end)
    return tail.end(1) if tail.group(1) else end


def _has_own_lines(tree: Tree, span: Span) -> bool:
    source = tree.source
    tail = _tail(tree, span[1]).end()
    return source.is_first_on_line(span[0]) and tail == source.line_end(span[1])


def _drop_flow_entries(
    tree: Tree, spans: Sequence[Span], kept: Sequence[int], *, is_tall: bool
) -> list[Patch]:
    """Delete the entries that are not kept; of two that go together the second begins where it may."""
    patches: list[Patch] = []
    for index in sorted(set(range(len(spans))) - set(kept)):
        patch = _drop_flow_entry(tree, spans, index, kept, is_tall=is_tall)
        start = max(patch.start, patches[-1].end) if patches else patch.start
        patches.append(Patch(start, patch.end, patch.text))
    return patches


def _drop_flow_entry(
    tree: Tree, spans: Sequence[Span], index: int, kept: Sequence[int], *, is_tall: bool
) -> Patch:
    source = tree.source
    start, end = spans[index]
    before = max((each for each in kept if each < index), default=-1)
    behind = min((each for each in kept if each > index), default=len(spans))
    gap = (end, spans[index + 1][0]) if before < 0 else (spans[index - 1][1], start)
    is_parted = "#" in source.text[slice(*gap)]
    run = [spans[index]] if is_parted else spans[before + 1 : behind]
    if is_tall and all(_has_own_lines(tree, span) for span in run):
        return Patch(source.line_start(start), source.next_line(end), "")
    if is_parted:
        return Patch(start, _comma_end(tree, end), "")
    if before < 0:
        return Patch(start, gap[1], "")
    gaps = [(one[1], other[0]) for one, other in pairwise(spans[before : index + 1])]
    if any("#" in source.text[slice(*each)] for each in gaps):
        return Patch(gap[0], _comma_end(tree, end), "")
    return Patch(gap[0], end, " " if source.text[gap[0] - 1] == ":" else "")


def _put_flow_texts(
    tree: Tree, spans: Sequence[Span], index: int, texts: Sequence[str], *, is_tall: bool
) -> list[Patch]:
    source = tree.source
    end = spans[index][1]
    lead = " " if source.text[end - 1] == ":" else ""
    if not is_tall or not source.is_first_on_line(spans[-1][0]):
        return [Patch(end, end, lead + "".join(f", {text}" for text in texts))]
    line = source.nl + " " * source.column(spans[-1][0])
    tail = _tail(tree, end)
    if not tail.group(2):
        return [Patch(end, end, lead + "".join(f",{line}{text}" for text in texts))]
    behind = source.line_end(end)
    if tail.group(1):
        return [Patch(behind, behind, "".join(f"{line}{text}," for text in texts))]
    return [
        Patch(end, end, ","),
        Patch(behind, behind, ",".join(f"{line}{text}" for text in texts)),
    ]


ITEM_ORDER = ("title", "url", "type", "free")


def identity_of(node: Node) -> str | None:
    """Return the identity of an entry in the file, None when it has none."""
    if isinstance(node, ScalarNode):
        found = construct_scalar(node)
        return found if isinstance(found, str) else None
    if isinstance(node, MappingNode):
        urls = [value for key, value in node.value if key.value == "url"]
        return identity_of(urls[0]) if len(urls) == 1 else None
    return None


def item_changes(node: MappingNode, item: Mapping[str, Scalar]) -> dict[str, Scalar | None]:
    """Return what an item sets in its entry; a `type` that is not named is removed."""
    changes: dict[str, Scalar | None] = dict(item)
    if any(key.value == "type" for key, _ in node.value):
        changes.setdefault("type", None)
    return changes


def set_value(state: EditState, site: ValueSite, value: Value) -> list[Patch] | None:
    """Return the patches that give a pair a scalar or a list; None when it must be written anew."""
    if not isinstance(value, tuple):
        return set_scalar(state, site, value)
    slot, key = site.pair.value, site.pair.name or ""
    if isinstance(slot.node, SequenceNode) and not slot.alias and slot.node.value:
        return _set_items(state, site, value)
    is_moving = slot.alias and id(slot.node) in state.edited_nodes
    if isinstance(slot.node, SequenceNode) and _is_unchanged(slot.node, value) and not is_moving:
        return []
    is_replaceable = slot.alias or is_null(slot.node) or is_flow(slot.node)
    if not is_replaceable:
        return None
    if not slot.alias:
        check_untagged(state, slot)
    flow = replace(state.style, flow_strings=True, flow_resources=True)
    style = flow if site.flow else state.style
    return replace_value(state, site, *render_value(key, value, style))


def _is_unchanged(node: SequenceNode, items: tuple[Item, ...]) -> bool:
    return all(isinstance(item, str) for item in items) and sorted(
        identity_of(each) or "" for each in node.value
    ) == sorted(map(identity, items))


def _set_items(state: EditState, site: ValueSite, items: tuple[Item, ...]) -> list[Patch]:
    tree, slot = state.tree, site.pair.value
    check_untagged(state, slot)
    expected = {identity(item): item for item in items}
    entries = tree.entries(slot.node)
    gone: set[int] = set()
    seen: set[str] = set()
    patches: list[Patch] = []
    for index, entry in enumerate(entries):
        known = identity_of(entry.slot.node)
        if known is None:
            raise tree.refuse(
                "a list cannot be changed", "one of its entries is not understood", entry.slot.start
            )
        if known in expected:
            seen.add(known)
            patches += _edit_entry(state, entry, expected[known])
        else:
            gone.add(index)
    new = [item for item in items if identity(item) not in seen]
    change = _change_flow_list if is_flow(slot.node) else _change_block_list
    return patches + change(state, site, gone, new)


def _edit_entry(state: EditState, entry: ListEntry, item: Item) -> list[Patch]:
    node = entry.slot.node
    if isinstance(item, str) or not isinstance(node, MappingNode):
        return []
    changes = item_changes(node, item)
    if not entry.slot.alias:
        return edit_mapping(state, entry.slot, changes, ITEM_ORDER, set_scalar)
    current = {key.value: construct_scalar(value) for key, value in node.value}
    if all(current.get(key) == value for key, value in changes.items()):
        return []
    if not {str(key) for key in current} <= {*item, "type"}:
        raise state.tree.refuse(
            "a resource cannot be changed", "it is an alias of another one", entry.slot.start
        )
    text = render_flow_item("resources", item, state.style)
    return [Patch(entry.slot.start, entry.slot.end, text)]


def _change_flow_list(
    state: EditState, site: ValueSite, gone: set[int], new: Sequence[Item]
) -> list[Patch]:
    if not gone and not new:
        return []
    slot = site.pair.value
    key = site.pair.name or ""
    entries = state.tree.entries(slot.node)
    style = sibling_style(state.style, key, entries)
    texts = [render_flow_item(key, item, style) for item in new]
    spans = [(entry.slot.start, entry.slot.end) for entry in entries]
    for index in gone:
        state.note_replaced(entries[index].slot.node)
    last = max((index for index in range(len(spans)) if index not in gone), default=-1)
    return change_entries(state.tree, slot, spans, gone, {last: texts} if texts else {})


def _change_block_list(
    state: EditState, site: ValueSite, gone: set[int], new: Sequence[Item]
) -> list[Patch]:
    tree = state.tree
    slot = site.pair.value
    entries = tree.entries(slot.node)
    patches = []
    for index in sorted(gone):
        patches += drop_entry(state, entries[index], site.column)
    if not new:
        return patches
    key = site.pair.name or ""
    style = sibling_style(state.style, key, entries)
    column = tree.source.column(entries[-1].mark)
    lines = [line for item in new for line in render_item(key, item, style)]
    place = tree.source.next_line(entries[-1].slot.end)
    text = join_lines(indent_lines(lines, column), tree.source.nl)
    return [*patches, Patch(place, place, text)]


def drop_entry(state: EditState, entry: ListEntry, column: int) -> list[Patch]:
    """Delete the lines of an entry of a block list."""
    tree = state.tree
    if not tree.source.is_first_on_line(entry.mark):
        raise tree.refuse(
            "an entry cannot be removed", "it is written in an unusual way", entry.mark
        )
    return state.drop_lines(entry.mark, entry.slot.end, entry.slot.node, column)


def sibling_style(style: Style, key: str, entries: Sequence[ListEntry]) -> Style:
    """Return a style with the habits of the entries that are there, the last one first."""
    own = [entry for entry in entries if not entry.slot.alias]
    if not own:
        return style
    last = own[-1].slot
    gap = last.start - own[-1].mark
    style = replace(style, dash_gap=gap if 1 < gap < 10 else style.dash_gap)  # noqa: PLR2004
    if isinstance(last.node, ScalarNode):
        return replace(style, quotes={**style.quotes, key: quote_of(last.node)})
    if not isinstance(last.node, MappingNode):
        return style
    pairs = list(plain_pairs(last.node))
    quotes = {pair.value: quote_of(value) for pair, value in pairs if isinstance(value, ScalarNode)}
    return replace(
        style,
        flow_items=bool(last.node.flow_style),
        item_keys=tuple(pair.value for pair, _ in pairs),
        item_quotes={**style.item_quotes, **quotes},
    )
