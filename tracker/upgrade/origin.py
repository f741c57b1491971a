"""Where a copy came from: which base to believe, and what it has to remember of older editions.

Pure: no clock, no disk, no network, no logging.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tracker.roadmap.model import Roadmap, Section, Skill


def choose_base(stored: Roadmap | None, local: Roadmap, edition: Roadmap) -> Roadmap | None:
    """Return the edition that a copy came from; None when nobody knows.

    What was stored on this machine is stale when the copy names another edition: it was upgraded
    elsewhere. A copy that names today's edition came from it.
    """
    if stored is not None and local.edition in {None, stored.edition}:
        return stored
    if local.edition is not None and local.edition == edition.edition:
        return edition
    return None


def make_dropped(
    base: Roadmap | None, kept: Collection[str | None], edition: Roadmap
) -> Roadmap | None:
    """Return what an edition dropped and a copy keeps, as it was published; None without any."""
    if base is None:
        return None
    theirs = {skill.id for skill in edition.skills}
    sections = [
        Section(title=section.title, skills=skills)
        for section in base.sections
        if (skills := tuple(_select(section, kept, theirs)))
    ]
    return Roadmap(title=base.title, sections=tuple(sections)) if sections else None


def _select(
    section: Section, kept: Collection[str | None], theirs: Collection[str | None]
) -> Iterator[Skill]:
    """Yield the skills that were dropped and kept, without prerequisites: those stand elsewhere."""
    for each in section.skills:
        if each.id in kept and each.id not in theirs:
            yield each.model_copy(update={"requires": ()})


def add_dropped(base: Roadmap, dropped: Roadmap | None) -> Roadmap:
    """Return a base with the skills that earlier editions had and the copy kept."""
    if dropped is None:
        return base
    known = {skill.id for skill in base.skills}
    extra: dict[str, tuple[Skill, ...]] = {
        section.title: tuple(each for each in section.skills if each.id not in known)
        for section in dropped.sections
    }
    sections = [
        section.model_copy(update={"skills": section.skills + extra.pop(section.title, ())})
        for section in base.sections
    ]
    sections += [Section(title=title, skills=skills) for title, skills in extra.items() if skills]
    return base.model_copy(update={"sections": tuple(sections)})


def keep_ids(
    base: Roadmap | None, local: Roadmap, edition: Roadmap
) -> tuple[Roadmap | None, Roadmap]:
    """Give a skill of the edition that only got another id the one that the copy knows it by.

    It is the same when its old id left the edition and its name did not change.
    """
    if base is None:
        return base, edition
    ours = {skill.id for skill in local.skills}
    theirs = {skill.id for skill in edition.skills}
    left = {skill.name: skill.id for skill in base.skills if skill.id in ours - theirs}
    fresh = {skill.name: skill.id for skill in edition.skills if skill.id not in ours}
    renamed = {
        new: old for name, new in fresh.items() if new and (old := left.get(name)) is not None
    }
    again = {renamed[skill.id] for skill in base.skills if skill.id in renamed}
    return _rename(base, renamed, without=again), _rename(edition, renamed)


def _rename(
    roadmap: Roadmap, renamed: Mapping[str, str], *, without: Collection[str] = ()
) -> Roadmap:
    """Replace ids everywhere; skills that are superseded by a renamed one go."""
    if not renamed:
        return roadmap
    sections = [
        section.model_copy(
            update={
                "skills": tuple(
                    _rename_skill(skill, renamed)
                    for skill in section.skills
                    if skill.id not in without
                )
            }
        )
        for section in roadmap.sections
    ]
    return roadmap.model_copy(update={"sections": tuple(sections)})


def _rename_skill(skill: Skill, renamed: Mapping[str, str]) -> Skill:
    requires = tuple(renamed.get(each, each) for each in skill.requires)
    own = renamed.get(skill.id, skill.id) if skill.id else None
    return skill.model_copy(update={"id": own, "requires": requires})
