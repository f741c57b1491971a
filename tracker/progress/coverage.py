"""Skills that are learned under another name: what `covered_by` means for counting.

Pure: no clock, no disk, no network. Decides nothing about percent or order.

A skill that is neither done nor skipped is *covered* when every skill it names, or with `any` one of
them, is done or itself covered. A skill is *counted elsewhere* when every skill it names, or with
`any` one of them, is loaded and not skipped: a total over several roadmaps then counts those, and
leaves this one out, so that nothing counts twice. What is done counts wherever it is: a done skill is
left out only for others that are done, and no total falls when a skill is done. Of skills that name
each other in a circle, one is kept: the last one in order, or the done one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

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
            skill.status is not Status.DONE
            # All that it names is counted here, or enough of it.
            and (named and (skill.is_any_enough or len(named) == len(skill.covering)))
            # Of a circle, one skill has to stay.
            and place not in _standing_for(named, left_out)
        ):
            left_out[place] = named
    return frozenset(left_out) | _pair_done(skills, places)


def _pair_done(skills: Mapping[Place, Skill], places: Mapping[str, Place]) -> set[Place]:
    """Return the done skills that are left out for others which are done as well.

    What was ticked after the others had been learned was left out already, and stays so. Of what was
    learned before them it stands for one skill only: of two that one covers, one is left out when
    that is done too, or a total would fall by what is done. For the same reason who was first comes
    first, and hours are not left out for fewer.
    """
    left_out: dict[Place, tuple[Place, ...]] = {}
    claims: list[tuple[date, float, str, Place, frozenset[Place]]] = []
    for place, skill in skills.items():
        if skill.status is not Status.DONE or not skill.covering:
            continue
        for done, support in _list_claims(place, skills, places):
            learned = max(skills[it].completed or date.min for it in done)
            if learned <= (skill.completed or date.min):
                # Of a circle, one skill has to stay.
                if place not in _standing_for(done, left_out):
                    left_out[place] = done
            elif all((skill.hours or 0.0) <= (skills[it].hours or 0.0) for it in done):
                # The id settles what is equal, so that the order of the file does not.
                key = (learned, skill.hours or 0.0, f"{place[0]}/{skill.id or skill.name}")
                claims.append((*key, place, support))
    taken: set[Place] = set()
    for *_, place, support in sorted(claims, key=lambda claim: claim[:3]):
        if taken.union(left_out).isdisjoint((place, *support)):
            left_out[place] = tuple(support)
            taken |= support
    return set(left_out)


def _list_claims(
    place: Place, skills: Mapping[Place, Skill], places: Mapping[str, Place]
) -> Iterator[tuple[tuple[Place, ...], frozenset[Place]]]:
    """Yield the done skills by which another one is learned, each time with all on the way to them."""
    wait = _make_wait(skills[place], places)
    if len(wait.named) > 1 and not wait.is_any:
        named = tuple(it for it in wait.named if it is not None)
        if len(named) == len(wait.named) and all(skills[it].status is Status.DONE for it in named):
            yield named, frozenset(named)
        return
    ways: list[tuple[Place, ...]] = [(it,) for it in wait.named if it is not None]
    seen = {place}
    for way in ways:
        last = way[-1]
        if last in seen:
            continue
        seen.add(last)
        if skills[last].status is Status.DONE:
            yield (last,), frozenset(way)
        elif skills[last].status in OPEN:
            following = _make_wait(skills[last], places)
            if following.is_any or len(following.named) == 1:
                # The list grows while it is gone through.
                ways += [(*way, it) for it in following.named if it is not None]


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
