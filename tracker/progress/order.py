"""What to learn next: the skills in progress with their age, then those whose prerequisites are met.

Pure: no clock, no disk, no network. Changes no status.

A prerequisite is met when it is done, skipped or covered; a covered skill itself is never suggested.
Skills that can be started are ordered by level, the levels in the order in which they first appear,
and then as in the files. How many open skills build on one is told, and orders nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from tracker.progress.coverage import OPEN, Place
from tracker.progress.history import STALLED_DAYS, count_age
from tracker.roadmap.model import Roadmap, Skill, Status


@dataclass(frozen=True, slots=True)
class ListedSkill:
    """A skill with its place; `unlocks` counts the open skills that build on it.

    `age` is the number of days since it was started, for what is in progress.
    """

    roadmap: str
    section: str
    skill: Skill
    unlocks: int = 0
    age: int | None = None

    @property
    def is_stalled(self) -> bool:
        """Whether it has been in progress for so long that it may be stalled."""
        return self.age is not None and self.age > STALLED_DAYS


@dataclass(frozen=True, slots=True)
class NextUp:
    """What to learn next: what is in progress, in file order, and what can be started."""

    in_progress: tuple[ListedSkill, ...]
    startable: tuple[ListedSkill, ...]


def find_next(roadmaps: Mapping[str, Roadmap], covered: Collection[Place], today: date) -> NextUp:
    """Find what is in progress, whether its prerequisites are met or not, and what can be started."""
    levels: dict[str | None, int] = {}
    in_progress: list[ListedSkill] = []
    startable: list[ListedSkill] = []
    for name, roadmap in roadmaps.items():
        known = {index for owner, index in covered if owner == name}
        weights = _count_builders(roadmap.skills, known)
        unmet = {
            skill.id
            for index, skill in enumerate(roadmap.skills)
            if skill.id and skill.status in OPEN and index not in known
        }
        sections = (section.title for section in roadmap.sections for _ in section.skills)
        for index, (section, skill) in enumerate(zip(sections, roadmap.skills, strict=True)):
            levels.setdefault(skill.level, len(levels))
            if index in known:
                continue
            listed = ListedSkill(name, section, skill, weights[index], count_age(skill, today))
            if skill.status is Status.DOING:
                in_progress.append(listed)
            elif skill.status is Status.TODO and unmet.isdisjoint(skill.requires):
                startable.append(listed)
    startable.sort(key=lambda listed: levels[listed.skill.level])
    return NextUp(tuple(in_progress), tuple(startable))


def _count_builders(skills: tuple[Skill, ...], covered: Collection[int]) -> list[int]:
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
