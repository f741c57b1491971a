"""Markdown to blocks and back: one block a line, tabs for the blocks below.

Must not read or write the workspace; `inline` knows the marks within a line. A tag that names an
existing block is read as a reference; a block that markdown cannot spell is written as such a tag, so
that it survives a rewrite.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tracker.workspace.inline import parse_inline, render_inline
from tracker.workspace.protocol import Json, is_emoji, parse_uuid, plain_text, validation

EMPTY = "<empty-block/>"
MOST_CELLS = 50_000
"""Most cells of one table: every row is padded to the widest, so a short text could fill the memory."""


@dataclass(slots=True)
class MarkdownNode:
    """A block with the blocks below it; `kept` is the id of the block it refers to."""

    type: str
    content: Json = field(default_factory=dict)
    children: list[MarkdownNode] = field(default_factory=list)
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
_TABLE = re.compile(r"<table\b([^<>]*)>")
_TABLE_END = "</table>"
_TABLE_PART = re.compile(r"(?<!\\)<(/?)(tr|td|colgroup|col)\b[^<>]*>")
_TABLE_LINE = re.compile(r"\|.*\|")
_TABLE_RULE = re.compile(r"\|(?:\s*:?-{2,}:?\s*\|)+")
_CELL_END = re.compile(r"(?<!\\)\|")
_IMAGE = re.compile(r"!\[([^\]]*)\]\((\S+?)\)")
_REFERENCE = re.compile(r'<(page|database|unknown)\b((?:[^">]|"[^"]*")*+)>(?:.*</\1>)?')
_ADDRESS = re.compile(r'\burl="([^"]*)"')
_CALLOUT = re.compile(r'<callout(?:\s+icon="([^"]*)")?(?:\s+color="([a-z_]+)")?\s*>')
_CLOSING = re.compile(r"</(?:callout|details)>")
_SUMMARY = re.compile(r"<summary>(.*)</summary>")
# What can hold blocks in markdown. A heading cannot, although Notion's toggle headings do.
PARENTS = frozenset(
    {
        *("bulleted_list_item", "numbered_list_item", "to_do", "toggle", "quote", "callout"),
        "paragraph",
    }
)
# Below a paragraph only what is indented by a tab or four spaces; below a list item any indent.
_PARAGRAPH_INDENT = 3
_DEEPEST = 20


def parse_markdown(text: str) -> list[MarkdownNode]:
    """Return the blocks of a markdown text; blank lines only separate."""
    return _Reader(text).read()


class _Reader:
    """Reads line by line; indentation puts a block below the last one that can hold it."""

    def __init__(self, text: str) -> None:
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._place = 0
        self._root: list[MarkdownNode] = []
        self._open: list[tuple[int, MarkdownNode]] = []
        self._callouts: list[MarkdownNode] = []
        self._table_ends = [
            place for place, line in enumerate(self._lines) if line.strip() == _TABLE_END
        ]

    def read(self) -> list[MarkdownNode]:
        """Return the top-level blocks."""
        while self._place < len(self._lines):
            raw = self._lines[self._place]
            line = raw.strip()
            self._place += 1
            if not line or _CLOSING.fullmatch(line) or line == "<details>":
                continue
            width = len(raw[: len(raw) - len(raw.lstrip())].expandtabs(4))
            if fence := FENCE.fullmatch(line):
                node = self._code(raw, fence)
            elif _TABLE_LINE.fullmatch(line) and self._next_is_rule():
                node = self._table(line)
            elif table := self._tagged_table(line):
                node = table
            else:
                node = parse_line(line)
            self._add(width, node)
        for callout in self._callouts:
            # The first paragraph inside a callout is its own text.
            first = callout.children[0] if callout.children else None
            if first is not None and first.type == "paragraph" and not first.children:
                callout.content["rich_text"] = first.content["rich_text"]
                del callout.children[0]
        return self._root

    def _add(self, width: int, node: MarkdownNode) -> None:
        # Deeper than _DEEPEST the blocks become siblings: whoever reads a body recurses into it.
        while self._open and (self._open[-1][0] >= width or len(self._open) > _DEEPEST):
            self._open.pop()
        siblings = self._open[-1][1].children if self._open else self._root
        siblings.append(node)
        if node.type == "callout":
            self._callouts.append(node)
        if node.type in PARENTS:
            extra = _PARAGRAPH_INDENT if node.type == "paragraph" else 0
            self._open.append((width + extra, node))

    def _next_is_rule(self) -> bool:
        following = self._lines[self._place : self._place + 1]
        return bool(following and _TABLE_RULE.fullmatch(following[0].strip()))

    def _code(self, raw: str, fence: re.Match[str]) -> MarkdownNode:
        indent = raw[: len(raw) - len(raw.lstrip())]
        lines: list[str] = []
        while self._place < len(self._lines):
            line = self._lines[self._place]
            self._place += 1
            # Only a fence just like the first ends it; an open one runs to the end.
            if line.strip() == fence[1]:
                break
            lines.append(line.removeprefix(indent))
        text = "\n".join(lines)
        content = {
            "caption": [],
            "rich_text": [text] if text else [],
            "language": fence[2].strip() or "plain text",
        }
        return MarkdownNode("code", content)

    def _table(self, line: str) -> MarkdownNode:
        rows = [line]
        self._place += 1
        while self._place < len(self._lines):
            following = self._lines[self._place].strip()
            if not _TABLE_LINE.fullmatch(following):
                break
            rows.append(following)
            self._place += 1
        # A bar inside a cell is escaped, in code spans as well.
        cells = [[cell.replace("\\|", "|") for cell in _CELL_END.split(row[1:-1])] for row in rows]
        return _make_table(cells, has_column_header=True)

    def _tagged_table(self, line: str) -> MarkdownNode | None:
        """Read a table of tags, as Notion itself spells one; None where it is none, or has no end."""
        opening = _TABLE.fullmatch(line)
        at = bisect_left(self._table_ends, self._place)
        if opening is None or at == len(self._table_ends):
            return None
        end = self._table_ends[at]
        # Text, then by turns a slash or nothing, the name of a tag, and the text behind that tag.
        parts = _TABLE_PART.split("\n".join(self._lines[self._place : end]))
        self._place = end + 1
        rows: list[list[str]] = []
        for slash, tag, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            if tag == "tr" and not slash:
                rows.append([])
            elif tag == "td" and not slash and rows:
                rows[-1].append(text)
        flags = {
            f"has_{there}_header": f'header-{here}="true"' in opening[1]
            for here, there in (("row", "column"), ("column", "row"))
        }
        return _make_table(rows or [[""]], **flags)


def _make_table(
    rows: list[list[str]], *, has_column_header: bool = False, has_row_header: bool = False
) -> MarkdownNode:
    """Return a table of cells as text, its rows filled up to the widest."""
    width = max(1, *(len(row) for row in rows))
    if width * len(rows) > MOST_CELLS:
        raise validation(f"A table has at most {MOST_CELLS} cells.")
    children = [
        MarkdownNode(
            "table_row",
            {"cells": [parse_inline(cell.strip()) for cell in row] + [[]] * (width - len(row))},
        )
        for row in rows
    ]
    content = {
        "table_width": width,
        "has_column_header": has_column_header,
        "has_row_header": has_row_header,
    }
    return MarkdownNode("table", content, children)


def parse_line(line: str) -> MarkdownNode:
    """Return the block that a line makes by itself."""
    for pattern, make in _LINES:
        match = pattern.fullmatch(line)
        node = make(match) if match else None
        if node is not None:
            return node
    return MarkdownNode("paragraph", {"rich_text": parse_inline(line), **PLAIN})


def _text_node(kind: str, text: str | None, **more: Any) -> MarkdownNode:
    return MarkdownNode(kind, {"rich_text": parse_inline(text or ""), **more, **_COLOR})


def _image(match: re.Match[str]) -> MarkdownNode:
    caption = parse_inline(match[1])
    return MarkdownNode(
        "image", {"caption": caption, "type": "external", "external": {"url": match[2]}}
    )


def _callout(match: re.Match[str]) -> MarkdownNode:
    emoji = html.unescape(match[1] or "")
    icon = {"type": "emoji", "emoji": emoji} if is_emoji(emoji) else None
    return MarkdownNode("callout", {"rich_text": [], "icon": icon, "color": match[2] or "default"})


def _reference(match: re.Match[str]) -> MarkdownNode | None:
    address = _ADDRESS.search(match[2])
    if address is None:
        return None
    # The id ends an address, with or without dashes, behind whatever title it has.
    digits = re.sub(r"[^0-9a-f]", "", address[1].lower()[-36:])[-32:]
    return MarkdownNode("reference", kept=parse_uuid(digits))


# The first pattern that fits decides: a divider of stars before a bullet, a to-do before a bullet.
_LINES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], MarkdownNode | None]], ...] = (
    (re.compile(EMPTY), lambda _: MarkdownNode("paragraph", {"rich_text": [], **PLAIN})),
    (_HEADING, lambda match: _text_node(f"heading_{len(match[1])}", match[2], is_toggleable=False)),
    (_DIVIDER, lambda _: MarkdownNode("divider")),
    (_TO_DO, lambda match: _text_node("to_do", match[2], checked=match[1] != " ")),
    (_BULLET, lambda match: _text_node("bulleted_list_item", match[1])),
    (_NUMBER, lambda match: _text_node("numbered_list_item", match[1])),
    (_QUOTE, lambda match: _text_node("quote", match[1])),
    (_IMAGE, _image),
    (_CALLOUT, _callout),
    (_SUMMARY, lambda match: _text_node("toggle", match[1])),
    (_REFERENCE, _reference),
)


INDENT = "\t"


def render_markdown(nodes: list[MarkdownNode], base_url: str, depth: int = 0) -> str:
    """Return the markdown of blocks, each on its own line, children indented by a tab."""
    return "\n".join(render_each(nodes, base_url, depth))


def render_each(nodes: list[MarkdownNode], base_url: str, depth: int = 0) -> list[str]:
    """Return the markdown of each block; numbered items count on from each other."""
    texts: list[str] = []
    number = 0
    for node in nodes:
        number = number + 1 if node.type == "numbered_list_item" else 0
        texts.append(_render(node, base_url, depth, number))
    return texts


def _render(node: MarkdownNode, base_url: str, depth: int, number: int) -> str:
    indent = INDENT * depth
    if node.type in ("callout", "toggle"):
        lines = _wrapped(node, base_url, depth)
    else:
        make = _RENDERERS.get(node.type)
        # A tag keeps what has children that markdown has no place for, such as a toggle heading.
        if node.children and node.type not in (*PARENTS, "table"):
            make = None
        text = make(node, number) if make else _tag(node, base_url)
        lines = [indent + line for line in text.split("\n")]
        if node.type in PARENTS and node.children:
            lines.append(render_markdown(node.children, base_url, depth + 1))
    return "\n".join(lines)


def _wrapped(node: MarkdownNode, base_url: str, depth: int) -> list[str]:
    indent = INDENT * depth
    text = render_inline(node.content["rich_text"])
    if node.type == "toggle":
        opening, closing = ["<details>", f"<summary>{text}</summary>"], "</details>"
        children = node.children
    else:
        icon = node.content["icon"] or {}
        shown = f' icon="{html.escape(icon["emoji"])}"' if "emoji" in icon else ""
        color = node.content["color"]
        shown += f' color="{color}"' if color != "default" else ""
        opening, closing = [f"<callout{shown}>"], "</callout>"
        said = [MarkdownNode("paragraph", {"rich_text": node.content["rich_text"], **PLAIN})]
        children = [*(said if text else []), *node.children]
    inside = [render_markdown(children, base_url, depth + 1)] if children else []
    return [*(indent + line for line in opening), *inside, indent + closing]


def _tag(node: MarkdownNode, base_url: str) -> str:
    digits = (node.kept or "").replace("-", "")
    kinds = {"child_page": "page", "child_database": "database"}
    kind = kinds.get(node.type)
    if kind is None:
        return f'<unknown url="{base_url}{digits}" alt="{node.type}"/>'
    title = html.escape(str(node.content.get("title", "")))
    return f'<{kind} url="{base_url}p/{digits}">{title}</{kind}>'


def _inline(node: MarkdownNode) -> str:
    return render_inline(node.content["rich_text"])


def _paragraph(node: MarkdownNode, number: int) -> str:
    del number
    line = _inline(node).strip()
    if not line:
        return EMPTY
    # A text that reads as another block is escaped, as in "1\\. x" and "\\# x".
    if parse_line(line).type == "paragraph" and not FENCE.match(line):
        return line
    if match := re.match(r"\d{1,9}(?=[.)])", line):
        return f"{match[0]}\\{line[match.end() :]}"
    return f"\\{line}"


def _code_text(node: MarkdownNode, number: int) -> str:
    del number
    text = plain_text(node.content["rich_text"])
    # The fence is longer than any run of ticks in the code.
    ticks = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    language = node.content["language"]
    return f"{fence}{'' if language == 'plain text' else language}\n{text}\n{fence}"


def _table_text(node: MarkdownNode, number: int) -> str:
    del number
    # The header row is the header of the columns, and the other way round.
    flags = ("row", "has_column_header"), ("column", "has_row_header")
    shown = "".join(f' header-{name}="true"' for name, flag in flags if node.content[flag])
    lines = [f"<table{shown}>"]
    for row in node.children:
        cells = (f"{INDENT * 2}<td>{render_inline(cell)}</td>" for cell in row.content["cells"])
        lines += [f"{INDENT}<tr>", *cells, f"{INDENT}</tr>"]
    return "\n".join([*lines, _TABLE_END])


def _image_text(node: MarkdownNode, number: int) -> str:
    del number
    source = node.content[node.content["type"]].get("url", "")
    return f"![{plain_text(node.content['caption'])}]({source})"


_RENDERERS: dict[str, Callable[[MarkdownNode, int], str]] = {
    "paragraph": _paragraph,
    "heading_1": lambda node, _: f"# {_inline(node)}",
    "heading_2": lambda node, _: f"## {_inline(node)}",
    "heading_3": lambda node, _: f"### {_inline(node)}",
    "heading_4": lambda node, _: f"#### {_inline(node)}",
    "bulleted_list_item": lambda node, _: f"- {_inline(node)}",
    "numbered_list_item": lambda node, number: f"{number}. {_inline(node)}",
    "to_do": lambda node, _: f"- [{'x' if node.content['checked'] else ' '}] {_inline(node)}",
    "quote": lambda node, _: f"> {_inline(node)}",
    "divider": lambda *_: "---",
    "code": _code_text,
    "table": _table_text,
    "image": _image_text,
}
