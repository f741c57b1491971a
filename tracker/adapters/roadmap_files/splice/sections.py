"""Insert, remove and move skills; add and rename sections.

Works on whole lines in block lists and on spans in flow lists. What changes inside a skill comes in
as replacements of text, and travels with the skill when it moves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tracker.adapters.roadmap_files.splice.batch import Arrival, Batch, split_places
from tracker.adapters.roadmap_files.splice.mappings import change_entries
from tracker.adapters.roadmap_files.splice.nodes import (
    STR,
    EntryList,
    Pair,
    RoadmapOutline,
    Slot,
    Span,
    Tree,
    blank_lines,
    compose,
    dropped_spans,
    is_flow,
)
from tracker.adapters.roadmap_files.splice.render import (
    ListLayout,
    Style,
    Value,
    format_scalar,
    indent_lines,
    key_column,
    new_skills_layout,
    parse_scalar,
    quote_of,
    render_flow_pairs,
    render_flow_skill,
    render_flow_value,
    render_key,
    render_pair,
    render_skill,
    sections_layout,
    skills_layout,
)
from tracker.adapters.roadmap_files.splice.text import (
    BREAK,
    Patch,
    Source,
    SpliceError,
    apply_patches,
    dominant_break,
    indent_of,
    is_blank,
    is_comment,
    join_lines,
    shift_lines,
)
from tracker.adapters.roadmap_files.splice.values import (
    EditState,
    ValueSite,
    scalar_spans,
    set_scalar,
)
from tracker.roadmap.edits import At

OFFSET = 2
"""Columns by which a list is indented where no other list shows the author's habit."""

_ASIDE = "x-put-back"
_LINE_END = re.compile("\r\n|[\r\n]")
_DASH = re.compile(r" *-(?:[ \t].*)?")


@dataclass(slots=True)
class RoadmapEdit:
    """A batch at edit on an outline; `inside` holds the patches inside of each changed skill."""

    outline: RoadmapOutline
    batch: Batch
    state: EditState
    style_of: Callable[[int], Style]
    inside: dict[At, list[Patch]] = field(default_factory=dict)


def fit_texts(outline: RoadmapOutline, batch: Batch) -> None:
    """Find out which of the texts that come back fit the lists they come to.

    The others are written anew from their values.
    """
    for section, arrivals in batch.arrivals.items():
        if any(each.text for each in arrivals):
            flow = _is_flow_list(outline, section, arrivals)
            batch.arrivals[section] = [
                _fit(each, outline.tree.source, flow=flow) for each in arrivals
            ]


def layout_for(outline: RoadmapOutline, section: int, arrivals: Sequence[Arrival]) -> ListLayout:
    """Return the layout of a section's list; an empty one takes after the texts that come back."""
    skills = outline.sections[section].skills
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


def _is_flow_list(outline: RoadmapOutline, section: int, arrivals: Sequence[Arrival]) -> bool:
    if section < len(outline.sections):
        return layout_for(outline, section, arrivals).is_flow
    layout = sections_layout(outline, OFFSET)
    return layout.is_flow or layout.flow_entry


