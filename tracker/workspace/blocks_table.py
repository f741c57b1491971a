"""Blocks and comments in the store.

Must not know block types: a block's content is one JSON object.
"""

# ruff: noqa: S608 - only constant names are put into SQL text; values are always bound.

from __future__ import annotations

import json
from collections.abc import Sequence

from tracker.workspace.checks import Json
from tracker.workspace.connection import Connection, Row, dump
from tracker.workspace.model import Block

TABLES = """
CREATE TABLE IF NOT EXISTS block (
  id TEXT PRIMARY KEY, parent_type TEXT NOT NULL, parent_id TEXT NOT NULL, type TEXT NOT NULL,
  created INTEGER NOT NULL, edited INTEGER NOT NULL, created_by TEXT NOT NULL,
  edited_by TEXT NOT NULL, position INTEGER NOT NULL, in_trash INTEGER NOT NULL,
  content TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS block_parent ON block (parent_id, in_trash, position);
CREATE TABLE IF NOT EXISTS comment (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent_id TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS comment_parent ON comment (parent_id);
"""
_COLUMNS = (
    "id, parent_type, parent_id, type, created, edited, created_by, edited_by, position, "
    "in_trash, content"
)


class BlockTable:
    """Blocks by id and by parent, in order."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def get(self, block_id: str) -> Block | None:
        """Return a block."""
        rows = self._sql.fetch(f"SELECT {_COLUMNS} FROM block WHERE id = ?", (block_id,))
        return _block(rows[0]) if rows else None

    def children(self, parent_id: str) -> list[Block]:
        """Return the blocks below a page or block that are not in the trash, in order."""
        sql = (
            f"SELECT {_COLUMNS} FROM block WHERE parent_id = ? AND in_trash = 0 "
            "ORDER BY position, rowid"
        )
        return [_block(row) for row in self._sql.fetch(sql, (parent_id,))]

    def has_children(self, parent_id: str) -> bool:
        """Tell whether anything visible stands below a page or block."""
        sql = "SELECT 1 FROM block WHERE parent_id = ? AND in_trash = 0 LIMIT 1"
        return bool(self._sql.fetch(sql, (parent_id,)))

    def put(self, block: Block) -> None:
        """Save a block, new or changed."""
        self._sql.run(
            f"INSERT OR REPLACE INTO block ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                block.id,
                block.parent_type,
                block.parent_id,
                block.type,
                block.created,
                block.edited,
                block.created_by,
                block.edited_by,
                block.position,
                block.in_trash,
                dump(block.content),
            ),
        )

    def next_position(self, parent_id: str) -> int:
        """Return the place behind the last child."""
        # One look-up in the index for either value; a maximum over both would read all children.
        last = "SELECT max(position) FROM block WHERE parent_id = ? AND in_trash ="
        sql = f"SELECT ({last} 0), ({last} 1)"
        return max(place or 0 for place in self._sql.fetch(sql, (parent_id, parent_id))[0]) + 1

    def make_room(self, parent_id: str, *, start: int, count: int) -> None:
        """Move the children from a place on, so that `count` new ones fit there."""
        self._sql.run(
            "UPDATE block SET position = position + ? WHERE parent_id = ? AND position >= ?",
            (count, parent_id, start),
        )

    def place(self, block_ids: Sequence[str]) -> None:
        """Put siblings into this order."""
        self._sql.run_many(
            "UPDATE block SET position = ? WHERE id = ?", list(enumerate(block_ids, start=1))
        )


class CommentTable:
    """Comments by the page or block they stand on."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, comment_id: str, parent_id: str, body: Json) -> None:
        """Save a new comment."""
        sql = "INSERT INTO comment (id, parent_id, body) VALUES (?, ?, ?)"
        self._sql.run(sql, (comment_id, parent_id, dump(body)))

    def of(self, parent_id: str) -> list[Json]:
        """Return the comments on a page or block, oldest first."""
        sql = "SELECT body FROM comment WHERE parent_id = ? ORDER BY seq"
        return [json.loads(row[0]) for row in self._sql.fetch(sql, (parent_id,))]

    def discussion(self, discussion_id: str) -> Json | None:
        """Return the first comment of a discussion."""
        sql = (
            "SELECT body FROM comment WHERE json_extract(body, '$.discussion_id') = ? "
            "ORDER BY seq LIMIT 1"
        )
        rows = self._sql.fetch(sql, (discussion_id,))
        return json.loads(rows[0][0]) if rows else None


def _block(row: Row) -> Block:
    return Block(*row[:9], bool(row[9]), json.loads(row[10]))  # type: ignore[call-arg]
