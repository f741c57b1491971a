"""What to learn next: the skills under way, then those whose prerequisites are met.

Pure: no clock, no disk, no network. Changes no status.

A prerequisite is met when it is done, skipped or covered; a covered skill itself is never
suggested. Among skills that can be started, those come first on which most open skills build,
directly or through others; ties keep the order of the files.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from tracker.progress.coverage import OPEN, covered_places, index_skills
from tracker.roadmap.model import Roadmap, Skill, Status


@dataclass(frozen=True, slots=True)
class NextSkill:
    """A skill to go on with or to start; `unlocks` counts the open skills that build on it."""

    roadmap: str
    section: str
    skill: Skill
    unlocks: int = 0


def next_up(
    roadmaps: Mapping[str, Roadmap], n: int, *, others: Mapping[str, Roadmap] | None = None
) -> tuple[NextSkill, ...]:
    """Return at most n skills to learn next; `others` only say what is covered."""
    covered = covered_places(index_skills({**(others or {}), **roadmaps}))
    found = [
        candidate
        for name, roadmap in roadmaps.items()
        for candidate in _startable(
            name, roadmap, {index for owner, index in covered if owner == name}
        )
    ]
    # What is under way comes first, in the order of the files whatever builds on it.
    found.sort(key=lambda one: (0, 0) if one.skill.status is Status.DOING else (1, -one.unlocks))
    return tuple(found[: max(n, 0)])


def _startable(name: str, roadmap: Roadmap, covered: set[int]) -> list[NextSkill]:
    """Return the skills of one roadmap that are under way or can be started, in file order."""
    skills = roadmap.skills
    sections = [section.title for section in roadmap.sections for _ in section.skills]
    weights = _count_builders(skills, covered)
    unmet = {
        skill.id
        for index, skill in enumerate(skills)
        if skill.id and skill.status in OPEN and index not in covered
    }
    return [
        NextSkill(name, sections[index], skill, weights[index])
        for index, skill in enumerate(skills)
        if index not in covered
        and (
            # Whoever began without the prerequisites goes on.
            skill.status is Status.DOING
            or (skill.status is Status.TODO and unmet.isdisjoint(skill.requires))
        )
    ]


def _count_builders(skills: tuple[Skill, ...], covered: set[int]) -> list[int]:
    """Return for every skill how many open ones require it, directly or through others.

    Sets of skills are the bits of an integer, which keeps 10,000 skills quick. Skills in a circle of
    requirements, which `check` reports, are left at 0.
    """
    places = {skill.id: index for index, skill in enumerate(skills) if skill.id}
    requires = [
        {places[needed] for needed in skill.requires if needed in places} for skill in skills
    ]
    waiting = [0] * len(skills)
    for named in requires:
        for place in named:
            waiting[place] += 1
    builders = [0] * len(skills)
    # A skill is ready when all that require it have handed down their own builders.
    ready = deque(index for index, count in enumerate(waiting) if not count)
    while ready:
        index = ready.popleft()
        is_open = skills[index].status in OPEN and index not in covered
        for place in requires[index]:
            builders[place] |= builders[index] | (is_open << index)
            waiting[place] -= 1
            if not waiting[place]:
                ready.append(place)
    return [0 if waiting[index] else bits.bit_count() for index, bits in enumerate(builders)]
