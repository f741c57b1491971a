"""The endpoints: which path is answered by which function.

Must not know HTTP beyond paths and query values, and holds no behaviour of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from tracker.workspace import (
    databases,
    markdown_pages,
    pages,
    property_items,
    query,
    search,
    session,
    views,
)
from tracker.workspace.checks import Json, check_page_size
from tracker.workspace.cursors import list_answer, page_of
from tracker.workspace.errors import expected
from tracker.workspace.ids import BOT_ID, parse_uuid
from tracker.workspace.page_json import encode_page
from tracker.workspace.session import Session


@dataclass(frozen=True, slots=True)
class Call:
    """One request that passed the gate."""

    session: Session
    path: dict[str, str]
    args: MultiDict[str, str]
    body: Json

    def id(self, name: str) -> str:
        """Return a uuid of the path or raise the 400."""
        parsed = parse_uuid(self.path[name])
        if parsed is None:
            raise expected(f"path.{name}", "a valid uuid", self.path[name])
        return parsed

    def page_size(self) -> int:
        """Return the query value `page_size`."""
        text = self.args.get("page_size")
        value = int(text) if text and text.isascii() and text.isdigit() else text
        return check_page_size(value, path="query.page_size")

    def start(self) -> str | None:
        """Return the query value `start_cursor`."""
        return self.args.get("start_cursor")

    def wanted_keys(self) -> list[str]:
        """Return the property names and ids of `filter_properties`."""
        return [*self.args.getlist("filter_properties"), *self.args.getlist("filter_properties[]")]


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; a POST that only reads says so."""

    method: str
    path: str
    handle: Handler
    only_reads: bool = False

    def writes(self) -> bool:
        """Tell whether the endpoint may change the workspace."""
        return self.method != "GET" and not self.only_reads

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """Return the values of the path's variables, or None when the path is another."""
        values: dict[str, str] = {}
        for pattern, segment in zip(self.path[1:].split("/"), segments, strict=True):
            if pattern.startswith("<"):
                values[pattern[1:-1]] = segment
            elif pattern != segment:
                return None
        return values


def _listed(call: Call, results: list[Json], kind: str) -> Json:
    page, cursor = page_of(results, call.start(), call.page_size())
    return list_answer(page, kind, cursor)


def _me(call: Call) -> Json:
    del call
    return session.encode_user(BOT_ID, in_full=True)


def _users(call: Call) -> Json:
    return _listed(call, session.all_users(), "user")


def _user(call: Call) -> Json:
    return session.find_user(call.id("user_id"))


def _create_database(call: Call) -> Json:
    return databases.create_database(call.session, call.body)


def _database(call: Call) -> Json:
    database = call.session.database(call.id("database_id"))
    return databases.encode_database(call.session, database)


def _update_database(call: Call) -> Json:
    return databases.update_database(call.session, call.id("database_id"), call.body)


def _create_data_source(call: Call) -> Json:
    return databases.create_data_source(call.session, call.body)


def _data_source(call: Call) -> Json:
    source = call.session.data_source(call.id("data_source_id"))
    return databases.encode_data_source(call.session, source)


def _update_data_source(call: Call) -> Json:
    return databases.update_data_source(call.session, call.id("data_source_id"), call.body)


def _query(call: Call) -> Json:
    source_id = call.id("data_source_id")
    return query.query_data_source(call.session, source_id, call.body, call.wanted_keys())


def _create_page(call: Call) -> Json:
    return pages.create_page(call.session, call.body, call.wanted_keys())


def _page(call: Call) -> Json:
    page = call.session.page(call.id("page_id"))
    return encode_page(call.session, page, call.wanted_keys())


def _update_page(call: Call) -> Json:
    page_id = call.id("page_id")
    return pages.update_page(call.session, page_id, call.body, call.wanted_keys())


def _property(call: Call) -> Json:
    return property_items.read_property(
        call.session,
        call.session.page(call.id("page_id")),
        call.path["property_id"],
        start=call.start(),
        size=call.page_size(),
    )


