"""Keys of a mapping set, added and removed, in block and in flow style.

Knows nothing of skills: the order of keys and the way to set a value are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tracker.adapters.roadmap_files.splice.editing import Editing, Site, scalar_spans
from tracker.adapters.roadmap_files.splice.flow import change_entries
from tracker.adapters.roadmap_files.splice.kinds import MERGE, is_flow
from tracker.adapters.roadmap_files.splice.nodes import Pair, Slot
from tracker.adapters.roadmap_files.splice.outline import blank_lines
from tracker.adapters.roadmap_files.splice.render import (
    Value,
    indent_lines,
    render_flow_value,
    render_key,
    render_pair,
)
from tracker.adapters.roadmap_files.splice.text import (
    Piece,
    comment_lines,
    indent_of,
    join_lines,
    merge_spans,
)

Setter = Callable[[Editing, Site, Value], list[Piece] | None]
"""Returns the pieces that set a value in place, None when its pair must be written anew."""

Changes = Mapping[str, Value | None]
"""What keys of a mapping shall hold; None or () removes a key."""


@dataclass(slots=True)
class _MapEdit:
    """A mapping at work: its pairs, those that go, and the values of the keys that come."""

    slot: Slot
    pairs: list[Pair]
    order: Sequence[str]
    gone: set[int] = field(default_factory=set)
    fresh: dict[str, Value] = field(default_factory=dict)

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
        for key in sorted(self.fresh, key=self.rank):
            found.setdefault(self.place(key), []).append(key)
        return found


def edit_mapping(
    editing: Editing, slot: Slot, changes: Changes, order: Sequence[str], set_value: Setter
) -> list[Piece]:
    """Return the pieces that make all changes to a mapping; new keys are put in by `order`."""
    tree = editing.tree
    edit = _MapEdit(slot, tree.pairs(slot.node), order)
    column = 0 if edit.is_flow else tree.source.column(edit.pairs[0].start)
    pieces: list[Piece] = []
    for key, value in changes.items():
        index = find_pair(editing, edit.pairs, key)
        if value is None or value == ():
            _remove(editing, edit, index)
        elif index is None:
            edit.fresh[key] = value
        else:
            site = Site(edit.pairs[index], column, edit.is_flow)
            in_place = set_value(editing, site, value)
            if in_place is None:
                edit.gone.add(index)
                edit.fresh[key] = value
            pieces += in_place or []
    change = _change_flow if edit.is_flow else _change_block
    return pieces + change(editing, edit)


def find_pair(editing: Editing, pairs: Sequence[Pair], key: str) -> int | None:
    """Return the index of a key's pair; refuses a key that is there twice."""
    found = [index for index, pair in enumerate(pairs) if pair.name == key]
    if len(found) > 1:
        raise editing.tree.refuse(
            f"the key '{key}' cannot be changed", "it is there twice", pairs[found[1]].key.start
        )
    return found[0] if found else None


def _remove(editing: Editing, edit: _MapEdit, index: int | None) -> None:
    if index is not None:
        edit.gone.add(index)
        editing.spend(edit.pairs[index].value.node)


def _change_flow(editing: Editing, edit: _MapEdit) -> list[Piece]:
    tree, slot = editing.tree, edit.slot
    spans = [(pair.start, pair.end) for pair in edit.pairs]
    fresh = {
        index: [
            f"{render_key(key, editing.style, flow=True)}: "
            + render_flow_value(key, edit.fresh[key], editing.style)
            for key in keys
        ]
        for index, keys in edit.places().items()
    }
    if not edit.gone and not fresh:
        return []
    pieces = change_entries(tree, slot, spans, edit.gone, fresh)
    body = tree.body(slot)
    if tree.source.text[body] == "{":
        return pieces
    return [Piece(body, body, "{"), *pieces, Piece(slot.end, slot.end, "}")]


def _change_block(editing: Editing, edit: _MapEdit) -> list[Piece]:
    pieces: list[Piece] = []
    front = _is_inline(editing, edit)
    for index in sorted(edit.gone):
        if not front or index > min(edit.kept, default=len(edit.pairs)):
            pieces += _drop_pair(editing, edit, index)
    if front and 0 in edit.gone:
        pieces += _drop_front(editing, edit)
    for index, keys in edit.places().items():
        lines = [line for key in keys for line in render_pair(key, edit.fresh[key], editing.style)]
        pieces.append(_put(editing, edit, index, lines))
    return pieces


def _is_inline(editing: Editing, edit: _MapEdit) -> bool:
    """Tell whether the first key stands behind something else, usually the dash of a list."""
    return not editing.tree.source.is_first_on_line(edit.pairs[0].start)


def _drop_pair(editing: Editing, edit: _MapEdit, index: int) -> list[Piece]:
    """Delete the lines of a pair, and blank ones below that a text above would take for its own."""
    tree, pair = editing.tree, edit.pairs[index]
    start = pair.start
    if not tree.source.is_first_on_line(start):
        raise tree.refuse("a key cannot be removed", "it is written in an unusual way", start)
    pieces = editing.drop_lines(start, pair.end, pair.value.node, tree.source.column(start))
    above = max((each for each in edit.kept if each < index), default=None)
    if above is not None and tree.keeps_breaks(edit.pairs[above].value.node):
        below = tree.source.next_line(pair.end)
        pieces.append(Piece(*blank_lines(tree.source, below, down=True), ""))
    return pieces


def _drop_front(editing: Editing, edit: _MapEdit) -> list[Piece]:
    """Delete the first keys and pull the first one that stays up to the dash."""
    source = editing.tree.source
    start = edit.pairs[0].start
    if not edit.kept:
        raise editing.tree.refuse("the last key cannot be removed", "nothing would be left", start)
    end = edit.pairs[min(edit.kept)].start
    values = [pair.value.node for pair in edit.pairs[: min(edit.kept)] if not pair.value.alias]
    texts = merge_spans(span for node in values for span in scalar_spans(editing.tree, node))
    comments = comment_lines(source.text, source.next_line(start), end, texts)
    line = source.line_start(start)
    indent = " " * indent_of(source.text[line:start])
    above = Piece(line, line, join_lines([indent + each for each in comments], source.nl))
    return [above, Piece(start, end, "")] if comments else [Piece(start, end, "")]


def _put(editing: Editing, edit: _MapEdit, index: int, lines: list[str]) -> Piece:
    source = editing.tree.source
    first = edit.pairs[0].start
    column = source.column(first)
    if index >= 0:
        place = source.behind_comments(source.next_line(edit.pairs[index].end), column)
        return Piece(place, place, join_lines(indent_lines(lines, column), source.nl))
    if _is_inline(editing, edit):
        indented = indent_lines([*lines, ""], column)
        text = source.nl.join(indented).lstrip(" ") + " " * column
        return Piece(first, first, text)
    place = source.line_start(first)
    return Piece(place, place, join_lines(indent_lines(lines, column), source.nl))
