"""Fold the edits of a batch, work out what the file must say after them, and compare a text with that.

Pure. A folded batch says what happens to each skill and each section in the end; later edits of the
same thing win. The expectation is made of the nodes as they were read and of the plain values of
the edits; anything the text says differently afterwards is a mismatch.

Skills may share values by anchors, aliases and `<<`: an edit of one must not change the others.
`keep_others` adds to a batch what keeps them as they are: an own copy of what they share, or a null
that hides what they would take over.

    - &base {id: a, level: entry}      `level` of a is set: b gets `level: entry` of its own
    - {<<: *base, id: b}               `level` of b is removed: b gets `level: null`
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import chain

from tracker.adapters.roadmap_files.document import (
    MERGE_TAG,
    STR_TAG,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
)
from tracker.adapters.roadmap_files.parse import merged_maps
from tracker.adapters.roadmap_files.splice.mappings import identity, identity_of, item_changes
from tracker.adapters.roadmap_files.splice.nodes import RoadmapOutline, is_null
from tracker.adapters.roadmap_files.splice.render import Hidden, Value, construct_scalar
from tracker.adapters.roadmap_files.splice.text import make_refusal
from tracker.adapters.roadmap_files.splice.values import holds_value
from tracker.roadmap.edits import (
    AddSection,
    Edit,
    InsertSkill,
    InsertText,
    Item,
    MoveSkill,
    RemoveSkill,
    RenameSection,
    Scalar,
    SetHead,
    SetItems,
    SetValue,
)
from tracker.roadmap.model import At

ROADMAP_KEYS = ("title", "description", "source", "edition", "tracks")
SECTION_KEYS = ("icon", "description")
"""What can be set of a roadmap and of a section: texts, and the tracks."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A skill that comes to a section: one that moves, comes back after a removal, or is new.

    It comes to the end, or in front of the skill with the index `before`. `at` is where one that moves
    is in the file; `values` are those of any other. One that comes back has the `text` it had before
    it was removed; when that fits the list, `fit_texts` sets `node` to what it says, and else it
    empties `text`, and the skill is written as a new one.
    """

    at: At | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    before: int | None = None
    text: str = ""
    node: Node | None = None


@dataclass(slots=True)
class Batch:
    """Folded edits; sections are indexes, those made by the batch come behind those of the file."""

    titles: Sequence[str]
    changes: dict[At, dict[str, Value | None]] = field(default_factory=dict)
    removed: set[At] = field(default_factory=set)
    moved: dict[At, int] = field(default_factory=dict)
    renamed: dict[int, str] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    arrivals: dict[int, list[Arrival]] = field(default_factory=dict)
    heads: dict[int | None, dict[str, Value | None]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def group_gone(self) -> dict[int, set[int]]:
        """Return the skills that leave their place, by section."""
        gone: dict[int, set[int]] = {}
        for section, skill in chain(self.removed, self.moved):
            gone.setdefault(section, set()).add(skill)
        return gone

    def is_gone(self, at: At) -> bool:
        """Tell whether a skill leaves its place."""
        return at in self.removed or at in self.moved

    def section_of(self, title: str) -> int:
        """Return the index of a section by the title it gets, or else by the one it had."""
        if title not in self.places:
            raise make_refusal(
                f"the section '{title}' cannot be filled", "there is no such section"
            )
        return self.places[title]


def fold_edits(edits: Sequence[Edit], titles: Sequence[str]) -> Batch:
    """Fold edits of a file that has sections with these titles."""
    batch = Batch(titles)
    # Sections first, whatever the order of the edits: a skill may come to one that is made here.
    for edit in edits:
        if isinstance(edit, RenameSection):
            if not 0 <= edit.index < len(titles):
                raise make_refusal(
                    "a section cannot be renamed", f"there is no number {edit.index}"
                )
            batch.renamed[edit.index] = str(edit.title)
    final = [batch.renamed.get(index, title) for index, title in enumerate(titles)]
    for edit in edits:
        if isinstance(edit, AddSection) and str(edit.title) not in final:
            texts = {"icon": edit.icon, "description": edit.description}
            batch.heads[len(final)] = {key: text for key, text in texts.items() if text}
            final.append(str(edit.title))
    batch.added += final[len(titles) :]
    # A title that another section had before its renaming still finds that one.
    for names in (final, titles):
        for index, name in enumerate(names):
            batch.places.setdefault(name, index)
    for edit in edits:
        _fold(batch, edit)
    return batch


def _fold(batch: Batch, edit: Edit) -> None:
    match edit:
        case SetValue(at, key, value):
            batch.changes.setdefault(at, {})[key] = value
        case SetItems(at, key, items):
            # Of several entries with one identity the first counts.
            unique = {identity(item): item for item in reversed(items)}
            first = (unique[name] for name in dict.fromkeys(map(identity, items)))
            batch.changes.setdefault(at, {})[key] = tuple(first)
        case InsertSkill(section, values):
            arrival = Arrival(values=present(values))
            batch.arrivals.setdefault(batch.section_of(section), []).append(arrival)
        case InsertText(section, body, before, values):
            arrival = Arrival(None, present(values), before, body)
            batch.arrivals.setdefault(batch.section_of(section), []).append(arrival)
        case RemoveSkill(at):
            # Removing wins over moving, in whatever order they come.
            batch.removed.add(at)
            _forget_move(batch, at)
        case MoveSkill(at, section):
            _forget_move(batch, at)
            if at not in batch.removed:
                batch.moved[at] = batch.section_of(section)
                batch.arrivals.setdefault(batch.moved[at], []).append(Arrival(at=at))
        case SetHead(key, text, section_index):
            _check_head(batch, edit)
            batch.heads.setdefault(section_index, {})[key] = text
        case _:  # sections are folded already
            pass


def _check_head(batch: Batch, edit: SetHead) -> None:
    """Refuse to set what is no text of the roadmap or of one of its sections."""
    allowed = ROADMAP_KEYS if edit.section is None else SECTION_KEYS
    is_there = edit.section is None or 0 <= edit.section < len(batch.titles)
    if not is_there or edit.key not in allowed or (edit.key == "title" and not edit.value):
        where = "the roadmap" if edit.section is None else f"section {edit.section}"
        raise make_refusal(f"'{edit.key}' cannot be set", f"{where} has no such text")


def _forget_move(batch: Batch, at: At) -> None:
    if at in batch.moved:
        section = batch.moved.pop(at)
        batch.arrivals[section].remove(Arrival(at=at))
        if not batch.arrivals[section]:
            del batch.arrivals[section]


def present(values: Mapping[str, Value | None]) -> dict[str, Value]:
    """Return values by key without those that say nothing: None and ()."""
    return {key: value for key, value in values.items() if value is not None and value != ()}


def split_places(
    arrivals: Sequence[Arrival], count: int
) -> tuple[dict[int, list[Arrival]], list[Arrival]]:
    """Return the arrivals in front of each of so many entries, and those that come to the end."""
    placed: dict[int, list[Arrival]] = {}
    for arrival in arrivals:
        if arrival.before is not None:
            placed.setdefault(min(max(arrival.before, 0), count), []).append(arrival)
    last = placed.pop(count, [])
    return placed, [*last, *(arrival for arrival in arrivals if arrival.before is None)]


KeyId = tuple[str, object]
"""What makes a key the same one: its type and its content."""


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


@lru_cache(maxsize=256)  # each skill has the same few
def text_key(key: str) -> KeyId:
    """Return the identity of a key that is text."""
    return (STR_TAG, key)


def _key_id(node: Node) -> KeyId:
    if isinstance(node, ScalarNode):
        return (node.tag, node.value)
    if isinstance(node, MappingNode):
        return (node.tag, tuple((_key_id(key), _key_id(value)) for key, value in node.value))
    return (node.tag, tuple(map(_key_id, node.value)))


def taken_over(node: MappingNode) -> dict[KeyId, Node]:
    """Return the values by key that a mapping takes over by `<<`."""
    found: dict[KeyId, Node] = {}
    for source in merged_maps(node):
        for name, value in effective(source).items():
            found.setdefault(name, value)
    return found


def effective(node: MappingNode) -> dict[KeyId, Node]:
    """Return the values of a mapping by key, those taken over by `<<` included."""
    found = taken_over(node)
    found.update((_key_id(key), value) for key, value in node.value if key.tag != MERGE_TAG)
    return found


def make_expected(root: MappingNode, batch: Batch) -> ExpectedMap:
    """Work out what the whole file must say after a batch."""
    pairs: dict[KeyId, Expected] = dict(effective(root))
    old = pairs.get(text_key("sections"))
    nodes = list(old.value) if isinstance(old, SequenceNode) else []
    touched = {at[0] for at in (*batch.changes, *batch.removed, *batch.moved)} | set(batch.arrivals)
    sections: list[Expected] = []
    for index, node in enumerate(nodes):
        is_same = not (index in touched or index in batch.renamed or index in batch.heads)
        sections.append(node if is_same else _section(batch, index, nodes, touched))
    for index, title in enumerate(batch.added, start=len(nodes)):
        arrivals = batch.arrivals.get(index, [])
        skills = ExpectedList(tuple(_arrival(arrival, batch, nodes) for arrival in arrivals))
        added: dict[KeyId, Expected] = {text_key("title"): title, text_key("skills"): skills}
        _set_heads(added, batch, index)
        sections.append(ExpectedMap(added))
    if sections:
        pairs[text_key("sections")] = ExpectedList(tuple(sections))
    _set_heads(pairs, batch, None)
    return ExpectedMap(pairs)


def _set_heads(pairs: dict[KeyId, Expected], batch: Batch, section: int | None) -> None:
    for key, value in batch.heads.get(section, {}).items():
        old = pairs.pop(text_key(key), None)
        if value is not None and value != ():
            pairs[text_key(key)] = _value(value, old)


def _section(batch: Batch, index: int, nodes: list[Node], touched: Collection[int]) -> ExpectedMap:
    pairs: dict[KeyId, Expected] = dict(effective(_mapping(nodes[index])))
    if index in batch.renamed:
        pairs[text_key("title")] = batch.renamed[index]
    _set_heads(pairs, batch, index)
    if index in touched:
        pairs[text_key("skills")] = ExpectedList(tuple(_skills(batch, index, nodes)))
    return ExpectedMap(pairs)


def _skills(batch: Batch, section: int, nodes: list[Node]) -> Iterator[Expected]:
    """Yield the skills of a section in their order: those that stay, those that come."""
    skills = _skills_of(nodes[section])
    placed, last = split_places(batch.arrivals.get(section, []), len(skills))
    for place, skill in enumerate(skills):
        yield from (_arrival(arrival, batch, nodes) for arrival in placed.get(place, ()))
        if not batch.is_gone((section, place)):
            yield _skill(skill, batch.changes.get((section, place), {}))
    yield from (_arrival(arrival, batch, nodes) for arrival in last)


def _arrival(arrival: Arrival, batch: Batch, nodes: list[Node]) -> Expected:
    if arrival.node is not None:
        return arrival.node
    if arrival.at is None:
        return ExpectedMap({text_key(key): _expect(value) for key, value in arrival.values.items()})
    section, skill = arrival.at
    return _skill(_skills_of(nodes[section])[skill], batch.changes.get(arrival.at, {}))


def _skills_of(section: Node) -> list[Node]:
    skills = effective(_mapping(section)).get(text_key("skills"))
    return list(skills.value) if isinstance(skills, SequenceNode) else []


def _mapping(node: Node) -> MappingNode:
    if not isinstance(node, MappingNode):
        raise IndexError(node.tag)
    return node


def _skill(node: Node, changes: Mapping[str, Value | None]) -> Expected:
    if not changes:
        return node
    # A bare string is a skill with nothing but a name.
    pairs: dict[KeyId, Expected] = {text_key("name"): node}
    if isinstance(node, MappingNode):
        pairs = dict(effective(node))
    for key, value in changes.items():
        old = pairs.pop(text_key(key), None)
        if value is not None and value != ():
            pairs[text_key(key)] = _value(value, old)
    return ExpectedMap(pairs)


def _value(value: Value, old: Expected | None) -> Expected:
    """Work out a value; the entries of a list that stay keep their order and their other keys."""
    if not isinstance(value, tuple):
        return _expect(value)
    items = {identity(item): item for item in value}
    nodes = old.value if isinstance(old, SequenceNode) else []
    known = [identity_of(node) for node in nodes]
    kept: list[Expected] = []
    for name, node in zip(known, nodes, strict=True):
        if name in items:
            item = items[name]
            if isinstance(item, str) or not isinstance(node, MappingNode):
                kept.append(node)
            else:
                kept.append(_skill(node, item_changes(node, item)))
    return ExpectedList((*kept, *(_expect(items[name]) for name in items if name not in known)))


def _expect(value: Value | Item) -> Expected:
    if isinstance(value, tuple):
        return ExpectedList(tuple(map(_expect, value)))
    if isinstance(value, Mapping):
        present_parts = {key: part for key, part in value.items() if part is not None}
        return ExpectedMap({text_key(key): _expect(part) for key, part in present_parts.items()})
    return value


def matches(node: Node, expected: Expected) -> bool:
    """Tell whether a node of the new text says what is expected."""
    if isinstance(expected, ExpectedMap):
        return _matches_map(node, expected)
    if isinstance(expected, ExpectedList):
        if not isinstance(node, SequenceNode):
            return not expected.entries and is_null(node)
        # Views that nothing keeps: those of all skills would take as much memory as the roadmap.
        numbers = node.document.children(node.number)
        nodes = map(node.document.node, numbers)
        return len(numbers) == len(expected.entries) and all(map(matches, nodes, expected.entries))
    if isinstance(expected, Node):
        return is_same(node, expected)
    return holds_value(node, expected)


def _matches_map(node: Node, expected: ExpectedMap) -> bool:
    if isinstance(node, ScalarNode):
        # A block mapping that lost its last key is null: its own key and its comments stay.
        if not expected.pairs:
            return is_null(node)
        name = text_key("name")
        return set(expected.pairs) == {name} and matches(node, expected.pairs[name])
    if not isinstance(node, MappingNode) or _has_doubles(node):
        return False
    found = _visible(node, expected.pairs.keys())
    return found.keys() == expected.pairs.keys() and all(
        matches(found[key], value) for key, value in expected.pairs.items()
    )


def _visible(node: MappingNode, expected: Collection[KeyId]) -> dict[KeyId, Node]:
    """Return what a mapping says; where it takes over others, its own nulls may hide a key."""
    found = effective(node)
    if all(key.tag != MERGE_TAG for key, _ in node.value):
        return found
    return {key: value for key, value in found.items() if key in expected or not is_null(value)}


def _has_doubles(node: MappingNode) -> bool:
    keys = [_key_id(key) for key, _ in node.value if key.tag != MERGE_TAG]
    return len(keys) != len(set(keys))


def is_same(new: Node, old: Node) -> bool:
    """Tell whether two nodes say the same: types, texts, order of lists, what `<<` takes over."""
    # Nearly every node, and much faster than one by one.
    if new.is_copy(old):
        return True
    ours, theirs = new.value, old.value
    if new.tag != old.tag or type(ours) is not type(theirs):
        return False
    if isinstance(new, ScalarNode) and isinstance(old, ScalarNode):
        is_looser = old.is_loose and ours == theirs + "\n"
        return ours == theirs or is_looser or construct_scalar(new) == construct_scalar(old)
    if isinstance(new, MappingNode):
        return _is_same_map(new, old)
    return len(ours) == len(theirs) and all(map(is_same, ours, theirs))


def _is_same_map(new: MappingNode, old: Node) -> bool:
    for key, _ in new.value:
        if key.tag == MERGE_TAG:
            return _is_same_effect(new, old)
    if len(new.value) != len(old.value):
        return False
    # Pair by pair: much faster than by key, and nearly always the order is the same.
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


def keep_others(outline: RoadmapOutline, batch: Batch) -> frozenset[Node]:
    """Extend a batch so that skills which share what it edits stay as they are.

    Returns the value nodes that are edited.
    """
    # A skill that moves may be written anew for its new list, so its lists are completed as well.
    if not outline.tree.has_aliases and not batch.moved:
        return frozenset()
    sharing = _Sharing(outline)
    edited = {at: dict(batch.changes[at]) for at in batch.changes if at in sharing.skills}
    for at in edited:
        _complete_changes(batch.changes[at], sharing.skills[at], is_alias=_is_alias(outline, at))
    edited_nodes: set[Node] = set()
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
        self.takers: dict[Node, list[At]] = {}
        self.users: dict[Node, list[tuple[At, str]]] = {}
        for at, node in self.skills.items():
            for source in (node, *merged_maps(node)):
                self.takers.setdefault(source, []).append(at)
            for key, value in node.value:
                self.users.setdefault(value, []).append((at, key.value))


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
    for other in sharing.takers[node]:
        taker = sharing.skills[other]
        if other == at or other in batch.removed:
            continue
        own = () if taker == node else [key.value for key, _ in taker.value if key.tag != MERGE_TAG]
        for key in keys:
            if key not in own and key not in batch.changes.get(other, {}):
                _pin(batch, other, key, effective(taker).get(text_key(key)))


def _pin_aliased(batch: Batch, sharing: _Sharing, at: At, keys: Sequence[str]) -> set[Node]:
    """Give the skills that use an edited value by an alias a copy of their own."""
    node = sharing.skills[at]
    values = dict.fromkeys(value for key, value in node.value if key.value in keys)
    for value in values:
        for other, key in sharing.users[value]:
            is_other = key not in keys if other == at else sharing.skills[other] != node
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
