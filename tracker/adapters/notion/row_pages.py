"""Writes what the page of a new row begins with, in the request that makes the row.

    callout           the goal, below what the skill is where it is a project or a milestone
    Links             a to-do for each, the primary one first
    Done when         a to-do for each proof
    My notes          empty: from here on the page is the learner's, and is never written again

Blocks, not markdown: a text in a block is only a text, whatever it looks like. A server that takes no
pages gets rows without them: no row waits for its page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tracker.adapters.notion.errors import AnswerError, FullError, RejectedError
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, get_object
from tracker.adapters.notion.listing import fetch_list
from tracker.errors import NOTHING_WRITTEN, Problem, RemoteError, Severity
from tracker.roadmap.limits import (
    MOST_BYTES,
    MOST_PIECES,
    MOST_UNITS,
    count_units,
    find_url_excess,
    split_text,
)
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import SkillKind
from tracker.sync.row_page import PageLink, RowPage

MOST_BLOCKS = 100
"""Blocks of one level that one request takes ("Size limits")."""
MOST_PROOFS = 40
"""To-dos for proofs; links take what is left."""
_BYTES_AROUND = 1_000
"""Bytes of a request beside its properties and blocks."""
_GOAL_ICON = "🎯"
_KINDS = {
    SkillKind.PROJECT: ("🔨", "Project", ": something to build, and to show"),
    SkillKind.MILESTONE: ("🏁", "Milestone", ": a point to reach on the way"),
}


LIMITED = Problem(
    code="blocks-limited",
    severity=Severity.NOTE,
    what="this workspace may hold 1,000 blocks and no more, whatever is deleted",
    why="it seems to be a Free one with several members; each row and each line of its page is a block",
    kept=NOTHING_WRITTEN,
    next="write `row_pages: false` below `notion:` in tracker.yaml before the next sync, so that there "
    "is room for more rows; a personal access token has no such limit",
)
_FREE_UPLOAD = 5 * 1024 * 1024
"""Bytes of the largest file in a Free workspace (recorded)."""


def is_limited(gateway: Gateway, bot: Json) -> bool:
    """Tell whether the workspace of a connection seems to hold 1,000 blocks only.

    So do Free workspaces with several members, for connections that are not a person's own ("Workspace
    block limits"). Neither is said anywhere: the first shows in the limit of files, the second in the
    list of users, which a connection may not be allowed to read.
    """
    most = get_object(bot, "workspace_limits").get("max_file_upload_size_in_bytes")
    is_free = isinstance(most, int) and most <= _FREE_UPLOAD
    if not is_free or get_object(bot, "owner").get("type") != "workspace":
        return False
    try:
        users = fetch_list(gateway, "users")
    except RemoteError:
        return False
    return len([user for user in users if user.get("type") == "person"]) > 1


class RowPages:
    """Makes rows with their pages, until the server refuses one; safe for many threads.

    `notes` tell what was left out, once for all rows.
    """

    def __init__(self, gateway: Gateway, *, has_bodies: bool = True) -> None:
        self._gateway = gateway
        self._notes: dict[str, Problem] = {}
        self._takes_bodies = has_bodies
        self._refused_icons: set[str] = set()

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What rows were made without, and why."""
        return tuple(self._notes.values())

    def create(self, row: Json, page: RowPage | None) -> Json:
        """Make a row, and return the answer; raise as `Gateway.create` does for the row itself.

        A refusal says that nothing was made, so the row is asked for again with less: after 400 without
        its icon, which may be one that the server does not know, then without a body.
        """
        icon = page.icon if page and page.icon not in self._refused_icons else None
        content: Json = {"icon": {"type": "emoji", "emoji": icon}} if icon else {}
        children = encode_page(page, _count_bytes(row)) if page and self._takes_bodies else []
        body: Json = {"children": children} if children else {}
        try:
            return self._gateway.create("pages", {**row, **content, **body})
        except RejectedError as error:
            refusal: AnswerError = error
            if page and icon:
                made = self.create(row, replace(page, icon=None))
                if self._takes_bodies or not children:
                    self._refuse_icon(icon, error)
                return made
        except FullError as error:
            refusal = error
        if not children:
            raise refusal
        made = self._gateway.create("pages", {**row, **content})
        self._refuse_bodies(refusal)
        return made

    def _refuse_icon(self, icon: str, error: AnswerError) -> None:
        self._refused_icons.add(icon)
        self._notes.setdefault(
            "row-icon-refused",
            Problem(
                code="row-icon-refused",
                severity=Severity.NOTE,
                what=f"rows are made without the icon {icon}",
                why=error.problems[0].why,
                kept="the rows are there, with all their values",
                next="give the section another emoji as its icon; it counts for rows made later",
            ),
        )

    def _refuse_bodies(self, error: AnswerError) -> None:
        self._takes_bodies = False
        self._notes.setdefault(
            "row-pages-refused",
            Problem(
                code="row-pages-refused",
                severity=Severity.NOTE,
                what="rows are made with empty pages: no goal, links and proofs are written on them",
                why=error.problems[0].why,
                kept="the rows are there, with all their values, which are synced as ever",
                next="nothing to do: tracker show SKILL prints what the page would say, and with "
                "`row_pages: false` below `notion:` in tracker.yaml no page is tried",
            ),
        )


