from __future__ import annotations

import pytest

from tracker.workspace.store import Store


def relate(api, source, target=None, *, kind="dual_property", name="Requires"):
    """Add a relation column and return the data source."""
    config = {"data_source_id": (target or source)["id"], "type": kind, kind: {}}
    body = {"properties": {name: {"type": "relation", "relation": config}}}
    return api.call("PATCH", f"/data_sources/{source['id']}", body)


def links(api, page_id, name):
    """Return the ids that a relation of a page shows."""
    shown = api.call("GET", f"/pages/{page_id}")["properties"][name]
    return [item["id"] for item in shown["relation"]]


def refs(*page_ids):
    """Return a relation value."""
    return {"relation": [{"id": page_id} for page_id in page_ids]}


@pytest.fixture
def skills(api):
    source = relate(api, api.table())
    back = source["properties"]["Requires"]["relation"]["dual_property"]["synced_property_id"]
    body = {"properties": {back: {"name": "Unlocks"}}}
    return api.call("PATCH", f"/data_sources/{source['id']}", body)


def test_a_relation_to_itself_names_its_back_property_after_the_database(api):
    """The server makes and names the other column; both know each other."""
    source = relate(api, api.table(title="Path"))

    forward = source["properties"]["Requires"]
    back = source["properties"]["Related to Path (Requires)"]
    assert forward["relation"]["dual_property"] == {
        "synced_property_name": "Related to Path (Requires)",
        "synced_property_id": back["id"],
    }
    assert back["relation"]["dual_property"]["synced_property_id"] == forward["id"]
    assert forward["relation"]["database_id"] == source["parent"]["database_id"]


def test_a_renamed_back_property_is_known_on_the_other_side(skills):
    """The new name shows in the partner's config."""
    config = skills["properties"]["Requires"]["relation"]

    assert config["dual_property"]["synced_property_name"] == "Unlocks"


def test_both_sides_of_a_relation_stay_in_step(api, skills):
    """A write on either side shows on the other; a removal as well."""
    a, b, c = (api.row(skills)["id"] for _ in range(3))

    api.call("PATCH", f"/pages/{a}", {"properties": {"Requires": refs(b, c)}})
    assert links(api, b, "Unlocks") == links(api, c, "Unlocks") == [a]

    api.call("PATCH", f"/pages/{c}", {"properties": {"Unlocks": refs(b)}})
    assert links(api, a, "Requires") == [b]
    assert links(api, b, "Requires") == [c]


def test_the_written_order_is_kept(api, skills):
    """Links come back in the order in which they were written, on either side."""
    hub, *others = (api.row(skills)["id"] for _ in range(4))
    shuffled = [others[2], others[0], others[1]]

    api.call("PATCH", f"/pages/{hub}", {"properties": {"Requires": refs(*shuffled)}})
    assert links(api, hub, "Requires") == shuffled

    api.call("PATCH", f"/pages/{hub}", {"properties": {"Requires": refs(*reversed(shuffled))}})
    assert links(api, hub, "Requires") == shuffled[::-1]


def test_more_than_25_links_are_cut_and_listed_elsewhere(api, skills):
    """A page shows 25 and says so; the property endpoint lists all, page by page."""
    others = [api.row(skills)["id"] for _ in range(30)]
    hub = api.row(skills, {"Requires": refs(*others)})
    shown = hub["properties"]["Requires"]

    first = api.call("GET", f"/pages/{hub['id']}/properties/{shown['id']}?page_size=20")
    cursor = first["next_cursor"]
    rest = api.call("GET", f"/pages/{hub['id']}/properties/{shown['id']}?start_cursor={cursor}")

    assert (len(shown["relation"]), shown["has_more"]) == (25, True)
    assert (first["has_more"], rest["has_more"]) == (True, False)
    listed = [item["relation"]["id"] for item in first["results"] + rest["results"]]
    assert listed == others


def test_a_write_holds_at_most_100_links(api, skills):
    """The 101st link of one write is refused."""
    other = api.row(skills)["id"]
    page = api.row(skills)["id"]

    error = api.refuse(
        "PATCH", f"/pages/{page}", {"properties": {"Requires": refs(*[other] * 101)}}
    )

    assert "relation.length should be ≤ `100`" in error["message"]


