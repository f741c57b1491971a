"""Edit a text as a whole: compose it, make the patches, apply them, verify the result.

Must not know how a single value or list is written; `skills` and `sections` do. `set_setting` does
the same for one value of `tracker.yaml`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from tracker.adapters.roadmap_files.parse import paused_collector
from tracker.adapters.roadmap_files.splice.batch import Batch, fold_edits
from tracker.adapters.roadmap_files.splice.intended import (
    Expected,
    ExpectedMap,
    KeyId,
    effective,
    make_expected,
    matches,
    text_key,
)
from tracker.adapters.roadmap_files.splice.mappings import change_entries, edit_mapping, find_pair
from tracker.adapters.roadmap_files.splice.nodes import (
    RoadmapOutline,
    Slot,
    Tree,
    compose,
    is_flow,
    is_null,
    loosen_last,
)
from tracker.adapters.roadmap_files.splice.render import (
    Style,
    format_scalar,
    render_key,
    render_pairs,
    sample_style,
)
from tracker.adapters.roadmap_files.splice.sections import RoadmapEdit, change_sections, fit_texts
from tracker.adapters.roadmap_files.splice.shared import keep_others
from tracker.adapters.roadmap_files.splice.skills import change_heads, edit_skill
from tracker.adapters.roadmap_files.splice.text import (
    Patch,
    Source,
    Span,
    SpliceError,
    apply_patches,
    comment_lines,
    indent_lines,
    join_lines,
    make_refusal,
    merge_spans,
    strip_break,
)
from tracker.adapters.roadmap_files.splice.values import EditState, set_scalar
from tracker.roadmap.edits import At, Edit, InsertText, Scalar

_STEP = 2
"""Columns by which a mapping inside of another one is indented in the settings."""


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
    anew = [replace(edit, text="") if isinstance(edit, InsertText) else edit for edit in edits]
    with paused_collector():
        try:
            tree = _compose_tree(text)
            # In the author's style.
            with suppress(SpliceError):
                return _splice(tree, edits, literals=True)
            # With the skills that come back written anew, rather than as they were.
            with suppress(SpliceError):
                return _splice(tree, anew, literals=True)
            # With texts on one line, where a block scalar would take in what is below it.
            return _splice(tree, anew, literals=False)
        except RecursionError as error:
            raise make_refusal("the file cannot be changed", "it is nested too deeply") from error


def _splice(tree: Tree, edits: Sequence[Edit], *, literals: bool) -> Spliced:
    outline = RoadmapOutline(tree)
    batch = fold_edits(edits, [section.name for section in outline.sections])
    _check_addresses(outline, batch)
    fit_texts(outline, batch)
    # What is intended is worked out before `keep_others` adds to the batch what keeps it true.
    expected = make_expected(outline.root, batch)
    state = EditState(tree, Style(), edited_nodes=keep_others(outline, batch))
    edit = RoadmapEdit(outline, batch, state, _make_style_of(outline, literals=literals))
    patches = _make_patches(edit)
    removed = _removed_texts(outline, batch)
    return Spliced(_verify(edit, expected, patches), removed)


def _compose_tree(text: str) -> Tree:
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


def _check_addresses(outline: RoadmapOutline, batch: Batch) -> None:
    sections = outline.sections
    for section, skill in sorted({*batch.changes, *batch.removed, *batch.moved}):
        if not (0 <= section < len(sections) and 0 <= skill < len(sections[section].skills.nodes)):
            raise make_refusal(
                "a skill cannot be changed", f"there is no skill {skill} in section {section}"
            )


def _make_style_of(outline: RoadmapOutline, *, literals: bool) -> Callable[[int], Style]:
    """Return what gives the style of a section's skills, filled up with that of the whole file."""
    sections, source = outline.sections, outline.tree.source
    nodes = chain(outline.skill_nodes(), (section.slot.node for section in sections))
    common = sample_style(source, chain(nodes, [outline.root])).with_defaults()
    common.literals = literals

    @cache
    def style_of(index: int) -> Style:
        skills = sections[index].skills.nodes if index < len(sections) else ()
        return sample_style(source, skills).over(common)

    return style_of


