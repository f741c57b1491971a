"""Read both sides of the roadmaps and make their plans.

Handed readers only: nothing that starts here can write to a file, to the state or to Notion.

A listing of Notion lags behind writes. A skill that seems to have no row may have got one a moment
ago: from a run that was cut off, from one whose state was lost, or from another machine. Only in these
cases is the lag waited out, and no longer than until the row is listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial

from tracker.errors import Problem, RoadmapError, Severity, UsageError
from tracker.ports import Loaded, Readers, RemoteReader, RoadmapFile, Target
from tracker.roadmap.model import SkillId
from tracker.roadmap.rules import is_breaking
from tracker.sync.carry_out import Terms
from tracker.sync.guard import Case, check_case, check_guards
from tracker.sync.identity import is_blank
from tracker.sync.plan import Create, Delete, Plan, Policy, Refusal
from tracker.sync.planner import make_plan
from tracker.sync.projection import make_local_observation
from tracker.sync.snapshot import Base, LocalObservation, PageId, RemoteObservation, Side
from tracker.workflows.results import Planned

CLASSIFIED_AT_LEAST = 50
"""Missing rows that one run looks at one by one; many more than that is refused anyway."""


@dataclass(frozen=True, slots=True)
class Observed:
    """One roadmap, seen from both sides, with the plan that follows and what speaks against it.

    `terms` are those of a plan that is no sync.
    """

    file: RoadmapFile
    local: LocalObservation
    base: Base
    remote: RemoteObservation
    target: Target | None
    plan: Plan
    refusals: tuple[Refusal, ...]
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Everything that one run looked at."""

    observed: tuple[Observed, ...]
    refusals: tuple[tuple[str, Refusal], ...]
    problems: tuple[Problem, ...]
    requests: int
    seconds_per_request: float = 0.0

    @property
    def planned(self) -> Planned:
        """What the learner is shown."""
        own = tuple((each.file.name, word) for each in self.observed for word in each.refusals)
        return Planned(
            plans=tuple(each.plan for each in self.observed),
            refusals=self.refusals + own,
            problems=self.problems,
            requests=self.requests,
            new_databases=sum(each.target is None for each in self.observed),
            seconds_per_request=self.seconds_per_request,
        )


def observe_world(
    readers: Readers, names: Sequence[str], policy: Policy, progress: Progress = lambda *_: None
) -> World:
    """Read the selected roadmaps (none named: all) on both sides and plan them.

    `progress` is told while a lag of Notion's listings is waited out.

    Raises RoadmapError when a selected file is broken, which must never look like a deletion, and
    UsageError when it is unknown.
    """
    loaded = readers.roadmaps.load_roadmaps()
    files = select_files(loaded, names)
    requests_before = readers.remote.requests
    policy = replace(policy, place=readers.place)
    observed = tuple(_observe(readers, file, policy, progress) for file in files)
    return World(
        observed=observed,
        refusals=() if names else _missing_files(readers, loaded),
        problems=(*_summarise(loaded), *_note_blank(observed)),
        requests=readers.remote.requests - requests_before,
        seconds_per_request=readers.remote.seconds_per_request,
    )


def select_files(
    loaded: Loaded, names: Sequence[str], *, are_typed: bool = True
) -> tuple[RoadmapFile, ...]:
    """Return the named files, or all.

    Raises RoadmapError for broken ones, and for unknown ones UsageError; where nobody typed the names,
    their files are gone: RoadmapError.
    """
    chosen = set(names) or {file.name for file in loaded.files} | loaded.broken
    errors = [problem for problem in loaded.problems if is_breaking(problem)]
    known = {file.name for file in loaded.files} | loaded.broken
    if unknown := sorted(chosen - known):
        if are_typed:
            raise UsageError(*(_unknown(name, sorted(known)) for name in unknown))
        raise RoadmapError(*map(_gone, unknown))
    if not names and errors:
        raise RoadmapError(*_told_in_full(errors))
    if chosen & loaded.broken:
        raise RoadmapError(*_told_in_full([each for each in errors if _stem(each) in chosen]))
    return tuple(file for file in loaded.files if file.name in chosen)


def _summarise(loaded: Loaded) -> Iterator[Problem]:
    """Tell of what `check` says in full: a line for each file, and what the plan does not tell."""
    counts: Counter[str] = Counter()
    for problem in loaded.problems:
        if problem.code == "long-title":
            yield problem
        elif problem.severity is not Severity.ERROR:
            counts[problem.location.path if problem.location else "roadmaps"] += 1
    for path, count in counts.items():
        words = "1 warning" if count == 1 else f"{count} warnings"
        yield Problem("warnings", f"{path} has {words}; tracker check shows them", Severity.NOTE)


