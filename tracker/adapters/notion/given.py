"""Checks the token and the page that somebody gave, before anything is sent.

Pure. No message holds the token.
"""

from __future__ import annotations

from tracker.adapters.notion.errors import unwritten
from tracker.adapters.notion.ids import DATABASE_LINK, WHY_A_PAGE, is_database_link, parse_page_id
from tracker.errors import SettingsError
from tracker.sync.model import PageId


def check_token(token: str) -> None:
    """Raise SettingsError for what cannot be a token."""
    text = token.strip()
    # Its prefix is not checked: tokens are opaque, and `ntn_` replaced `secret_` already.
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        what = "NOTION_TOKEN holds something that cannot be a token"
        why = "a token is one word of plain letters, digits and signs"
        advice = "export NOTION_TOKEN=…, copied from app.notion.com/developers"
        raise SettingsError(unwritten("token", what, why, advice))


def check_parent(parent: str) -> PageId:
    """Return the id of the page in the settings; raise SettingsError for what cannot be one."""
    try:
        page_id = parse_page_id(parent)
    except ValueError:
        what = "notion.parent in tracker.yaml is no Notion page"
        why = "expected a Notion page link or a 32-digit id"
        advice = "correct tracker.yaml: in Notion, Share, Copy link"
        raise SettingsError(unwritten("parent-page", what, why, advice)) from None
    if is_database_link(parent):
        what = "notion.parent in tracker.yaml is the link of a database, not of a page"
        advice = (
            "in Notion open the page around the database, Share, Copy link, and write that link "
            "to tracker.yaml as notion.parent; then tracker sync"
        )
        raise SettingsError(unwritten(DATABASE_LINK, what, WHY_A_PAGE, advice))
    return page_id
