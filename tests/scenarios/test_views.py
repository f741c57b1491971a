"""The views of a database: made once, then the learner's; what cannot be made stops nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx
import pytest
from faults import FaultyTransport, failing, losing
from sandbox import Sandbox
from story import ScriptedServer

pytestmark = pytest.mark.slow

ROADMAP = """\
title: R
sections:
  - title: S
    skills:
      - {id: knn, name: kNN, status: done}
      - {id: trees, name: Trees, requires: [knn]}
"""
NAMES = [
    *("Path", "Checklist", "Board", "Up next", "Calendar"),
    *("By status", "By section", "Over time"),
]
PLUMBING = {"Order", "Tracker ID", "Sync history", "Unlocks"}


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(ROADMAP)
        yield sandbox


def names(sandbox: Sandbox) -> list[str]:
    return [view["name"] for view in sandbox.person.views()]


def forget(sandbox: Sandbox) -> None:
    """Lose the state, and the settings' note of where the database is."""
    for path in (sandbox.folder / ".tracker").glob("state.db*"):
        path.unlink()


def watch(sandbox: Sandbox, decide: Callable[..., object] = lambda *_: None) -> FaultyTransport:
    """Let a faulty network stand between the sandbox and its server; it lists what was sent."""
    wire = FaultyTransport(sandbox.transport, decide)
    sandbox.wrap = lambda _: wire
    return wire


def on_posts(fault, *numbers):
    """Decide that a fault befalls the creations of views with these numbers."""
    seen = []

    def decide(_, request):
        if (request.method, request.url.path) != ("POST", "/v1/views"):
            return None
        seen.append(request)
        return fault if not numbers or len(seen) in numbers else None

    return decide


def test_a_first_sync_makes_the_views_and_hides_the_plumbing(sandbox):
    """Eight views in the order of the tabs, none of which shows what only tracker needs."""
    sandbox.sync()

    views = sandbox.person.views()
    assert [view["name"] for view in views] == NAMES
    for view in views:
        if view["type"] != "chart":
            shown = {it["property_id"]: it["visible"] for it in view["configuration"]["properties"]}
            assert not any(shown[column] for column in PLUMBING), view["name"]


def test_views_are_made_once(sandbox):
    """The second sync writes nothing; without any state the third one does neither."""
    sandbox.sync()
    before = sandbox.person.views()
    wire = watch(sandbox)

    sandbox.sync()
    forget(sandbox)
    sandbox.sync()

    assert sandbox.person.views() == before
    assert wire.writes == []


@pytest.mark.guarantee("G11")
def test_what_a_learner_does_to_views_stays(sandbox):
    """Views that were renamed, changed, added or deleted stay so, with the state and without it."""
    sandbox.sync()
    views = {view["name"]: view["id"] for view in sandbox.person.views()}
    sandbox.person.send("DELETE", f"views/{views['Board']}")
    sandbox.person.send("DELETE", f"views/{views['Over time']}")
    sandbox.person.send("PATCH", f"views/{views['Path']}", {"name": "Mein Weg", "sorts": None})
    sandbox.person.send("PATCH", f"views/{views['Up next']}", {"filter": None})
    before = sandbox.person.views()

    for step in (lambda: None, lambda: forget(sandbox), lambda: None):
        step()
        sandbox.person.edit("knn", {"Hours": len(sandbox.files()["path.yaml"])})
        sandbox.replace("name: Trees", "name: Trees and trees")
        sandbox.sync()
        sandbox.replace("name: Trees and trees", "name: Trees")
        sandbox.sync()

    assert sandbox.person.views() == before


@pytest.mark.parametrize(
    "told",
    [
        *({"path": "POST /v1/views", "answers": status} for status in (400, 403, 404)),
        *({"path": "GET /v1/views$", "answers": status} for status in (400, 403, 404)),
        {"path": "/v1/views", "answers": 404},
    ],
    ids=lambda told: f"{told['path']} {told['answers']}",
)
def test_refused_views_are_one_note(sandbox, told):
    """The rows are made all the same, and the next sync asks for no view."""
    sandbox.wrap = lambda inner: ScriptedServer(inner, **told)

    first = sandbox.sync()
    wire = watch(sandbox)
    second = sandbox.sync()

    assert [note.code for note in first.problems] == ["views-refused"]
    assert (first.stopped, first.unfinished) == (None, ())
    assert len(sandbox.person.rows()) == 2
    assert second.problems == ()
    assert not [path for _, path in wire.sent if "views" in path]


