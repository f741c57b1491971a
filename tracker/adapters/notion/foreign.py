"""A database that somebody else made: found by its link, described, and bound to fields.

Reads only; `making` adds the columns that are missing. What names and options mean is looked up in the
words of many languages by which tables are imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from urllib.parse import parse_qs, unquote, urlsplit

from tracker.adapters.notion.blocks import DATABASE, walk_children
from tracker.adapters.notion.columns import Column, Schema, decode_schema
from tracker.adapters.notion.databases import find_sources, is_marked, trashed
from tracker.adapters.notion.errors import (
    DeniedError,
    ForbiddenError,
    RejectedError,
    unwritten,
)
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, find_id, get_object, normal_id
from tracker.adapters.notion.schema import (
    BACK_COLUMN,
    COLUMNS,
    bind,
    bind_loosely,
    bind_options,
    find_by_name,
    find_history,
    is_plumbing,
    list_types,
    missing_fields,
)
from tracker.errors import RefusedError, RemoteError, UsageError
from tracker.roadmap.model import show
from tracker.sync.adoption import ForeignColumn, Matching
from tracker.sync.records import Field
from tracker.sync.target import ADOPTED, OPTIONAL, DatabaseTarget, ForeignDatabase

_PLUMBING = (Field.ORDER, Field.ID)
_COPY_LINK = "in Notion open the database as a full page, Share, Copy link"
_SERVED = "tracker serve    # shows it: copy the address of its page"
_MOST_SHOWN = 5
"""Databases of a page that are named."""


def fetch_schema_of(
    gateway: Gateway, link: str, *, is_builtin: bool = False
) -> tuple[Schema, bool]:
    """Fetch the data source that a link or an id means; also return whether the database is locked.

    `is_builtin` says that it is looked for in the built-in workspace, which has no Notion behind it.

    Raises UsageError for what is no database with one data source, RemoteError for one that cannot be
    read, RefusedError for one in the trash.
    """
    found = _parse_link(link, is_builtin=is_builtin)
    database = _try(gateway, f"databases/{found}")
    if database is None:
        source = _try(gateway, f"data_sources/{found}")
        if source is None:
            raise _explain(gateway, link, found, is_builtin=is_builtin)
        database = _try(gateway, f"databases/{get_object(source, 'parent').get('database_id')}")
        sources = [source]
    else:
        sources = [gateway.fetch(f"data_sources/{it}") for it in find_sources(database)]
    schemas = [decode_schema(source) for source in sources]
    live = [schema for schema in schemas if not schema.is_trashed]
    title = schemas[0].title if schemas else ""
    if not live or (database or {}).get("in_trash"):
        raise trashed(title or "untitled")
    if len(live) > 1:
        raise _several(live)
    if any(column.type == "verification" for column in live[0].columns.values()):
        raise _wiki(live[0].title)
    return live[0], bool((database or {}).get("is_locked"))


def describe(schema: Schema, *, is_locked: bool = False) -> ForeignDatabase:
    """Return what a data source looks like to somebody who is about to adopt it."""
    own = {column.id for column in _find_plumbing(schema).values()} | {find_history(schema, "")}
    return ForeignDatabase(
        database_id=schema.database_id,
        data_source_id=schema.data_source_id,
        title=schema.title,
        columns=tuple(
            _describe_column(schema, column)
            for column in schema.columns.values()
            if column.id not in own
        ),
        is_locked=is_locked,
    )


def bind_foreign(schema: Schema, matching: Matching) -> DatabaseTarget:
    """Bind the fields to the columns that serve them; those that are missing are left out."""
    columns = {which: schema.columns[it.id] for which, it in matching.columns.items()}
    columns |= _find_plumbing(schema)
    if {which: it.id for which, it in columns.items()} == bind_loosely(schema).properties:
        lacks = missing_fields(schema) - OPTIONAL
        if not lacks:
            return bind(schema, None)  # one that tracker made, of a folder that is lost
    status = columns.get(Field.STATUS)
    has_options = status is not None and status.type != "checkbox"
    return DatabaseTarget(
        database_id=schema.database_id,
        data_source_id=schema.data_source_id,
        properties={which: column.id for which, column in columns.items()},
        types=list_types(columns),
        options=bind_options(status, {}) if status is not None and has_options else {},
        history=find_history(schema, ""),
        optional=ADOPTED,
    )


def check_own_columns(schema: Schema, name: str) -> None:
    """Raise RefusedError for a database that was adopted once, and of whose columns nothing is known."""
    lacks = missing_fields(schema) - OPTIONAL
    if lacks and not is_marked(schema):
        what = f'of the columns of "{schema.title}" nothing is known any more'
        why = "tracker.yaml does not name them, and they are not those that tracker makes"
        advice = f"tracker adopt {schema.data_source_id} --name {name}    # matches them again"
        raise RefusedError(unwritten("columns-unknown", what, why, advice))


def check_renamed(schema: Schema) -> None:
    """Raise RefusedError where a column that seems missing may be one that was renamed.

    For a database of whose columns nothing is remembered: a second column would be made beside it.
    """
    found = {which: find_by_name(schema, which) for which in Field}
    used = {column.id for column in found.values() if column} | {find_history(schema, "")}
    problems = []
    for which in [which for which, column in found.items() if column is None]:
        name, kind = COLUMNS[which]
        free = [
            f'"{show(column.name)}"'
            for column in schema.columns.values()
            if column.type == kind and column.id not in used and column.name != BACK_COLUMN
        ]
        if free:
            what = f'"{schema.title}" has no column "{name}", and {", ".join(free)} may be it'
            why = "its state is lost, and with it how its columns were renamed"
            advice = f'give that column the name "{name}" again, or add one of that name and type'
            problems.append(unwritten("column-renamed", what, why, f"{advice}; then tracker sync"))
    if problems:
        raise RefusedError(*problems)


def find_meaning(name: str) -> str:
    """Return the key of a skill that a column's name means, "other" for no key, or nothing."""
    # Late, here and below: the words of many languages, which a sync can do without.
    from tracker.adapters.exchange.foreign_values import fold, list_words  # noqa: PLC0415
    from tracker.adapters.exchange.table import find_key  # noqa: PLC0415

    others = {fold(word) for word in list_words("other")}
    return find_key(name) or ("other" if fold(name) in others else "")


