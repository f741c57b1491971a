"""A row that Notion refused leaves nothing behind that every later run would have to look for."""

import json

import httpx
import pytest
from faults import Fault, FaultyTransport
from notion_person import shown
from sandbox import ENVIRON, Sandbox

from tracker.cli.main import main
from tracker.errors import UnreachableError
from tracker.wiring import init_folder, open_services

pytestmark = pytest.mark.slow

TAGS = ", ".join(f"t{number}" for number in range(101))
ROADMAP = f"""\
title: R
sections:
  - title: S
    skills:
      - {{id: knn, name: kNN}}
      - {{id: svm, name: SVM, tags: [{TAGS}]}}
"""
SMALL = """\
title: Path
sections:
  - title: S
    skills:
      - {id: knn, name: kNN}
      - {id: svm, name: SVM}
"""


def sync(folder, capsys):
    code = main(["-C", str(folder), "sync", "--json"])
    return code, json.loads(capsys.readouterr().out)["requests"]


def test_a_row_that_cannot_be_is_not_looked_for(tmp_path, capsys):
    """The next run asks for the columns and the rows, and for nothing else."""
    init_folder(tmp_path, [], None)
    (tmp_path / "roadmaps" / "r.yaml").write_text(ROADMAP, encoding="utf-8")

    first, _ = sync(tmp_path, capsys)

    assert first == 1
    assert sync(tmp_path, capsys) == (1, 2)


@pytest.mark.parametrize(
    "extra", [{}, {"block_limit": "block_creation"}], ids=["no capability", "no more blocks"]
)
def test_a_creation_that_notion_does_not_allow_is_not_waited_for(tmp_path, extra):
    """The runs after it wait for nothing, make the rows, and doctor knows of no open end."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(SMALL)
        sandbox.wrap = lambda inner: FaultyTransport(inner, _refuse_rows(extra))
        assert isinstance(sandbox.sync().stopped, UnreachableError)

        with open_services(
            sandbox.folder, environ=ENVIRON, overrides=sandbox.overrides
        ) as services:
            assert not services.readers.state.load_intents("path")
        sandbox.wrap = lambda inner: inner
        sandbox.time.slept.clear()
        assert not sandbox.sync().unfinished

        assert sandbox.time.slept == []
        assert [shown(row)["Tracker ID"] for row in sandbox.person.rows()] == ["knn", "svm"]


def _refuse_rows(extra):
    body = {"object": "error", "status": 403, "code": "restricted_resource", "message": "No"}
    body["additional_data"] = extra
    fault = Fault("403", lambda asked, _: httpx.Response(403, json=body, request=asked))
    return lambda _, asked: fault if asked.url.path == "/v1/pages" else None
