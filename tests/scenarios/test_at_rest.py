"""A sync after one that left nothing to do finds out that nothing changed, and says the same as before.

Here a database of three rows is large. Each request takes a minute of the server's time.
"""

import json
import re
import sqlite3
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from faults import Fault, forbidden, losing
from sandbox import ENVIRON, TODAY
from shell import open_shell
from watched import TEXT, Watched

from tracker.adapters.roadmap_files.load import RoadmapFolder
from tracker.adapters.state_db import StateDb
from tracker.errors import Problem, RefusedError, RemoteError, RoadmapError, StateError
from tracker.local_ports import Loaded, RoadmapFile
from tracker.roadmap.model import Roadmap
from tracker.sync.model import Policy
from tracker.sync.rest import RestBasis
from tracker.wiring import open_services
from tracker.workflows.observe import observe_changes
from tracker.workflows.resting import is_based_on
from tracker.workspace.app import make_app

pytestmark = pytest.mark.slow


@pytest.fixture
def sandbox(tmp_path):
    """Sync until there is nothing left to do, and the run before knew it."""
    with Watched(tmp_path) as made:
        settle(made)
        yield made


def settle(sandbox):
    for _ in range(3):
        sandbox.sync()


def remembered(sandbox):
    """Return what is remembered of the last run at rest, and of the rows."""
    with open_services(sandbox.folder, environ=ENVIRON, dry_run=True) as services:
        state = services.readers.state
        return state.load_rest(), state.load_mark("path"), state.load_rows("path")


def rest(sandbox):
    """Return what is remembered of the last run at rest."""
    return remembered(sandbox)[0]


def forget_rest(sandbox):
    with open_services(sandbox.folder, environ=ENVIRON) as services:
        services.writers.state.save_direct_reads("path", {})


@pytest.fixture
def loads(monkeypatch):
    """Note each time that the roadmap files are loaded."""
    found, load = [], RoadmapFolder.load_roadmaps

    def note(folder):
        found.append(folder)
        return load(folder)

    monkeypatch.setattr(RoadmapFolder, "load_roadmaps", note)
    return found


def say(shell, *words):
    """Return all that a command says, but for the name of its run and the time that it takes."""
    ended = shell.run(*words)
    out = re.sub(r'"run": "[^"]*"|"seconds": [0-9.e-]+|\([0-9.]+ s\)', "", ended.out)
    return ended.code, out, ended.err


@pytest.mark.parametrize("words", [("sync",), ("sync", "--json"), ("plan",), ("plan", "--json")])
def test_it_says_what_it_would_say_otherwise(sandbox, monkeypatch, capsys, loads, words):
    """Text, notes, JSON and exit code are those of a run that loads and plans everything."""
    sandbox.write(TEXT.replace("tags: [b]", "tags: [b], kind: milestone"))  # a warning to tell
    settle(sandbox)
    settle(sandbox)
    shell = open_shell(sandbox, monkeypatch, capsys)
    loads.clear()

    short = say(shell, *words)
    is_short = not loads
    forget_rest(sandbox)
    long = say(shell, *words)

    assert (is_short, bool(loads)) == (True, True)
    assert "warning" in short[1] + short[2]
    assert short == long


def test_nothing_is_loaded_or_written(sandbox, loads):
    """Two requests; the files are read and not parsed; what the run rests on stays as it is."""
    before = remembered(sandbox)

    sandbox.sync()

    assert not loads
    assert [request.method for request in sandbox.asked] == ["GET", "POST"]
    assert remembered(sandbox) == before


def test_a_dry_run_neither_begins_nor_ends_a_rest(sandbox):
    """It uses what is remembered, and remembers nothing."""
    known = rest(sandbox)
    forget_rest(sandbox)

    sandbox.plan()

    assert known is not None
    assert rest(sandbox) is None


CHANGES = [
    pytest.param(
        lambda it: it.replace("title: Path", "title: Path  # mine"), id="a comment in the file"
    ),
    pytest.param(lambda it: it.write(TEXT.replace("Path", "Other"), "other"), id="another file"),
    pytest.param(lambda it: it.write("title: [", "broken"), id="a broken file"),
    pytest.param(lambda it: it.person.edit("pca", {"Goal": "new"}), id="an edit of a row"),
    pytest.param(lambda it: it.person.add({"Skill": "New"}), id="a new row"),
    pytest.param(lambda it: it.person.add({}), id="an empty row"),
    pytest.param(
        lambda it: it.person.edit("pca", {"Unlocks": ["knn"]}), id="the other end of a relation"
    ),
    pytest.param(lambda it: it.rename_option("Tags", "a", "z"), id="an option renamed"),
    pytest.param(lambda it: set_setting(it, "progress_page: false\n"), id="another setting"),
    pytest.param(forget_rest, id="anything written to the state"),
    pytest.param(
        lambda it: setattr(it.server_time, "now", it.server_time.now + timedelta(days=1)),
        id="a day later",
    ),
]


