from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.workspace.protocol import ROOT_PAGE_ID

pytestmark = pytest.mark.slow

KEYS = (
    *("properties", "parent", "title", "rich_text", "text", "content", "link", "url", "type"),
    *("name", "id", "options", "status", "select", "multi_select", "relation", "number", "date"),
    *("start", "end", "time_zone", "page_id", "data_source_id", "database_id", "children"),
    *("paragraph", "table", "table_width", "cells", "filter", "and", "or", "property", "sorts"),
    *("timestamp", "direction", "equals", "contains", "is_empty", "configuration", "group_by"),
    *("property_id", "in_trash", "icon", "emoji", "cover", "formula", "expression", "rollup"),
    *("function", "dual_property", "description", "initial_data_source", "markdown", "group"),
    *("update_content", "content_updates", "old_str", "new_str", "mention", "annotations"),
    *("color", "people", "files", "external", "position", "after_block", "unique_id", "prefix"),
    *("Name", "Status", "Tags", "Requires", "created_time", "body", "data_source", "view_id"),
    *("replace_content", "insert_content", "checkbox", "equation", "position", "start_cursor"),
)
WORDS = (*KEYS, "Done", "2026-11-05", "2026-11-05T10:00:00Z", "table", "board", "x", "ascending")
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS),
    st.text(max_size=8),
    st.sampled_from(["SOURCE", "PAGE", "DATABASE", ROOT_PAGE_ID]),
)
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    ),
    max_leaves=25,
)
REQUESTS = (
    ("POST", "/pages"),
    ("PATCH", "/pages/PAGE"),
    ("PATCH", "/pages/PAGE/markdown"),
    ("POST", "/databases"),
    ("PATCH", "/databases/DATABASE"),
    ("POST", "/data_sources"),
    ("PATCH", "/data_sources/SOURCE"),
    ("POST", "/data_sources/SOURCE/query"),
    ("PATCH", "/blocks/PAGE/children"),
    ("PATCH", "/blocks/BLOCK"),
    ("POST", "/views"),
    ("PATCH", "/views/VIEW"),
    ("POST", "/search"),
)
DATABASE = {
    "Name": {"title": {}},
    "Status": {"status": {}},
    "Tags": {"multi_select": {}},
    "Day": {"date": {}},
    "Text": {"rich_text": {}},
}
PROPERTY_VALUES = st.dictionaries(st.sampled_from([*DATABASE, "Requires", "title"]), BODIES)


@pytest.fixture(scope="module")
def world(make_world):
    """Make one workspace that all examples batter."""
    api = make_world()
    source = api.table(DATABASE)
    relation = {"data_source_id": source["id"], "dual_property": {}}
    body = {"properties": {"Requires": {"relation": relation}}}
    api.call("PATCH", f"/data_sources/{source['id']}", body)
    page = api.row(source, markdown="one\ntwo")
    names = {
        "SOURCE": source["id"],
        "DATABASE": source["parent"]["database_id"],
        "PAGE": page["id"],
        "BLOCK": api.call("GET", f"/blocks/{page['id']}/children")["results"][0]["id"],
        "VIEW": api.call("GET", f"/views?data_source_id={source['id']}")["results"][0]["id"],
    }
    return api, names


def put_in(value, names):
    """Return a value with the names of things replaced by their ids."""
    if isinstance(value, dict):
        return {key: put_in(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [put_in(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def send(world, method, path, body):
    """Send a request and return its status."""
    api, names = world
    for name, object_id in names.items():
        path = path.replace(name, object_id)
    return api.send(method, path, put_in(body, names)).status_code


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(REQUESTS), BODIES.filter(lambda body: isinstance(body, dict)))
def test_no_body_breaks_the_workspace(world, request_line, body):
    """Whatever is sent, the answer is a success or a refusal, never a failure."""
    assert send(world, *request_line, body) in {200, 400, 404}


@settings(max_examples=150, deadline=None)
@given(PROPERTY_VALUES, st.booleans())
def test_no_property_value_breaks_the_workspace(world, properties, as_schema):
    """Nor does any value of a row, or any definition of a column."""
    path = "/data_sources/SOURCE" if as_schema else "/pages/PAGE"

    assert send(world, "PATCH", path, {"properties": properties}) in {200, 400, 404}


@settings(max_examples=100, deadline=None)
@given(BODIES, BODIES)
def test_no_filter_or_sort_breaks_the_workspace(world, given_filter, sorts):
    """Nor does any query."""
    body = {"filter": given_filter, "sorts": sorts}

    assert send(world, "POST", "/data_sources/SOURCE/query", body) in {200, 400, 404}


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["pages", "blocks", "databases", "data_sources", "views", "users"]),
    # The in-process transport cannot carry others in a path.
    st.text(st.characters(max_codepoint=255), max_size=40),
    st.sampled_from(["", "/properties/x", "/children", "/markdown"]),
)
def test_no_address_breaks_the_workspace(world, kind, text, rest):
    """Nor does any path or query value."""
    api, _ = world
    path = quote(f"/{kind}/{text}{rest}", errors="replace")

    response = api.send("GET", path, params={"page_size": text, "start_cursor": text})

    assert response.status_code in {200, 400, 404}


FIELDS = st.tuples(
    st.sampled_from(["was", "v", "set", "add", "drop", "action", "text", "back", "title", ""]),
    st.integers(min_value=0, max_value=20),
)
TYPED = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["trash", "restore", "duplicate", "write", "nonsense", "on", "1e999", "9" * 400]
    ),
    st.sampled_from(["2026-11-05 → x", "→", "0000-00-00", "[a](http://b", "\x00", "COLUMN PAGE"]),
    st.sampled_from(["ROOT", "PAGE", "SOURCE", "DATABASE"]),
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["PAGE", "ROOT", "DATABASE", "SOURCE", "x"]),
    st.dictionaries(FIELDS, TYPED, max_size=8),
    st.booleans(),
)
def test_no_form_breaks_the_pages(world, where, fields, by_script):
    """Whatever a form holds, the answer is a page, a way on, or a refusal, never a failure."""
    api, names = world
    columns = [
        column["id"]
        for column in api.call("GET", f"/data_sources/{names['SOURCE']}")["properties"].values()
    ]
    names = {**names, "ROOT": ROOT_PAGE_ID, "COLUMN PAGE": f"{columns[0]} {names['PAGE']}"}
    form = {}
    for (part, at), typed in fields.items():
        is_of_column = part in ("was", "v", "set", "add")
        name = f"{part}.{columns[at % len(columns)]}" if is_of_column else part
        form[name] = names.get(typed, typed)
    headers = {"Accept": "application/json"} if by_script else {}
    for page_id in (ROOT_PAGE_ID, names["PAGE"]):
        api.send("PATCH", f"/pages/{page_id}", {"in_trash": False})
    slug = names.get(where, where).replace("-", "")

    answers = [
        api.http.post(f"/p/{slug}", data=form, headers=headers),
        api.http.post(f"/d/{names.get(where, where)}/rows", data=form, headers=headers),
        api.http.get(f"/p/{slug}"),
    ]

    assert {answer.status_code for answer in answers} <= {200, 303, 400, 404, 422}
