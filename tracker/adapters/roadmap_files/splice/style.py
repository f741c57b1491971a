"""How the author of a file writes: sampled from the skills there are, for what is added to them.

Reads nodes only; nothing here locates or changes text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tracker.adapters.roadmap_files.splice.text import Source, indent_of

_SAMPLES = 40

_Habit = TypeVar("_Habit", bool, int, str)
Quotes = dict[str, str | None]


@dataclass(slots=True)
class Style:
    """Habits; None where no skill shows one.

    `list_offset` and `dash_gap` are the columns from a key to the dashes of its list, and from a
    dash to what follows; `quotes` and `item_quotes` the quotes by key, in skills and in resources.
    Without `literals` a new text of several lines stays on one, in double quotes.
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
        return Style(
            list_offset=_first(self.list_offset, other.list_offset),
            dash_gap=_first(self.dash_gap, other.dash_gap),
            text_offset=_first(self.text_offset, other.text_offset),
            flow_strings=_first(self.flow_strings, other.flow_strings),
            flow_resources=_first(self.flow_resources, other.flow_resources),
            flow_items=_first(self.flow_items, other.flow_items),
            key_style=_first(self.key_style, other.key_style),
            item_keys=self.item_keys or other.item_keys,
            quotes={**other.quotes, **self.quotes},
            item_quotes={**other.item_quotes, **self.item_quotes},
            literals=self.literals and other.literals,
        )

    def with_defaults(self) -> Style:
        """Return the style with what the bundled roadmaps do wherever nothing was seen."""
        is_json = self.key_quote == '"'
        return replace(
            self,
            list_offset=2 if self.list_offset is None else self.list_offset,
            dash_gap=2 if self.dash_gap is None else self.dash_gap,
            text_offset=2 if self.text_offset is None else self.text_offset,
            flow_strings=True if self.flow_strings is None else self.flow_strings,
            flow_resources=is_json if self.flow_resources is None else self.flow_resources,
            flow_items=True if self.flow_items is None else self.flow_items,
        )

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
            pairs = list(plain_pairs(skill))
            if pairs and style.key_style is None:
                style.key_style = '"' if all(key.style == '"' for key, _ in pairs) else ""
            for key, value in pairs:
                _learn_pair(style, source, key, value)
        if style.is_complete:
            break
    return style


def _first(own: _Habit | None, other: _Habit | None) -> _Habit | None:
    return other if own is None else own


def plain_pairs(node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
    """Yield the pairs with a scalar key whose value stands where it is used (not an alias)."""
    for key, value in node.value:
        if isinstance(key, ScalarNode) and value.start_mark.index >= key.end_mark.index:
            yield key, value


def quote_of(node: ScalarNode) -> str | None:
    """Return the quotes of a scalar, None when it has none."""
    return node.style if node.style in ("'", '"') else None


def _learn_pair(style: Style, source: Source, key: ScalarNode, value: Node) -> None:
    if isinstance(value, ScalarNode):
        style.quotes.setdefault(key.value, quote_of(value))
        if style.text_offset is None and value.style in ("|", ">"):
            offset = indent_of(source.line(value.start_mark.line + 1)) - key.start_mark.column
            style.text_offset = offset if 0 < offset < 10 else None  # noqa: PLR2004
    elif isinstance(value, SequenceNode) and value.value:
        _learn_list(style, key, value)


def _learn_list(style: Style, key: ScalarNode, node: SequenceNode) -> None:
    first = node.value[0]
    if not node.flow_style and style.list_offset is None:
        style.list_offset = node.start_mark.column - key.start_mark.column
        if first.start_mark.line == node.start_mark.line:
            style.dash_gap = first.start_mark.column - node.start_mark.column
    if isinstance(first, ScalarNode):
        style.quotes.setdefault(key.value, quote_of(first))
        if style.flow_strings is None:
            style.flow_strings = bool(node.flow_style)
    elif isinstance(first, MappingNode):
        if style.flow_items is None:
            style.flow_resources = bool(node.flow_style)
            style.flow_items = bool(first.flow_style)
        _learn_item(style, first)


def _learn_item(style: Style, item: MappingNode) -> None:
    for key, value in plain_pairs(item):
        if isinstance(value, ScalarNode):
            style.item_quotes.setdefault(key.value, quote_of(value))
    if not style.item_keys:
        style.item_keys = tuple(key.value for key, _ in plain_pairs(item))
