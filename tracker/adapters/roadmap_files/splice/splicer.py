"""Edit a text as a whole: compose it, make the replacements, apply them, verify the result.

Must not know how a single value or list is written; `skills` and `sections` do. `set_setting` does
the same for one value of `tracker.yaml`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from tracker.adapters.roadmap_files.splice.batch import Batch, fold_edits
from tracker.adapters.roadmap_files.splice.intended import (
    Wanted,
    WantedMap,
    effective,
    make_wanted,
    says,
    text_key,
)
from tracker.adapters.roadmap_files.splice.mappings import change_entries, edit_mapping, find_pair
from tracker.adapters.roadmap_files.splice.nodes import (
    Outline,
    Slot,
    Tree,
    compose,
    dropped_spans,
    is_flow,
    is_null,
    loosen_last,
    paused_gc,
)
from tracker.adapters.roadmap_files.splice.render import (
    Style,
    format_scalar,
    indent_lines,
    render_key,
    render_pair,
    sample_style,
)
from tracker.adapters.roadmap_files.splice.sections import Work, change_sections, fit_texts
from tracker.adapters.roadmap_files.splice.shared import keep_others
from tracker.adapters.roadmap_files.splice.skills import change_heads, edit_skill
from tracker.adapters.roadmap_files.splice.text import (
    Piece,
    Source,
    SpliceError,
    apply_pieces,
    comment_lines,
    join_lines,
    make_refusal,
    merge_spans,
    strip_break,
)
from tracker.adapters.roadmap_files.splice.values import Editing, set_scalar
from tracker.roadmap.edits import At, Edit, InsertText, Scalar


@dataclass(frozen=True, slots=True)
class Spliced:
    """The edited text, and the text of removed skills by id, or by name where there is none."""

    text: str
    removed: Mapping[str, str] = field(default_factory=dict)


def splice(text: str, edits: Sequence[Edit]) -> Spliced:
    """Make all edits to a roadmap's text; it comes and goes without a byte order mark.

    Raises SpliceError when the result would not say exactly what is intended.
    """
    if not edits:
        return Spliced(text)
    with paused_gc():
        try:
            return _splice_any(text, edits)
        except RecursionError as error:
            raise make_refusal("the file cannot be changed", "it is nested too deeply") from error


def _splice_any(text: str, edits: Sequence[Edit]) -> Spliced:
    """Splice in the author's style, or else in plainer ways; the last one's refusal counts.

    Texts that come back are written anew from what they said, and a text of several lines stands
    on one where a block scalar would take in what is below it.
    """
    anew = [replace(edit, text="") if isinstance(edit, InsertText) else edit for edit in edits]
    with suppress(SpliceError):
        return _splice(_compose(text), edits, literals=True)
    with suppress(SpliceError):
        return _splice(_compose(text), anew, literals=True)
    return _splice(_compose(text), anew, literals=False)


def _compose(text: str) -> Tree:
    try:
        root = compose(text)
    except (yaml.YAMLError, UnicodeError) as error:
        raise make_refusal("the file cannot be changed", f"it does not parse: {error}") from error
    if root is None:
        raise make_refusal("the file cannot be changed", "it is empty")
    source = Source(text)
    if not source.is_terminated:
        loosen_last(root)
    return Tree(source, root)


def _splice(tree: Tree, edits: Sequence[Edit], *, literals: bool) -> Spliced:
    outline = Outline(tree)
    batch = fold_edits(edits, [site.name for site in outline.sites])
    _check_addresses(outline, batch)
    fit_texts(outline, batch)
    wanted = _make_wanted(outline, batch)
    editing = Editing(tree, Style(), moving=keep_others(outline, batch))
    styles = _Styles(outline, literals=literals)
    work = Work(outline, batch, editing, styles.of_section)
    pieces = _make_pieces(work, styles)
    removed = _removed(outline, batch)
    result = _verified(work, wanted, pieces)
    return Spliced(result, removed)


def _check_addresses(outline: Outline, batch: Batch) -> None:
    for section, skill in sorted({*batch.changes, *batch.removed, *batch.moved}):
        sites = outline.sites
        if not (0 <= section < len(sites) and 0 <= skill < len(sites[section].skills.nodes)):
            raise make_refusal(
                "a skill cannot be changed", f"there is no skill {skill} in section {section}"
            )


def _make_wanted(outline: Outline, batch: Batch) -> Wanted:
    root = outline.tree.root.node
    if not isinstance(root, MappingNode):
        raise outline.tree.refuse("the file cannot be changed", "it is not a mapping")
    return make_wanted(root, batch)


class _Styles:
    """The style of each section's skills, filled up with that of the whole file."""

    def __init__(self, outline: Outline, *, literals: bool) -> None:
        self._outline = outline
        self._source = outline.tree.source
        sections = [site.slot.node for site in outline.sites]
        nodes = chain(outline.skill_nodes(), sections, [outline.tree.root.node])
        common = sample_style(self._source, nodes).with_defaults()
        self._common = replace(common, literals=literals)
        self._known: dict[int, Style] = {}

    def of_section(self, index: int) -> Style:
        """Return the style for a new skill in a section."""
        if index not in self._known:
            sites = self._outline.sites
            nodes = sites[index].skills.nodes if index < len(sites) else ()
            self._known[index] = sample_style(self._source, nodes).over(self._common)
        return self._known[index]

    def of_skill(self, index: int, node: Node) -> Style:
        """Return the style for an addition to a skill: its own habits first."""
        return sample_style(self._source, [node]).over(self.of_section(index))


