"""Two machines that write the same field at once are told apart from edits in turns."""

from dataclasses import replace

import pytest
from builders import POLICY, changes, edit, in_sync, roadmap, skill

from tracker.roadmap.model import SkillId
from tracker.sync.model import Adopt, Base, Change, Side, Update
from tracker.sync.planner import make_plan
from tracker.sync.records import Field, Link, Links
from tracker.sync.row_state import (
    LONGEST,
    announce,
    extend_seen,
    format_seen,
    is_behind,
    is_numbered_elsewhere,
    is_overwritten,
    parse_seen,
)


def write(seen, before, after):
    return extend_seen(seen, [Change(Field.GOAL, before, after)])


def world(base_goal, remote_goal, *, remembered, history):
    """Return a skill whose base and file say one goal and whose row says another."""
    base, local, remote = in_sync(roadmap(skill("knn", goal=base_goal)))
    remote = edit(remote, "knn", goal=remote_goal)
    remote = replace(remote, rows=(replace(remote.rows[0], seen=history),))
    bindings = {"knn": replace(base.bindings["knn"], seen=remembered)}
    return Base(bindings), local, remote


def test_a_value_overwritten_unseen_is_a_conflict():
    """This machine wrote b; the other one wrote a, knowing only what stood before."""
    mine, theirs = write({}, "old", "b"), write({}, "old", "a")

    plan = make_plan(*world("b", "a", remembered=mine, history=theirs), POLICY)

    (conflict,) = plan.conflicts
    assert (conflict.base, conflict.local, conflict.remote) == ("b", "b", "a")
    assert not plan.writes


def test_the_conflict_stands_until_it_is_settled():
    """What is remembered of an unsettled field does not advance."""
    mine, theirs = write({}, "old", "b"), write({}, "old", "a")

    plan = make_plan(*world("b", "a", remembered=mine, history=theirs), POLICY)

    assert not [each for each in plan.actions if isinstance(each, Adopt)]


def test_a_write_of_a_machine_that_had_seen_the_value_is_an_edit():
    """The other machine knew b and wrote a: the file follows."""
    mine = write({}, "old", "b")

    plan = make_plan(*world("b", "a", remembered=mine, history=write(mine, "b", "a")), POLICY)

    assert not plan.conflicts
    assert changes(plan, Side.LOCAL, "knn") == {Field.GOAL: ("b", "a")}


def test_a_person_who_goes_back_to_an_older_value_is_no_other_machine():
    """The history did not grow, so the change was made in Notion, whatever its value."""
    history = write({}, "old", "a")

    plan = make_plan(*world("b", "a", remembered=history, history=history), POLICY)

    assert not plan.conflicts


def test_a_row_without_history_is_an_edit():
    """Where no machine ever wrote, every change is a person's."""
    plan = make_plan(*world("b", "a", remembered={}, history={}), POLICY)

    assert not plan.conflicts


def test_a_write_leaves_its_trace():
    """An update of the row carries what was known and what was written."""
    base, local, remote = in_sync(roadmap(skill("knn", goal="old")))

    plan = make_plan(base, edit(local, "knn", goal="new"), remote, POLICY)

    (update,) = plan.writes
    assert update.seen == write({}, "old", "new")


def test_histories_survive_their_text():
    """What is written on a row is read back equal."""
    seen = extend_seen(
        write({}, None, "a"), [Change(Field.TAGS, frozenset(), frozenset({"b", "a"}))]
    )

    assert parse_seen(format_seen(seen)) == seen


@pytest.mark.parametrize("text", [None, "", "hello", "goal=zz", "nobody=123456", "goal=12345"])
def test_text_that_is_no_history_counts_as_none(text):
    """A person may write anything into the column."""
    assert parse_seen(text) == {}


def test_histories_stay_short():
    """Only the latest values of a field are kept."""
    seen = {}
    for number in range(50):
        seen = write(seen, str(number), str(number + 1))

    assert len(seen[Field.GOAL]) == LONGEST


def test_links_in_another_order_have_the_same_digest():
    """Order does not count where it does not count in comparisons."""
    one, two = Link("https://a.example", "A"), Link("https://b.example", "B")
    first = extend_seen({}, [Change(Field.RESOURCES, Links(), Links((one, two)))])

    assert first == extend_seen({}, [Change(Field.RESOURCES, Links(), Links((two, one)))])


def name_row(row_id, *, remembered=None, history=None):
    """Return the new Tracker ID that a plan gives to the row of `knn`, if any."""
    base, local, remote = in_sync(roadmap(skill("knn")))
    row = replace(remote.rows[0], tracker_id=row_id, seen=history or {})
    bindings = {"knn": replace(base.bindings["knn"], seen=remembered or {})}
    plan = make_plan(Base(bindings), local, replace(remote, rows=(row,)), POLICY)
    return changes(plan, Side.REMOTE, "knn").get(Field.ID, (row_id, None))[1]


def rename(seen, before, after):
    return extend_seen(seen, [Change(Field.ID, before, after)])


def test_a_tracker_id_that_a_person_typed_is_put_back():
    """People leave no history."""
    assert name_row("something") == "knn"
    assert name_row("something", history=rename({}, "knn", "neighbours")) == "knn"


def test_a_tracker_id_that_another_machine_gave_is_left():
    """It knew ours; two files with different ids for a row would put theirs back for ever."""
    assert name_row("neighbours", history=rename({}, "knn", "neighbours")) is None


