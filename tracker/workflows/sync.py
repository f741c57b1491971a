"""Plan, sync and apply: decide on everything first, ask, then write.

Planning is handed readers only. A refused, declined or empty plan writes nothing; a plan that only
advances the base writes only to the state. Writing happens in rounds:

    plan → guard → agree → apply → rows changed meanwhile? → plan again from what was found

A row that somebody changed after it was listed is left as it is (STALE). The next round plans with
what was just read of it, and with the file and the state as the round before left them, so the end is
what a sync a moment later would have brought: a merge, a conflict, a restore. After the last round,
rows that are still stale are reported and left for the next run.

A round edits the file first, then the rows, with a checkpoint per settled action. Only the calling
thread touches files and state. One verified edit of the file is one commit; a skill whose edit is
unsafe is left out on both sides, and the rest goes on (G15). An error that makes going on pointless (a
refused token, an unreachable server) is raised after the last outcome.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tracker.errors import (
    NoMoreRowsError,
    OvertakenError,
    StateError,
    TrackerError,
    UsageError,
)
from tracker.local_ports import Loaded
from tracker.ports import Progress, Services, Writers
from tracker.roadmap.model import SkillId
from tracker.sync.fates import find_gone, find_lost_by_rows
from tracker.sync.model import (
    Adopt,
    Binding,
    Create,
    Delete,
    Forget,
    Hold,
    MissingRow,
    Outcome,
    PageId,
    Plan,
    Policy,
    RemoteObservation,
    RemoteRow,
    Side,
    Update,
    make_ledger,
)
from tracker.sync.plan_json import encode_plan
from tracker.sync.rest import make_rest
from tracker.sync.snapshot import Snapshot
from tracker.sync.target import DatabaseTarget
from tracker.workflows.apply_file import apply_file
from tracker.workflows.apply_rows import ApplyRun, apply_rows, index_rows
from tracker.workflows.observe import (
    Observed,
    RunObservation,
    observe_changes,
    observe_roadmaps,
    plan_again,
)
from tracker.workflows.progress_page import SpeaksOf, refresh_page
from tracker.workflows.resting import is_based_on
from tracker.workflows.results import ActionOutcome, Planned, SyncResult
from tracker.workflows.saved_plan import check_fresh, parse_saved

PROMPT_SECONDS = 5.0
"""An answer within this time counts as prompt, and what was observed before it as still true."""
MOST_ROUNDS = 5
"""Rounds of one run. A row that is edited again in each of them is left for the next run."""

Confirm = Callable[[Planned], bool]
"""Asked once, before anything is written."""


@dataclass(frozen=True, slots=True)
class Planner:
    """How a run observes and plans.

    `observe` plans all roadmaps. `replan` plans one anew in the middle of the run, with the rows as
    given and the deletions that were made already; without it, rows changed meanwhile are left alone
    and reported. `observe_one` plans one from the start, when another machine made its database.
    `speaks_of` says of which skills the plans tell everything that waits for a person.
    """

    observe: Callable[[], RunObservation]
    replan: Callable[[Observed, RemoteObservation, Sequence[Delete]], Observed] | None = None
    observe_one: Callable[[str], Observed] | None = None
    speaks_of: SpeaksOf = lambda _: True


def run_sync(
    services: Services,
    names: Sequence[str],
    policy: Policy,
    *,
    confirm: Confirm,
    progress: Progress,
) -> SyncResult:
    """Make both sides equal, except where a conflict or a hold prevents it."""
    readers = services.readers
    planner = Planner(
        observe=lambda: observe_changes(readers, names, policy, progress),
        replan=lambda seen, rows, deleted: plan_again(readers, seen, rows, policy, deleted),
        observe_one=lambda name: observe_roadmaps(readers, [name], policy, progress).observed[0],
    )
    with services.lock():
        return decide(services, planner, confirm=confirm, progress=progress)


def run_apply(
    services: Services, saved: Mapping[str, Any], *, confirm: Confirm, progress: Progress
) -> SyncResult:
    """Apply a saved plan exactly; raise RefusedError when planning now gives another one."""
    plans, names, policy = parse_saved(saved)

    def observe() -> RunObservation:
        world = observe_roadmaps(services.readers, names, policy, progress)
        check_fresh(plans, world.planned.plans)
        return world

    with services.lock():
        return decide(services, Planner(observe), confirm=confirm, progress=progress)


def decide(
    services: Services, planner: Planner, *, confirm: Confirm, progress: Progress, run_id: str = ""
) -> SyncResult:
    """Plan, ask, and re-observe before applying if the prompt was left open too long.

    The caller holds the lock; `run_id` names the run in the journal. Raises RefusedError if the plan
    changed while the prompt was open.
    """
    world = planner.observe()
    asked_at = services.readers.clock.now()

    def is_agreed(planned: Planned) -> bool:
        nonlocal world
        if not confirm(planned):
            return False
        answered_at = services.readers.clock.now()
        waited = datetime.fromisoformat(answered_at) - datetime.fromisoformat(asked_at)
        if waited.total_seconds() > PROMPT_SECONDS:
            world = planner.observe()
            check_fresh([encode_plan(plan) for plan in planned.plans], world.planned.plans)
        return True

    planned = world.planned
    # An empty plan may still advance the base, which is nothing to ask about.
    if planned.refusals or not (planned.is_empty or is_agreed(planned)):
        return SyncResult(planned, requests=world.requests, confirmed=False)
    run_id = run_id or make_run_id(services)
    if world.rest is not None:
        for name, snapshot in world.snapshots.items():
            _save_snapshot(services.writers, name, snapshot, keeps_rest=True)
        return SyncResult(planned, problems=planned.problems, requests=world.requests, run=run_id)
    result = _apply_world(
        services, world, _Rounds(services.writers, run_id, progress, confirm, planner)
    )
    if not result.outcomes:
        result = refresh_page(services, result, world.loaded, planner.speaks_of)
        _remember_rest(services.writers, world, result)
        return result
    loaded = Loaded() if result.wrote_files else world.loaded
    # What was observed is not needed any more, and the files that are loaded for the page would take
    # as much memory again.
    del world
    return refresh_page(services, result, loaded, planner.speaks_of)


def make_run_id(services: Services) -> str:
    """Return a new name for a run in the journal."""
    return f"{services.writers.clock.now()}-{uuid.uuid4().hex[:6]}"


def _apply_world(services: Services, world: RunObservation, rounds: _Rounds) -> SyncResult:
    """Apply what was planned and agreed to, one roadmap after the other."""
    planned = world.planned
    requests_before = services.readers.remote.requests
    plans = {seen.file.name: seen.plan for seen in world.observed}
    stopped: TrackerError | None = None
    for seen in world.observed:
        try:
            plans[seen.file.name] = rounds.run(seen)
        except NoMoreRowsError as error:
            # The existing rows of the other roadmaps can still be changed.
            stopped = stopped or error
        except TrackerError as error:
            stopped = error
            break
    return SyncResult(
        planned=replace(planned, plans=tuple(plans.values())),
        outcomes=tuple(rounds.outcomes),
        problems=(*planned.problems, *services.writers.remote.notes),
        requests=planned.requests + services.readers.remote.requests - requests_before,
        run=rounds.run_id,
        stopped=stopped,
        is_replanned=rounds.is_replanned,
    )


def _remember_rest(writers: Writers, world: RunObservation, result: SyncResult) -> None:
    """Remember what a run rested on that did nothing, if it left nothing to look after either."""
    if world.basis is None or not is_based_on(world.basis, world.loaded):
        return
    # What could not be done beside the rows, the next run tries again.
    if result.stopped is not None or result.problems != result.planned.problems:
        return
    if any(seen.snapshot is None for seen in world.observed):
        return
    rest = make_rest(world.basis, result.planned.plans, result.planned.problems)
    if rest is not None:
        with suppress(StateError):
            writers.state.save_rest(rest)


def _save_snapshot(
    writers: Writers, name: str, snapshot: Snapshot, *, keeps_rest: bool = False
) -> None:
    """Remember what was read, unless the disk refuses: it only saves time, and the run went well."""
    with suppress(StateError):
        writers.state.save_snapshot(name, snapshot, keeps_rest=keeps_rest)


@dataclass(slots=True)
class _RoadmapRounds:
    """The rounds of one roadmap; `plan` is what was applied so far, and what is still open."""

    plan: Plan
    round: int = 0
    is_whole: bool = True
    moved: frozenset[PageId] = frozenset()
    deleted: list[Delete] = field(default_factory=list)
    failed: set[str | None] = field(default_factory=set)

    def note(self, outcome: ActionOutcome) -> None:
        if outcome.outcome is not Outcome.DONE:
            self.is_whole = False
            self.failed.add(outcome.action.skill_id)
        elif isinstance(outcome.action, Delete):
            self.deleted.append(outcome.action)

    def join(self, again: Plan, stale: Iterable[ActionOutcome]) -> None:
        """Replace the stale actions, holds and conflicts by the plan of another round."""
        # By identity: an equal action of an earlier round was done, and stays.
        dropped = {id(outcome.action) for outcome in stale}
        kept = (
            action
            for action in self.plan.actions
            if id(action) not in dropped and not isinstance(action, Hold)
        )
        self.plan = replace(
            self.plan,
            actions=(*kept, *again.actions),
            conflicts=again.conflicts,
            sections=(*self.plan.sections, *again.sections),
        )


@dataclass(slots=True)
class _Rounds:
    """The rounds of one run; `outcomes` grows, and is kept when an error ends the run.

    `confirm` is asked about deletions that nobody agreed to before.
    """

    writers: Writers
    run_id: str
    progress: Progress
    confirm: Confirm
    planner: Planner
    outcomes: list[ActionOutcome] = field(default_factory=list)
    is_replanned: bool = False

    def run(self, seen: Observed) -> Plan:
        """Apply a plan in rounds; return all that was planned in the end.

        Raises TrackerError when nothing can be written at all, or when going on was pointless.
        """
        try:
            return self._run(seen)
        except OvertakenError:
            # Another machine made the database first: its rows were not in the plan.
            if self.planner.observe_one is None:
                raise
            again = self.planner.observe_one(seen.file.name)
            if again.refusals or any(isinstance(action, Delete) for action in again.plan.actions):
                raise
            self.is_replanned = True
            return self._run(again)

    def _run(self, seen: Observed) -> Plan:
        rounds = _RoadmapRounds(seen.plan)
        name, snapshot = seen.file.name, seen.snapshot
        if snapshot is None and self.writers.state.load_mark(name) is not None:
            # Beforehand: what was found open now, an older snapshot does not know.
            self.writers.state.save_snapshot(name, None)
        while True:
            run = self._open_run(seen, rounds.moved)
            stale = self._apply(run, rounds) if run is not None else []
            # Only when all was done: what failed may still need to know which options are gone.
            if not stale and rounds.is_whole:
                _keep_gone(self.writers, seen)
                # Not before: of what a run did not settle, the next one has to read all again.
                if snapshot is not None:
                    _save_snapshot(self.writers, name, snapshot)
            if run is None or not stale:
                return rounds.plan
            try:
                again = self._plan_again(run, stale, rounds)
            except BaseException:
                self.outcomes += stale
                raise
            if again is None:
                self.outcomes += stale
                return rounds.plan
            rounds.join(again.plan, stale)
            seen = again
            self.is_replanned = True

    def _open_run(self, seen: Observed, moved: frozenset[PageId]) -> ApplyRun | None:
        """Prepare to apply one plan, creating its database if there is none; None when it is idle.

        `moved` are the rows that earlier rounds of the run moved into the trash or out of it. Raises
        TrackerError when nothing can be written at all.
        """
        _save_direct_reads(self.writers, seen.file.name, seen.remote.direct_reads)
        is_idle = all(isinstance(action, Hold) for action in seen.plan.actions)
        bookkeeping = seen.bookkeeping
        if is_idle and not (bookkeeping and (bookkeeping.forget or bookkeeping.bind)):
            known = self.writers.state.load_target(seen.file.name)
            if seen.target is not None and known is not None and _lacks_views(known):
                # An earlier run got no answer for some of them.
                _make_views(self.writers, seen.file.name, seen.target)
            return None
        run = ApplyRun(
            run_id=self.run_id,
            writers=self.writers,
            seen=seen,
            target=_ensure_target(self.writers, seen),
            pages=_find_pages(seen),
            ledger=bookkeeping.ledger if bookkeeping is not None else make_ledger(seen.plan),
        )
        run.moved = moved | frozenset(
            action.page_id or run.pages[action.skill_id]
            for action in seen.plan.writes
            if action.side is Side.REMOTE
            and (isinstance(action, Delete) or (isinstance(action, Update) and action.restore))
        )
        return run

    def _apply(self, run: ApplyRun, rounds: _RoadmapRounds) -> list[ActionOutcome]:
        """Apply one plan; return the outcomes of what has to be planned anew."""
        stale: list[ActionOutcome] = []
        try:
            for outcome in _apply_plan(run, progress=self.progress):
                if outcome.outcome is Outcome.STALE:
                    stale.append(outcome)
                    continue
                self.outcomes.append(outcome)
                rounds.note(outcome)
        except BaseException:
            self.outcomes += stale
            raise
        rounds.moved = run.moved
        return stale

    def _plan_again(
        self, run: ApplyRun, stale: Sequence[ActionOutcome], rounds: _RoadmapRounds
    ) -> Observed | None:
        """Return the next round; None when there is none, or nobody agrees to it."""
        rounds.round += 1
        if self.planner.replan is None or rounds.round >= MOST_ROUNDS:
            return None
        _read_related(run, stale)
        again = self.planner.replan(run.seen, run.carry_forward(), rounds.deleted)
        # What failed once would fail again; it is reported, and the next run heals it (G15).
        kept = tuple(
            action
            for action in again.plan.actions
            if isinstance(action, Hold) or action.skill_id not in rounds.failed
        )
        again = replace(again, plan=replace(again.plan, actions=kept))
        if again.refusals:
            return None
        agreed = _name_deletions(rounds.plan)
        if _name_deletions(again.plan) <= agreed:
            return again
        try:
            return again if self.confirm(Planned((again.plan,))) else None
        except UsageError:  # there is nobody to ask
            return None


def _name_deletions(plan: Plan) -> set[tuple[str, str]]:
    deletions = (action for action in plan.writes if isinstance(action, Delete))
    return {(action.side.value, action.skill_id) for action in deletions}


def _read_related(run: ApplyRun, stale: Iterable[ActionOutcome]) -> None:
    """Read the rows that the next round has to know beside those that were found changed.

    Rows that vanished between the look and the write, and rows at the other end of relations that
    are no longer there: Notion drops the relations to rows in the trash.
    """
    known = index_rows(run.seen.remote)
    pages = {
        outcome.action.page_id or run.pages.get(outcome.action.skill_id)
        for outcome in stale
        if not isinstance(outcome.action, Hold)
    }
    for page_id in pages - run.found.keys() - {None}:
        _read(run, PageId(page_id or ""))
    lost: set[PageId] = set()
    for page_id, found in run.found.items():
        before = known.get(page_id)
        if isinstance(before, RemoteRow) and isinstance(found, RemoteRow):
            lost |= before.requires - found.requires
    gone = {page_id for page_id, row in known.items() if isinstance(row, MissingRow)}
    for page_id in sorted(lost & known.keys() - gone - run.moved - run.found.keys()):
        _read(run, page_id)


def _read(run: ApplyRun, page_id: PageId) -> None:
    run.found[page_id] = run.writers.remote.fetch_row(run.target, page_id)


def _apply_plan(run: ApplyRun, *, progress: Progress) -> Iterator[ActionOutcome]:
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
    yield from apply_file(run)
    _save_state_only(run)
    yield from apply_rows(run, progress)
    _save_direct_reads(run.writers, run.name, run.carry_forward().direct_reads)
    if error := run.fatal or run.unmakeable:
        raise error


def _save_direct_reads(writers: Writers, name: str, reads: Mapping[PageId, str]) -> None:
    """Remember what GETs said of rows before anything is made of it: the listing may be older."""
    if reads != writers.state.load_direct_reads(name):
        writers.state.save_direct_reads(name, reads)


def _lacks_views(target: DatabaseTarget) -> bool:
    return "" in target.views.values()


def _make_views(writers: Writers, name: str, target: DatabaseTarget) -> None:
    """Make the views that are still to be made, and remember each of them."""
    for reached in writers.remote.create_views(target):
        writers.state.save_target(name, reached)


def _ensure_target(writers: Writers, seen: Observed) -> DatabaseTarget:
    """Return the database of a roadmap, made if there is none, and remember it."""
    name, target, known = seen.file.name, seen.target, writers.state.load_target(seen.file.name)
    if target is None:
        target = writers.remote.create_target(name, seen.file.roadmap.title, seen.local.sections)
    elif not (known and known.properties) and any(row.tracker_id for row in seen.remote.rows):
        # Before it is remembered: what is to be made would be made whatever the learner deleted.
        target = writers.remote.fetch_pending_views(target) if target.views else target
    # What this run settles stays gone until it is written: the run may be cut off (G5).
    lost = find_lost_by_rows(seen.base, seen.remote).items()
    gone = {field: target.gone.get(field, frozenset()) | texts for field, texts in lost}
    target = replace(target, gone={**target.gone, **gone})
    if joined := target.find_joined(known):
        # Before the target: a run that is cut off in between finds the columns new again.
        begun = [
            replace(bound, fields={which: bound.fields[which] for which in joined}, seen=None)
            for bound in seen.base.bindings.values()
            if bound.fields
        ]
        writers.state.save_bindings(name, begun)
    if target != known:
        writers.state.save_target(name, target)
    return target


def _keep_gone(writers: Writers, seen: Observed) -> None:
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
