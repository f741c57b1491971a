"""A state that was damaged, or that somebody else wrote, is told as that; never as a bug (G4)."""

import json
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.adapters.state_db import StateDb
from tracker.errors import StateError
from tracker.local_ports import PageRecord
from tracker.progress.page import Waiting
from tracker.roadmap.model import Status
from tracker.sync.journal import JournalEntry, Undo
from tracker.sync.model import Binding, Change, Side, Update
from tracker.sync.records import Field, Link, Links
from tracker.sync.speed import SpeedRecord
from tracker.sync.target import DatabaseTarget

FIELDS = {
    Field.NAME: "kNN",
    Field.STATUS: Status.DONE,
    Field.HOURS: 2.5,
    Field.STARTED: date(2026, 11, 1),
    Field.TAGS: frozenset({"a", "b"}),
    Field.RESOURCES: Links((Link("https://example.org", "Docs", "docs"),)),
}
COLUMNS = [
    *(("target", each) for each in ("roadmap", "value")),
    *(("binding", each) for each in ("roadmap", "skill_id", "page_id", "base", "seen")),
    *(("intent", each) for each in ("roadmap", "skill_id")),
    *(
        ("journal", each)
        for each in ("number", "run", "at", "roadmap", "title", "action", "removed", "base")
    ),
    *(("undo", each) for each in ("run", "of", "is_open")),
    ("meta", "value"),
]
PAGE = PageRecord("p", "home", "text", waiting=(Waiting("r", "knn", "kNN", "goal", "a", "b"),))
PARTS = sorted(asdict(PAGE))
RAW = ["NaN", "Infinity", "1e999", "1" + "0" * 400]
LONG = "1" + "0" * 400
JSON = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
        st.sampled_from(RAW),
    ).map(lambda value: value if value in RAW else json.dumps(value)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.dictionaries(
            st.sampled_from(["properties", "gone", "action", "changes", *PARTS, *FIELDS]),
            inner,
            max_size=3,
        ).map(lambda parts: f"{{{', '.join(f'{json.dumps(k)}: {v}' for k, v in parts.items())}}}"),
    ),
    max_leaves=5,
)
VALUES = st.one_of(
    JSON,
    st.integers(-(2**62), 2**62),
    st.floats(),
    st.binary(max_size=8),
    st.sampled_from(
        ["[" * 100_000 + "]" * 100_000, "[" * 900 + "]" * 900, '{"hours": ' + LONG + "}"]
    ),
)


def _run(path, script):
    db = sqlite3.connect(path)
    db.executescript(script)
    db.close()


def fill(path):
    """Make a state that holds something of everything."""
    state = StateDb(path)
    state.save_target(
        "r", DatabaseTarget("db", "ds", {Field.NAME: "title"}, {"a": "done"}, gone={})
    )
    change = Change(Field.GOAL, None, "new")
    action = Update(Side.LOCAL, "knn", (change,), page_id="p")
    entry = JournalEntry("run", "2026-11-03T12:00:00+00:00", "r", "Title", action, base=FIELDS)
    state.save_bindings("r", [Binding("knn", "p", FIELDS, {Field.GOAL: ("abcdef",)})], [entry])
    state.save_intent("r", "svm")
    state.save_undo(Undo("run", "other"))
    state.save_page(PAGE)
    state.save_speed("host", SpeedRecord(180, at=1.0))
    state.close()


def read_everything(path):
    """Read all that is remembered, and return the codes of the problems told on the way."""
    state = StateDb(path)
    codes = set()
    try:
        reads = [
            *(lambda: state.load_target("r"), lambda: state.load_base("r"), state.load_roadmaps),
            *(lambda: state.load_intents("r"), state.load_run_names, lambda: state.load_run("run")),
            lambda: state.save_bindings("r", [Binding("knn", "p", {Field.GOAL: "g"})]),
            state.load_page,
            lambda: state.load_speed("host"),
        ]
        for read in reads:
            try:
                read()
            except StateError as error:
                codes |= {problem.code for problem in error.problems}
        codes |= {problem.code for problem in state.find_damage()}
    finally:
        state.close()
    return codes


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "state.db"
    fill(path)
    return path


def test_a_sound_state_has_no_damage(template):
    """What tracker wrote itself is read without a complaint."""
    assert read_everything(template) == set()


