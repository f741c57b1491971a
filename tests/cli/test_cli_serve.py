"""Promises of `serve`: the built-in workspace answers over loopback and stops cleanly."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager

import httpx
import pytest
from werkzeug.serving import make_server

from tracker.adapters.builtin import find_served, make_workspace
from tracker.cli.commands.serve import NoticeFile, QuietHandler, make_note, make_notice
from tracker.progress.page import Waiting
from tracker.wiring import find_notion_link, open_workspace

pytestmark = pytest.mark.slow


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one program there")
def test_serve_answers_and_stops_on_ctrl_c(tmp_path):
    """The workspace tells where it is, answers a browser and the API, and ends with 0."""
    with subprocess.Popen(
        [sys.executable, "-m", "tracker.cli.main", "serve", "--port", "0", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        told = json.loads(server.stdout.readline())
        request = urllib.request.Request(
            f"{told['url']}/v1/pages/{told['home']}",
            headers={"Authorization": "Bearer any", "Notion-Version": "2026-03-11"},
        )
        with urllib.request.urlopen(request) as answer:
            page = json.load(answer)
        with urllib.request.urlopen(told["url"]) as answer:
            shown = answer.read()
        served = find_served(tmp_path / ".tracker")
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0

    assert (served, find_served(tmp_path / ".tracker")) == (told["url"], None)
    assert page["id"].replace("-", "") == told["home"].replace("-", "")
    assert b"<html" in shown
    assert (tmp_path / ".tracker" / "workspace.db").exists()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one program there")
def test_serve_prints_a_link_that_opens_a_guarded_workspace(tmp_path):
    """With a token the pages are closed, and the printed link opens them for one browser, once."""
    with subprocess.Popen(
        [sys.executable, "-m", "tracker.cli.main", "serve", "--port", "0", "--json"],
        cwd=tmp_path,
        env={**os.environ, "TRACKER_WORKSPACE_TOKEN": "a secret"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        told = json.loads(server.stdout.readline())
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(told["link"]) as answer:
            shown = answer.read()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(told["url"])
        refused.value.close()
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0

    assert told["link"].startswith(f"{told['url']}/?key=")
    assert "a secret" not in json.dumps(told)
    assert b"<h1>Home</h1>" in shown
    assert b"Nothing here yet. Run `tracker sync`." in shown
    assert refused.value.code == 401


PAGE = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("settings", "link"),
    [
        ("notion: {}\n", None),
        (f"notion:\n  parent: '{PAGE}'\n", f"https://www.notion.so/{PAGE}"),
        (f"notion:\n  parent: https://www.notion.so/me/Page-{PAGE}?v=1\n",
         f"https://www.notion.so/{PAGE}"),
        ("notion:\n  parent: [\n", None),
        (None, None),
    ],
    ids=["built-in", "an id", "a link", "broken settings", "no settings"],
)  # fmt: skip
def test_serve_knows_where_the_skills_are(tmp_path, settings, link):
    """A folder that syncs with Notion says so on Home; any other, how to fill the workspace."""
    if settings is not None:
        (tmp_path / "tracker.yaml").write_text(settings, encoding="utf-8")

    note = make_note(find_notion_link(tmp_path))

    told = ("This folder syncs with Notion; open it there:", link) if link else ("", "")
    assert (note.words, note.link) == told
    assert "Run `tracker sync`." in note.if_empty or link


@contextmanager
def browse(folder):
    """Look at the pages of a folder's workspace, with what waits there."""
    note = make_note(None, NoticeFile(folder / ".tracker"))
    app = make_workspace(folder / ".tracker" / "workspace.db", note=note)
    transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
    with httpx.Client(transport=transport, base_url="http://localhost") as browser:
        yield lambda path: browser.get(path).text
    app.extensions["workspace"].close()


def edit_goal(folder, title, goal):
    """Set the goal of a skill in the workspace; return the path of its page."""
    with open_workspace(folder) as client:
        found = client.send("POST", "/v1/search", {"query": title})["results"]
        page = next(one for one in found if one["object"] == "page")
        goal = {"Goal": {"rich_text": [{"text": {"content": goal}}]}}
        client.send("PATCH", f"/v1/pages/{page['id']}", {"properties": goal})
    return f"/p/{page['id'].replace('-', '')}"


