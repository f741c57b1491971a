"""Values that skills share by anchors, aliases and `<<`: an edit of one must not change the others.

Adds to a batch what keeps the others as they are: an own copy of what they share, or a null that
hides what they would take over. Reads nodes, touches no text.

    - &base {id: a, level: entry}      `level` of a is set: b gets `level: entry` of its own
    - {<<: *base, id: b}               `level` of b is removed: b gets `level: null`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tracker.adapters.roadmap_files.parse import MERGE_TAG, merged_maps
from tracker.adapters.roadmap_files.splice.batch import Batch, identity
from tracker.adapters.roadmap_files.splice.intended import effective, taken_over, text_key
from tracker.adapters.roadmap_files.splice.mappings import identity_of
from tracker.adapters.roadmap_files.splice.nodes import RoadmapOutline, is_null
from tracker.adapters.roadmap_files.splice.render import Hidden, Value, construct_scalar
from tracker.adapters.roadmap_files.splice.values import holds_value
from tracker.roadmap.model import At, Item, Scalar


def keep_others(outline: RoadmapOutline, batch: Batch) -> frozenset[int]:
    """Extend a batch so that skills which share what it edits stay as they are.

    Returns the ids of the value nodes that are edited.
    """
    # A skill that moves may be written anew for its new list, so its lists are completed as well.
    if not outline.tree.has_aliases and not batch.moved:
        return frozenset()
    sharing = _Sharing(outline)
    edited = {at: dict(batch.changes[at]) for at in batch.changes if at in sharing.skills}
    for at in edited:
        _complete_changes(batch.changes[at], sharing.skills[at], is_alias=_is_alias(outline, at))
    edited_nodes: set[int] = set()
    for at, changes in edited.items():
        # An alias does not change what it refers to: it gets keys of its own.
        if not _is_alias(outline, at) and at not in batch.removed:
            keys = _changing(sharing.skills[at], changes)
            _pin_merged(batch, sharing, at, keys)
            edited_nodes |= _pin_aliased(batch, sharing, at, keys)
    return frozenset(edited_nodes)


class _Sharing:
    """The skills that are mappings, and who uses whose nodes (by id)."""

    def __init__(self, outline: RoadmapOutline) -> None:
        self.skills = {
            (index, number): node
            for index, section in enumerate(outline.sections)
            if not section.skills.is_alias
            for number, node in enumerate(section.skills.nodes)
            if isinstance(node, MappingNode)
        }
        self.takers: dict[int, list[At]] = {}
        self.users: dict[int, list[tuple[At, str]]] = {}
        for at, node in self.skills.items():
            for source in (node, *merged_maps(node)):
                self.takers.setdefault(id(source), []).append(at)
            for key, value in node.value:
                self.users.setdefault(id(value), []).append((at, key.value))


def _is_alias(outline: RoadmapOutline, at: At) -> bool:
    return outline.sections[at[0]].skills.entries[at[1]].slot.alias


def _complete_changes(
    changes: dict[str, Value | None], node: MappingNode, *, is_alias: bool
) -> None:
    """Make changes say what they mean in a skill that shares values."""
    old = effective(node)
    taken = old if is_alias else taken_over(node)
    for key, value in changes.items():
        known = old.get(text_key(key))
        # The removal of a key that is taken over: a null of the skill's own hides it.
        if (value is None or value == ()) and text_key(key) in taken:
            changes[key] = Hidden.HIDDEN
        # A list: a copy of a shared one keeps its order and the other keys of its entries.
        elif isinstance(value, tuple) and value and isinstance(known, SequenceNode):
            changes[key] = _complete(value, known)


def _complete(items: tuple[Item, ...], old: SequenceNode) -> tuple[Item, ...]:
    expected = {identity(item): item for item in reversed(items)}
    kept: dict[str, Item] = {}
    for child in old.value:
        known = identity_of(child)
        if known in expected:
            item, written = expected[known], _item(child)
            if not isinstance(item, str) and isinstance(written, dict):
                written.pop("type", None)
                item = {**written, **item}
            kept[known] = item
    return (*kept.values(), *(item for item in items if identity(item) not in kept))


def _changing(node: MappingNode, changes: Mapping[str, Value | None]) -> list[str]:
    """Return the keys whose value is not yet the one that is set."""
    old = effective(node)
    return [
        key
        for key, value in changes.items()
        if value is None
        or isinstance(value, tuple | Mapping)
        or (current := old.get(text_key(key))) is None
        or not holds_value(current, value)
    ]


def _pin_merged(batch: Batch, sharing: _Sharing, at: At, keys: Sequence[str]) -> None:
    """Give the skills that take over an edited one own values of what changes."""
    node = sharing.skills[at]
    for other in sharing.takers[id(node)]:
        taker = sharing.skills[other]
        if other == at or other in batch.removed:
            continue
        own = () if taker is node else [key.value for key, _ in taker.value if key.tag != MERGE_TAG]
        for key in keys:
            if key not in own and key not in batch.changes.get(other, {}):
                _pin(batch, other, key, effective(taker).get(text_key(key)))


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
    """Set a key of a skill to the value it has now."""
    value = Hidden.HIDDEN if node is None or is_null(node) else _plain(node)
    # What cannot be written as a plain value is left shared; the verification refuses the edit.
    if value is not None:
        batch.changes.setdefault(at, {})[key] = value


def _plain(node: Node) -> Value | None:
    """Return a node as a value that can be set, None when it is none."""
    if not isinstance(node, SequenceNode):
        return _scalar(node)
    items = [_item(child) for child in node.value]
    known = tuple(item for item in items if item is not None)
    return known if len(known) == len(items) else None


def _item(node: Node) -> str | dict[str, Scalar] | None:
    if not isinstance(node, MappingNode):
        found = _scalar(node)
        return found if isinstance(found, str) else None
    item = {key.value: _scalar(value) for key, value in node.value}
    kept = {key: value for key, value in item.items() if value is not None}
    return kept if len(kept) == len(item) and "url" in kept else None


def _scalar(node: Node) -> Scalar | None:
    found = construct_scalar(node) if isinstance(node, ScalarNode) else None
    if isinstance(found, str | int | float | date) and not isinstance(found, datetime):
        return found
    return None
