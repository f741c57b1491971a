"""The skills of all roadmaps with what can be done with them, and what to learn next.

Pure: no clock, no disk, no network. Changes no status.

A prerequisite is met when it is done, skipped or covered; a covered skill itself is never suggested.
What to learn next is what is in progress, in file order, and then what can be started: by level, the
levels in the order in which they first appear, and then as in the files. How many open skills build on
one is told, and orders nothing.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from tracker.progress.coverage import OPEN, Place
from tracker.progress.history import STALLED_DAYS, count_age
from tracker.roadmap.model import Roadmap, Skill, Status


@dataclass(frozen=True, slots=True)
class ListedSkill:
    """A skill with its place.

    `handle` is the shortest text that means no other skill: id, `roadmap/id`, or the name without an
    id. `unlocks` counts the open skills that build on it, and `age` the days since it was started, for
    what is in progress. `is_ready` says that it can be started.
    """

    roadmap: str
    section: str
    index: int
    skill: Skill
    handle: str
    unlocks: int = 0
    age: int | None = None
    is_covered: bool = False
    is_ready: bool = False

    @property
    def place(self) -> Place:
        """Name of its roadmap, and its index in file order."""
        return self.roadmap, self.index

    @property
    def is_stalled(self) -> bool:
        """Whether it has been in progress for so long that it may be stalled."""
        return self.age is not None and self.age > STALLED_DAYS


@dataclass(frozen=True, slots=True)
class NextUp:
    """What to learn next: what is in progress, and what can be started."""

    in_progress: tuple[ListedSkill, ...]
    startable: tuple[ListedSkill, ...]


def list_everything(
    roadmaps: Mapping[str, Roadmap], covered: Collection[Place], today: date
) -> tuple[ListedSkill, ...]:
    """List the skills of all roadmaps, in file order."""
    ids = Counter(skill.id for roadmap in roadmaps.values() for skill in roadmap.skills)
    found: list[ListedSkill] = []
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
            handle = skill.id or skill.name
            is_todo = skill.status is Status.TODO and index not in known
            found.append(
                ListedSkill(
                    name,
                    section,
                    index,
                    skill,
                    handle if ids[skill.id] == 1 or not skill.id else f"{name}/{handle}",
                    unlocks=weights[index],
                    age=count_age(skill, today),
                    is_covered=index in known,
                    is_ready=is_todo and unmet.isdisjoint(skill.requires),
                )
            )
    return tuple(found)


def find_next(listed: Iterable[ListedSkill], elsewhere: Collection[Place] = ()) -> NextUp:
    """Find what is in progress, whether its prerequisites are met or not, and what can be started.

    What counts elsewhere is not suggested: it is learned there.
    """
    levels: dict[str | None, int] = {}
    in_progress: list[ListedSkill] = []
    startable: list[ListedSkill] = []
    for found in listed:
        levels.setdefault(found.skill.level, len(levels))
        if found.is_ready and found.place not in elsewhere:
            startable.append(found)
        elif found.skill.status is Status.DOING and not found.is_covered:
            in_progress.append(found)
    startable.sort(key=lambda found: levels[found.skill.level])
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
