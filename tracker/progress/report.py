"""The report: everything that is said about progress, as one value.

Pure: the day of today is an argument. Not a text; `cli` renders it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from tracker.progress.coverage import Place, counted_elsewhere, covered_places, index_skills
from tracker.progress.forecast import NO_AIM, Aim, AimProgress, Eta, check_aim, make_eta
from tracker.progress.history import History, make_history
from tracker.progress.milestones import Reached, find_reached, list_ahead
from tracker.progress.order import ListedSkill, find_next, list_everything
from tracker.progress.tally import MOST_HOURS, Tally, make_tally
from tracker.progress.tracks import (
    TrackMatch,
    find_track_places,
    find_tracks,
    keep_to_track,
    list_tracks,
)
from tracker.roadmap.model import Roadmap, Skill, Status

NEXT, RECENT = 5, 5
"""How many skills a report suggests, and how many completed ones it names."""

LEVELS = ("entry", "intermediate", "advanced")
"""The levels with a meaning of their own, in order; other texts follow as they appear."""


@dataclass(frozen=True, slots=True)
class SectionProgress:
    """One section of a roadmap."""

    title: str
    tally: Tally
    skills: tuple[ListedSkill, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelProgress:
    """All skills of one level; the empty level holds those without one."""

    level: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class TrackProgress:
    """A track: `tally` counts its targets and all that they require.

    `weeks` are those to its end at the hours a week that the learner means to spend; None where these
    or an estimate are missing.
    """

    roadmap: str
    id: str
    title: str
    tally: Tally
    weeks: int | None = None


@dataclass(frozen=True, slots=True)
class RoadmapProgress:
    """One roadmap; `name` is its file's stem."""

    name: str
    title: str
    tally: Tally
    sections: tuple[SectionProgress, ...]
    levels: tuple[LevelProgress, ...]
    tracks: tuple[TrackProgress, ...]
    history: History
    eta: Eta


@dataclass(frozen=True, slots=True)
class Since:
    """What was completed from a day on, the latest first, and what was started and is in progress."""

    day: date
    completed: tuple[ListedSkill, ...]
    started: tuple[ListedSkill, ...]

    @property
    def hours(self) -> float:
        """The estimated hours of what was completed."""
        return min(sum(found.skill.hours or 0.0 for found in self.completed), MOST_HOURS)


@dataclass(frozen=True, slots=True)
class Report:
    """Several roadmaps on one day.

    `total`, `history`, `eta`, `aim` and `recent` are of all of them together, with every skill that is
    counted elsewhere left out. `elsewhere` says how many those are. `track` is the one that the learner
    follows: the aim is its end then, and what is next is on it. `reached` are the milestones so far, and
    `ahead` those to come.
    """

    today: date
    roadmaps: tuple[RoadmapProgress, ...]
    total: Tally
    history: History
    eta: Eta
    aim: AimProgress | None = None
    track: TrackProgress | None = None
    in_progress: tuple[ListedSkill, ...] = ()
    next_up: tuple[ListedSkill, ...] = ()
    recent: tuple[ListedSkill, ...] = ()
    reached: tuple[Reached, ...] = ()
    ahead: tuple[ListedSkill, ...] = ()
    since: Since | None = None
    elsewhere: int = 0


def summarise(
    roadmaps: Mapping[str, Roadmap],
    *,
    today: date,
    only: Collection[str] = (),
    aim: Aim = NO_AIM,
    since: date | None = None,
) -> Report:
    """Summarise roadmaps by name, or `only` some of them; the rest then just says what is covered.

    `since` is a day from which on the report lists what was completed and started.
    """
    chosen = {name: roadmap for name, roadmap in roadmaps.items() if not only or name in only}
    # Skills of the others may cover, but what is not in this report cannot count elsewhere in it.
    covered = covered_places(index_skills(roadmaps))
    skills = index_skills(chosen)
    elsewhere = counted_elsewhere(skills)
    once = {place: skill for place, skill in skills.items() if place not in elsewhere}
    total = _tally(once, covered)
    history = make_history(tuple(once.values()), today)
    listed = [
        found for found in list_everything(roadmaps, covered, today) if found.roadmap in chosen
    ]
    by_roadmap: dict[str, list[ListedSkill]] = {name: [] for name in chosen}
    for found in listed:
        by_roadmap[found.roadmap].append(found)
    following = find_next(listed, elsewhere)
    finished = _list_finished((found for found in listed if found.place in once), today)
    match = next(iter(find_tracks(chosen, aim.track) if aim.track else ()), None)
    track = _measure_track(match, chosen, covered, aim) if match else None
    places = find_track_places(chosen, match) if match else ()
    goal = track.tally if track else total
    return Report(
        today=today,
        roadmaps=tuple(
            _summarise_one(name, roadmap, by_roadmap[name], aim, today)
            for name, roadmap in chosen.items()
        ),
        total=total,
        history=history,
        eta=make_eta(total, history, today),
        aim=check_aim(aim, goal, make_eta(goal, history, today), today),
        track=track,
        in_progress=following.in_progress,
        next_up=keep_to_track(following.startable, places)[:NEXT],
        recent=finished[:RECENT],
        reached=find_reached(listed, finished, total.done, today),
        ahead=list_ahead(listed),
        since=_look_back(listed, finished, since, today) if since else None,
        elsewhere=len(elsewhere),
    )


