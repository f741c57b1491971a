"""What the workflows may rely on from the Notion side, against the built-in workspace."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import httpx
import pytest
from notion_person import move_row

from tracker.adapters.notion.errors import RowError, StaleRowError
from tracker.adapters.notion.remote import make_remote
from tracker.adapters.notion.schema import BACK_NOTE, encode_columns, encode_database, encode_marker
from tracker.errors import (
    NoMoreRowsError,
    NotMadeError,
    OvertakenError,
    RefusedError,
    RemoteError,
    SettingsError,
    UnreachableError,
)
from tracker.ports import Remote
from tracker.roadmap.model import SkillId, Status
from tracker.sync.model import Absence, Change, Create, PageId, Side, Update
from tracker.sync.records import TWO_WAY, Field, Link, Links, Record
from tracker.sync.row_state import extend_seen
from tracker.sync.target import DatabaseTarget
from tracker.workspace.app import make_app
from tracker.workspace.protocol import ROOT_PAGE_ID

FULL = Record(
    name="Train/test split \U0001f600",
    status=Status.SKIPPED,
    section="Models, first",
    level="Entry",
    goal="\U0001f600" * 3_000,
    hours=1.5,
    started=date(2026, 11, 1),
    completed=date(2026, 11, 3),
    tags=frozenset({"nlp", "NLP", "a, b", "\ufe50", "\u29f52"}),
    resources=Links((Link("https://a.org/?q=1", "A · B\nC", "course"), Link("https://b.org", "B"))),
    evidence="https://example.org/me?q=ü#1",
    notes="<b>one</b>\n\n- two\n\ttab",
)


class DisturbedTransport(httpx.BaseTransport):
    """The way to the workspace; `faults` are functions (request, pass_on) → response, used once."""

    def __init__(self, app):
        self.inner = httpx.WSGITransport(app=app)
        self.faults = []
        self.rewrite = None
        self.seen = []

    def handle_request(self, request):
        self.seen.append((request.method, request.url.path.removeprefix("/v1/")))
        if self.rewrite is not None:
            request = self.rewrite(request)
        for fault in self.faults:
            if fault.wants(request):
                self.faults.remove(fault)
                return fault.answer(request, self.inner.handle_request)
        return self.inner.handle_request(request)


class Disturbance:
    """One disturbance of one request: before or after the server does its work."""

    def __init__(self, method, path, outcome, *, after=False):
        self.method, self.path, self.outcome, self.after = method, path, outcome, after

    def wants(self, request):
        return request.method == self.method and request.url.path == f"/v1/{self.path}"

    def answer(self, request, pass_on):
        answer = None
        if self.after:
            answer = pass_on(request)
            answer.read()
        outcome = self.outcome(answer) if callable(self.outcome) else self.outcome
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class RemoteSetup:
    """A workspace, the remote under test, and the hands of a learner in Notion."""

    def __init__(self):
        self.now = datetime(2026, 11, 5, 10, 30, tzinfo=UTC)
        self.app = make_app(None, clock=lambda: self.now)
        self.wire = DisturbedTransport(self.app)
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=self.app),
            base_url="http://localhost/v1/",
            headers={"Authorization": "Bearer learner", "Notion-Version": "2026-03-11"},
        )
        self.remotes = []
        self.remote = self.connect()

    def connect(self, **more):
        values = {
            "base_url": "http://localhost",
            "token": "secret-token-0123",
            "parent": ROOT_PAGE_ID,
            "transport": self.wire,
            "patience": (0.0,),
        }
        remote = make_remote(**{**values, **more})
        self.remotes.append(remote)
        return remote

    def close(self):
        for remote in self.remotes:
            remote.close()
        self.http.close()
        self.app.extensions["workspace"].close()

    def call(self, method, path, body=None):
        """Do something as the learner."""
        self.now += timedelta(minutes=1)
        response = self.http.request(method, path, json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def columns(self, target):
        return self.call("GET", f"data_sources/{target.data_source_id}")["properties"]

    def patch_columns(self, target, properties):
        path = f"data_sources/{target.data_source_id}"
        return self.call("PATCH", path, {"properties": properties})

    def patch_row(self, page_id, **properties):
        return self.call("PATCH", f"pages/{page_id}", {"properties": properties})

    def make_target(self):
        return self.remote.create_target("ds", "Data science", ["Models, first", "Later"])

    def push(self, target, *ids, record=None):
        pages = {}
        for number, skill_id in enumerate(ids):
            action = create(skill_id, record or Record(name=skill_id.upper()), order=float(number))
            pages[SkillId(skill_id)] = self.remote.create_row(target, action, pages)
        return pages

    def rows(self, target, bound=(), classify=50):
        return self.remote.fetch_rows(target, {page_id: {} for page_id in bound}, classify=classify)

    def query(self, target):
        return self.call("POST", f"data_sources/{target.data_source_id}/query", {})

    def answer_query(self, target, answer):
        """Let the next query be answered as one was before."""
        path = f"data_sources/{target.data_source_id}/query"
        self.wire.faults.append(Disturbance("POST", path, httpx.Response(200, json=answer)))

    def count_rows(self, target):
        return len(self.query(target)["results"])


def create(skill_id, record, order=1.0):
    return Create(Side.REMOTE, SkillId(skill_id), record, order=order)


def update(page_id, *changes, restore=False):
    made = tuple(Change(which, None, value) for which, value in changes)
    return Update(Side.REMOTE, SkillId("knn"), made, PageId(page_id), restore=restore)


def by_id(rows):
    return {row.tracker_id: row for row in rows}


def _refuse_ids(target):
    """Make a server of which filters know columns by their names only."""

    def rewrite(request):
        body = request.read()
        if b'"filter"' not in body:
            return request
        text = body.decode()
        for which in (Field.ORDER, Field.NAME, Field.ID, Field.GOAL, Field.NOTES):
            for key in {target.properties[which], quote(target.properties[which], safe="")}:
                named = f'"property":{json.dumps(key)}'
                text = text.replace('": "', '":"').replace(named, '"property":"no column"')
        headers = {k: v for k, v in request.headers.items() if k != "content-length"}
        return httpx.Request(request.method, request.url, headers=headers, content=text.encode())

    return rewrite


@pytest.fixture(autouse=True)
def _wait_for_nothing(monkeypatch):
    """Let the waits between attempts take no time."""
    monkeypatch.setattr("tracker.adapters.notion.gateway.Waiter.__call__", lambda *_: None)


@pytest.fixture
def world():
    made = RemoteSetup()
    yield made
    made.close()


class TestFindingAndMakingDatabases:
    def test_it_is_a_remote(self, world):
        """The adapter has all that the ports promise."""
        remote: Remote = world.remote

        assert remote.requests == 0

    def test_what_is_not_there_is_not_made_by_looking(self, world):
        """Looking for a database writes nothing and finds nothing."""
        assert world.remote.fetch_target("ds", "Data science", None) is None
        assert {method for method, _ in world.wire.seen} == {"GET"}

    def test_a_database_that_was_made_is_found_again_without_any_memory(self, world):
        """A fresh state binds the very same columns and options."""
        made = world.make_target()

        assert set(made.properties) == set(Field)
        assert sorted(made.options.values()) == ["doing", "done", "skipped", "todo"]
        assert world.connect().fetch_target("ds", "Data science", None) == made
        assert world.connect().fetch_target("ds", "Data science", made) == made
        assert world.remote.notes == ()

    def test_a_first_push_takes_few_requests_beside_its_rows(self, world):
        """Finding, making and binding a database, and looking for rivals, takes six requests."""
        world.remote.fetch_target("ds", "Data science", None)
        target = world.make_target()
        world.push(target, "a", "b", "c")

        assert world.remote.requests == 6 + 3

    def test_a_sync_without_changes_takes_one_request_and_one_for_each_hundred_rows(self, world):
        """The schema is read once, the rows a hundred at a time."""
        target = world.make_target()
        world.push(target, *(f"s{number}" for number in range(101)))
        remote = world.connect()

        known = remote.fetch_target("ds", "Data science", target)
        seen = remote.fetch_rows(known, {}, classify=0)

        assert len(seen.rows) == 101
        assert remote.requests == 1 + 2

    def test_databases_already_bound_are_not_looked_into_again(self, world):
        """A further roadmap beside known ones costs no request for each of them."""
        known = {
            name: world.connect().create_target(name, name.upper(), [])
            for name in ("a", "b", "c", "d")
        }
        remote = world.connect()
        for name, target in known.items():
            remote.fetch_target(name, name.upper(), target)
        before = remote.requests

        assert remote.fetch_target("e", "E", None) is None
        assert remote.requests == before + 2
        assert remote.fetch_target("a", "A", None) == known["a"]

    def test_the_back_relation_has_a_name_of_its_own(self, world):
        """The other end of Requires is called Unlocks, and says what it is."""
        columns = world.columns(world.make_target())

        assert columns["Unlocks"]["relation"]["dual_property"]["synced_property_name"] == "Requires"
        assert columns["Unlocks"]["description"] == BACK_NOTE

    def test_a_description_that_is_refused_costs_no_name(self, world):
        """A server that takes nothing but a name gets nothing but the name."""

        def leave_out(request):
            if BACK_NOTE.encode() not in request.read():
                return request
            return httpx.Request(request.method, request.url, headers=request.headers, json=[])

        world.wire.rewrite = leave_out

        columns = world.columns(world.make_target())

        assert columns["Unlocks"]["description"] is None

    def test_columns_are_made_in_the_order_of_reading(self, world):
        """Whatever a request cannot make yet, and all that comes after it, is for the next one."""
        target = world.make_target()

        store = world.app.extensions["workspace"]
        source = store.containers.data_source(target.data_source_id)
        assert [prop.name for prop in source.schema.values()] == [
            *encode_columns((), "status", ""),
            "Unlocks",
        ]

    def test_a_renamed_database_is_found_by_its_marker(self, world):
        """The description says which roadmap it belongs to, whatever its title."""
        made = world.make_target()
        title = [{"text": {"content": "My own title"}}]
        world.call("PATCH", f"databases/{made.database_id}", {"title": title})

        assert world.connect().fetch_target("ds", "Data science", None) == made

    def test_a_database_without_its_marker_is_found_by_title_and_column(self, world):
        """A learner who rewrote the description keeps the database, and gets no views by that."""
        made = world.make_target()
        world.call("PATCH", f"databases/{made.database_id}", {"description": []})

        assert world.connect().fetch_target("ds", "Data science", None) == replace(made, views={})

    @pytest.mark.parametrize("way_on", ["rename the database", "change the title"])
    def test_a_stranger_of_the_same_title_is_left_alone(self, world, way_on):
        """A database without a Tracker ID column is not ours, and none is made beside it unsaid."""
        stranger = world.call(
            "POST",
            "databases",
            {
                "parent": {"page_id": ROOT_PAGE_ID},
                "title": [{"text": {"content": "Data science"}}],
                "initial_data_source": {"properties": {"Name": {"title": {}}}},
            },
        )

        with pytest.raises(RefusedError) as caught:
            world.remote.fetch_target("ds", "Data science", None)

        assert caught.value.problems[0].code == "database-title-taken"
        title = "Data science"
        if way_on == "rename the database":
            renamed = [{"text": {"content": "Mine"}}]
            world.call("PATCH", f"databases/{stranger['id']}", {"title": renamed})
        else:
            title = "Data science, mine"
        assert world.remote.fetch_target("ds", title, None) is None
        assert world.remote.create_target("ds", title, []).database_id != stranger["id"]

    def test_databases_of_other_roadmaps_are_told_apart(self, world):
        """Two roadmaps of one title keep a database each."""
        first = world.make_target()
        second = world.connect().create_target("ml", "Data science", [])

        assert second.data_source_id != first.data_source_id
        assert world.connect().fetch_target("ds", "Data science", None) == first

    def test_two_that_could_be_meant_are_refused(self, world):
        """A copied database is not chosen by chance; the refusal says how to name the right one."""
        made = world.make_target()
        copy = world.connect().create_target("ml", "Data science", [])
        for target in (made, copy):
            world.push(target, "knn")
        marker = [{"text": {"content": encode_marker("ds")}}]
        world.call("PATCH", f"databases/{copy.database_id}", {"description": marker})

        with pytest.raises(RefusedError) as caught:
            world.connect().fetch_target("ds", "Data science", None)

        assert "roadmaps/ds.yaml" in caught.value.problems[0].next
        assert world.connect().fetch_target("ds", "Data science", made) == made

    @pytest.mark.parametrize("filled", [None, 0, 1], ids=["none", "the older", "the younger"])
    def test_an_empty_twin_of_a_database_does_not_stand_in_the_way(self, world, filled):
        """Of two, the one that has rows counts; without any row the older does, on all machines."""
        made = world.make_target()
        world.now += timedelta(seconds=1)
        twin = world.connect().create_target("ml", "Data science", [])
        marker = [{"text": {"content": encode_marker("ds")}}]
        world.call("PATCH", f"databases/{twin.database_id}", {"description": marker})
        if filled is not None:
            world.push((made, twin)[filled], "knn")

        assert world.connect().fetch_target("ds", "Data science", None) == (made, twin)[filled or 0]
        assert world.remote.count_twins("ds", made) == 1

    @pytest.mark.parametrize("seconds", [0, 1], ids=["at one moment", "a second later"])
    def test_two_machines_that_make_a_database_at_once_agree_on_one(self, world, seconds):
        """Both look again: the younger database, which has no row, is given up by who made it."""
        one, two = world.connect(), world.connect()
        for remote in (one, two):
            assert remote.fetch_target("ds", "Data science", None) is None
        first = one.create_target("ds", "Data science", [])
        world.now += timedelta(seconds=seconds)

        if seconds:
            with pytest.raises(OvertakenError) as caught:
                two.create_target("ds", "Data science", [])
            assert caught.value.problems[0].code == "database-overtaken"
            assert two.fetch_target("ds", "Data science", None) == first
        else:
            with suppress(OvertakenError):
                two.create_target("ds", "Data science", [])
        live = world.call("GET", f"blocks/{ROOT_PAGE_ID}/children")["results"]
        assert len([database for database in live if not database["in_trash"]]) <= 2 - bool(seconds)

    def test_the_older_of_two_databases_is_kept_by_who_made_it(self, world):
        """A younger one that another machine made meanwhile is left to that machine."""
        one, two = world.connect(), world.connect()
        one.fetch_target("ds", "Data science", None)
        two.fetch_target("ds", "Data science", None)
        state = []

        def intrude(request):
            if request.method == "PATCH" and not state:
                state.append(True)
                world.now += timedelta(seconds=1)
                with pytest.raises(OvertakenError):
                    two.create_target("ds", "Data science", [])
            return request

        world.wire.rewrite = intrude
        made = one.create_target("ds", "Data science", [])

        assert state
        assert world.connect().fetch_target("ds", "Data science", None) == made
        assert world.connect().count_twins("ds", made) == 0

    def test_a_younger_database_with_rows_is_not_given_up(self, world):
        """What has a row is nobody's to throw away; the refusal says that it is still there."""
        one, two = world.connect(), world.connect()
        for remote in (one, two):
            remote.fetch_target("ds", "Data science", None)
        one.create_target("ds", "Data science", [])
        world.now += timedelta(seconds=1)

        def fill(request):
            if request.url.path.endswith("/query"):
                world.wire.rewrite = None
                source = request.url.path.split("/")[-2]
                body = {"parent": {"data_source_id": source}, "properties": {}}
                world.http.post("pages", json=body).raise_for_status()
            return request

        world.wire.rewrite = fill
        with pytest.raises(OvertakenError) as caught:
            two.create_target("ds", "Data science", [])

        assert "left as it is" in caught.value.problems[0].kept
        assert len(world.call("GET", f"blocks/{ROOT_PAGE_ID}/children")["results"]) == 2

    def test_a_database_that_another_machine_is_about_to_finish_is_left_to_it(self, world):
        """Half made and young: it is looked at again before anybody else finishes it."""
        one, two = world.connect(), world.connect(patience=(1.0,))
        one.fetch_target("ds", "Data science", None)
        stopped = []

        def pause(request):
            if request.method == "PATCH" and not stopped:
                stopped.append(True)
                assert two.fetch_target("ds", "Data science", None) is None
            return request

        world.wire.rewrite = pause
        made = one.create_target("ds", "Data science", [])

        with pytest.raises(OvertakenError):
            two.create_target("ds", "Data science", [])
        assert two.fetch_target("ds", "Data science", None) == made

    @pytest.mark.parametrize("status", [404, 403])
    def test_a_database_that_is_not_found_for_a_moment_is_asked_for_again(self, world, status):
        """Neither a passing refusal nor a lasting one lets a second database be made."""
        made = world.make_target()
        path = f"databases/{made.database_id}"
        body = {"object": "error", "status": status, "code": "object_not_found", "message": "No"}
        refusals = [Disturbance("GET", path, httpx.Response(status, json=body)) for _ in range(5)]
        world.wire.faults += refusals[:2]

        assert world.connect().fetch_target("ds", "Data science", None) == made

        world.wire.faults += refusals[2:]
        with pytest.raises(RemoteError) as caught:
            world.connect().fetch_target("ds", "Data science", None)
        assert caught.value.problems[0].code == "database-unreadable"

    def test_a_database_in_the_trash_is_refused(self, world):
        """A known database that was thrown away stops the run."""
        target = world.make_target()
        world.call("PATCH", f"databases/{target.database_id}", {"in_trash": True})

        with pytest.raises(RefusedError):
            world.connect().fetch_target("ds", "Data science", target)

    def test_a_database_that_is_not_shared_is_explained(self, world):
        """A known database that answers 404 is an error of exit code 5 with sharing help."""
        nowhere = "aaaaaaaa-0000-4000-8000-000000000001"
        gone = DatabaseTarget(nowhere, nowhere)

        with pytest.raises(RemoteError) as caught:
            world.remote.fetch_target("ds", "Data science", gone)

        assert "Connections" in caught.value.problems[0].next

    def test_a_page_that_is_not_there_is_explained(self, world):
        """A parent page that answers 404 is an error of exit code 5 with sharing help."""
        remote = world.connect(parent="aaaaaaaa-0000-4000-8000-000000000001")

        with pytest.raises(RemoteError) as caught:
            remote.fetch_target("ds", "Data science", None)

        assert "Connections" in caught.value.problems[0].next

    def test_a_deleted_column_is_refused(self, world):
        """Reading goes no further than the schema."""
        target = world.make_target()
        world.patch_columns(target, {"Hours": None})

        with pytest.raises(RefusedError) as caught:
            world.connect().fetch_target("ds", "Data science", target)

        assert caught.value.problems[0].code == "column-deleted"

    @pytest.mark.parametrize("cut", ["after the database", "after the relation"])
    def test_a_creation_that_was_cut_off_is_finished_not_repeated(self, world, cut):
        """A crash between the requests leaves no second database behind."""
        steps = 1 if cut == "after the database" else 2

        def crash(request):
            done = [request for request in world.wire.seen if request[0] != "GET"]
            if len(done) > steps:
                raise KeyboardInterrupt
            return request

        world.wire.rewrite = crash
        with pytest.raises(KeyboardInterrupt):
            world.make_target()
        world.wire.rewrite = None
        remote = world.connect()

        found = remote.fetch_target("ds", "Data science", None)
        target = found or remote.create_target("ds", "Data science", [])

        children = world.call("GET", f"blocks/{ROOT_PAGE_ID}/children")["results"]
        assert len(children) == 1
        assert set(target.properties) == set(Field)

    def test_a_creation_of_the_first_edition_that_was_cut_off_is_finished(self, world):
        """It made all columns but the relation at once, and knew no evidence."""
        columns = encode_columns((), "status", "")
        first = {name: columns[name] for name in columns if name not in {"Requires", "Evidence"}}
        body = encode_database("ds", "Data science", ROOT_PAGE_ID, (), "status")
        world.call("POST", "databases", body | {"initial_data_source": {"properties": first}})

        found = world.remote.fetch_target("ds", "Data science", None)
        target = world.remote.create_target("ds", "Data science", [])

        assert found is None
        assert set(target.properties) == set(Field)

    def test_a_database_made_in_spite_of_an_error_is_used(self, world):
        """After an ambiguous answer the database is looked up by its marker."""
        world.wire.faults.append(Disturbance("POST", "databases", httpx.Response(500), after=True))

        world.make_target()

        assert len(world.call("GET", f"blocks/{ROOT_PAGE_ID}/children")["results"]) == 1

    def test_status_groups_that_come_out_wrong_end_in_a_select(self, world):
        """Where groups are ignored the status is a select, and a note says so."""

        def forget_groups(request):
            body = request.read().replace(b'"group":', b'"color":')
            if request.method != "POST" or b"Not started" not in body:
                return request
            body = body.replace(b'"color":"To-do"', b'"color":"gray"')
            for name in (b"In progress", b"Complete"):
                body = body.replace(b'"color":"' + name + b'"', b'"color":"gray"')
            headers = {k: v for k, v in request.headers.items() if k != "content-length"}
            return httpx.Request(request.method, request.url, headers=headers, content=body)

        world.wire.rewrite = forget_groups

        target = world.make_target()

        assert target.types == {Field.STATUS: "select"}
        assert sorted(target.options.values()) == ["doing", "done", "skipped", "todo"]
        assert [note.code for note in world.remote.notes] == ["status-as-select"]
        page = world.push(target, "knn", record=FULL)[SkillId("knn")]
        assert world.rows(target).rows[0].page_id == page
        assert world.rows(target).rows[0].record.status is Status.SKIPPED


