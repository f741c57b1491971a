"""Which lines two versions of a text share, in time that grows with the text and not its square.

Pure. `difflib` compares every line with every place it occurs at; in a roadmap most lines (`status: todo`)
occur thousands of times. Lines that occur once in both versions are matched first (patience diff), and
`difflib` is left with the short stretches between them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher

MOST_PAIRS = 250_000
"""Lines times lines up to which difflib is fast enough; it takes the square of longer texts."""
_DEPTH = 12

_Stretch = tuple[int, int, int, int]
"""From and to in the first version, from and to in the second."""


class LineMatcher(SequenceMatcher[str]):
    """A difflib matcher of lines that finds its blocks in roughly linear time."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__(None, old, new, autojunk=False)
        self._old, self._new = old, new
        self._blocks: list[Match] | None = None

    def get_matching_blocks(self) -> list[Match]:
        """Return the shared stretches in order, an empty one at the end, as difflib does."""
        if self._blocks is None:
            blocks: list[Match] = []
            for start, new_start, size in _match(self._old, self._new):
                last = blocks[-1] if blocks else None
                if last and last.a + last.size == start and last.b + last.size == new_start:
                    blocks[-1] = Match(last.a, last.b, last.size + size)
                else:
                    blocks.append(Match(start, new_start, size))
            self._blocks = [*blocks, Match(len(self._old), len(self._new), 0)]
        return self._blocks


def _match(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    waiting: list[tuple[_Stretch, int]] = [((0, len(old), 0, len(new)), 0)]
    while waiting:
        (start, end, new_start, new_end), depth = waiting.pop()
        # What both versions begin and end with needs no search.
        size = _count_equal(zip(old[start:end], new[new_start:new_end], strict=False))
        found.append((start, new_start, size))
        start, new_start = start + size, new_start + size
        size = _count_equal(
            zip(reversed(old[start:end]), reversed(new[new_start:new_end]), strict=False)
        )
        end, new_end = end - size, new_end - size
        found.append((end, new_end, size))
        if start == end or new_start == new_end:
            continue
        stretch = (start, end, new_start, new_end)
        anchors = _find_anchors(old, new, stretch) if depth < _DEPTH else []
        if anchors:
            ends = [(place + 1, other + 1) for place, other in anchors]
            gaps = zip([(start, new_start), *ends], [*anchors, (end, new_end)], strict=True)
            # In a gap, lines may be unique that were not so in the whole.
            waiting += [((a, c, b, d), depth + 1) for (a, b), (c, d) in gaps]
            found += [(place, other, 1) for place, other in anchors]
        elif (end - start) * (new_end - new_start) <= MOST_PAIRS:
            rest = SequenceMatcher(None, old[start:end], new[new_start:new_end], autojunk=False)
            found += [(start + a, new_start + b, n) for a, b, n in rest.get_matching_blocks()]
    return sorted(block for block in found if block[2])


def _count_equal(pairs: Iterator[tuple[str, str]]) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _find_anchors(
    old: Sequence[str], new: Sequence[str], stretch: _Stretch
) -> list[tuple[int, int]]:
    """Return the longest run, in order on both sides, of lines that occur once on either side."""
    start, end, new_start, new_end = stretch
    counts, new_counts = Counter(old[start:end]), Counter(new[new_start:new_end])
    places = {
        line: place
        for place, line in enumerate(new[new_start:new_end], new_start)
        if new_counts[line] == 1
    }
    unique = [
        (place, places[line])
        for place, line in enumerate(old[start:end], start)
        if counts[line] == 1 and line in places
    ]
    # The longest increasing subsequence of the places in the second version (patience sorting).
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for index, (_, other) in enumerate(unique):
        pile = bisect_left(tops, other)
        before.append(piles[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(other)
            piles.append(index)
        else:
            tops[pile], piles[pile] = other, index
    chain: list[tuple[int, int]] = []
    index = piles[-1] if piles else -1
    while index >= 0:
        chain.append(unique[index])
        index = before[index]
    return chain[::-1]
