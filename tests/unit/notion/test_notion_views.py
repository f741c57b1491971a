"""The views of a database as values: what each shows, and which existing view is of which kind."""

from __future__ import annotations

import pytest
from notion_fakes import data_source, key_of, make_target

from tracker.adapters.notion.columns import decode_schema
from tracker.adapters.notion.views import VIEWS, encode_views, find_kinds, is_untouched
from tracker.sync.records import Field


def encode(target=None, **columns):
    return encode_views(decode_schema(data_source(**columns)), target or make_target())


def shown(view):
    """Return the ids of the columns that a view shows, in order."""
    return [it["property_id"] for it in view["configuration"]["properties"] if it["visible"]]


def keys(*fields):
    return [key_of(which) for which in fields]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (
            "path",
            [
                *(Field.NAME, Field.STATUS, Field.LEVEL, Field.HOURS, Field.GOAL),
                Field.REQUIRES,
            ],
        ),
        ("checklist", [Field.NAME, Field.STATUS]),
        ("board", [Field.NAME, Field.LEVEL, Field.HOURS, Field.SECTION]),
        ("calendar", [Field.NAME]),
    ],
)
def test_a_view_shows_its_columns_and_hides_every_other(kind, fields):
    """Each column is named once, by the id that the server spells."""
    view = encode()[kind]

    named = [it["property_id"] for it in view["configuration"]["properties"]]
    assert shown(view) == keys(*fields)
    assert sorted(named) == sorted(map(key_of, Field))


def test_the_path_is_grouped_by_section_in_the_order_of_the_file():
    """Widths are in pixels, and the goal is wrapped."""
    path = encode()["path"]

    looks = {it["property_id"]: it for it in path["configuration"]["properties"]}
    assert path["configuration"]["group_by"]["property_id"] == key_of(Field.SECTION)
    assert path["sorts"] == [{"property": key_of(Field.ORDER), "direction": "ascending"}]
    assert [looks[key].get("width") for key in shown(path)] == [320, 130, 110, 70, 360, 220]
    assert looks[key_of(Field.GOAL)]["wrap"] is True


def test_up_next_lists_what_is_neither_done_nor_skipped():
    """By the names that the learner gave the options."""
    options = (
        *(("o-todo", "Offen"), ("o-doing", "Läuft"), ("o-done", "Fertig")),
        ("o-skip", "Ausgelassen"),
    )
    column = {"status": {"options": [{"id": key, "name": name} for key, name in options]}}

    conditions = encode(status=column)["up-next"]["filter"]["and"]

    named = [condition["status"]["does_not_equal"] for condition in conditions]
    assert named == ["Fertig", "Ausgelassen"]


def test_a_select_as_status_is_filtered_and_grouped_as_one():
    """A server without groups of statuses gets views that fit; there is no checkbox then."""
    options = [{"id": "o-done", "name": "Done"}, {"id": "o-skip", "name": "Skipped"}]
    column = {"type": "select", "select": {"options": options}}

    views = encode(make_target(types={Field.STATUS: "select"}), status=column)

    group = {
        "type": "select",
        "property_id": key_of(Field.STATUS),
        "sort": {"type": "manual"},
    }
    assert views["board"]["configuration"]["group_by"] == group
    assert "select" in views["up-next"]["filter"]["and"][0]
    assert "status_show_as" not in str(views["checklist"])


def test_a_database_without_dates_has_the_other_views():
    """A kind whose column is missing is left out."""
    without = {
        which: key for which, key in make_target().properties.items() if which != "completed"
    }

    views = encode(make_target(properties=without))

    assert list(views) == [kind for kind in VIEWS if kind not in {"calendar", "over-time"}]


def test_a_view_is_known_again_whatever_its_name():
    """By what it shows and how, the ids of columns in either spelling."""
    encoded = encode()
    renamed = {kind: {**view, "name": f"my {kind}"} for kind, view in encoded.items()}
    renamed["path"]["configuration"]["group_by"]["property_id"] = ":section"

    assert find_kinds(encoded, renamed) == {kind: kind for kind in VIEWS}


@pytest.mark.parametrize(
    ("view", "kind"),
    [
        ({"type": "table", "name": "Default view", "configuration": {"type": "table"}}, None),
        ({"type": "table", "name": "Path", "configuration": {"type": "table"}}, "path"),
        ({"type": "list", "name": "To do", "configuration": {"type": "list"}}, "checklist"),
        ({"type": "timeline", "name": "Board", "configuration": {}}, None),
        ({"type": "chart", "name": "x", "configuration": {"chart_type": "column"}}, "by-section"),
        ({"type": "chart", "name": "x", "configuration": None}, None),
        ({"type": None, "name": None}, None),
    ],
)
def test_a_single_view_is_of_one_kind_or_of_none(view, kind):
    """A table without group and filter is none, unless it has the name of one."""
    found = find_kinds(encode(), {"v": view})

    assert found == ({kind: "v"} if kind else {})


@pytest.mark.parametrize(
    "change",
    [
        {"name": "All"},
        {"filter": {"property": "x"}},
        {"sorts": [{"property": "x"}]},
        {"configuration": {"type": "table", "group_by": {"property_id": "x"}}},
        {"type": "list"},
    ],
)
def test_a_default_view_that_was_touched_is_no_longer_untouched(change):
    """Whatever a learner changes keeps it from becoming the Path."""
    default = {"type": "table", "name": "Default view", "configuration": {"type": "table"}}

    assert is_untouched(default)
    assert not is_untouched({**default, **change})
