"""The page that holds the databases, told from a database that was named in its place.

Reads only.
"""

from __future__ import annotations

from tracker.adapters.notion.errors import SHARING, DeniedError, ForbiddenError, understood
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, normal_id
from tracker.adapters.notion.retry import Operation
from tracker.adapters.notion.rich_text import decode_text
from tracker.errors import Problem, RemoteError, SettingsError

DATABASE_LINK = "parent-is-database"
"""The code of the problem that a database was named where a page is wanted."""
WHY_A_PAGE = "tracker makes a database of its own for each roadmap, inside a page"
_NEW_PAGE = "in Notion make a page, and share it with the connection of your token"
_DEEPEST = 20
"""Blocks to climb, from an inline database to the page around it."""


class DatabaseAsParentError(SettingsError):
    """A database was named where a page is wanted; `around` is the page around it, if there is one."""

    def __init__(self, title: str, around: str) -> None:
        self.title = title
        self.around = around
        super().__init__(
            Problem(
                code=DATABASE_LINK,
                what=f'notion.parent in tracker.yaml is the database "{title}", not a page',
                why=WHY_A_PAGE,
                kept="nothing was written",
                next=f"in tracker.yaml write: parent: {around}    # the page around it; "
                "then tracker sync"
                if around
                else f"{_NEW_PAGE}, and name it as notion.parent in tracker.yaml; then tracker sync",
            )
        )


def fetch_parent(gateway: Gateway, page_id: str) -> Json:
    """Fetch the page that holds the databases.

    Raises DatabaseAsParentError when it is none, RemoteError when it is not there or not readable.
    """
    try:
        page = gateway.send(Operation.READ, "GET", f"pages/{page_id}")
    except ForbiddenError:
        raise
    except DeniedError as error:
        _check_database(gateway, page_id)
        raise _no_parent(error.problems[0].why) from None
    if page.get("in_trash"):
        raise _no_parent("it is in Notion's trash", "restore it in Notion, then tracker sync")
    return page


def _check_database(gateway: Gateway, object_id: str) -> None:
    """Raise DatabaseAsParentError when the id is that of a database, or of a data source of one."""
    for kind in ("databases", "data_sources"):
        try:
            found = gateway.send(Operation.READ, "GET", f"{kind}/{object_id}")
        except DeniedError:
            continue
        with understood():
            title = decode_text(found.get("title") or ()) or "untitled"
        raise DatabaseAsParentError(title, _find_page_around(gateway, found))


def _find_page_around(gateway: Gateway, found: Json) -> str:
    """Return the id of the page that holds a database; nothing when it stands for itself."""
    for _ in range(_DEEPEST):
        parent = found.get("parent")
        kind = parent.get("type") if isinstance(parent, dict) else None
        place = str(parent.get(kind) or "") if isinstance(parent, dict) else ""
        if kind == "page_id":
            return normal_id(place)
        above = {"database_id": "databases", "block_id": "blocks"}.get(str(kind))
        if above is None or not place:
            return ""
        try:
            found = gateway.send(Operation.READ, "GET", f"{above}/{place}")
        except DeniedError:
            return ""
    return ""


def _no_parent(why: str, advice: str = "") -> RemoteError:
    return RemoteError(
        Problem(
            code="parent-page-denied",
            what="the Notion page that holds the databases is not there, or not shared",
            why=why,
            kept="nothing was written",
            next=advice or f"{SHARING}; or name another page as notion.parent in tracker.yaml",
        )
    )
