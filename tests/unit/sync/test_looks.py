"""A row is what the plan saw, or it is not; and an observation is carried forward over a run."""

from dataclasses import replace

import pytest
from builders import POLICY, changes, edit, in_sync, page, roadmap, row, skill, without

from tracker.roadmap.model import SkillId, Status
from tracker.sync.model import (
    Absence,
    Base,
    Binding,
    Change,
    Create,
    Delete,
    MissingRow,
    RemoteObservation,
    RemoteRow,
    Side,
    Update,
)
from tracker.sync.planner import make_plan
from tracker.sync.records import Field, Link, Links
from tracker.sync.row_state import RunEffects, carry_forward, digest_row, is_as_planned

KNN = row("knn", goal="g", tags=["a", "b"], requires=["stats"], order=1.0)
NOTHING = frozenset()


@pytest.mark.parametrize(
    "now",
    [
        row("knn", goal="other", tags=["a", "b"], requires=["stats"], order=1.0),
        row("knn", goal="g", tags=["a"], requires=["stats"], order=1.0),
        row("knn", goal="g", tags=["a", "b"], order=1.0),
        row("knn", goal="g", tags=["a", "b"], requires=["stats"], order=2.0),
        replace(KNN, tracker_id="other"),
        replace(KNN, held={Field.HOURS: "less than none"}),
        replace(KNN, seen={Field.GOAL: ("aaaaaa",)}),
        replace(KNN, record=replace(KNN.record, status=Status.DONE)),
        MissingRow(KNN.page_id, Absence.TRASHED, KNN),
        MissingRow(KNN.page_id, Absence.UNSEEN),
    ],
)
def test_any_difference_of_a_synced_value_counts(now):
    """Not only what is about to be written: status, order, id, history, and where the row is."""
    assert is_as_planned(KNN, KNN, NOTHING)
    assert not is_as_planned(KNN, now, NOTHING)
    assert digest_row(KNN) != digest_row(now)


def test_the_order_of_what_has_none_is_no_difference():
    """Links are compared as a set, and a row's age is no value."""
    one, two = Link("https://a.org", "A"), Link("https://b.org", "B")
    links = [replace(KNN.record, resources=Links(each)) for each in ((one, two), (two, one))]
    rows = [replace(KNN, record=each) for each in links]

    assert is_as_planned(rows[0], replace(rows[1], created_at="2026-11-03"), NOTHING)
    assert digest_row(rows[0]) == digest_row(rows[1])


def test_relations_to_rows_that_the_run_moved_do_not_count():
    """Notion drops relations to rows in the trash and brings them back, without anybody's edit."""
    without_it = replace(KNN, requires=frozenset())

    assert is_as_planned(KNN, without_it, frozenset({page("stats")}))
    assert is_as_planned(without_it, KNN, frozenset({page("stats")}))
    assert not is_as_planned(KNN, without_it, frozenset({page("another")}))


def test_a_row_in_the_trash_is_compared_with_what_it_held():
    """A tombstone that was planned for is one with the same values."""
    there = MissingRow(KNN.page_id, Absence.TRASHED, KNN)
    edited = replace(there, row=replace(KNN, order=7.0))

    assert is_as_planned(there, there, NOTHING)
    assert not is_as_planned(there, edited, NOTHING)
    assert not is_as_planned(there, KNN, NOTHING)
    assert not is_as_planned(None, KNN, NOTHING)


def update(skill_id, *changed, restore=False, seen=()):
    return Update(
        Side.REMOTE, SkillId(skill_id), changed, page(skill_id), None, restore, dict(seen)
    )


def test_an_observation_is_carried_forward_over_a_run():
    """Rows are as the run wrote them: made, changed, trashed, brought back, and as it found them."""
    before = RemoteObservation(
        rows=(KNN, row("old"), row("mine", requires=["elsewhere"]), row("theirs")),
        missing=(MissingRow(page("back"), Absence.TRASHED, row("back")),),
    )
    made = Create(Side.REMOTE, SkillId("new"), replace(KNN.record, requires={"knn"}), 5.0)
    pages = {SkillId(each): page(each) for each in ("knn", "old", "mine", "theirs", "back", "new")}
    chain = {Field.GOAL: ("aaaaaa", "bbbbbb")}
    done = (
        (made, page("new")),
        (update("knn", Change(Field.GOAL, "g", "h"), seen=chain), page("knn")),
        (update("mine", Change(Field.REQUIRES, {}, frozenset({"new"}))), page("mine")),
        (Delete(Side.REMOTE, SkillId("old"), row("old").record, page("old")), page("old")),
        (update("back", restore=True), page("back")),
    )
    found = {page("theirs"): row("theirs", goal="edited")}

    after = carry_forward(before, RunEffects(done, found, pages))

    rows = {each.page_id: each for each in after.rows}
    assert set(rows) == {page(each) for each in ("knn", "mine", "theirs", "back", "new")}
    assert (rows[page("knn")].record.goal, rows[page("knn")].seen) == ("h", chain)
    assert rows[page("mine")].requires == {page("new"), page("elsewhere")}
    assert rows[page("new")].requires == {page("knn")}
    assert (rows[page("new")].tracker_id, rows[page("new")].order) == ("new", 5.0)
    assert rows[page("theirs")] == found[page("theirs")]
    assert [each.page_id for each in after.missing] == [page("old")]
    # What nothing in the row dates has to be remembered, lest an older listing is believed.
    assert set(after.direct_reads) == {page(each) for each in ("mine", "old", "back", "theirs")}


def test_a_plan_made_from_what_was_carried_forward_is_empty():
    """A run that wrote all that was planned leaves nothing to do."""
    base, local, remote = in_sync(roadmap(skill("knn", goal="g"), skill("pca"), skill("svm")))
    remote = edit(without(remote, "svm"), "pca", goal="from Notion")
    base = Base({key: each for key, each in base.bindings.items() if key != "svm"})
    local = roadmap(skill("knn", goal="h"), skill("pca", goal="from Notion"), skill("svm"))
    plan = make_plan(base, local, remote, POLICY)
    assert changes(plan, Side.REMOTE, "knn")
    done = tuple(
        (each, each.page_id or page(each.skill_id))
        for each in plan.writes
        if each.side is Side.REMOTE
    )
    pages = {SkillId(each): page(each) for each in ("knn", "pca", "svm")}
    agreed = {
        each.skill_id: Binding(each.skill_id, page(each.skill_id), each.record.values())
        for each in local.skills
    }

    after = carry_forward(remote, RunEffects(done, {}, pages, is_dated=False))

    assert all(isinstance(each, RemoteRow) for each in after.rows)
    assert make_plan(Base(agreed), local, after, POLICY).writes == ()
