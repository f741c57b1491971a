"""An incremental read that does not add up is none: the caller then reads all rows."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from builders import in_sync, page, roadmap, row, skill

from tracker.sync.model import Absence, MissingRow, RemoteObservation
from tracker.sync.snapshot import ReadConditions, ReadMark
from tracker.sync.target import DatabaseTarget
from tracker.workflows.reading import Changes, RowsReader

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
BASE, _, SHOWN = in_sync(roadmap(skill("knn"), skill("svm")))
MARK = ReadMark("source", frozenset(), NOON, NOON, rows=2)
NOW = ReadConditions("source", frozenset(), NOON + timedelta(hours=1), timedelta(0))
EDITED = replace(SHOWN.rows[1], tracker_id="other")


@dataclass
class Remembered:
    """A state that remembers rows."""

    rows: tuple | None = SHOWN.rows

    def load_rows(self, roadmap, base):
        return self.rows


@dataclass
class Checked:
    """A server that says something of the merged rows."""

    missing: tuple = ()
    asked: list = field(default_factory=list)

    def check_rows(self, target, merged, bound, *, classify):
        self.asked.append(merged)
        return RemoteObservation(merged.rows, self.missing)


@dataclass
class FakeReaders:
    state: Remembered = field(default_factory=Remembered)
    remote: Checked = field(default_factory=Checked)
    large_from: int = 0


def read(readers, changed=(EDITED,), *, classify=50):
    rows = RowsReader(readers, "path", DatabaseTarget("", "source"), BASE, classify)
    return rows.read_changes(Changes(changed, MARK, NOW))


def test_what_changed_is_put_into_what_is_remembered():
    """Only that is to be remembered then, under the time before the read."""
    found = read(FakeReaders())

    assert found.remote.rows == (SHOWN.rows[0], EDITED)
    assert found.fresh == {EDITED.page_id}
    assert found.snapshot.rows == (EDITED,)
    assert found.snapshot.mark == replace(MARK, read_at=NOW.now)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(None, id="none"),
        pytest.param(SHOWN.rows[:1], id="fewer rows than the mark says"),
    ],
)
def test_rows_that_are_not_there_any_more(rows):
    """A state that lost some is not believed, and nothing is asked of the server."""
    readers = FakeReaders(Remembered(rows))

    assert read(readers, ()) is None
    assert readers.remote.asked == []


def test_a_row_that_turns_out_to_be_missing():
    """Others may be, too, and what related to them."""
    gone = MissingRow(page("knn"), Absence.TRASHED)

    assert read(FakeReaders(remote=Checked((gone,)))) is None


def test_more_unknown_rows_than_are_read_one_by_one():
    """Each may be in the trash."""
    twins = tuple(
        row(f"x{number}", f"twin-{number}", created_at="2026-11-03T12:00Z") for number in range(3)
    )

    assert read(FakeReaders(), twins, classify=3) is not None
    assert read(FakeReaders(), twins, classify=2) is None
