"""Read files within bounds, replace them atomically, lock a folder, and say what the disk refused.

Whatever is no regular file (a pipe, a device, a folder) is refused before it is opened, and files of
tracker's own are never written through a symbolic link. Must not know what a file holds.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from tracker.errors import Problem, StateError

OWN_FOLDER = ".tracker"
"""Files in this folder of a learner's folder are tracker's own: nobody has a reason to link them."""

_SUFFIX = ".tmp"
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class FileChangedError(Exception):
    """The file on the disk is no longer the one that was read; nothing was written."""


class UnfitFileError(OSError):
    """Something else than a regular file has this name; `strerror` says what it is."""


class TooLargeError(OSError):
    """The file is larger than its reader takes."""


class LinkedFileError(OSError):
    """A file of tracker's own is a symbolic link; `filename` is the link."""


def read_file(path: Path, most: int) -> bytes:
    """Read a regular file of at most `most` bytes.

    Raises UnfitFileError for anything but a file, TooLargeError for a larger one, and another OSError
    when the disk refuses. Never waits for a pipe, and reads no device.
    """
    check_kind(path)
    # Without waiting: another program may put a pipe there between the check and the opening.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as stream:
        found = os.fstat(stream.fileno())
        _refuse_kind(found.st_mode, path)
        # Not by its size alone: some file systems report none, and the file may grow meanwhile.
        content = stream.read(most + 1) if found.st_size <= most else b""
    if found.st_size > most or len(content) > most:
        raise TooLargeError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return content


def check_kind(path: Path) -> None:
    """Raise UnfitFileError for anything that is neither a regular file nor a link to one."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    _refuse_kind(mode, path)


def check_own(path: Path) -> None:
    """Raise LinkedFileError for a symbolic link anywhere from the folder `.tracker` to one of its files.

    For a file outside `.tracker`, only the file itself is checked.
    """
    # A folder that was cloned or unpacked may hold links to any file of the person who opens it.
    own = [path]
    while OWN_FOLDER in path.parts and own[-1].name != OWN_FOLDER:
        own.append(own[-1].parent)
    for entry in reversed(own):
        if entry.is_symlink():
            name = entry.relative_to(own[-1].parent).as_posix()
            why = f"{name} is a symbolic link, and tracker writes through none here"
            raise LinkedFileError(errno.ELOOP, why, str(entry))


def replace_own_file(path: Path, content: bytes) -> None:
    """Replace a file of tracker's own; raise LinkedFileError for a link, and what `replace_file` raises."""
    check_own(path)
    replace_file(path, content, expected_digest=None)


def make_disk_problem(error: OSError, problem: Problem) -> Problem:
    """Return the problem with what the disk says as its `why`.

    A symbolic link where tracker keeps a file of its own has a problem of its own, whatever failed.
    """
    if not isinstance(error, LinkedFileError):
        return replace(problem, why=error.strerror or str(error) or type(error).__name__)
    return Problem(
        code="linked-file",
        what=f"{error.filename} is a symbolic link",
        why="tracker writes through no link here: it would change a file somewhere else",
        kept="nothing was written to it, nor to what it points at",
        next="delete the link, then run the command again",
    )


def _refuse_kind(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "no file")
        raise UnfitFileError(errno.EINVAL, f"it is {kind}, not a file", str(path))


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
    as possible, and once more after `ready` was called. Raises OSError when the disk refuses. In both
    cases the file is as it was, and no temporary file is left. One writer at a time.
    """
    target = Path(os.path.realpath(path))
    check_kind(target)
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "the file is read-only", str(path))
    # A fixed name: a file left behind by a crash is replaced by the next write.
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
    if digest is None:
        return
    check_kind(path)
    if digest_of(path.read_bytes()) != digest:
        raise FileChangedError(str(path))


def _write(path: Path, content: bytes, mode: int | None) -> None:
    """Write a new file; a private one is never readable by others, not even for a moment."""

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


@contextmanager
def hold_lock(folder: Path, *, since: str) -> Iterator[None]:
    """Hold the folder's lock; raise StateError naming the holder when another run has it.

    The system releases the lock when its process dies, so a file left behind by a killed run never
    blocks the next one. The note beside it only says who holds, or held, the lock.
    """
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


def find_lock_holder(folder: Path) -> Problem | None:
    """Return the problem that another run holds the lock of a folder; None when none does."""
    note = folder / "lock.json"
    if not note.exists():
        return None  # also where a lock was never held: trying it would create its file
    from filelock import FileLock, Timeout  # noqa: PLC0415  a note is there rarely

    try:
        check_own(folder / "lock")
        check_kind(folder / "lock")
        with FileLock(folder / "lock").acquire(timeout=0):
            return None  # a run that was killed left the note
    except Timeout:
        return _held(note)
    except OSError:
        return None  # the next run that writes says what is wrong


def _save_note(note: Path, since: str) -> None:
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    note.write_text(json.dumps(holder), encoding="utf-8")


def _held(note: Path) -> Problem:
    try:
        holder = json.loads(read_file(note, most=10_000))
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
