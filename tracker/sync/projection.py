"""From a roadmap to what is compared: the local observation.

Pure: no clock, no disk, no network, no logging. Decides nothing about what is to be done.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracker.roadmap.model import Resource, Roadmap, Skill, SkillId
from tracker.roadmap.texts import make_canonical_text
from tracker.sync.snapshot import Link, Links, LocalObservation, LocalSkill, Record


def make_local_observation(name: str, digest: str, roadmap: Roadmap) -> LocalObservation:
    """Project a loaded roadmap file onto comparable records; skills in file order."""
    skills = tuple(
        LocalSkill(
            at=(row, column),
            skill_id=None if skill.id is None else SkillId(skill.id),
            record=_make_record(skill, section.title),
        )
        for row, section in enumerate(roadmap.sections)
        for column, skill in enumerate(section.skills)
    )
    return LocalObservation(
        roadmap=name,
        title=roadmap.title,
        digest=digest,
        sections=tuple(make_canonical_text(section.title) or "" for section in roadmap.sections),
        skills=skills,
    )


def _make_record(skill: Skill, section: str) -> Record:
    return Record(
        name=make_canonical_text(skill.name) or "",
        status=skill.status,
        section=make_canonical_text(section) or "",
        level=make_canonical_text(skill.level),
        goal=make_canonical_text(skill.goal),
        hours=None if skill.hours is None else float(skill.hours),
        started=skill.started,
        completed=skill.completed,
        tags=frozenset(filter(None, map(make_canonical_text, skill.tags))),
        requires=frozenset(skill.requires),
        resources=_make_links(skill.resources),
        notes=make_canonical_text(skill.notes),
    )


def _make_links(resources: Iterable[Resource]) -> Links:
    """Keep the first resource of each URL: the URL is a link's identity."""
    links: dict[str, Link] = {}
    for each in resources:
        title = make_canonical_text(each.title) or each.url
        links.setdefault(each.url, Link(each.url, title, make_canonical_text(each.type)))
    return Links(tuple(links.values()))
