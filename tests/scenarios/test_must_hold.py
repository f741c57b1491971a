"""What must hold whatever happens, shown on the command line with the largest bundled roadmap."""

from __future__ import annotations

import shutil
from collections import Counter

import httpx
import pytest
from faults import (
    FaultyTransport,
    conflicting,
    failing,
    incomplete,
    is_change,
    losing,
    never_sent,
    overloaded,
    rate_limited,
    saved,
    truncated,
)
from sandbox import SETTINGS, Sandbox
from shell import open_shell

from tracker.wiring import bundled_folder

pytestmark = pytest.mark.slow

SKILLS = 275
FAST = SETTINGS.replace("workers: 1", "workers: 10")
KINDS = (
    rate_limited(1),
    failing(500, done=True),
    overloaded(2),
    failing(502, done=False),
    conflicting(),
    failing(503, done=True),
    never_sent(),
    losing(httpx.ReadTimeout, done=True),
    failing(504, done=False),
    saved(),
    losing(httpx.RemoteProtocolError, done=False),
    truncated(),
    losing(httpx.ReadError, done=True),
    saved(told=False),
)
"""Everything that can befall a request; half of it after the server did as it was asked."""


def every_tenth(number, _request):
    """Let every tenth request come to grief, each time otherwise."""
    return KINDS[number // 10 % len(KINDS)] if number % 10 == 9 else None


@pytest.fixture(scope="module")
def first_push(tmp_path_factory):
    """Push the bundled roadmap through a bad network, once for all tests here."""
    root = tmp_path_factory.mktemp("pushed") / "world"
    with Sandbox(root, settings=FAST) as sandbox:
        shutil.copy(bundled_folder() / "ds-path.yaml", sandbox.path("ds-path"))
        network = FaultyTransport(sandbox.transport, every_tenth)
        sandbox.wrap = lambda _: network
        result = sandbox.sync()
    return root, result, network


@pytest.fixture
def pushed(first_push, tmp_path, monkeypatch, capsys):
    """Give a shell in a copy of the pushed world."""
    root = tmp_path / "copy"
    shutil.copytree(first_push[0], root)
    with Sandbox(root) as sandbox:
        yield open_shell(sandbox, monkeypatch, capsys)


@pytest.mark.guarantee("G14", "G15", "G3")
def test_a_first_push_through_a_bad_network_makes_every_row_once(first_push, pushed):
    """With a fault on every tenth request, half of them after the commit: 275 rows, none twice."""
    _, result, network = first_push

    again = pushed.run("sync", "--json")

    keys = Counter(row["Tracker ID"] for row in pushed.sandbox.remote()[0]["rows"])
    assert sum(network.faults.values()) >= SKILLS // 10 - 1
    assert len(network.faults) >= len(KINDS) - 2
    assert (result.stopped, result.unfinished) == (None, ())
    assert (len(keys), set(keys.values())) == (SKILLS, {1})
    assert (again.code, again.json["writes"]) == (0, 0)
    bodies = [body for _, body in pushed.sandbox.pages().values()]
    assert [body.count("### My notes") for body in bodies] == [1] * SKILLS


def test_a_first_sync_costs_a_request_a_row(tmp_path):
    """Twenty more at most make the database, its views and all else; then nothing is written."""
    with Sandbox(tmp_path, settings=FAST) as sandbox:
        shutil.copy(bundled_folder() / "ds-path.yaml", sandbox.path("ds-path"))
        wire = FaultyTransport(sandbox.transport)
        sandbox.wrap = lambda _: wire

        sandbox.sync()
        first = (wire.requests, len(wire.writes))
        sandbox.sync()

    assert SKILLS < first[0] <= SKILLS + 20
    assert len(wire.writes) == first[1]


@pytest.mark.guarantee("G6")
def test_a_listing_that_says_it_is_incomplete_ends_the_run(pushed):
    """Rows that an incomplete listing lacks are not deleted: exit 5, nothing is written."""
    before = pushed.sandbox.sides()
    network = FaultyTransport(pushed.sandbox.transport, lambda *_: incomplete())
    pushed.sandbox.wrap = lambda _: network

    ended = pushed.run("sync", "--json")

    assert (ended.code, ended.codes) == (5, ["incomplete-listing"])
    assert network.writes == []
    assert pushed.sandbox.sides() == before


class ShortListing(httpx.BaseTransport):
    """Lists the first page of rows and says that this is all there is."""

    def __init__(self, inner):
        self.inner = inner
        self.changes = []

    def handle_request(self, request):
        response = self.inner.handle_request(request)
        response.read()
        if is_change(request):
            self.changes.append(request.url.path)
        if not request.url.path.endswith("/query"):
            return response
        whole = {"has_more": False, "next_cursor": None}
        return httpx.Response(200, json=response.json() | whole)


@pytest.mark.guarantee("G6")
def test_a_listing_that_lies_deletes_nothing(pushed):
    """A server that lists 100 of 275 rows as if they were all is not believed: the rest is asked for."""
    before = pushed.sandbox.sides()
    network = ShortListing(pushed.sandbox.transport)
    pushed.sandbox.wrap = lambda _: network

    ended = pushed.run("sync", "--json")

    assert ended.code == 0
    assert network.changes == []
    assert pushed.sandbox.sides() == before


@pytest.mark.guarantee("G6", "G8")
def test_an_unshared_database_deletes_nothing(pushed):
    """A database that answers 404 may be unshared: exit 5, and the message says how to share it."""
    before = pushed.sandbox.files()

    class Unshared(httpx.BaseTransport):
        def handle_request(self, request):
            body = {"object": "error", "status": 404, "code": "object_not_found", "message": "no"}
            return httpx.Response(404, json=body)

    pushed.sandbox.wrap = lambda _: Unshared()
    ended = pushed.run("sync", "--json")

    assert (ended.code, ended.codes) == (5, ["database-denied"])
    assert "Connections" in ended.json["problems"][0]["next"]
    assert pushed.sandbox.files() == before


@pytest.mark.guarantee("G7", "G8")
def test_a_trashed_roadmap_is_refused_until_it_is_insisted_on(pushed):
    """All rows in the trash: exit 7; with --allow-deletes 275 the skills leave the file."""
    sandbox = pushed.sandbox
    before = sandbox.files()
    for row in sandbox.person.rows():
        sandbox.person.send("PATCH", f"pages/{row['id']}", {"in_trash": True})

    refused = pushed.run("sync")
    kept = sandbox.files()
    allowed = pushed.run("sync", "--json", "--allow-deletes", str(SKILLS))

    assert refused.code == 7
    assert f"--allow-deletes {SKILLS}" in refused.out
    assert kept == before
    assert (allowed.code, allowed.json["counts"]["deleted"]) == (0, SKILLS)
    assert "      - id:" not in sandbox.files()["ds-path.yaml"]


@pytest.mark.guarantee("G7")
def test_a_roadmap_that_was_deleted_comes_back_as_it_was(pushed):
    """Undo brings back every skill, comments and dates included, and every row on its old page."""
    sandbox = pushed.sandbox
    sandbox.replace("id: knn\n", "id: knn  # my own remark\n        status: done\n", "ds-path")
    sandbox.sync()
    sandbox.person.edit("pca", {"Status": "In progress", "Notes": "from the phone"})
    sandbox.sync()
    before, pages = sandbox.sides(), page_ids(sandbox)
    for row in sandbox.person.rows():
        sandbox.person.send("PATCH", f"pages/{row['id']}", {"in_trash": True})
    pushed.run("sync", "--allow-deletes", str(SKILLS))

    undone = pushed.run("undo", "--yes", "--json")
    again = pushed.run("sync", "--json")

    assert (undone.code, undone.json["counts"]["created"]) == (0, SKILLS)
    assert sandbox.sides() == before
    assert page_ids(sandbox) == pages
    assert (again.code, again.json["writes"]) == (0, 0)


def page_ids(sandbox):
    """Return the ids of all rows."""
    return {row["id"] for row in sandbox.person.rows()}
