"""What a learner has reached, and when: milestones of the roadmaps, whole sections, round numbers.

Pure: the day of today is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from tracker.progress.effects import ROUND
from tracker.progress.order import ListedSkill
from tracker.roadmap.model import SkillKind, Status


@dataclass(frozen=True, slots=True)
class Reached:
    """Something that was reached; `day` is None where a date in the file is missing or yet to come."""

    what: str
    day: date | None


def find_reached(
    listed: Sequence[ListedSkill], finished: Sequence[ListedSkill], done: int, today: date
) -> tuple[Reached, ...]:
    """List what was reached, the latest first and what has no day last.

    `finished` are the dated completions that count in the total, the latest first, and `done` is the
    number of all that count: with one that has no date nobody knows the day of the hundredth.
    """
    days = {
        found.place: found.skill.completed
        for found in listed
        if found.skill.completed and found.skill.completed <= today
    }
    reached = [
        Reached(found.skill.name, days.get(found.place))
        for found in listed
        if found.skill.kind is SkillKind.MILESTONE and found.skill.status is Status.DONE
    ]
    for (_, section), skills in groupby(listed, key=lambda found: (found.roadmap, found.section)):
        counted = [found for found in skills if found.skill.status is not Status.SKIPPED]
        if counted and all(found.skill.status is Status.DONE for found in counted):
            dates = [days.get(found.place) for found in counted]
            known = [day for day in dates if day]
            reached.append(
                Reached(f"Section complete: {section}", max(known) if all(dates) else None)
            )
    if done == len(finished):
        reached += [
            Reached(f"{count} skills done", finished[done - count].skill.completed)
            for count in ROUND
            if count <= done
        ]
    return tuple(sorted(reached, key=lambda it: -it.day.toordinal() if it.day else 0))


def list_ahead(listed: Iterable[ListedSkill]) -> tuple[ListedSkill, ...]:
    """List the milestones that are still to be reached, in file order."""
    return tuple(
        found
        for found in listed
        if found.skill.kind is SkillKind.MILESTONE
        and found.skill.status in (Status.TODO, Status.DOING)
        and not found.is_covered
    )