def test_a_tracker_id_given_without_knowing_ours_is_put_back():
    """Then the other machine learns of ours, and leaves it."""
    history = rename({}, "k-nn", "neighbours")

    assert name_row("neighbours", history=history) == "knn"


def test_an_id_that_the_file_got_back_is_put_back():
    """What this machine wrote itself was no other machine's word."""
    history = rename({}, "knn", "neighbours")

    assert name_row("neighbours", remembered=history, history=history) == "knn"


def test_without_a_base_the_file_has_the_say_over_ids():
    """After a lost state nobody knows who gave a Tracker ID; the row is known by its name."""
    _, local, remote = in_sync(roadmap(skill("knn")))
    history = rename({}, "knn", "neighbours")
    row = replace(remote.rows[0], tracker_id="neighbours", seen=history)

    plan = make_plan(Base(), local, replace(remote, rows=(row,)), POLICY)

    assert changes(plan, Side.REMOTE, "knn") == {Field.ID: ("neighbours", "knn")}


def test_a_tracker_id_that_is_left_stays_left():
    """What is remembered of it does not advance."""
    history = rename(write({}, "old", None), "knn", "neighbours")
    base, local, remote = in_sync(roadmap(skill("knn")))
    row = replace(remote.rows[0], tracker_id="neighbours", seen=history)

    plan = make_plan(base, local, replace(remote, rows=(row,)), POLICY)

    (adopt,) = plan.actions
    assert isinstance(adopt, Adopt)
    assert adopt.seen == {Field.GOAL: history[Field.GOAL]}


def test_a_row_without_the_last_write_is_behind():
    """A listing that lags shows the history as it was before the last write of this machine."""
    before = write({}, "a", "b")
    after = write(before, "b", "c")

    assert is_behind(after, before)
    assert is_behind(after, {})
    assert not is_behind(after, after)
    assert not is_behind(before, after)
    assert not is_behind({}, after)


def test_there_and_back_again_is_behind_until_it_is_shown():
    """The value that was written again stood there before; the order of the chain tells."""
    there = write({}, "a", "b")
    back = write(there, "b", "a")

    assert is_behind(back, there)
    assert not is_behind(back, back)
    assert not is_behind(back, write(back, "a", "c"))


def test_a_row_is_not_behind_after_many_writes_of_others():
    """The last write stays visible until a chain has grown by its whole length."""
    mine = now = write({}, "a", "0")
    for number in range(LONGEST - 1):
        now = write(now, str(number), str(number + 1))

    assert not is_behind(mine, now)


def test_relations_date_a_listing_but_accuse_nobody():
    """Notion drops relations to trashed pages by itself, so their history proves no overwriting."""
    base, other = frozenset({"a"}), frozenset({"b"})
    mine = extend_seen({}, [Change(Field.REQUIRES, frozenset(), base)])
    theirs = extend_seen({}, [Change(Field.REQUIRES, frozenset(), other)])

    assert is_behind(mine, {})
    assert not is_overwritten(Field.REQUIRES, base, mine, theirs)


def test_a_number_that_was_announced_is_this_machines_own():
    """A run that was cut off, before the write or after it, does not take it for another's."""
    _, _, remote = in_sync(roadmap(skill("a"), skill("b")))
    older = extend_seen({}, [Change(Field.ORDER, 1.0, 1000.0)])
    change = Change(Field.ORDER, 1000.0, 5000.0)
    update = Update(Side.REMOTE, SkillId("a"), (change,), seen=extend_seen(older, [change]))
    announced = announce(older, update)

    def is_numbered(order, seen):
        row = replace(remote.rows[0], order=order, seen=seen)
        return is_numbered_elsewhere(row, announced)

    assert not is_numbered(1000.0, older)
    assert not is_numbered(5000.0, update.seen)
    assert is_numbered(7.0, extend_seen(update.seen, [Change(Field.ORDER, 5000.0, 7.0)]))


def test_only_numbers_and_ids_are_announced():
    """A value counts as known when it was written, not before."""
    changes = (Change(Field.GOAL, "a", "b"), Change(Field.ORDER, 1.0, 2.0))
    update = Update(Side.REMOTE, SkillId("a"), changes, seen=extend_seen({}, changes))

    assert announce({}, update) == {Field.ORDER: update.seen[Field.ORDER]}


def test_a_number_that_goes_there_and_back_is_news_each_time():
    """Histories are sequences: the same two numbers in turns are ever newer ones."""
    _, _, remote = in_sync(roadmap(skill("a")))
    first = extend_seen({}, [Change(Field.ORDER, 1.0, 2.0)])
    second = extend_seen(first, [Change(Field.ORDER, 2.0, 1.0)])
    third = extend_seen(second, [Change(Field.ORDER, 1.0, 2.0)])

    assert is_numbered_elsewhere(replace(remote.rows[0], order=1.0, seen=second), first)
    assert is_numbered_elsewhere(replace(remote.rows[0], order=2.0, seen=third), second)
    assert not is_numbered_elsewhere(replace(remote.rows[0], order=2.0, seen=first), second)


def test_an_id_of_another_skill_here_is_not_left():
    """Two rows must not keep the same Tracker ID, whoever gave it."""
    base, local, remote = in_sync(roadmap(skill("a"), skill("b")))
    row = replace(remote.rows[0], tracker_id="b", seen=rename({}, "a", "b"))

    plan = make_plan(base, local, replace(remote, rows=(row, remote.rows[1])), POLICY)

    assert changes(plan, Side.REMOTE, "a") == {Field.ID: ("b", "a")}
