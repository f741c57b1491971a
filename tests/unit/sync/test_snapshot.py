"""An incremental read is enough only where nothing is in doubt, and misses no edit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from builders import POLICY, edit, in_sync, page, roadmap, row, skill, without

from tracker.sync.model import (
    Absence,
    Base,
    MissingRow,
    RemoteObservation,
)
from tracker.sync.planner import make_plan
from tracker.sync.records import Record
from tracker.sync.snapshot import (
    MOST_ENDS,
    Obstacle,
    ReadConditions,
    ReadMark,
    digest_shown,
    find_obstacle,
    find_since,
    make_snapshot,
    merge_rows,
    rests_on_absence,
)

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
LAG = timedelta(seconds=75)
MARK = ReadMark("source", frozenset({"columns", "option a"}), NOON, NOON, rows=1000)
NOW = ReadConditions("source", MARK.facts, NOON + timedelta(hours=24), LAG)
KNN = replace(row("knn"), created_at="2026-11-03T11:00:00.000Z", unlocks=frozenset())
SVM = replace(row("svm", requires=["knn"]), created_at="2026-11-03T11:00:00.000Z")


def obstacle(mark=MARK, now=NOW, *, large_from=1000, is_settled=True):
    return find_obstacle(mark, now, large_from=large_from, is_settled=is_settled)


@pytest.mark.parametrize(
    ("mark", "now", "why"),
    [
        pytest.param(MARK, NOW, None, id="nothing against it, on the last second of the day"),
        pytest.param(
            MARK,
            replace(NOW, facts=MARK.facts | {"option b"}),
            None,
            id="a new option, which no row had before",
        ),
        pytest.param(None, NOW, Obstacle.NO_SNAPSHOT, id="nothing is remembered"),
        pytest.param(replace(MARK, rows=999), NOW, Obstacle.SMALL, id="few rows"),
        pytest.param(replace(MARK, format="0"), NOW, Obstacle.FORMAT, id="another version"),
        pytest.param(
            MARK, replace(NOW, data_source_id="other"), Obstacle.DATABASE, id="another database"
        ),
        pytest.param(
            MARK,
            replace(NOW, facts=frozenset({"columns", "option b"})),
            Obstacle.SCHEMA,
            id="an option is gone, or has another name",
        ),
        pytest.param(MARK, replace(NOW, now=None), Obstacle.NO_TIME, id="a server without a clock"),
        pytest.param(
            MARK,
            replace(NOW, now=NOON - timedelta(seconds=1)),
            Obstacle.CLOCK,
            id="a clock that was set back",
        ),
        pytest.param(
            replace(MARK, read_at=NOW.now),
            replace(NOW, now=NOW.now + timedelta(seconds=1)),
            Obstacle.AGE,
            id="a day after the last complete read, however many others followed",
        ),
    ],
)
def test_why_all_rows_have_to_be_read(mark, now, why):
    """Each doubt has its reason; without one, what changed is enough."""
    assert obstacle(mark, now) is why


def test_what_is_open_in_the_state_takes_a_complete_read():
    """A creation without an answer, or a listing found outdated, is looked for among all rows."""
    assert obstacle(is_settled=False) is Obstacle.UNSETTLED


def test_what_counts_as_large_can_be_set():
    """Where the limit is zero, the smallest database is read incrementally."""
    assert obstacle(replace(MARK, rows=0), large_from=0) is None


def test_the_minute_of_an_edit_that_the_read_before_may_have_missed():
    """It is that of the read, less the lag of listings, and cut as the times of edits are."""
    assert find_since(MARK, LAG) == datetime(2026, 11, 3, 11, 58, tzinfo=UTC)
    assert find_since(MARK, timedelta(0)) == datetime(2026, 11, 3, 11, 59, tzinfo=UTC)


def test_changed_rows_take_the_places_of_the_old_ones():
    """The order of a listing stays, and new rows come last."""
    changed = replace(KNN, tracker_id="other")
    new = replace(row("pca"), created_at="2026-11-03T12:00:00.000Z")

    merged = merge_rows([KNN, SVM], [new, changed], NOON)

    assert merged.rows == (changed, SVM, new)
    assert merged.fresh == {new.page_id, changed.page_id}


@pytest.mark.parametrize("created_at", ["2026-11-03T11:59:00.000Z", "", "2026-11-03T12:00"])
def test_an_old_row_that_appears_does_not_add_up(created_at):
    """It came back from the trash or from elsewhere, and its relations with it."""
    assert merge_rows([KNN], [replace(SVM, created_at=created_at)], NOON) is None


@pytest.mark.parametrize(
    ("unlocks", "ends"),
    [
        pytest.param({"svm"}, set(), id="what the other row says, too"),
        pytest.param(set(), {"svm"}, id="a relation that is gone"),
        pytest.param({"svm", "pca"}, {"pca"}, id="a relation that is new"),
        pytest.param(None, set(), id="not all of them"),
    ],
)
def test_the_other_ends_of_relations_that_differ(unlocks, ends):
    """A relation that was edited at its other end is found by the row that was edited."""
    shown = None if unlocks is None else frozenset(map(page, unlocks))

    merged = merge_rows([KNN, SVM], [replace(KNN, unlocks=shown)], NOON)

    assert merged.ends == {page(each) for each in ends}


def test_many_relations_that_differ_do_not_add_up():
    """Reading all rows takes fewer requests then."""
    many = frozenset(page(f"s{number}") for number in range(MOST_ENDS + 1))

    assert merge_rows([KNN], [replace(KNN, unlocks=many)], NOON) is None


def test_a_digest_knows_the_other_end_of_relations():
    """Whatever a row shows that this program syncs, it changes the digest; its age does not."""
    digests = {
        digest_shown(each)
        for each in (
            KNN,
            replace(KNN, unlocks=None),
            replace(KNN, unlocks=frozenset({page("svm")})),
            replace(KNN, record=Record("other")),
        )
    }

    assert len(digests) == 4
    assert digest_shown(replace(KNN, edited_at="2026-11-03T12:00:00.000Z")) == digest_shown(KNN)


def snapshot(remote, conditions=NOW, **values):
    return make_snapshot(remote, conditions, large_from=1, **values)


def test_a_complete_read_is_remembered_as_a_whole():
    """Its time is that of the server before the read."""
    made = snapshot(RemoteObservation((KNN, SVM)))

    assert made.mark == replace(MARK, read_at=NOW.now, complete_at=NOW.now, rows=2)
    assert (made.rows, made.is_whole) == ((KNN, SVM), True)


def test_an_incremental_read_is_remembered_by_what_it_showed():
    """The last complete read stays where it was."""
    made = snapshot(RemoteObservation((KNN, SVM)), before=MARK, fresh=frozenset({SVM.page_id}))

    assert made.mark == replace(MARK, read_at=NOW.now, rows=2)
    assert (made.rows, made.is_whole) == ((SVM,), False)


@pytest.mark.parametrize(
    ("remote", "conditions"),
    [
        pytest.param(RemoteObservation(), NOW, id="few rows"),
        pytest.param(RemoteObservation((KNN,)), replace(NOW, now=None), id="no time"),
        pytest.param(
            RemoteObservation((KNN,), (MissingRow(SVM.page_id, Absence.TRASHED),)),
            NOW,
            id="a row that is missing",
        ),
        pytest.param(
            RemoteObservation((KNN,), direct_reads={KNN.page_id: "other"}),
            NOW,
            id="a listing that was outdated",
        ),
    ],
)
def test_what_leaves_anything_open_is_not_remembered(remote, conditions):
    """The next read is a complete one."""
    assert snapshot(remote, conditions) is None


def plan_of(base, local, remote):
    return make_plan(base, local, remote, POLICY)


TWO = in_sync(roadmap(skill("knn"), skill("svm")))


@pytest.mark.parametrize(
    ("world", "is_proof_needed"),
    [
        pytest.param(TWO, False, id="nothing to do"),
        pytest.param(
            (TWO[0], edit(TWO[1], "knn", goal="g"), edit(TWO[2], "svm", goal="h")),
            False,
            id="edits on both sides",
        ),
        pytest.param((TWO[0], without(TWO[1], "svm"), TWO[2]), True, id="a row would be trashed"),
        pytest.param(
            (Base({"knn": TWO[0].bindings["knn"]}), TWO[1], without(TWO[2], "svm")),
            True,
            id="a row would be made",
        ),
        pytest.param(
            (
                TWO[0],
                without(TWO[1], "svm"),
                replace(
                    without(TWO[2], "svm"), missing=(MissingRow(page("svm"), Absence.TRASHED),)
                ),
            ),
            True,
            id="a skill is gone from both sides",
        ),
        pytest.param(
            (TWO[0], TWO[1], replace(TWO[2], rows=(*TWO[2].rows, row(None, "new", name="New")))),
            False,
            id="a row that was read now becomes a skill",
        ),
        pytest.param(
            (TWO[0], TWO[1], replace(TWO[2], rows=(*TWO[2].rows, row(None, "old", name="Old")))),
            True,
            id="a row becomes a skill that was read some time ago",
        ),
    ],
)
def test_what_rests_on_a_row_that_is_not_there(world, is_proof_needed):
    """A deletion or a new row takes a complete read; an edit of what is there does not."""
    assert rests_on_absence(plan_of(*world), frozenset({"new"})) is is_proof_needed
