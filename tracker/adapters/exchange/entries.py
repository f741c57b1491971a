"""Read one entry of a checklist: its name, links, explanation, signs of progress, or a key with a value.

Pure. The text begins after the bullet and the box; where the entry is in the document is not known here.

    Read [the guide](https://…)              a name with a link in it
    [the guide](https://…) - for beginners   a link, and an explanation of it
    **kNN**: nearest neighbours              a name in bold, and an explanation of it
    https://example.org/guide                a URL
    ![logo](https://…) kNN                   a name; the image is no text
    Goal: can explain it                     a key and its value
    [the guide](https://…) (docs)            a resource and its type

Signs of progress are beside the words; Obsidian and others write days after signs.

    ✅ kNN, kNN ✅                           done
    kNN ✅ 2026-01-02                        done on that day
    kNN 🛫 2026-01-01                        started on that day
    kNN ❌ 2026-01-02                        skipped
    kNN 📅 2026-01-09 🔺                     due then, and urgent: kept in the notes of the skill
    kNN [completion:: 2026-01-02]            done on that day, in words
    DONE kNN, kNN (done)                     done, in files where entries have no boxes
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from itertools import dropwhile, groupby, takewhile
from typing import TYPE_CHECKING

from tracker.adapters.exchange.draft import FoundLink
from tracker.adapters.exchange.foreign_values import (
    SHORTCODES,
    SIGNS,
    VARIATION,
    fold,
    list_words,
    read_day,
    read_status,
)
from tracker.roadmap.model import Status

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_SPECIAL = re.compile(r"[\\`*_~\[<&]|https?://", re.IGNORECASE)
"""What may have a meaning in Markdown; most texts have none of it, and are not parsed."""

_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*)>")
_BARE_URL = re.compile(r"(?<![^\W_])https?://[^\s<>\[\]`\\]*", re.IGNORECASE)
_BARE_END = "?!.,:*_~'\";"
_HTML_TAG = re.compile(r"<(?:(a|/a|img)(?:\s[^<>]*)?|br */?)>", re.IGNORECASE)
_NEEDED = {"a": "href", "img": "src"}
"""The attribute without which a tag says nothing."""

_ATTRIBUTE = re.compile(r"\b(href|src|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_BREAK = re.compile(r"<br */?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text; in a link, `url` is its address, and `link` a number other links do not have.

    Of an image, `picture` is the address and `text` the alternative text; it may be within a link.
    """

    text: str
    url: str = ""
    link: int = 0
    is_strong: bool = False
    picture: str = ""
    is_bare: bool = False
    """Whether the text is the URL itself."""


class _Definitions:
    """The link definitions of a document, in the form in which markdown-it looks them up."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls

    def get(self, label: str, default: object = None) -> object:
        """Return the target of a label."""
        # markdown-it gives labels in upper case; ours are folded further.
        known = label.casefold()
        if known not in self._urls:
            return default
        return {"href": _unescape(self._urls[known]), "title": ""}


def parse_inline(text: str, references: Mapping[str, str] | None = None) -> tuple[Span, ...]:
    """Parse a line of Markdown; `references` maps the labels of link definitions to URLs."""
    if not _SPECIAL.search(text):
        return (Span(text),) if text else ()
    parsed = _make_parser().parseInline(text, {"references": _Definitions(references or {})})
    tokens = parsed[0].children or []
    _read_html(tokens)
    return tuple(_join(_flatten(tokens)))


@cache
def _make_parser() -> MarkdownIt:
    """Make the Markdown parser, once."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  exports do not need it

    # A hostile row of brackets is read once for each level of nesting; nobody needs more than a few.
    options = {"strikethrough_single_tilde": True, "maxNesting": 8}
    parser = MarkdownIt("commonmark", options)
    # Joining text would hide from `_read_url` which characters were escaped. Addresses in angles are
    # read there as well, as markdown-it makes links of e-mail addresses.
    parser.enable("strikethrough").disable(["text_join", "autolink"])
    parser.inline.ruler.before("escape", "url", _read_url)
    parser.inline.ruler.before("escape", "tag", _read_tag)
    # URLs stay as written: which of them a skill may have is the roadmap's own rule.
    parser.normalizeLink = parser.normalizeLinkText = str  # type: ignore[method-assign,assignment]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return parser


