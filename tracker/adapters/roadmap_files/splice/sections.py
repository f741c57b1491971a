"""Skills put in, taken out and moved; sections added and renamed.

Works on whole lines in block lists and on spans in flow lists. What changes inside a skill comes in
as pieces, and travels with the skill when it moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker.adapters.roadmap_files.splice.arriving import (
    OFFSET,
    Work,
    block_arrival,
    flow_arrival,
    layout_for,
)
from tracker.adapters.roadmap_files.splice.batch import Arrival, split_places
from tracker.adapters.roadmap_files.splice.dropping import Span, dropped_spans
from tracker.adapters.roadmap_files.splice.editing import Site
from tracker.adapters.roadmap_files.splice.flow import change_entries
from tracker.adapters.roadmap_files.splice.kinds import is_flow
from tracker.adapters.roadmap_files.splice.layout import (
    Layout,
    new_skills_layout,
    sections_layout,
)
from tracker.adapters.roadmap_files.splice.outline import EntryList, blank_lines
from tracker.adapters.roadmap_files.splice.render import (
    indent_lines,
    render_flow_pairs,
    render_key,
    render_pair,
)
from tracker.adapters.roadmap_files.splice.scalars import format_scalar
from tracker.adapters.roadmap_files.splice.style import Style
from tracker.adapters.roadmap_files.splice.text import Piece, join_lines
from tracker.adapters.roadmap_files.splice.values import set_scalar


@dataclass(frozen=True, slots=True)
class _Fresh:
    """Texts that come to a list: to its end, or in front of the entry with an index.

    The first `kept` of those at the end bring the blank lines around them along. `is_greedy` says
    that the very last one would take the blank lines below it for its own.
    """

    last: Sequence[str] = ()
    placed: Mapping[int, str] = field(default_factory=dict)
    kept: int = 0
    is_greedy: bool = False

    def __bool__(self) -> bool:
        return bool(self.last or self.placed)


def change_sections(work: Work) -> list[Piece]:
    """Return the pieces of everything that happens around skills, not inside of them."""
    pieces = []
    for index, title in work.batch.renamed.items():
        pieces += _rename(work, index, title)
    gone = work.batch.group_gone()
    for index, site in enumerate(work.outline.sites):
        pieces += _change_skills(work, index, site.skills, gone.get(index, set()))
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


def _change_skills(work: Work, index: int, skills: EntryList, gone: set[int]) -> list[Piece]:
    arrivals = work.batch.arrivals.get(index, [])
    if not gone and not arrivals:
        return []
    layout = layout_for(work.outline, index, arrivals)
    placed, last = split_places(arrivals, len(skills.nodes))
    render = _Render(work, layout, work.style_of(index))
    fresh = _Fresh(
        last=[render.arrival(each) for each in last],
        placed={before: render.in_front(some) for before, some in placed.items()},
        kept=sum(each.node is not None for each in last),
        is_greedy=bool(last) and _is_greedy(work, last[-1]),
    )
    return _change_entries(work, skills, gone, fresh, layout)


def _is_greedy(work: Work, arrival: Arrival) -> bool:
    """Tell whether a skill that moves ends in a text that keeps all blank lines behind it."""
    if arrival.at is None:
        return False
    section, index = arrival.at
    outline = work.outline
    return outline.tree.keeps_breaks(outline.sites[section].skills.nodes[index])


@dataclass(frozen=True, slots=True)
class _Render:
    """Writes arrivals in the shape of one list."""

    work: Work
    layout: Layout
    style: Style

    def arrival(self, arrival: Arrival) -> str:
        """Return the text of one skill."""
        write = flow_arrival if self.layout.is_flow else block_arrival
        return write(self.work, arrival, self.layout, self.style)

    def in_front(self, arrivals: Sequence[Arrival]) -> str:
        """Return the text of skills that come in front of another one."""
        if self.layout.is_flow:
            return ", ".join(map(self.arrival, arrivals))
        blank = self.work.outline.tree.source.nl if self.layout.has_blanks else ""
        return "".join(
            self.arrival(each) + (blank if each.node is None else "") for each in arrivals
        )


def _change_entries(
    work: Work, entries: EntryList, gone: set[int], fresh: _Fresh, layout: Layout
) -> list[Piece]:
    if not entries.nodes:
        return _fill(work, entries, fresh, layout)
    for index in gone:
        work.editing.spend(entries.nodes[index])
    if not layout.is_flow:
        spans = dropped_spans(entries, gone)
        dropped = [Piece(start, end, "") for start, end in spans.values()]
        return [*dropped, *_put_lines(entries, spans, fresh, layout)]
    if entries.pair is None:
        return []
    places = [(entry.slot.start, entry.slot.end) for entry in entries.entries]
    kept = [index for index in range(len(places)) if index not in gone]
    texts: dict[int, list[str]] = {}
    for before, text in sorted(fresh.placed.items()):
        behind = max((index for index in kept if index < before), default=-1)
        texts.setdefault(behind, []).append(text)
    if fresh.last:
        texts.setdefault(kept[-1] if kept else -1, []).extend(fresh.last)
    return change_entries(entries.tree, entries.pair.value, places, gone, texts)


def _put_lines(
    entries: EntryList, dropped: Mapping[int, Span], fresh: _Fresh, layout: Layout
) -> list[Piece]:
    """Put lines in front of entries and behind the last one that stays."""
    tree = entries.tree
    kept = [index for index in range(len(entries.entries)) if index not in dropped]
    if not kept and not fresh and entries.pair is not None:
        place = tree.skip(entries.pair.key.end) + 1
        if tree.has_properties(entries.pair.value):
            place = tree.properties_end(entries.pair.value)
        return [Piece(place, place, " []")]
    pieces = []
    for before, text in sorted(fresh.placed.items()):
        start = dropped[before][0] if before in dropped else entries.first_line(before)
        pieces.append(Piece(start, start, text))
    place = tree.source.next_line(entries.last_line(kept[-1])) if kept else dropped[0][0]
    if fresh.is_greedy and kept:
        place = blank_lines(tree.source, place, down=True)[1]
    # A block scalar that keeps its blank lines would take one that is put behind it.
    is_first = not kept or tree.keeps_breaks(entries.nodes[kept[-1]])
    text = _join(fresh, layout, tree.source.nl, is_first=is_first)
    return [*pieces, Piece(place, place, text)]


def _join(fresh: _Fresh, layout: Layout, nl: str, *, is_first: bool) -> str:
    """Join the texts that come to the end; new ones are parted as their siblings are."""
    blank = nl if layout.has_blanks else ""
    texts = fresh.last[fresh.kept :]
    lead = "" if is_first or fresh.kept or not texts else blank
    return "".join(fresh.last[: fresh.kept]) + lead + blank.join(texts)


def _fill(work: Work, entries: EntryList, fresh: _Fresh, layout: Layout) -> list[Piece]:
    """Put entries into a list that is absent, null or `[]`."""
    tree, pair = entries.tree, entries.pair
    if not fresh.last:
        return []
    if layout.is_flow:
        return _fill_flow(work, entries, "[" + ", ".join(fresh.last) + "]")
    source = tree.source
    below = _join(fresh, layout, source.nl, is_first=True)
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


def _add_sections(work: Work) -> list[Piece]:
    outline = work.outline
    layout = sections_layout(outline, OFFSET)
    first = len(outline.sites)
    texts = [
        _render_section(work, index, title, layout)
        for index, title in enumerate(work.batch.added, start=first)
    ]
    return _change_entries(work, outline.sections, set(), _Fresh(texts), layout)


def _render_section(work: Work, index: int, title: str, layout: Layout) -> str:
    style = work.style_of(index)
    source = work.outline.tree.source
    is_flow = layout.is_flow or layout.flow_entry
    column = layout.column + layout.gap
    skills = new_skills_layout(work.outline, column, OFFSET, is_flow=is_flow)
    arrivals = work.batch.arrivals.get(index, [])
    texts = [_Render(work, skills, style).arrival(each) for each in arrivals]
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
    return f"{lead}:{source.nl}" + _join(_Fresh(texts), skills, source.nl, is_first=True)


def _title(title: str, style: Style, *, flow: bool) -> str:
    return format_scalar(title, style=style.quote("title"), flow=flow)
