"""Match two roadmaps: which base a copy came from, which section is which, which skill got a new id.

Pure: no clock, no disk, no network, no logging. A section is known by its title or, when it was
renamed, by the skills it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product

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


Pairs = Mapping[int, int]
"""Index of a section in one roadmap: index of the same section in another."""


def match_sections(one: Roadmap, other: Roadmap) -> Pairs:
    """Pair the sections of two roadmaps, each at most once.

    First those with one title that share a skill (or have none), then those that share the most
    skills, at least half of the smaller one, and at last those that only share the title.
    """
    ours, theirs = _ids(one), _ids(other)
    same = [
        (left, right)
        for left, right in product(range(len(ours)), range(len(theirs)))
        if _title(one, left) == _title(other, right)
    ]
    shared = {
        (left, right): len(ours[left] & theirs[right])
        for left, right in product(range(len(ours)), range(len(theirs)))
    }
    alike = [
        pair
        for pair, count in sorted(shared.items(), key=lambda each: (-each[1], each[0]))
        if count and 2 * count >= min(len(ours[pair[0]]), len(theirs[pair[1]]))
    ]
    sure = [pair for pair in same if shared[pair] or not (ours[pair[0]] and theirs[pair[1]])]
    found: dict[int, int] = {}
    for left, right in (*sure, *alike, *same):
        if left not in found and right not in found.values():
            found[left] = right
    return found


class Homes:
    """Where the skills of each section of an edition are at home in the copy."""

    def __init__(self, base: Roadmap | None, local: Roadmap, edition: Roadmap) -> None:
        self._base = base
        self._local = local
        self._edition = edition
        self.to_edition: Pairs = match_sections(base, edition) if base else {}
        self.to_local: Pairs = match_sections(base, local) if base else {}
        self._from_edition = {right: left for left, right in self.to_edition.items()}
        self._direct: Pairs = {} if base else match_sections(edition, local)

    def find(self, section: int, titles: Mapping[int, str]) -> int | None:
        """Return the copy's section for one of the edition; None when it has none yet.

        `titles` are the titles that the copy's sections will have.
        """
        home = self._direct.get(section)
        origin = self._from_edition.get(section)
        if origin is not None:
            home = self.to_local.get(origin)
            home = self._holding_most(origin) if home is None else home
        if home is not None:
            return home
        wanted = _title(self._edition, section)
        return next((index for index, title in titles.items() if title.strip() == wanted), None)

    def _holding_most(self, origin: int) -> int | None:
        """Return where the learner put most of what was in a section that is gone."""
        base = self._base
        wanted = _ids(base)[origin] if base is not None else set()
        counts = [len(ids & wanted) for ids in _ids(self._local)]
        best = max(counts, default=0)
        return counts.index(best) if best else None


def _ids(roadmap: Roadmap) -> list[set[str]]:
    return [{each.id for each in section.skills if each.id} for section in roadmap.sections]


def _title(roadmap: Roadmap, index: int) -> str:
    return roadmap.sections[index].title.strip()
