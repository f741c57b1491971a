"""Where in the file what comes back belongs, and in which order everything stands then.

Pure: no clock, no disk, no network, no logging.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.roadmap.edits import At
from tracker.roadmap.model import SkillId
from tracker.sync.snapshot import Field, LocalSkill, Side
from tracker.sync.undo.steps import CurrentState, UndoStep

Steps = Mapping[SkillId, UndoStep]
Renames = tuple[tuple[str, str], ...]
_LAST = (1 << 30, 1 << 30)


def sort_steps(steps: Steps) -> list[UndoStep]:
    """Return the steps in the order in which their edits are made, and so arrive in a section.

    First what was taken out of the file, by its old place; then what is in the file, by its own.
    """
    return sorted(steps.values(), key=lambda step: (_old_place(step), _current_place(step)))


def _old_place(step: UndoStep) -> At:
    deleted = step.writes.deleted.get(Side.LOCAL)
    return (deleted.at or _LAST) if deleted is not None else _LAST


def _current_place(step: UndoStep) -> At:
    return step.local.at if step.local is not None else _LAST


def find_places(steps: Steps, state: CurrentState) -> dict[SkillId, int]:
    """Return the index of the skill in front of which each returning skill belongs.

    One that the run took out of the file goes between the same neighbours, any other one where the
    number of its row puts it.
    """
    places: dict[SkillId, int] = {}
    taken = [_old_place(step) for step in steps.values()]
    before = {after: title for title, after in find_renamed(steps, state)}
    for skill_id, step in steps.items():
        if step.record is None:
            continue
        section, index = _old_place(step)
        if (section, index) != _LAST:
            places[skill_id] = index - sum(each[0] == section and each[1] < index for each in taken)
        else:
            title = before.get(step.record.section, step.record.section)
            places[skill_id] = _place_by_number(step, title, state)
    return places


def _place_by_number(step: UndoStep, title: str, state: CurrentState) -> int:
    row = state.last_row(step.page_id)
    siblings = _siblings(title, state)
    if row is None or row.order is None:
        return len(siblings)
    numbers = [
        None if other is None else other.order
        for other in (
            state.last_row(state.page_of(each.skill_id)) if each.skill_id else None
            for each in siblings
        )
    ]
    before = [at for at, number in enumerate(numbers) if number is not None and number < row.order]
    return before[-1] + 1 if before else 0


def _siblings(section: str, state: CurrentState) -> list[LocalSkill]:
    return [each for each in state.local.skills if each.record.section == section]


def find_renamed(steps: Steps, state: CurrentState) -> Renames:
    """Return the sections that get another title with all their skills, as (before, after)."""
    finals: dict[str, set[str]] = {}
    for skill in state.local.skills:
        step = _step_of(skill, steps)
        if step is None or not step.leaves_file:
            title = skill.record.section
            finals.setdefault(title, set()).add(_section(step, title))
    taken = set(state.local.sections)
    renamed: list[tuple[str, str]] = []
    for before in state.local.sections:
        titles = finals.get(before, set())
        if len(titles) == 1 and not titles & taken:
            renamed += [(before, title) for title in titles]
            taken |= titles
    return tuple(renamed)


def list_afterwards(steps: Steps, state: CurrentState) -> list[SkillId]:
    """Return the skills of the file in the order in which they stand afterwards."""
    renamed = dict(find_renamed(steps, state))
    listing = _Listing(steps, state, find_places(steps, state))
    for before in state.local.sections:
        listing.add_section(before, renamed.get(before, before))
    listing.add_arrivals()
    return [each for listed in listing.sections.values() for each in listed]


@dataclass(slots=True)
class _Listing:
    """The order under way: sections by title, and skills that move to another one."""

    steps: Steps
    state: CurrentState
    places: Mapping[SkillId, int]
    sections: dict[str, list[SkillId]] = field(default_factory=dict)
    moved: list[tuple[str, SkillId]] = field(default_factory=list)

    @property
    def coming(self) -> list[tuple[str, SkillId]]:
        """The skills that come back, with their sections, in their old order."""
        return [
            (step.record.section, step.skill_id)
            for step in sort_steps(self.steps)
            if step.record is not None
        ]

    def add_section(self, before: str, title: str) -> None:
        """List a section that is in the file."""
        own = [skill_id for section, skill_id in self.coming if section == title]
        listed = self.sections.setdefault(title, [])
        siblings = _siblings(before, self.state)
        for index, skill in enumerate(siblings):
            listed += [each for each in own if self.places[each] == index]
            step = _step_of(skill, self.steps)
            if skill.skill_id is None or (step is not None and step.leaves_file):
                continue
            section = _section(step, before)
            if section in {before, title}:
                listed.append(skill.skill_id)
            else:
                self.moved.append((section, skill.skill_id))
        listed += [each for each in own if self.places[each] >= len(siblings)]

    def add_arrivals(self) -> None:
        """List what comes to the ends of sections, and to new ones."""
        known = {each for listed in self.sections.values() for each in listed}
        fresh = [each for each in self.coming if each[1] not in known]
        titles = {skill_id: section for section, skill_id in (*self.moved, *fresh)}
        for step in sort_steps(self.steps):
            if step.skill_id in titles:
                self.sections.setdefault(titles[step.skill_id], [])
        for section, skill_id in (*fresh, *self.moved):
            self.sections[section].append(skill_id)


def _step_of(skill: LocalSkill, steps: Steps) -> UndoStep | None:
    return steps.get(skill.skill_id) if skill.skill_id is not None else None


def _section(step: UndoStep | None, before: str) -> str:
    return str(step.final(Field.SECTION)) if step is not None else before
