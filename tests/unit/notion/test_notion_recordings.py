"""Decoding of what the real API answered, where the recordings are at hand."""

import json
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest

from tracker.adapters.notion.codec import Layout, decode_row, is_partial, properties_by_id
from tracker.adapters.notion.columns import Column, Option, decode_schema
from tracker.adapters.notion.databases import age_of, find_sources
from tracker.adapters.notion.ids import normal_id
from tracker.adapters.notion.rich_text import decode_text
from tracker.adapters.notion.schema import are_grouped, decode_status
from tracker.adapters.notion.views import find_kinds, is_untouched
from tracker.roadmap.model import Status
from tracker.sync.model import EMPTY_NAME
from tracker.sync.records import Field
from tracker.sync.target import DatabaseTarget

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
    """All columns of all real schemas are found, whatever their types, with options and descriptions."""
    for answer in answers("data_source"):
        schema = decode_schema(answer)
        columns = {column.key: column for column in schema.columns.values()}

        assert schema.data_source_id == answer["id"]
        assert schema.database_id == answer["parent"]["database_id"]
        assert schema.title == "".join(run["plain_text"] for run in answer["title"])
        assert schema.times == (answer["created_time"], answer["last_edited_time"])
        assert schema.is_trashed == answer["in_trash"]
        assert columns.keys() == {value["id"] for value in answer["properties"].values()}
        for name, shown in answer["properties"].items():
            column, config = columns[shown["id"]], shown[shown["type"]]
            assert (column.name, column.type) == (name, shown["type"])
            assert column.description == (shown["description"] or "")
            assert [(option.id, option.name) for option in column.options] == [
                (option["id"], option["name"]) for option in config.get("options", ())
            ]
            assert column.groups == tuple(group["name"] for group in config.get("groups", ()))
            assert column.related == config.get("data_source_id", "")


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


def plain(items):
    return "".join(item["plain_text"] for item in items).rstrip() or None


FIELDS = {
    "title": (Field.NAME, plain),
    "rich_text": (Field.NOTES, plain),
    "number": (Field.ORDER, lambda it: it),
    "select": (Field.LEVEL, lambda it: it and it["name"]),
    "multi_select": (Field.TAGS, lambda it: {option["name"] for option in it}),
    "date": (Field.STARTED, lambda it: it and date.fromisoformat(it["start"][:10])),
    "url": (Field.EVIDENCE, lambda it: it),
    "relation": (Field.REQUIRES, lambda it: {page["id"] for page in it}),
    "status": (Field.STATUS, lambda _: Status.DONE),
    "checkbox": (Field.STATUS, lambda it: Status.DONE if it else Status.TODO),
}
"""A field that a column of each type may serve, and what a value says of it."""


def decode_value(page, shown):
    """Decode one property of a page, whose option means done; return why it is held, and the value."""
    which, kind = FIELDS[shown["type"]][0], shown["type"]
    option = shown[kind]["name"] if kind == "status" else ""
    column = Column("", "", "", kind, (Option("", option, group="Complete"),), ("Complete",))
    target = DatabaseTarget("", "", {which: unquote(shown["id"])}, types={which: kind})
    row = decode_row(page, properties_by_id(page), Layout(target, column))
    beside = {Field.ORDER: row.order, Field.REQUIRES: row.requires}
    assert (row.page_id, row.created_at) == (page["id"], page["created_time"])
    return row.held.get(which), beside[which] if which in beside else row.record.get(which)


def test_every_value_of_every_recorded_page_is_decoded():
    """It is what the row shows, or held with a reason where it cannot be; it is never another one."""
    held = set()
    for page in answers("page"):
        for shown in page["properties"].values():
            if shown["type"] in FIELDS:
                why, value = decode_value(page, shown)
                held.add(why)
                assert why or value == FIELDS[shown["type"]][1](shown[shown["type"]])

    assert held == {None, EMPTY_NAME, "the row shows only a part of it"}


def test_every_recorded_database_is_decoded():
    """Its data sources are found, and it can be told which of two is older."""
    for answer in answers("database"):
        assert find_sources(answer) == [source["id"] for source in answer["data_sources"]]
        assert age_of(answer) == (answer["created_time"], answer["id"])


def test_every_recorded_view_is_known_again():
    """Each is of the kind that looks like it; and only the view of a new database is untouched."""
    # Lists and deletions show an id and little else.
    views = [view for view in answers("view") if "name" in view]

    for view in views:
        assert find_kinds({"kind": view}, {view["id"]: view}) == {"kind": view["id"]}
        assert is_untouched(view) == (view["name"] == "Default view")
    assert views


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
