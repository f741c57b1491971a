"""What the doctor finds out about Notion: token, page, capabilities, clock, views, rows."""

from __future__ import annotations

import httpx
import pytest
from faults import FaultyTransport, Killed, is_change, killed, never_sent, refused_token
from rights import Rights
from sandbox import TOKEN, Sandbox
from story import ScriptedServer

from tracker.adapters.files import hold_lock
from tracker.adapters.notion.access import NOBODYS_PAGE
from tracker.progress.page import MARKER
from tracker.workspace.app import ROOT_PAGE_ID

pytestmark = pytest.mark.slow

ROADMAP = """\
title: R
sections:
  - title: S
    skills:
      - {id: knn, name: kNN, status: done}
      - {id: trees, name: Trees, requires: [knn]}
"""
VIEWS = [
    "Path",
    "Checklist",
    "Board",
    "Up next",
    "Calendar",
    "By status",
    "By section",
    "Over time",
]


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(ROADMAP)
        yield sandbox


class Clock(httpx.BaseTransport):
    """A server that tells the time."""

    def __init__(self, inner, date):
        self.inner, self.date = inner, date

    def handle_request(self, request):
        response = self.inner.handle_request(request)
        response.headers["Date"] = self.date
        return response


def examine(shell, *words):
    """Run the doctor; return what was examined by subject, and the codes of what was found."""
    ended = shell.run("doctor", "--json", *words)
    parts = {part["subject"]: part for part in ended.json["examined"]}
    # The clock of the sandbox's server runs ahead with every request.
    told = [part for name, part in parts.items() if name != "clock"]
    return ended, parts, [problem["code"] for part in told for problem in part["problems"]]


def progress_page(sandbox):
    wanted = {"query": "Progress", "filter": {"property": "object", "value": "page"}}
    found = sandbox.person.send("POST", "search", wanted)["results"]
    (page,) = [page for page in found if page["parent"]["type"] == "page_id"]
    return page["id"]


def drop_state(sandbox):
    for path in (sandbox.folder / ".tracker").glob("state.db*"):
        path.unlink()


def test_a_healthy_folder_is_told_what_was_looked_at(sandbox, shell):
    """Whose token it is, the page, the capabilities as far as they can be seen; and nothing changes."""
    shell.run("sync")
    wire = FaultyTransport(sandbox.transport)
    sandbox.wrap = lambda _: wire
    before = sandbox.sides()

    ended, parts, codes = examine(shell)

    assert (ended.code, codes) == (0, [])
    assert list(parts)[4:] == ["Notion", "clock", "page", "capabilities", "Progress page", "path"]
    assert "answers as" in parts["Notion"]["found"]
    found = "read works, insert not refused, update not refused; only a write would prove it"
    assert parts["capabilities"]["found"] == found
    assert wire.writes == [("POST", "/v1/pages"), ("PATCH", f"/v1/pages/{NOBODYS_PAGE}")]
    assert sandbox.sides() == before


@pytest.mark.parametrize("lacks", [{"insert"}, {"update"}, {"insert", "update"}], ids=sorted)
@pytest.mark.parametrize("is_synced", [True, False])
def test_a_missing_capability_is_named_with_what_it_stops(sandbox, shell, lacks, is_synced):
    """Each one has a finding of its own, which says where to switch it on."""
    if is_synced:
        shell.run("sync")
    sandbox.wrap = lambda inner: Rights(inner, lacks=lacks)

    ended, parts, codes = examine(shell)

    problems = parts["capabilities"]["problems"]
    assert (ended.code, {*codes}) == (1, {"capability-missing"})
    assert [problem["what"].split()[-2] for problem in problems] == sorted(lacks)
    for problem in problems:
        assert "do not get to Notion" in problem["why"]
        assert "content" in problem["next"]


def test_a_connection_that_may_not_read_is_told_so_once(sandbox, shell):
    """All else would be the same refusal."""
    shell.run("sync")
    sandbox.wrap = lambda inner: Rights(inner, lacks={"read"})

    ended, parts, codes = examine(shell)

    assert (ended.code, codes) == (1, ["notion-denied"])
    assert "may not read content" in parts["page"]["problems"][0]["what"]


