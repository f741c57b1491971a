"""When the rest is done, and what the learner's own target asks for.

Pure: the day of today is an argument.

    basis    hours, if every completion and all that is left have an estimate; skills otherwise
    range    the finish by the paces of 28 and 90 days, as far as each holds enough: no day is known
             that exactly
    too far  ten years and more: a forecast beyond them says no more than "not at this pace"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil

from tracker.progress.history import WEEK, History
from tracker.progress.tally import Tally

FARTHEST_DAYS = 3653


class EtaKind(StrEnum):
    """Whether a finish can be forecast, or why not."""

    DATE = "date"
    FINISHED = "finished"
    LITTLE_HISTORY = "little-history"
    TOO_FAR = "too-far"


@dataclass(frozen=True, slots=True)
class Eta:
    """The range within which the rest is done; `basis` is hours or skills.

    `earliest` and `latest` are the days by the faster and the slower pace, for `DATE` only; no
    `latest` where the slower pace is too slow to tell.
    """

    kind: EtaKind
    basis: str = ""
    earliest: date | None = None
    latest: date | None = None


def make_eta(tally: Tally, history: History, today: date) -> Eta:
    """Forecast when nothing is left, from what is left and the paces that hold enough."""
    if not tally.left:
        return Eta(EtaKind.FINISHED)
    if not history.paces:
        return Eta(EtaKind.LITTLE_HISTORY)
    # Hours say more than a count of skills, but one missing estimate makes their sum too small.
    by_hours = (
        tally.hours_left > 0
        and not tally.unestimated
        and all(pace.hours > 0 and not pace.unestimated for pace in history.paces)
    )
    basis = "hours" if by_hours else "skills"
    days = [
        _add_days(today, pace.days * (tally.hours_left / pace.hours))
        if by_hours
        else _add_days(today, pace.days * (tally.left / pace.skills))
        for pace in history.paces
    ]
    known = [day for day in days if day is not None]
    if not known:
        return Eta(EtaKind.TOO_FAR, basis)
    return Eta(EtaKind.DATE, basis, min(known), max(known) if len(known) == len(days) else None)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a learner set out to do: get to the end of a track, by `target`, at so many hours a week.

    Without a track, everything is to be done. One that no roadmap has counts as none.
    """

    target: date | None = None
    hours_per_week: float | None = None
    track: str | None = None


NO_AIM = Aim()


class Chance(StrEnum):
    """Whether the target is kept at the paces so far: by both, by the faster one, or by none."""

    ON_TRACK = "on-track"
    WITHIN_REACH = "within-reach"
    BEHIND = "behind"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AimProgress:
    """What an aim asks for on a day.

    `days_left` until the target is negative after it. `skills_asked` and `hours_asked` are what has
    to be done in seven days to keep it; None without a target, after it, and `hours_asked` where
    nothing that is left has an estimate. `planned` is the finish at the hours a week that the learner
    means to spend; None where an estimate is missing.
    """

    aim: Aim
    days_left: int | None = None
    skills_asked: float | None = None
    hours_asked: float | None = None
    planned: date | None = None
    chance: Chance = Chance.UNKNOWN


def check_aim(aim: Aim, tally: Tally, eta: Eta, today: date) -> AimProgress | None:
    """Return what an aim asks for; None where the learner set none."""
    if aim.target is None and aim.hours_per_week is None:
        return None
    planned = None
    if aim.hours_per_week and tally.left and not tally.unestimated:
        planned = _add_days(today, tally.hours_left / aim.hours_per_week * WEEK)
    if aim.target is None:
        return AimProgress(aim, planned=planned)
    days_left = (aim.target - today).days
    if days_left < 0 or not tally.left:
        return AimProgress(aim, days_left, planned=planned, chance=_judge(aim.target, eta))
    # On its last day, the target asks for all that is left at once.
    weeks = max(days_left, 1) / WEEK
    return AimProgress(
        aim,
        days_left,
        skills_asked=tally.left / weeks,
        hours_asked=tally.hours_left / weeks if tally.hours_left else None,
        planned=planned,
        chance=_judge(aim.target, eta),
    )


def _judge(target: date, eta: Eta) -> Chance:
    match eta.kind:
        case EtaKind.FINISHED:
            return Chance.ON_TRACK
        case EtaKind.LITTLE_HISTORY:
            return Chance.UNKNOWN
        case EtaKind.TOO_FAR:
            return Chance.BEHIND
    if eta.latest is not None and eta.latest <= target:
        return Chance.ON_TRACK
    is_near = eta.earliest is not None and eta.earliest <= target
    return Chance.WITHIN_REACH if is_near else Chance.BEHIND


def _add_days(today: date, days: float) -> date | None:
    """Return the day after so many days; None when it is too far to tell."""
    # Python's dates end with the year 9999.
    if days > min(FARTHEST_DAYS, (date.max - today).days):
        return None
    return today + timedelta(days=ceil(days))