def _summarise_one(
    name: str, roadmap: Roadmap, listed: Sequence[ListedSkill], aim: Aim, today: date
) -> RoadmapProgress:
    named = {name: roadmap}
    covered = {found.place for found in listed if found.is_covered}
    tally = _tally_listed(listed)
    history = make_history(roadmap.skills, today)
    return RoadmapProgress(
        name=name,
        title=roadmap.title,
        tally=tally,
        sections=_by_section(roadmap, listed),
        levels=_by_level(listed),
        tracks=tuple(_measure_track(it, named, covered, aim) for it in list_tracks(named)),
        history=history,
        eta=make_eta(tally, history, today),
    )


def _measure_track(
    match: TrackMatch, roadmaps: Mapping[str, Roadmap], covered: Collection[Place], aim: Aim
) -> TrackProgress:
    skills = index_skills({match.roadmap: roadmaps[match.roadmap]})
    places = find_track_places(roadmaps, match)
    tally = _tally({place: skills[place] for place in places}, covered)
    weeks = None
    if aim.hours_per_week and not tally.unestimated:
        weeks = ceil(tally.hours_left / aim.hours_per_week)
    return TrackProgress(match.roadmap, match.track.id, match.track.title, tally, weeks)


def _list_finished(listed: Iterable[ListedSkill], today: date) -> tuple[ListedSkill, ...]:
    """Return what was completed, the latest first; nothing that is dated after today."""
    finished = [
        (found.skill.completed, found)
        for found in listed
        if found.skill.status is Status.DONE
        and found.skill.completed
        and found.skill.completed <= today
    ]
    finished.sort(key=lambda dated: -dated[0].toordinal())
    return tuple(found for _, found in finished)


def _look_back(
    listed: Iterable[ListedSkill], finished: Iterable[ListedSkill], day: date, today: date
) -> Since:
    started = [
        found
        for found in listed
        if found.skill.status is Status.DOING
        and found.skill.started
        and day <= found.skill.started <= today
    ]
    completed = [
        found for found in finished if found.skill.completed and found.skill.completed >= day
    ]
    return Since(day, tuple(completed), tuple(started))


def _by_section(roadmap: Roadmap, listed: Sequence[ListedSkill]) -> tuple[SectionProgress, ...]:
    found = []
    start = 0
    for section in roadmap.sections:
        skills = tuple(listed[start : start + len(section.skills)])
        found.append(SectionProgress(section.title, _tally_listed(skills), skills))
        start += len(section.skills)
    return tuple(found)


def _by_level(listed: Sequence[ListedSkill]) -> tuple[LevelProgress, ...]:
    groups: dict[str, list[ListedSkill]] = {}
    for found in listed:
        groups.setdefault(found.skill.level or "", []).append(found)
    return tuple(
        LevelProgress(level, _tally_listed(groups[level])) for level in _order_levels(groups)
    )


def _order_levels(levels: Iterable[str]) -> list[str]:
    """Put the known levels first, and the skills without one last."""
    appeared = list(levels)
    known = [level for level in LEVELS if level in appeared]
    return (
        known
        + [level for level in appeared if level and level not in LEVELS]
        + [level for level in appeared if not level]
    )


def _tally(skills: Mapping[Place, Skill], covered: Collection[Place]) -> Tally:
    return make_tally((skill, place in covered) for place, skill in skills.items())


def _tally_listed(listed: Iterable[ListedSkill]) -> Tally:
    return make_tally((found.skill, found.is_covered) for found in listed)
