"""The file of the state, and what is read of it to tell what no sync has carried over yet.

Loads little: the prompt asks this of every folder. All else of the state is in `state_db`.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker.adapters.files import check_kind, check_own
from tracker.adapters.state_errors import state_errors
from tracker.local_ports import NO_RECORDS, PageRecord
from tracker.roadmap.model import SkillId
from tracker.sync.records import Field, Record, RecordValues, Value, share_value
from tracker.sync.value_json import (
    decode_list,
    decode_text,
    decode_value,
    format_record,
    make_error,
)

if TYPE_CHECKING:
    from tracker.progress.page import Waiting

SCHEMA_VERSION = 2
PAGE = "progress-page"
"""The key of what is remembered of the Progress page."""

ENDINGS = ("", "-wal", "-shm", "-journal")
"""The files of one SQLite database."""

_FIELDS = {field.value: field for field in Field}
"""Fields by their names: a dict is quicker than the enum's own look-up."""

_PAGE_ID = re.compile(r"[\w-]{1,100}")
"""Page ids become part of the address of a request: nothing else may get there."""

Agreed = Mapping[Field, Value]
"""The values of a skill's fields on which both sides last agreed."""


class StateFile:
    """Implements `ports.AgreedReader` over one SQLite file.

    It is opened for reading only, and not made where there is none. Raises StateError for a file that is
    not a state of this version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: sqlite3.Connection | None = None
        self._can_write = False

    def close(self) -> None:
        """Release the file; afterwards there is one file and no log beside it."""
        if self._open is not None:
            with suppress(sqlite3.Error):
                # Refused while another process reads; the last one to close can do it.
                if self._can_write:
                    self._open.execute("PRAGMA journal_mode = DELETE")
            self._open.close()
            self._open, self._can_write = None, False

    def load_agreed(
        self, roadmap: str, records: Mapping[SkillId, Record] = NO_RECORDS
    ) -> Mapping[SkillId, Agreed]:
        """Load the base values of the skills of a roadmap that have a row."""
        query = "SELECT skill_id, base FROM binding WHERE roadmap = ?"
        with state_errors(self._path):
            return dict(decode_agreed(row, records) for row in self._iterate(query, roadmap))

    def load_page(self) -> PageRecord:
        """Load what is remembered of the Progress page; an empty record when nothing is."""
        rows = self._select("SELECT value FROM meta WHERE key = ?", PAGE)
        with state_errors(self._path):
            return decode_page(json.loads(rows[0][0])) if rows else PageRecord()

    def _select(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with state_errors(self._path):
            return list(self._iterate(query, *values))

    def _iterate(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        """Return the rows of a query one by one, for tables of which a copy would be large."""
        db = self._open or self._open_read_only()
        # No generator: one that is left half-way would close its cursor after the connection.
        return iter(()) if db is None else db.execute(query, values)

    def _open_read_only(self) -> sqlite3.Connection | None:
        """Open the file for reading only; None when nothing was remembered yet."""
        if not self._path.exists() and not self._path.is_symlink():
            return None
        self._check_files()
        db = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", timeout=10, uri=True)
        try:
            is_empty = check_version(db) == 0
        except sqlite3.OperationalError:
            # SQLite must first recover what a killed run left in its log, which writes.
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
            check_own(self._path)
            self._check_files()
            db = sqlite3.connect(self._path, timeout=10)
            try:
                self._prepare(db)
            except BaseException:
                db.close()
                raise
            self._open, self._can_write = db, True
        return self._open

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Make the file ready for writing."""
        check_version(db)

    def _check_files(self) -> None:
        """Refuse pipes, which SQLite would wait for, and links, which it would write through."""
        check_kind(self._path)
        for ending in ENDINGS[1:]:
            check_own(self._path.with_name(self._path.name + ending))
            check_kind(self._path.with_name(self._path.name + ending))


def check_version(db: sqlite3.Connection) -> int:
    """Return the version of the tables, 0 without any; raise DatabaseError for a foreign one."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version not in {0, SCHEMA_VERSION}:
        raise sqlite3.DatabaseError(
            f"it has version {version}, this program knows {SCHEMA_VERSION}"
        )
    if db.execute("SELECT 1 FROM sqlite_master WHERE type IN ('view', 'trigger')").fetchone():
        # In a folder that was cloned: a view may compute forever, a trigger may write anything.
        raise sqlite3.DatabaseError("it holds views or triggers, which tracker never makes")
    return version


def check_page_id(stored: Any) -> str:
    """Return the id of a page."""
    if not _PAGE_ID.fullmatch(decode_text(stored)):
        raise make_error("the id of a page", stored)
    return str(stored)


def decode_map(stored: Any) -> dict[str, Any]:
    """Return an object with any keys."""
    if not isinstance(stored, dict):
        raise make_error("an object", stored)
    return stored


def decode_agreed(row: Sequence[Any], records: Mapping[SkillId, Record]) -> tuple[SkillId, Agreed]:
    """Decode a skill and its base values; of values equal to those of a record there is no copy."""
    skill_id, base = SkillId(decode_text(row[0])), row[1]
    record = records.get(skill_id)
    # Nearly always: half the time, and a seventh of the memory.
    if record is not None and base == format_record(record):
        return skill_id, RecordValues(record)
    stored = json.loads(decode_text(base))
    if not isinstance(stored, dict):
        raise make_error("an object of fields", stored)
    fields = {name: _FIELDS.get(name) or Field(name) for name in stored}
    decoded = {fields[name]: decode_value(fields[name], value) for name, value in stored.items()}
    own = {} if record is None else record.values()
    return skill_id, {which: share_value(value, own.get(which)) for which, value in decoded.items()}


def decode_page(stored: Any) -> PageRecord:
    """Decode what is remembered of the Progress page."""
    page = decode_map(stored)
    if page["page_id"]:
        check_page_id(page["page_id"])
    waiting = tuple(map(_decode_waiting, page["waiting"]))
    texts = {
        key: decode_text(page[key]) for key in ("page_id", "parent", "text", "digest", "sources")
    }
    others = tuple(decode_list(page.get("others", []), decode_text))
    return PageRecord(**texts, is_gone=bool(page["is_gone"]), waiting=waiting, others=others)


def _decode_waiting(stored: Any) -> Waiting:
    # Late: mostly nothing waits, and `mark` knows no other value of the page.
    from tracker.progress.page import Waiting  # noqa: PLC0415

    parts: dict[str, Any] = {}
    for name, part in decode_map(stored).items():
        parts[name] = None if part is None and name in ("local", "remote") else decode_text(part)
    return Waiting(**parts)
