"""What Notion's API takes in one value: the numbers, and what exceeds them.

Pure. The one place for these limits, for the rules of `check`, the plan and the encoder. They hold
without an account, too, because the built-in workspace has the same. Sources: "Request limits" and
"Size limits" of developers.notion.com, as of October 2026; lengths are counted in UTF-16 units.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

MOST_UNITS = 2000
"""UTF-16 units in one piece of text, as Notion's rich text is made of."""
MOST_PIECES = 100
"""Pieces of text in one value."""
MOST_LINKS = MOST_PIECES // 2
"""Links in one value: each takes a piece for its title, and one for its type or the line end."""
LONGEST_TITLE = 2000
"""UTF-16 units in a database's title: it is a part of a column's name, too, and a schema has 50 KB."""
LONGEST_URL = 2000
MOST_RELATIONS = 100
"""Pages in one relation: a request holds no more, and each replaces the whole list."""
MOST_OPTIONS = 100
"""Options in one value, and in one list of options that a request sends."""
LONGEST_OPTION = 100
"""UTF-16 units in the name of an option; not documented, and no longer one was ever seen."""
MOST_BYTES = 500_000
"""Bytes of one request."""
_BYTES_AROUND = 8_000
"""Bytes of a request beside its texts, links and tags."""
_BYTES_A_PIECE = 90
"""Bytes that one piece of text takes beside its text and link."""


class LinkLike(Protocol):
    """A link of a skill, of the file or of a row."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def title(self) -> str:
        """Its text."""

    @property
    def type(self) -> str | None:
        """What it is, in one word."""


class Excess(NamedTuple):
    """How a value exceeds a limit: what it has, what fits, and what helps."""

    what: str
    why: str
    next: str


def count_units(text: str) -> int:
    """Return the length as JavaScript, and so Notion, counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_long_option(text: str) -> bool:
    """Tell whether a text is too long for the name of an option."""
    # Short enough whatever its characters are: nearly every text.
    return len(text) * 2 > LONGEST_OPTION and count_units(text) > LONGEST_OPTION


def split_text(text: str) -> Iterator[str]:
    """Yield pieces of at most 2,000 UTF-16 units; no character is ever cut in two."""
    start, units = 0, 0
    # Beyond U+FFFF, a character is two units of UTF-16, of which half a pair would be refused.
    for position, character in enumerate(text):
        size = 2 if ord(character) > 0xFFFF else 1  # noqa: PLR2004
        if units + size > MOST_UNITS:
            yield text[start:position]
            start, units = position, 0
        units += size
    if start < len(text):
        yield text[start:]


def count_pieces(text: str) -> int:
    """Return the number of pieces that a text takes."""
    # Short enough whatever its characters are: nearly every text.
    if len(text) * 2 <= MOST_UNITS:
        return 1 if text else 0
    return sum(1 for _ in split_text(text))


def cut_title(title: str) -> str:
    """Return as much of a title as a database can have."""
    return next(split_text(title), "")


def find_title_excess(title: str) -> Excess | None:
    """Say how a title is too long for a database."""
    if count_units(title) <= LONGEST_TITLE:
        return None
    return Excess(
        f"has {count_units(title):,} characters",
        f"a database takes {LONGEST_TITLE:,}; what is beyond is left out there",
        "shorten it",
    )


def find_text_excess(text: str) -> Excess | None:
    """Say how a text is too long for one value."""
    if count_pieces(text) <= MOST_PIECES:
        return None
    return Excess(
        f"has {count_units(text):,} characters",
        f"a row takes at most {MOST_UNITS * MOST_PIECES:,} in one value",
        "shorten it, or move a part of it to a page of its own",
    )


def find_url_excess(url: str) -> Excess | None:
    """Say how an address is too long to be a link."""
    if count_units(url) <= LONGEST_URL:
        return None
    return Excess(
        f"has {count_units(url):,} characters",
        f"a synced link has at most {LONGEST_URL:,}",
        "use the page's short address",
    )


def find_links_excess(links: Sequence[LinkLike]) -> Excess | None:
    """Say how there are too many links for one value, or too much text in them."""
    if len(links) > MOST_LINKS:
        return Excess(
            f"has {len(links)} links",
            f"a row holds at most {MOST_LINKS}",
            "move some of them to another skill, or to the notes",
        )
    # As the encoder writes them: a linked title, then " · type" or a line end.
    titles = sum(count_pieces(link.title) for link in links)
    between = sum(count_pieces(f" · {link.type}\n") if link.type else 1 for link in links)
    if titles + between <= MOST_PIECES:
        return None
    return Excess(
        f"has links whose texts take {titles + between} pieces of {MOST_UNITS:,} characters",
        f"a row holds at most {MOST_PIECES}",
        "shorten the titles of its links",
    )


def find_requires_excess(count: int) -> Excess | None:
    """Say how there are too many prerequisites for one relation."""
    if count <= MOST_RELATIONS:
        return None
    return Excess(
        f"has {count} prerequisites",
        f"a row takes at most {MOST_RELATIONS}",
        "remove some of them; what a prerequisite requires need not be listed again",
    )


def find_tags_excess(count: int) -> Excess | None:
    """Say how there are too many tags for one row."""
    if count <= MOST_OPTIONS:
        return None
    return Excess(f"has {count} tags", f"a row holds at most {MOST_OPTIONS}", "remove some of them")


def find_size_excess(texts: Iterable[str], links: Iterable[LinkLike]) -> Excess | None:
    """Say how the texts and links of one skill are too much for one request."""
    whole = [*texts]
    for link in links:
        whole += (link.url, link.title, link.type or "")
    # A character takes at most six bytes; most skills need no closer look.
    if sum(map(len, whole)) * 6 + len(whole) * _BYTES_A_PIECE + _BYTES_AROUND <= MOST_BYTES:
        return None
    size = _BYTES_AROUND + sum(
        len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        + count_pieces(text) * _BYTES_A_PIECE
        for text in whole
    )
    if size <= MOST_BYTES:
        return None
    return Excess(
        f"takes {size:,} bytes",
        f"a row takes at most {MOST_BYTES:,} in one request",
        "shorten its notes or its goal",
    )
