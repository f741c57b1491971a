"""Queries of a data source: filter, sort, page.

Must not change anything. A query without property filters walks an index; any other scans the
looked-at values once and keeps the ids until something changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tracker.workspace.checks import (
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_list,
    check_object,
    check_page_size,
    check_string,
)
from tracker.workspace.cursors import decode_cursor, encode_cursor, list_answer
from tracker.workspace.errors import UNDEFINED, no_such_property
from tracker.workspace.filters import TIMESTAMPS, FilterReader, Test
from tracker.workspace.model import DataSource, Page, Property, find_property
from tracker.workspace.page_json import encode_pages, read_wanted
from tracker.workspace.rows import load_rows
from tracker.workspace.session import Session
from tracker.workspace.sorting import sort_rows

MOST_ROWS = 10_000
_BODY = ("filter", "sorts", "start_cursor", "page_size", "result_type", "is_archived")
_LIVE = "parent_id = ? AND in_trash = 0 AND is_archived = ?"
_KEPT_RESULTS = 16

Sort = tuple[Property, bool]
"""A property to sort by, and whether it descends."""


@dataclass(frozen=True, slots=True)
class Query:
    """A checked query."""

    test: Test | None
    sorts: tuple[Sort, ...]
    used: tuple[Property, ...]
    is_archived: bool
    size: int
    start: Any
    key: str


def query_data_source(
    session: Session, data_source_id: str, body: Json, keys: Sequence[str] = ()
) -> Json:
    """Return one page of the rows that match; trashed rows never do.

    `keys` limits the properties shown to those with these names or ids.
    """
    source = session.data_source(data_source_id)
    query = read_query(session, source, body)
    wanted = read_wanted(source, keys)
    if source.in_trash or session.is_trashed("database_id", source.database_id):
        return list_answer([], "page_or_data_source")
    pages, cursor, is_cut = _fetch(session, source, query)
    answer = list_answer(encode_pages(session, pages, wanted), "page_or_data_source", cursor)
    if is_cut:
        answer["request_status"] = {
            "type": "incomplete",
            "incomplete_reason": "query_result_limit_reached",
        }
    return answer


def read_query(session: Session, source: DataSource, body: Json) -> Query:
    """Check a query body against the schema."""
    check_keys("body", body, _BODY)
    check_choice("body.result_type", body.get("result_type", "page"), ("page", "data_source"))
    reader = FilterReader(source.schema, now=session.now)
    given = body.get("filter")
    test = None if given is None else reader.read(given)
    sorts = read_sorts(source, body.get("sorts"))
    used = {**reader.used, **{prop.id: prop for prop, _ in sorts}}
    is_archived = check_bool("body.is_archived", body.get("is_archived", False))
    key = repr([source.id, given, body.get("sorts"), is_archived])
    return Query(
        test,
        tuple(sorts),
        tuple(used.values()),
        is_archived,
        check_page_size(body.get("page_size")),
        body.get("start_cursor"),
        key,
    )


def read_sorts(source: DataSource, value: Any, *, path: str = "body.sorts") -> list[Sort]:
    """Check sorts; earlier entries win."""
    sorts: list[Sort] = []
    for index, item in enumerate(check_list(path, [] if value is None else value)):
        where = f"{path}[{index}]"
        given = check_object(where, item)
        direction = given.get("direction", "ascending")
        check_choice(f"{where}.direction", direction, ("ascending", "descending"))
        sorts.append((_sort_property(source, where, given), direction == "descending"))
    return sorts


def _sort_property(source: DataSource, path: str, given: Json) -> Property:
    if "timestamp" in given:
        name = check_choice(f"{path}.timestamp", given["timestamp"], TIMESTAMPS)
        return Property(f"{name} of the row", name, name)
    key = check_string(f"{path}.property", given.get("property", UNDEFINED))
    found = find_property(source.schema, key)
    if found is None:
        raise no_such_property(key)
    return found


def _fetch(
    session: Session, source: DataSource, query: Query
) -> tuple[list[Page], str | None, bool]:
    """Return the page's rows, the next cursor, and whether the query has too many rows."""
    if query.test is None and all(prop.type == "created_time" for prop, _ in query.sorts):
        return _walk(session, source, query)
    ids = _matching_ids(session, source, query)
    parts = decode_cursor(query.start, (str, int))
    first = _resume(ids, parts)
    following = min(first + query.size, MOST_ROWS)
    pages = session.store.pages.get_many(ids[first:following])
    cursor = None
    if following < min(len(ids), MOST_ROWS):
        cursor = encode_cursor([ids[following - 1], following])
    return pages, cursor, len(ids) > MOST_ROWS


def _resume(ids: list[str], parts: list[Any] | None) -> int:
    """Return where to go on: behind the last row given out, or at its place if it is gone."""
    if parts is None:
        return 0
    last, place = parts
    if 0 < place <= len(ids) and ids[place - 1] == last:
        return int(place)
    return ids.index(last) + 1 if last in ids else int(place)


def _matching_ids(session: Session, source: DataSource, query: Query) -> list[str]:
    key = (query.key, session.store.changes, session.now // 60_000)
    kept = session.store.results
    if key not in kept:
        rows = load_rows(session, source, _LIVE, (source.id, query.is_archived), query.used)
        matching = [row for row in rows if query.test is None or query.test(row)]
        sort_rows(matching, query.sorts)
        while len(kept) >= _KEPT_RESULTS:
            del kept[next(iter(kept))]
        kept[key] = [row.id for row in matching]
    return kept[key]


def _walk(
    session: Session, source: DataSource, query: Query
) -> tuple[list[Page], str | None, bool]:
    """Page through the rows by creation, newest first unless asked otherwise."""
    descending = query.sorts[0][1] if query.sorts else True
    way, sign = ("DESC", "<") if descending else ("ASC", ">")
    condition, values = _LIVE, [source.id, int(query.is_archived)]
    total = session.store.pages.count(condition, values, limit=MOST_ROWS + 1)
    parts = decode_cursor(query.start, (int, int, int))
    served = 0
    if parts is not None:
        condition += f" AND (created, seq) {sign} (?, ?)"
        created, seq, served = parts
        values += [created, seq]
    size = max(min(query.size, MOST_ROWS - served), 0)
    tail = f"ORDER BY created {way}, seq {way} LIMIT {size + 1}"
    pages = session.store.pages.where(condition, values, tail=tail)
    served += min(len(pages), size)
    has_more = len(pages) > size and served < MOST_ROWS
    pages = pages[:size]
    cursor = None
    if has_more:
        cursor = encode_cursor([pages[-1].created, pages[-1].seq, served])
    return pages, cursor, total > MOST_ROWS
