"""Promises of the guards: what looks like an accident is refused, with the way on."""

from dataclasses import replace
from pathlib import Path

import pytest
from builders import POLICY, in_sync, page, roadmap, row, skill, without

from tracker.sync.guard import GUARDS, Case, check_guards
from tracker.sync.model import Absence, Base, MissingRow, Refusal, RemoteObservation
from tracker.sync.planner import make_plan

NAMES = [f"s{number}" for number in range(20)]
TWENTY = roadmap(*map(skill, NAMES))


def refusals(base, local, remote, *, allow=0):
    policy = replace(POLICY, allow_deletes=allow)
    plan = make_plan(base, local, remote, policy)
    return check_guards(Case(plan, base, local, remote, policy))


def gone(remote, names, absence=Absence.TRASHED):
    missing = tuple(MissingRow(page(each), absence) for each in names)
    return replace(without(remote, *names), missing=missing)


def test_a_world_in_sync_is_allowed():
    """Nothing to do is nothing to refuse."""
    assert refusals(*in_sync(TWENTY)) == ()


@pytest.mark.guarantee("G7")
def test_many_deletes_in_notion_are_refused():
    """More than ten and more than a quarter: the message says what, why and how to go on."""
    base, local, remote = in_sync(TWENTY)

    found = refusals(base, without(local, *NAMES[:14]), remote)

    assert found == (
        Refusal(
            "too-many-deletes",
            'refusing to trash 14 of 20 rows of "Data scientist path" (limit: 10 rows and 25 %)',
            "roadmaps/ds-path.yaml no longer lists them",
            "tracker sync --allow-deletes 14    # or restore the file",
        ),
    )


def test_many_deletes_in_the_file_are_refused():
    """The limit holds for the file as well."""
    base, local, remote = in_sync(TWENTY)

    [refusal] = refusals(base, local, gone(remote, NAMES[:11]))

    assert refusal.guard == "too-many-deletes"
    assert refusal.what.startswith("refusing to remove 11 of 20 skills")


@pytest.mark.parametrize(
    ("count", "allow"), [(10, 0), (14, 14), (14, 20)], ids=["few", "as asked", "more than asked"]
)
def test_deletes_within_the_limit_are_allowed(count, allow):
    """Ten are few, and what the learner asked for by number is allowed."""
    base, local, remote = in_sync(TWENTY)

    assert refusals(base, without(local, *NAMES[:count]), remote, allow=allow) == ()


def test_a_small_share_is_allowed():
    """Eleven of a hundred are no accident."""
    names = [f"s{number}" for number in range(100)]
    base, local, remote = in_sync(roadmap(*map(skill, names)))

    assert refusals(base, without(local, *names[:11]), remote) == ()


def test_permission_for_fewer_deletes_is_not_enough():
    """A number below the deletes at hand allows nothing."""
    base, local, remote = in_sync(TWENTY)

    assert refusals(base, without(local, *NAMES[:14]), remote, allow=13)


def test_an_emptied_file_is_refused():
    """A file that lists nothing any more is an accident, however few it listed."""
    base, local, remote = in_sync(roadmap(skill("knn")))

    [refusal] = refusals(base, without(local, "knn"), remote)

    assert refusal.guard == "emptied-side"
    assert "--allow-deletes 1" in refusal.next
    assert refusals(base, without(local, "knn"), remote, allow=1) == ()


def test_an_emptied_database_is_refused():
    """A database without any row is refused, even on demand, unless all rows are in the trash."""
    base, local, remote = in_sync(TWENTY)

    [unseen] = refusals(base, local, RemoteObservation(), allow=20)
    [trashed] = refusals(base, local, gone(remote, NAMES))

    assert unseen.guard == "emptied-side"
    assert unseen.next.startswith("look for the rows")
    assert "--allow-deletes 20" in trashed.next
    assert refusals(base, local, gone(remote, NAMES), allow=20) == ()


def test_both_sides_empty_is_allowed():
    """Where nothing is left to lose, nothing is refused."""
    base, _, remote = in_sync(roadmap(skill("knn")))

    assert refusals(base, roadmap(), gone(remote, ["knn"])) == ()


