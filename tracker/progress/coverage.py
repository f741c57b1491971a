"""Skills that are learned under another name: what `covered_by` means for counting.

Pure: no clock, no disk, no network. Decides nothing about percent or order.

A skill that is neither done nor skipped is *covered* when every skill it names, or with `any` one of
them, is done or itself covered. A skill is *counted elsewhere* when every skill it names, or with
`any` one of them, is loaded and not skipped: a total
over several roadmaps then counts those, and leaves this one out, so that nothing counts twice. What
is done counts wherever it is: a done skill is left out only for skills that are done or covered
too. Of skills that name each other in a circle, one is kept: the last one in order, or the done one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tracker.roadmap.model import Roadmap, Skill, Status

Place = tuple[str, int]
"""A skill's identity here: name of its roadmap, and its index in file order."""

OPEN = frozenset({Status.TODO, Status.DOING})
"""The statuses of a skill that is not finished with."""


def index_skills(roadmaps: Mapping[str, Roadmap]) -> dict[Place, Skill]:
    """Return all skills by place, roadmap by roadmap, in file order."""
    return {
        (name, index): skill
        for name, roadmap in roadmaps.items()
        for index, skill in enumerate(roadmap.skills)
    }


def index_references(skills: Mapping[Place, Skill]) -> dict[str, Place]:
    """Return the place of every skill that has an id, by its reference `roadmap/skill-id`."""
    return {f"{place[0]}/{skill.id}": place for place, skill in skills.items() if skill.id}


@dataclass(frozen=True, slots=True)
class _Wait:
    """What a skill waits for: all of these places, or any; None stands for one that is not loaded."""

    named: tuple[Place | None, ...]
    is_any: bool

    def is_over(self, met: Collection[Place | None]) -> bool:
        return (any if self.is_any else all)(place in met for place in self.named)


def _make_wait(skill: Skill, places: Mapping[str, Place]) -> _Wait:
    return _Wait(tuple(map(places.get, skill.covering)), skill.is_any_enough)


def covered_places(skills: Mapping[Place, Skill]) -> frozenset[Place]:
    """Return the open skills that are covered, directly or through covered ones."""
    places = index_references(skills)
    met = {place for place, skill in skills.items() if skill.status is Status.DONE}
    waiting = {
        place: _make_wait(skill, places)
        for place, skill in skills.items()
        if skill.covering and skill.status in OPEN
    }
    return frozenset(_spread(met, waiting))


def _spread(met: set[Place], waiting: dict[Place, _Wait]) -> set[Place]:
    """Return the waiting skills that are met once what they wait for is met; changes both."""
    covered: set[Place] = set()
    # Round by round, so that skills which name nothing but each other are never met.
    while found := {place for place, wait in waiting.items() if wait.is_over(met)}:
        covered |= found
        met |= found
        for place in found:
            del waiting[place]
    return covered


def counted_elsewhere(skills: Mapping[Place, Skill]) -> frozenset[Place]:
    """Return the skills that a total over all these roadmaps leaves out."""
    places = index_references(skills)
    left_out: dict[Place, tuple[Place, ...]] = {}
    for place, skill in skills.items():
        # What is skipped counts nowhere: it cannot stand for another skill.
        named = tuple(
            places[name]
            for name in skill.covering
            if name in places and skills[places[name]].status is not Status.SKIPPED
        )
        if (
            # All that it names is counted here, or enough of it.
            (named and (skill.is_any_enough or len(named) == len(skill.covering)))
            # A done skill counts, unless what it names counts as learned as well.
            and (skill.status is not Status.DONE or _is_met(place, skills, places))
            # Of a circle, one skill has to stay.
            and place not in _standing_for(named, left_out)
        ):
            left_out[place] = named
    return frozenset(left_out)


def _is_met(place: Place, skills: Mapping[Place, Skill], places: Mapping[str, Place]) -> bool:
    """Tell whether what a skill names is done, or covered by others than itself."""
    met: set[Place] = set()
    waiting: dict[Place, _Wait] = {}
    wanted = _make_wait(skills[place], places)
    unseen = [other for other in wanted.named if other is not None]
    while unseen:
        other = unseen.pop()
        skill = skills[other]
        if other == place or other in met or other in waiting:
            continue
        if skill.status is Status.DONE:
            met.add(other)
        elif skill.status in OPEN and skill.covering:
            waiting[other] = _make_wait(skill, places)
            unseen += [following for following in waiting[other].named if following is not None]
    _spread(met, waiting)
    return wanted.is_over(met)


def _standing_for(
    named: tuple[Place, ...], left_out: Mapping[Place, tuple[Place, ...]]
) -> set[Place]:
    """Return all places reached from these through skills that are left out themselves."""
    reached: set[Place] = set()
    waiting = list(named)
    while waiting:
        place = waiting.pop()
        if place not in reached:
            reached.add(place)
            waiting.extend(left_out.get(place, ()))
    return reached
