"""What keeps a folder with its built-in workspace after a last sync."""

from __future__ import annotations

import pytest

from tracker.errors import Problem, RemoteError
from tracker.roadmap.model import SkillId
from tracker.sync.model import Conflict, Forget, Hold, Outcome, PageId, Plan, Refusal
from tracker.sync.records import Field
from tracker.workflows.connect import find_obstacle
from tracker.workflows.results import ActionOutcome, Planned, SyncResult

KNN = SkillId("knn")
ERROR = Problem("broken", "broken")
CLEAN = Planned((Plan("ds", "DS", ""),))
CONFLICT = Conflict(KNN, "kNN", Field.LEVEL, None, "a", "b")
CONFLICTING = Planned((Plan("ds", "DS", "", conflicts=(CONFLICT,)),))
HELD = Planned((Plan("ds", "DS", "", actions=(Hold(KNN, "because"),)),))
REFUSED = Planned((), refusals=(("ds", Refusal("too-many", "what", "why", "next")),))
FAILED = ActionOutcome("ds", Forget(KNN, PageId("p")), Outcome.FAILED, ERROR)
DONE = ActionOutcome("ds", Forget(KNN, PageId("p")), Outcome.DONE)


@pytest.mark.parametrize("last", [SyncResult(CLEAN), SyncResult(CLEAN, (DONE,))])
def test_a_settled_workspace_keeps_nobody(last):
    """After a sync that left nothing open, the folder may go."""
    assert find_obstacle(last, "tracker connect PAGE") is None


@pytest.mark.parametrize(
    ("last", "command"),
    [
        pytest.param(SyncResult(CLEAN, stopped=RemoteError(ERROR)), "sync", id="cut off"),
        pytest.param(SyncResult(REFUSED, confirmed=False), "plan", id="refused"),
        pytest.param(SyncResult(Planned((), problems=(ERROR,))), "check", id="a broken roadmap"),
        pytest.param(SyncResult(CLEAN, confirmed=False), "sync", id="deletions"),
        pytest.param(SyncResult(CONFLICTING), "conflicts", id="a conflict"),
        pytest.param(SyncResult(HELD), "conflicts", id="a held row"),
        pytest.param(SyncResult(CLEAN, (FAILED,)), "sync", id="a failed write"),
    ],
)
def test_whatever_is_open_keeps_the_folder(last, command):
    """The advice is the command that shows or settles it, and the one that moves the folder then."""
    obstacle = find_obstacle(last, "tracker connect PAGE")

    assert obstacle is not None
    assert obstacle.next == f"tracker {command}    # then: tracker connect PAGE"
