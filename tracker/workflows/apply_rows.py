"""Carry out the remote actions of a plan.

One lane per skill, and one commit per settled action. Each row is read right before it is written,
because the plan may have seen it minutes ago. Lanes run side by side, prerequisites before what needs
them; only the calling thread sees their results, so files, state and screen have one owner. A failed
row ends as an outcome. An error that makes going on pointless skips the rest; one that keeps a row from
being created skips all rows still to be created.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

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
from tracker.ports import Look, Progress, Remote, Writers
from tracker.roadmap.model import SkillId
from tracker.sync.journal import JournalEntry
from tracker.sync.model import (
    Absence,
    Adopt,
    Binding,
    Create,
    Delete,
    Ledger,
    MissingRow,
    Outcome,
    PageId,
    RemoteObservation,
    RemoteRow,
    Seen,
    Side,
    Update,
)
from tracker.sync.records import Field, Value
from tracker.sync.row_page import RowPage, make_row_pages
from tracker.sync.row_state import (
    Found,
    RunEffects,
    announce,
    carry_forward,
    is_as_planned,
    keep_open,
    make_written,
)
from tracker.sync.target import DatabaseTarget
from tracker.workflows.lanes import Lane, LaneResult, Write, list_lanes, make_steps, run_lanes
from tracker.workflows.observe import Observed
from tracker.workflows.results import (
    ActionOutcome,
)

Written = tuple[Write, PageId]
"""What was really written, and the page of the row."""

MOST_UNANSWERED = 3
"""Rows in a row without a proper answer, after which the server is taken to be down."""


@dataclass(slots=True)
class ApplyRun:
    """The state of applying one roadmap's plan; `run_id` names the run in the journal.

    `pages` grows as rows are created. `fatal` ended the run, `unmakeable` only the creation of rows.
    `removed` are the texts that left the file, `histories` the remembered history of each row, and
    `row_pages` what the page of each new row begins with. `done` are the finished writes of rows, and `found` the rows that turned out other than planned. `moved`
    are the rows that the run moves into the trash or out of it. `unanswered` counts the rows without a
    proper answer since the last one that had one, and `is_answered` says whether any had.
    """

    run_id: str
    writers: Writers
    seen: Observed
    target: DatabaseTarget
    pages: dict[SkillId, PageId]
    ledger: Ledger
    fatal: TrackerError | None = None
    unmakeable: TrackerError | None = None
    removed: Mapping[str, str] = field(default_factory=dict)
    histories: Mapping[PageId, Seen] = field(default_factory=dict)
    row_pages: Mapping[SkillId, RowPage] = field(default_factory=dict)
    done: list[tuple[Write, PageId]] = field(default_factory=list)
    found: dict[PageId, Found] = field(default_factory=dict)
    moved: frozenset[PageId] = frozenset()
    unanswered: int = 0
    is_answered: bool = False

    @property
    def name(self) -> str:
        """The roadmap's name."""
        return self.seen.file.name

    def carry_forward(self) -> RemoteObservation:
        """Return what is known of the rows by now, without listing them again."""
        return carry_forward(self.seen.remote, self.make_effects(self.done, self.found))

    def make_effects(
        self, done: Sequence[tuple[Write, PageId]] = (), found: Mapping[PageId, Found] | None = None
    ) -> RunEffects:
        """Return what the run did to rows, with what is known of all of them."""
        is_dated, parts = bool(self.target.history), self.seen.remote.parts
        return RunEffects(done, found or {}, self.pages, is_dated=is_dated, parts=parts)


def make_entry(run: ApplyRun, action: Write) -> JournalEntry:
    """Make the journal entry of a finished action: what was there before, and the base it had."""
    removed = ""
    if isinstance(action, Delete) and action.side is Side.LOCAL:
        # Texts of removed skills come by id, or by name where the file gives none.
        removed = run.removed.get(action.skill_id) or run.removed.get(action.record.name, "")
    return JournalEntry(
        run=run.run_id,
        at=run.writers.clock.now(),
        roadmap=run.name,
        title=run.seen.file.roadmap.title,
        action=action,
        removed=removed,
        base=_find_base(run.seen.base.bindings.get(action.skill_id), action),
    )


