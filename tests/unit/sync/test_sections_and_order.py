"""Promises about sections and the order of rows."""

from dataclasses import replace
from itertools import pairwise

import pytest
from builders import POLICY, changes, edit, in_sync, only, roadmap, row, skill
from hypothesis import given
from hypothesis import strategies as st

from tracker.roadmap.edits import AddSection, InsertSkill, MoveSkill, RenameSection
from tracker.sync.model import Base, Change, Create, Side
from tracker.sync.planner import make_edits, make_plan
from tracker.sync.records import Field
from tracker.sync.row_state import extend_seen
from tracker.sync.whole_roadmap import diff_order

TWO = roadmap(skill("a"), skill("b"), skill("c", section="Models"))


def plan_for(base, local, remote):
    return make_plan(base, local, remote, POLICY)


def renamed(remote, before, after):
    """Return a remote side in which a learner renamed the option of a section."""
    rows = tuple(
        replace(each, record=replace(each.record, section=after))
        if each.record.section == before
        else each
        for each in remote.rows
    )
    return replace(remote, rows=rows)


def test_a_section_renamed_in_notion_is_one_edit():
    """All skills of a section got one new title: the section is renamed, nothing moves."""
    base, local, remote = in_sync(TWO)

    plan = plan_for(base, local, renamed(remote, "Basics", "First steps"))

    assert plan.sections == (("Basics", "First steps"),)
    assert make_edits(plan, local) == (RenameSection(0, "First steps"),)
    assert changes(plan, Side.LOCAL, "b") == {Field.SECTION: ("Basics", "First steps")}
    assert changes(plan, Side.REMOTE, "c") == {}


def test_a_section_that_keeps_a_skill_is_not_renamed():
    """A skill that stays, or a new one of the file, keeps the old section."""
    base, local, remote = in_sync(TWO)
    remote = renamed(remote, "Basics", "First steps")
    local = roadmap(*local.skills, skill("new"))

    plan = plan_for(base, local, remote)

    assert plan.sections == ()
    assert make_edits(plan, local) == (
        AddSection("First steps"),
        MoveSkill((0, 0), "First steps"),
        MoveSkill((0, 1), "First steps"),
    )


def test_a_section_whose_option_is_still_there_is_not_renamed():
    """Skills that were moved out of a section leave it empty, and it stays."""
    base, local, remote = in_sync(TWO)
    remote = replace(
        renamed(remote, "Models", "Cloud"), options={Field.SECTION: frozenset({"Models", "Cloud"})}
    )

    plan = plan_for(base, local, remote)

    assert plan.sections == ()
    assert make_edits(plan, local) == (AddSection("Cloud"), MoveSkill((1, 0), "Cloud"))


def test_skills_moved_to_a_section_that_exists_are_moves():
    """Two sections that became one in Notion are not a renamed section."""
    base, local, remote = in_sync(TWO)

    plan = plan_for(base, local, renamed(remote, "Models", "Basics"))

    assert make_edits(plan, local) == (MoveSkill((1, 0), "Basics"),)


def test_a_new_row_joins_a_renamed_section():
    """A row that was typed into a section renamed meanwhile goes there."""
    base, local, remote = in_sync(TWO)
    remote = renamed(remote, "Models", "Trees")
    typed = row(None, "typed", name="Forests", section="Trees")

    plan = plan_for(base, local, replace(remote, rows=(*remote.rows, typed)))

    rename, insert = make_edits(plan, local)
    assert (rename, insert.section) == (RenameSection(1, "Trees"), "Trees")
    assert isinstance(insert, InsertSkill)


def test_a_new_row_is_numbered_at_the_end_of_its_section():
    """A typed row comes after its section's other rows, and only it is numbered."""
    base, local, remote = in_sync(TWO)
    typed = row(None, "typed", name="Forests")

    plan = plan_for(base, local, replace(remote, rows=(*remote.rows, typed)))

    numbers = {
        each.skill_id: changes(plan, Side.REMOTE, each.skill_id).get(Field.ORDER)
        for each in plan.writes
    }
    assert numbers == {"forests": (None, 2500.0)}


def test_an_insertion_numbers_one_row():
    """A skill put between two others goes between their numbers."""
    base, local, remote = in_sync(TWO)
    first, second, third = local.skills

    plan = plan_for(base, roadmap(first, skill("new"), second, third), remote)

    [create] = plan.actions
    assert create.order == 1500.0


