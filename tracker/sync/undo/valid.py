"""Keep the file valid: what comes back must not require what is gone, and the reverse.

Pure: no clock, no disk, no network, no logging.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from tracker.roadmap.graph import find_circles
from tracker.roadmap.model import SkillId
from tracker.sync.snapshot import Field, Side
from tracker.sync.undo.steps import Step
from tracker.sync.undo.world import Present

Steps = Mapping[SkillId, Step]


def keep_valid(steps: Steps, present: Present) -> None:
    """Hold whatever would break the file, or leave a skill without what it requires."""
    for step in steps.values():
        _hold_dates(step)
    # A step that is held changes what the others may rely on.
    while _hold_needed(steps, present) or _hold_broken(steps, present):
        pass


def list_requires(steps: Steps, present: Present) -> dict[str, frozenset[str]]:
    """Return what each skill requires that the file has afterwards."""
    graph = {str(each): skill.record.requires for each, skill in present.skills.items()}
    for skill_id, step in steps.items():
        if step.leaves_file:
            graph.pop(skill_id, None)
        elif step.comes is not None or skill_id in graph:
            needs = step.final(Field.REQUIRES)
            graph[skill_id] = needs if isinstance(needs, frozenset) else frozenset()
    return graph


def _hold_dates(step: Step) -> None:
    started, completed = step.final(Field.STARTED), step.final(Field.COMPLETED)
    if isinstance(started, date) and isinstance(completed, date) and started > completed:
        for which in {Field.STARTED, Field.COMPLETED} & step.back.keys():
            step.hold_field(which, f"completed {completed} would be before started {started}")


def _hold_needed(steps: Steps, present: Present) -> bool:
    """Hold the rows that others require and that would go alone; tell whether there was one."""
    needed: dict[str, str] = {}
    for row in present.remote.rows:
        owner = present.owners.get(row.page_id)
        step = steps.get(owner) if owner is not None else None
        if owner is None or (step is not None and step.leaves_notion):
            continue
        back = step.back.get(Field.REQUIRES) if step is not None else None
        needs = back.sides[Side.REMOTE] if back is not None else present.requires(row)
        if isinstance(needs, frozenset):
            needed.update(dict.fromkeys(needs, owner))
    lost = [each for each in steps.values() if each.leaves_notion and each.skill_id in needed]
    for step in lost:
        step.hold(_needed_by(needed[step.skill_id]))
    return bool(lost)


def _hold_broken(steps: Steps, present: Present) -> bool:
    """Mend prerequisites that point nowhere or round in a circle; tell whether there were any."""
    graph = list_requires(steps, present)
    for skill_id, needs in graph.items():
        gone = frozenset(each for each in needs if each not in graph)
        for need in sorted(gone):
            leaving = steps.get(SkillId(need))
            if leaving is not None and leaving.leaves_file:
                leaving.hold(_needed_by(skill_id))
                return True
        step = steps.get(SkillId(skill_id))
        if gone and step is not None:
            reason = f"it required {min(gone)}, which is not in the file any more"
            return _leave_out(step, gone, reason)
    for circle in find_circles(graph):
        for skill_id in sorted(circle):
            step = steps.get(SkillId(skill_id))
            reason = f"its prerequisites would go round in a circle: {', '.join(sorted(circle))}"
            if step is not None and _leave_out(step, circle, reason):
                return True
    return False


def _leave_out(step: Step, needs: frozenset[str], reason: str) -> bool:
    """Leave prerequisites out of what comes back; tell whether that changed anything."""
    if step.comes is not None and step.comes.requires & needs:
        step.comes = replace(step.comes, requires=step.comes.requires - needs)
        step.text = ""
        return True
    if Field.REQUIRES in step.back:
        step.hold_field(Field.REQUIRES, reason)
        return True
    return False


def _needed_by(skill_id: str) -> str:
    return f"changed since: {skill_id} requires it"
