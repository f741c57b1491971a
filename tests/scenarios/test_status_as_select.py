"""A server that ignores the groups of a status column is no reason to stop, but to say so."""

import json

import httpx
import pytest
from sandbox import Sandbox

pytestmark = pytest.mark.slow

ROADMAP = (
    "title: R\nsections:\n  - title: S\n    skills:\n      - {id: knn, name: kNN, status: done}\n"
)


class Groupless(httpx.BaseTransport):
    """Takes the groups out of every request for a column, as older servers do."""

    def __init__(self, inner):
        self.inner = inner

    def handle_request(self, request):
        body = request.read()
        if request.method == "POST" and b'"group"' in body:
            body = json.dumps(without_groups(json.loads(body))).encode()
            headers = {k: v for k, v in request.headers.items() if k != "content-length"}
            request = httpx.Request(request.method, request.url, headers=headers, content=body)
        return self.inner.handle_request(request)


def without_groups(value):
    """Return JSON without any key `group`."""
    if isinstance(value, dict):
        return {key: without_groups(each) for key, each in value.items() if key != "group"}
    return [without_groups(each) for each in value] if isinstance(value, list) else value


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(ROADMAP)
        sandbox.wrap = Groupless
        yield sandbox


def test_the_run_that_makes_the_column_says_that_it_is_a_select(sandbox):
    """The note reaches whoever asked for the sync; the next run has nothing to say."""
    first = sandbox.sync()
    second = sandbox.sync()

    assert [note.code for note in first.problems] == ["status-as-select"]
    assert sandbox.person.source()["properties"]["Status"]["type"] == "select"
    assert second.problems == ()
    assert second.planned.is_empty
