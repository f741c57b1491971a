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
from tracker.adapters.notion.rich_text import Run, decode_runs, encode_runs
from tracker.adapters.notion.spelling import CONTROLS, ESCAPE, read_spelled, spell
from tracker.roadmap.limits import find_links_excess, find_url_excess
from tracker.sync.projection import make_canonical_text
from tracker.sync.snapshot import Link, Links

_DOT = " · "
_ODD_IN_TYPE = re.compile(rf"[{ESCAPE}{CONTROLS}]|\A\s|\s\Z")
# No pattern here may try one stretch of a text twice: a row in Notion holds what anybody typed, and
# two neighbouring repetitions that match the same characters take the square of their number.
_BULLET = re.compile(r"[-*•\u2013\u2014]|\d{1,3}[.)]|")
_BETWEEN = frozenset(",;|/+&·")
"""Signs that people write between two links of one line, besides blanks."""
_MARKDOWN_START = re.compile(r"(?:[-*•]\s+)?\[")
_MARKDOWN_LINK = re.compile(r"\]\((?=(https?://)\S)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_BLANK = re.compile(r"\s")


def encode_links(links: Links) -> list[Json]:
    """Return request items for resources; raise RowError when the column cannot hold them."""
    runs: list[Run] = []
    for link in links.items:
        if excess := find_url_excess(link.url):
            raise RowError(
                f"the address of {link.title[:60]!r} {excess.what}", excess.why, excess.next
            )
        kind = _DOT + spell(link.type, _ODD_IN_TYPE) if link.type else ""
        start = "\n" if runs else ""
        if runs and runs[-1].link is None:
            start = runs.pop().text + start
        runs += [Run(start), Run(link.title, link.url), Run(kind)]
    if excess := find_links_excess(links.items):
        raise RowError(f"the skill {excess.what}", excess.why, excess.next)
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
    gaps: list[list[str]] = [[]]
    for run in line:
        if run.link and run.text.strip():
            links.append(run)
            gaps.append([])
        else:
            gaps[-1].append(run.text)
    first, *between = ["".join(gap) for gap in gaps]
    if not links:
        return _decode_plain(first)
    kinds = [*map(_read_type_between, between[:-1]), _read_type(between[-1])]
    if not _BULLET.fullmatch(first.strip()) or None in kinds:
        whole = "".join(run.text for run in line)
        raise HeldError(f"the line {_short(whole)} says more than a title, a link and a type")
    return [
        _make_link(str(run.link), run.text, kind) for run, kind in zip(links, kinds, strict=True)
    ]


def _read_type(text: str) -> str | None:
    """Return the type that stands behind a link, or nothing; None when it is anything else."""
    said = text.strip()
    return said[1:].strip() if said.startswith("·") or not said else None


def _read_type_between(text: str) -> str | None:
    """Return the same as `_read_type` where another link comes after it on the line."""
    said = text.strip()
    body = said[1:].lstrip() if said.startswith("·") else ""
    rest = body or said
    end = len(rest)
    while end and (rest[end - 1].isspace() or rest[end - 1] in _BETWEEN):
        end -= 1
    # A type has one character at least, be it one of those that stand between links.
    return body[: max(end, 1)] if body or not end else None


def _decode_plain(text: str) -> list[Link]:
    if not text.strip():
        return []
    title, url, rest = _split_markdown(text) or _split_plain(text) or ("", "", text)
    kind = _read_type(rest)
    if not url or kind is None or "://" in title:
        raise HeldError(f"the line {_short(text)} has no link that can be read")
    return [_make_link(url, title.strip(" \t:-\u2013\u2014•*"), kind)]


def _split_markdown(text: str) -> tuple[str, str, str] | None:
    """Part `[title](address)` and what follows; the last address on the line counts."""
    line = text.lstrip()
    start = _MARKDOWN_START.match(line)
    if start is None or line.find("\n", start.end()) >= 0:
        return None
    unread = len(line)
    for found in reversed(list(_MARKDOWN_LINK.finditer(line, start.end() + 1))):
        begin = found.start(1)
        # The address ends at a bracket before the next blank; later candidates were read already.
        blank = _BLANK.search(line, found.end(1), unread)
        end = line.rfind(")", found.end(1) + 1, blank.start() if blank else unread)
        if end >= 0:
            return line[start.end() : found.start()], line[begin:end], line[end + 1 :]
        unread = found.end(1) + 1
    return None


def _split_plain(text: str) -> tuple[str, str, str] | None:
    """Part a line at its first address; return None when there is none."""
    found = _ADDRESS.search(text)
    if found is None:
        return None
    title, rest = text[: found.start()], text[found.end() :]
    return None if "\n" in title or "\n" in rest[1:] else (title, found[0], rest)


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
