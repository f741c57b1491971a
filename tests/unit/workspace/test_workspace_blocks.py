from __future__ import annotations

import pytest

from tracker.workspace import pages as blocks_module
from tracker.workspace.protocol import ROOT_PAGE_ID


def paragraph(content, **more):
    """Return a request block."""
    return {"paragraph": {"rich_text": [{"text": {"content": content}}], **more}}


def texts(answer):
    """Return the plain texts of listed blocks."""
    return [
        "".join(run["plain_text"] for run in block[block["type"]]["rich_text"])
        for block in answer["results"]
    ]


@pytest.fixture
def page(api):
    children = [paragraph(name) for name in "abc"]
    return api.call("POST", "/pages", {"parent": {"page_id": ROOT_PAGE_ID}, "children": children})


@pytest.fixture
def children(api, page):
    """List the children of the page, or of a block."""

    def children(parent_id=None, query=""):
        return api.call("GET", f"/blocks/{parent_id or page['id']}/children{query}")

    return children


def test_children_are_listed_in_order_page_by_page(children):
    """The cursor leads through all blocks of a page."""
    first = children(query="?page_size=2")
    rest = children(query=f"?page_size=2&start_cursor={first['next_cursor']}")

    assert (texts(first), texts(rest)) == (["a", "b"], ["c"])
    assert (first["has_more"], rest["has_more"]) == (True, False)


def test_blocks_are_appended_at_the_end(api, page, children):
    """New blocks come after those that are there; no other place can be named."""
    path, body = f"/blocks/{page['id']}/children", {"children": [paragraph("x")]}

    answer = api.call("PATCH", path, body)
    refused = api.refuse("PATCH", path, {**body, "position": {"type": "start"}})

    assert texts(answer) == ["x"]
    assert texts(children()) == ["a", "b", "c", "x"]
    assert "body.position should be not present" in refused["message"]


def test_a_content_is_changed_as_markdown_alone(api, children):
    """A block that is to have another content is refused, and stays as it is."""
    block = children()["results"][0]

    error = api.refuse("PATCH", f"/blocks/{block['id']}", paragraph("new"))

    assert "body.paragraph should be not present" in error["message"]
    assert texts(children()) == ["a", "b", "c"]


def test_nested_blocks_are_listed_by_their_parent(api, page, children):
    """Only the first level is answered; each level is read by its own id."""
    item = {
        "bulleted_list_item": {
            "rich_text": [{"text": {"content": "outer"}}],
            "children": [paragraph("inner")],
        }
    }

    answer = api.call("PATCH", f"/blocks/{page['id']}/children", {"children": [item]})

    outer = answer["results"][0]
    assert (texts(answer), outer["has_children"]) == (["outer"], True)
    assert texts(children(outer["id"])) == ["inner"]
    inner = children(outer["id"])["results"][0]
    assert inner["parent"] == {"type": "block_id", "block_id": outer["id"]}


def test_a_deleted_block_is_in_the_trash(api, children):
    """It can be read and restored, is not listed, and cannot be deleted twice."""
    block = children()["results"][0]

    deleted = api.call("DELETE", f"/blocks/{block['id']}")
    listed = texts(children())
    api.refuse("DELETE", f"/blocks/{block['id']}")
    api.call("PATCH", f"/blocks/{block['id']}", {"in_trash": False})

    assert deleted["in_trash"]
    assert listed == ["b", "c"]
    assert texts(children()) == ["a", "b", "c"]


def test_pages_and_databases_are_blocks_of_their_parent(api, page, children, as_text):
    """They show as child blocks under their own id and are trashed like blocks."""
    child = {"parent": {"page_id": page["id"]}, "properties": {"title": as_text("Child")}}
    child = api.call("POST", "/pages", child)
    base = api.call(
        "POST", "/databases", {"parent": {"page_id": page["id"]}, "title": as_text("DB")}
    )

    listed = children()["results"][-2:]
    api.call("DELETE", f"/blocks/{child['id']}")
    api.call("DELETE", f"/blocks/{base['id']}")

    assert [(block["type"], block[block["type"]]) for block in listed] == [
        ("child_page", {"title": "Child"}),
        ("child_database", {"title": "DB"}),
    ]
    assert api.call("GET", f"/pages/{child['id']}")["in_trash"]
    assert api.call("GET", f"/databases/{base['id']}")["in_trash"]
    assert len(children()["results"]) == 3


