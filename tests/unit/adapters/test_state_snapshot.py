"""The state remembers rows and runs at rest, and takes what it cannot read for nothing."""

import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.adapters.snapshot_values import decode_row, encode_row
from tracker.adapters.state_db import StateDb
from tracker.errors import Location, Problem, Severity, StateError
from tracker.roadmap.model import Status
from tracker.sync.model import Plan, RemoteRow
from tracker.sync.records import Field, Link, Links, Record
from tracker.sync.rest import Rest, RestBasis
from tracker.sync.snapshot import ReadMark, Snapshot, digest_shown

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
MARK = ReadMark("source", frozenset({"columns", "option"}), NOON, NOON, rows=2)
FULL = RemoteRow(
    "page-1",
    "knn",
    Record(
        "kNN",
        Status.DOING,
        "Basics",
        "entry",
        "g",
        2.5,
        date(2026, 11, 1),
        date(2026, 11, 2),
        frozenset({"a", "b"}),
        resources=Links((Link("https://b.org", "B", "book"), Link("https://a.org", "A"))),
        evidence="https://example.org/me",
        notes="two\nlines",
    ),
    frozenset({"page-2"}),
    1000.0,
    "2026-11-03T11:00:00.000Z",
    "2026-11-03T11:59:00.000Z",
    "somebody",
    {Field.HOURS: "less than none"},
    {Field.GOAL: ("aaaaaa", "bbbbbb")},
)
EMPTY = RemoteRow("page-2", None, Record(""))
REST = Rest(
    RestBasis("setting", ("path",), {"roadmaps/path.yaml": "digest"}),
    (Plan("path", "Path", "digest"),),
    (
        Problem(
            "warnings",
            "1 warning",
            Severity.NOTE,
            Location("path.yaml", 1, 2),
            "why",
            "kept",
            "next",
        ),
        Problem("other", "what"),
    ),
)
TEXTS = st.text(st.characters(), max_size=5)


@pytest.fixture
def state(tmp_path):
    db = StateDb(tmp_path / ".tracker" / "state.db")
    yield db
    db.close()


@pytest.fixture
def path(state, tmp_path):
    state.save_snapshot("r", Snapshot(MARK, (FULL, EMPTY), is_whole=True))
    state.save_rest(REST)
    state.close()
    return tmp_path / ".tracker" / "state.db"


def test_rows_come_back_as_they_were(state):
    """In the order in which they were listed, with all that is compared and its age."""
    state.save_snapshot("r", Snapshot(MARK, (FULL, EMPTY), is_whole=True))

    assert state.load_mark("r") == MARK
    assert state.load_rows("r") == (FULL, EMPTY)
    assert [row.edited_at for row in state.load_rows("r")] == [FULL.edited_at, ""]
    assert state.load_digests("r") == {row.page_id: digest_shown(row) for row in (FULL, EMPTY)}
    assert state.load_mark("other") is None
    assert state.load_rows("other") is None


def test_rows_share_the_values_of_the_file(state):
    """What a row and the file have in common is there once; whatever differs is the row's own."""
    state.save_snapshot("r", Snapshot(MARK, (FULL, EMPTY), is_whole=True))
    sorted_anew = Links(FULL.record.resources.items[::-1])
    own = FULL.record.with_values({Field.GOAL: "other", Field.RESOURCES: sorted_anew})

    rows = state.load_rows("r", {"knn": own})

    assert rows == (FULL, EMPTY)
    assert rows[0].record.tags is own.tags
    assert rows[0].record.notes is own.notes
    assert rows[0].record.resources.items == FULL.record.resources.items


@given(
    st.builds(
        RemoteRow,
        st.just("page"),
        st.none() | TEXTS,
        st.builds(
            Record,
            TEXTS,
            st.sampled_from(Status),
            goal=st.none() | TEXTS,
            hours=st.none() | st.floats(0, 1e6),
            started=st.none() | st.dates(),
            tags=st.frozensets(TEXTS),
        ),
        st.frozensets(st.sampled_from(["page-1", "page-2"])),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
        st.just(""),
        TEXTS,
        st.dictionaries(st.sampled_from(Field), TEXTS),
        st.dictionaries(st.sampled_from(Field), st.just(("aaaaaa", "bbbbbb"))),
    )
)
def test_every_row_comes_back(row):
    """Encoding and decoding a row leaves it as it is, and SQLite takes all of it."""
    assert encode_row(row).isascii()
    assert decode_row("page", encode_row(row)) == row


def test_an_incremental_read_replaces_what_it_showed(state):
    """A changed row keeps its place, a new one comes last, and the others stay."""
    state.save_snapshot("r", Snapshot(MARK, (FULL, EMPTY), is_whole=True))
    changed, new = replace(FULL, tracker_id="other"), replace(EMPTY, page_id="page-3")
    later = replace(MARK, rows=3)

    state.save_snapshot("r", Snapshot(later, (new, changed), is_whole=False))

    assert state.load_rows("r") == (changed, EMPTY, new)
    assert state.load_mark("r") == later