def _make_patches(edit: RoadmapEdit) -> list[Patch]:
    for at in sorted(edit.batch.changes):
        if at not in edit.batch.removed:
            skills = edit.outline.sections[at[0]].skills
            entry = skills.entries[at[1]]
            # What is added to a skill follows its own habits first.
            own = sample_style(edit.source, [entry.slot.node])
            state = replace(edit.state, style=own.over(edit.style_of(at[0])))
            changes = edit.batch.changes[at]
            edit.inside[at] = edit_skill(state, entry, changes, flow=skills.is_flow)
    edit.state.style = edit.style_of(len(edit.outline.sections))
    # The patches inside of a skill that moves are applied to its text on the way.
    still = [patches for at, patches in edit.inside.items() if at not in edit.batch.moved]
    # At one place the order counts: a section's texts, its skills, other sections.
    heads = change_heads(edit.state, edit.outline, edit.batch)
    return [*heads, *chain.from_iterable(still), *change_sections(edit)]


def _removed_texts(outline: RoadmapOutline, batch: Batch) -> dict[str, str]:
    """Return the text that goes with each removed skill, so that it can come back as it was."""
    texts: dict[str, str] = {}
    gone = batch.group_gone()
    for section in sorted({at[0] for at in batch.removed}):
        skills = outline.sections[section].skills
        spans = {} if skills.is_flow else skills.dropped_spans(gone[section])
        for index in sorted(gone[section]):
            if (section, index) in batch.removed:
                name = _name_of(skills.nodes[index])
                span = spans.get(index) or _span(outline, (section, index))
                texts[name] = texts.get(name, "") + outline.tree.source.text[slice(*span)]
    return texts


def _span(outline: RoadmapOutline, at: At) -> Span:
    """Return what belongs to a skill: whole lines in a block list, its own text in a flow list."""
    skills = outline.sections[at[0]].skills
    slot = skills.entries[at[1]].slot
    return (slot.start, slot.end) if skills.is_flow else skills.span(at[1])


