"""The state remembers durably, merges, forgets, and refuses what it cannot read."""

import shutil
from dataclasses import replace
from datetime import date

import pytest

from tracker.adapters import state_db
from tracker.adapters.settings_file import load_settings
from tracker.adapters.state_db import NotedState, StateDb
from tracker.errors import StateError
from tracker.local_ports import PageRecord
from tracker.progress.page import Waiting
from tracker.roadmap.model import Status
from tracker.sync.journal import JournalEntry, JournalRun, Undo
from tracker.sync.model import Base, Binding, Change, Side, Update
from tracker.sync.records import Field, Link, Links, Record
from tracker.sync.speed import SpeedRecord
from tracker.sync.target import ADOPTED, DatabaseTarget


@pytest.fixture
def state(tmp_path):
    db = StateDb(tmp_path / ".tracker" / "state.db")
    yield db
    db.close()


def test_reading_makes_no_file(state, tmp_path):
    """A dry run leaves no trace: only the first write makes the file."""
    assert state.load_base("ds-path") == Base({})
    assert state.load_target("ds-path") is None

    assert list(tmp_path.iterdir()) == []


def test_reading_leaves_no_trace_beside_the_file(state, tmp_path):
    """Whoever only reads makes no log beside the state, and touches neither file nor folder."""
    state.save_intent("r", "knn")
    state.close()
    folder = tmp_path / ".tracker"
    before = {path: path.stat().st_mtime_ns for path in (folder, folder / "state.db")}

    known = state.load_intents("r")
    names = [path.name for path in folder.iterdir()]
    state.close()

    assert (known, names) == ({"knn"}, ["state.db"])
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_a_killed_run_committed_is_read(state, tmp_path):
    """Commits that only stand in the log of a killed run count; reading leaves them there."""
    state.save_intent("r", "knn")
    left_behind = tmp_path / "left behind"
    shutil.copytree(tmp_path / ".tracker", left_behind)
    left = StateDb(left_behind / "state.db")

    log = left_behind / "state.db-wal"
    before = log.read_bytes(), log.with_name("state.db").read_bytes()
    known = left.load_intents("r")
    left.close()
    after = log.read_bytes(), log.with_name("state.db").read_bytes()
    left.save_intent("r", "svm")
    both = left.load_intents("r")
    left.close()

    assert before[0]
    assert after == before
    assert (known, both) == ({"knn"}, {"knn", "svm"})


def test_a_file_without_tables_remembers_nothing(tmp_path):
    """A state that was cut off while it was made is empty, and can be written."""
    path = tmp_path / "state.db"
    path.touch()
    db = StateDb(path)

    before = db.load_roadmaps()
    db.save_target("r", DatabaseTarget("db", "ds"))
    after = db.load_roadmaps()
    db.close()

    assert (before, after) == ((), ("r",))


def test_every_kind_of_value_comes_back_equal(state):
    """Base values survive the round trip through the database."""
    fields = {
        Field.NAME: "kNN",
        Field.STATUS: Status.DONE,
        Field.HOURS: 2.5,
        Field.STARTED: date(2026, 11, 1),
        Field.TAGS: frozenset({"a", "b"}),
        Field.RESOURCES: Links((Link("https://example.org", "Ä", "docs"),)),
        Field.GOAL: None,
    }

    state.save_bindings("ds-path", [Binding("knn", "page-1", fields)])

    assert state.load_base("ds-path") == Base({"knn": Binding("knn", "page-1", fields, {})})


RECORD = Record(
    "kNN",
    Status.DOING,
    section="Basics",
    hours=2.5,
    started=date(2026, 11, 1),
    tags=frozenset({"b", "a", "\xe9"}),
    requires=frozenset({"means"}),
    resources=Links(
        (Link("https://example.org/b", "B"), Link("https://example.org/a", "A", "docs"))
    ),
)


def test_a_base_equal_to_the_file_shares_its_values(state):
    """Of a skill that nobody edited, the values are kept once."""
    state.save_bindings("r", [Binding("knn", "p", RECORD.values())])

    base = state.load_base("r", {"knn": RECORD})

    assert base == state.load_base("r")
    assert base.bindings["knn"].fields.record is RECORD


