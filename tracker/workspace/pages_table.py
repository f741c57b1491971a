"""Pages and the links between them in the store.

Must not know property types: a page's values are one JSON object. Links live in a table of
their own that is read from both ends, so the two sides of a relation cannot disagree.
"""

# ruff: noqa: S608 - only constant names are put into SQL text; values are always bound.

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from tracker.workspace.checks import Json
from tracker.workspace.connection import Connection, Row, dump, marks
from tracker.workspace.model import Page

TABLES = """
CREATE TABLE IF NOT EXISTS page (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent_type TEXT NOT NULL,
  parent_id TEXT NOT NULL, created INTEGER NOT NULL, edited INTEGER NOT NULL,
  created_by TEXT NOT NULL, edited_by TEXT NOT NULL, number INTEGER NOT NULL,
  in_trash INTEGER NOT NULL, is_archived INTEGER NOT NULL, is_locked INTEGER NOT NULL,
  icon TEXT NOT NULL, cover TEXT NOT NULL, vals TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS page_created ON page (parent_id, in_trash, is_archived, created, seq);
CREATE TABLE IF NOT EXISTS link (
  seq INTEGER PRIMARY KEY, key TEXT NOT NULL, one TEXT NOT NULL, two TEXT NOT NULL,
  one_pos INTEGER NOT NULL, two_pos INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS link_one ON link (key, one, two);
CREATE INDEX IF NOT EXISTS link_two ON link (key, two);
"""
_COLUMNS = (
    "id, parent_type, parent_id, created, edited, created_by, edited_by, number, "
    "in_trash, is_archived, is_locked, icon, cover, vals"
)
_CHUNK = 500

Side = Literal["one", "two"]


class PageHead(NamedTuple):
    """What search looks at; the title is in stored form, as JSON."""

    id: str
    parent_type: str
    parent_id: str
    in_trash: int
    edited: int
    title: str


class PageTable:
    """Pages by id and by parent."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def get(self, page_id: str) -> Page | None:
        """Return a page."""
        rows = self._sql.fetch(f"SELECT {_COLUMNS}, seq FROM page WHERE id = ?", (page_id,))
        return _page(rows[0]) if rows else None

    def get_many(self, page_ids: Sequence[str]) -> list[Page]:
        """Return the pages that exist, in the given order."""
        found: dict[str, Page] = {}
        for chunk in _chunks(page_ids):
            sql = f"SELECT {_COLUMNS}, seq FROM page WHERE id IN ({marks(chunk)})"
            found.update((row[0], _page(row)) for row in self._sql.fetch(sql, chunk))
        return [found[page_id] for page_id in page_ids if page_id in found]

    def insert(self, page: Page) -> None:
        """Save a new page."""
        values = _values(page)
        sql = f"INSERT INTO page ({_COLUMNS}) VALUES ({marks(values)})"
        self._sql.run(sql, values)

    def update(self, page: Page) -> None:
        """Save a changed page."""
        assignments = ", ".join(f"{column} = ?" for column in _COLUMNS.split(", ")[1:])
        self._sql.run(f"UPDATE page SET {assignments} WHERE id = ?", (*_values(page)[1:], page.id))

    def where(self, condition: str, values: Sequence[Any], *, tail: str = "") -> list[Page]:
        """Return the pages that meet an SQL condition; `tail` orders and limits them."""
        sql = f"SELECT {_COLUMNS}, seq FROM page WHERE {condition} {tail}"
        return [_page(row) for row in self._sql.fetch(sql, values)]

    def count(self, condition: str, values: Sequence[Any], *, limit: int) -> int:
        """Return how many pages meet an SQL condition, counting no further than `limit`."""
        sql = f"SELECT count(*) FROM (SELECT 1 FROM page WHERE {condition} LIMIT {limit:d})"
        return int(self._sql.fetch(sql, values)[0][0])

    def project(self, condition: str, values: Sequence[Any], keys: Sequence[str]) -> list[Row]:
        """Return (page without values, only the wanted values) for rows that meet a condition.

        SQLite picks the wanted values out of the stored JSON: a scan of a large table does not
        parse what it does not look at.
        """
        paths = [f'$."{key}"' for key in (*keys, "", "")]
        sql = (
            f"SELECT {_COLUMNS.removesuffix('vals')} json_extract(vals, {marks(paths)}), seq "
            f"FROM page WHERE {condition}"
        )
        return self._sql.fetch(sql, (*paths, *values))

    def titles(self) -> list[PageHead]:
        """Return the heads of all pages, oldest first."""
        rows = self._sql.fetch(
            "SELECT id, parent_type, parent_id, in_trash, edited, "
            "coalesce(json_extract(vals, '$.title'), '[]') FROM page ORDER BY seq"
        )
        return [PageHead(*row) for row in rows]


class LinkTable:
    """Links of relations, kept once under a key and read from either side."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def of(self, key: str, side: Side, page_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the ids linked from each page, in order; pages in the trash are left out."""
        other = _other(side)
        found: dict[str, list[str]] = {}
        for chunk in _chunks(page_ids):
            rows = self._sql.fetch(
                f"SELECT link.{side}, link.{other} FROM link JOIN page ON page.id = link.{other} "
                f"WHERE link.key = ? AND link.{side} IN ({marks(chunk)}) AND page.in_trash = 0 "
                f"ORDER BY link.{side}_pos, link.seq",
                (key, *chunk),
            )
            for page_id, linked in rows:
                found.setdefault(page_id, []).append(linked)
        return found

    def replace(self, key: str, side: Side, page_id: str, linked: Sequence[str]) -> None:
        """Make these the only links of a page; links that stay keep their place elsewhere."""
        other = _other(side)
        sql = f"SELECT {other} FROM link WHERE key = ? AND {side} = ?"
        old = {row[0] for row in self._sql.fetch(sql, (key, page_id))}
        gone = old.difference(linked)
        self._sql.run_many(
            f"DELETE FROM link WHERE key = ? AND {side} = ? AND {other} = ?",
            [(key, page_id, item) for item in gone],
        )
        last = (
            f"(SELECT coalesce(max({other}_pos), -1) + 1 FROM link WHERE key = ? AND {other} = ?)"
        )
        self._sql.run_many(
            f"INSERT INTO link (key, {side}, {other}, {side}_pos, {other}_pos) "
            f"VALUES (?, ?, ?, ?, {last}) "
            f"ON CONFLICT (key, one, two) DO UPDATE SET {side}_pos = excluded.{side}_pos",
            [(key, page_id, item, place, key, item) for place, item in enumerate(linked)],
        )

    def drop(self, key: str) -> None:
        """Forget all links under a key."""
        self._sql.run("DELETE FROM link WHERE key = ?", (key,))


def _other(side: Side) -> Side:
    return "two" if side == "one" else "one"


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def _values(page: Page) -> tuple[Any, ...]:
    return (
        page.id,
        page.parent_type,
        page.parent_id,
        page.created,
        page.edited,
        page.created_by,
        page.edited_by,
        page.number,
        page.in_trash,
        page.is_archived,
        page.is_locked,
        dump(page.icon),
        dump(page.cover),
        dump(page.values),
    )


def _page(row: Row) -> Page:
    flags = [bool(flag) for flag in row[8:11]]
    icon, cover = (None if text == "null" else json.loads(text) for text in row[11:13])
    values: Json = json.loads(row[13])
    return Page(*row[:8], *flags, icon, cover, values, row[14])  # type: ignore[call-arg]
