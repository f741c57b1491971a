"""Where in the file what comes back belongs, and in which order the skills are then.

Pure: no clock, no disk, no network, no logging.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.roadmap.edits import At
from tracker.roadmap.model import SkillId
from tracker.sync.order import Renames, match_titles
from tracker.sync.snapshot import Field, LocalSkill, Side
from tracker.sync.undo.steps import CurrentState, UndoStep

Steps = Mapping[SkillId, UndoStep]
_LAST = (1 << 30, 1 << 30)


def sort_steps(steps: Steps) -> list[UndoStep]:
    """Return the steps in the order in which their edits are made, and so arrive in a section.

    First what was taken out of the file, by its old place; then what is in the file, by its own.
    """
    return sorted(
        steps.values(),
        key=lambda step: (_old_place(step), step.local.at if step.local is not None else _LAST),
    )


def _old_place(step: UndoStep) -> At:
    deleted = step.writes.deleted.get(Side.LOCAL)
    return (deleted.at or _LAST) if deleted is not None else _LAST


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
            # The old index counted the skills that were taken out with this one.
            places[skill_id] = index - sum(at[0] == section and at[1] < index for at in taken)
        else:
            title = before.get(step.record.section, step.record.section)
            places[skill_id] = _place_by_number(step, title, state)
    return places


def _place_by_number(step: UndoStep, title: str, state: CurrentState) -> int:
    row = state.last_row(step.page_id)
    siblings = _list_siblings(title, state)
    if row is None or row.order is None:
        return len(siblings)
    place = 0
    for at, skill in enumerate(siblings):
        other = state.last_row(state.page_of(skill.skill_id)) if skill.skill_id else None
        if other is not None and other.order is not None and other.order < row.order:
            place = at + 1
    return place


def _list_siblings(section: str, state: CurrentState) -> list[LocalSkill]:
    return [skill for skill in state.local.skills if skill.record.section == section]


def find_renamed(steps: Steps, state: CurrentState) -> Renames:
    """Return the sections that get another title with all their skills, as (before, after)."""
    titles: dict[str, set[str]] = {}
    for skill in state.local.skills:
        step = _find_step(skill, steps)
        if step is None or not step.leaves_file:
            title = skill.record.section
            titles.setdefault(title, set()).add(_find_section(step, title))
    return match_titles(state.local.sections, titles)


def list_afterwards(steps: Steps, state: CurrentState) -> list[SkillId]:
    """Return the skills of the file in the order in which they are afterwards."""
    renamed = dict(find_renamed(steps, state))
    places = find_places(steps, state)
    in_order = sort_steps(steps)
    coming = [(step.record.section, step.skill_id) for step in in_order if step.record is not None]
    sections: dict[str, list[SkillId]] = {}
    moved: list[tuple[str, SkillId]] = []
    for before in state.local.sections:
        title = renamed.get(before, before)
        own = [skill_id for section, skill_id in coming if section == title]
        listed = sections.setdefault(title, [])
        siblings = _list_siblings(before, state)
        for index, skill in enumerate(siblings):
            listed += [skill_id for skill_id in own if places[skill_id] == index]
            step = _find_step(skill, steps)
            if skill.skill_id is None or (step is not None and step.leaves_file):
                continue
            section = _find_section(step, before)
            if section in {before, title}:
                listed.append(skill.skill_id)
            else:
                moved.append((section, skill.skill_id))
        listed += [skill_id for skill_id in own if places[skill_id] >= len(siblings)]
    return _add_arrivals(sections, coming, moved, in_order)


def _add_arrivals(
    sections: dict[str, list[SkillId]],
    coming: list[tuple[str, SkillId]],
    moved: list[tuple[str, SkillId]],
    in_order: list[UndoStep],
) -> list[SkillId]:
    """Append what comes to the ends of sections, and to sections that are made for it."""
    known = {skill_id for listed in sections.values() for skill_id in listed}
    fresh = [(section, skill_id) for section, skill_id in coming if skill_id not in known]
    titles = {skill_id: section for section, skill_id in (*moved, *fresh)}
    # New sections are made in the order of the edits, whatever arrives in them first.
    for step in in_order:
        if step.skill_id in titles:
            sections.setdefault(titles[step.skill_id], [])
    for section, skill_id in (*fresh, *moved):
        sections[section].append(skill_id)
    return [skill_id for listed in sections.values() for skill_id in listed]


def _find_step(skill: LocalSkill, steps: Steps) -> UndoStep | None:
    return steps.get(skill.skill_id) if skill.skill_id is not None else None


def _find_section(step: UndoStep | None, before: str) -> str:
    return str(step.final(Field.SECTION)) if step is not None else before
