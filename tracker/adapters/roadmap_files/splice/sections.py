"""Skills put in, taken out and moved; sections added and renamed.

Works on whole lines in block lists and on spans in flow lists. What changes inside a skill comes in
as pieces, and travels with the skill when it moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tracker.adapters.roadmap_files.splice.batch import Arrival, Batch
from tracker.adapters.roadmap_files.splice.convert import check_no_comments, convert_skill
from tracker.adapters.roadmap_files.splice.editing import Editing, Site
from tracker.adapters.roadmap_files.splice.flow import change_entries
from tracker.adapters.roadmap_files.splice.kinds import is_flow
from tracker.adapters.roadmap_files.splice.layout import (
    Layout,
    new_skills_layout,
    render_flow_skill,
    render_skill,
    sections_layout,
    skills_layout,
)
from tracker.adapters.roadmap_files.splice.outline import EntryList, Outline, blank_lines
from tracker.adapters.roadmap_files.splice.render import (
    indent_lines,
    render_flow_pairs,
    render_key,
    render_pair,
)
from tracker.adapters.roadmap_files.splice.scalars import format_scalar
from tracker.adapters.roadmap_files.splice.style import Style
from tracker.adapters.roadmap_files.splice.text import (
    BREAK,
    Piece,
    apply_pieces,
    indent_of,
    join_lines,
    shift_lines,
)
from tracker.adapters.roadmap_files.splice.values import set_scalar
from tracker.roadmap.edits import At

_OFFSET = 2


@dataclass(slots=True)
class Work:
    """A batch at work on an outline; `inside` holds the pieces inside of each changed skill."""

    outline: Outline
    batch: Batch
    editing: Editing
    style_of: Callable[[int], Style]
    inside: dict[At, list[Piece]] = field(default_factory=dict)


def change_sections(work: Work) -> list[Piece]:
    """Return the pieces of everything that happens around skills, not inside of them."""
    pieces = []
    for index, title in work.batch.renamed.items():
        pieces += _rename(work, index, title)
    for index, site in enumerate(work.outline.sites):
        pieces += _change_skills(work, index, site.skills)
    if work.batch.added:
        pieces += _add_sections(work)
    return pieces


def _rename(work: Work, index: int, title: str) -> list[Piece]:
    site = work.outline.sites[index]
    tree = work.outline.tree
    if site.title is None:
        raise tree.refuse("a section cannot be renamed", "it has no title", site.slot.start)
    flow = is_flow(site.slot.node)
    column = 0 if flow else tree.source.column(site.title.start)
    return set_scalar(work.editing, Site(site.title, column, flow), title) or []


def _change_skills(work: Work, index: int, skills: EntryList) -> list[Piece]:
    gone = {skill for section, skill in work.batch.gone if section == index}
    arrivals = work.batch.arrivals.get(index, [])
    if not gone and not arrivals:
        return []
    layout = skills_layout(work.outline, skills, _OFFSET)
    render = _flow_arrival if layout.is_flow else _block_arrival
    texts = [render(work, each, layout, work.style_of(index)) for each in arrivals]
    return _change_entries(work, skills, gone, texts, layout)


def _change_entries(
    work: Work, entries: EntryList, gone: set[int], texts: list[str], layout: Layout
) -> list[Piece]:
    if not entries.nodes:
        return _fill(work, entries, texts, layout)
    for index in gone:
        work.editing.spend(entries.nodes[index])
    if not layout.is_flow:
        return _drop_lines(entries, gone) + _append_lines(entries, gone, texts, layout)
    if entries.pair is None:
        return []
    spans = [(entry.slot.start, entry.slot.end) for entry in entries.entries]
    last = max((each for each in range(len(spans)) if each not in gone), default=-1)
    fresh = {last: texts} if texts else {}
    return change_entries(entries.tree, entries.pair.value, spans, gone, fresh)


def _drop_lines(entries: EntryList, gone: set[int]) -> list[Piece]:
    """Delete entries with the blank lines behind them, at the end of the list those before them."""
    source = entries.tree.source
    count = len(entries.entries)
    pieces = []
    for index in sorted(gone):
        _check_lines(entries, index)
        start, end = entries.span(index)
        first = _run_start(gone, index)
        is_swallowed = first > 0 and entries.tree.keeps_breaks(entries.nodes[first - 1])
        if index + 1 < count or is_swallowed:
            end = blank_lines(source, end, down=True)[1]
        pieces.append(Piece(start, end, ""))
    first = _run_start(gone, count - 1) if count - 1 in gone else count
    if 0 < first < count:
        start, end = blank_lines(source, entries.first_line(first), down=False)
        start = max(start, source.next_line(entries.last_line(first - 1)))
        pieces.append(Piece(start, end, ""))
    return pieces


def _run_start(gone: set[int], index: int) -> int:
    """Return the first of the entries that go together with this one."""
    while index - 1 in gone:
        index -= 1
    return index


def _check_lines(entries: EntryList, index: int) -> None:
    mark = entries.entries[index].mark
    if not entries.tree.source.is_first_on_line(mark):
        raise entries.tree.refuse(
            "a skill cannot be taken out", "its list is written in an unusual way", mark
        )


def _append_lines(
    entries: EntryList, gone: set[int], texts: list[str], layout: Layout
) -> list[Piece]:
    tree = entries.tree
    kept = [index for index in range(len(entries.entries)) if index not in gone]
    if not kept and not texts and entries.pair is not None:
        place = tree.skip(entries.pair.key.end) + 1
        if tree.has_properties(entries.pair.value):
            place = tree.properties_end(entries.pair.value)
        return [Piece(place, place, " []")]
    place = tree.source.next_line(entries.last_line(kept[-1])) if kept else entries.first_line(0)
    # A block scalar that keeps its blank lines would take one that is put behind it.
    is_first = not kept or tree.keeps_breaks(entries.nodes[kept[-1]])
    return [Piece(place, place, _join(texts, layout, tree.source.nl, is_first=is_first))]


def _join(texts: Sequence[str], layout: Layout, nl: str, *, is_first: bool) -> str:
    blank = nl if layout.has_blanks else ""
    joined = blank.join(texts)
    return joined if is_first or not texts else blank + joined


def _fill(work: Work, entries: EntryList, texts: list[str], layout: Layout) -> list[Piece]:
    """Put entries into a list that is absent, null or `[]`."""
    tree, pair = entries.tree, entries.pair
    if not texts:
        return []
    if layout.is_flow:
        return _fill_flow(work, entries, "[" + ", ".join(texts) + "]")
    source = tree.source
    below = _join(texts, layout, source.nl, is_first=True)
    if pair is None:
        pairs = tree.pairs(entries.parent.node)
        place = source.next_line(pairs[-1].end)
        key = " " * source.column(pairs[0].start) + _list_key(work, entries) + ":" + source.nl
        return [Piece(place, place, key + below)]
    start = tree.body(pair.value)
    while not pair.value.is_empty and source.text[start - 1] == " ":
        start -= 1
    place = source.next_line(pair.value.end)
    return [Piece(start, pair.value.end, ""), Piece(place, place, below)]


def _fill_flow(work: Work, entries: EntryList, text: str) -> list[Piece]:
    tree, pair = entries.tree, entries.pair
    if pair is not None:
        lead = " " if pair.value.is_empty else ""
        start = pair.value.start if pair.value.is_empty else tree.body(pair.value)
        return [Piece(start, pair.value.end, lead + text)]
    text = f"{_list_key(work, entries)}: {text}"
    pairs = tree.pairs(entries.parent.node)
    if not is_flow(entries.parent.node):
        place = tree.source.next_line(pairs[-1].end)
        indent = " " * tree.source.column(pairs[0].start)
        return [Piece(place, place, indent + text + tree.source.nl)]
    spans = [(each.start, each.end) for each in pairs]
    return change_entries(tree, entries.parent, spans, set(), {len(spans) - 1: [text]})


def _list_key(work: Work, entries: EntryList) -> str:
    key = "sections" if entries is work.outline.sections else "skills"
    return render_key(key, work.style_of(0))


def _block_arrival(work: Work, arrival: Arrival, layout: Layout, style: Style) -> str:
    """Return the lines of a skill that comes to a block list."""
    source = work.outline.tree.source
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


def _flow_arrival(work: Work, arrival: Arrival, layout: Layout, style: Style) -> str:
    """Return the text of a skill that comes to a flow list."""
    tree = work.outline.tree
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


def _add_sections(work: Work) -> list[Piece]:
    outline = work.outline
    layout = sections_layout(outline, _OFFSET)
    first = len(outline.sites)
    texts = [
        _render_section(work, index, title, layout)
        for index, title in enumerate(work.batch.added, start=first)
    ]
    return _change_entries(work, outline.sections, set(), texts, layout)


def _render_section(work: Work, index: int, title: str, layout: Layout) -> str:
    style = work.style_of(index)
    source = work.outline.tree.source
    is_flow = layout.is_flow or layout.flow_entry
    column = layout.column + layout.gap
    skills = new_skills_layout(work.outline, column, _OFFSET, is_flow=is_flow)
    render = _flow_arrival if skills.is_flow else _block_arrival
    arrivals = work.batch.arrivals.get(index, [])
    texts = [render(work, each, skills, style) for each in arrivals]
    head = f"{render_key('title', style)}: {_title(title, style, flow=is_flow)}"
    heads = work.batch.heads.get(index, {})
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
    return f"{lead}:{source.nl}" + _join(texts, skills, source.nl, is_first=True)


def _title(title: str, style: Style, *, flow: bool) -> str:
    return format_scalar(title, style=style.quote("title"), flow=flow)
