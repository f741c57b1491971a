"""Notion lists rows late, by up to a minute: no row and no skill is there twice for it."""

from collections import Counter

import httpx
import pytest
from faults import failing, hooked, is_query, killed, losing
from machine import World

from tracker.sync.model import Create, Field, Side

pytestmark = pytest.mark.slow

LAGS = pytest.mark.parametrize("lag", [25, 50], ids=["25 s", "50 s"])
TEXT = "title: Path\nsections:\n  - title: S\n    skills:\n" + "".join(
    f"      - {{name: Skill {number}, goal: goal {number}}}\n" for number in range(6)
)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path, TEXT)
    yield made
    made.close()


def late(world, lag, *faults):
    """Decide that listings lag, and that the first creations meet these faults."""
    left = list(faults)

    def decide(_, request):
        if is_query(request):
            return world.notion.log.lag(seconds=lag)
        is_creation = request.method == "POST" and request.url.path == "/v1/pages"
        return left.pop(0) if is_creation and left else None

    return decide


def check(world, *learners):
    """Every skill is there once, on both sides, and the next syncs write nothing."""
    world.time.now += 600
    world.notion.learn()
    rows = world.notion.rows()
    assert Counter(row.record.name for row in rows) == {f"Skill {n}": 1 for n in range(6)}
    assert len({row.tracker_id for row in rows}) == 6
    for learner in learners:
        world.must_sync(learner)
        assert [record.name for _, record in learner.records()] == [f"Skill {n}" for n in range(6)]
        assert {key for key, _ in learner.records()} == {row.tracker_id for row in rows}
        world.check_quiet(learner)


@LAGS
@pytest.mark.guarantee("G4")
def test_a_state_lost_right_after_a_first_sync(world, lag):
    """The rows that are not listed yet are waited for, and adopted."""
    learner = world.learners[0]
    learner.sync(late(world, lag))
    learner.drop_state()

    result = learner.sync(late(world, lag))

    assert not result.planned.plans[0].writes
    assert lag <= sum(world.time.slept) <= 75
    check(world, learner)


@LAGS
@pytest.mark.parametrize("before", [1, 3], ids=["one row made", "three rows made"])
def test_a_state_lost_after_half_a_first_sync(world, lag, before):
    """What was made is adopted, and only the rest is made."""
    learner = world.learners[0]
    learner.sync(late(world, lag, *[None] * before, killed(done=True)))
    learner.drop_state()

    result = learner.sync(late(world, lag))

    made = [it for it in result.planned.plans[0].actions if isinstance(it, Create)]
    assert len(made) == 6 - before - 1
    check(world, learner)


@LAGS
def test_a_second_machine_right_after_the_first(world, lag):
    """The same file, without ids, brings no second row and no second skill."""
    one, two = world.learners
    one.sync(late(world, lag))

    two.sync(late(world, lag))

    check(world, two, one)


@LAGS
def test_a_second_machine_while_the_first_is_at_work(world, lag):
    """Rows that keep coming are waited for, each with its own lag."""
    one, two = world.learners
    one.sync(late(world, lag, None, None, killed(done=False)))
    started = world.time.now
    is_resumed = False

    def decide(number, request):
        nonlocal is_resumed
        if not is_resumed and world.time.now > started + 40:
            is_resumed = True
            one.sync(late(world, lag))
        return late(world, lag)(number, request)

    two.sync(decide)

    assert is_resumed
    check(world, one, two)


@LAGS
@pytest.mark.guarantee("G14")
@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(failing(502, done=True), id="502"),
        pytest.param(losing(httpx.ReadTimeout, done=True), id="no answer"),
    ],
)
def test_creations_without_an_answer(world, lag, lost):
    """A creation that may have happened is looked for until the lag is over."""
    learner = world.learners[0]

    result = learner.sync(late(world, lag, lost, None, lost))

    assert not result.unfinished
    check(world, learner)


@LAGS
@pytest.mark.parametrize("done", [True, False], ids=["made", "not made"])
def test_a_run_that_was_cut_off_in_a_creation(world, lag, done):
    """The row is looked for until the lag is over, then made if it is not there."""
    learner = world.learners[0]
    learner.sync(late(world, lag, None, killed(done=done)))

    learner.sync(late(world, lag))

    assert sum(world.time.slept) <= 75
    check(world, learner)


def at_making(world, lag, other, *, done):
    """Decide that another machine syncs right before, or after, the database is made."""

    def intrude():
        other.sync(late(world, lag))
        world.time.now += 1

    left = [hooked(intrude, done=done)]

    def decide(number, request):
        if request.method == "POST" and request.url.path == "/v1/databases" and left:
            return left.pop()
        return late(world, lag)(number, request)

    return decide


