"""What a file holds that no sync has carried over yet, by the base alone.

Pure: asks neither the other side nor the planner, so it cannot say what changed over there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tracker.roadmap.model import SkillId
from tracker.sync.records import Field, LocalObservation, LocalSkill, RecordValues, Value

Agreed = Mapping[SkillId, Mapping[Field, Value]]
"""The base values of the skills that have a row."""


@dataclass(frozen=True, slots=True)
class Unsynced:
    """Numbers of skills: without a row yet, changed since the last sync, removed from the file.

    `bound` counts those that have a row; without any there never was a sync.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    bound: int = 0

    @property
    def count(self) -> int:
        """All skills that the next sync has something to write of."""
        return self.added + self.changed + self.removed

    def __add__(self, other: Unsynced) -> Unsynced:
        """Sum up two roadmaps."""
        return Unsynced(
            self.added + other.added,
            self.changed + other.changed,
            self.removed + other.removed,
            self.bound + other.bound,
        )


def count_unsynced(
    agreed: Agreed, local: LocalObservation, waiting: Collection[tuple[str, str]] = ()
) -> Unsynced:
    """Compare a file with the values on which both sides last agreed.

    `waiting` are skill ids with a field, or with none for all of them, that wait for a person: a sync
    cannot carry them over, and they are told as that.
    """
    held = {skill_id for skill_id, which in waiting if not which}
    local_skills = [skill for skill in local.skills if skill.skill_id not in held]
    bound = [skill for skill in local_skills if skill.skill_id in agreed]
    known = {skill.skill_id for skill in local.skills}
    return Unsynced(
        added=len(local_skills) - len(bound),
        changed=sum(_is_changed(agreed, skill, waiting) for skill in bound),
        removed=len(agreed.keys() - known - held),
        bound=len(agreed),
    )


def _is_changed(agreed: Agreed, skill: LocalSkill, waiting: Collection[tuple[str, str]]) -> bool:
    if skill.skill_id is None:
        return False
    known = agreed[skill.skill_id]
    # At once for nearly all: those that were decoded as the record itself.
    if known == RecordValues(skill.record):
        return False
    return any(
        value != known[which]
        for which, value in skill.record.values().items()
        # A field that is lacking there was never agreed on.
        if which in known and (skill.skill_id, which.value) not in waiting
    )
