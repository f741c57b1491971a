"""The workspace as a WSGI application: what every request passes on its way in and out.

Must not know what an endpoint does: `routes` lists them, the modules behind it do the work.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sqlite3
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    RequestEntityTooLarge,
)

from tracker.workspace.checks import ApiError, Json, expected, is_refused_by_disk, validation
from tracker.workspace.connection import dump
from tracker.workspace.ids import ROOT_PAGE_ID
from tracker.workspace.routes import ApiRequest, find_route
from tracker.workspace.session import open_session
from tracker.workspace.store import Store
from tracker.workspace.web.show import HomeNote
from tracker.workspace.web.views import BrowserGate, answer_problem, is_same, make_pages

__all__ = ["ROOT_PAGE_ID", "HomeNote", "make_app"]

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
    note: HomeNote | None = None,
    is_lazy: bool = False,
) -> Flask:
    """Make the application over a workspace file, or over memory when there is no path.

    Without a token any non-empty bearer token is let in, and any browser; with one, browsers come in
    by `app.extensions["gate"].way_in`. `clock` returns aware UTC datetimes. `note` is shown
    on Home. With `is_lazy` a missing file is made by the first write.
    The open `Store` is `app.extensions["workspace"]`; close it when done.
    """
    app = Flask("tracker.workspace", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = 20 * MOST_BYTES
    store = Store(path, clock=clock, is_lazy=is_lazy)
    app.extensions["workspace"] = store
    app.before_request(_check_origin)
    app.register_error_handler(Exception, _answer_failure)
    gate = app.extensions["gate"] = BrowserGate(token)
    app.register_blueprint(make_pages(store, gate, note or HomeNote()))
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
