"""What the page of a new row begins with: the icon of its section, its goal, links and proofs.

Pure. A page is written with the request that makes its row, and never again: from then on it is the
learner's. So nothing of it is compared, planned or remembered; what it says comes from the file that
the plan was made from, whose digest a saved plan names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.roadmap.guidance_rules import is_emoji
from tracker.roadmap.model import (
    Resource,
    Roadmap,
    Section,
    Skill,
    SkillId,
    SkillKind,
    make_canonical_text,
)
from tracker.sync.model import Create, Plan, Side, Update
from tracker.sync.records import LocalObservation, Record


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link as a page shows it: a title, its address, and the words behind it."""

    title: str
    url: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowPage:
    """The page of a new row; `links` begin with the primary one."""

    icon: str | None = None
    kind: SkillKind = SkillKind.SKILL
    goal: str | None = None
    links: tuple[PageLink, ...] = ()
    prove: tuple[str, ...] = ()


def make_row_pages(
    roadmap: Roadmap, local: LocalObservation, plan: Plan
) -> Mapping[SkillId, RowPage]:
    """Return the page of each row that a plan creates.

    A skill that is not in the file, such as one that an undo brings back, has what its record tells.
    """
    created = {
        action.skill_id: action.record
        for action in plan.actions
        if isinstance(action, Create) and action.side is Side.REMOTE
    }
    if not created:
        return {}
    # A skill without an id gets one by the same plan.
    given = {
        action.at: action.skill_id
        for action in plan.actions
        if isinstance(action, Update) and action.side is Side.LOCAL
    }
    pages = {skill_id: _make_page_of_record(record) for skill_id, record in created.items()}
    for skill in local.skills:
        skill_id = given.get(skill.at) or skill.skill_id
        if skill_id in created:
            row, column = skill.at
            section = roadmap.sections[row]
            pages[skill_id] = make_row_page(section, section.skills[column])
    return pages


def make_row_page(section: Section, skill: Skill) -> RowPage:
    """Return the page of a skill of the file."""
    # Stable: the primary link comes first, all others in the order of the file.
    links = sorted(skill.resources, key=lambda link: not link.primary)
    return RowPage(
        icon=section.icon if section.icon and is_emoji(section.icon) else None,
        kind=skill.kind,
        goal=make_canonical_text(skill.goal),
        links=tuple(map(_make_link, links)),
        prove=tuple(filter(None, map(make_canonical_text, skill.prove))),
    )


def _make_link(link: Resource) -> PageLink:
    facts = (link.part, link.type, link.length, link.lang, link.price)
    shown = filter(None, map(make_canonical_text, facts))
    return PageLink(make_canonical_text(link.title) or link.url, link.url, tuple(shown))


def _make_page_of_record(record: Record) -> RowPage:
    links = (
        PageLink(link.title, link.url, (link.type,) if link.type else ())
        for link in record.resources.items
    )
    return RowPage(goal=record.goal, links=tuple(links))
