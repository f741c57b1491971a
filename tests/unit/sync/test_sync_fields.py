"""Promises about single fields: merged, in conflict, held, settled by a policy."""

from dataclasses import replace
from datetime import date

import pytest
from builders import POLICY, changes, edit, in_sync, only, page, roadmap, row, skill, without

from tracker.roadmap.model import Status
from tracker.sync.fates import find_gone, find_lost_by_rows
from tracker.sync.model import Adopt, Base, Binding, Conflict, Hold, Side, Take
from tracker.sync.planner import make_plan
from tracker.sync.records import Field, Link, Links

KNN = skill("knn", tags=["ml", "easy"], level="entry", notes="one\ntwo\nthree", hours=2.0)


def synced(*others):
    return in_sync(roadmap(KNN, *others))


def plan_for(base, local, remote, **policy):
    return make_plan(base, local, remote, replace(POLICY, **policy))


def test_a_local_edit_goes_to_notion():
    """What only the file changed is set in Notion, and nothing else."""
    base, local, remote = synced()

    plan = plan_for(base, edit(local, "knn", goal="Vote."), remote)

    assert len(plan.actions) == 1
    assert changes(plan, Side.REMOTE, "knn") == {Field.GOAL: (None, "Vote.")}


def test_a_remote_edit_goes_to_the_file():
    """What only Notion changed is set in the file, and nothing else."""
    base, local, remote = synced()

    plan = plan_for(base, local, edit(remote, "knn", hours=3.0))

    assert len(plan.actions) == 1
    assert changes(plan, Side.LOCAL, "knn") == {Field.HOURS: (2.0, 3.0)}


def test_the_same_edit_on_both_sides_only_advances_the_base():
    """Two equal edits are no conflict and need no write."""
    base, local, remote = synced()

    plan = plan_for(base, edit(local, "knn", hours=3.0), edit(remote, "knn", hours=3.0))

    assert plan.actions == (Adopt("knn", page("knn"), {Field.HOURS: 3.0}),)


def test_different_edits_conflict_and_the_rest_flows():
    """A field changed on both sides is written on neither; other fields are."""
    base, local, remote = synced()
    local = edit(local, "knn", hours=3.0, goal="Vote.")

    plan = plan_for(base, local, edit(remote, "knn", hours=4.0, level="advanced"))

    assert plan.conflicts == (Conflict("knn", "Knn", Field.HOURS, 2.0, 3.0, 4.0),)
    assert changes(plan, Side.LOCAL, "knn") == {Field.LEVEL: ("entry", "advanced")}
    assert changes(plan, Side.REMOTE, "knn") == {Field.GOAL: (None, "Vote.")}


def test_tags_merge_by_element():
    """Additions and removals of tags on both sides all count."""
    base, local, remote = synced()

    plan = plan_for(
        base,
        edit(local, "knn", tags=["ml", "easy", "mine"]),
        edit(remote, "knn", tags=["ml", "theirs"]),
    )

    merged = {"ml", "mine", "theirs"}
    assert changes(plan, Side.LOCAL, "knn")[Field.TAGS][1] == merged
    assert changes(plan, Side.REMOTE, "knn")[Field.TAGS][1] == merged


def test_resources_merge_by_url():
    """Links added on both sides all stay, an edited title is taken over, order does not count."""
    link = Link("https://a.org", "A")
    base, local, remote = in_sync(roadmap(skill("knn", resources=[link])))
    mine, theirs = Link("https://b.org", "B"), Link("https://c.org", "C")

    plan = plan_for(
        base,
        edit(local, "knn", resources=[link, mine]),
        edit(remote, "knn", resources=[theirs, Link("https://a.org", "A!", "docs")]),
    )

    wanted = Links((Link("https://a.org", "A!", "docs"), mine, theirs))
    assert changes(plan, Side.LOCAL, "knn")[Field.RESOURCES][1] == wanted
    assert plan.conflicts == ()


def test_one_link_edited_differently_is_a_conflict():
    """The same link with different titles on both sides is settled by a person."""
    base, local, remote = in_sync(roadmap(skill("knn", resources=["https://a.org"])))

    plan = plan_for(
        base,
        edit(local, "knn", resources=[Link("https://a.org", "Mine")]),
        edit(remote, "knn", resources=[Link("https://a.org", "Theirs")]),
    )

    assert [each.field for each in plan.conflicts] == [Field.RESOURCES]
    assert plan.actions == ()


def test_notes_merge_by_lines():
    """Edits of different lines of the notes are put together."""
    base, local, remote = synced()

    plan = plan_for(
        base,
        edit(local, "knn", notes="ONE\ntwo\nthree"),
        edit(remote, "knn", notes="one\ntwo\nthree\nfour"),
    )

    assert changes(plan, Side.LOCAL, "knn")[Field.NOTES][1] == "ONE\ntwo\nthree\nfour"


