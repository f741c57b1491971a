"""Rows as filters and sorts see them: only the looked-at values, in comparable form.

Must not encode pages or decide an order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.workspace.ids import floor_minute
from tracker.workspace.model import DataSource, Page, Property
from tracker.workspace.page_json import encode_value, fetch_links, value_context
from tracker.workspace.rich_text import plain_text
from tracker.workspace.session import Session

_COMPUTED = ("formula", "rollup")


@dataclass(slots=True)
class LoadedRow:
    """One row with the values that a query looks at."""

    page: Page
    values: dict[str, Any]

    @property
    def id(self) -> str:
        """The row's page id."""
        return self.page.id

    def content(self, prop: Property) -> Any:
        """Return a property's comparable content."""
        of_page = _OF_PAGE.get(prop.type)
        if of_page is not None:
            return of_page(self.page)
        value = self.values.get(prop.id)
        if prop.type == "status":
            return self._status(prop, value)
        of_value = _OF_VALUE.get(prop.type)
        return of_value(prop, value) if of_value else value

    def _status(self, prop: Property, value: Any) -> Any:
        known = prop.config["options"].find(option_id=value)
        return value if known else prop.config["default"]


def load_rows(
    session: Session,
    source: DataSource,
    condition: str,
    bound: Sequence[Any],
    used: Sequence[Property],
) -> list[LoadedRow]:
    """Return the rows that meet an SQL condition, newest first."""
    if any(prop.type in _COMPUTED for prop in used):
        return _load_computed(session, source, condition, bound, used)
    keys = [prop.id for prop in used if prop.type not in (*_OF_PAGE, "relation")]
    rows = []
    for columns in session.store.pages.project(condition, bound, keys):
        *head, picked, seq = columns
        page = Page(*head[:8], seq=seq)  # type: ignore[misc]
        rows.append(LoadedRow(page, dict(zip(keys, json.loads(picked), strict=False))))
    rows.sort(key=lambda row: (row.page.created, row.page.seq), reverse=True)
    _add_links(session, rows, used)
    return rows


def _load_computed(
    session: Session,
    source: DataSource,
    condition: str,
    bound: Sequence[Any],
    used: Sequence[Property],
) -> list[LoadedRow]:
    context = value_context(session, source)
    tail = "ORDER BY created DESC, seq DESC"
    rows = []
    for page in session.store.pages.where(condition, bound, tail=tail):
        row = LoadedRow(page, dict(page.values))
        for prop in used:
            if prop.type in _COMPUTED:
                inner = encode_value(context, prop, page)[prop.type]
                row.values[prop.id] = _computed_content(inner)
        rows.append(row)
    _add_links(session, rows, used)
    return rows


def _computed_content(inner: dict[str, Any]) -> Any:
    if inner["type"] != "array":
        return inner.get(inner["type"])
    return [_element_content(item) for item in inner["array"]]


def _element_content(item: dict[str, Any]) -> Any:
    value = item[item["type"]]
    if item["type"] in ("title", "rich_text"):
        return "".join(run["plain_text"] for run in value)
    if item["type"] in ("select", "status"):
        return value and value["id"]
    if item["type"] in ("multi_select", "relation", "people"):
        return [element["id"] for element in value]
    return value


def _add_links(session: Session, rows: Sequence[LoadedRow], used: Sequence[Property]) -> None:
    links = fetch_links(session, used, [row.page for row in rows])
    for row in rows:
        for property_id, linked in links.items():
            row.values[property_id] = linked.get(row.id, [])


def _known(prop: Property, value: Any) -> Any:
    """Return an option id, None when the option is gone."""
    return value if prop.config["options"].find(option_id=value) else None


def _all_known(prop: Property, value: Any) -> list[str]:
    return [item for item in value or [] if _known(prop, item)]


_OF_PAGE: dict[str, Callable[[Page], Any]] = {
    "created_time": lambda page: floor_minute(page.created),
    "last_edited_time": lambda page: floor_minute(page.edited),
    "created_by": lambda page: [page.created_by],
    "last_edited_by": lambda page: [page.edited_by],
    "unique_id": lambda page: page.number,
}
_OF_VALUE: dict[str, Callable[[Property, Any], Any]] = {
    "title": lambda _, value: plain_text(value or []),
    "rich_text": lambda _, value: plain_text(value or []),
    "select": _known,
    "multi_select": _all_known,
}
