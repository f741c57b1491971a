"""What one entry of a checklist says: a name, links, an explanation, signs, or the value of a key.

Pure. Reads the text behind the bullet and the box; where the entry stands is not known here.

    Read [the guide](https://…)              a name with a link in it
    [the guide](https://…) - for beginners   a link, and an explanation of it
    **kNN**: nearest neighbours              a name in bold, and an explanation of it
    https://example.org/guide                a URL as such
    ![logo](https://…) kNN                   a name; the image is no text
    Goal: can explain it                     the value of a key
    [the guide](https://…) (docs)            a resource, and its type

Signs of progress stand beside the words; Obsidian and others put days behind signs.

    ✅ kNN, kNN ✅                           done
    kNN ✅ 2026-01-02                        done on that day
    kNN 🛫 2026-01-01                        started on that day
    kNN ❌ 2026-01-02                        skipped
    kNN 📅 2026-01-09 🔺                     due then, and urgent: kept in the notes of the skill
    kNN [completion:: 2026-01-02]            done on that day, in words
    DONE kNN, kNN (done)                     done, where entries have no boxes
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html.entities import html5
from itertools import dropwhile, groupby

from tracker.adapters.exchange.draft import FoundLink
from tracker.adapters.exchange.foreign_values import (
    SHORTCODES,
    SIGNS,
    VARIATION,
    fold,
    read_day,
    read_status,
)
from tracker.roadmap.model import Status

_MOST_PARENTHESES = 32
_LONGEST_LABEL = 999
_SPACE = re.compile(r"\s*")
_ANGLED = re.compile(r"<((?:[^<>\\\n]|\\.)*)>")
_TITLES = {
    '"': re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL),
    "'": re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL),
    "(": re.compile(r"\((?:[^()\\]|\\.)*\)", re.DOTALL),
}
_LABEL = re.compile(r"\[([^\[\]]{0,999})\]")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads, as written, and the position behind it in the text."""

    url: str
    end: int


def find_target(text: str, inside: tuple[int, int], references: Mapping[str, str]) -> Target | None:
    """Find the target of brackets whose inside is given: `(url "title")`, `[label]`, or a label."""
    start, close = inside
    return _find_inline(text, close + 1) or _find_reference(text, start, close, references)


def _find_inline(text: str, start: int) -> Target | None:
    if text[start : start + 1] != "(":
        return None
    position = _skip_space(text, start + 1)
    angled = _ANGLED.match(text, position)
    end = angled.end() if angled else _find_url_end(text, position)
    if end is None:
        return None
    url = angled[1] if angled else text[position:end]
    after = _skip_space(text, end)
    if after > end and (title := _TITLES.get(text[after : after + 1])):
        found = title.match(text, after)
        after = _skip_space(text, found.end()) if found else after
    return Target(url, after + 1) if text[after : after + 1] == ")" else None


def _find_url_end(text: str, start: int) -> int | None:
    """Find the end of a URL that stands without angles: at a space or at the bracket around it."""
    depth, position = 0, start
    while position < len(text):
        sign = text[position]
        if sign == "\\":
            position += 1
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        if depth < 0 or sign.isspace():
            return position
        if depth > _MOST_PARENTHESES:
            return None
        position += 1
    return None


def _find_reference(
    text: str, start: int, close: int, references: Mapping[str, str]
) -> Target | None:
    if not references:
        return None
    full = _LABEL.match(text, close + 1)
    if full and full[1].strip():
        url = references.get(normal_label(full[1]))
        return Target(url, full.end()) if url is not None else None
    if close - start > _LONGEST_LABEL:
        return None
    url = references.get(normal_label(text[start:close]))
    end = full.end() if full else close + 1
    return Target(url, end) if url is not None else None


def normal_label(label: str) -> str:
    """Return the form in which the labels of link definitions are compared."""
    return " ".join(label.split()).casefold()


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


