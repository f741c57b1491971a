"""Which skills a person wants to see: by words, section, level, status, tag, track, hours.

Pure: no clock, no disk, no network. Orders nothing and counts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.progress.coverage import Place
from tracker.progress.find import fold, has_words, is_part
from tracker.progress.tracks import find_track_places, find_tracks, list_tracks
from tracker.roadmap.model import Roadmap, Skill, Status


@dataclass(frozen=True, slots=True)
class SkillFilter:
    """What all skills of a list have to be; empty values ask for nothing.

    `section` is a part of a title, `track` an id or a title, and `hours` the most that a skill may
    take: one without an estimate may take more.
    """

    text: str = ""
    section: str = ""
    level: str = ""
    tag: str = ""
    track: str = ""
    status: Status | None = None
    hours: float | None = None


NO_FILTER = SkillFilter()


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value that no skill has, with those that there are."""

    key: str
    value: str
    known: tuple[str, ...]


def find_unknown(roadmaps: Mapping[str, Roadmap], wanted: SkillFilter) -> tuple[UnknownValue, ...]:
    """Return the section, level, tag and track of a filter that are in none of the roadmaps."""
    sections = [section for roadmap in roadmaps.values() for section in roadmap.sections]
    skills = [skill for section in sections for skill in section.skills]
    titles = tuple(dict.fromkeys(section.title for section in sections))
    levels = tuple(dict.fromkeys(skill.level for skill in skills if skill.level))
    tags = tuple(sorted({tag for skill in skills for tag in skill.tags}))
    tracks = tuple(dict.fromkeys(match.track.id for match in list_tracks(roadmaps)))
    found = (
        ("section", wanted.section, titles, any(is_part(wanted.section, it) for it in titles)),
        ("level", wanted.level, levels, fold(wanted.level) in map(fold, levels)),
        ("tag", wanted.tag, tags, fold(wanted.tag) in map(fold, tags)),
        ("track", wanted.track, tracks, bool(find_tracks(roadmaps, wanted.track))),
    )
    return tuple(
        UnknownValue(key, value, known)
        for key, value, known, is_known in found
        if not is_known and value
    )


def select_places(roadmaps: Mapping[str, Roadmap], wanted: SkillFilter) -> frozenset[Place]:
    """Return the places of the skills that a filter lets through."""
    on_track = {
        place
        for match in (find_tracks(roadmaps, wanted.track) if wanted.track else ())
        for place in find_track_places(roadmaps, match)
    }
    return frozenset(
        (name, index)
        for name, roadmap in roadmaps.items()
        for index, (section, skill) in enumerate(
            (section.title, skill) for section in roadmap.sections for skill in section.skills
        )
        if (not wanted.track or (name, index) in on_track)
        and (not wanted.section or is_part(wanted.section, section))
        and _is_wanted(skill, wanted)
    )


def _is_wanted(skill: Skill, wanted: SkillFilter) -> bool:
    return (
        has_words(skill, wanted.text)
        and (not wanted.level or fold(wanted.level) == fold(skill.level or ""))
        and (not wanted.tag or fold(wanted.tag) in map(fold, skill.tags))
        and (wanted.status is None or skill.status is wanted.status)
        and (wanted.hours is None or (skill.hours is not None and skill.hours <= wanted.hours))
    )