def _note_blank(observed: Sequence[Observed]) -> Iterator[Problem]:
    """Tell of rows into which nobody has written anything: there is nothing to sync yet."""
    for seen in observed:
        bound = {binding.page_id for binding in seen.base.bindings.values()}
        count = sum(is_blank(row) and row.page_id not in bound for row in seen.remote.rows)
        if count:
            words = "1 empty row is" if count == 1 else f"{count} empty rows are"
            what = f"{words} left alone beside the skills of {seen.file.roadmap.title[:60]}"
            yield Problem("empty-rows", what, Severity.NOTE)


def _told_in_full(errors: Sequence[Problem]) -> list[Problem]:
    """Add to the last problem what was left untouched: it is the same for all of them."""
    *others, last = sorted(errors, key=lambda each: each.sort_key)
    return [*others, replace(last, kept=last.kept or "nothing was written")]


def _stem(problem: Problem) -> str:
    path = problem.location.path if problem.location else ""
    return path.rpartition("/")[2].rpartition(".")[0]


def _observe(readers: Readers, file: RoadmapFile, policy: Policy, progress: Progress) -> Observed:
    local = make_local_observation(file.name, file.digest, file.roadmap)
    base = readers.state.load_base(file.name)
    known = readers.state.load_target(file.name)
    target = readers.remote.fetch_target(file.name, file.roadmap.title, known)

    def look() -> Sight:
        remote = _observe_remote(readers, file.name, target, base, policy)
        return Sight(remote, make_plan(base, local, remote, policy))

    seen = look()
    if target is not None:
        # A skill that only seems to have no row must not get a second one (G4, G14).
        doubtful = partial(find_doubtful, known, readers.state.load_intents(file.name))
        seen = wait_for_rows(readers.remote, seen, look, doubtful, progress)
    refusals = check_guards(seen.plan, base, local, seen.remote, policy)
    return Observed(file, local, base, seen.remote, target, seen.plan, refusals)


def plan_again(
    readers: Readers,
    seen: Observed,
    remote: RemoteObservation,
    policy: Policy,
    deleted: Sequence[Delete],
) -> Observed:
    """Plan a roadmap anew in the middle of a run: with the rows as given, the rest as it is now.

    `deleted` is what the run removed already; the limit of deletions holds for the whole run. The
    database is read again, too: rows look trashed when it lies in the trash itself. Where an option
    went or got another name, all rows did, and they are listed again: that is no edit of each of them.
    Raises what reading both sides raises.
    """
    policy = replace(policy, place=readers.place)
    (file,) = select_files(readers.roadmaps.load_roadmaps(), [seen.file.name], are_typed=False)
    local = make_local_observation(file.name, file.digest, file.roadmap)
    base = readers.state.load_base(file.name)
    known = readers.state.load_target(file.name)
    target = readers.remote.fetch_target(file.name, file.roadmap.title, known)
    if target is not None:
        options = readers.remote.fetch_options(target)
        if any(texts - options.get(which, texts) for which, texts in seen.remote.options.items()):
            remote = _fetch_rows(readers, target, base, policy, remote.direct_reads)
        else:
            remote = replace(
                remote,
                options={
                    which: texts | options.get(which, frozenset())
                    for which, texts in remote.options.items()
                },
            )
    plan = make_plan(base, local, remote, policy)
    # A skill typed into the file meanwhile may have a row elsewhere that is not listed yet; whether
    # it has is for the next run to wait out (G14).
    kept = (it for it in plan.actions if not (isinstance(it, Create) and it.side is Side.REMOTE))
    plan = replace(plan, actions=tuple(kept))
    refusals = check_case(Case(plan, base, local, remote, policy, deleted))
    return Observed(file, local, base, remote, target, plan, refusals)


def _observe_remote(
    readers: Readers, name: str, target: Target | None, base: Base, policy: Policy
) -> RemoteObservation:
    if target is None:
        return RemoteObservation()
    reads = readers.state.load_direct_reads(name)
    remote = _fetch_rows(readers, target, base, policy, reads)
    listed = {row.page_id for row in remote.rows}
    known = {row.tracker_id for row in remote.rows}
    # A creation that was cut off may have happened, and the listing may lag behind it (G14).
    found = [
        row
        for skill_id in sorted(readers.state.load_intents(name) - known)
        for row in readers.remote.fetch_by_id(target, skill_id)
        if row.page_id not in listed
    ]
    return replace(remote, rows=(*remote.rows, *found))


