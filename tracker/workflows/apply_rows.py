"""Carry out the remote actions of a plan: one lane per skill, and one commit per settled action.

Each row is read right before it is written, because the plan may have seen it minutes ago. Lanes run
side by side, prerequisites before what needs them; only the calling thread sees their results, so
files, state and screen have one owner. A failed row ends as an outcome. An error that makes going on
pointless skips the rest; one that keeps a row from being created skips all rows still to be created.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from graphlib import CycleError, TopologicalSorter
from itertools import count
from typing import Generic, TypeVar

from tracker.errors import (
    NoMoreRowsError,
    NotMadeError,
    Problem,
    RefusedError,
    RemoteError,
    SettingsError,
    StateError,
    TrackerError,
    UnansweredError,
    UnreachableError,
)
from tracker.ports import Look, Target, Writers
from tracker.roadmap.model import SkillId
from tracker.sync.looks import Aftermath, Found, is_as_planned, make_written
from tracker.sync.plan import Adopt, Create, Delete, Outcome, Plan, Update
from tracker.sync.seen import announce, keep_open
from tracker.sync.snapshot import (
    Absence,
    Binding,
    Field,
    MissingRow,
    PageId,
    RemoteObservation,
    RemoteRow,
    Seen,
    Side,
)
from tracker.workflows.apply_run import Progress, Run, Write, make_entry
from tracker.workflows.results import ActionOutcome

MOST_UNANSWERED = 3
"""Rows in a row without a proper answer, after which nobody is expected to answer."""


def apply_rows(this: Run, progress: Progress) -> Iterator[ActionOutcome]:
    """Write the rows side by side, and yield an outcome for each as it settles."""
    actions, needs = list_lanes(this.seen.plan)
    this.histories = _make_histories(this)
    planned = index_rows(this.seen.remote)
    _announce(this, actions.values())
    lanes = run_lanes(
        needs,
        lambda key: _start(this, actions[key], planned),
        workers=this.writers.workers,
        stop=this.writers.remote.close,
    )
    trouble: Exception | None = None
    for done, settled in enumerate(lanes, start=1):
        action = actions[settled.key]
        yield _checkpoint(this, action, settled)
        trouble = settled.error if isinstance(settled.error, UnansweredError) else trouble
        progress(done, len(actions), f"{this.name}: {action.skill_id}")
    if isinstance(trouble, UnansweredError) and not this.is_answered:
        this.fatal = this.fatal or trouble


Lane = tuple[SkillId, str]


def list_lanes(plan: Plan) -> tuple[dict[Lane, Write], dict[Lane, list[Lane]]]:
    """Return the remote actions of a plan by lane, and the lanes that each one waits for."""
    actions = {
        (action.skill_id, type(action).__name__): action
        for action in plan.writes
        if action.side is Side.REMOTE
    }
    makers = {action.skill_id: key for key, action in actions.items() if _makes_row(action)}
    needs = {
        key: [makers[SkillId(need)] for need in _prerequisites(action) if need in makers]
        for key, action in actions.items()
    }
    return actions, needs


def _announce(this: Run, actions: Collection[Write]) -> None:
    """Remember the numbers and ids that rows are about to get; see `sync.seen.announce`."""
    gone = this.seen.terms.forget if this.seen.terms is not None else ()
    announced = [
        Binding(action.skill_id, action.page_id, seen=announce(before, action))
        for action in actions
        if isinstance(action, Update) and action.page_id and action.skill_id not in gone
        if announce(before := this.histories.get(action.page_id, {}), action) != before
    ]
    if announced:
        this.writers.state.save_bindings(this.name, announced)


def _make_histories(this: Run) -> Mapping[PageId, Seen]:
    """Return what is remembered of the history of each row."""
    bound = {each.page_id: each.seen for each in this.seen.base.bindings.values()}
    for action in this.seen.plan.actions:
        if isinstance(action, Adopt) and action.seen is not None:
            bound[action.page_id] = action.seen
    return {page_id: seen for page_id, seen in bound.items() if seen}


def _makes_row(action: Write) -> bool:
    """Tell whether a row is there only after this action: made, or taken out of the trash."""
    return isinstance(action, Create) or (isinstance(action, Update) and action.restore)


def _prerequisites(action: Write) -> frozenset[str]:
    if isinstance(action, Create):
        return action.record.requires
    if isinstance(action, Update):
        after = [each.after for each in action.changes if each.field is Field.REQUIRES]
        return frozenset().union(*(each for each in after if isinstance(each, frozenset)))
    return frozenset()


def index_rows(remote: RemoteObservation) -> Mapping[PageId, Found]:
    """Return the rows that an observation tells of, by their pages."""
    found: dict[PageId, Found] = {row.page_id: row for row in remote.rows}
    return found | {each.page_id: each for each in remote.missing}


def _start(
    this: Run, action: Write, planned: Mapping[PageId, Found]
) -> Callable[[], tuple[Write, PageId]]:
    """Prepare one lane in the calling thread; the returned function touches the network only."""
    if this.fatal is not None:
        return partial(_skip, this.fatal.problems[0])
    known = _with_known_prerequisites(action, this.pages)
    if isinstance(known, Create):
        if this.unmakeable is not None:
            return partial(_skip, this.unmakeable.problems[0])
        this.writers.state.save_intent(this.name, known.skill_id)
    pages = dict(this.pages)
    if isinstance(known, Create):
        return partial(_create, this.writers, this.target, known, pages)
    page_id = known.page_id or pages[known.skill_id]
    look = _Look(this.writers, this.target, page_id, planned.get(page_id), this.moved, pages)
    return partial(_change, look, known, pages)


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


class _WrittenError(Exception):
    """A write that is to be repeated happened the first time; only its answer was lost."""


class _ChangedError(RemoteError):
    """A row that is no longer as the plan saw it; `written` is what was done to it all the same."""

    def __init__(self, skill_id: SkillId, found: Found, written: Update | None) -> None:
        where = f"is {_PLACES[found.absence]}" if isinstance(found, MissingRow) else "was changed"
        super().__init__(
            Problem(
                code="row-stale",
                what=f'the row of "{skill_id}" {where} since it was listed',
                why="what was to be written was planned for the row as it was",
                kept="the row is as it was found",
                next="tracker sync",
            )
        )
        self.found = found
        self.written = written


_PLACES: Mapping[Absence, str] = {
    Absence.TRASHED: "in the trash",
    Absence.ARCHIVED: "archived",
    Absence.MOVED: "moved out of the database",
    Absence.UNSEEN: "out of sight",
}


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at one row right before it is written: it must still be what the plan saw."""

    writers: Writers
    target: Target
    page_id: PageId
    planned: Found | None
    moved: frozenset[PageId]
    pages: Mapping[SkillId, PageId]

    def before(self, action: Update | Delete) -> Look:
        """Return the look before an action: it raises _ChangedError when the row is another one now.

        A write whose answer was lost is looked at before it is repeated, and may have happened:
        then the row is as it should be, and the look raises _WrittenError.
        """
        looks = count(1)

        def look() -> None:
            is_repeated = next(looks) > 1
            found = self.writers.remote.fetch_row(self.target, self.page_id)
            if is_as_planned(self.planned, found, self.moved):
                return
            if is_repeated and self.planned is not None:
                after = Aftermath((), {}, self.pages, is_dated=bool(self.target.history))
                written = make_written(self.planned, action, after)
                if is_as_planned(written, found, self.moved | {self.page_id}):
                    raise _WrittenError
            raise _ChangedError(action.skill_id, found, None)

        return look

    def check_restored(self, action: Update) -> None:
        """Read a row that just came out of the trash: from then on people can edit it again."""
        found = self.writers.remote.fetch_row(self.target, self.page_id)
        row = self.planned.row if isinstance(self.planned, MissingRow) else None
        if row is None or (isinstance(found, MissingRow) and found.absence is Absence.TRASHED):
            return  # not back everywhere yet; the writer has patience
        # Relations come back by themselves, and not at once.
        back = replace(found, requires=row.requires) if isinstance(found, RemoteRow) else found
        if not is_as_planned(row, back, self.moved):
            raise _ChangedError(action.skill_id, found, replace(action, changes=(), seen={}))


