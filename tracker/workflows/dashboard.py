"""The workflow of the dashboard: how far, what next, and what is not synced yet.

Asks the files and the state of this machine only; nothing is written, and nothing is planned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tracker.errors import Problem, Severity, StateError
from tracker.local_ports import AgreedReader, LocalServices
from tracker.progress.forecast import Aim
from tracker.progress.page import Waiting
from tracker.progress.report import Report, summarise
from tracker.sync.unsynced import Unsynced
from tracker.workflows.local import select_files, warn_of_unknown_track
from tracker.workflows.unsynced import find_unsynced


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A report on all roadmaps that load, what of them is not synced, and what waits for a decision.

    `unsynced` is None where the state cannot be read; `problems` say why. `waiting` is what the last
    run left open.
    """

    report: Report
    unsynced: Unsynced | None
    waiting: tuple[Waiting, ...] = ()
    problems: tuple[Problem, ...] = ()


_LEFT_OUT = Problem(code="left-out", what="", severity=Severity.WARNING, next="tracker check")


def run_dashboard(
    local: LocalServices,
    state: AgreedReader,
    aim: Aim,
    *,
    warn: Callable[[Problem], None] = lambda _: None,
) -> Dashboard:
    """Look at all roadmaps; `warn` is called with a warning about files that do not load.

    Raises RoadmapError when none loads.
    """
    loaded = local.reader.load_roadmaps()
    if not loaded.files:
        select_files(loaded, ())
    if loaded.broken:
        warn(replace(_LEFT_OUT, what=f"broken and left out: {', '.join(sorted(loaded.broken))}"))
    roadmaps = {file.name: file.roadmap for file in loaded.files}
    warn_of_unknown_track(roadmaps, aim.track, warn)
    report = summarise(roadmaps, today=local.clock.today(), aim=aim)
    try:
        waiting = tuple(state.load_page().waiting)
        return Dashboard(report, find_unsynced(state, roadmaps), waiting)
    except StateError as error:
        return Dashboard(report, None, problems=error.problems)
