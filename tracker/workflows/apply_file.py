"""Carry out the part of a plan that edits the file, and remember what is agreed on from then on.

One verified edit of the file is one commit. A skill whose edit is unsafe is left out on both sides, and
the rest goes on (G15).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tracker.errors import Problem, UnsafeEditError
from tracker.roadmap.model import SkillId
from tracker.sync.model import Binding, Delete, Outcome, Plan, Side
from tracker.sync.planner import make_edits
from tracker.workflows.apply_rows import ApplyRun, make_entry
from tracker.workflows.results import ActionOutcome


def apply_file(run: ApplyRun) -> list[ActionOutcome]:
    """Edit the file, and remember what is agreed on from then on; return an outcome per action."""
    refused = _save_local(run)
    actions = [action for action in run.seen.plan.writes if action.side is Side.LOCAL]
    bindings = [
        Binding(action.skill_id, run.pages[action.skill_id], run.ledger.learn(action))
        for action in actions
        if not isinstance(action, Delete) and action.skill_id in run.pages
    ]
    if actions:
        # Deletions are in the journal already: see `_save_edits`.
        entries = [make_entry(run, action) for action in actions if not isinstance(action, Delete)]
        run.writers.state.save_bindings(run.name, bindings, entries)
    for action in actions:
        if isinstance(action, Delete):
            run.writers.state.remove_binding(run.name, action.skill_id)
    return [*refused, *(ActionOutcome(run.name, action, Outcome.DONE) for action in actions)]


def _save_local(run: ApplyRun) -> list[ActionOutcome]:
    """Edit the file; skills whose edits are unsafe are taken out of the plan, on both sides.

    Returns the outcomes of the skills taken out.
    """
    plan = run.seen.plan
    try:
        _save_edits(run, plan)
    except UnsafeEditError:
        skill_ids = tuple(dict.fromkeys(action.skill_id for action in plan.writes))
        unsafe = dict(_find_unsafe(run, skill_ids))
        if not unsafe:
            raise
        kept = tuple(action for action in plan.actions if action.skill_id not in unsafe)
        run.seen = replace(run.seen, plan=replace(plan, actions=kept))
        _save_edits(run, run.seen.plan)
        return [
            ActionOutcome(run.name, action, Outcome.FAILED, unsafe[action.skill_id])
            for action in plan.writes
            if action.skill_id in unsafe
        ]
    return []


def _save_edits(run: ApplyRun, plan: Plan) -> None:
    edits = make_edits(plan, run.seen.local)
    deletions = [
        action for action in plan.writes if isinstance(action, Delete) and action.side is Side.LOCAL
    ]

    def keep(removed: Mapping[str, str]) -> None:
        """Journal the removed texts before they go: the run may be cut off right after."""
        run.removed = removed
        entries = [make_entry(run, action) for action in deletions]
        run.writers.state.save_bindings(run.name, [], entries)

    if edits:
        run.writers.roadmaps.save_edits(run.name, plan.digest, edits, keep=keep)


def _find_unsafe(run: ApplyRun, skill_ids: Sequence[SkillId]) -> Iterator[tuple[SkillId, Problem]]:
    """Find the skills whose edits are unsafe by themselves, with the reason.

    Halves the skills: each check takes as long as reading the file.
    """
    plan, wanted = run.seen.plan, frozenset(skill_ids)
    actions = tuple(action for action in plan.writes if action.skill_id in wanted)
    edits = make_edits(replace(plan, actions=actions), run.seen.local)
    problem = run.writers.roadmaps.check_edits(run.name, plan.digest, edits)
    if problem is None:
        return
    if len(skill_ids) == 1:
        yield skill_ids[0], problem
        return
    middle = len(skill_ids) // 2
    yield from _find_unsafe(run, skill_ids[:middle])
    yield from _find_unsafe(run, skill_ids[middle:])