def test_a_full_workspace_is_not_taken_for_a_missing_capability(sandbox, shell):
    """What is used up is the plan of the workspace."""
    shell.run("sync")
    sandbox.wrap = lambda inner: Rights(inner, is_full=True)

    assert examine(shell)[2] == ["notion-full"]


def test_a_capability_that_no_answer_tells_of_is_not_tested(sandbox, shell):
    """A server that fails at writes says nothing about capabilities."""
    shell.run("sync")
    sandbox.wrap = lambda inner: ScriptedServer(inner, "(POST /v1/pages|PATCH)", 500)

    ended, parts, codes = examine(shell)

    assert (ended.code, codes) == (0, [])
    assert parts["capabilities"]["found"] == "read works, insert not tested, update not tested"


@pytest.mark.parametrize(
    ("owner", "word"),
    [
        ({"type": "workspace", "workspace": True}, "a connection"),
        ({"type": "user", "user": {"object": "user", "id": ROOT_PAGE_ID}}, "a personal token"),
        ({"type": "something new"}, "in Home"),
        (None, "in Home"),
    ],
    ids=str,
)
def test_the_kind_of_a_token_is_told(sandbox, shell, owner, word):
    """A connection sees what is shared with it, a person's token what the person sees."""
    bot = {"owner": owner, "workspace_name": "Home"}
    me = {"object": "user", "id": ROOT_PAGE_ID, "name": "Ada", "type": "bot", "bot": bot}

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/users/me":
            return httpx.Response(200, json=me, request=request)
        return sandbox.transport.handle_request(request)

    sandbox.wrap = lambda _: httpx.MockTransport(respond)

    found = examine(shell)[1]["Notion"]["found"]

    assert found.startswith("answers as Ada in Home")
    assert word in found


@pytest.mark.parametrize(
    ("date", "found"),
    [
        ("Tue, 03 Nov 2026 12:04:00 GMT", []),
        ("Tue, 03 Nov 2026 11:10:00 GMT", ["the clock of this machine is 50 minutes fast"]),
        ("Wed, 04 Nov 2026 12:00:00 GMT", ["the clock of this machine is 24 hours slow"]),
        ("nonsense", []),
    ],
)
def test_a_clock_that_is_off_is_a_finding(sandbox, shell, date, found):
    """The server tells the time; a few minutes make no difference."""
    sandbox.wrap = lambda inner: Clock(inner, date)

    ended, parts, _ = examine(shell)

    problems = parts.get("clock", {"problems": []})["problems"]
    assert {problem["code"] for problem in problems} <= {"clock-off"}
    assert [problem["what"] for problem in problems] == found
    assert ended.code == 0


@pytest.mark.parametrize(
    ("fault", "found"),
    [(never_sent, "cannot be reached"), (refused_token, "does not let us in")],
    ids=["no network", "a refused token"],
)
def test_without_notion_the_rest_is_looked_at(sandbox, shell, fault, found):
    """Broken files are told as well, no token is shown, and no advice means the doctor itself."""
    shell.run("sync")
    sandbox.write("title: [", "other")
    sandbox.wrap = lambda inner: FaultyTransport(inner, lambda *_: fault())

    ended, parts, codes = examine(shell)

    assert ended.code == 1
    assert (parts["Notion"]["found"], len(codes)) == (found, 2)
    assert parts["roadmaps"]["problems"][0]["path"] == "roadmaps/other.yaml"
    assert TOKEN not in ended.out
    assert "run the command again" not in ended.out


def test_settings_that_cannot_be_read_keep_no_roadmap_from_being_examined(sandbox, shell):
    """What they say of Notion is not known; the exit code is that of settings."""
    (sandbox.folder / "tracker.yaml").write_text("prefer: [", encoding="utf-8")

    ended, parts, _ = examine(shell)

    assert (ended.code, list(parts)) == (4, ["settings", "roadmaps"])
    assert not parts["settings"]["ok"]


