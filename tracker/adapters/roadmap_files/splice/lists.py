"""Entries of a list value set: kept ones keep their text, gone ones go, new ones are put at the end.

Strings match by value, resources by `url`. Knows one list; where it belongs is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tracker.adapters.roadmap_files.splice.batch import identity
from tracker.adapters.roadmap_files.splice.editing import Editing, Site
from tracker.adapters.roadmap_files.splice.flow import change_entries
from tracker.adapters.roadmap_files.splice.kinds import is_flow, is_null
from tracker.adapters.roadmap_files.splice.mappings import edit_mapping
from tracker.adapters.roadmap_files.splice.nodes import Entry
from tracker.adapters.roadmap_files.splice.render import (
    Value,
    indent_lines,
    render_flow_item,
    render_item,
    render_value,
)
from tracker.adapters.roadmap_files.splice.scalars import construct_scalar
from tracker.adapters.roadmap_files.splice.style import Style, plain_pairs, quote_of
from tracker.adapters.roadmap_files.splice.text import Piece, join_lines
from tracker.adapters.roadmap_files.splice.values import (
    check_untagged,
    replace_value,
    set_scalar,
)
from tracker.roadmap.edits import Item, Scalar

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


def set_value(editing: Editing, site: Site, value: Value) -> list[Piece] | None:
    """Return the pieces that give a pair a scalar or a list; None when it must be written anew."""
    if not isinstance(value, tuple):
        return set_scalar(editing, site, value)
    slot, key = site.pair.value, site.pair.name or ""
    if isinstance(slot.node, SequenceNode) and not slot.alias and slot.node.value:
        return _set_items(editing, site, value)
    is_moving = slot.alias and id(slot.node) in editing.moving
    if isinstance(slot.node, SequenceNode) and _is_unchanged(slot.node, value) and not is_moving:
        return []
    is_replaceable = slot.alias or is_null(slot.node) or is_flow(slot.node)
    if not is_replaceable:
        return None
    if not slot.alias:
        check_untagged(editing, slot)
    flow = replace(editing.style, flow_strings=True, flow_resources=True)
    style = flow if site.flow else editing.style
    return replace_value(editing, site, *render_value(key, value, style))


def _is_unchanged(node: SequenceNode, items: tuple[Item, ...]) -> bool:
    return all(isinstance(item, str) for item in items) and sorted(
        identity_of(each) or "" for each in node.value
    ) == sorted(map(identity, items))


def _set_items(editing: Editing, site: Site, items: tuple[Item, ...]) -> list[Piece]:
    tree, slot = editing.tree, site.pair.value
    check_untagged(editing, slot)
    wanted = {identity(item): item for item in items}
    entries = tree.entries(slot.node)
    gone: set[int] = set()
    seen: set[str] = set()
    pieces: list[Piece] = []
    for index, entry in enumerate(entries):
        known = identity_of(entry.slot.node)
        if known is None:
            raise tree.refuse(
                "a list cannot be changed", "one of its entries is not understood", entry.slot.start
            )
        if known in wanted:
            seen.add(known)
            pieces += _edit_entry(editing, entry, wanted[known])
        else:
            gone.add(index)
    fresh = [item for item in items if identity(item) not in seen]
    change = _change_flow if is_flow(slot.node) else _change_block
    return pieces + change(editing, site, gone, fresh)


def _edit_entry(editing: Editing, entry: Entry, item: Item) -> list[Piece]:
    node = entry.slot.node
    if isinstance(item, str) or not isinstance(node, MappingNode):
        return []
    changes = item_changes(node, item)
    if not entry.slot.alias:
        return edit_mapping(editing, entry.slot, changes, ITEM_ORDER, set_scalar)
    current = {key.value: construct_scalar(value) for key, value in node.value}
    if all(current.get(key) == value for key, value in changes.items()):
        return []
    if not {str(key) for key in current} <= {*item, "type"}:
        raise editing.tree.refuse(
            "a resource cannot be changed", "it is an alias of another one", entry.slot.start
        )
    text = render_flow_item("resources", item, editing.style)
    return [Piece(entry.slot.start, entry.slot.end, text)]


def _change_flow(
    editing: Editing, site: Site, gone: set[int], fresh: Sequence[Item]
) -> list[Piece]:
    if not gone and not fresh:
        return []
    slot = site.pair.value
    key = site.pair.name or ""
    entries = editing.tree.entries(slot.node)
    style = sibling_style(editing.style, key, entries)
    texts = [render_flow_item(key, item, style) for item in fresh]
    spans = [(entry.slot.start, entry.slot.end) for entry in entries]
    for index in gone:
        editing.spend(entries[index].slot.node)
    last = max((index for index in range(len(spans)) if index not in gone), default=-1)
    return change_entries(editing.tree, slot, spans, gone, {last: texts} if texts else {})


def _change_block(
    editing: Editing, site: Site, gone: set[int], fresh: Sequence[Item]
) -> list[Piece]:
    tree = editing.tree
    slot = site.pair.value
    entries = tree.entries(slot.node)
    pieces = []
    for index in sorted(gone):
        pieces += drop_entry(editing, entries[index], site.column)
    if not fresh:
        return pieces
    key = site.pair.name or ""
    style = sibling_style(editing.style, key, entries)
    column = tree.source.column(entries[-1].mark)
    lines = [line for item in fresh for line in render_item(key, item, style)]
    place = tree.source.next_line(entries[-1].slot.end)
    text = join_lines(indent_lines(lines, column), tree.source.nl)
    return [*pieces, Piece(place, place, text)]


def drop_entry(editing: Editing, entry: Entry, column: int) -> list[Piece]:
    """Delete the lines of an entry of a block list."""
    tree = editing.tree
    if not tree.source.is_first_on_line(entry.mark):
        raise tree.refuse(
            "an entry cannot be removed", "it is written in an unusual way", entry.mark
        )
    return editing.drop_lines(entry.mark, entry.slot.end, entry.slot.node, column)


def sibling_style(style: Style, key: str, entries: Sequence[Entry]) -> Style:
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
