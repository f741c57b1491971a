"""Search: pages and data sources by the words of their titles.

Must not change anything. Unlike the real index this one never lags.
"""

from __future__ import annotations

import json
from typing import Any

from tracker.workspace.checks import (
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_object,
    check_page_size,
    check_string,
)
from tracker.workspace.cursors import list_answer, page_of
from tracker.workspace.databases import encode_data_source
from tracker.workspace.errors import UNDEFINED
from tracker.workspace.page_json import encode_pages
from tracker.workspace.rich_text import plain_text
from tracker.workspace.session import Session

_KINDS = ("page", "data_source", "database")

Found = tuple[int, str, str]
"""The edit time, the kind and the id of a hit."""


def search(session: Session, body: Json) -> Json:
    """Return pages and data sources whose titles hold every word of the query."""
    check_keys("body", body, ("query", "sort", "filter", "start_cursor", "page_size"))
    words = check_string("body.query", body.get("query", "")).casefold().split()
    kind, in_trash = _decode_filter(body.get("filter"))
    found: list[Found] = []
    if kind in (None, "page"):
        found += _pages(session, words, in_trash=in_trash)
    if kind in (None, "data_source", "database"):
        found += _sources(session, words, in_trash=in_trash)
    found.sort(key=lambda item: item[0], reverse=_descends(body.get("sort")))
    size = check_page_size(body.get("page_size"))
    shown, cursor = page_of(found, body.get("start_cursor"), size)
    return list_answer(_encode(session, shown), "page_or_data_source", cursor)


def _decode_filter(value: Any) -> tuple[str | None, bool]:
    if value is None:
        return None, False
    given = check_object("body.filter", value)
    check_keys("body.filter", given, ("property", "value", "in_trash"))
    in_trash = check_bool("body.filter.in_trash", given.get("in_trash", False))
    if "property" not in given and "value" not in given:
        return None, in_trash
    check_choice("body.filter.property", given.get("property", UNDEFINED), ("object",))
    return check_choice("body.filter.value", given.get("value", UNDEFINED), _KINDS), in_trash


def _descends(value: Any) -> bool:
    if value is None:
        return True
    given = check_object("body.sort", value)
    check_choice("body.sort.timestamp", given.get("timestamp", UNDEFINED), ("last_edited_time",))
    direction = given.get("direction", "descending")
    ways = ("ascending", "descending")
    return check_choice("body.sort.direction", direction, ways) == "descending"


def _matches(title: str, words: list[str]) -> bool:
    folded = title.casefold()
    return all(word in folded for word in words)


def _pages(session: Session, words: list[str], *, in_trash: bool) -> list[Found]:
    found: list[Found] = []
    trashed_parents: dict[str, bool] = {}
    for head in session.store.pages.titles():
        if not _matches(plain_text(json.loads(head.title)), words):
            continue
        if head.parent_id not in trashed_parents:
            trashed = session.is_trashed(head.parent_type, head.parent_id)
            trashed_parents[head.parent_id] = trashed
        if (head.in_trash or trashed_parents[head.parent_id]) == in_trash:
            found.append((head.edited, "page", head.id))
    return found


def _sources(session: Session, words: list[str], *, in_trash: bool) -> list[Found]:
    return [
        (source.edited, "data_source", source.id)
        for source in session.store.containers.data_sources()
        if _matches(plain_text(source.title), words)
        and (source.in_trash or session.is_trashed("database_id", source.database_id)) == in_trash
    ]


def _encode(session: Session, found: list[Found]) -> list[Json]:
    ids = [object_id for _, kind, object_id in found if kind == "page"]
    pages = {page["id"]: page for page in encode_pages(session, session.store.pages.get_many(ids))}
    return [
        pages[object_id]
        if kind == "page"
        else encode_data_source(session, session.data_source(object_id))
        for _, kind, object_id in found
    ]
