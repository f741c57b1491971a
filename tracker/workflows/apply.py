"""Carry out a plan: local edits first, then remote lanes, with a checkpoint per settled action.

Only the calling thread touches files and state. One verified edit of the file is one commit; a skill
whose edit is unsafe is left out on both sides, and the rest goes on (G15). An error that makes going
on pointless (a refused token, an unreachable server) is raised after the last outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tracker.errors import Problem, UnsafeEditError
from tracker.ports import Progress, Target, Writers
from tracker.roadmap.model import SkillId
from tracker.sync.edits import make_edits
from tracker.sync.fates import find_gone, find_lost_by_rows
from tracker.sync.plan import (
    Adopt,
    Create,
    Delete,
    Forget,
    Hold,
    Outcome,
    Plan,
    Update,
    make_ledger,
)
from tracker.sync.snapshot import Binding, PageId, Side
from tracker.workflows.apply_rows import ApplyRun, apply_rows, make_entry
from tracker.workflows.observe import Observed
from tracker.workflows.results import ActionOutcome


def open_run(
    writers: Writers, seen: Observed, run_id: str, moved: frozenset[PageId] = frozenset()
) -> ApplyRun | None:
    """Prepare to apply one plan, creating its database if there is none; None when it is idle.

    `moved` are the rows that earlier rounds of the run moved into the trash or out of it. Raises
    TrackerError when nothing can be written at all.
    """
    save_direct_reads(writers, seen.file.name, seen.remote.direct_reads)
    is_idle = all(isinstance(action, Hold) for action in seen.plan.actions)
    if is_idle and not (seen.bookkeeping and (seen.bookkeeping.forget or seen.bookkeeping.bind)):
        return None
    run = ApplyRun(
        run_id=run_id,
        writers=writers,
        seen=seen,
        target=_ensure_target(writers, seen),
        pages=_find_pages(seen),
        ledger=seen.bookkeeping.ledger if seen.bookkeeping is not None else make_ledger(seen.plan),
    )
    run.moved = moved | frozenset(
        action.page_id or run.pages[action.skill_id]
        for action in seen.plan.writes
        if action.side is Side.REMOTE
        and (isinstance(action, Delete) or (isinstance(action, Update) and action.restore))
    )
    return run


def apply_plan(run: ApplyRun, *, progress: Progress) -> Iterator[ActionOutcome]:
    """Apply one plan and yield an outcome per write, in the order in which they settle.

    Raises TrackerError, after the last outcome, when going on was pointless.
    """
    # The order is what makes a crash harmless: whatever comes later can be done again by the next
    # run, which finds the bindings, then the file, then the base as far as each of them got.
    state, bookkeeping = run.writers.state, run.seen.bookkeeping
    if bookkeeping is not None:
        # Beforehand, so that a run that is cut off does not look like a deletion.
        for skill_id in bookkeeping.forget:
            state.remove_binding(run.name, skill_id)
        if bookkeeping.bind:
            state.save_bindings(run.name, bookkeeping.bind)
    _bind_beforehand(run)
    yield from apply_files(run)
    _save_state_only(run)
    yield from apply_rows(run, progress)
    save_direct_reads(run.writers, run.name, run.carry_forward().direct_reads)
    if error := run.fatal or run.unmakeable:
        raise error


def save_direct_reads(writers: Writers, name: str, reads: Mapping[PageId, str]) -> None:
    """Remember what GETs said of rows before anything is made of it: the listing may be older."""
    if reads != writers.state.load_direct_reads(name):
        writers.state.save_direct_reads(name, reads)


def _ensure_target(writers: Writers, seen: Observed) -> Target:
    target = seen.target
    if target is None:
        file = seen.file
        target = writers.remote.create_target(file.name, file.roadmap.title, seen.local.sections)
    # What this run settles stays gone until it is written: the run may be cut off (G5).
    lost = find_lost_by_rows(seen.base, seen.remote).items()
    gone = {field: target.gone.get(field, frozenset()) | texts for field, texts in lost}
    target = replace(target, gone={**target.gone, **gone})
    if target != writers.state.load_target(seen.file.name):
        writers.state.save_target(seen.file.name, target)
    return target


def keep_gone(writers: Writers, seen: Observed) -> None:
    """Remember those of the deleted options that nobody has decided about yet."""
    known = writers.state.load_target(seen.file.name)
    if known is None or seen.bookkeeping is not None:
        return
    options = seen.target.options if seen.target else known.options
    gone = find_gone(seen.plan.conflicts, seen.remote.options)
    now = replace(known, options=options, gone=gone)
    if now != known:
        writers.state.save_target(seen.file.name, now)


def _find_pages(seen: Observed) -> dict[SkillId, PageId]:
    pages = {skill_id: binding.page_id for skill_id, binding in seen.base.bindings.items()}
    for action in seen.plan.actions:
        if not isinstance(action, Hold) and action.skill_id and action.page_id:
            pages[action.skill_id] = action.page_id
    return pages


def _bind_beforehand(run: ApplyRun) -> None:
    """Bind rows to the skills about to be written for them, so that a crash makes no second one.

    A row whose skill got another id in the file moves to that id, with all that is remembered.
    """
    known = {skill_id: binding.page_id for skill_id, binding in run.seen.base.bindings.items()}
    bound = set(known.values())
    bindings: list[Binding] = []
    for action in run.seen.plan.actions:
        if isinstance(action, Create) and action.side is Side.LOCAL and action.page_id:
            bindings.append(Binding(action.skill_id, action.page_id))
        elif isinstance(action, Adopt) and action.page_id in bound - {known.get(action.skill_id)}:
            bindings.append(Binding(action.skill_id, action.page_id, action.fields, action.seen))
    if bindings:
        run.writers.state.save_bindings(run.name, bindings)


def _save_state_only(run: ApplyRun) -> None:
    """Save the actions that write to neither side: adopted values, and skills gone from both."""
    actions = run.seen.plan.actions
    adopted = [
        Binding(action.skill_id, action.page_id, action.fields, action.seen)
        for action in actions
        if isinstance(action, Adopt)
    ]
    if adopted:
        run.writers.state.save_bindings(run.name, adopted)
    for action in actions:
        if isinstance(action, Forget):
            run.writers.state.remove_binding(run.name, action.skill_id)


def apply_files(run: ApplyRun) -> list[ActionOutcome]:
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
