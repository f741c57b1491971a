"""Laws of plans, proven on worlds in memory: what people did before, and what must hold after."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from builders import POLICY, changes, edit, in_sync
from hypothesis import given
from hypothesis import strategies as st
from people import IDS, LOCAL, REMOTE, STRANGE, VALUES, acts, do, files, is_valid
from world import Crash, MemoryWorld

from tracker.sync.fates import find_renamed_tags
from tracker.sync.identity import identify
from tracker.sync.model import Base, Create, Delete, Hold, Policy, Side, Update
from tracker.sync.plan_json import encode_plan
from tracker.sync.planner import make_plan
from tracker.sync.records import TWO_WAY, Field

PEOPLE = LOCAL + REMOTE
ALL = PEOPLE + STRANGE


@st.composite
def worlds(draw, *kinds: str):
    """Draw a world that was in sync, and in which people then did things on both sides."""
    world = MemoryWorld(draw(files()), shows_trashed=draw(st.booleans()))
    # A row in the trash that nobody can describe takes two syncs to become equal.
    world.told_trash = "hide" not in kinds or draw(st.booleans())
    world.sync()
    assert not world.plan().actions
    world.story = [each.record for each in world.file.skills]
    for act in draw(acts(*kinds)):
        world.story.append(act)
        do(world, act)
    return world


def _nameless(conflicts):
    """Leave out the name, which the first sync may have changed."""
    return {replace(each, name="") for each in conflicts}


def _places(plan):
    """Return what is held or in conflict, whatever the reason has become."""
    holds = {(each.skill_id, each.field, each.page_id) for each in plan.holds if not each.skill_id}
    return holds | {(each.skill_id, each.field) for each in (*plan.conflicts, *plan.holds)}


def _sync(world, policy=POLICY):
    """Sync once, or twice after a restore: only then does Notion show its relations again."""
    plan = world.sync(policy)
    restored = any(isinstance(each, Update) and each.restore for each in plan.actions)
    return world.sync(policy) if restored and not world.shows_trashed else plan


@given(files())
def test_nothing_to_do_gives_an_empty_plan(local):
    """A world in sync is left alone."""
    base, local, remote = in_sync(local)

    plan = make_plan(base, local, remote, POLICY)

    assert (plan.actions, plan.conflicts) == ((), ())


@pytest.mark.guarantee("G3")
@given(worlds(*PEOPLE))
def test_a_second_sync_writes_nothing(world):
    """After a sync the next plan is empty but for the same conflicts and holds."""
    plan = _sync(world)

    again = world.plan()
    assert set(map(type, again.actions)) <= {Hold}
    assert _nameless(again.conflicts) <= _nameless(plan.conflicts)
    assert _places(again) <= _places(plan)
    assert {each[:2] for each in _places(again)} >= {
        (each.skill_id, each.field) for each in plan.conflicts
    }
    assert is_valid(world.file)


@given(worlds(*ALL))
def test_even_strange_worlds_converge(world):
    """Hidden rows, lost state and edited ids included, the second sync writes nothing."""
    world.sync()
    world.sync()

    assert world.plan().writes == ()
    assert is_valid(world.file)


@pytest.mark.guarantee("G3")
@given(worlds(*PEOPLE))
def test_both_sides_end_equal(world):
    """After a sync both sides are equal in every field without a conflict or a hold."""
    plan = _sync(world)

    open_fields = {(each.skill_id, each.field) for each in (*plan.conflicts, *plan.holds)}
    held = {each.skill_id for each in plan.holds if each.field is None}
    local, remote = world.records()
    assert local.keys() - held == remote.keys() - held - {None}
    for skill_id in local.keys() - held:
        for which in TWO_WAY:
            if (skill_id, which) not in open_fields:
                assert local[skill_id].get(which) == remote[skill_id].get(which)


@pytest.mark.guarantee("G1")
@given(worlds(*PEOPLE))
def test_no_value_is_lost(world):
    """What a person wrote is on both sides afterwards, or in a conflict, or held where it is."""
    written = _written(world)

    plan = _sync(world)

    sides = dict(zip(Side, world.records(), strict=True))
    for skill_id, which, value, side, base in written:
        kept = sides[side][skill_id].get(which)
        if not _is_open(plan, skill_id, which):
            assert sides[side.other][skill_id].get(which) == kept
        assert _holds(which, kept, value, base, alive=set(sides[side]))


def _written(world):
    """Return what people wrote since the base: skill, field, value, side, and the base value."""
    remote = world.observe()
    pairs = identify(Base(dict(world.state)), world.file, remote).pairs
    ids = {pair.page_id: pair.skill_id for pair in pairs if pair.row}
    now = {pair.former: pair.skill_id for pair in pairs if pair.former}
    now |= find_renamed_tags(pairs, remote.options)
    found = []
    for pair in pairs:
        base = {each: _renamed(value, now) for each, value in (pair.base or {}).items()}
        records = {
            Side.LOCAL: pair.local and pair.local.record,
            Side.REMOTE: pair.row and _resolved(pair.row, ids),
        }
        for side, known in records.items():
            values = known.values() if known else {}
            for which, value in values.items():
                new = _renamed(value, now)
                # A prerequisite that is missing may have gone to the trash by itself.
                is_less = isinstance(new, frozenset) and new <= base.get(which, frozenset())
                if new and base.get(which) != new and not is_less:
                    found.append((pair.skill_id, which, new, side, base.get(which)))
    return found


def _is_open(plan, skill_id, which):
    return any(
        each.skill_id == skill_id and each.field in {which, None}
        for each in (*plan.conflicts, *plan.holds)
    )


def _renamed(base, now):
    """Return prerequisites and tags under the names that they have now."""
    return frozenset(now.get(each, each) for each in base) if isinstance(base, frozenset) else base


def _resolved(row, ids):
    """Return a row's record with prerequisites as skill ids."""
    return replace(
        row.record, requires=frozenset(ids[each] for each in row.requires if each in ids)
    )


