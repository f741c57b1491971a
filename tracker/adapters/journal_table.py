"""The undo journal in SQLite: what runs wrote, the newest runs only.

Works inside its caller's transaction. Decides nothing about what can be taken back.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from tracker.sync.journal import JournalEntry, JournalKind, JournalRun, Undo, find_undoer, trace_run
from tracker.sync.plan_json import (
    decode_action,
    decode_text,
    decode_value,
    encode_action,
    encode_value,
)
from tracker.sync.snapshot import Field

MOST_RUNS = 200
MOST_BYTES = 50_000_000
"""Limits of what the journal keeps; entries of the run under way are never dropped."""

TABLES = """
CREATE TABLE journal (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL, at TEXT NOT NULL, roadmap TEXT NOT NULL,
    title TEXT NOT NULL, action TEXT NOT NULL, removed TEXT NOT NULL, base TEXT NOT NULL
);
CREATE INDEX journal_run ON journal (run);
CREATE TABLE undo (run TEXT PRIMARY KEY, of TEXT NOT NULL, is_open INTEGER NOT NULL);
"""

NAMES = "SELECT run FROM journal GROUP BY run ORDER BY max(number) DESC"
ENTRIES = (
    "SELECT at, roadmap, title, action, removed, base FROM journal WHERE run = ? ORDER BY number"
)
UNDOS = "SELECT run, of, is_open FROM undo ORDER BY rowid"

# As BLOB: the length of a text counts characters, and the limit is one of bytes.
_SIZES = """
SELECT run, sum(length(CAST(action AS BLOB)) + length(CAST(removed AS BLOB))
                + length(CAST(base AS BLOB)))
FROM journal GROUP BY run ORDER BY max(number) DESC
"""


def append_entries(db: sqlite3.Connection, entries: Sequence[JournalEntry]) -> None:
    """Append entries; the first of a run drops the oldest runs to make room."""
    for name in dict.fromkeys(entry.run for entry in entries):
        if db.execute("SELECT 1 FROM journal WHERE run = ? LIMIT 1", (name,)).fetchone() is None:
            _drop_oldest(db)
    db.executemany(
        "INSERT INTO journal (run, at, roadmap, title, action, removed, base) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [_encode(entry) for entry in entries],
    )


def put_undo(db: sqlite3.Connection, undo: Undo) -> None:
    """Note that a run takes another one back, or that it has finished doing so."""
    db.execute(
        "INSERT INTO undo (run, of, is_open) VALUES (?, ?, ?) "
        "ON CONFLICT (run) DO UPDATE SET of = excluded.of, is_open = excluded.is_open",
        (undo.run, undo.of, int(undo.is_open)),
    )


def decode_run(name: str, entries: Sequence[Any], undos: Sequence[Any]) -> JournalRun:
    """Decode a run from the rows of ENTRIES and UNDOS."""
    known = decode_undos(undos)
    own = next((undo for undo in known if undo.run == name), Undo(name, ""))
    kind, root = trace_run(known, name)
    return JournalRun(
        name,
        tuple(_decode(name, row) for row in entries),
        undoes=own.of,
        undone_by=find_undoer(known, name),
        is_open=own.is_open,
        kind=kind,
        root=root if kind is not JournalKind.EDIT else "",
    )


def decode_undos(undos: Sequence[Any]) -> tuple[Undo, ...]:
    """Decode the rows of UNDOS."""
    return tuple(
        Undo(decode_text(run), decode_text(of), bool(is_open)) for run, of, is_open in undos
    )


def _drop_oldest(db: sqlite3.Connection) -> None:
    """Drop the oldest runs, so that there is room for another one."""
    total = 0
    # Newest first: all runs behind the first that exceeds a limit go.
    for place, (run, size) in enumerate(db.execute(_SIZES).fetchall(), start=1):
        total += size
        if place >= MOST_RUNS or total > MOST_BYTES:
            db.execute("DELETE FROM journal WHERE run = ?", (run,))
            db.execute("DELETE FROM undo WHERE run = ?", (run,))


def _encode(entry: JournalEntry) -> tuple[str, ...]:
    base = entry.base
    known = None if base is None else {key.value: encode_value(key, it) for key, it in base.items()}
    return (
        entry.run,
        entry.at,
        entry.roadmap,
        entry.title,
        json.dumps(encode_action(entry.action), ensure_ascii=False),
        entry.removed,
        json.dumps(known, ensure_ascii=False),
    )


def _decode(run: str, row: Sequence[Any]) -> JournalEntry:
    """Decode an entry; raise for anything that `_encode` did not make."""
    at, roadmap, title, action, removed, base = (decode_text(part) for part in row)
    stored = json.loads(base)
    # None and {} differ: a skill that was not bound, and one without agreed values.
    known = stored and {Field(key): decode_value(Field(key), it) for key, it in stored.items()}
    return JournalEntry(run, at, roadmap, title, decode_action(json.loads(action)), removed, known)
