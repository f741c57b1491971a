"""Laws of columns that show only a part of a field: nothing is lost, and every sync comes to rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import LOCAL, REMOTE, acts, do, files, is_valid
from world import MemoryWorld

from tracker.sync.model import Hold, Part, Update
from tracker.sync.parts import complete_record, show_part, show_record
from tracker.sync.records import TWO_WAY, Field

BOXES = {Field.STATUS: Part.TICK, Field.RESOURCES: Part.FIRST_LINK, Field.SECTION: Part.NO_INBOX}
FEW = {
    Field.STATUS: Part.TICK,
    **dict.fromkeys(set(TWO_WAY) - {Field.NAME, Field.STATUS}, Part.NOTHING),
}
PARTS = st.sampled_from([BOXES, FEW])


@st.composite
def worlds(draw, *kinds: str):
    """Draw a world with such columns that was in sync, and in which people then did things."""
    world = MemoryWorld(draw(files()), parts=draw(PARTS))
    world.sync()
    world.story = [world.parts, *(each.record for each in world.file.skills)]
    for act in draw(acts(*kinds)):
        world.story.append(act)
        do(world, act)
    return world


def is_back(plan):
    """Tell whether a row was restored, whose relations show one sync later."""
    return any(isinstance(each, Update) and each.restore for each in plan.actions)


@pytest.mark.guarantee("G3")
@given(worlds(*LOCAL, *REMOTE, "clear section", "unbind"))
def test_a_second_sync_writes_nothing(world):
    """After a sync each row shows what it has to of the file, and the next plan is empty."""
    plan = world.sync()
    if is_back(plan):
        plan = world.sync()

    again = world.plan()
    assert set(map(type, again.actions)) <= {Hold}
    assert is_valid(world.file)
    open_ = {(each.skill_id, each.field) for each in (*again.conflicts, *again.holds)}
    local, remote = world.records()
    for skill_id in local.keys() & remote.keys():
        for which in set(TWO_WAY) - {Field.REQUIRES}:
            if (skill_id, which) not in open_ and (skill_id, None) not in open_:
                mine, theirs = local[skill_id].get(which), remote[skill_id].get(which)
                parts = world.parts
                assert show_part(parts, which, mine) == show_part(parts, which, theirs)


@pytest.mark.guarantee("G1")
@given(worlds(*LOCAL, "trash", "untrash", "number"))
def test_what_a_row_does_not_show_is_kept(world):
    """Without an edit of rows, no sync changes a value of the file, and none is in conflict."""
    before = {each.skill_id: each.record for each in world.file.skills if each.skill_id}

    plan = world.sync()

    assert plan.conflicts == ()
    for skill in world.file.skills:
        was = before.get(skill.skill_id)
        if was is not None:
            # Dates follow a status, and prerequisites go with their skills.
            own = {Field.STARTED, Field.COMPLETED, Field.REQUIRES, Field.NAME}
            assert _without(skill.record, own) == _without(was, own)


@given(worlds(*LOCAL))
def test_a_lost_state_changes_nothing(world):
    """What a row does not show cannot differ: with the state lost, nothing of it is in conflict."""
    world.sync()
    before = world.file

    world.state.clear()
    plan = world.sync()

    assert (plan.writes, plan.conflicts, world.file) == ((), (), before)
    assert world.plan().actions == ()


def _without(record, fields):
    return record.with_values(dict.fromkeys(fields))


@given(files(), PARTS)
def test_what_is_shown_shows_itself(file, parts):
    """What a row shows of a value is a value that shows the same, and is completed by the value."""
    for skill in file.skills:
        shown = show_record(parts, skill.record)
        assert show_record(parts, shown) == shown
        assert complete_record(parts, shown, [skill.record.values()]) == skill.record
