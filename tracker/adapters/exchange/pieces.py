"""A line of Markdown cut into pieces: text, links, images, URLs, and runs of emphasis marks.

Pure, and linear in the length of the text whatever it holds: brackets are matched with a stack,
and no expression here can go back further than it came. What Markdown does not understand is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.entities import html5

from tracker.adapters.exchange.brackets import find_target

SPECIAL = re.compile(r"[\\`*_~\[\]!<&]|https?://", re.IGNORECASE)
"""What means something in Markdown; a text without any of it is itself."""

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_TICKS = re.compile(r"`+")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*)>")
_TAG = re.compile(r"<(a|/a|img)((?:\s[^<>]*)?)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(href|src|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_BREAK = re.compile(r"<br */?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_ESCAPE = re.compile(rf"\\[!-/:-@\[-`{{-~]|{_ENTITY.pattern}")
_BARE_URL = re.compile(r"https?://[^\s<>\[\]`\\]*", re.IGNORECASE)
_BARE_END = "?!.,:*_~'\";"
_BAD_CODES = frozenset({*range(9), 11, 12, *range(14, 32), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF})


@dataclass(slots=True)
class Piece:
    """A token on its way to a span; `kind` is text, link, end, open, image, strong or run."""

    kind: str
    text: str = ""
    url: str = ""
    can_open: bool = False
    can_close: bool = False


class Scanner:
    """Cuts a text into pieces, from left to right, each character once."""

    def __init__(self, text: str, references: Mapping[str, str]) -> None:
        self._text = text
        self._references = references
        self._pieces: list[Piece] = []
        self._openers: list[tuple[int, int]] = []
        self._anchors: list[tuple[int, str]] = []
        self._inactive_before = 0
        self._ticks: dict[int, list[int]] | None = None
        self._last_comment_end = text.rfind("-->")
        self._takers: dict[str, Callable[[int], int]] = {
            "\\": self._take_backslash,
            "`": self._take_ticks,
            "*": self._take_run,
            "_": self._take_run,
            "~": self._take_run,
            "[": self._take_open,
            "]": self._take_close,
            "!": self._take_image,
            "<": self._take_angle,
            "&": self._take_entity,
        }

    def scan(self) -> list[Piece]:
        """Return the pieces of the whole text."""
        position = 0
        while found := SPECIAL.search(self._text, position):
            self._add_text(self._text[position : found.start()])
            position = self._take(found)
        self._add_text(self._text[position:])
        return self._pieces

    def _take(self, found: re.Match[str]) -> int:
        """Take what begins at a special character; return where to go on."""
        sign = found.group()
        end = self._takers.get(sign, self._take_url)(found.start())
        if end:
            return end
        self._add_text(sign)
        return found.end()

    def _add_text(self, text: str) -> None:
        if text:
            self._pieces.append(Piece("text", text))

    def _take_backslash(self, start: int) -> int:
        following = self._text[start + 1 : start + 2]
        if following not in _PUNCTUATION:
            return 0
        self._add_text(following)
        return start + 2

    def _take_ticks(self, start: int) -> int:
        """Take a code span, or a run of ticks that closes nowhere as text."""
        if self._ticks is None:
            self._ticks = {}
            for run in reversed(list(_TICKS.finditer(self._text))):
                self._ticks.setdefault(len(run.group()), []).append(run.start())
        opening = _TICKS.match(self._text, start)
        size = len(opening.group()) if opening else 1
        ends = self._ticks.get(size, [])
        while ends and ends[-1] < start + size:
            ends.pop()
        if not ends:
            self._add_text(self._text[start : start + size])
            return start + size
        code = self._text[start + size : ends[-1]]
        is_padded = code[:1] == code[-1:] == " " and code.strip()
        self._add_text(code[1:-1] if is_padded else code)
        return ends[-1] + size

    def _take_run(self, start: int) -> int:
        """Take a run of emphasis marks; whether it opens or closes depends on its neighbours."""
        mark = self._text[start]
        end = start
        while end < len(self._text) and self._text[end] == mark:
            end += 1
        before = self._text[start - 1] if start else " "
        after = self._text[end] if end < len(self._text) else " "
        is_word = mark == "_"
        self._pieces.append(
            Piece(
                "run",
                self._text[start:end],
                can_open=not after.isspace() and not (is_word and before.isalnum()),
                can_close=not before.isspace() and not (is_word and after.isalnum()),
            )
        )
        return end

    def _take_open(self, start: int) -> int:
        self._openers.append((len(self._pieces), start + 1))
        self._pieces.append(Piece("open", "["))
        return start + 1

    def _take_image(self, start: int) -> int:
        if self._text[start + 1 : start + 2] != "[":
            return 0
        self._openers.append((len(self._pieces), start + 2))
        self._pieces.append(Piece("image", "!["))
        return start + 2

    def _take_close(self, start: int) -> int:
        """Close a bracket: with a target behind it, what stands inside is a link or an image."""
        if not self._openers:
            return 0
        index, inside = self._openers.pop()
        piece = self._pieces[index]
        if piece.kind == "open" and index < self._inactive_before:
            return 0
        target = find_target(self._text, (inside, start), self._references)
        if target is None:
            return 0
        piece.kind = "link" if piece.kind == "open" else "picture"
        piece.text, piece.url = "", unescape(target.url)
        if piece.kind == "link":
            # There are no links within links: brackets further out are text.
            self._inactive_before = index
        self._pieces.append(Piece("end"))
        return target.end

    def _take_angle(self, start: int) -> int:
        """Take `<https://…>`, a line break, a link, an image or a comment; other tags stay text."""
        found = _AUTOLINK.match(self._text, start)
        if found:
            self._pieces.append(Piece("bare", found[1], found[1]))
            return found.end()
        found = _BREAK.match(self._text, start)
        if found:
            self._add_text("\n")
            return found.end()
        found = _TAG.match(self._text, start)
        if found and self._take_tag(found):
            return found.end()
        if self._text.startswith("<!--", start) and self._last_comment_end > start:
            return self._text.find("-->", start) + 3
        return 0

    def _take_tag(self, tag: re.Match[str]) -> bool:
        """Take a link or an image written in HTML; return False for one that leads nowhere."""
        name = tag[1].casefold()
        values = {key.casefold(): one or two for key, one, two in _ATTRIBUTE.findall(tag[2])}
        if name == "img" and values.get("src"):
            self._pieces.append(Piece("picture", url=unescape(values["src"])))
            self._add_text(unescape(values.get("alt", "")))
            self._pieces.append(Piece("end"))
        elif name == "a" and values.get("href"):
            self._anchors.append((len(self._pieces), values["href"]))
            self._pieces.append(Piece("text", tag.group()))
        elif name == "/a" and self._anchors:
            index, url = self._anchors.pop()
            self._pieces[index] = Piece("link", url=unescape(url))
            self._pieces.append(Piece("end"))
            self._inactive_before = index
        else:
            return False
        return True

    def _take_entity(self, start: int) -> int:
        found = _ENTITY.match(self._text, start)
        decoded = _decode_entity(found) if found else None
        if found is None or decoded is None:
            return 0
        self._add_text(decoded)
        return found.end()

    def _take_url(self, start: int) -> int:
        """Take a bare URL, without the punctuation that ends the sentence around it."""
        if start and self._text[start - 1].isalnum():
            return 0
        found = _BARE_URL.match(self._text, start)
        url = _trim_url(found.group()) if found else ""
        if len(url) <= len("https://"):
            return 0
        self._pieces.append(Piece("bare", url, url))
        return start + len(url)


def _trim_url(url: str) -> str:
    """Drop the punctuation behind a URL, and closing brackets that it does not open."""
    excess = url.count(")") - url.count("(")
    end = len(url)
    while end and (url[end - 1] in _BARE_END or (excess > 0 and url[end - 1] == ")")):
        excess -= url[end - 1] == ")"
        end -= 1
    return url[:end]


def _decode_entity(found: re.Match[str]) -> str | None:
    decimal, hexadecimal, name = found.groups()
    if name:
        return html5.get(f"{name};")
    code = int(decimal) if decimal else int(hexadecimal, 16)
    is_bad = code in _BAD_CODES or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF  # noqa: PLR2004
    return "\N{REPLACEMENT CHARACTER}" if is_bad else chr(code)


def unescape(text: str) -> str:
    """Return the text that backslashes and entities stand for, with nothing else read into it."""
    return _ESCAPE.sub(_decode_escape, text)


def _decode_escape(found: re.Match[str]) -> str:
    entity = _ENTITY.match(found.group())
    return (_decode_entity(entity) or found.group()) if entity else found.group()[1:]
