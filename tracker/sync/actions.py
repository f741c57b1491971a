"""Turn worked-out drafts into the actions of a plan, in the order in which they are carried out.

Pure: no clock, no disk, no network, no logging. Decides nothing: every value comes from a draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from tracker.roadmap.model import SkillId
from tracker.sync.fates import Fate
from tracker.sync.fields import SkillDraft
from tracker.sync.identity import SkillPair
from tracker.sync.merge import UNKNOWN
from tracker.sync.plan import Action, Adopt, Change, Create, Delete, Forget, Hold, Update
from tracker.sync.seen import extend_seen, is_same, keep_open
from tracker.sync.snapshot import (
    TWO_WAY,
    Absence,
    Field,
    Record,
    RemoteRow,
    Seen,
    Side,
    Value,
)

ABSENT: Mapping[Absence, str] = {
    Absence.TRASHED: "its row is in the trash",
    Absence.ARCHIVED: "its row is archived; unarchive it, or move it to the trash",
    Absence.MOVED: "its row was moved out of the database",
    Absence.UNSEEN: "its row was not seen, and nothing says that it was deleted",
}
UNREADABLE = "it left the file, but its row has a value that cannot be read, so the row stays"

Orders = Mapping[SkillId, float]


def make_actions(
    pairs: Sequence[SkillPair], drafts: Mapping[SkillId, SkillDraft], orders: Orders
) -> tuple[Action, ...]:
    """Return all actions: local ones, then remote ones, then what only the state learns.

    Remote: restores that need nothing new, creates with prerequisites first, updates, deletes.
    """
    actions: list[Action] = []
    for pair in pairs:
        draft = drafts.get(pair.skill_id)
        order = orders.get(pair.skill_id)
        if draft is None and order is not None:
            draft = SkillDraft(pair, Fate.MERGE)
        if draft is not None:
            actions += _EMIT[draft.fate](draft, order)
            actions += _make_holds(draft)
    made = {
        str(each.skill_id): each
        for each in actions
        if isinstance(each, Create) and each.side is Side.REMOTE
    }
    ranks = {each: rank for rank, each in enumerate(_sort_by_prerequisites(made))}
    actions.sort(key=lambda action: _rank(action, ranks))
    return tuple(actions)


def _rank(action: Action, ranks: Mapping[str, int]) -> tuple[int, int]:
    """Return the place of an action among all; `ranks` are those of the remote creates."""
    if isinstance(action, Adopt | Forget | Hold):
        return {Adopt: 5, Forget: 6, Hold: 7}[type(action)], 0
    if action.side is Side.LOCAL:
        return 0, 0
    if isinstance(action, Create):
        return 2, ranks[action.skill_id]
    if isinstance(action, Delete):
        return 4, 0
    needs = {each.field: each.after for each in action.changes}.get(Field.REQUIRES)
    waits = isinstance(needs, frozenset) and any(each in ranks for each in needs)
    return (1 if action.restore and not waits else 3), 0


def _sort_by_prerequisites(creates: Mapping[str, Create]) -> Sequence[str]:
    """Return the ids with prerequisites first, otherwise as they come."""
    needs = {
        skill_id: [each for each in sorted(create.record.requires) if each in creates]
        for skill_id, create in creates.items()
    }
    if not any(needs.values()):
        return tuple(creates)
    place = {skill_id: index for index, skill_id in enumerate(creates)}
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError:  # the rules of a roadmap forbid it; the writer copes with what is left out
        return tuple(creates)
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=place.__getitem__)
        ordered += ready
        sorter.done(*ready)
    return ordered


def _make_holds(draft: SkillDraft) -> Iterator[Action]:
    for which in TWO_WAY:
        if which in draft.holds:
            yield Hold(draft.skill_id, draft.holds[which], draft.pair.page_id, which)


def _emit_merge(draft: SkillDraft, order: float | None) -> Iterator[Action]:
    pair = draft.pair
    local = _local_changes(draft)
    remote = _remote_changes(draft, order)
    restore = draft.fate is Fate.RESTORE
    at = pair.local.at if pair.local is not None else None
    if local:
        yield Update(Side.LOCAL, pair.skill_id, local, pair.page_id, at)
    if remote or restore:
        yield _remote_update(draft, remote, restore=restore)
    if pair.page_id is not None:
        fields = _agreed(draft)
        seen = _remembered(draft)
        if fields or seen is not None or pair.base is None or pair.former or pair.is_moved:
            yield Adopt(pair.skill_id, pair.page_id, fields, seen)
        if pair.former:
            yield Forget(pair.former, pair.page_id)


def _remote_update(
    draft: SkillDraft, changes: tuple[Change, ...], *, restore: bool = False
) -> Update:
    """Make the update of a row; a write of values leaves its trace in the row's history."""
    pair, row = draft.pair, draft.pair.last_row
    known = row.seen if row is not None else {}
    longer = extend_seen(known, changes)
    seen = {} if is_same(longer, known) else longer
    return Update(Side.REMOTE, pair.skill_id, changes, pair.page_id, restore=restore, seen=seen)


