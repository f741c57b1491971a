"""Tell what runs wrote, and take one back on both sides, as far as nothing newer stands there.

A run that takes another one back is a run itself: it stands in the journal and can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tracker.errors import Problem, RefusedError, UsageError
from tracker.ports import JournalReader, Readers, RoadmapFile, Services
from tracker.sync.journal import Entry, Run, Undo
from tracker.sync.plan import Create, Delete, Outcome, Update
from tracker.sync.projection import make_local_observation
from tracker.sync.snapshot import PageId, RemoteObservation, Seen
from tracker.sync.undo import make_undo
from tracker.workflows.apply_run import Progress
from tracker.workflows.observe import Observed, World, select_files
from tracker.workflows.results import Planned, SyncResult, Undone
from tracker.workflows.sync import decide, make_run

Agree = Callable[[Run, Planned], bool]
"""Asked once, with the run that is to be taken back, before anything is written."""


def load_runs(journal: JournalReader, limit: int) -> tuple[Run, ...]:
    """Load the last runs, newest first."""
    return tuple(journal.load_run(name) for name in journal.load_run_names()[:limit])


def find_run(journal: JournalReader, wanted: str) -> Run:
    """Load the run with this name or this end of a name; raise UsageError for none or several."""
    names = journal.load_run_names()
    found = [each for each in names if each == wanted] or [
        each for each in names if wanted and each.endswith(wanted)
    ]
    if len(found) == 1:
        return journal.load_run(found[0])
    raise UsageError(_several_runs(wanted, found) if found else _no_such_run(wanted, names))


def plan_undo(services: Services, wanted: str | None) -> tuple[Run | None, Planned]:
    """Say what taking a run back would do; writes nothing at all."""
    target = _find_target(services.writers.state, wanted)
    if target is None:
        return None, Planned(())
    return target.run, _observe_world(services.readers, target.run).planned


def run_undo(
    services: Services, wanted: str | None, *, confirm: Agree, progress: Progress
) -> Undone:
    """Take a run back: the named one, or the last that is not taken back yet.

    What was cut off is continued. Raises UsageError for a run that is not in the journal.
    """
    state = services.writers.state
    with services.lock():
        target = _find_target(state, wanted)
        if target is None:
            return Undone()
        undo = Undo(target.name or make_run(services), target.run.name, is_open=True)

        def agree(planned: Planned) -> bool:
            if not confirm(target.run, planned):
                return False
            state.save_undo(undo)
            return True

        result = decide(
            services,
            lambda: _observe_world(services.readers, target.run),
            confirm=agree,
            progress=progress,
            run=undo.run,
            replan=lambda seen, rows, _: _plan_again(services.readers, seen, rows, target.run),
        )
        if _is_complete(result) and (result.outcomes or target.name):
            state.save_undo(replace(undo, is_open=False))
    return Undone(target.run, result)


@dataclass(frozen=True, slots=True)
class _Target:
    """The run to take back; `name` is that of the run that began with it and was cut off."""

    run: Run
    name: str = ""


def _find_target(journal: JournalReader, wanted: str | None) -> _Target | None:
    if wanted is not None:
        return _Target(find_run(journal, wanted))
    for place, name in enumerate(journal.load_run_names()):
        run = journal.load_run(name)
        if not place and run.is_open:
            begun = journal.load_run(run.undoes)
            if begun.entries:
                return _Target(begun, run.name)
        if not run.undone_by:
            return _Target(run)
    return None


def _is_complete(result: SyncResult) -> bool:
    is_done = all(each.outcome is Outcome.DONE for each in result.outcomes)
    return result.confirmed and result.stopped is None and is_done


def _observe_world(readers: Readers, run: Run) -> World:
    """Look at both sides of the roadmaps that a run wrote, and plan to take it back."""
    files = select_files(readers.roadmaps.load_roadmaps(), run.roadmaps)
    before = readers.remote.requests
    observed = tuple(_observe(readers, file, run) for file in files)
    return World(observed, (), (), readers.remote.requests - before)


def _observe(readers: Readers, file: RoadmapFile, run: Run) -> Observed:
    local = make_local_observation(file.name, file.digest, file.roadmap)
    base = readers.state.load_base(file.name)
    known = readers.state.load_target(file.name)
    target = readers.remote.fetch_target(file.name, file.roadmap.title, known)
    if target is None:
        raise RefusedError(_no_database(file))
    entries = [each for each in run.entries if each.roadmap == file.name]
    pages: dict[PageId, Seen] = {page_id: {} for page_id in _pages(entries)}
    pages |= {each.page_id: each.seen or {} for each in base.bindings.values()}
    reads = readers.state.load_direct_reads(file.name)
    remote = readers.remote.fetch_rows(target, pages, classify=len(pages), direct_reads=reads)
    undoing = make_undo(entries, base, local, remote)
    return Observed(file, local, base, remote, target, undoing.plan, (), undoing.terms)


def _plan_again(readers: Readers, seen: Observed, remote: RemoteObservation, run: Run) -> Observed:
    """Plan the rest of an undo: with the rows as given, the file and the state as they are now."""
    (file,) = select_files(readers.roadmaps.load_roadmaps(), [seen.file.name])
    local = make_local_observation(file.name, file.digest, file.roadmap)
    base = readers.state.load_base(file.name)
    known = readers.state.load_target(file.name)
    target = readers.remote.fetch_target(file.name, file.roadmap.title, known)
    entries = [each for each in run.entries if each.roadmap == file.name]
    undoing = make_undo(entries, base, local, remote)
    return Observed(file, local, base, remote, target, undoing.plan, (), undoing.terms)


def _pages(entries: Sequence[Entry]) -> set[PageId]:
    return {
        entry.action.page_id
        for entry in entries
        if isinstance(entry.action, Create | Update | Delete) and entry.action.page_id
    }


def _no_such_run(wanted: str, names: Sequence[str]) -> Problem:
    shown = ", ".join(name.rpartition("-")[2] for name in names[:5])
    return Problem(
        code="unknown-run",
        what=f"no run {wanted}",
        why=f"the last runs: {shown}" if shown else "no run wrote anything yet",
        next="tracker log",
    )


def _several_runs(wanted: str, names: Sequence[str]) -> Problem:
    return Problem(
        code="unknown-run",
        what=f"{len(names)} runs end in {wanted}",
        why=", ".join(names[:5]),
        next="tracker log",
    )


def _no_database(file: RoadmapFile) -> Problem:
    return Problem(
        code="no-database",
        what=f'"{file.roadmap.title}" has no database any more',
        why="what was written there cannot be taken back",
        kept="nothing was written",
        next="restore the database, then run the command again",
    )
