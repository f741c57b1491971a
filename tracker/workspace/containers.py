"""Databases, data sources and views in the store.

Must not know the API. Databases and data sources are few and read by every request, so they
are parsed once and kept until another process commits.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from tracker.workspace.checks import Json
from tracker.workspace.connection import Connection, dump
from tracker.workspace.model import Database, DataSource, Property, View
from tracker.workspace.options import Options

TABLES = """
CREATE TABLE IF NOT EXISTS container (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, database_id TEXT, counter INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS view (
  id TEXT PRIMARY KEY, database_id TEXT NOT NULL, data_source_id TEXT NOT NULL,
  position INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS added_option (
  data_source_id TEXT NOT NULL, property_id TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS added_option_of ON added_option (data_source_id);
"""


class ContainerTable:
    """Databases and data sources by id."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection
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
        self._sql.run("DELETE FROM added_option WHERE data_source_id = ?", (value.id,))
        self._cache[value.id] = value

    def add_options(self, source: DataSource, prop: Property, options: Sequence[Json]) -> None:
        """Add options to a property of a saved data source; costs the same beside many others.

        They stand beside the schema until it is next saved: each of a thousand rows may bring one.
        """
        sql = "INSERT INTO added_option (data_source_id, property_id, body) VALUES (?, ?, ?)"
        self._sql.run_many(sql, [(source.id, prop.id, dump(option)) for option in options])
        prop.config["options"].extend(options)

    def data_sources_of(self, database_id: str) -> list[DataSource]:
        """Return the data sources of a database, oldest first."""
        sql = "SELECT id FROM container WHERE database_id = ? ORDER BY rowid"
        found = [self.data_source(row[0]) for row in self._sql.fetch(sql, (database_id,))]
        return [source for source in found if source is not None]

    def databases(self) -> list[Database]:
        """Return all databases, oldest first."""
        found = [self.database(object_id) for object_id in self._ids("database")]
        return [database for database in found if database is not None]

    def data_sources(self) -> list[DataSource]:
        """Return all data sources, oldest first."""
        found = [self.data_source(object_id) for object_id in self._ids("data_source")]
        return [source for source in found if source is not None]

    def next_number(self, data_source_id: str) -> int:
        """Return the next number of a data source's rows."""
        sql = "UPDATE container SET counter = counter + 1 WHERE id = ?"
        self._sql.run(sql, (data_source_id,))
        sql = "SELECT counter FROM container WHERE id = ?"
        return int(self._sql.fetch(sql, (data_source_id,))[0][0])

    def _ids(self, kind: str) -> list[str]:
        sql = "SELECT id FROM container WHERE kind = ? ORDER BY rowid"
        return [row[0] for row in self._sql.fetch(sql, (kind,))]

    def _load(self, object_id: str) -> Database | DataSource | None:
        if object_id not in self._cache:
            sql = "SELECT kind, body FROM container WHERE id = ?"
            rows = self._sql.fetch(sql, (object_id,))
            if not rows:
                return None
            value = _parse(*rows[0])
            if isinstance(value, DataSource):
                self._load_added(value)
            self._cache[object_id] = value
        return self._cache[object_id]

    def _load_added(self, source: DataSource) -> None:
        sql = "SELECT property_id, body FROM added_option WHERE data_source_id = ? ORDER BY rowid"
        for property_id, body in self._sql.fetch(sql, (source.id,)):
            source.schema[property_id].config["options"].append(json.loads(body))


class ViewTable:
    """Views by id, in the order of a database's tabs."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

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
        values: tuple[Any, ...] = (view.id, view.database_id, view.data_source_id)
        self._sql.run(
            "INSERT INTO view (id, database_id, data_source_id, position, body) VALUES "
            "(?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM view), ?) "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (*values, dump(asdict(view))),
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


def _parse(kind: str, body: str) -> Database | DataSource:
    values = json.loads(body)
    if kind == "database":
        return Database(**values)
    schema = {key: Property(**prop) for key, prop in values.pop("schema").items()}
    for prop in schema.values():
        if "options" in prop.config:
            prop.config["options"] = Options(prop.config["options"])
    return DataSource(**values, schema=schema)