@pytest.mark.parametrize(
    "edits",
    [
        {Field.GOAL: "new"},
        {Field.HOURS: None},
        {Field.TAGS: frozenset()},
        {Field.RESOURCES: Links(RECORD.resources.items[::-1])},
        {Field.STATUS: Status.DONE, Field.COMPLETED: date(2026, 11, 2)},
    ],
    ids=["a text", "a number taken out", "tags taken out", "links sorted anew", "a status"],
)
def test_a_base_that_differs_from_the_file_is_what_it_was(state, edits):
    """What an edited skill had before is loaded as it was; only the other values are shared."""
    state.save_bindings("r", [Binding("knn", "p", RECORD.values())])

    base = state.load_base("r", {"knn": RECORD.with_values(edits)})

    assert dict(base.bindings["knn"].fields) == RECORD.values()
    assert base.bindings["knn"].fields[Field.RESOURCES].items == RECORD.resources.items
    assert base.bindings["knn"].fields[Field.REQUIRES] is RECORD.requires


def test_base_fields_are_merged_field_by_field(state):
    """A later commit advances only the fields it names."""
    state.save_bindings("r", [Binding("knn", "p", {Field.NAME: "kNN", Field.GOAL: "old"})])
    state.save_bindings("r", [Binding("knn", "p", {Field.GOAL: "new"})])

    fields = state.load_base("r").bindings["knn"].fields

    assert fields == {Field.NAME: "kNN", Field.GOAL: "new"}


def test_a_binding_to_another_page_starts_with_an_empty_base(state):
    """What was agreed about one page says nothing about another."""
    state.save_bindings("r", [Binding("knn", "first", {Field.NAME: "kNN"})])
    state.save_bindings("r", [Binding("knn", "second", {Field.GOAL: "g"})])

    assert state.load_base("r").bindings["knn"] == Binding("knn", "second", {Field.GOAL: "g"}, {})


def test_a_page_belongs_to_one_skill(state):
    """A skill that gets another id takes its row along in one commit."""
    state.save_bindings("r", [Binding("knn", "p", {Field.NAME: "kNN"})])
    state.save_bindings("other", [Binding("knn", "p", {Field.NAME: "kNN"})])
    state.save_bindings("r", [Binding("neighbours", "p", {Field.NAME: "kNN"})])

    assert list(state.load_base("r").bindings) == ["neighbours"]
    assert list(state.load_base("other").bindings) == ["knn"]


def test_a_commit_without_history_leaves_the_one_that_is_remembered(state):
    """Only a commit that names a history replaces it."""
    seen = {Field.GOAL: ("abcdef", "012345")}
    state.save_bindings("r", [Binding("knn", "p", {}, seen)])

    state.save_bindings("r", [Binding("knn", "p", {Field.GOAL: "g"})])

    assert state.load_base("r").bindings["knn"].seen == seen


def test_an_intent_stands_until_its_row_is_bound(state):
    """An open intent is what a crash leaves behind; binding the row clears it."""
    state.save_intent("r", "knn")
    state.save_intent("r", "svm")

    state.save_bindings("r", [Binding("knn", "p")])

    assert state.load_intents("r") == {"svm"}


def test_everything_outlives_the_process(tmp_path):
    """A new connection reads what the old one committed."""
    gone = {Field.STATUS: frozenset({"done", "skipped"})}
    target = DatabaseTarget("db", "ds", {Field.NAME: "title"}, {"option": "done"}, gone=gone)
    first = StateDb(tmp_path / "state.db")
    first.save_target("r", target)
    first.close()

    second = StateDb(tmp_path / "state.db")

    assert second.load_target("r") == target
    assert second.load_roadmaps() == ("r",)
    second.close()


def test_what_a_server_takes_is_remembered_by_its_host(tmp_path):
    """Of another server nothing is known."""
    record = SpeedRecord(180, is_confirmed=True, at=1.5, count=7, ends_after=2.0, ends_before=3.0)
    first = StateDb(tmp_path / "state.db")
    first.save_speed("api.notion.com", record)
    first.close()

    second = StateDb(tmp_path / "state.db")

    assert second.load_speed("api.notion.com") == record
    assert second.load_speed("localhost") == SpeedRecord()
    second.close()


