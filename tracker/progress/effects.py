"""What marking skills brought about: what can be started now, how far sections are, what was reached.

Pure: compares the roadmaps before and after; knows no file and no clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from tracker.progress.coverage import covered_places, index_skills
from tracker.progress.order import ListedSkill, list_everything
from tracker.progress.tally import Tally, make_tally
from tracker.roadmap.model import Roadmap, SkillKind, Status

ROUND = (10, 25, 50, 100, 150, 200, 250, 300, 400, 500, 750, 1000, 2500, 5000, 10_000)
"""Numbers of done skills that are worth a word."""


@dataclass(frozen=True, slots=True)
class SectionEffect:
    """A section with a skill whose status changed; `is_completed` says that all of it is done since."""

    roadmap: str
    title: str
    tally: Tally
    is_completed: bool


@dataclass(frozen=True, slots=True)
class MarkEffects:
    """What became of the rest.

    `unlocked` can be started now, and could not before. `milestones` are the skills of that kind that
    are done now, `completed` the roadmaps of which all is done since, and `count` is the round
    number of done skills that was reached, or 0.
    """

    unlocked: tuple[ListedSkill, ...] = ()
    sections: tuple[SectionEffect, ...] = ()
    milestones: tuple[ListedSkill, ...] = ()
    completed: tuple[str, ...] = ()
    count: int = 0


def find_effects(
    before: Mapping[str, Roadmap], after: Mapping[str, Roadmap], today: date
) -> MarkEffects:
    """Compare the same roadmaps before and after some of their skills got another status."""
    old, new = (
        list_everything(roadmaps, covered_places(index_skills(roadmaps)), today)
        for roadmaps in (before, after)
    )
    changed = [
        (was, now)
        for was, now in zip(old, new, strict=True)
        if was.skill.status != now.skill.status
    ]
    touched = {now.place for _, now in changed}
    return MarkEffects(
        unlocked=tuple(
            now
            for was, now in zip(old, new, strict=True)
            # A skill that was marked itself is no news.
            if now.is_ready and not was.is_ready and now.place not in touched
        ),
        sections=_compare_sections(old, new, {(now.roadmap, now.section) for _, now in changed}),
        milestones=tuple(
            now
            for _, now in changed
            if now.skill.kind is SkillKind.MILESTONE and now.skill.status is Status.DONE
        ),
        completed=tuple(
            name
            for name in dict.fromkeys(now.roadmap for _, now in changed)
            if _is_completed(
                *(_tally(it for it in side if it.roadmap == name) for side in (old, new))
            )
        ),
        count=_find_round(
            *(sum(it.skill.status is Status.DONE for it in side) for side in (old, new))
        ),
    )


def _compare_sections(
    old: Iterable[ListedSkill], new: Iterable[ListedSkill], touched: set[tuple[str, str]]
) -> tuple[SectionEffect, ...]:
    tallies = [
        {
            key: _tally(it for it in listed if (it.roadmap, it.section) == key)
            for key in dict.fromkeys((it.roadmap, it.section) for it in listed)
            if key in touched
        }
        for listed in (old, new)
    ]
    was, now = tallies
    return tuple(
        SectionEffect(name, title, tally, _is_completed(was[name, title], tally))
        for (name, title), tally in now.items()
    )


def _tally(listed: Iterable[ListedSkill]) -> Tally:
    return make_tally((found.skill, found.is_covered) for found in listed)


def _is_completed(before: Tally, after: Tally) -> bool:
    return before.done < before.counted and 0 < after.done == after.counted


def _find_round(before: int, after: int) -> int:
    """Return the greatest round number that was passed on the way up, or 0."""
    place = bisect_right(ROUND, after)
    return ROUND[place - 1] if place and before < ROUND[place - 1] else 0
