"""The official Python client works against the built-in workspace over loopback."""

from __future__ import annotations

import logging
import threading

import pytest
from notion_client import APIResponseError, Client
from werkzeug.serving import make_server

from tracker.workspace.app import make_app
from tracker.workspace.protocol import ROOT_PAGE_ID

SCHEMA = {
    "Skill": {"title": {}},
    "Status": {"status": {}},
    "Hours": {"number": {}},
    "Started": {"date": {}},
}


@pytest.fixture
def address(tmp_path):
    app = make_app(tmp_path / "workspace.db", token="secret")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["workspace"].close()


@pytest.fixture(autouse=True)
def _quiet():
    logger = logging.getLogger("werkzeug")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


def connect(address, token="secret"):
    """Return the official client, pointed at the workspace."""
    return Client(
        auth=token,
        base_url=address,
        notion_version="2026-03-11",
        retry=False,
        logger=logging.getLogger("test-notion-client"),
    )


@pytest.fixture
def client(address):
    made = connect(address)
    yield made
    made.close()


@pytest.fixture
def source(client):
    made = client.databases.create(
        parent={"type": "page_id", "page_id": ROOT_PAGE_ID},
        title=[{"type": "text", "text": {"content": "Skills"}}],
        initial_data_source={"properties": SCHEMA},
    )
    return client.data_sources.retrieve(data_source_id=made["data_sources"][0]["id"])


def add(client, source, name, status="Not started", hours=1):
    """Make a row."""
    return client.pages.create(
        parent={"type": "data_source_id", "data_source_id": source["id"]},
        properties={
            "Skill": {"title": [{"text": {"content": name}}]},
            "Status": {"status": {"name": status}},
            "Hours": {"number": hours},
        },
    )


def test_the_client_can_tell_who_it_is(client):
    """users.me, users.list and users.retrieve answer with users."""
    me = client.users.me()

    assert me["type"] == "bot"
    assert me["id"] in [user["id"] for user in client.users.list()["results"]]
    assert client.users.retrieve(user_id=me["id"])["name"] == me["name"]


def test_a_row_lives_through_create_read_update_and_trash(client, source):
    """Every page call of the client does what it says."""
    made = add(client, source, "kNN")

    changed = client.pages.update(
        page_id=made["id"], properties={"Started": {"date": {"start": "2026-11-01"}}}
    )
    trashed = client.pages.update(page_id=made["id"], in_trash=True)

    assert changed["properties"]["Started"]["date"]["start"] == "2026-11-01"
    assert trashed["in_trash"]
    assert client.pages.retrieve(page_id=made["id"])["in_trash"]
    assert client.data_sources.query(data_source_id=source["id"])["results"] == []


def test_a_query_filters_and_sorts(client, source):
    """Filters and sorts of the client reach the rows."""
    for name, status, hours in [("a", "Done", 3), ("b", "Done", 5), ("c", "In progress", 9)]:
        add(client, source, name, status, hours)

    found = client.data_sources.query(
        data_source_id=source["id"],
        filter={"property": "Status", "status": {"equals": "Done"}},
        sorts=[{"property": "Hours", "direction": "descending"}],
    )

    assert [page["properties"]["Hours"]["number"] for page in found["results"]] == [5, 3]


def test_pages_of_results_follow_the_cursor(client, source):
    """The client walks a query page by page to the end, each row once."""
    for index in range(7):
        add(client, source, f"skill {index}")

    seen, cursor = [], None
    while True:
        options = {"start_cursor": cursor} if cursor else {}
        answer = client.data_sources.query(data_source_id=source["id"], page_size=3, **options)
        seen += [page["id"] for page in answer["results"]]
        cursor = answer["next_cursor"]
        if not answer["has_more"]:
            break

    assert len(seen) == len(set(seen)) == 7


def test_blocks_markdown_views_and_search_are_reached(client, source):
    """The other endpoints of the client answer as well."""
    page = client.pages.create(
        parent={"type": "page_id", "page_id": ROOT_PAGE_ID},
        properties={"title": [{"text": {"content": "Progress"}}]},
        children=[{"paragraph": {"rich_text": [{"text": {"content": "40 %"}}]}}],
    )

    children = client.blocks.children.list(block_id=page["id"])["results"]
    views = client.views.list(database_id=source["parent"]["database_id"])["results"]

    assert children[0]["paragraph"]["rich_text"][0]["plain_text"] == "40 %"
    assert client.pages.retrieve_markdown(page_id=page["id"])["markdown"] == "40 %"
    assert len(views) == 1
    assert [hit["id"] for hit in client.search(query="progr")["results"]] == [page["id"]]


def test_errors_arrive_as_the_clients_own_exceptions(client, source, address):
    """A missing page, a wrong value and a wrong token carry Notion's codes."""
    stranger = connect(address, "wrong")

    with pytest.raises(APIResponseError) as missing:
        client.pages.retrieve(page_id="3f2b8c11-9d54-4e7a-a6b0-5c1d7e8f9a20")
    with pytest.raises(APIResponseError) as invalid:
        add(client, source, "kNN", status="Perhaps")
    with pytest.raises(APIResponseError) as denied:
        stranger.users.me()
    stranger.close()

    assert (missing.value.code, missing.value.status) == ("object_not_found", 404)
    assert (invalid.value.code, invalid.value.status) == ("validation_error", 400)
    assert (denied.value.code, denied.value.status) == ("unauthorized", 401)
