"""The workspace as a WSGI application: what every request passes, and which path does what.

Must not do the work of an endpoint: the modules behind the table of routes do.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    RequestEntityTooLarge,
)

from tracker.workspace import databases, pages, views
from tracker.workspace.page_json import encode_page, read_property
from tracker.workspace.protocol import (
    BOT_ID,
    ROOT_PAGE_ID,
    ApiError,
    Json,
    check_page_size,
    expected,
    is_refused_by_disk,
    list_answer,
    page_of,
    parse_uuid,
    validation,
)
from tracker.workspace.query import query_data_source, search
from tracker.workspace.session import Session, all_users, encode_user, find_user, open_session
from tracker.workspace.store import Store, dump
from tracker.workspace.web.notices import Notice
from tracker.workspace.web.show import PageNotes
from tracker.workspace.web.views import BrowserGate, answer_problem, is_same, make_pages

__all__ = ["ROOT_PAGE_ID", "Notice", "PageNotes", "make_app"]

VERSIONS = ("2025-09-03", "2026-03-11")
"""The versions that are answered; older ones predate data sources."""
PRESENT = "2026-03-11"
MOST_BYTES = 500 * 1024
DEEPEST = 64
"""Most levels of a request body; what Notion allows needs half of them."""
_HOSTS = ("localhost", "127.0.0.1", "::1")
_METHODS = ("GET", "POST", "PATCH", "DELETE", "PUT")
_READING = ("GET", "HEAD", "OPTIONS")
_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LOG = logging.getLogger("tracker.workspace")
_LOG.addHandler(logging.NullHandler())


def make_app(
    path: Path | None,
    *,
    token: str | None = None,
    clock: Callable[[], datetime] | None = None,
    note: PageNotes | None = None,
    is_lazy: bool = False,
) -> Flask:
    """Make the application over a workspace file, or over memory when there is no path.

    Without a token any non-empty bearer token is let in, and any browser; with one, browsers come in
    by `app.extensions["gate"].way_in`. `clock` returns aware UTC datetimes. `note` is shown
    on Home and, where it has some for a page, there. With `is_lazy` a missing file is made by the first write.
    The open `Store` is `app.extensions["workspace"]`; close it when done.
    """
    app = Flask("tracker.workspace", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = 20 * MOST_BYTES
    store = Store(path, clock=clock, is_lazy=is_lazy)
    app.extensions["workspace"] = store
    app.extensions["notices"] = (note or PageNotes()).notices
    app.before_request(_check_origin)
    app.register_error_handler(Exception, _answer_failure)
    gate = app.extensions["gate"] = BrowserGate(token)
    app.register_blueprint(make_pages(store, gate, note or PageNotes()))
    app.url_map.merge_slashes = False
    app.add_url_rule("/v1/<path:path>", "api", _make_view(store, token), methods=_METHODS)
    return app


def _make_view(store: Store, token: str | None) -> Callable[..., Response]:
    def view(path: str) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        version = request.headers.get("Notion-Version")
        # Before the address: older versions have others, and would only be told that.
        if version is not None and version not in VERSIONS:
            known = ", ".join(f'`"{word}"`' for word in VERSIONS)
            raise _wrong_version(f"{known}, instead was `{json.dumps(version)}`")
        found = find_route(method, path)
        if found is None:
            raise ApiError(400, "invalid_request_url", "Invalid request URL.")
        route, values = found
        _check_token(token)
        if version is None:
            raise _wrong_version("defined, instead was `undefined`")
        body = _read_body() if method in ("POST", "PATCH") else {}
        if version == PRESENT and "archived" in body:
            raise expected("body.archived", "not present", body["archived"])
        with open_session(store, write=route.writes(), base_url=request.host_url) as session:
            answer = route.handle(ApiRequest(session, values, request.args, body))
        if version != PRESENT:
            # Versions before 2026-03-11 carry `archived` beside `in_trash`.
            for item in [answer, *answer.get("results", [])]:
                if "in_trash" in item:
                    item["archived"] = item["in_trash"]
        response = _respond(200, answer)
        response.date = datetime.fromtimestamp(session.now / 1000, UTC)
        return response

    return view


def _check_origin() -> Response | None:
    """Turn away other hosts and other sites: the workspace trusts only this machine.

    A web page could else reach it through a name that resolves to this machine.
    """
    message = None
    origin = request.headers.get("Origin")
    if not _is_local(request.host):
        message = "This host name is not served here."
    elif origin is not None and request.method not in _READING:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not _is_local(parts.netloc):
            message = "Requests from other sites are not served here."
    if message is None:
        return None
    return _respond(403, ApiError(403, "restricted_resource", message).body())


def _is_local(netloc: str) -> bool:
    try:
        parts = urlsplit(f"//{netloc}")
        port = parts.port
    except ValueError:
        return False
    return parts.hostname in _HOSTS and parts.username is None and port != 0


def _check_token(token: str | None) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    given = given.strip()
    if scheme.lower() != "bearer" or not given or not (token is None or is_same(given, token)):
        raise ApiError(401, "unauthorized", "API token is invalid.")


def _wrong_version(what: str) -> ApiError:
    return ApiError(
        400,
        "missing_version",
        f"Notion-Version header failed validation: Notion-Version header should be {what}.",
    )


def _read_body() -> Json:
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise validation(f"body failed validation: larger than {MOST_BYTES} bytes.") from error
    if len(raw) > MOST_BYTES:
        raise expected("body.length", f"≤ `{MOST_BYTES}`", len(raw))
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw, parse_constant=_refuse_constant, parse_float=_parse_float)
        _check_depth(body)
        if _LONE_SURROGATE.search(raw):
            # JSON can spell half a character, which UTF-8 cannot hold.
            text = json.dumps(body, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
            body = json.loads(text.decode("utf-16-le", "replace"))
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "invalid_json", "Error parsing JSON body.") from error
    if not isinstance(body, dict):
        raise expected("body", "an object", body)
    return body


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _parse_float(text: str) -> float:
    """Refuse what no float can hold: it would come back as Infinity, which is no JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise expected("body", "made of finite numbers", text)
    return number


