"""Three-way merge of one field: base, local and remote give one value, or a clash.

Pure: no clock, no disk, no network, no logging. Never prefers a side: swapping local and remote
gives the same answer.

    base      local     remote    result
    any       x         x         x
    unknown   x         y         clash: nobody knows who changed it
    b         b         y         y
    b         x         b         x
    b         x         y         sets by element, resources by URL, notes by lines; else clash
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from enum import Enum
from typing import Final

from tracker.roadmap.line_diff import MOST_PAIRS, LineMatcher
from tracker.sync.records import Field, Link, Links, Value


class Mark(Enum):
    """What is not a value: an unknown base, a merge that failed, a choice that nobody made."""

    UNKNOWN = "unknown"
    CLASH = "clash"
    NO_CHOICE = "no choice"


UNKNOWN: Final = Mark.UNKNOWN
CLASH: Final = Mark.CLASH
NO_CHOICE: Final = Mark.NO_CHOICE

Known = Value | Mark
"""A value, or the mark in its place."""


def merge_field(which: Field, base: Known, local: Value, remote: Value) -> Known:
    """Merge one field; return CLASH when both sides changed it in ways that do not fit together."""
    if local == remote:
        return local
    if base is UNKNOWN:
        return CLASH
    if local == base:
        return remote
    if remote == base:
        return local
    merge = _MERGES.get(which)
    return CLASH if merge is None else merge(base, local, remote)


def _merge_sets(base: Known, local: Value, remote: Value) -> Known:
    """Keep what both have and what either added; what either removed goes."""
    before, left, right = (
        value if isinstance(value, frozenset) else frozenset() for value in (base, local, remote)
    )
    return (left & right) | (left - before) | (right - before)


def _merge_links(base: Known, local: Value, remote: Value) -> Known:
    """Merge by URL; a link removed on one side and edited on the other stays, edited."""
    before, left, right = (_index_links(value) for value in (base, local, remote))
    merged: list[Link] = []
    for url in {**left, **right}:
        link = _merge_link(before.get(url), left.get(url), right.get(url))
        if link is CLASH:
            return CLASH
        if isinstance(link, Link):
            merged.append(link)
    return Links(tuple(merged))


def _merge_link(base: Link | None, local: Link | None, remote: Link | None) -> Link | Mark | None:
    if remote in (local, base):
        return local
    if local == base:
        return remote
    # Removed here, edited there: an edit beats a removal, as it does for whole skills.
    if local is None or remote is None:
        return local or remote
    return CLASH


def _index_links(value: Known) -> Mapping[tuple[str, int], Link]:
    """Index links by URL and occurrence: the same URL twice is two links."""
    links: dict[tuple[str, int], Link] = {}
    times: Counter[str] = Counter()
    for link in value.items if isinstance(value, Links) else ():
        links[link.url, times[link.url]] = link
        times[link.url] += 1
    return links


def _merge_lines(base: Known, local: Value, remote: Value) -> Known:
    """Merge texts by lines; edits of the same or of touching lines clash."""
    before, left, right = (
        value.split("\n") if isinstance(value, str) else [] for value in (base, local, remote)
    )
    merged = merge_lines(before, left, right)
    return CLASH if merged is None else "\n".join(merged).rstrip() or None


_MERGES: Mapping[Field, Callable[[Known, Value, Value], Known]] = {
    Field.TAGS: _merge_sets,
    Field.REQUIRES: _merge_sets,
    Field.RESOURCES: _merge_links,
    Field.NOTES: _merge_lines,
}


_Edit = tuple[int, int, Sequence[str]]
"""From and to in the base, and the lines that are there instead."""


def merge_lines(base: Sequence[str], left: Sequence[str], right: Sequence[str]) -> list[str] | None:
    """Return the lines with the edits of both sides; None when edits that touch are not the same.

    Two edits must have a line between them that neither side touched (the rule of diff3): edits of
    neighbouring lines may belong together, and nobody can tell that from the lines.
    """
    merged: list[str] = []
    done = 0
    for start, end, ours, theirs in _group(_find_edits(base, left), _find_edits(base, right)):
        before = list(base[start:end])
        mine, other = _apply(base, start, end, ours), _apply(base, start, end, theirs)
        if before not in (mine, other) and mine != other:
            return None
        merged += base[done:start]
        merged += other if mine == before else mine
        done = end
    return [*merged, *base[done:]]


def _find_edits(base: Sequence[str], side: Sequence[str]) -> list[_Edit]:
    # The standard library's matcher gives the smaller edits, but takes the square of long texts.
    is_short = len(base) * len(side) <= MOST_PAIRS
    matcher = SequenceMatcher(None, base, side, False) if is_short else LineMatcher(base, side)  # noqa: FBT003
    return [
        (start, end, side[side_start:side_end])
        for tag, start, end, side_start, side_end in matcher.get_opcodes()
        if tag != "equal"
    ]


def _group(
    left: Sequence[_Edit], right: Sequence[_Edit]
) -> Iterator[tuple[int, int, list[_Edit], list[_Edit]]]:
    """Yield the stretches of the base that are edited, with the edits of either side in each."""
    waiting = sorted([(edit, 0) for edit in left] + [(edit, 1) for edit in right], reverse=True)
    while waiting:
        edit, side = waiting.pop()
        start, end, _ = edit
        sides: tuple[list[_Edit], list[_Edit]] = ([], [])
        sides[side].append(edit)
        while waiting and waiting[-1][0][0] <= end:
            edit, side = waiting.pop()
            sides[side].append(edit)
            end = max(end, edit[1])
        yield start, end, *sides


def _apply(base: Sequence[str], start: int, end: int, edits: Sequence[_Edit]) -> list[str]:
    """Return a stretch of the base with some edits made."""
    lines: list[str] = []
    for edit_start, edit_end, written in edits:
        lines += [*base[start:edit_start], *written]
        start = edit_end
    return [*lines, *base[start:end]]
