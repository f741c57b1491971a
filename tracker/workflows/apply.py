"""Carry out a plan: local edits first, then remote lanes, with a checkpoint per settled action.

Only the calling thread touches files and state. A failed row ends as an outcome; what makes going
on pointless (a refused token, an unreachable server) skips the rest and is told as a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from tracker.errors import (
    Problem,
    RefusedError,
    RemoteError,
    SettingsError,
    TrackerError,
    UnreachableError,
)
from tracker.ports import Target, Writers
from tracker.roadmap.model import SkillId
from tracker.sync.edits import make_edits
from tracker.sync.journal import Entry
from tracker.sync.plan import Adopt, Create, Delete, Forget, Hold, Outcome, Update
from tracker.sync.seen import keep_open
from tracker.sync.settle import Ledger, make_ledger
from tracker.sync.snapshot import Binding, Field, PageId, Seen, Side, Value
from tracker.workflows.lanes import Settled, run_lanes
from tracker.workflows.observe import Observed
from tracker.workflows.results import ActionOutcome

Progress = Callable[[int, int, str], None]
"""Called with actions done, actions in all, and a word on what is going on."""

Write = Create | Update | Delete


@dataclass(slots=True)
class _Run:
    """What the application of one roadmap's plan shares; `pages` grows as rows are created."""

    run: str
    writers: Writers
    seen: Observed
    target: Target
    pages: dict[SkillId, PageId]
    ledger: Ledger
    fatal: TrackerError | None = None
    removed: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The roadmap's name."""
        return self.seen.file.name


def apply_plan(
    writers: Writers, seen: Observed, run: str, *, progress: Progress
) -> Iterator[ActionOutcome]:
    """Apply one plan and yield an outcome per write, in the order in which they settle.

    Raises TrackerError when nothing can be written at all, or, after the last outcome, when going
    on was pointless.
    """
    if not any(not isinstance(action, Hold) for action in seen.plan.actions):
        return
    this = _Run(
        run=run,
        writers=writers,
        seen=seen,
        target=_ensure_target(writers, seen),
        pages=_bound_pages(seen),
        ledger=make_ledger(seen.plan),
    )
    _prebind(this)
    yield from _apply_local(this)
    _settle_state_only(this)
    yield from _apply_remote(this, progress)
    if this.fatal is not None:
        raise this.fatal


def _ensure_target(writers: Writers, seen: Observed) -> Target:
    target = seen.target
    if target is None:
        file = seen.file
        target = writers.remote.create_target(file.name, file.roadmap.title, seen.local.sections)
    if target != writers.state.load_target(seen.file.name):
        writers.state.save_target(seen.file.name, target)
    return target


def _bound_pages(seen: Observed) -> dict[SkillId, PageId]:
    pages = {skill: binding.page_id for skill, binding in seen.base.bindings.items()}
    for action in seen.plan.actions:
        if not isinstance(action, Hold) and action.skill_id and action.page_id:
            pages[action.skill_id] = action.page_id
    return pages


def _prebind(this: _Run) -> None:
    """Bind rows to the skills about to be written for them, lest a crash makes them twice."""
    bindings = [
        Binding(action.skill_id, action.page_id)
        for action in this.seen.plan.actions
        if isinstance(action, Create) and action.side is Side.LOCAL and action.page_id
    ]
    if bindings:
        this.writers.state.save_bindings(this.name, bindings)


def _apply_local(this: _Run) -> list[ActionOutcome]:
    actions = [each for each in this.seen.plan.writes if each.side is Side.LOCAL]
    edits = make_edits(this.seen.plan, this.seen.local)
    if edits:
        written = this.writers.roadmaps.save_edits(this.name, this.seen.plan.digest, edits)
        this.removed = written.removed
    bindings = [
        Binding(action.skill_id, this.pages[action.skill_id], this.ledger.learn(action))
        for action in actions
        if not isinstance(action, Delete) and action.skill_id in this.pages
    ]
    if actions:
        entries = [_entry(this, action) for action in actions]
        this.writers.state.save_bindings(this.name, bindings, entries)
    for action in actions:
        if isinstance(action, Delete):
            this.writers.state.remove_binding(this.name, action.skill_id)
    return [ActionOutcome(this.name, action, Outcome.DONE) for action in actions]


def _settle_state_only(this: _Run) -> None:
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


def _apply_remote(this: _Run, progress: Progress) -> Iterator[ActionOutcome]:
    actions = {
        (action.skill_id, type(action).__name__): action
        for action in this.seen.plan.writes
        if action.side is Side.REMOTE
    }
    makers = {action.skill_id: key for key, action in actions.items() if isinstance(action, Create)}
    needs = {
        key: [makers[SkillId(need)] for need in _prerequisites(action) if need in makers]
        for key, action in actions.items()
    }
    lanes = run_lanes(
        needs,
        lambda key: _start(this, actions[key]),
        workers=this.writers.workers,
        stop=this.writers.remote.close,
    )
    for done, settled in enumerate(lanes, start=1):
        action = actions[settled.key]
        yield _checkpoint(this, action, settled)
        progress(done, len(actions), f"{this.name}: {action.skill_id}")