def _fetch_rows(
    readers: Readers, target: Target, base: Base, policy: Policy, reads: Mapping[PageId, str]
) -> RemoteObservation:
    bound = {each.page_id: each.seen or {} for each in base.bindings.values()}
    classify = max(CLASSIFIED_AT_LEAST, policy.allow_deletes)
    return readers.remote.fetch_rows(target, bound, classify=classify, direct_reads=reads)


def _missing_files(readers: Readers, loaded: Loaded) -> tuple[tuple[str, Refusal], ...]:
    present = {file.name for file in loaded.files} | loaded.broken
    return tuple(
        (name, _missing(name)) for name in readers.state.load_roadmaps() if name not in present
    )


def _missing(name: str) -> Refusal:
    return Refusal(
        guard="missing-file",
        what=f"roadmaps/{name}.yaml is gone, but its database is still tracked",
        why="a missing file is no reason to delete anything",
        next=f"restore the file, or name the roadmaps to sync, or tracker forget {name}",
    )


def _gone(name: str) -> Problem:
    return Problem(
        code="unknown-roadmap",
        what=f"roadmaps/{name}.yaml is gone",
        kept="nothing was written",
        next="put the file back, then run the command again",
    )


def _unknown(name: str, known: Sequence[str]) -> Problem:
    near = get_close_matches(name.lower(), known, n=1)
    bundled = "tracker add NAME    # brings in a bundled one"
    other = "name one of these; or " + bundled if known else bundled
    return Problem(
        code="unknown-roadmap",
        what=f'there is no roadmap "{name}"',
        why="roadmaps here: " + (", ".join(known) or "none"),
        kept="nothing was written",
        next=f"did you mean {near[0]}?" if near else other,
    )


Progress = Callable[[int, int, str], None]
"""Called with seconds waited, seconds in all, and the reason."""

WHY = "waiting: Notion lists new rows late"
MOST_POLLED = 1000
"""Rows up to which the listing is read again after each pause; longer ones are read at the end."""
_MOST_ROUNDS = 10
_TICK = 1.0


@dataclass(frozen=True, slots=True)
class Sight:
    """The Notion side as it was seen, and what would be done about it."""

    remote: RemoteObservation
    plan: Plan

    @property
    def creations(self) -> frozenset[SkillId]:
        """The skills for which a row would be made."""
        made = (each for each in self.plan.actions if isinstance(each, Create))
        return frozenset(each.skill_id for each in made if each.side is Side.REMOTE)


def find_doubtful(
    known: Target | None, intents: frozenset[SkillId], seen: Sight
) -> frozenset[SkillId]:
    """Return the skills that may have a row which is not listed yet.

    Those whose creation was never answered; and all of them in a database of which nothing is
    remembered while it, or its newest row, is young.
    """
    is_remembered = known is not None and bool(known.properties)
    if seen.remote.is_young and not is_remembered:
        return seen.creations
    return seen.creations & intents


def wait_for_rows(
    remote: RemoteReader,
    seen: Sight,
    look: Callable[[], Sight],
    doubtful: Callable[[Sight], frozenset[SkillId]],
    progress: Progress,
) -> Sight:
    """Look again and again until nothing is doubtful, or the lag is over; return the last sight.

    While rows keep coming another machine is at work, and the lag begins anew.
    """
    for _ in range(_MOST_ROUNDS):
        before, open_ends = len(seen.remote.rows), doubtful(seen)
        if not open_ends:
            break
        total, waited = sum(remote.pauses), 0.0
        for number, pause in enumerate(remote.pauses, start=1):
            waited = _wait(remote, pause, waited, total, progress)
            if number == len(remote.pauses) or len(seen.remote.rows) <= MOST_POLLED:
                seen = look()
                if not open_ends & seen.creations:
                    return seen
        if len(seen.remote.rows) <= before:
            break
    return seen


def _wait(
    remote: RemoteReader, seconds: float, waited: float, total: float, progress: Progress
) -> float:
    end = waited + seconds
    while waited < end:
        progress(int(waited), int(total), WHY)
        step = min(_TICK, end - waited)
        remote.wait(step)
        waited += step
    return waited
