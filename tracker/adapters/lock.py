"""Allow one writer per folder: an operating-system lock with a note that names its holder.

The system releases the lock when its process dies, so a file left behind by a killed run never
blocks the next one; the note beside it only says who holds, or held, the lock.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tracker.adapters.files import check_kind, check_own, make_disk_problem, read_file
from tracker.errors import Problem, StateError

_MOST_BYTES = 10_000


@contextmanager
def hold_lock(folder: Path, *, since: str) -> Iterator[None]:
    """Hold the folder's lock; raise StateError naming the holder when another run has it."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  read-only commands never need it

    note = folder / "lock.json"
    lock = FileLock(folder / "lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (folder, *folder.iterdir()):
            # All of them at once: a link that is found halfway would leave a run half done.
            check_own(path)
        for path in (folder / "lock", note):
            check_kind(path)
        lock.acquire(timeout=0)
        _save_note(note, since)
    except Timeout:
        raise StateError(_held(note)) from None
    except OSError as error:
        lock.release()
        unusable = Problem(
            code="state-unusable",
            what=f"cannot lock {folder.name}/",
            kept="nothing was written",
            next="free disk space or make the folder writable, then run the command again",
        )
        raise StateError(make_disk_problem(error, unusable)) from None
    try:
        yield
    finally:
        # A note that remains names a past holder at worst; the lock itself is what counts.
        with suppress(OSError):
            note.unlink(missing_ok=True)
        lock.release()


def _save_note(note: Path, since: str) -> None:
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    note.write_text(json.dumps(holder), encoding="utf-8")


def _held(note: Path) -> Problem:
    try:
        holder = json.loads(read_file(note, _MOST_BYTES))
        who = f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        who = "another process that left no name"
    return Problem(
        code="state-locked",
        what="another tracker run is writing in this folder",
        why=f"the lock is held by {who}",
        kept="nothing was written",
        next="wait for it to finish, or end that process, then run the command again",
    )
