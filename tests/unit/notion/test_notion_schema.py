"""Promises of the columns of a database: what is made, what is bound, what a status means."""

from __future__ import annotations

from dataclasses import replace

import pytest
from notion_fakes import DATABASE_ID, GROUPS, NAMES, OPTIONS, SOURCE_ID, data_source, make_target

from tracker.adapters.notion.columns import decode_schema
from tracker.adapters.notion.errors import RowError
from tracker.adapters.notion.schema import (
    COLUMNS,
    MARKERS,
    are_grouped,
    bind,
    bind_options,
    bound_statuses,
    decode_marker,
    decode_status,
    encode_columns,
    encode_database,
    encode_marker,
    encode_options_with,
    find_option,
    missing_fields,
)
from tracker.errors import RefusedError, RemoteError
from tracker.roadmap.model import Status
from tracker.sync.records import Field
from tracker.sync.target import OPTIONAL, DatabaseTarget


def bound(known=None, **changes):
    return bind(decode_schema(data_source(**changes)), known)


def status_column(options=OPTIONS, groups=GROUPS, **changes):
    source = data_source(options=options, groups=groups, **changes)
    return decode_schema(source).find("Status", changes.get("status", {}).get("type", "status"))


def test_a_fresh_state_binds_by_name_and_type():
    """Without any memory all columns and options are found, ids unquoted."""
    assert bound() == make_target()


def test_a_known_binding_survives_renaming_everything():
    """Ids are what binds; columns and options may be called anything."""
    renamed = {
        which.value: {"name": f"Renamed {which.value}"} for which in COLUMNS if which is not None
    }
    options = [(option_id, f"Neu {number}") for number, (option_id, _) in enumerate(OPTIONS)]

    assert bound(make_target(), options=options, **renamed) == make_target()


def test_a_retyped_column_is_not_to_be_mended_as_it_stands():
    """The doctor makes deleted columns only, so a retyped one has to go first."""
    with pytest.raises(RefusedError) as caught:
        bound(make_target(), hours={"type": "rich_text", "rich_text": {}})

    (problem,) = caught.value.problems
    assert "turn it back into a number column" in problem.next
    assert "delete it, then tracker doctor --fix" in problem.next


def test_the_place_of_a_database_is_enough():
    """A second machine knows the data source only, and binds the rest by name."""
    known = DatabaseTarget(database_id="", data_source_id=SOURCE_ID)

    assert bound(known) == make_target()


def test_the_title_and_the_status_column_need_no_name():
    """There is one title, and one status column; what they are called does not matter."""
    renamed = {"name": {"name": "Lernziel"}, "status": {"name": "Stand"}}

    assert bound(None, **renamed) == make_target()


REQUIRED = [(which, None) for which in Field if which not in {Field.NAME, *OPTIONAL}]
BOUND = [(which, make_target()) for which in Field if which is not Field.NAME]


@pytest.mark.parametrize(("which", "known"), [*REQUIRED, *BOUND])
def test_a_deleted_column_is_refused_by_name(which, known):
    """Each column that is gone is named, with what to do; nothing is guessed."""
    with pytest.raises(RefusedError) as caught:
        bound(known, **{which.value: None})

    problem = caught.value.problems[0]
    assert problem.code == "column-deleted"
    assert NAMES[which] in problem.what
    assert "tracker doctor" in problem.next
    # With the state lost, a renamed column looks like one that was never there.
    assert ("you renamed it" in problem.next) == (known is None)


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        pytest.param(None, {Field.EVIDENCE}, id="of an earlier version"),
        pytest.param(
            make_target(properties={}, optional={Field.HOURS, Field.NOTES}),
            {Field.HOURS, Field.NOTES, Field.EVIDENCE},
            id="of an adopted database",
        ),
    ],
)
def test_an_optional_column_that_was_never_there_is_not_missed(known, missing):
    """A field without a column is not synced, whatever else has its name; no guess is made."""
    target = bound(known, **dict.fromkeys(missing))

    assert target.unsynced == missing
    assert target.optional == (known.optional if known else frozenset())
    assert bound(target).find_joined(target) == missing - target.optional


def test_every_broken_column_is_told_at_once():
    """Deleted and retyped columns come as one problem each."""
    with pytest.raises(RefusedError) as caught:
        bound(make_target(), hours={"type": "rich_text", "rich_text": {}}, goal=None)

    assert [problem.code for problem in caught.value.problems] == [
        "column-deleted",
        "column-retyped",
    ]


