"""The endpoints: which path is answered by which function.

Must not know HTTP beyond paths and query values, and holds no behaviour of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from tracker.workspace import blocks, databases, markdown_pages, pages, views
from tracker.workspace.checks import Json, check_page_size, expected, list_answer, page_of
from tracker.workspace.ids import BOT_ID, parse_uuid
from tracker.workspace.page_json import encode_page, read_property
from tracker.workspace.query import query_data_source
from tracker.workspace.search import search
from tracker.workspace.session import Session, all_users, encode_user, find_user


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request that was let in: its session, the path's variables, query values and body."""

    session: Session
    path: dict[str, str]
    args: MultiDict[str, str]
    body: Json

    @property
    def id(self) -> str:
        """The uuid that the path names; raises the 400 when it is none."""
        name, text = next(iter(self.path.items()))
        parsed = parse_uuid(text)
        if parsed is None:
            raise expected(f"path.{name}", "a valid uuid", text)
        return parsed

    @property
    def size(self) -> int:
        """The query value `page_size`."""
        text = self.args.get("page_size")
        value = int(text) if text and text.isascii() and text.isdigit() else text
        return check_page_size(value, path="query.page_size")

    @property
    def start(self) -> str | None:
        """The query value `start_cursor`."""
        return self.args.get("start_cursor")


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; a POST that only reads says so."""

    method: str
    path: str
    handle: Callable[[ApiRequest], Json]
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


def _list_users(r: ApiRequest) -> Json:
    users, cursor = page_of(all_users(), r.start, r.size)
    return list_answer(users, "user", cursor)


def _read_property(r: ApiRequest) -> Json:
    page = r.session.page(r.id)
    return read_property(r.session, page, r.path["property_id"], start=r.start, size=r.size)


def _list_views(r: ApiRequest) -> Json:
    database_id, source_id = r.args.get("database_id"), r.args.get("data_source_id")
    return views.list_views(
        r.session, database_id=database_id, data_source_id=source_id, start=r.start, size=r.size
    )


_BLOCK = "/blocks/<block_id>"
_DATABASE = "/databases/<database_id>"
_PAGE = "/pages/<page_id>"
_SOURCE = "/data_sources/<data_source_id>"
_VIEW = "/views/<view_id>"
# The first match counts: /users/me comes before /users/<user_id>.
ROUTES = (
    Route("GET", "/users/me", lambda _: encode_user(BOT_ID, in_full=True)),
    Route("GET", "/users", _list_users),
    Route("GET", "/users/<user_id>", lambda r: find_user(r.id)),
    Route("POST", "/databases", lambda r: databases.create_database(r.session, r.body)),
    Route(
        "GET",
        _DATABASE,
        lambda r: databases.encode_database(r.session, r.session.database(r.id)),
    ),
    Route("PATCH", _DATABASE, lambda r: databases.update_database(r.session, r.id, r.body)),
    Route("POST", "/data_sources", lambda r: databases.create_data_source(r.session, r.body)),
    Route(
        "GET",
        _SOURCE,
        lambda r: databases.encode_data_source(r.session, r.session.data_source(r.id)),
    ),
    Route("PATCH", _SOURCE, lambda r: databases.update_data_source(r.session, r.id, r.body)),
    Route(
        "POST",
        f"{_SOURCE}/query",
        lambda r: query_data_source(r.session, r.id, r.body),
        only_reads=True,
    ),
    Route("POST", "/pages", lambda r: pages.create_page(r.session, r.body)),
    Route("GET", _PAGE, lambda r: encode_page(r.session, r.session.page(r.id))),
    Route("PATCH", _PAGE, lambda r: pages.update_page(r.session, r.id, r.body)),
    Route("GET", f"{_PAGE}/properties/<property_id>", _read_property),
    Route("GET", f"{_PAGE}/markdown", lambda r: markdown_pages.read_markdown(r.session, r.id)),
    Route(
        "PATCH",
        f"{_PAGE}/markdown",
        lambda r: markdown_pages.update_markdown(r.session, r.id, r.body),
    ),
    Route(
        "GET", _BLOCK, lambda r: blocks.encode_block(r.session, blocks.find_block(r.session, r.id))
    ),
    Route("PATCH", _BLOCK, lambda r: blocks.update_block(r.session, r.id, r.body)),
    Route("DELETE", _BLOCK, lambda r: blocks.delete_block(r.session, r.id)),
    Route(
        "GET",
        f"{_BLOCK}/children",
        lambda r: blocks.list_children(r.session, r.id, start=r.start, size=r.size),
    ),
    Route("PATCH", f"{_BLOCK}/children", lambda r: blocks.append_children(r.session, r.id, r.body)),
    Route("POST", "/views", lambda r: views.create_view(r.session, r.body)),
    Route("GET", "/views", _list_views),
    Route("GET", _VIEW, lambda r: views.encode_view(r.session, r.session.view(r.id))),
    Route("PATCH", _VIEW, lambda r: views.update_view(r.session, r.id, r.body)),
    Route("DELETE", _VIEW, lambda r: views.delete_view(r.session, r.id)),
    Route("POST", "/search", lambda r: search(r.session, r.body), only_reads=True),
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
