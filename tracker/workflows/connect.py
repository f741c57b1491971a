"""Take a folder from the built-in workspace, or from nothing, to a page in Notion.

The files hold all progress: the next sync makes the rows anew from them. Nothing is removed from the
workspace. Every step can be repeated, so a run that was cut off is finished by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from tracker.errors import NOTHING_WRITTEN, Problem, RemoteError, SettingsError, Severity
from tracker.local_ports import LocalServices, PageRecord
from tracker.ports import Progress, Services, State
from tracker.sync.model import Delete, Outcome, Policy
from tracker.workflows.results import Connected, Planned, SyncResult
from tracker.workflows.sync import run_sync


@dataclass(frozen=True, slots=True)
class Destination:
    """The page that a folder goes to.

    `save` names it in the settings, `is_named` says that they name it already, and `again` is the
    command that was given, for advice.
    """

    save: Callable[[], None]
    is_named: bool
    again: str


def run_move(
    services: Services,
    to: Destination,
    policy: Policy,
    *,
    has_workspace: bool,
    progress: Progress,
) -> Connected:
    """Sync with the built-in workspace a last time, forget its rows, and name the page instead.

    Nothing moves while the workspace holds anything that the files do not: then the answer has an
    obstacle. A workspace that lost its databases has nothing to give, and keeps nobody.
    """
    last: SyncResult | None = None
    lost: tuple[Problem, ...] = ()
    if has_workspace:
        try:
            last = run_sync(services, (), policy, confirm=_deletes_nothing, progress=progress)
        except RemoteError as error:
            if not all(problem.code == "database-lost" for problem in error.problems):
                raise
            lost = error.problems
    obstacle = find_obstacle(last, to.again) if last is not None else None
    if obstacle is not None:
        return Connected(last=last, obstacle=obstacle)
    with services.lock():
        # In this order: cut off between the two, the folder has the workspace still, and whatever is
        # run next finds its rows again by their Tracker IDs. The other way round, the settings would
        # name Notion, and the state databases that are not there.
        state = services.writers.state
        for roadmap in state.load_roadmaps():
            state.remove_roadmap(roadmap)
        state.save_page(PageRecord())
        to.save()
    files = services.readers.roadmaps.load_roadmaps().files
    return Connected(
        skills=sum(len(file.roadmap.skills) for file in files),
        last=last,
        problems=tuple(
            replace(it, severity=Severity.WARNING, kept="the files hold all progress", next="")
            for it in lost
        ),
    )


def find_obstacle(last: SyncResult, again: str) -> Problem | None:
    """Return what keeps a folder with the workspace after a last sync; None when all is settled."""
    planned = last.planned
    is_open = planned.conflicts or planned.holds
    is_broken = any(problem.severity is Severity.ERROR for problem in planned.problems)
    is_unfinished = any(ended.outcome is not Outcome.DONE for ended in last.outcomes)
    # The first that is true is told: it may be the reason of those below.
    for is_so, what, command in (
        (last.stopped is not None, "the last sync was cut off", "tracker sync"),
        (planned.refusals, "the last sync was refused", "tracker plan"),
        (is_broken, "a roadmap cannot be read", "tracker check"),
        (not last.confirmed, "the last sync would delete skills", "tracker sync"),
        (is_open, "there are conflicts, or values that are held", "tracker conflicts"),
        (is_unfinished, "the last sync could not write everything", "tracker sync"),
    ):
        if is_so:
            return Problem(
                code="not-connected",
                what=f"not connected: {what}",
                why="what only the built-in workspace has would stay behind in it",
                kept="the folder is synced with the built-in workspace as before",
                next=f"{command}    # then: {again}",
            )
    return None


def _deletes_nothing(planned: Planned) -> bool:
    """Return whether nobody needs to be asked before a plan is carried out."""
    return not any(isinstance(write, Delete) for plan in planned.plans for write in plan.writes)


def run_rename(
    local: LocalServices,
    state: State,
    to: Destination,
    *,
    noted: Collection[str],
) -> Connected:
    """Name another page in Notion, if there is no database yet on the one that is named now.

    `noted` are the roadmaps whose database the settings name. Raises SettingsError where there are
    any: databases stay on their page.
    """
    if noted and not to.is_named:
        raise SettingsError(
            Problem(
                code="other-page",
                what="this folder is connected to another page in Notion already",
                why=f"the databases of {', '.join(sorted(noted))} are there",
                kept=NOTHING_WRITTEN,
                next=f"tracker forget {min(noted)} --yes    # for each roadmap; then: {to.again}",
            )
        )
    # What a sync finds in Notion it notes in the settings: any other database is one of the built-in
    # workspace, in a folder whose settings were changed by hand.
    strays = [roadmap for roadmap in state.load_roadmaps() if roadmap not in noted]
    if strays or not to.is_named:
        with local.lock():
            for roadmap in strays:
                state.remove_roadmap(roadmap)
            if not to.is_named:
                to.save()
    skills = sum(len(file.roadmap.skills) for file in local.reader.load_roadmaps().files)
    return Connected(is_new=not to.is_named, skills=skills)
