"""Prerequisites that the copy can hold: of skills it has, and without a circle.

Pure: no clock, no disk, no network, no logging. Only what the edition adds is ever held back; what
the learner wrote stands, but for prerequisites that are taken out themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker.roadmap.graph import find_circles
from tracker.upgrade.values import Note

CIRCLE = "they would go round in a circle with yours"


@dataclass(slots=True)
class Needs:
    """What every skill of the result requires; `added` is what the edition brings.

    `gone` are the skills that are taken out.
    """

    wanted: dict[str, list[str]] = field(default_factory=dict)
    added: dict[str, set[str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)

    def put(self, skill_id: str, wanted: Sequence[str], local: Sequence[str]) -> None:
        """Say what a skill should require, and what of it is there already."""
        self.wanted[skill_id] = list(wanted)
        self.added[skill_id] = set(wanted) - set(local)

    def settle(self) -> Mapping[str, Sequence[str]]:
        """Drop prerequisites that are no skills of the result, and those that close a circle."""
        for skill_id, wanted in self.wanted.items():
            self.wanted[skill_id] = [each for each in wanted if each in self.wanted]
        while broken := self._find_broken():
            for skill_id, others in broken.items():
                self._hold(skill_id, others)
        return self.wanted

    def _find_broken(self) -> dict[str, set[str]]:
        graph = {skill_id: frozenset(wanted) for skill_id, wanted in self.wanted.items()}
        return {
            skill_id: bad
            for circle in find_circles(graph)
            for skill_id in circle
            if (bad := self.added[skill_id] & graph[skill_id] & circle)
        }

    def _hold(self, skill_id: str, others: set[str]) -> None:
        kept = [each for each in self.wanted[skill_id] if each not in others]
        self.wanted[skill_id] = kept
        self.notes.append(Note(skill_id, "requires", f"{', '.join(sorted(others))}: {CIRCLE}"))
