"""Icons and covers in requests.

Must not know what carries them.
"""

from __future__ import annotations

from typing import Any

from tracker.workspace.checks import Json, check_choice, check_object, check_string, check_uuid
from tracker.workspace.errors import UNDEFINED

_KINDS = ("emoji", "external", "custom_emoji", "icon", "file_upload", "file")
_LONGEST_EMOJI = 40
_LONGEST_URL = 2000


def decode_icon(path: str, value: Any) -> Json | None:
    """Return the icon as responses show it; null clears."""
    if value is None:
        return None
    given = check_object(path, value)
    kind = given.get("type") or next((kind for kind in _KINDS if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, _KINDS)
    inner = given.get(kind, UNDEFINED)
    if kind == "emoji":
        text = check_string(f"{path}.emoji", inner, longest=_LONGEST_EMOJI)
        return {"type": "emoji", "emoji": text}
    return {"type": kind, kind: _decode_inner(f"{path}.{kind}", kind, inner)}


def decode_cover(path: str, value: Any) -> Json | None:
    """Return the cover as responses show it; null clears."""
    if value is None:
        return None
    given = check_object(path, value)
    kinds = ("external", "file", "file_upload")
    kind = given.get("type") or next((kind for kind in kinds if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, kinds)
    return {"type": kind, kind: _decode_inner(f"{path}.{kind}", kind, given.get(kind, UNDEFINED))}


def _decode_inner(path: str, kind: str, value: Any) -> Json:
    inner = check_object(path, value)
    if kind in ("external", "file"):
        url = check_string(f"{path}.url", inner.get("url", UNDEFINED), longest=_LONGEST_URL)
        return {"url": url}
    if kind == "icon":
        name = check_string(f"{path}.name", inner.get("name", UNDEFINED))
        return {"name": name, "color": str(inner.get("color", "gray"))}
    found = check_uuid(f"{path}.id", inner.get("id", UNDEFINED))
    return {"id": found, "name": str(inner.get("name", ""))}
