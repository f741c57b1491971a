"""The state: what both sides last agreed on, bindings, intents and the undo journal, in SQLite.

Disposable: deleting the file loses no edit and makes no duplicate. Holds no secret. No network
happens inside a transaction; every writing call is one commit. The journal keeps the newest runs, and
decides nothing about what can be undone. Where the Notion side is shared between machines, database
ids are in `tracker.yaml` too, which travels with the learner's repository.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tracker.adapters.files import check_own
from tracker.adapters.settings_file import save_database
from tracker.adapters.state_errors import make_corrupt_problem, state_errors
from tracker.adapters.state_reading import ENDINGS, PAGE, SCHEMA_VERSION, StateFile, check_version
from tracker.adapters.state_snapshot import (
    SnapshotStore,
    end_rest,
    prepare_snapshot,
    remove_snapshot,
)
from tracker.adapters.state_values import (
    decode_binding,
    decode_page_id,
    decode_run,
    decode_speed,
    decode_target,
    decode_undos,
    encode_entry,
)
from tracker.errors import Problem, StateError
from tracker.local_ports import NO_RECORDS, PageRecord
from tracker.roadmap.model import SkillId
from tracker.settings import NotionSettings
from tracker.sync.journal import JournalEntry, JournalRun, Undo
from tracker.sync.model import Base, Binding, PageId
from tracker.sync.records import Field, Record
from tracker.sync.row_state import format_seen
from tracker.sync.speed import SpeedRecord
from tracker.sync.target import ADOPTED, DatabaseTarget
from tracker.sync.value_json import decode_text, encode_value

MOST_RUNS = 200
MOST_BYTES = 50_000_000
"""Limits of what the journal keeps; entries of the run under way are never dropped."""

_READS = "direct-reads:"
"""Prefix of the keys of direct reads; the name of the roadmap follows."""
_SPEED = "speed:"
"""Prefix of the keys of what servers take; the host follows."""

_ROADMAPS = (
    "SELECT roadmap FROM target UNION SELECT roadmap FROM binding UNION SELECT roadmap FROM intent"
)
_RUN_NAMES = "SELECT run FROM journal GROUP BY run ORDER BY max(number) DESC"
_ENTRIES = (
    "SELECT at, roadmap, title, action, removed, base FROM journal WHERE run = ? ORDER BY number"
)
_UNDOS = "SELECT run, of, is_open FROM undo ORDER BY rowid"

# As BLOB: the length of a text counts characters, and the limit is one of bytes.
_SIZES = """
SELECT run, sum(length(CAST(action AS BLOB)) + length(CAST(removed AS BLOB))
                + length(CAST(base AS BLOB)))
FROM journal GROUP BY run ORDER BY max(number) DESC
"""

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
CREATE TABLE journal (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL, at TEXT NOT NULL, roadmap TEXT NOT NULL,
    title TEXT NOT NULL, action TEXT NOT NULL, removed TEXT NOT NULL, base TEXT NOT NULL
);
CREATE INDEX journal_run ON journal (run);
CREATE TABLE undo (run TEXT PRIMARY KEY, of TEXT NOT NULL, is_open INTEGER NOT NULL);
"""


