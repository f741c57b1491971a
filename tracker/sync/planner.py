"""Make the plan that brings both sides of a roadmap together.

Pure: no clock, no disk, no network, no logging; nothing is written here, and nobody is asked.

    identify → fates → fields → validity, limits → sections → order → actions
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.roadmap.model import SkillId
from tracker.sync.actions import make_actions
from tracker.sync.fates import decide_fate, make_lookup
from tracker.sync.fields import SkillDraft, make_context, make_draft
from tracker.sync.identity import Identified, identify
from tracker.sync.order import find_renamed, leave_ids, list_in_file_order, number_rows
from tracker.sync.plan import Plan, Policy
from tracker.sync.snapshot import TWO_WAY, Base, Field, LocalObservation, RemoteObservation
from tracker.sync.validity import hold_invalid, hold_unwritable

Drafts = Mapping[SkillId, SkillDraft]


def make_plan(
    base: Base, local: LocalObservation, remote: RemoteObservation, policy: Policy
) -> Plan:
    """Return what a sync of one roadmap does: deterministic, and empty when there is nothing."""
    found = identify(base, local, remote)
    drafts = _make_drafts(found, local, remote, policy)
    hold_invalid(drafts, local)
    hold_unwritable(drafts)
    leave_ids(found.pairs, drafts)
    renamed = find_renamed(local, drafts, found.pairs, remote.options.get(Field.SECTION))
    listed = list_in_file_order(local, drafts, found.pairs, renamed)
    actions = make_actions(found.pairs, drafts, number_rows(listed, drafts))
    return Plan(
        roadmap=local.roadmap,
        title=local.title,
        digest=local.digest,
        actions=(*actions, *found.holds),
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
