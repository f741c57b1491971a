"""New YAML text for values, in a given style; the lines begin at the column of their key.

Pure. What is there already is never rendered again, it is spliced.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.adapters.roadmap_files.splice.scalars import Hidden, format_literal, format_scalar
from tracker.adapters.roadmap_files.splice.style import Style
from tracker.roadmap.edits import Item, Scalar

Value = Scalar | Hidden | tuple[Item, ...]
"""What a key can be set to."""


def render_key(key: str, style: Style, *, flow: bool = False) -> str:
    """Write a key as the other keys of the file are written."""
    return format_scalar(key, style=style.key_quote, flow=flow)


def render_pair(key: str, value: Value, style: Style) -> list[str]:
    """Write a pair of a block mapping as lines."""
    head, lines = render_value(key, value, style)
    name = render_key(key, style)
    return [f"{name}: {head}" if head else f"{name}:", *lines]


def render_value(key: str, value: Value, style: Style) -> tuple[str, list[str]]:
    """Write a value of a block mapping: what stands behind its key, and the lines below."""
    if isinstance(value, tuple):
        return _render_list(key, value, style)
    if style.literals and isinstance(value, str) and "\n" in value:
        literal = format_literal(str(value), style.text_offset or 2)
        if literal:
            return literal
    return format_scalar(value, style=style.quote(key)), []


def render_flow_value(key: str, value: Value, style: Style) -> str:
    """Write a value on one line, as flow style needs it."""
    if isinstance(value, tuple):
        return "[" + ", ".join(render_flow_item(key, item, style) for item in value) + "]"
    return format_scalar(value, style=style.quote(key), flow=True)


def render_flow_map(values: Mapping[str, Value], style: Style) -> str:
    """Write a skill or section on one line."""
    return "{" + ", ".join(render_flow_pairs(values, style)) + "}"


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
    pairs = (
        f"{render_key(name, style, flow=True)}: "
        + format_scalar(item[name], style=style.item_quote(name, flow=True), flow=True)
        for name in order_keys(item, style)
    )
    return "{" + ", ".join(pairs) + "}"


def render_item(key: str, item: Item, style: Style) -> list[str]:
    """Write an entry of a block list as lines, dash included."""
    gap = style.dash_gap or 2
    dash = "-" + " " * (gap - 1)
    if isinstance(item, str):
        return [dash + format_scalar(item, style=style.quote(key))]
    if style.flow_items:
        return [dash + render_flow_item(key, item, style)]
    pairs = [
        f"{render_key(name, style)}: "
        + format_scalar(item[name], style=style.item_quote(name, flow=False))
        for name in order_keys(item, style)
    ]
    return [dash + pairs[0], *(" " * gap + pair for pair in pairs[1:])]


def order_keys(item: Mapping[str, Scalar], style: Style) -> list[str]:
    """Return the keys of a resource in the order in which the file writes them."""
    known = {name: index for index, name in enumerate(style.item_keys)}
    return sorted(item, key=lambda name: known.get(name, len(known)))


def _render_list(key: str, items: tuple[Item, ...], style: Style) -> tuple[str, list[str]]:
    is_text = all(isinstance(item, str) for item in items)
    if not items or (style.flow_strings if is_text else style.flow_resources):
        return render_flow_value(key, items, style), []
    indent = " " * (style.list_offset or 0)
    return "", [indent + line for item in items for line in render_item(key, item, style)]


def indent_lines(lines: list[str], column: int) -> list[str]:
    """Move lines to a column, the empty ones excepted."""
    return [" " * column + line if line else "" for line in lines]
