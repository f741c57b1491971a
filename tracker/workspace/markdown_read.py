"""Markdown to blocks, one block a line, tabs for the blocks below.

Must not read or write the workspace. Tags that name an existing block come out as references.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tracker.workspace.checks import Json
from tracker.workspace.errors import validation
from tracker.workspace.ids import parse_uuid
from tracker.workspace.markdown_inline import parse_inline

EMPTY = "<empty-block/>"
MOST_CELLS = 50_000
"""Cells of one table: a wide row widens all the others, so that little text could fill the memory."""


@dataclass(slots=True)
class Node:
    """A block with the blocks below it; `kept` is the id of the block it refers to."""

    type: str
    content: Json = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    kept: str | None = None


PLAIN: Json = {"icon": None, "color": "default"}
_COLOR: Json = {"color": "default"}
_HEADING = re.compile(r"(#{1,4})\s+(.*)")
_TO_DO = re.compile(r"[-*+]\s+\[([ xX])\](?:\s+(.*)|$)")
_BULLET = re.compile(r"[-*+](?:\s+(.*)|$)")
_NUMBER = re.compile(r"\d{1,9}[.)](?:\s+(.*)|$)")
_QUOTE = re.compile(r">\s?(.*)")
_DIVIDER = re.compile(r"(?:-{3,}|\*{3,}|_{3,})")
FENCE = re.compile(r"(`{3,}+|~{3,}+)([^`]*)")
_TABLE_LINE = re.compile(r"\|.*\|")
_TABLE_RULE = re.compile(r"\|(?:\s*:?-{2,}:?\s*\|)+")
_CELL_END = re.compile(r"(?<!\\)\|")
_IMAGE = re.compile(r"!\[([^\]]*)\]\((\S+?)\)")
_REFERENCE = re.compile(r'<(page|database|unknown)\b((?:[^">]|"[^"]*")*+)>(?:.*</\1>)?')
_ADDRESS = re.compile(r'\burl="([^"]*)"')
_CALLOUT = re.compile(r'<callout(?:\s+icon="([^"]*)")?(?:\s+color="([a-z_]+)")?\s*>')
_CLOSING = re.compile(r"</(?:callout|details)>")
_SUMMARY = re.compile(r"<summary>(.*)</summary>")
PARENTS = frozenset(
    {
        *("bulleted_list_item", "numbered_list_item", "to_do", "toggle", "quote", "callout"),
        "paragraph",
    }
)
# Below a paragraph only what is indented by a tab or four spaces; below a list item any indent.
_PARAGRAPH_INDENT = 3
_DEEPEST = 20


def parse_markdown(text: str) -> list[Node]:
    """Return the blocks of a markdown text; blank lines only separate."""
    return _Reader(text).read()


class _Reader:
    """Reads line by line; indentation puts a block below the last one that can hold it."""

    def __init__(self, text: str) -> None:
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._place = 0
        self._root: list[Node] = []
        self._open: list[tuple[int, Node]] = []
        self._callouts: list[Node] = []

    def read(self) -> list[Node]:
        """Return the top-level blocks."""
        while self._place < len(self._lines):
            raw = self._lines[self._place]
            line = raw.strip()
            self._place += 1
            if not line or _CLOSING.fullmatch(line) or line == "<details>":
                continue
            self._add(_width(raw), self._block(raw, line))
        for callout in self._callouts:
            _lift_text(callout)
        return self._root

    def _add(self, width: int, node: Node) -> None:
        while self._open and (self._open[-1][0] >= width or len(self._open) > _DEEPEST):
            self._open.pop()
        siblings = self._open[-1][1].children if self._open else self._root
        siblings.append(node)
        if node.type == "callout":
            self._callouts.append(node)
        if node.type in PARENTS:
            extra = _PARAGRAPH_INDENT if node.type == "paragraph" else 0
            self._open.append((width + extra, node))

    def _block(self, raw: str, line: str) -> Node:
        if fence := FENCE.fullmatch(line):
            return self._code(raw, fence)
        if _TABLE_LINE.fullmatch(line) and self._next_is_rule():
            return self._table(line)
        return parse_line(line)

    def _next_is_rule(self) -> bool:
        following = self._lines[self._place : self._place + 1]
        return bool(following and _TABLE_RULE.fullmatch(following[0].strip()))

    def _code(self, raw: str, fence: re.Match[str]) -> Node:
        indent = raw[: len(raw) - len(raw.lstrip())]
        lines: list[str] = []
        while self._place < len(self._lines):
            line = self._lines[self._place]
            self._place += 1
            if line.strip() == fence[1]:
                break
            lines.append(line.removeprefix(indent))
        text = "\n".join(lines)
        content = {
            "caption": [],
            "rich_text": [text] if text else [],
            "language": fence[2].strip() or "plain text",
        }
        return Node("code", content)

    def _table(self, line: str) -> Node:
        rows = [line]
        self._place += 1
        while self._place < len(self._lines):
            following = self._lines[self._place].strip()
            if not _TABLE_LINE.fullmatch(following):
                break
            rows.append(following)
            self._place += 1
        cells = [[parse_inline(_cell(cell)) for cell in _split_cells(row)] for row in rows]
        width = max(len(row) for row in cells)
        if width * len(cells) > MOST_CELLS:
            raise validation(f"A table has at most {MOST_CELLS} cells.")
        children = [Node("table_row", {"cells": row + [[]] * (width - len(row))}) for row in cells]
        content = {"table_width": width, "has_column_header": True, "has_row_header": False}
        return Node("table", content, children)


def _lift_text(callout: Node) -> None:
    """Make the first paragraph of a callout its own text."""
    first = callout.children[0] if callout.children else None
    if first is not None and first.type == "paragraph" and not first.children:
        callout.content["rich_text"] = first.content["rich_text"]
        del callout.children[0]


def _width(line: str) -> int:
    indent = line[: len(line) - len(line.lstrip())]
    return len(indent.expandtabs(4))


def _split_cells(row: str) -> list[str]:
    return _CELL_END.split(row[1:-1])


def _cell(text: str) -> str:
    return text.strip().replace("\\|", "|")


def parse_line(line: str) -> Node:
    """Return the block that one line stands for by itself."""
    for pattern, make in _LINES:
        match = pattern.fullmatch(line)
        node = make(match) if match else None
        if node is not None:
            return node
    return Node("paragraph", {"rich_text": parse_inline(line), **PLAIN})


def _text_node(kind: str, text: str | None, **more: Any) -> Node:
    return Node(kind, {"rich_text": parse_inline(text or ""), **more, **_COLOR})


def _heading(match: re.Match[str]) -> Node:
    return _text_node(f"heading_{len(match[1])}", match[2], is_toggleable=False)


def _image(match: re.Match[str]) -> Node:
    caption = parse_inline(match[1])
    return Node("image", {"caption": caption, "type": "external", "external": {"url": match[2]}})


def _callout(match: re.Match[str]) -> Node:
    icon = {"type": "emoji", "emoji": html.unescape(match[1])} if match[1] else None
    return Node("callout", {"rich_text": [], "icon": icon, "color": match[2] or "default"})


def _reference(match: re.Match[str]) -> Node | None:
    address = _ADDRESS.search(match[2])
    if address is None:
        return None
    digits = re.sub(r"[^0-9a-f]", "", address[1].lower()[-36:])[-32:]
    return Node("reference", kept=parse_uuid(digits))


_LINES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Node | None]], ...] = (
    (re.compile(EMPTY), lambda _: Node("paragraph", {"rich_text": [], **PLAIN})),
    (_HEADING, _heading),
    (_DIVIDER, lambda _: Node("divider")),
    (_TO_DO, lambda match: _text_node("to_do", match[2], checked=match[1] != " ")),
    (_BULLET, lambda match: _text_node("bulleted_list_item", match[1])),
    (_NUMBER, lambda match: _text_node("numbered_list_item", match[1])),
    (_QUOTE, lambda match: _text_node("quote", match[1])),
    (_IMAGE, _image),
    (_CALLOUT, _callout),
    (_SUMMARY, lambda match: _text_node("toggle", match[1])),
    (_REFERENCE, _reference),
)
