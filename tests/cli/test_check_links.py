"""`tracker check --links`, from the command line to a server on this machine and back."""

import json

import pytest
from link_server import answers, serve

from tracker.cli.main import main

pytestmark = pytest.mark.slow

ROADMAP = """\
title: A path
sections:
  - title: First
    skills:
      - id: one
        name: One
        resources:
          - {{title: Fine, url: "{base}/fine#part", type: docs}}
          - {{title: Old, url: "{base}/old#part", type: docs}}
      - id: two
        name: Two
        resources:
          - {{title: Gone, url: "{base}/gone", type: docs}}
          - {{title: Fine, url: "{base}/fine", type: docs}}
      - id: three
        name: Three
        resources:
          - {{title: Gone, url: "{base}/gone", type: docs}}
"""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    """Forget the proxies of whoever runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server():
    behaviours = {
        "/old": answers(301, Location="/new"),
        "/gone": answers(404),
    }
    with serve(behaviours) as server:
        yield server


@pytest.fixture
def folder(tmp_path, server):
    (tmp_path / "tracker.yaml").write_text("prefer: ask\n")
    (tmp_path / "roadmaps").mkdir()
    (tmp_path / "roadmaps" / "path.yaml").write_text(ROADMAP.format(base=server.base))
    return tmp_path


def run(folder, *arguments):
    return main(["-C", str(folder), "check", *arguments])


def test_findings_are_told_with_all_their_places(folder, server, capsys):
    """A dead link is an error where it stands first, naming the other places; a moved one a warning."""
    code = run(folder, "--links")

    out = " ".join(capsys.readouterr().out.split())
    assert code == 1
    assert (
        f"roadmaps/path.yaml:13:32: error dead-link: the link {server.base}/gone "
        "answers 404 Not Found" in out
    )
    assert "also used at roadmaps/path.yaml:18:32" in out
    assert "roadmaps/path.yaml:9:31: warning moved-link" in out
    assert f"write {server.base}/new#part" in out
    assert "2 ok, 1 moved, 1 dead (3 asked, 0 remembered)" in out


def test_a_second_run_asks_nothing(folder, server, capsys):
    """Answers are remembered in the folder's own state, and told again."""
    run(folder, "--links")
    asked = server.asked.total()
    capsys.readouterr()

    code = run(folder, "--links")

    assert code == 1
    assert server.asked.total() == asked
    assert "0 asked, 3 remembered" in capsys.readouterr().out
    assert (folder / ".tracker" / "link-cache.json").is_file()


def test_no_cache_asks_anew_and_remembers_nothing(folder, server):
    """With --no-cache the state is neither read nor written."""
    run(folder, "--links", "--no-cache")
    asked = server.asked.total()

    run(folder, "--links", "--no-cache")

    assert server.asked.total() == 2 * asked
    assert not (folder / ".tracker").exists()


def test_links_as_json_name_every_verdict(folder, server, capsys):
    """The JSON answer holds each link with its verdict, places and new place."""
    run(folder, "--links", "--json")

    links = json.loads(capsys.readouterr().out)["links"]
    found = {each["url"].removeprefix(server.base): each for each in links["found"]}
    assert {url: each["verdict"] for url, each in found.items()} == {
        "/fine#part": "ok",
        "/old#part": "moved",
        "/gone": "dead",
        "/fine": "ok",
    }
    assert found["/gone"]["places"] == ["roadmaps/path.yaml:13:32", "roadmaps/path.yaml:18:32"]
    assert found["/old#part"]["final_url"] == f"{server.base}/new#part"


def test_findings_that_are_warnings_do_not_fail(folder, server):
    """A folder whose links are at worst moved exits with 0."""
    server.behaviours["/gone"] = answers(301, Location="/fine")

    assert run(folder, "--links") == 0


def test_without_links_nothing_is_asked(folder, server):
    """A plain check stays offline."""
    assert run(folder) == 0
    assert server.asked.total() == 0