def _check_depth(body: Any) -> None:
    """Refuse what is nested so deeply that whatever walks it runs out of stack."""
    level, depth = [body], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise validation(f"body failed validation: body is nested more than {DEEPEST} levels.")
        level = [
            inner
            for value in level
            if isinstance(value, list | dict)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]


def _respond(status: int, body: Json) -> Response:
    request_id = str(uuid.uuid4())
    body["request_id"] = request_id
    response = Response(dump(body), status, content_type="application/json; charset=utf-8")
    response.headers["x-notion-request-id"] = request_id
    return response


def _answer_failure(error: Exception) -> Response:
    is_api = request.path.startswith("/v1/") or request.path == "/v1"
    error = _translate(error, is_api=is_api)
    if isinstance(error, ApiError):
        return _respond(error.status, error.body())
    if isinstance(error, HTTPException):
        return answer_problem(error)
    _LOG.error("request failed: %s %s", request.method, request.path, exc_info=error)
    if not is_api:
        return answer_problem(InternalServerError("Nothing was saved. Try again."))
    # No word of the failure itself: it may quote what somebody wrote.
    failure = ApiError(500, "internal_server_error", "Unexpected error occurred.")
    if isinstance(error, sqlite3.Error) and is_refused_by_disk(error):
        failure = ApiError(507, "insufficient_storage", f"The disk refused to save: {error}.")
    return _respond(failure.status, failure.body())


def _translate(error: Exception, *, is_api: bool) -> Exception:
    """Return the refusal that a failure means, itself where it means none."""
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        words = "Conflict occurred while saving. Please try again."
        return ApiError(409, "conflict_error", words)
    if isinstance(error, RecursionError):
        # A page body of a version that did not bound its depth.
        words = "This page is nested too deeply for that."
        return validation(words) if is_api else BadRequest(f"{words} Nothing was saved.")
    if isinstance(error, HTTPException) and is_api:
        return ApiError(400, "invalid_request_url", "Invalid request URL.")
    return error


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
        lambda r: databases.encode_database(r.session, databases.find_database(r.session, r.id)),
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
    Route("GET", f"{_PAGE}/markdown", lambda r: pages.read_markdown(r.session, r.id)),
    Route(
        "PATCH",
        f"{_PAGE}/markdown",
        lambda r: pages.update_markdown(r.session, r.id, r.body),
    ),
    Route(
        "GET", _BLOCK, lambda r: pages.encode_block(r.session, pages.find_block(r.session, r.id))
    ),
    Route("PATCH", _BLOCK, lambda r: pages.update_block(r.session, r.id, r.body)),
    Route("DELETE", _BLOCK, lambda r: pages.delete_block(r.session, r.id)),
    Route(
        "GET",
        f"{_BLOCK}/children",
        lambda r: pages.list_children(r.session, r.id, start=r.start, size=r.size),
    ),
    Route("PATCH", f"{_BLOCK}/children", lambda r: pages.append_children(r.session, r.id, r.body)),
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
