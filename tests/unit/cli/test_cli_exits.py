"""Promises of the exit codes."""

from __future__ import annotations

import pytest

from tracker.cli.exits import exit_code
from tracker.errors import (
    Problem,
    RefusedError,
    RemoteError,
    RoadmapError,
    SettingsError,
    Severity,
    StateError,
    UsageError,
)
from tracker.roadmap.model import SkillId
from tracker.sync.model import Conflict, Forget, Hold, Outcome, PageId, Plan, Refusal
from tracker.sync.records import Field
from tracker.workflows.local import Checked
from tracker.workflows.results import (
    ActionOutcome,
    Connected,
    OpenEnds,
    Planned,
    SyncResult,
)

ERROR = Problem("broken", "broken")
WARNING = Problem("odd", "odd", Severity.WARNING)
KNN = SkillId("knn")
CONFLICT = Conflict(KNN, "kNN", Field.LEVEL, None, "a", "b")
CLEAN = Planned((Plan("ds", "DS", ""),))
HELD = Planned((Plan("ds", "DS", "", actions=(Hold(KNN, "because"),)),))
CONFLICTING = Planned((Plan("ds", "DS", "", conflicts=(CONFLICT,)),))
REFUSED = Planned((), refusals=(("ds", Refusal("too-many", "what", "why", "next")),))
FAILED = ActionOutcome("ds", Forget(KNN, PageId("p")), Outcome.FAILED, ERROR)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        pytest.param(None, 0, id="done"),
        pytest.param(CLEAN, 0, id="a plan without findings"),
        pytest.param(CONFLICTING, 1, id="a conflict"),
        pytest.param(HELD, 1, id="a hold"),
        pytest.param(REFUSED, 7, id="a refused plan"),
        pytest.param(Checked((), (WARNING,)), 0, id="warnings of a check"),
        pytest.param(Checked((), (ERROR,)), 1, id="errors of a check"),
        pytest.param(SyncResult(CLEAN), 0, id="a sync"),
        pytest.param(SyncResult(CLEAN, (FAILED,)), 1, id="a failed skill"),
        pytest.param(SyncResult(CLEAN, confirmed=False), 1, id="a declined sync"),
        pytest.param(SyncResult(REFUSED, confirmed=False), 7, id="a refused sync"),
        pytest.param(SyncResult(CLEAN, stopped=RemoteError(ERROR)), 5, id="a sync cut off"),
        pytest.param(Connected(last=SyncResult(CLEAN)), 0, id="a folder that moved"),
        pytest.param(
            Connected(last=SyncResult(REFUSED), obstacle=ERROR), 7, id="a folder that could not"
        ),
        pytest.param(OpenEnds(), 0, id="no conflicts"),
        pytest.param(OpenEnds(holds=(("ds", Hold(KNN, "because")),)), 1, id="something held"),
        pytest.param(OpenEnds(problems=(WARNING,)), 0, id="no conflicts beside a warning"),
        pytest.param(OpenEnds(problems=(ERROR,)), 3, id="no conflicts beside a broken roadmap"),
        pytest.param(UsageError(ERROR), 2, id="usage"),
        pytest.param(RoadmapError(ERROR), 3, id="a bad roadmap"),
        pytest.param(SettingsError(ERROR), 4, id="settings"),
        pytest.param(RemoteError(ERROR), 5, id="Notion"),
        pytest.param(StateError(ERROR), 6, id="state"),
        pytest.param(RefusedError(ERROR), 7, id="stale"),
        pytest.param(ZeroDivisionError(), 70, id="a bug"),
        pytest.param(KeyboardInterrupt(), 130, id="interrupted"),
    ],
)
def test_exit_code(result, expected):
    """Every way a command can end has the exit code that the README promises."""
    assert exit_code(result) == expected
