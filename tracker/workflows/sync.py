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
from tracker.ports import Remote, Services, Writers
from tracker.sync.plan import Delete, Hold, Outcome, Plan, Policy
from tracker.sync.plan_json import encode_plan
from tracker.sync.snapshot import MissingRow, PageId, RemoteObservation, RemoteRow
from tracker.workflows.apply import apply_plan, keep_gone, open_run
from tracker.workflows.apply_rows import index_rows
from tracker.workflows.apply_run import Progress, Run, Write
from tracker.workflows.observe import Observed, World, observe_world, plan_again
from tracker.workflows.results import ActionOutcome, Planned, SyncResult
from tracker.workflows.saved_plan import check_fresh, parse_saved

PROMPT = 5.0
"""Seconds within which an answer counts as prompt, and what was observed as still true."""

LookAgain = Callable[[str], Observed]
"""Looks at one roadmap anew, and plans it."""
Confirm = Callable[[Planned], bool]
"""Asked once, before anything is written."""


def run_plan(
    services: Services, names: Sequence[str], policy: Policy, progress: Progress = lambda *_: None
) -> Planned:
    """Say what a sync would do; writes nothing at all."""
    return observe_world(services.readers, names, policy, progress).planned


def run_sync(
    services: Services,
    names: Sequence[str],
    policy: Policy,
    *,
    confirm: Confirm,
    progress: Progress,
) -> SyncResult:
    """Make both sides equal, as far as no conflict or hold stands against it."""

    def observe() -> World:
        return observe_world(services.readers, names, policy, progress)

    def replan(seen: Observed, rows: RemoteObservation, deleted: Sequence[Delete]) -> Observed:
        return plan_again(services.readers, seen, rows, policy, deleted)

    def look_again(name: str) -> Observed:
        (seen,) = observe_world(services.readers, [name], policy, progress).observed
        return seen

    with services.lock():
        return decide(
            services,
            observe,
            confirm=confirm,
            progress=progress,
            replan=replan,
            look_again=look_again,
        )


def run_apply(
    services: Services,
    saved: Mapping[str, Any],
    *,
    confirm: Confirm,
    progress: Progress,
) -> SyncResult:
    """Apply a saved plan exactly; raise RefusedError when the world no longer gives that plan."""
    plans, names, policy = parse_saved(saved)

    def observe() -> World:
        world = observe_world(services.readers, names, policy, progress)
        check_fresh(plans, world.planned.plans)
        return world

    with services.lock():
        return decide(services, observe, confirm=confirm, progress=progress)


def decide(  # noqa: PLR0913  what a run takes
    services: Services,
    observe: Callable[[], World],
    *,
    confirm: Confirm,
    progress: Progress,
    run: str = "",
    replan: Replan | None = None,
    look_again: LookAgain | None = None,
) -> SyncResult:
    """Ask about what is observed; what the answer took long to come is observed again.

    The caller holds the lock; `run` names the run in the journal. Rows that are changed in Notion
    meanwhile are planned anew by `replan`; without it they are left as they are, and told. Raises
    RefusedError when what was agreed to is no longer what would be done.
    """
    world = observe()
    asked_at = services.readers.clock.now()

    def confirm_freshly(planned: Planned) -> bool:
        nonlocal world
        if not confirm(planned):
            return False
        if _seconds(asked_at, services.readers.clock.now()) > PROMPT:
            world = observe()
            check_fresh([encode_plan(plan) for plan in planned.plans], world.planned.plans)
        return True

    planned = world.planned
    if planned.refusals or not (planned.is_empty or confirm_freshly(planned)):
        return SyncResult(planned, requests=world.requests, confirmed=False)
    rounds = Rounds(
        services.writers, run or make_run(services), progress, confirm=confirm, replan=replan
    )
    return carry_out(services, world, rounds, look_again)


def _carry_out_one(seen: Observed, rounds: Rounds, look_again: LookAgain | None) -> Plan:
    try:
        return rounds.carry_out(seen)
    except OvertakenError:
        if look_again is None:
            raise
        again = look_again(seen.file.name)
        if again.refusals or any(isinstance(each, Delete) for each in again.plan.actions):
            raise
        rounds.is_replanned = True
        return rounds.carry_out(again)


def _seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def make_run(services: Services) -> str:
    """Return a new name for a run in the journal."""
    return f"{services.writers.clock.now()}-{uuid.uuid4().hex[:6]}"


def carry_out(
    services: Services, world: World, rounds: Rounds, look_again: LookAgain | None = None
) -> SyncResult:
    """Apply what was planned and agreed to; the caller holds the lock.

    Where another machine made the database first, the roadmap is looked at again and planned anew.
    """
    planned = world.planned
    before = services.readers.remote.requests
    plans = {seen.file.name: seen.plan for seen in world.observed}
    stopped: TrackerError | None = None
    for seen in world.observed:
        try:
            plans[seen.file.name] = _carry_out_one(seen, rounds, look_again)
        except NoMoreRowsError as error:
            # The rows of the other roadmaps can still be changed.
            stopped = stopped or error
        except TrackerError as error:
            stopped = error
            break
    return SyncResult(
        planned=replace(planned, plans=tuple(plans.values())),
        outcomes=tuple(rounds.outcomes),
        problems=(*planned.problems, *services.writers.remote.notes),
        requests=planned.requests + services.readers.remote.requests - before,
        run=rounds.run,
        stopped=stopped,
        is_replanned=rounds.is_replanned,
    )


