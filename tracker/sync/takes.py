"""Settle what is held, where a person says which value both sides shall have.

Pure: no clock, no disk, no network, no logging. Conflicts are settled while the fields are merged;
here is the turn of values that Notion has and that cannot be taken over.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.roadmap.model import SkillId
from tracker.sync.draft import GONE, MERGED, Draft
from tracker.sync.fields import UNKNOWN_RELATION
from tracker.sync.merge import CLASH, Known, Mark
from tracker.sync.plan import Policy, Take
from tracker.sync.snapshot import Field, Value

_NEVER_EMPTY = frozenset({Field.NAME, Field.SECTION, Field.STATUS})


def settle_takes(drafts: Mapping[SkillId, Draft], policy: Policy) -> None:
    """Give every field that is taken the value that was chosen, over whatever Notion has there.

    Notion's own value cannot be taken: it is held because it cannot be read, or cannot stand in a
    file. A relation to a row that is no skill is never written over.
    """
    dead = frozenset(str(each.skill_id) for each in drafts.values() if each.fate in GONE)
    for (skill_id, which), take in policy.takes.items():
        draft = drafts.get(skill_id)
        if draft is None or draft.fate not in MERGED or which in draft.conflicts:
            continue
        if draft.holds.get(which) == UNKNOWN_RELATION:
            continue
        value = _choose(draft, which, take)
        if which is Field.REQUIRES and isinstance(value, frozenset):
            value -= dead
        if isinstance(value, Mark) or (not value and which in _NEVER_EMPTY):
            continue
        draft.wanted[which] = value
        if draft.holds.pop(which, None) is not None:
            draft.forced.add(which)


def _choose(draft: Draft, which: Field, take: Take | Value) -> Known:
    if take is Take.LOCAL:
        return draft.local.get(which) if draft.local is not None else CLASH
    if take is Take.BASE:
        return draft.known(which)
    return CLASH if isinstance(take, Take) else take
