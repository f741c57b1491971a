from __future__ import annotations

import pytest

from tracker.workspace.protocol import ROOT_PAGE_ID

NOBODY = "3f2b8c11-9d54-4e7a-a6b0-5c1d7e8f9a20"
ARCHIVED = "Can't edit block that is archived. You must unarchive the block before editing."
ANCESTOR = (
    "Can't edit page on block with an archived ancestor. "
    "You must unarchive the ancestor before editing page."
)


@pytest.fixture
def source(api):
    return api.table({"Name": {"title": {}}, "Hours": {"number": {}}})


@pytest.fixture
def page(api, as_text):
    """Make a page below Home."""
    body = {"parent": {"page_id": ROOT_PAGE_ID}, "properties": {"title": as_text("Progress: 1")}}
    return api.call("POST", "/pages", body)


def test_home_is_always_there(api):
    """The root page stands below the workspace and is called Home."""
    home = api.call("GET", f"/pages/{ROOT_PAGE_ID}")

    assert home["parent"] == {"type": "workspace", "workspace": True}
    assert home["properties"]["title"]["title"][0]["plain_text"] == "Home"


def test_a_page_names_itself_in_its_address(page):
    """The address is the host, a slug of the title and the id."""
    digits = page["id"].replace("-", "")

    assert page["url"] == f"http://localhost/p/Progress-1-{digits}"


def test_a_row_names_its_data_source_and_its_database(api, source):
    """A row's parent carries both ids, whichever was given."""
    database_id = source["parent"]["database_id"]
    expected = {
        "type": "data_source_id",
        "data_source_id": source["id"],
        "database_id": database_id,
    }

    by_database = api.call("POST", "/pages", {"parent": {"database_id": database_id}})

    assert by_database["parent"] == api.row(source)["parent"] == expected


def test_ids_are_taken_with_or_without_dashes(api, page):
    """Responses are dashed, requests need not be."""
    bare = page["id"].replace("-", "").upper()

    assert api.call("GET", f"/pages/{bare}")["id"] == page["id"]


@pytest.mark.parametrize("wrong", ["x", "12345678-1234-1234-1234-123456789abc", "1" * 33])
def test_what_is_no_uuid_is_refused(api, wrong):
    """A malformed id is 400 and names the place."""
    error = api.refuse("GET", f"/pages/{wrong}")

    assert error["message"] == (
        f'path failed validation: path.page_id should be a valid uuid, instead was `"{wrong}"`.'
    )