def test_a_row_shows_as_a_child_page_block(api):
    """Deleting a row as a block trashes the row."""
    row = api.row(api.table())

    deleted = api.call("DELETE", f"/blocks/{row['id']}")

    assert (deleted["type"], deleted["in_trash"]) == ("child_page", True)
    assert api.call("GET", f"/pages/{row['id']}")["in_trash"]


TEXT = {"rich_text": [{"text": {"content": "x"}}]}
SHOWN = [
    ("heading_4", TEXT, {"is_toggleable": False, "color": "default"}),
    ("callout", {**TEXT, "icon": {"emoji": "📊"}}, {"icon": {"type": "emoji", "emoji": "📊"}}),
    ("code", {**TEXT, "language": "mermaid"}, {"language": "mermaid", "caption": []}),
    ("divider", {}, {}),
    ("to_do", TEXT, {"checked": False, "color": "default"}),
]


@pytest.mark.parametrize(("kind", "content", "shown"), SHOWN, ids=[case[0] for case in SHOWN])
def test_block_types_show_their_defaults(api, page, kind, content, shown):
    """Each type comes back with the fields that responses carry."""
    body = {"children": [{"type": kind, kind: content}]}

    block = api.call("PATCH", f"/blocks/{page['id']}/children", body)["results"][0]

    assert block["type"] == kind
    assert shown.items() <= block[kind].items()
    assert "children" not in block[kind]


def nest(api, parent_id, levels):
    """Put blocks one below the other, and return the answer that refuses one, or the last."""
    for _ in range(levels):
        body = {"children": [{"toggle": {"rich_text": []}}]}
        answer = api.send("PATCH", f"/blocks/{parent_id}/children", body)
        if answer.status_code != 200:
            return answer
        parent_id = answer.json()["results"][0]["id"]
    return answer


def test_a_body_has_a_bottom(api, page):
    """Blocks stand in so many levels at most, and a page that has them all can be read and copied."""
    refused = nest(api, page["id"], 200)

    slug = page["id"].replace("-", "")
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_error")
    assert "at most 100 levels" in refused.json()["message"]
    assert "<details>" in api.call("GET", f"/pages/{page['id']}/markdown")["markdown"]
    assert api.http.get(f"/p/{slug}").status_code == 200
    assert api.http.post(f"/p/{slug}", data={"action": "write", "text": "x"}).status_code == 303


@pytest.mark.slow
def test_a_body_from_before_its_bottom_is_refused(api, page, monkeypatch):
    """A body that is deeper than can be read answers a 400 everywhere, and the rest goes on."""
    monkeypatch.setattr(blocks_module, "MOST_LEVELS", 10_000)
    nest(api, page["id"], 600)
    slug = page["id"].replace("-", "")

    error = api.refuse("GET", f"/pages/{page['id']}/markdown")
    written = api.http.post(f"/p/{slug}", data={"action": "write", "text": "x"})

    assert "nested too deeply" in error["message"]
    assert written.status_code == 400
    assert "nested too deeply" in written.text
    assert api.http.get(f"/p/{slug}").status_code == 200


def test_what_stands_below_the_trash_is_in_the_trash(api, page, children):
    """A child of a trashed block reads as trashed, however deep, and comes back with it."""
    nested = paragraph("x", children=[paragraph("y")])
    answer = api.call("PATCH", f"/blocks/{page['id']}/children", {"children": [nested]})
    outer = answer["results"][0]["id"]
    inner = children(outer)["results"][0]["id"]

    api.call("DELETE", f"/blocks/{outer}")
    trashed = [api.call("GET", f"/blocks/{inner}"), *children(outer)["results"]]
    api.call("PATCH", f"/blocks/{outer}", {"in_trash": False})
    restored = api.call("GET", f"/blocks/{inner}")["in_trash"]
    api.call("PATCH", f"/pages/{page['id']}", {"in_trash": True})

    assert [block["in_trash"] for block in trashed] == [True, True]
    assert not restored
    assert api.call("GET", f"/blocks/{inner}")["in_trash"]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"nonsense": {}}, "body.children[0].type should be"),
        ({"paragraph": {}}, "body.children[0].paragraph.rich_text should be defined"),
        ({"divider": {"children": [paragraph("x")]}}, "children should be not present"),
        ({"to_do": {**TEXT, "checked": "yes"}}, "should be a boolean"),
        ({"paragraph": {**TEXT, "color": "mauve"}}, "color should be"),
        ({"bookmark": {"url": "https://a.example"}}, "body.children[0].type should be"),
        (
            paragraph(
                "x", children=[paragraph("y", children=[paragraph("z", children=[paragraph("!")])])]
            ),
            "nested too deeply",
        ),
    ],
    ids=str,
)
def test_wrong_blocks_are_refused(api, page, children, block, message):
    """A wrong block names its place, and none of the request is kept."""
    body = {"children": [block]}

    error = api.refuse("PATCH", f"/blocks/{page['id']}/children", body)

    assert message in error["message"]
    assert texts(children()) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "blocks",
    [
        [paragraph("x")] * 101,
        [paragraph("x", children=[paragraph("y")] * 100) for _ in range(10)],
    ],
    ids=["101 at once", "1,010 in all"],
)
def test_too_many_blocks_are_refused(api, page, blocks):
    """At most 100 in a list and 1,000 in a request."""
    error = api.refuse("PATCH", f"/blocks/{page['id']}/children", {"children": blocks})

    assert "length should be ≤" in error["message"]


