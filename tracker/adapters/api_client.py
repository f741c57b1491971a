"""A plain client of the Notion API over a WSGI application, for whoever plays a person.

Not the adapter that sync uses: no retries, no pace, no decoding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from flask import Flask

HEADERS = {"Authorization": "Bearer built-in", "Notion-Version": "2026-03-11"}


class ApiClient:
    """Sends single requests; raises httpx.HTTPStatusError for a refusal."""

    def __init__(self, app: Flask) -> None:
        self._http = httpx.Client(
            transport=httpx.WSGITransport(app=app), base_url="http://localhost", headers=HEADERS
        )

    def send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return the answer's JSON."""
        response = self._http.request(method, path, json=body)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def close(self) -> None:
        """Release the connection."""
        self._http.close()
