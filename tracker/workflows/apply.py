"""Carry out a plan: local edits first, then remote lanes, with a checkpoint per settled action.

Only the calling thread touches files and state. One verified edit of the file is one commit; a skill
whose edit is unsafe is left out on both sides, and the rest goes on (G15). An error that makes going
on pointless (a refused token, an unreachable server) is raised after the last outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tracker.errors import Problem, UnsafeEditError
from tracker.ports import Target, Writers
from tracker.roadmap.model import SkillId
from tracker.sync.carry_out import Terms, make_ledger
from tracker.sync.edits import make_edits
from tracker.sync.fates import find_gone, find_lost_by_rows
from tracker.sync.plan import Adopt, Create, Delete, Forget, Hold, Outcome, Plan, Update
from tracker.sync.snapshot import Binding, PageId, Side
from tracker.workflows.apply_rows import apply_rows
from tracker.workflows.apply_run import Progress, Run, make_entry
from tracker.workflows.observe import Observed
from tracker.workflows.results import ActionOutcome


def open_run(
    writers: Writers, seen: Observed, run: str, moved: frozenset[PageId] = frozenset()
) -> Run | None:
    """Prepare to carry out one plan, making its database if need be; None when it is idle.

    `moved` are the rows that the run took into the trash or out of it before. Raises TrackerError when
    nothing can be written at all.
    """
    save_direct_reads(writers, seen.file.name, seen.remote.direct_reads)
    is_idle = all(isinstance(action, Hold) for action in seen.plan.actions)
    if is_idle and not (seen.terms and (seen.terms.forget or seen.terms.bind)):
        return None
    this = Run(
        run=run,
        writers=writers,
        seen=seen,
        target=_ensure_target(writers, seen),
        pages=_bound_pages(seen),
        ledger=seen.terms.ledger if seen.terms is not None else make_ledger(seen.plan),
    )
    this.moved = moved | frozenset(
        action.page_id or this.pages[action.skill_id]
        for action in seen.plan.writes
        if action.side is Side.REMOTE
        and (isinstance(action, Delete) or (isinstance(action, Update) and action.restore))
    )
    return this


def apply_plan(this: Run, *, progress: Progress) -> Iterator[ActionOutcome]:
    """Carry out one plan and yield an outcome per write, in the order in which they settle.

    Raises TrackerError, after the last outcome, when going on was pointless.
    """
    if this.seen.terms is not None:
        _meet_terms(this, this.seen.terms)
    _prebind(this)
    yield from apply_files(this)
    _settle_state_only(this)
    yield from apply_rows(this, progress)
    save_direct_reads(this.writers, this.name, this.carry_forward().direct_reads)
    if error := this.fatal or this.unmakeable:
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
    gone = {which: target.gone.get(which, frozenset()) | texts for which, texts in lost}
    target = replace(target, gone={**target.gone, **gone})
    if target != writers.state.load_target(seen.file.name):
        writers.state.save_target(seen.file.name, target)
    return target


def keep_gone(writers: Writers, seen: Observed) -> None:
    """Remember of the deleted options those about which nobody decided yet."""
    known = writers.state.load_target(seen.file.name)
    if known is None or seen.terms is not None:
        return
    options = seen.target.options if seen.target else known.options
    gone = find_gone(seen.plan.conflicts, seen.remote.options)
    now = replace(known, options=options, gone=gone)
    if now != known:
        writers.state.save_target(seen.file.name, now)


def _bound_pages(seen: Observed) -> dict[SkillId, PageId]:
    pages = {skill: binding.page_id for skill, binding in seen.base.bindings.items()}
    for action in seen.plan.actions:
        if not isinstance(action, Hold) and action.skill_id and action.page_id:
            pages[action.skill_id] = action.page_id
    return pages


def _meet_terms(this: Run, terms: Terms) -> None:
    """Forget and bind beforehand, so that a run that is cut off does not look like a deletion."""
    for skill_id in terms.forget:
        this.writers.state.remove_binding(this.name, skill_id)
    if terms.bind:
        this.writers.state.save_bindings(this.name, terms.bind)


def _prebind(this: Run) -> None:
    """Bind rows to the skills about to be written for them, lest a crash makes them twice.

    A row whose skill got another id in the file moves to that id, with all that is remembered.
    """
    known = {key: binding.page_id for key, binding in this.seen.base.bindings.items()}
    bound = set(known.values())
    bindings: list[Binding] = []
    for each in this.seen.plan.actions:
        if isinstance(each, Create) and each.side is Side.LOCAL and each.page_id:
            bindings.append(Binding(each.skill_id, each.page_id))
        elif isinstance(each, Adopt) and each.page_id in bound - {known.get(each.skill_id)}:
            bindings.append(Binding(each.skill_id, each.page_id, each.fields, each.seen))
    if bindings:
        this.writers.state.save_bindings(this.name, bindings)


def _settle_state_only(this: Run) -> None:
    adopted = [
        Binding(action.skill_id, action.page_id, action.fields, action.seen)
        for action in this.seen.plan.actions
        if isinstance(action, Adopt)
    ]
    if adopted:
        this.writers.state.save_bindings(this.name, adopted)
    for action in this.seen.plan.actions:
        if isinstance(action, Forget):
            this.writers.state.remove_binding(this.name, action.skill_id)


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
