import pytest
from notion_fakes import DATABASE_ID, ScriptedSender, make_gateway

from tracker.adapters.notion.discovery import WantedDatabase, find_schema
from tracker.errors import RemoteError

PAGE_ID = "33333333-2222-4333-8444-555555555555"
BLOCK = {"object": "block", "id": DATABASE_ID, "type": "child_database", "has_children": False}
MARKER = {"plain_text": "Kept equal with roadmaps/ds.yaml by tracker."}


@pytest.mark.guarantee("G4")
@pytest.mark.parametrize(
    "database",
    [
        {"description": ["Kept equal"]},
        {"description": ""},
        {"description": {}},
        {"description": [{}]},
        {"title": [{"plain_text": 5}]},
        {"description": [MARKER], "data_sources": None},
        {"description": [MARKER], "data_sources": [{"name": "no id"}]},
    ],
)
def test_a_database_that_cannot_be_read_is_not_overlooked(database):
    """What would lead to a second database for the same roadmap ends the run instead."""
    sender = ScriptedSender(
        {"object": "page", "id": PAGE_ID},
        {"object": "list", "results": [BLOCK], "has_more": False},
        {"object": "database", "id": DATABASE_ID} | database,
    )

    with pytest.raises(RemoteError) as caught:
        find_schema(make_gateway(sender), PAGE_ID, WantedDatabase("ds", "Data science"))

    assert caught.value.problems[0].code == "answer-not-understood"


def test_a_parent_page_in_the_trash_is_to_be_restored():
    """Sharing would not help a page that lies in the trash."""
    sender = ScriptedSender({"object": "page", "id": PAGE_ID, "in_trash": True})

    with pytest.raises(RemoteError) as caught:
        find_schema(make_gateway(sender), PAGE_ID, WantedDatabase("ds", "Data science"))

    assert caught.value.problems[0].next == "restore it in Notion, then tracker sync"


def block(number, **more):
    """Make a block of a page that holds other blocks."""
    block_id = f"{number:08x}-2222-4333-8444-555555555555"
    return {"object": "block", "id": block_id, "type": "toggle", "has_children": True} | more


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(lambda _: block(1), id="a block within itself"),
        pytest.param(lambda count: block(1 + count % 2), id="two blocks within each other"),
        pytest.param(block, id="blocks without an end"),
        pytest.param(
            lambda _: BLOCK | {"parent": {"type": "page_id", "page_id": DATABASE_ID}},
            id="blocks of another page",
        ),
    ],
)
def test_a_page_is_looked_into_as_far_as_it_goes(shown):
    """Blocks in circles, on and on, or of another page end the run, and no second database is made."""
    asked = []

    def answer(_method, path, _body, _query):
        if path.startswith("pages/"):
            return {"object": "page", "id": PAGE_ID}
        asked.append(path)
        return {"object": "list", "results": [shown(len(asked))], "has_more": False}

    with pytest.raises(RemoteError) as caught:
        find_schema(
            make_gateway(ScriptedSender(answer)), PAGE_ID, WantedDatabase("ds", "Data science")
        )

    assert caught.value.problems[0].code == "incomplete-listing"
    assert len(asked) < 100