def test_a_column_made_anew_is_not_the_bound_one():
    """A column deleted and added again under its name has another id, and empty cells."""
    with pytest.raises(RefusedError):
        bound(make_target(), hours={"id": "new"})


def test_a_relation_to_another_database_is_not_the_bound_one():
    """Prerequisites are rows of the same database."""
    other = {"relation": {"data_source_id": DATABASE_ID, "type": "single_property"}}

    with pytest.raises(RefusedError):
        bound(make_target(), requires=other)


def test_unknown_columns_do_not_disturb():
    """Columns of types that nobody has heard of are ignored."""
    source = data_source()
    source["properties"]["Mood"] = {"id": "mood", "type": "aura", "aura": None}

    assert bind(decode_schema(source), None) == make_target()


def test_missing_fields_are_told_without_refusing():
    """A half-made database is recognised by what it lacks."""
    assert missing_fields(decode_schema(data_source(requires=None))) == {Field.REQUIRES}


def test_an_option_the_learner_added_means_what_its_group_means():
    """A new option of the complete group is done, and is read as such."""
    column = status_column(
        (*OPTIONS, ("o-new", "Taught it")), (*GROUPS[:2], ("Complete", [*GROUPS[2][1], "o-new"]))
    )

    assert decode_status(column, make_target().options, {"id": "o-new"}) is Status.DONE


def test_groups_are_known_by_position_where_they_have_other_names():
    """In a workspace of another language the first group is to do, the last complete."""
    groups = [("Zu erledigen", ["a"]), ("In Arbeit", ["b"]), ("Abgeschlossen", ["c", "d"])]
    options = [("a", "Offen"), ("b", "Läuft"), ("c", "Fertig"), ("d", "Skipped")]

    found = bind_options(status_column(options, groups), {})

    assert found == {"a": "todo", "b": "doing", "c": "done", "d": "skipped"}


def test_groups_in_another_order_are_known_by_their_usual_names():
    """A server that lists its groups otherwise does not turn meanings around."""
    assert are_grouped(status_column(groups=GROUPS[::-1]))


def test_groups_that_came_out_wrong_are_noticed():
    """Options that all landed in To-do are not what was asked for."""
    everything = [("To-do", [option_id for option_id, _ in OPTIONS]), ("In progress", [])]

    assert not are_grouped(status_column(groups=[*everything, ("Complete", [])]))
    assert not are_grouped(status_column(groups=[]))
    assert are_grouped(status_column())


def test_a_deleted_option_stays_bound_until_its_name_returns():
    """What rows lost with an option is no edit; an option of the same name takes over."""
    known = make_target().options
    without = status_column(OPTIONS[:3])
    again = status_column(
        (*OPTIONS[:3], ("o-again", "Skipped")),
        (*GROUPS[:2], ("Complete", ["o-done", "o-again"])),
    )

    assert bind_options(without, known) == known
    assert bound_statuses(without, known) == {"todo", "doing", "done"}
    assert bind_options(again, known)["o-again"] == "skipped"


def test_an_option_made_again_is_another_one():
    """What rows lost with the old option stays lost until somebody decides, whoever made the new."""
    known = replace(make_target(), gone={Field.TAGS: frozenset({"ml"})})
    options = (*OPTIONS[:3], ("o-again", "Skipped"))
    groups = (*GROUPS[:2], ("Complete", ["o-done", "o-again"]))

    again = bound(known, options=options, groups=groups)

    assert again.options["o-again"] == "skipped"
    assert again.gone == {Field.TAGS: {"ml"}, Field.STATUS: {"skipped"}}
    assert bound(again, options=options, groups=groups).gone == again.gone


def test_a_status_whose_option_is_gone_is_written_by_one_that_means_the_same():
    """Another option of the group serves; without any there is none to write."""
    options = [*OPTIONS[:2], ("o-own", "Taught it")]
    column = status_column(options, (*GROUPS[:2], ("Complete", ["o-own"])))
    known = make_target().options

    done, skipped = (find_option(column, known, status) for status in (Status.DONE, Status.SKIPPED))

    assert done is not None
    assert done.id == "o-own"
    assert skipped is None


def test_adding_an_option_keeps_all_others_by_id():
    """The list sent is complete, because what it leaves out would be deleted."""
    sent = encode_options_with(status_column(OPTIONS[:3]), Status.SKIPPED)

    assert sent[:3] == [{"id": option_id} for option_id, _ in OPTIONS[:3]]
    assert sent[3]["name"] == "Skipped"
    assert sent[3]["group"] == "Complete"


