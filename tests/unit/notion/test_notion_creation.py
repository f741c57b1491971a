"""Promises about making a database, and about finishing one that was left half made."""

import pytest
from notion_fakes import ScriptedSender, data_source, failed, make_gateway

from tracker.adapters.notion.creation import DatabaseMaker
from tracker.adapters.notion.schema import decode_schema
from tracker.errors import RemoteError
from tracker.sync.snapshot import Field


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