def _remembered(draft: SkillDraft) -> Seen | None:
    """Return the row's history, if it is another than the one that is remembered of this skill."""
    row = draft.pair.last_row
    if row is None:
        return None
    unsettled = [*draft.conflicts, *draft.holds]
    if row.tracker_id != draft.skill_id:
        unsettled.append(Field.ID)
    if draft.is_order_left:
        unsettled.append(Field.ORDER)
    seen = keep_open(draft.pair.seen, row.seen, unsettled)
    is_known = is_same(seen, draft.pair.seen) and not draft.pair.former
    return None if is_known else seen


def _agreed(draft: SkillDraft) -> Mapping[Field, Value]:
    """Return what the base has yet to learn of fields that no side needs written."""
    if draft.local is None or draft.remote is None:
        return {}
    known = draft.pair.base or {}
    fields = {
        which: value
        for which, value in draft.wanted.items()
        if not (draft.is_open(which) or which in draft.forced)
        and draft.local.get(which) == value == draft.remote.get(which)
        and known.get(which, UNKNOWN) != value
    }
    return {**draft.base, **fields} if draft.pair.former or draft.pair.is_moved else fields


def _local_changes(draft: SkillDraft) -> tuple[Change, ...]:
    """Return what the file lacks: an id first, then values."""
    local = draft.pair.local
    if local is None:
        return ()
    changes = [
        Change(which, local.record.get(which), draft.wanted[which])
        for which in TWO_WAY
        if draft.is_written(which) and draft.comes_from_remote(which)
    ]
    if local.skill_id is None:
        changes.insert(0, Change(Field.ID, None, draft.skill_id))
    return tuple(changes)


def _remote_changes(draft: SkillDraft, order: float | None) -> tuple[Change, ...]:
    """Return what the row lacks: values, then its number and its Tracker ID."""
    changes: list[Change] = []
    if draft.remote is not None:
        for which in TWO_WAY:
            before = draft.remote.get(which)
            if not draft.is_written(which) or draft.is_open(which):
                continue
            if draft.wanted[which] != before or which in draft.forced:
                shown = draft.shown if which is Field.REQUIRES else before
                changes.append(Change(which, shown, draft.wanted[which]))
    row = draft.pair.last_row
    if order is not None:
        changes.append(Change(Field.ORDER, row.order if row else None, order))
    if row is not None and row.tracker_id != draft.skill_id and _takes_id(draft, row):
        changes.append(Change(Field.ID, row.tracker_id, draft.skill_id))
    return tuple(changes)


def _takes_id(draft: SkillDraft, row: RemoteRow) -> bool:
    return not (draft.is_id_left or Field.ID in row.held)


def _emit_create_local(draft: SkillDraft, order: float | None) -> Iterator[Action]:
    pair = draft.pair
    record = Record("").with_values(draft.wanted)
    yield Create(Side.LOCAL, pair.skill_id, record, page_id=pair.page_id)
    remote = _remote_changes(draft, order)
    if remote:
        yield _remote_update(draft, remote)
    seen = _remembered(draft)
    if seen is not None and pair.page_id is not None:
        yield Adopt(pair.skill_id, pair.page_id, {}, seen)


def _emit_create_remote(draft: SkillDraft, order: float | None) -> Iterator[Action]:
    yield from _emit_local_update(draft)
    record = (draft.local or Record("")).with_values(draft.wanted)
    yield Create(Side.REMOTE, draft.skill_id, record, order)


def _emit_local_update(draft: SkillDraft) -> Iterator[Action]:
    local, changes = draft.pair.local, _local_changes(draft)
    if local is not None and changes:
        yield Update(Side.LOCAL, draft.skill_id, changes, draft.pair.page_id, local.at)


def _emit_delete_local(draft: SkillDraft, _: float | None) -> Iterator[Action]:
    pair = draft.pair
    if pair.local is not None:
        at = pair.local.at
        yield Delete(Side.LOCAL, pair.skill_id, pair.local.record, pair.page_id, at)


def _emit_delete_remote(draft: SkillDraft, _: float | None) -> Iterator[Action]:
    if draft.remote is not None:
        yield Delete(Side.REMOTE, draft.skill_id, draft.remote, draft.pair.page_id)


def _emit_forget(draft: SkillDraft, _: float | None) -> Iterator[Action]:
    if draft.pair.page_id is not None:
        yield Forget(draft.skill_id, draft.pair.page_id)


def _emit_hold(draft: SkillDraft, _: float | None) -> Iterator[Action]:
    yield from _emit_local_update(draft)
    pair = draft.pair
    reason = UNREADABLE if pair.missing is None else ABSENT[pair.missing.absence]
    yield Hold(pair.skill_id, draft.reason or reason, pair.page_id)


_EMIT: Mapping[Fate, Callable[[SkillDraft, float | None], Iterator[Action]]] = {
    Fate.MERGE: _emit_merge,
    Fate.RESTORE: _emit_merge,
    Fate.CREATE_LOCAL: _emit_create_local,
    Fate.CREATE_REMOTE: _emit_create_remote,
    Fate.DELETE_LOCAL: _emit_delete_local,
    Fate.DELETE_REMOTE: _emit_delete_remote,
    Fate.FORGET: _emit_forget,
    Fate.HOLD: _emit_hold,
}
