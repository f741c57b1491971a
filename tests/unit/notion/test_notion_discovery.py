import pytest
from notion_fakes import DATABASE_ID, ScriptedSender, make_gateway

from tracker.adapters.notion.discovery import Wanted, find_schema
from tracker.errors import RemoteError

PAGE_ID = "33333333-2222-4333-8444-555555555555"
BLOCK = {"object": "block", "id": DATABASE_ID, "type": "child_database", "has_children": False}
MARKER = {"plain_text": "Kept equal with roadmaps/ds.yaml by tracker."}


@pytest.mark.guarantee("G4")
@pytest.mark.parametrize(
    "database",
    [
        {"description": ["Kept equal"]},
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
        find_schema(make_gateway(sender), PAGE_ID, Wanted("ds", "Data science"))

    assert caught.value.problems[0].code == "answer-not-understood"


def test_a_parent_page_in_the_trash_is_to_be_restored():
    """Sharing would not help a page that lies in the trash."""
    sender = ScriptedSender({"object": "page", "id": PAGE_ID, "in_trash": True})

    with pytest.raises(RemoteError) as caught:
        find_schema(make_gateway(sender), PAGE_ID, Wanted("ds", "Data science"))

    assert caught.value.problems[0].next == "restore it in Notion, then tracker sync"
