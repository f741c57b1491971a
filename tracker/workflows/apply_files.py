"""Carry out the local actions of a plan: one verified edit of one file, then one commit.

A skill whose edit is unsafe is left out, on both sides, and the rest goes on (G15).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tracker.errors import Problem, UnsafeEditError
from tracker.roadmap.model import SkillId
from tracker.sync.edits import make_edits
from tracker.sync.plan import Delete, Outcome, Plan
from tracker.sync.snapshot import Binding, Side
from tracker.workflows.apply_run import Run, make_entry
from tracker.workflows.results import ActionOutcome


def apply_files(this: Run) -> list[ActionOutcome]:
    """Edit the file, and remember what is agreed on from then on; return an outcome per action."""
    refused = _save_local(this)
    actions = [each for each in this.seen.plan.writes if each.side is Side.LOCAL]
    bindings = [
        Binding(action.skill_id, this.pages[action.skill_id], this.ledger.learn(action))
        for action in actions
        if not isinstance(action, Delete) and action.skill_id in this.pages
    ]
    if actions:
        entries = [make_entry(this, each) for each in actions if not isinstance(each, Delete)]
        this.writers.state.save_bindings(this.name, bindings, entries)
    for action in actions:
        if isinstance(action, Delete):
            this.writers.state.remove_binding(this.name, action.skill_id)
    return [*refused, *(ActionOutcome(this.name, each, Outcome.DONE) for each in actions)]


def _save_local(this: Run) -> list[ActionOutcome]:
    """Edit the file; a skill whose edit is unsafe is left out, on both sides, and the rest goes on.

    Returns the outcomes of what is left out, and takes it out of the plan.
    """
    plan = this.seen.plan
    try:
        _save_edits(this, plan)
    except UnsafeEditError:
        unsafe = _find_unsafe(this)
        if not unsafe:
            raise
        kept = tuple(each for each in plan.actions if each.skill_id not in unsafe)
        this.seen = replace(this.seen, plan=replace(plan, actions=kept))
        _save_edits(this, this.seen.plan)
        return [
            ActionOutcome(this.name, each, Outcome.FAILED, unsafe[each.skill_id])
            for each in plan.writes
            if each.skill_id in unsafe
        ]
    return []


def _save_edits(this: Run, plan: Plan) -> None:
    edits = make_edits(plan, this.seen.local)
    gone = [each for each in plan.writes if isinstance(each, Delete) and each.side is Side.LOCAL]

    def keep(removed: Mapping[str, str]) -> None:
        """Journal the text of what goes before it goes: a run may be cut off right after."""
        this.removed = removed
        entries = [make_entry(this, action) for action in gone]
        this.writers.state.save_bindings(this.name, [], entries)

    if edits:
        this.writers.roadmaps.save_edits(this.name, plan.digest, edits, keep=keep)


def _find_unsafe(this: Run) -> dict[SkillId, Problem]:
    """Return the skills whose edits are unsafe by themselves, with the reason."""
    return dict(_halve(this, tuple(dict.fromkeys(each.skill_id for each in this.seen.plan.writes))))


def _halve(this: Run, skill_ids: Sequence[SkillId]) -> Iterator[tuple[SkillId, Problem]]:
    """Look among these skills, halving them: each look takes as long as reading the file."""
    plan, wanted = this.seen.plan, frozenset(skill_ids)
    own = tuple(each for each in plan.writes if each.skill_id in wanted)
    edits = make_edits(replace(plan, actions=own), this.seen.local)
    problem = this.writers.roadmaps.check_edits(this.name, plan.digest, edits)
    if problem is None:
        return
    if len(skill_ids) == 1:
        yield skill_ids[0], problem
        return
    middle = len(skill_ids) // 2
    yield from _halve(this, skill_ids[:middle])
    yield from _halve(this, skill_ids[middle:])