def _find_base(known: Binding | None, action: Write) -> Mapping[Field, Value] | None:
    """Return the base of the fields that an action changes; None for a skill that was not bound."""
    # A base that was agreed on with another row says nothing about this one.
    if known is None or action.page_id not in {None, known.page_id}:
        return None
    # Creating, removing or restoring a skill concerns all of its fields.
    if not isinstance(action, Update) or action.restore:
        return known.fields
    changed = {change.field for change in action.changes}
    return {field: value for field, value in known.fields.items() if field in changed}


def apply_rows(run: ApplyRun, progress: Progress) -> Iterator[ActionOutcome]:
    """Write the rows side by side, and yield an outcome for each as it settles.

    The views that are still to be made are made beside them, one after the other: they take as many
    requests in a row as a chain of prerequisites, and need none of the rows.
    """
    actions, needs = list_lanes(run.seen.plan)
    histories = {bound.page_id: bound.seen for bound in run.seen.base.bindings.values()}
    for action in run.seen.plan.actions:
        if isinstance(action, Adopt) and action.seen is not None:
            histories[action.page_id] = action.seen
    run.histories = {page_id: seen for page_id, seen in histories.items() if seen}
    run.row_pages = make_row_pages(run.seen.file.roadmap, run.seen.local, run.seen.plan)
    planned = index_rows(run.seen.remote)
    _announce(run, actions.values())
    views = run.writers.remote.create_views(run.target)
    lacking = sum(not made for made in run.target.views.values())
    steps = make_steps(lacking + 1 if lacking else 0)

    def start(lane: Lane) -> Callable[[], Written | DatabaseTarget | None]:
        return _start_view(run, views) if lane in steps else _start(run, actions[lane], planned)

    lanes = run_lanes(
        {**needs, **steps},
        start,
        workers=lambda: min(run.writers.workers, run.writers.remote.lanes),
        stop=run.writers.remote.close,
    )
    unanswered: UnansweredError | None = None
    done = 0
    for result in lanes:
        if result.key in steps:
            _settle_view(run, result)
            continue
        done += 1
        action = actions[result.key]
        yield _checkpoint(run, action, result)
        unanswered = result.error if isinstance(result.error, UnansweredError) else unanswered
        progress(done, len(actions), f"{run.name}: {action.skill_id}")
    # Too few rows to reach MOST_UNANSWERED, but not one of them got an answer.
    if unanswered is not None and not run.is_answered:
        run.fatal = run.fatal or unanswered


def _start_view(
    run: ApplyRun, views: Iterator[DatabaseTarget]
) -> Callable[[], DatabaseTarget | None]:
    """Prepare to make the next view; nothing is left to make after the last one."""
    if run.fatal is not None:
        return lambda: None
    return partial(next, views, None)


def _settle_view(run: ApplyRun, result: LaneResult[Lane, Written | DatabaseTarget | None]) -> None:
    """Remember a view that was made; without a connection nothing else can be written either."""
    if isinstance(result.answer, DatabaseTarget):
        run.writers.state.save_target(run.name, result.answer)
    elif isinstance(result.error, TrackerError):
        run.fatal = run.fatal or result.error
    elif result.error is not None:
        raise result.error


def _announce(run: ApplyRun, actions: Collection[Write]) -> None:
    """Remember the numbers and ids that rows are about to get; see `sync.row_state.announce`."""
    forgotten = run.seen.bookkeeping.forget if run.seen.bookkeeping is not None else ()
    announced = [
        Binding(action.skill_id, action.page_id, seen=announce(before, action))
        for action in actions
        if isinstance(action, Update) and action.page_id and action.skill_id not in forgotten
        if announce(before := run.histories.get(action.page_id, {}), action) != before
    ]
    if announced:
        run.writers.state.save_bindings(run.name, announced)


def index_rows(remote: RemoteObservation) -> Mapping[PageId, Found]:
    """Return the rows of an observation, listed and missing ones, by their pages."""
    found: dict[PageId, Found] = {row.page_id: row for row in remote.rows}
    return found | {row.page_id: row for row in remote.missing}


