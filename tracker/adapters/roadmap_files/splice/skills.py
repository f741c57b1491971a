"""Change one skill (a mapping, a bare string or an alias), or the texts of a roadmap or section.

Where a skill goes among others, and the title of a section, are the business of `sections`.
"""

from __future__ import annotations

from collections.abc import Mapping

from yaml.nodes import MappingNode, ScalarNode

from tracker.adapters.roadmap_files.splice.batch import Batch, present
from tracker.adapters.roadmap_files.splice.mappings import Changes, edit_mapping, set_value
from tracker.adapters.roadmap_files.splice.nodes import ListEntry, Pair, RoadmapOutline, Slot
from tracker.adapters.roadmap_files.splice.render import (
    Value,
    format_scalar,
    quote_of,
    render_flow_pairs,
    render_key,
    render_pairs,
)
from tracker.adapters.roadmap_files.splice.text import Patch, indent_lines, join_lines
from tracker.adapters.roadmap_files.splice.values import EditState, ValueSite, set_scalar

ROADMAP_ORDER = ("title", "description", "source", "edition", "sections")
SECTION_ORDER = ("title", "description", "skills")
SKILL_ORDER = (
    "id", "name", "goal", "status", "level", "hours", "started", "completed",
    "requires", "tags", "covered_by", "resources", "notes",
)  # fmt: skip


def change_heads(state: EditState, outline: RoadmapOutline, batch: Batch) -> list[Patch]:
    """Return the patches that set texts of the roadmap and of the sections it has."""
    patches: list[Patch] = []
    for index, changes in batch.heads.items():
        if index is None:
            patches += edit_mapping(state, outline.tree.root, changes, ROADMAP_ORDER, set_scalar)
        # The texts of a section that the batch adds are written together with it.
        elif index < len(outline.sections):
            slot = outline.sections[index].slot
            if slot.alias:
                raise outline.tree.refuse(
                    "a section cannot be changed", "it is an alias of another one", slot.start
                )
            patches += edit_mapping(state, slot, changes, SECTION_ORDER, set_scalar)
    return patches


def edit_skill(state: EditState, entry: ListEntry, changes: Changes, *, flow: bool) -> list[Patch]:
    """Return the patches that make all changes to one skill; `flow` says how its list is written."""
    slot = entry.slot
    if "name" in changes and not changes["name"]:
        raise state.tree.refuse("a name cannot be removed", "every skill has one", slot.start)
    if isinstance(slot.node, MappingNode):
        if slot.alias:
            return _edit_alias(state, slot, slot.node, changes, flow=flow)
        return edit_mapping(state, slot, changes, SKILL_ORDER, set_value)
    if isinstance(slot.node, ScalarNode):
        return _edit_bare(state, entry, changes, flow=flow)
    raise state.tree.refuse("a skill cannot be changed", "it is not understood", slot.start)


def _edit_alias(
    state: EditState, slot: Slot, node: MappingNode, changes: Changes, *, flow: bool
) -> list[Patch]:
    """Give a skill that is an alias keys of its own: `*a` becomes `<<: *a` and those keys."""
    own = _order(present(changes))
    gone = [key for key in changes if key not in own]
    if gone and {key.value for key, _ in node.value} & set(gone):
        raise state.tree.refuse(
            f"'{gone[0]}' cannot be removed", "the skill takes it over from another one", slot.start
        )
    if not own:
        return []
    reference = state.tree.source.text[slot.start : slot.end]
    if flow:
        texts = [f"<<: {reference}", *render_flow_pairs(own, state.style)]
        return [Patch(slot.start, slot.end, "{" + ", ".join(texts) + "}")]
    return [Patch(slot.start, slot.start, "<<: "), _add_below(state, slot, own)]


def _edit_bare(state: EditState, entry: ListEntry, changes: Changes, *, flow: bool) -> list[Patch]:
    """Change a bare string: its text, or into a mapping when it gains a field."""
    slot = entry.slot
    source = state.tree.source
    own = present(changes)
    others = _order({key: value for key, value in own.items() if key != "name"})
    if not others:
        pair = Pair(slot.start, slot, slot, "name")
        site = ValueSite(state, pair, source.column(entry.mark), flow)
        return (set_scalar(site, own["name"]) or []) if "name" in own else []
    front = {key: value for key, value in others.items() if _rank(key) < _rank("name")}
    behind = {key: value for key, value in others.items() if key not in front}
    name = _name_text(state, slot, own.get("name"), flow=flow)
    if flow:
        before, after = (render_flow_pairs(some, state.style) for some in (front, behind))
        return [Patch(slot.start, slot.end, "{" + ", ".join([*before, name, *after]) + "}")]
    lines = [*render_pairs(front, state.style), name]
    text = source.nl.join(indent_lines(lines, source.column(slot.start))).lstrip(" ")
    return [Patch(slot.start, slot.end, text), _add_below(state, slot, behind)]


def _name_text(state: EditState, slot: Slot, value: Value | None, *, flow: bool) -> str:
    """Write the pair `name:` of a bare string, as it is in the file unless it changes or is long."""
    key = render_key("name", state.style, flow=flow)
    node = slot.node
    is_long = node.start_mark.line != node.end_mark.line
    if value is None and (slot.alias or not is_long):
        return f"{key}: {state.tree.source.text[slot.start : slot.end]}"
    state.note_replaced(node)
    text = node.value if value is None or isinstance(value, tuple | Mapping) else value
    return f"{key}: {format_scalar(text, style=quote_of(node), flow=flow)}"


def _add_below(state: EditState, slot: Slot, values: Mapping[str, Value]) -> Patch:
    """Return the patch that adds pairs on the lines below a value."""
    source = state.tree.source
    lines = indent_lines(render_pairs(values, state.style), source.column(slot.start))
    place = source.next_line(slot.end)
    return Patch(place, place, join_lines(lines, source.nl))


def _order(values: Mapping[str, Value]) -> dict[str, Value]:
    return dict(sorted(values.items(), key=lambda pair: _rank(pair[0])))


def _rank(key: str) -> int:
    return SKILL_ORDER.index(key) if key in SKILL_ORDER else len(SKILL_ORDER)
