"""Block contents by type: checked in requests, with the defaults that responses show.

Must not know where a block stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tracker.workspace.checks import (
    Json,
    check_bool,
    check_choice,
    check_list,
    check_object,
    check_string,
    check_uuid,
)
from tracker.workspace.errors import UNDEFINED, expected
from tracker.workspace.icons import decode_icon
from tracker.workspace.rich_text import BLOCK_COLORS, decode_runs

_LONGEST_URL = 2000
_LONGEST_EQUATION = 1000

Decoder = Callable[[str, Json], Json]


def _text(path: str, given: Json) -> Json:
    runs = decode_runs(f"{path}.rich_text", given.get("rich_text", UNDEFINED))
    return {"rich_text": runs, **_color(path, given)}


def _color(path: str, given: Json) -> Json:
    color = given.get("color") or "default"
    return {"color": check_choice(f"{path}.color", color, BLOCK_COLORS)}


def _paragraph(path: str, given: Json) -> Json:
    text = _text(path, given)
    icon = decode_icon(f"{path}.icon", given.get("icon"))
    return {"rich_text": text["rich_text"], "icon": icon, "color": text["color"]}


def _heading(path: str, given: Json) -> Json:
    text = _text(path, given)
    toggles = check_bool(f"{path}.is_toggleable", given.get("is_toggleable", False))
    return {"rich_text": text["rich_text"], "is_toggleable": toggles, "color": text["color"]}


def _to_do(path: str, given: Json) -> Json:
    text = _text(path, given)
    checked = check_bool(f"{path}.checked", given.get("checked", False))
    return {"rich_text": text["rich_text"], "checked": checked, "color": text["color"]}


def _code(path: str, given: Json) -> Json:
    return {
        "caption": decode_runs(f"{path}.caption", given.get("caption", [])),
        "rich_text": decode_runs(f"{path}.rich_text", given.get("rich_text", UNDEFINED)),
        "language": check_string(f"{path}.language", given.get("language", "plain text")),
    }


def _equation(path: str, given: Json) -> Json:
    text = given.get("expression", UNDEFINED)
    return {"expression": check_string(f"{path}.expression", text, longest=_LONGEST_EQUATION)}


def _link(path: str, given: Json) -> Json:
    url = check_string(f"{path}.url", given.get("url", UNDEFINED), longest=_LONGEST_URL)
    return {"caption": decode_runs(f"{path}.caption", given.get("caption", [])), "url": url}


def _media(path: str, given: Json) -> Json:
    kinds = ("external", "file_upload", "file")
    kind = given.get("type") or next((kind for kind in kinds if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, kinds)
    inner = check_object(f"{path}.{kind}", given.get(kind, UNDEFINED))
    if kind == "file_upload":
        inner = {"id": check_uuid(f"{path}.{kind}.id", inner.get("id", UNDEFINED))}
    else:
        url = check_string(f"{path}.{kind}.url", inner.get("url", UNDEFINED), longest=_LONGEST_URL)
        inner = {"url": url}
    caption = decode_runs(f"{path}.caption", given.get("caption", []))
    return {"caption": caption, "type": kind, kind: inner}


def _table(path: str, given: Json) -> Json:
    width = given.get("table_width", UNDEFINED)
    if isinstance(width, bool) or not isinstance(width, int) or width < 1:
        raise expected(f"{path}.table_width", "a number ≥ `1`", width)
    flags = ("has_column_header", "has_row_header")
    return {
        "table_width": width,
        **{flag: check_bool(f"{path}.{flag}", given.get(flag, False)) for flag in flags},
    }


def _table_row(path: str, given: Json) -> Json:
    cells = check_list(f"{path}.cells", given.get("cells", UNDEFINED))
    return {"cells": [decode_runs(f"{path}.cells[{i}]", cell) for i, cell in enumerate(cells)]}


def _column(path: str, given: Json) -> Json:
    ratio = given.get("width_ratio")
    if ratio is None:
        return {}
    if isinstance(ratio, bool) or not isinstance(ratio, int | float):
        raise expected(f"{path}.width_ratio", "a number", ratio)
    return {"width_ratio": ratio}


def _link_to_page(path: str, given: Json) -> Json:
    kinds = ("page_id", "database_id", "comment_id")
    kind = given.get("type") or next((kind for kind in kinds if kind in given), UNDEFINED)
    check_choice(f"{path}.type", kind, kinds)
    return {"type": kind, kind: check_uuid(f"{path}.{kind}", given.get(kind, UNDEFINED))}


def _synced(path: str, given: Json) -> Json:
    source = given.get("synced_from")
    if source is None:
        return {"synced_from": None}
    inner = check_object(f"{path}.synced_from", source)
    block_id = check_uuid(f"{path}.synced_from.block_id", inner.get("block_id", UNDEFINED))
    return {"synced_from": {"type": "block_id", "block_id": block_id}}


def _nothing(path: str, given: Json) -> Json:
    del path, given
    return {}


DECODERS: dict[str, Decoder] = {
    "paragraph": _paragraph,
    **{f"heading_{level}": _heading for level in (1, 2, 3, 4)},
    **dict.fromkeys(("bulleted_list_item", "numbered_list_item", "quote", "toggle"), _text),
    "template": _text,
    "to_do": _to_do,
    "callout": _paragraph,
    "code": _code,
    "equation": _equation,
    **dict.fromkeys(("bookmark", "embed"), _link),
    **dict.fromkeys(("image", "video", "pdf", "file", "audio"), _media),
    "table": _table,
    "table_row": _table_row,
    "column": _column,
    "link_to_page": _link_to_page,
    "synced_block": _synced,
    "table_of_contents": _color,
    **dict.fromkeys(("divider", "breadcrumb", "column_list", "tab"), _nothing),
}
CONTAINERS = frozenset(
    {
        *("paragraph", "heading_1", "heading_2", "heading_3", "heading_4", "bulleted_list_item"),
        *("numbered_list_item", "quote", "toggle", "template", "to_do", "callout", "table"),
        *("column_list", "column", "synced_block", "tab"),
    }
)
_RICH = ("rich_text", "caption")
_VARIANTS = frozenset({"external", "file_upload", "file", "page_id", "database_id", "comment_id"})


def block_type(path: str, body: Json) -> str:
    """Return the type a request's block has."""
    kind = body.get("type") or next((key for key in body if key in DECODERS), UNDEFINED)
    return check_choice(f"{path}.type", kind, tuple(DECODERS))


def decode_content(path: str, kind: str, value: Any) -> Json:
    """Return the stored content of a block of this type."""
    return DECODERS[kind](path, check_object(path, value))


def decode_change(path: str, kind: str, given: Json, kept: Json) -> Json:
    """Return the stored content of a block after a change, which names only what is to be new.

    Recorded: a to-do is ticked with `{"checked": true}` alone, and its text stays as it is.
    """
    texts = [key for key in (*_RICH, "cells") if key in kept and key not in given]
    known = {key: value for key, value in kept.items() if value is not None}
    if "type" in kept and "type" not in given and not given.keys().isdisjoint(_VARIANTS):
        # Another kind of address replaces the one before.
        del known["type"], known[kept["type"]]
    # Stored texts are no request: what is kept is put back after the check.
    decoded = decode_content(path, kind, {**known, **{key: [] for key in texts}, **given})
    return {**decoded, **{key: kept[key] for key in texts}}


def text_fields(content: Json) -> tuple[str, ...]:
    """Return the keys of a content that hold stored runs."""
    return tuple(key for key in _RICH if key in content)
