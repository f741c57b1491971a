"""Makes the database of a roadmap, in three requests, or finishes one that was cut off.

The only module that changes a schema. A creation of which nobody knows whether it happened is
looked up by its marker, never repeated blindly.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from tracker.adapters.notion.errors import AmbiguousError, RejectedError
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.retry import Operation
from tracker.adapters.notion.schema import (
    BACK_COLUMN,
    COLUMNS,
    Column,
    Schema,
    are_grouped,
    decode_schema,
    encode_columns,
    encode_database,
    encode_relation_column,
    encode_status_column,
)
from tracker.errors import Problem, RefusedError, RemoteError, Severity
from tracker.sync.snapshot import Field

_STATUS = COLUMNS[Field.STATUS][0]
_REQUIRES = COLUMNS[Field.REQUIRES][0]


LookUp = Callable[[], Schema | None]


class DatabaseMaker:
    """Makes databases under one page; `notes` say where the result differs from the design."""

    def __init__(self, gateway: Gateway, parent_page_id: str) -> None:
        self._gateway = gateway
        self._parent = parent_page_id
        self.notes: list[Problem] = []

    def make(self, name: str, title: str, sections: Sequence[str], look_up: LookUp) -> Schema:
        """Make a database with all columns; `look_up` finds it after an ambiguous answer."""
        try:
            made = self._send_new(name, title, sections)
        except AmbiguousError as error:
            found = None if error.saved_id else look_up()
            if found is not None:
                return self.finish(found)
            made = self._made_as(error.saved_id) or self._send_new(name, title, sections)
        return self._relate(self._source_of(made))

    def finish(self, schema: Schema) -> Schema:
        """Add to a database what a run that was cut off left out."""
        if schema.find(_REQUIRES, "relation") is None:
            return self._relate(schema.data_source_id)
        return self._mend(schema)

    def add(self, schema: Schema, missing: Collection[Field]) -> Schema:
        """Add the columns of some fields; raise RefusedError where a name is taken already."""
        taken = {column.name.casefold(): column for column in schema.columns.values()}
        names = [COLUMNS[which][0] for which in missing]
        if clashing := [name for name in names if name.casefold() in taken]:
            raise RefusedError(*(_taken(name, schema.title) for name in clashing))
        columns = {**encode_columns((), "status"), **encode_relation_column(schema.data_source_id)}
        schema = self.patch(schema, {name: columns[name] for name in names})
        # A status column that was there belongs to the learner, whatever its groups are by now.
        return self._mend(schema) if Field.STATUS in missing else self._name_back(schema)

    def patch(self, schema: Schema, properties: Json) -> Schema:
        """Change columns, and return the schema as it is then."""
        return self._patch(schema.data_source_id, properties)

    def is_back_named(self, schema: Schema) -> bool:
        """Return whether the column back has another name than the server's own for it."""
        back = self._find_back(schema)
        # Related to TITLE (Requires), in whatever language: the server names the column in its name.
        return back is None or _REQUIRES not in back.name

    def _send_new(self, name: str, title: str, sections: Sequence[str]) -> Json:
        body = encode_database(name, title, self._parent, sections, "status")
        try:
            return self._gateway.send(Operation.CREATE, "POST", "databases", body=body)
        except RejectedError as error:
            refused = error
        body = encode_database(name, title, self._parent, sections, "select")
        try:
            made = self._gateway.send(Operation.CREATE, "POST", "databases", body=body)
        except RejectedError:
            raise refused from None  # it was not for the status column
        self._note_select(title)
        return made

    def _made_as(self, database_id: str | None) -> Json | None:
        """Fetch the database that a failed request says it made."""
        if database_id is None:
            return None
        return self._gateway.send(Operation.READ, "GET", f"databases/{database_id}")

    def _source_of(self, database: Json) -> str:
        if not database.get("data_sources"):
            path = f"databases/{database.get('id')}"
            database = self._gateway.send(Operation.READ, "GET", path)
        sources = database.get("data_sources")
        if not sources:
            what = "the new database has no data source"
            raise RemoteError(
                Problem(
                    "database-without-source",
                    what,
                    kept="no row was written",
                    next="move the empty database to the trash, then tracker sync",
                )
            )
        return str(sources[0]["id"])

    def _relate(self, data_source_id: str) -> Schema:
        return self._mend(self._patch(data_source_id, encode_relation_column(data_source_id)))

    def _mend(self, schema: Schema) -> Schema:
        """Name the column back, and replace a status column whose groups came out wrong."""
        schema = self._name_back(schema)
        status = schema.find(_STATUS, "status")
        if status is not None and not are_grouped(status):
            schema = self._turn_into_select(schema, status)
            self._note_select(schema.title)
        return schema

    def _name_back(self, schema: Schema) -> Schema:
        """Give the column back its name; it is only for show, so a refusal does not matter."""
        back = self._find_back(schema)
        if back is None or back.name == BACK_COLUMN:
            return schema
        try:
            return self.patch(schema, {back.key: {"name": BACK_COLUMN}})
        except RejectedError:
            return schema

    def _turn_into_select(self, schema: Schema, status: Column) -> Schema:
        select = encode_status_column("select")
        try:
            changed = self.patch(schema, {status.key: select})
        except RejectedError:
            changed = schema
        if changed.find(_STATUS, "select") is not None:
            return changed
        changed = self.patch(schema, {status.key: None})
        return self.patch(changed, {_STATUS: select})

    def _find_back(self, schema: Schema) -> Column | None:
        requires = schema.find(_REQUIRES, "relation")
        if requires is None or not requires.back or requires.back == requires.id:
            return None
        return schema.columns.get(requires.back)

    def _patch(self, data_source_id: str, properties: Json) -> Schema:
        path = f"data_sources/{data_source_id}"
        answer = self._gateway.send(Operation.PATCH, "PATCH", path, body={"properties": properties})
        if not answer.get("properties"):
            answer = self._gateway.send(Operation.READ, "GET", path)
        return decode_schema(answer)

    def _note_select(self, title: str) -> None:
        self.notes.append(
            Problem(
                code="status-as-select",
                what=f'"{title}" keeps the status in a select column',
                severity=Severity.NOTE,
                why="this workspace did not take a status column with its groups",
                next="nothing to do; boards and progress work, groups of statuses do not",
            )
        )


def _taken(name: str, title: str) -> Problem:
    return Problem(
        code="column-name-taken",
        what=f'"{title}" has another column "{name}" already',
        why="making the column would change the type of that one and empty it",
        kept="nothing was written",
        next="rename that column of the database, then run the command again",
    )