class StateDb(StateFile, SnapshotStore):
    """Implements `ports.State` over one SQLite file.

    The first write creates the file; until then it is opened for reading only, so that a dry run
    leaves no trace at all. Raises StateError for a file that is not a state of this version.
    """

    def load_base(self, roadmap: str, records: Mapping[SkillId, Record] = NO_RECORDS) -> Base:
        """Load the bindings and base values of a roadmap; those equal to a record are shared."""
        query = "SELECT skill_id, page_id, base, seen FROM binding WHERE roadmap = ?"
        with state_errors(self._path):
            bindings = (decode_binding(row, records) for row in self._iterate(query, roadmap))
            return Base({binding.skill_id: binding for binding in bindings})

    def load_pages(self, roadmap: str) -> Mapping[SkillId, PageId]:
        """Load which row is bound to which skill, and nothing else of the base."""
        rows = self._select("SELECT skill_id, page_id FROM binding WHERE roadmap = ?", roadmap)
        with state_errors(self._path):
            return {SkillId(decode_text(skill)): decode_page_id(page) for skill, page in rows}

    def load_target(self, roadmap: str) -> DatabaseTarget | None:
        """Load the database binding of a roadmap."""
        rows = self._select("SELECT value FROM target WHERE roadmap = ?", roadmap)
        with state_errors(self._path):
            return decode_target(json.loads(rows[0][0])) if rows else None

    def load_intents(self, roadmap: str) -> frozenset[SkillId]:
        """Load the skills whose row was about to be created, and of which no answer came."""
        rows = self._select("SELECT skill_id FROM intent WHERE roadmap = ?", roadmap)
        with state_errors(self._path):
            return frozenset(SkillId(decode_text(skill)) for (skill,) in rows)

    def load_direct_reads(self, roadmap: str) -> Mapping[PageId, str]:
        """Load the digests of rows for which a GET said something else than the listing."""
        rows = self._select("SELECT value FROM meta WHERE key = ?", _READS + roadmap)
        with state_errors(self._path):
            found = json.loads(rows[0][0]).items() if rows else ()
            return {PageId(page_id): str(digest) for page_id, digest in found}

    def load_roadmaps(self) -> tuple[str, ...]:
        """Load the names of all roadmaps that have a target."""
        return self._load_texts("SELECT roadmap FROM target ORDER BY 1")

    def load_speed(self, host: str) -> SpeedRecord:
        """Load what is remembered of a server's limit; an empty record for anything unreadable."""
        query = "SELECT value FROM meta WHERE key = ?"
        known = self._load(lambda rows: decode_speed(json.loads(rows[0][0])), query, _SPEED + host)
        return known or SpeedRecord()

    def load_run_names(self) -> tuple[str, ...]:
        """Load the names of all runs that wrote something, newest first."""
        return self._load_texts(_RUN_NAMES)

    def load_run(self, name: str) -> JournalRun:
        """Load what a run wrote; an unknown run wrote nothing."""
        undos = self._select(_UNDOS)
        with state_errors(self._path):
            return decode_run(name, self._iterate(_ENTRIES, name), undos)

    def load_undos(self) -> tuple[Undo, ...]:
        """Load which run takes back which other one, oldest first."""
        undos = self._select(_UNDOS)
        with state_errors(self._path):
            return decode_undos(undos)

    def save_target(self, roadmap: str, target: DatabaseTarget) -> None:
        """Remember a roadmap's database."""
        gone = {field: sorted(texts) for field, texts in target.gone.items()}
        parts = {**asdict(target), "gone": gone, "optional": sorted(target.optional)}
        stored = json.dumps(parts)
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO target VALUES (?, ?)", (roadmap, stored))

    def save_bindings(
        self, roadmap: str, bindings: Sequence[Binding], entries: Sequence[JournalEntry] = ()
    ) -> None:
        """Merge the given base fields into the bindings, clear their intents, journal the entries.

        A binding to another page than before starts with an empty base, and takes the page from the
        skill that had it.
        """
        with self._transaction() as db:
            for binding in bindings:
                _merge_binding(db, roadmap, binding)
            _append_entries(db, entries)

    def save_intent(self, roadmap: str, skill_id: SkillId) -> None:
        """Note that a row is about to be created."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO intent VALUES (?, ?)", (roadmap, skill_id))

    def save_direct_reads(self, roadmap: str, reads: Mapping[PageId, str]) -> None:
        """Remember what a GET said of rows, in place of what was remembered before."""
        with self._transaction() as db:
            row = (_READS + roadmap, json.dumps(dict(reads)))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", row)

    def remove_binding(
        self, roadmap: str, skill_id: SkillId, entries: Sequence[JournalEntry] = ()
    ) -> None:
        """Forget a skill; journal the entries."""
        with self._transaction() as db:
            for table in ("binding", "intent"):
                db.execute(
                    f"DELETE FROM {table} WHERE roadmap = ? AND skill_id = ?",  # noqa: S608
                    (roadmap, skill_id),
                )
            _append_entries(db, entries)

    def remove_roadmap(self, roadmap: str) -> None:
        """Forget a roadmap altogether; neither side is touched."""
        with self._transaction() as db:
            for table in ("target", "binding", "intent"):
                db.execute(f"DELETE FROM {table} WHERE roadmap = ?", (roadmap,))  # noqa: S608
            db.execute("DELETE FROM meta WHERE key = ?", (_READS + roadmap,))
            remove_snapshot(db, roadmap)

    def save_page(self, record: PageRecord) -> None:
        """Remember the Progress page; an empty record forgets it."""
        stored = json.dumps(asdict(record), ensure_ascii=False)
        with self._transaction() as db:
            db.execute("DELETE FROM meta WHERE key = ?", (PAGE,))
            if record != PageRecord():
                db.execute("INSERT INTO meta VALUES (?, ?)", (PAGE, stored))

    def save_speed(self, host: str, record: SpeedRecord) -> None:
        """Remember a server's limit."""
        row = (_SPEED + host, json.dumps(asdict(record)))
        with self._transaction(keeps_rest=True) as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", row)

    def save_undo(self, undo: Undo) -> None:
        """Note that a run takes another one back, or that it has finished doing so."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO undo (run, of, is_open) VALUES (?, ?, ?) "
                "ON CONFLICT (run) DO UPDATE SET of = excluded.of, is_open = excluded.is_open",
                (undo.run, undo.of, int(undo.is_open)),
            )

    def find_damage(self) -> tuple[Problem, ...]:
        """Read everything that is remembered, and return what is wrong with it."""
        try:
            with state_errors(self._path):
                check_own(self._path)
            for roadmap in self._load_texts(_ROADMAPS):
                self.load_target(roadmap)
                self.load_base(roadmap)
                self.load_intents(roadmap)
            for name in self.load_run_names():
                self.load_run(name)
            self.load_page()
            faults = self._load_texts("PRAGMA quick_check(1)")
        except StateError as error:
            return error.problems
        broken = [fault for fault in faults if fault != "ok"]
        return (make_corrupt_problem(self._path, broken[0]),) if broken else ()

    def set_aside(self) -> str:
        """Rename the file, and what SQLite keeps beside it; return the new name.

        Raises StateError when the disk refuses, or for a symbolic link.
        """
        self.close()
        with state_errors(self._path):
            check_own(self._path.parent)
            taken = {path.name for path in self._path.parent.iterdir()}
            number = next(
                count for count in itertools.count(1) if self._name_aside(count) not in taken
            )
            # The file itself comes last: if this is cut off, the next attempt moves the rest.
            for ending in reversed(ENDINGS):
                beside = self._path.with_name(self._path.name + ending)
                if beside.is_symlink() or beside.exists():
                    beside.rename(beside.with_name(self._name_aside(number) + ending))
        return f"{self._path.parent.name}/{self._name_aside(number)}"

    def _name_aside(self, number: int) -> str:
        return f"{self._path.name}.damaged-{number}"

    def _load_texts(self, query: str) -> tuple[str, ...]:
        rows = self._select(query)
        with state_errors(self._path):
            return tuple(decode_text(text) for (text,) in rows)

    @contextmanager
    def _transaction(self, *, keeps_rest: bool = False) -> Iterator[sqlite3.Connection]:
        """Commit what is written, all or nothing; it ends what was remembered of a run at rest."""
        with state_errors(self._path):
            db = self._connect()
            with db:
                if not keeps_rest:
                    end_rest(db)
                yield db

    def _prepare(self, db: sqlite3.Connection) -> None:
        is_new = check_version(db) == 0
        # WAL survives a killed process; after a power cut the last commits may be missing, and the
        # next sync adopts what it finds (G4).
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        if is_new:
            db.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
        # Not among the tables of the version: states of earlier ones lack it, and serve all the same.
        prepare_snapshot(db)


class NotedState(StateDb):
    """The state of a folder, where `tracker.yaml` notes where databases are.

    Of a Notion side that machines share it notes all: another machine finds them there. Of the built-in
    workspace it notes those that were adopted, which nothing else tells from databases of other people.
    """

    def __init__(self, path: Path, folder: Path, notion: NotionSettings) -> None:
        super().__init__(path)
        self._folder = folder
        self._notes_all = notion.parent is not None
        self._databases = dict(notion.databases)
        self._columns = dict(notion.columns)

    def load_target(self, roadmap: str) -> DatabaseTarget | None:
        """Load the database binding; one from the settings has no bound columns yet."""
        noted = self._databases.get(roadmap)
        # Another machine made or found the database: the settings, which travel, win over the state.
        target = super().load_target(roadmap)
        if noted is None or (target and target.data_source_id == noted):
            return target
        known = {which.value: which for which in Field}
        columns = {
            known[name]: column_id
            for name, column_id in self._columns.get(roadmap, {}).items()
            if name in known
        }
        optional = ADOPTED if columns else frozenset[Field]()
        return DatabaseTarget("", noted, properties=columns, optional=optional)

    def save_target(self, roadmap: str, target: DatabaseTarget) -> None:
        """Remember a roadmap's database in the state and in the settings."""
        adopted = target.properties if target.is_adopted else {}
        columns = {which.value: column_id for which, column_id in adopted.items()}
        noted = (self._databases.get(roadmap), self._columns.get(roadmap, {}))
        if (self._notes_all or columns) and noted != (target.data_source_id, columns):
            save_database(self._folder, roadmap, target.data_source_id, columns)
            self._databases[roadmap] = target.data_source_id
            self._columns[roadmap] = columns
        # The settings first: what they note and the state lacks, the next run finds and remembers.
        super().save_target(roadmap, target)

    def remove_roadmap(self, roadmap: str) -> None:
        """Forget a roadmap altogether, in the settings too; neither side is touched."""
        super().remove_roadmap(roadmap)
        self._columns.pop(roadmap, None)
        if self._databases.pop(roadmap, None) is not None:
            save_database(self._folder, roadmap, None)


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
    if binding.seen is not None:  # None: the history stays as it is
        seen = format_seen(binding.seen)
    base |= {field.value: encode_value(field, value) for field, value in binding.fields.items()}
    db.execute(
        "INSERT OR REPLACE INTO binding VALUES (?, ?, ?, ?, ?)",
        (roadmap, binding.skill_id, binding.page_id, json.dumps(base, ensure_ascii=False), seen),
    )
    db.execute("DELETE FROM intent WHERE roadmap = ? AND skill_id = ?", (roadmap, binding.skill_id))


def _append_entries(db: sqlite3.Connection, entries: Sequence[JournalEntry]) -> None:
    """Append entries; the first of a run drops the oldest runs to make room."""
    for name in dict.fromkeys(entry.run for entry in entries):
        if db.execute("SELECT 1 FROM journal WHERE run = ? LIMIT 1", (name,)).fetchone() is None:
            _drop_oldest(db)
    db.executemany(
        "INSERT INTO journal (run, at, roadmap, title, action, removed, base) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [encode_entry(entry) for entry in entries],
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
