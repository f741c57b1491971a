"""The order of skills: renamed sections, the order of the file, and the numbers of the rows.

Pure: no clock, no disk, no network, no logging. Numbers are whole and gapped by 1000; as many of
the existing ones as possible stay, the others go into the gaps, so that few rows are written.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from tracker.roadmap.model import SkillId
from tracker.sync.fates import Fate
from tracker.sync.fields import SkillDraft
from tracker.sync.identity import SkillPair
from tracker.sync.seen import is_numbered_elsewhere, is_replaced
from tracker.sync.snapshot import Field, LocalObservation

Renames = tuple[tuple[str, str], ...]


def find_renamed(
    local: LocalObservation,
    drafts: Mapping[SkillId, SkillDraft],
    pairs: Sequence[SkillPair],
    options: frozenset[str] | None,
) -> Renames:
    """Return the sections whose skills all got one new section from Notion, as (before, after).

    A section whose title is still an option in Notion was not renamed: its skills were moved.
    """
    targets: dict[str, set[str]] = {}
    for pair in pairs[: len(local.skills)]:
        draft = drafts.get(pair.skill_id)
        if pair.local is not None and (draft is None or draft.stays_local):
            before = pair.local.record.section
            targets.setdefault(before, set()).add(_section(draft, before))
    taken = set(local.sections)
    renamed: list[tuple[str, str]] = []
    for before in local.sections:
        after = targets.get(before, set())
        if len(after) == 1 and not after & taken and before not in (options or ()):
            renamed += [(before, title) for title in after]
            taken |= after
    return tuple(renamed)


def _section(draft: SkillDraft | None, before: str) -> str:
    return str(draft.final(Field.SECTION)) if draft is not None else before


def list_in_file_order(
    local: LocalObservation,
    drafts: Mapping[SkillId, SkillDraft],
    pairs: Sequence[SkillPair],
    renamed: Renames,
) -> list[SkillPair]:
    """Return the skills of the file as the plan leaves it, in its order.

    Skills that stay come first in their section, then those that move there, then new ones.
    """
    titles = dict(renamed)
    sections: dict[str, list[SkillPair]] = {
        titles.get(title, title): [] for title in local.sections
    }
    arriving: list[tuple[str, SkillPair]] = []
    for pair in pairs:
        draft = drafts.get(pair.skill_id)
        if pair.local is None and (draft is None or not draft.stays_local):
            continue
        if draft is not None and not draft.stays_local:
            continue
        before = pair.local.record.section if pair.local is not None else None
        after = _section(draft, before or "")
        if before is not None and titles.get(before, before) == after:
            sections.setdefault(after, []).append(pair)
        else:
            arriving.append((after, pair))
    for after, pair in arriving:
        sections.setdefault(after, []).append(pair)
    return [pair for each in sections.values() for pair in each]


def number_rows(
    listed: Sequence[SkillPair], drafts: Mapping[SkillId, SkillDraft]
) -> Mapping[SkillId, float]:
    """Return the new numbers of rows; `listed` are the skills in the order of the file."""
    rows = _list_numbers(listed, drafts)
    orders = diff_order(rows)
    left = {pair.skill_id for pair in listed if orders and _is_numbered_elsewhere(pair)}
    for skill_id in left:
        drafts[skill_id].is_order_left = True
    return diff_order([row for row in rows if row[0] not in left]) if left else orders


def leave_ids(pairs: Sequence[SkillPair], drafts: Mapping[SkillId, SkillDraft]) -> None:
    """Leave the Tracker IDs that another machine gave, unless they are those of other skills here."""
    own = {pair.skill_id for pair in pairs}
    for draft in drafts.values():
        row, pair = draft.pair.last_row, draft.pair
        if row is None or not pair.base or row.tracker_id in own:
            continue
        draft.is_id_left = is_replaced(pair.skill_id, row.tracker_id, pair.seen, row.seen)


def _is_numbered_elsewhere(pair: SkillPair) -> bool:
    """Without a base nobody knows whose number it is, and the file has the say."""
    if pair.row is None or not pair.base:
        return False
    return is_numbered_elsewhere(pair.row, pair.seen)


def _list_numbers(
    listed: Sequence[SkillPair], drafts: Mapping[SkillId, SkillDraft]
) -> list[tuple[SkillId, float | None]]:
    rows: list[tuple[SkillId, float | None]] = []
    for pair in listed:
        draft = drafts.get(pair.skill_id)
        if draft is not None and draft.fate is Fate.HOLD:
            continue
        row = pair.last_row
        if row is None and pair.page_id is None:
            rows.append((pair.skill_id, None))
        elif row is not None and Field.ORDER not in row.held:
            rows.append((pair.skill_id, row.order))
    return rows


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