def _markdown(call: Call) -> Json:
    return markdown_pages.read_markdown(call.session, call.session.page(call.id("page_id")))


def _update_markdown(call: Call) -> Json:
    page = call.session.page(call.id("page_id"))
    return markdown_pages.update_markdown(call.session, page, call.body)


def _block(call: Call) -> Json:
    return pages.read_block(call.session, call.id("block_id"))


def _update_block(call: Call) -> Json:
    return pages.update_block(call.session, call.id("block_id"), call.body)


def _delete_block(call: Call) -> Json:
    return pages.delete_block(call.session, call.id("block_id"))


def _children(call: Call) -> Json:
    parent_id, size = call.id("block_id"), call.page_size()
    return pages.list_children(call.session, parent_id, start=call.start(), size=size)


def _add_children(call: Call) -> Json:
    return pages.add_children(call.session, call.id("block_id"), call.body)


def _create_view(call: Call) -> Json:
    return views.create_view(call.session, call.body)


def _views(call: Call) -> Json:
    return views.list_views(
        call.session,
        database_id=call.args.get("database_id"),
        data_source_id=call.args.get("data_source_id"),
        start=call.start(),
        size=call.page_size(),
    )


def _view(call: Call) -> Json:
    return views.encode_view(call.session, call.session.view(call.id("view_id")))


def _update_view(call: Call) -> Json:
    return views.update_view(call.session, call.session.view(call.id("view_id")), call.body)


def _delete_view(call: Call) -> Json:
    return views.delete_view(call.session, call.session.view(call.id("view_id")))


def _search(call: Call) -> Json:
    return search.search(call.session, call.body)


ROUTES = (
    Route("GET", "/users/me", _me),
    Route("GET", "/users", _users),
    Route("GET", "/users/<user_id>", _user),
    Route("POST", "/databases", _create_database),
    Route("GET", "/databases/<database_id>", _database),
    Route("PATCH", "/databases/<database_id>", _update_database),
    Route("POST", "/data_sources", _create_data_source),
    Route("GET", "/data_sources/<data_source_id>", _data_source),
    Route("PATCH", "/data_sources/<data_source_id>", _update_data_source),
    Route("POST", "/data_sources/<data_source_id>/query", _query, only_reads=True),
    Route("POST", "/pages", _create_page),
    Route("GET", "/pages/<page_id>", _page),
    Route("PATCH", "/pages/<page_id>", _update_page),
    Route("GET", "/pages/<page_id>/properties/<property_id>", _property),
    Route("GET", "/pages/<page_id>/markdown", _markdown),
    Route("PATCH", "/pages/<page_id>/markdown", _update_markdown),
    Route("GET", "/blocks/<block_id>", _block),
    Route("PATCH", "/blocks/<block_id>", _update_block),
    Route("DELETE", "/blocks/<block_id>", _delete_block),
    Route("GET", "/blocks/<block_id>/children", _children),
    Route("PATCH", "/blocks/<block_id>/children", _add_children),
    Route("POST", "/views", _create_view),
    Route("GET", "/views", _views),
    Route("GET", "/views/<view_id>", _view),
    Route("PATCH", "/views/<view_id>", _update_view),
    Route("DELETE", "/views/<view_id>", _delete_view),
    Route("POST", "/search", _search, only_reads=True),
)
_BY_SHAPE: dict[tuple[str, int], list[Route]] = {}
for _route in ROUTES:
    _BY_SHAPE.setdefault((_route.method, _route.path.count("/")), []).append(_route)


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the endpoint for a path below /v1/ and the values of its variables.

    A table of its own: the framework compiles each rule anew for every application, which
    takes longer than a whole synchronisation.
    """
    segments = path.split("/")
    for route in _BY_SHAPE.get((method, len(segments)), []):
        values = route.match(segments)
        if values is not None:
            return route, values
    return None
