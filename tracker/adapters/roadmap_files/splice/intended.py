"""What the file must say after a batch, worked out without its text, and the comparison with it.

Pure. The expectation is made of the nodes as they were read and of the plain values of the edits;
anything the text matches differently afterwards is a mismatch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tracker.adapters.roadmap_files.splice.batch import Arrival, Batch, identity, split_places
from tracker.adapters.roadmap_files.splice.mappings import identity_of, item_changes
from tracker.adapters.roadmap_files.splice.nodes import MERGE, STR, LooseText, is_null
from tracker.adapters.roadmap_files.splice.render import Hidden, Value, construct_scalar
from tracker.adapters.roadmap_files.splice.values import holds_value
from tracker.roadmap.edits import At, Item, Scalar

KeyId = tuple[str, object]


@dataclass(frozen=True, slots=True)
class ExpectedMap:
    """A mapping with these values by key."""

    pairs: dict[KeyId, Expected]


@dataclass(frozen=True, slots=True)
class ExpectedList:
    """A list with these entries, in order."""

    entries: tuple[Expected, ...]


Expected = Node | Scalar | Hidden | ExpectedMap | ExpectedList
"""A node as it was, a plain value, or a collection of such."""


def text_key(key: str) -> KeyId:
    """Return the identity of a key that is text."""
    return (STR, key)


def key_id(node: Node) -> KeyId:
    """Return what makes a key the same one: its type and its content."""
    if isinstance(node, ScalarNode):
        return (node.tag, node.value)
    if isinstance(node, MappingNode):
        return (node.tag, tuple((key_id(key), key_id(value)) for key, value in node.value))
    return (node.tag, tuple(key_id(child) for child in node.value))


def effective(node: MappingNode) -> dict[KeyId, Node]:
    """Return the values of a mapping by key, those taken over by `<<` included."""
    taken: dict[KeyId, Node] = {}
    own: dict[KeyId, Node] = {}
    for key, value in node.value:
        if key.tag != MERGE:
            own[key_id(key)] = value
            continue
        sources = value.value if isinstance(value, SequenceNode) else [value]
        for source in sources:
            for name, merged in effective(source).items():
                taken.setdefault(name, merged)
    return {**taken, **own}


def make_expected(root: MappingNode, batch: Batch) -> ExpectedMap:
    """RoadmapEdit out what the whole file must say after a batch."""
    pairs: dict[KeyId, Expected] = dict(effective(root))
    old = pairs.get(text_key("sections"))
    nodes = list(old.value) if isinstance(old, SequenceNode) else []
    touched = {at[0] for at in (*batch.changes, *batch.removed, *batch.moved)} | set(batch.arrivals)
    sections = [
        _section(node, batch, (index, index in touched), nodes) for index, node in enumerate(nodes)
    ]
    for index, title in enumerate(batch.added, start=len(nodes)):
        skills = ExpectedList(tuple(_arrivals(batch, index, nodes)))
        added: dict[KeyId, Expected] = {text_key("title"): title, text_key("skills"): skills}
        _set_heads(added, batch, index)
        sections.append(ExpectedMap(added))
    if sections:
        pairs[text_key("sections")] = ExpectedList(tuple(sections))
    _set_heads(pairs, batch, None)
    return ExpectedMap(pairs)


def _set_heads(pairs: dict[KeyId, Expected], batch: Batch, section: int | None) -> None:
    for key, value in batch.heads.get(section, {}).items():
        pairs.pop(text_key(key), None)
        if value is not None:
            pairs[text_key(key)] = plain(value)


def _section(node: Node, batch: Batch, place: tuple[int, bool], nodes: list[Node]) -> Expected:
    """RoadmapEdit out a section; `place` is its index, and whether any of its skills changes."""
    index, is_touched = place
    if not is_touched and index not in batch.renamed and index not in batch.heads:
        return node
    pairs: dict[KeyId, Expected] = dict(effective(_mapping(node)))
    if index in batch.renamed:
        pairs[text_key("title")] = batch.renamed[index]
    _set_heads(pairs, batch, index)
    if is_touched:
        pairs[text_key("skills")] = ExpectedList(tuple(_skills(batch, index, nodes)))
    return ExpectedMap(pairs)


def _skills(batch: Batch, section: int, nodes: list[Node]) -> Iterator[Expected]:
    """Yield the skills of a section in their order: those that stay, those that come."""
    skills = skills_of(nodes[section])
    arrivals = batch.arrivals.get(section, [])
    placed, last = split_places(arrivals, len(skills))
    for place, skill in enumerate(skills):
        yield from (_arrival(each, batch, nodes) for each in placed.get(place, ()))
        if not batch.is_gone((section, place)):
            yield _skill(skill, batch.changes.get((section, place), {}))
    yield from (_arrival(each, batch, nodes) for each in last)


def _arrivals(batch: Batch, section: int, nodes: list[Node]) -> list[Expected]:
    return [_arrival(each, batch, nodes) for each in batch.arrivals.get(section, [])]


def _arrival(arrival: Arrival, batch: Batch, nodes: list[Node]) -> Expected:
    if arrival.node is not None:
        return arrival.node
    if arrival.at is None:
        return ExpectedMap({text_key(key): plain(value) for key, value in arrival.values.items()})
    return _skill(find_skill(arrival.at, nodes), batch.changes.get(arrival.at, {}))


def find_skill(at: At, nodes: list[Node]) -> Node:
    """Return a skill's node; raises IndexError when there is none at this place."""
    section, skill = at
    if section < 0 or skill < 0:
        raise IndexError(at)
    return skills_of(nodes[section])[skill]