def set_setting(sandbox, line):
    path = sandbox.folder / "tracker.yaml"
    path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_ends_it(sandbox, change, loads):
    """The files are loaded, and all is planned anew; what was fetched is not fetched again."""
    change(sandbox)

    with suppress(RoadmapError):
        sandbox.sync()

    assert loads
    paths = [(it.method, it.url.path, it.content) for it in sandbox.asked[:3]]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(
            lambda it: (
                it.person.edit("pca", {"Goal": "theirs"}),
                it.replace("name: PCA, goal: g", "name: PCA, goal: mine"),
            ),
            id="a conflict",
        ),
        pytest.param(lambda it: it.person.edit("pca", {"Skill": ""}), id="a field on hold"),
        pytest.param(
            lambda it: it.write("title: Gone\nsections: []\n", "gone"),
            id="a small roadmap beside it",
        ),
    ],
)
def test_a_run_that_leaves_something_is_not_at_rest(sandbox, prepare):
    """The next one tells it again, from all that there is."""
    prepare(sandbox)
    sandbox.large_from = 3

    settle(sandbox)

    assert rest(sandbox) is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(forbidden().act, id="a refusal"),
        pytest.param(losing(httpx.ConnectError, done=False).act, id="no answer"),
    ],
)
def test_a_progress_page_that_could_not_be_written_is_tried_again(sandbox, answer):
    """Both sides are equal, but there is something left to do."""
    set_setting(sandbox, "progress_page: false\n")
    settle(sandbox)
    settings = sandbox.folder / "tracker.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("false", "true"))
    lost = Fault("lost", answer, lambda request: "data_sources" not in request.url.path)
    sandbox.decide = lambda *_: lost
    failed = sandbox.sync()
    known = rest(sandbox)
    sandbox.decide = lambda *_: None

    mended = sandbox.sync()

    assert failed.stopped or failed.problems
    assert known is None
    assert len(sandbox.asked) > 2
    assert not mended.problems


def test_the_next_day_is_another_run(sandbox):
    """Whatever depends on the day is found out anew."""
    with open_services(
        sandbox.folder, environ=ENVIRON, dry_run=True, overrides=sandbox.overrides
    ) as services:
        worlds = [
            observe_changes(services.readers, (), Policy(today=TODAY + timedelta(days=days)))
            for days in (0, 1)
        ]

    assert [world.rest is None for world in worlds] == [False, True]


@pytest.mark.parametrize(
    ("digests", "is_same"),
    [
        pytest.param({"a.yaml": "1"}, True, id="the same file"),
        pytest.param({"a.yaml": "2"}, False, id="another content, saved while it was loaded"),
        pytest.param({"a.yaml": "1", "b.yaml": "1"}, False, id="a file that did not load"),
        pytest.param({}, False, id="a file that was new"),
    ],
)
def test_only_files_that_were_loaded_as_they_were_can_rest(digests, is_same):
    """A file that changes while a run begins is looked at by the next run."""
    loaded = Loaded((RoadmapFile("a", "a.yaml", "1", Roadmap(title="A")),))

    assert is_based_on(RestBasis("", (), digests), loaded) is is_same


def test_rows_that_are_shown_again(sandbox):
    """Rows edited without any change of what is synced are no change, and are not shown for ever."""
    sandbox.person.change_column("Own", {"rich_text": {}})
    sandbox.person.edit("knn", {"Own": "mine"})
    settle(sandbox)
    assert rest(sandbox) is not None
    sandbox.person.edit("knn", {"Own": "other"})

    sandbox.sync()
    known = rest(sandbox)
    for _ in range(5):
        sandbox.person.source()
    asked = []
    for _ in range(2):
        sandbox.sync()
        asked.append(json.loads(sandbox.asked[1].content)["filter"]["last_edited_time"])

    assert known is not None
    assert asked[0]["on_or_after"] < asked[1]["on_or_after"]


def test_other_roadmaps_named_are_another_run(sandbox):
    """What was found of all roadmaps says nothing of a run that is told which."""
    assert rest(sandbox).basis.names == ()

    sandbox.sync("path")

    assert sandbox.queries == ["edited"]
    assert rest(sandbox).basis.names == ("path",)


def test_a_state_that_lost_the_database_is_no_rest(sandbox):
    """An earlier version forgets a roadmap and knows of no rest: then all rows are read and bound."""
    with sqlite3.connect(sandbox.folder / ".tracker" / "state.db") as db:
        for table in ("target", "binding"):
            db.execute(f"DELETE FROM {table}")

    sandbox.sync()

    assert sandbox.queries == ["all"]
    with open_services(sandbox.folder, environ=ENVIRON, dry_run=True) as services:
        assert len(services.readers.state.load_pages("path")) == 3


def test_a_lost_workspace_is_told(sandbox):
    """A database that is not there any more ends the run as it always does."""
    sandbox.person.change_database({"in_trash": True})

    with pytest.raises(RefusedError, match="trash"):
        sandbox.sync()


def test_the_state_of_another_machine_is_not_taken_for_its_own(sandbox, tmp_path):
    """Of a server that holds another database under the same address nothing is believed."""
    sandbox.app = make_app(tmp_path / "other.db", clock=sandbox.server_time)
    sandbox.transport.app = sandbox.app

    with pytest.raises(RemoteError, match="not there"):
        sandbox.sync()


@pytest.mark.parametrize("is_known", [False, True], ids=["the first time", "a row shown again"])
def test_a_disk_that_refuses_what_only_saves_time(sandbox, monkeypatch, capsys, is_known):
    """A sync with nothing to do ends well on a full disk, as it does where nothing is remembered."""
    if is_known:
        sandbox.person.change_column("Own", {"rich_text": {}})
        settle(sandbox)
        sandbox.person.edit("knn", {"Own": "mine"})
    else:
        forget_rest(sandbox)
    shell = open_shell(sandbox, monkeypatch, capsys)
    refused = []

    def refuse(store, *values, **named):
        refused.append(values)
        raise StateError(Problem("state-unusable", "the disk is full"))

    for name in ("save_snapshot", "save_rest"):
        monkeypatch.setattr(StateDb, name, refuse)

    assert shell.run("sync", "--json").code == 0
    assert refused
