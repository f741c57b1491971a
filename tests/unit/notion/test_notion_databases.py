import pytest
from notion_fakes import DATABASE_ID, ScriptedSender, data_source, failed, make_gateway

from tracker.adapters.notion.columns import decode_schema
from tracker.adapters.notion.databases import WantedDatabase, find_schema
from tracker.adapters.notion.making import DatabaseMaker
from tracker.errors import RemoteError
from tracker.sync.records import Field

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


def schema_with_back(name):
    """Return a schema whose relation has a column back of this name."""
    source = data_source()
    source["properties"]["Requires"]["relation"]["dual_property"] = {"synced_property_id": "back"}
    source["properties"][name] = {"id": "back", "type": "relation", "relation": {}}
    return decode_schema(source)


@pytest.mark.parametrize(
    ("name", "is_named"),
    [
        pytest.param("Unlocks", True, id="as it shall be"),
        pytest.param("What it opens", True, id="as the learner likes it"),
        pytest.param("Related to Path (Requires)", False, id="as the server made it"),
    ],
)
def test_a_column_back_without_a_name_of_its_own_is_seen(name, is_named):
    """A run that died before it named the column back left a database that is not finished."""
    maker = DatabaseMaker(make_gateway(ScriptedSender()), "parent")

    assert maker.is_back_named(schema_with_back(name)) is is_named


def test_a_schema_without_a_relation_has_nothing_to_name():
    """Where there is no column back, its name is not missing."""
    maker = DatabaseMaker(make_gateway(ScriptedSender()), "parent")

    assert maker.is_back_named(decode_schema(data_source(**{Field.REQUIRES.value: None})))


def test_a_database_without_a_data_source_is_told():
    """A server that makes a database and nothing in it is no place for a roadmap."""
    empty = {"object": "database", "id": "11111111-2222-4333-8444-555555555555"}
    maker = DatabaseMaker(make_gateway(ScriptedSender(empty | {"data_sources": []})), "parent")

    with pytest.raises(RemoteError) as caught:
        maker.make("path", "Path", (), lambda: None)

    assert caught.value.problems[0].code == "database-without-source"


REFUSED = failed(400, "validation_error", "words that nobody may rely on")
MADE = {
    "object": "database",
    "id": "11111111-2222-4333-8444-555555555555",
    "data_sources": [{"id": "22222222-2222-4333-8444-555555555555", "name": "Path"}],
}


def test_a_refused_status_column_is_seen_from_a_request_without_one():
    """The words of a refusal decide nothing: the column is left out, and what then is made is told."""
    sender = ScriptedSender(REFUSED, MADE, data_source())
    maker = DatabaseMaker(make_gateway(sender), "parent")

    maker.make("path", "Path", (), lambda: None)

    columns = [
        body["initial_data_source"]["properties"]["Status"]
        for _, path, body, _ in sender.asked
        if path == "databases"
    ]
    assert [list(column) for column in columns] == [["status"], ["select"]]
    assert [note.code for note in maker.notes] == ["status-as-select"]


def test_another_refusal_is_told_as_it_was():
    """Where a database without the status column is refused as well, the column is not to blame."""
    sender = ScriptedSender(REFUSED)
    maker = DatabaseMaker(make_gateway(sender), "parent")

    with pytest.raises(RemoteError) as caught:
        maker.make("path", "Path", (), lambda: None)

    assert len(sender.asked) == 2
    assert caught.value.problems[0].code == "notion-rejected"
    assert maker.notes == []