@pytest.mark.parametrize("unknown", [NOBODY, "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("kind", ["page", "database", "data_source", "block", "view", "user"])
def test_unknown_ids_are_not_found(api, kind, unknown):
    """An id nobody has, the nil uuid included, is 404 in Notion's words."""
    error = api.refuse("GET", f"/{kind}s/{unknown}", status=404)

    assert error["code"] == "object_not_found"
    assert error["message"].startswith(f"Could not find {kind} with ID: {unknown}. Make sure the")


def test_a_trashed_page_can_be_read_and_restored(api, source):
    """The trash keeps the page as it was."""
    row = api.row(source, {"Hours": {"number": 2}})

    trashed = api.call("PATCH", f"/pages/{row['id']}", {"in_trash": True})
    seen = api.call("GET", f"/pages/{row['id']}")
    restored = api.call("PATCH", f"/pages/{row['id']}", {"in_trash": False})

    assert trashed["in_trash"]
    assert seen["in_trash"]
    assert not restored["in_trash"]
    assert restored["properties"]["Hours"]["number"] == 2


@pytest.mark.parametrize(
    "body", [{"in_trash": True}, {"properties": {"Hours": {"number": 1}}}, {"icon": None}], ids=str
)
def test_a_trashed_page_cannot_be_edited(api, source, body):
    """Neither edited nor trashed again: the documented 400."""
    row = api.row(source)
    api.call("PATCH", f"/pages/{row['id']}", {"in_trash": True})

    assert api.refuse("PATCH", f"/pages/{row['id']}", body)["message"] == ARCHIVED


def test_restore_and_edit_go_together(api, source):
    """One PATCH may restore a row and write to it."""
    row = api.row(source)
    api.call("PATCH", f"/pages/{row['id']}", {"in_trash": True})

    body = {"in_trash": False, "properties": {"Hours": {"number": 8}}}
    after = api.call("PATCH", f"/pages/{row['id']}", body)

    assert (after["in_trash"], after["properties"]["Hours"]["number"]) == (False, 8)


@pytest.mark.parametrize("ancestor", ["database", "data source", "page above"])
def test_rows_below_the_trash_count_as_trashed(api, as_text, ancestor):
    """Whatever ancestor is in the trash, its rows say so and refuse edits; restoring heals."""
    above = api.call("POST", "/pages", {"parent": {"page_id": ROOT_PAGE_ID}})
    database = api.call("POST", "/databases", {"parent": {"page_id": above["id"]}})
    source_id = database["data_sources"][0]["id"]
    row = api.call("POST", "/pages", {"parent": {"data_source_id": source_id}})
    target = {
        "database": f"/databases/{database['id']}",
        "data source": f"/data_sources/{source_id}",
        "page above": f"/pages/{above['id']}",
    }[ancestor]

    api.call("PATCH", target, {"in_trash": True})
    seen = api.call("GET", f"/pages/{row['id']}")
    write = api.refuse("PATCH", f"/pages/{row['id']}", {"properties": {"Name": {"title": []}}})
    trash = api.refuse("PATCH", f"/pages/{row['id']}", {"in_trash": True})
    create = api.refuse("POST", "/pages", {"parent": {"data_source_id": source_id}})
    api.call("PATCH", target, {"in_trash": False})

    assert seen["in_trash"]
    assert write["message"] == trash["message"] == create["message"] == ANCESTOR
    assert not api.call("GET", f"/pages/{row['id']}")["in_trash"]


def test_an_archived_page_is_not_a_trashed_one(api, source):
    """is_archived is a state of its own."""
    row = api.row(source)

    after = api.call("PATCH", f"/pages/{row['id']}", {"is_archived": True})

    assert (after["is_archived"], after["in_trash"]) == (True, False)


def test_icons_covers_and_locks_are_kept(api, page):
    """Icon, cover and lock change together and are cleared with null."""
    cover = {"external": {"url": "https://a.example/c.png"}}
    body = {"icon": {"emoji": "🛴"}, "cover": cover, "is_locked": True}

    set_ = api.call("PATCH", f"/pages/{page['id']}", body)
    cleared = api.call("PATCH", f"/pages/{page['id']}", {"icon": None, "cover": None})

    assert set_["icon"] == {"type": "emoji", "emoji": "🛴"}
    assert set_["cover"] == {"type": "external", **cover}
    assert set_["is_locked"]
    assert cleared["icon"] is cleared["cover"] is None


def test_the_former_key_for_trash_belongs_to_the_former_version(api, source):
    """`archived` works as an alias and is shown only by versions before 2026-03-11."""
    row = api.row(source)
    old = {"Notion-Version": "2025-09-03"}

    trashed = api.call("PATCH", f"/pages/{row['id']}", {"archived": True}, headers=old)
    now = api.call("GET", f"/pages/{row['id']}")

    assert trashed["archived"] is trashed["in_trash"] is True
    assert "archived" not in now


def test_the_present_version_does_not_know_archived(api, source):
    """Since 2026-03-11 a body with `archived` is refused."""
    row = api.row(source)

    error = api.refuse("PATCH", f"/pages/{row['id']}", {"archived": True})

    assert "body.archived should be not present" in error["message"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "body.parent should be defined, instead was `undefined`"),
        ({"parent": {}}, "body.parent.type should be"),
        ({"parent": {"page_id": "x"}}, "body.parent.page_id should be a valid uuid"),
        ({"parent": {"page_id": ROOT_PAGE_ID}, "colour": 1}, "body.colour should be not present"),
        ({"parent": {"page_id": ROOT_PAGE_ID}, "properties": []}, "should be an object"),
        ({"parent": {"page_id": ROOT_PAGE_ID}, "icon": {"emoji": 5}}, "should be a string"),
        ({"parent": {"page_id": ROOT_PAGE_ID}, "icon": {"emoji": "A"}}, "should be an emoji"),
        ({"parent": {"page_id": ROOT_PAGE_ID}, "icon": {"emoji": "🌱🌳"}}, "should be an emoji"),
        (
            {"parent": {"page_id": ROOT_PAGE_ID}, "properties": {"Hours": {"number": 1}}},
            "Hours is not a property that exists.",
        ),
        (
            {"parent": {"page_id": ROOT_PAGE_ID}, "children": [], "markdown": "x"},
            "body.markdown should be not present",
        ),
    ],
    ids=str,
)
def test_impossible_pages_are_refused(api, body, message):
    """A wrong create names the place and leaves nothing behind."""
    error = api.refuse("POST", "/pages", body)

    assert message in error["message"]
    assert api.call("GET", f"/blocks/{ROOT_PAGE_ID}/children")["results"] == []


def test_one_value_comes_as_a_property_item(api, source, as_text):
    """Single values come alone, texts as a list of their runs; an unknown column is refused."""
    row = api.row(source, {"Name": {"title": as_text("kNN")}, "Hours": {"number": 2}})
    base = f"/pages/{row['id']}/properties"

    hours = api.call("GET", f"{base}/{source['properties']['Hours']['id']}")
    name = api.call("GET", f"{base}/title")

    assert (hours["object"], hours["type"], hours["number"]) == ("property_item", "number", 2)
    assert name["results"][0]["title"]["plain_text"] == "kNN"
    assert name["property_item"]["type"] == "title"
    api.refuse("GET", f"{base}/nobody")
