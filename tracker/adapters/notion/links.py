"""Resources as rich text: one linked line each, `Title · type`, and back.

Pure. Reads by linked runs, so that a title may hold anything. Takes what people type: a bare
address, `title: address`, `[title](address)`, several links on a line. Raises HeldError for a line
that it cannot take over without losing something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from tracker.adapters.notion.errors import HeldError, RowError
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.rich_text import (
    MOST_PIECES,
    MOST_UNITS,
    Run,
    count_units,
    decode_runs,
    encode_runs,
)
from tracker.adapters.notion.spelling import CONTROLS, ESCAPE, read_spelled, spell
from tracker.sync.projection import make_canonical_text
from tracker.sync.snapshot import Link, Links

_DOT = " · "
_ODD_IN_TYPE = re.compile(rf"[{ESCAPE}{CONTROLS}]|\A\s|\s\Z")
_BULLET = re.compile(r"\s*(?:[-*•\u2013\u2014]|\d{1,3}[.)])?\s*\Z")
_TYPE = re.compile(r"\s*(?:·\s*(?P<type>\S(?:.*\S)?)?)?\s*\Z", re.DOTALL)
_TYPE_BETWEEN = re.compile(r"\s*(?:·\s*(?P<type>\S(?:.*?[^\s,;|])??))?[\s,;|/+&·]*\Z", re.DOTALL)
_MARKDOWN = re.compile(
    r"\s*(?:[-*•]\s+)?\[(?P<title>.+)\]\((?P<url>https?://\S+)\)(?P<rest>.*)\Z", re.IGNORECASE
)
_PLAIN = re.compile(r"(?P<title>.*?)(?P<url>https?://\S+)(?P<rest>\s.*|)\Z", re.IGNORECASE)


def encode_links(links: Links) -> list[Json]:
    """Return request items for resources; raise RowError when the column cannot hold them."""
    runs: list[Run] = []
    for link in links.items:
        if count_units(link.url) > MOST_UNITS:
            raise RowError(
                f"the address of {link.title[:60]!r} is longer than Notion takes",
                why=f"it has {count_units(link.url)} characters, {MOST_UNITS} fit",
            )
        kind = _DOT + spell(link.type, _ODD_IN_TYPE) if link.type else ""
        start = "\n" if runs else ""
        if runs and runs[-1].link is None:
            start = runs.pop().text + start
        runs += [Run(start), Run(link.title, link.url), Run(kind)]
    if len(links.items) * 2 > MOST_PIECES:
        raise RowError(
            f"a row in Notion holds at most {MOST_PIECES // 2} resources",
            why=f"there are {len(links.items)}",
            next="move some of them to another skill",
        )
    return encode_runs(runs)


def decode_links(items: Sequence[Json]) -> Links:
    """Return the resources that answered items show; raise HeldError when a line says more."""
    found = [link for line in _lines(decode_runs(items)) for link in _decode_line(line)]
    return Links(tuple(dict.fromkeys(found)))


def _lines(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Part runs at the line ends outside of links."""
    line: list[Run] = []
    for run in runs:
        pieces = [run.text] if run.link else re.split(r"\r\n|\r|\n", run.text)
        for index, piece in enumerate(pieces):
            if index:
                yield line
                line = []
            if piece:
                line.append(Run(piece, run.link))
    yield line


def _decode_line(line: Sequence[Run]) -> list[Link]:
    """Read a line as links with gaps before, between and after them."""
    links: list[Run] = []
    gaps = [""]
    for run in line:
        if run.link and run.text.strip():
            links.append(run)
            gaps.append("")
        else:
            gaps[-1] += run.text
    if not links:
        return _decode_plain(gaps[0])
    rests = [*(_TYPE_BETWEEN.match(gap) for gap in gaps[1:-1]), _TYPE.match(gaps[-1])]
    if not _BULLET.match(gaps[0]) or None in rests:
        whole = "".join(run.text for run in line)
        raise HeldError(f"the line {_short(whole)} says more than a title, a link and a type")
    kinds = [rest["type"] if rest else None for rest in rests]
    return [
        _make_link(str(run.link), run.text, kind) for run, kind in zip(links, kinds, strict=True)
    ]


def _decode_plain(text: str) -> list[Link]:
    if not text.strip():
        return []
    found = _MARKDOWN.match(text) or _PLAIN.match(text)
    rest = _TYPE.match(found["rest"]) if found else None
    if found is None or rest is None or "://" in found["title"]:
        raise HeldError(f"the line {_short(text)} has no link that can be read")
    return [_make_link(found["url"], found["title"].strip(" \t:-\u2013\u2014•*"), rest["type"])]


def _make_link(url: str, title: str, kind: str | None) -> Link:
    if not _is_web(url):
        raise HeldError(f"{_short(url)} is no http or https address")
    text = make_canonical_text(read_spelled(kind)) if kind else None
    return Link(url, make_canonical_text(title) or url, text)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        parts.scheme.lower() in {"http", "https"}
        and bool(parts.hostname)
        and not re.search(r"[\s\x00-\x1f\x7f]", url)
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else line[:59] + "…")  # noqa: PLR2004
