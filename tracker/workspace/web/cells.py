"""Property values as a person sees and types them.

Must not read or write the store: it turns the API's property objects into text and back. Linked
text is typed as `[words](https://…)`, so that editing a line keeps its link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tracker.workspace.checks import Json

EDITABLE = frozenset(
    {"title", "rich_text", "number", "select", "status", "multi_select", "date", "url", "checkbox"}
)
_LINK = re.compile(r"\[((?:[^\[\]\\\n]|\\.)*)\]\((https?://[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)")
_PIECE = 1900
"""Characters of one text piece; Notion refuses more than 2,000 UTF-16 units (request-limits)."""


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
    runs: tuple[tuple[str, str | None], ...] = ()
    chips: tuple[Chip, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def is_editable(self) -> bool:
        """Whether a person can type this value."""
        return self.type in EDITABLE


def make_cell(column: Json, value: Json | None) -> Cell:
    """Make the cell of a schema column and the page's value for it."""
    kind = column["type"]
    content = (value or {}).get(kind)
    runs: tuple[tuple[str, str | None], ...] = ()
    if kind in ("title", "rich_text"):
        runs = tuple((run["plain_text"], safe_link(run.get("href"))) for run in content or [])
    return Cell(
        id=column["id"],
        name=column["name"],
        type=kind,
        text=format_value(kind, content),
        runs=runs,
        chips=_chips(kind, content),
        choices=tuple(option["name"] for option in options_of(column)),
    )


def options_of(column: Json) -> list[Json]:
    """Return the options of a column that has some."""
    config = column.get(column["type"]) or {}
    options: list[Json] = config.get("options", []) if isinstance(config, dict) else []
    return options


def safe_link(href: str | None) -> str | None:
    """Return a link only when following it cannot run anything."""
    return href if href and href.lower().startswith(("http://", "https://")) else None


def format_value(kind: str, content: Any) -> str:
    """Return a value as a person would type it."""
    if content is None:
        return ""
    formatter = _FORMATS.get(kind)
    return formatter(content) if formatter else ""


def parse_value(kind: str, text: str) -> Any:
    """Return the API's value for what a person typed; raise ValueError when it is none."""
    text = text.replace("\r\n", "\n")
    if kind in ("title", "rich_text"):
        return _parse_runs(text)
    text = text.strip()
    if kind == "multi_select":
        return [{"name": name} for part in text.split(",") if (name := part.strip())]
    if kind == "checkbox":
        return text in ("on", "true", "yes")
    if not text:
        return None
    return _PARSES[kind](text)


def _chips(kind: str, content: Any) -> tuple[Chip, ...]:
    if kind in ("select", "status") and content:
        return (Chip(content["name"], content["color"]),)
    if kind == "multi_select":
        return tuple(Chip(option["name"], option["color"]) for option in content or [])
    return ()


def _format_runs(content: list[Json]) -> str:
    parts = []
    for run in content:
        text, link = run["plain_text"], safe_link(run.get("href"))
        escaped = re.sub(r"([\[\]\\])", r"\\\1", text)
        parts.append(f"[{escaped}]({link})" if link and _LINK.fullmatch(f"[x]({link})") else text)
    return "".join(parts)


def _parse_runs(text: str) -> list[Json]:
    runs: list[Json] = []
    at = 0
    for found in _LINK.finditer(text):
        runs += _pieces(text[at : found.start()], None)
        words = re.sub(r"\\(.)", r"\1", found.group(1))
        runs += _pieces(words or found.group(2), found.group(2))
        at = found.end()
    return runs + _pieces(text[at:], None)


def _pieces(text: str, link: str | None) -> list[Json]:
    cut = [text[start : start + _PIECE // 2] for start in range(0, len(text), _PIECE // 2)]
    target = {"url": link} if link else None
    return [{"type": "text", "text": {"content": piece, "link": target}} for piece in cut]


def _format_number(content: float) -> str:
    return str(int(content)) if float(content).is_integer() else str(content)


_FORMATS: dict[str, Any] = {
    "title": _format_runs,
    "rich_text": _format_runs,
    "number": _format_number,
    "select": lambda option: option["name"],
    "status": lambda option: option["name"],
    "multi_select": lambda options: ", ".join(option["name"] for option in options),
    "date": lambda value: value["start"],
    "url": str,
    "email": str,
    "phone_number": str,
    "checkbox": lambda value: "on" if value else "",
    "created_time": str,
    "last_edited_time": str,
    "relation": lambda links: f"{len(links)} linked" if links else "",
}
_PARSES: dict[str, Any] = {
    "number": float,
    "select": lambda text: {"name": text},
    "status": lambda text: {"name": text},
    "date": lambda text: {"start": text},
    "url": str,
}
