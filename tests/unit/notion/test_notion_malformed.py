"""Answers that hold nonsense: what cannot be read is held, and never taken for nothing."""

import copy
import json
from contextlib import suppress
from datetime import UTC, date, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notion_fakes import (
    COLUMN_TYPES,
    NAMES,
    ManualTime,
    data_source,
    listing,
    make_target,
    page,
    text_items,
)

from tracker.adapters import snapshot_values
from tracker.adapters.notion.codec import Layout, decode_row, properties_by_id
from tracker.adapters.notion.columns import decode_schema
from tracker.adapters.notion.exchange import Exchange
from tracker.adapters.notion.gateway import Gateway, Timing
from tracker.adapters.notion.remote import make_remote
from tracker.adapters.notion.rows import RowReader
from tracker.adapters.notion.schema import encode_marker
from tracker.errors import TrackerError
from tracker.sync.model import Absence, PageId
from tracker.sync.records import Field, Links

SCHEMA = decode_schema(data_source())
TARGET = make_target()
LAYOUT = Layout(TARGET, SCHEMA.columns[TARGET.properties[Field.STATUS]])
OTHER = "bbbbbbbb-0000-4000-8000-000000000002"
MISSING = PageId("cccccccc-0000-4000-8000-000000000003")
FULL = {
    "name": text_items("Split"),
    "status": {"id": "o-done", "name": "Done"},
    "section": {"id": "s", "name": "Models"},
    "level": {"id": "l", "name": "entry"},
    "goal": text_items("Can split.", ("See", "https://a.org")),
    "hours": 2,
    "started": {"start": "2026-11-01", "end": None, "time_zone": None},
    "completed": {"start": "2026-11-03T10:00:00.000+00:00", "end": None, "time_zone": None},
    "tags": [{"id": "t", "name": "a"}],
    "requires": [{"id": OTHER}],
    "resources": text_items(("CV", "https://a.org"), " · docs"),
    "notes": text_items("One\nTwo"),
    "order": 1000,
    "id": text_items("split"),
}
TEXTS = [which for which, kind in COLUMN_TYPES.items() if kind in {"title", "rich_text"}]
GARBAGE = (None, "", {}, [], 0, 7, True, "x", [None], [{}], [[]], [{"type": "x"}], {"id": 5}, 1e999)


def read(source):
    return decode_row(source, properties_by_id(source), LAYOUT)


def value_of(row, which):
    """Return the decoded value of any field of a row."""
    special = {Field.REQUIRES: row.requires, Field.ORDER: row.order, Field.ID: row.tracker_id}
    return special[which] if which in special else row.record.get(which)


@pytest.mark.parametrize("which", TEXTS)
@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        {},
        0,
        "text",
        [{}],
        [None],
        [""],
        [[]],
        [{"type": "x"}],
        [{"type": "text", "text": {}}],
        [{"type": "text", "text": None, "plain_text": None}],
        [{"type": "text", "text": {"content": "kept"}, "plain_text": ""}],
        [{"type": "mention", "plain_text": ""}],
        [*text_items("half of it"), {}],
    ],
)
def test_a_text_in_another_form_is_held(which, value):
    """A text that cannot be read is not an empty one."""
    row = read(page(**{**FULL, which.value: value}))

    assert list(row.held) == [which]


@pytest.mark.parametrize("which", [which for which in TEXTS if which is not Field.NAME])
@pytest.mark.parametrize("value", [[], text_items(""), text_items("", "")])
def test_an_empty_text_is_read_as_none(which, value):
    """What Notion shows of a text that somebody cleared is empty, and is not held."""
    row = read(page(**{**FULL, which.value: value}))

    assert row.held == {}
    assert value_of(row, which) in {None, Links()}


@pytest.mark.parametrize(
    ("which", "value"),
    [
        (Field.STATUS, {}),
        (Field.STATUS, ""),
        (Field.STATUS, "Done"),
        (Field.STATUS, {"id": None, "name": None}),
        (Field.SECTION, ""),
        (Field.SECTION, []),
        (Field.SECTION, {"id": "s", "name": ""}),
        (Field.LEVEL, {"id": "l", "name": None}),
        (Field.LEVEL, {"id": "l", "name": "  "}),
        (Field.HOURS, "2"),
        (Field.HOURS, ""),
        (Field.HOURS, {}),
        (Field.HOURS, []),
        (Field.HOURS, False),
        (Field.ORDER, "1000"),
        (Field.STARTED, {}),
        (Field.STARTED, ""),
        (Field.STARTED, []),
        (Field.STARTED, "2026-11-01"),
        (Field.STARTED, {"start": "2026-11-01 or so"}),
        (Field.STARTED, {"start": "20261101"}),
        (Field.STARTED, {"start": "2026-W45-1"}),
        (Field.STARTED, {"start": "2026-11-01", "end": {}}),
        (Field.COMPLETED, {"start": "2026-11-03", "end": ""}),
        (Field.EVIDENCE, ["https://a.org"]),
        (Field.EVIDENCE, {"url": "https://a.org"}),
        (Field.TAGS, None),
        (Field.TAGS, ""),
        (Field.TAGS, {}),
        (Field.TAGS, [None]),
        (Field.TAGS, [{"id": "t", "name": "a"}, {}]),
        (Field.TAGS, [{"id": "t", "name": ""}]),
        (Field.REQUIRES, None),
        (Field.REQUIRES, ""),
        (Field.REQUIRES, {}),
        (Field.REQUIRES, [None]),
        (Field.REQUIRES, [{"id": OTHER}, {}]),
        (Field.RESOURCES, [{**text_items(("CV", "https://a.org"))[0], "href": 5}]),
        (Field.RESOURCES, [{"type": "text", "text": {"content": "CV", "link": {}}}]),
        (Field.RESOURCES, text_items(("CV", "a.org"))),
    ],
)
def test_a_value_in_another_form_is_held(which, value):
    """No value that cannot be read is taken for a cleared one, nor is a part of it for the whole."""
    row = read(page(**{**FULL, which.value: value}))

    assert list(row.held) == [which]


