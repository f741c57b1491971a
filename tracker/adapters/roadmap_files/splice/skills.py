"""Change one skill (a mapping, a bare string or an alias), or the texts of a roadmap or section.

Where a skill stands among others is the business of `sections`.
"""

from __future__ import annotations

from collections.abc import Mapping

from yaml.nodes import MappingNode, ScalarNode

from tracker.adapters.roadmap_files.splice.mappings import Changes, edit_mapping, set_value
from tracker.adapters.roadmap_files.splice.nodes import Entry, Pair, Slot
from tracker.adapters.roadmap_files.splice.render import (
    Value,
    format_scalar,
    indent_lines,
    quote_of,
    render_flow_pairs,
    render_key,
    render_pair,
)
from tracker.adapters.roadmap_files.splice.sections import Work
from tracker.adapters.roadmap_files.splice.text import Piece, join_lines
from tracker.adapters.roadmap_files.splice.values import Editing, Site, set_scalar

SKILL_ORDER = (
    "id", "name", "goal", "status", "level", "hours", "started", "completed",
    "requires", "tags", "covered_by", "resources", "notes",
)  # fmt: skip


def edit_skill(editing: Editing, entry: Entry, changes: Changes, *, flow: bool) -> list[Piece]:
    """Return the pieces that make all changes to one skill; `flow` says how its list is written."""
    slot = entry.slot
    if "name" in changes and not changes["name"]:
        raise editing.tree.refuse("a name cannot be removed", "every skill has one", slot.start)
    if isinstance(slot.node, MappingNode):
        if slot.alias:
            return _edit_alias(editing, entry, changes, flow=flow)
        return edit_mapping(editing, slot, changes, SKILL_ORDER, set_value)
    if isinstance(slot.node, ScalarNode):
        return _edit_bare(editing, entry, changes, flow=flow)
    raise editing.tree.refuse("a skill cannot be changed", "it is not understood", slot.start)


def _edit_alias(editing: Editing, entry: Entry, changes: Changes, *, flow: bool) -> list[Piece]:
    """Give a skill that is an alias keys of its own, on top of those it takes over."""
    tree, slot = editing.tree, entry.slot
    own = {key: value for key, value in changes.items() if value is not None and value != ()}
    gone = [key for key in changes if key not in own]
    if gone and {key.value for key, _ in slot.node.value} & set(gone):
        raise tree.refuse(
            f"'{gone[0]}' cannot be removed", "the skill takes it over from another one", slot.start
        )
    if not own:
        return []
    ordered = dict(sorted(own.items(), key=lambda each: _rank(each[0])))
    reference = tree.source.text[slot.start : slot.end]
    if flow:
        rest = "".join(f", {text}" for text in render_flow_pairs(ordered, editing.style))
        return [Piece(slot.start, slot.end, f"{{<<: {reference}{rest}}}")]
    return [
        Piece(slot.start, slot.start, "<<: "),
        _below(editing, slot, ordered),
    ]


def _edit_bare(editing: Editing, entry: Entry, changes: Changes, *, flow: bool) -> list[Piece]:
    """Change a bare string: its text, or into a mapping when it gains a field."""
    slot = entry.slot
    own = {key: value for key, value in changes.items() if value is not None and value != ()}
    column = editing.tree.source.column(slot.start)
    site = Site(Pair(slot.start, slot, slot, "name"), editing.tree.source.column(entry.mark), flow)
    others = {key: value for key, value in own.items() if key != "name"}
    if not others:
        return (set_scalar(editing, site, own["name"]) or []) if "name" in own else []
    ordered = dict(sorted(others.items(), key=lambda each: _rank(each[0])))
    front = {key: value for key, value in ordered.items() if _rank(key) < _rank("name")}
    behind = {key: value for key, value in ordered.items() if key not in front}
    name = _name_text(editing, slot, own.get("name"), flow=flow)
    if flow:
        texts = [
            *render_flow_pairs(front, editing.style),
            name,
            *render_flow_pairs(behind, editing.style),
        ]
        return [Piece(slot.start, slot.end, "{" + ", ".join(texts) + "}")]
    lines = [line for each in front.items() for line in render_pair(*each, editing.style)]
    indented = indent_lines([*lines, name], column)
    text = editing.tree.source.nl.join(indented).lstrip(" ")
    return [Piece(slot.start, slot.end, text), _below(editing, slot, behind)]


def _name_text(editing: Editing, slot: Slot, value: Value | None, *, flow: bool) -> str:
    """Write the pair `name:` of a bare string, as it stands unless it changes or is long."""
    key = render_key("name", editing.style, flow=flow)
    node = slot.node
    is_long = node.start_mark.line != node.end_mark.line
    if value is None and (slot.alias or not is_long):
        return f"{key}: {editing.tree.source.text[slot.start : slot.end]}"
    editing.spend(node)
    quote = quote_of(node) if isinstance(node, ScalarNode) else None
    text = node.value if value is None or isinstance(value, tuple) else value
    return f"{key}: {format_scalar(text, style=quote, flow=flow)}"


def _below(editing: Editing, slot: Slot, values: Mapping[str, Value]) -> Piece:
    """Return the piece that adds pairs on the lines below a value."""
    source = editing.tree.source
    lines = [line for each in values.items() for line in render_pair(*each, editing.style)]
    place = source.next_line(slot.end)
    text = join_lines(indent_lines(lines, source.column(slot.start)), source.nl)
    return Piece(place, place, text)


def _rank(key: str) -> int:
    return SKILL_ORDER.index(key) if key in SKILL_ORDER else len(SKILL_ORDER)


ROADMAP_ORDER = ("title", "description", "source", "edition", "sections")
SECTION_ORDER = ("title", "description", "skills")


def change_heads(work: Work) -> list[Piece]:
    """Return the pieces that set texts of the roadmap and of the sections it has."""
    pieces: list[Piece] = []
    sites = work.outline.sites
    for index, changes in work.batch.heads.items():
        if index is None:
            root = work.outline.tree.root
            pieces += edit_mapping(work.editing, root, changes, ROADMAP_ORDER, set_scalar)
        elif index < len(sites):
            slot = sites[index].slot
            if slot.alias:
                raise work.outline.tree.refuse(
                    "a section cannot be changed", "it is an alias of another one", slot.start
                )
            pieces += edit_mapping(work.editing, slot, changes, SECTION_ORDER, set_scalar)
    return pieces
