"""Values that skills share by anchors, aliases and `<<`: an edit of one must not change the others.

Adds to a batch what keeps the others as they are: an own copy of what they share, or a null that
hides what they would take over. Reads nodes, touches no text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tracker.adapters.roadmap_files.splice.batch import Batch, identity
from tracker.adapters.roadmap_files.splice.intended import effective, text_key
from tracker.adapters.roadmap_files.splice.mappings import identity_of
from tracker.adapters.roadmap_files.splice.nodes import MERGE, RoadmapOutline, is_null
from tracker.adapters.roadmap_files.splice.render import Hidden, Value, construct_scalar
from tracker.adapters.roadmap_files.splice.values import holds_value
from tracker.roadmap.edits import At, Item, Scalar


def keep_others(outline: RoadmapOutline, batch: Batch) -> frozenset[int]:
    """Extend a batch so that skills which share what it edits stay as they are.

    Returns the ids of the value nodes that are edited.
    """
    if not outline.tree.has_aliases and not batch.moved:
        return frozenset()
    sharing = _Sharing(outline)
    edited = {at: dict(batch.changes[at]) for at in batch.changes if at in sharing.skills}
    for at in edited:
        _hide(batch, at, sharing.skills[at], is_alias=_is_alias(outline, at))
        _complete_lists(batch, at, sharing.skills[at])
    edited_nodes: set[int] = set()
    for at, changes in edited.items():
        if not _is_alias(outline, at) and at not in batch.removed:
            keys = _changing(sharing.skills[at], changes)
            _pin_merged(batch, sharing, at, keys)
            edited_nodes |= _pin_aliased(batch, sharing, at, keys)
    return frozenset(edited_nodes)


class _Sharing:
    """The skills that are mappings, and who uses whose nodes (by id)."""

    def __init__(self, outline: RoadmapOutline) -> None:
        self.skills = {
            (section, index): node
            for section, site in enumerate(outline.sections)
            if not (site.skills.pair and site.skills.pair.value.alias)
            for index, node in enumerate(site.skills.nodes)
            if isinstance(node, MappingNode)
        }
        self.takers: dict[int, list[At]] = {}
        self.users: dict[int, list[tuple[At, str]]] = {}
        for at, node in self.skills.items():
            for source in (node, *_sources(node)):
                self.takers.setdefault(id(source), []).append(at)
            for key, value in node.value:
                self.users.setdefault(id(value), []).append((at, key.value))


def _changing(node: MappingNode, changes: Mapping[str, Value | None]) -> list[str]:
    """Return the keys whose value is not yet the one that is set."""
    old = effective(node)
    keys = []
    for key, value in changes.items():
        current = old.get(text_key(key))
        if (
            value is None
            or isinstance(value, tuple)
            or current is None
            or not holds_value(current, value)
        ):
            keys.append(key)
    return keys


def _is_alias(outline: RoadmapOutline, at: At) -> bool:
    return outline.sections[at[0]].skills.entries[at[1]].slot.alias


def _hide(batch: Batch, at: At, node: MappingNode, *, is_alias: bool) -> None:
    """Turn the removal of a key that is taken over into a null of the skill's own."""
    taken = effective(node) if is_alias else _taken(node)
    for key, value in batch.changes[at].items():
        if (value is None or value == ()) and text_key(key) in taken:
            batch.changes[at][key] = Hidden.HIDDEN


def _complete_lists(batch: Batch, at: At, node: MappingNode) -> None:
    """Give lists the order and the other keys of what they share, lest a copy lose them."""
    old = effective(node)
    for key, value in batch.changes[at].items():
        known = old.get(text_key(key))
        if isinstance(value, tuple) and value and isinstance(known, SequenceNode):
            batch.changes[at][key] = _complete(value, known)


def _complete(items: tuple[Item, ...], old: SequenceNode) -> tuple[Item, ...]:
    expected = {identity(item): item for item in reversed(items)}
    kept: dict[str, Item] = {}
    for child in old.value:
        known = identity_of(child)
        if known in expected:
            kept[known] = _complete_item(expected[known], child)
    new = (item for item in items if identity(item) not in kept)
    return (*kept.values(), *new)


def _complete_item(item: Item, node: Node) -> Item:
    old = _item(node)
    if isinstance(item, str) or not isinstance(old, dict):
        return item
    return {**{key: value for key, value in old.items() if key != "type"}, **item}


def _taken(node: MappingNode) -> dict[tuple[str, object], Node]:
    merges = [(key, value) for key, value in node.value if key.tag == MERGE]
    return effective(MappingNode(node.tag, merges)) if merges else {}


def _pin_merged(batch: Batch, sharing: _Sharing, at: At, keys: Sequence[str]) -> None:
    """Give the skills that take over an edited one own values of what changes."""
    node = sharing.skills[at]
    for other in sharing.takers[id(node)]:
        taker = sharing.skills[other]
        if other == at or other in batch.removed:
            continue
        own = () if taker is node else [key.value for key, _ in taker.value if key.tag != MERGE]
        for key in keys:
            if key not in own and key not in batch.changes.get(other, {}):
                _pin(batch, other, key, effective(taker).get(text_key(key)))


def _sources(node: MappingNode) -> Iterator[Node]:
    for key, value in node.value:
        if key.tag == MERGE:
            yield from value.value if isinstance(value, SequenceNode) else [value]


def _pin_aliased(batch: Batch, sharing: _Sharing, at: At, keys: Sequence[str]) -> set[int]:
    """Give the skills that use an edited value by an alias a copy of their own."""
    node = sharing.skills[at]
    values = {id(value): value for key, value in node.value if key.value in keys}
    for known, value in values.items():
        for other, key in sharing.users[known]:
            is_other = key not in keys if other == at else sharing.skills[other] is not node
            is_there = is_other and other not in batch.removed
            if is_there and key not in batch.changes.get(other, {}):
                _pin(batch, other, key, value)
    return set(values)


def _pin(batch: Batch, at: At, key: str, node: Node | None) -> None:
    value = Hidden.HIDDEN if node is None or is_null(node) else _plain(node)
    if value is not None:
        batch.changes.setdefault(at, {})[key] = value


def _plain(node: Node) -> Value | None:
    """Return a node as a value that can be set, None when it is none."""
    if isinstance(node, ScalarNode):
        return _scalar(node)
    if not isinstance(node, SequenceNode):
        return None
    items: list[str | dict[str, Scalar]] = []
    for child in node.value:
        item = _item(child)
        if item is None:
            return None
        items.append(item)
    return tuple(items)


def _item(node: Node) -> str | dict[str, Scalar] | None:
    if isinstance(node, ScalarNode):
        found = construct_scalar(node)
        return found if isinstance(found, str) else None
    if not isinstance(node, MappingNode):
        return None
    item = {key.value: _scalar(value) for key, value in node.value}
    kept = {key: value for key, value in item.items() if value is not None}
    return kept if len(kept) == len(item) and "url" in kept else None


def _scalar(node: Node) -> Scalar | None:
    found = construct_scalar(node) if isinstance(node, ScalarNode) else None
    if isinstance(found, str | int | float | date) and not isinstance(found, datetime):
        return found
    return None