@pytest.mark.parametrize("which", list(Field))
def test_a_value_of_another_type_is_held(which):
    """A property that says that it has another type than its column is not read."""
    source = page(**FULL)
    source["properties"][NAMES[which]]["type"] = "files"

    assert list(read(source).held) == [which]


@pytest.mark.parametrize("mark", ["true", 1, {}, [], True])
def test_a_value_that_may_be_a_part_is_held(mark):
    """Prerequisites of which more were announced, in whatever form, are not all of them."""
    source = page(**FULL)
    source["properties"][NAMES[Field.REQUIRES]]["has_more"] = mark

    assert list(read(source).held) == [Field.REQUIRES]


def is_honestly_empty(kind, value):
    """Tell whether a property value is what Notion shows of an empty one."""
    if kind in {"title", "rich_text"}:
        return isinstance(value, list) and all(
            isinstance(item, dict) and item["text"]["content"] == "" for item in value
        )
    return value == [] if kind in {"multi_select", "relation"} else value is None


def places_in(value, path=()):
    """Yield the path of every value within a JSON value, itself included."""
    yield path
    pairs = value.items() if isinstance(value, dict) else ()
    pairs = enumerate(value) if isinstance(value, list) else pairs
    for key, inner in pairs:
        yield from places_in(inner, (*path, key))


def mutate(draw, source):
    """Replace or remove one value somewhere inside of a JSON value."""
    changed = copy.deepcopy(source)
    path = draw(st.sampled_from([path for path in places_in(changed) if path]))
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    if draw(st.booleans()):
        parent[path[-1]] = draw(st.sampled_from(GARBAGE))
    elif isinstance(parent, dict):
        del parent[path[-1]]
    else:
        parent.append(parent[path[-1]])
    return changed


@given(st.data())
def test_no_mutated_value_is_taken_for_nothing(data):
    """Whatever becomes of a property on its way, its field keeps a value, is held, or is empty there."""
    which = data.draw(st.sampled_from(list(Field)))
    kind = COLUMN_TYPES[which]
    source = page(**FULL)
    mutated = mutate(data.draw, source["properties"][NAMES[which]])
    source["properties"][NAMES[which]] = mutated

    row = read(source)

    assert set(row.held) <= {which}
    if not row.held and value_of(row, which) in {None, frozenset(), Links(), ""}:
        assert is_honestly_empty(kind, mutated[kind])


def answering(answer):
    """Connect a reader to a server whose answers a function makes of the path asked for."""

    def handle(request):
        text = json.dumps(answer(request.url.path.removeprefix("/v1/")))
        return httpx.Response(200, content=text.encode())

    time = ManualTime()
    exchange = Exchange("http://notion.test", "secret", httpx.MockTransport(handle))
    timing = Timing(clock=time.clock, sleep=time.sleep, chance=lambda: 0.5)
    return RowReader(Gateway(exchange, "notion.test", timing=timing), SCHEMA, TARGET)


@given(st.data())
def test_mutated_answers_end_in_rows_or_in_an_error_that_explains(data):
    """A server that garbles its answers makes no run crash, and no row of the trash of another one."""
    kept = page(**FULL)
    honest = listing(kept)
    trashed = page(MISSING, **FULL) | {"in_trash": True}
    listed = mutate(data.draw, honest) if data.draw(st.booleans()) else honest
    shown = mutate(data.draw, trashed) if data.draw(st.booleans()) else trashed
    reader = answering(lambda path: listed if path.endswith("/query") else shown)

    try:
        found = reader.fetch_rows({MISSING: {}}, classify=5)
    except TrackerError:
        return

    gone = [missing for missing in found.missing if missing.absence is Absence.TRASHED]
    assert not gone or (shown["id"], shown["in_trash"]) == (MISSING, True)
    for row in found.rows:
        if row.page_id == kept["id"] and Field.STARTED not in row.held:
            assert row.record.started in {date(2026, 11, 1), None}
        stored = snapshot_values.encode_row(row)
        with suppress(ValueError):  # ids that are none are not believed
            assert snapshot_values.decode_row(row.page_id, stored) == row


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"id": OTHER}, id="another page"),
        pytest.param({"in_trash": "false"}, id="no truth value"),
        pytest.param({"in_trash": {}}, id="an object for a truth value"),
        pytest.param({"in_trash": 1}, id="a number for a truth value"),
    ],
)
@pytest.mark.guarantee("G6")
def test_only_an_answer_about_the_row_itself_proves_that_it_is_in_the_trash(changes):
    """A row is gone when a page with its own id says so, and not when any other answer does."""
    shown = page(MISSING, **FULL) | {"in_trash": True} | changes
    reader = answering(
        lambda path: listing() if path.endswith("/query") else answer_of(path, shown)
    )

    found = reader.fetch_rows({MISSING: {}}, classify=5)

    assert [missing.absence for missing in found.missing] == [Absence.UNSEEN]


