"""Marks within a line of markdown: stored runs to text and back.

Must not know blocks. Escapes only what would be read as something else, and reads a line in time
proportional to its length.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tracker.workspace.protocol import Json, Runs, merge_runs, text_run

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
_SPECIAL_IN_LABEL = re.compile(rf"{_SPECIAL.pattern}|\]")
_LINE_END = re.compile("\r\n|\r|\n")
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
    return _LINE_END.sub("<br>", _join(parts))


def _join(parts: Iterable[str]) -> str:
    """Put parts side by side; marks that would melt into one are kept apart."""
    kept: list[str] = []
    for part in filter(None, parts):
        if kept and kept[-1][-1] == part[0] and part[0] in ("*", "~", "`"):
            kept.append(_NOTHING)
        kept.append(part)
    return "".join(kept)


def escape(text: str, *, is_label: bool = False) -> str:
    """Return a text with everything escaped that inline parsing would act on.

    In the label of a link that is every bracket, in other texts only one where a link could follow.
    """
    if is_label:
        return _SPECIAL_IN_LABEL.sub(r"\\\g<0>", text)
    end = -1

    def mark(match: re.Match[str]) -> str:
        nonlocal end
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
    shown = _code_lines(core) if styles["code"] else escape(core, is_label=bool(run["href"]))
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