class TestViews:
    def make_all(self, remote, target):
        """Make the views, and return the target as it was noted last."""
        *_, reached = remote.create_views(target)
        return reached

    def list_ids(self, world, target):
        listed = world.call("GET", f"views?database_id={target.database_id}")
        return [view["id"] for view in listed["results"]]

    def test_each_view_is_noted_once_it_is_made(self, world):
        """Whoever reads the notes knows how far the making got."""
        target = world.make_target()

        steps = list(world.remote.create_views(target))

        made = [sum(map(bool, step.views.values())) for step in steps]
        assert made == [1, 2, 3, 4, 5, 6, 7, 8, 8]
        assert sorted(steps[-1].views.values()) == sorted(self.list_ids(world, target))

    def test_a_first_push_takes_eleven_requests_for_its_views(self, world):
        """Two to see what is there, one for each view, and one look for views of other machines."""
        target = world.make_target()
        before = world.remote.requests

        self.make_all(world.remote, target)

        assert world.remote.requests - before == 2 + 8 + 1

    def test_what_is_there_already_counts_whatever_its_name(self, world):
        """A board of the learner's is the board; the other views are made beside it."""
        target = world.make_target()
        key = world.columns(target)["Status"]["id"]
        group = {"type": "status", "property_id": key, "group_by": "group"}
        board = {
            "database_id": target.database_id,
            "data_source_id": target.data_source_id,
            "name": "Tafel",
            "type": "board",
            "configuration": {"type": "board", "group_by": {**group, "sort": {"type": "manual"}}},
        }
        own = world.call("POST", "views", board)["id"]

        reached = self.make_all(world.remote, target)

        assert reached.views["board"] == own
        assert len(self.list_ids(world, target)) == 8

    def test_missing_views_are_those_never_made(self, world):
        """A view that was made and deleted since is not missing; without notes nobody can tell."""
        fresh = world.make_target()
        made = self.make_all(world.remote, fresh)
        world.call("DELETE", f"views/{made.views['board']}")

        assert world.remote.fetch_missing_views(made) == {}
        assert world.remote.fetch_missing_views(replace(made, views={})) == {"board": "Board"}

    def test_missing_views_are_made_for_a_database_of_an_earlier_version(self, world):
        """Its default view becomes the Path only where nobody touched it."""
        target = replace(world.make_target(), views={})
        (default,) = self.list_ids(world, target)
        world.call("PATCH", f"views/{default}", {"name": "Alles"})

        missing = world.remote.fetch_missing_views(target)
        reached = self.make_all(world.remote, replace(target, views=dict.fromkeys(missing, "")))

        assert len(missing) == 8
        assert world.call("GET", f"views/{default}")["name"] == "Alles"
        assert self.list_ids(world, target)[0] == reached.views["path"]
        assert world.remote.fetch_missing_views(replace(target, views={})) == {}

    def test_views_of_another_machine_are_given_way_to(self, world):
        """Of two views of a kind that two machines made at once, the older stays."""
        target, seen = world.make_target(), []
        one, two = world.connect(), world.connect()

        for step in one.create_views(target):
            seen.append(step)
            if len(seen) == 3:
                late = self.make_all(two, target)
                world.now += timedelta(seconds=1)

        assert seen[-1].views == late.views
        assert sorted(self.list_ids(world, target)) == sorted(late.views.values())