@pytest.mark.guarantee("G6", "G8")
@pytest.mark.parametrize("absence", [Absence.ARCHIVED, Absence.MOVED, Absence.UNSEEN])
def test_mass_absence_is_refused(absence):
    """Many rows out of sight at once are no edit, and no permission makes them one."""
    base, local, remote = in_sync(TWENTY)

    found = refusals(base, local, gone(remote, NAMES[:12], absence), allow=20)

    assert [each.guard for each in found] == ["mass-absence"]


@pytest.mark.parametrize("live", [0, 2], ids=["an emptied database", "a few rows left"])
def test_rows_that_were_not_looked_at_can_be(live):
    """Where the first absent rows prove to be trashed, the way to look at the others is named."""
    base, local, remote = in_sync(TWENTY)
    trashed, unseen = NAMES[live : live + 5], NAMES[live + 5 :]
    looked_at = gone(remote, trashed).missing
    rest = gone(without(remote, *trashed), unseen, Absence.UNSEEN)
    some = replace(rest, missing=looked_at + rest.missing)

    [asked] = refusals(base, local, some)
    [insisted] = refusals(base, local, some, allow=20)

    assert f"--allow-deletes {20 - live}" in asked.next
    assert "5 rows proved to be in the trash" in asked.why
    assert insisted.next.startswith("look for the rows")
    assert insisted.next.endswith(
        "tracker forget ds-path, and the next sync makes rows for all of the file"
    )


def test_a_few_absent_rows_are_allowed():
    """Single rows out of sight are held, and the rest is synced."""
    base, local, remote = in_sync(TWENTY)

    assert refusals(base, local, gone(remote, NAMES[:5], Absence.MOVED)) == ()


def test_a_duplicated_database_is_allowed():
    """Rows with the same Tracker IDs on other pages are the same skills."""
    base, local, remote = in_sync(TWENTY)
    copies = tuple(replace(each, page_id=f"copy-{each.page_id}") for each in remote.rows)

    assert refusals(base, local, RemoteObservation(copies)) == ()


def test_a_foreign_database_is_refused():
    """Rows that have nothing in common with the roadmap are somebody else's."""
    base, local, _ = in_sync(roadmap(skill("knn"), skill("svm")))
    foreign = RemoteObservation((row(None, "x", name="Milk"), row("eggs", "y")))

    found = refusals(base, local, foreign)

    assert [each.guard for each in found] == ["foreign-database"]


def test_a_new_row_after_trashing_all_is_not_foreign():
    """A database whose known rows are in the trash is still the same."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    remote = replace(gone(remote, ["knn"]), rows=(row(None, "x", name="New"),))

    assert refusals(base, local, remote) == ()


def test_a_first_sync_is_never_refused():
    """Without a base neither an empty side nor strange rows are suspicious."""
    base, local, remote = in_sync(TWENTY)
    nothing = replace(base, bindings={})

    assert refusals(nothing, local, RemoteObservation()) == ()
    assert refusals(nothing, roadmap(), remote) == ()


def test_an_id_that_stands_twice_is_refused():
    """A plan that would make one skill twice is stopped before it does."""
    twice = roadmap(skill("knn"), skill("knn", name="Again"))
    base = in_sync(roadmap())[0]

    [refusal] = refusals(base, twice, RemoteObservation())

    assert refusal.guard == "repeated-skill"


def test_every_guard_is_tested_here():
    """A guard without a test of its own name fails this one."""
    text = Path(__file__).read_text("utf-8")

    assert [each for each in GUARDS if each.__name__.replace("_", "-") not in text] == []


@pytest.mark.guarantee("G7")
def test_deletions_of_one_run_are_counted_together():
    """What a run removed before counts: six more after five are eleven of twenty."""
    base, local, remote = in_sync(TWENTY)
    earlier = make_plan(base, local, gone(remote, NAMES[:5]), POLICY).writes
    base = Base({key: each for key, each in base.bindings.items() if key not in NAMES[:5]})
    local, remote = without(local, *NAMES[:5]), without(remote, *NAMES[:5])
    plan = make_plan(base, local, gone(remote, NAMES[5:11]), POLICY)

    alone = check_guards(Case(plan, base, local, remote, POLICY))
    [refusal] = check_guards(Case(plan, base, local, remote, POLICY, earlier))

    assert alone == ()
    assert refusal.what.startswith("refusing to remove 11 of 20 skills")