def test_overlapping_notes_are_a_conflict():
    """Two edits of one line of the notes are not put together."""
    base, local, remote = synced()

    plan = plan_for(
        base,
        edit(local, "knn", notes="one\nTWO\nthree"),
        edit(remote, "knn", notes="one\n2\nthree"),
    )

    assert [each.field for each in plan.conflicts] == [Field.NOTES]


def test_without_a_base_a_difference_is_a_conflict_even_in_sets():
    """Nobody knows whether a tag was added here or removed there."""
    _, local, remote = synced()

    plan = plan_for(Base(), local, edit(remote, "knn", tags=["ml"]))

    [conflict] = plan.conflicts
    assert (conflict.field, conflict.base) == (Field.TAGS, None)
    assert conflict.reason
    assert plan.writes == ()


def test_a_field_unknown_to_the_base_conflicts_alone():
    """A base that lacks one field still settles the others."""
    base, local, remote = synced()
    fields = {each: value for each, value in KNN.record.values().items() if each != Field.HOURS}

    plan = plan_for(
        Base({"knn": Binding("knn", page("knn"), fields)}),
        local,
        edit(remote, "knn", hours=9.0, goal="Vote."),
    )

    assert [each.field for each in plan.conflicts] == [Field.HOURS]
    assert changes(plan, Side.LOCAL, "knn") == {Field.GOAL: (None, "Vote.")}
    assert base.bindings


@pytest.mark.parametrize(
    ("take", "expected"),
    [
        (Take.LOCAL, {Side.REMOTE: (4.0, 3.0)}),
        (Take.REMOTE, {Side.LOCAL: (3.0, 4.0)}),
        (Take.BASE, {Side.LOCAL: (3.0, 2.0), Side.REMOTE: (4.0, 2.0)}),
        (5.0, {Side.LOCAL: (3.0, 5.0), Side.REMOTE: (4.0, 5.0)}),
        (None, {Side.LOCAL: (3.0, None), Side.REMOTE: (4.0, None)}),
    ],
    ids=["local", "remote", "base", "a value", "nothing"],
)
def test_a_taken_value_settles_a_conflict(take, expected):
    """A conflict is settled by a side, by the base or by a value of its own."""
    base, local, remote = synced()

    plan = plan_for(
        base,
        edit(local, "knn", hours=3.0),
        edit(remote, "knn", hours=4.0),
        takes={("knn", Field.HOURS): take},
    )

    assert plan.conflicts == ()
    found = {side: changes(plan, side, "knn").get(Field.HOURS) for side in Side}
    assert {side: pair for side, pair in found.items() if pair} == expected


def settle(base, local, remote, **takes):
    """Plan the fields of knn that were chosen, and nothing else."""
    chosen = {("knn", Field(which)): take for which, take in takes.items()}
    return make_plan(base, local, remote, replace(POLICY, takes=chosen), only="knn")


def test_a_choice_writes_the_chosen_field_alone():
    """Other conflicts stay, and other edits, skills and deletions are left to the next sync."""
    base, local, remote = synced(skill("svm"), skill("old"))
    local = edit(edit(local, "knn", hours=3.0, goal="a"), "svm", hours=1.0)
    remote = edit(edit(remote, "knn", hours=4.0, goal="b", level="advanced"), "old", hours=9.0)

    plan = settle(base, without(local, "old"), remote, hours=Take.LOCAL)

    (update,) = plan.actions
    assert changes(plan, Side.REMOTE, "knn") == {Field.HOURS: (4.0, 3.0)}
    assert update.skill_id == "knn"
    assert [conflict.field for conflict in plan.conflicts] == [Field.GOAL]


def test_a_chosen_status_brings_its_dates():
    """The dates that go with a status are written with it; an edit of another date waits."""
    base, local, remote = synced()
    remote = edit(remote, "knn", status="done", started=date(2026, 1, 1))

    plan = settle(base, edit(local, "knn", status="doing"), remote, status=Status.DONE)

    assert changes(plan, Side.LOCAL, "knn").keys() == {Field.STATUS, Field.COMPLETED}


@pytest.mark.parametrize(
    ("here", "there", "date_of"),
    [("doing", "done", "completed"), ("todo", "doing", "started"), ("done", "doing", "started")],
)
def test_a_status_chosen_without_a_base_brings_its_date(here, there, date_of):
    """With the state lost, what was not chosen was there before."""
    _, local, remote = synced()

    plan = settle(
        Base(),
        edit(local, "knn", status=here),
        edit(remote, "knn", status=there),
        status=Take.REMOTE,
    )

    assert changes(plan, Side.LOCAL, "knn")[Field(date_of)] == (None, POLICY.today)
    assert changes(plan, Side.REMOTE, "knn") == {Field(date_of): (None, POLICY.today)}