def _make_pieces(work: Work, styles: _Styles) -> list[Piece]:
    for at in sorted(work.batch.changes):
        if at not in work.batch.removed:
            skills = work.outline.sites[at[0]].skills
            entry = skills.entries[at[1]]
            style = styles.of_skill(at[0], entry.slot.node)
            editing = replace(work.editing, style=style)
            changes = work.batch.changes[at]
            work.inside[at] = edit_skill(editing, entry, changes, flow=skills.is_flow)
    work.editing.style = styles.of_section(len(work.outline.sites))
    still = [pieces for at, pieces in work.inside.items() if at not in work.batch.moved]
    # What stands at one place comes out in this order: a section's texts, its skills, other sections.
    return [*change_heads(work), *chain.from_iterable(still), *change_sections(work)]


def _removed(outline: Outline, batch: Batch) -> dict[str, str]:
    """Return the text that goes with each removed skill, so that it can come back as it stood."""
    texts: dict[str, str] = {}
    gone = batch.group_gone()
    for section in sorted({at[0] for at in batch.removed}):
        site = outline.sites[section]
        spans = {} if site.skills.is_flow else dropped_spans(site.skills, gone[section])
        for index in sorted(gone[section]):
            if (section, index) not in batch.removed:
                continue
            name = _name_of(site.skills.nodes[index])
            span = spans.get(index) or _span(outline, (section, index))
            texts[name] = texts.get(name, "") + outline.tree.source.text[slice(*span)]
    return texts


def _span(outline: Outline, at: At) -> tuple[int, int]:
    """Return what belongs to a skill: whole lines in a block list, its own text in a flow list."""
    skills = outline.sites[at[0]].skills
    slot = skills.entries[at[1]].slot
    return (slot.start, slot.end) if skills.is_flow else skills.span(at[1])