def _create(
    writers: Writers, target: Target, action: Create, pages: Mapping[SkillId, PageId]
) -> tuple[Write, PageId]:
    return action, writers.remote.create_row(target, action, pages)


def _change(
    look: _Look, action: Update | Delete, pages: Mapping[SkillId, PageId]
) -> tuple[Write, PageId]:
    """Look at a row, then write it; only in the second between the two an edit is not noticed."""
    remote, target, page_id = look.writers.remote, look.target, look.page_id
    if isinstance(action, Delete):
        with suppress(_WrittenError):
            remote.trash_row(target, page_id, look.before(action))
        return action, page_id
    plain = replace(action, restore=False)
    if not action.restore:
        with suppress(_WrittenError):
            remote.update_row(target, plain, pages, look.before(action))
        return action, page_id
    restored = replace(action, changes=(), seen={})
    with suppress(_WrittenError):
        remote.restore_row(target, page_id, look.before(restored))
    if action.changes:
        remote.update_row(target, plain, pages, partial(look.check_restored, action))
    return action, page_id


def _checkpoint(
    this: Run, action: Write, settled: LaneResult[tuple[SkillId, str], tuple[Write, PageId]]
) -> ActionOutcome:
    """Make one settled action durable; the base advances only by what was really written."""
    if not isinstance(settled.error, UnansweredError | _SkippedError):
        this.unanswered, this.is_answered = 0, True
    if settled.answer is None:
        return _failure(this, action, settled.error)
    written, page_id = settled.answer
    _settle(this, written, page_id)
    return ActionOutcome(this.name, written, Outcome.DONE)