def _unescape(text: str) -> str:
    """Return the text that backslashes and entities stand for, with nothing else read into it."""
    from markdown_it.common.utils import unescapeAll  # noqa: PLC0415  as late as the parser

    return unescapeAll(text)


def _read_url(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  markdown-it's signature
    """Read `<https://…>` or a bare URL; this is a rule of markdown-it."""
    text, start = state.src, state.pos
    if text[start] == "<" and (angled := _AUTOLINK.match(text, start)):
        url, end = angled[1], angled.end()
    elif text[start] == ":":
        # The rule for text stops at a colon, so the scheme was already taken for text.
        start = max(0, start - (5 if text[start - 1] in "sS" else 4))
        bare = _BARE_URL.match(text, start)
        url = _trim_url(bare.group()) if bare else ""
        end = start + len(url)
        if len(url) <= len("https://"):
            return False
    else:
        return False
    if not silent:
        taken = state.pos - start
        # Of `\http://…` the rule for escapes has made a token, with the first letter of the scheme.
        if (missing := taken - len(state.pending)) > 0:
            state.tokens[-1].content = state.tokens[-1].content[:-missing]
        state.pending = state.pending[: max(len(state.pending) - taken, 0)]
        link = state.push("link_open", "a", 1)
        link.attrs, link.markup = {"href": url}, "autolink"
        state.push("text", "", 0).content = url
        state.push("link_close", "a", -1)
    state.pos = end
    return True


def _read_tag(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  markdown-it's signature
    """Read a tag that means something here, or `<` as text; this is a rule of markdown-it."""
    # Its own rule would take any tag for HTML, and addresses in an <iframe> would not be found. It
    # still reads comments.
    if state.src[state.pos] != "<" or state.src.startswith("<!--", state.pos):
        return False
    found = _HTML_TAG.match(state.src, state.pos)
    needed = _NEEDED.get((found[1] or "").casefold()) if found else None
    is_tag = found is not None and (not needed or bool(_list_attributes(found.group()).get(needed)))
    if not silent:
        if found and is_tag:
            state.push("html_inline", "", 0).content = found.group()
        else:
            state.pending += "<"
    state.pos = found.end() if found and is_tag else state.pos + 1
    return True


def _list_attributes(tag: str) -> dict[str, str]:
    return {name.casefold(): _unescape(one or two) for name, one, two in _ATTRIBUTE.findall(tag)}


def _trim_url(url: str) -> str:
    """Drop the punctuation after a URL, and closing brackets that it does not open."""
    # GitHub does the same: in "(see https://example.org/x_(y))." only the last two signs go.
    excess = url.count(")") - url.count("(")
    end = len(url)
    while end and (url[end - 1] in _BARE_END or (excess > 0 and url[end - 1] == ")")):
        excess -= url[end - 1] == ")"
        end -= 1
    return url[:end]


def _read_html(tokens: Sequence[Token]) -> None:
    """Make line breaks, links and images of their HTML; other tags stay text."""
    opened: list[tuple[Token, str]] = []
    for token in tokens:
        if token.type != "html_inline":
            continue
        found = _HTML_TAG.match(token.content)
        name = (found[1] or "br").casefold() if found else ""
        values = _list_attributes(token.content)
        if token.content.startswith("<!--"):
            token.content = ""
        elif name == "br":
            token.content = "\n"
        elif name == "img":
            token.type, token.attrs = "image", {"src": values["src"]}
            token.children = [replace(token, type="text", content=values.get("alt", ""))]
        elif name == "a":
            opened.append((token, values["href"]))
        elif name == "/a" and opened:
            # Only now is it known that the link ends: one that does not is text.
            opening, url = opened.pop()
            opening.type, opening.attrs = "link_open", {"href": url}
            token.type = "link_close"


def _flatten(tokens: Iterable[Token]) -> Iterator[Span]:
    """Yield a span for each piece of text, with the outermost link around it."""
    # Links of HTML and Markdown can overlap, so only their depth is counted: the first one to open wins.
    url, link, is_bare = "", 0, False
    depth = strong = 0
    for number, token in enumerate(tokens, start=1):
        # One case for each type of token; all others are text, or marks that are none.
        if token.type == "link_open":
            depth += 1
            if depth == 1:
                url, link, is_bare = str(token.attrs["href"]), number, token.markup == "autolink"
                yield Span("", url, link, strong > 0, is_bare=is_bare)
        elif token.type == "link_close":
            depth -= 1
            if depth == 0:
                url, link, is_bare = "", 0, False
        elif token.type in {"strong_open", "strong_close"}:
            strong += token.nesting
        elif token.type == "image":
            alternative = "".join(child.content for child in token.children or ())
            yield Span(alternative, url, link, strong > 0, str(token.attrs["src"]) or "?")
        else:
            text = "\n" if token.type in {"softbreak", "hardbreak"} else token.content
            yield Span(text, url, link, strong > 0, is_bare=is_bare)


def _join(spans: Iterable[Span]) -> Iterator[Span]:
    """Join neighbours of one kind; keep an empty one only if it is all that a link has."""
    waiting: Span | None = None
    for first, group in groupby(spans, key=lambda span: replace(span, text="")):
        made = replace(first, text="".join(span.text for span in group))
        if waiting is not None and waiting.link != made.link:
            yield waiting
        waiting = None
        if made.text or made.picture:
            yield made
        elif made.link:
            waiting = made
    if waiting is not None:
        yield waiting


def plain_text(spans: Iterable[Span]) -> str:
    """Return the text of spans as people read it; images are no text."""
    listed = tuple(spans)
    words = [span.text for span in listed if not span.picture]
    # Two spaces stay where an image between words is left out: make them one.
    return "".join(words) if len(words) == len(listed) else re.sub("  +", " ", "".join(words))


def alternative_text(spans: Iterable[Span]) -> str:
    """Return the alternative text of the images, for texts that have nothing else."""
    return " ".join(filter(None, (span.text.strip() for span in spans if span.picture)))


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
"""Signs that words and formulas begin with as well, as √2: they count only with a space."""

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
"""What Logseq and others write in front of an entry."""

_BEHIND = re.compile(r"(?<=\s)\(([^\W0-9_][^()]{1,24})\)\Z")
_VAGUE = frozenset(list_words("vague"))
"""Words that mean a status in a column for it, but often not in brackets after a name."""

_EDGE = "|".join(map(re.escape, (*SIGNS, *SHORTCODES)))
_LEADING = re.compile(rf"(?P<sign>{_EDGE}){_VARIATION}(?P<blank>[ \t]*)(?=\S)")
_TRAILING = re.compile(rf"(?<=\S)(?P<blank>[ \t]*)(?P<sign>{_EDGE}){_VARIATION}[ \t]*\Z")
_ANY = re.compile(
    rf"[{''.join(dict.fromkeys((*SIGNS, *_DATED_SIGNS, *_PRIORITIES, *_LABELS)))}]"
    r"|:(?=[a-z_]+:)|@(?=done\(|started\(|due\(|cancelled\()|\^(?=[A-Za-z0-9-]{4,20}\s*\Z)"
)


@dataclass(slots=True)
class ProgressMarks:
    """A text without its marks, and what they say; `rest` has the marks that no key can hold."""

    text: str
    status: Status | None = None
    started: date | None = None
    completed: date | None = None
    rest: list[str] = field(default_factory=list)


def read_marks(text: str, status: Status | None) -> ProgressMarks:
    """Read the signs of an entry; `status` is that of its box, if it has one."""
    marks = ProgressMarks(text)
    for pattern, keys in ((_DATED, _DATED_SIGNS), (_FIELD, _FIELDS), (_TAG, _FIELDS)):
        for found in pattern.finditer(marks.text):
            _take_day(marks, keys.get(found[1].casefold(), ""), found)
        # Spaces are collapsed only where a mark was taken out: other names stay as written.
        bare = pattern.sub("", marks.text)
        marks.text = marks.text if bare == marks.text else " ".join(bare.split())
    for _ in range(_MOST_TAILS):
        tail = _TAIL.search(marks.text)
        if tail is None:
            break
        marks.rest.insert(0, tail.group())
        marks.text = marks.text[: tail.start()].rstrip()
    if not marks.text.strip():
        # An entry of nothing but marks: they are its name.
        return ProgressMarks(text)
    read_edges(marks, status)
    return marks


def read_edges(marks: ProgressMarks, status: Status | None) -> None:
    """Read a sign at the beginning or end; one that contradicts the box is part of the name."""
    found = [_TRAILING.search(marks.text), _LEADING.match(marks.text)]
    for edge in filter(None, found):
        sign, blank = edge["sign"], edge["blank"]
        said = SIGNS[SHORTCODES.get(sign, sign)]
        is_mark = blank or sign not in _NEEDS_BLANK
        if is_mark and said is (status or marks.status or said):
            before, behind = marks.text[: edge.start()], marks.text[edge.end() :]
            marks.text = before or behind.lstrip(_SEPARATORS) or behind
            marks.status = said


def read_words(marks: ProgressMarks) -> None:
    """Read a status in words, for entries without a box; a sign comes first."""
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
    """Escape a name, of which the Markdown is escaped already, so that nothing in it reads as a mark."""
    return _ANY.sub(lambda found: f"&#{ord(found.group())};", text)


def _take_day(marks: ProgressMarks, key: str, found: re.Match[str]) -> None:
    """Take a day after a sign; a second one, or one without a key, stays as it is in `rest`."""
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
"""What exports write after a link to something that costs money."""

_DASHES = "-\u2010\u2011\u2012\u2013\u2014"
_SEPARATOR = re.compile(rf"\s*(?:[{_DASHES}]+\s+|:\s*)")
_HOLLOW = re.compile(r"\(\s*\)|\[\s*\]")
_LOOSE = f" \t:;,|\uff1a\uff0c{_DASHES}"
_KIND_OF_LINK = re.compile(r"@([a-z]{2,20})@(?=\S)")
_KEY = re.compile(r"(?:\*\*|__)?([^\W0-9_](?:[^\W0-9_]|[ -]){1,20}?)(?:\*\*|__)? ?[:\uff1a]")


@dataclass(frozen=True, slots=True)
class ChecklistEntry:
    """An entry: its name, what explains it, its links and images."""

    name: str
    goal: str | None = None
    links: tuple[FoundLink, ...] = ()
    images: tuple[Span, ...] = ()


def read_entry(text: str, references: Mapping[str, str]) -> ChecklistEntry:
    """Read an entry that names a skill; only if it has no words, images give the name."""
    # A name is one line: here alone, a tag for a break is a space.
    spans = parse_inline(_BREAK.sub(" ", text), references)
    links = tuple(_find_links(spans, text))
    images = tuple(span for span in spans if span.picture)
    head, rest = _part(spans, text)
    if rest is not None:
        return ChecklistEntry(head, rest or None, links, images)
    name = _make_name(spans)
    return ChecklistEntry(name if name.strip() else alternative_text(spans), None, links, images)


def read_resource(text: str, references: Mapping[str, str]) -> FoundLink | None:
    """Read an entry that is one link, with at most its type and price; None for any other."""
    spans = parse_inline(text, references)
    links = tuple(_find_links(spans, text))
    if len(links) != 1 or not spans[0].link or any(span.picture for span in spans):
        return None
    rest = plain_text(span for span in spans if not span.link).strip()
    link = replace(links[0], free=False if rest.endswith(PAID) else None)
    rest = rest.removesuffix(PAID).rstrip()
    if rest[:1] == "(" and rest[-1:] == ")":
        return replace(link, type=rest[1:-1])
    return None if rest else link


def read_key(text: str, keys: Mapping[str, str]) -> tuple[str, str] | None:
    """Read `Key: value`; return the key that is meant and the value as written, or None."""
    found = _KEY.match(text)
    key = keys.get(fold(found[1])) if found else None
    if found is None or key is None:
        return None
    value = text[found.end() :]
    # The bold of `**Key:** value` closes after the colon.
    mark = text[:2] if text[:2] in {"**", "__"} else ""
    return key, (value.removeprefix(mark) if mark else value).strip()


@dataclass(frozen=True, slots=True)
class TextValue:
    """Text as a value: what it says, its links and images, and `beside`, what it says outside links.

    `title` is the text, or the alternative text of the images if there is nothing else.
    """

    text: str
    links: tuple[FoundLink, ...] = ()
    beside: str = ""
    images: tuple[Span, ...] = ()
    title: str = ""


def read_value(text: str, references: Mapping[str, str]) -> TextValue:
    """Read text as the value of a key, or as a paragraph."""
    spans = parse_inline(text, references)
    beside = plain_text(span for span in spans if not span.link)
    said = plain_text(spans)
    return TextValue(
        said,
        tuple(_find_links(spans, text)),
        beside,
        tuple(span for span in spans if span.picture),
        said.strip() or alternative_text(spans),
    )


def _find_links(spans: Sequence[Span], text: str) -> Iterator[FoundLink]:
    """Yield the links of an entry."""
    # roadmap.sh writes the type of a link so: `[@video@Title](…)`.
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


def _part(spans: Sequence[Span], text: str) -> tuple[str, str | None]:
    """Part an entry that begins with a link or in bold from what explains it.

    The second part is None if the entry has no such form, and empty if the first part is all.
    """
    words = (span for span in spans if not span.picture)
    listed = list(dropwhile(lambda span: not span.link and not span.text.strip(), words))
    first = listed[0] if listed else Span("")
    if first.link and (first.is_strong or not first.is_bare):
        leading = list(takewhile(lambda span: span.link == first.link, listed))
    elif first.is_strong:
        leading = list(takewhile(lambda span: span.is_strong, listed))
    else:
        return "", None
    head, rest = plain_text(leading), plain_text(listed[len(leading) :])
    kind = _KIND_OF_LINK.match(head) if first.link and "[@" in text else None
    head = head[kind.end() :] if kind else head
    if not head.strip():
        return "", None
    if separator := _SEPARATOR.match(rest):
        return head, rest[separator.end() :].strip()
    if first.is_strong and head.rstrip().endswith(":"):
        # The colon may be within the bold, as in `**kNN:** nearest neighbours`.
        return head.rstrip().rstrip(":"), rest.strip()
    return (head, "") if not rest.strip() else ("", None)


def _make_name(spans: Sequence[Span]) -> str:
    """Return the text of an entry without bare URLs, or the URL if there is nothing else."""
    bare = [span for span in spans if span.is_bare]
    if not bare:
        return plain_text(spans)
    rest = plain_text(span for span in spans if not span.is_bare)
    # Without its URL, "kNN (https://…):" would leave empty brackets and a colon.
    name = _HOLLOW.sub("", rest).lstrip(_LOOSE).rstrip(f"{_LOOSE}(.")
    return name or bare[0].text