def _holds(which, kept, value, base, *, alive):
    """Tell whether what was written into a field is still in what it holds now."""
    if which is Field.REQUIRES:
        value = frozenset(value) & alive
    if isinstance(value, frozenset):
        return kept >= value - (base or frozenset())
    if which is Field.RESOURCES:
        return set(kept.items) >= set(value.items) - set(base.items if base else ())
    if which is Field.NOTES:
        lines = (kept or "").split("\n")
        return set(lines) >= set(value.split("\n")) - set((base or "").split("\n"))
    return kept == value


@given(worlds(*PEOPLE))
def test_rows_are_numbered_in_the_order_of_the_file(world):
    """After a sync the order numbers of the rows rise in the order of the file."""
    world.sync()

    numbers = {row.tracker_id: row.order for row in world.rows.values()}
    order = [numbers[each.skill_id] for each in world.file.skills if each.skill_id in numbers]
    assert order == sorted(set(order))


@pytest.mark.guarantee("G1")
@given(worlds(*ALL))
def test_a_conflict_writes_neither_side(world):
    """No field in conflict, and no held field of a skill on both sides, is changed by the plan."""
    plan = world.plan()

    made = {each.skill_id for each in plan.actions if isinstance(each, Create)}
    still = {(each.skill_id, each.field) for each in (*plan.conflicts, *plan.holds) if each.field}
    gone = {each.skill_id for each in plan.actions if isinstance(each, Delete)}
    for action in plan.actions:
        if isinstance(action, Update) and action.skill_id not in made:
            for change in action.changes:
                if (action.skill_id, change.field) in still:
                    assert change.field is Field.REQUIRES
                    assert action.side is Side.LOCAL
                    assert change.after < change.before
                    assert change.before - change.after <= gone


@pytest.mark.guarantee("G6")
@given(worlds(*LOCAL, *REMOTE, "hide", "hide", "unbind"))
def test_absence_alone_never_deletes(world):
    """A row that is merely out of sight is deleted on neither side, nor is its skill."""
    plan = world.plan()

    for action in plan.actions:
        if isinstance(action, Delete):
            in_trash = action.page_id in world.trash
            assert in_trash is (action.side is Side.LOCAL)
            assert in_trash or action.page_id not in world.hidden


@pytest.mark.guarantee("G4")
@given(worlds(*ALL))
def test_an_empty_base_never_deletes_and_never_duplicates(world):
    """Without any state nothing is deleted, and no skill with a row gets a second one."""
    world.state.clear()

    plan = world.plan()

    assert not [each for each in plan.actions if isinstance(each, Delete)]
    listed = {row.tracker_id for row in world.observe().rows}
    here = {each.skill_id for each in world.file.skills}
    for action in plan.actions:
        if isinstance(action, Create):
            assert action.skill_id not in (listed if action.side is Side.REMOTE else here)


