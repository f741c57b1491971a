"""Promises of notices: what somebody outside says of a page stands there, escaped and bounded."""

from __future__ import annotations

import re
from contextlib import contextmanager

import httpx
import pytest

from tracker.workspace.app import Notice, PageNotes, make_app
from tracker.workspace.protocol import ROOT_PAGE_ID

pytestmark = pytest.mark.slow


@contextmanager
def workspace(notices):
    """Open a workspace with two skills; `notices` makes those of their ids."""
    said = {}
    app = make_app(None, note=PageNotes(notices=lambda: said))
    headers = {"Authorization": "Bearer x", "Notion-Version": "2026-03-11"}
    with httpx.Client(
        transport=httpx.WSGITransport(app=app), base_url="http://localhost", headers=headers
    ) as client:
        body = {
            "parent": {"page_id": ROOT_PAGE_ID},
            "initial_data_source": {"properties": {"Skill": {"title": {}}}},
        }
        made = client.post("/v1/databases", json=body).json()
        parent = {"data_source_id": made["data_sources"][0]["id"]}
        rows = [
            client.post("/v1/pages", json={"parent": parent, "properties": {"Skill": [text(name)]}})
            for name in ("one", "two")
        ]
        said.update(notices(*(row.json()["id"] for row in rows)))
        yield lambda page_id: client.get(f"/p/{page_id.replace('-', '')}").text, made["id"], rows
    app.extensions["workspace"].close()


def text(words):
    """Return one item of text."""
    return {"text": {"content": words}}


def test_a_notice_stands_on_its_page_and_is_marked_elsewhere():
    """The page shows words, values and commands; the table marks the row, and Home counts it."""
    notice = Notice("Goal: differs", (("file", "a"), ("workspace", "")), ("resolve <it>",))

    with workspace(lambda one, _: {one: [notice], "": [Notice("A row has no title")]}) as world:
        see, database, rows = world
        page, table, home = (see(it) for it in (rows[0].json()["id"], database, ROOT_PAGE_ID))
        other = see(rows[1].json()["id"])

    assert "<strong>Goal: differs</strong>" in page
    assert "<dt>file</dt><dd>a</dd><dt>workspace</dt><dd>(empty)</dd>" in page
    assert "<code>resolve &lt;it&gt;</code>" in page
    assert re.search(r">one <span class=\"waits\"[^>]*>!</span></a>", table)
    assert table.count('class="waits"') == 1
    assert "1 skill waits for you" in table
    assert "1 waits for you · 2 skills" in home
    assert "<strong>A row has no title</strong>" in home
    assert "waits" not in other.lower()


def test_notices_are_escaped_and_bounded():
    """However many and however long, a page stays a page, and nothing in them is HTML."""
    evil = "<script>alert(1)</script>" + "x" * 100_000
    many = [Notice(evil, ((evil, evil),), ("tracker",))] * 500

    with workspace(lambda one, _: {one: many, "nobody": many}) as (see, database, rows):
        page, table = see(rows[0].json()["id"]), see(database)

    assert "<script>alert" not in page
    assert page.count("Waits for you") == 20
    assert "and 480 more" in page
    assert len(page) < 100_000
    assert "1 skill waits for you" in table
