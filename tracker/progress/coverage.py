"""Skills that are learned under another name: what `covered_by` means for counting.

Pure: no clock, no disk, no network. Decides nothing about percent or order.

A skill that is neither done nor skipped is *covered* when every skill it names is done or itself
covered. A skill is *counted elsewhere* when every skill it names is loaded and not skipped: a total
over several roadmaps then counts those, and leaves this one out, so that nothing counts twice. What
is done counts wherever it is: a done skill is left out only for skills that are done or covered
too. Of skills that name each other in a circle, one is kept: the last one in order, or the done one.
"""

from __future__ import annotations

from collections.abc import Mapping

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


def covered_places(skills: Mapping[Place, Skill]) -> frozenset[Place]:
    """Return the open skills that are covered, directly or through covered ones."""
    places = index_references(skills)
    met = {place for place, skill in skills.items() if skill.status is Status.DONE}
    waiting = {
        place: [places.get(reference) for reference in skill.covered_by]
        for place, skill in skills.items()
        if skill.covered_by and skill.status in OPEN
    }
    return frozenset(_spread(met, waiting))


def _spread(met: set[Place], waiting: dict[Place, list[Place | None]]) -> set[Place]:
    """Return the waiting skills that are met once all that they name is met; changes both."""
    covered: set[Place] = set()
    # Round by round, so that skills which name nothing but each other are never met.
    while found := {place for place, named in waiting.items() if met.issuperset(named)}:
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
        named = tuple(places[name] for name in skill.covered_by if name in places)
        if (
            # All that it names is counted here.
            (named and len(named) == len(skill.covered_by))
            # A done skill counts, unless what it names counts as learned as well.
            and (skill.status is not Status.DONE or _is_met(named, place, skills, places))
            # What is skipped counts nowhere: it cannot stand for another skill.
            and not any(skills[other].status is Status.SKIPPED for other in named)
            # Of a circle, one skill has to stay.
            and place not in _standing_for(named, left_out)
        ):
            left_out[place] = named
    return frozenset(left_out)


def _is_met(
    named: tuple[Place, ...],
    place: Place,
    skills: Mapping[Place, Skill],
    places: Mapping[str, Place],
) -> bool:
    """Tell whether skills are done, or covered by others than the one in this place."""
    met: set[Place] = set()
    waiting: dict[Place, list[Place | None]] = {}
    unseen = list(named)
    while unseen:
        other = unseen.pop()
        skill = skills[other]
        if other == place or other in met or other in waiting:
            continue
        if skill.status is Status.DONE:
            met.add(other)
        elif skill.status in OPEN and skill.covered_by:
            # None stands for a skill that is not loaded: what names it is never met.
            waiting[other] = [places.get(reference) for reference in skill.covered_by]
            unseen += [following for following in waiting[other] if following is not None]
    _spread(met, waiting)
    return met.issuperset(named)


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
