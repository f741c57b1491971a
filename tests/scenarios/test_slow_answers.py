"""An answer that comes late is an answer to what was shown, not to what came since."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tracker.errors import RefusedError
from tracker.sync.model import Policy
from tracker.wiring import Overrides, init_folder, open_services
from tracker.workflows.sync import run_sync

pytestmark = pytest.mark.slow

ROADMAP = "title: R\nsections:\n  - title: S\n    skills:\n      - kNN\n"


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.time = datetime(2026, 11, 3, 12, tzinfo=UTC)

    def today(self):
        return date(2026, 11, 3)

    def now(self):
        return self.time.isoformat(timespec="seconds")


def sync(folder, clock, while_asked):
    def confirm(_planned):
        while_asked()
        return True

    with open_services(folder, environ={}, overrides=Overrides(clock=clock)) as services:
        policy = Policy(today=clock.today())
        return run_sync(services, (), policy, confirm=confirm, progress=lambda *_: None)


@pytest.fixture
def folder(tmp_path):
    init_folder(tmp_path, [], None)
    (tmp_path / "roadmaps" / "r.yaml").write_text(ROADMAP, encoding="utf-8")
    return tmp_path


def test_a_change_while_the_question_stood_refuses_the_plan(folder):
    """The file was edited while the learner thought about it: nothing is written."""
    clock = ManualClock()
    edited = ROADMAP + "      - SVM\n"

    def think():
        clock.time += timedelta(minutes=5)
        (folder / "roadmaps" / "r.yaml").write_text(edited, encoding="utf-8")

    with pytest.raises(RefusedError):
        sync(folder, clock, think)

    assert (folder / "roadmaps" / "r.yaml").read_text(encoding="utf-8") == edited


def test_a_late_answer_to_a_plan_that_still_fits_is_carried_out(folder):
    """Thinking for long costs nothing but another look."""
    clock = ManualClock()

    def think():
        clock.time += timedelta(minutes=5)

    result = sync(folder, clock, think)

    assert len(result.outcomes) == 2
    assert not result.unfinished
