"""Plan, sync and apply: decide on everything first, ask, then write.

Planning is handed readers only. A refused, declined or empty plan writes nothing; a plan that only
advances the base writes only to the state. Writing happens in rounds:

    plan → guard → agree → apply → rows changed meanwhile? → plan again from what was found

A row that somebody changed after it was listed is left as it is (STALE). The next round plans with
what was just read of it, and with the file and the state as the round before left them, so the end is
what a sync a moment later would have brought: a merge, a conflict, a restore. After the last round,
rows that are still stale are reported and left for the next run.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tracker.errors import NoMoreRowsError, OvertakenError, TrackerError, UsageError
from tracker.ports import Progress, Services, Writers
from tracker.sync.plan import Delete, Hold, Outcome, Plan, Policy
from tracker.sync.plan_json import encode_plan
from tracker.sync.snapshot import MissingRow, PageId, RemoteObservation, RemoteRow
from tracker.workflows.apply import apply_plan, keep_gone, open_run
from tracker.workflows.apply_rows import ApplyRun, index_rows
from tracker.workflows.observe import Observed, RunObservation, observe_roadmaps, plan_again
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
    """

    observe: Callable[[], RunObservation]
    replan: Callable[[Observed, RemoteObservation, Sequence[Delete]], Observed] | None = None
    observe_one: Callable[[str], Observed] | None = None


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
        observe=lambda: observe_roadmaps(readers, names, policy, progress),
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
    rounds = _Rounds(services.writers, run_id, progress, confirm, planner)
    return _apply_world(services, world, rounds)


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
        while True:
            run = open_run(self.writers, seen, self.run_id, rounds.moved)
            stale = self._apply(run, rounds) if run is not None else []
            # Only when all was done: what failed may still need to know which options are gone.
            if not stale and rounds.is_whole:
                keep_gone(self.writers, seen)
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

    def _apply(self, run: ApplyRun, rounds: _RoadmapRounds) -> list[ActionOutcome]:
        """Apply one plan; return the outcomes of what has to be planned anew."""
        stale: list[ActionOutcome] = []
        try:
            for outcome in apply_plan(run, progress=self.progress):
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
