"""A server that garbles what it answers changes nothing on either side, and is told of."""

import json

import httpx
import pytest
from sandbox import Sandbox

pytestmark = pytest.mark.slow

ROADMAP = """\
title: Path
sections:
  - title: S
    skills:
      - id: knn
        name: kNN
        goal: Can classify by neighbours.
        level: entry
        hours: 2
        status: done
        started: 2026-11-01
        completed: 2026-11-02
        tags: [vision]
        resources:
          - {title: Docs, url: "https://a.org"}
        notes: Kept.
      - id: svm
        name: SVM
        requires: [knn]
"""
OTHER = "bbbbbbbb-0000-4000-8000-000000000002"


class Garbling(httpx.BaseTransport):
    """Hands answers on after a function (path, answer) changed them."""

    def __init__(self, inner, garble):
        self.inner, self.garble = inner, garble
        self.written = []

    def handle_request(self, request):
        # The Progress page may say what is held.
        if request.method == "PATCH" and not request.url.path.endswith("/markdown"):
            self.written.append(json.loads(request.content))
        response = self.inner.handle_request(request)
        answer = json.loads(response.read())
        self.garble(request, answer)
        return httpx.Response(response.status_code, json=answer)


def garble_values(value_of):
    """Return what replaces the values of all rows that are shown, property by property."""

    def garble(_request, answer):
        for page in answer.get("results") or [answer]:
            for found in (page.get("properties") or {}).values():
                if page.get("object") == "page" and found["type"] in value_of:
                    found[found["type"]] = value_of[found["type"]]

    return garble


@pytest.mark.guarantee("G1")
@pytest.mark.parametrize(
    "value_of",
    [
        pytest.param({"rich_text": None, "multi_select": None, "relation": None}, id="null"),
        pytest.param({"rich_text": "", "multi_select": "", "relation": "", "date": ""}, id="text"),
        pytest.param(
            {"rich_text": {}, "multi_select": {}, "relation": {}, "date": {}}, id="object"
        ),
        pytest.param({"rich_text": [{}], "multi_select": [{}], "relation": [{}]}, id="empty items"),
        pytest.param({"rich_text": [{"type": "x"}], "status": {}, "select": {}}, id="odd items"),
        pytest.param({"number": "2", "select": [], "status": [], "title": None}, id="other types"),
    ],
)
def test_values_that_cannot_be_read_empty_neither_side(tmp_path, value_of):
    """The file keeps every byte, Notion every value, and each field is held with a reason."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(ROADMAP)
        sandbox.sync()
        before = sandbox.path().read_bytes()
        wire = Garbling(sandbox.transport, garble_values(value_of))
        sandbox.wrap = lambda _: wire

        planned = sandbox.sync().planned

        assert planned.holds
        assert planned.is_empty
        assert wire.written == []
        assert sandbox.path().read_bytes() == before
        sandbox.wrap = lambda inner: inner
        afterwards = sandbox.plan()
        assert afterwards.is_empty
        assert not afterwards.holds
        assert not afterwards.conflicts


@pytest.mark.guarantee("G6")
def test_pages_in_the_trash_that_nobody_asked_for_remove_nothing(tmp_path):
    """A row that is not listed stays, whatever the server says of another page."""

    def garble(request, answer):
        if request.url.path.endswith("/query"):
            answer["results"] = answer["results"][:1]
        elif request.method == "GET" and answer.get("object") == "page" and "Skill" in str(answer):
            answer |= {"id": OTHER, "in_trash": True}

    with Sandbox(tmp_path) as sandbox:
        sandbox.write(ROADMAP)
        sandbox.sync()
        before = sandbox.path().read_bytes()
        sandbox.wrap = lambda inner: Garbling(inner, garble)

        sandbox.sync()

        assert sandbox.path().read_bytes() == before
