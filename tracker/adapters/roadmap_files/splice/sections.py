"""Insert, remove and move skills; add and rename sections.

Every change is a patch of the text: spans to delete and text to insert. So whatever no patch touches
keeps its bytes. Inserting the skill `{id: svm, name: SVM}` into the section "Models" writes two
lines, in the shape of the skill above them:

    before                            after

    sections:                         sections:
      - title: Models                   - title: Models
        skills:                           skills:
          - id: knn                         - id: knn
            name: 'kNN'  # lazy               name: 'kNN'  # lazy
            # try k=5                         # try k=5
                                            - id: svm
                                              name: 'SVM'
      - title: Tools                    - title: Tools

The dash has the column of the dash above, the name its quotes; the comment `# try k=5` is indented
like the skill, so it belongs to kNN, and the new lines go below it.

A skill that comes to a section (an `Arrival`) gets its text from one of three sources:

    it comes                          its text
    back after a removal, and fits    as it was, at the column of the list
    from another section              its lines in the file, with the patches inside them
    new, or back and does not fit     rendered from its values, in the style of its siblings

The fields of an `Arrival` tell which of these it is:

    `at`                it moves, from there
    `node`              it comes back, and its `text` fits; set by `fit_texts`
    `text`, no `node`   it comes back, and `fit_texts` has not looked at it yet
    none of them        it is new, or its old text did not fit

And that text goes to one of four places: a list without entries (`_fill`), a block list with a dash
on each line (`_put_lines`), a flow list in brackets (`change_flow_entries`), or a section that is new
itself (`_render_section`).

The words (more of them in the package's docstring): a skill is addressed as `(section, index)` in the
file as it was read, an `At`. An `EntryList` is a list of sections or skills, even one whose key is
absent; its entries have a `slot`, where the skill itself is, and a `mark`, where its dash is. A `pair`
is a key and its value, such as `skills:` and the list. The `ListLayout` of a list says how its next
entry is written: `column` of the dash, `gap` from dash to content, `is_flow` for a list in brackets,
`flow_entry` for entries in braces.

A block scalar with `|+` or `>+` keeps its trailing breaks: the blank lines below it are part of its
value. So a skill that ends in one must not come above blank lines that are not its own. Where that is
not prevented here, the verification (`splicer` compares the new text with the intended values) refuses
the edit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import yaml

from tracker.adapters.roadmap_files.document import (
    LINE_BREAK,
    STR_TAG,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
)
from tracker.adapters.roadmap_files.splice.intended import Arrival, Batch, split_places
from tracker.adapters.roadmap_files.splice.mappings import Changes, change_flow_entries
from tracker.adapters.roadmap_files.splice.nodes import (
    EntryList,
    Pair,
    RoadmapOutline,
    Slot,
    Tree,
    blank_lines,
    compose,
    is_flow,
)
from tracker.adapters.roadmap_files.splice.render import (
    ListLayout,
    Style,
    format_scalar,
    key_column,
    new_skills_layout,
    parse_scalar,
    quote_of,
    render_flow_pairs,
    render_flow_skill,
    render_flow_value,
    render_key,
    render_pairs,
    render_skill,
    sections_layout,
    skills_layout,
)
from tracker.adapters.roadmap_files.splice.text import (
    Patch,
    Source,
    Span,
    SpliceError,
    apply_patches,
    dominant_break,
    indent_lines,
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
from tracker.roadmap.model import At

_PROBE_KEY = "x-put-back"
# The line ends of editors. The others in LINE_BREAK are characters that a text may hold, so they stay when
# line ends are changed.
_LINE_END = re.compile("\r\n|[\r\n]")
_DASH = re.compile(r" *-(?:[ \t].*)?")


@dataclass(slots=True)
class RoadmapEdit:
    """One batch on one file.

    `inside` says as patches what `batch.changes` says as values: the edits inside each changed skill. A
    skill that is converted from block to flow takes the values, as its old text goes; every other takes
    the patches. `style_of` gives the style for what is new in the section with an index.
    """

    outline: RoadmapOutline
    batch: Batch
    state: EditState
    style_of: Callable[[int], Style]
    inside: dict[At, list[Patch]] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        """The text that is edited."""
        return self.outline.tree.source


@dataclass(frozen=True, slots=True)
class _NewTexts:
    """Texts that are put into a list: at its end, or in front of the entry with an index.

    The first `returning` of those at the end are skills that come back; their texts include the
    blank lines around them. They are first because they have a `before`, and `split_places` puts
    those in front of the others. (One that comes back and does not fit has a `before` too, and may be
    counted in place of one that fits: that moves a blank line, never a value.) `is_greedy` says that the very last text ends in `|+`, and would
    take the blank lines below it for its own.
    """

    last: Sequence[str] = ()
    placed: Mapping[int, str] = field(default_factory=dict)
    returning: int = 0
    is_greedy: bool = False


def change_sections(edit: RoadmapEdit) -> list[Patch]:
    """Return the patches of everything that happens around skills, not inside them."""
    patches = []
    for index, title in edit.batch.renamed.items():
        patches += _rename(edit, index, title)
    gone = edit.batch.group_gone()
    for index in range(len(edit.outline.sections)):
        patches += _change_skills(edit, index, gone.get(index, set()))
    if edit.batch.added:
        layout = sections_layout(edit.outline)
        first = len(edit.outline.sections)
        texts = [
            _render_section(edit, index, title, layout)
            for index, title in enumerate(edit.batch.added, start=first)
        ]
        new = _NewTexts(texts)
        patches += _change_list(edit, edit.outline.section_list, set(), new, layout)
    return patches


def _rename(edit: RoadmapEdit, index: int, title: str) -> list[Patch]:
    section = edit.outline.sections[index]
    if section.title is None:
        raise edit.outline.tree.refuse(
            "a section cannot be renamed", "it has no title", section.slot.start
        )
    flow = is_flow(section.slot.node)
    # The column is for lines below a key; in flow style there are none.
    column = 0 if flow else edit.source.column(section.title.start)
    # None where the title in the file is a list or a mapping: no patch is made then, so the file lacks
    # the new title, and the verification refuses that.
    return set_scalar(ValueSite(edit.state, section.title, column, flow), title) or []


def _change_skills(edit: RoadmapEdit, index: int, gone: set[int]) -> list[Patch]:
    """Take skills out of a section (indexes in `gone`), and put in those that arrive."""
    skills = edit.outline.sections[index].skills
    arrivals = edit.batch.arrivals.get(index, [])
    if not gone and not arrivals:
        return []
    layout = _layout_for(edit.outline, index, arrivals)
    writer = _SkillWriter(edit, layout, edit.style_of(index))
    placed, last = split_places(arrivals, len(skills.nodes))
    new = _NewTexts(
        last=[writer.write(arrival) for arrival in last],
        placed={before: writer.write_in_front(some) for before, some in placed.items()},
        returning=sum(arrival.node is not None for arrival in last),
        is_greedy=bool(last) and _is_greedy(edit.outline, last[-1]),
    )
    return _change_list(edit, skills, gone, new, layout)


def _is_greedy(outline: RoadmapOutline, arrival: Arrival) -> bool:
    """Tell whether a skill that moves ends in a text that keeps all blank lines below it (`|+`)."""
    # A new text is never written with `|+`. One that comes back has its blank lines with it; where more
    # below it would change its value, the verification refuses, and `splice` writes it from its values.
    if arrival.at is None:
        return False
    section, index = arrival.at
    return outline.tree.keeps_breaks(outline.sections[section].skills.nodes[index])


def _change_list(
    edit: RoadmapEdit, entries: EntryList, gone: set[int], new: _NewTexts, layout: ListLayout
) -> list[Patch]:
    # A list without entries: its key may be missing, empty, or hold `[]`. (Without a pair there are no
    # nodes; the second test is for the type checker.)
    if not entries.nodes or entries.pair is None:
        return _fill(edit, entries, new, layout)
    # Tell the search for lost comments in `splicer` that lines with `#` inside a multi-line string are
    # text: they go with the skill, and may be folded into one line where it comes to a flow list.
    for index in gone:
        edit.state.note_replaced(entries.nodes[index])
    # A block list: whole lines go, whole lines are put in.
    if not layout.is_flow:
        spans = entries.dropped_spans(gone)
        dropped = [Patch(start, end, "") for start, end in spans.values()]
        return [*dropped, *_put_lines(entries, spans, new, layout)]
    # A flow list: a text goes behind the entry that stays before it, -1 for none.
    places = [(entry.slot.start, entry.slot.end) for entry in entries.entries]
    kept = [index for index in range(len(places)) if index not in gone]
    texts: dict[int, list[str]] = {}
    for before, text in sorted(new.placed.items()):
        behind = max((index for index in kept if index < before), default=-1)
        texts.setdefault(behind, []).append(text)
    if new.last:
        texts.setdefault(kept[-1] if kept else -1, []).extend(new.last)
    return change_flow_entries(entries.tree, entries.pair.value, places, gone, texts)


def _put_lines(
    entries: EntryList, dropped: Mapping[int, Span], new: _NewTexts, layout: ListLayout
) -> list[Patch]:
    """Put lines in front of entries of a block list, and behind the last one that stays."""
    tree, pair = entries.tree, entries.pair
    kept = [index for index in range(len(entries.entries)) if index not in dropped]
    # All entries go and none comes: `skills:` alone would be null, so it says `[]`. (A list with entries
    # has a pair; that test is for the type checker.)
    if not kept and not (new.last or new.placed) and pair is not None:
        place = tree.skip(pair.key.end) + 1  # behind the colon
        # Behind an anchor or a tag of the list, which stays: `skills: &all []`.
        if tree.has_properties(pair.value):
            place = tree.properties_end(pair.value)
        return [Patch(place, place, " []")]
    patches = []
    for before, text in sorted(new.placed.items()):
        # In front of an entry that goes: where its lines, comments included, begin.
        start = dropped[before][0] if before in dropped else entries.first_line(before)
        patches.append(Patch(start, start, text))
    place = tree.source.next_line(entries.last_line(kept[-1])) if kept else dropped[0][0]
    # The last text would take the blank lines below it for its own (`|+`), so it goes behind them. Where
    # no entry stays, the texts take the place of the first one; the verification refuses a list with
    # blank lines below it then.
    if new.is_greedy and kept:
        place = blank_lines(tree.source, place, down=True)[1]
    # Likewise, an entry that ends in `|+` would take a blank line that is put behind it. Greedy and
    # parted together leave two blank lines where the list has one: unlovely, but no value changes.
    is_parted = bool(kept) and not tree.keeps_breaks(entries.nodes[kept[-1]])
    text = _join(new, layout, tree.source.nl, is_parted=is_parted)
    return [*patches, Patch(place, place, text)]


def _join(new: _NewTexts, layout: ListLayout, nl: str, *, is_parted: bool) -> str:
    """Join the texts for the end of a list; separate new ones as existing entries are.

    `is_parted`: also put a blank line before the first text.
    """
    blank = nl if layout.has_blank_lines else ""
    texts = new.last[new.returning :]
    lead = blank if is_parted and texts and not new.returning else ""
    # A text that ends in `|+` and is not the last would take the blank line behind it. That changes its
    # value, so the verification refuses the batch: nothing wrong is written.
    return "".join(new.last[: new.returning]) + lead + blank.join(texts)


def _fill(edit: RoadmapEdit, entries: EntryList, new: _NewTexts, layout: ListLayout) -> list[Patch]:
    """Put entries into a list that is absent, null or `[]`."""
    tree, source, pair = entries.tree, edit.source, entries.pair
    # There is no entry to go in front of, so all texts are in `last` and none in `placed`.
    if not new.last:
        return []
    head = " [" + ", ".join(new.last) + "]" if layout.is_flow else ""
    below = "" if layout.is_flow else _join(new, layout, source.nl, is_parted=False)
    # The key is absent: it is added as the last one.
    if pair is None:
        name = "sections" if entries is edit.outline.section_list else "skills"
        # Of the style only the quotes of keys matter here; those of the first section will do.
        text = f"{render_key(name, edit.style_of(0))}:{head}"
        pairs = tree.pairs(entries.parent.node)
        if is_flow(entries.parent.node):
            spans = [(known.start, known.end) for known in pairs]
            return change_flow_entries(tree, entries.parent, spans, set(), {len(spans) - 1: [text]})
        place = source.next_line(pairs[-1].end)
        indent = " " * source.column(pairs[0].start)
        return [Patch(place, place, indent + text + source.nl + below)]
    # An anchor or a tag stays; `body` starts after them.
    start, end = tree.body(pair.value), pair.value.end
    # In place of `[]`, on its line. An empty value starts at the colon, so keep the space.
    if layout.is_flow:
        return [Patch(start, end, head if pair.value.is_empty else head.lstrip(" "))]
    # Below the key: delete the old value and the spaces before it.
    while not pair.value.is_empty and source.text[start - 1] == " ":
        start -= 1
    place = source.next_line(end)
    return [Patch(start, end, ""), Patch(place, place, below)]


def _render_section(edit: RoadmapEdit, index: int, title: str, layout: ListLayout) -> str:
    """Write a new section with the skills that come to it.

    They are written in their order: there are no entries to put them in front of.
    """
    style = edit.style_of(index)
    nl = edit.source.nl
    in_flow = layout.is_flow or layout.flow_entry
    column = layout.column + layout.gap
    skills = new_skills_layout(edit.outline, column, is_flow=in_flow)
    writer = _SkillWriter(edit, skills, style)
    texts = [writer.write(arrival) for arrival in edit.batch.arrivals.get(index, [])]
    # The section's other texts, such as its description. None removes one; a new section has none.
    given = edit.batch.heads.get(index, {})
    heads = {key: value for key, value in given.items() if value is not None}
    key = render_key("skills", style)
    in_brackets = f"{key}: [" + ", ".join(texts) + "]"
    if in_flow:
        pairs = render_flow_pairs({"title": title, **heads}, style)
        text = "{" + ", ".join([*pairs, in_brackets]) + "}"
        return text if layout.is_flow else " " * layout.column + layout.dash + text + nl
    head = f"{render_key('title', style)}: {format_scalar(title, style=style.quote('title'))}"
    is_block = bool(texts) and not skills.is_flow
    lines = [*render_pairs(heads, style), f"{key}:" if is_block else in_brackets]
    indented = [layout.dash + head, *indent_lines(lines, layout.gap)]
    below = _join(_NewTexts(texts), skills, nl, is_parted=False) if is_block else ""
    return join_lines(indent_lines(indented, layout.column), nl) + below


@dataclass(frozen=True, slots=True)
class _SkillWriter:
    """Writes skills in the shape of the list that they come to."""

    edit: RoadmapEdit
    layout: ListLayout
    style: Style

    def write_in_front(self, arrivals: Sequence[Arrival]) -> str:
        """Return the text of skills that come in front of another one."""
        if self.layout.is_flow:
            return ", ".join(map(self.write, arrivals))
        blank = self.edit.source.nl if self.layout.has_blank_lines else ""
        return "".join(
            self.write(arrival) + (blank if arrival.node is None else "") for arrival in arrivals
        )

    def write(self, arrival: Arrival) -> str:
        """Return the text of one skill: its lines in a block list, one line in a flow list."""
        # The states of an arrival, as the table of this module lists them.
        if arrival.at is not None:
            return self._write_moved(arrival.at)
        if self.layout.is_flow:
            if arrival.node is not None:
                return arrival.text
            return render_flow_skill(arrival.values, self.layout, self.style)
        if arrival.node is not None:
            return self._fit_lines(arrival.text)
        lines = render_skill(arrival.values, self.layout, self.style)
        return join_lines(indent_lines(lines, self.layout.column), self.edit.source.nl)

    def _fit_lines(self, text: str) -> str:
        """Return lines as they were, at the column of the list."""
        source = self.edit.source
        # The file may have been saved with different line endings since.
        if dominant_break(text) not in _LINE_END.findall(source.text):
            text = _LINE_END.sub(source.nl, text)
        return shift_lines(text, self.layout.column - indent_of(next(_own_lines(text))))

    def _write_moved(self, at: At) -> str:
        section, index = at
        edit, layout = self.edit, self.layout
        tree, source = edit.outline.tree, edit.source
        skills = edit.outline.sections[section].skills
        entry = skills.entries[index]
        slot = entry.slot
        inside = edit.inside.get(at, [])
        from_flow, to_flow = skills.is_flow, layout.is_flow
        # From block to block: its whole lines, comments included, at the new column.
        if not (from_flow or to_flow):
            text = apply_patches(source.text, inside, *skills.span(index))
            return shift_lines(text, layout.column - source.column(entry.mark))
        if not from_flow:
            _check_no_comments(tree, skills.span(index), slot)
            # From block to flow: written anew, so it takes `batch.changes` and not the patches.
            if not is_flow(slot.node):
                return _convert_skill(tree, slot, edit.batch.changes.get(at, {}), self.style)
        text = apply_patches(source.text, inside, slot.start, slot.end)
        # To flow, from a flow list or in braces behind a dash: as it is.
        if to_flow:
            return text
        # From flow to block: behind a dash, with the lines below the first one indented beyond it.
        # LINE_BREAK, not _LINE_END: for the parser each of these begins a line, which needs indentation.
        column = layout.column + layout.gap
        found = LINE_BREAK.search(text)
        if found is not None:
            first, rest = text[: found.end()], text[found.end() :]
            least = min(indent_of(line) for line in LINE_BREAK.split(rest))
            text = first + shift_lines(rest, max(column - least, 0))
        return " " * layout.column + layout.dash + text + source.nl


def fit_texts(outline: RoadmapOutline, batch: Batch) -> None:
    """Find out which of the texts that come back fit the lists they come to; changes `batch`.

    The others lose their text and are written anew from their values. Call it before anything reads the
    arrivals of the batch: before `make_expected` and `change_sections`.
    """
    # The layout is worked out again when the texts are written, from those that are left. Whether it is
    # flow, which is all that counts here, comes out the same, as only texts of that kind are left. Two
    # rare cases differ: the first text of an empty list does not parse and the next one has another
    # column, or a new section takes after a flow list. The verification refuses what comes of these, and
    # `splice` writes all texts that come back from their values.
    for index, arrivals in batch.arrivals.items():
        if not any(arrival.text for arrival in arrivals):
            continue
        if index < len(outline.sections):
            in_flow = _layout_for(outline, index, arrivals).is_flow
        else:
            layout = sections_layout(outline)
            in_flow = layout.is_flow or layout.flow_entry
        batch.arrivals[index] = [
            _fit(arrival, outline.tree.source, in_flow=in_flow) if arrival.text else arrival
            for arrival in arrivals
        ]


def _fit(arrival: Arrival, source: Source, *, in_flow: bool) -> Arrival:
    is_fitting = _is_dashed(arrival.text) != in_flow
    node = _parse_skill(arrival.text, source) if is_fitting else None
    return replace(arrival, text=arrival.text if node is not None else "", node=node)


def _layout_for(outline: RoadmapOutline, section: int, arrivals: Sequence[Arrival]) -> ListLayout:
    """Return the layout of a section's list; an empty list copies that of the returning texts."""
    skills = outline.sections[section].skills
    layout = skills_layout(outline, skills)
    texts = [arrival.text for arrival in arrivals if arrival.text]
    dashes = set(map(_is_dashed, texts))
    # Keep the list's own layout if it has entries, or if returning texts are absent or mixed.
    if skills.nodes or len(dashes) != 1:
        return layout
    # All without a dash: they were in a flow list.
    if dashes == {False}:
        return replace(layout, is_flow=True, flow_entry=True)
    # All with a dash, at its old column; but not where that would be outside the section.
    column = indent_of(next(_own_lines(texts[0])))
    if is_flow(skills.parent.node) or column < key_column(outline.tree, skills.parent):
        return layout
    return replace(layout, is_flow=False, flow_entry=False, column=column)