def skills_of(section: Node) -> list[Node]:
    """Return the nodes of a section's skills."""
    skills = effective(_mapping(section)).get(text_key("skills"))
    return list(skills.value) if isinstance(skills, SequenceNode) else []


def _mapping(node: Node) -> MappingNode:
    if not isinstance(node, MappingNode):
        raise IndexError(node.tag)
    return node


def _skill(node: Node, changes: Mapping[str, Value | None]) -> Expected:
    if not changes:
        return node
    if isinstance(node, MappingNode):
        pairs: dict[KeyId, Expected] = dict(effective(node))
    else:
        pairs = {text_key("name"): node}
    for key, value in changes.items():
        old = pairs.pop(text_key(key), None)
        if value is not None and value != ():
            pairs[text_key(key)] = _value(value, old)
    return ExpectedMap(pairs)


def _value(value: Value, old: Expected | None) -> Expected:
    if not isinstance(value, tuple):
        return value
    entries = {} if not isinstance(old, SequenceNode) else {identity_of(n): n for n in old.value}
    expected = {identity(item): item for item in value}
    kept: list[Expected] = []
    if isinstance(old, SequenceNode):
        found = ((node, identity_of(node)) for node in old.value)
        kept = [_item(expected[known], node) for node, known in found if known in expected]
    return ExpectedList(
        (*kept, *(plain(item) for key, item in expected.items() if key not in entries))
    )


def _item(item: Item, node: Node) -> Expected:
    if isinstance(item, str) or not isinstance(node, MappingNode):
        return node
    return _skill(node, item_changes(node, item))


def plain(value: Value | Mapping[str, Scalar]) -> Expected:
    """Return a plain value as an expectation."""
    if isinstance(value, tuple):
        return ExpectedList(tuple(plain(each) for each in value))
    if isinstance(value, Mapping):
        return ExpectedMap({text_key(key): each for key, each in value.items()})
    return value


def matches(node: Node, expected: Expected) -> bool:
    """Tell whether a node of the new text matches what is expected."""
    if isinstance(expected, ExpectedMap):
        return _matches_map(node, expected)
    if isinstance(expected, ExpectedList):
        if not isinstance(node, SequenceNode):
            return not expected.entries and is_null(node)
        return len(node.value) == len(expected.entries) and all(
            matches(child, entry) for child, entry in zip(node.value, expected.entries, strict=True)
        )
    if isinstance(expected, Node):
        return is_same(node, expected)
    return holds_value(node, expected)


def _matches_map(node: Node, expected: ExpectedMap) -> bool:
    if isinstance(node, ScalarNode):
        name = text_key("name")
        return set(expected.pairs) == {name} and matches(node, expected.pairs[name])
    if not isinstance(node, MappingNode) or _has_doubles(node):
        return False
    found = _visible(node, expected.pairs.keys())
    return found.keys() == expected.pairs.keys() and all(
        matches(found[key], value) for key, value in expected.pairs.items()
    )


def _visible(node: MappingNode, expected: Collection[KeyId]) -> dict[KeyId, Node]:
    """Return what a mapping matches; where it takes over others, its own nulls may hide a key."""
    found = effective(node)
    if all(key.tag != MERGE for key, _ in node.value):
        return found
    return {key: value for key, value in found.items() if key in expected or not is_null(value)}


def _has_doubles(node: MappingNode) -> bool:
    keys = [key_id(key) for key, _ in node.value if key.tag != MERGE]
    return len(keys) != len(set(keys))


def is_same(new: Node, old: Node) -> bool:
    """Tell whether two nodes say the same: types, texts, order of lists, what `<<` takes over."""
    ours, theirs = new.value, old.value
    if new.tag != old.tag or type(ours) is not type(theirs):
        return False
    if isinstance(new, ScalarNode) and isinstance(old, ScalarNode):
        is_looser = isinstance(old, LooseText) and ours == theirs + "\n"
        return ours == theirs or is_looser or construct_scalar(new) == construct_scalar(old)
    if isinstance(new, MappingNode):
        return _is_same_map(new, old)
    return len(ours) == len(theirs) and all(map(is_same, ours, theirs))


def _is_same_map(new: MappingNode, old: Node) -> bool:
    for key, _ in new.value:
        if key.tag == MERGE:
            return _is_same_effect(new, old)
    if len(new.value) != len(old.value):
        return False
    for (key, value), (old_key, old_value) in zip(new.value, old.value, strict=True):
        if not is_same(key, old_key):
            # A copy of a shared value may have its keys in another order.
            return not _has_doubles(new) and _is_same_effect(new, old)
        if not is_same(value, old_value):
            return False
    return True


def _is_same_effect(new: MappingNode, old: Node) -> bool:
    other = effective(_mapping(old))
    one = _visible(new, other.keys())
    return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
