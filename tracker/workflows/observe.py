"""Read both sides of the roadmaps and make their plans.

Handed readers only: nothing that starts here can write to a file, to the state or to Notion.

A listing of Notion lags behind writes. A skill that seems to have no row may have got one a moment
ago: from a run that was cut off, from one whose state was lost, or from another machine. Only in these
cases is the lag waited out, and no longer than until the row is listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from tracker.errors import Problem, Severity
from tracker.local_ports import Loaded, RoadmapFile
from tracker.ports import Progress, Readers, RemoteReader
from tracker.roadmap.model import SkillId
from tracker.sync.guard import Case, check_guards
from tracker.sync.identity import is_blank
from tracker.sync.model import (
    Action,
    Base,
    Bookkeeping,
    Create,
    Delete,
    Plan,
    Policy,
    Refusal,
    RemoteObservation,
    Side,
)
from tracker.sync.planner import make_plan
from tracker.sync.records import TWO_WAY, LocalObservation, Record, make_local_observation
from tracker.sync.rest import Rest, RestBasis
from tracker.sync.snapshot import Snapshot, rests_on_absence
from tracker.sync.speed import Speed
from tracker.sync.target import DatabaseTarget
from tracker.workflows.local import list_names, select_files
from tracker.workflows.reading import Glance, RowsRead, RowsReader, fetch_glance
from tracker.workflows.resting import check_rest
from tracker.workflows.results import Planned

CLASSIFIED_AT_LEAST = 50
"""Missing rows that one run reads one by one; many more than that are refused anyway."""

WAITING = "waiting: Notion lists new rows late"
MOST_POLLED = 1000
"""Rows up to which the listing is read again after each pause; longer ones are read at the end."""
_MOST_LAGS = 10
"""Lags that are waited out one after the other, while another machine keeps creating rows."""
_TICK = 1.0
"""Seconds between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Observed:
    """One roadmap, read from both sides, with its plan and what the guards refuse in it.

    `bookkeeping` is what the plan of an undo needs besides, `snapshot` what is to be remembered of
    the rows: without one, nothing is.
    """

    file: RoadmapFile
    local: LocalObservation
    base: Base
    remote: RemoteObservation
    target: DatabaseTarget | None
    plan: Plan
    refusals: tuple[Refusal, ...]
    bookkeeping: Bookkeeping | None = None
    snapshot: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class RunObservation:
    """Everything that one run observed, of all of its roadmaps; `loaded` are all that there are.

    `basis` is what its plans rest on beside rows and state. At `rest` nothing changed since a run that
    left nothing to do: then no file was loaded and nothing planned, and `snapshots` are to be kept.
    """

    observed: tuple[Observed, ...]
    refusals: tuple[tuple[str, Refusal], ...]
    problems: tuple[Problem, ...]
    requests: int
    speed: Speed = field(default_factory=Speed)
    loaded: Loaded = field(default_factory=Loaded)
    basis: RestBasis | None = None
    rest: Rest | None = None
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)

    @property
    def planned(self) -> Planned:
        """What the learner is shown."""
        own = tuple(
            (seen.file.name, refusal) for seen in self.observed for refusal in seen.refusals
        )
        return Planned(
            plans=self.rest.plans if self.rest else tuple(seen.plan for seen in self.observed),
            refusals=self.refusals + own,
            problems=self.problems,
            requests=self.requests,
            new_databases=sum(seen.target is None for seen in self.observed),
            speed=self.speed,
        )


def observe_roadmaps(
    readers: Readers, names: Sequence[str], policy: Policy, progress: Progress = lambda *_: None
) -> RunObservation:
    """Read the selected roadmaps (none named: all) completely on both sides and plan them.

    `progress` is called while a lag of Notion's listings is waited out.

    Raises RoadmapError when a selected file is broken, which must never look like a deletion, and
    UsageError when it is unknown.
    """
    return _observe_roadmaps(readers, names, policy, progress, lambda _: None)


def observe_changes(
    readers: Readers, names: Sequence[str], policy: Policy, progress: Progress = lambda *_: None
) -> RunObservation:
    """Do as `observe_roadmaps`; of large databases read only what changed, where that is enough.

    Where nothing changed since a run that left nothing to do, nothing is loaded or planned.
    """
    requests_before = readers.remote.requests
    check = check_rest(readers, names, policy.today)
    if check.rest is not None:
        return RunObservation(
            observed=(),
            refusals=(),
            problems=check.rest.problems,
            requests=readers.remote.requests - requests_before,
            speed=readers.remote.speed,
            rest=check.rest,
            snapshots=check.snapshots,
        )

    def find_glance(file: RoadmapFile) -> Glance | None:
        known = check.glances.get(file.name)
        return known or fetch_glance(readers, file.name, file.roadmap.title)

    world = _observe_roadmaps(readers, names, policy, progress, find_glance)
    requests = readers.remote.requests - requests_before
    return replace(world, requests=requests, basis=check.basis)


