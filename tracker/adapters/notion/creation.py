"""Makes the database of a roadmap, in three requests, or finishes one that was cut off.

The only module that changes a schema. A creation of which nobody knows whether it happened is
looked up by its marker, never repeated blindly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracker.adapters.notion.errors import AmbiguousError, RejectedError
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.retry import Operation
from tracker.adapters.notion.schema import (
    BACK_COLUMN,
    COLUMNS,
    Column,
    Schema,
    decode_schema,
    encode_database,
    encode_relation,
    encode_status_column,
)
from tracker.adapters.notion.statuses import are_grouped
from tracker.errors import Problem, RemoteError, Severity
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
        except AmbiguousError:
            found = look_up()
            if found is None:
                made = self._send_new(name, title, sections)
            else:
                return self.finish(found)
        sources = made.get("data_sources") or [{}]
        if not sources[0].get("id"):
            raise RemoteError(
                Problem("database-without-source", f'the database "{title}" has no data source')
            )
        return self._relate(str(sources[0]["id"]))

    def finish(self, schema: Schema) -> Schema:
        """Add to a database what a run that was cut off left out."""
        if schema.find(_REQUIRES, "relation") is None:
            return self._relate(schema.data_source_id)
        return self._mend(schema)

    def patch(self, schema: Schema, properties: Json) -> Schema:
        """Change columns, and return the schema as it is then."""
        return self._patch(schema.data_source_id, properties)

    def _send_new(self, name: str, title: str, sections: Sequence[str]) -> Json:
        body = encode_database(name, title, self._parent, sections, "status")
        try:
            return self._gateway.send(Operation.CREATE, "POST", "databases", body=body)
        except RejectedError as error:
            if "status" not in error.message.lower():
                raise
        body = encode_database(name, title, self._parent, sections, "select")
        made = self._gateway.send(Operation.CREATE, "POST", "databases", body=body)
        self._note_select(title)
        return made

    def _relate(self, data_source_id: str) -> Schema:
        return self._mend(self._patch(data_source_id, encode_relation(data_source_id)))

    def _mend(self, schema: Schema) -> Schema:
        """Name the column back, and replace a status column whose groups came out wrong."""
        back = self._find_back(schema)
        if back is not None and back.name != BACK_COLUMN:
            schema = self._rename(schema, back)
        status = schema.find(_STATUS, "status")
        if status is not None and not are_grouped(status):
            schema = self._turn_into_select(schema, status)
            self._note_select(schema.title)
        return schema

    def _rename(self, schema: Schema, column: Column) -> Schema:
        """Give the column back its name; it is only for show, so a refusal does not matter."""
        try:
            return self.patch(schema, {column.key: {"name": BACK_COLUMN}})
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
