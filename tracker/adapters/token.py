"""The Notion token: from the environment or, where it is installed, from the keyring.

Never writes it, and never puts it into a message.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.errors import Problem, SettingsError

SERVICE, USER = "tracker", "notion"


def load_token(environ: Mapping[str, str]) -> str:
    """Return the token; NOTION_TOKEN comes first. Raises SettingsError where there is none."""
    token = environ.get("NOTION_TOKEN", "").strip() or _load_from_keyring()
    if token:
        return token
    raise SettingsError(
        Problem(
            code="no-token",
            what="there is no Notion token",
            why="NOTION_TOKEN is not set, and the keyring holds none",
            kept="nothing was written",
            next="export NOTION_TOKEN=…  (app.notion.com/developers, a token that can read, "
            "insert and update content)",
        )
    )


def _load_from_keyring() -> str:
    try:
        import keyring  # noqa: PLC0415  an optional extra
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return ""
    try:
        token: str | None = keyring.get_password(SERVICE, USER)
    except KeyringError:
        return ""
    return (token or "").strip()
