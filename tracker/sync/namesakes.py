"""Pair rows that nobody synced before with the skills of a file, by their names; doubts are not guessed.

Pure: no clock, no disk, no network, no logging. Names are compared as their ids are made: without case,
accents and punctuation.

    rows and skills of a name                     are
    a row with the Tracker ID of a skill          that skill, whatever its name; no namesake of others
    one of each in one section, spelled alike     one skill
    one of each, spelled alike                    one skill
    any others                                    a doubt: each row may be one of the skills, or a new one
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tracker.roadmap.model import SkillId, make_slug
from tracker.sync.identity import is_nameless
from tracker.sync.model import PageId, RemoteRow
from tracker.sync.records import LocalObservation, LocalSkill


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row that may be one of some skills; it has the name of each, or nearly."""

    row: RemoteRow
    skills: tuple[LocalSkill, ...]


@dataclass(frozen=True, slots=True)
class Namesakes:
    """Which rows are which skills by their names, and which may be."""

    sure: Mapping[SkillId, PageId] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


def name_skills(local: LocalObservation) -> LocalObservation:
    """Give every skill without an id the one that a sync would give it."""
    taken = {skill.skill_id for skill in local.skills if skill.skill_id is not None}
    skills: list[LocalSkill] = []
    for skill in local.skills:
        if skill.skill_id is None:
            skill = replace(skill, skill_id=make_slug(skill.record.name, taken))  # noqa: PLW2901
            taken.add(SkillId(skill.skill_id or ""))
        skills.append(skill)
    return replace(local, skills=tuple(skills))


def pair_namesakes(local: LocalObservation, rows: Sequence[RemoteRow]) -> Namesakes:
    """Pair rows and skills; every skill has an id."""
    ids = {skill.skill_id for skill in local.skills}
    tracked = {row.tracker_id for row in rows if row.tracker_id in ids}
    free = [row for row in rows if row.tracker_id not in tracked and not is_nameless(row)]
    loose = [skill for skill in local.skills if skill.skill_id not in tracked]
    sure: dict[SkillId, PageId] = {}
    for row_key, skill_key in (
        (lambda row: (row.record.name, row.record.section), _find_place),
        (lambda row: row.record.name, lambda skill: skill.record.name),
    ):
        found = _pair_alone(free, loose, row_key, skill_key)
        sure |= found
        pages = set(found.values())
        free = [row for row in free if row.page_id not in pages]
        loose = [skill for skill in loose if skill.skill_id not in found]
    by_stem: dict[str, list[LocalSkill]] = defaultdict(list)
    for skill in loose:
        by_stem[make_slug(skill.record.name, ())].append(skill)
    return Namesakes(
        sure,
        tuple(
            Doubt(row, tuple(skills))
            for row in free
            if (skills := by_stem.get(make_slug(row.record.name, ())))
        ),
    )


def _find_place(skill: LocalSkill) -> tuple[str, str]:
    return skill.record.name, skill.record.section


def _pair_alone(
    rows: Sequence[RemoteRow],
    skills: Sequence[LocalSkill],
    row_key: Callable[[RemoteRow], Hashable],
    skill_key: Callable[[LocalSkill], Hashable],
) -> dict[SkillId, PageId]:
    """Pair the rows and skills that are alone with their key on either side."""
    by_row: dict[Hashable, list[RemoteRow]] = defaultdict(list)
    for row in rows:
        by_row[row_key(row)].append(row)
    by_skill: dict[Hashable, list[LocalSkill]] = defaultdict(list)
    for skill in skills:
        by_skill[skill_key(skill)].append(skill)
    return {
        SkillId(found[0].skill_id or ""): by_row[key][0].page_id
        for key, found in by_skill.items()
        if len(found) == 1 and len(by_row.get(key, ())) == 1
    }