@LAGS
def test_two_first_syncs_at_the_same_moment(world, lag):
    """One database is left, each skill has one row in it, and nobody has to sync again."""
    one, two = world.learners

    result = two.sync(at_making(world, lag, one, done=False))

    assert result.stopped is None
    assert len(world.notion.person.sources()) == 1
    check(world, two, one)


@LAGS
def test_a_first_sync_that_stood_still_while_another_took_over_its_database(world, lag):
    """Rows that both machines made are twins: held, and no second skill anywhere."""
    one, two = world.learners

    two.sync(at_making(world, lag, one, done=True))

    assert len(world.notion.person.sources()) == 1
    for learner in (one, two):
        world.time.now += 600
        world.must_sync(learner)
        assert [record.name for _, record in learner.records()] == [f"Skill {n}" for n in range(6)]
    for learner in (one, two):
        world.check_quiet(learner)


@pytest.fixture
def large(tmp_path):
    """Make a world in which six rows are many, and one machine has read them all."""
    made = World(tmp_path, TEXT, large_from=0)
    made.must_sync(made.learners[0])
    made.notion.learn()
    made.time.now += 600
    made.must_sync(made.learners[0])
    yield made
    made.close()


@LAGS
@pytest.mark.parametrize("is_dated", [True, False], ids=["with a history", "without a history"])
def test_a_write_that_is_listed_late_after_an_incremental_read(large, lag, is_dated):
    """The rows that are remembered are older than the write, and no edit of anybody."""
    learner = large.learners[0]
    if not is_dated:
        large.notion.person.change_column("Sync history", None)
        large.must_sync(learner)
        large.must_sync(learner)
    learner.write(learner.text.replace("goal: goal 3", "goal: another goal"))
    large.must_sync(learner)

    learner.sync(late(large, lag))

    assert "goal: another goal" in learner.text
    large.time.now += 600
    large.check_quiet(learner)
    assert {row.record.goal for row in large.notion.rows()} >= {"another goal"}


@LAGS
def test_an_edit_that_is_listed_late_after_an_incremental_read(large, lag):
    """It is seen by the first sync to which it is listed, however many did not see it."""
    learner = large.learners[0]
    row = large.notion.rows()[3]
    large.notion.patch(row.page_id, {Field.GOAL: "typed late"})
    for _ in range(3):
        learner.sync(late(large, lag))
        large.time.now += 5
    assert "typed late" not in learner.text

    large.time.now += lag
    large.must_sync(learner)

    assert "typed late" in learner.text


def test_nothing_is_waited_for_where_all_rows_are_listed(world):
    """A state lost a moment ago costs no second when every skill has its row."""
    learner = world.learners[0]
    learner.sync()
    learner.drop_state()

    learner.sync()

    assert world.time.slept == []
    check(world, learner)


def test_nothing_is_waited_for_where_the_state_is_there(world):
    """A skill added right after a first sync is made at once."""
    learner = world.learners[0]
    learner.sync()
    learner.write(learner.text + "      - {name: Another}\n")

    learner.sync()

    assert world.time.slept == []
    assert len(world.notion.person.rows()) == 7


def test_nothing_is_waited_for_in_an_old_database(world):
    """Without a state, but minutes after the last row, what is missing is made at once."""
    one, two = world.learners
    one.sync()
    two.clone(one)
    two.write(two.text + "      - {name: Another}\n")
    world.time.now += 180

    two.sync()

    assert world.time.slept == []
    assert len(world.notion.person.rows()) == 7


def test_a_skill_that_has_no_row_is_made_after_the_lag(world):
    """In a young database of which nothing is known a new skill waits for 75 seconds, once."""
    one, two = world.learners
    one.sync()
    two.clone(one)
    two.write(two.text + "      - {name: Another}\n")
    told = []

    result = two.sync(progress=lambda *seen: told.append(seen))

    assert sum(world.time.slept) == 75
    assert result.count(Create, Side.REMOTE) == 1
    waited = [each for each in told if each[2].startswith("waiting")]
    assert waited[0] == (0, 75, "waiting: Notion lists new rows late")
    assert waited[-1][:2] == (74, 75)


def test_a_plan_waits_as_the_sync_would(world):
    """A dry run does not promise rows that are there already."""
    learner = world.learners[0]
    learner.sync()
    learner.drop_state()

    assert learner.plan(late(world, 50)).is_empty
