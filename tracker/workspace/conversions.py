"""Values of a property that changes its type: kept where the text allows it, else dropped.

Must not know schemas beyond the property before and after.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tracker.workspace.checks import Json
from tracker.workspace.ids import parse_iso
from tracker.workspace.model import DataSource, Property
from tracker.workspace.rich_text import plain_text
from tracker.workspace.session import Session
from tracker.workspace.values import Options

_TEXTS = ("url", "email", "phone_number")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")


def convert_values(session: Session, source: DataSource, before: Property, after: Property) -> None:
    """Rewrite the values of one property in all rows for its new type."""
    for page in session.store.pages.where("parent_id = ?", (source.id,)):
        if before.id in page.values:
            value = convert(page.values.pop(before.id), before, after)
            if value is not None:
                page.values[before.id] = value
            session.store.pages.update(page)


def convert(value: Any, before: Property, after: Property) -> Any:
    """Return a stored value of one type as another, None where nothing can be kept."""
    if value is None or value == []:
        return None
    if before.type in ("select", "status", "multi_select"):
        kept = value if isinstance(value, list) else [value]
        options = after.config.get("options", Options())
        if kept and all(options.find(option_id=item) for item in kept):
            return kept if after.type == "multi_select" else kept[0]
    text = _as_text(value, before)
    encode = _FROM_TEXT.get(after.type)
    return encode(text, after.config) if text and encode else None


def _as_text(value: Any, prop: Property) -> str:
    if prop.type == "rich_text":
        return plain_text(value)
    if prop.type in ("select", "status", "multi_select"):
        kept = value if isinstance(value, list) else [value]
        names = [prop.config["options"].find(option_id=item) for item in kept]
        return ", ".join(option["name"] for option in names if option)
    if prop.type == "date":
        return str(value["start"])
    if prop.type == "checkbox":
        return "Yes" if value else "No"
    if prop.type == "number":
        return str(int(value)) if float(value).is_integer() else str(value)
    return str(value) if prop.type in _TEXTS else ""


def _number(text: str, config: Json) -> float | int | None:
    del config
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return None
    return float(stripped) if "." in stripped else int(stripped)


def _option(text: str, config: Json) -> str | None:
    option = config["options"].find(name=text)
    return option["id"] if option else None


def _options(text: str, config: Json) -> list[str] | None:
    found = [config["options"].find(name=part.strip()) for part in text.split(",")]
    return [option["id"] for option in found if option] or None


def _date(text: str, config: Json) -> Json | None:
    del config
    moment = parse_iso(text)
    return {"start": moment.date().isoformat(), "end": None} if moment else None


_FROM_TEXT: dict[str, Callable[[str, Json], Any]] = {
    "rich_text": lambda text, _: [text],
    "number": _number,
    "select": _option,
    "status": _option,
    "multi_select": _options,
    "checkbox": lambda text, _: text.casefold() in ("yes", "true", "1"),
    "date": _date,
    **dict.fromkeys(_TEXTS, lambda text, _: text),
}
