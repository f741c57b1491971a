"""Edit a text as a whole: compose it, make the patches, apply them, verify the result.

Also changes one skill (a mapping, a bare string or an alias), and the texts of the roadmap and its
sections; where a skill goes among others is the business of `sections`. `set_setting` sets one value
of `tracker.yaml` in the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain

import yaml

from tracker.adapters.roadmap_files.document import MappingNode, Node, ScalarNode
from tracker.adapters.roadmap_files.parse import paused_collector
from tracker.adapters.roadmap_files.splice.intended import (
    Batch,
    Expected,
    ExpectedMap,
    KeyId,
    effective,
    fold_edits,
    keep_others,
    make_expected,
    matches,
    present,
    text_key,
)
from tracker.adapters.roadmap_files.splice.mappings import (
    Changes,
    edit_mapping,
    find_pair,
    set_value,
)
from tracker.adapters.roadmap_files.splice.nodes import (
    ListEntry,
    Pair,
    RoadmapOutline,
    Slot,
    Tree,
    compose,
    is_null,
    loosen_last,
)
from tracker.adapters.roadmap_files.splice.render import (
    Style,
    Value,
    format_scalar,
    quote_of,
    render_flow_pairs,
    render_flow_value,
    render_key,
    render_pairs,
    render_value,
    sample_style,
)
from tracker.adapters.roadmap_files.splice.sections import RoadmapEdit, change_sections, fit_texts
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
from tracker.adapters.roadmap_files.splice.values import EditState, ValueSite, set_scalar
from tracker.roadmap.edits import Edit, InsertText, Scalar
from tracker.roadmap.model import At

ROADMAP_ORDER = ("title", "description", "source", "edition", "tracks", "sections")
SECTION_ORDER = ("title", "icon", "description", "skills")
SKILL_ORDER = (
    "id", "name", "kind", "aliases", "goal", "status", "level", "hours", "started", "completed",
    "requires", "tags", "covered_by", "prove", "evidence", "resources", "notes",
)  # fmt: skip


_PLAIN = Style().with_defaults()
"""The style of what is new in the settings."""


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


def _compose(text: str, refused: str) -> Node | None:
    try:
        return compose(text)
    except (yaml.YAMLError, UnicodeError) as error:
        raise make_refusal(refused, f"it does not parse: {error}") from error


def _compose_tree(text: str) -> Tree:
    root = _compose(text, "the file cannot be changed")
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
            edit.inside[at] = _edit_skill(state, entry, changes, flow=skills.is_flow)
    edit.state.style = edit.style_of(len(edit.outline.sections))
    # The patches inside of a skill that moves are applied to its text on the way.
    still = [patches for at, patches in edit.inside.items() if at not in edit.batch.moved]
    # At one place the order counts: a section's texts, its skills, other sections.
    heads = _change_heads(edit.state, edit.outline, edit.batch)
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


def _change_heads(state: EditState, outline: RoadmapOutline, batch: Batch) -> list[Patch]:
    """Return the patches that set texts of the roadmap and of the sections it has."""
    patches: list[Patch] = []
    for index, changes in batch.heads.items():
        if index is None:
            patches += edit_mapping(state, outline.tree.root, changes, ROADMAP_ORDER, set_value)
        # The texts of a section that the batch adds are written together with it.
        elif index < len(outline.sections):
            slot = outline.sections[index].slot
            if slot.alias:
                raise outline.tree.refuse(
                    "a section cannot be changed", "it is an alias of another one", slot.start
                )
            patches += edit_mapping(state, slot, changes, SECTION_ORDER, set_scalar)
    return patches


def _edit_skill(state: EditState, entry: ListEntry, changes: Changes, *, flow: bool) -> list[Patch]:
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
    is_long = not node.is_on_one_line
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


def set_setting(text: str, path: Sequence[str], value: Scalar | None) -> str:
    """Return the text of `tracker.yaml` with a value at a path of keys; None removes it.

    Missing mappings are made; comments, order and line ends stay. Raises SpliceError when the
    result would not say exactly that.
    """
    refused = "a setting cannot be written"
    source = Source(text)
    root = _compose(text, refused)
    if root is None or is_null(root):
        lines = [] if value is None else render_pairs(_nest(path, value), _PLAIN)
        end = len(source.text)
        patches = [Patch(end, end, join_lines(lines, source.nl))] if lines else []
    else:
        patches = _set_setting(Tree(source, root), path, value)
    expected = _expect_setting(root, path, value)
    for attempt in _attempts(source, patches):
        found = _compose(attempt, refused)
        if found is not None and matches(found, expected):
            return attempt
    if value is None and not patches:
        return text
    raise make_refusal(refused, "the result would not say what is intended")


def _set_setting(tree: Tree, path: Sequence[str], value: Scalar | None) -> list[Patch]:
    """Walk down the mappings that are there, and set, add or remove a key of the last one."""
    slot = tree.root
    while True:
        if not isinstance(slot.node, MappingNode) or slot.alias:
            raise tree.refuse(
                "a setting cannot be written", f"'{path[0]}' has no place", slot.start
            )
        index = find_pair(tree, slot, path[0])
        if index is None or len(path) == 1 or is_null(tree.pairs(slot.node)[index].value.node):
            break
        slot, path = tree.pairs(slot.node)[index].value, path[1:]
    if value is None and len(path) > 1:
        return []
    changes = {path[0]: None} if value is None else _nest(path, value)
    return edit_mapping(EditState(tree, _PLAIN), slot, changes, (), _set_nested)


def _set_nested(site: ValueSite, value: Value) -> list[Patch] | None:
    if not isinstance(value, Mapping):
        return set_scalar(site, value)
    null, source = site.slot, site.source
    if site.flow:
        text = render_flow_value("", value, _PLAIN)
        return [Patch(null.start, null.end, f" {text}" if null.is_empty else text)]
    # A mapping for a key that is null: below the key, so that a comment behind it stays.
    _, lines = render_value("", value, _PLAIN)
    place = source.next_line(null.end)
    below = join_lines(indent_lines(lines, site.column), source.nl)
    return [Patch(null.start, null.end, ""), Patch(place, place, below)]


def _nest(path: Sequence[str], value: Value) -> dict[str, Value]:
    """Return a value inside of a mapping for each key of a path."""
    return {path[0]: _nest(path[1:], value) if len(path) > 1 else value}


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