def test_a_chosen_section_renames_one_that_moves_as_a_whole():
    """Where all skills of a section come to the chosen one, its title changes."""
    base, local, remote = synced()

    plan = settle(
        base,
        edit(local, "knn", section="Mine"),
        edit(remote, "knn", section="Theirs"),
        section=Take.REMOTE,
    )

    assert plan.sections == (("Mine", "Theirs"),)
    assert changes(plan, Side.LOCAL, "knn") == {Field.SECTION: ("Mine", "Theirs")}


def test_a_choice_binds_a_skill_that_is_not_bound():
    """The missing binding and the missing id belong to the choice, what agrees otherwise does not."""
    _, local, remote = synced()
    local = replace(local, skills=(replace(local.skills[0], skill_id=None),))
    local = edit(local, None, hours=3.0)

    plan = settle(Base(), local, remote, hours=Take.LOCAL)

    assert changes(plan, Side.LOCAL, "knn") == {Field.ID: (None, "knn")}
    assert changes(plan, Side.REMOTE, "knn") == {Field.HOURS: (2.0, 3.0)}
    assert only(plan, Adopt) == [Adopt("knn", page("knn"), {})]


def test_a_text_is_no_word():
    """The text "local" as a value is that text, not the local side."""
    base, local, remote = synced()

    plan = plan_for(
        base,
        edit(local, "knn", goal="a"),
        edit(remote, "knn", goal="b"),
        takes={("knn", Field.GOAL): "local"},
    )

    assert changes(plan, Side.LOCAL, "knn")[Field.GOAL] == ("a", "local")


def test_an_impossible_value_settles_nothing():
    """A name cannot be settled to nothing."""
    base, local, remote = synced()

    plan = plan_for(
        base,
        edit(local, "knn", name="A"),
        edit(remote, "knn", name="B"),
        takes={("knn", Field.NAME): None},
    )

    assert [each.field for each in plan.conflicts] == [Field.NAME]


def test_a_preference_leaves_lone_edits_alone():
    """A preferred side wins conflicts only; an edit of the other side still flows."""
    base, local, remote = synced()

    plan = plan_for(
        base,
        edit(local, "knn", hours=3.0),
        edit(remote, "knn", hours=4.0, goal="Vote."),
        prefer=Side.LOCAL,
    )

    assert changes(plan, Side.REMOTE, "knn") == {Field.HOURS: (4.0, 3.0)}
    assert changes(plan, Side.LOCAL, "knn") == {Field.GOAL: (None, "Vote.")}


def test_a_held_field_is_left_alone_and_the_rest_flows():
    """A value that cannot be read is neither taken over nor overwritten, nor agreed on."""
    base, local, remote = synced()
    remote = edit(remote, "knn", hours=None, goal="Vote.", held={Field.HOURS: "less than none"})

    plan = plan_for(base, edit(local, "knn", hours=3.0), remote)

    assert plan.holds == (Hold("knn", "less than none", page("knn"), Field.HOURS),)
    assert changes(plan, Side.LOCAL, "knn") == {Field.GOAL: (None, "Vote.")}
    assert not [each for each in only(plan, Adopt) if Field.HOURS in each.fields]


def test_a_cleared_section_is_held():
    """A row whose section was cleared keeps its place in the file until it has one again."""
    base, local, remote = synced()

    plan = plan_for(base, local, edit(remote, "knn", section=""))

    assert [(type(each), each.field) for each in plan.actions] == [(Hold, Field.SECTION)]


def test_a_section_edit_in_the_file_fills_a_cleared_one():
    """No section is no value, so that an edit in the file does not conflict with it."""
    base, local, remote = synced()

    plan = plan_for(base, edit(local, "knn", section="Models"), edit(remote, "knn", section=""))

    assert changes(plan, Side.REMOTE, "knn") == {Field.SECTION: ("", "Models")}


def test_a_row_without_a_section_gets_that_of_the_file_when_nothing_was_agreed_on():
    """A pair that was never synced has no conflict over a section that only the file has."""
    _, local, remote = synced()

    plan = plan_for(Base(), local, edit(remote, "knn", section=""))

    assert changes(plan, Side.REMOTE, "knn") == {Field.SECTION: ("", local.sections[0])}
    assert not plan.conflicts


