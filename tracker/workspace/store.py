"""The persistence of a workspace: one SQLite file, its tables, its clock, and the page "Home".

Must not know the API: it keeps and finds values, and validates nothing. Several processes may share
a file; each transaction sees the others' commits. Databases and data sources are few and read by
every request, so they are parsed once and kept until another process commits. Links live in a table
of their own that is read from both ends, so the two sides of a relation cannot disagree.
"""

# ruff: noqa: S608 - only constant names are put into SQL text; values are always bound.

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tracker.workspace.model import Block, Database, DataSource, Page, Property, View
from tracker.workspace.protocol import BOT_ID, ROOT_PAGE_ID, Json, WorkspaceFileError, to_ms
from tracker.workspace.values import ALL_TYPES, Options

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

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Execute one statement."""
        self.changes += 1
        self._sqlite.execute(sql, values).close()

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


_TABLES = """
CREATE TABLE IF NOT EXISTS container (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, database_id TEXT, counter INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS view (
  id TEXT PRIMARY KEY, database_id TEXT NOT NULL, data_source_id TEXT NOT NULL,
  position INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS added_option (
  data_source_id TEXT NOT NULL, property_id TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS added_option_of ON added_option (data_source_id);
CREATE TABLE IF NOT EXISTS page (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent_type TEXT NOT NULL,
  parent_id TEXT NOT NULL, created INTEGER NOT NULL, edited INTEGER NOT NULL,
  created_by TEXT NOT NULL, edited_by TEXT NOT NULL, number INTEGER NOT NULL,
  in_trash INTEGER NOT NULL, is_archived INTEGER NOT NULL, is_locked INTEGER NOT NULL,
  icon TEXT NOT NULL, cover TEXT NOT NULL, vals TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS page_created ON page (parent_id, in_trash, is_archived, created, seq);
CREATE TABLE IF NOT EXISTS link (
  seq INTEGER PRIMARY KEY, key TEXT NOT NULL, one TEXT NOT NULL, two TEXT NOT NULL,
  one_pos INTEGER NOT NULL, two_pos INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS link_one ON link (key, one, two);
CREATE INDEX IF NOT EXISTS link_two ON link (key, two);
CREATE TABLE IF NOT EXISTS block (
  id TEXT PRIMARY KEY, parent_type TEXT NOT NULL, parent_id TEXT NOT NULL, type TEXT NOT NULL,
  created INTEGER NOT NULL, edited INTEGER NOT NULL, created_by TEXT NOT NULL,
  edited_by TEXT NOT NULL, position INTEGER NOT NULL, in_trash INTEGER NOT NULL,
  content TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS block_parent ON block (parent_id, in_trash, position);
"""
_PAGE_COLUMNS = (
    "id, parent_type, parent_id, created, edited, created_by, edited_by, "
    "in_trash, is_archived, is_locked, icon, cover, vals"
)
_BLOCK_COLUMNS = (
    "id, parent_type, parent_id, type, created, edited, created_by, edited_by, position, "
    "in_trash, content"
)
_CHUNK = 500

Side = Literal["one", "two"]


class _Table:
    def __init__(self, connection: Connection) -> None:
        self._sql = connection


class ContainerTable(_Table):
    """Databases and data sources by id."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._cache: dict[str, Database | DataSource] = {}
        connection.on_foreign_change(self._cache.clear)

    def database(self, object_id: str) -> Database | None:
        """Return a database."""
        found = self._load(object_id)
        return found if isinstance(found, Database) else None

    def data_source(self, object_id: str) -> DataSource | None:
        """Return a data source with its schema."""
        found = self._load(object_id)
        return found if isinstance(found, DataSource) else None

    def put(self, value: Database | DataSource) -> None:
        """Save a database or data source, new or changed."""
        kind, parent = "database", None
        if isinstance(value, DataSource):
            kind, parent = "data_source", value.database_id
        self._sql.run(
            "INSERT INTO container (id, kind, database_id, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET database_id = excluded.database_id, "
            "body = excluded.body",
            (value.id, kind, parent, dump(_flatten(value))),
        )
        # They are in the schema that was just saved.
        self._sql.run("DELETE FROM added_option WHERE data_source_id = ?", (value.id,))
        self._cache[value.id] = value

    def add_options(self, source: DataSource, prop: Property, options: Sequence[Json]) -> None:
        """Add options to a property of a saved data source, at a cost that does not grow with them.

        They are kept in a table of their own until the schema is next saved: each of a thousand
        rows may bring one, and would else write all the others again.
        """
        sql = "INSERT INTO added_option (data_source_id, property_id, body) VALUES (?, ?, ?)"
        self._sql.run_many(sql, [(source.id, prop.id, dump(option)) for option in options])
        prop.config["options"].extend(options)

    def data_sources_of(self, database_id: str) -> list[DataSource]:
        """Return the data sources of a database, oldest first."""
        sql = "SELECT id FROM container WHERE database_id = ? ORDER BY rowid"
        found = [self.data_source(row[0]) for row in self._sql.fetch(sql, (database_id,))]
        return [source for source in found if source is not None]

    def data_sources(self) -> list[DataSource]:
        """Return all data sources, oldest first."""
        sql = "SELECT id FROM container WHERE kind = 'data_source' ORDER BY rowid"
        found = [self.data_source(row[0]) for row in self._sql.fetch(sql)]
        return [source for source in found if source is not None]

    def _load(self, object_id: str) -> Database | DataSource | None:
        if object_id in self._cache:
            return self._cache[object_id]
        rows = self._sql.fetch("SELECT kind, body FROM container WHERE id = ?", (object_id,))
        if not rows:
            return None
        value = self._cache[object_id] = _parse_container(*rows[0])
        if isinstance(value, DataSource):
            sql = (
                "SELECT property_id, body FROM added_option WHERE data_source_id = ? ORDER BY rowid"
            )
            for property_id, body in self._sql.fetch(sql, (value.id,)):
                value.schema[property_id].config["options"].append(json.loads(body))
        return value


class ViewTable(_Table):
    """Views by id, in the order of a database's tabs."""

    def get(self, view_id: str) -> View | None:
        """Return a view."""
        rows = self._sql.fetch("SELECT body FROM view WHERE id = ?", (view_id,))
        return View(**json.loads(rows[0][0])) if rows else None

    def of(self, *, database_id: str = "", data_source_id: str = "") -> list[View]:
        """Return the views of a database or of a data source, in order."""
        rows = self._sql.fetch(
            "SELECT body FROM view WHERE database_id = ? OR data_source_id = ? "
            "ORDER BY position, rowid",
            (database_id, data_source_id),
        )
        return [View(**json.loads(row[0])) for row in rows]

    def put(self, view: View) -> None:
        """Save a view, new at the end or changed in its place."""
        self._sql.run(
            "INSERT INTO view (id, database_id, data_source_id, position, body) VALUES "
            "(?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM view), ?) "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (view.id, view.database_id, view.data_source_id, dump(asdict(view))),
        )

    def reorder(self, view_ids: list[str]) -> None:
        """Put the views of one database into this order."""
        self._sql.run_many(
            "UPDATE view SET position = ? WHERE id = ?", list(enumerate(view_ids, start=1))
        )

    def delete(self, view_id: str) -> None:
        """Remove a view for good."""
        self._sql.run("DELETE FROM view WHERE id = ?", (view_id,))


def _flatten(value: Database | DataSource) -> dict[str, Any]:
    """Return the parts of a value, not copied: a column may have thousands of options."""
    parts = {part.name: getattr(value, part.name) for part in fields(value)}
    if isinstance(value, DataSource):
        parts["schema"] = {
            key: {part.name: getattr(prop, part.name) for part in fields(prop)}
            for key, prop in value.schema.items()
        }
    return parts


def _parse_container(kind: str, body: str) -> Database | DataSource:
    values = json.loads(body)
    if kind == "database":
        return Database(**values)
    # Former versions had more types of columns (formulas, people); those are not shown any more.
    schema = {
        key: Property(**prop)
        for key, prop in values.pop("schema").items()
        if prop["type"] in ALL_TYPES
    }
    for prop in schema.values():
        if "options" in prop.config:
            prop.config["options"] = Options(prop.config["options"])
    return DataSource(**values, schema=schema)


class PageHead(NamedTuple):
    """What search looks at; the title is in stored form, as JSON."""

    id: str
    parent_type: str
    parent_id: str
    in_trash: int
    edited: int
    title: str


class PageTable(_Table):
    """Pages by id and by parent."""

    def get(self, page_id: str) -> Page | None:
        """Return a page."""
        rows = self._sql.fetch(f"SELECT {_PAGE_COLUMNS}, seq FROM page WHERE id = ?", (page_id,))
        return _parse_page(rows[0]) if rows else None

    def get_many(self, page_ids: Sequence[str]) -> list[Page]:
        """Return the pages that exist, in the given order."""
        found: dict[str, Page] = {}
        for chunk in _chunks(page_ids):
            sql = f"SELECT {_PAGE_COLUMNS}, seq FROM page WHERE id IN ({marks(chunk)})"
            found.update((row[0], _parse_page(row)) for row in self._sql.fetch(sql, chunk))
        return [found[page_id] for page_id in page_ids if page_id in found]

    def insert(self, page: Page) -> None:
        """Save a new page."""
        values = _page_values(page)
        # Former versions counted rows in `number`; the column stays in the file.
        sql = f"INSERT INTO page ({_PAGE_COLUMNS}, number) VALUES ({marks(values)}, 0)"
        self._sql.run(sql, values)

    def update(self, page: Page) -> None:
        """Save a changed page."""
        assignments = ", ".join(f"{column} = ?" for column in _PAGE_COLUMNS.split(", ")[1:])
        self._sql.run(
            f"UPDATE page SET {assignments} WHERE id = ?", (*_page_values(page)[1:], page.id)
        )

    def where(self, condition: str, values: Sequence[Any], *, tail: str = "") -> list[Page]:
        """Return the pages that meet an SQL condition; `tail` orders and limits them."""
        sql = f"SELECT {_PAGE_COLUMNS}, seq FROM page WHERE {condition} {tail}"
        return [_parse_page(row) for row in self._sql.fetch(sql, values)]

    def count(self, condition: str, values: Sequence[Any], *, limit: int) -> int:
        """Return how many pages meet an SQL condition, counting no further than `limit`."""
        sql = f"SELECT count(*) FROM (SELECT 1 FROM page WHERE {condition} LIMIT {limit:d})"
        return int(self._sql.fetch(sql, values)[0][0])

    def project(
        self, condition: str, values: Sequence[Any], keys: Sequence[str]
    ) -> list[tuple[Page, str]]:
        """Return pages without their values, each with a JSON list of the values of `keys`.

        SQLite picks the wanted values out of the stored JSON: a scan of a large table does not
        parse what it does not look at.
        """
        # The list is never shorter than two: json_extract of one path returns no list.
        paths = [f'$."{key}"' for key in (*keys, "", "")]
        sql = (
            f"SELECT {_PAGE_COLUMNS.removesuffix('vals')} json_extract(vals, {marks(paths)}), seq "
            f"FROM page WHERE {condition}"
        )
        rows = self._sql.fetch(sql, (*paths, *values))
        return [(Page(*row[:7], seq=row[-1]), row[-2]) for row in rows]  # type: ignore[misc]

    def titles(self) -> list[PageHead]:
        """Return the heads of all pages, oldest first."""
        rows = self._sql.fetch(
            "SELECT id, parent_type, parent_id, in_trash, edited, "
            "coalesce(json_extract(vals, '$.title'), '[]') FROM page ORDER BY seq"
        )
        return [PageHead(*row) for row in rows]


class LinkTable(_Table):
    """Links of relations, kept once under a key and read from either side."""

    def of(self, key: str, side: Side, page_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the ids linked from each page, in order; pages in the trash are left out."""
        other: Side = "two" if side == "one" else "one"
        # Notion hides what links to the trash and shows it again after a restore.
        found: dict[str, list[str]] = {}
        for chunk in _chunks(page_ids):
            rows = self._sql.fetch(
                f"SELECT link.{side}, link.{other} FROM link JOIN page ON page.id = link.{other} "
                f"WHERE link.key = ? AND link.{side} IN ({marks(chunk)}) AND page.in_trash = 0 "
                f"ORDER BY link.{side}_pos, link.seq",
                (key, *chunk),
            )
            for page_id, linked in rows:
                found.setdefault(page_id, []).append(linked)
        return found

    def replace(self, key: str, side: Side, page_id: str, linked: Sequence[str]) -> None:
        """Make these the only links of a page; links that stay keep their place elsewhere."""
        other: Side = "two" if side == "one" else "one"
        # Only what is gone is deleted: what stays keeps its place on the other side.
        sql = f"SELECT {other} FROM link WHERE key = ? AND {side} = ?"
        old = {row[0] for row in self._sql.fetch(sql, (key, page_id))}
        gone = old.difference(linked)
        self._sql.run_many(
            f"DELETE FROM link WHERE key = ? AND {side} = ? AND {other} = ?",
            [(key, page_id, item) for item in gone],
        )
        last = (
            f"(SELECT coalesce(max({other}_pos), -1) + 1 FROM link WHERE key = ? AND {other} = ?)"
        )
        self._sql.run_many(
            f"INSERT INTO link (key, {side}, {other}, {side}_pos, {other}_pos) "
            f"VALUES (?, ?, ?, ?, {last}) "
            f"ON CONFLICT (key, one, two) DO UPDATE SET {side}_pos = excluded.{side}_pos",
            [(key, page_id, item, place, key, item) for place, item in enumerate(linked)],
        )

    def drop(self, key: str) -> None:
        """Forget all links under a key."""
        self._sql.run("DELETE FROM link WHERE key = ?", (key,))


def _page_values(page: Page) -> tuple[Any, ...]:
    plain = (getattr(page, column) for column in _PAGE_COLUMNS.split(", ")[:10])
    return (*plain, dump(page.icon), dump(page.cover), dump(page.values))


def _parse_page(row: SqlRow) -> Page:
    flags = [bool(flag) for flag in row[7:10]]
    icon, cover = (None if text == "null" else json.loads(text) for text in row[10:12])
    values: Json = json.loads(row[12])
    return Page(*row[:7], *flags, icon, cover, values, row[13])  # type: ignore[call-arg]


def _parse_block(row: SqlRow) -> Block:
    return Block(*row[:9], bool(row[9]), json.loads(row[10]))  # type: ignore[call-arg]


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


class BlockTable(_Table):
    """Blocks by id and by parent, in order."""

    def get(self, block_id: str) -> Block | None:
        """Return a block."""
        rows = self._sql.fetch(f"SELECT {_BLOCK_COLUMNS} FROM block WHERE id = ?", (block_id,))
        return _parse_block(rows[0]) if rows else None

    def children(self, parent_id: str) -> list[Block]:
        """Return the blocks below a page or block that are not in the trash, in order."""
        sql = (
            f"SELECT {_BLOCK_COLUMNS} FROM block WHERE parent_id = ? AND in_trash = 0 "
            "ORDER BY position, rowid"
        )
        return [_parse_block(row) for row in self._sql.fetch(sql, (parent_id,))]

    def has_children(self, parent_id: str) -> bool:
        """Tell whether a page or block has children outside the trash."""
        sql = "SELECT 1 FROM block WHERE parent_id = ? AND in_trash = 0 LIMIT 1"
        return bool(self._sql.fetch(sql, (parent_id,)))

    def put(self, block: Block) -> None:
        """Save a block, new or changed."""
        plain = (getattr(block, column) for column in _BLOCK_COLUMNS.split(", ")[:10])
        values = (*plain, dump(block.content))
        self._sql.run(
            f"INSERT OR REPLACE INTO block ({_BLOCK_COLUMNS}) VALUES ({marks(values)})", values
        )

    def next_position(self, parent_id: str) -> int:
        """Return the place behind the last child."""
        # One look-up in the index for either value; a maximum over both would read all children.
        last = "SELECT max(position) FROM block WHERE parent_id = ? AND in_trash ="
        sql = f"SELECT ({last} 0), ({last} 1)"
        return max(place or 0 for place in self._sql.fetch(sql, (parent_id, parent_id))[0]) + 1

    def place(self, block_ids: Sequence[str]) -> None:
        """Put siblings into this order."""
        self._sql.run_many(
            "UPDATE block SET position = ? WHERE id = ?", list(enumerate(block_ids, start=1))
        )


FORMAT = 2
"""Format 1 had no table of added options; every table is made where it is missing."""


class Store:
    """One open workspace. Read and write only inside `transaction`.

    With `is_lazy` a missing file is made by the first write; until then the workspace is empty.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
        is_lazy: bool = False,
    ) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self.results: dict[object, list[str]] = {}
        is_later = is_lazy and path is not None and not path.exists()
        self._connection = Connection(None if is_later else path)
        self.containers = ContainerTable(self._connection)
        self.views = ViewTable(self._connection)
        self.pages = PageTable(self._connection)
        self.links = LinkTable(self._connection)
        self.blocks = BlockTable(self._connection)
        try:
            self._prepare()
        except (sqlite3.DatabaseError, WorkspaceFileError) as error:
            self.close()
            if isinstance(error, WorkspaceFileError):
                raise
            words = f"{path} is not a workspace file that can be used: {error}"
            raise WorkspaceFileError(words) from error
        if is_later and path is not None:
            self._connection.before_first_write(lambda: self._make_file(path))

    @property
    def changes(self) -> int:
        """A number that moves whenever anything may have changed."""
        return self._connection.changes

    def close(self) -> None:
        """Release the file; a closed store answers nothing."""
        self._connection.close()

    def transaction(self, *, write: bool = True) -> AbstractContextManager[None]:
        """Hold the workspace: committed at the end, rolled back on an error."""
        return self._connection.transaction(write=write)

    def now(self) -> int:
        """Return the clock's epoch milliseconds."""
        return to_ms(self._clock())

    def _prepare(self) -> None:
        found = self._connection.fetch("PRAGMA user_version")[0][0]
        if found > FORMAT:
            raise WorkspaceFileError(
                f"the workspace has format {found}, this version reads up to {FORMAT}"
            )
        self._connection.run("PRAGMA synchronous = NORMAL")
        if found == FORMAT:
            # Looking does not change a byte of a file that is complete.
            with self.transaction(write=False):
                if self.pages.get(ROOT_PAGE_ID) is not None:
                    return
        with self.transaction():
            for statement in filter(str.strip, _TABLES.split(";")):
                self._connection.run(statement)
            self._connection.run(f"PRAGMA user_version = {FORMAT}")
            if self.pages.get(ROOT_PAGE_ID) is None:
                now = self.now()
                home = Page(ROOT_PAGE_ID, "workspace", "workspace", now, now, BOT_ID, BOT_ID)
                home.values = {"title": ["Home"]}
                self.pages.insert(home)

    def _make_file(self, path: Path) -> None:
        """Open the file, making it if no other process has meanwhile."""
        with suppress(OSError):
            path.parent.mkdir(exist_ok=True)
        try:
            self._connection.move_to(path)
            self._prepare()
        except BaseException:
            self._connection.before_first_write(lambda: self._make_file(path))
            raise
