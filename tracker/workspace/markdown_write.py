"""Blocks to markdown: the inverse of `markdown_read`.

Must not read or write the workspace. A block that markdown cannot spell is written as a tag
that names it, so that it can be kept when the text comes back.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from tracker.workspace.markdown_inline import render_inline
from tracker.workspace.markdown_read import EMPTY, FENCE, PARENTS, PLAIN, Node, parse_line
from tracker.workspace.rich_text import plain_text

INDENT = "\t"


def render_markdown(nodes: list[Node], base_url: str, depth: int = 0) -> str:
    """Return the markdown of blocks, each on its own line, children indented by a tab."""
    return "\n".join(render_each(nodes, base_url, depth))


def render_each(nodes: list[Node], base_url: str, depth: int = 0) -> list[str]:
    """Return the markdown of each block; numbered items count on from each other."""
    texts: list[str] = []
    number = 0
    for node in nodes:
        number = number + 1 if node.type == "numbered_list_item" else 0
        texts.append(_render(node, base_url, depth, number))
    return texts


def _render(node: Node, base_url: str, depth: int, number: int) -> str:
    indent = INDENT * depth
    if node.type in ("callout", "toggle"):
        lines = _wrapped(node, base_url, depth)
    else:
        make = _RENDERERS.get(node.type)
        if node.children and node.type not in (*PARENTS, "table"):
            make = None
        text = make(node, number) if make else _tag(node, base_url)
        lines = [indent + line for line in text.split("\n")]
        if node.type in PARENTS and node.children:
            lines.append(render_markdown(node.children, base_url, depth + 1))
    return "\n".join(lines)


def _wrapped(node: Node, base_url: str, depth: int) -> list[str]:
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
        said = [Node("paragraph", {"rich_text": node.content["rich_text"], **PLAIN})]
        children = [*(said if text else []), *node.children]
    inside = [render_markdown(children, base_url, depth + 1)] if children else []
    return [*(indent + line for line in opening), *inside, indent + closing]


def _tag(node: Node, base_url: str) -> str:
    digits = (node.kept or "").replace("-", "")
    kinds = {"child_page": "page", "child_database": "database"}
    kind = kinds.get(node.type)
    if kind is None:
        return f'<unknown url="{base_url}{digits}" alt="{node.type}"/>'
    title = html.escape(str(node.content.get("title", "")))
    return f'<{kind} url="{base_url}p/{digits}">{title}</{kind}>'


def _inline(node: Node) -> str:
    return render_inline(node.content["rich_text"])


def _paragraph(node: Node, number: int) -> str:
    del number
    line = _inline(node).strip()
    if not line:
        return EMPTY
    if parse_line(line).type == "paragraph" and not FENCE.match(line):
        return line
    if match := re.match(r"\d{1,9}(?=[.)])", line):
        return f"{match[0]}\\{line[match.end() :]}"
    return f"\\{line}"


def _code_text(node: Node, number: int) -> str:
    del number
    text = plain_text(node.content["rich_text"])
    ticks = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    language = node.content["language"]
    return f"{fence}{'' if language == 'plain text' else language}\n{text}\n{fence}"


def _table_text(node: Node, number: int) -> str:
    del number
    rows = [
        "| " + " | ".join(render_inline(c).replace("|", "\\|") for c in row.content["cells"]) + " |"
        for row in node.children
    ]
    rule = "|" + " --- |" * node.content["table_width"]
    return "\n".join([*rows[:1], rule, *rows[1:]])


def _image_text(node: Node, number: int) -> str:
    del number
    source = node.content[node.content["type"]].get("url", "")
    return f"![{plain_text(node.content['caption'])}]({source})"


_RENDERERS: dict[str, Callable[[Node, int], str]] = {
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