@pytest.mark.parametrize(
    ("which", "value", "options"),
    [
        (Field.LEVEL, None, frozenset({"advanced"})),
        (Field.SECTION, "", frozenset({"Other"})),
        (Field.TAGS, ["ml"], frozenset({"ml"})),
        (Field.STATUS, "todo", frozenset({"todo", "done"})),
        (Field.STATUS, "done", frozenset({"done", "skipped"})),
    ],
)
def test_a_deleted_option_is_no_edit(which, value, options):
    """A value that vanished together with its option is a conflict that says so."""
    base, local, remote = in_sync(
        roadmap(skill("knn", level="entry", tags=["ml", "easy"], status="doing"))
    )
    remote = replace(edit(remote, "knn", **{which.value: value}), options={which: options})

    plan = plan_for(base, local, remote)

    [conflict] = plan.conflicts
    assert conflict.field is which
    assert "was deleted in Notion" in conflict.reason
    assert plan.writes == ()
    lost = {"easy"} if which is Field.TAGS else {base.bindings["knn"].fields[which]}
    assert find_gone(plan.conflicts, remote.options) == {which: lost}
    assert find_lost_by_rows(base, remote) == {which: lost}


def test_a_cleared_value_whose_option_is_still_there_is_an_edit():
    """Clearing a level in Notion clears it in the file."""
    base, local, remote = synced()
    options = {Field.LEVEL: frozenset({"entry"})}

    plan = plan_for(base, local, replace(edit(remote, "knn", level=None), options=options))

    assert changes(plan, Side.LOCAL, "knn") == {Field.LEVEL: ("entry", None)}


def test_a_deleted_option_does_not_save_a_row_from_deletion():
    """What a row lost with an option is no edit that would beat a deletion in the file."""
    base, local, remote = synced(skill("svm"))
    remote = replace(edit(remote, "knn", level=None), options={Field.LEVEL: frozenset()})

    plan = plan_for(base, without(local, "knn"), remote)

    assert [(type(each).__name__, each.skill_id) for each in plan.actions] == [("Delete", "knn")]


def test_relations_are_prerequisites():
    """A relation to another row is a prerequisite in the file."""
    base, local, remote = synced(skill("svm"))

    plan = plan_for(base, local, edit(remote, "svm", requires=["knn"]))

    assert changes(plan, Side.LOCAL, "svm") == {Field.REQUIRES: (set(), {"knn"})}


def test_a_relation_to_a_row_typed_just_now_is_a_prerequisite():
    """A new row and a relation to it come into the file together."""
    base, local, remote = synced()
    remote = edit(remote, "knn", requires=["typed"])
    typed = row(None, page("typed"), name="Distances")

    plan = plan_for(base, local, replace(remote, rows=(*remote.rows, typed)))

    assert changes(plan, Side.LOCAL, "knn")[Field.REQUIRES][1] == {"distances"}


def test_a_relation_to_a_stranger_is_held():
    """A relation to a page that is no skill leaves the prerequisites alone on both sides."""
    base, local, remote = synced(skill("svm"))

    plan = plan_for(
        base, edit(local, "knn", requires=["svm"]), edit(remote, "knn", requires=["stranger"])
    )

    assert [(type(each), each.field) for each in plan.actions] == [(Hold, Field.REQUIRES)]


def test_an_added_status_keeps_its_meaning():
    """Statuses compare by meaning; equal meanings are in sync."""
    base, local, remote = synced()

    plan = plan_for(
        base, edit(local, "knn", status=Status.TODO), edit(remote, "knn", status="todo")
    )

    assert plan.actions == ()
    assert date.min < POLICY.today


def test_a_renamed_tag_is_renamed_everywhere():
    """A tag that became another one in every row at once was renamed, and edits still merge."""
    base, local, remote = in_sync(
        roadmap(skill("a", tags=["ml", "x"]), skill("b", tags=["ml"]), skill("c", tags=["x"]))
    )
    remote = edit(edit(remote, "a", tags=["machine learning", "x"]), "b", tags=["machine learning"])
    remote = replace(remote, options={Field.TAGS: frozenset({"machine learning", "x"})})

    plan = plan_for(base, edit(local, "a", tags=["ml", "x", "mine"]), remote)

    assert plan.conflicts == ()
    assert changes(plan, Side.LOCAL, "a")[Field.TAGS][1] == {"machine learning", "x", "mine"}
    assert changes(plan, Side.LOCAL, "b")[Field.TAGS][1] == {"machine learning"}
    assert set(changes(plan, Side.REMOTE, "a")) == {Field.TAGS}


@pytest.mark.parametrize("second", [["other"], [], ["x"]], ids=["another", "none", "a known one"])
def test_a_deleted_tag_is_not_taken_for_a_renamed_one(second):
    """A tag that did not become the same new tag everywhere was deleted: a conflict."""
    base, local, remote = in_sync(
        roadmap(skill("a", tags=["ml"]), skill("b", tags=["ml"]), skill("c", tags=["x"]))
    )
    remote = edit(edit(remote, "a", tags=["new"]), "b", tags=second)
    remote = replace(remote, options={Field.TAGS: frozenset({"new", "other", "x"})})

    plan = plan_for(base, local, remote)

    assert {each.skill_id for each in plan.conflicts} == {"a", "b"}
    assert plan.writes == ()