def test_a_plan_without_charts_gets_the_other_views(sandbox):
    """A server that refuses single views has all others, and the note names those that it lacks."""

    def refuse_charts(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/views" and b'"chart"' in request.read():
            error = {"object": "error", "status": 400, "code": "validation_error", "message": "No."}
            return httpx.Response(400, json=error, request=request)
        return sandbox.transport.handle_request(request)

    sandbox.wrap = lambda _: httpx.MockTransport(refuse_charts)

    result = sandbox.sync()

    assert names(sandbox) == NAMES[:5]
    (note,) = result.problems
    assert "By status, By section, Over time" in note.what


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_default_view_that_cannot_be_changed_is_left_alone(sandbox, status):
    """The other views are made; the note names the Path."""
    sandbox.wrap = lambda inner: ScriptedServer(inner, "PATCH /v1/views/", status)

    result = sandbox.sync()

    assert names(sandbox) == ["Default view", *NAMES[1:]]
    assert [note.what for note in result.problems] == ['"R" lacks views: Path']


@pytest.mark.guarantee("G14")
@pytest.mark.parametrize("number", [1, 4, 7])
@pytest.mark.parametrize("fault", [losing(httpx.ReadTimeout, done=True), failing(502, done=False)])
def test_a_lost_answer_makes_no_second_view(sandbox, fault, number):
    """What may have been made is looked for before it is made again."""
    watch(sandbox, on_posts(fault, number))

    result = sandbox.sync()

    assert result.problems == ()
    assert names(sandbox) == NAMES


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_server_that_fails_at_views_gets_the_rows(sandbox, method):
    """Failures that last are a note; the next sync tries again, and the one after it rests."""
    sandbox.wrap = lambda inner: ScriptedServer(inner, f"{method} /v1/views", 500)

    first = sandbox.sync()
    watch(sandbox)
    second = sandbox.sync()
    wire = watch(sandbox)
    third = sandbox.sync()

    assert [note.code for note in first.problems] == ["views-refused"]
    assert "tracker sync" in first.problems[0].next
    assert (first.stopped, first.unfinished, second.problems) == (None, (), ())
    assert names(sandbox) == NAMES
    assert (wire.writes, third.problems) == ([], ())


@pytest.mark.parametrize("answer", [{"results": []}, {"results": [{}], "has_more": False}], ids=str)
def test_views_in_an_unknown_form_are_a_note(sandbox, answer):
    """A list without its end, or of things without ids, is no reason to stop either."""

    def respond(request: httpx.Request) -> httpx.Response:
        if (request.method, request.url.path) == ("GET", "/v1/views"):
            return httpx.Response(200, json={"object": "list", **answer}, request=request)
        return sandbox.transport.handle_request(request)

    sandbox.wrap = lambda _: httpx.MockTransport(respond)

    result = sandbox.sync()

    assert [note.code for note in result.problems] == ["views-refused"]
    assert result.stopped is None


@pytest.mark.guarantee("G5")
@pytest.mark.parametrize("is_remembered", [True, False])
def test_a_network_that_dies_between_views_is_made_good_later(sandbox, is_remembered):
    """The run ends with an error; the next one makes what is missing, and nothing twice."""
    wire = watch(sandbox)
    wire.decide = lambda number, _: losing(httpx.ConnectError, done=False) if number > 11 else None

    first = sandbox.sync()
    reached = names(sandbox)
    deleted = sandbox.person.view("Checklist")["id"]
    if is_remembered:
        sandbox.person.send("DELETE", f"views/{deleted}")
    else:
        forget(sandbox)
    watch(sandbox)
    second = sandbox.sync()

    assert first.stopped is not None
    # The view with which the database started becomes the Path last of all.
    assert reached == ["Default view", *NAMES[1:]][: len(reached)]
    assert len(reached) < len(NAMES)
    assert (second.stopped, second.problems) == (None, ())
    # What was deleted after it was made is not made again.
    assert names(sandbox) == [name for name in NAMES if name != "Checklist" or not is_remembered]


@pytest.mark.guarantee("G4", "G5")
@pytest.mark.parametrize("is_remembered", [True, False])
@pytest.mark.parametrize("number", range(15, 30, 3))
def test_views_that_were_cut_off_beside_rows_are_made_good_later(sandbox, number, is_remembered):
    """The default view is still untouched then, so nobody can have deleted the others."""
    chain = (f"{{id: s{n}, name: S{n}, requires: [{f's{n - 1}' if n else ''}]}}" for n in range(14))
    rows = "".join(f"      - {row}\n" for row in chain)
    sandbox.write(f"title: R\nsections:\n  - title: S\n    skills:\n{rows}")
    wire = watch(sandbox)
    wire.decide = lambda at, _: losing(httpx.ConnectError, done=False) if at > number else None

    first = sandbox.sync()
    reached, made = names(sandbox), len(sandbox.person.rows())
    if not is_remembered:
        forget(sandbox)
    watch(sandbox)
    second = sandbox.sync()

    assert first.stopped is not None
    assert made < 14 or len(reached) < len(NAMES)
    assert (second.stopped, second.problems) == (None, ())
    assert names(sandbox) == NAMES
    assert len(sandbox.person.rows()) == 14


def test_a_database_of_the_first_edition_gets_no_views_by_a_sync(sandbox):
    """Its views are missing, and made for whoever asks for them."""
    sandbox.wrap = lambda inner: ScriptedServer(inner, "/v1/views", 404)
    sandbox.sync()
    watch(sandbox)
    forget(sandbox)
    sandbox.sync()

    assert names(sandbox) == ["Default view"]


@pytest.mark.guarantee("G5")
def test_two_machines_that_begin_at_once_make_each_view_once(tmp_path):
    """Whoever makes the views of a database of which nobody knows anything, gives way to the older."""
    with Sandbox(tmp_path / "one") as one:
        one.write(ROADMAP)
        machines = [one]
        for name in ("two", "three"):
            other = Sandbox(tmp_path / name)
            other.close()
            other.transport, other.person, other.app = one.transport, one.person, one.app
            other.write(ROADMAP)
            machines.append(other)
        threads = [threading.Thread(target=machine.sync) for machine in machines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(names(one)) == sorted(NAMES)
