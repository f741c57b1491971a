"""Counts, hours and percent of a set of skills.

Pure: no clock, no disk, no network. Does not choose which skills belong to the set.

Skipped skills count neither for nor against: they are in no percentage and in no hours. Covered
skills are counted beside `todo` and `doing`, never as done; nothing of them is left to learn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.roadmap.model import Skill, Status

MOST_HOURS = 1e12
"""Sums stop here, so that absurd estimates never become infinite."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many skills stand where. `covered` is part of `todo` and `doing`; hours are estimates.

    `unestimated` counts the skills that are left and say no hours.
    """

    todo: int = 0
    doing: int = 0
    done: int = 0
    skipped: int = 0
    covered: int = 0
    hours_done: float = 0.0
    hours_covered: float = 0.0
    hours_left: float = 0.0
    unestimated: int = 0

    @property
    def skills(self) -> int:
        """All skills, skipped ones included."""
        return self.counted + self.skipped

    @property
    def counted(self) -> int:
        """The skills that a percentage is taken of: all but the skipped ones."""
        return self.todo + self.doing + self.done

    @property
    def left(self) -> int:
        """The skills that are still to be learned."""
        return self.todo + self.doing - self.covered

    @property
    def hours(self) -> float:
        """The estimated hours of all counted skills."""
        return self.hours_done + self.hours_covered + self.hours_left

    @property
    def percent(self) -> float | None:
        """Done skills of the counted ones in percent; None when there are none."""
        return 100 * self.done / self.counted if self.counted else None

    @property
    def covered_percent(self) -> float:
        """Covered skills of the counted ones in percent."""
        return 100 * self.covered / self.counted if self.counted else 0.0

    @property
    def hours_percent(self) -> float | None:
        """Hours of the done skills in percent; None when nothing is estimated."""
        return min(100.0, 100 * self.hours_done / self.hours) if self.hours else None


def make_tally(skills: Iterable[tuple[Skill, bool]]) -> Tally:
    """Count skills; each comes with whether it is covered."""
    # By status a covered skill is still open; by hours it is of a kind of its own.
    counts = dict.fromkeys(Status, 0)
    hours = dict.fromkeys(("done", "covered", "left"), 0.0)
    covered = unestimated = 0
    for skill, is_covered in skills:
        counts[skill.status] += 1
        if skill.status is Status.SKIPPED:
            continue
        kind = "done" if skill.status is Status.DONE else "covered" if is_covered else "left"
        covered += kind == "covered"
        hours[kind] += skill.hours or 0.0
        unestimated += kind == "left" and skill.hours is None
    return Tally(
        todo=counts[Status.TODO],
        doing=counts[Status.DOING],
        done=counts[Status.DONE],
        skipped=counts[Status.SKIPPED],
        covered=covered,
        hours_done=min(hours["done"], MOST_HOURS),
        hours_covered=min(hours["covered"], MOST_HOURS),
        hours_left=min(hours["left"], MOST_HOURS),
        unestimated=unestimated,
    )