MOST = 5
"""Rounds of one run. A row that is edited again in each of them is left for the next run."""

Replan = Callable[[Observed, RemoteObservation, Sequence[Delete]], Observed]
"""Plans a roadmap anew, with the rows as given; told which deletions the run carried out already."""


@dataclass(slots=True)
class Rounds:
    """The rounds of one run; `outcomes` grows, and stands when an error ends the run.

    Without `replan` nothing is planned anew: the plan is carried out as it is, or not. `confirm` is
    asked about deletions that nobody agreed to before.
    """

    writers: Writers
    run: str
    progress: Progress
    confirm: Callable[[Planned], bool]
    replan: Replan | None = None
    outcomes: list[ActionOutcome] = field(default_factory=list)
    is_replanned: bool = False

    def carry_out(self, seen: Observed) -> Plan:
        """Carry out a plan; return all that was planned in the end.

        Raises TrackerError when nothing can be written at all, or when going on was pointless.
        """
        course = _Course(seen.plan)
        while True:
            this = open_run(self.writers, seen, self.run, course.moved)
            stale = self._apply(this, course)
            if not stale and course.is_whole:
                keep_gone(self.writers, seen)
            if this is None or not stale:
                return course.plan
            try:
                again = self._plan_again(this, stale, course)
            except BaseException:
                self.outcomes += stale
                raise
            if again is None:
                self.outcomes += stale
                return course.plan
            course.join(again.plan, stale)
            seen = again
            self.is_replanned = True

    def _apply(self, this: Run | None, course: _Course) -> list[ActionOutcome]:
        """Carry out one plan; return the outcomes of what has to be planned anew."""
        stale: list[ActionOutcome] = []
        if this is None:
            return stale
        try:
            for outcome in apply_plan(this, progress=self.progress):
                if outcome.outcome is Outcome.STALE:
                    stale.append(outcome)
                    continue
                self.outcomes.append(outcome)
                course.note(outcome)
        except BaseException:
            self.outcomes += stale
            raise
        course.moved = this.moved
        return stale

    def _plan_again(
        self, this: Run, stale: Sequence[ActionOutcome], course: _Course
    ) -> Observed | None:
        """Return the next round; None when there is none, or nobody agrees to it."""
        course.round += 1
        if self.replan is None or course.round >= MOST:
            return None
        _look_further(this, stale)
        again = self.replan(this.seen, this.carry_forward(), course.deleted)
        # What failed once would fail again; it is told, and the next run heals it (G15).
        kept = tuple(
            action
            for action in again.plan.actions
            if isinstance(action, Hold) or action.skill_id not in course.failed
        )
        again = replace(again, plan=replace(again.plan, actions=kept))
        if again.refusals:
            return None
        agreed = {_name(each) for each in course.plan.writes if isinstance(each, Delete)}
        if any(isinstance(it, Delete) and _name(it) not in agreed for it in again.plan.writes):
            try:
                is_agreed = self.confirm(Planned((again.plan,)))
            except UsageError:  # there is nobody to ask
                is_agreed = False
            return again if is_agreed else None
        return again


@dataclass(slots=True)
class _Course:
    """What the rounds of one roadmap come to; `plan` is what was carried out, and what is open."""

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
        """Put the plan of another round in the place of what it was made for."""
        dropped = {id(each.action) for each in stale}
        kept = (
            each
            for each in self.plan.actions
            if id(each) not in dropped and not isinstance(each, Hold)
        )
        self.plan = replace(
            self.plan,
            actions=(*kept, *again.actions),
            conflicts=again.conflicts,
            sections=(*self.plan.sections, *again.sections),
        )


def _name(action: Write) -> tuple[str, str]:
    return action.side.value, action.skill_id


def _look_further(this: Run, stale: Iterable[ActionOutcome]) -> None:
    """Look at what else the found rows tell of.

    Those that went between the look and the write, and those at the other end of relations that are
    no longer there: Notion drops the relations to rows in the trash.
    """
    known = index_rows(this.seen.remote)
    pages = {
        action.page_id or this.pages.get(action.skill_id)
        for action in (each.action for each in stale)
        if not isinstance(action, Hold)
    }
    for page_id in pages - this.found.keys() - {None}:
        _look(this.writers.remote, this, PageId(page_id or ""))
    lost: set[PageId] = set()
    for page_id, found in this.found.items():
        before = known.get(page_id)
        if isinstance(before, RemoteRow) and isinstance(found, RemoteRow):
            lost |= before.requires - found.requires
    gone = {page_id for page_id, each in known.items() if isinstance(each, MissingRow)}
    for page_id in sorted(lost & known.keys() - gone - this.moved - this.found.keys()):
        _look(this.writers.remote, this, page_id)


def _look(remote: Remote, this: Run, page_id: PageId) -> None:
    this.found[page_id] = remote.fetch_row(this.target, page_id)
