"""A roadmap as values: its texts and its parts.

Pure: no disk, no Notion, no HTTP. The model is strict and frozen, because untrusted text enters here.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import count
from typing import Annotated, NewType

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

from tracker.errors import Problem

FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters but tab and line end, halves of characters, and what Unicode leaves out."""

SLUG_LENGTH = 60
"""Characters of the longest id that is made of a name."""

# Slugs that YAML reads as a number, a date, a truth value or nothing at all when they stand
# unquoted; a person who copies one into `requires` must not be surprised.
_ODD_IN_YAML = re.compile(
    r"[0-9-]+|[0-9]+e[0-9]+|0[box][0-9a-f]+|true|false|yes|no|on|off|null|y|n", re.ASCII
)

_HALF = re.compile("[\ud800-\udfff]")


def find_forbidden(text: str) -> str:
    """Name the first character that no roadmap may hold; return nothing when there is none."""
    # isprintable() is far faster than the pattern, and true of nearly every text.
    found = FORBIDDEN.search(text) if not text.isprintable() else None
    if found is None:
        return ""
    if _HALF.match(found.group()):
        return "half of a character"
    return f"the control character U+{ord(found.group()):04X}"


def show(text: str, most: int = 60) -> str:
    """Return text as a message may show it: at most `most` characters, printable, on one line."""
    # Foreign files hold megabytes on one line, and a thousand messages may quote it.
    flat = " ".join(text[: 100 * most].split())
    short = flat if len(flat) <= most else flat[: most - 1] + "…"
    if short.isprintable():
        return short
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in short)


def make_canonical_text(text: str | None) -> str | None:
    """Return text with LF line ends and no trailing white space; None when nothing is left."""
    if text is None:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip() or None


def make_slug(name: str, taken: Collection[str]) -> SkillId:
    """Make an id from a skill's name that is not taken yet.

    At most 60 characters; a name without Latin letters or digits becomes `skill-` and eight
    hexadecimal digits of its SHA-256; a taken slug gets -2, -3 and so on.
    """
    stem = _make_stem(name)
    if stem not in taken:
        return SkillId(stem)
    tails = (f"-{number}" for number in count(2))
    candidates = (stem[: SLUG_LENGTH - len(tail)].rstrip("-") + tail for tail in tails)
    return SkillId(next(each for each in candidates if each not in taken))


def _make_stem(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    # Accents and apostrophes vanish; everything else that is no letter or digit parts words.
    plain = "".join(
        each for each in letters if not unicodedata.combining(each) and each not in "'\u2019"
    )
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:SLUG_LENGTH].rstrip("-")
    if not slug:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        return f"skill-{digest[:8]}"
    if _ODD_IN_YAML.fullmatch(slug):
        return f"skill-{slug}"[:SLUG_LENGTH].rstrip("-")
    return slug


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


class SkillKind(StrEnum):
    """What a skill is: something to learn, a piece of work, or a mark on the way."""

    SKILL = "skill"
    PROJECT = "project"
    MILESTONE = "milestone"


Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Slug = Annotated[str, StringConstraints(pattern=SKILL_ID_PATTERN, max_length=100)]
Reference = Annotated[str, StringConstraints(pattern=REFERENCE_PATTERN)]


class _Value(BaseModel):
    """Frozen and strict: a wrong type is a problem, never a silent conversion."""

    # Deferred, or each model would be built again in every one that holds it, at each start.
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    def model_post_init(self, _context: object) -> None:
        """Forget which keys were given: nobody asks, and that takes more memory than the values."""
        object.__setattr__(self, "__pydantic_fields_set__", _NO_KEYS)


_NO_KEYS: set[str] = set()


class Resource(_Value):
    """A link to learn from; `type` is any word, such as course, docs, book or exercise."""

    title: Text
    url: Text
    type: Text | None = None
    # The place in a large resource: twelve skills may share a book.
    part: Text | None = None
    minutes: Annotated[int, Field(ge=0)] | None = None
    # The link to begin with; where none is marked it is the first.
    primary: bool = False
    lang: Text | None = None
    # None: nobody knows, which is never the same as free.
    free: bool | None = None

    @property
    def length(self) -> str:
        """How long it takes, in words; empty where nobody says."""
        return "" if self.minutes is None else f"{self.minutes} min"

    @property
    def price(self) -> str:
        """Whether it costs money, in a word; empty where nobody knows."""
        return {True: "free", False: "paid", None: ""}[self.free]


class AnyOf(_Value):
    """Skills of which any one is enough; a plain list of skills means all of them."""

    any: tuple[Reference, ...]


def _tell_coverage(value: object) -> str:
    return "any_of" if isinstance(value, dict | AnyOf) else "all_of"


ANY_OF = "any of "
"""What stands in front of the first of several skills of which one is enough."""

COVERAGE_TAGS = ("all_of", "any_of")
"""What pydantic puts into the path of a value below `covered_by`; no file has these keys."""

Coverage = Annotated[
    Annotated[tuple[Reference, ...], Tag("all_of")] | Annotated[AnyOf, Tag("any_of")],
    Discriminator(_tell_coverage),
]


class Skill(_Value):
    """One thing to learn; `hours` is an estimate and at least 0."""

    id: Slug | None = None
    name: Text
    kind: SkillKind = Field(default=SkillKind.SKILL, strict=False)
    aliases: tuple[Text, ...] = ()
    goal: str | None = None
    status: Status = Field(default=Status.TODO, strict=False)
    level: str | None = None
    hours: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    started: date | None = None
    completed: date | None = None
    requires: tuple[Slug, ...] = ()
    tags: tuple[Text, ...] = ()
    covered_by: Coverage = ()
    # What shows that it is done, for everybody; and the learner's own work that shows it.
    prove: tuple[Text, ...] = ()
    evidence: Text | None = None
    resources: tuple[Resource, ...] = ()
    notes: str | None = None

    @property
    def covering(self) -> tuple[str, ...]:
        """The skills that `covered_by` names, whether all of them are needed or any one."""
        return self.covered_by.any if isinstance(self.covered_by, AnyOf) else self.covered_by

    @property
    def is_any_enough(self) -> bool:
        """Whether any one of the skills that `covered_by` names is enough."""
        return isinstance(self.covered_by, AnyOf)


def list_covering(skill: Skill) -> tuple[str, ...]:
    """Return what `covered_by` names as people read it: `any of` in front where one is enough."""
    first, *others = skill.covering or ("",)
    return (f"{ANY_OF}{first}", *others) if skill.is_any_enough else skill.covering


class Section(_Value):
    """A titled part of a roadmap; titles are unique within it. `icon` is one emoji."""

    title: Text
    icon: Text | None = None
    description: str | None = None
    skills: tuple[Skill, ...] = ()


class Track(_Value):
    """A named goal: the skills `targets` and all that they require, directly or not."""

    id: Slug
    title: Text
    targets: tuple[Slug, ...] = ()


class Roadmap(_Value):
    """One YAML file. Its name on the command line is the file's stem, kept outside this value."""

    title: Text
    description: str | None = None
    source: str | None = None
    edition: str | None = None
    tracks: tuple[Track, ...] = ()
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


At = tuple[int, int]
"""Section index and skill index, both from 0, in the file as it was read."""