@pytest.mark.parametrize("progress_page", ["", "progress_page: false\n"], ids=["with", "without"])
def test_what_waits_is_shown_where_the_skill_is(learner, progress_page):
    """A conflict stands on the page of its skill with both values, until the command there settles it."""
    settings = learner.folder / "tracker.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + progress_page, encoding="utf-8")
    assert learner.run("sync").code == 0
    path = edit_goal(learner.folder, "Decision trees", "From <b>there</b>")
    learner.replace("name: Decision trees", "name: Decision trees\n        goal: From here")
    assert learner.run("sync").code == 1

    with browse(learner.folder) as look:
        page, home = look(path), look("/")
        database = look(re.search(r'href="(/p/\w+)"><span[^>]*>▦', home)[1])
        other = look(re.search(r'href="(/p/\w+)">(?:<span.*?</span> )?Train', database)[1])
        command = re.search(r"<code>tracker (resolve .*? --take file)</code>", page)[1]
        settled = learner.run(*shlex.split(command)).code
        after = look(path)

    waiting = page.partition('aria-label="Waits for you"')[2].partition("</section>")[0]
    assert "Goal: changed on both sides" in waiting
    assert "<dt>file</dt><dd>From here</dd>" in waiting
    assert "<dt>workspace</dt><dd>From &lt;b&gt;there&lt;/b&gt;</dd>" in waiting
    assert "1 waits for you" in home
    assert "1 skill waits for you: " in database
    assert database.count('class="waits"') == 1
    assert "Waits for you" not in other
    assert (settled, "Waits for you" in after) == (0, False)


def test_a_state_that_cannot_be_read_stops_no_page(learner):
    """Pages are shown without what waits where nobody knows what that is."""
    assert learner.run("sync").code == 0
    (learner.folder / ".tracker" / "state.db").write_bytes(b"no database at all" * 100)

    with browse(learner.folder) as look:
        assert "Small path" in look("/")


def test_what_is_held_is_told_with_its_reason(tmp_path):
    """What is held has no values to choose from: the notice says why, and where to read on."""
    held = Waiting("small", "knn", "kNN", "resources", reason="the link is no address")
    row = Waiting("small", "", "a row", reason="it has no title")

    notices = [make_notice(held), make_notice(row)]

    assert [one.words for one in notices] == [
        "Resources: the link is no address",
        "a row: it has no title",
    ]
    assert {one.commands for one in notices} == {("tracker conflicts",)}


def test_a_port_in_use_is_told(learner):
    """A port that is taken exits with 2 and names the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        ended = learner.run("serve", "--port", str(taken.getsockname()[1]))

    assert (ended.code, ended.out) == (2, "")
    assert "tracker serve --port 0" in ended.err


class HastyHandler(QuietHandler):
    """Gives up at once what a person would be given half a minute for."""

    seconds = 0.05


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST /p/x HT", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf"],
    ids=["nothing", "half a head", "half a form"],
)
def test_a_request_that_does_not_arrive_is_given_up(sent):
    """A connection on which the rest of a request never comes is closed by the server."""
    server = make_server("127.0.0.1", 0, make_workspace(None), threaded=True,
                         request_handler=HastyHandler)  # fmt: skip
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with socket.create_connection(server.server_address, timeout=30) as client:
            client.sendall(sent)
            while client.recv(4096):
                pass
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class EndingServer:
    """A server that is stopped as soon as it runs."""

    server_port = 8765

    def serve_forever(self):
        """Return at once, as after Ctrl-C."""


@pytest.mark.parametrize(
    ("token", "told"), [("", "any"), ("a secret", "the value of TRACKER_WORKSPACE_TOKEN")]
)
def test_serve_tells_how_to_reach_the_workspace(learner, monkeypatch, token, told):
    """A person reads the link, the id of Home, the address of the API, the token and the folder."""
    monkeypatch.setenv("TRACKER_WORKSPACE_TOKEN", token)
    monkeypatch.setattr("tracker.cli.commands.serve.make_server", lambda *_, **__: EndingServer())

    ended = learner.run("serve")

    assert (ended.code, ended.err) == (0, "stopped\n")
    assert "as an API   NOTION_BASE_URL=http://127.0.0.1:8765\n" in ended.out
    assert f"token       {told}\n" in ended.out
    assert f"stored in {learner.folder / '.tracker'}" in " ".join(ended.out.split())


def test_serve_needs_a_folder_that_can_be_made(nowhere):
    """A file in the place of `.tracker` is told with the option that names another folder."""
    nowhere.folder.mkdir()
    (nowhere.folder / ".tracker").write_text("", encoding="utf-8")

    ended = nowhere.run("serve", "--json")

    (problem,) = ended.json["problems"]
    assert (ended.code, problem["code"]) == (4, "no-own-folder")
