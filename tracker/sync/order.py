"""The order of skills: renamed sections, the order of the file, and the numbers of the rows.

Pure: no clock, no disk, no network, no logging. Notion shows rows in the order of a number column.
Numbers are whole and gapped by 1000; as many of the existing ones as possible stay, the others go
into the gaps, so that a skill that moves costs one request and not one a row.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from tracker.roadmap.model import SkillId
from tracker.sync.fates import Fate
from tracker.sync.fields import SkillDraft
from tracker.sync.identity import SkillPair
from tracker.sync.seen import is_numbered_elsewhere, is_replaced
from tracker.sync.snapshot import Field, LocalObservation

GAP = 1000
_LARGEST = 1e12
"""Beyond this, a floating-point number has no room for a gap."""

Drafts = Mapping[SkillId, SkillDraft]
Renames = tuple[tuple[str, str], ...]
"""Sections that get another title, as (before, after)."""
Key = TypeVar("Key")


def find_renamed(
    local: LocalObservation,
    drafts: Drafts,
    pairs: Sequence[SkillPair],
    options: frozenset[str] | None,
) -> Renames:
    """Return the sections whose skills all got one new section from Notion.

    A section whose title is still an option in Notion was not renamed: its skills were moved.
    """
    titles: dict[str, set[str]] = {}
    for pair in pairs[: len(local.skills)]:
        draft = drafts.get(pair.skill_id)
        if pair.local is not None and (draft is None or draft.stays_local):
            before = pair.local.record.section
            titles.setdefault(before, set()).add(_find_section(draft, before))
    return match_titles(local.sections, titles, still=options or ())


def match_titles(
    sections: Sequence[str], titles: Mapping[str, set[str]], still: Collection[str] = ()
) -> Renames:
    """Return the sections that get one title nobody has; `titles` are those of their skills after."""
    taken = set(sections)
    renamed: list[tuple[str, str]] = []
    for before in sections:
        after = titles.get(before, set())
        if len(after) == 1 and not after & taken and before not in still:
            renamed += [(before, title) for title in after]
            # A second section with the same new title is not renamed: its skills move to the first.
            taken |= after
    return tuple(renamed)


def list_in_file_order(
    local: LocalObservation, drafts: Drafts, pairs: Sequence[SkillPair], renamed: Renames
) -> list[SkillPair]:
    """Return the skills of the file as the plan leaves it, in its order.

    Skills that stay come first in their section, then those that move there, then new ones: that is
    where the edits of the file put them.
    """
    titles = dict(renamed)
    sections: dict[str, list[SkillPair]] = {
        titles.get(title, title): [] for title in local.sections
    }
    arriving: list[tuple[str, SkillPair]] = []
    for pair in pairs:
        draft = drafts.get(pair.skill_id)
        # Without a draft nothing changes: the skill stays where it is, in the file or not.
        if not (pair.local is not None if draft is None else draft.stays_local):
            continue
        before = pair.local.record.section if pair.local is not None else None
        after = _find_section(draft, before or "")
        if before is not None and titles.get(before, before) == after:
            sections.setdefault(after, []).append(pair)
        else:
            arriving.append((after, pair))
    for after, pair in arriving:
        sections.setdefault(after, []).append(pair)
    return [pair for listed in sections.values() for pair in listed]


def _find_section(draft: SkillDraft | None, before: str) -> str:
    return str(draft.final(Field.SECTION)) if draft is not None else before


def number_rows(listed: Sequence[SkillPair], drafts: Drafts) -> Mapping[SkillId, float]:
    """Return the new numbers of rows; `listed` are the skills in the order of the file.

    Two files may list the same skills in different orders, and each machine would put its own
    numbers back after the other. A number that another machine gave is therefore left alone, until
    all numbers rise in the order of the file.
    """
    rows: list[tuple[SkillId, float | None]] = []
    left: set[SkillId] = set()
    for pair in listed:
        draft, row = drafts.get(pair.skill_id), pair.last_row
        # Without a base nobody knows whose number it is, and the file decides.
        if pair.row is not None and pair.base and is_numbered_elsewhere(pair.row, pair.seen):
            left.add(pair.skill_id)
        if draft is not None and draft.fate is Fate.HOLD:
            continue
        if row is None and pair.page_id is None:
            rows.append((pair.skill_id, None))
        elif row is not None and Field.ORDER not in row.held:
            rows.append((pair.skill_id, row.order))
    orders = diff_order(rows)
    if not orders or not left:
        return orders
    for skill_id in left:
        drafts[skill_id].is_order_left = True
    return diff_order([row for row in rows if row[0] not in left])


def leave_ids(pairs: Sequence[SkillPair], drafts: Drafts) -> None:
    """Leave the Tracker IDs that another machine gave, unless they are those of other skills here.

    As with numbers: two files may know a row under different ids.
    """
    own = {pair.skill_id for pair in pairs}
    for draft in drafts.values():
        row, pair = draft.pair.last_row, draft.pair
        if row is not None and pair.base and row.tracker_id not in own:
            draft.is_id_left = is_replaced(pair.skill_id, row.tracker_id, pair.seen, row.seen)


def diff_order(rows: Sequence[tuple[Key, float | None]]) -> Mapping[Key, float]:
    """Return the numbers to set, so that all numbers rise in the given sequence."""
    numbers = [
        number if number is not None and abs(number) <= _LARGEST else None for _, number in rows
    ]
    known = [number for number in numbers if number is not None]
    if len(known) == len(numbers) and all(low < high for low, high in pairwise(known)):
        return {}
    placed = _fill_gaps(_find_longest_rise(numbers))
    return {
        key: new for (key, _), old, new in zip(rows, numbers, placed, strict=True) if old != new
    }


def _find_longest_rise(numbers: Sequence[float | None]) -> list[float | None]:
    """Keep the longest strictly rising subsequence, and None in place of the rest."""
    # Patience sorting: tails[n] is the smallest number that ends a rise of n + 1 numbers so far.
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
    """Give every None a number between its neighbours; renumber neighbours too if there is no room."""
    placed: list[float] = []
    at = 0
    while at < len(kept):
        number = kept[at]
        if number is not None:
            placed.append(number)
            at += 1
            continue
        at = _find_run_end(kept, at)
        # Give up a neighbour's number, on the right and on the left in turn, until all fit.
        rightwards = True
        while not _has_room(*(bounds := _find_bounds(placed, kept, at)), at - len(placed)):
            if rightwards or not placed:
                at = _find_run_end(kept, at + 1)
            else:
                placed.pop()
            rightwards = not rightwards
        placed += _spread(*bounds, at - len(placed))
    return placed


def _find_run_end(kept: Sequence[float | None], at: int) -> int:
    while at < len(kept) and kept[at] is None:
        at += 1
    return at


def _find_bounds(
    placed: Sequence[float], kept: Sequence[float | None], at: int
) -> tuple[float | None, float | None]:
    return placed[-1] if placed else None, kept[at] if at < len(kept) else None


def _has_room(low: float | None, high: float | None, count: int) -> bool:
    return low is None or high is None or math.ceil(high) - math.floor(low) > count


def _spread(low: float | None, high: float | None, count: int) -> list[float]:
    """Return `count` whole numbers between two, evenly; where one is open, in steps of the gap."""
    start = math.floor(low) if low is not None else 0
    if high is None:
        return [float(start + GAP * step) for step in range(1, count + 1)]
    end = math.ceil(high)
    if low is None and end <= count:
        # No room for whole numbers above 0: go below it.
        return [float(end - GAP * step) for step in range(count, 0, -1)]
    return [float(start + (end - start) * step // (count + 1)) for step in range(1, count + 1)]
