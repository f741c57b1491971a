"""Decide which rows get another number or id, so that Notion shows them as the file has them.

Pure: no clock, no disk, no network, no logging. Two files may list the same skills in different
orders, or know a row under different ids, and each would put its own back after the other. A number
that another machine gave is therefore left alone, until all numbers rise in the order of the file, and
so is an id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracker.roadmap.model import SkillId
from tracker.sync.draft import Draft, Fate
from tracker.sync.order import diff_order
from tracker.sync.pairs import Pair
from tracker.sync.seen import is_numbered_elsewhere, is_replaced
from tracker.sync.snapshot import Field


def number_rows(listed: Sequence[Pair], drafts: Mapping[SkillId, Draft]) -> Mapping[SkillId, float]:
    """Return the new numbers of rows; `listed` are the skills in the order of the file."""
    rows = _list_numbers(listed, drafts)
    orders = diff_order(rows)
    left = {pair.skill_id for pair in listed if orders and _is_numbered_elsewhere(pair)}
    for skill_id in left:
        drafts[skill_id].is_order_left = True
    return diff_order([row for row in rows if row[0] not in left]) if left else orders


def leave_ids(pairs: Sequence[Pair], drafts: Mapping[SkillId, Draft]) -> None:
    """Leave the Tracker IDs that another machine gave, unless they are those of other skills here."""
    own = {pair.skill_id for pair in pairs}
    for draft in drafts.values():
        row, pair = draft.pair.last_row, draft.pair
        if row is None or not pair.base or row.tracker_id in own:
            continue
        draft.is_id_left = is_replaced(pair.skill_id, row.tracker_id, pair.seen, row.seen)


def _is_numbered_elsewhere(pair: Pair) -> bool:
    """Without a base nobody knows whose number it is, and the file has the say."""
    if pair.row is None or not pair.base:
        return False
    return is_numbered_elsewhere(pair.row, pair.seen)


def _list_numbers(
    listed: Sequence[Pair], drafts: Mapping[SkillId, Draft]
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