def _fit(arrival: Arrival, source: Source, *, flow: bool) -> Arrival:
    """Return an arrival with what its text matches, or without its text where that does not fit."""
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
    """Return the one skill that a text matches; None for one that matches something else.

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


def _fit_block(text: str, layout: ListLayout, source: Source) -> str:
    """Return lines as they stood, at the column of the list; line ends new to the file are not."""
    if dominant_break(text) not in _LINE_END.findall(source.text):
        text = _LINE_END.sub(source.nl, text)
    return shift_lines(text, layout.column - indent_of(next(_own_lines(text))))


def block_arrival(edit: RoadmapEdit, arrival: Arrival, layout: ListLayout, style: Style) -> str:
    """Return the lines of a skill that comes to a block list."""
    source = edit.outline.tree.source
    if arrival.node is not None:
        return _fit_block(arrival.text, layout, source)
    if arrival.at is None:
        lines = render_skill(arrival.values, layout, style)
        return join_lines(indent_lines(lines, layout.column), source.nl)
    section, index = arrival.at
    skills = edit.outline.sections[section].skills
    entry = skills.entries[index]
    inside = edit.inside.get(arrival.at, [])
    if not skills.is_flow:
        text = apply_patches(source.text, inside, *skills.span(index))
        return shift_lines(text, layout.column - source.column(entry.mark))
    text = apply_patches(source.text, inside, entry.slot.start, entry.slot.end)
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


def flow_arrival(edit: RoadmapEdit, arrival: Arrival, layout: ListLayout, style: Style) -> str:
    """Return the text of a skill that comes to a flow list."""
    tree = edit.outline.tree
    if arrival.node is not None:
        return arrival.text
    if arrival.at is None:
        return render_flow_skill(arrival.values, layout, style)
    section, index = arrival.at
    skills = edit.outline.sections[section].skills
    slot = skills.entries[index].slot
    if not skills.is_flow:
        check_no_comments(tree, skills.span(index), slot)
    if not skills.is_flow and not is_flow(slot.node):
        return convert_skill(tree, slot, edit.batch.changes.get(arrival.at, {}), style)
    return apply_patches(tree.source.text, edit.inside.get(arrival.at, []), slot.start, slot.end)


def convert_skill(tree: Tree, slot: Slot, changes: Mapping[str, Value | None], style: Style) -> str:
    """Return a skill as flow text, with its changes made."""
    if isinstance(slot.node, ScalarNode):
        texts = {"name": _convert(tree, slot)}
    else:
        texts = {pair.name or "": _convert(tree, pair.value) for pair in _pairs(tree, slot)}
    for key, value in changes.items():
        if value is None or value == ():
            texts.pop(key, None)
        else:
            texts[key] = render_flow_value(key, value, style)
    if isinstance(slot.node, ScalarNode) and set(texts) == {"name"}:
        return texts["name"]
    keys = sorted(texts, key=lambda key: key != "id")
    return _braced(f"{render_key(key, style, flow=True)}: {texts[key]}" for key in keys)


def check_no_comments(tree: Tree, span: tuple[int, int], slot: Slot) -> None:
    """Refuse to convert lines that hold comments."""
    text = tree.source.text
    inside = scalar_spans(tree, slot.node, is_every=True)
    position = text.find("#", *span)
    while position >= 0:
        if not any(first <= position < last for first, last in inside):
            raise _refuse(tree, position, "its comments would have no place there")
        position = text.find("#", position + 1, span[1])


def _pairs(tree: Tree, slot: Slot) -> list[Pair]:
    if slot.alias or tree.has_properties(slot) or not isinstance(slot.node, MappingNode):
        raise _refuse(tree, slot.start, "it is shared by an anchor or an alias")
    pairs = tree.pairs(slot.node)
    if any(pair.name is None or pair.key.node.tag != STR for pair in pairs):
        raise _refuse(tree, slot.start, "it has a key that is not text")
    return pairs


def _convert(tree: Tree, slot: Slot) -> str:
    node = slot.node
    if slot.alias or tree.has_properties(slot):
        raise _refuse(tree, slot.start, "it shares a value by an anchor or an alias")
    if isinstance(node, MappingNode):
        pairs = _pairs(tree, slot)
        return _braced(
            f"{_convert(tree, each.key)}: {_convert(tree, each.value)}" for each in pairs
        )
    if not isinstance(node, ScalarNode):
        return "[" + ", ".join(_convert(tree, each.slot) for each in tree.entries(node)) + "]"
    text = tree.source.text[slot.start : slot.end]
    found = parse_scalar(text, flow=True)
    if "\n" not in text and found and (found.tag, found.value) == (node.tag, node.value):
        return text
    if node.tag != STR:
        return "null" if slot.is_empty else text
    return format_scalar(node.value, style=quote_of(node), flow=True)


def _braced(pairs: Iterable[str]) -> str:
    return "{" + ", ".join(pairs) + "}"


def _refuse(tree: Tree, at: int, why: str) -> SpliceError:
    return tree.refuse("a skill cannot move to a section that is written in flow style", why, at)


@dataclass(frozen=True, slots=True)
class _NewTexts:
    """Texts that come to a list: to its end, or in front of the entry with an index.

    The first `kept` of those at the end bring the blank lines around them along. `is_greedy` matches
    that the very last one would take the blank lines below it for its own.
    """

    last: Sequence[str] = ()
    placed: Mapping[int, str] = field(default_factory=dict)
    kept: int = 0
    is_greedy: bool = False

    def __bool__(self) -> bool:
        return bool(self.last or self.placed)


def change_sections(edit: RoadmapEdit) -> list[Patch]:
    """Return the patches of everything that happens around skills, not inside of them."""
    patches = []
    for index, title in edit.batch.renamed.items():
        patches += _rename(edit, index, title)
    gone = edit.batch.group_gone()
    for index, site in enumerate(edit.outline.sections):
        patches += _change_skills(edit, index, site.skills, gone.get(index, set()))
    if edit.batch.added:
        patches += _add_sections(edit)
    return patches


def _rename(edit: RoadmapEdit, index: int, title: str) -> list[Patch]:
    site = edit.outline.sections[index]
    tree = edit.outline.tree
    if site.title is None:
        raise tree.refuse("a section cannot be renamed", "it has no title", site.slot.start)
    flow = is_flow(site.slot.node)
    column = 0 if flow else tree.source.column(site.title.start)
    return set_scalar(edit.state, ValueSite(site.title, column, flow), title) or []


def _change_skills(edit: RoadmapEdit, index: int, skills: EntryList, gone: set[int]) -> list[Patch]:
    arrivals = edit.batch.arrivals.get(index, [])
    if not gone and not arrivals:
        return []
    layout = layout_for(edit.outline, index, arrivals)
    placed, last = split_places(arrivals, len(skills.nodes))
    render = _Render(edit, layout, edit.style_of(index))
    new = _NewTexts(
        last=[render.arrival(each) for each in last],
        placed={before: render.in_front(some) for before, some in placed.items()},
        kept=sum(each.node is not None for each in last),
        is_greedy=bool(last) and _is_greedy(edit, last[-1]),
    )
    return _change_entries(edit, skills, gone, new, layout)


def _is_greedy(edit: RoadmapEdit, arrival: Arrival) -> bool:
    """Tell whether a skill that moves ends in a text that keeps all blank lines behind it."""
    if arrival.at is None:
        return False
    section, index = arrival.at
    outline = edit.outline
    return outline.tree.keeps_breaks(outline.sections[section].skills.nodes[index])


@dataclass(frozen=True, slots=True)
class _Render:
    """Writes arrivals in the shape of one list."""

    edit: RoadmapEdit
    layout: ListLayout
    style: Style

    def arrival(self, arrival: Arrival) -> str:
        """Return the text of one skill."""
        write = flow_arrival if self.layout.is_flow else block_arrival
        return write(self.edit, arrival, self.layout, self.style)

    def in_front(self, arrivals: Sequence[Arrival]) -> str:
        """Return the text of skills that come in front of another one."""
        if self.layout.is_flow:
            return ", ".join(map(self.arrival, arrivals))
        blank = self.edit.outline.tree.source.nl if self.layout.has_blanks else ""
        return "".join(
            self.arrival(each) + (blank if each.node is None else "") for each in arrivals
        )


def _change_entries(
    edit: RoadmapEdit, entries: EntryList, gone: set[int], new: _NewTexts, layout: ListLayout
) -> list[Patch]:
    if not entries.nodes:
        return _fill(edit, entries, new, layout)
    for index in gone:
        edit.state.note_replaced(entries.nodes[index])
    if not layout.is_flow:
        spans = dropped_spans(entries, gone)
        dropped = [Patch(start, end, "") for start, end in spans.values()]
        return [*dropped, *_put_lines(entries, spans, new, layout)]
    if entries.pair is None:
        return []
    places = [(entry.slot.start, entry.slot.end) for entry in entries.entries]
    kept = [index for index in range(len(places)) if index not in gone]
    texts: dict[int, list[str]] = {}
    for before, text in sorted(new.placed.items()):
        behind = max((index for index in kept if index < before), default=-1)
        texts.setdefault(behind, []).append(text)
    if new.last:
        texts.setdefault(kept[-1] if kept else -1, []).extend(new.last)
    return change_entries(entries.tree, entries.pair.value, places, gone, texts)


def _put_lines(
    entries: EntryList, dropped: Mapping[int, Span], new: _NewTexts, layout: ListLayout
) -> list[Patch]:
    """Put lines in front of entries and behind the last one that stays."""
    tree = entries.tree
    kept = [index for index in range(len(entries.entries)) if index not in dropped]
    if not kept and not new and entries.pair is not None:
        place = tree.skip(entries.pair.key.end) + 1
        if tree.has_properties(entries.pair.value):
            place = tree.properties_end(entries.pair.value)
        return [Patch(place, place, " []")]
    patches = []
    for before, text in sorted(new.placed.items()):
        start = dropped[before][0] if before in dropped else entries.first_line(before)
        patches.append(Patch(start, start, text))
    place = tree.source.next_line(entries.last_line(kept[-1])) if kept else dropped[0][0]
    if new.is_greedy and kept:
        place = blank_lines(tree.source, place, down=True)[1]
    # A block scalar that keeps its blank lines would take one that is put behind it.
    is_first = not kept or tree.keeps_breaks(entries.nodes[kept[-1]])
    text = _join(new, layout, tree.source.nl, is_first=is_first)
    return [*patches, Patch(place, place, text)]


def _join(new: _NewTexts, layout: ListLayout, nl: str, *, is_first: bool) -> str:
    """Join the texts that come to the end; new ones are parted as their siblings are."""
    blank = nl if layout.has_blanks else ""
    texts = new.last[new.kept :]
    lead = "" if is_first or new.kept or not texts else blank
    return "".join(new.last[: new.kept]) + lead + blank.join(texts)


def _fill(edit: RoadmapEdit, entries: EntryList, new: _NewTexts, layout: ListLayout) -> list[Patch]:
    """Put entries into a list that is absent, null or `[]`."""
    tree, pair = entries.tree, entries.pair
    if not new.last:
        return []
    if layout.is_flow:
        return _fill_flow(edit, entries, "[" + ", ".join(new.last) + "]")
    source = tree.source
    below = _join(new, layout, source.nl, is_first=True)
    if pair is None:
        pairs = tree.pairs(entries.parent.node)
        place = source.next_line(pairs[-1].end)
        key = " " * source.column(pairs[0].start) + _list_key(edit, entries) + ":" + source.nl
        return [Patch(place, place, key + below)]
    start = tree.body(pair.value)
    while not pair.value.is_empty and source.text[start - 1] == " ":
        start -= 1
    place = source.next_line(pair.value.end)
    return [Patch(start, pair.value.end, ""), Patch(place, place, below)]


def _fill_flow(edit: RoadmapEdit, entries: EntryList, text: str) -> list[Patch]:
    tree, pair = entries.tree, entries.pair
    if pair is not None:
        lead = " " if pair.value.is_empty else ""
        start = pair.value.start if pair.value.is_empty else tree.body(pair.value)
        return [Patch(start, pair.value.end, lead + text)]
    text = f"{_list_key(edit, entries)}: {text}"
    pairs = tree.pairs(entries.parent.node)
    if not is_flow(entries.parent.node):
        place = tree.source.next_line(pairs[-1].end)
        indent = " " * tree.source.column(pairs[0].start)
        return [Patch(place, place, indent + text + tree.source.nl)]
    spans = [(each.start, each.end) for each in pairs]
    return change_entries(tree, entries.parent, spans, set(), {len(spans) - 1: [text]})


def _list_key(edit: RoadmapEdit, entries: EntryList) -> str:
    key = "sections" if entries is edit.outline.section_list else "skills"
    return render_key(key, edit.style_of(0))


def _add_sections(edit: RoadmapEdit) -> list[Patch]:
    outline = edit.outline
    layout = sections_layout(outline, OFFSET)
    first = len(outline.sections)
    texts = [
        _render_section(edit, index, title, layout)
        for index, title in enumerate(edit.batch.added, start=first)
    ]
    return _change_entries(edit, outline.section_list, set(), _NewTexts(texts), layout)


def _render_section(edit: RoadmapEdit, index: int, title: str, layout: ListLayout) -> str:
    style = edit.style_of(index)
    source = edit.outline.tree.source
    is_flow = layout.is_flow or layout.flow_entry
    column = layout.column + layout.gap
    skills = new_skills_layout(edit.outline, column, OFFSET, is_flow=is_flow)
    arrivals = edit.batch.arrivals.get(index, [])
    texts = [_Render(edit, skills, style).arrival(each) for each in arrivals]
    head = f"{render_key('title', style)}: {_title(title, style, flow=is_flow)}"
    heads = edit.batch.heads.get(index, {})
    own = {each: value for each, value in heads.items() if value is not None}
    key = render_key("skills", style)
    dash = " " * layout.column + "-" + " " * (layout.gap - 1)
    if is_flow:
        pairs = "".join(f", {each}" for each in render_flow_pairs(own, style))
        text = "{" + head + pairs + f", {key}: [" + ", ".join(texts) + "]}"
        return text if layout.is_flow else dash + text + source.nl
    lines = [line for each in own.items() for line in render_pair(*each, style)]
    below = join_lines(indent_lines(lines, column), source.nl)
    lead = dash + head + source.nl + below + " " * column + key
    if skills.is_flow or not texts:
        return f"{lead}: [" + ", ".join(texts) + "]" + source.nl
    return f"{lead}:{source.nl}" + _join(_NewTexts(texts), skills, source.nl, is_first=True)


def _title(title: str, style: Style, *, flow: bool) -> str:
    return format_scalar(title, style=style.quote("title"), flow=flow)
