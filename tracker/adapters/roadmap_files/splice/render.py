"""Write new YAML text for values, in the style of the file around them.

Pure. Three parts: the author's habits (`Style`), scalars that read back as the same value, and
whole entries in the shape of their siblings (`ListLayout`). What is in the file already is never
rendered again, it is spliced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from itertools import islice
from math import inf, isfinite

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import ScalarNode as ParsedScalar

from tracker.adapters.roadmap_files.document import (
    STR_TAG,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    compose,
)
from tracker.adapters.roadmap_files.splice.nodes import (
    EntryList,
    ListEntry,
    RoadmapOutline,
    Slot,
    Tree,
    is_block_scalar,
    is_flow,
)
from tracker.adapters.roadmap_files.splice.text import Source, indent_lines, indent_of, make_refusal
from tracker.roadmap.edits import Item, Scalar

OFFSET = 2
"""Columns by which a list is indented where no other list shows the author's habit."""

SENTENCES = "prove"
"""The list whose entries are sentences, not words."""

_SAMPLES = 40
_WIDEST = 10
"""Indentations from here on are no habit but an accident."""
_EXACT = 1e16
"""Whole numbers below are written without a point."""

_ESCAPES = {
    "\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0",
    "\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P", "\x1b": "\\e",
}  # fmt: skip
_SPECIAL = re.compile('[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# What a YAML 1.2 parser, or another YAML 1.1 one, reads as something else than text.
_ELSEWHERE_NOT_TEXT = re.compile(
    r"[-+]?(0o[0-7]+|0x[0-9a-f]+|(\.[0-9]+|[0-9]+(\.[0-9]*)?)(e[-+]?[0-9]+)?)|[yn]|---|\.\.\.|[-+]?\.inf|\.nan",
    re.IGNORECASE,
)

_HABITS = (
    "list_offset", "dash_gap", "text_offset", "flow_strings", "flow_resources", "flow_items",
    "key_style",
)  # fmt: skip
Quotes = dict[str, str | None]


class Hidden(Enum):
    """A null that hides what a skill would take over from another one by `<<`."""

    HIDDEN = None


Value = Scalar | Hidden | tuple[Item, ...] | Mapping[str, "Value"]
"""What a key can be set to; a mapping is a choice of skills, or settings."""


@dataclass(slots=True)
class Style:
    """Habits of an author; None where no skill shows one.

    `list_offset` and `dash_gap` are the columns from a key to the dashes of its list, and from a
    dash to what follows; `quotes` and `item_quotes` the quotes by key, in skills and in resources.
    Without `literals` a new text of several lines is written on one, in double quotes.
    """

    list_offset: int | None = None
    dash_gap: int | None = None
    text_offset: int | None = None
    flow_strings: bool | None = None
    flow_resources: bool | None = None
    flow_items: bool | None = None
    key_style: str | None = None
    item_keys: tuple[str, ...] = ()
    quotes: Quotes = field(default_factory=dict)
    item_quotes: Quotes = field(default_factory=dict)
    literals: bool = True

    @property
    def key_quote(self) -> str | None:
        """The quotes of keys, and so of texts, in a file that is JSON."""
        return self.key_style or None

    @property
    def is_complete(self) -> bool:
        """Whether more samples would add nothing of weight."""
        return None not in (self.list_offset, self.flow_strings, self.flow_items, self.text_offset)

    def over(self, other: Style) -> Style:
        """Return this style with another one's habits where this one has none."""
        own = {name: getattr(self, name) for name in _HABITS if getattr(self, name) is not None}
        return replace(
            other,
            **own,
            item_keys=self.item_keys or other.item_keys,
            quotes={**other.quotes, **self.quotes},
            item_quotes={**other.item_quotes, **self.item_quotes},
            literals=self.literals and other.literals,
        )

    def with_defaults(self) -> Style:
        """Return the style with what the bundled roadmaps do wherever nothing was seen."""
        is_json = self.key_quote == '"'
        return self.over(Style(2, 2, 2, flow_strings=True, flow_resources=is_json, flow_items=True))

    def quote(self, key: str) -> str | None:
        """Return the quotes in which the values of a skill's key are written."""
        return self.quotes.get(key, self.key_quote)

    def item_quote(self, key: str, *, flow: bool) -> str | None:
        """Return the quotes in which the values of a resource's key are written."""
        default = '"' if flow and key in {"title", "url"} else self.key_quote
        return self.item_quotes.get(key, default)


def sample_style(source: Source, skills: Iterable[Node]) -> Style:
    """Collect the style of some mappings; earlier ones count before later ones."""
    style = Style()
    for skill in islice(skills, _SAMPLES):
        if isinstance(skill, MappingNode):
            pairs = list(_plain_pairs(skill))
            if pairs and style.key_style is None:
                style.key_style = '"' if all(key.style == '"' for key, _ in pairs) else ""
            for key, value in pairs:
                _learn_pair(style, source, key, value)
        if style.is_complete:
            break
    return style


def sibling_style(style: Style, key: str, entries: Iterable[ListEntry]) -> Style:
    """Return the style for a new entry of a list under a key: the last one's habits first."""
    own = [entry for entry in entries if not entry.slot.alias]
    if not own:
        return style
    gap = own[-1].slot.start - own[-1].mark
    learned = Style(dash_gap=gap if 1 < gap < _WIDEST else None)
    _learn_entry(learned, key, own[-1].slot.node)
    return learned.over(style)


def _plain_pairs(node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
    """Yield the pairs with a scalar key whose value is written here (not an alias)."""
    for key, value in node.value:
        if isinstance(key, ScalarNode) and value.start >= key.end:
            yield key, value


def quote_of(node: Node) -> str | None:
    """Return the quotes of a scalar, None when it has none."""
    return node.style if isinstance(node, ScalarNode) and node.style in ("'", '"') else None


def _learn_pair(style: Style, source: Source, key: ScalarNode, value: Node) -> None:
    if isinstance(value, ScalarNode):
        style.quotes.setdefault(key.value, quote_of(value))
        if style.text_offset is None and is_block_scalar(value):
            offset = indent_of(source.line(value.line + 1)) - key.column
            style.text_offset = offset if 0 < offset < _WIDEST else None
    elif isinstance(value, SequenceNode) and value.value:
        _learn_list(style, key, value)


def _learn_list(style: Style, key: ScalarNode, node: SequenceNode) -> None:
    first = node.value[0]
    if not node.is_flow and style.list_offset is None:
        style.list_offset = node.column - key.column
        if first.line == node.line:
            style.dash_gap = first.column - node.column
    # How sentences are listed says nothing of tags and ids.
    if isinstance(first, ScalarNode) and style.flow_strings is None and key.value != SENTENCES:
        style.flow_strings = node.is_flow
    if isinstance(first, MappingNode) and style.flow_items is None:
        style.flow_resources = node.is_flow
    _learn_entry(style, key.value, first)


def _learn_entry(style: Style, key: str, entry: Node) -> None:
    if isinstance(entry, ScalarNode):
        style.quotes.setdefault(key, quote_of(entry))
    elif isinstance(entry, MappingNode):
        if style.flow_items is None:
            style.flow_items = entry.is_flow
        pairs = list(_plain_pairs(entry))
        for name, value in pairs:
            if isinstance(value, ScalarNode):
                style.item_quotes.setdefault(name.value, quote_of(value))
        style.item_keys = style.item_keys or tuple(name.value for name, _ in pairs)


def format_scalar(value: Scalar | Hidden, *, style: str | None = None, flow: bool = False) -> str:
    """Write a value on one line; `style` (None plain, ' or ") is kept where it can be."""
    if isinstance(value, Hidden):
        return "null"
    if isinstance(value, str):
        return _format_text(str(value), style, flow)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return format_number(value)
    raise make_refusal(
        "a value cannot be written", f"YAML has no text for a {type(value).__name__}"
    )


@lru_cache(maxsize=4096)
def _format_text(value: str, style: str | None, flow: bool) -> str:  # noqa: FBT001
    if _SURROGATE.search(value):
        raise make_refusal(
            "a text cannot be written", "it holds half of a character (a lone surrogate)"
        )
    if style == '"' or _UNPRINTABLE.search(value) or "\n" in value or "\t" in value:
        return format_double(value)
    text = value if style is None else "'" + value.replace("'", "''") + "'"
    if style is None and _ELSEWHERE_NOT_TEXT.fullmatch(value):
        return format_double(value)
    # Whether a text means itself without quotes is not guessed: it is parsed in its place.
    node = parse_scalar(text, flow=flow)
    is_kept = node is not None and node.tag == STR_TAG and node.value == value
    return text if is_kept else format_double(value)


def format_double(value: str, *, escapes_unseen: bool = False) -> str:
    """Write a text in double quotes on one line.

    `escapes_unseen` also writes as an escape what a reader cannot see, such as a no-break space; a
    joiner is seen in what it joins.
    """
    if escapes_unseen and not value.isprintable():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(map(_escape_unseen, escaped)) + '"'
    return '"' + _SPECIAL.sub(_escape, value) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04x}"


def _escape_unseen(character: str) -> str:
    if character.isprintable() or character in "\u200c\u200d":
        return character
    if character in "\n\t\r":
        return _ESCAPES[character]
    code = ord(character)
    width, letter = (2, "x") if code <= 0xFF else (4, "u") if code <= 0xFFFF else (8, "U")  # noqa: PLR2004
    return f"\\{letter}{code:0{width}x}"


def format_number(value: float) -> str:
    """Write a number: a whole one without a point, and never in a form of YAML 1.2 only."""
    if not isfinite(value):
        return {inf: ".inf", -inf: "-.inf"}.get(value, ".nan")
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    text = repr(value)
    # YAML 1.1 reads `1e-07` as text: its numbers with an exponent have a point.
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def parse_scalar(text: str, *, flow: bool = False) -> ScalarNode | None:
    """Return the scalar that a text is as the value of a key, or None when it is none."""
    # In flow style a space may follow it, which makes another thing of a lone `-` or `?`.
    wrapped = f"{{k: {text} , k: 0}}" if flow else f"k: {text}\nk: 0\n"
    try:
        found = compose(wrapped)
    except (yaml.YAMLError, UnicodeError, RecursionError):
        return None
    root = None if found is None else found.root
    if not isinstance(root, MappingNode) or len(root.value) != 2:  # noqa: PLR2004
        return None
    node = root.value[0][1]
    return node if isinstance(node, ScalarNode) else None


def format_literal(value: str, indent: int) -> tuple[str, list[str]] | None:
    """Write a text as a block literal: its header and its lines at `indent` spaces below their key.

    None when this style cannot hold the text.
    """
    body = value.rstrip("\n")
    breaks = len(value) - len(body)
    if not body or breaks > 1 or not is_printable(value):
        return None
    lines = body.split("\n")
    first = next(line for line in lines if line)
    # Without a digit, the parser takes the spaces of the first line for indentation.
    header = "|" + (str(indent) if first[0] == " " else "") + ("" if breaks else "-")
    indented = indent_lines(lines, indent)
    return (header, indented) if is_literal(header, indented, value) else None


def is_literal(header: str, lines: list[str], value: str) -> bool:
    """Tell whether a block scalar below a key in the first column reads as this text."""
    node = parse_scalar("\n".join([header, *lines]))
    return node is not None and node.tag == STR_TAG and node.value == value


def is_printable(value: str) -> bool:
    """Tell whether a text may be written without escapes in a YAML file."""
    return not _UNPRINTABLE.search(value) and not _SURROGATE.search(value)


def construct_scalar(node: Node) -> object:
    """Return the value of a scalar; what is none, or cannot be constructed, is (tag, value)."""
    if not isinstance(node, ScalarNode):
        return (node.tag, node.value)
    if node.tag == STR_TAG:
        return node.value
    try:
        return SafeConstructor().construct_object(ParsedScalar(node.tag, node.value))
    except (ConstructorError, ValueError, KeyError, IndexError, AttributeError, OverflowError):
        return (node.tag, node.value)


def is_same_scalar(node: Node, value: Scalar | Hidden) -> bool:
    """Tell whether a node holds this value: of the same type, 2 and 2.0 being the same number."""
    if not isinstance(node, ScalarNode):
        return False
    found = construct_scalar(node)
    if isinstance(value, Hidden):
        return found is None
    # A bool is an int in Python: `true` must not equal 1.
    if isinstance(value, bool) or isinstance(found, bool):
        return found is value
    if isinstance(value, int | float):
        is_number = isinstance(found, int | float)
        return is_number and (found == value or (found != found and value != value))  # noqa: PLR0124
    # Texts, dates. A value may be a str of a special kind, such as an id.
    kind = str if isinstance(value, str) else type(value)
    return type(found) is kind and found == value


def render_key(key: str, style: Style, *, flow: bool = False) -> str:
    """Write a key as the other keys of the file are written."""
    return format_scalar(key, style=style.key_quote, flow=flow)


def render_pairs(values: Mapping[str, Value], style: Style) -> list[str]:
    """Write pairs of a block mapping as lines that begin at the column of their keys."""
    lines = []
    for key, value in values.items():
        head, below = render_value(key, value, style)
        name = render_key(key, style)
        lines += [f"{name}: {head}" if head else f"{name}:", *below]
    return lines


def render_value(key: str, value: Value, style: Style) -> tuple[str, list[str]]:
    """Write a value of a block mapping: what follows its key, and the lines below."""
    if isinstance(value, tuple):
        is_text = all(isinstance(item, str) for item in value)
        # Sentences stand on lines of their own, whatever the habit is for tags and ids.
        is_flow = style.flow_strings and key != SENTENCES if is_text else style.flow_resources
        if not value or is_flow:
            return render_flow_value(key, value, style), []
        lines = (line for item in value for line in render_item(key, item, style))
        return "", indent_lines(lines, style.list_offset or 0)
    if isinstance(value, Mapping):
        # A choice of skills stands on one line, as a list of them does; settings have lines below.
        if all(isinstance(part, tuple) for part in value.values()):
            return render_flow_value(key, value, style), []
        return "", indent_lines(render_pairs(value, style), OFFSET)
    if style.literals and isinstance(value, str) and "\n" in value:
        literal = format_literal(str(value), style.text_offset or 2)
        if literal:
            return literal
    return format_scalar(value, style=style.quote(key)), []


def render_flow_value(key: str, value: Value, style: Style) -> str:
    """Write a value on one line, as flow style needs it."""
    if isinstance(value, tuple):
        return "[" + ", ".join(render_flow_item(key, item, style) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(render_flow_pairs(value, style)) + "}"
    return format_scalar(value, style=style.quote(key), flow=True)


def render_flow_pairs(values: Mapping[str, Value], style: Style) -> list[str]:
    """Write the pairs of a mapping, each as flow style needs it."""
    return [
        f"{render_key(key, style, flow=True)}: {render_flow_value(key, value, style)}"
        for key, value in values.items()
    ]


def render_flow_item(key: str, item: Item, style: Style) -> str:
    """Write an entry of a list on one line."""
    if isinstance(item, str):
        return format_scalar(item, style=style.quote(key), flow=True)
    return "{" + ", ".join(_render_entry(item, style, flow=True)) + "}"


def render_item(key: str, item: Item, style: Style) -> list[str]:
    """Write an entry of a block list as lines, dash included."""
    gap = style.dash_gap or 2
    dash = "-" + " " * (gap - 1)
    if isinstance(item, str):
        return [dash + format_scalar(item, style=style.quote(key))]
    if style.flow_items:
        return [dash + render_flow_item(key, item, style)]
    pairs = _render_entry(item, style, flow=False)
    return [dash + pairs[0], *indent_lines(pairs[1:], gap)]


def _render_entry(
    item: Mapping[str, Scalar | tuple[str, ...] | None], style: Style, *, flow: bool
) -> list[str]:
    """Write the pairs of a resource or a track in the order in which the file writes them."""
    # The order of the keys of resources says nothing of tracks, which have no url.
    is_alike = ("url" in item) == ("url" in style.item_keys)
    known = {name: index for index, name in enumerate(style.item_keys if is_alike else ())}
    lines = []
    for name in sorted(item, key=lambda name: known.get(name, len(known))):
        value = item[name]
        if isinstance(value, tuple):
            written = render_flow_value(name, value, style)
        elif value is not None:
            written = format_scalar(value, style=style.item_quote(name, flow=flow), flow=flow)
        else:
            continue
        lines.append(f"{render_key(name, style, flow=flow)}: {written}")
    return lines


@dataclass(frozen=True, slots=True)
class ListLayout:
    """Shape of a list: column of its dashes, columns from dash to content, and its style.

    `is_flow` says how the list is written, `flow_entry` how a mapping in it is, `is_bare` that its
    entries are bare strings, `has_blank_lines` that there are blank lines between them.
    """

    column: int
    gap: int = 2
    is_flow: bool = False
    flow_entry: bool = False
    is_bare: bool = False
    has_blank_lines: bool = False

    @property
    def dash(self) -> str:
        """The dash of an entry, and the spaces behind it."""
        return "-" + " " * (self.gap - 1)


def key_column(tree: Tree, parent: Slot) -> int:
    """Return the column of a mapping's keys."""
    pairs = tree.pairs(parent.node)
    return tree.source.column(pairs[0].start) if pairs else 0


def sections_layout(outline: RoadmapOutline) -> ListLayout:
    """Return the layout of the list of sections."""
    sections = outline.section_list
    if sections.nodes:
        return _layout_of(sections, has_blank_lines=bool(sections.has_blank_lines))
    column = key_column(outline.tree, sections.parent) + OFFSET
    return ListLayout(column, is_flow=sections.is_flow, flow_entry=sections.is_flow)


def skills_layout(outline: RoadmapOutline, skills: EntryList) -> ListLayout:
    """Return the layout of the skills of a section that is in the file."""
    if skills.nodes:
        return _layout_of(skills, has_blank_lines=outline.has_blank_lines(skills))
    column = key_column(outline.tree, skills.parent)
    return new_skills_layout(outline, column, is_flow=skills.is_flow)


def new_skills_layout(outline: RoadmapOutline, column: int, *, is_flow: bool) -> ListLayout:
    """Return the layout of skills below a section whose keys begin at a column.

    A list without entries takes after the first one that has some.
    """
    lists = (section.skills for section in outline.sections)
    model = next((skills for skills in lists if not skills.is_alias and skills.nodes), None)
    if model is None:
        return ListLayout(column + OFFSET, is_flow=is_flow, flow_entry=is_flow)
    shape = _layout_of(model, has_blank_lines=outline.has_blank_lines(model))
    if is_flow or shape.is_flow:
        return replace(shape, is_flow=True, flow_entry=True)
    offset = shape.column - key_column(outline.tree, model.parent)
    return replace(shape, column=column + max(offset, 0))


def _layout_of(entries: EntryList, *, has_blank_lines: bool) -> ListLayout:
    located = entries.entries
    own = [entry for entry in located if not entry.slot.alias]
    maps = [entry for entry in own if isinstance(entry.slot.node, MappingNode)]
    is_bare = all(isinstance(entry.slot.node, ScalarNode) for entry in located)
    if entries.is_flow:
        return ListLayout(0, is_flow=True, flow_entry=True, is_bare=is_bare)
    source = entries.tree.source
    # An entry may begin on the line below its dash; such a one does not show the gap.
    gaps = [
        entry.slot.start - entry.mark
        for entry in maps or own
        if source.line_of(entry.slot.start) == source.line_of(entry.mark)
    ]
    return ListLayout(
        column=source.column(located[-1].mark),
        gap=gaps[-1] if gaps else 2,
        flow_entry=bool(maps) and is_flow(maps[-1].slot.node),
        is_bare=is_bare,
        has_blank_lines=has_blank_lines,
    )


def render_skill(values: Mapping[str, Value], layout: ListLayout, style: Style) -> list[str]:
    """Write a new skill as lines that begin at the column of its dash."""
    if layout.flow_entry or (layout.is_bare and set(values) == {"name"}):
        return [layout.dash + render_flow_skill(values, layout, style)]
    lines = render_pairs(values, style)
    return [layout.dash + lines[0], *indent_lines(lines[1:], layout.gap)]


def render_flow_skill(values: Mapping[str, Value], layout: ListLayout, style: Style) -> str:
    """Write a new skill on one line."""
    if layout.is_bare and set(values) == {"name"}:
        return render_flow_value("name", values["name"], style)
    return "{" + ", ".join(render_flow_pairs(values, style)) + "}"
