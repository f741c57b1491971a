"""Of a large database only what changed is read, and nothing is missed that a complete read shows.

Here a database of three rows is large. Each request takes a minute of the server's time.
"""

from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from faults import Fault, Killed, hooked, incomplete, killed
from shell import open_shell
from watched import EDITED, TEXT, Watched

from tracker.sync.model import Create, Delete, Side

pytestmark = pytest.mark.slow

LESS = TEXT.replace("      - {id: pca, name: PCA, goal: g, tags: [b]}\n", "")


@pytest.fixture
def sandbox(tmp_path):
    """Sync twice: the first makes all rows, the second reads them."""
    with Watched(tmp_path) as made:
        made.sync()
        made.sync()
        assert made.queries == ["all"]
        yield made


def test_nothing_changed(sandbox):
    """One request for the database, and one for what changed: however many rows there are."""
    result = sandbox.sync()

    assert result.planned.is_empty
    assert [request.method for request in sandbox.asked] == ["GET", "POST"]
    assert sandbox.queries == ["edited"]


def test_a_dry_run_reads_what_the_sync_would(sandbox):
    """It remembers nothing of it, and the sync after it sees the same."""
    sandbox.person.edit("pca", {"Goal": "new"})

    planned = sandbox.plan()
    result = sandbox.sync()

    assert planned.plans == result.planned.plans
    assert sandbox.queries == ["edited"]
    assert "goal: new" in sandbox.files()["path.yaml"]


def test_edits_on_both_sides(sandbox):
    """What somebody edits in Notion or in the file is synced as always."""
    sandbox.person.edit("pca", {"Goal": "theirs"})
    sandbox.replace("id: knn, name: kNN, goal: g", "id: knn, name: kNN, goal: mine")

    sandbox.sync()

    assert sandbox.queries == ["edited"]
    assert "goal: theirs" in sandbox.files()["path.yaml"]
    assert "mine" in str(sandbox.person.row("knn"))
    sandbox.sync()
    assert (sandbox.queries, sandbox.writes) == (["edited"], [])


@pytest.mark.guarantee("G2")
def test_an_edit_of_both_sides_of_one_value(sandbox):
    """It is a conflict, also in the syncs after it, and nothing is written over."""
    sandbox.person.edit("pca", {"Goal": "theirs"})
    sandbox.replace("id: pca, name: PCA, goal: g", "id: pca, name: PCA, goal: mine")

    for _ in range(3):
        result = sandbox.sync()
        assert [conflict.remote for _, conflict in result.planned.conflicts] == ["theirs"]
    assert sandbox.queries == ["edited"]


def test_a_new_row(sandbox):
    """A row that somebody adds becomes a skill."""
    sandbox.person.add({"Skill": "New", "Section": "S"})

    result = sandbox.sync()

    assert result.count(Create, Side.LOCAL) == 1
    assert sandbox.queries == ["edited"]


@pytest.mark.guarantee("G6")
def test_a_deletion_takes_a_complete_read(sandbox):
    """Before a row is trashed all rows are read, in the same run, and in the next."""
    sandbox.write(LESS)

    result = sandbox.sync()

    assert sandbox.queries == ["edited", "all"]
    assert result.count(Delete, Side.REMOTE) == 1
    sandbox.sync()
    assert (sandbox.queries, sandbox.writes) == (["all"], [])


@pytest.mark.guarantee("G14")
def test_a_new_skill_takes_a_complete_read(sandbox):
    """That no row has its id is only known of all rows."""
    sandbox.write(TEXT + "      - {id: rag, name: RAG}\n")

    result = sandbox.sync()

    assert sandbox.queries == ["edited", "all"]
    assert result.count(Create, Side.REMOTE) == 1


def test_a_refusal_takes_a_complete_read(sandbox):
    """What a guard refuses is judged by all rows, also where nothing would be deleted."""
    for key in ("knn", "svm", "pca"):
        sandbox.person.edit(key, {"Goal": "new"})
    sandbox.write("title: Path\nsections: []\n")

    result = sandbox.sync()

    assert result.planned.refusals
    assert sandbox.queries == ["edited", "all"]


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(lambda it: it.rename_option("Tags", "a", "z"), id="an option renamed"),
        pytest.param(lambda it: it.person.delete_option("Tags", "b"), id="an option deleted"),
        pytest.param(
            lambda it: [it.person.trash("pca"), it.person.restore("pca")],
            id="a row out of the trash again",
        ),
    ],
)
def test_what_a_complete_read_would_show(sandbox, prepare, tmp_path):
    """A sync that begins incrementally ends as one that reads everything."""
    prepare(sandbox)
    planned = sandbox.plan()
    sandbox.large_from = 1000

    assert planned.plans == sandbox.plan().plans


def test_an_option_that_was_renamed_takes_a_complete_read(sandbox):
    """It changes the rows that have it, and none of them counts as edited."""
    sandbox.rename_option("Tags", "a", "z")

    sandbox.sync()

    assert sandbox.queries == ["all"]


def test_a_relation_that_was_edited_at_its_other_end(sandbox):
    """The row that was edited shows it, and the other one is read by its id."""
    back = next(it for it in sandbox.person.source()["properties"] if it.startswith("Unlocks"))
    sandbox.person.edit("pca", {back: ["knn"]})

    sandbox.sync()

    assert sandbox.queries == ["edited"]
    assert "goal: g, requires: [pca], tags: [a]" in sandbox.files()["path.yaml"]