def test_links_lead_to_rows_of_the_related_table_only(api, skills):
    """An unknown page is 404, a row of another table is a validation error."""
    page = api.row(skills)["id"]
    stranger = api.row(api.table(title="Other"))["id"]
    nobody = "3f2b8c11-9d54-4e7a-a6b0-5c1d7e8f9a20"

    api.refuse("PATCH", f"/pages/{page}", {"properties": {"Requires": refs(nobody)}}, status=404)
    api.refuse("PATCH", f"/pages/{page}", {"properties": {"Requires": refs(stranger)}})

    assert links(api, page, "Requires") == []


def test_links_to_the_trash_are_hidden_until_it_is_emptied_back(api, skills):
    """A trashed row vanishes from relations and returns with its links when restored."""
    a = api.row(skills)["id"]
    b = api.row(skills, {"Requires": refs(a)})["id"]

    api.call("PATCH", f"/pages/{a}", {"in_trash": True})
    hidden = links(api, b, "Requires")
    api.call("PATCH", f"/pages/{a}", {"in_trash": False})

    assert hidden == []
    assert links(api, b, "Requires") == [a]


def test_removing_one_side_leaves_the_other_as_a_single_relation(api, skills):
    """Deleting a column of a pair loses no link of the other column."""
    a = api.row(skills)["id"]
    b = api.row(skills, {"Requires": refs(a)})["id"]

    after = api.call("PATCH", f"/data_sources/{skills['id']}", {"properties": {"Requires": None}})

    assert after["properties"]["Unlocks"]["relation"]["type"] == "single_property"
    assert links(api, a, "Unlocks") == [b]


def test_links_go_with_the_last_column_that_shows_them(api, skills):
    """A column of the same name that is made later does not find the old links."""
    a = api.row(skills)["id"]
    api.row(skills, {"Requires": refs(a)})

    for name in ("Requires", "Unlocks"):
        api.call("PATCH", f"/data_sources/{skills['id']}", {"properties": {name: None}})
    again = relate(api, skills)

    rows = api.call("POST", f"/data_sources/{again['id']}/query", {})["results"]
    assert [row["properties"]["Requires"]["relation"] for row in rows] == [[], []]


def test_a_relation_between_two_tables_shows_in_both(api):
    """A dual relation adds a column to the target, a single one does not."""
    books, people = api.table(title="Books"), api.table(title="People")

    relate(api, books, people, name="Author")
    relate(api, books, people, kind="single_property", name="Editor")

    target = api.call("GET", f"/data_sources/{people['id']}")["properties"]
    assert sorted(target) == ["Name", "Related to Books (Author)"]


def test_a_relation_keeps_its_kind(api):
    """The same definition again changes nothing; another one is refused, and the links stay."""
    source = relate(api, api.table(), kind="single_property")
    a = api.row(source)["id"]
    b = api.row(source, {"Requires": refs(a)})["id"]
    dual = {"relation": {"data_source_id": source["id"], "dual_property": {}}}

    same = relate(api, source, kind="single_property")
    path = f"/data_sources/{source['id']}"
    refused = api.refuse("PATCH", path, {"properties": {"Requires": dual}})

    assert same["properties"] == source["properties"]
    assert "does not change a relation" in refused["message"]
    assert links(api, b, "Requires") == [a]


def test_relations_can_be_filtered(api, skills):
    """`is_empty` finds the rows that lead nowhere, `is_not_empty` the others."""
    a = api.row(skills)
    b = api.row(skills, {"Requires": refs(a["id"])})

    def found(condition):
        body = {"filter": {"property": "Requires", "relation": condition}}
        return [row["id"] for row in api.query(skills, **body)["results"]]

    assert found({"is_not_empty": True}) == [b["id"]]
    assert found({"is_empty": True}) == [a["id"]]


def test_links_survive_a_restart(make_api, tmp_path):
    """Relations are in the file, not in memory."""
    path = tmp_path / "workspace.db"
    api = make_api(path)
    source = relate(api, api.table())
    a = api.row(source)["id"]
    b = api.row(source, {"Requires": refs(a)})["id"]
    api.store.close()

    assert links(make_api(path), b, "Requires") == [a]


def test_a_store_of_its_own_has_the_home_page():
    """Opening a store makes the page that everything can stand below."""
    store = Store()

    with store.transaction(write=False):
        titles = [head.title for head in store.pages.titles()]
    store.close()

    assert titles == ['["Home"]']
