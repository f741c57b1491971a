"""Makes the database of a roadmap, finishes one that was cut off, and adds columns that are missing.

Three requests make a database: one for the first columns, one for the relation to itself and all that
comes after it, and one for the name of the relation's other end. A creation that may have happened is
looked up by its marker, never repeated blindly.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from tracker.adapters.notion.columns import Column, Schema, decode_schema
from tracker.adapters.notion.errors import AmbiguousError, RejectedError, unwritten
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.schema import (
    BACK_COLUMN,
    BACK_NOTE,
    COLUMNS,
    FIRST_COLUMNS,
    HISTORY_COLUMN,
    PLUMBING_NOTE,
    SPARE_ORDER,
    are_grouped,
    encode_columns,
    encode_database,
    encode_status_column,
    find_history,
    missing_fields,
)
from tracker.errors import Problem, RefusedError, RemoteError, Severity
from tracker.sync.records import Field
from tracker.sync.target import OPTIONAL, DatabaseTarget

_HISTORY = frozenset({HISTORY_COLUMN[0]})
_DISPENSABLE = frozenset(COLUMNS[which][0] for which in OPTIONAL) | _HISTORY
"""Names of the columns that a database need not have."""
_NEEDED = (Field.STATUS, Field.ORDER, Field.ID)
_STATUS = COLUMNS[Field.STATUS][0]
_REQUIRES = COLUMNS[Field.REQUIRES][0]


def list_missing(schema: Schema, target: DatabaseTarget) -> list[str]:
    """Return the names of the columns that a database lacks, beside those that are bound."""
    fields = missing_fields(schema) - target.properties.keys() - target.optional
    names = [name for which, (name, _) in COLUMNS.items() if which in fields]
    return names if find_history(schema, target.history) else [*names, HISTORY_COLUMN[0]]


def list_needed(schema: Schema, target: DatabaseTarget) -> list[str]:
    """Return the names of the columns without which somebody else's database cannot be synced.

    Raises RefusedError where columns of the learner have these names.
    """
    taken = {column.name.casefold() for column in schema.columns.values()}
    needed = [which for which in _NEEDED if which not in target.properties]
    names = [COLUMNS[which][0] for which in needed]
    if Field.ORDER in needed and COLUMNS[Field.ORDER][0].casefold() in taken:
        names[needed.index(Field.ORDER)] = SPARE_ORDER
    names += [] if target.history else [HISTORY_COLUMN[0]]
    clashing = _find_clashing(schema, names)
    return [name for name in names if name not in clashing]


def _find_clashing(schema: Schema, names: Collection[str]) -> frozenset[str]:
    """Return the names that other columns have already; raise RefusedError for what is needed."""
    taken = {column.name.casefold() for column in schema.columns.values()}
    clashing = frozenset(name for name in names if name.casefold() in taken)
    if refused := clashing - _DISPENSABLE:
        # A PATCH with the name of a column changes its type ("Update data source properties").
        raise RefusedError(
            *(
                unwritten(
                    "column-name-taken",
                    f'"{schema.title}" has another column "{name}" already',
                    "tracker needs a column of this name, and what you keep in yours would be lost",
                    "rename that column of the database, then run the command again",
                )
                for name in sorted(refused)
            )
        )
    return clashing


def list_undescribed(schema: Schema, target: DatabaseTarget) -> list[Column]:
    """Return the columns that no learner needs, and that do not say so."""
    bound = [target.properties.get(which, "") for which in (Field.ORDER, Field.ID)]
    columns = [schema.columns[it] for it in (*bound, target.history) if it in schema.columns]
    return [column for column in columns if not column.description]


class DatabaseMaker:
    """Makes databases under one page; `notes` say where the result differs from the design."""

    def __init__(self, gateway: Gateway, parent_page_id: str) -> None:
        self._gateway = gateway
        self._parent = parent_page_id
        self.notes: list[Problem] = []

    def make(
        self, name: str, title: str, sections: Sequence[str], look_up: Callable[[], Schema | None]
    ) -> Schema:
        """Make a database with all columns; `look_up` finds it after an ambiguous answer."""
        try:
            made = self._send_new(name, title, sections)
        except AmbiguousError as error:
            if error.saved_id is not None:
                # The failed answer itself names the database that it made.
                made = self._gateway.fetch(f"databases/{error.saved_id}")
            elif (found := look_up()) is not None:
                return self.finish(found)
            else:
                made = self._send_new(name, title, sections)
        source_id = self._source_of(made)
        columns = encode_columns((), "status", source_id)
        later = {name: columns[name] for name in columns if name not in FIRST_COLUMNS}
        return self._mend(self._patch(source_id, later))

    def finish(self, schema: Schema) -> Schema:
        """Add to a database what a run that was cut off left out."""
        names = frozenset(COLUMNS[which][0] for which in missing_fields(schema))
        return self._mend(
            self._add(schema, names if find_history(schema, "") else names | _HISTORY)
        )

    def add(self, schema: Schema, names: Collection[str]) -> Schema:
        """Add columns; raise RefusedError where a name is taken already.

        A column that a sync can do without is left out then.
        """
        schema = self._add(schema, frozenset(names))
        # A column that was there belongs to the learner, whatever its name or its groups are by now.
        schema = self._name_back(schema) if _REQUIRES in names else schema
        return self._check_groups(schema) if _STATUS in names else schema

    def describe(self, schema: Schema, columns: Sequence[Column]) -> None:
        """Say of columns that only the program needs them."""
        # With the type as it is: without it only a name is sure to be taken ("Update a data source").
        notes = {it.key: {it.type: {}, "description": PLUMBING_NOTE} for it in columns}
        self._patch(schema.data_source_id, notes)

    def _add(self, schema: Schema, names: frozenset[str]) -> Schema:
        clashing = _find_clashing(schema, names)
        columns = encode_columns((), "status", schema.data_source_id)
        columns[SPARE_ORDER] = columns[COLUMNS[Field.ORDER][0]]
        added = {name: columns[name] for name in columns if name in names - clashing}
        return self._patch(schema.data_source_id, added) if added else schema

    def is_back_named(self, schema: Schema) -> bool:
        """Return whether the column back has another name than the server's own for it."""
        back = self._find_back(schema)
        # Notion calls it "Related to TITLE (Requires)" (measured), perhaps in another language.
        return back is None or _REQUIRES not in back.name

    def _send_new(self, name: str, title: str, sections: Sequence[str]) -> Json:
        """Make the database, with a select for the status where a status column is refused."""
        body = encode_database(name, title, self._parent, sections, "status")
        try:
            return self._gateway.create("databases", body)
        except RejectedError as error:
            refused = error
        # Status columns can be created since March 2026 only, and messages of refusals may change.
        body = encode_database(name, title, self._parent, sections, "select")
        try:
            made = self._gateway.create("databases", body)
        except RejectedError:
            raise refused from None  # the status column was not the reason
        self._note_select(title)
        return made

    def _source_of(self, database: Json) -> str:
        """Return the id of a new database's data source."""
        if not database.get("data_sources"):
            database = self._gateway.fetch(f"databases/{database.get('id')}")
        sources = database.get("data_sources")
        if not sources:
            raise RemoteError(
                Problem(
                    "database-without-source",
                    "the new database has no data source",
                    kept="no row was written",
                    next="move the empty database to the trash, then tracker sync",
                )
            )
        return str(sources[0]["id"])

    def _mend(self, schema: Schema) -> Schema:
        """Set right what a new database cannot be made with."""
        return self._check_groups(self._name_back(schema))

    def _check_groups(self, schema: Schema) -> Schema:
        """Replace a status column whose groups are wrong."""
        status = schema.find(_STATUS, "status")
        if status is not None and not are_grouped(status):
            # Groups cannot be changed through the API: where a server ignores the requested ones,
            # "Done" is in the group To-do, and every board and progress bar is wrong.
            schema = self._turn_into_select(schema, status)
            self._note_select(schema.title)
        return schema

    def _name_back(self, schema: Schema) -> Schema:
        """Rename the column back; it is only for show, so a refusal does not matter."""
        back = self._find_back(schema)
        if back is None or back.name == BACK_COLUMN:
            return schema
        # Whether a name and a description may come without the type is documented nowhere.
        for named in ({"name": BACK_COLUMN, "description": BACK_NOTE}, {"name": BACK_COLUMN}):
            with suppress(RejectedError):
                return self._patch(schema.data_source_id, {back.key: named})
        return schema

    def _turn_into_select(self, schema: Schema, status: Column) -> Schema:
        select, source_id = encode_status_column("select"), schema.data_source_id
        try:
            changed = self._patch(source_id, {status.key: select})
        except RejectedError:
            changed = schema
        if changed.find(_STATUS, "select") is not None:
            return changed
        # A server that does not change the type: the column has no values yet, and is made anew.
        self._patch(source_id, {status.key: None})
        return self._patch(source_id, {_STATUS: select})

    def _find_back(self, schema: Schema) -> Column | None:
        requires = schema.find(_REQUIRES, "relation")
        if requires is None or not requires.back or requires.back == requires.id:
            return None
        return schema.columns.get(requires.back)

    def _patch(self, data_source_id: str, properties: Json) -> Schema:
        """Change columns, and return the schema as it is then."""
        path = f"data_sources/{data_source_id}"
        answer = self._gateway.patch(path, {"properties": properties})
        if not answer.get("properties"):
            answer = self._gateway.fetch(path)
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
