"""Someone who edits a roadmap file by hand: changes text at the place where a value stands.

Knows YAML by its node marks only, and nothing of tracker's own splicing. What comes out may break
the rules of a roadmap; whoever asked for it looks.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import yaml

At = tuple[int, int]
"""A skill's place: index of the section, index within it."""
Node = Any
LITERAL = ("|", ">")


def find_skills(text: str) -> dict[At, Node]:
    """Return the nodes of all skills by place."""
    found: dict[At, Node] = {}
    for row, section in enumerate(_sections(text)):
        skills = _get(section, "skills")
        if isinstance(skills, yaml.SequenceNode):
            found |= {(row, column): node for column, node in enumerate(skills.value)}
    return found


def find_titles(text: str) -> list[str]:
    """Return the titles of the sections."""
    return [_get(section, "title").value for section in _sections(text)]


def set_key(text: str, at: At, key: str, value: Any) -> str:
    """Set a key of a skill; a bare string becomes a map in flow style."""
    node = find_skills(text)[at]
    if not isinstance(node, yaml.MappingNode):
        start, end = _span(text, node)
        if key == "name":
            return text[:start] + spell(value) + text[end:]
        return f"{text[:start]}{{name: {spell(node.value)}, {key}: {spell(value)}}}{text[end:]}"
    found = _get(node, key)
    if found is None:
        return _add_key(text, node, key, value)
    name = next(each for each, _ in node.value if each.value == key)
    return f"{text[: name.end_mark.index]}: {spell(value)}{text[_span(text, found)[1] :]}"


def drop_key(text: str, at: At, key: str) -> str:
    """Remove a key of a skill, if it stands there and is not the first one."""
    node = find_skills(text)[at]
    if not isinstance(node, yaml.MappingNode):
        return text
    names = [each.value for each, _ in node.value]
    if key not in names[1:]:
        return text
    number = names.index(key)
    name, value = node.value[number]
    end = _span(text, value)[1]
    if node.flow_style:
        return text[: _span(text, node.value[number - 1][1])[1]] + text[end:]
    return text[: _line_start(text, name.start_mark.index)] + text[_line_end(text, end) :]


def rename_section(text: str, row: int, title: str) -> str:
    """Give a section another title."""
    start, end = _span(text, _get(_sections(text)[row], "title"))
    return text[:start] + spell(title) + text[end:]


def add_skill(text: str, row: int, item: str) -> str:
    """Add a skill at the end of a section; `item` is its text without dash and indentation."""
    skills = _get(_sections(text)[row], "skills")
    if not (isinstance(skills, yaml.SequenceNode) and skills.value):
        start, end = _span(text, skills)
        return text[:start].rstrip(" ") + _item(item) + text[end:]
    last = skills.value[-1]
    indent = " " * (_dash(text, last) - _line_start(text, _dash(text, last)))
    end = _line_end(text, _last(text, last))
    lead = "" if text[:end].endswith("\n") else "\n"
    return text[:end] + lead + _item(item, indent).lstrip("\n") + text[end:]


def cut_skill(text: str, at: At) -> tuple[str, str]:
    """Take a skill out, with the comment above it; return what is left, and its item's text."""
    node = find_skills(text)[at]
    dash = _dash(text, node)
    start, end = _line_start(text, dash), _line_end(text, _last(text, node))
    item = re.sub(rf"(?m)^ {{{dash - start + 2}}}", "", text[dash + 2 : end]).rstrip("\n")
    while (above := _line_start(text, start - 1)) < start and re.match(r"\s*#", text[above:start]):
        start = above
    left = text[:start] + text[end:]
    siblings = sum(each[0] == at[0] for each in find_skills(text))
    if siblings == 1:
        key = left.rindex("skills:", 0, start)
        left = left[: key + len("skills:")] + " []" + left[key + len("skills:") :]
    return left, item


def put_above(text: str, at: At, comment: str) -> str:
    """Write a comment on a line of its own above a skill."""
    dash = _dash(text, find_skills(text)[at])
    start = _line_start(text, dash)
    return f"{text[:start]}{' ' * (dash - start)}# {comment}\n{text[start:]}"


def put_behind(text: str, at: At, comment: str) -> str:
    """Write a comment behind the first line of a skill."""
    node = find_skills(text)[at]
    first = node.value[0][1] if isinstance(node, yaml.MappingNode) and not node.flow_style else node
    end = _line_end(text, _span(text, first)[1])
    line = text[:end].rstrip("\r\n")
    if "#" in line[_line_start(text, end - 1) :]:
        return text
    return f"{line}  # {comment}{text[len(line) :]}"


def spell(value: Any) -> str:
    """Spell a value as a careful person would."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, date):
        return value.isoformat()
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {spell(it)}" for key, it in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(spell(each) for each in value) + "]"
    return f"{value:g}"


def _sections(text: str) -> list[Node]:
    return _get(yaml.compose(text), "sections").value


def _get(node: Node, key: str) -> Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _add_key(text: str, node: Node, key: str, value: Any) -> str:
    first = node.value[0][0].start_mark.column
    last = _span(text, node.value[-1 if node.flow_style else 0][1])[1]
    if node.flow_style:
        return f"{text[:last]}, {key}: {spell(value)}{text[last:]}"
    end = _line_end(text, last)
    lead = "" if text[:end].endswith("\n") else "\n"
    is_long = isinstance(value, str) and "\n" in value
    lines = [f"{key}: |", *(f"  {line}" for line in value.split("\n"))] if is_long else []
    spelled = lines or [f"{key}: {spell(value)}"]
    return text[:end] + lead + "".join(f"{' ' * first}{line}\n" for line in spelled) + text[end:]


def _item(item: str, indent: str = " " * 6) -> str:
    head, *rest = item.split("\n")
    return "".join(["\n", indent, "- ", head, *(f"\n{indent}  {line}" for line in rest), "\n"])


def _dash(text: str, node: Node) -> int:
    return text.rindex("-", 0, node.start_mark.index)


def _span(text: str, node: Node) -> tuple[int, int]:
    """Return where a value stands, without the line break that ends a literal one."""
    start, end = node.start_mark.index, node.end_mark.index
    return start, start + len(text[start:end].rstrip())


def _last(text: str, node: Node) -> int:
    """Return where the last value of a node ends: block nodes end after the space behind them."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return _span(text, node)[1]
    last = node.value[-1]
    return _last(text, last[1] if isinstance(last, tuple) else last)


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, max(index, 0)) + 1


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1