def test_search_finds_titles_by_their_words(api, as_text):
    """Pages and data sources are found by any case, newest edit first; the trash on request."""
    source = api.table(title="Skills of mine")
    api.wait(minutes=1)
    row = api.row(source, {"Name": {"title": as_text("A skill, mine alone")}})
    api.wait(minutes=1)
    other = api.row(source, {"Name": {"title": as_text("Other")}})

    def found(**body):
        return [hit["id"] for hit in api.call("POST", "/search", body)["results"]]

    pages = {"property": "object", "value": "page"}
    sources = {"property": "object", "value": "data_source"}
    assert found(query="MINE skill") == [row["id"], source["id"]]
    assert found(query="mine", filter=sources) == [source["id"]]
    assert found(filter=pages)[0] == other["id"]
    assert found(query="nothing like it") == []
    api.call("PATCH", f"/pages/{row['id']}", {"in_trash": True})
    assert found(query="mine", filter=pages) == []
    assert found(query="mine", filter={**pages, "in_trash": True}) == [row["id"]]


def test_a_body_that_is_made_with_its_row_reads_back(api):
    """Callout, headings and to-dos are listed as blocks, read as markdown, and ticked there."""
    to_do = {
        "to_do": {"rich_text": [{"text": {"content": "ISL", "link": {"url": "https://a.org"}}}]}
    }
    body = [
        {"callout": {**TEXT, "icon": {"emoji": "🎯"}, "color": "gray_background"}},
        {"heading_3": TEXT},
        to_do,
    ]

    row = api.row(api.table(), icon={"emoji": "🌱"}, children=body)
    listed = api.call("GET", f"/blocks/{row['id']}/children")["results"]
    path = f"/pages/{row['id']}/markdown"
    update = {"content_updates": [{"old_str": "- [ ]", "new_str": "- [x]"}]}
    ticked = api.call("PATCH", path, {"type": "update_content", "update_content": update})

    assert row["icon"] == {"type": "emoji", "emoji": "🌱"}
    assert [block["type"] for block in listed] == ["callout", "heading_3", "to_do"]
    assert listed[0]["callout"]["icon"] == {"type": "emoji", "emoji": "🎯"}
    assert listed[2]["to_do"]["rich_text"][0]["href"] == "https://a.org"
    assert ticked["markdown"].splitlines()[-2:] == ["### x", "- [x] [ISL](https://a.org)"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([paragraph("x")] * 101, "body.children.length should be ≤ `100`"),
        ([paragraph("x" * 2001)], "content.length should be ≤ `2000`"),
        ([{"to_do": {"rich_text": TEXT["rich_text"] * 101}}], "rich_text.length should be ≤ `100`"),
        ([{"callout": {**TEXT, "icon": {"emoji": "x"}}}], "icon.emoji should be an emoji"),
    ],
    ids=["blocks", "characters", "items", "icon"],
)
def test_a_row_with_an_impossible_body_is_not_made(api, body, message):
    """Neither the row nor a part of its body is there afterwards."""
    source = api.table()
    parent = {"type": "data_source_id", "data_source_id": source["id"]}

    error = api.refuse("POST", "/pages", {"parent": parent, "properties": {}, "children": body})

    assert message in error["message"]
    assert api.names(source) == []
