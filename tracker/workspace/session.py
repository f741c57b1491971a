"""One caller's access to the workspace: who acts, when, and what can be found.

Must not know requests: the API opens a session for its connection, the web pages open one for
the person. Use a session only inside a transaction of its store.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from tracker.workspace.model import Block, Database, DataSource, Page, View
from tracker.workspace.protocol import (
    ARCHIVED_ANCESTOR,
    BOT_ID,
    INTEGRATION,
    PERSON_ID,
    WORKSPACE_ID,
    Json,
    not_found,
    validation,
)
from tracker.workspace.store import Store

_UPLOAD_LIMIT = 5_242_880
WORKSPACE_NAME = "Built-in workspace"


def reference(user_id: str) -> Json:
    """Return the short form that pages and blocks carry."""
    return {"object": "user", "id": user_id}


def encode_user(user_id: str, *, in_full: bool = False) -> Json:
    """Return a user object; in full, the connection shows its owner and limits."""
    is_bot = user_id == BOT_ID
    user: Json = {
        "object": "user",
        "id": user_id,
        "name": INTEGRATION if is_bot else "You",
        "avatar_url": None,
        "type": "bot" if is_bot else "person",
    }
    if not is_bot:
        user["person"] = {"email": "you@localhost"}
    elif in_full:
        user["bot"] = {
            "owner": {"type": "workspace", "workspace": True},
            "workspace_name": WORKSPACE_NAME,
            "workspace_id": WORKSPACE_ID,
            "workspace_limits": {"max_file_upload_size_in_bytes": _UPLOAD_LIMIT},
        }
    else:
        user["bot"] = {}
    return user


def find_user(user_id: str) -> Json:
    """Return a known user or raise the 404."""
    if user_id not in (BOT_ID, PERSON_ID):
        raise not_found("user", user_id)
    return encode_user(user_id, in_full=user_id == BOT_ID)


def all_users() -> list[Json]:
    """Return everybody, the person first."""
    return [encode_user(PERSON_ID), encode_user(BOT_ID, in_full=True)]


LOCAL_URL = "http://localhost/"

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Session:
    """A store seen by one actor at one moment; links are made under `base_url`."""

    store: Store
    actor: str
    now: int
    base_url: str = LOCAL_URL

    def page(self, page_id: str) -> Page:
        """Return a page or raise the 404."""
        return _require("page", page_id, self.store.pages.get(page_id))

    def database(self, database_id: str) -> Database:
        """Return a database or raise the 404."""
        return _require("database", database_id, self.store.containers.database(database_id))

    def data_source(self, data_source_id: str) -> DataSource:
        """Return a data source or raise the 404."""
        found = self.store.containers.data_source(data_source_id)
        return _require("data_source", data_source_id, found)

    def block(self, block_id: str) -> Block:
        """Return a block or raise the 404."""
        return _require("block", block_id, self.store.blocks.get(block_id))

    def view(self, view_id: str) -> View:
        """Return a view or raise the 404."""
        return _require("view", view_id, self.store.views.get(view_id))

    def stamp(self, thing: Database | DataSource | Page | Block | View) -> None:
        """Note that the actor edits the thing now."""
        # The times of pages are kept to the millisecond and cut to the minute when shown.
        thing.edited = self.now
        thing.edited_by = self.actor

    def is_trashed(self, parent_type: str, parent_id: str) -> bool:
        """Tell whether a parent or anything above it is in the trash."""
        while parent_type != "workspace":
            found = self.step_up(parent_type, parent_id)
            # What is above may be gone from the file for good; then nothing says "trashed".
            if found is None:
                return False
            in_trash, parent_type, parent_id = found
            if in_trash:
                return True
        return False

    def require_live_parent(self, parent_type: str, parent_id: str) -> None:
        """Refuse an edit below something in the trash."""
        if self.is_trashed(parent_type, parent_id):
            raise validation(ARCHIVED_ANCESTOR)

    def step_up(self, parent_type: str, parent_id: str) -> tuple[bool, str, str] | None:
        """Return whether a parent is in the trash, and the type and id of its own parent."""
        # row → data source → database → page or block → … → workspace
        if parent_type == "data_source_id":
            source = self.store.containers.data_source(parent_id)
            return (source.in_trash, "database_id", source.database_id) if source else None
        if parent_type == "database_id":
            database = self.store.containers.database(parent_id)
            return (database.in_trash, *split_parent(database.parent)) if database else None
        thing: Page | Block | None = self.store.blocks.get(parent_id)
        if parent_type == "page_id":
            thing = self.store.pages.get(parent_id)
        return (thing.in_trash, thing.parent_type, thing.parent_id) if thing else None


def _require(kind: str, object_id: str, found: Found | None) -> Found:
    if found is None:
        raise not_found(kind, object_id)
    return found


@contextmanager
def open_session(
    store: Store, *, actor: str = BOT_ID, write: bool = True, base_url: str = LOCAL_URL
) -> Iterator[Session]:
    """Open a transaction and give the actor's session for it."""
    with store.transaction(write=write):
        yield Session(store, actor, store.now(), base_url)


def split_parent(parent: Json) -> tuple[str, str]:
    """Return the type and the id of a stored parent object."""
    kind = parent["type"]
    return (kind, "workspace" if kind == "workspace" else parent[kind])
