"""What was completed when: by day and week for a year, streaks, and the pace of the last weeks.

Pure: the day of today is an argument. Reads dates of the file only; never guesses one.

    week     from Monday to Sunday, as ISO 8601 numbers them
    year     the running week and the 52 before it
    streak   weeks in a row with a completion; the running week breaks none before it is over
    window   the last 28 or 90 days, today included, cut to the time since the first date on record,
             but never below a week: who began ten days ago is not measured over four weeks
    enough   3 completions on 2 days: a bulk tick says nothing of a pace
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.progress.tally import MOST_HOURS
from tracker.roadmap.model import Skill, Status

SHORT, LONG, WEEK = 28, 90, 7
YEAR_WEEKS = 53
ENOUGH_SKILLS, ENOUGH_DAYS = 3, 2
STALLED_DAYS = 30
"""A skill that has been in progress for longer than this may be stalled."""


@dataclass(frozen=True, slots=True)
class Completions:
    """What was completed on a day, or in the week that begins on it; hours are estimates."""

    day: date
    skills: int = 0
    hours: float = 0.0

    @property
    def week(self) -> str:
        """The ISO week of the day, such as `2026-W53`."""
        year, number, _ = self.day.isocalendar()
        return f"{year:04}-W{number:02}"


@dataclass(frozen=True, slots=True)
class Pace:
    """What was completed in the last `days` days; hours are estimates of the completed skills."""

    days: int
    skills: int = 0
    hours: float = 0.0
    unestimated: int = 0
    active_days: int = 0

    @property
    def skills_per_week(self) -> float:
        """Completed skills in seven days."""
        return self.skills * WEEK / self.days

    @property
    def hours_per_week(self) -> float:
        """Estimated hours of completed skills in seven days."""
        return self.hours * WEEK / self.days

    @property
    def is_enough(self) -> bool:
        """Whether a forecast may stand on this."""
        return self.skills >= ENOUGH_SKILLS and self.active_days >= ENOUGH_DAYS


@dataclass(frozen=True, slots=True)
class History:
    """The completions of a year, the streaks, and the pace over 28 and 90 days.

    `days` has the days of the year with a completion, `weeks` all its weeks, the running one last.
    `undated` counts done skills without a date, and `future` those with one after today: they are in
    no figure here.
    """

    short: Pace
    long: Pace
    days: tuple[Completions, ...]
    weeks: tuple[Completions, ...]
    streak: int = 0
    longest_streak: int = 0
    undated: int = 0
    future: int = 0

    @property
    def this_week(self) -> Completions:
        """What was completed in the running week."""
        return self.weeks[-1]

    @property
    def paces(self) -> tuple[Pace, ...]:
        """The paces that a forecast may stand on, the recent one first."""
        return tuple(pace for pace in (self.short, self.long) if pace.is_enough)


def make_history(skills: Sequence[Skill], today: date) -> History:
    """Summarise the completions of these skills as seen on a day; later dates are left out."""
    done = [skill for skill in skills if skill.status is Status.DONE]
    dated = [skill for skill in done if skill.completed and skill.completed <= today]
    # A start is on record too: who began ten days ago had no time to complete anything before.
    begun = [day for skill in skills for day in (skill.started, skill.completed) if day]
    first = max(_monday(today).toordinal() - WEEK * (YEAR_WEEKS - 1), 1)
    year = [skill for skill in dated if skill.completed and skill.completed.toordinal() >= first]
    by_day = _count(year, lambda day: day)
    by_week = _count(year, _monday)
    mondays = range(first, today.toordinal() + 1, WEEK)
    weeks = {_week_number(skill.completed) for skill in dated if skill.completed}
    return History(
        short=_make_pace(dated, today, _span(begun, today, SHORT)),
        long=_make_pace(dated, today, _span(begun, today, LONG)),
        days=tuple(by_day[day] for day in sorted(by_day)),
        weeks=tuple(
            by_week.get(monday, Completions(monday)) for monday in map(date.fromordinal, mondays)
        ),
        streak=_count_running(weeks, _week_number(today)),
        longest_streak=_count_longest(weeks),
        undated=sum(skill.completed is None for skill in done),
        future=sum(skill.completed is not None and skill.completed > today for skill in done),
    )


def count_age(skill: Skill, today: date) -> int | None:
    """Return for how many days a skill has been in progress; None where no date says so."""
    if skill.status is not Status.DOING or skill.started is None or skill.started > today:
        return None
    return (today - skill.started).days


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week_number(day: date) -> int:
    # Ordinal 1 is a Monday, so this numbers the weeks from Monday to Sunday.
    return (day.toordinal() - 1) // WEEK


def _count(skills: Iterable[Skill], group: Callable[[date], date]) -> dict[date, Completions]:
    """Count completed skills and their hours by the day that stands for their group."""
    counts: dict[date, list[Skill]] = {}
    for skill in skills:
        if skill.completed:
            counts.setdefault(group(skill.completed), []).append(skill)
    return {day: Completions(day, len(some), _hours(some)) for day, some in counts.items()}


def _span(begun: Iterable[date], today: date, window: int) -> int:
    """Return how many days of a window there is history for."""
    first = min((day for day in begun if day <= today), default=today)
    return min(window, max(WEEK, (today - first).days + 1))


def _make_pace(dated: Iterable[Skill], today: date, days: int) -> Pace:
    """Sum up what was completed in the last days, today included."""
    within = [skill for skill in dated if skill.completed and (today - skill.completed).days < days]
    return Pace(
        days=days,
        skills=len(within),
        hours=_hours(within),
        unestimated=sum(skill.hours is None for skill in within),
        active_days=len({skill.completed for skill in within}),
    )


def _hours(skills: Iterable[Skill]) -> float:
    return min(sum(skill.hours or 0.0 for skill in skills), MOST_HOURS)


def _count_running(weeks: set[int], this_week: int) -> int:
    """Count the weeks in a row with a completion, back from this week or the last."""
    # The running week is not over yet, and breaks nothing.
    last = this_week if this_week in weeks else this_week - 1
    streak = 0
    while last - streak in weeks:
        streak += 1
    return streak


def _count_longest(weeks: set[int]) -> int:
    """Count the weeks of the longest row of weeks with a completion."""
    longest = length = 0
    for week in sorted(weeks):
        length = length + 1 if week - 1 in weeks else 1
        longest = max(longest, length)
    return longest
