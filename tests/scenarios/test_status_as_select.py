"""A server that ignores the groups of a status column is no reason to stop, but to say so."""

import pytest
from other_servers import without_groups
from sandbox import Sandbox

pytestmark = pytest.mark.slow

ROADMAP = (
    "title: R\nsections:\n  - title: S\n    skills:\n      - {id: knn, name: kNN, status: done}\n"
)


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(ROADMAP)
        sandbox.wrap = without_groups
        yield sandbox


def test_the_run_that_makes_the_column_says_that_it_is_a_select(sandbox):
    """The note reaches whoever asked for the sync; the next run has nothing to say."""
    first = sandbox.sync()
    second = sandbox.sync()

    assert [note.code for note in first.problems] == ["status-as-select"]
    assert sandbox.person.source()["properties"]["Status"]["type"] == "select"
    assert second.problems == ()
    assert second.planned.is_empty