def test_a_run_that_is_writing_is_named(sandbox, shell):
    """Whoever holds the lock is told; a note that a killed run left is not."""
    own = sandbox.folder / ".tracker"
    with hold_lock(own, since="noon"):
        note = (own / "lock.json").read_bytes()
        held = examine(shell)
    (own / "lock.json").write_bytes(note)

    left = examine(shell)

    (problem,) = held[1]["lock"]["problems"]
    assert (held[0].code, problem["code"]) == (0, "state-locked")
    assert "since noon" in problem["why"]
    assert problem["next"] == "wait for it to finish, or end that process"
    assert left[1]["lock"]["found"] == "free"


def test_rows_that_share_a_tracker_id_are_named(sandbox, shell):
    """A copy is told before the next sync makes a skill of it."""
    shell.run("sync")
    sandbox.person.copy("knn")

    ended, parts, codes = examine(shell)

    assert (ended.code, codes) == (0, ["duplicate-ids"])
    assert "knn (2 rows)" in parts["path"]["problems"][0]["what"]
    assert "! " in shell.run("doctor").out


def test_a_deleted_option_is_named(sandbox, shell):
    """The rows that had it lost it, and the next sync asks what to do."""
    shell.run("sync")
    sandbox.person.delete_option("Status", "Done")

    ended, parts, codes = examine(shell)

    assert (ended.code, codes) == (0, ["options-deleted"])
    assert '"done" of status' in parts["path"]["problems"][0]["what"]


def test_a_page_that_is_not_shared_is_told_once(sandbox, shell):
    """It is the reason for every roadmap, and told with the first."""
    shell.run("sync")
    drop_state(sandbox)
    path = sandbox.folder / "tracker.yaml"
    path.write_text(f"notion:\n  parent: {ROOT_PAGE_ID[:-1]}f\n", encoding="utf-8")

    ended = shell.run("doctor")

    assert ended.code == 1
    assert ended.out.count("is not there, or not shared") == 1
    assert "!!  path           cannot be synced" in ended.out


@pytest.mark.guarantee("G11")
@pytest.mark.parametrize("was", ["refused", "never asked for"])
def test_views_that_were_never_made_are_offered_and_made(sandbox, shell, was):
    """The note names them, --fix makes them, and no value changes on either side."""
    sandbox.wrap = lambda inner: ScriptedServer(inner, "/v1/views", 404)
    shell.run("sync")
    sandbox.wrap = lambda inner: inner
    if was == "never asked for":
        drop_state(sandbox)
        shell.run("sync")
    before = sandbox.sides()

    noted = examine(shell)[1]["path"]["problems"][0]
    fixed = shell.run("doctor", "--fix", "--yes", "--json")
    after = sandbox.sides()

    assert "the view Path, the view Checklist" in noted["why"]
    assert (fixed.code, fixed.json["views"]) == (0, {"path": VIEWS})
    assert [view["name"] for view in sandbox.person.views()] == VIEWS
    assert after | {"views": before["views"]} == before
    assert examine(shell)[2] == []
    assert shell.run("sync", "--json").json["writes"] == 0
    assert shell.run("doctor", "--fix", "--yes").out == "nothing is missing\n"


@pytest.mark.guarantee("G11")
def test_views_that_the_learner_deleted_are_not_offered(sandbox, shell):
    """Neither the doctor nor --fix brings them back."""
    shell.run("sync")
    sandbox.person.send("DELETE", f"views/{sandbox.person.view('Board')['id']}")

    assert examine(shell)[2] == []
    assert shell.run("doctor", "--fix", "--yes").out == "nothing is missing\n"
    assert "Board" not in [view["name"] for view in sandbox.person.views()]


def test_views_that_are_refused_again_are_told(sandbox, shell):
    """Mending goes on with what can be mended."""
    sandbox.wrap = lambda inner: ScriptedServer(inner, "POST /v1/views", 400)
    shell.run("sync")

    fixed = shell.run("doctor", "--fix", "--yes", "--json")

    assert (fixed.code, fixed.codes) == (0, ["views-refused"])


