"""What the workspace answers when it cannot do what was asked, in Notion's words.

Must not know requests or storage: an error is a value with a status, a code and a message.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from tracker.workspace.ids import BOT_ID

UNDEFINED: Any = object()
"""Stands for a key that is absent, which Notion tells apart from null."""

ARCHIVED = "Can't edit block that is archived. You must unarchive the block before editing."
ARCHIVED_ANCESTOR = (
    "Can't edit page on block with an archived ancestor. "
    "You must unarchive the ancestor before editing page."
)
INTEGRATION = "Tracker"
_LONGEST_ECHO = 200


class ApiError(Exception):
    """A refusal with the status, code and message of the Notion API, and what else it tells."""

    def __init__(
        self, status: int, code: str, message: str, more: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.more = dict(more or {})

    def body(self) -> dict[str, Any]:
        """Return the error body without its request id."""
        body = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
        }
        return {**body, "additional_data": self.more} if self.more else body


class WorkspaceFileError(Exception):
    """The file is not a workspace, or was written by a newer version of the tool."""


_DISK = frozenset(
    [
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY),
        *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN),
    ]
)
"""Errors of SQLite, without their details, that a disk makes which is full or not writable."""


def is_refused_by_disk(error: sqlite3.Error) -> bool:
    """Tell whether a change failed for want of room or permission; nothing of it was saved."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK


def validation(message: str) -> ApiError:
    """Return the 400 for a request that breaks a rule."""
    return ApiError(400, "validation_error", message)


def expected(path: str, what: str, value: Any) -> ApiError:
    """Return the 400 that names the place, the rule and the value found there."""
    shown = "undefined"
    if value is not UNDEFINED:
        shown = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        shown = shown if len(shown) <= _LONGEST_ECHO else f"{shown[:_LONGEST_ECHO]}…"
    part = path.partition(".")[0]
    return validation(f"{part} failed validation: {path} should be {what}, instead was `{shown}`.")


def not_found(kind: str, object_id: str) -> ApiError:
    """Return the 404 that does not tell a missing object from one that is not shared."""
    message = (
        f"Could not find {kind} with ID: {object_id}. Make sure the relevant pages and "
        f'databases are shared with your integration "{INTEGRATION}".'
    )
    return ApiError(404, "object_not_found", message, {"integration_id": BOT_ID})


def no_such_property(key: str) -> ApiError:
    """Return the 400 for a filter, sort or view that names an unknown property."""
    return validation(f"Could not find property with name or id: {key}")