def _observe_roadmaps(
    readers: Readers,
    names: Sequence[str],
    policy: Policy,
    progress: Progress,
    find_glance: Callable[[RoadmapFile], Glance | None],
) -> RunObservation:
    requests_before = readers.remote.requests
    loaded = readers.roadmaps.load_roadmaps()
    files = select_files(loaded, names)
    policy = replace(policy, place=readers.name.place)
    observed = tuple(_observe(readers, file, policy, progress, find_glance(file)) for file in files)
    return RunObservation(
        observed=observed,
        refusals=() if names else _refuse_missing_files(readers, loaded),
        problems=(
            *_summarise_warnings(loaded),
            *_note_blank_rows(observed),
            *_note_unsynced(observed),
        ),
        requests=readers.remote.requests - requests_before,
        speed=readers.remote.speed,
        loaded=loaded,
    )


def plan_again(
    readers: Readers,
    seen: Observed,
    remote: RemoteObservation,
    policy: Policy,
    deleted: Sequence[Delete],
) -> Observed:
    """Plan a roadmap anew in the middle of a run: with the rows as given, the rest as it is now.

    `deleted` is what the run removed already; the limit of deletions holds for the whole run. Raises
    what reading both sides raises.
    """
    policy = replace(policy, place=readers.name.place)
    (file,) = select_files(readers.roadmaps.load_roadmaps(), [seen.file.name], are_typed=False)
    # The database is read again, too: rows look trashed when it is in the trash itself.
    local, base, target = observe_local(readers, file)
    if target is not None:
        options = readers.remote.fetch_options(target)
        if any(texts - options.get(field, texts) for field, texts in seen.remote.options.items()):
            # An option was deleted or renamed, and with it the value of every row that had it.
            # Listing the rows again tells that apart from an edit of each of them.
            rows = RowsReader(
                readers, file.name, target, base, _count_classified(policy), local.records
            )
            remote = rows.fetch_rows(remote.direct_reads)
        else:
            known = {
                field: texts | options.get(field, frozenset())
                for field, texts in remote.options.items()
            }
            remote = replace(remote, options=known)
    plan = make_plan(base, local, remote, policy)
    # A skill typed into the file meanwhile may have a row elsewhere that is not listed yet; it is
    # for the next run to wait out whether it has (G14).
    kept = tuple(action for action in plan.actions if not _is_remote_creation(action))
    plan = replace(plan, actions=kept)
    refusals = check_guards(Case(plan, base, local, remote, policy, deleted))
    return Observed(file, local, base, remote, target, plan, refusals)


def observe_local(
    readers: Readers, file: RoadmapFile, glance: Glance | None = None
) -> tuple[LocalObservation, Base, DatabaseTarget | None]:
    """Return the file's skills, the base, and the database as it is found now, or was at a glance.

    A field whose column is new begins with what the column holds: nothing. One without a column that
    nobody agreed on yet, because an earlier version did not know it, begins with what the file has.
    """
    local = make_local_observation(file.name, file.digest, file.roadmap)
    base = readers.state.load_base(file.name, local.records)
    known = readers.state.load_target(file.name)
    target = (
        readers.remote.fetch_target(file.name, file.roadmap.title, known)
        if glance is None
        else glance.target
    )
    if target is not None:
        base = base.without(target.find_joined(known)).completed(target.unsynced, local)
    return local, base, target


@dataclass(frozen=True, slots=True)
class _Listing:
    """The Notion side as it was listed, and the plan that follows."""

    read: RowsRead
    plan: Plan

    @property
    def remote(self) -> RemoteObservation:
        """The rows."""
        return self.read.remote

    @property
    def creations(self) -> frozenset[SkillId]:
        """The skills for which a row would be created."""
        return frozenset(it.skill_id for it in self.plan.actions if _is_remote_creation(it))


def _observe(
    readers: Readers, file: RoadmapFile, policy: Policy, progress: Progress, glance: Glance | None
) -> Observed:
    local, base, target = observe_local(readers, file, glance)

    def make_listing(read: RowsRead) -> _Listing:
        return _Listing(read, make_plan(base, local, read.remote, policy))

    def list_rows() -> _Listing:
        return make_listing(RowsRead(RemoteObservation()) if rows is None else rows.read_all())

    def list_changes() -> _Listing | None:
        """List incrementally; None when the plan then does what takes a complete read."""
        changes = glance and glance.changes
        read = rows.read_changes(changes) if rows and changes else None
        if read is None or read.fresh is None:
            return None
        found = make_listing(read)
        case = Case(found.plan, base, local, read.remote, policy)
        return None if rests_on_absence(found.plan, read.fresh) or check_guards(case) else found

    rows = None
    if target is not None:
        rows = RowsReader(
            readers, file.name, target, base, _count_classified(policy), local.records
        )
    listing = list_changes() or list_rows()
    if target is not None:
        # A skill that only seems to have no row must not get a second one (G4, G14). It may have one
        # when its creation was never answered; in a database of which nothing is remembered, any
        # skill may, as long as the database or its newest row is young.
        known = readers.state.load_target(file.name)
        # What the settings name, of a database made or adopted on another machine, is no memory.
        is_remembered = known is not None and bool(known.database_id)
        intents = readers.state.load_intents(file.name)

        def find_doubtful(listing: _Listing) -> frozenset[SkillId]:
            is_any = listing.remote.is_young and not is_remembered
            return listing.creations if is_any else listing.creations & intents

        listing = _wait_for_rows(readers.remote, listing, list_rows, find_doubtful, progress)
    refusals = check_guards(Case(listing.plan, base, local, listing.remote, policy))
    return Observed(
        file,
        local,
        base,
        listing.remote,
        target,
        listing.plan,
        refusals,
        snapshot=listing.read.snapshot,
    )