def _name_of(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return str(node.value)
    values = {key.value: value.value for key, value in node.value if isinstance(value, ScalarNode)}
    return str(values.get("id") or values.get("name") or "")


def _verify(edit: RoadmapEdit, expected: Expected, patches: list[Patch]) -> str:
    """Apply the patches; refuse a result that does not parse, says something else or loses comments."""
    tree = edit.outline.tree
    reason = "two of the changes meet at one place"
    for attempt in _attempts(tree.source, patches):
        try:
            found = compose(attempt)
        except (yaml.YAMLError, UnicodeError) as error:
            reason = f"the result would not parse ({getattr(error, 'problem', None) or error})"
            continue
        if found is None or not matches(found, expected):
            reason = "the result would not say what is intended"
        elif lost := _lost_comments(edit, patches):
            reason = f"a comment would be lost: {lost}"
        else:
            return attempt
    if "undefined alias" in reason:
        reason = "what it takes away carries an anchor (&name) that is used elsewhere (*name)"
    elif tree.has_aliases:
        reason += "; the file shares values by anchors and aliases"
    place = min((patch.start for patch in patches), default=0)
    raise tree.refuse("the edit cannot be made safely", reason, place)


def _attempts(source: Source, patches: list[Patch]) -> Iterator[str]:
    """Yield the texts to try: usually one, more where the last line has no break."""
    try:
        whole = apply_patches(source.text, patches)
    except ValueError:
        return
    if not source.is_terminated:
        yield strip_break(whole)
    yield whole


def _lost_comments(edit: RoadmapEdit, patches: Sequence[Patch]) -> str:
    """Return a comment line that is in the old text, in no removed skill, and not in the new."""
    removed = [_span(edit.outline, at) for at in edit.batch.removed]
    ignored = merge_spans([*edit.state.replaced, *removed])
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for patch in patches:
        before.update(comment_lines(edit.source.text, patch.start, patch.end, ignored))
        after.update(comment_lines(patch.text, 0, len(patch.text)))
    return next((comment for comment in (before - after)), "")


def set_setting(text: str, path: Sequence[str], value: Scalar | None) -> str:
    """Return the text of `tracker.yaml` with a value at a path of keys; None removes it.

    Missing mappings are made; comments, order and line ends stay. Raises SpliceError when the
    result would not say exactly that.
    """
    source = Source(text)
    root = _compose_setting(text)
    if root is None or is_null(root):
        patches = _append_setting(source, len(source.text), path, value, column=0)
    else:
        tree = Tree(source, root)
        state = EditState(tree, Style().with_defaults())
        patches = _set_setting(state, tree.root, path, value)
    expected = _expect_setting(root, path, value)
    for attempt in _attempts(source, patches):
        found = _compose_setting(attempt)
        if found is not None and matches(found, expected):
            return attempt
    if value is None and not patches:
        return text
    raise make_refusal("a setting cannot be written", "the result would not say what is intended")


def _compose_setting(text: str) -> Node | None:
    try:
        return compose(text)
    except (yaml.YAMLError, UnicodeError) as error:
        raise make_refusal("a setting cannot be written", f"it does not parse: {error}") from error


def _set_setting(
    state: EditState, slot: Slot, path: Sequence[str], value: Scalar | None
) -> list[Patch]:
    tree = state.tree
    if not isinstance(slot.node, MappingNode) or slot.alias:
        raise tree.refuse("a setting cannot be written", f"'{path[0]}' has no place", slot.start)
    pairs = tree.pairs(slot.node)
    index = find_pair(state, pairs, path[0])
    # The last key of the path: set, added or removed as any other.
    if len(path) == 1:
        return edit_mapping(state, slot, {path[0]: value}, (), set_scalar)
    # A mapping that is there.
    if index is not None and not is_null(pairs[index].value.node):
        return _set_setting(state, pairs[index].value, path[1:], value)
    return [] if value is None else _make_mapping(state, slot, index, path, value)


def _make_mapping(
    state: EditState, slot: Slot, index: int | None, path: Sequence[str], value: Scalar
) -> list[Patch]:
    """Write the mappings that are missing on a path; `index` is that of a key which is null."""
    tree, source = state.tree, state.tree.source
    pairs = tree.pairs(slot.node)
    # A mapping in braces that is missing or null: `{a: {b: value}}`.
    if is_flow(slot.node):
        new = format_scalar(value, flow=True)
        for key in reversed(path[1:]):
            new = f"{{{format_scalar(key, flow=True)}: {new}}}"
        if index is not None:
            null = pairs[index].value
            return [Patch(null.start, null.end, f" {new}" if null.is_empty else new)]
        spans = [(pair.start, pair.end) for pair in pairs]
        texts = [f"{format_scalar(path[0], flow=True)}: {new}"]
        return change_entries(tree, slot, spans, set(), {len(spans) - 1: texts})
    column = source.column(pairs[0].start)
    # A block mapping that is missing: at the end of the one around it.
    if index is None:
        return _append_setting(source, source.next_line(pairs[-1].end), path, value, column=column)
    # One that is null: below its key.
    null = pairs[index].value
    place = source.next_line(null.end)
    below = _append_setting(source, place, path[1:], value, column=column + _STEP)
    return [Patch(null.start, null.end, ""), *below]


def _append_setting(
    source: Source, place: int, path: Sequence[str], value: Scalar | None, *, column: int
) -> list[Patch]:
    if value is None:
        return []
    style = Style().with_defaults()
    lines = render_pairs({path[-1]: value}, style)
    for key in reversed(path[:-1]):
        lines = [f"{render_key(key, style)}:", *indent_lines(lines, _STEP)]
    return [Patch(place, place, join_lines(indent_lines(lines, column), source.nl))]


def _expect_setting(node: Node | None, path: Sequence[str], value: Scalar | None) -> ExpectedMap:
    pairs: dict[KeyId, Expected] = {}
    if isinstance(node, MappingNode):
        pairs.update(effective(node))
    key = text_key(path[0])
    old = pairs.pop(key, None)
    if len(path) > 1:
        pairs[key] = _expect_setting(old if isinstance(old, Node) else None, path[1:], value)
    elif value is not None:
        pairs[key] = value
    return ExpectedMap(pairs)
