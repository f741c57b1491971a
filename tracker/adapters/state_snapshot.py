"""The part of the state that only saves work: rows as they were last read, and runs at rest.

What cannot be read of it counts as not there: then all is read anew, and nothing is lost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, TypeVar

from tracker.adapters.snapshot_values import (
    decode_mark,
    decode_page_digest,
    decode_rest,
    decode_row,
    encode_mark,
    encode_rest,
    encode_row,
)
from tracker.adapters.state_errors import UNREADABLE
from tracker.errors import StateError
from tracker.local_ports import NO_RECORDS
from tracker.roadmap.model import SkillId
from tracker.sync.model import PageId, RemoteRow
from tracker.sync.records import Record
from tracker.sync.rest import Rest
from tracker.sync.row_state import share_values
from tracker.sync.snapshot import ReadMark, Snapshot, digest_shown

_MARK = "snapshot:"
"""Prefix of the keys of the marks of snapshots; the name of the roadmap follows."""
_REST = "rest"

# By number: the rows are kept in the order in which they were listed.
_TABLE = """
CREATE TABLE IF NOT EXISTS snapshot (
    number INTEGER PRIMARY KEY, roadmap TEXT NOT NULL, page_id TEXT NOT NULL, digest TEXT NOT NULL,
    value TEXT NOT NULL, UNIQUE (roadmap, page_id)
)
"""
_SAVE_ROW = """
INSERT INTO snapshot (roadmap, page_id, digest, value) VALUES (?, ?, ?, ?)
ON CONFLICT (roadmap, page_id) DO UPDATE SET digest = excluded.digest, value = excluded.value
"""

Decoded = TypeVar("Decoded")


class SnapshotStore:
    """Implements `ports.SnapshotStore` over the file that the state opens."""

    def _select(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def _transaction(
        self, *, keeps_rest: bool = False
    ) -> AbstractContextManager[sqlite3.Connection]:
        raise NotImplementedError

    def load_mark(self, roadmap: str) -> ReadMark | None:
        """Load what the remembered rows of a roadmap rest on; None when none are remembered."""
        query = "SELECT value FROM meta WHERE key = ?"
        return self._load(lambda rows: decode_mark(rows[0][0]), query, _MARK + roadmap)

    def load_rows(
        self, roadmap: str, records: Mapping[SkillId, Record] = NO_RECORDS
    ) -> tuple[RemoteRow, ...] | None:
        """Load the rows of a roadmap as they were last read; they share the values of records."""
        query = "SELECT page_id, value FROM snapshot WHERE roadmap = ? ORDER BY number"
        return self._load(
            lambda rows: share_values((decode_row(*row) for row in rows), records),
            query,
            roadmap,
        )

    def load_digests(self, roadmap: str) -> Mapping[PageId, str] | None:
        """Load the digests of these rows."""
        query = "SELECT page_id, digest FROM snapshot WHERE roadmap = ?"
        return self._load(
            lambda rows: dict(decode_page_digest(*row) for row in rows), query, roadmap
        )

    def load_rest(self) -> Rest | None:
        """Load what the last run rested on; None when it left something to do, or another followed."""
        query = "SELECT value FROM meta WHERE key = ?"
        return self._load(lambda rows: decode_rest(rows[0][0]), query, _REST)

    def _load(
        self, decode: Callable[[list[tuple[Any, ...]]], Decoded], query: str, value: str
    ) -> Decoded | None:
        # A disk that refuses is found out by whatever is read next.
        with suppress(StateError, *UNREADABLE):
            rows = self._select(query, value)
            return decode(rows) if rows else None
        return None

    def save_snapshot(
        self, roadmap: str, snapshot: Snapshot | None, *, keeps_rest: bool = False
    ) -> None:
        """Remember the rows of a read, in place of the same ones or of all; None forgets them."""
        with self._transaction(keeps_rest=keeps_rest) as db:
            if snapshot is None or snapshot.is_whole:
                remove_snapshot(db, roadmap)
            if snapshot is None:
                return
            rows = ((roadmap, it.page_id, digest_shown(it), encode_row(it)) for it in snapshot.rows)
            db.executemany(_SAVE_ROW, rows)
            mark = (_MARK + roadmap, encode_mark(snapshot.mark))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", mark)

    def save_rest(self, rest: Rest) -> None:
        """Remember what a run rested on; whatever is written next to the state ends it."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_REST, encode_rest(rest)))


def prepare_snapshot(db: sqlite3.Connection) -> None:
    """Make the table of the rows, unless it is there."""
    db.execute(_TABLE)


def remove_snapshot(db: sqlite3.Connection, roadmap: str) -> None:
    """Forget the rows of a roadmap."""
    db.execute("DELETE FROM snapshot WHERE roadmap = ?", (roadmap,))
    db.execute("DELETE FROM meta WHERE key = ?", (_MARK + roadmap,))


def end_rest(db: sqlite3.Connection) -> None:
    """Forget what the last run rested on."""
    db.execute("DELETE FROM meta WHERE key = ?", (_REST,))
