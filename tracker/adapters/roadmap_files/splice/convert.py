"""A skill of a block list written anew for a flow list, when it moves to one.

Refuses what would get lost on the way: comments, anchors, tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from yaml.nodes import MappingNode, ScalarNode

from tracker.adapters.roadmap_files.splice.editing import scalar_spans
from tracker.adapters.roadmap_files.splice.kinds import STR
from tracker.adapters.roadmap_files.splice.nodes import Pair, Slot, Tree
from tracker.adapters.roadmap_files.splice.refusal import SpliceError
from tracker.adapters.roadmap_files.splice.render import Value, render_flow_value, render_key
from tracker.adapters.roadmap_files.splice.scalars import format_scalar, parse_scalar
from tracker.adapters.roadmap_files.splice.style import Style, quote_of


def convert_skill(tree: Tree, slot: Slot, changes: Mapping[str, Value | None], style: Style) -> str:
    """Return a skill as flow text, with its changes made."""
    if isinstance(slot.node, ScalarNode):
        texts = {"name": _convert(tree, slot)}
    else:
        texts = {pair.name or "": _convert(tree, pair.value) for pair in _pairs(tree, slot)}
    for key, value in changes.items():
        if value is None or value == ():
            texts.pop(key, None)
        else:
            texts[key] = render_flow_value(key, value, style)
    if isinstance(slot.node, ScalarNode) and set(texts) == {"name"}:
        return texts["name"]
    keys = sorted(texts, key=lambda key: key != "id")
    return _braced(f"{render_key(key, style, flow=True)}: {texts[key]}" for key in keys)


def check_no_comments(tree: Tree, span: tuple[int, int], slot: Slot) -> None:
    """Refuse to convert lines that hold comments."""
    text = tree.source.text
    inside = scalar_spans(tree, slot.node, is_every=True)
    position = text.find("#", *span)
    while position >= 0:
        if not any(first <= position < last for first, last in inside):
            raise _refuse(tree, position, "its comments would have no place there")
        position = text.find("#", position + 1, span[1])


def _pairs(tree: Tree, slot: Slot) -> list[Pair]:
    if slot.alias or tree.has_properties(slot) or not isinstance(slot.node, MappingNode):
        raise _refuse(tree, slot.start, "it is shared by an anchor or an alias")
    pairs = tree.pairs(slot.node)
    if any(pair.name is None or pair.key.node.tag != STR for pair in pairs):
        raise _refuse(tree, slot.start, "it has a key that is not text")
    return pairs


def _convert(tree: Tree, slot: Slot) -> str:
    node = slot.node
    if slot.alias or tree.has_properties(slot):
        raise _refuse(tree, slot.start, "it shares a value by an anchor or an alias")
    if isinstance(node, MappingNode):
        pairs = _pairs(tree, slot)
        return _braced(
            f"{_convert(tree, each.key)}: {_convert(tree, each.value)}" for each in pairs
        )
    if not isinstance(node, ScalarNode):
        return "[" + ", ".join(_convert(tree, each.slot) for each in tree.entries(node)) + "]"
    text = tree.source.text[slot.start : slot.end]
    found = parse_scalar(text, flow=True)
    if "\n" not in text and found and (found.tag, found.value) == (node.tag, node.value):
        return text
    if node.tag != STR:
        return "null" if slot.is_empty else text
    return format_scalar(node.value, style=quote_of(node), flow=True)


def _braced(pairs: Iterable[str]) -> str:
    return "{" + ", ".join(pairs) + "}"


def _refuse(tree: Tree, at: int, why: str) -> SpliceError:
    return tree.refuse("a skill cannot move to a section that is written in flow style", why, at)
