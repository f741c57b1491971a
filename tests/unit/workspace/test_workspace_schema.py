from __future__ import annotations

from urllib.parse import unquote

import pytest

from tracker.workspace.protocol import ROOT_PAGE_ID

STATUS = {"options": [{"name": "Todo"}, {"name": "Done", "color": "green", "group": "Complete"}]}


@pytest.fixture
def patch(api):
    """Patch the properties of a data source and return it."""

    def patch(source, properties):
        return api.call("PATCH", f"/data_sources/{source['id']}", {"properties": properties})

    return patch


@pytest.fixture
def refuse_patch(api):
    def refuse(source, properties):
        body = {"properties": properties}
        return api.refuse("PATCH", f"/data_sources/{source['id']}", body)["message"]

    return refuse


def options(source, name):
    """Return the options of a column."""
    prop = source["properties"][name]
    return prop[prop["type"]]["options"]


def groups(source, name="Status"):
    """Return group name → option names of a status column."""
    status = source["properties"][name]["status"]
    names = {option["id"]: option["name"] for option in status["options"]}
    return {g["name"]: [names[item] for item in g["option_ids"]] for g in status["groups"]}


def test_a_database_without_a_schema_has_a_title_column(api):
    """Leaving out the initial data source still makes one, with the title Name."""
    source = api.table()

    assert list(source["properties"]) == ["Name"]
    assert source["properties"]["Name"]["id"] == "title"


def test_an_untitled_database_is_called_new_database(api):
    """Without a title the database shows a default, its data source shows none."""
    made = api.call("POST", "/databases", {"parent": {"page_id": ROOT_PAGE_ID}})
    source = api.call("GET", f"/data_sources/{made['data_sources'][0]['id']}")

    assert made["title"][0]["plain_text"] == "New database"
    assert made["data_sources"][0]["name"] == "New database"
    assert source["title"] == []


def test_a_database_and_its_only_data_source_share_their_title(api, as_text):
    """Renaming either renames both, as long as there is one data source."""
    source = api.table()

    api.call("PATCH", f"/data_sources/{source['id']}", {"title": as_text("Renamed")})

    database = api.call("GET", f"/databases/{source['parent']['database_id']}")
    assert database["title"][0]["plain_text"] == "Renamed"


@pytest.mark.parametrize("properties", [{}, {"A": {"title": {}}, "B": {"title": {}}}])
def test_a_schema_has_exactly_one_title(api, properties):
    """No title column, or two, is refused."""
    body = {
        "parent": {"page_id": ROOT_PAGE_ID},
        "initial_data_source": {"properties": properties},
    }

    assert api.refuse("POST", "/databases", body)["code"] == "validation_error"


def test_a_plain_status_has_three_options_in_three_groups(api):
    """An empty status config gets Notion's defaults."""
    source = api.table({"Name": {"title": {}}, "Status": {"status": {}}})

    assert groups(source) == {
        "To-do": ["Not started"],
        "In progress": ["In progress"],
        "Complete": ["Done"],
    }


def test_status_options_go_where_their_group_says(api):
    """An option without a group lands in To-do, one with a group lands there."""
    source = api.table({"Name": {"title": {}}, "Status": {"status": STATUS}})

    assert groups(source) == {"To-do": ["Todo"], "In progress": [], "Complete": ["Done"]}


def test_a_status_update_lists_what_to_keep(api, patch):
    """Options by id stay in their group, new ones are appended, the others go."""
    source = api.table({"Name": {"title": {}}, "Status": {"status": STATUS}})
    done = options(source, "Status")[1]

    source = patch(
        source,
        {
            "Status": {
                "status": {
                    "options": [{"id": done["id"]}, {"name": "Doing", "group": "In progress"}]
                }
            }
        },
    )

    assert groups(source) == {"To-do": [], "In progress": ["Doing"], "Complete": ["Done"]}
    assert options(source, "Status")[0]["id"] == done["id"]


def test_an_unknown_group_is_refused(refuse_patch, api):
    """Groups cannot be invented."""
    source = api.table({"Name": {"title": {}}, "Status": {"status": {}}})

    message = refuse_patch(
        source, {"Status": {"status": {"options": [{"name": "X", "group": "Mine"}]}}}
    )

    assert 'should be `"To-do"`, `"In progress"`, or `"Complete"`' in message


def test_rows_lose_options_that_are_dropped(api, patch):
    """Leaving an option out of the list clears it in every row; the others stay."""
    source = api.table(
        {
            "Name": {"title": {}},
            "Level": {"select": {"options": [{"name": "a"}, {"name": "b"}]}},
            "Tags": {"multi_select": {"options": [{"name": "x"}, {"name": "y"}]}},
        }
    )
    row = api.row(
        source,
        {
            "Level": {"select": {"name": "a"}},
            "Tags": {"multi_select": [{"name": "x"}, {"name": "y"}]},
        },
    )

    patch(
        source,
        {
            "Level": {"select": {"options": [{"name": "b"}]}},
            "Tags": {"multi_select": {"options": [{"name": "y"}]}},
        },
    )

    shown = api.call("GET", f"/pages/{row['id']}")["properties"]
    assert shown["Level"]["select"] is None
    assert [tag["name"] for tag in shown["Tags"]["multi_select"]] == ["y"]