def _settle(this: Run, written: Write, page_id: PageId) -> None:
    is_made = isinstance(written, Create)
    entry = make_entry(this, replace(written, page_id=page_id) if is_made else written)
    this.done.append((written, page_id))
    if isinstance(written, Delete):
        this.writers.state.remove_binding(this.name, written.skill_id, [entry])
    else:
        this.pages[written.skill_id] = page_id
        seen = _remembered(this, written, page_id)
        binding = Binding(written.skill_id, page_id, this.ledger.learn(written), seen)
        this.writers.state.save_bindings(this.name, [binding], [entry])


def _remembered(this: Run, written: Create | Update, page_id: PageId) -> Seen | None:
    """Return the history to remember after a write; open fields keep what was known of them."""
    if isinstance(written, Create) or not written.seen:
        return None
    given = {Field.ID, Field.ORDER} - {change.field for change in written.changes}
    unsettled = this.ledger.unsettled.get(written.skill_id, ())
    before = this.histories.get(page_id, {})
    return keep_open(before, written.seen, (*unsettled, *given))


def _failure(this: Run, action: Write, error: Exception | None) -> ActionOutcome:
    if isinstance(error, _SkippedError):
        return ActionOutcome(this.name, action, Outcome.SKIPPED, error.problems[0])
    if isinstance(error, _ChangedError):
        page_id = error.found.page_id
        this.found[page_id] = error.found
        if error.written is not None:
            _settle(this, error.written, page_id)
        return ActionOutcome(this.name, action, Outcome.STALE, error.problems[0])
    if not isinstance(error, TrackerError):
        raise error or RuntimeError("a lane ended without an answer")
    cause = error.cause if isinstance(error, NotMadeError) else error
    if isinstance(error, UnansweredError):
        # One row may be a trouble of its own, such as one that the server fails to put together,
        # and must not keep the others waiting for ever (G15). Several in a row are everybody's.
        this.unanswered += 1
        if this.unanswered >= MOST_UNANSWERED:
            this.fatal = this.fatal or error
    elif isinstance(cause, NoMoreRowsError):
        this.unmakeable = this.unmakeable or cause
    elif isinstance(cause, SettingsError | StateError | UnreachableError):
        this.fatal = this.fatal or cause
    if isinstance(error, NotMadeError) and action.skill_id not in this.seen.base.bindings:
        # Else the next run would look with patience for what surely is not there.
        this.writers.state.remove_binding(this.name, action.skill_id)
    outcome = Outcome.STALE if isinstance(error, RefusedError) else Outcome.FAILED
    return ActionOutcome(this.name, action, outcome, error.problems[0])


Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class LaneResult(Generic[Key, Answer]):
    """A lane that ended: with an answer, or with the exception that ended it."""

    key: Key
    answer: Answer | None = None
    error: Exception | None = None


def run_lanes(
    needs: Mapping[Key, Collection[Key]],
    start: Callable[[Key], Callable[[], Answer]],
    *,
    workers: int,
    stop: Callable[[], None] = lambda: None,
) -> Iterator[LaneResult[Key, Answer]]:
    """Run all lanes, at most `workers` at once, and yield each as it ends.

    `needs` maps a lane to the lanes that end before it starts; names that are no lane do not
    count. `start` is called in the calling thread just before a lane starts, and returns what the
    worker runs. When the caller stops early, or is interrupted, lanes that have not started never
    start, and those under way are waited for after `stop` was called to hurry them.
    """
    order = _prepare(needs)
    ready: deque[Key] = deque()
    running: dict[Future[Answer], Key] = {}
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        while order.is_active():
            ready.extend(order.get_ready())
            while ready and len(running) < workers:
                key = ready.popleft()
                running[pool.submit(start(key))] = key
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                key = running.pop(future)
                order.done(key)
                yield _make_result(key, future)
    except BaseException:
        stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare(needs: Mapping[Key, Collection[Key]]) -> TopologicalSorter[Key]:
    order = TopologicalSorter({key: set(before) & needs.keys() for key, before in needs.items()})
    try:
        order.prepare()
    except CycleError:
        # Checked roadmaps have no cycle; should one come, progress beats a deadlock.
        order = TopologicalSorter(dict.fromkeys(needs, ()))
        order.prepare()
    return order


def _make_result(key: Key, future: Future[Answer]) -> LaneResult[Key, Answer]:
    error = future.exception()
    if error is None:
        return LaneResult(key, answer=future.result())
    if not isinstance(error, Exception):
        raise error
    return LaneResult(key, error=error)