def test_the_progress_page_is_remembered_until_it_is_forgotten(tmp_path):
    """What waits is kept with it; an empty record leaves nothing behind."""
    waiting = Waiting("r", "knn", "kNN", "goal", local="", remote="b")
    held = Waiting("r", "", "a row", reason="held")
    record = PageRecord("page", "home", "text", True, "d", "s", (waiting, held), ("- x",))  # noqa: FBT003
    first = StateDb(tmp_path / "state.db")
    first.save_page(record)
    first.close()

    second = StateDb(tmp_path / "state.db")
    known = second.load_page()
    second.save_page(PageRecord())

    assert (known, second.load_page()) == (record, PageRecord())
    second.close()


def an_entry(run="run", text=""):
    """Make an entry of the journal."""
    change = Change(Field.STATUS, Status.TODO, Status.DONE)
    action = Update(Side.LOCAL, "knn", (change,), page_id="p", at=(0, 1))
    return JournalEntry(run, "now", "r", "R", action, text, {Field.STATUS: Status.TODO})


def test_the_journal_keeps_actions_in_order(state):
    """What a run wrote can be read back, oldest first, with removed text and former base."""
    entries = (an_entry(text="one"), replace(an_entry(text="two"), base=None))

    state.save_bindings("r", [], entries)
    state.remove_binding("r", "knn", [an_entry("other")])

    assert state.load_run_names() == ("other", "run")
    assert state.load_run("run") == JournalRun("run", entries)
    assert state.load_run("unknown") == JournalRun("unknown")


def test_the_journal_knows_what_was_taken_back(state):
    """A run is undone by a finished run that takes it back, unless that was taken back itself."""
    state.save_bindings("r", [], [an_entry("first"), an_entry("second"), an_entry("third")])

    state.save_undo(Undo("second", "first", is_open=True))
    cut_off = state.load_run("first"), state.load_run("second")
    state.save_undo(Undo("second", "first"))
    undone = state.load_run("first")
    state.save_undo(Undo("third", "second"))
    redone = state.load_run("first"), state.load_run("second")

    assert [each.undone_by for each in cut_off] == ["", ""]
    assert (cut_off[1].undoes, cut_off[1].is_open) == ("first", True)
    assert undone.undone_by == "second"
    assert [each.undone_by for each in redone] == ["", "third"]


def test_the_journal_is_bounded(state, monkeypatch):
    """A new run drops the oldest ones that are too many or too long; never itself."""
    monkeypatch.setattr(state_db, "MOST_RUNS", 3)
    for name in "abcd":
        state.save_bindings("r", [], [an_entry(name)] * 2)
        state.save_undo(Undo(name, "x"))
    by_number = state.load_run_names()
    monkeypatch.setattr(state_db, "MOST_BYTES", 100)
    state.save_bindings("r", [], [an_entry("e", "x" * 200)])
    by_size = state.load_run_names()
    state.save_bindings("r", [], [an_entry("e", "x" * 200)])

    assert by_number == ("d", "c", "b")
    assert by_size == ("e",)
    assert len(state.load_run("e").entries) == 2


def test_forgetting_a_roadmap_forgets_all_of_it(state):
    """Database, bindings and intents of the roadmap go; others stay."""
    for name in ("gone", "kept"):
        state.save_target(name, DatabaseTarget("db", "ds"))
        state.save_bindings(name, [Binding("knn", "p")])
        state.save_intent(name, "svm")

    state.remove_roadmap("gone")

    assert state.load_roadmaps() == ("kept",)
    assert state.load_base("gone") == Base({})
    assert state.load_intents("gone") == frozenset()
    assert state.load_base("kept").bindings.keys() == {"knn"}


