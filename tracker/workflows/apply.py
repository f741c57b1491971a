"""Carry out a plan: local edits first, then remote lanes, with a checkpoint per settled action.

Only the calling thread touches files and state. What makes going on pointless (a refused token, an
unreachable server) is raised after the last outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tracker.ports import Target, Writers
from tracker.roadmap.model import SkillId
from tracker.sync.options import find_gone, find_lost_by_rows
from tracker.sync.plan import Adopt, Create, Delete, Forget, Hold, Update
from tracker.sync.settle import Terms, make_ledger
from tracker.sync.snapshot import Binding, PageId, Side
from tracker.workflows.apply_files import apply_files
from tracker.workflows.apply_rows import apply_rows
from tracker.workflows.apply_run import Progress, Run
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