def _is_dashed(text: str) -> bool:
    """Tell whether a text is that of an entry of a block list."""
    return _DASH.fullmatch(next(_own_lines(text), "")) is not None


def _own_lines(text: str) -> Iterator[str]:
    """Yield the lines that are neither blank nor a comment."""
    return (line for line in LINE_BREAK.split(text) if not (is_blank(line) or is_comment(line)))


def _parse_skill(text: str, source: Source) -> Node | None:
    """Return the single skill in a text; None for any other content."""
    node = _compose(text)
    if node is None:
        # It may refer to anchors of the file, so it is parsed below the file as it is now, as the value
        # of one more key (a Source ends in a line break). That works for a file in block style;
        # otherwise the skill is rendered from its values.
        root = _compose(f"{source.text}{_PROBE_KEY}:{source.nl}{text}{source.nl}")
        node = root.value[-1][1] if isinstance(root, MappingNode) else None
    if isinstance(node, SequenceNode):
        return node.value[0] if len(node.value) == 1 else None
    return node


def _compose(text: str) -> Node | None:
    try:
        return compose(text)
    except (yaml.YAMLError, UnicodeError):
        return None


def _convert_skill(tree: Tree, slot: Slot, changes: Changes, style: Style) -> str:
    """Return a skill of a block list as flow text, with its changes applied."""
    # A skill may be a bare name, here and at the end.
    if isinstance(slot.node, ScalarNode):
        texts = {"name": _convert(tree, slot)}
    else:
        # `_pairs` refuses a key without a name: `or ""` is for the type checker.
        texts = {pair.name or "": _convert(tree, pair.value) for pair in _pairs(tree, slot)}
    for key, value in changes.items():
        # An empty list removes its key, as None does.
        if value is None or value == ():
            texts.pop(key, None)
        else:
            texts[key] = render_flow_value(key, value, style)
    if isinstance(slot.node, ScalarNode) and set(texts) == {"name"}:
        return texts["name"]
    # The id comes first, as in every skill that is written, also one that was just added; the others
    # keep their order.
    keys = sorted(texts, key=lambda key: key != "id")
    return _braced(f"{render_key(key, style, flow=True)}: {texts[key]}" for key in keys)


