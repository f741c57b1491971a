"""Whole files replaced at once: whoever reads one sees the old content or the new, never a part.

Must not know what a file holds.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

_SUFFIX = ".tmp"


class FileChangedError(Exception):
    """The file on the disk no longer is the one that was read; nothing was written."""


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes, as `RoadmapFile.digest` has it."""
    return hashlib.sha256(content).hexdigest()


def replace_file(
    path: Path,
    content: bytes,
    expected_digest: str | None,
    *,
    ready: Callable[[], None] | None = None,
) -> None:
    """Replace a file atomically and durably, keeping its permission bits; a link stays a link.

    With `expected_digest`, raises FileChangedError when the file has other content, checked as late
    as can be. Raises OSError when the disk refuses. In both cases the file is as it was, and no
    temporary file is left. One writer at a time: the temporary file has a fixed name, so that one
    left behind by a crash is used up by the next write.
    """
    target = Path(os.path.realpath(path))
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "the file is read-only", str(path))
    temporary = target.with_name(f".{target.name}{_SUFFIX}")
    temporary.unlink(missing_ok=True)
    try:
        _write(temporary, content, mode)
        _check_unchanged(target, expected_digest)
        if ready is not None:
            ready()
            _check_unchanged(target, expected_digest)
        os.replace(temporary, target)  # noqa: PTH105 - the two paths are what this is about
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _check_unchanged(path: Path, digest: str | None) -> None:
    if digest is not None and digest_of(path.read_bytes()) != digest:
        raise FileChangedError(str(path))


def _write(path: Path, content: bytes, mode: int | None) -> None:
    """Write a new file; what stands in a private one is at no moment readable by others."""

    def open_private(name: str, flags: int) -> int:
        return os.open(name, flags, 0o666 if mode is None else 0o600)

    with open(path, "xb", opener=open_private) as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    if mode is not None:
        path.chmod(mode)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable where the platform can open a folder."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(opened)
    except OSError:
        # Some file systems refuse; the file itself is synced and in place.
        pass
    finally:
        os.close(opened)
