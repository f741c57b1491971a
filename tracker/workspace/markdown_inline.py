"""Inline markdown: a line of text to stored runs, stored runs to a line.

Must not know blocks. Escapes only what would be read as something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from tracker.workspace.checks import Json
from tracker.workspace.rich_text import Runs, merge_runs, text_run

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
    r"|(?<!(?<!\\)`)(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|\[(?P<label>(?:\\.|[^\[\]\\])*)\]\((?P<url>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|(?P<mark>\*{1,3}|~~)"
    r'|(?P<underline><span underline="true">)|(?P<end></span>)'
    r"|(?P<newline><br\s*/?>)|(?P<nothing><!-- -->)",
    re.DOTALL,
)
_SPECIAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~\n]|\Z)|[*`]|~(?=~)|\[(?=[^\]]*\]\()|<(?=!-- -->|br\s*/?>|/?span|/?[a-z][a-z-]*[\s/>])"
)
_NO_MARKS = frozenset[str]()


def parse_inline(line: str) -> Runs:
    """Return the stored runs of a line; marks without a partner are plain text."""
    return merge_runs(_parse(line, _NO_MARKS, None))


def render_inline(runs: Runs) -> str:
    """Return a line that reads back as these runs; line breaks become tags."""
    parts: list[str] = []
    for link, group in groupby(runs, key=_link_of):
        shown = _join(_render(run) for run in group)
        parts.append(f"[{shown}]({_address(link)})" if link else shown)
    return _join(parts).replace("\n", "<br>")


def _join(parts: Iterable[str]) -> str:
    """Put parts side by side; marks that would melt into one are kept apart."""
    text = ""
    for part in parts:
        melts = text[-1:] == part[:1] and part[:1] in ("*", "~", "`")
        text += f"{_NOTHING}{part}" if melts else part
    return text


def escape(text: str) -> str:
    """Return a text with everything escaped that inline parsing would act on."""
    return _SPECIAL.sub(lambda match: "\\" + match[0], text)


def _parse(line: str, marks: frozenset[str], link: str | None) -> Runs:
    runs: Runs = []
    place = 0
    while match := _TOKEN.search(line, place):
        runs.append(_run(line[place : match.start()], marks, link))
        found, place = _token(line, match, marks, link)
        runs.extend(found)
    runs.append(_run(line[place:], marks, link))
    return runs


def _token(
    line: str, match: re.Match[str], marks: frozenset[str], link: str | None
) -> tuple[Runs, int]:
    """Return the runs a token stands for and where to go on."""
    if match["url"] is not None:
        return _parse(match["label"], marks, match["url"] or None), match.end()
    if match["underline"]:
        return _enclosed(line, match, "</span>", marks | {"underline"}, link)
    if match["mark"]:
        styles = _MARKS[match["mark"]]
        if not styles <= marks and not line[match.end() : match.end() + 1].isspace():
            return _enclosed(line, match, match["mark"], marks | styles, link)
    return [_literal(match, marks, link)], match.end()


def _literal(match: re.Match[str], marks: frozenset[str], link: str | None) -> Any:
    if match["code"]:
        return _run(_without_padding(match["code"]), marks | {"code"}, link)
    if match["nothing"]:
        return ""
    text = "\n" if match["newline"] else match["escaped"] or match[0]
    return _run(text, marks, link)


def _enclosed(
    line: str, match: re.Match[str], closing: str, marks: frozenset[str], link: str | None
) -> tuple[Runs, int]:
    end = _find_closing(line, closing, match.end())
    if end <= match.end():
        opened = {"underline"} if match["underline"] else _MARKS[match["mark"]]
        return [_run(match[0], marks - opened, link)], match.end()
    return _parse(line[match.end() : end], marks, link), end + len(closing)


def _find_closing(line: str, closing: str, start: int) -> int:
    """Return where a mark closes, -1 when it does not; escapes and code are skipped."""
    place = start
    while match := _TOKEN.search(line, place):
        if match[0] == closing and match.start() > start:
            return match.start()
        if match[0] == "***" and closing in ("**", "*"):
            return match.end() - len(closing)
        place = match.end()
    return -1


def _run(content: str, marks: frozenset[str], link: str | None) -> Any:
    annotations: Json = dict.fromkeys(marks, True)
    return text_run(content, link=link, annotations=annotations)


def _link_of(run: Any) -> str | None:
    return None if isinstance(run, str) else run["href"]


def _render(run: Any) -> str:
    if isinstance(run, str):
        return escape(run)
    text = str(run["plain_text"])
    if run["type"] == "equation":
        return _code_lines(text)
    styles = run["annotations"]
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