def _start(run: ApplyRun, action: Write, planned: Mapping[PageId, Found]) -> Callable[[], Written]:
    """Prepare one lane in the calling thread; the returned function touches the network only."""
    if run.fatal is not None:
        return partial(_skip, run.fatal.problems[0])
    known = _with_known_prerequisites(action, run.pages)
    if isinstance(known, Create):
        if run.unmakeable is not None:
            return partial(_skip, run.unmakeable.problems[0])
        # The intent comes before the request: after a crash the next run looks the row up by it.
        run.writers.state.save_intent(run.name, known.skill_id)
        remote, target = run.writers.remote, run.target
        page = run.row_pages.get(known.skill_id)
        # Only what the row names: copies of all pages for all rows would be quadratic.
        pages = {SkillId(need): run.pages[SkillId(need)] for need in known.record.requires}
        return lambda: (known, remote.create_row(target, known, pages, page))
    # Which related rows are skills only the pages of all of them can tell.
    pages = dict(run.pages)
    page_id = known.page_id or pages[known.skill_id]
    remote, effects = run.writers.remote, replace(run.make_effects(), pages=pages)
    row = _RowCheck(remote, run.target, page_id, planned.get(page_id), run.moved, effects)
    return partial(_change, row, known)


def _with_known_prerequisites(action: Write, pages: Mapping[SkillId, PageId]) -> Write:
    """Leave out prerequisites whose rows could not be created; the next run adds the relation."""
    if isinstance(action, Create):
        known = frozenset(need for need in action.record.requires if SkillId(need) in pages)
        return replace(action, record=replace(action.record, requires=known))
    if isinstance(action, Update):
        changes = tuple(
            replace(change, after=frozenset(id_ for id_ in change.after if SkillId(id_) in pages))
            if change.field is Field.REQUIRES and isinstance(change.after, frozenset)
            else change
            for change in action.changes
        )
        return replace(action, changes=changes)
    return action


def _skip(problem: Problem) -> Written:
    raise _SkippedError(problem)


class _SkippedError(RemoteError):
    """A lane that never started, because going on was pointless."""


class _WrittenError(Exception):
    """A write that is about to be repeated had succeeded; only its answer was lost."""


class _ChangedError(RemoteError):
    """A row that is no longer as the plan saw it; `written` is what was written to it all the same."""

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
class _RowCheck:
    """Reads one row right before it is written: it must still be what the plan saw."""

    remote: Remote
    target: DatabaseTarget
    page_id: PageId
    planned: Found | None
    moved: frozenset[PageId]
    effects: RunEffects
    """What is known of all rows, and nothing done to any."""

    def before(self, action: Update | Delete) -> Look:
        """Return the look before an action; it raises _ChangedError when the row has changed.

        A write whose answer was lost may have happened. It is looked at before it is repeated, and
        when the row is as it should be, the look raises _WrittenError.
        """
        looks = count(1)

        def look() -> None:
            is_repeated = next(looks) > 1
            found = self.remote.fetch_row(self.target, self.page_id)
            if is_as_planned(self.planned, found, self.moved):
                return
            if is_repeated and self.planned is not None:
                written = make_written(self.planned, action, self.effects)
                if is_as_planned(written, found, self.moved | {self.page_id}):
                    raise _WrittenError
            raise _ChangedError(action.skill_id, found, None)

        return look

    def check_restored(self, action: Update) -> None:
        """Read a row that just came out of the trash: from then on people can edit it again."""
        found = self.remote.fetch_row(self.target, self.page_id)
        row = self.planned.row if isinstance(self.planned, MissingRow) else None
        if row is None or (isinstance(found, MissingRow) and found.absence is Absence.TRASHED):
            return  # not back everywhere yet; the writer repeats its write until it is
        # Relations come back by themselves, and not at once: they are no edit.
        back = replace(found, requires=row.requires) if isinstance(found, RemoteRow) else found
        if not is_as_planned(row, back, self.moved):
            raise _ChangedError(action.skill_id, found, replace(action, changes=(), seen={}))


