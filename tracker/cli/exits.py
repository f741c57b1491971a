"""Exit codes: what a command's result or an error means to a script.

Pure. The only place that chooses a number; commands hand over what happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.errors import Problem, RoadmapError, Severity, TrackerError
from tracker.workflows.local import Checked

if TYPE_CHECKING:
    from tracker.workflows.results import OpenEnds, Planned, SyncResult

DONE, FINDINGS, USAGE, REFUSED, BUG, INTERRUPTED = 0, 1, 2, 7, 70, 130


def exit_code(result: object) -> int:
    """Return the exit code of a command's result, or of the exception that ended it.

    | code | means | from |
    |---|---|---|
    | 0 | done, or nothing to do | any other result |
    | 1 | findings: conflicts, holds, unfinished skills, a declined plan, `check` errors | results |
    | 2 | usage | UsageError, and what typer rejects |
    | 3 | bad roadmap | RoadmapError |
    | 4 | settings or token | SettingsError |
    | 5 | Notion unreachable, denied or incomplete | RemoteError |
    | 6 | state locked or corrupt | StateError |
    | 7 | plan refused by a guard, or stale | RefusedError, refusals |
    | 70 | bug; a report file was written | any other exception |
    | 130 | interrupted | KeyboardInterrupt |
    """
    match result:
        case TrackerError():
            return result.exit_code
        case KeyboardInterrupt():
            return INTERRUPTED
        case BaseException():
            return BUG
        case Checked():
            return FINDINGS if result.has_errors else DONE
        case _:
            return _of_value(result)


def _of_value(result: object) -> int:
    # Late: every command has an exit code, and only those that sync have these results.
    from tracker.workflows.results import (  # noqa: PLC0415
        Connected,
        OpenEnds,
        Planned,
        Settled,
        SyncResult,
    )

    match result:
        case Planned():
            return _of_plan(result)
        case (
            (SyncResult() as ended)
            | Settled(result=ended)
            | Connected(obstacle=Problem(), last=SyncResult() as ended)
        ):
            return _of_sync(ended)
        case OpenEnds() if _has_errors(result):
            # Where a roadmap does not load, nobody knows whether all conflicts are told.
            return RoadmapError.exit_code
        case OpenEnds():
            return FINDINGS if result.fields or result.holds else DONE
        case _:
            return DONE


def _of_plan(planned: Planned) -> int:
    # A refused plan may have conflicts as well; that nothing can be done weighs more.
    if planned.refusals:
        return REFUSED
    found = planned.conflicts or planned.holds or _has_errors(planned)
    return FINDINGS if found else DONE


def _of_sync(result: SyncResult) -> int:
    # What stopped the run tells a script more than what was left undone by it.
    if result.stopped is not None:
        return result.stopped.exit_code
    if result.planned.refusals:
        return REFUSED
    from tracker.sync.model import Outcome  # noqa: PLC0415  as above

    unfinished = any(ended.outcome is not Outcome.DONE for ended in result.outcomes)
    return FINDINGS if unfinished or not result.confirmed else _of_plan(result.planned)


def _has_errors(result: Planned | OpenEnds) -> bool:
    return any(problem.severity is Severity.ERROR for problem in result.problems)
