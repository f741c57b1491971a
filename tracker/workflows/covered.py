"""Tick the skills that are covered: everything that they name was learned elsewhere.

Talks to the local side only; Notion learns of it from the next sync.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.ports import Desk, RoadmapFile
from tracker.progress.coverage import Place, covered_places, index_references, index_skills
from tracker.roadmap.edits import At, Edit, SetValue
from tracker.roadmap.model import Skill, Status
from tracker.workflows.local import make_diff
from tracker.workflows.observe import select_files


@dataclass(frozen=True, slots=True)
class Ticked:
    """A covered skill that is done now; `completed` is the day its file says."""

    at: At
    skill: Skill
    completed: date


@dataclass(frozen=True, slots=True)
class TickedFile:
    """One file with the skills that were ticked in it, and a unified diff of it."""

    name: str
    title: str
    path: str
    ticked: tuple[Ticked, ...]
    diff: str


def run_mark_covered(desk: Desk, names: Sequence[str]) -> tuple[TickedFile, ...]:
    """Tick every covered skill of the named roadmaps (none named: all), one batch a file.

    Returns the files that changed. Raises RoadmapError when a chosen file is broken.
    """
    with desk.lock():
        loaded = desk.reader.load_roadmaps()
        chosen = select_files(loaded, names)
        found = find_covered({file.name: file for file in loaded.files}, desk.clock.today())
        return tuple(_tick(desk, file, found[file.name]) for file in chosen if found[file.name])


def find_covered(files: Mapping[str, RoadmapFile], today: date) -> Mapping[str, tuple[Ticked, ...]]:
    """Return the covered skills of each file with the day on which the last of what covers it was done.

    Where no such day is known, it is today; it is never before the day a skill was started.
    """
    skills = index_skills({name: file.roadmap for name, file in files.items()})
    covered = covered_places(skills)
    days = _find_days(skills, covered, today)
    found: dict[str, tuple[Ticked, ...]] = {}
    for name, file in files.items():
        places = [
            (row, column)
            for row, section in enumerate(file.roadmap.sections)
            for column, _ in enumerate(section.skills)
        ]
        found[name] = tuple(
            Ticked(at, skills[name, index], days[name, index])
            for index, at in enumerate(places)
            if (name, index) in covered
        )
    return found


def _find_days(
    skills: Mapping[Place, Skill], covered: frozenset[Place], today: date
) -> dict[Place, date]:
    """Work out the days from what is done on to what is covered by covered skills."""
    places = index_references(skills)
    days: dict[Place, date] = {}
    waiting = set(covered)
    while waiting:
        ready = {
            place
            for place in waiting
            if not any(places[each] in waiting for each in skills[place].covered_by)
        }
        for place in ready:
            skill = skills[place]
            named = [places[each] for each in skill.covered_by]
            known = [days.get(each) or skills[each].completed for each in named]
            latest = max((each for each in known if each is not None), default=today)
            days[place] = skill.completed or max(latest, skill.started or latest)
        waiting -= ready
    return days


def _tick(desk: Desk, file: RoadmapFile, ticked: tuple[Ticked, ...]) -> TickedFile:
    edits: list[Edit] = []
    for each in ticked:
        edits.append(SetValue(each.at, "status", Status.DONE.value))
        if each.skill.completed is None:
            edits.append(SetValue(each.at, "completed", each.completed))
    before = desk.reader.load_text(file.name)
    desk.writer.save_edits(file.name, file.digest, edits)
    diff = make_diff(before, desk.reader.load_text(file.name), file.path)
    return TickedFile(file.name, file.roadmap.title, file.path, ticked, diff)
