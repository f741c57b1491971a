"""Secrets taken out of text that is shown or saved.

Pure. Knows tokens by their value in the environment and by how tokens look; errs towards hiding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SECRET_NAMES = ("NOTION_TOKEN", "TRACKER_WORKSPACE_TOKEN")
HIDDEN = "[secret]"
SHORTEST = 6
"""A shorter value in the environment is no secret, and hiding it would garble every text."""

TOKENS = re.compile(
    r"\b(?:ntn|secret)_[A-Za-z0-9_-]+|(?<=bearer )[^\s'\",]+|(?<=://)[^/\s@'\"]+(?=@)",
    re.IGNORECASE,
)


def redact(text: str, environ: Mapping[str, str]) -> str:
    """Replace token values of the environment and everything that looks like a token."""
    for name in SECRET_NAMES:
        value = environ.get(name, "").strip()
        if len(value) >= SHORTEST:
            text = text.replace(value, HIDDEN)
    return TOKENS.sub(HIDDEN, text)
