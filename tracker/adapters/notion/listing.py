"""Complete listings: every page of a query, or an exception; never a part taken for the whole.

Reads only. Knows pages as JSON, not what their properties mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, normal_id
from tracker.adapters.notion.retry import Operation
from tracker.errors import Problem, RemoteError

PAGE_SIZE = 100
_LIMIT_REACHED = "query_result_limit_reached"


def fetch_pages(gateway: Gateway, data_source_id: str) -> Iterator[list[Json]]:
    """Query all rows of a data source, oldest first, each once; yield them answer by answer.

    A query shows at most 10,000 rows; the rest is read in windows of the creation time, which
    never changes. Raises RemoteError when the listing is incomplete in any other way, so what was
    yielded counts only after the last answer.
    """
    seen: set[str] = set()
    start = latest = ""
    while True:
        before = len(seen)
        is_cut_off = False
        for answer in _answers(gateway, data_source_id, _since(start)):
            is_cut_off |= _check_complete(answer)
            fresh = {key: row for key, row in _rows_of(answer).items() if key not in seen}
            seen.update(fresh)
            latest = max([latest, *(str(row.get("created_time", "")) for row in fresh.values())])
            yield list(fresh.values())
        if not is_cut_off:
            return
        if len(seen) == before or latest == start:
            raise incomplete("more rows were made in one minute than one query shows")
        start = latest


def fetch_matches(gateway: Gateway, data_source_id: str, condition: Json) -> list[Json]:
    """Query the rows that a condition selects, oldest first, each once."""
    pages: dict[str, Json] = {}
    for answer in _answers(gateway, data_source_id, condition):
        pages.update(_rows_of(answer))
        _check_complete(answer)
    return list(pages.values())


def fetch_list(gateway: Gateway, path: str) -> list[Json]:
    """Fetch all results of a paginated GET."""
    results: list[Json] = []
    for answer in _follow(lambda cursor: _get(gateway, path, cursor)):
        results += _results(answer)
    return results


def incomplete(why: str) -> RemoteError:
    """Return the exception that says why a listing cannot be believed."""
    return RemoteError(
        Problem(
            code="incomplete-listing",
            what="the listing of Notion's rows is incomplete",
            why=why,
            kept="nothing was written",
            next="run the command again later",
        )
    )


def _since(start: str) -> Json | None:
    """Return the condition for rows made at or after a time; none for all."""
    return {"timestamp": "created_time", "created_time": {"on_or_after": start}} if start else None


def _answers(gateway: Gateway, data_source_id: str, condition: Json | None) -> Iterator[Json]:
    body: Json = {
        "page_size": PAGE_SIZE,
        "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
    }
    if condition:
        body["filter"] = condition
    path = f"data_sources/{data_source_id}/query"

    def ask(cursor: str | None) -> Json:
        wanted = {**body, "start_cursor": cursor} if cursor else body
        return gateway.send(Operation.READ, "POST", path, body=wanted)

    return _follow(ask)


def _get(gateway: Gateway, path: str, cursor: str | None) -> Json:
    query: dict[str, Any] = {"page_size": PAGE_SIZE}
    if cursor:
        query["start_cursor"] = cursor
    return gateway.send(Operation.READ, "GET", path, query=query)


def _follow(ask: Any) -> Iterator[Json]:
    """Yield the answers of a paginated request until it says that there is no more."""
    cursor: str | None = None
    used: set[str] = set()
    while True:
        answer: Json = ask(cursor)
        yield answer
        if answer.get("has_more") is not True:
            if not isinstance(answer.get("results"), list):
                raise incomplete("an answer has no results")
            return
        cursor = answer.get("next_cursor")
        if not isinstance(cursor, str) or not cursor or cursor in used:
            raise incomplete("the server says there is more, but not where")
        used.add(cursor)


def _results(answer: Json) -> list[Json]:
    results = answer.get("results")
    if not isinstance(results, list):
        raise incomplete("an answer has no results")
    return [each for each in results if isinstance(each, dict)]


def _rows_of(answer: Json) -> dict[str, Json]:
    return {
        normal_id(str(each["id"])): each
        for each in _results(answer)
        if each.get("object") == "page" and each.get("id")
    }


def _check_complete(answer: Json) -> bool:
    """Return whether the query was cut off at its limit; raise for any other gap."""
    found = answer.get("request_status")
    if not isinstance(found, dict) or found.get("type") in {None, "complete"}:
        return False
    if found.get("incomplete_reason") == _LIMIT_REACHED:
        return True
    raise incomplete(f"Notion says: {found.get('incomplete_reason') or found.get('type')}")
