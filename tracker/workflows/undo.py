"""Tell what runs wrote, and step back and forward on both sides, as far as nothing newer stands there.

A run that takes another one back is a run itself and stands in the journal: a redo takes an undo back.
What the next step is, back or forward, is told from the journal alone (`sync.journal.find_steps`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tracker.errors import Problem, RefusedError, UsageError
from tracker.ports import JournalReader, Readers, RoadmapFile, Services
from tracker.sync.journal import JournalEntry, JournalKind, JournalRun, Undo, find_steps
from tracker.sync.plan import Create, Delete, Outcome, Update
from tracker.sync.projection import make_local_observation
from tracker.sync.snapshot import PageId, RemoteObservation, Seen
from tracker.sync.undo import make_undo
from tracker.workflows.apply_run import Progress
from tracker.workflows.observe import Observed, World, select_files
from tracker.workflows.results import Planned, SyncResult, Undone
from tracker.workflows.sync import decide, make_run

Agree = Callable[[JournalRun, Planned], bool]
"""Asked once, with the run that is to be taken back, before anything is written."""


def load_runs(journal: JournalReader, limit: int) -> tuple[JournalRun, ...]:
    """Load the last runs, newest first."""
    return tuple(journal.load_run(name) for name in journal.load_run_names()[:limit])


def find_run(journal: JournalReader, wanted: str) -> JournalRun:
    """Load the run with this name or this end of a name; raise UsageError for none or several."""
    names = journal.load_run_names()
    found = [each for each in names if each == wanted] or [
        each for each in names if wanted and each.endswith(wanted)
    ]
    if len(found) == 1:
        return journal.load_run(found[0])
    raise UsageError(_several_runs(wanted, found) if found else _no_such_run(wanted, names))


def plan_undo(services: Services, wanted: str | None) -> tuple[JournalRun | None, Planned]:
    """Say what taking a run back would do; writes nothing at all."""
    return _plan(services, _find_undo(services.writers.state, wanted))


def plan_redo(services: Services) -> tuple[JournalRun | None, Planned]:
    """Say what doing again what was taken back last would do; writes nothing at all."""
    return _plan(services, _find_redo(services.writers.state))


def run_undo(
    services: Services, wanted: str | None, *, confirm: Agree, progress: Progress
) -> Undone:
    """Take a run back: the named one, or the last that is not taken back yet.

    What was cut off is continued. Raises UsageError for a run that is not in the journal.
    """
    with services.lock():
        target = _find_undo(services.writers.state, wanted)
        return _take_back(services, target, confirm=confirm, progress=progress)


def run_redo(services: Services, *, confirm: Agree, progress: Progress) -> Undone:
    """Do again what was taken back last, unless something was changed since; continue if cut off."""
    with services.lock():
        target = _find_redo(services.writers.state)
        return _take_back(services, target, confirm=confirm, progress=progress)


@dataclass(frozen=True, slots=True)
class _Target:
    """The run to take back; `name` is that of the run that began with it and was cut off."""

    run: JournalRun
    name: str = ""


def _plan(services: Services, target: _Target | None) -> tuple[JournalRun | None, Planned]:
    if target is None:
        return None, Planned(())
    return target.run, _observe_world(services.readers, target.run).planned


def _take_back(
    services: Services, target: _Target | None, *, confirm: Agree, progress: Progress
) -> Undone:
    if target is None:
        return Undone()
    state = services.writers.state
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
    # With nothing left of it, the run counts as taken back too: the next step is the one before.
    is_gone = result.planned.is_empty and not result.planned.holds and not target.run.undone_by
    if _is_complete(result) and (result.outcomes or target.name or is_gone):
        state.save_undo(replace(undo, is_open=False))
    return Undone(target.run, result)


def _find_undo(journal: JournalReader, wanted: str | None) -> _Target | None:
    """Find the run to take back: the named one, what was cut off, or the last step."""
    names = journal.load_run_names()
    steps = find_steps(names[::-1], journal.load_undos())
    if wanted is not None:
        run = find_run(journal, wanted)
        if run.kind is JournalKind.UNDO:
            return _Target(run)
        # What was done again stands for what was done: it knows the newest rows.
        again = [journal.load_run(name) for name in steps.undo]
        return _Target(next((each for each in again if each.step == run.step), run))
    begun = _find_begun(journal, names, JournalKind.UNDO, JournalKind.REDO)
    if begun is not None:
        return begun
    return _Target(journal.load_run(steps.undo[-1])) if steps.undo else None


def _find_redo(journal: JournalReader) -> _Target | None:
    """Find the undo to take back: what was cut off, or the last step that was taken back."""
    names = journal.load_run_names()
    begun = _find_begun(journal, names, JournalKind.REDO, JournalKind.UNDO)
    if begun is not None:
        return begun
    steps = find_steps(names[::-1], journal.load_undos())
    return _Target(journal.load_run(steps.redo[-1])) if steps.redo else None


def _find_begun(
    journal: JournalReader, names: Sequence[str], same: JournalKind, other: JournalKind
) -> _Target | None:
    """Return what a cut off newest run asks for: to continue it, or to take back what it did."""
    newest = journal.load_run(names[0]) if names else JournalRun("")
    if newest.is_open and newest.kind is other:
        return _Target(newest)
    begun = (
        journal.load_run(newest.undoes)
        if newest.is_open and newest.kind is same
        else JournalRun("")
    )
    return _Target(begun, newest.name) if begun.entries else None


def _is_complete(result: SyncResult) -> bool:
    is_done = all(each.outcome is Outcome.DONE for each in result.outcomes)
    return result.confirmed and result.stopped is None and is_done


def _observe_world(readers: Readers, run: JournalRun) -> World:
    """Look at both sides of the roadmaps that a run wrote, and plan to take it back."""
    files = select_files(readers.roadmaps.load_roadmaps(), run.roadmaps, are_typed=False)
    before = readers.remote.requests
    observed = tuple(_observe(readers, file, run) for file in files)
    return World(observed, (), (), readers.remote.requests - before)


def _observe(readers: Readers, file: RoadmapFile, run: JournalRun) -> Observed:
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


def _plan_again(
    readers: Readers, seen: Observed, remote: RemoteObservation, run: JournalRun
) -> Observed:
    """Plan the rest of an undo: with the rows as given, the file and the state as they are now."""
    (file,) = select_files(readers.roadmaps.load_roadmaps(), [seen.file.name], are_typed=False)
    local = make_local_observation(file.name, file.digest, file.roadmap)
    base = readers.state.load_base(file.name)
    known = readers.state.load_target(file.name)
    target = readers.remote.fetch_target(file.name, file.roadmap.title, known)
    entries = [each for each in run.entries if each.roadmap == file.name]
    undoing = make_undo(entries, base, local, remote)
    return Observed(file, local, base, remote, target, undoing.plan, (), undoing.terms)


def _pages(entries: Sequence[JournalEntry]) -> set[PageId]:
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
