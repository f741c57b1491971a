"""Report files for bugs: versions, arguments and traceback, with every secret taken out.

Writes one new file and nothing else; a disk that refuses makes no second error. Knows tokens by their
value in the environment and by how tokens look; errs towards hiding.
"""

from __future__ import annotations

import platform
import re
import secrets
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tracker import __version__

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


PACKAGES = ("typer", "rich", "pydantic", "pyyaml", "httpx", "notion-client", "flask", "filelock")


def format_crash(error: BaseException, arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Format a report for maintainers; local variables are never part of it, they may hold secrets."""
    # Says "not installed" of a package that is missing, which may be what broke.
    found = dict.fromkeys(PACKAGES, "not installed")
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    lines = [
        f"tracker {__version__}",
        f"python {platform.python_version()} on {platform.platform()}",
        *(f"{name} {number}" for name, number in found.items()),
        f"arguments: {list(arguments)!r}",
        "",
        *traceback.format_exception(error),
    ]
    return redact("\n".join(line.rstrip("\n") for line in lines) + "\n", environ)


def save_crash(report: str, folder: Path) -> Path | None:
    """Write a report into the folder's own `.tracker`, or the temporary folder, if either can be written."""
    # Hard to guess: in a temporary folder, others may put a file or a link there first.
    name = f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}.txt"
    for is_own in (True, False):
        # Looking for a place fails, too, where no temporary folder can be written.
        with suppress(OSError):
            place = _find_own_folder(folder) if is_own else Path(tempfile.gettempdir())
            if place is not None:
                _save_new(place / name, report)
                return place / name
    return None


def _save_new(path: Path, report: str) -> None:
    """Write a new file that only its owner can read; one that the disk cuts off is removed."""
    path.touch(0o600, exist_ok=False)
    try:
        path.write_text(report, encoding="utf-8", errors="backslashreplace")
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _find_own_folder(start: Path) -> Path | None:
    """Return an existing `.tracker` from here upwards; none is made for a report."""
    start = start.absolute()
    candidates = (folder / ".tracker" for folder in (start, *start.parents))
    own = next((folder for folder in candidates if folder.is_dir()), None)
    # Somebody else's link could lead the report anywhere.
    return None if own is None or own.is_symlink() else own
