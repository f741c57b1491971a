"""The state: what both sides last agreed on, bindings, intents and the undo journal, in SQLite.

Disposable: deleting the file loses no edit and makes no duplicate. Holds no secret. No network
happens inside a transaction; every writing call is one commit.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tracker.adapters.journal_table import (
    ENTRIES,
    NAMES,
    TABLES,
    UNDOS,
    append_entries,
    decode_run,
    put_undo,
)
from tracker.errors import Problem, StateError
from tracker.ports import Target
from tracker.roadmap.model import SkillId
from tracker.sync.journal import Entry, Run, Undo
from tracker.sync.plan_json import decode_value, encode_value
from tracker.sync.seen import format_seen, parse_seen
from tracker.sync.snapshot import Base, Binding, Field, PageId, Value

_PRIMARY_CODE = 0xFF
_REFUSED_BY_THE_DISK = frozenset(
    [
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM),
        *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED),
    ]
)
"""Errors of SQLite that say nothing about what is in the file."""

SCHEMA_VERSION = 2
_FIELDS = {field.value: field for field in Field}
"""Fields by their names: looking them up here is quicker than asking the enum."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE target (roadmap TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE binding (
    roadmap TEXT NOT NULL, skill_id TEXT NOT NULL, page_id TEXT NOT NULL, base TEXT NOT NULL,
    seen TEXT NOT NULL,
    PRIMARY KEY (roadmap, skill_id)
) WITHOUT ROWID;
CREATE INDEX binding_of_page ON binding (roadmap, page_id);
CREATE TABLE intent (
    roadmap TEXT NOT NULL, skill_id TEXT NOT NULL, PRIMARY KEY (roadmap, skill_id)
) WITHOUT ROWID;
"""


class StateDb:
    """Implements both state ports over one SQLite file.

    The file is made by the first write and opened for reading alone until then, so that a dry run
    leaves not even a trace of having looked. Raises StateError for a file that is not a state of
    this version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: sqlite3.Connection | None = None
        self._can_write = False

    def close(self) -> None:
        """Release the file; at rest there is one file and no log beside it."""
        if self._open is not None:
            with suppress(sqlite3.Error):
                # Refused while somebody else reads; whoever closes last can do it.
                if self._can_write:
                    self._open.execute("PRAGMA journal_mode = DELETE")
            self._open.close()
            self._open, self._can_write = None, False

    def load_base(self, roadmap: str) -> Base:
        """Load the bindings and base values of a roadmap."""
        rows = self._select(
            "SELECT skill_id, page_id, base, seen FROM binding WHERE roadmap = ?", roadmap
        )
        with _readable(self._path):
            bindings = [
                Binding(
                    SkillId(skill), PageId(page), _decode_fields(json.loads(base)), parse_seen(seen)
                )
                for skill, page, base, seen in rows
            ]
        return Base({each.skill_id: each for each in bindings})

    def load_target(self, roadmap: str) -> Target | None:
        """Load the database binding of a roadmap."""
        rows = self._select("SELECT value FROM target WHERE roadmap = ?", roadmap)
        with _readable(self._path):
            return _decode_target(json.loads(rows[0][0])) if rows else None

    def load_intents(self, roadmap: str) -> frozenset[SkillId]:
        """Load the skills whose creation was begun and never settled."""
        rows = self._select("SELECT skill_id FROM intent WHERE roadmap = ?", roadmap)
        return frozenset(SkillId(skill) for (skill,) in rows)

    def load_roadmaps(self) -> tuple[str, ...]:
        """Load the names of all roadmaps that have a target."""
        return tuple(name for (name,) in self._select("SELECT roadmap FROM target ORDER BY 1"))

    def load_run_names(self) -> tuple[str, ...]:
        """Load the names of all runs that wrote something, newest first."""
        return tuple(name for (name,) in self._select(NAMES))

    def load_run(self, name: str) -> Run:
        """Load what a run wrote; a run that is not there wrote nothing."""
        entries, undos = self._select(ENTRIES, name), self._select(UNDOS)
        with _readable(self._path):
            return decode_run(name, entries, undos)

    def save_target(self, roadmap: str, target: Target) -> None:
        """Remember a roadmap's database."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO target VALUES (?, ?)", (roadmap, _encode_target(target))
            )

    def save_bindings(
        self, roadmap: str, bindings: Sequence[Binding], entries: Sequence[Entry] = ()
    ) -> None:
        """Merge the given base fields into the bindings, clear their intents, journal the entries.

        A binding to another page than before starts with an empty base, and takes the page from
        whatever skill had it.
        """
        with self._transaction() as db:
            for binding in bindings:
                _merge_binding(db, roadmap, binding)
            append_entries(db, entries)

    def save_intent(self, roadmap: str, skill_id: SkillId) -> None:
        """Note that a row is about to be created."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO intent VALUES (?, ?)", (roadmap, skill_id))

    def remove_binding(
        self, roadmap: str, skill_id: SkillId, entries: Sequence[Entry] = ()
    ) -> None:
        """Forget a skill; journal the entries."""
        with self._transaction() as db:
            for table in ("binding", "intent"):
                db.execute(
                    f"DELETE FROM {table} WHERE roadmap = ? AND skill_id = ?",  # noqa: S608
                    (roadmap, skill_id),
                )
            append_entries(db, entries)

    def remove_roadmap(self, roadmap: str) -> None:
        """Forget a roadmap altogether; neither side is touched."""
        with self._transaction() as db:
            for table in ("target", "binding", "intent"):
                db.execute(f"DELETE FROM {table} WHERE roadmap = ?", (roadmap,))  # noqa: S608

    def save_undo(self, undo: Undo) -> None:
        """Note that a run takes another one back, or that it is done with it."""
        with self._transaction() as db:
            put_undo(db, undo)

    def _select(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with _readable(self._path):
            db = self._open or self._look()
            return db.execute(query, values).fetchall() if db is not None else []

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _readable(self._path):
            db = self._connect()
            with db:
                yield db

    def _look(self) -> sqlite3.Connection | None:
        """Open the file for reading alone; None where nothing was remembered yet."""
        if not self._path.exists():
            return None
        db = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", timeout=10, uri=True)
        try:
            is_empty = _check_version(db) == 0
        except sqlite3.OperationalError:
            # What a killed run left behind has to be put in order first.
            db.close()
            return self._connect()
        except BaseException:
            db.close()
            raise
        if is_empty:
            db.close()
            return None
        self._open = db
        return db

    def _connect(self) -> sqlite3.Connection:
        if self._open is not None and not self._can_write:
            self._open.close()
            self._open = None
        if self._open is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=10)
            try:
                _prepare(db)
            except BaseException:
                db.close()
                raise
            self._open, self._can_write = db, True
        return self._open