def _check_no_comments(tree: Tree, span: Span, slot: Slot) -> None:
    """Refuse to convert lines that hold comments."""
    text = tree.source.text
    # Every scalar, not only the long ones: a `#` may be inside quotes on one line.
    inside = scalar_spans(tree, slot.node, is_every=True)
    position = text.find("#", *span)
    while position >= 0:
        if not any(first <= position < last for first, last in inside):
            raise _refuse(tree, position, "its comments would have no place there")
        position = text.find("#", position + 1, span[1])


def _pairs(tree: Tree, slot: Slot) -> list[Pair]:
    # A skill that is a list is refused with the same words: no such file loads, so nobody reads them.
    if slot.alias or tree.has_properties(slot) or not isinstance(slot.node, MappingNode):
        raise _refuse(tree, slot.start, "it is shared by an anchor or an alias")
    pairs = tree.pairs(slot.node)
    if any(pair.name is None or pair.key.node.tag != STR_TAG for pair in pairs):
        raise _refuse(tree, slot.start, "it has a key that is not text")
    return pairs


def _convert(tree: Tree, slot: Slot) -> str:
    node = slot.node
    # A tag is refused with the same words as an anchor.
    if slot.alias or tree.has_properties(slot):
        raise _refuse(tree, slot.start, "it shares a value by an anchor or an alias")
    if isinstance(node, MappingNode):
        pairs = _pairs(tree, slot)
        return _braced(
            f"{_convert(tree, pair.key)}: {_convert(tree, pair.value)}" for pair in pairs
        )
    if not isinstance(node, ScalarNode):
        return "[" + ", ".join(_convert(tree, entry.slot) for entry in tree.entries(node)) + "]"
    text = tree.source.text[slot.start : slot.end]
    found = parse_scalar(text, flow=True)
    # As it is written, where that means the same between brackets.
    if "\n" not in text and found and (found.tag, found.value) == (node.tag, node.value):
        return text
    # Not a string: an empty value becomes `null`; a number or a date holds no bracket or comma.
    if node.tag != STR_TAG:
        return "null" if slot.is_empty else text
    return format_scalar(node.value, style=quote_of(node), flow=True)


def _braced(pairs: Iterable[str]) -> str:
    return "{" + ", ".join(pairs) + "}"


def _refuse(tree: Tree, at: int, why: str) -> SpliceError:
    return tree.refuse("a skill cannot move to a section that is written in flow style", why, at)
