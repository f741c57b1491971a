"""Match two roadmaps: which base a copy came from, which section is which, which skill got a new id.

Pure: no clock, no disk, no network, no logging. A section is known by its title or, when it was
renamed, by the skills it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import product

from tracker.roadmap.model import Roadmap, Section, Skill

Pairs = Mapping[int, int]
"""Index of a section in one roadmap: index of the same section in another."""


def choose_base(stored: Roadmap | None, local: Roadmap, edition: Roadmap) -> Roadmap | None:
    """Return the edition that a copy came from; None when nobody knows."""
    # What was stored on this machine is stale when the copy names another edition: somebody upgraded
    # the copy elsewhere.
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
    dropped = set(kept) - theirs
    sections = [
        Section(title=section.title, skills=skills)
        for section in base.sections
        # Without prerequisites: those may be in no roadmap that is remembered.
        if (
            skills := tuple(
                skill.model_copy(update={"requires": ()})
                for skill in section.skills
                if skill.id in dropped
            )
        )
    ]
    return Roadmap(title=base.title, sections=tuple(sections)) if sections else None


def add_dropped(base: Roadmap, dropped: Roadmap | None) -> Roadmap:
    """Return a base with the skills that earlier editions had and the copy kept."""
    if dropped is None:
        return base
    known = {skill.id for skill in base.skills}
    extra: dict[str, tuple[Skill, ...]] = {
        section.title: tuple(skill for skill in section.skills if skill.id not in known)
        for section in dropped.sections
    }
    sections = [
        section.model_copy(update={"skills": section.skills + extra.pop(section.title, ())})
        for section in base.sections
    ]
    sections += [Section(title=title, skills=skills) for title, skills in extra.items() if skills]
    return base.model_copy(update={"sections": tuple(sections)})


def share_skills(roadmap: Roadmap, other: Roadmap) -> Roadmap:
    """Return an equal roadmap that holds the skills of another one wherever they are the same.

    Editions differ in little, and large roadmaps take their memory once.
    """
    known = {skill.id: skill for skill in other.skills}

    def share(skill: Skill) -> Skill:
        same = known.get(skill.id)
        return same if same is not None and same == skill else skill

    sections = (
        section.model_copy(update={"skills": tuple(map(share, section.skills))})
        for section in roadmap.sections
    )
    return roadmap.model_copy(update={"sections": tuple(sections)})


def keep_ids(
    base: Roadmap | None, local: Roadmap, edition: Roadmap
) -> tuple[Roadmap | None, Roadmap]:
    """Give skills that only got another id in the edition the id that the copy knows them by.

    It is the same skill when its old id left the edition and its name did not change.
    """
    if base is None:
        return base, edition
    ours = {skill.id for skill in local.skills}
    theirs = {skill.id for skill in edition.skills}
    gone = ours - theirs
    left = {skill.name: skill.id for skill in base.skills if skill.id in gone}
    fresh = {skill.name: skill.id for skill in edition.skills if skill.id not in ours}
    renamed = {
        new: old for name, new in fresh.items() if new and (old := left.get(name)) is not None
    }
    # A base that has both ids, as after an earlier upgrade, keeps only the newer skill.
    again = {renamed[skill.id] for skill in base.skills if skill.id in renamed}
    return _rename(base, renamed, without=again), _rename(edition, renamed)


def _rename(
    roadmap: Roadmap, renamed: Mapping[str, str], *, without: Collection[str] = ()
) -> Roadmap:
    """Replace ids everywhere, and leave out the skills `without`."""
    if not renamed:
        return roadmap

    def rename(skill: Skill) -> Skill:
        requires = tuple(renamed.get(need, need) for need in skill.requires)
        own = renamed.get(skill.id, skill.id) if skill.id else None
        return skill.model_copy(update={"id": own, "requires": requires})

    sections = [
        section.model_copy(
            update={"skills": tuple(rename(it) for it in section.skills if it.id not in without)}
        )
        for section in roadmap.sections
    ]
    tracks = [
        track.model_copy(update={"targets": tuple(renamed.get(it, it) for it in track.targets)})
        for track in roadmap.tracks
    ]
    return roadmap.model_copy(update={"sections": tuple(sections), "tracks": tuple(tracks)})


def match_sections(one: Roadmap, other: Roadmap) -> Pairs:
    """Pair the sections of two roadmaps, each at most once.

    In this order: those with one title that share a skill (or one of which has none), those that
    share the most skills, at least half of the smaller one, and those that only share the title.
    """
    ours, theirs = _ids(one), _ids(other)
    pairs = list(product(range(len(ours)), range(len(theirs))))
    titled = [(left, right) for left, right in pairs if _title(one, left) == _title(other, right)]
    shared = {(left, right): len(ours[left] & theirs[right]) for left, right in pairs}
    alike = [
        (left, right)
        for (left, right), count in sorted(shared.items(), key=lambda item: (-item[1], item[0]))
        if count and 2 * count >= min(len(ours[left]), len(theirs[right]))
    ]
    sure = [pair for pair in titled if shared[pair] or not (ours[pair[0]] and theirs[pair[1]])]
    found: dict[int, int] = {}
    for left, right in (*sure, *alike, *titled):
        if left not in found and right not in found.values():
            found[left] = right
    return found


class SectionMap:
    """Which section of the copy the skills of each section of an edition belong to."""

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
        found = self._direct.get(section)
        origin = self._from_edition.get(section)
        if origin is not None:
            found = self.to_local.get(origin)
            found = self._find_most(origin) if found is None else found
        if found is not None:
            return found
        wanted = _title(self._edition, section)
        return next((index for index, title in titles.items() if title.strip() == wanted), None)

    def _find_most(self, origin: int) -> int | None:
        """Return where the learner put most of what was in a section that is gone."""
        wanted = _ids(self._base)[origin] if self._base is not None else set()
        counts = [len(ids & wanted) for ids in _ids(self._local)]
        most = max(counts, default=0)
        return counts.index(most) if most else None


def _ids(roadmap: Roadmap) -> list[set[str]]:
    return [{skill.id for skill in section.skills if skill.id} for section in roadmap.sections]


def _title(roadmap: Roadmap, index: int) -> str:
    return roadmap.sections[index].title.strip()
