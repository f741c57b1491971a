"""The state remembers durably, merges, forgets, and refuses what it cannot read."""

from datetime import date

import pytest

from tracker.adapters.state_db import StateDb
from tracker.errors import StateError
from tracker.ports import Entry, Target
from tracker.roadmap.model import Status
from tracker.sync.plan import Change, Update
from tracker.sync.snapshot import Base, Binding, Field, Link, Links, Side


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
    target = Target("db", "ds", {Field.NAME: "title"}, {"option": "done"})
    first = StateDb(tmp_path / "state.db")
    first.save_target("r", target)
    first.close()

    second = StateDb(tmp_path / "state.db")

    assert second.load_target("r") == target
    assert second.load_roadmaps() == ("r",)
    second.close()


def test_the_journal_keeps_actions_in_order(state):
    """What a run wrote can be read back, oldest first, with removed text."""
    change = Change(Field.STATUS, Status.TODO, Status.DONE)
    action = Update(Side.LOCAL, "knn", (change,), page_id="p", at=(0, 1))
    entries = [Entry("run", "now", "r", "R", action, text) for text in ("one", "two")]

    state.save_bindings("r", [], entries)

    assert state.load_journal() == tuple(entries)


def test_forgetting_a_roadmap_forgets_all_of_it(state):
    """Target, bindings and intents of the roadmap go; others stay."""
    for name in ("gone", "kept"):
        state.save_target(name, Target("db", "ds"))
        state.save_bindings(name, [Binding("knn", "p")])
        state.save_intent(name, "svm")

    state.remove_roadmap("gone")

    assert state.load_roadmaps() == ("kept",)
    assert state.load_base("gone") == Base({})
    assert state.load_intents("gone") == frozenset()
    assert state.load_base("kept").bindings.keys() == {"knn"}


@pytest.mark.parametrize("content", [b"this is not a database", b"SQLite format 3\0rubbish" * 50])
def test_a_corrupt_file_is_told_and_left_alone(tmp_path, content):
    """The error says that deleting the state is safe; the file is not touched."""
    path = tmp_path / "state.db"
    path.write_bytes(content)
    db = StateDb(path)

    with pytest.raises(StateError) as caught:
        db.load_base("r")
    db.close()

    assert "delete" in caught.value.problems[0].next
    assert path.read_bytes() == content
