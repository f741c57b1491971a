"""From a roadmap to what is compared: the local observation, and slugs for skills without an id.

Pure: no clock, no disk, no network, no logging. Decides nothing about what is to be done.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable
from itertools import count

from tracker.roadmap.model import Resource, Roadmap, Skill, SkillId
from tracker.sync.snapshot import Link, Links, LocalObservation, LocalSkill, Record

SLUG_LENGTH = 60

# Slugs that YAML reads as a number, a date, a truth value or nothing at all when they stand
# unquoted; a person who copies one into `requires` must not be surprised.
_ODD_IN_YAML = re.compile(
    r"[0-9-]+|[0-9]+e[0-9]+|0[box][0-9a-f]+|true|false|yes|no|on|off|null|y|n", re.ASCII
)


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