def test_a_complete_read_replaces_everything(state):
    """Rows that it does not show are forgotten."""
    state.save_snapshot("r", Snapshot(MARK, (FULL, EMPTY), is_whole=True))

    state.save_snapshot("r", Snapshot(MARK, (EMPTY,), is_whole=True))

    assert state.load_rows("r") == (EMPTY,)


@pytest.mark.parametrize(
    "forget",
    [lambda it: it.save_snapshot("r", None), lambda it: it.remove_roadmap("r")],
    ids=["the rows alone", "the whole roadmap"],
)
def test_rows_are_forgotten(state, forget):
    """With all that they rest on, and only those of the roadmap."""
    for name in ("r", "other"):
        state.save_snapshot(name, Snapshot(MARK, (FULL, EMPTY), is_whole=True))

    forget(state)

    assert (state.load_mark("r"), state.load_rows("r")) == (None, None)
    assert state.load_rows("other") == (FULL, EMPTY)


def test_a_state_of_an_earlier_version_has_no_rows_and_takes_some(path):
    """It lacks the table, which the first write makes."""
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE snapshot")
    state = StateDb(path)

    before = state.load_rows("r")
    state.save_snapshot("r", Snapshot(MARK, (FULL,), is_whole=True))
    after = state.load_rows("r")
    state.close()

    assert (before, after) == (None, (FULL,))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("value = sealed('[]')", id="rows that are cut off"),
        pytest.param("value = sealed('x')", id="rows that are no JSON"),
        pytest.param("value = CAST(value AS BLOB)", id="rows that are no text"),
        pytest.param("value = 'x'", id="rows without a checksum"),
        pytest.param(
            "value = replace(value, 'Basics', 'Basis')", id="a value that was not written"
        ),
        pytest.param(
            "value = sealed(replace(substr(value, 9), 'Basics', char(0) || '\"'))", id="broken JSON"
        ),
        pytest.param(
            "value = sealed(replace(substr(value, 9), '2.5', '\"2\"'))", id="a wrong type"
        ),
        pytest.param("page_id = '../' || number", id="ids that are none"),
    ],
)
def test_damaged_rows_count_as_none(path, damage):
    """They only save requests: all rows are read again, and nothing looks like an edit in Notion."""
    with sqlite3.connect(path) as db:
        db.create_function("sealed", 1, lambda text: f"{crc32(text.encode()):08x}{text}")
        db.execute(f"UPDATE snapshot SET {damage}")
    state = StateDb(path)

    assert state.load_rows("r") is None
    assert state.find_damage() == ()
    state.close()


@pytest.mark.parametrize(
    "value",
    ["x", "[]", "{}", '{"basis": 1, "plans": [], "problems": []}', "null", "9" * 5000],
)
def test_a_damaged_mark_or_rest_counts_as_none(path, value):
    """Whatever was not written by this program is not believed."""
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = ?", (value,))
    state = StateDb(path)

    assert (state.load_mark("r"), state.load_rest()) == (None, None)
    state.close()


def test_a_run_at_rest_comes_back_as_it_was(state):
    """With its plans, which are empty, and its notes."""
    state.save_rest(REST)

    assert state.load_rest() == REST


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda it: it.save_intent("r", "knn"), id="an intent"),
        pytest.param(lambda it: it.save_direct_reads("r", {}), id="direct reads"),
        pytest.param(lambda it: it.save_bindings("r", []), id="bindings"),
        pytest.param(lambda it: it.remove_roadmap("other"), id="a roadmap forgotten"),
        pytest.param(lambda it: it.save_snapshot("r", None), id="rows forgotten"),
        pytest.param(
            lambda it: it.save_snapshot("r", Snapshot(MARK, (), is_whole=False)), id="rows read"
        ),
    ],
)
def test_whatever_is_written_ends_a_rest(state, write):
    """The next run finds out anew what there is to do."""
    state.save_rest(REST)

    write(state)

    assert state.load_rest() is None


def test_rows_that_were_shown_again_do_not_end_a_rest(state):
    """Only the time of the read goes on."""
    state.save_rest(REST)

    state.save_snapshot("r", Snapshot(MARK, (), is_whole=False), keeps_rest=True)

    assert state.load_rest() == REST


def test_a_cut_off_write_leaves_what_was_there(path, tmp_path):
    """Rows and mark change together or not at all."""
    state = StateDb(path)
    broken = replace(FULL, record=replace(FULL.record, hours="many"))

    with pytest.raises(StateError):
        state.save_snapshot("r", Snapshot(replace(MARK, rows=9), (EMPTY, broken), is_whole=True))
    state.close()
    shutil.copytree(path.parent, tmp_path / "copy")
    copied = StateDb(tmp_path / "copy" / "state.db")

    assert copied.load_mark("r") == MARK
    assert copied.load_rows("r") == (FULL, EMPTY)
    copied.close()