class TestReadingRows:
    def test_what_was_written_is_read_as_it_was(self, world):
        """Every field survives, with hostile text, twins in all but case, commas and emoji."""
        target = world.make_target()
        pages = world.push(target, "base")
        pages = {**pages, **world.push(target, "knn", record=FULL)}
        action = create("tree", Record(name="T", requires=frozenset({"base", "knn"})), order=7.5)
        pages[SkillId("tree")] = world.remote.create_row(target, action, pages)

        rows = by_id(world.rows(target, pages.values()).rows)

        assert {which: rows["knn"].record.get(which) for which in TWO_WAY} == FULL.values()
        assert rows["tree"].requires == {pages[SkillId("base")], pages[SkillId("knn")]}
        assert rows["tree"].order == 7.5
        assert rows["tree"].record.requires == frozenset()
        assert not any(row.held for row in rows.values())

    def test_rows_share_the_values_of_the_file(self, world):
        """A value that row and file have in common is there once, and no row is another one for it."""
        target = world.make_target()
        world.push(target, "knn", record=FULL)
        world.push(target, "base")
        records = {SkillId("knn"): FULL.with_values({Field.GOAL: "another"})}

        rows = world.remote.fetch_rows(target, {}, classify=0, records=records).rows

        assert rows == world.rows(target).rows
        record = by_id(rows)["knn"].record
        assert record.goal == FULL.goal
        assert record.name is FULL.name
        assert record.resources is FULL.resources

    def test_options_are_told_as_texts(self, world):
        """The planner sees which sections, levels, tags and statuses there are."""
        target = world.make_target()
        world.push(target, "knn", record=FULL)

        options = world.rows(target).options

        assert options[Field.SECTION] == {"Models, first", "Later"}
        assert options[Field.TAGS] == FULL.tags
        assert options[Field.STATUS] == {*Status}
        assert FULL.level in options[Field.LEVEL]

    def test_rows_that_are_only_listed_late_are_not_missing(self, world):
        """However many rows the listing lacks: those that answer as live are there."""
        target = world.make_target()
        pages = world.push(target, *(f"s{number}" for number in range(120)))
        world.answer_query(target, {**world.query(target), "results": [], "has_more": False})

        seen = world.rows(target, pages.values(), classify=50)

        assert len(seen.rows) == 120
        assert seen.missing == ()

    def test_rows_that_are_gone_are_asked_for_up_to_a_number(self, world):
        """Of many rows in the trash so many are looked at; of the others nothing is known."""
        target = world.make_target()
        pages = [*world.push(target, *(f"s{number}" for number in range(9))).values()]
        for page_id in pages[:7]:
            world.call("PATCH", f"pages/{page_id}", {"in_trash": True})

        seen = world.rows(target, pages, classify=5)

        found = [row.absence for row in seen.missing]
        assert found.count(Absence.TRASHED) == 5
        assert found.count(Absence.UNSEEN) == 2

    @pytest.mark.parametrize("takes_ids", [True, False], ids=["by id", "by name"])
    def test_more_rows_of_one_minute_than_a_query_shows_are_all_read(
        self, world, monkeypatch, takes_ids
    ):
        """Rows with and without a number, equal names among them, are read once each."""
        monkeypatch.setattr("tracker.workspace.query.MOST_ROWS", 8)
        target = world.make_target()
        pages = world.push(target, *(f"s{number}" for number in range(30)))
        parent = {"data_source_id": target.data_source_id}
        for number in range(40):
            title = [{"text": {"content": f"Row {number // 4}"}}] if number > 7 else []
            body = {"parent": parent, "properties": {"Skill": {"title": title}}}
            world.http.post("pages", json=body).raise_for_status()
        if not takes_ids:
            world.wire.rewrite = _refuse_ids(target)

        seen = world.rows(target, pages.values())

        assert len(seen.rows) == 70
        assert len({row.page_id for row in seen.rows}) == 70
        assert seen.missing == ()

    def test_renaming_everything_changes_nothing(self, world):
        """Columns and status options are bound by id."""
        target = world.make_target()
        pages = world.push(target, "knn", record=FULL)
        world.patch_columns(
            target,
            {"Skill": {"name": "Lernziel"}, "Status": {"name": "Stand"}, "Tags": {"name": "T"}},
        )
        remote = world.connect()

        known = remote.fetch_target("ds", "Data science", target)
        changed = update(pages[SkillId("knn")], (Field.NAME, "New"), (Field.STATUS, Status.DONE))
        remote.update_row(known, changed, pages)

        row = remote.fetch_rows(known, {}, classify=0).rows[0]
        assert known == target
        assert (row.record.name, row.record.status) == ("New", Status.DONE)
        assert row.record.tags == FULL.tags

    def test_a_status_the_learner_added_is_read_by_its_group(self, world):
        """An option of the complete group means done."""
        target = world.make_target()
        pages = world.push(target, "knn")
        options = [{"id": option_id} for option_id in target.options]
        options.append({"name": "Taught it", "group": "Complete"})
        world.patch_columns(target, {"Status": {"status": {"options": options}}})
        world.patch_row(pages[SkillId("knn")], Status={"status": {"name": "Taught it"}})

        known = world.remote.fetch_target("ds", "Data science", target)

        assert known == target
        assert world.rows(known).rows[0].record.status is Status.DONE

    def test_more_relations_than_a_page_shows_are_all_read(self, world):
        """Thirty prerequisites are thirty, although a page shows twenty-five."""
        target = world.make_target()
        pages = world.push(target, *(f"s{number}" for number in range(30)))
        action = create("all", Record(name="All", requires=frozenset(pages)))
        world.remote.create_row(target, action, pages)

        row = by_id(world.rows(target).rows)["all"]

        assert row.requires == set(pages.values())

    def test_missing_rows_are_classified_by_asking_for_them(self, world):
        """Only the trash is a tombstone; moved, archived and unknown rows are not."""
        target = world.make_target()
        pages = world.push(target, "trashed", "moved", "here", record=FULL)
        world.call("PATCH", f"pages/{pages[SkillId('trashed')]}", {"in_trash": True})
        other = world.connect().create_target("ml", "Other", [])
        store, moved = world.app.extensions["workspace"], pages[SkillId("moved")]
        move_row(store, moved, "data_source_id", other.data_source_id)
        unknown = PageId("aaaaaaaa-0000-4000-8000-000000000001")

        seen = world.rows(target, [*pages.values(), unknown])

        absences = {row.page_id: row.absence for row in seen.missing}
        assert absences == {
            pages[SkillId("trashed")]: Absence.TRASHED,
            pages[SkillId("moved")]: Absence.MOVED,
            unknown: Absence.UNSEEN,
        }
        last = next(row.row for row in seen.missing if row.absence is Absence.TRASHED)
        assert last is not None
        assert last.record == FULL
        assert [row.tracker_id for row in seen.rows] == ["here"]

    def test_an_archived_row_is_no_tombstone(self, world):
        """A row that Notion archived is told as such."""
        target = world.make_target()
        pages = world.push(target, "knn", "tree")
        world.call("PATCH", f"pages/{pages[SkillId('knn')]}", {"is_archived": True})

        seen = world.rows(target, pages.values())

        assert [row.absence for row in seen.missing] == [Absence.ARCHIVED]

    def test_only_so_many_missing_rows_are_asked_for(self, world):
        """The rest counts as unseen, which deletes nothing."""
        target = world.make_target()
        pages = world.push(target, "a", "b", "c")
        for page_id in pages.values():
            world.remote.trash_row(target, page_id)
        world.push(target, "d")

        seen = world.rows(target, pages.values(), classify=1)

        absences = sorted(row.absence for row in seen.missing)
        assert absences == [Absence.TRASHED, Absence.UNSEEN, Absence.UNSEEN]

    def test_a_row_that_the_index_does_not_show_yet_is_read_all_the_same(self, world):
        """A bound row that is there when asked for is a row."""
        target = world.make_target()
        pages = world.push(target, "knn", "tree")
        path = f"data_sources/{target.data_source_id}/query"

        def shorten(answer):
            found = answer.json()
            return httpx.Response(200, json={**found, "results": found["results"][:1]})

        world.wire.faults.append(Disturbance("POST", path, shorten, after=True))

        seen = world.rows(target, pages.values())

        assert {row.page_id for row in seen.rows} == set(pages.values())
        assert seen.missing == ()

    @pytest.mark.guarantee("G1")
    def test_a_row_listed_as_it_was_before_a_write_is_read_anew(self, world):
        """The index lags behind writes, and what it still shows is nobody's edit."""
        target = world.make_target()
        pages = world.push(target, "knn", "tree")
        stale = world.query(target)
        change = Change(Field.GOAL, None, "Can vote")
        seen = extend_seen({}, [change])
        update = Update(Side.REMOTE, SkillId("knn"), (change,), pages[SkillId("knn")], seen=seen)
        world.remote.update_row(target, update, pages)
        world.answer_query(target, stale)
        world.wire.seen.clear()

        rows = world.remote.fetch_rows(
            target, {pages[SkillId("knn")]: seen, pages[SkillId("tree")]: {}}, classify=50
        ).rows

        assert by_id(rows)["knn"].record.goal == "Can vote"
        assert [path for method, path in world.wire.seen if method == "GET"] == [
            f"pages/{pages[SkillId('knn')]}"
        ]

    def test_a_row_that_is_still_listed_after_it_was_trashed_is_no_row(self, world):
        """What this machine has just moved to the trash does not come back by a late listing."""
        target = world.make_target()
        pages = world.push(target, "knn", "tree")
        stale = world.query(target)
        world.remote.trash_row(target, pages[SkillId("knn")])
        world.answer_query(target, stale)

        seen = world.rows(target, [pages[SkillId("tree")]])

        assert [row.tracker_id for row in seen.rows] == ["tree"]
        assert seen.missing == ()

    def test_an_empty_answer_of_a_trashed_database_is_refused(self, world):
        """Rows that vanished with their database are not deleted."""
        target = world.make_target()
        pages = world.push(target, "knn")
        world.remote.fetch_target("ds", "Data science", target)
        empty = httpx.Response(
            200, json={"object": "list", "results": [], "has_more": False, "next_cursor": None}
        )
        path = f"data_sources/{target.data_source_id}/query"
        world.wire.faults.append(Disturbance("POST", path, empty))
        world.call("PATCH", f"databases/{target.database_id}", {"in_trash": True})

        with pytest.raises(RefusedError):
            world.rows(target, pages.values())

    def test_rows_are_looked_up_by_tracker_id(self, world):
        """Copies of a row come with it, the oldest first; similar ids do not."""
        target = world.make_target()
        pages = world.push(target, "knn", "knn-two")
        world.now += timedelta(minutes=5)
        copy = world.push(target, "knn")

        found = world.remote.fetch_by_id(target, SkillId("knn"))

        assert [row.page_id for row in found] == [pages[SkillId("knn")], copy[SkillId("knn")]]
        assert world.remote.fetch_by_id(target, SkillId("nobody")) == ()

    def test_a_server_that_filters_by_name_only_is_served(self, world):
        """Where a property id is refused in a filter, the name is used."""
        target = world.make_target()
        pages = world.push(target, "knn")
        path = f"data_sources/{target.data_source_id}/query"
        world.wire.faults.append(Disturbance("POST", path, httpx.Response(400)))

        found = world.remote.fetch_by_id(target, SkillId("knn"))

        assert [row.page_id for row in found] == [pages[SkillId("knn")]]


