"""Change one scalar value of a mapping in place, and delete the lines of a value.

The rest of the line stays: what is behind the value, its quotes, its anchor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.adapters.roadmap_files.document import STR_TAG, MappingNode, Node, ScalarNode
from tracker.adapters.roadmap_files.splice.nodes import (
    Pair,
    Slot,
    Tree,
    is_block_scalar,
)
from tracker.adapters.roadmap_files.splice.render import (
    Hidden,
    Style,
    Value,
    format_double,
    format_literal,
    format_scalar,
    is_literal,
    is_printable,
    is_same_scalar,
    parse_scalar,
    quote_of,
    render_flow_value,
    render_value,
)
from tracker.adapters.roadmap_files.splice.text import (
    Patch,
    Source,
    Span,
    indent_lines,
    indent_of,
    is_blank,
    is_comment,
    join_lines,
    strip_break,
)
from tracker.roadmap.edits import Scalar


@dataclass(slots=True)
class EditState:
    """What all parts of one batch share: the text, the author's style, what was replaced.

    `replaced` holds the spans of replaced text that only looks like comments, `edited_nodes` the
    ids of the value nodes that change: an alias of one is replaced even by an equal value.
    """

    tree: Tree
    style: Style
    replaced: list[Span] = field(default_factory=list)
    edited_nodes: frozenset[Node] = frozenset()

    def note_replaced(self, node: Node) -> None:
        """Note that the scalars of a node may vanish."""
        self.replaced += scalar_spans(self.tree, node)

    def drop_lines(self, start: int, end: int, node: Node, column: int) -> list[Patch]:
        """Delete the lines of a value; comments that have a line of their own stay."""
        source = self.tree.source
        texts = scalar_spans(self.tree, node)
        self.replaced += texts
        patches = []
        for first, behind in source.lines(source.line_start(start), source.next_line(end)):
            line = source.text[first:behind]
            is_text = any(begin < first < until for begin, until in texts)
            if is_comment(line) and not is_text:
                # Moved to the column of the keys, so that no block scalar above swallows it.
                lead = len(line) - len(line.lstrip(" \t"))
                if lead > column:
                    patches.append(Patch(first, first + lead, " " * column))
            elif not (is_blank(line) and start < first and behind > end):
                patches.append(Patch(first, behind, ""))
        return patches


@dataclass(frozen=True, slots=True)
class ValueSite:
    """Where a value is: its pair, the column of the keys around it, and whether those are in flow."""

    state: EditState
    pair: Pair
    column: int
    flow: bool

    @property
    def tree(self) -> Tree:
        """The text that is edited, as nodes."""
        return self.state.tree

    @property
    def source(self) -> Source:
        """The text that is edited, as lines."""
        return self.state.tree.source

    @property
    def slot(self) -> Slot:
        """The value as it is."""
        return self.pair.value

    @property
    def is_changing_alias(self) -> bool:
        """Whether the value is an alias of one that changes elsewhere in the batch."""
        return self.slot.alias and self.slot.node in self.state.edited_nodes


def scalar_spans(tree: Tree, node: Node, *, is_every: bool = False) -> list[Span]:
    """Return the spans of the scalars in a node: those over several lines, or every one."""
    start, end = node.start, node.end
    if isinstance(node, ScalarNode):
        is_long = is_every or not node.is_on_one_line
        return [(start, min(end, len(tree.source.text)))] if is_long else []
    children = node.value
    if isinstance(node, MappingNode):
        children = [child for pair in node.value for child in pair]
    # What begins before the node is an alias: its text is elsewhere and stays.
    inside = [child for child in children if child.start >= start]
    return [span for child in inside for span in scalar_spans(tree, child, is_every=is_every)]


def holds_value(node: Node, value: Scalar | Hidden) -> bool:
    """Tell whether a node has this value already.

    The line breaks at the end of a block scalar are layout: a text without any equals it.
    """
    if is_same_scalar(node, value):
        return True
    return (
        is_block_scalar(node)
        and node.tag == STR_TAG
        and isinstance(value, str)
        and node.value.rstrip("\n") == value != ""
    )


def set_scalar(site: ValueSite, value: Value) -> list[Patch] | None:
    """Return the patches that give a pair a scalar value; None when it holds no scalar now."""
    slot = site.slot
    if isinstance(value, tuple | Mapping):
        return None
    # Nothing to do; but an alias of a value that changes elsewhere would change with it.
    if holds_value(slot.node, value) and not site.is_changing_alias:
        return []
    # An alias is replaced by the value; what it refers to stays as it is.
    if slot.alias:
        return replace_value(site, *_render(site, value))
    # A list or mapping: the caller removes the pair and writes it anew.
    if not isinstance(slot.node, ScalarNode):
        return None
    check_untagged(site)
    site.state.note_replaced(slot.node)
    # A number, a date, nothing: on one line, so there is no form to keep.
    if not isinstance(value, str) or slot.node.tag != STR_TAG:
        return replace_value(site, *_render(site, value))
    # A text stays a text of the same form as far as it can.
    set_text = _set_block_scalar if is_block_scalar(slot.node) else _set_text
    return set_text(site, str(value))


def check_untagged(site: ValueSite) -> None:
    """Refuse to change a value that carries a tag."""
    if site.tree.is_tagged(site.slot):
        raise site.tree.refuse(
            "a tagged value cannot be changed", "its tag (!...) fixes its type", site.slot.start
        )


def replace_value(site: ValueSite, head: str, lines: list[str]) -> list[Patch]:
    """Replace a value by text on its line and lines below; a comment behind it stays."""
    source, slot = site.source, site.slot
    start = slot.start if slot.alias else site.tree.body(slot)
    before = source.text[start - 1]
    # No text on the line: the spaces behind the colon go too.
    if not head:
        while source.text[start - 1] == " ":
            start -= 1
    # `key:` gets a space; `{key}` and `? key`, which have no colon, get one as well.
    elif slot.is_empty:
        head = f" {head}" if before == ":" else f": {head}"
    # `key: &anchor` with nothing behind the anchor.
    elif start == slot.end and before != " ":
        head = f" {head}"
    if not slot.alias and is_block_scalar(slot.node):
        return _replace_block_scalar(site, head, lines)
    if not lines:
        return [Patch(start, slot.end, head)]
    rest_end = source.line_end(slot.end)
    rest = source.text[slot.end : rest_end]
    below = source.nl.join([head + rest, *indent_lines(lines, site.column)])
    return [Patch(start, rest_end, below)]


def _render(site: ValueSite, value: Value) -> tuple[str, list[str]]:
    key = site.pair.name or ""
    if site.flow:
        return render_flow_value(key, value, site.state.style), []
    if isinstance(value, str) and "\n" in value and _is_above_comment(site):
        return format_double(str(value)), []
    return render_value(key, value, site.state.style)


def _is_above_comment(site: ValueSite) -> bool:
    """Tell whether a block scalar here would swallow the comment that follows."""
    source = site.source
    place = source.next_line(site.slot.end)
    return source.behind_comments(place, site.column) > place


def _set_text(site: ValueSite, value: str) -> list[Patch]:
    """Change a plain or quoted text."""
    node = site.slot.node
    quote = quote_of(node)
    # An author who wrote `"a\nb"` on one line gets one line again.
    is_escaped = quote == '"' and "\n" in node.value
    is_line = site.flow or is_escaped or not site.state.style.literals
    if "\n" in value and not (is_line or _is_above_comment(site)):
        literal = format_literal(value, site.state.style.text_offset or 2)
        if literal:
            return replace_value(site, *literal)
    if not node.is_on_one_line:
        patches = _refold(site, value)
        if patches is not None:
            return patches
    return replace_value(site, format_scalar(value, style=quote, flow=site.flow), [])


def _refold(site: ValueSite, value: str) -> list[Patch] | None:
    """Change a text that runs over several lines by replacing only the lines that differ."""
    source, slot = site.source, site.slot
    quote = quote_of(slot.node) or ""
    start, end = site.tree.body(slot) + len(quote), slot.end - len(quote)
    patch = _diff_folded(source, (start, end), slot.node.value, value)
    if patch is None:
        return None
    last = _line_spans(source, start, end)[-1][1]
    new = source.text[start : patch.start] + patch.text + source.text[patch.end : last]
    found = parse_scalar(f"{quote}{new}{quote}", flow=site.flow)
    is_kept = found is not None and found.tag == STR_TAG and found.value == value
    return [patch] if is_kept else None


def _diff_folded(source: Source, span: Span, old: str, new: str) -> Patch | None:
    """Return the patch that turns folded lines into a text, keeping first and last lines.

    None when a line break means more than a space here, or when the new lines need escapes.
    """
    spans = _line_spans(source, *span)
    lines = [source.text[begin:end] for begin, end in spans]
    if " ".join(lines) != old:
        return None
    first, last = 0, len(lines)
    while first < len(lines) - 1 and new.startswith(lines[first] + " "):
        new = new[len(lines[first]) + 1 :]
        first += 1
    while last > first + 1 and new.endswith(" " + lines[last - 1]):
        new = new[: -len(lines[last - 1]) - 1]
        last -= 1
    if not new or new != new.strip() or not is_printable(new):
        return None
    return Patch(spans[first][0], spans[last - 1][1], new)


def _line_spans(source: Source, start: int, end: int) -> list[Span]:
    """Return the spans of the text on each line of a range, without the spaces around it."""
    spans = []
    while True:
        line = source.text[start : min(source.line_end(start), end)]
        left = start + len(line) - len(line.lstrip(" \t"))
        spans.append((left, max(left, start + len(line.rstrip(" \t")))))
        start = source.next_line(start)
        if start >= end:
            return spans


def _set_block_scalar(site: ValueSite, value: str) -> list[Patch]:
    """Change the lines of a block scalar that differ; its header stays where it still fits."""
    # Nothing but line breaks: no block scalar can hold that.
    if not value.rstrip("\n"):
        return replace_value(site, format_double(value), [])
    node = site.slot.node
    header = site.tree.header(site.slot).group()
    expected = value
    # A text without line breaks at its end keeps those that its block scalar has.
    if not value.endswith("\n"):
        expected += "\n" * (len(node.value) - len(node.value.rstrip("\n")))
        expected += "\n" if node.is_loose and "-" not in header else ""
    offset = _content_offset(site)
    if isinstance(node, ScalarNode) and node.style == ">":
        patches = _refold_block(site, expected)
        if patches is not None:
            return patches
    else:
        body = expected.rstrip("\n")
        lines = indent_lines(body.split("\n"), offset)
        # `+` keeps all breaks at the end: each is an empty line of its own.
        lines += [""] * (len(expected) - len(body) - 1) if "+" in header else []
        if is_literal(header, lines, expected):
            return _replace_block_lines(site, lines)
    # The header does not fit any more: a new literal, or else one line with escapes.
    literal = format_literal(expected, offset)
    if literal is None:
        return replace_value(site, format_double(value), [])
    return replace_value(site, *literal)


def _refold_block(site: ValueSite, expected: str) -> list[Patch] | None:
    """Change a folded text (`>`) of one paragraph by replacing only the lines that differ."""
    source, slot = site.source, site.slot
    header = site.tree.header(slot)
    body = source.next_line(header.end())
    text = expected.rstrip("\n")
    if body > slot.end or "\n" in text:
        return None
    patch = _diff_folded(source, (body, slot.end), slot.node.value.rstrip("\n"), text)
    if patch is None:
        return None
    new = source.text[body : patch.start] + patch.text + source.text[patch.end : slot.end]
    lines = [line.lstrip(" ") for line in new.splitlines()]
    offset = _content_offset(site)
    is_kept = is_literal(header.group(), indent_lines(lines, offset), expected)
    return [patch] if is_kept else None


def _content_offset(site: ValueSite) -> int:
    """Return the columns from the key to the lines of its block scalar."""
    header = site.tree.header(site.slot)
    digits = [int(character) for character in header.group() if character.isdigit()]
    if digits:
        return digits[0]
    source = site.source
    for first, behind in source.lines(source.next_line(header.end()), site.slot.end):
        line = strip_break(source.text[first:behind])
        if not is_blank(line):
            return max(indent_of(line) - site.column, 1)
    return site.state.style.text_offset or 2


def _replace_block_lines(site: ValueSite, lines: list[str]) -> list[Patch]:
    """Replace the lines of a block scalar between the first and the last that differ."""
    source, slot = site.source, site.slot
    new = indent_lines(lines, site.column)
    body = source.next_line(site.tree.header(slot).end())
    spans = source.lines(body, slot.end) if body <= slot.end else []
    old = [strip_break(source.text[first:behind]) for first, behind in spans]
    head = tail = 0
    most = min(len(old), len(new))
    while head < most and _is_same_line(old[head], new[head]):
        head += 1
    while tail < most - head and _is_same_line(old[-1 - tail], new[-1 - tail]):
        tail += 1
    behind = source.next_line(slot.end)
    start = spans[head][0] if head < len(spans) else behind
    end = spans[len(spans) - tail][0] if tail else behind
    return [Patch(start, end, join_lines(new[head : len(new) - tail], source.nl))]


def _is_same_line(old: str, new: str) -> bool:
    # A space on an empty line is the author's, not the text's.
    return old == new or (not new and is_blank(old) and len(old) <= 1)


def _replace_block_scalar(site: ValueSite, head: str, lines: list[str]) -> list[Patch]:
    """Replace a block scalar, header included; a comment behind its header stays."""
    source, slot = site.source, site.slot
    header = site.tree.header(slot)
    new = Patch(header.start(), header.end(), head)
    body = source.next_line(header.end())
    if body > slot.end and not lines:
        return [new]
    below = join_lines(indent_lines(lines, site.column), source.nl)
    return [new, Patch(body, max(body, source.next_line(slot.end)), below)]
