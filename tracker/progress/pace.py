"""How fast a learner is: completions by day, and the day on which the rest is done at that pace.

Pure: the day of today is an argument. Reads `completed` dates only; never guesses a date.

    window   28 days; 90 when too little was completed in those
    too      fewer than 3 completions, or all of them on one day: a bulk tick says nothing of
    little   a pace, so no date is given
    span     a window is cut to the time since the first date on record, but never below a week;
             who began ten days ago is not measured over four weeks
    basis    hours, if every completion and all that is left have an estimate; skills otherwise
    range    the finish by both windows, as far as each holds enough: no day is known that exactly
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil

from tracker.progress.tally import MOST_HOURS, Tally
from tracker.roadmap.model import Skill, Status

SHORT, LONG, WEEK = 28, 90, 7
WEEKS = 13
ENOUGH_SKILLS, ENOUGH_DAYS = 3, 2
# Ten years: a forecast beyond them says no more than "not at this pace".
FARTHEST_DAYS = 3653


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
    """The pace over 28 and 90 days, this calendar week, and the weeks in a row with a completion.

    `streak` does not break before the running week (from Monday) is over. `undated` counts done
    skills without a date, and `future` those with one after today: they are in no pace. `weeks` counts
    the completions of the last 13 calendar weeks, the running one last.
    """

    short: Pace
    long: Pace
    week_skills: int = 0
    week_hours: float = 0.0
    streak: int = 0
    undated: int = 0
    future: int = 0
    weeks: tuple[int, ...] = ()

    @property
    def best(self) -> Pace | None:
        """The pace to forecast with: the recent one if it is enough, else the long one, else None."""
        return next(iter(self.paces), None)

    @property
    def paces(self) -> tuple[Pace, ...]:
        """The paces that a forecast may stand on, the recent one first."""
        return tuple(pace for pace in (self.short, self.long) if pace.is_enough)


class EtaKind(StrEnum):
    """Whether a day can be forecast, or why not."""

    DATE = "date"
    FINISHED = "finished"
    LITTLE_HISTORY = "little-history"
    TOO_FAR = "too-far"


@dataclass(frozen=True, slots=True)
class Eta:
    """When the rest is done at the pace shown; `day` only for `DATE`, `basis` is hours or skills.

    `earliest` and `latest` are the days by the paces of both windows; no `latest` for a pace at which
    it is too far to tell.
    """

    kind: EtaKind
    day: date | None = None
    basis: str = ""
    pace: Pace | None = None
    earliest: date | None = None
    latest: date | None = None


def make_history(skills: Sequence[Skill], today: date) -> History:
    """Summarise the completions of these skills as seen on a day; later dates are left out."""
    done = [skill for skill in skills if skill.status is Status.DONE]
    dated = [skill for skill in done if skill.completed and skill.completed <= today]
    # A start is on record too: who began ten days ago had no time to complete anything before.
    begun = [day for skill in skills for day in (skill.started, skill.completed) if day]
    monday = today - timedelta(days=today.weekday())
    week = [skill for skill in dated if skill.completed and skill.completed >= monday]
    return History(
        short=_make_pace(dated, today, _span(begun, today, SHORT)),
        long=_make_pace(dated, today, _span(begun, today, LONG)),
        week_skills=len(week),
        week_hours=_hours(week),
        streak=_count_weeks({skill.completed for skill in dated if skill.completed}, today),
        undated=sum(skill.completed is None for skill in done),
        future=sum(skill.completed is not None and skill.completed > today for skill in done),
        weeks=_count_by_week((skill.completed for skill in dated if skill.completed), today),
    )


def make_eta(tally: Tally, history: History, today: date) -> Eta:
    """Forecast the day on which nothing is left, from what is left and the best known pace."""
    if not tally.left:
        return Eta(EtaKind.FINISHED)
    pace = history.best
    if pace is None:
        return Eta(EtaKind.LITTLE_HISTORY)
    day, basis = _forecast(tally, pace, today)
    if day is None:
        return Eta(EtaKind.TOO_FAR, basis=basis, pace=pace)
    days = [_forecast(tally, other, today)[0] for other in history.paces]
    known = [other for other in days if other is not None]
    return Eta(
        EtaKind.DATE,
        day,
        basis,
        pace,
        earliest=min(known),
        latest=max(known) if len(known) == len(days) else None,
    )


def _forecast(tally: Tally, pace: Pace, today: date) -> tuple[date | None, str]:
    """Return the day on which nothing is left at a pace, if it is not too far, and what it rests on."""
    # Hours say more than a count of skills, but one missing estimate makes their sum too small.
    by_hours = not tally.unestimated and not pace.unestimated and pace.hours > 0
    share = tally.hours_left / pace.hours if by_hours else tally.left / pace.skills
    days = share * pace.days
    # Python's dates end with the year 9999.
    is_far = days > min(FARTHEST_DAYS, (date.max - today).days)
    day = None if is_far else today + timedelta(days=ceil(days))
    return day, "hours" if by_hours else "skills"


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


def _count_by_week(days: Iterable[date], today: date) -> tuple[int, ...]:
    # Ordinal 1 is a Monday, so this numbers the weeks from Monday to Sunday.
    counts = Counter((day.toordinal() - 1) // WEEK for day in days)
    now = (today.toordinal() - 1) // WEEK
    return tuple(counts[week] for week in range(now - WEEKS + 1, now + 1))


def _count_weeks(days: Iterable[date], today: date) -> int:
    """Count the calendar weeks in a row with a completion, back from this week or the last."""
    weeks = {(day.toordinal() - 1) // WEEK for day in days}
    week = (today.toordinal() - 1) // WEEK
    # The running week is not over yet, and breaks nothing.
    if week not in weeks:
        week -= 1
    streak = 0
    while week - streak in weeks:
        streak += 1
    return streak