def test_an_option_made_again_is_another_option(api, patch):
    """A dropped option that returns by name has a new id and does not return to rows."""
    source = api.table({"Name": {"title": {}}, "Level": {"select": {"options": [{"name": "a"}]}}})
    row = api.row(source, {"Level": {"select": {"name": "a"}}})
    patch(source, {"Level": {"select": {"options": []}}})

    again = patch(source, {"Level": {"select": {"options": [{"name": "a"}]}}})

    assert options(again, "Level")[0]["id"] != options(source, "Level")[0]["id"]
    shown = api.call("GET", f"/pages/{row['id']}")["properties"]
    assert shown["Level"]["select"] is None


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([{"name": "a,b"}], "commas not allowed"),
        ([{"name": "A"}, {"name": "a"}], "must be unique"),
        ([{"name": "a", "color": "red"}], "Cannot update color of select with name: a."),
        ([{"name": "x", "color": "mauve"}], "color should be"),
        ([{"name": " "}], "name.length should be"),
        ([{"name": "x" * 101}], "≤ `100`"),
        ([{"name": str(n)} for n in range(101)], "options.length should be ≤ `100`"),
        ([{"id": "nobody"}], "does not exist"),
    ],
    ids=["comma", "twice", "recolour", "colour", "blank", "long", "many", "unknown id"],
)
def test_option_rules_are_kept(api, refuse_patch, wanted, message):
    """Each rule of options is a 400 that says which."""
    source = api.table({"Name": {"title": {}}, "Level": {"select": {"options": [{"name": "a"}]}}})

    assert message in refuse_patch(source, {"Level": {"select": {"options": wanted}}})


def test_options_cannot_be_renamed(api, refuse_patch):
    """An id with another name is refused."""
    source = api.table({"Name": {"title": {}}, "Level": {"select": {"options": [{"name": "a"}]}}})
    renamed = {"id": options(source, "Level")[0]["id"], "name": "b"}

    message = refuse_patch(source, {"Level": {"select": {"options": [renamed]}}})

    assert message == "Cannot update name of select with name: a."


def test_a_renamed_column_keeps_its_id_and_values(api, patch):
    """Renaming changes the name alone; writes by id go on."""
    source = api.table({"Name": {"title": {}}, "Hours": {"number": {}}})
    row = api.row(source, {"Hours": {"number": 3}})
    spelled = source["properties"]["Hours"]["id"]

    renamed = patch(source, {spelled: {"name": "Effort"}})
    shown = api.call("PATCH", f"/pages/{row['id']}", {"properties": {}})["properties"]
    api.call("PATCH", f"/pages/{row['id']}", {"properties": {spelled: {"number": 4}}})
    api.call("PATCH", f"/pages/{row['id']}", {"properties": {unquote(spelled): {"number": 5}}})

    assert renamed["properties"]["Effort"]["id"] == spelled
    assert shown["Effort"]["number"] == 3
    assert api.call("GET", f"/pages/{row['id']}")["properties"]["Effort"]["number"] == 5


def test_a_column_made_again_has_a_new_id_and_no_values(api, patch):
    """Deleting and adding the same name is another column."""
    source = api.table({"Name": {"title": {}}, "Hours": {"number": {}}})
    row = api.row(source, {"Hours": {"number": 3}})

    gone = patch(source, {"Hours": None})
    again = patch(source, {"Hours": {"number": {}}})

    assert "Hours" not in gone["properties"]
    assert again["properties"]["Hours"]["id"] != source["properties"]["Hours"]["id"]
    assert api.call("GET", f"/pages/{row['id']}")["properties"]["Hours"]["number"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"Name": None},
        {"Name": {"rich_text": {}}},
        {"Hours": {"title": {}}},
        {"Other": {"title": {}}},
        {"Nobody": None},
        {"Nobody": {"name": "x"}},
        {"Hours": {"name": "Name"}},
        {"Hours": {"type": "nonsense"}},
        {"Hours": {"number": {"format": "florin"}}},
        {"R": {"relation": {"data_source_id": "x", "single_property": {}}}},
        {"F": {"formula": {"expression": "1 + 1"}}},
        {"P": {"people": {}}},
    ],
    ids=str,
)
def test_impossible_schema_changes_are_refused(api, refuse_patch, change):
    """What cannot be done to a column is a 400, and nothing changes."""
    source = api.table({"Name": {"title": {}}, "Hours": {"number": {}}})

    refuse_patch(source, change)

    after = api.call("GET", f"/data_sources/{source['id']}")
    assert after["properties"] == source["properties"]


