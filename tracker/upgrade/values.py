"""An upgrade as a value: what arrives, what changes, what is dropped, and what is left alone.

Pure: nothing here decides anything. Every part that changes the copy carries its own edit.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.roadmap.edits import AddSection, Edit, RemoveSkill
from tracker.roadmap.model import At, Skill
from tracker.sync.records import Value


@dataclass(frozen=True, slots=True)
class Rewording:
    """A text of the roadmap (no `section`) or of a section that takes the edition's."""

    section: str | None
    key: str
    before: str | None
    after: str | None
    edit: Edit


@dataclass(frozen=True, slots=True)
class ArrivingSkill:
    """A skill that the edition brings, and the title of the section it goes to."""

    skill: Skill
    section: str
    edit: Edit


@dataclass(frozen=True, slots=True)
class Alteration:
    """One value of a skill that takes the edition's; lists are sets, resources are links."""

    skill_id: str
    key: str
    before: Value
    after: Value
    edit: Edit


@dataclass(frozen=True, slots=True)
class Move:
    """A skill that follows the edition into another section."""

    skill_id: str
    name: str
    before: str
    after: str
    edit: Edit


@dataclass(frozen=True, slots=True)
class Dropped:
    """A skill of the copy that the edition no longer has.

    `is_touched` says that the learner made progress with it or changed it.
    """

    at: At
    skill_id: str
    name: str
    section: str
    is_touched: bool = False

    @property
    def edit(self) -> Edit:
        """The edit that removes it."""
        return RemoveSkill(self.at)


@dataclass(frozen=True, slots=True)
class UpgradeNote:
    """What of the edition was not taken over: whose, which key (empty: all of it), and why."""

    who: str
    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Upgrade:
    """All that a new edition changes in one copy.

    `before` and `after` name the editions. Without a base (`has_base` false) nobody knows what the
    learner changed: then only what is missing is added. `removed` were chosen for removal, `dropped`
    are only offered for it.
    """

    title: str
    before: str | None
    after: str | None
    has_base: bool
    rewordings: tuple[Rewording, ...] = ()
    sections: tuple[AddSection, ...] = ()
    arrivals: tuple[ArrivingSkill, ...] = ()
    alterations: tuple[Alteration, ...] = ()
    moves: tuple[Move, ...] = ()
    removed: tuple[Dropped, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[UpgradeNote, ...] = ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits of the copy as it was read: texts and sections first, then skills."""
        # Skills that move or arrive name their section by its title: sections come before them, and
        # titles as the rewordings make them.
        return (
            *(it.edit for it in self.rewordings),
            *self.sections,
            *(it.edit for it in self.alterations),
            *(it.edit for it in self.removed),
            *(it.edit for it in self.moves),
            *(it.edit for it in self.arrivals),
        )

    @property
    def is_empty(self) -> bool:
        """Whether the copy stays as it is."""
        return not self.edits
