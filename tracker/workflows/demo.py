"""What the demo's other person does in Notion: find a row by its key and tick it.

Speaks the plain Notion API, like any client; knows nothing of tracker's own adapter.
"""

from __future__ import annotations

from typing import Any, Protocol


class Workspace(Protocol):
    """A client of the API: sends one request and returns the answer's JSON."""

    def send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a request; raises when the server refuses it."""


def tick_in_notion(workspace: Workspace, tracker_id: str, status: str) -> None:
    """Give the row with this Tracker ID another status."""
    page_id = _find_row(workspace, tracker_id)
    change = {"properties": {"Status": {"status": {"name": status}}}}
    workspace.send("PATCH", f"/v1/pages/{page_id}", change)


def _find_row(workspace: Workspace, tracker_id: str) -> str:
    sought = {"filter": {"property": "object", "value": "data_source"}}
    for source in workspace.send("POST", "/v1/search", sought)["results"]:
        key = {"property": "Tracker ID", "rich_text": {"equals": tracker_id}}
        path = f"/v1/data_sources/{source['id']}/query"
        for row in workspace.send("POST", path, {"filter": key})["results"]:
            return str(row["id"])
    raise LookupError(tracker_id)