def test_a_moved_skill_is_numbered_alone():
    """A skill moved within the file changes its own number and no other."""
    base, local, remote = in_sync(roadmap(*map(skill, "abcde")))
    a, b, c, d, e = local.skills

    plan = plan_for(base, roadmap(e, a, b, c, d), remote)

    assert changes(plan, Side.REMOTE, "e") == {Field.ORDER: (5000.0, 500.0)}
    assert len(plan.actions) == 1


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], {}),
        ([1.0, 2.0, 3.0], {}),
        ([None, None], {0: 1000.0, 1: 2000.0}),
        ([1000.0, None, 2000.0], {1: 1500.0}),
        ([1000.0, 1000.0, 2000.0], {0: 500.0}),
        ([1.0, None, 2.0], {1: 1001.0, 2: 2001.0}),
        ([None, 1.0], {0: -999.0}),
        ([None, 0.5], {0: -999.0}),
        ([float("inf"), 5.0], {0: 2.0}),
        ([1e300, 5.0, float("nan")], {0: 2.0, 2: 1005.0}),
    ],
)
def test_numbers_are_set_sparingly(numbers, expected):
    """As few numbers as possible change, and they are whole and gapped."""
    assert diff_order(list(enumerate(numbers))) == expected


@given(st.lists(st.none() | st.integers(-3, 12).map(float) | st.floats(-5, 5)))
def test_numbers_rise_afterwards(numbers):
    """Whatever the numbers were, they rise afterwards, and a second look changes none."""
    rows = list(enumerate(numbers))
    patches = diff_order(rows)
    after = [patches.get(index, number) for index, number in rows]

    assert all(low < high for low, high in pairwise(after))
    assert diff_order(list(enumerate(after))) == {}
    assert all(patches[index] != numbers[index] for index in patches)


@given(st.lists(st.integers(0, 50).map(lambda each: 1000.0 * each), min_size=1, unique=True))
def test_no_more_numbers_change_than_must(numbers):
    """With room in every gap, all but a longest rising row of numbers change."""
    patches = diff_order(list(enumerate(numbers)))

    longest = [1] * len(numbers)
    for at, number in enumerate(numbers):
        lower = [longest[each] for each in range(at) if numbers[each] < number]
        longest[at] += max(lower, default=0)
    assert len(patches) == len(numbers) - max(longest)


def test_pulled_rows_come_in_the_order_of_notion():
    """Rows that come into an empty file stand there as Notion numbers them."""
    rows = (row("a", order=3000.0), row("b", order=1000.0), row("c"))
    base, local, remote = in_sync(roadmap())

    plan = plan_for(base, local, replace(remote, rows=rows))

    assert [each.skill_id for each in only(plan, Create)] == ["b", "a", "c"]


def test_an_edit_of_the_number_in_notion_is_put_back():
    """The order of rows goes to Notion only; the file has the say."""
    base, local, remote = in_sync(TWO)

    plan = plan_for(base, local, edit(remote, "a", order=9000.0))

    assert changes(plan, Side.REMOTE, "a") == {Field.ORDER: (9000.0, 1000.0)}


def renumber(remote, skill_id, order, *, by_machine):
    """Return a remote side in which a row got another number."""
    (row,) = (each for each in remote.rows if each.tracker_id == skill_id)
    seen = extend_seen(row.seen, [Change(Field.ORDER, row.order, order)]) if by_machine else {}
    other = replace(row, order=order, seen=seen)
    return replace(remote, rows=tuple(other if each is row else each for each in remote.rows))


def test_a_number_that_another_machine_gave_is_left():
    """Its file lists the skills in another order; both would number the rows for ever."""
    base, local, remote = in_sync(TWO)

    plan = plan_for(base, local, renumber(remote, "a", 2500.0, by_machine=True))

    assert plan.actions == ()


def test_without_a_base_the_file_has_the_say_over_numbers():
    """After a lost state nobody knows who gave a number: the order of the file counts."""
    _, local, remote = in_sync(TWO)

    plan = plan_for(Base(), local, renumber(remote, "a", 2500.0, by_machine=True))

    assert changes(plan, Side.REMOTE, "a") == {Field.ORDER: (2500.0, 1000.0)}


def test_other_rows_are_numbered_around_one_that_is_left():
    """A new skill gets its number among the rows that follow this file."""
    base, local, remote = in_sync(TWO)
    local = roadmap(*local.skills[:2], skill("new"), local.skills[2])

    plan = plan_for(base, local, renumber(remote, "a", 9000.0, by_machine=True))

    [create] = only(plan, Create)
    assert 2000 < create.order < 3000
    assert changes(plan, Side.REMOTE, "a") == {}


def test_a_number_that_fits_the_file_is_agreed_on():
    """From then on it is this machine's own: a skill that moves in the file gets a new one."""
    base, local, remote = in_sync(TWO)
    remote = renumber(remote, "a", 1500.0, by_machine=True)
    (adopt,) = plan_for(base, local, remote).actions
    bindings = {**base.bindings, "a": replace(base.bindings["a"], seen=adopt.seen)}
    b, a, c = local.skills[1], local.skills[0], local.skills[2]

    plan = plan_for(Base(bindings), roadmap(b, a, c), remote)

    assert [each.skill_id for each in plan.writes] in (["a"], ["b"])
