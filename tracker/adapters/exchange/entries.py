"""What one entry of a checklist says: a name, links, an explanation, or the value of a key.

Pure. Reads the text behind the bullet and the box; where an entry stands is not known here.

    Read [the guide](https://…)              a name with a link in it
    [the guide](https://…) - for beginners   a link, and an explanation of it
    **kNN**: nearest neighbours              a name in bold, and an explanation of it
    https://example.org/guide                a URL as such
    ![logo](https://…) kNN                   a name; the image is no text
    Goal: can explain it                     the value of a key
    [the guide](https://…) (docs)            a resource, and its type
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile, groupby

from tracker.adapters.exchange.draft import FoundLink
from tracker.adapters.exchange.inline import Span, alternative_text, parse_inline, plain_text
from tracker.adapters.exchange.statuses import fold

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