def _check_version(db: sqlite3.Connection) -> int:
    """Return the version of the tables, 0 without any; raise DatabaseError for a foreign one."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version not in {0, SCHEMA_VERSION}:
        raise sqlite3.DatabaseError(
            f"it has version {version}, this program knows {SCHEMA_VERSION}"
        )
    return version


def _prepare(db: sqlite3.Connection) -> None:
    is_new = _check_version(db) == 0
    # WAL survives a killed process; after a power cut the last commits may be missing, and the
    # next sync adopts what it finds (G4).
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    if is_new:
        db.executescript(f"BEGIN;{_TABLES}{TABLES}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateError(_make_unusable_problem(path, error.strerror or str(error))) from None
    except (sqlite3.Error, ValueError, LookupError, TypeError, AttributeError) as error:
        if getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _REFUSED_BY_THE_DISK:
            raise StateError(_make_unusable_problem(path, str(error))) from None
        raise StateError(_make_corrupt_problem(path, error)) from None


def _make_corrupt_problem(path: Path, error: Exception) -> Problem:
    return Problem(
        code="state-corrupt",
        what=f"cannot use the state {path.parent.name}/{path.name}",
        why=str(error) or type(error).__name__,
        kept="nothing was written to the state",
        next=f"delete {path.parent.name}/{path.name}, then run tracker sync: "
        "it adopts what is equal and shows the rest as conflicts",
    )


def _make_unusable_problem(path: Path, why: str) -> Problem:
    """Return the problem of a sound file on a disk that refuses: full, locked, not writable."""
    return Problem(
        code="state-unusable",
        what=f"cannot read or write the state {path.parent.name}/{path.name}",
        why=why,
        kept="every settled change stands; the state holds what was settled before",
        next="free disk space or make the folder writable, then run the command again",
    )


def _merge_binding(db: sqlite3.Connection, roadmap: str, binding: Binding) -> None:
    known = db.execute(
        "SELECT page_id, base, seen FROM binding WHERE roadmap = ? AND skill_id = ?",
        (roadmap, binding.skill_id),
    ).fetchone()
    is_known = known is not None and known[0] == binding.page_id
    if not is_known:
        db.execute(
            "DELETE FROM binding WHERE roadmap = ? AND page_id = ?", (roadmap, binding.page_id)
        )
    base = json.loads(known[1]) if is_known else {}
    seen = known[2] if is_known else ""
    if binding.seen is not None:
        seen = format_seen(binding.seen)
    base |= {field.value: encode_value(field, value) for field, value in binding.fields.items()}
    db.execute(
        "INSERT OR REPLACE INTO binding VALUES (?, ?, ?, ?, ?)",
        (roadmap, binding.skill_id, binding.page_id, json.dumps(base, ensure_ascii=False), seen),
    )
    db.execute("DELETE FROM intent WHERE roadmap = ? AND skill_id = ?", (roadmap, binding.skill_id))


def _decode_fields(stored: Mapping[str, Any]) -> dict[Field, Value]:
    fields = {name: _FIELDS.get(name) or Field(name) for name in stored}
    return {fields[name]: decode_value(fields[name], value) for name, value in stored.items()}


def _encode_target(target: Target) -> str:
    gone = {which: sorted(texts) for which, texts in target.gone.items()}
    return json.dumps({**asdict(target), "gone": gone})


def _decode_target(stored: Mapping[str, Any]) -> Target:
    properties = {Field(name): value for name, value in stored["properties"].items()}
    gone = {Field(name): frozenset(texts) for name, texts in stored["gone"].items()}
    return Target(**{**stored, "properties": properties, "gone": gone})
