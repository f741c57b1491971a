"""The persistence of a workspace: its tables, its clock, and the page "Home".

Must not know the API: it keeps and finds values, and validates nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path

from tracker.workspace import blocks_table, containers, pages_table
from tracker.workspace.blocks_table import BlockTable, CommentTable
from tracker.workspace.connection import Connection
from tracker.workspace.containers import ContainerTable, ViewTable
from tracker.workspace.errors import WorkspaceFileError
from tracker.workspace.ids import BOT_ID, ROOT_PAGE_ID
from tracker.workspace.model import Page
from tracker.workspace.pages_table import LinkTable, PageTable
from tracker.workspace.times import to_ms

FORMAT = 2
_TABLES = containers.TABLES + pages_table.TABLES + blocks_table.TABLES


def utc_now() -> datetime:
    """Return the present moment; the default clock."""
    return datetime.now(UTC)


class Store:
    """One open workspace. Read and write only inside `transaction`.

    A lazy one makes a file that is missing with the first write, and shows an empty workspace until
    then.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
        is_lazy: bool = False,
    ) -> None:
        self._clock = clock or utc_now
        self.results: dict[object, list[str]] = {}
        is_later = is_lazy and path is not None and not path.exists()
        self._connection = Connection(None if is_later else path)
        self.containers = ContainerTable(self._connection)
        self.views = ViewTable(self._connection)
        self.pages = PageTable(self._connection)
        self.links = LinkTable(self._connection)
        self.blocks = BlockTable(self._connection)
        self.comments = CommentTable(self._connection)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self.close()
            raise WorkspaceFileError(
                f"{path} is not a workspace file that can be used: {error}"
            ) from error
        except WorkspaceFileError:
            self.close()
            raise
        if is_later and path is not None:
            self._connection.before_first_write(lambda: self._make_file(path))

    @property
    def changes(self) -> int:
        """A number that moves whenever anything may have changed."""
        return self._connection.changes

    def close(self) -> None:
        """Release the file; a closed store answers nothing."""
        self._connection.close()

    def transaction(self, *, write: bool = True) -> AbstractContextManager[None]:
        """Hold the workspace: committed at the end, rolled back on an error."""
        return self._connection.transaction(write=write)

    def now(self) -> int:
        """Return the clock's epoch milliseconds."""
        return to_ms(self._clock())

    def _prepare(self) -> None:
        found = self._connection.fetch("PRAGMA user_version")[0][0]
        if found > FORMAT:
            raise WorkspaceFileError(
                f"the workspace has format {found}, this version reads up to {FORMAT}"
            )
        self._connection.run("PRAGMA synchronous = NORMAL")
        if found == FORMAT and self._is_filled():
            return
        with self.transaction():
            for statement in filter(str.strip, _TABLES.split(";")):
                self._connection.run(statement)
            self._connection.run(f"PRAGMA user_version = {FORMAT}")
            if self.pages.get(ROOT_PAGE_ID) is None:
                self._insert_root()

    def _make_file(self, path: Path) -> None:
        """Take up the file; somebody else may have made it meanwhile."""
        with suppress(OSError):
            path.parent.mkdir(exist_ok=True)
        try:
            self._connection.move_to(path)
            self._prepare()
        except BaseException:
            self._connection.before_first_write(lambda: self._make_file(path))
            raise

    def _is_filled(self) -> bool:
        """Whether the file has its root page; looking does not change a byte of it."""
        with self.transaction(write=False):
            return self.pages.get(ROOT_PAGE_ID) is not None

    def _insert_root(self) -> None:
        now = self.now()
        root = Page(ROOT_PAGE_ID, "workspace", "workspace", now, now, BOT_ID, BOT_ID)
        root.values = {"title": ["Home"]}
        self.pages.insert(root)