def _name_of(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return str(node.value)
    values = {key.value: value.value for key, value in node.value if isinstance(value, ScalarNode)}
    return str(values.get("id") or values.get("name") or "")


def _verified(work: Work, wanted: Wanted, pieces: list[Piece]) -> str:
    tree = work.outline.tree
    reason = "two of the changes meet at one place"
    for attempt in _attempts(tree.source, pieces):
        try:
            found = compose(attempt)
        except (yaml.YAMLError, UnicodeError) as error:
            reason = f"the result would not parse ({getattr(error, 'problem', None) or error})"
            continue
        if found is None or not says(found, wanted):
            reason = "the result would not say what is intended"
        elif lost := _lost_comments(work, pieces):
            reason = f"a comment would be lost: {lost}"
        else:
            return attempt
    raise _unverified(tree, pieces, reason)


def _unverified(tree: Tree, pieces: Sequence[Piece], reason: str) -> SpliceError:
    if "undefined alias" in reason:
        reason = "what it takes away carries an anchor (&name) that is used elsewhere (*name)"
    elif tree.has_aliases:
        reason += "; the file shares values by anchors and aliases"
    place = min((piece.start for piece in pieces), default=0)
    return tree.refuse("the edit cannot be made safely", reason, place)


def _attempts(source: Source, pieces: list[Piece]) -> Iterator[str]:
    """Yield the texts to try: usually one, more where the last line has no break."""
    try:
        whole = apply_pieces(source.text, pieces)
    except ValueError:
        return
    if source.is_terminated:
        yield whole
        return
    yield strip_break(whole)
    yield whole


def _lost_comments(work: Work, pieces: Sequence[Piece]) -> str:
    """Return a comment line that is in the old text, in no removed skill, and not in the new."""
    text = work.outline.tree.source.text
    removed = [_span(work.outline, at) for at in work.batch.removed]
    free = merge_spans([*work.editing.spent, *removed])
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for piece in pieces:
        before.update(comment_lines(text, piece.start, piece.end, free))
        after.update(comment_lines(piece.text, 0, len(piece.text)))
    return next((comment for comment in (before - after)), "")


_STEP = 2


def set_setting(text: str, path: Sequence[str], value: Scalar | None) -> str:
    """Return the text with a value at a path of keys; missing mappings are made, None removes.

    Raises SpliceError when the result would not say exactly that.
    """
    source = Source(text)
    root = _compose_setting(text)
    if root is None or is_null(root):
        pieces = _append_setting(source, len(source.text), path, value, column=0)
        wanted = _wanted_setting(None, path, value)
    else:
        tree = Tree(source, root)
        pieces = _set_setting(Editing(tree, Style().with_defaults()), tree.root, path, value)
        wanted = _wanted_setting(root, path, value)
    whole = apply_pieces(source.text, pieces)
    for attempt in (whole,) if source.is_terminated else (strip_break(whole), whole):
        found = _compose_setting(attempt)
        if found is not None and says(found, wanted):
            return attempt
    if value is None and not pieces:
        return text
    raise make_refusal("a setting cannot be written", "the result would not say what is intended")


def _compose_setting(text: str) -> Node | None:
    try:
        return compose(text)
    except (yaml.YAMLError, UnicodeError) as error:
        raise make_refusal("a setting cannot be written", f"it does not parse: {error}") from error


def _set_setting(
    editing: Editing, slot: Slot, path: Sequence[str], value: Scalar | None
) -> list[Piece]:
    tree = editing.tree
    if not isinstance(slot.node, MappingNode) or slot.alias:
        raise tree.refuse("a setting cannot be written", f"'{path[0]}' has no place", slot.start)
    pairs = tree.pairs(slot.node)
    index = find_pair(editing, pairs, path[0])
    if len(path) == 1:
        return edit_mapping(editing, slot, {path[0]: value}, (), set_scalar)
    if index is not None and not is_null(pairs[index].value.node):
        return _set_setting(editing, pairs[index].value, path[1:], value)
    if value is None:
        return []
    return _make_mappings(editing, slot, index, path, value)


def _make_mappings(
    editing: Editing, slot: Slot, index: int | None, path: Sequence[str], value: Scalar
) -> list[Piece]:
    """Write the mappings that are missing, at the end of the one there is."""
    tree = editing.tree
    source = tree.source
    pairs = tree.pairs(slot.node)
    if is_flow(slot.node):
        return _make_flow_mappings(tree, slot, index, path, value)
    column = source.column(pairs[0].start)
    if index is None:
        return _append_setting(source, source.next_line(pairs[-1].end), path, value, column=column)
    null = pairs[index].value
    place = source.next_line(null.end)
    below = _append_setting(source, place, path[1:], value, column=column + _STEP)
    return [Piece(null.start, null.end, ""), *below]


def _make_flow_mappings(
    tree: Tree, slot: Slot, index: int | None, path: Sequence[str], value: Scalar
) -> list[Piece]:
    text = format_scalar(value, flow=True)
    for key in reversed(path[1:]):
        text = f"{{{format_scalar(key, flow=True)}: {text}}}"
    pairs = tree.pairs(slot.node)
    if index is not None:
        null = pairs[index].value
        return [Piece(null.start, null.end, f" {text}" if null.is_empty else text)]
    spans = [(pair.start, pair.end) for pair in pairs]
    fresh = {len(spans) - 1: [f"{format_scalar(path[0], flow=True)}: {text}"]}
    return change_entries(tree, slot, spans, set(), fresh)


def _append_setting(
    source: Source, place: int, path: Sequence[str], value: Scalar | None, *, column: int
) -> list[Piece]:
    if value is None:
        return []
    style = Style().with_defaults()
    lines = render_pair(path[-1], value, style)
    for key in reversed(path[:-1]):
        lines = [f"{render_key(key, style)}:", *indent_lines(lines, _STEP)]
    return [Piece(place, place, join_lines(indent_lines(lines, column), source.nl))]


def _wanted_setting(node: Node | None, path: Sequence[str], value: Scalar | None) -> Wanted:
    pairs: dict[tuple[str, object], Wanted] = {}
    if isinstance(node, MappingNode):
        pairs.update(effective(node))
    key = text_key(path[0])
    old = pairs.pop(key, None)
    if len(path) > 1:
        pairs[key] = _wanted_setting(old if isinstance(old, Node) else None, path[1:], value)
    elif value is not None:
        pairs[key] = value
    return WantedMap(pairs)