def test_a_relation_that_was_edited_at_the_other_end_of_many(tmp_path):
    """A row shows 25 of them; the others are read as well."""
    keys = [f"s-{number}" for number in range(30)]
    with Watched(tmp_path) as sandbox:
        lines = (f"      - {{id: {key}, name: {key}, requires: [knn]}}\n" for key in keys)
        sandbox.write(TEXT + "".join(lines))
        sandbox.sync()
        sandbox.sync()
        back = next(it for it in sandbox.person.source()["properties"] if it.startswith("Unlocks"))
        sandbox.person.edit("knn", {back: ["svm", "pca", *keys]})

        sandbox.sync()

        assert sandbox.queries == ["edited"]
        assert "name: PCA, goal: g, requires: [knn]" in sandbox.files()["path.yaml"]


def test_a_row_in_the_trash_is_seen_on_the_next_day(sandbox):
    """No query shows it; the daily complete read does, and the skill goes then."""
    sandbox.person.trash("pca")
    sandbox.sync()
    assert "pca" in sandbox.files()["path.yaml"]

    sandbox.server_time.now += timedelta(days=1)
    sandbox.sync()

    assert sandbox.queries == ["all"]
    assert "pca" not in sandbox.files()["path.yaml"]


def test_a_row_in_the_trash_is_seen_where_another_row_shows_it(sandbox):
    """What required it was edited, and does not show it any more: then all rows are read."""
    sandbox.person.trash("svm")
    sandbox.person.edit("knn", {"Goal": "new"})

    sandbox.sync()

    assert sandbox.queries == ["edited", "all"]
    assert "svm" not in sandbox.files()["path.yaml"]


def test_a_row_that_was_moved_away_stays_on_hold(sandbox):
    """What a complete read found is not forgotten by the sync after it."""
    sandbox.move("pca")
    sandbox.write(TEXT + "      - {id: rag, name: RAG}\n")

    holds = [sandbox.sync().planned.holds for _ in range(3)]

    assert len(holds[0]) == 1
    assert holds[0] == holds[1] == holds[2]


@pytest.mark.guarantee("G7")
def test_a_row_in_the_trash_is_seen_when_its_skill_was_edited(sandbox):
    """It is read right before it is written: the edit brings it back."""
    sandbox.person.trash("pca")
    sandbox.replace("id: pca, name: PCA, goal: g", "id: pca, name: PCA, goal: mine")

    result = sandbox.sync()

    assert not result.unfinished
    assert sandbox.person.row("pca")["in_trash"] is False
    assert "mine" in str(sandbox.person.row("pca"))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            lambda request, _: httpx.Response(
                400,
                json={
                    "object": "error",
                    "status": 400,
                    "code": "validation_error",
                    "message": "filter is not supported",
                },
                request=request,
            ),
            id="a server that does not know the question",
        ),
        pytest.param(incomplete().act, id="an answer that was cut off"),
    ],
)
def test_a_query_of_edited_rows_that_fails(sandbox, answer):
    """All rows are read in the same run."""
    sandbox.decide = lambda _, request: (
        Fault("refused", answer) if EDITED in str(request.content) else None
    )
    sandbox.person.edit("pca", {"Goal": "new"})

    result = sandbox.sync()

    assert sandbox.queries == ["edited", "all"]
    assert result.stopped is None
    assert "goal: new" in sandbox.files()["path.yaml"]


@pytest.mark.guarantee("G5")
@pytest.mark.parametrize("number", range(12))
def test_a_run_that_was_cut_off(sandbox, number):
    """Wherever it was, the next runs end as if nothing had happened."""
    sandbox.person.edit("knn", {"Goal": "theirs"})
    sandbox.write(LESS.replace("id: svm, name: SVM, goal: g", "id: svm, name: SVM, goal: mine"))
    sandbox.decide = lambda at, _: killed(done=True) if at == number else None
    with suppress(Killed):
        sandbox.sync()
    sandbox.decide = lambda *_: None

    sandbox.sync()
    sandbox.sync()

    assert not sandbox.writes
    text = sandbox.files()["path.yaml"]
    assert "goal: theirs" in text
    assert "pca" not in text
    assert [row["in_trash"] for row in sandbox.person.trashed()] == [True]
    assert "mine" in str(sandbox.person.row("svm"))


def test_an_edit_while_all_rows_are_read(sandbox):
    """Whatever the listing shows of it, the next sync sees it."""
    sandbox.write(TEXT + "      - {id: rag, name: RAG}\n")
    hook = hooked(lambda: sandbox.person.edit("knn", {"Goal": "meanwhile"}), done=True)
    sandbox.decide = lambda number, _: hook if number == 2 else None
    sandbox.sync()
    sandbox.decide = lambda *_: None

    sandbox.sync()

    assert "goal: meanwhile" in sandbox.files()["path.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LESS, id="a deletion"),
        pytest.param(TEXT.replace("goal: g", "goal: mine"), id="edits"),
    ],
)
def test_an_undo_and_a_redo_in_between(sandbox, monkeypatch, capsys, text):
    """What they move into the trash and out of it, and what they write, the syncs after them know."""
    shell = open_shell(sandbox, monkeypatch, capsys)
    before = sandbox.sides()
    sandbox.write(text)
    sandbox.sync()
    after = sandbox.sides()

    for command, expected in (("undo", before), ("redo", after)):
        assert shell.run(command, "--yes").code == 0
        for _ in range(3):
            sandbox.sync()
            assert sandbox.writes == []
        assert sandbox.sides() == expected


def test_small_databases_are_read_completely(tmp_path):
    """Below the limit nothing is remembered of the rows."""
    with Watched(tmp_path) as sandbox:
        sandbox.large_from = 4
        for _ in range(3):
            sandbox.sync()

        assert sandbox.queries == ["all"]