def test_a_list_too_long_to_send_completely_is_not_sent():
    """With a hundred options nothing can be added without deleting another."""
    options = [(f"o{number}", f"Option {number}") for number in range(100)]

    with pytest.raises(RowError):
        encode_options_with(status_column(options, ()), Status.DONE)


def test_a_select_column_is_read_by_name():
    """Where status is a select, usual names have their meaning and others have none."""
    select = {
        "type": "select",
        "select": {"options": [{"id": option_id, "name": name} for option_id, name in OPTIONS]},
    }
    column = status_column(status=select)

    assert bind_options(column, {}) == make_target().options
    assert decode_status(column, {}, {"id": "x", "name": "done"}) is Status.DONE
    assert decode_status(column, {}, {"id": "x", "name": "Someday"}) is None


READING_ORDER = [
    *("Skill", "Status", "Section", "Level", "Hours", "Goal", "Resources", "Requires", "Tags"),
    *("Started", "Completed", "Evidence", "Notes", "Order", "Tracker ID", "Sync history"),
]


@pytest.mark.parametrize("kind", ["status", "select"])
def test_columns_are_sent_in_the_order_of_reading(kind):
    """What a learner looks at first comes first, and what only the program needs comes last."""
    columns = encode_columns((), kind, SOURCE_ID)

    assert list(columns) == READING_ORDER
    assert columns["Requires"]["relation"]["data_source_id"] == SOURCE_ID
    assert [option["name"] for option in columns["Status"][kind]["options"]] == [
        "Not started",
        "In progress",
        "Done",
        "Skipped",
    ]
    described = {name for name, column in columns.items() if "description" in column}
    assert described == {"Order", "Tracker ID", "Sync history"}
    assert columns["Tracker ID"]["description"] == "used by tracker; leave as it is"


def test_a_new_database_has_the_columns_before_its_relation():
    """The relation needs the id of what is made here; groups, sections and levels come at once."""
    body = encode_database("ds", "Path", "parent", ["One, two", "Three"], "status")

    columns = body["initial_data_source"]["properties"]
    assert list(columns) == READING_ORDER[:7]
    assert [option["group"] for option in columns["Status"]["status"]["options"]] == [
        "To-do",
        "In progress",
        "Complete",
        "Complete",
    ]
    assert columns["Section"]["select"]["options"] == [
        {"name": "One\ufe50 two", "color": "blue"},
        {"name": "Three", "color": "green"},
    ]
    assert columns["Level"]["select"]["options"] == [
        {"name": "entry", "color": "green"},
        {"name": "intermediate", "color": "yellow"},
        {"name": "advanced", "color": "red"},
    ]
    assert body["description"][0]["text"]["content"] == encode_marker("ds")


def test_sections_that_no_option_holds_do_not_stop_the_database():
    """Too many sections, too long ones and twins in all but case are left for later."""
    sections = [*(f"S{number}" for number in range(120)), "s1", "x" * 101]

    body = encode_database("ds", "Path", "parent", sections, "select")

    columns = body["initial_data_source"]["properties"]
    assert len(columns["Section"]["select"]["options"]) == 100
    assert "group" not in columns["Status"]["select"]["options"][0]
    assert len({option["color"] for option in columns["Section"]["select"]["options"][:9]}) == 9


@pytest.mark.guarantee("G8")
@pytest.mark.parametrize(
    "broken",
    [
        {"properties": None},
        {"properties": {"Skill": "title"}},
        {"properties": {"Skill": {"id": "title", "type": "title", "title": {"options": [None]}}}},
        {"parent": "a database"},
        {"title": ["Data science"]},
    ],
)
def test_a_schema_that_cannot_be_read_lost_no_column(broken):
    """A form that is not known ends the run, and is never told as columns that were deleted."""
    with pytest.raises(RemoteError) as caught:
        decode_schema(data_source() | broken)

    assert caught.value.problems[0].code == "answer-not-understood"


@pytest.mark.parametrize("marker", MARKERS)
def test_the_marker_of_a_database_of_any_age_is_read(marker):
    """Databases made by older versions keep their description, and belong to their roadmap."""
    assert decode_marker(f"My words. {marker.format(name='ds-path')} More.") == "ds-path"
    assert decode_marker(marker.partition("{name}")[0]) is None
    assert decode_marker(encode_marker("ml")) == "ml"
