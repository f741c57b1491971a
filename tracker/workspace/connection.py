"""The SQLite file behind a workspace: one connection, one lock, one transaction per request.

Must not know what is stored. Several processes may share a file; each transaction sees the
others' commits, and `changes` moves whenever anything may have changed.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from tracker.workspace.checks import WorkspaceFileError

_BUSY_SECONDS = 30.0
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

SqlRow = tuple[Any, ...]


def dump(value: Any) -> str:
    """Return compact JSON that stays readable as UTF-8."""
    return _ENCODER.encode(value)


def marks(values: Sequence[object]) -> str:
    """Return one SQL placeholder for each value."""
    return ", ".join("?" * len(values))


class Connection:
    """One open file; safe to use from many threads through `transaction`."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._version = -1
        self._keeps_log = False
        self._listeners: list[Callable[[], None]] = []
        self._before_write: Callable[[], None] | None = None
        self.changes = 0
        try:
            self._sqlite = _connect(path)
        except sqlite3.OperationalError as error:
            raise WorkspaceFileError(f"cannot open {path}: {error}") from error

    def close(self) -> None:
        """Release the file; a closed connection answers nothing.

        Whoever only read leaves no trace, and at rest there is one file with no log beside it.
        """
        with self._lock:
            with suppress(sqlite3.Error):
                # Refused while somebody else has it open; whoever closes last can do it.
                if self._keeps_log:
                    self._sqlite.execute("PRAGMA journal_mode = DELETE")
            self._sqlite.close()

    def on_foreign_change(self, listener: Callable[[], None]) -> None:
        """Call the listener whenever another process may have changed what was read before."""
        self._listeners.append(listener)

    def before_first_write(self, prepare: Callable[[], None]) -> None:
        """Call `prepare` once, right before the next transaction that may write."""
        self._before_write = prepare

    def move_to(self, path: Path) -> None:
        """Continue with a file; what is in memory is lost."""
        made = _connect(path)
        self._sqlite.close()
        self._sqlite, self._version, self._keeps_log = made, -1, False
        self._forget()

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[None]:
        """Hold the lock and a transaction: committed at the end, rolled back on an error."""
        with self._lock:
            if write and (prepare := self._before_write):
                self._before_write = None
                prepare()
            if write and not self._keeps_log:
                # Write ahead into a log: readers go on, and a commit is one append.
                with suppress(sqlite3.OperationalError):
                    self._sqlite.execute("PRAGMA journal_mode = WAL")
                self._keeps_log = True
            # Two writers that both began reading could not both go on to write.
            self._sqlite.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                version = self.fetch("PRAGMA data_version")[0][0]
                if version != self._version:
                    self._version = version
                    self._forget()
                yield
            except BaseException:
                # A full disk makes SQLite end a transaction by itself.
                with suppress(sqlite3.Error):
                    if self._sqlite.in_transaction:
                        self._sqlite.execute("ROLLBACK")
                self._forget()
                raise
            else:
                self._sqlite.execute("COMMIT")

    def fetch(self, sql: str, values: Sequence[Any] = ()) -> list[SqlRow]:
        """Return all rows of a query."""
        with closing(self._sqlite.execute(sql, values)) as cursor:
            return cursor.fetchall()

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Execute one statement and return the number of rows it changed."""
        self.changes += 1
        with closing(self._sqlite.execute(sql, values)) as cursor:
            return cursor.rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute one statement for many rows."""
        self.changes += 1
        self._sqlite.executemany(sql, rows).close()

    def _forget(self) -> None:
        self.changes += 1
        for listener in self._listeners:
            listener()


def _connect(path: Path | None) -> sqlite3.Connection:
    return sqlite3.connect(
        ":memory:" if path is None else path,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