class TestWritingRows:
    @pytest.mark.parametrize(
        ("outcome", "after"),
        [
            pytest.param(httpx.Response(500), False, id="500 before anything happened"),
            pytest.param(httpx.Response(500), True, id="500 although it was made"),
            pytest.param(httpx.Response(502, html="<html>"), True, id="502 from the edge"),
            pytest.param(httpx.ReadTimeout("slow"), True, id="a lost answer"),
            pytest.param(httpx.ReadError("reset"), False, id="a connection cut before"),
            pytest.param(httpx.ConnectError("refused"), False, id="never sent"),
            pytest.param(httpx.Response(200, html="<html>"), True, id="a garbled answer"),
            pytest.param(httpx.Response(429, headers={"Retry-After": "0"}), False, id="429"),
            pytest.param(httpx.Response(409), False, id="409"),
            pytest.param(
                lambda answer: httpx.Response(
                    503,
                    json={
                        "object": "error",
                        "status": 503,
                        "code": "service_unavailable",
                        "message": "The change was saved.",
                        "additional_data": {"committed_resource_id": answer.json()["id"]},
                    },
                ),
                True,
                id="503 with the id of what was made",
            ),
        ],
    )
    def test_a_row_is_made_once_whatever_the_answer(self, world, outcome, after):
        """After any failure there is one row, and its page is known."""
        target = world.make_target()
        world.wire.faults.append(Disturbance("POST", "pages", outcome, after=after))

        page_id = world.remote.create_row(target, create("knn", Record(name="KNN")), {})

        assert world.count_rows(target) == 1
        assert world.rows(target).rows[0].page_id == page_id

    def test_rows_are_made_side_by_side(self, world):
        """Ten at once make each row once, with options that none had before."""
        target = world.make_target()
        tags = [frozenset({"Deep", f"t{number % 7}"}) for number in range(40)]

        def push(number):
            record = Record(name=f"S{number}", tags=tags[number], section=f"Section {number % 3}")
            return world.remote.create_row(target, create(f"s{number}", record), {})

        with ThreadPoolExecutor(10) as pool:
            pages = list(pool.map(push, range(40)))

        rows = by_id(world.rows(target).rows)
        assert len(set(pages)) == len(rows) == 40
        assert all(rows[f"s{number}"].record.tags == tags[number] for number in range(40))

    def test_only_the_changed_fields_are_written(self, world):
        """What the learner wrote in other columns of the row stays."""
        target = world.make_target()
        pages = world.push(target, "knn", record=FULL)
        world.patch_columns(target, {"Mood": {"rich_text": {}}})
        world.patch_row(pages[SkillId("knn")], Mood={"rich_text": [{"text": {"content": "!"}}]})
        action = update(pages[SkillId("knn")], (Field.HOURS, None), (Field.TAGS, frozenset()))

        world.remote.update_row(target, action, pages)

        row = world.rows(target).rows[0]
        assert row.record == FULL.with_values({Field.HOURS: None, Field.TAGS: frozenset()})
        mood = world.call("GET", f"pages/{row.page_id}")["properties"]["Mood"]["rich_text"]
        assert mood[0]["plain_text"] == "!"

    def test_relations_to_rows_that_are_no_skill_stay(self, world):
        """Changing the prerequisites does not cut off a row that has no name yet."""
        target = world.make_target()
        pages = world.push(target, "knn", "base", "old")
        stranger = world.call(
            "POST",
            "pages",
            {"parent": {"data_source_id": target.data_source_id}, "properties": {}},
        )["id"]
        related = [{"id": pages[SkillId("old")]}, {"id": stranger}]
        world.patch_row(pages[SkillId("knn")], Requires={"relation": related})
        world.rows(target, pages.values())
        action = update(pages[SkillId("knn")], (Field.REQUIRES, frozenset({"base"})))

        world.remote.update_row(target, action, pages)

        row = by_id(world.rows(target).rows)["knn"]
        assert row.requires == {pages[SkillId("base")], stranger}

    def test_a_row_is_trashed_once_or_twice(self, world):
        """Trashing what is in the trash already is fine."""
        target = world.make_target()
        pages = world.push(target, "knn")

        world.remote.trash_row(target, pages[SkillId("knn")])
        world.remote.trash_row(target, pages[SkillId("knn")])

        assert world.count_rows(target) == 0

    def test_a_row_is_restored_and_changed(self, world):
        """The page comes out of the trash with its id, and takes the changes."""
        target = world.make_target()
        pages = world.push(target, "knn", record=FULL)
        world.remote.trash_row(target, pages[SkillId("knn")])

        action = update(pages[SkillId("knn")], (Field.NAME, "Back"), restore=True)
        world.remote.update_row(target, action, pages)

        row = world.rows(target).rows[0]
        assert (row.page_id, row.record.name) == (pages[SkillId("knn")], "Back")

    def test_a_row_trashed_meanwhile_is_stale(self, world):
        """An update of a trashed row says so, and does not bring it back."""
        target = world.make_target()
        pages = world.push(target, "knn")
        world.remote.trash_row(target, pages[SkillId("knn")])

        with pytest.raises(StaleRowError):
            world.remote.update_row(target, update(pages[SkillId("knn")], (Field.NAME, "X")), pages)

        assert world.count_rows(target) == 0

    def test_a_row_that_is_gone_is_stale(self, world):
        """A page that answers 404 is an outcome of its row, not the end of the run."""
        target = world.make_target()
        gone = PageId("aaaaaaaa-0000-4000-8000-000000000001")

        with pytest.raises(StaleRowError):
            world.remote.update_row(target, update(gone, (Field.NAME, "X")), {})

    def test_a_row_that_notion_does_not_take_fails_alone(self, world):
        """A text that no property holds is an error of its row, before anything is sent."""
        target = world.make_target()
        record = Record(name="Long", notes="x" * 200_001)
        sent = world.remote.requests

        with pytest.raises(NotMadeError):
            world.remote.create_row(target, create("long", record), {})

        assert world.remote.requests == sent

    @pytest.mark.guarantee("G14")
    @pytest.mark.parametrize(
        ("before", "kind"),
        [
            pytest.param([], NotMadeError, id="refused at once"),
            pytest.param([httpx.Response(500)], RowError, id="refused after an ambiguous answer"),
        ],
    )
    def test_whether_a_refused_row_may_be_there_is_told(self, world, before, kind):
        """Only a row that was refused at once needs no look by the next run."""
        target = world.make_target()
        refusals = [*before, httpx.Response(400, json={"object": "error", "message": "No."})]
        world.wire.faults += [Disturbance("POST", "pages", refusal) for refusal in refusals]

        with pytest.raises(kind):
            world.remote.create_row(target, create("knn", Record(name="kNN")), {})

    def test_a_deleted_status_option_is_made_again_when_it_is_needed(self, world):
        """Writing skipped brings its option back, and keeps all others."""
        target = world.make_target()
        pages = world.push(target, "knn")
        kept = [option_id for option_id, status in target.options.items() if status != "skipped"]
        options = [{"id": option_id} for option_id in kept]
        world.patch_columns(target, {"Status": {"status": {"options": options}}})
        known = world.remote.fetch_target("ds", "Data science", target)
        assert "skipped" not in world.rows(known).options[Field.STATUS]

        action = update(pages[SkillId("knn")], (Field.STATUS, Status.SKIPPED))
        world.remote.update_row(known, action, pages)

        assert world.rows(known).rows[0].record.status is Status.SKIPPED
        again = world.remote.fetch_target("ds", "Data science", known)
        assert set(kept) <= set(again.options)
        assert again.gone == {Field.STATUS: {"skipped"}}
        assert world.rows(again).options[Field.STATUS] == {*Status} - {Status.SKIPPED}
        assert world.rows(replace(again, gone={})).options[Field.STATUS] == {*Status}

    def test_a_trashed_database_is_not_a_stale_row(self, world):
        """Writing into a thrown-away database says that the database is gone."""
        target = world.make_target()
        pages = world.push(target, "knn")
        world.call("PATCH", f"databases/{target.database_id}", {"in_trash": True})

        with pytest.raises(RemoteError) as caught:
            world.remote.update_row(target, update(pages[SkillId("knn")], (Field.NAME, "X")), pages)

        assert caught.value.problems[0].code == "database-trashed"

    def test_texts_too_long_for_an_option_are_kept_whole(self, world):
        """Sections, levels and tags of any length survive; other options stay as they are."""
        target = world.make_target()
        world.patch_columns(target, {"Tags": {"description": "my own words"}})
        own = {"name": "Mine", "color": "pink", "description": "a colour of my own"}
        world.patch_columns(target, {"Section": {"select": {"options": [own]}}})
        target = world.remote.fetch_target("ds", "Data science", target)
        long = Record(
            name="Long",
            section="A section, " + "very " * 60 + "long",
            level="\U0001f600" * 80,
            tags=frozenset({"t" * 101, "T" * 101, "short, but odd"}),
        )
        records = [long, FULL, long, Record(name="Other", tags=frozenset({"t" * 101, "x"}))] * 5

        def push(number):
            action = create(f"s{number}", records[number])
            return world.remote.create_row(target, action, {})

        with ThreadPoolExecutor(10) as pool:
            list(pool.map(push, range(20)))

        known = world.connect().fetch_target("ds", "Data science", target)
        rows = by_id(world.connect().fetch_rows(known, {}, classify=0).rows)
        assert [rows[f"s{number}"].record for number in range(20)] == records
        assert not any(row.held for row in rows.values())
        columns = world.columns(target)
        assert columns["Tags"]["description"] == "my own words"
        mine, *_, made = columns["Section"]["select"]["options"]
        assert {name: mine[name] for name in own} == own
        assert made["color"] in {"blue", "green", "orange", "default"}

    def test_long_sections_are_options_from_the_start(self, world):
        """A database made for long sections takes no further request for them."""
        section = "Section " + "x" * 200
        target = world.remote.create_target("ds", "Data science", [section])
        sent = world.remote.requests

        world.remote.create_row(target, create("a", Record(name="A", section=section)), {})

        assert world.remote.requests == sent + 1
        assert world.rows(target).rows[0].record.section == section

    def test_deleted_columns_are_made_again_on_request(self, world):
        """Only what is gone is added; what the learner did to the others stays."""
        target = world.make_target()
        pages = world.push(target, "knn", record=FULL)
        world.patch_columns(target, {"Hours": None, "Requires": None, "Goal": {"name": "Ziel"}})

        mended = world.connect().create_columns(target)

        row = (
            world.connect()
            .fetch_rows(mended, {page_id: {} for page_id in pages.values()}, classify=0)
            .rows[0]
        )
        assert row.record == FULL.with_values({Field.HOURS: None})
        assert mended.properties[Field.GOAL] == target.properties[Field.GOAL]
        assert mended.properties[Field.HOURS] != target.properties[Field.HOURS]
        assert world.connect().fetch_target("ds", "Data science", mended) == mended

    def test_a_column_is_not_made_over_another_of_its_name(self, world):
        """A retyped column keeps what is in it; making it anew is refused."""
        target = world.make_target()
        world.patch_columns(target, {"Hours": None})
        world.patch_columns(target, {"Hours": {"rich_text": {}}})

        with pytest.raises(RefusedError) as caught:
            world.connect().create_columns(target)

        assert caught.value.problems[0].code == "column-name-taken"
        assert world.columns(target)["Hours"]["type"] == "rich_text"

    def test_options_that_another_machine_sends_at_the_same_moment_are_kept(self, world):
        """Its list takes ours away: the options are read again, and both are there in the end."""
        target = world.make_target()
        before = world.columns(target)["Section"]["select"]["options"]

        def overwrite(_):
            options = [{"id": option["id"]} for option in before] + [{"name": "Theirs"}]
            theirs = world.patch_columns(target, {"Section": {"select": {"options": options}}})
            return httpx.Response(200, json=theirs)

        path = f"data_sources/{target.data_source_id}"
        world.wire.faults.append(Disturbance("PATCH", path, overwrite, after=True))
        long = "A section with a name of more than a hundred letters " * 3

        world.push(target, "a", record=Record(name="A", section=long.strip()))

        options = world.columns(target)["Section"]["select"]["options"]
        assert {"Theirs", *(option["name"] for option in before)} < {
            option["name"] for option in options
        }
        (row,) = world.connect().fetch_rows(target, {}, classify=0).rows
        assert row.record.section == long.strip()

    def test_whoever_may_not_make_rows_stops(self, world):
        """A denial to create is about all rows; a denial of one row is not, if another may be written."""
        target = world.make_target()
        pages = world.push(target, "knn", "svm")
        world.rows(target)
        denied = {"object": "error", "status": 403, "code": "restricted_resource", "message": "No"}
        row = pages[SkillId("knn")]
        world.wire.faults.append(Disturbance("POST", "pages", httpx.Response(403, json=denied)))
        world.wire.faults.append(
            Disturbance("PATCH", f"pages/{row}", httpx.Response(403, json=denied))
        )

        with pytest.raises(NotMadeError) as caught:
            world.remote.create_row(target, create("b", Record(name="B")), pages)
        assert isinstance(caught.value.cause, NoMoreRowsError)
        with pytest.raises(RowError):
            world.remote.update_row(target, update(row, (Field.NAME, "X")), pages)

    @pytest.mark.parametrize(
        ("answer", "stops"),
        [
            pytest.param((403, "restricted_resource", {}), UnreachableError, id="no capability"),
            pytest.param(
                (403, "restricted_resource", {"block_limit": "block_creation"}),
                UnreachableError,
                id="no more blocks",
            ),
            pytest.param((401, "unauthorized", {}), SettingsError, id="no token"),
            pytest.param(
                (429, "rate_limited", {"reason": "x_blocked"}), UnreachableError, id="429"
            ),
            pytest.param((400, "validation_error", {}), type(None), id="a value that cannot be"),
            pytest.param((404, "object_not_found", {}), type(None), id="not found"),
        ],
    )
    def test_a_creation_that_was_refused_is_surely_none(self, world, answer, stops):
        """A refusal says that nothing was made, and whether going on has any point."""
        target = world.make_target()
        status, code, extra = answer
        body = {"object": "error", "status": status, "code": code, "message": "No"}
        if "reason" in extra:
            extra = {"reason": "public_api_request_blocked"}
        refusal = httpx.Response(status, json={**body, "additional_data": extra})
        world.wire.faults.append(Disturbance("POST", "pages", refusal))

        with pytest.raises(NotMadeError) as caught:
            world.remote.create_row(target, create("b", Record(name="B")), {})

        assert isinstance(caught.value.cause, stops)

    def test_a_refusal_after_an_open_answer_settles_nothing(self, world):
        """The request before it may have made the row; so it stays open whether there is one."""
        target = world.make_target()
        denied = {"object": "error", "status": 403, "code": "restricted_resource", "message": "No"}
        world.wire.faults.append(Disturbance("POST", "pages", httpx.Response(502)))
        world.wire.faults.append(Disturbance("POST", "pages", httpx.Response(403, json=denied)))

        with pytest.raises(UnreachableError):
            world.remote.create_row(target, create("b", Record(name="B")), {})

    @pytest.mark.parametrize("is_told", [True, False], ids=["saved as", "answered as"])
    def test_another_row_is_not_believed_to_be_the_new_one(self, world, is_told):
        """An answer that shows another row is none; the row asked for is looked up, or made."""
        target = world.make_target()
        pages = world.push(target, "a")
        other = world.call("GET", f"pages/{pages[SkillId('a')]}")
        saved = {"object": "error", "status": 503, "code": "service_unavailable", "message": "-"}
        saved["additional_data"] = {"committed_resource_id": other["id"]}
        answer = httpx.Response(503, json=saved) if is_told else httpx.Response(200, json=other)
        world.wire.faults.append(Disturbance("POST", "pages", answer))

        made = world.remote.create_row(target, create("b", Record(name="B")), pages)

        assert by_id(world.rows(target).rows)["b"].page_id == made != other["id"]
        assert world.count_rows(target) == 2

    def test_a_row_just_restored_may_still_seem_trashed(self, world):
        """Notion believes for a while that a restored row is in the trash; that is waited out."""
        target = world.make_target()
        pages = world.push(target, "knn")
        row = pages[SkillId("knn")]
        world.remote.trash_row(target, row)
        archived = {
            "object": "error",
            "status": 400,
            "code": "validation_error",
            "message": "Can't edit block that is archived. You must unarchive the block before "
            "editing.",
        }

        def once_restored(request):
            world.wire.rewrite = None
            fault = Disturbance("PATCH", f"pages/{row}", httpx.Response(400, json=archived))
            world.call("PATCH", f"pages/{row}", {"in_trash": False})
            world.wire.faults.append(fault)
            world.wire.seen.append(("later", ""))
            return httpx.Request("GET", str(request.url), headers=request.headers)

        world.wire.rewrite = once_restored

        action = update(row, (Field.NAME, "Back"), restore=True)
        world.remote.update_row(target, action, pages)

        assert world.rows(target).rows[0].record.name == "Back"


