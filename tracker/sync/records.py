"""Records: the comparable projection of skills, the same for the file and for Notion.

Pure: no clock, no disk, no network, no logging; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any

from tracker.roadmap.model import At, Resource, Roadmap, Skill, SkillId, Status, make_canonical_text


class Field(StrEnum):
    """One synced value of a skill; the two last ones go to Notion only."""

    NAME = "name"
    STATUS = "status"
    SECTION = "section"
    LEVEL = "level"
    GOAL = "goal"
    HOURS = "hours"
    STARTED = "started"
    COMPLETED = "completed"
    TAGS = "tags"
    REQUIRES = "requires"
    RESOURCES = "resources"
    EVIDENCE = "evidence"
    NOTES = "notes"
    ORDER = "order"
    ID = "id"


TWO_WAY = tuple(which for which in Field if which not in {Field.ORDER, Field.ID})
"""The fields that flow in both directions, in the order in which they are shown."""


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """A resource as it is synced; its identity is the URL."""

    url: str
    title: str
    type: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Resources in the author's order; two are equal when they hold the same links in any order."""

    items: tuple[Link, ...] = ()

    def __eq__(self, other: object) -> bool:
        # A list that is only sorted anew is no edit, and is never written.
        return isinstance(other, Links) and frozenset(self.items) == frozenset(other.items)

    def __hash__(self) -> int:
        return hash(frozenset(self.items))

    def __bool__(self) -> bool:
        return bool(self.items)


Value = str | Status | float | date | frozenset[str] | Links | None
"""A field's value. Empty text is None; text has LF line ends and no trailing white space."""


def share_value(value: Value, other: Value) -> Value:
    """Return another value where it is the same, down to the order of links, so that there is one."""
    if isinstance(value, Links):
        return other if isinstance(other, Links) and other.items == value.items else value
    return other if other == value else value


@dataclass(frozen=True, slots=True)
class Record:
    """The comparable projection of one skill, the same for both sides."""

    name: str
    status: Status = Status.TODO
    section: str = ""
    level: str | None = None
    goal: str | None = None
    hours: float | None = None
    started: date | None = None
    completed: date | None = None
    tags: frozenset[str] = frozenset()
    requires: frozenset[str] = frozenset()
    resources: Links = field(default_factory=Links)
    evidence: str | None = None
    notes: str | None = None

    def get(self, which: Field) -> Value:
        """Return the value of one two-way field."""
        value: Value = getattr(self, which)
        return value

    def with_values(self, values: Mapping[Field, Value]) -> Record:
        """Return a copy with some two-way fields replaced."""
        named: dict[str, Any] = {which.value: value for which, value in values.items()}
        return replace(self, **named)

    def values(self) -> dict[Field, Value]:
        """Return all two-way fields."""
        return dict(zip(TWO_WAY, _read_all(self), strict=True))


# One call per record: a roadmap may have ten thousand of them.
_read_all = attrgetter(*(which.value for which in TWO_WAY))


@dataclass(frozen=True, slots=True, eq=False)
class RecordValues(Mapping[Field, Value]):
    """All two-way fields of a record, like those that `values` returns, without a copy of them."""

    record: Record

    def __getitem__(self, which: Field) -> Value:
        if which not in _TWO_WAY:
            raise KeyError(which)
        return self.record.get(which)

    def __iter__(self) -> Iterator[Field]:
        return iter(TWO_WAY)

    def __len__(self) -> int:
        return len(TWO_WAY)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RecordValues):
            return self.record is other.record or self.record == other.record
        return self.record.values() == other

    __hash__ = None  # type: ignore[assignment]


_TWO_WAY = frozenset(TWO_WAY)


@dataclass(frozen=True, slots=True)
class LocalSkill:
    """A skill as the YAML file has it; `skill_id` is None until the first sync fills it in."""

    at: At
    skill_id: SkillId | None
    record: Record


@dataclass(frozen=True, slots=True)
class LocalObservation:
    """A completely and correctly loaded roadmap file; skills in file order."""

    roadmap: str
    title: str
    digest: str
    sections: tuple[str, ...]
    skills: tuple[LocalSkill, ...]

    @property
    def records(self) -> dict[SkillId, Record]:
        """The records of the skills that have an id."""
        return {it.skill_id: it.record for it in self.skills if it.skill_id is not None}


def make_local_observation(name: str, digest: str, roadmap: Roadmap) -> LocalObservation:
    """Project a loaded roadmap file onto comparable records; skills in file order."""
    # Texts are compared as both sides can keep them: without Windows line ends and trailing blanks.
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
        # YAML has whole numbers, JSON from Notion may have 2.0 or 2: both are the same hours.
        hours=None if skill.hours is None else float(skill.hours),
        started=skill.started,
        completed=skill.completed,
        tags=_make_tags(skill.tags),
        requires=frozenset(skill.requires),
        resources=_make_links(skill.resources),
        evidence=make_canonical_text(skill.evidence),
        notes=make_canonical_text(skill.notes),
    )


# Many skills have the same tags, and a set takes more memory than all other values of a skill.
@lru_cache(maxsize=1024)
def _make_tags(tags: tuple[str, ...]) -> frozenset[str]:
    return frozenset(filter(None, map(make_canonical_text, tags)))


def _make_links(resources: Iterable[Resource]) -> Links:
    """Keep the first resource of each URL: the URL is a link's identity."""
    links: dict[str, Link] = {}
    for resource in resources:
        title = make_canonical_text(resource.title) or resource.url
        kind = make_canonical_text(resource.type)
        links.setdefault(resource.url, Link(resource.url, title, kind))
    return Links(tuple(links.values()))
