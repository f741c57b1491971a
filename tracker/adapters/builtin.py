"""The built-in workspace, opened on a disk that may refuse, and a plain client of its API.

Must not know what the workspace holds: it is a server like any other, only nearer. The client is not
the adapter that sync uses: no retries, no pace, no decoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from filelock import FileLock, Timeout
from flask import Flask

from tracker.adapters.files import (
    LinkedFileError,
    check_kind,
    check_own,
    make_disk_problem,
    read_file,
    replace_file,
)
from tracker.errors import Problem, StateError
from tracker.workspace.app import ROOT_PAGE_ID, Notice, PageNotes, make_app
from tracker.workspace.protocol import WorkspaceFileError

HEADERS = {"Authorization": "Bearer built-in", "Notion-Version": "2026-03-11"}

__all__ = ["ROOT_PAGE_ID", "Notice", "PageNotes", "announce", "find_served", "make_workspace"]

OWN_FOLDER = ".tracker"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}")
_NOTE = "serve.url"
_LONGEST = 100
"""What the note of an address may have."""


@contextmanager
def announce(folder: Path, url: str) -> Iterator[None]:
    """Note for other commands where a folder's workspace is served, for as long as it is.

    A second server of the same folder is not noted, and a disk that refuses the note stops nobody.
    """
    with ExitStack() as stack:
        with suppress(OSError, Timeout):
            stack.enter_context(_hold(folder))
            note = folder / _NOTE
            replace_file(note, url.encode(), expected_digest=None)
            stack.callback(note.unlink, missing_ok=True)
        yield


def find_served(folder: Path) -> str | None:
    """Return the address at which a folder's workspace is served now; None where it is not."""
    try:
        noted = read_file(folder / _NOTE, _LONGEST).decode("ascii", errors="replace")
        # A server that was killed leaves its note behind. The system released its lock, though.
        with _hold(folder):
            return None
    except Timeout:
        return noted if _ADDRESS.fullmatch(noted) else None
    except OSError:
        return None


@contextmanager
def _hold(folder: Path) -> Iterator[None]:
    """Hold what says that a workspace is served; raises Timeout where another program holds it."""
    path = folder / "serve.lock"
    check_own(path)
    check_kind(path)
    with FileLock(path).acquire(timeout=0):
        yield


class WorkspaceTransport(httpx.WSGITransport):
    """Passes requests on to the workspace in this process.

    Raises StateError when the workspace cannot save on this machine's disk.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, and return the answer."""
        response = super().handle_request(request)
        # The disk is this machine's own: repeating the request later, as for a server, cannot help.
        if response.status_code == httpx.codes.INSUFFICIENT_STORAGE:
            raise StateError(
                Problem(
                    code="workspace-unusable",
                    what="the built-in workspace cannot be written",
                    why="the disk is full, or a file may not grow or be written",
                    kept="what was settled before stands, on both sides",
                    next="free disk space or make the folder writable, then: tracker sync",
                )
            )
        return response


def make_workspace(
    path: Path | None,
    *,
    token: str | None = None,
    note: PageNotes | None = None,
    is_lazy: bool = False,
) -> Flask:
    """Open a workspace file, or one in memory without a path; its pages show `note`.

    A lazy one creates a missing file with the first write.

    Raises StateError when the file is no workspace, or cannot be read or created.
    """
    try:
        if path is not None:
            if path.parent.exists() or not is_lazy:
                path.parent.mkdir(exist_ok=True)
            for ending in ("", "-wal", "-shm", "-journal"):
                beside = path.with_name(path.name + ending)
                check_own(beside)
                check_kind(beside)
        return make_app(path, token=token, note=note, is_lazy=is_lazy)
    except (WorkspaceFileError, OSError) as error:
        unusable = Problem(
            code="workspace-unusable",
            what="cannot use the built-in workspace",
            why=str(error),
            kept="nothing was written",
            next="free disk space or make the folder writable; if the file is damaged, put a copy "
            "of it back, or move it away, then for each roadmap: tracker forget NAME --yes, and "
            "tracker sync fills a new one",
        )
        if isinstance(error, LinkedFileError):
            unusable = make_disk_problem(error, unusable)
        raise StateError(unusable) from None


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

    def set_status(self, tracker_id: str, status: str) -> None:
        """Give the row with this Tracker ID another status, as a person in Notion would."""
        wanted = {"filter": {"property": "object", "value": "data_source"}}
        by_id = {"filter": {"property": "Tracker ID", "rich_text": {"equals": tracker_id}}}
        for source in self.send("POST", "/v1/search", wanted)["results"]:
            for row in self.send("POST", f"/v1/data_sources/{source['id']}/query", by_id)[
                "results"
            ]:
                change = {"properties": {"Status": {"status": {"name": status}}}}
                self.send("PATCH", f"/v1/pages/{row['id']}", change)
                return
        raise LookupError(tracker_id)

    def close(self) -> None:
        """Release the connection."""
        self._http.close()
