"""Make an upgrade: base, copy and edition in, one value out.

Pure: no clock, no disk, no network, no logging. Addresses the copy as it was read.

    in base   in copy   in edition   what happens
    yes       yes       yes          values are merged; it follows into another section
    yes       yes       no           offered for removal
    yes       no        yes          stays deleted
    no        yes       yes          the learner's own, left alone; without a base: links are added
    no        no        yes          arrives
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from tracker.roadmap.edits import AddSection, InsertSkill, MoveSkill, SetItems
from tracker.roadmap.model import At, Roadmap, Skill
from tracker.upgrade.fields import (
    MergedSkill,
    Prerequisites,
    TextMerge,
    Trio,
    add_links,
    is_same_content,
    is_touched,
    make_values,
    merge_skill,
    merge_words,
)
from tracker.upgrade.sections import SectionMap, keep_ids
from tracker.upgrade.values import Alteration, ArrivingSkill, Dropped, Move, Upgrade, UpgradeNote

Held = Mapping[tuple[str, str], str]
"""Values that cannot be changed in the file, by skill id and key, with the reason."""

TAKEN_ID = "you have a skill with this id; yours stays as it is"
TAKEN_NAME = "you have a skill of this name; yours stays, and no second one is added"
MOVED = "both moved it; it stays where you put it"


def make_upgrade(
    base: Roadmap | None,
    local: Roadmap,
    edition: Roadmap,
    *,
    remove: Collection[str] = (),
    held: Held | None = None,
) -> Upgrade:
    """Merge an edition into a copy; `remove` are ids of dropped skills that are to be removed.

    Every file that loads without errors still does so after the edits.
    """
    base, edition = keep_ids(base, local, edition)
    sections = SectionMap(base, local, edition)
    texts = TextMerge(base, local, edition, sections)
    draft = _UpgradeDraft(base, local, edition, sections, texts.titles, remove, held or {})
    draft.merge_skills()
    draft.settle_requires()
    return Upgrade(
        title=local.title,
        before=local.edition,
        after=edition.edition,
        has_base=base is not None,
        rewordings=tuple(texts.rewordings),
        sections=tuple(draft.added_sections.values()),
        arrivals=tuple(draft.arrivals),
        alterations=tuple(draft.alterations),
        moves=tuple(draft.moves),
        removed=tuple(skill for skill in draft.dropped if skill.skill_id in remove),
        dropped=tuple(skill for skill in draft.dropped if skill.skill_id not in remove),
        notes=(*texts.notes, *draft.notes),
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A skill and its place in a roadmap."""

    at: At
    skill: Skill

    @property
    def key(self) -> str:
        """Its id, or a stand-in that no id can be."""
        return self.skill.id or f"#{self.at[0]}.{self.at[1]}"


def _walk(roadmap: Roadmap) -> Iterator[_Placed]:
    for row, section in enumerate(roadmap.sections):
        for column, skill in enumerate(section.skills):
            yield _Placed((row, column), skill)


