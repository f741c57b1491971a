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

from tracker.roadmap.edits import AddSection, At, InsertSkill, MoveSkill, SetItems
from tracker.roadmap.model import Roadmap, Skill
from tracker.upgrade.fields import (
    Merged,
    Needs,
    Texts,
    Trio,
    add_links,
    is_same_content,
    is_touched,
    make_values,
    merge_skill,
    merge_texts,
    merge_words,
)
from tracker.upgrade.sections import Homes, keep_ids
from tracker.upgrade.values import Alteration, Arrival, Dropped, Move, Note, Upgrade

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
    """Merge an edition into a copy; `remove` are ids of dropped skills that are to go.

    Every file that loads without errors still does so after the edits.
    """
    base, edition = keep_ids(base, local, edition)
    texts = merge_texts(base, local, edition, Homes(base, local, edition))
    draft = _Draft(base, local, edition, texts, remove, held or {})
    draft.fill()
    draft.settle_requires()
    return Upgrade(
        title=local.title,
        before=local.edition,
        after=edition.edition,
        has_base=base is not None,
        rewordings=texts.rewordings,
        sections=tuple(draft.sections.values()),
        arrivals=tuple(draft.arrivals),
        alterations=tuple(draft.alterations),
        moves=tuple(draft.moves),
        removed=tuple(each for each in draft.dropped if each.skill_id in remove),
        dropped=tuple(each for each in draft.dropped if each.skill_id not in remove),
        notes=(*texts.notes, *draft.notes),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A skill where it stands in a roadmap."""

    at: At
    skill: Skill

    @property
    def key(self) -> str:
        """Its id, or a stand-in that no id can be."""
        return self.skill.id or f"#{self.at[0]}.{self.at[1]}"


def _walk(roadmap: Roadmap) -> Iterator[_Found]:
    for row, section in enumerate(roadmap.sections):
        for column, skill in enumerate(section.skills):
            yield _Found((row, column), skill)


@dataclass(slots=True)
class _Draft:
    """An upgrade in the making."""

    base: Roadmap | None
    local: Roadmap
    edition: Roadmap
    texts: Texts
    remove: Collection[str]
    held: Held
    sections: dict[str, AddSection] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)
    alterations: list[Alteration] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    fresh: list[_Found] = field(default_factory=list)
    needs: Needs = field(default_factory=Needs)

    def fill(self) -> None:
        """Decide skill by skill: those of the copy in its order, then those that arrive."""
        bases = {each.key: each for each in _walk(self.base)} if self.base else {}
        editions = {each.key: each for each in _walk(self.edition)}
        mine = list(_walk(self.local))
        for each in mine:
            self._settle(each, bases.get(each.key), editions.get(each.key))
        known = {*bases, *(each.key for each in mine)}
        names = {_fold(each.skill.name) for each in mine if each.key not in self.needs.gone}
        for each in editions.values():
            if each.key in known:
                continue
            if _fold(each.skill.name) in names:
                self.notes.append(Note(each.key, "", TAKEN_NAME))
                continue
            names.add(_fold(each.skill.name))
            self.fresh.append(each)
            self.needs.put(each.key, each.skill.requires, ())

    def _settle(self, mine: _Found, base: _Found | None, theirs: _Found | None) -> None:
        skill = mine.skill
        wanted = list(skill.requires)
        merged = Merged()
        if theirs is None and base is not None:
            self._offer(mine, base)
            if mine.key in self.remove:
                self.needs.gone.add(mine.key)
                return
        elif theirs is not None and base is not None:
            merged = merge_skill(Trio(base.skill, skill, theirs.skill, mine.at))
            if (mine.key, "requires") not in self.held:
                wanted = merge_words(base.skill.requires, skill.requires, theirs.skill.requires)
            self._follow(mine, base, theirs)
        elif theirs is not None and self.base is None:
            merged = add_links(skill, theirs.skill, mine.at)
        elif theirs is not None and not is_same_content(skill, theirs.skill):
            merged.notes.append(Note(mine.key, "", TAKEN_ID))
        self.needs.put(mine.key, wanted, skill.requires)
        self._take(merged)

    def _take(self, merged: Merged) -> None:
        for each in merged.alterations:
            if reason := self.held.get((each.skill_id, each.key)):
                self.notes.append(Note(each.skill_id, each.key, reason))
            else:
                self.alterations.append(each)
        self.notes += merged.notes

    def _offer(self, mine: _Found, base: _Found) -> None:
        section = self.local.sections[mine.at[0]].title
        touched = is_touched(base.skill, mine.skill)
        self.dropped.append(Dropped(mine.at, mine.key, mine.skill.name, section, touched))

    def _follow(self, mine: _Found, base: _Found, theirs: _Found) -> None:
        """Follow the edition into another section, unless the learner moved the skill as well."""
        homes = self.texts.homes
        if homes.to_edition.get(base.at[0]) == theirs.at[0]:
            return
        home = homes.find(theirs.at[0], self.texts.titles)
        if home == mine.at[0]:
            return
        if homes.to_local.get(base.at[0]) != mine.at[0]:
            self.notes.append(Note(mine.key, "section", MOVED))
            return
        before, after = self.texts.titles[mine.at[0]], self._open_section(theirs.at[0])
        edit = MoveSkill(mine.at, after)
        self.moves.append(Move(mine.key, mine.skill.name, before, after, edit))

    def _open_section(self, index: int) -> str:
        """Return the title of the copy's section for one of the edition, making it if need be."""
        home = self.texts.homes.find(index, self.texts.titles)
        if home is not None:
            return self.texts.titles[home]
        section = self.edition.sections[index]
        self.sections.setdefault(section.title, AddSection(section.title, section.description))
        return section.title

    def settle_requires(self) -> None:
        """Work out all prerequisites, and write down what they change."""
        settled = self.needs.settle()
        self.notes += self.needs.notes
        for each in _walk(self.local):
            wanted = settled.get(each.key)
            local = each.skill.requires
            if wanted is None or set(wanted) == set(local):
                continue
            edit = SetItems(each.at, "requires", tuple(wanted))
            before, after = frozenset(local), frozenset(wanted)
            self.alterations.append(Alteration(each.key, "requires", before, after, edit))
        for each in self.fresh:
            values = make_values(
                each.skill.model_copy(update={"requires": tuple(settled[each.key])})
            )
            section = self._open_section(each.at[0])
            self.arrivals.append(Arrival(each.skill, section, InsertSkill(section, values)))


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())
