"""Change one skill (a mapping, a bare string or an alias), or the texts of a roadmap or section.

Where a skill stands among others is the business of `sections`.
"""

from __future__ import annotations

from collections.abc import Mapping

from yaml.nodes import MappingNode, ScalarNode

from tracker.adapters.roadmap_files.splice.mappings import Changes, edit_mapping, set_value
from tracker.adapters.roadmap_files.splice.nodes import ListEntry, Pair, Slot
from tracker.adapters.roadmap_files.splice.render import (
    Value,
    format_scalar,
    indent_lines,
    quote_of,
    render_flow_pairs,
    render_key,
    render_pair,
)
from tracker.adapters.roadmap_files.splice.sections import RoadmapEdit
from tracker.adapters.roadmap_files.splice.text import Patch, join_lines
from tracker.adapters.roadmap_files.splice.values import EditState, ValueSite, set_scalar

SKILL_ORDER = (
    "id", "name", "goal", "status", "level", "hours", "started", "completed",
    "requires", "tags", "covered_by", "resources", "notes",
)  # fmt: skip


def edit_skill(state: EditState, entry: ListEntry, changes: Changes, *, flow: bool) -> list[Patch]:
    """Return the patches that make all changes to one skill; `flow` matches how its list is written."""
    slot = entry.slot
    if "name" in changes and not changes["name"]:
        raise state.tree.refuse("a name cannot be removed", "every skill has one", slot.start)
    if isinstance(slot.node, MappingNode):
        if slot.alias:
            return _edit_alias(state, entry, changes, flow=flow)
        return edit_mapping(state, slot, changes, SKILL_ORDER, set_value)
    if isinstance(slot.node, ScalarNode):
        return _edit_bare(state, entry, changes, flow=flow)
    raise state.tree.refuse("a skill cannot be changed", "it is not understood", slot.start)


def _edit_alias(state: EditState, entry: ListEntry, changes: Changes, *, flow: bool) -> list[Patch]:
    """Give a skill that is an alias keys of its own, on top of those it takes over."""
    tree, slot = state.tree, entry.slot
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
        rest = "".join(f", {text}" for text in render_flow_pairs(ordered, state.style))
        return [Patch(slot.start, slot.end, f"{{<<: {reference}{rest}}}")]
    return [
        Patch(slot.start, slot.start, "<<: "),
        _below(state, slot, ordered),
    ]


def _edit_bare(state: EditState, entry: ListEntry, changes: Changes, *, flow: bool) -> list[Patch]:
    """Change a bare string: its text, or into a mapping when it gains a field."""
    slot = entry.slot
    own = {key: value for key, value in changes.items() if value is not None and value != ()}
    column = state.tree.source.column(slot.start)
    site = ValueSite(
        Pair(slot.start, slot, slot, "name"), state.tree.source.column(entry.mark), flow
    )
    others = {key: value for key, value in own.items() if key != "name"}
    if not others:
        return (set_scalar(state, site, own["name"]) or []) if "name" in own else []
    ordered = dict(sorted(others.items(), key=lambda each: _rank(each[0])))
    front = {key: value for key, value in ordered.items() if _rank(key) < _rank("name")}
    behind = {key: value for key, value in ordered.items() if key not in front}
    name = _name_text(state, slot, own.get("name"), flow=flow)
    if flow:
        texts = [
            *render_flow_pairs(front, state.style),
            name,
            *render_flow_pairs(behind, state.style),
        ]
        return [Patch(slot.start, slot.end, "{" + ", ".join(texts) + "}")]
    lines = [line for each in front.items() for line in render_pair(*each, state.style)]
    indented = indent_lines([*lines, name], column)
    text = state.tree.source.nl.join(indented).lstrip(" ")
    return [Patch(slot.start, slot.end, text), _below(state, slot, behind)]


def _name_text(state: EditState, slot: Slot, value: Value | None, *, flow: bool) -> str:
    """Write the pair `name:` of a bare string, as it stands unless it changes or is long."""
    key = render_key("name", state.style, flow=flow)
    node = slot.node
    is_long = node.start_mark.line != node.end_mark.line
    if value is None and (slot.alias or not is_long):
        return f"{key}: {state.tree.source.text[slot.start : slot.end]}"
    state.note_replaced(node)
    quote = quote_of(node) if isinstance(node, ScalarNode) else None
    text = node.value if value is None or isinstance(value, tuple) else value
    return f"{key}: {format_scalar(text, style=quote, flow=flow)}"


def _below(state: EditState, slot: Slot, values: Mapping[str, Value]) -> Patch:
    """Return the patch that adds pairs on the lines below a value."""
    source = state.tree.source
    lines = [line for each in values.items() for line in render_pair(*each, state.style)]
    place = source.next_line(slot.end)
    text = join_lines(indent_lines(lines, source.column(slot.start)), source.nl)
    return Patch(place, place, text)


def _rank(key: str) -> int:
    return SKILL_ORDER.index(key) if key in SKILL_ORDER else len(SKILL_ORDER)


ROADMAP_ORDER = ("title", "description", "source", "edition", "sections")
SECTION_ORDER = ("title", "description", "skills")


def change_heads(edit: RoadmapEdit) -> list[Patch]:
    """Return the patches that set texts of the roadmap and of the sections it has."""
    patches: list[Patch] = []
    sections = edit.outline.sections
    for index, changes in edit.batch.heads.items():
        if index is None:
            root = edit.outline.tree.root
            patches += edit_mapping(edit.state, root, changes, ROADMAP_ORDER, set_scalar)
        elif index < len(sections):
            slot = sections[index].slot
            if slot.alias:
                raise edit.outline.tree.refuse(
                    "a section cannot be changed", "it is an alias of another one", slot.start
                )
            patches += edit_mapping(edit.state, slot, changes, SECTION_ORDER, set_scalar)
    return patches
