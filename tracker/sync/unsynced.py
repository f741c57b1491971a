"""What a file holds that no sync has carried over yet, by the base alone.

Pure: asks neither the other side nor the planner, so it cannot say what changed over there.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.sync.model import Base, LocalObservation, LocalSkill


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


def count_unsynced(base: Base, local: LocalObservation) -> Unsynced:
    """Compare a file with the values on which both sides last agreed."""
    bound = [skill for skill in local.skills if skill.skill_id in base.bindings]
    return Unsynced(
        added=len(local.skills) - len(bound),
        changed=sum(_is_changed(base, skill) for skill in bound),
        removed=len(base.bindings.keys() - {skill.skill_id for skill in bound}),
        bound=len(base.bindings),
    )


def _is_changed(base: Base, skill: LocalSkill) -> bool:
    if skill.skill_id is None:
        return False
    known = base.bindings[skill.skill_id].fields
    # A field that the base lacks is open: a conflict or held, which is told elsewhere.
    return any(
        value != known[which] for which, value in skill.record.values().items() if which in known
    )
