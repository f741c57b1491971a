"""The two users of a workspace: the connection of the tool, and the person at the browser.

Must not know requests or storage.
"""

from __future__ import annotations

from tracker.workspace.checks import Json
from tracker.workspace.errors import INTEGRATION, not_found
from tracker.workspace.ids import BOT_ID, PERSON_ID, WORKSPACE_ID

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