SPECIAL = re.compile(r"[\\`*_~\[\]!<&]|https?://", re.IGNORECASE)
"""What means something in Markdown; a text without any of it is itself."""

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_TICKS = re.compile(r"`+")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*)>")
_HTML_TAG = re.compile(r"<(a|/a|img)((?:\s[^<>]*)?)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(href|src|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_HTML_BREAK = re.compile(r"<br */?>", re.IGNORECASE)
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
        found = _HTML_BREAK.match(self._text, start)
        if found:
            self._add_text("\n")
            return found.end()
        found = _HTML_TAG.match(self._text, start)
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


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text; `url` when it is a link, `link` tells one link from the next.

    Of an image, `picture` is the address and `text` what stands for it; it may be within a link.
    """

    text: str
    url: str = ""
    link: int = 0
    is_strong: bool = False
    picture: str = ""
    is_bare: bool = False
    """A link that is its own text: a URL as such."""

    @property
    def is_image(self) -> bool:
        """Whether this is what stands for an image, and no text."""
        return bool(self.picture)


def parse_inline(text: str, references: Mapping[str, str] | None = None) -> tuple[Span, ...]:
    """Parse a line of Markdown; `references` maps the labels of link definitions to URLs."""
    if not SPECIAL.search(text):
        return (Span(text),) if text else ()
    pieces = Scanner(text, references or {}).scan()
    _pair_emphasis(pieces)
    return tuple(_join(_flatten(pieces)))


def plain_text(spans: Iterable[Span]) -> str:
    """Return the text of spans, as it would be read; images are no text."""
    listed = tuple(spans)
    words = [span.text for span in listed if not span.picture]
    # Where an image was taken out of the midst of words, one blank is left.
    return "".join(words) if len(words) == len(listed) else re.sub("  +", " ", "".join(words))


def alternative_text(spans: Iterable[Span]) -> str:
    """Return what stands for the images, where these are all there is."""
    return " ".join(filter(None, (span.text.strip() for span in spans if span.picture)))


def _pair_emphasis(pieces: Sequence[Piece]) -> None:
    """Turn runs that open and close emphasis into marks; the others are text after all."""
    opened: dict[str, list[Piece]] = {}
    for piece in pieces:
        if piece.kind != "run":
            continue
        waiting = opened.setdefault(piece.text, [])
        if piece.can_close and waiting:
            kind = "strong" if piece.text in {"**", "__", "***", "___"} else "mark"
            piece.kind = waiting.pop().kind = kind
        elif piece.can_open:
            waiting.append(piece)


def _flatten(pieces: Sequence[Piece]) -> Iterator[Span]:
    """Yield a span for each piece of text, with the link around it."""
    around: list[tuple[str, int, str]] = []
    is_strong = False
    for number, piece in enumerate(pieces, start=1):
        if piece.kind == "strong":
            is_strong = not is_strong
        elif piece.kind in {"link", "picture"}:
            around.append((piece.kind, number, piece.url))
            yield _make_span("", around, is_strong=is_strong)
        elif piece.kind == "end":
            around.pop()
        elif piece.kind == "bare" and not around:
            yield Span(piece.text, piece.url, number, is_strong, is_bare=True)
        elif piece.kind != "mark":
            yield _make_span(piece.text, around, is_strong=is_strong)


def _make_span(text: str, around: Sequence[tuple[str, int, str]], *, is_strong: bool) -> Span:
    """Make a span within the outermost link, and the outermost picture."""
    link = next((part for part in around if part[0] == "link"), ("", 0, ""))
    picture = next((part[2] or "?" for part in around if part[0] == "picture"), "")
    return Span(text, link[2], link[1], is_strong, picture)


def _join(spans: Iterator[Span]) -> Iterator[Span]:
    """Put neighbours of the same kind together; an empty one counts where a link has no more."""
    waiting: Span | None = None
    for key, group in groupby(
        spans, key=lambda span: (span.url, span.link, span.is_strong, span.picture, span.is_bare)
    ):
        url, link, is_strong, picture, is_bare = key
        made = Span("".join(span.text for span in group), url, link, is_strong, picture, is_bare)
        if waiting is not None and waiting.link != link:
            yield waiting
        waiting = None
        if made.text or picture:
            yield made
        elif link:
            waiting = made
    if waiting is not None:
        yield waiting


_DATED_SIGNS = {
    **dict.fromkeys("✅☑✔✓", "completed"),
    **dict.fromkeys("❌✗✘", "skipped"),
    "🛫": "started",
    **dict.fromkeys("📅📆🗓⏳⌛\N{HEAVY PLUS SIGN}", ""),
}
_FIELDS = {
    "completion": "completed",
    "completed": "completed",
    "done": "completed",
    "start": "started",
    "started": "started",
    "cancelled": "skipped",
}
_PRIORITIES = "🔺⏫🔼🔽⏬"
_LABELS = "🔁🆔⛔🏁"
_MOST_TAILS = 20
_SEPARATORS = ": \t-\u2013\u2014"
_NEEDS_BLANK = "√□▢◐◻◽"
"""Signs that are also parts of words and formulas: only a blank makes a mark of them."""

_VARIATION = f"[{VARIATION}]?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATED = re.compile(
    rf"([{''.join(_DATED_SIGNS)}]){_VARIATION}[ \t]*(?:\[\[)?({_DAY})(?:\]\])?(?!\w)"
)
_FIELD = re.compile(r"(?<!\\)\[([A-Za-z]{3,12}):: ?([^\[\]\\]{1,60})\]")
_TAG = re.compile(rf"@(done|started|due|cancelled)\(({_DAY})[^()]{{0,20}}\)")
_TAIL = re.compile(
    rf"(?:[{_PRIORITIES}]{_VARIATION}"
    rf"|[{_LABELS}]{_VARIATION}[ \t]*[A-Za-z0-9][A-Za-z0-9 ,_-]{{0,40}}"
    r"|(?<=\s)\^(?=[a-z-]*[0-9])[A-Za-z0-9-]{4,20})\Z"
)
_KEYWORD = re.compile(r"(TODO|DOING|DONE|LATER|CANCELL?ED)[ \t]+(?=\S)")
"""How Logseq and others begin an entry."""

_BEHIND = re.compile(r"(?<=\s)\(([^\W0-9_][^()]{1,24})\)\Z")
_VAGUE_WORDS = (
    "open, new, next, later, no, yes, active, current, closed, complete, completo, completa, passed, "
    "learning, reading, started, begun, waiting, true, false, listo, lista, pronto, ja, nein, oui, non, "
    "si, sim, nao, neu, aktiv, laufend, checked, unchecked, archived, dropped, mastered, vero, falso"
)
_VAGUE = frozenset(_VAGUE_WORDS.split(", "))
"""Words that mean a status only where a status is asked for."""

_EDGE = "|".join(map(re.escape, (*SIGNS, *SHORTCODES)))
_LEADING = re.compile(rf"(?P<sign>{_EDGE}){_VARIATION}(?P<blank>[ \t]*)(?=\S)")
_TRAILING = re.compile(rf"(?<=\S)(?P<blank>[ \t]*)(?P<sign>{_EDGE}){_VARIATION}[ \t]*\Z")
_ANY = re.compile(
    rf"[{''.join(dict.fromkeys((*SIGNS, *_DATED_SIGNS, *_PRIORITIES, *_LABELS)))}]"
    r"|:(?=[a-z_]+:)|@(?=done\(|started\(|due\(|cancelled\()|\^(?=[A-Za-z0-9-]{4,20}\s*\Z)"
)


@dataclass(slots=True)
class Marks:
    """An entry without its marks, and what these say; `rest` has those that no key is made for."""

    text: str
    status: Status | None = None
    started: date | None = None
    completed: date | None = None
    rest: list[str] = field(default_factory=list)


def read_marks(text: str, status: Status | None) -> Marks:
    """Read the signs of an entry; `status` is that of its box, if it has one."""
    marks = Marks(text)
    for pattern, keys in ((_DATED, _DATED_SIGNS), (_FIELD, _FIELDS), (_TAG, _FIELDS)):
        for found in pattern.finditer(marks.text):
            _take_day(marks, keys.get(found[1].casefold(), ""), found)
        bare = pattern.sub("", marks.text)
        marks.text = marks.text if bare == marks.text else " ".join(bare.split())
    for _ in range(_MOST_TAILS):
        tail = _TAIL.search(marks.text)
        if tail is None:
            break
        marks.rest.insert(0, tail.group())
        marks.text = marks.text[: tail.start()].rstrip()
    if not marks.text.strip():
        return Marks(text)
    read_edges(marks, status)
    return marks


def read_edges(marks: Marks, status: Status | None) -> None:
    """Read a sign at the beginning or end; one that says else than the box is no mark."""
    found = [_TRAILING.search(marks.text), _LEADING.match(marks.text)]
    for edge in filter(None, found):
        sign, blank = edge["sign"], edge["blank"]
        said = SIGNS[SHORTCODES.get(sign, sign)]
        is_mark = blank or sign not in _NEEDS_BLANK
        if is_mark and said is (status or marks.status or said):
            before, behind = marks.text[: edge.start()], marks.text[edge.end() :]
            marks.text = before or behind.lstrip(_SEPARATORS) or behind
            marks.status = said


def read_words(marks: Marks) -> None:
    """Read a status in words, of an entry that has neither a box nor a sign."""
    if marks.status is not None:
        return
    if keyword := _KEYWORD.match(marks.text):
        marks.status = read_status(keyword[1])
        marks.text = marks.text[keyword.end() :]
    elif (behind := _BEHIND.search(marks.text)) and fold(behind[1]) not in _VAGUE:
        status = read_status(behind[1])
        if status is not None:
            marks.status = status
            marks.text = marks.text[: behind.start()].rstrip()


def escape_marks(text: str) -> str:
    """Write a name, escaped already, so that no mark is read from it."""
    return _ANY.sub(lambda found: f"&#{ord(found.group())};", text)


def _take_day(marks: Marks, key: str, found: re.Match[str]) -> None:
    """Take a day behind a sign, or keep both as they are."""
    day = read_day(found[2])
    if key == "started" and day and not marks.started:
        marks.started = day
    elif key == "completed" and day and not marks.completed:
        marks.completed = day
    else:
        marks.rest.append(found.group())
    if key == "skipped" and day:
        marks.status = Status.SKIPPED


PAID = "\u2013 paid"
"""What stands behind a link that leads to something paid."""

_DASHES = "-\u2010\u2011\u2012\u2013\u2014"
_SEPARATOR = re.compile(rf"\s*(?:[{_DASHES}]+\s+|:\s*)")
_HOLLOW = re.compile(r"\(\s*\)|\[\s*\]")
_LOOSE = f" \t:;,|\uff1a\uff0c{_DASHES}"
_BREAK = re.compile(r"<br */?>", re.IGNORECASE)
_KIND_OF_LINK = re.compile(r"@([a-z]{2,20})@(?=\S)")
_KEY = re.compile(r"(?:\*\*|__)?([^\W0-9_](?:[^\W0-9_]|[ -]){1,20}?)(?:\*\*|__)? ?[:\uff1a]")


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, and what stands for it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as read: its name, what explains it, its links and images."""

    name: str
    goal: str | None = None
    links: tuple[FoundLink, ...] = ()
    images: tuple[Picture, ...] = ()


def read_entry(text: str, references: Mapping[str, str]) -> Entry:
    """Read an entry that names a skill; it is called after an image only if there are no words."""
    spans = parse_inline(_BREAK.sub(" ", text), references)
    links = tuple(_find_links(spans, text))
    images = _find_images(spans)
    head, rest = _part(_drop_images(spans), text)
    if rest is not None:
        return Entry(head, rest or None, links, images)
    name = _make_name(spans)
    return Entry(name if name.strip() else alternative_text(spans), None, links, images)


def read_resource(text: str, references: Mapping[str, str]) -> FoundLink | None:
    """Read an entry that is one link and nothing but its type; None for any other."""
    spans = parse_inline(text, references)
    links = tuple(_find_links(spans, text))
    if len(links) != 1 or not spans[0].link or _find_images(spans):
        return None
    rest = plain_text(span for span in spans if not span.link).strip()
    free = not rest.endswith(PAID)
    rest = rest.removesuffix(PAID).rstrip() if not free else rest
    if not rest:
        return FoundLink(links[0].title, links[0].url, links[0].type, free)
    if rest[0] != "(" or rest[-1] != ")":
        return None
    return FoundLink(links[0].title, links[0].url, rest[1:-1], free)


def read_key(text: str, keys: Mapping[str, str]) -> tuple[str, str] | None:
    """Read `Key: value`; return the key that is meant and the value as written, or None."""
    found = _KEY.match(text)
    key = keys.get(fold(found[1])) if found else None
    if found is None or key is None:
        return None
    value = text[found.end() :]
    # The bold of `**Key:** value` closes behind the colon.
    mark = text[:2] if text[:2] in {"**", "__"} else ""
    return key, (value.removeprefix(mark) if mark else value).strip()


@dataclass(frozen=True, slots=True)
class Value:
    """Text as a value: what it says, the links and images in it, and what it says beside links.

    `title` is the text, or what stands for the images of a text that has nothing else.
    """

    text: str
    links: tuple[FoundLink, ...] = ()
    beside: str = ""
    images: tuple[Picture, ...] = ()
    title: str = ""


def read_value(text: str, references: Mapping[str, str]) -> Value:
    """Read text as the value of a key, or as a paragraph."""
    spans = parse_inline(text, references)
    beside = plain_text(span for span in spans if not span.link)
    said = plain_text(spans)
    return Value(
        said,
        tuple(_find_links(spans, text)),
        beside,
        _find_images(spans),
        said.strip() or alternative_text(spans),
    )


def _find_links(spans: Sequence[Span], text: str) -> Iterator[FoundLink]:
    """Yield the links of an entry; `[@video@Title](…)` says of what type it is."""
    may_say = "[@" in text
    for number, group in groupby(spans, key=lambda span: span.link):
        members = tuple(group)
        if number:
            title = plain_text(members)
            title = title if title.strip() else alternative_text(members)
            kind = _KIND_OF_LINK.match(title) if may_say else None
            yield FoundLink(
                title[kind.end() :] if kind else title, members[0].url, kind[1] if kind else None
            )


def _find_images(spans: Sequence[Span]) -> tuple[Picture, ...]:
    return tuple(Picture(span.text, span.picture) for span in spans if span.picture)


def _drop_images(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans that are text, from the first that is not blank."""
    words = (span for span in spans if not span.picture)
    return tuple(dropwhile(lambda span: not span.link and not span.text.strip(), words))


def _part(spans: Sequence[Span], text: str) -> tuple[str, str | None]:
    """Part an entry that begins with a link or in bold from what explains it, if anything does."""
    first = spans[0] if spans else Span("")
    is_head = (first.link and not first.is_bare) or first.is_strong
    if not is_head:
        return "", None
    size = sum(1 for _ in _leading(spans, first))
    head, rest = plain_text(spans[:size]), plain_text(spans[size:])
    kind = _KIND_OF_LINK.match(head) if first.link and "[@" in text else None
    head = head[kind.end() :] if kind else head
    separator = _SEPARATOR.match(rest)
    if not head.strip():
        return "", None
    if separator:
        return head, rest[separator.end() :].strip()
    if first.is_strong and head.rstrip().endswith(":"):
        return head.rstrip().rstrip(":"), rest.strip()
    return (head, "") if not rest.strip() else ("", None)


def _leading(spans: Sequence[Span], first: Span) -> Iterator[Span]:
    """Yield the spans of the link, or of the bold text, that an entry begins with."""
    for span in spans:
        same = span.link == first.link if first.link else span.is_strong
        if not same:
            return
        yield span


def _make_name(spans: Sequence[Span]) -> str:
    """Return what an entry is called: its text without URLs, or the URL when there is no more."""
    bare = [span for span in spans if span.is_bare]
    if not bare:
        return plain_text(spans)
    rest = plain_text(span for span in spans if not span.is_bare)
    name = _HOLLOW.sub("", rest).lstrip(_LOOSE).rstrip(f"{_LOOSE}(.")
    return name or bare[0].text
