"""One value of `tracker.yaml` set by the same verified splice that roadmaps get.

Pure: text in, text out; comments, order and line ends stay.
"""

from __future__ import annotations

from collections.abc import Sequence

import yaml
from yaml.nodes import MappingNode, Node

from tracker.adapters.roadmap_files.splice.editing import Editing
from tracker.adapters.roadmap_files.splice.flow import change_entries
from tracker.adapters.roadmap_files.splice.intended import (
    Wanted,
    WantedMap,
    effective,
    says,
    text_key,
)
from tracker.adapters.roadmap_files.splice.kinds import compose, is_flow, is_null
from tracker.adapters.roadmap_files.splice.mappings import edit_mapping, find_pair
from tracker.adapters.roadmap_files.splice.nodes import Slot, Tree
from tracker.adapters.roadmap_files.splice.refusal import make_refusal
from tracker.adapters.roadmap_files.splice.render import indent_lines, render_key, render_pair
from tracker.adapters.roadmap_files.splice.scalars import format_scalar
from tracker.adapters.roadmap_files.splice.style import Style
from tracker.adapters.roadmap_files.splice.text import (
    Piece,
    Source,
    apply_pieces,
    join_lines,
    strip_break,
)
from tracker.adapters.roadmap_files.splice.values import set_scalar
from tracker.roadmap.edits import Scalar

_STEP = 2


def set_setting(text: str, path: Sequence[str], value: Scalar | None) -> str:
    """Return the text with a value at a path of keys; missing mappings are made, None removes.

    Raises SpliceError when the result would not say exactly that.
    """
    source = Source(text)
    root = _compose(text)
    if root is None or is_null(root):
        pieces = _append(source, len(source.text), path, value, column=0)
        wanted = _wanted(None, path, value)
    else:
        tree = Tree(source, root)
        pieces = _set(Editing(tree, Style().with_defaults()), tree.root, path, value)
        wanted = _wanted(root, path, value)
    whole = apply_pieces(source.text, pieces)
    for attempt in (whole,) if source.is_terminated else (strip_break(whole), whole):
        found = _compose(attempt)
        if found is not None and says(found, wanted):
            return attempt
    if value is None and not pieces:
        return text
    raise make_refusal("a setting cannot be written", "the result would not say what is intended")


def _compose(text: str) -> Node | None:
    try:
        return compose(text)
    except (yaml.YAMLError, UnicodeError) as error:
        raise make_refusal("a setting cannot be written", f"it does not parse: {error}") from error


def _set(editing: Editing, slot: Slot, path: Sequence[str], value: Scalar | None) -> list[Piece]:
    tree = editing.tree
    if not isinstance(slot.node, MappingNode) or slot.alias:
        raise tree.refuse("a setting cannot be written", f"'{path[0]}' has no place", slot.start)
    pairs = tree.pairs(slot.node)
    index = find_pair(editing, pairs, path[0])
    if len(path) == 1:
        return edit_mapping(editing, slot, {path[0]: value}, (), set_scalar)
    if index is not None and not is_null(pairs[index].value.node):
        return _set(editing, pairs[index].value, path[1:], value)
    if value is None:
        return []
    return _make(editing, slot, index, path, value)


def _make(
    editing: Editing, slot: Slot, index: int | None, path: Sequence[str], value: Scalar
) -> list[Piece]:
    """Write the mappings that are missing, at the end of the one there is."""
    tree = editing.tree
    source = tree.source
    pairs = tree.pairs(slot.node)
    if is_flow(slot.node):
        return _make_flow(tree, slot, index, path, value)
    column = source.column(pairs[0].start)
    if index is None:
        return _append(source, source.next_line(pairs[-1].end), path, value, column=column)
    null = pairs[index].value
    place = source.next_line(null.end)
    below = _append(source, place, path[1:], value, column=column + _STEP)
    return [Piece(null.start, null.end, ""), *below]


def _make_flow(
    tree: Tree, slot: Slot, index: int | None, path: Sequence[str], value: Scalar
) -> list[Piece]:
    text = format_scalar(value, flow=True)
    for key in reversed(path[1:]):
        text = f"{{{format_scalar(key, flow=True)}: {text}}}"
    pairs = tree.pairs(slot.node)
    if index is not None:
        null = pairs[index].value
        return [Piece(null.start, null.end, f" {text}" if null.is_empty else text)]
    spans = [(pair.start, pair.end) for pair in pairs]
    fresh = {len(spans) - 1: [f"{format_scalar(path[0], flow=True)}: {text}"]}
    return change_entries(tree, slot, spans, set(), fresh)


def _append(
    source: Source, place: int, path: Sequence[str], value: Scalar | None, *, column: int
) -> list[Piece]:
    if value is None:
        return []
    style = Style().with_defaults()
    lines = render_pair(path[-1], value, style)
    for key in reversed(path[:-1]):
        lines = [f"{render_key(key, style)}:", *indent_lines(lines, _STEP)]
    return [Piece(place, place, join_lines(indent_lines(lines, column), source.nl))]


def _wanted(node: Node | None, path: Sequence[str], value: Scalar | None) -> Wanted:
    pairs: dict[tuple[str, object], Wanted] = {}
    if isinstance(node, MappingNode):
        pairs.update(effective(node))
    key = text_key(path[0])
    old = pairs.pop(key, None)
    if len(path) > 1:
        pairs[key] = _wanted(old if isinstance(old, Node) else None, path[1:], value)
    elif value is not None:
        pairs[key] = value
    return WantedMap(pairs)
