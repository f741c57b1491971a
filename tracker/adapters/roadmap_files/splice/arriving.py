"""Skills that come to a section: moved, new, or as they stood before they were removed.

Writes them in the shape of the list they come to; where in it they stand is `sections`' business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from tracker.adapters.roadmap_files.splice.batch import Arrival, Batch
from tracker.adapters.roadmap_files.splice.convert import check_no_comments, convert_skill
from tracker.adapters.roadmap_files.splice.editing import Editing
from tracker.adapters.roadmap_files.splice.kinds import compose, is_flow
from tracker.adapters.roadmap_files.splice.layout import (
    Layout,
    key_column,
    render_flow_skill,
    render_skill,
    sections_layout,
    skills_layout,
)
from tracker.adapters.roadmap_files.splice.outline import Outline
from tracker.adapters.roadmap_files.splice.render import indent_lines
from tracker.adapters.roadmap_files.splice.style import Style
from tracker.adapters.roadmap_files.splice.text import (
    BREAK,
    Piece,
    Source,
    apply_pieces,
    dominant_break,
    indent_of,
    is_blank,
    is_comment,
    join_lines,
    shift_lines,
)
from tracker.roadmap.edits import At

OFFSET = 2
"""Columns by which a list is indented where no other list shows the author's habit."""

_ASIDE = "x-put-back"
_LINE_END = re.compile("\r\n|[\r\n]")
_DASH = re.compile(r" *-(?:[ \t].*)?")


@dataclass(slots=True)
class Work:
    """A batch at work on an outline; `inside` holds the pieces inside of each changed skill."""

    outline: Outline
    batch: Batch
    editing: Editing
    style_of: Callable[[int], Style]
    inside: dict[At, list[Piece]] = field(default_factory=dict)


def fit_texts(outline: Outline, batch: Batch) -> None:
    """Find out which of the texts that come back fit the lists they come to.

    The others are written anew from their values.
    """
    for section, arrivals in batch.arrivals.items():
        if any(each.text for each in arrivals):
            flow = _is_flow_list(outline, section, arrivals)
            batch.arrivals[section] = [
                _fit(each, outline.tree.source, flow=flow) for each in arrivals
            ]


def layout_for(outline: Outline, section: int, arrivals: Sequence[Arrival]) -> Layout:
    """Return the layout of a section's list; an empty one takes after the texts that come back."""
    skills = outline.sites[section].skills
    layout = skills_layout(outline, skills, OFFSET)
    dashes = {_is_dashed(each.text) for each in arrivals if each.text}
    if skills.nodes or len(dashes) != 1:
        return layout
    if dashes == {False}:
        return replace(layout, is_flow=True, flow_entry=True)
    text = next(each.text for each in arrivals if each.text)
    column = indent_of(next(_own_lines(text)))
    if is_flow(skills.parent.node) or column < key_column(outline.tree, skills.parent):
        return layout
    return replace(layout, is_flow=False, flow_entry=False, column=column)


def _is_flow_list(outline: Outline, section: int, arrivals: Sequence[Arrival]) -> bool:
    if section < len(outline.sites):
        return layout_for(outline, section, arrivals).is_flow
    layout = sections_layout(outline, OFFSET)
    return layout.is_flow or layout.flow_entry


def _fit(arrival: Arrival, source: Source, *, flow: bool) -> Arrival:
    """Return an arrival with what its text says, or without its text where that does not fit."""
    if not arrival.text:
        return arrival
    node = _parse(arrival.text, source) if _is_dashed(arrival.text) != flow else None
    return replace(arrival, text=arrival.text if node is not None else "", node=node)


def _is_dashed(text: str) -> bool:
    """Tell whether a text is that of an entry of a block list."""
    return _DASH.fullmatch(next(_own_lines(text), "")) is not None


def _own_lines(text: str) -> Iterator[str]:
    """Yield the lines that are neither blank nor a comment."""
    return (line for line in BREAK.split(text) if not (is_blank(line) or is_comment(line)))


def _parse(text: str, source: Source) -> Node | None:
    """Return the one skill that a text says; None for one that says something else.

    What it takes over from elsewhere is looked up in the file as it is now.
    """
    node = _compose(text)
    if node is None:
        root = _compose(f"{source.text}{_ASIDE}:{source.nl}{text}{source.nl}")
        node = root.value[-1][1] if isinstance(root, MappingNode) else None
    if isinstance(node, SequenceNode):
        return node.value[0] if len(node.value) == 1 else None
    return node


def _compose(text: str) -> Node | None:
    try:
        return compose(text)
    except (yaml.YAMLError, UnicodeError):
        return None


def _fit_block(text: str, layout: Layout, source: Source) -> str:
    """Return lines as they stood, at the column of the list; line ends new to the file are not."""
    if dominant_break(text) not in _LINE_END.findall(source.text):
        text = _LINE_END.sub(source.nl, text)
    return shift_lines(text, layout.column - indent_of(next(_own_lines(text))))


def block_arrival(work: Work, arrival: Arrival, layout: Layout, style: Style) -> str:
    """Return the lines of a skill that comes to a block list."""
    source = work.outline.tree.source
    if arrival.node is not None:
        return _fit_block(arrival.text, layout, source)
    if arrival.at is None:
        lines = render_skill(arrival.values, layout, style)
        return join_lines(indent_lines(lines, layout.column), source.nl)
    section, index = arrival.at
    skills = work.outline.sites[section].skills
    entry = skills.entries[index]
    inside = work.inside.get(arrival.at, [])
    if not skills.is_flow:
        text = apply_pieces(source.text, inside, *skills.span(index))
        return shift_lines(text, layout.column - source.column(entry.mark))
    text = apply_pieces(source.text, inside, entry.slot.start, entry.slot.end)
    dash = " " * layout.column + "-" + " " * (layout.gap - 1)
    return dash + _indent_below(text, layout.column + layout.gap) + source.nl


def _indent_below(text: str, column: int) -> str:
    """Move the lines below the first one to the right until all of them stand at a column."""
    found = BREAK.search(text)
    if found is None:
        return text
    first, rest = text[: found.end()], text[found.end() :]
    least = min(indent_of(line) for line in BREAK.split(rest))
    return first + shift_lines(rest, max(column - least, 0))


def flow_arrival(work: Work, arrival: Arrival, layout: Layout, style: Style) -> str:
    """Return the text of a skill that comes to a flow list."""
    tree = work.outline.tree
    if arrival.node is not None:
        return arrival.text
    if arrival.at is None:
        return render_flow_skill(arrival.values, layout, style)
    section, index = arrival.at
    skills = work.outline.sites[section].skills
    slot = skills.entries[index].slot
    if not skills.is_flow:
        check_no_comments(tree, skills.span(index), slot)
    if not skills.is_flow and not is_flow(slot.node):
        return convert_skill(tree, slot, work.batch.changes.get(arrival.at, {}), style)
    return apply_pieces(tree.source.text, work.inside.get(arrival.at, []), slot.start, slot.end)
