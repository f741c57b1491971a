"""Decoding of what the real API answered, where the recordings are at hand."""

import json
from pathlib import Path

import pytest

from tracker.adapters.notion.codec import is_partial, properties_by_id
from tracker.adapters.notion.ids import normal_id
from tracker.adapters.notion.rich_text import decode_text
from tracker.adapters.notion.schema import are_grouped, decode_schema, decode_status
from tracker.roadmap.model import Status

FOLDER = next(
    (
        folder / "shared" / "recordings"
        for folder in Path(__file__).resolve().parents
        if (folder / "shared" / "recordings").is_dir()
    ),
    None,
)
pytestmark = pytest.mark.skipif(FOLDER is None, reason="no recordings beside this checkout")


def exchanges(name):
    assert FOLDER is not None
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def answers(kind):
    assert FOLDER is not None
    for path in sorted(FOLDER.glob("*.json")):
        for exchange in json.loads(path.read_text(encoding="utf-8")):
            answer = exchange["response"]
            if isinstance(answer, dict) and answer.get("object") == kind:
                yield answer
            if isinstance(answer, dict) and answer.get("object") == "list":
                yield from (entry for entry in answer["results"] if entry.get("object") == kind)


def test_every_recorded_data_source_is_decoded():
    """All columns of all real schemas are found, whatever their types."""
    for answer in answers("data_source"):
        schema = decode_schema(answer)

        assert schema.data_source_id == answer["id"]
        assert schema.database_id == answer["parent"]["database_id"]
        assert {column.key for column in schema.columns.values()} == {
            value["id"] for value in answer["properties"].values()
        }
        assert schema.is_trashed == answer["in_trash"]


def test_recorded_relations_point_where_they_should():
    """A relation of a database to itself names its own data source."""
    last = exchanges("self_ref_relation")[-1]["response"]

    schema = decode_schema(last)
    relation = schema.find("Relation", "relation")

    assert relation is not None
    assert relation.related == schema.data_source_id


def test_recorded_status_groups_are_understood():
    """A status made without groups has all its options in the first group, and that is noticed."""
    schemas = [decode_schema(answer) for answer in answers("data_source")]
    columns = [column for schema in schemas for column in schema.columns.values()]
    statuses = [column for column in columns if column.type == "status" and column.options]

    assert statuses
    for column in statuses:
        meanings = {decode_status(column, {}, {"id": option.id}) for option in column.options}
        assert meanings <= {*Status}
        assert not are_grouped(column)


def test_every_recorded_page_is_keyed_by_its_property_ids():
    """No property of a real row is lost when it is keyed by unquoted id."""
    for answer in answers("page"):
        found = properties_by_id(answer)

        assert len(found) == len(answer["properties"])
        assert normal_id(answer["id"].replace("-", "")) == answer["id"]


def test_recorded_texts_are_their_plain_text():
    """The text of every real title is the concatenation of its plain texts."""
    for answer in answers("page"):
        for value in answer["properties"].values():
            if value["type"] in {"title", "rich_text"}:
                items = value[value["type"]]
                plain = "".join(item["plain_text"] for item in items).rstrip()
                assert decode_text(items) == (plain or None)


def test_a_recorded_relation_of_thirty_is_seen_to_be_cut_off():
    """The page shows 25 of 30 relations and says so; the property shows them all."""
    recorded = exchanges("more_than_max_refs_per_relation_property")
    pages = [answer["response"] for answer in recorded if answer["path"].startswith("/v1/pages")]
    partial = [
        found
        for answer in pages
        if answer.get("object") == "page"
        for found in answer["properties"].values()
        if is_partial(found)
    ]

    assert partial
    assert all(len(found["relation"]) == 25 for found in partial)