TYPES = {
    "rich_text": {}, "number": {}, "select": {}, "multi_select": {}, "status": {}, "date": {},
    "checkbox": {}, "url": {},
}  # fmt: skip


def test_a_column_of_another_type_starts_empty(api, patch, as_text):
    """It keeps its id and its name; the values of the former type are gone for good."""
    source = api.table({"Name": {"title": {}}, "Hours": {"rich_text": {}}})
    row = api.row(source, {"Hours": {"rich_text": as_text("3")}})

    numbers = patch(source, {"Hours": {"number": {}}})
    between = api.call("GET", f"/pages/{row['id']}")["properties"]["Hours"]["number"]
    patch(source, {"Hours": {"rich_text": {}}})

    assert numbers["properties"]["Hours"]["id"] == source["properties"]["Hours"]["id"]
    assert between is None
    assert api.call("GET", f"/pages/{row['id']}")["properties"]["Hours"]["rich_text"] == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (2.5, "2.5"), (1e22, "10000000000000000000000"), (0, "0")],
)
def test_a_number_becomes_the_text_it_shows(api, patch, value, text):
    """A whole number has no point when its column becomes a text."""
    source = api.table({"Name": {"title": {}}, "X": {"number": {}}})
    row = api.row(source, {"X": {"number": value}})

    patch(source, {"X": {"rich_text": {}}})

    shown = api.call("GET", f"/pages/{row['id']}")["properties"]["X"]["rich_text"]
    assert [run["plain_text"] for run in shown] == [text]


@pytest.mark.parametrize("after", TYPES)
@pytest.mark.parametrize("before", [kind for kind in TYPES if kind not in ("status", "checkbox")])
def test_what_was_cleared_stays_empty_in_another_type(api, patch, before, after):
    """A value that was set and cleared is none after a change of type either, never a word."""
    source = api.table({"Name": {"title": {}}, "X": {before: {}}})
    fresh = api.row(source)
    row = api.row(source)
    empty = fresh["properties"]["X"][before]
    api.call("PATCH", f"/pages/{row['id']}", {"properties": {"X": {before: empty}}})

    patch(source, {"X": {after: {}}})

    shown = [api.call("GET", f"/pages/{r['id']}")["properties"]["X"] for r in (fresh, row)]
    assert shown[0] == shown[1]


def test_a_schema_may_not_grow_beyond_50_kilobytes(api, refuse_patch):
    """The refusal names the largest column."""
    source = api.table({"Name": {"title": {}}})
    options = [{"name": f"{n}", "description": "d" * 600} for n in range(100)]

    message = refuse_patch(source, {"Level": {"select": {"options": options}}})

    assert "The largest property is Level" in message


def test_schema_changes_move_the_edit_time_of_the_data_source_alone(api, patch):
    """The data source notes the minute of the change; rows and database do not."""
    source = api.table({"Name": {"title": {}}})
    row = api.row(source)
    api.wait(minutes=5)

    after = patch(source, {"Hours": {"number": {}}})

    assert source["last_edited_time"] == "2026-11-05T10:30:00.000Z"
    assert after["last_edited_time"] == "2026-11-05T10:35:00.000Z"
    shown = api.call("GET", f"/pages/{row['id']}")
    assert shown["last_edited_time"] == "2026-11-05T10:30:00.000Z"


def test_a_second_data_source_has_its_own_title_schema_and_view(api, as_text):
    """A database may hold several tables."""
    source = api.table({"Name": {"title": {}}})
    database_id = source["parent"]["database_id"]

    second = api.call(
        "POST",
        "/data_sources",
        {
            "parent": {"type": "database_id", "database_id": database_id},
            "title": as_text("Second"),
            "properties": {"Title": {"title": {}}},
        },
    )

    database = api.call("GET", f"/databases/{database_id}")
    assert [entry["name"] for entry in database["data_sources"]] == ["Skills", "Second"]
    assert list(second["properties"]) == ["Title"]
    assert len(api.call("GET", f"/views?database_id={database_id}")["results"]) == 2
    parent = {"type": "database_id", "database_id": database_id}
    api.refuse("POST", "/pages", {"parent": parent, "properties": {}})


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"hologram": {}}, "body.properties.Hours.hologram should be not present"),
        ({"number": {}, "date": {}}, "body.properties.Hours.date should be not present"),
        ({"type": "date", "number": {}}, "body.properties.Hours.number should be not present"),
        ({"type": "hologram"}, "body.properties.Hours.type should be"),
    ],
)
def test_a_definition_has_one_type_that_is_known(api, refuse_patch, definition, message):
    """A typo in the type of a column is refused, not taken for a change of nothing."""
    source = api.table({"Name": {"title": {}}, "Hours": {"number": {}}})

    assert message in refuse_patch(source, {"Hours": definition})