@pytest.mark.guarantee("G15")
@given(worlds(*ALL), st.sets(st.integers(0, 12)))
def test_failed_rows_heal(world, failing):
    """Whatever rows fail in one run, later runs end in a world in which there is nothing to do."""
    count = iter(range(1000))
    world.fails = lambda _: next(count) in failing
    world.sync()
    world.fails = lambda _: False
    for _ in range(3):
        world.sync()

    assert world.plan().writes == ()
    assert is_valid(world.file)


@given(worlds(*PEOPLE), st.integers(0, 20))
def test_a_crash_makes_no_duplicate(world, effects):
    """Cut off between any two effects and run again: every skill has one row, and all is quiet."""
    world.effects = effects
    with suppress(Crash):
        world.sync()
    world.effects = None

    for _ in range(3):
        world.sync()

    tracked = [row.tracker_id for row in world.rows.values() if row.tracker_id]
    assert len(tracked) == len(set(tracked))
    assert world.plan().writes == ()


@given(worlds(*ALL), st.randoms())
def test_the_order_of_rows_does_not_matter(world, random):
    """The plan is the same in whatever order Notion lists the rows."""
    remote = world.observe()
    rows, missing = list(remote.rows), list(remote.missing)
    random.shuffle(rows)
    random.shuffle(missing)
    shuffled = replace(remote, rows=tuple(rows), missing=tuple(missing))
    base = Base(dict(world.state))

    assert make_plan(base, world.file, remote, POLICY) == make_plan(
        base, world.file, shuffled, POLICY
    )


PLAIN = [each for each in VALUES if each not in {Field.STARTED, Field.COMPLETED}]
EDITS = st.lists(
    st.tuples(st.sampled_from(IDS[:3]), st.sampled_from(PLAIN), st.integers(0, 5)), max_size=6
)


@given(files(), EDITS, EDITS)
def test_swapping_the_sides_mirrors_the_plan(local, mine, theirs):
    """What a plan does to one side, it does to the other when the edits are swapped."""
    here, there = _plan_edits(local, mine, theirs), _plan_edits(local, theirs, mine)

    for side in Side:
        for skill_id in IDS[:3]:
            one = dict(changes(here, side, skill_id))
            other = dict(changes(there, side.other, skill_id))
            assert one.pop(Field.ORDER, None) is None or side is Side.REMOTE
            assert other.pop(Field.ORDER, None) is None or side is Side.LOCAL
            assert one == other
    assert {(each.skill_id, each.field, each.local, each.remote) for each in here.conflicts} == {
        (each.skill_id, each.field, each.remote, each.local) for each in there.conflicts
    }


def _plan_edits(local, mine, theirs):
    base, local, remote = in_sync(local)
    for skill_id, which, value in mine:
        local = edit(local, skill_id, **{which.value: VALUES[which][value % len(VALUES[which])]})
    for skill_id, which, value in theirs:
        remote = edit(remote, skill_id, **{which.value: VALUES[which][value % len(VALUES[which])]})
    return make_plan(base, local, remote, POLICY)


@given(worlds(*ALL))
def test_every_skill_is_one_pair(world):
    """Identity gives every skill one id and every row at most one skill."""
    found = identify(Base(dict(world.state)), world.file, world.observe())

    ids = [pair.skill_id for pair in found.pairs]
    pages = [pair.page_id for pair in found.pairs if pair.page_id]
    assert len(ids) == len(set(ids))
    assert len(pages) == len(set(pages))
    assert len(found.pairs) >= len(world.file.skills)


@given(worlds(*ALL))
def test_plans_survive_json(world):
    """A plan that is saved and loaded is equal to a new plan of the same world."""
    saved = json.loads(json.dumps(encode_plan(world.plan())))

    assert saved == encode_plan(world.plan())


@given(worlds(*PEOPLE), st.sampled_from(Side))
def test_a_preferred_side_settles_every_conflict(world, side):
    """With a preference no conflict is left that its side can settle, and all is quiet."""
    policy = Policy(prefer=side, today=POLICY.today)
    before = world.plan()

    plan = _sync(world, policy)

    assert {(each.field, each.remote) for each in plan.conflicts} <= {(Field.SECTION, "")}
    assert world.plan().writes == ()
    local, remote = world.records()
    held = {(each.skill_id, each.field) for each in (*plan.holds, *plan.conflicts)}
    for each in before.conflicts:
        wanted = each.local if side is Side.LOCAL else each.remote
        if (each.skill_id, each.field) not in held:
            assert local[each.skill_id].get(each.field) == wanted
            assert remote[each.skill_id].get(each.field) == wanted
