"""Markdown to blocks and back: one block a line, tabs for the blocks below, marks within a line.

Must not read or write the workspace. Escapes only what would be read as something else. A tag that
names an existing block is read as a reference; a block that markdown cannot spell is written as such
a tag, so that it survives a rewrite.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from tracker.workspace.protocol import (
    Json,
    Runs,
    merge_runs,
    parse_uuid,
    plain_text,
    text_run,
    validation,
)

_MARKS = {
    "***": frozenset({"bold", "italic"}),
    "**": frozenset({"bold"}),
    "*": frozenset({"italic"}),
    "~~": frozenset({"strikethrough"}),
}
_NOTHING = "<!-- -->"
_UNDERLINE = '<span underline="true">'
_TOKEN = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?<!(?<!\\)`)(?P<ticks>`+)"
    r"|\[(?P<label>(?:\\.|[^\[\]\\])*)\]\((?P<url>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|(?P<mark>\*{1,3}|~~)"
    r'|(?P<underline><span underline="true">)|(?P<end></span>)'
    r"|(?P<newline><br\s*/?>)|(?P<nothing><!-- -->)",
    re.DOTALL,
)
_SPECIAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~\n]|\Z)|[*`\[]|~(?=~)|<(?=!-- -->|br\s*/?>|/?span|/?[a-z][a-z-]*[\s/>])"
)
_TICKS = re.compile("`+")
_NO_MARKS = frozenset[str]()


def parse_inline(line: str) -> Runs:
    """Return the stored runs of a line; marks without a partner are plain text."""
    return merge_runs(_parse_runs(_Line(line), _NO_MARKS, None))


def render_inline(runs: Runs) -> str:
    """Return a line that reads back as these runs; line breaks become tags."""
    parts: list[str] = []
    for link, group in groupby(runs, key=lambda run: None if isinstance(run, str) else run["href"]):
        shown = _join(_render_run(run) for run in group)
        parts.append(f"[{shown}]({_address(link)})" if link else shown)
    return _join(parts).replace("\n", "<br>")


def _join(parts: Iterable[str]) -> str:
    """Put parts side by side; marks that would melt into one are kept apart."""
    kept: list[str] = []
    for part in filter(None, parts):
        if kept and kept[-1][-1] == part[0] and part[0] in ("*", "~", "`"):
            kept.append(_NOTHING)
        kept.append(part)
    return "".join(kept)


def escape(text: str) -> str:
    """Return a text with everything escaped that inline parsing would act on."""
    end = -1

    def mark(match: re.Match[str]) -> str:
        nonlocal end
        # A bracket is escaped only where a link could follow.
        if match[0] == "[":
            # The same end serves all brackets before it, which are not searched for it again.
            if end < match.start():
                found = text.find("]", match.start())
                end = found if found >= 0 else len(text)
            if not text.startswith("](", end):
                return "["
        return "\\" + match[0]

    return _SPECIAL.sub(mark, text)


class _Line:
    """A line that is being read, with the marks that are known to be unclosed.

    Everything is searched for once a line, so reading takes time in proportion to its length.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._fences: dict[int, list[int]] | None = None
        self._unclosed: set[str] = set()

    def find_token(self, place: int) -> _Token | None:
        """Return the next token at or after a place."""
        match = _TOKEN.search(self.text, place)
        if match is None:
            return None
        if match["ticks"]:
            start, length = match.end(), len(match["ticks"])
            closing = self._find_fence(length, start)
            if closing is not None:
                return _Token(match, closing + length, self.text[start:closing])
        return _Token(match, match.end())

    def find_closing(self, closing: str, start: int) -> int:
        """Return where a mark closes, -1 when it does not; escapes and code are skipped."""
        # A mark that found no end finds none further on either.
        if closing in self._unclosed:
            return -1
        place = start
        while token := self.find_token(place):
            found = token.match[0]
            if found == closing and token.match.start() > start:
                return token.match.start()
            # Three stars close an inner mark and the one around it, the inner one first.
            if found == "***" and closing in ("**", "*"):
                return token.end - len(closing)
            place = token.end
        self._unclosed.add(closing)
        return -1

    def _find_fence(self, length: int, start: int) -> int | None:
        """Return where the next run of exactly `length` ticks begins, None without one."""
        if self._fences is None:
            self._fences = {}
            for run in _TICKS.finditer(self.text):
                self._fences.setdefault(len(run[0]), []).append(run.start())
        places = self._fences.get(length, [])
        at = bisect_left(places, start)
        return places[at] if at < len(places) else None


@dataclass(frozen=True, slots=True)
class _Token:
    """Markup in a line; `code` is the text of a code span."""

    match: re.Match[str]
    end: int
    code: str | None = None


