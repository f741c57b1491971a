"""The workflow of the dashboard: how far, what next, and what is not synced yet.

Asks the files and the state of this machine only; nothing is written, and nothing is planned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tracker.errors import Problem, Severity, StateError
from tracker.local_ports import AgreedReader, LocalServices
from tracker.progress.forecast import Aim
from tracker.progress.page import Waiting
from tracker.progress.report import Report, summarise
from tracker.roadmap.model import Roadmap
from tracker.sync.records import make_local_observation
from tracker.sync.unsynced import Unsynced, count_unsynced
from tracker.workflows.local import select_files, warn_of_unknown_track


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


def find_unsynced(state: AgreedReader, roadmaps: Mapping[str, Roadmap]) -> Unsynced:
    """Count the skills of these roadmaps that no sync has carried over; raise StateError."""
    total = Unsynced()
    waiting = state.load_page().waiting
    for name, roadmap in roadmaps.items():
        # The digest of the file does not matter: nothing is planned with this.
        observed = make_local_observation(name, "", roadmap)
        open_fields = {(it.skill_id, it.field) for it in waiting if it.roadmap == name}
        total += count_unsynced(state.load_agreed(name, observed.records), observed, open_fields)
    return total
