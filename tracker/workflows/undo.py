"""Show what runs wrote, and undo or redo it on both sides where nothing newer was written since.

A run that takes another one back is a run itself and is in the journal: a redo takes back an undo.
The next step, back or forward, follows from the journal alone (`sync.journal.find_steps`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tracker.errors import Problem, RefusedError, UsageError
from tracker.local_ports import RoadmapFile
from tracker.ports import JournalReader, Progress, Readers, Services
from tracker.sync.journal import JournalKind, JournalRun, Undo, find_steps, trace_run
from tracker.sync.model import Create, Delete, Outcome, PageId, RemoteObservation, Seen, Update
from tracker.sync.undo import make_undo
from tracker.workflows.local import select_files
from tracker.workflows.observe import Observed, RunObservation, observe_local
from tracker.workflows.results import Planned, Undone
from tracker.workflows.sync import Planner, decide, make_run_id

ConfirmUndo = Callable[[JournalRun, Planned], bool]
"""Asked once, with the run that is to be taken back, before anything is written."""


def load_runs(journal: JournalReader, limit: int) -> tuple[JournalRun, ...]:
    """Load the last runs, newest first."""
    return tuple(journal.load_run(name) for name in journal.load_run_names()[:limit])


def find_run(journal: JournalReader, wanted: str) -> JournalRun:
    """Load the run with this name or this end of a name; raise UsageError for none or several."""
    names = journal.load_run_names()
    found = [name for name in names if name == wanted] or [
        name for name in names if wanted and name.endswith(wanted)
    ]
    if len(found) == 1:
        return journal.load_run(found[0])
    what, why = f"no run {wanted}", "no run wrote anything yet"
    if found:
        what, why = f"{len(found)} runs end in {wanted}", ", ".join(found[:5])
    elif names:
        shown = ", ".join(name.rpartition("-")[2] for name in names[:5])
        why = f"the last runs: {shown}"
    raise UsageError(Problem(code="unknown-run", what=what, why=why, next="tracker log"))


def plan_undo(services: Services, wanted: str | None) -> tuple[JournalRun | None, Planned]:
    """Plan to take a run back; writes nothing at all."""
    return _plan(services, _find_undo(services.writers.state, wanted))


def plan_redo(services: Services) -> tuple[JournalRun | None, Planned]:
    """Plan to redo what was taken back last; writes nothing at all."""
    return _plan(services, _find_redo(services.writers.state))


def run_undo(
    services: Services, wanted: str | None, *, confirm: ConfirmUndo, progress: Progress
) -> Undone:
    """Take a run back: the named one, or the last that is not taken back yet.

    What was cut off is continued. Raises UsageError for a run that is not in the journal.
    """
    with services.lock():
        step = _find_undo(services.writers.state, wanted)
        return _take_back(services, step, confirm=confirm, progress=progress)


def run_redo(services: Services, *, confirm: ConfirmUndo, progress: Progress) -> Undone:
    """Redo what was taken back last, unless something was changed since; continue one cut off."""
    with services.lock():
        step = _find_redo(services.writers.state)
        return _take_back(services, step, confirm=confirm, progress=progress)


@dataclass(frozen=True, slots=True)
class _Step:
    """The run to take back; `begun` names the run that began with it and was cut off."""

    run: JournalRun
    begun: str = ""


def _plan(services: Services, step: _Step | None) -> tuple[JournalRun | None, Planned]:
    if step is None:
        return None, Planned(())
    return step.run, _observe_roadmaps(services.readers, step.run).planned


def _take_back(
    services: Services, step: _Step | None, *, confirm: ConfirmUndo, progress: Progress
) -> Undone:
    if step is None:
        return Undone()
    state = services.writers.state
    undo = Undo(step.begun or make_run_id(services), step.run.name, is_open=True)

    def confirm_and_note(planned: Planned) -> bool:
        if not confirm(step.run, planned):
            return False
        # Noted before the first write: a run that is cut off is continued by the next undo.
        state.save_undo(undo)
        return True

    def replan(seen: Observed, remote: RemoteObservation, _: Sequence[Delete]) -> Observed:
        loaded = services.readers.roadmaps.load_roadmaps()
        (file,) = select_files(loaded, [seen.file.name], are_typed=False)
        return _observe(services.readers, file, step.run, remote)

    # What an undo leaves alone is no conflict: the next sync says what waits.
    planner = Planner(
        lambda: _observe_roadmaps(services.readers, step.run), replan, speaks_of=lambda _: False
    )
    result = decide(services, planner, confirm=confirm_and_note, progress=progress, run_id=undo.run)
    # With nothing left of it, the run counts as taken back too: the next step is the one before.
    is_gone = result.planned.is_empty and not result.planned.holds and not step.run.undone_by
    is_done = all(it.outcome is Outcome.DONE for it in result.outcomes)
    is_complete = result.confirmed and result.stopped is None and is_done
    if is_complete and (result.outcomes or step.begun or is_gone):
        state.save_undo(replace(undo, is_open=False))
    return Undone(step.run, result)


def _find_undo(journal: JournalReader, wanted: str | None) -> _Step | None:
    """Find the run to take back: the named one, what was cut off, or the last step."""
    names, undos = journal.load_run_names(), journal.load_undos()
    steps = find_steps(names[::-1], undos)
    if wanted is not None:
        run = find_run(journal, wanted)
        if run.kind is JournalKind.UNDO:
            return _Step(run)
        # What was done again replaces what was done: it knows the newest rows.
        again = (name for name in steps.undo if trace_run(undos, name)[1] == run.step)
        newer = next(again, run.name)
        return _Step(run if newer == run.name else journal.load_run(newer))
    begun = _find_begun(journal, names, JournalKind.UNDO, JournalKind.REDO)
    if begun is not None:
        return begun
    return _Step(journal.load_run(steps.undo[-1])) if steps.undo else None


def _find_redo(journal: JournalReader) -> _Step | None:
    """Find the undo to take back: what was cut off, or the last step that was taken back."""
    names = journal.load_run_names()
    begun = _find_begun(journal, names, JournalKind.REDO, JournalKind.UNDO)
    if begun is not None:
        return begun
    steps = find_steps(names[::-1], journal.load_undos())
    return _Step(journal.load_run(steps.redo[-1])) if steps.redo else None


def _find_begun(
    journal: JournalReader, names: Sequence[str], same: JournalKind, other: JournalKind
) -> _Step | None:
    """Return the step that a newest run that was cut off leads to; None when it was not cut off."""
    undos = journal.load_undos()
    newest = next((undo for undo in undos if undo.run in names[:1]), None)
    if newest is None or not newest.is_open:
        return None
    kind, _ = trace_run(undos, newest.run)
    if kind is other:
        return _Step(journal.load_run(newest.run))  # take back what it did
    if kind is same:
        run = journal.load_run(newest.of)
        return _Step(run, newest.run) if run.entries else None  # continue it
    return None


def _observe_roadmaps(readers: Readers, run: JournalRun) -> RunObservation:
    """Read both sides of the roadmaps that a run wrote, and plan to take it back."""
    loaded = readers.roadmaps.load_roadmaps()
    files = select_files(loaded, run.roadmaps, are_typed=False)
    requests_before = readers.remote.requests
    observed = tuple(_observe(readers, file, run) for file in files)
    requests = readers.remote.requests - requests_before
    return RunObservation(observed, (), (), requests, loaded=loaded)


def _observe(
    readers: Readers, file: RoadmapFile, run: JournalRun, remote: RemoteObservation | None = None
) -> Observed:
    local, base, target = observe_local(readers, file)
    entries = [entry for entry in run.entries if entry.roadmap == file.name]
    if remote is None:
        if target is None:
            raise RefusedError(
                Problem(
                    code="no-database",
                    what=f'"{file.roadmap.title}" has no database any more',
                    why="what was written there cannot be taken back",
                    kept="nothing was written",
                    next="restore the database, then run the command again",
                )
            )
        # Rows that the run wrote are classified even when they are bound no longer.
        pages: dict[PageId, Seen] = {
            entry.action.page_id: {}
            for entry in entries
            if isinstance(entry.action, Create | Update | Delete) and entry.action.page_id
        }
        pages |= {binding.page_id: binding.seen or {} for binding in base.bindings.values()}
        reads = readers.state.load_direct_reads(file.name)
        remote = readers.remote.fetch_rows(
            target, pages, classify=len(pages), direct_reads=reads, records=local.records
        )
    undoing = make_undo(entries, base, local, remote)
    return Observed(file, local, base, remote, target, undoing.plan, (), undoing.bookkeeping)