def _parse_runs(line: _Line, marks: frozenset[str], link: str | None) -> Runs:
    runs: Runs = []
    words: list[str] = []
    place = 0
    while token := line.find_token(place):
        words.append(line.text[place : token.match.start()])
        found, place = _read_token(line, token, marks, link)
        if isinstance(found, str):
            words.append(found)
        else:
            runs += [_run("".join(words), marks, link), *found]
            words.clear()
    runs.append(_run("".join(words) + line.text[place:], marks, link))
    return runs


def _read_token(
    line: _Line, token: _Token, marks: frozenset[str], link: str | None
) -> tuple[Runs | str, int]:
    """Return a token as runs, or as words of the style around it, and the place behind it."""
    match = token.match
    # A link: its label may have marks, but no link again.
    if match["url"] is not None:
        return _parse_runs(_Line(match["label"]), marks, match["url"] or None), match.end()
    # Notion's spelling of what markdown has no mark for.
    if match["underline"]:
        return _read_enclosed(line, match, marks, link)
    # A mark that opens what is not open yet; before a space it is only a star.
    if match["mark"]:
        is_new = not _MARKS[match["mark"]] <= marks
        if is_new and not line.text[match.end() : match.end() + 1].isspace():
            return _read_enclosed(line, match, marks, link)
    if token.code is not None:
        return [_run(_without_padding(token.code), marks | {"code"}, link)], token.end
    # The comment that keeps two marks apart.
    if match["nothing"]:
        return "", token.end
    # A line break, an escaped character, or a mark or tick that is only itself.
    return "\n" if match["newline"] else match["escaped"] or match[0], token.end


def _read_enclosed(
    line: _Line, match: re.Match[str], marks: frozenset[str], link: str | None
) -> tuple[Runs | str, int]:
    """Return what a mark encloses as runs, or the mark itself where nothing closes it."""
    closing = match["mark"] or "</span>"
    styles = _MARKS.get(match["mark"], frozenset({"underline"}))
    end = line.find_closing(closing, match.end())
    if end <= match.end():
        is_plain = marks.isdisjoint(styles)
        return match[0] if is_plain else [_run(match[0], marks - styles, link)], match.end()
    inner = _Line(line.text[match.end() : end])
    return _parse_runs(inner, marks | styles, link), end + len(closing)


def _run(content: str, marks: frozenset[str], link: str | None) -> Any:
    annotations: Json = dict.fromkeys(marks, True)
    return text_run(content, link=link, annotations=annotations)


def _render_run(run: Any) -> str:
    if isinstance(run, str):
        return escape(run)
    text = str(run["plain_text"])
    styles = run["annotations"]
    # Marks that touch a space from inside are none: the spaces go outside.
    core = text.strip()
    if not core:
        return text
    shown = _code_lines(core) if styles["code"] else escape(core)
    stars = "*" * (2 * styles["bold"] + styles["italic"])
    lines = "~~" * styles["strikethrough"]
    shown = f"{stars}{lines}{shown}{lines}{stars}"
    if styles["underline"]:
        shown = f"{_UNDERLINE}{shown}</span>"
    start = text.index(core)
    return f"{text[:start]}{shown}{text[start + len(core) :]}"


def _code_lines(text: str) -> str:
    """Return code spans of one line each: inside a span a line break could not be a tag."""
    return "\n".join(_code(line) if line else "" for line in text.split("\n"))


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    touches = text.startswith("`") or text.endswith("`")
    if touches or _without_padding(text) != text:
        return f"{fence} {text} {fence}"
    return f"{fence}{text}{fence}"


def _without_padding(code: str) -> str:
    """Return a code span's text without the spaces that keep it off its ticks."""
    padded = code.startswith(" ") and code.endswith(" ") and code.strip(" ")
    return code[1:-1] if padded else code


def _address(url: str) -> str:
    for character, spelled in ((" ", "%20"), ("\n", "%0A"), ("(", "%28"), (")", "%29")):
        url = url.replace(character, spelled)
    return url


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
        cells = [
            [parse_inline(cell.strip().replace("\\|", "|")) for cell in _CELL_END.split(row[1:-1])]
            for row in rows
        ]
        width = max(len(row) for row in cells)
        if width * len(cells) > MOST_CELLS:
            raise validation(f"A table has at most {MOST_CELLS} cells.")
        children = [
            MarkdownNode("table_row", {"cells": row + [[]] * (width - len(row))}) for row in cells
        ]
        content = {"table_width": width, "has_column_header": True, "has_row_header": False}
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
    icon = {"type": "emoji", "emoji": html.unescape(match[1])} if match[1] else None
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
    rows = [
        "| " + " | ".join(render_inline(c).replace("|", "\\|") for c in row.content["cells"]) + " |"
        for row in node.children
    ]
    rule = "|" + " --- |" * node.content["table_width"]
    return "\n".join([*rows[:1], rule, *rows[1:]])


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
