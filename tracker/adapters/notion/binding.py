"""Which column carries which field, and which option means which status: by id, not by name.

Pure. Raises RefusedError when the learner's schema lost what a bound field needs; renaming
anything is fine.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.adapters.notion.schema import COLUMNS, HISTORY_COLUMN, Column, Schema
from tracker.adapters.notion.statuses import bind_options
from tracker.errors import Problem, RefusedError
from tracker.ports import Target
from tracker.sync.snapshot import Field


def bind(schema: Schema, known: Target | None) -> Target:
    """Bind all fields: by id where one is known, by name and type otherwise.

    Raises RefusedError with one problem for each column that is gone or has another type.
    """
    ids = known.properties if known else {}
    bound = {which: _find(schema, which, ids.get(which), known) for which in Field}
    problems = tuple(
        _explain(schema, which, ids.get(which)) for which, column in bound.items() if column is None
    )
    if problems:
        raise RefusedError(*problems)
    columns = {which: column for which, column in bound.items() if column is not None}
    options = bind_options(columns[Field.STATUS], known.options if known else {})
    return Target(
        database_id=schema.database_id or (known.database_id if known else ""),
        data_source_id=schema.data_source_id,
        properties={which: column.id for which, column in columns.items()},
        options=options,
        status_type=columns[Field.STATUS].type,
        history=_find_history(schema, known.history if known else ""),
        gone=_find_gone(known, options) if known else {},
    )


def bind_loosely(schema: Schema) -> Target:
    """Bind the fields that have a column, by name and type; the others are left out."""
    found = {which: _find_by_name(schema, which) for which in Field}
    columns = {which: column for which, column in found.items() if column is not None}
    status = columns.get(Field.STATUS)
    return Target(
        database_id=schema.database_id,
        data_source_id=schema.data_source_id,
        properties={which: column.id for which, column in columns.items()},
        status_type=status.type if status is not None else COLUMNS[Field.STATUS][1],
        history=_find_history(schema, ""),
    )


def _find_gone(known: Target, options: Mapping[str, str]) -> dict[Field, frozenset[str]]:
    """Return the values whose option was deleted: those that are known, and replaced statuses."""
    replaced = {status for each, status in known.options.items() if each not in options}
    statuses = known.gone.get(Field.STATUS, frozenset()) | replaced
    return {**known.gone, **({Field.STATUS: statuses} if statuses else {})}


def missing_fields(schema: Schema) -> frozenset[Field]:
    """Return the fields that a database nobody has bound yet has no column for."""
    return frozenset(which for which in Field if _find(schema, which, None, None) is None)


def column_of(schema: Schema, target: Target, which: Field) -> Column:
    """Return the column of a bound field; raise RefusedError when it is gone by now."""
    column = schema.columns.get(target.properties[which])
    if column is None:
        raise RefusedError(_explain(schema, which, target.properties[which]))
    return column


def _find_history(schema: Schema, column_id: str) -> str:
    """Return the id of the history column, or nothing: it is nobody's value, and may be missing."""
    column = schema.columns.get(column_id) or schema.find(*HISTORY_COLUMN)
    return column.id if column is not None and column.type == HISTORY_COLUMN[1] else ""


def _find(
    schema: Schema, which: Field, column_id: str | None, known: Target | None
) -> Column | None:
    if column_id is None:
        return _find_by_name(schema, which)
    column = schema.columns.get(column_id)
    wanted = known.status_type if known and which is Field.STATUS else COLUMNS[which][1]
    if column is None or column.type != wanted:
        return None
    return None if _points_elsewhere(schema, column) else column


def _find_by_name(schema: Schema, which: Field) -> Column | None:
    name, kind = COLUMNS[which]
    column = schema.find(name, kind)
    if which is Field.NAME:
        column = next((each for each in schema.columns.values() if each.type == kind), None)
    if which is Field.STATUS:
        column = column or _only(schema, kind) or schema.find(name, "select")
    if which is Field.REQUIRES and column and _points_elsewhere(schema, column):
        return None
    return column


def _only(schema: Schema, kind: str) -> Column | None:
    columns = [each for each in schema.columns.values() if each.type == kind]
    return columns[0] if len(columns) == 1 else None


def _points_elsewhere(schema: Schema, column: Column) -> bool:
    return column.type == "relation" and column.related not in {"", schema.data_source_id}


def _explain(schema: Schema, which: Field, column_id: str | None) -> Problem:
    """Say what happened to a column: gone, of another type, or never there."""
    name, kind = COLUMNS[which]
    column = schema.columns.get(column_id) if column_id is not None else _by_name(schema, name)
    if column is None:
        why = f"{which.value} needs a {_word(kind)} column"
        gone = f'column "{name}" of "{schema.title}" was deleted'
        what = gone if column_id is not None else f'"{schema.title}" has no column "{name}"'
        return Problem("column-deleted", what, why=why, kept=_KEPT, next=_NEXT)
    why = f"it is a {_word(column.type)} column now, and {which.value} needs {_word(kind)}"
    what = f'column "{column.name}" of "{schema.title}" has another type'
    advice = f"turn it back into a {_word(kind)} column; or delete it, then {_MEND}"
    return Problem("column-retyped", what, why=why, kept=_KEPT, next=advice)


def _by_name(schema: Schema, name: str) -> Column | None:
    named = {each.name.casefold(): each for each in schema.columns.values()}
    return named.get(name.casefold())


def _word(kind: str) -> str:
    return _WORDS.get(kind, kind.replace("_", " "))


_WORDS: Mapping[str, str] = {"rich_text": "text", "relation": "relation to the same database"}
_KEPT = "nothing was written"
_MEND = "tracker doctor --mend"
_NEXT = f"{_MEND}    # or undo the change there"
