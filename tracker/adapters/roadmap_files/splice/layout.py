"""Where and in which shape the next entry of a list is written: like its siblings.

Reads only. A list without entries takes after the first one that has some.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from yaml.nodes import MappingNode, ScalarNode

from tracker.adapters.roadmap_files.splice.kinds import is_flow
from tracker.adapters.roadmap_files.splice.nodes import Slot, Tree
from tracker.adapters.roadmap_files.splice.outline import EntryList, Outline
from tracker.adapters.roadmap_files.splice.render import (
    Value,
    indent_lines,
    render_flow_map,
    render_flow_value,
    render_pair,
)
from tracker.adapters.roadmap_files.splice.style import Style


@dataclass(frozen=True, slots=True)
class Layout:
    """Shape of a list: column of its dashes, columns from dash to content, and its style.

    `is_flow` says how the list is written, `flow_entry` how a mapping in it is, `is_bare` that its
    entries are bare strings, `has_blanks` that blank lines stand between them.
    """

    column: int
    gap: int = 2
    is_flow: bool = False
    flow_entry: bool = False
    is_bare: bool = False
    has_blanks: bool = False


def key_column(tree: Tree, parent: Slot) -> int:
    """Return the column of a mapping's keys."""
    pairs = tree.pairs(parent.node)
    return tree.source.column(pairs[0].start) if pairs else 0


def sections_layout(outline: Outline, offset: int) -> Layout:
    """Return the layout of the list of sections; `offset` is for a file that has none."""
    sections = outline.sections
    if sections.nodes:
        return _layout_of(sections, has_blanks=bool(sections.has_blanks))
    column = key_column(outline.tree, sections.parent) + offset
    return Layout(column, is_flow=sections.is_flow, flow_entry=sections.is_flow)


def skills_layout(outline: Outline, skills: EntryList, offset: int) -> Layout:
    """Return the layout of the skills of a section that is in the file."""
    if skills.nodes:
        return _layout_of(skills, has_blanks=outline.has_blanks(skills))
    column = key_column(outline.tree, skills.parent)
    return new_skills_layout(outline, column, offset, is_flow=skills.is_flow)


def new_skills_layout(outline: Outline, column: int, offset: int, *, is_flow: bool) -> Layout:
    """Return the layout of skills below a section whose keys stand at a column."""
    model = next(_models(outline), None)
    if model is None:
        return Layout(column + offset, is_flow=is_flow, flow_entry=is_flow)
    shape = _layout_of(model, has_blanks=outline.has_blanks(model))
    if is_flow or shape.is_flow:
        return replace(shape, is_flow=True, flow_entry=True)
    offset = shape.column - key_column(outline.tree, model.parent)
    return replace(shape, column=column + max(offset, 0))


def _models(outline: Outline) -> Iterator[EntryList]:
    for site in outline.sites:
        skills = site.skills
        if not (skills.pair and skills.pair.value.alias) and skills.nodes:
            yield skills


def _layout_of(entries: EntryList, *, has_blanks: bool) -> Layout:
    located = entries.entries
    own = [entry for entry in located if not entry.slot.alias]
    maps = [entry for entry in own if isinstance(entry.slot.node, MappingNode)]
    flow_entry = bool(maps) and is_flow(maps[-1].slot.node)
    is_bare = all(isinstance(entry.slot.node, ScalarNode) for entry in located)
    if entries.is_flow:
        return Layout(0, is_flow=True, flow_entry=True, is_bare=is_bare)
    source = entries.tree.source
    gaps = [
        entry.slot.start - entry.mark
        for entry in maps or own
        if source.line_of(entry.slot.start) == source.line_of(entry.mark)
    ]
    return Layout(
        column=source.column(located[-1].mark),
        gap=gaps[-1] if gaps else 2,
        flow_entry=flow_entry,
        is_bare=is_bare,
        has_blanks=has_blanks,
    )


def render_skill(values: Mapping[str, Value], layout: Layout, style: Style) -> list[str]:
    """Write a new skill as lines that begin at the column of its dash."""
    dash = "-" + " " * (layout.gap - 1)
    if layout.flow_entry or (layout.is_bare and set(values) == {"name"}):
        return [dash + render_flow_skill(values, layout, style)]
    lines = [line for key, value in values.items() for line in render_pair(key, value, style)]
    return [dash + lines[0], *indent_lines(lines[1:], layout.gap)]


def render_flow_skill(values: Mapping[str, Value], layout: Layout, style: Style) -> str:
    """Write a new skill on one line."""
    if layout.is_bare and set(values) == {"name"}:
        return render_flow_value("name", values["name"], style)
    return render_flow_map(values, style)