def test_one_roadmap_that_cannot_be_mended_keeps_no_other_from_it(sandbox, shell):
    """A column of another type is told, and the next roadmap gets its column."""
    sandbox.write(ROADMAP.replace("title: R", "title: Q"), "other")
    shell.run("sync")
    for source, name, change in (("Q", "Goal", {"number": {}}), ("R", "Hours", None)):
        (found,) = [it for it in sandbox.person.sources() if it["title"][0]["plain_text"] == source]
        sandbox.person.send("PATCH", f"data_sources/{found['id']}", {"properties": {name: change}})

    fixed = shell.run("doctor", "--fix", "--yes", "--json")

    assert (fixed.code, fixed.codes) == (7, ["column-retyped"])
    assert fixed.json["mended"] == {"path": ["hours"]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("nothing", None),
        ("trash", "progress-page-left"),
        ("marker", "progress-page-unmarked"),
        ("refused", "progress-page-late"),
        ("not made", "progress-page-missing"),
    ],
)
def test_the_progress_page_is_looked_at(sandbox, shell, change, code):
    """Each way in which it can be left behind has its words, and none of them fails the doctor."""
    if change == "not made":
        sandbox.wrap = _without_page
    shell.run("sync")
    sandbox.wrap = lambda inner: inner
    if change == "trash":
        sandbox.person.send("PATCH", f"pages/{progress_page(sandbox)}", {"in_trash": True})
    if change == "marker":
        page = progress_page(sandbox)
        text = sandbox.person.send("GET", f"pages/{page}/markdown")["markdown"]
        line = next(line for line in text.splitlines() if MARKER in line)
        updates = [{"old_str": line, "new_str": "mine"}]
        body = {"type": "update_content", "update_content": {"content_updates": updates}}
        sandbox.person.send("PATCH", f"pages/{page}/markdown", body)
    if change == "refused":
        sandbox.wrap = lambda inner: ScriptedServer(inner, "/markdown", 500)
        sandbox.replace("status: done", "status: todo")
        shell.run("sync")
        sandbox.wrap = lambda inner: inner

    ended, _, codes = examine(shell)

    assert (ended.code, codes) == (0, [code] if code else [])


def _without_page(inner):
    """Refuse the creation of the Progress page, and of nothing else."""

    def respond(request: httpx.Request) -> httpx.Response:
        body = request.read()
        if request.url.path == "/v1/pages" and b'"Progress"' in body:
            error = {"object": "error", "status": 400, "code": "validation_error", "message": "No."}
            return httpx.Response(400, json=error, request=request)
        return inner.handle_request(request)

    return httpx.MockTransport(respond)


def test_a_page_that_is_not_wanted_is_not_missed(sandbox, shell):
    """The setting says so, and the doctor repeats it."""
    path = sandbox.folder / "tracker.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "progress_page: false\n", encoding="utf-8")
    shell.run("sync")

    _, parts, codes = examine(shell)

    assert "progress_page is false" in parts["Progress page"]["found"]
    assert codes == []


@pytest.mark.guarantee("G5")
@pytest.mark.parametrize("done", [True, False], ids=["after it was done", "before"])
@pytest.mark.parametrize("number", [0, 1, 4, 7])
def test_mending_that_is_killed_is_finished_by_the_next_one(sandbox, shell, number, done):
    """Killed at any view, --fix is run again: each is there once, and no sync has more to do."""
    sandbox.wrap = lambda inner: ScriptedServer(inner, "/v1/views", 404)
    shell.run("sync")
    kill, writes = killed(done=done), iter(range(100))

    def decide(_, request):
        return kill if is_change(request) and next(writes) == number else None

    sandbox.wrap = lambda _: FaultyTransport(sandbox.transport, decide)
    with pytest.raises(Killed):
        shell.run("doctor", "--fix", "--yes")
    sandbox.wrap = lambda inner: inner

    assert shell.run("doctor", "--fix", "--yes").code == 0
    assert [view["name"] for view in sandbox.person.views()] == VIEWS
    assert shell.run("doctor", "--fix", "--yes").out == "nothing is missing\n"
    assert shell.run("sync", "--json").json["writes"] == 0
