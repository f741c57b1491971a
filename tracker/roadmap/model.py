"""The roadmap as people write it: roadmap, section, skill, resource.

Pure values. Strict and frozen, because untrusted text enters here; no disk, no Notion.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, NewType

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tracker.errors import Problem

SkillId = NewType("SkillId", str)
"""Stable slug of a skill, unique in its roadmap: lower-case letters, digits and single hyphens."""

KeyPath = tuple[str | int, ...]
"""Path of a value in a roadmap file, for example ("sections", 0, "skills", 3, "status")."""

INBOX = "Inbox"
"""The section of skills that come from Notion or from a file without one."""

SKILL_ID_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
REFERENCE_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*$"


class Status(StrEnum):
    """How far a learner is with one skill."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"
    SKIPPED = "skipped"


Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Slug = Annotated[str, StringConstraints(pattern=SKILL_ID_PATTERN, max_length=100)]
Reference = Annotated[str, StringConstraints(pattern=REFERENCE_PATTERN)]


class _Value(BaseModel):
    """Frozen and strict: a wrong type is a problem, never a silent conversion."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Resource(_Value):
    """A link to learn from; `type` is any word, such as course, docs or book."""

    title: Text
    url: Text
    type: Text | None = None
    free: bool = True


class Skill(_Value):
    """One thing to learn; `hours` is an estimate and at least 0."""

    id: Slug | None = None
    name: Text
    goal: str | None = None
    status: Status = Field(default=Status.TODO, strict=False)
    level: str | None = None
    hours: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    started: date | None = None
    completed: date | None = None
    requires: tuple[Slug, ...] = ()
    tags: tuple[Text, ...] = ()
    covered_by: tuple[Reference, ...] = ()
    resources: tuple[Resource, ...] = ()
    notes: str | None = None


class Section(_Value):
    """A titled part of a roadmap; titles are unique within it."""

    title: Text
    description: str | None = None
    skills: tuple[Skill, ...] = ()


class Roadmap(_Value):
    """One YAML file. Its name on the command line is the file's stem, kept outside this value."""

    title: Text
    description: str | None = None
    source: str | None = None
    edition: str | None = None
    sections: tuple[Section, ...] = ()

    @property
    def skills(self) -> tuple[Skill, ...]:
        """All skills in file order."""
        return tuple(skill for section in self.sections for skill in section.skills)


@dataclass(frozen=True, slots=True)
class Imported:
    """A roadmap from another format, and a problem for each line, cell or node that was left out."""

    roadmap: Roadmap
    not_understood: tuple[Problem, ...] = ()
