"""Web addresses where a file is wanted: what to do with them instead.

Pure.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from shlex import quote

from tracker.errors import Problem, UsageError

_ADDRESS = re.compile(r"(https?):/+(.+)", re.IGNORECASE)
"""An address, also one that was taken for a path, which keeps only one of the two slashes."""

_GITHUB_PAGE = re.compile(r"(https?://github\.com/[^/]+/[^/]+)/blob/", re.IGNORECASE)
_ROADMAPS = frozenset({".yaml", ".yml"})


def refuse_address(text: str) -> None:
    """Raise UsageError for a web address, with the commands that load it and take it in."""
    address = _ADDRESS.fullmatch(text)
    if address is None:
        return
    # A page of GitHub is HTML; the file itself has another address.
    url = _GITHUB_PAGE.sub(r"\1/raw/", f"{address[1]}://{address[2]}")
    target = PurePosixPath(re.split(r"[?#]", address[2])[0])
    name = target.name if len(target.parts) > 1 else "roadmap"
    name = name if PurePosixPath(name).suffix else f"{name}.md"
    command = "add" if PurePosixPath(name).suffix.lower() in _ROADMAPS else "import"
    raise UsageError(
        Problem(
            code="address-not-file",
            what=f"{url} is a web address, not a file",
            why="only files on this machine are taken in",
            kept="nothing was written",
            next=f"curl -fL -o {quote(name)} {quote(url)} && tracker {command} {quote(name)}",
        )
    )
