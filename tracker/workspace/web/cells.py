"""Property values as a person sees and types them.

Must not read or write the store: it turns the API's property objects into text and back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tracker.workspace.checks import Json
from tracker.workspace.web.typed import Span, format_text, parse_text, spans_of

FORMS = {
    "title": "lines",
    "rich_text": "lines",
    "number": "number",
    "select": "choice",
    "status": "choice",
    "multi_select": "list",
    "date": "date",
    "url": "line",
    "email": "line",
    "phone_number": "line",
    "checkbox": "checkbox",
    "relation": "relation",
}
"""How a value of each type is edited; what is not here is shown only."""
DASH = " → "
_DAY = len("2026-11-01")


@dataclass(frozen=True, slots=True)
class Chip:
    """A coloured option."""

    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of one row, ready to show and to edit."""

    id: str
    name: str
    type: str
    text: str
    spans: tuple[Span, ...] = ()
    chips: tuple[Chip, ...] = ()
    choices: tuple[Chip, ...] = ()

    @property
    def form(self) -> str:
        """How the value is edited; a date with a time or an end is typed as text."""
        form = FORMS.get(self.type, "")
        return "line" if form == "date" and len(self.text) not in (0, _DAY) else form


def make_cell(column: Json, value: Json | None) -> Cell:
    """Make the cell of a schema column and the page's value for it."""
    kind = column["type"]
    content = (value or {}).get(kind)
    return Cell(
        id=column["id"],
        name=column["name"],
        type=kind,
        text=format_value(kind, content),
        spans=spans_of(content or []) if kind in ("title", "rich_text") else (),
        chips=_chips(kind, content),
        choices=chips_of(column),
    )


def chips_of(column: Json) -> tuple[Chip, ...]:
    """Return the options of a column that has some."""
    config = column.get(column["type"]) or {}
    return tuple(Chip(option["name"], option["color"]) for option in config.get("options", ()))


def format_value(kind: str, content: Any) -> str:
    """Return a value as a person would type it, or read it where it cannot be typed."""
    formatter = _FORMATS.get(kind)
    return formatter(content) if formatter and content is not None else ""


def parse_value(kind: str, text: str) -> Any:
    """Return the API's value for what a person typed; raise ValueError when it is none."""
    text = text.replace("\r\n", "\n")
    if kind in ("title", "rich_text"):
        return parse_text(text)
    text = text.strip()
    if kind == "multi_select":
        return [{"name": name} for part in text.split(",") if (name := part.strip())]
    if kind == "checkbox":
        return bool(text)
    if not text:
        return None
    return _PARSES[kind](text)


def _chips(kind: str, content: Any) -> tuple[Chip, ...]:
    options = content or []
    if kind in ("select", "status") and content:
        options = [content]
    elif kind != "multi_select":
        return ()
    return tuple(Chip(option["name"], option["color"]) for option in options)


def _format_number(content: float) -> str:
    return str(int(content)) if float(content).is_integer() else str(content)


def _parse_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f'"{text}" is not a number. Write it like 2 or 2.5.')
    return number


def _format_date(content: Json) -> str:
    end = content.get("end")
    return f"{content['start']}{DASH}{end}" if end else str(content["start"])


def _parse_date(text: str) -> Json:
    start, _, end = text.partition(DASH.strip())
    return {"start": start.strip(), "end": end.strip() or None}


def _format_computed(content: Json) -> str:
    """Return a formula's or rollup's result; a list as what is in it."""
    kind = content["type"]
    inner = content.get(kind)
    if kind == "array" and inner:
        return _join(format_value(each["type"], each[each["type"]]) for each in inner)
    return str(inner) if inner or inner == 0 else ""


def _join(words: Iterable[str | None]) -> str:
    return ", ".join(filter(None, words))


def _format_unique_id(content: Json) -> str:
    prefix = content.get("prefix")
    return f"{prefix}-{content['number']}" if prefix else str(content["number"])


_FORMATS: dict[str, Any] = {
    "title": format_text,
    "rich_text": format_text,
    "number": _format_number,
    "select": lambda option: option["name"],
    "status": lambda option: option["name"],
    "multi_select": lambda options: ", ".join(option["name"] for option in options),
    "date": _format_date,
    "url": str,
    "email": str,
    "phone_number": str,
    "checkbox": lambda value: "on" if value else "",
    "created_time": str,
    "last_edited_time": str,
    "created_by": lambda user: user.get("name") or "",
    "last_edited_by": lambda user: user.get("name") or "",
    "people": lambda users: _join(user.get("name") for user in users),
    "files": lambda files: _join(file["name"] for file in files),
    "unique_id": _format_unique_id,
    "formula": _format_computed,
    "rollup": _format_computed,
}
_PARSES: dict[str, Any] = {
    "number": _parse_number,
    "select": lambda text: {"name": text},
    "status": lambda text: {"name": text},
    "date": _parse_date,
    "url": str,
    "email": str,
    "phone_number": str,
}
