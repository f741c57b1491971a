"""Laws of taking a run back, proven on worlds in memory."""

from __future__ import annotations

import copy
from dataclasses import replace

from hypothesis import event, given
from hypothesis import strategies as st
from people import LOCAL, REMOTE, acts, do, files, is_valid
from undo_world import Crash, JournalWorld

from tracker.sync.model import Create, Delete, Policy, Side, Update
from tracker.sync.records import TWO_WAY, Field

PEOPLE = tuple(each for each in LOCAL + REMOTE if each not in {"shuffle", "new id", "lose id"})


@st.composite
def worlds(draw):
    """Draw a world that was in sync, and in which people then did things on both sides."""
    world = JournalWorld(draw(files()), shows_trashed=draw(st.booleans()))
    world.sync_as("first")
    for act in draw(acts(*PEOPLE)):
        world.story.append(act)
        do(world, act)
    return world


def told(world):
    """Return what both sides say."""
    local, remote = world.records()
    return local, remote


def has(plan, *kinds):
    """Tell whether a plan writes anything of some kinds."""
    return any(isinstance(each, kinds) for each in plan.writes)


@given(worlds())
def test_the_file_stays_valid_and_nothing_is_left_to_take_back(world):
    """Taking a run back never breaks the file, and doing it twice does nothing more."""
    world.sync_as("run")

    world.undo_as("undo", "run")

    assert is_valid(world.file)
    again = world.plan_undo("run").plan
    assert not again.writes, again.writes


@given(worlds())
def test_what_was_changed_is_as_it_was_agreed_on(world):
    """Where a run only changed and deleted, both sides say afterwards what the base said before."""
    before = {each: dict(binding.fields) for each, binding in world.state.items()}
    plan = world.sync_as("run")
    if plan.conflicts or plan.holds or has(plan, Create) or plan.sections:
        return
    touched = {each.skill_id for each in plan.writes}

    undone = world.undo_as("undo", "run").plan

    if undone.holds:
        event("held")
        return
    event("judged")
    local, remote = told(world)
    for skill_id in touched & before.keys():
        written = [
            change.field
            for each in plan.writes
            if isinstance(each, Update) and each.skill_id == skill_id and not each.restore
            for change in each.changes
        ]
        deleted = any(
            isinstance(each, Delete) and each.skill_id == skill_id for each in plan.writes
        )
        for which in TWO_WAY:
            if which in written or (deleted and which is not Field.REQUIRES):
                assert local[skill_id].get(which) == before[skill_id][which]
                is_shown_again = which is Field.REQUIRES and shows_relations_again(plan)
                if not deleted and not is_shown_again:
                    assert remote[skill_id].get(which) == before[skill_id][which]


def shows_relations_again(plan):
    """Tell whether rows come back from the trash, and with them relations that nobody sees now."""
    return any(isinstance(each, Delete) and each.side is Side.LOCAL for each in plan.writes)


@given(worlds())
def test_the_next_sync_writes_nothing(world):
    """Where a run made nothing and all of it was taken back, both sides are in agreement.

    What was typed into a row before the run deleted the skill comes to the file only then; a skill
    that the run gave its first row is given it again.
    """
    unread, bound = find_unread(world), set(world.state)
    plan = world.sync_as("run")
    undone = world.undo_as("undo", "run").plan
    if plan.conflicts or plan.holds or has(plan, Create) or undone.holds:
        return
    if any(isinstance(each, Update) and each.restore for each in plan.writes):
        return

    event("judged")
    later = world.plan()

    unread &= {each.skill_id for each in plan.writes if isinstance(each, Delete)}
    rest = [
        each
        for each in later.writes
        if not is_about(each, Field.ORDER, Field.ID)
        and not (is_about(each, Field.REQUIRES) and shows_relations_again(plan))
        and each.skill_id not in unread
        and each.skill_id in bound
    ]
    assert not rest, rest


def find_unread(world):
    """Return the skills whose rows say something that was never synced."""
    rows = {**world.rows, **world.trash}
    return {
        skill_id
        for skill_id, binding in world.state.items()
        if any(
            rows[binding.page_id].record.get(which) != binding.fields.get(which)
            for which in TWO_WAY
            if which is not Field.REQUIRES
        )
    }


def is_about(action, *fields):
    """Tell whether an update changes some fields and no others."""
    return isinstance(action, Update) and {each.field for each in action.changes} <= {*fields}


@given(worlds(), st.sampled_from([None, Side.LOCAL, Side.REMOTE]))
def test_taking_back_what_was_taken_back_does_it_again(world, prefer):
    """An undone undo leaves both sides as the run had left them."""
    world.sync_as("run", Policy(prefer=prefer))
    after = told(world)
    undone = world.undo_as("undo", "run").plan
    if undone.holds:
        return

    redone = world.undo_as("redo", "undo").plan

    if redone.holds:
        event("redo held")
        return
    event("judged" if world.runs.get("run") else "nothing written")
    assert told(world) == after


@given(worlds(), st.sampled_from([Side.LOCAL, Side.REMOTE]))
def test_a_settled_conflict_comes_back(world, prefer):
    """Taking back what settled conflicts gives them back, with all three values."""
    conflicts = world.plan().conflicts
    plan = world.sync_as("run", Policy(prefer=prefer))
    undone = world.undo_as("undo", "run").plan
    if plan.holds or undone.holds or has(plan, Create, Delete) or plan.conflicts:
        return

    event(f"judged {min(len(conflicts), 1)}")
    later = {(each.skill_id, each.field): each for each in world.plan().conflicts}

    for each in conflicts:
        if each.field in {Field.REQUIRES, Field.SECTION}:
            continue
        if each.base in {each.local, each.remote} or "was deleted in Notion" in each.reason:
            # An option is gone; what both had agreed on stands again.
            continue
        found = later.get((each.skill_id, each.field))
        assert found is not None
        assert found == replace(each, name=found.name)


@given(worlds(), st.integers(0, 12))
def test_cut_off_and_continued_is_the_same(world, effects):
    """A run that is taken back in two goes leaves the same world as in one, but for numbers.

    Those follow the order of the file with the next sync.
    """
    world.sync_as("run")
    other = copy.deepcopy(world)
    other.undo_as("undo", "run")
    world.effects = effects
    try:
        world.undo_as("undo", "run")
    except Crash:
        event("crashed")
    world.effects = None

    world.undo_as("undo", "run")

    assert told(world) == told(other)
    assert to_write(world) == to_write(other)


def to_write(world):
    """Return what a sync would write, but for the numbers of rows."""
    return [
        replace(each, order=None) if isinstance(each, Create) else each
        for each in world.plan().writes
        if not is_about(each, Field.ORDER)
    ]