def answer_of(path, shown):
    """Answer about the row as told, and about its data source and database honestly."""
    if path.startswith("data_sources/"):
        return data_source()
    if path.startswith("databases/"):
        return {"object": "database", "id": TARGET.database_id, "in_trash": False}
    return shown


@pytest.mark.guarantee("G6")
def test_a_listing_of_another_database_is_not_believed():
    """Rows that say that they lie in another data source end the run before anything is concluded."""
    stranger = page(**FULL)
    stranger["parent"] = {"type": "data_source_id", "data_source_id": OTHER}
    reader = answering(lambda _: listing(page(MISSING, **FULL), stranger))

    with pytest.raises(TrackerError) as caught:
        reader.fetch_rows({MISSING: {}}, classify=5)

    assert caught.value.problems[0].code == "incomplete-listing"


def test_a_row_in_the_trash_among_those_that_were_edited_is_left_to_a_complete_read():
    """No query shows such a row; a server that does so all the same may hide others."""
    since = datetime(2026, 11, 3, 12, tzinfo=UTC)
    kept, trashed = page(**FULL), page(MISSING, **FULL) | {"in_trash": True}
    shown = [
        answering(lambda _, found=found: listing(*found)) for found in ([kept], [kept, trashed])
    ]

    rows = [reader.fetch_changed(since) for reader in shown]

    assert [row.page_id for row in rows[0]] == [kept["id"]]
    assert rows[1] is None


def test_an_item_of_another_kind_in_a_long_value_holds_it():
    """Prerequisites read one by one of which one is no relation are not taken for fewer."""
    source = page(**FULL)
    source["properties"][NAMES[Field.REQUIRES]]["has_more"] = True
    items = [{"type": "relation", "relation": {"id": OTHER}}, {"type": "people", "people": {}}]
    reader = answering(lambda path: listing(source) if path.endswith("/query") else listing(*items))

    row = reader.fetch_rows({}, classify=0).rows[0]

    assert list(row.held) == [Field.REQUIRES]


PAGE_ID = "33333333-2222-4333-8444-555555555555"
ANSWERS = {
    f"pages/{PAGE_ID}": {"object": "page", "id": PAGE_ID, "in_trash": False, "properties": {}},
    f"blocks/{PAGE_ID}/children": listing(
        {
            "object": "block",
            "id": TARGET.database_id,
            "type": "child_database",
            "has_children": False,
            "parent": {"type": "page_id", "page_id": PAGE_ID},
        }
    ),
    f"databases/{TARGET.database_id}": {
        "object": "database",
        "id": TARGET.database_id,
        "title": text_items("Path"),
        "description": text_items(encode_marker("path")),
        "in_trash": False,
        "data_sources": [{"id": SCHEMA.data_source_id, "name": "Path"}],
    },
    f"data_sources/{SCHEMA.data_source_id}": data_source(),
    f"data_sources/{SCHEMA.data_source_id}/query": listing(page(**FULL)),
    "users/me": {"object": "user", "id": OTHER, "name": "A bot", "bot": {"workspace_name": "W"}},
}


@given(st.data())
def test_a_server_that_garbles_one_answer_ends_no_run_in_a_crash(data):
    """Whatever stands in the answers about a page, a database, its columns and its rows."""
    garbled = data.draw(st.sampled_from(sorted(ANSWERS)))
    answers = ANSWERS | {garbled: mutate(data.draw, ANSWERS[garbled])}

    def handle(request):
        answer = answers.get(request.url.path.removeprefix("/v1/"))
        status = 404 if answer is None else 200
        return httpx.Response(status, content=json.dumps(answer).encode())

    time = ManualTime()
    remote = make_remote(
        base_url="http://localhost",
        token="secret",
        parent=PAGE_ID,
        transport=httpx.MockTransport(handle),
        timing=Timing(clock=time.clock, sleep=time.sleep, chance=lambda: 0.5),
    )
    known = data.draw(st.sampled_from([None, TARGET]))

    try:
        remote.fetch_me()
        target = remote.fetch_target("path", "Path", known)
        rows = remote.fetch_rows(target, {}, classify=0).rows if target is not None else ()
    except TrackerError:
        return
    finally:
        remote.close()

    assert all(row.page_id for row in rows)