class TestConnecting:
    def test_a_refused_token_is_a_matter_of_settings(self):
        """Exit code 4 names the variable, and the token is nowhere in it."""
        app = make_app(None, token="right")
        remote = make_remote(
            base_url="http://localhost/v1/",
            token="wrong-token-123456",
            parent=ROOT_PAGE_ID,
            transport=httpx.WSGITransport(app=app),
        )

        with pytest.raises(SettingsError) as caught:
            remote.fetch_me()

        remote.close()
        app.extensions["workspace"].close()
        assert "NOTION_TOKEN" in caught.value.problems[0].what
        assert "wrong-token" not in repr(caught.value.problems)

    def test_who_the_token_belongs_to_is_told(self, world):
        """The bot behind the token is named."""
        assert world.remote.fetch_me()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"base_url": "ftp://x"},
            {"base_url": "notion.com"},
            {"base_url": "https://user:secret@x"},
            {"token": " "},
            {"token": "two words"},
            {"token": "line\nend"},
            {"token": "töken"},
            {"parent": "my page"},
        ],
        ids=str,
    )
    def test_settings_that_cannot_work_are_refused_before_anything_is_sent(self, wrong):
        """Address, token and page are checked, and none of them is echoed."""
        values = {"base_url": "http://localhost", "token": "secret", "parent": ROOT_PAGE_ID}

        with pytest.raises(SettingsError) as caught:
            make_remote(**{**values, **wrong})

        assert "secret" not in repr(caught.value.problems)

    def test_an_unreachable_server_is_named(self, world):
        """Nobody listening ends as exit code 5 with the host."""
        remote = world.connect(base_url="http://127.0.0.1:9", transport=None)

        with pytest.raises(UnreachableError) as caught:
            remote.fetch_me()

        assert "127.0.0.1:9" in caught.value.problems[0].what
