"""Comments on pages and blocks.

Must not know requests: a body comes in as parsed JSON, an object goes out as JSON.
"""

from __future__ import annotations

from tracker.workspace.blocks import find_block
from tracker.workspace.checks import Json, check_keys, check_object, check_uuid
from tracker.workspace.cursors import list_answer, page_of
from tracker.workspace.errors import UNDEFINED, expected, not_found
from tracker.workspace.ids import format_minute, new_id
from tracker.workspace.rich_text import decode_runs, encode_runs
from tracker.workspace.session import Session, encode_user, reference


def create_comment(session: Session, body: Json) -> Json:
    """Add a comment to a page or block, or to a discussion that exists."""
    check_keys("body", body, ("parent", "discussion_id", "rich_text", "display_name"))
    runs = decode_runs("body.rich_text", body.get("rich_text", UNDEFINED))
    if not runs:
        raise expected("body.rich_text.length", "≥ `1`", 0)
    parent, discussion_id = _place(session, body)
    time = format_minute(session.now)
    comment: Json = {
        "object": "comment",
        "id": new_id(),
        "parent": parent,
        "discussion_id": discussion_id,
        "created_time": time,
        "last_edited_time": time,
        "created_by": reference(session.actor),
        "rich_text": encode_runs(runs),
        "display_name": {
            "type": "integration",
            "resolved_name": encode_user(session.actor)["name"],
        },
    }
    session.store.comments.add(comment["id"], parent[parent["type"]], comment)
    return comment


def list_comments(session: Session, block_id: str, *, start: str | None, size: int) -> Json:
    """Return a page of the comments on a page or block."""
    block = find_block(session, block_id)
    shown, cursor = page_of(session.store.comments.of(block.id), start, size)
    return list_answer(shown, "comment", cursor)


def _place(session: Session, body: Json) -> tuple[Json, str]:
    discussion = body.get("discussion_id")
    if discussion is not None:
        discussion_id = check_uuid("body.discussion_id", discussion)
        first = session.store.comments.discussion(discussion_id)
        if first is None:
            raise not_found("discussion", discussion_id)
        return first["parent"], discussion_id
    given = check_object("body.parent", body.get("parent", UNDEFINED))
    kind = "block_id" if "block_id" in given else "page_id"
    parent_id = check_uuid(f"body.parent.{kind}", given.get(kind, UNDEFINED))
    if kind == "page_id":
        session.page(parent_id)
    else:
        find_block(session, parent_id)
    return {"type": kind, kind: parent_id}, new_id()