@dataclass(slots=True)
class _UpgradeDraft:
    """An upgrade in the making; `titles` are those that the copy's sections will have."""

    base: Roadmap | None
    local: Roadmap
    edition: Roadmap
    section_map: SectionMap
    titles: Mapping[int, str]
    remove: Collection[str]
    held: Held
    added_sections: dict[str, AddSection] = field(default_factory=dict)
    arrivals: list[ArrivingSkill] = field(default_factory=list)
    alterations: list[Alteration] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[UpgradeNote] = field(default_factory=list)
    fresh: list[_Placed] = field(default_factory=list)
    requires: Prerequisites = field(default_factory=Prerequisites)

    def merge_skills(self) -> None:
        """Decide skill by skill: those of the copy in its order, then those that arrive."""
        bases = {skill.key: skill for skill in _walk(self.base)} if self.base else {}
        editions = {skill.key: skill for skill in _walk(self.edition)}
        mine = list(_walk(self.local))
        for skill in mine:
            self._merge_skill(skill, bases.get(skill.key), editions.get(skill.key))
        known = {*bases, *(skill.key for skill in mine)}
        names = {_fold(it.skill.name) for it in mine if it.key not in self.requires.removed}
        for arriving in editions.values():
            if arriving.key in known:
                continue
            if _fold(arriving.skill.name) in names:
                self.notes.append(UpgradeNote(arriving.key, "", TAKEN_NAME))
                continue
            names.add(_fold(arriving.skill.name))
            self.fresh.append(arriving)
            self.requires.put(arriving.key, arriving.skill.requires, ())

    def _merge_skill(self, mine: _Placed, base: _Placed | None, theirs: _Placed | None) -> None:
        skill = mine.skill
        wanted = list(skill.requires)
        merged = MergedSkill()
        # In base and copy only: the edition dropped it.
        if theirs is None and base is not None:
            section, touched = self.local.sections[mine.at[0]].title, is_touched(base.skill, skill)
            self.dropped.append(Dropped(mine.at, mine.key, skill.name, section, touched))
            if mine.key in self.remove:
                self.requires.removed.add(mine.key)
                return
        # In all three: its values are merged, unless the file cannot take them.
        elif theirs is not None and base is not None:
            merged = merge_skill(Trio(base.skill, skill, theirs.skill, mine.at))
            if (mine.key, "requires") not in self.held:
                wanted = merge_words(base.skill.requires, skill.requires, theirs.skill.requires)
            self._follow(mine, base, theirs)
        # In copy and edition, with an unknown base: nobody knows what the learner changed.
        elif theirs is not None and self.base is None:
            merged = add_links(skill, theirs.skill, mine.at)
        # In copy and edition, but not in the base: both made a skill with this id.
        elif theirs is not None and not is_same_content(skill, theirs.skill):
            merged.notes.append(UpgradeNote(mine.key, "", TAKEN_ID))
        self.requires.put(mine.key, wanted, skill.requires)
        for change in merged.alterations:
            if reason := self.held.get((change.skill_id, change.key)):
                self.notes.append(UpgradeNote(change.skill_id, change.key, reason))
            else:
                self.alterations.append(change)
        self.notes += merged.notes

    def _follow(self, mine: _Placed, base: _Placed, theirs: _Placed) -> None:
        """Follow the edition into another section, unless the learner moved the skill as well."""
        sections = self.section_map
        if sections.to_edition.get(base.at[0]) == theirs.at[0]:  # the edition did not move it
            return
        if sections.find(theirs.at[0], self.titles) == mine.at[0]:  # both moved it there
            return
        if sections.to_local.get(base.at[0]) != mine.at[0]:
            self.notes.append(UpgradeNote(mine.key, "section", MOVED))
            return
        before, after = self.titles[mine.at[0]], self._ensure_section(theirs.at[0])
        edit = MoveSkill(mine.at, after)
        self.moves.append(Move(mine.key, mine.skill.name, before, after, edit))

    def _ensure_section(self, index: int) -> str:
        """Return the title of the copy's section for one of the edition, adding it if need be."""
        found = self.section_map.find(index, self.titles)
        if found is not None:
            return self.titles[found]
        section = self.edition.sections[index]
        added = AddSection(section.title, section.description, section.icon)
        self.added_sections.setdefault(section.title, added)
        return section.title

    def settle_requires(self) -> None:
        """Settle all prerequisites, and make the edits for them and for the skills that arrive."""
        settled = self.requires.settle()
        self.notes += self.requires.notes
        for mine in _walk(self.local):
            wanted = settled.get(mine.key)
            local = mine.skill.requires
            if wanted is None or set(wanted) == set(local):
                continue
            edit = SetItems(mine.at, "requires", tuple(wanted))
            before, after = frozenset(local), frozenset(wanted)
            self.alterations.append(Alteration(mine.key, "requires", before, after, edit))
        for arriving in self.fresh:
            requires = tuple(settled[arriving.key])
            values = make_values(arriving.skill.model_copy(update={"requires": requires}))
            section = self._ensure_section(arriving.at[0])
            insert = InsertSkill(section, values)
            self.arrivals.append(ArrivingSkill(arriving.skill, section, insert))


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())