def test_odd_values_in_the_state_are_told_as_corrupt(state):
    """A sound database with values that mean nothing is refused like any other corrupt state."""
    state.save_target("r", DatabaseTarget("db", "ds"))
    with state._transaction() as db:
        db.execute("UPDATE target SET value = ?", ('{"properties": []}',))

    with pytest.raises(StateError) as caught:
        state.load_target("r")

    assert caught.value.problems[0].code == "state-corrupt"


@pytest.mark.parametrize("content", [b"this is not a database", b"SQLite format 3\0rubbish" * 50])
def test_a_corrupt_file_is_told_and_left_alone(tmp_path, content):
    """The error says that deleting the state is safe; the file is not touched."""
    path = tmp_path / "state.db"
    path.write_bytes(content)
    db = StateDb(path)

    with pytest.raises(StateError) as caught:
        db.load_base("r")
    db.close()

    assert caught.value.problems[0].code == "state-corrupt"
    assert "delete" in caught.value.problems[0].next
    assert path.read_bytes() == content


def test_a_full_disk_is_no_reason_to_delete_the_state(state):
    """What SQLite says of the disk is told as that; the state is sound and stays readable."""
    state.save_intent("r", "knn")
    state._connect().execute("PRAGMA max_page_count = 1")

    with pytest.raises(StateError) as caught:
        state.save_bindings("r", [Binding("knn", "p" * 100_000)])

    assert caught.value.problems[0].code == "state-unusable"
    assert "disk space" in caught.value.problems[0].next
    assert state.load_intents("r") == {"knn"}


def test_what_gets_said_is_remembered_until_it_is_replaced(state):
    """What was read directly of the rows of a roadmap is kept, whole, and goes with the roadmap."""
    assert state.load_direct_reads("r") == {}

    state.save_direct_reads("r", {"page-1": "aa", "page-2": "trashed"})
    state.save_direct_reads("other", {"page-3": "bb"})
    state.save_direct_reads("r", {"page-2": "trashed"})
    state.close()

    assert state.load_direct_reads("r") == {"page-2": "trashed"}
    state.remove_roadmap("r")
    assert state.load_direct_reads("r") == {}
    assert state.load_direct_reads("other") == {"page-3": "bb"}


def open_noted(folder):
    """Open the state of a folder as the program does."""
    return NotedState(folder / ".tracker" / "state.db", folder, load_settings(folder).notion)


@pytest.mark.parametrize("parent", ["", "notion:\n  parent: page\n"])
def test_an_adopted_database_is_noted_with_its_columns(tmp_path, parent):
    """With the state lost its columns are known by their ids, in the built-in workspace, too."""
    (tmp_path / "tracker.yaml").write_text(f"# mine\n{parent}", encoding="utf-8")
    columns = {Field.NAME: "title", Field.STATUS: "%:{=", Field.ID: "k#1"}
    target = DatabaseTarget("database", "source", columns, optional=ADOPTED)

    noted = open_noted(tmp_path)
    noted.save_target("r", target)
    noted.close()
    (tmp_path / ".tracker" / "state.db").unlink()
    again = open_noted(tmp_path)
    found = again.load_target("r")
    again.remove_roadmap("r")
    again.close()

    assert found == DatabaseTarget("", "source", columns, optional=ADOPTED)
    assert load_settings(tmp_path).notion.columns == {}
    assert open_noted(tmp_path).load_target("r") is None


def test_a_shared_roadmap_is_noted_in_the_settings_until_it_is_forgotten(tmp_path):
    """Another machine finds the database by the settings; a forgotten one is no longer there."""
    settings = tmp_path / "tracker.yaml"
    settings.write_text(
        "# mine\nnotion:\n  parent: page\n  databases:\n    q: other\n", encoding="utf-8"
    )
    shared = open_noted(tmp_path)

    shared.save_target("r", DatabaseTarget("database", "source"))
    noted = load_settings(tmp_path).notion.databases
    shared.remove_roadmap("r")
    shared.close()

    assert noted == {"q": "other", "r": "source"}
    assert load_settings(tmp_path).notion.databases == {"q": "other"}
    assert shared.load_target("r") is None
    assert settings.read_text(encoding="utf-8").startswith("# mine\n")
    shared.close()
