"""Carry out one roadmap's plan, and plan anew within the same run what was no longer as planned.

    plan → guard → agree → apply → rows changed meanwhile? → plan again from what was found

A row that somebody changed after it was listed is left as it is (STALE). The next round plans with
what the look at it showed, with the file and the state as the round before left them, so the end is
what a sync a moment later would have brought: a merge, a conflict, a restore. After the last round,
what is still stale is told and left for the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from tracker.errors import UsageError
from tracker.ports import Remote, Writers
from tracker.sync.plan import Delete, Hold, Outcome, Plan
from tracker.sync.snapshot import MissingRow, PageId, RemoteObservation, RemoteRow
from tracker.workflows.apply import apply_plan, keep_gone, open_run
from tracker.workflows.apply_rows import index_rows
from tracker.workflows.apply_run import Progress, Run, Write
from tracker.workflows.observe import Observed
from tracker.workflows.results import ActionOutcome, Planned

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
