"""Servers that answer otherwise than the built-in workspace, in ways that Notion's documentation allows.

Each is a transport before the server, which changes what is asked or what is answered, and leaves what is kept alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
from faults import is_query
from sandbox import Wrap
from story import ScriptedServer

PAGE_SIZE = 2
"""Entries of a short page, however many were asked for."""
PIECE = 7
"""Characters of a small piece of text."""
COLUMN_ID = "n%3Aew"
NEW = {"type": "brand_new", "brand_new": {"deep": [{"type": "newer"}]}}

Change = Callable[[Any], Any]


class OtherServer(httpx.BaseTransport):
    """Changes each request before the server sees it, and each answer before anyone else does."""

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        ask: Callable[[httpx.Request], httpx.Request] = lambda request: request,
        answer: Change = lambda value: value,
    ) -> None:
        self._inner = inner
        self._ask = ask
        self._answer = answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the changed request, and return the changed answer."""
        request.read()
        response = self._inner.handle_request(self._ask(request))
        changed = self._answer(json.loads(response.read()))
        headers = {"Date": response.headers["Date"]} if "Date" in response.headers else {}
        return httpx.Response(response.status_code, json=changed, headers=headers, request=request)


def without_groups(inner: httpx.BaseTransport) -> httpx.BaseTransport:
    """Ignore the groups of status options, as older servers do."""

    def ask(request: httpx.Request) -> httpx.Request:
        is_asked = request.method == "POST" and b'"group"' in request.content
        return _resend(request, _drop_groups(json.loads(request.content))) if is_asked else request

    return OtherServer(inner, ask=ask)


def splitting_text(inner: httpx.BaseTransport) -> httpx.BaseTransport:
    """Show texts in many small pieces; the server behind merges those that look alike, as Notion does."""
    return OtherServer(inner, answer=_walker(_split))


def reordering(inner: httpx.BaseTransport) -> httpx.BaseTransport:
    """Show the columns of databases, and the values of rows, in the reverse order."""

    def reverse(value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            return {**value, "properties": dict(reversed(value["properties"].items()))}
        return value

    return OtherServer(inner, answer=_walker(reverse))


def adding(inner: httpx.BaseTransport) -> httpx.BaseTransport:
    """Add fields and column types that nobody knows yet to whatever is shown."""

    def add(value: Any) -> Any:
        if not isinstance(value, dict) or not {"object", "type", "id"} & value.keys():
            return value
        columns = value.get("properties")
        more = {"Surprise": {"id": COLUMN_ID, "name": "Surprise", **NEW}}
        if value.get("object") in {"page", "data_source"} and isinstance(columns, dict):
            # A page below a page has a title, and no columns.
            is_row = value["object"] == "data_source" or "data_source_id" in value["parent"]
            value = {**value, "properties": {**columns, **(more if is_row else {})}}
        return {"brand_new_field": [NEW], **value}

    def ask(request: httpx.Request) -> httpx.Request:
        # The column is shown only: the server behind would refuse a view that hides it.
        is_named = COLUMN_ID.encode() in request.content
        return _resend(request, _drop_column(json.loads(request.content))) if is_named else request

    return OtherServer(inner, ask=ask, answer=_walker(add))


def short_pages(inner: httpx.BaseTransport) -> httpx.BaseTransport:
    """List fewer entries than asked for, with more to come."""

    def ask(request: httpx.Request) -> httpx.Request:
        if is_query(request) or request.url.path == "/v1/search":
            return _resend(request, {**json.loads(request.content), "page_size": PAGE_SIZE})
        if "page_size" in request.url.params:
            url = request.url.copy_set_param("page_size", str(PAGE_SIZE))
            return httpx.Request(request.method, url, headers=request.headers)
        return request

    return OtherServer(inner, ask=ask)


def refusing_views(inner: httpx.BaseTransport) -> httpx.BaseTransport:
    """Make no views."""
    return ScriptedServer(inner, "POST /v1/views", 400)


def all_together(inner: httpx.BaseTransport) -> httpx.BaseTransport:
    """Be all of them at once."""
    for server in SERVERS[:-1]:
        inner = server(inner)
    return inner


SERVERS: tuple[Wrap, ...] = (
    refusing_views,
    without_groups,
    splitting_text,
    reordering,
    adding,
    short_pages,
    all_together,
)


def _walker(change: Change) -> Change:
    """Return what changes each part of an answer, the inner ones first."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return change({key: walk(item) for key, item in value.items()})
        return change([walk(item) for item in value]) if isinstance(value, list) else value

    return walk


def _split(value: Any) -> Any:
    if not isinstance(value, list) or not all(_is_text(item) for item in value):
        return value
    return [
        {**item, "plain_text": piece, "text": {**item["text"], "content": piece}}
        for item in value
        for piece in re.findall(f"(?s).{{1,{PIECE}}}", item["plain_text"])
    ]


def _is_text(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == "text" and "plain_text" in item


def _drop_groups(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _drop_groups(item) for key, item in value.items() if key != "group"}
    return [_drop_groups(item) for item in value] if isinstance(value, list) else value


def _drop_column(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _drop_column(item) for key, item in value.items()}
    if isinstance(value, list):
        kept = [
            it for it in value if not isinstance(it, dict) or it.get("property_id") != COLUMN_ID
        ]
        return [_drop_column(item) for item in kept]
    return value


def _resend(request: httpx.Request, body: Any) -> httpx.Request:
    headers = {key: it for key, it in request.headers.items() if key != "content-length"}
    content = json.dumps(body).encode()
    return httpx.Request(request.method, request.url, headers=headers, content=content)
