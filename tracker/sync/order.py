"""Number the rows so that Notion shows them in the order of the file, with the fewest patches.

Pure: no clock, no disk, no network, no logging. Numbers are whole and gapped by 1000; as many of
the existing ones as possible stay, the others go into the gaps.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

GAP = 1000
_LARGEST = 1e12
"""Beyond this, a floating-point number has no room for a gap."""

Key = TypeVar("Key")


def diff_order(rows: Sequence[tuple[Key, float | None]]) -> Mapping[Key, float]:
    """Return the numbers to set, so that all numbers rise in the given sequence."""
    numbers = [_usable(number) for _, number in rows]
    if _rises(numbers):
        return {}
    placed = _fill_gaps(_longest_rise(numbers))
    return {
        key: new for (key, _), old, new in zip(rows, numbers, placed, strict=True) if old != new
    }


def _usable(number: float | None) -> float | None:
    return number if number is not None and abs(number) <= _LARGEST else None


def _rises(numbers: Sequence[float | None]) -> bool:
    known = [number for number in numbers if number is not None]
    return len(known) == len(numbers) and all(low < high for low, high in pairwise(known))


def _longest_rise(numbers: Sequence[float | None]) -> list[float | None]:
    """Keep the longest strictly rising subsequence, and None in place of the rest."""
    tails: list[float] = []
    tail_at: list[int] = []
    before: dict[int, int | None] = {}
    for index, number in enumerate(numbers):
        if number is None:
            continue
        length = bisect_left(tails, number)
        before[index] = tail_at[length - 1] if length else None
        tails[length : length + 1] = [number]
        tail_at[length : length + 1] = [index]
    kept: list[float | None] = [None] * len(numbers)
    at = tail_at[-1] if tail_at else None
    while at is not None:
        kept[at] = numbers[at]
        at = before[at]
    return kept


def _fill_gaps(kept: Sequence[float | None]) -> list[float]:
    """Give every None a number between its neighbours; renumber neighbours too where there is no room."""
    placed: list[float] = []
    at = 0
    while at < len(kept):
        number = kept[at]
        if number is not None:
            placed.append(number)
            at += 1
            continue
        at = _run_end(kept, at)
        rightwards = True
        while not _has_room(_last(placed), _get(kept, at), at - len(placed)):
            if rightwards or not placed:
                at = _run_end(kept, at + 1)
            else:
                placed.pop()
            rightwards = not rightwards
        placed += _spread(_last(placed), _get(kept, at), at - len(placed))
    return placed


def _run_end(kept: Sequence[float | None], at: int) -> int:
    while at < len(kept) and kept[at] is None:
        at += 1
    return at


def _last(placed: Sequence[float]) -> float | None:
    return placed[-1] if placed else None


def _get(kept: Sequence[float | None], at: int) -> float | None:
    return kept[at] if at < len(kept) else None


def _has_room(low: float | None, high: float | None, count: int) -> bool:
    return low is None or high is None or math.ceil(high) - math.floor(low) > count


def _spread(low: float | None, high: float | None, count: int) -> list[float]:
    """Return `count` whole numbers between two, evenly; where one is open, in steps of the gap."""
    if high is None:
        start = math.floor(low) if low is not None else 0
        return [float(start + GAP * step) for step in range(1, count + 1)]
    end = math.ceil(high)
    if low is None and end <= count:
        return [float(end - GAP * step) for step in range(count, 0, -1)]
    start = math.floor(low) if low is not None else 0
    return [float(start + (end - start) * step // (count + 1)) for step in range(1, count + 1)]
