"""Plan, sync and apply: decide on everything first, ask, then write.

Planning is handed readers only. A refused, declined or empty plan writes nothing; a plan that only
advances the base writes only to the state.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tracker.errors import NoMoreRowsError, OvertakenError, TrackerError
from tracker.ports import Services
from tracker.sync.plan import Delete, Plan, Policy
from tracker.sync.snapshot import RemoteObservation
from tracker.workflows.apply_run import Progress
from tracker.workflows.observe import Observed, World, observe_world, plan_again
from tracker.workflows.results import Planned, SyncResult
from tracker.workflows.rounds import Replan, Rounds
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
            check_fresh(planned.plans, world.planned.plans)
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
