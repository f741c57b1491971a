"""Opaque cursors of paginated answers.

Must not know what is listed: a cursor is a short list of numbers and texts.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from tracker.workspace.checks import Json
from tracker.workspace.errors import validation


def encode_cursor(parts: list[Any]) -> str:
    """Return the text of a cursor."""
    text = json.dumps(parts, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(value: Any, shape: tuple[type, ...]) -> list[Any] | None:
    """Return a cursor's parts, None for the first page; raise the 400 for anything else."""
    if value is None:
        return None
    problem = validation(f"The start_cursor provided is invalid: {value}")
    if not isinstance(value, str):
        raise problem
    try:
        padded = value + "=" * (-len(value) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise problem from error
    if not isinstance(parts, list) or [type(part) for part in parts] != list(shape):
        raise problem
    return parts


def list_answer(results: list[Json], kind: str, cursor: str | None = None) -> Json:
    """Return the list object around results; a cursor means there is more."""
    return {
        "object": "list",
        "results": results,
        "next_cursor": cursor,
        "has_more": cursor is not None,
        "type": kind,
        kind: {},
    }


def page_of(results: list[Any], start: Any, size: int) -> tuple[list[Any], str | None]:
    """Return one page of a list that is fully known, and the cursor of the next page."""
    parts = decode_cursor(start, (int,))
    first = parts[0] if parts else 0
    following = first + size
    cursor = encode_cursor([following]) if following < len(results) else None
    return results[first:following], cursor
