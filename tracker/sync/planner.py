"""Make the plan that brings both sides of a roadmap together.

Pure: no clock, no disk, no network, no logging; nothing is written here, and nobody is asked.

    identify → fates → fields → validity, limits → sections → order → actions
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from tracker.roadmap.model import SkillId
from tracker.sync.actions import Orders, make_actions
from tracker.sync.fates import decide_fate, make_lookup
from tracker.sync.fields import SkillDraft, make_context, make_draft
from tracker.sync.identity import Identified, identify
from tracker.sync.order import find_renamed, leave_ids, list_in_file_order, number_rows
from tracker.sync.plan import Action, Adopt, Forget, Hold, Plan, Policy, Update
from tracker.sync.snapshot import (
    TWO_WAY,
    Base,
    Field,
    LocalObservation,
    RemoteObservation,
    Side,
    Value,
)
from tracker.sync.validity import hold_invalid, hold_unwritable

Drafts = Mapping[SkillId, SkillDraft]


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
    renamed = find_renamed(local, drafts, found.pairs, remote.options.get(Field.SECTION))
    listed = list_in_file_order(local, drafts, found.pairs, renamed)
    orders = number_rows(listed, drafts)
    # Only now: whether the chosen values are valid depends on all skills.
    if only is not None:
        drafts, orders = _limit_to_choices(only, drafts, orders, policy)
    actions = (*make_actions(found.pairs, drafts, orders), *found.holds)
    if only is not None:
        is_bound = only in base.bindings
        chosen = _list_chosen(only, policy)
        actions = tuple(_limit_actions(actions, drafts.get(only), chosen, is_bound=is_bound))
        renamed = tuple(title for title in renamed if title in _list_moves(actions))
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


def _limit_to_choices(
    skill_id: SkillId, drafts: Drafts, orders: Orders, policy: Policy
) -> tuple[Drafts, Orders]:
    """Return the draft of one skill, which writes what was chosen and what follows from that."""
    draft = drafts.get(skill_id)
    if draft is None:
        return {}, {}
    chosen = _list_chosen(skill_id, policy)
    if Field.STATUS in chosen:
        chosen |= draft.stamped
    # What is held or still in conflict is not settled; not even a dead prerequisite goes then.
    draft.only = frozenset(which for which in chosen if not draft.is_open(which))
    # A row gets another number only where the choice moves the skill within the file.
    is_moved = Field.SECTION in draft.only and draft.comes_from_remote(Field.SECTION)
    numbered = is_moved and skill_id in orders
    return {skill_id: draft}, {skill_id: orders[skill_id]} if numbered else {}


def _list_chosen(skill_id: SkillId, policy: Policy) -> frozenset[Field]:
    return frozenset(which for skill, which in policy.takes if skill == skill_id)


def _limit_actions(
    actions: Iterable[Action], draft: SkillDraft | None, chosen: frozenset[Field], *, is_bound: bool
) -> Iterator[Action]:
    """Yield the actions that belong to a choice: the skill's id and its binding do, if it has none.

    Nothing is created or deleted, and only the fields that were chosen are reported as held.
    """
    for action in actions if draft is not None else ():
        if isinstance(action, Update | Forget):
            yield action
        elif isinstance(action, Adopt) and draft is not None:
            # Bound under its former id, the skill needs all that was agreed on under the new one.
            if draft.pair.former:
                yield action
            elif not is_bound:
                yield replace(action, fields={})
        elif isinstance(action, Hold) and action.field in chosen:
            yield action


def _list_moves(actions: Iterable[Action]) -> frozenset[tuple[Value, Value]]:
    """Return the sections from which and to which skills of the file move."""
    return frozenset(
        (change.before, change.after)
        for action in actions
        if isinstance(action, Update) and action.side is Side.LOCAL
        for change in action.changes
        if change.field is Field.SECTION
    )