def _prerequisites(action: Write) -> frozenset[str]:
    if isinstance(action, Create):
        return action.record.requires
    if isinstance(action, Update):
        after = [each.after for each in action.changes if each.field is Field.REQUIRES]
        return frozenset().union(*(each for each in after if isinstance(each, frozenset)))
    return frozenset()


def _start(this: _Run, action: Write) -> Callable[[], tuple[Write, PageId]]:
    """Prepare one lane in the calling thread; the returned function touches the network only."""
    if this.fatal is not None:
        return partial(_skip, this.fatal.problems[0])
    known = _with_known_prerequisites(action, this.pages)
    if isinstance(known, Create):
        this.writers.state.save_intent(this.name, known.skill_id)
    return partial(_write, this.writers, this.target, known, dict(this.pages))


def _with_known_prerequisites(action: Write, pages: Mapping[SkillId, PageId]) -> Write:
    """Leave out prerequisites whose rows could not be made; the next run adds the relation."""
    if isinstance(action, Create):
        known = frozenset(each for each in action.record.requires if SkillId(each) in pages)
        return replace(action, record=replace(action.record, requires=known))
    if isinstance(action, Update):
        changes = tuple(
            replace(each, after=frozenset(key for key in each.after if SkillId(key) in pages))
            if each.field is Field.REQUIRES and isinstance(each.after, frozenset)
            else each
            for each in action.changes
        )
        return replace(action, changes=changes)
    return action


def _skip(problem: Problem) -> tuple[Write, PageId]:
    raise _SkippedError(problem)


class _SkippedError(RemoteError):
    """A lane that never started, because going on was pointless."""


def _write(
    writers: Writers, target: Target, action: Write, pages: Mapping[SkillId, PageId]
) -> tuple[Write, PageId]:
    if isinstance(action, Create):
        return action, writers.remote.create_row(target, action, pages)
    page_id = action.page_id or pages[action.skill_id]
    if isinstance(action, Update):
        writers.remote.update_row(target, action, pages)
    else:
        writers.remote.trash_row(target, page_id)
    return action, page_id


def _checkpoint(
    this: _Run, action: Write, settled: Settled[tuple[SkillId, str], tuple[Write, PageId]]
) -> ActionOutcome:
    """Make one settled action durable; the base advances only by what was really written."""
    if settled.answer is None:
        return _failure(this, action, settled.error)
    written, page_id = settled.answer
    is_made = isinstance(written, Create)
    entry = _entry(this, replace(written, page_id=page_id) if is_made else written)
    if isinstance(written, Delete):
        this.writers.state.remove_binding(this.name, written.skill_id, [entry])
    else:
        this.pages[written.skill_id] = page_id
        seen = _remembered(this, written)
        binding = Binding(written.skill_id, page_id, this.ledger.learn(written), seen)
        this.writers.state.save_bindings(this.name, [binding], [entry])
    return ActionOutcome(this.name, written, Outcome.DONE)


def _remembered(this: _Run, written: Create | Update) -> Seen | None:
    """Return the history to remember after a write; open fields keep what was known of them."""
    if isinstance(written, Create) or not written.seen:
        return None
    known = this.seen.base.bindings.get(written.skill_id)
    before = known.seen or {} if known is not None else {}
    return keep_open(before, written.seen, this.ledger.unsettled.get(written.skill_id, ()))


def _failure(this: _Run, action: Write, error: Exception | None) -> ActionOutcome:
    if isinstance(error, _SkippedError):
        return ActionOutcome(this.name, action, Outcome.SKIPPED, error.problems[0])
    if not isinstance(error, TrackerError):
        raise error or RuntimeError("a lane ended without an answer")
    if isinstance(error, SettingsError | UnreachableError):
        this.fatal = this.fatal or error
    outcome = Outcome.STALE if isinstance(error, RefusedError) else Outcome.FAILED
    return ActionOutcome(this.name, action, outcome, error.problems[0])


def _entry(this: _Run, action: Write) -> Entry:
    """Make the entry of a finished action: what stood there before, and what both had agreed on."""
    removed = ""
    if isinstance(action, Delete) and action.side is Side.LOCAL:
        # Texts of removed skills come by id, or by name where the file gives none.
        removed = this.removed.get(action.skill_id) or this.removed.get(action.record.name, "")
    return Entry(
        run=this.run,
        at=this.writers.clock.now(),
        roadmap=this.name,
        title=this.seen.file.roadmap.title,
        action=action,
        removed=removed,
        base=_agreed_before(this.seen.base.bindings.get(action.skill_id), action),
    )


def _agreed_before(known: Binding | None, action: Write) -> Mapping[Field, Value] | None:
    """Return the base of the fields that an action is about; None for a skill that was not bound."""
    if known is None:
        return None
    if not isinstance(action, Update):
        return known.fields
    changed = {change.field for change in action.changes}
    return {which: value for which, value in known.fields.items() if which in changed}
