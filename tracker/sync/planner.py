"""Make the plan that brings both sides of a roadmap together.

Pure: no clock, no disk, no network, no logging; nothing is written here, and nobody is asked.

    identify → fates → fields → validity, limits → sections → order → actions

The last step decides nothing: every value of an action comes from the draft of its skill. What the
local actions mean for the text of the file is said by `make_edits`, never how they are spliced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from graphlib import CycleError, TopologicalSorter

from tracker.roadmap.edits import (
    AddSection,
    Edit,
    InsertSkill,
    InsertText,
    Item,
    MoveSkill,
    RemoveSkill,
    RenameSection,
    Scalar,
    SetItems,
    SetValue,
)
from tracker.roadmap.model import SkillId, Status
from tracker.sync.fates import GONE, MERGED, Fate, decide_fate, make_lookup
from tracker.sync.fields import SkillDraft, make_context, make_draft
from tracker.sync.identity import Identified, SkillPair, identify
from tracker.sync.merge import UNKNOWN
from tracker.sync.model import (
    ABSENT,
    Action,
    Adopt,
    Base,
    Change,
    Create,
    Delete,
    Forget,
    Hold,
    Plan,
    Policy,
    RemoteObservation,
    Seen,
    Side,
    Update,
)
from tracker.sync.records import TWO_WAY, Field, Links, LocalObservation, Record, Value
from tracker.sync.row_state import extend_seen, keep_open
from tracker.sync.whole_roadmap import (
    Renames,
    find_renamed,
    hold_invalid,
    hold_unwritable,
    leave_ids,
    list_in_file_order,
    number_rows,
)

Drafts = Mapping[SkillId, SkillDraft]


UNREADABLE = "it left the file, but its row has a value that cannot be read, so the row stays"

Orders = Mapping[SkillId, float]
"""The new numbers of rows."""


def make_plan(
    base: Base,
    local: LocalObservation,
    remote: RemoteObservation,
    policy: Policy,
    *,
    only: SkillId | None = None,
) -> Plan:
    """Return what a sync of one roadmap does: deterministic, and empty when there is nothing.

    With `only`, return what settles the fields of that skill for which the policy has `takes`, and
    nothing else: what a sync would do besides is left to the next sync.
    """
    found = identify(base, local, remote)
    drafts = _make_drafts(found, local, remote, policy)
    hold_invalid(drafts, local)
    hold_unwritable(drafts)
    leave_ids(found.pairs, drafts)
    # The order of the rows follows the order that the file will have, so it is worked out last.
    renamed = find_renamed(local, drafts, found.pairs, remote.options.get(Field.SECTION))
    listed = list_in_file_order(local, drafts, found.pairs, renamed)
    orders = number_rows(listed, drafts)
    if only is None:
        actions = (*_make_actions(found.pairs, drafts, orders), *found.holds)
    else:
        # Not before: whether the chosen values are valid, and where they put the skill, depends on
        # all skills.
        chosen = frozenset(which for skill, which in policy.takes if skill == only)
        drafts, orders = _limit_drafts(drafts, orders, only, chosen)
        actions = _make_actions(found.pairs, drafts, orders)
        actions = tuple(_limit_actions(actions, drafts, chosen, is_bound=only in base.bindings))
        renamed = _limit_sections(renamed, actions)
    return Plan(
        roadmap=local.roadmap,
        title=local.title,
        digest=local.digest,
        actions=actions,
        conflicts=tuple(
            draft.conflicts[which]
            for draft in drafts.values()
            for which in TWO_WAY
            if which in draft.conflicts
        ),
        sections=renamed,
    )


def _make_drafts(
    found: Identified, local: LocalObservation, remote: RemoteObservation, policy: Policy
) -> Drafts:
    skills = make_lookup(found, local, remote)
    fates = {pair.skill_id: decide_fate(pair, skills) for pair in found.pairs}
    context = make_context(found.pairs, fates, skills, policy)
    drafts: dict[SkillId, SkillDraft] = {}
    for pair in found.pairs:
        draft = make_draft(pair, fates[pair.skill_id], context)
        if draft is not None:
            drafts[pair.skill_id] = draft
    return drafts


def _limit_drafts(
    drafts: Drafts, orders: Orders, skill_id: SkillId, chosen: frozenset[Field]
) -> tuple[Drafts, Orders]:
    """Return the draft of one skill, which writes what was chosen and what follows from that."""
    draft = drafts.get(skill_id)
    if draft is None:
        return {}, {}
    if Field.STATUS in chosen:
        chosen |= draft.stamped
    # What is held or still in conflict is not settled; not even a dead prerequisite goes then.
    draft.only = frozenset(which for which in chosen if not draft.is_open(which))
    # A row gets another number only where the choice moves the skill within the file.
    is_moved = Field.SECTION in draft.only and draft.changes_file(Field.SECTION)
    is_numbered = is_moved and skill_id in orders
    return {skill_id: draft}, {skill_id: orders[skill_id]} if is_numbered else {}


def _limit_actions(
    actions: Iterable[Action], drafts: Drafts, chosen: frozenset[Field], *, is_bound: bool
) -> Iterator[Action]:
    """Yield the actions that belong to a choice: the skill's id and its binding do, if it has none.

    Nothing is created or deleted, and only the fields that were chosen are reported as held.
    """
    has_former = any(draft.pair.former for draft in drafts.values())
    for action in actions:
        if isinstance(action, Update | Forget):
            yield action
        elif isinstance(action, Adopt) and has_former:
            # Bound under its former id, it needs all that was agreed on under the new one.
            yield action
        elif isinstance(action, Adopt) and not is_bound:
            yield replace(action, fields={})
        elif isinstance(action, Hold) and action.field in chosen:
            yield action


def _limit_sections(renamed: Renames, actions: Iterable[Action]) -> Renames:
    """Return the sections that get another title because of the choice: all skills move there."""
    moves = {
        (change.before, change.after)
        for action in actions
        if isinstance(action, Update) and action.side is Side.LOCAL
        for change in action.changes
        if change.field is Field.SECTION
    }
    return tuple(titles for titles in renamed if titles in moves)


def _make_actions(
    pairs: Sequence[SkillPair], drafts: Mapping[SkillId, SkillDraft], orders: Orders
) -> tuple[Action, ...]:
    """Return all actions, in the order of the table above `_rank`."""
    actions: list[Action] = []
    for pair in pairs:
        draft = drafts.get(pair.skill_id)
        order = orders.get(pair.skill_id)
        if draft is None and order is not None:
            draft = SkillDraft(pair, Fate.MERGE)
        if draft is not None:
            both = draft.fate in MERGED or draft.fate is Fate.CREATE_LOCAL
            actions += _list_both(draft, order) if both else _list_one_sided(draft, order)
            actions += [
                Hold(draft.skill_id, draft.holds[which], pair.page_id, which)
                for which in TWO_WAY
                if which in draft.holds
            ]
    made = {
        str(action.skill_id): action
        for action in actions
        if isinstance(action, Create) and action.side is Side.REMOTE
    }
    ranks = {skill_id: rank for rank, skill_id in enumerate(_sort_by_prerequisites(made))}
    actions.sort(key=lambda action: _rank(action, ranks))
    return tuple(actions)


#   0  the file                  first: it is one write, which fails as a whole or not at all
#   1  restores of rows          before the rows that may require them are made
#   2  new rows                  prerequisites first, since a relation needs the id of its page
#   3  updates of rows           and restores that need a new row's id
#   4  deletions of rows         last: nothing that is kept requires them any more
#   5  what is bound, forgotten, held: only the state learns it


def _rank(action: Action, ranks: Mapping[str, int]) -> tuple[int, int]:
    """Return the place of an action among all; `ranks` are those of the new rows."""
    if isinstance(action, Adopt | Forget | Hold):
        return {Adopt: 5, Forget: 6, Hold: 7}[type(action)], 0
    if action.side is Side.LOCAL:
        return 0, 0
    if isinstance(action, Create):
        return 2, ranks[action.skill_id]
    if isinstance(action, Delete):
        return 4, 0
    needs = {change.field: change.after for change in action.changes}.get(Field.REQUIRES)
    waits = isinstance(needs, frozenset) and any(need in ranks for need in needs)
    return (1 if action.restore and not waits else 3), 0


def _sort_by_prerequisites(creates: Mapping[str, Create]) -> Sequence[str]:
    """Return the ids with prerequisites first, otherwise in the given order."""
    needs = {
        skill_id: [need for need in sorted(create.record.requires) if need in creates]
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


def _list_both(draft: SkillDraft, order: float | None) -> Iterator[Action]:
    """Yield the actions for a skill that is on both sides after the plan."""
    pair = draft.pair
    if draft.fate is Fate.CREATE_LOCAL:
        record = Record("").with_values(draft.wanted)
        yield Create(Side.LOCAL, pair.skill_id, record, page_id=pair.page_id)
    yield from _list_local_update(draft)
    changes = _list_remote_changes(draft, order)
    is_restored = draft.fate is Fate.RESTORE
    if changes or is_restored:
        # A write of values leaves its trace in the row's history.
        known = pair.last_row.seen if pair.last_row is not None else {}
        seen = extend_seen(known, changes) if changes else {}
        yield Update(
            Side.REMOTE, pair.skill_id, changes, pair.page_id, restore=is_restored, seen=seen
        )
    if pair.page_id is None:
        return
    fields, remembered = _find_agreed(draft), _find_remembered(draft)
    # A pair that is not bound to this row under this id must be bound even if no field is agreed on.
    is_rebound = pair.base is None or bool(pair.former) or pair.is_moved
    if fields or remembered is not None or (is_rebound and draft.fate in MERGED):
        yield Adopt(pair.skill_id, pair.page_id, fields, remembered)
    if pair.former:
        yield Forget(pair.former, pair.page_id)


def _list_one_sided(draft: SkillDraft, order: float | None) -> Iterator[Action]:
    """Yield the actions for a skill that is on one side only, or goes away, or is held."""
    pair, local = draft.pair, draft.pair.local
    if draft.fate not in GONE:
        yield from _list_local_update(draft)
    if draft.fate is Fate.CREATE_REMOTE:
        record = (draft.local or Record("")).with_values(draft.wanted)
        record = record.with_values({which: Record("").get(which) for which in draft.left_out})
        yield Create(Side.REMOTE, pair.skill_id, record, order)
    elif draft.fate is Fate.DELETE_LOCAL and local is not None:
        yield Delete(Side.LOCAL, pair.skill_id, local.record, pair.page_id, local.at)
    elif draft.fate is Fate.DELETE_REMOTE and draft.remote is not None:
        yield Delete(Side.REMOTE, pair.skill_id, draft.remote, pair.page_id)
    elif draft.fate is Fate.FORGET and pair.page_id is not None:
        yield Forget(pair.skill_id, pair.page_id)
    elif draft.fate is Fate.HOLD:
        reason = UNREADABLE if pair.missing is None else ABSENT[pair.missing.absence]
        yield Hold(pair.skill_id, draft.reason or reason, pair.page_id)


def _list_local_update(draft: SkillDraft) -> Iterator[Update]:
    """Yield what the file lacks: an id first, then values."""
    local = draft.pair.local
    if local is None:
        return
    changes = [
        Change(which, local.record.get(which), draft.wanted[which])
        for which in TWO_WAY
        if draft.is_written(which) and draft.changes_file(which)
    ]
    if local.skill_id is None:
        changes.insert(0, Change(Field.ID, None, draft.skill_id))
    if changes:
        yield Update(Side.LOCAL, draft.skill_id, tuple(changes), draft.pair.page_id, local.at)


def _list_remote_changes(draft: SkillDraft, order: float | None) -> tuple[Change, ...]:
    """Return what the row lacks: values, then its number and its Tracker ID."""
    changes: list[Change] = []
    for which in TWO_WAY if draft.remote is not None else ():
        before = draft.remote.get(which) if draft.remote is not None else None
        if not draft.is_written(which) or draft.is_open(which):
            continue
        is_new = draft.wanted[which] != before and which not in draft.pair.parts
        if is_new or which in draft.forced:
            shown = draft.shown if which is Field.REQUIRES else before
            changes.append(Change(which, shown, draft.wanted[which]))
    row = draft.pair.last_row
    if order is not None:
        changes.append(Change(Field.ORDER, row.order if row else None, order))
    is_left = draft.is_id_left or (row is not None and Field.ID in row.held)
    if row is not None and row.tracker_id != draft.skill_id and not is_left:
        changes.append(Change(Field.ID, row.tracker_id, draft.skill_id))
    return tuple(changes)


def _find_agreed(draft: SkillDraft) -> Mapping[Field, Value]:
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


def _find_remembered(draft: SkillDraft) -> Seen | None:
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
    is_known = dict(seen) == dict(draft.pair.seen) and not draft.pair.former
    return None if is_known else seen


_LISTS = frozenset({Field.TAGS, Field.REQUIRES, Field.RESOURCES})

_KEYS = (
    Field.NAME,
    Field.GOAL,
    Field.STATUS,
    Field.LEVEL,
    Field.HOURS,
    Field.STARTED,
    Field.COMPLETED,
    Field.REQUIRES,
    Field.TAGS,
    Field.EVIDENCE,
    Field.RESOURCES,
    Field.NOTES,
)
"""The order in which the keys of a new skill are written, after its id."""


def make_edits(plan: Plan, local: LocalObservation) -> tuple[Edit, ...]:
    """Return the edits of the file as it was read: sections first, then skills in plan order.

    Entries of tags and requires come sorted; those that the file has already keep their place.
    """
    renamed = dict(plan.sections)
    edits: list[Edit] = [
        RenameSection(index, renamed[title])
        for index, title in enumerate(local.sections)
        if title in renamed
    ]
    # The editor adds no section by itself: a new one is added before skills move into it.
    present = {renamed.get(title, title) for title in local.sections}
    added: dict[str, None] = {}
    skills: list[Edit] = []
    for action in plan.writes:
        for edit in _make_edits(action, plan.sections) if action.side is Side.LOCAL else ():
            skills.append(edit)
            if isinstance(edit, InsertSkill | InsertText | MoveSkill):
                added[edit.section] = None
    made = (AddSection(title) for title in added if title not in present)
    return (*edits, *made, *skills)


def _make_edits(
    action: Create | Update | Delete, renamed: tuple[tuple[str, str], ...]
) -> Iterator[Edit]:
    if isinstance(action, Create):
        inserted = _insert(action.skill_id, action.record)
        # With a place it comes back by an undo, as the text that it was.
        if action.place is None:
            yield inserted
        else:
            yield InsertText(inserted.section, action.text, action.place, inserted.values)
    elif action.at is None:
        return
    elif isinstance(action, Delete):
        yield RemoveSkill(action.at)
    else:
        for change in action.changes:
            key = change.field.value
            # A skill whose whole section is renamed does not move.
            if change.field is Field.SECTION and (change.before, change.after) not in renamed:
                yield MoveSkill(action.at, str(change.after))
            elif change.field in _LISTS:
                yield SetItems(action.at, key, _make_items(change.after))
            elif change.field is not Field.SECTION:
                yield SetValue(action.at, key, _make_scalar(change.after))


def _insert(skill_id: SkillId, record: Record) -> InsertSkill:
    values: dict[str, Scalar | tuple[Item, ...]] = {"id": skill_id}
    for which in _KEYS:
        value = record.get(which)
        # What is empty, or the default, is left out, as people do.
        if which in _LISTS:
            if items := _make_items(value):
                values[which.value] = items
        elif value is not None and value is not Status.TODO:
            values[which.value] = _make_scalar(value) or 0
    return InsertSkill(record.section, values)


def _make_scalar(value: Value) -> Scalar | None:
    """Return the YAML scalar of a value: a plain string for a status, whole hours as integers."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return value if isinstance(value, date | int) else None


def _make_items(value: Value) -> tuple[Item, ...]:
    if isinstance(value, frozenset):
        return tuple(sorted(value))
    items: list[Item] = []
    for link in value.items if isinstance(value, Links) else ():
        resource: dict[str, Scalar] = {"title": link.title, "url": link.url}
        items.append(resource if link.type is None else {**resource, "type": link.type})
    return tuple(items)