def _wait_for_rows(
    remote: RemoteReader,
    listing: _Listing,
    list_rows: Callable[[], _Listing],
    find_doubtful: Callable[[_Listing], frozenset[SkillId]],
    progress: Progress,
) -> _Listing:
    """List the rows until no creation is doubtful, or the lag is over; return the last listing."""
    for _ in range(_MOST_LAGS):
        rows_before, doubtful = len(listing.remote.rows), find_doubtful(listing)
        if not doubtful:
            break
        total, waited = sum(remote.pauses), 0.0
        for number, pause in enumerate(remote.pauses, start=1):
            waited = _wait(remote, pause, waited, total, progress)
            if number == len(remote.pauses) or len(listing.remote.rows) <= MOST_POLLED:
                listing = list_rows()
                if not doubtful & listing.creations:
                    return listing
        # New rows mean that another machine is at work: then the lag begins anew.
        if len(listing.remote.rows) <= rows_before:
            break
    return listing


def _wait(
    remote: RemoteReader, seconds: float, waited: float, total: float, progress: Progress
) -> float:
    end = waited + seconds
    while waited < end:
        progress(int(waited), int(total), WAITING)
        step = min(_TICK, end - waited)
        remote.wait(step)
        waited += step
    return waited


def _count_classified(policy: Policy) -> int:
    return max(CLASSIFIED_AT_LEAST, policy.allow_deletes)


def _is_remote_creation(action: Action) -> TypeGuard[Create]:
    return isinstance(action, Create) and action.side is Side.REMOTE


def _summarise_warnings(loaded: Loaded) -> Iterator[Problem]:
    """Count the warnings of each file, which `check` shows in full; long titles come in full."""
    counts: Counter[str] = Counter()
    for problem in loaded.problems:
        if problem.code == "long-title":
            yield problem
        elif problem.severity is not Severity.ERROR:
            counts[problem.location.path if problem.location else "roadmaps"] += 1
    for path, count in counts.items():
        words = "1 warning" if count == 1 else f"{count} warnings"
        yield Problem("warnings", f"{path} has {words}; tracker check shows them", Severity.NOTE)


def _note_blank_rows(observed: Sequence[Observed]) -> Iterator[Problem]:
    """Report new rows into which nobody has written anything: there is nothing to sync yet."""
    for seen in observed:
        bound = {binding.page_id for binding in seen.base.bindings.values()}
        count = sum(is_blank(row) and row.page_id not in bound for row in seen.remote.rows)
        if count:
            words = "1 empty row is" if count == 1 else f"{count} empty rows are"
            what = f"{words} left alone beside the skills of {seen.file.roadmap.title[:60]}"
            yield Problem("empty-rows", what, Severity.NOTE)


def _note_unsynced(observed: Sequence[Observed]) -> Iterator[Problem]:
    """Report values that stay in the file because the database has no column for them."""
    for seen in observed:
        if seen.target is None:
            continue
        file, empty = seen.file, Record("")
        # Whoever adopted a database knows which columns it has.
        fields = seen.target.unsynced - seen.target.optional
        kept = [
            which.value
            for which in TWO_WAY
            if which in fields
            and any(skill.record.get(which) != empty.get(which) for skill in seen.local.skills)
        ]
        if kept:
            yield Problem(
                code="unsynced-fields",
                severity=Severity.NOTE,
                what=f"{' and '.join(kept)} of {file.roadmap.title[:60]} stay in the file",
                why="the database has no column for that",
                next="tracker doctor --fix    # adds it",
            )


def _find_way_back(readers: Readers, name: str) -> str:
    """Return what to do about a roadmap whose file is missing."""
    target = readers.state.load_target(name)
    if target is not None and target.is_adopted and not readers.state.load_base(name).bindings:
        return (
            f"tracker adopt {target.data_source_id} --name {name}    # it was cut off, and goes on"
        )
    return f"restore the file, or name the roadmaps to sync, or tracker forget {name}"


def _refuse_missing_files(readers: Readers, loaded: Loaded) -> tuple[tuple[str, Refusal], ...]:
    return tuple(
        (
            name,
            Refusal(
                guard="missing-file",
                what=f"roadmaps/{name}.yaml is gone, but its database is still tracked",
                why="a missing file is no reason to delete anything",
                next=_find_way_back(readers, name),
            ),
        )
        for name in readers.state.load_roadmaps()
        if name not in list_names(loaded)
    )
