"""What goes wrong with the file of the state, as exceptions that say so."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker.adapters.files import UnfitFileError, make_disk_problem
from tracker.errors import Problem, StateError

_PRIMARY_CODE = 0xFF
_REFUSED_BY_THE_DISK = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    }
)
"""Errors of SQLite that say nothing about the content of the file."""

UNREADABLE = (
    sqlite3.Error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
)
"""What decoding a wrong value may raise."""


@contextmanager
def state_errors(path: Path) -> Iterator[None]:
    """Turn what reading and writing the state raises into StateError."""
    try:
        yield
    except UnfitFileError as error:
        raise StateError(make_corrupt_problem(path, error.strerror or str(error))) from None
    except OSError as error:
        raise StateError(make_disk_problem(error, _make_unusable_problem(path))) from None
    except UNREADABLE as error:
        if getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _REFUSED_BY_THE_DISK:
            raise StateError(_make_unusable_problem(path, str(error))) from None
        why = str(error) or type(error).__name__
        raise StateError(make_corrupt_problem(path, why)) from None


def make_corrupt_problem(path: Path, why: str) -> Problem:
    """Return the problem of a file that is no sound state."""
    return Problem(
        code="state-corrupt",
        what=f"the state {path.parent.name}/{path.name} is damaged",
        why=why,
        kept="nothing was written to the state; it can be made anew from both sides",
        next="tracker doctor --fix --yes    # sets it aside (to delete it is as safe); then "
        "tracker sync adopts what is equal and shows the rest as conflicts",
    )


def _make_unusable_problem(path: Path, why: str = "") -> Problem:
    """Return the problem of a sound file on a disk that refuses: full, locked, not writable."""
    return Problem(
        code="state-unusable",
        what=f"cannot read or write the state {path.parent.name}/{path.name}",
        why=why,
        kept="every settled change stands; the state holds what was settled before",
        next="free disk space or make the folder writable, then run the command again",
    )