def _count_bytes(body: Any) -> int:
    return len(json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def encode_page(page: RowPage, taken: int = 0) -> list[Json]:
    """Return the blocks of a page; none where the values of its row `taken` all of the request."""
    blocks = _make_blocks(page)
    return blocks if taken + _count_bytes(blocks) + _BYTES_AROUND <= MOST_BYTES else []


def _make_blocks(page: RowPage) -> list[Json]:
    callout = _make_callout(page)
    proofs = _shorten([_make_todo([_text(proof)]) for proof in page.prove], MOST_PROOFS)
    headed = [_make_heading("Done when"), *proofs] if proofs else []
    # Beside the links stand their heading, and all else.
    room = MOST_BLOCKS - len(callout) - 1 - len(headed) - 1
    links = _shorten([_make_todo(_make_link(link)) for link in page.links], room)
    listed = [_make_heading("Links"), *links] if links else []
    return [*callout, *listed, *headed, _make_heading("My notes")]


def _make_callout(page: RowPage) -> list[Json]:
    """Return what is to be reached: a callout, or nothing."""
    icon, kind, words = _KINDS.get(page.kind, (_GOAL_ICON, "", ""))
    goal = f"\n{page.goal}" if kind and page.goal else page.goal or ""
    pieces = [_text(piece) for piece in split_text(words + goal)]
    runs = [_text(kind) | {"annotations": {"bold": True}}, *pieces] if kind else pieces
    if not runs:
        return []
    shown = {"type": "emoji", "emoji": icon}
    content = {"rich_text": runs[:MOST_PIECES], "icon": shown, "color": "gray_background"}
    return [{"type": "callout", "callout": content}]


def _make_link(link: PageLink) -> list[Json]:
    """Return the text of a link; an address that no browser should open is shown, not linked."""
    is_safe = not find_url_fault(link.url) and find_url_excess(link.url) is None
    title = _text(link.title, link.url if is_safe else None)
    facts = [*link.facts] if is_safe else [link.url, *link.facts]
    return [title, *([_text(" · " + " · ".join(facts))] if facts else [])]


def _make_heading(text: str) -> Json:
    return {"type": "heading_3", "heading_3": {"rich_text": [_text(text)]}}


def _make_todo(runs: Sequence[Json]) -> Json:
    return {"type": "to_do", "to_do": {"rich_text": [*runs], "checked": False}}


def _shorten(todos: list[Json], most: int) -> list[Json]:
    """Return at most so many blocks; the last one says how many to-dos there was no room for."""
    if len(todos) <= most:
        return todos
    rest = _text(f"… and {len(todos) - most + 1} more in the roadmap's file")
    paragraph = {"type": "paragraph", "paragraph": {"rich_text": [rest]}}
    return [*todos[: most - 1], paragraph]


def _text(text: str, link: str | None = None) -> Json:
    """Return one item of text, cut off where it is too long for one."""
    if count_units(text) > MOST_UNITS:
        text = next(split_text(text))[:-2] + "…"
    content: Json = {"content": text}
    return {"type": "text", "text": content | ({"link": {"url": link}} if link else {})}