def _change(row: _RowCheck, action: Update | Delete) -> Written:
    """Read a row, then write it; only an edit in the second between the two goes unnoticed."""
    remote, target, page_id = row.remote, row.target, row.page_id
    if isinstance(action, Delete):
        with suppress(_WrittenError):
            remote.trash_row(target, page_id, row.before(action))
        return action, page_id
    plain = replace(action, restore=False)
    if not action.restore:
        with suppress(_WrittenError):
            remote.update_row(target, plain, row.effects.pages, row.before(action))
        return action, page_id
    # Notion changes no page in the trash: restore it first, then write its values.
    with suppress(_WrittenError):
        remote.restore_row(target, page_id, row.before(replace(action, changes=(), seen={})))
    if action.changes:
        remote.update_row(target, plain, row.effects.pages, partial(row.check_restored, action))
    return action, page_id


def _checkpoint(
    run: ApplyRun, action: Write, result: LaneResult[Lane, Written | DatabaseTarget | None]
) -> ActionOutcome:
    """Make one settled action durable; the base advances only by what was really written."""
    if not isinstance(result.error, UnansweredError | _SkippedError):
        run.unanswered, run.is_answered = 0, True
    if not isinstance(result.answer, tuple):
        return _fail(run, action, result.error)
    written, page_id = result.answer
    _record(run, written, page_id)
    return ActionOutcome(run.name, written, Outcome.DONE)


def _record(run: ApplyRun, written: Write, page_id: PageId) -> None:
    """Save what was written to a row, and its journal entry, in one commit."""
    is_made = isinstance(written, Create)
    entry = make_entry(run, replace(written, page_id=page_id) if is_made else written)
    run.done.append((written, page_id))
    if isinstance(written, Delete):
        run.writers.state.remove_binding(run.name, written.skill_id, [entry])
    else:
        run.pages[written.skill_id] = page_id
        seen = _find_history(run, written, page_id)
        binding = Binding(written.skill_id, page_id, run.ledger.learn(written), seen)
        run.writers.state.save_bindings(run.name, [binding], [entry])


def _find_history(run: ApplyRun, written: Create | Update, page_id: PageId) -> Seen | None:
    """Return the history to remember after a write; open fields keep what was known of them."""
    if isinstance(written, Create) or not written.seen:
        return None
    given = {Field.ID, Field.ORDER} - {change.field for change in written.changes}
    unsettled = run.ledger.unsettled.get(written.skill_id, ())
    before = run.histories.get(page_id, {})
    return keep_open(before, written.seen, (*unsettled, *given))


def _fail(run: ApplyRun, action: Write, error: Exception | None) -> ActionOutcome:
    """Return the outcome of a lane that failed, and note what its error means for the others.

    error                                   outcome   and the other rows
    skipped                                 SKIPPED   are skipped as well
    the row changed                         STALE     go on
    no answer                               FAILED    go on, until MOST_UNANSWERED in a row
    no row can be created                   FAILED    are written, unless they are to be created
    token, settings, state, network         FAILED    are skipped
    refused                                 STALE     go on
    anything else of Notion                 FAILED    go on
    """
    if isinstance(error, _SkippedError):
        return ActionOutcome(run.name, action, Outcome.SKIPPED, error.problems[0])
    if isinstance(error, _ChangedError):
        page_id = error.found.page_id
        run.found[page_id] = error.found
        if error.written is not None:
            _record(run, error.written, page_id)
        return ActionOutcome(run.name, action, Outcome.STALE, error.problems[0])
    if not isinstance(error, TrackerError):
        raise error or RuntimeError("a lane ended without an answer")
    cause = error.cause if isinstance(error, NotMadeError) else error
    if isinstance(error, UnansweredError):
        # One row may have a trouble of its own, such as one that the server fails to assemble, and
        # must not keep the others waiting for ever (G15). Several in a row: the server is down.
        run.unanswered += 1
        if run.unanswered >= MOST_UNANSWERED:
            run.fatal = run.fatal or error
    elif isinstance(cause, NoMoreRowsError):
        run.unmakeable = run.unmakeable or cause
    elif isinstance(cause, SettingsError | StateError | UnreachableError):
        run.fatal = run.fatal or cause
    if isinstance(error, NotMadeError) and action.skill_id not in run.seen.base.bindings:
        # Clear the intent: else the next run would wait for a row that certainly is not there.
        run.writers.state.remove_binding(run.name, action.skill_id)
    outcome = Outcome.STALE if isinstance(error, RefusedError) else Outcome.FAILED
    return ActionOutcome(run.name, action, outcome, error.problems[0])
