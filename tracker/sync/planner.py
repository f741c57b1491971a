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
from tracker.sync.order import Renames, find_renamed, leave_ids, list_in_file_order, number_rows
from tracker.sync.plan import Action, Adopt, Forget, Hold, Plan, Policy, Update
from tracker.sync.snapshot import (
    TWO_WAY,
    Base,
    Field,
    LocalObservation,
    RemoteObservation,
    Side,
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
    if only is None:
        actions = (*make_actions(found.pairs, drafts, orders), *found.holds)
    else:
        # Not before: whether the chosen values are valid, and where they put the skill, depends on
        # all skills.
        chosen = frozenset(which for skill, which in policy.takes if skill == only)
        drafts, orders = _limit_drafts(drafts, orders, only, chosen)
        actions = make_actions(found.pairs, drafts, orders)
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
    is_moved = Field.SECTION in draft.only and draft.comes_from_remote(Field.SECTION)
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
