"""The batch as a whole: compose, make the pieces, apply them, verify.

Must not know how a single value or list is written; `skills` and `sections` do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from tracker.adapters.roadmap_files.splice.arriving import Work, fit_texts
from tracker.adapters.roadmap_files.splice.batch import Batch, fold_edits
from tracker.adapters.roadmap_files.splice.dropping import dropped_spans
from tracker.adapters.roadmap_files.splice.editing import Editing
from tracker.adapters.roadmap_files.splice.heads import change_heads
from tracker.adapters.roadmap_files.splice.intended import Wanted, make_wanted, says
from tracker.adapters.roadmap_files.splice.kinds import compose, loosen_last, paused_gc
from tracker.adapters.roadmap_files.splice.nodes import Tree
from tracker.adapters.roadmap_files.splice.outline import Outline
from tracker.adapters.roadmap_files.splice.refusal import SpliceError, make_refusal
from tracker.adapters.roadmap_files.splice.sections import change_sections
from tracker.adapters.roadmap_files.splice.shared import keep_others
from tracker.adapters.roadmap_files.splice.skills import edit_skill
from tracker.adapters.roadmap_files.splice.style import Style, sample_style
from tracker.adapters.roadmap_files.splice.text import (
    Piece,
    Source,
    apply_pieces,
    comment_lines,
    merge_spans,
    strip_break,
)
from tracker.roadmap.edits import At, Edit, InsertText


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
