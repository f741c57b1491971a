"""A Notion that lacks rights: capabilities of the connection, rows that are restricted, a full plan.

    Rights(inner)     `lacks` names capabilities: read, update, insert

Answers as Notion does (403 `restricted_resource`), in words of its own: nobody may rely on them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import httpx
from faults import is_write

ROW = re.compile(r"/v1/pages/([0-9a-f-]+)$")
WORDS = "words that nobody may rely on"


@dataclass
class Rights(httpx.BaseTransport):
    """Stands before the server and turns away what the connection may not do."""

    inner: httpx.BaseTransport
    lacks: set[str] = field(default_factory=set)
    restricted: set[str] = field(default_factory=set)
    is_full: bool = False
    sent: list[tuple[str, str]] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, or refuse it."""
        method, path = request.method, request.url.path
        self.sent.append((method, path))
        need = capability_of(method, path)
        row = ROW.search(path)
        if need in self.lacks or (method == "PATCH" and row and row[1] in self.restricted):
            return _forbid({})
        if need == "insert" and self.is_full:
            return _forbid({"block_limit": "block_creation"})
        return self.inner.handle_request(request)

    def refused(self, verb: str) -> int:
        """Count the requests of one kind so far."""
        return sum(capability_of(*each) == verb for each in self.sent)


def capability_of(method: str, path: str) -> str:
    """Return the capability that a request needs; asking who one is needs none."""
    if path == "/v1/users/me":
        return ""
    if not is_write(method, path):
        return "read"
    return "insert" if method == "POST" or path.endswith("/children") else "update"


def _forbid(extra: dict[str, str]) -> httpx.Response:
    body = {"object": "error", "status": 403, "code": "restricted_resource", "message": WORDS}
    return httpx.Response(403, json=body | ({"additional_data": extra} if extra else {}))