def _describe_column(schema: Schema, column: Column) -> ForeignColumn:
    from tracker.adapters.exchange.foreign_values import read_status  # noqa: PLC0415

    return ForeignColumn(
        id=column.id,
        name=column.name,
        type=column.type,
        key=find_meaning(column.name),
        meanings={option.name: read_status(option.name) for option in column.options},
        is_elsewhere=column.related not in {"", schema.data_source_id},
    )


def _find_plumbing(schema: Schema) -> dict[Field, Column]:
    """Return tracker's own columns of numbers and ids, where an earlier run has made them."""
    found = {which: find_by_name(schema, which) for which in _PLUMBING}
    return {which: it for which, it in found.items() if it and is_plumbing(schema, it)}


def _parse_link(link: str, *, is_builtin: bool) -> str:
    """Return the id of the database in a link; of a row opened beside it, the database counts."""
    parts = urlsplit(link.strip().strip("<>\"'"))
    peeked = parse_qs(parts.query).get("p", [])
    for candidate in (unquote(parts.path).rstrip("/"), *peeked):
        if found := find_id(candidate):
            return found
    raise UsageError(
        unwritten(
            "bad-database",
            f"this is not the link of a database: {show(link)}",
            "expected a database link or a 32-digit id",
            f"{_SERVED if is_builtin else _COPY_LINK}; then tracker adopt LINK",
        )
    )


def _try(gateway: Gateway, path: str) -> Json | None:
    """Fetch an object; None where there is none of this kind, or it is not shared."""
    try:
        return gateway.fetch(path)
    except ForbiddenError:
        raise
    # 400 for digits that are no UUID of a known version, such as a mistyped id (measured).
    except (DeniedError, RejectedError):
        return None


def _explain(
    gateway: Gateway, link: str, found: str, *, is_builtin: bool
) -> UsageError | RemoteError:
    """Return what to say about an id that is no database's."""
    page = _try(gateway, f"pages/{found}")
    if page is None and is_builtin:
        return RemoteError(
            unwritten(
                "database-denied",
                f"the built-in workspace has no database {show(link)}",
                "this folder is not connected with Notion",
                "for a database in Notion: tracker connect PAGE, with the page around it, then "
                f"tracker adopt again; for one in the workspace: {_SERVED}",
            )
        )
    if page is None:
        return RemoteError(
            unwritten(
                "database-denied",
                f"the database {show(link)} is not there, or not shared with the token",
                "Notion says the same of a linked view, whose rows are in another database",
                "in Notion open the original database as a full page, then ••• -> Connections, and "
                "add the connection of your token; then tracker adopt LINK with its own link",
            )
        )
    parent = get_object(page, "parent")
    if above := parent.get("database_id"):
        what, why = "this is the link of a row, not of a database", "it is a page in a database"
        advice = f"tracker adopt {normal_id(str(above))}    # the database that it is a row of"
        return UsageError(unwritten("page-not-database", what, why, advice))
    inside = list(islice(_find_inside(gateway, found), _MOST_SHOWN))
    named = ", ".join(f'"{show(title)}"' for _, title in inside)
    return UsageError(
        unwritten(
            "page-not-database",
            "this is the link of a page, not of a database",
            f"databases on it: {named}" if inside else "no database is on it",
            f"tracker adopt {inside[0][0]}    # {show(inside[0][1])}"
            if inside
            else f"{_SERVED if is_builtin else _COPY_LINK}; then tracker adopt LINK",
        )
    )


def _find_inside(gateway: Gateway, page_id: str) -> Iterator[tuple[str, str]]:
    # Only to help: what cannot be listed is not named.
    with suppress(RemoteError):
        for kind, found_id, title in walk_children(gateway, page_id):
            if kind == DATABASE:
                yield found_id, title


def _several(schemas: list[Schema]) -> UsageError:
    named = ", ".join(f'"{show(schema.title)}"' for schema in schemas)
    return UsageError(
        unwritten(
            "several-data-sources",
            f"the database has {len(schemas)} data sources: {named}",
            "a roadmap has the rows of one",
            "; or ".join(
                f"tracker adopt {schema.data_source_id}    # {show(schema.title)}"
                for schema in schemas[:_MOST_SHOWN]
            ),
        )
    )


def _wiki(title: str) -> UsageError:
    return UsageError(
        unwritten(
            "wiki-database",
            f'"{show(title)}" is a wiki',
            "its rows are pages and databases of any kind, and no checklist",
            "in Notion turn it back: ••• -> Undo wiki; or move the rows to a database",
        )
    )
