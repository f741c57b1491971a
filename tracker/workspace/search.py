"""Search: pages and data sources by the words of their titles.

Must not change anything. Notion's index lags behind writes by seconds; this one never does.
"""

from __future__ import annotations

import json
from typing import Any

from tracker.workspace.checks import (
    UNDEFINED,
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_object,
    check_page_size,
    check_string,
    list_answer,
    page_of,
)
from tracker.workspace.databases import encode_data_source
from tracker.workspace.page_json import encode_pages
from tracker.workspace.rich_text import plain_text
from tracker.workspace.session import Session

_KINDS = ("page", "data_source", "database")

Hit = tuple[int, str, str]
"""The edit time, the kind and the id of what was found."""


def search(session: Session, body: Json) -> Json:
    """Return pages and data sources whose titles hold every word of the query."""
    check_keys("body", body, ("query", "sort", "filter", "start_cursor", "page_size"))
    words = check_string("body.query", body.get("query", "")).casefold().split()
    kind, in_trash = _decode_filter(body.get("filter"))
    hits: list[Hit] = []
    if kind in (None, "page"):
        hits += _find_pages(session, words, in_trash=in_trash)
    # Clients of before data sources ask for databases; the answer is the same.
    if kind != "page":
        hits += _find_sources(session, words, in_trash=in_trash)
    given = {"timestamp": "last_edited_time"} if body.get("sort") is None else body["sort"]
    sort = check_object("body.sort", given)
    check_choice("body.sort.timestamp", sort.get("timestamp", UNDEFINED), ("last_edited_time",))
    direction = sort.get("direction", "descending")
    check_choice("body.sort.direction", direction, ("ascending", "descending"))
    hits.sort(key=lambda hit: hit[0], reverse=direction == "descending")
    size = check_page_size(body.get("page_size"))
    shown, cursor = page_of(hits, body.get("start_cursor"), size)
    ids = [object_id for _, kind, object_id in shown if kind == "page"]
    pages = {page["id"]: page for page in encode_pages(session, session.store.pages.get_many(ids))}
    results = [
        pages.get(object_id) or encode_data_source(session, session.data_source(object_id))
        for _, _, object_id in shown
    ]
    return list_answer(results, "page_or_data_source", cursor)


def _decode_filter(value: Any) -> tuple[str | None, bool]:
    """Return the kind of object that is searched for, and whether it is to be in the trash."""
    if value is None:
        return None, False
    given = check_object("body.filter", value)
    check_keys("body.filter", given, ("property", "value", "in_trash"))
    in_trash = check_bool("body.filter.in_trash", given.get("in_trash", False))
    if "property" not in given and "value" not in given:
        return None, in_trash
    check_choice("body.filter.property", given.get("property", UNDEFINED), ("object",))
    return check_choice("body.filter.value", given.get("value", UNDEFINED), _KINDS), in_trash


def _matches(title: str, words: list[str]) -> bool:
    folded = title.casefold()
    return all(word in folded for word in words)


def _find_pages(session: Session, words: list[str], *, in_trash: bool) -> list[Hit]:
    hits: list[Hit] = []
    # All rows of a database share what is above them: one look for each parent.
    below_trash: dict[str, bool] = {}
    for head in session.store.pages.titles():
        if not _matches(plain_text(json.loads(head.title)), words):
            continue
        if head.parent_id not in below_trash:
            below_trash[head.parent_id] = session.is_trashed(head.parent_type, head.parent_id)
        if (head.in_trash or below_trash[head.parent_id]) == in_trash:
            hits.append((head.edited, "page", head.id))
    return hits


def _find_sources(session: Session, words: list[str], *, in_trash: bool) -> list[Hit]:
    return [
        (source.edited, "data_source", source.id)
        for source in session.store.containers.data_sources()
        if _matches(plain_text(source.title), words)
        and (source.in_trash or session.is_trashed("database_id", source.database_id)) == in_trash
    ]