@pytest.mark.guarantee("G4")
@given(column=st.sampled_from(COLUMNS), value=VALUES)
def test_any_value_in_any_column(template, column, value):
    """Whatever stands in a column is read as a value or told as damage."""
    table, name = column
    path = template.with_name("damaged.db")
    shutil.copyfile(template, path)
    db = sqlite3.connect(path)
    with closing(db), suppress(sqlite3.IntegrityError):
        # The number of a row takes nothing but whole numbers.
        db.execute(f"UPDATE OR IGNORE {table} SET {name} = ?", (value,))
        db.commit()

    assert read_everything(path) <= {"state-corrupt"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("binding.base", "[" * 100_000 + "]" * 100_000, id="a list without end"),
        pytest.param("binding.base", '{"hours": ' + LONG + "}", id="a number of 400 digits"),
        pytest.param("binding.base", "3", id="a number for an object"),
        pytest.param("binding.base", '{"hours": NaN}', id="not a number"),
        pytest.param("binding.page_id", "../users/me", id="a page id that leads elsewhere"),
        pytest.param("binding.skill_id", b"\xff", id="bytes for a text"),
        pytest.param("target.value", "[]", id="a list for a target"),
        pytest.param("target.value", '{"database_id": 3}', id="a number for an id"),
        pytest.param("journal.action", "[" * 100_000 + "]" * 100_000, id="an action without end"),
        pytest.param("journal.title", b"\xff\xfe", id="bytes for a title"),
        pytest.param("intent.skill_id", b"\xff", id="bytes for an intent"),
    ],
)
def test_values_that_are_damage(template, tmp_path, column, value):
    """Each of these is named as damage, with the command that sets the state aside."""
    table, name = column.split(".")
    path = tmp_path / "state.db"
    shutil.copyfile(template, path)
    db = sqlite3.connect(path)
    db.execute(f"UPDATE {table} SET {name} = ?", (value,))
    db.commit()
    db.close()
    state = StateDb(path)

    (problem,) = state.find_damage()
    state.close()

    assert problem.code == "state-corrupt"
    assert "is damaged" in problem.what
    assert problem.next.startswith("tracker doctor --fix --yes")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: os.truncate(path, 5_000), id="cut off"),
        pytest.param(lambda path: path.write_text("a text"), id="a text"),
        pytest.param(lambda path: _run(path, "PRAGMA user_version = 99"), id="of a later version"),
        pytest.param(lambda path: _run(path, "DROP TABLE binding"), id="a table is missing"),
        pytest.param(
            lambda path: _run(
                path,
                "DROP TABLE target; CREATE VIEW target AS WITH RECURSIVE n(roadmap, value) AS "
                "(SELECT 'r', '' UNION ALL SELECT roadmap || 'r', '' FROM n) SELECT * FROM n",
            ),
            id="a view without end",
        ),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), id="a folder"),
        pytest.param(
            lambda path: (path.unlink(), os.mkfifo(path)),
            id="a named pipe",
            marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here"),
        ),
        pytest.param(
            lambda path: os.mkfifo(path.with_name("state.db-wal")),
            id="a named pipe for its log",
            marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here"),
        ),
    ],
)
def test_a_file_that_is_no_state(template, tmp_path, damage):
    """A file of another kind is refused without waiting for it, and can be set aside."""
    path = tmp_path / ".tracker" / "state.db"
    path.parent.mkdir()
    shutil.copyfile(template, path)
    damage(path)
    state = StateDb(path)

    told = [problem.code for problem in state.find_damage()]
    aside = state.set_aside()
    afresh = state.find_damage()
    state.save_intent("r", "knn")
    state.close()

    assert told == ["state-corrupt"]
    assert aside == ".tracker/state.db.damaged-1"
    assert (tmp_path / aside).exists()
    assert afresh == ()


def test_what_is_set_aside_is_never_replaced(template, tmp_path):
    """A second damaged state gets a name of its own; nothing is deleted."""
    path = tmp_path / "state.db"
    for content in ("first", "second"):
        path.write_text(content)
        path.with_name("state.db-wal").write_text(f"log of the {content}")
        StateDb(path).set_aside()

    texts = {each.name: each.read_text() for each in tmp_path.iterdir()}

    assert texts == {
        "state.db.damaged-1": "first",
        "state.db.damaged-1-wal": "log of the first",
        "state.db.damaged-2": "second",
        "state.db.damaged-2-wal": "log of the second",
    }
