"""The token is nowhere to be found, whatever happened (G16)."""

from __future__ import annotations

import httpx
import pytest
from faults import FaultyTransport, failing
from sandbox import Sandbox
from shell import open_shell

TEXT = """\
title: Small path
sections:
  - title: Basics
    skills:
      - {id: split, name: Split}
      - Bare string
"""
PLAIN = "a-token-that-looks-like-nothing-at-all"
NOTION = "ntn_31415926535ABCDEFabcdef"
UNKNOWN = "7d0c1f52-6a3e-4c8b-9f21-0b5e8a4d6c1f"

pytestmark = [
    pytest.mark.guarantee("G16"),
    pytest.mark.parametrize("token", [PLAIN, NOTION], ids=["of another server", "of Notion"]),
    pytest.mark.slow,
]


class Echoing(httpx.BaseTransport):
    """Refuses everything, and repeats the token in its answer: in JSON, in HTML, or as a failure."""

    def __init__(self, status):
        self.status = status

    def handle_request(self, request):
        told = f"bad header: {request.headers['authorization']} {request.url}"
        if self.status == 0:
            raise httpx.ReadError(told, request=request)
        if self.status == 502:
            return httpx.Response(502, html=f"<h1>{told}</h1>")
        body = {"object": "error", "status": self.status, "code": told, "message": told}
        return httpx.Response(self.status, json=body, headers={"x-echo": told})


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys, token):
    """Give a shell whose environment holds the token."""
    with Sandbox(tmp_path / "world") as sandbox:
        sandbox.write(TEXT)
        shell = open_shell(sandbox, monkeypatch, capsys)
        monkeypatch.setenv("NOTION_TOKEN", token)
        monkeypatch.setenv("TMPDIR", str(tmp_path / "world"))
        yield shell


def search(shell, token, *ended):
    """Return everything that holds the token: files of the whole world, and what was printed."""
    files = [path for path in shell.sandbox.root.rglob("*") if path.is_file()]
    held = [str(path) for path in files if token.encode() in path.read_bytes()]
    return held + [each for each in ended if token in each.out + each.err]


def test_after_an_ordinary_day(shell, token):
    """Syncs, plans, reports and saved plans hold no token, however much they tell."""
    sandbox = shell.sandbox
    ended = [shell.run("-vv", "plan", "--out", str(sandbox.folder / "saved.plan"))]
    ended.append(shell.run("-vv", "sync"))
    sandbox.person.edit("split", {"Status": "Done"})
    ended += [shell.run("-vv", "sync", "--json"), shell.run("report"), shell.run("check")]

    assert [each.code for each in ended] == [0, 0, 0, 0, 0]
    assert (sandbox.folder / "saved.plan").exists()
    assert search(shell, token, *ended) == []


@pytest.mark.parametrize("status", [0, 400, 401, 403, 404, 502])
def test_a_server_that_repeats_a_typed_token(shell, token, status, monkeypatch):
    """A token that is in no environment is not shown either, on its way into the keyring."""
    monkeypatch.delenv("NOTION_TOKEN")
    monkeypatch.setattr("tracker.cli.screen._is_terminal", lambda _: True)
    monkeypatch.setattr("tracker.cli.commands.connect.import_keyring", lambda: None)
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: token)
    shell.sandbox.wrap = lambda _: Echoing(status)

    ended = shell.run("-vv", "connect", UNKNOWN, "--save-token")

    assert ended.code in {4, 5}
    assert search(shell, token, ended) == []


@pytest.mark.parametrize("status", [0, 400, 401, 403, 404, 502])
def test_a_server_that_repeats_it(shell, token, status):
    """A server that puts the token into its answers does not get it onto the screen."""
    shell.run("sync")
    shell.sandbox.wrap = lambda _: Echoing(status)

    ended = [shell.run("-vv", "sync"), shell.run("sync", "--json"), shell.run("plan")]

    assert {each.code for each in ended} <= {4, 5}
    assert search(shell, token, *ended) == []


def test_a_bug_in_the_middle(shell, token, monkeypatch):
    """The report of a bug holds no token, though the error itself names it."""

    def break_down(*_):
        raise RuntimeError(f"cannot go on with {token} in hand")

    monkeypatch.setattr("tracker.workflows.sync.observe_changes", break_down)

    ended = [shell.run("-vv", "sync"), shell.run("sync", "--json")]

    reports = list((shell.sandbox.folder / ".tracker").glob("crash-*.txt"))
    assert [each.code for each in ended] == [70, 70]
    assert len(reports) >= 1
    assert search(shell, token, *ended) == []


def test_a_run_that_is_cut_off(shell, token):
    """What a run leaves behind that failed half-way holds no token."""
    shell.sandbox.wrap = lambda inner: FaultyTransport(inner, late)

    def late(number, _request):
        return failing(500, done=True) if number > 5 else None

    ended = shell.run("-vv", "sync")

    assert ended.code in {1, 5}
    assert search(shell, token, ended) == []


def test_it_cannot_be_given_on_the_command_line(shell, token):
    """No option takes a token: command lines stand in histories and process lists."""
    ended = shell.run("sync", "--token", token)

    assert ended.code == 2
    assert search(shell, token, ended) == []
