"""Three-way merge of lines: what both sides did to a text, or nothing where their edits touch.

Pure: no clock, no disk, no network, no logging. Between two edits stands at least one line that
neither side touched (the rule of diff3): edits of neighbouring lines may belong together, and
nobody can tell from the lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from tracker.roadmap.line_diff import LineMatcher

_AREA = 250_000
"""Lines times lines up to which difflib finds the edits; it takes the square of longer texts."""

_Edit = tuple[int, int, Sequence[str]]
"""From and to in the base, and the lines that stand there instead."""


def merge_lines(base: Sequence[str], left: Sequence[str], right: Sequence[str]) -> list[str] | None:
    """Return the lines with the edits of both sides; None when edits that touch are not the same."""
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
    is_short = len(base) * len(side) <= _AREA
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
