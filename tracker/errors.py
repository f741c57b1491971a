"""Diagnostics and exceptions: one type for every problem, and one tree of exceptions.

Must not print, log or know a terminal; `cli` renders problems and turns exceptions into exit codes.

    TrackerError            cannot continue
    ├── UsageError          2   the command line cannot be understood
    ├── RoadmapError        3   a roadmap file is broken
    │   └── UnsafeEditError     one edit cannot be made safely
    ├── SettingsError       4   settings or token
    ├── RemoteError         5   Notion unreachable, denied or incomplete
    │   ├── UnreachableError    the network or the server is down, not one row
    │   │   ├── UnansweredError     one request got no proper answer; perhaps others will
    │   │   └── NoMoreRowsError     no row can be created; existing ones can be changed
    │   └── NotMadeError        a row was certainly not created; there is nothing to look up
    ├── StateError          6   state locked or corrupt
    └── RefusedError        7   a guard refused the plan, or the plan is stale
        └── OvertakenError      another machine did the same at the same moment
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

NOTHING_WRITTEN = "nothing was written"
SETTLED = "what was settled before stands, and nothing more was written"
"""What was left untouched, before the first write of a run and after it."""


class Severity(StrEnum):
    """How much a problem matters: errors stop the command, warnings and notes are only shown."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file; line and column count from 1, 0 means the whole file."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """One diagnostic in four parts: what, why, what was left untouched, the next command.

    `code` is the kebab-case name of the check that found it.
    """

    code: str
    what: str
    severity: Severity = Severity.ERROR
    location: Location | None = None
    why: str = ""
    kept: str = ""
    next: str = ""

    @property
    def sort_key(self) -> tuple[Location, str, str]:
        """Order problems by place, then by name."""
        return (self.location or Location(""), self.code, self.what)


class TrackerError(Exception):
    """Something that stops the command, with the problems that say why."""

    exit_code: ClassVar[int] = 70

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.what for problem in problems))
        self.problems = problems


class UsageError(TrackerError):
    """The command line cannot be understood."""

    exit_code = 2


class RoadmapError(TrackerError):
    """A roadmap file is missing, broken or would become so."""

    exit_code = 3


class UnsafeEditError(RoadmapError):
    """An edit of a roadmap file cannot be made without risk to the rest of the file."""


class SettingsError(TrackerError):
    """Settings or token are missing or wrong."""

    exit_code = 4


class RemoteError(TrackerError):
    """Notion is unreachable, denied the request or answered incompletely."""

    exit_code = 5


class UnreachableError(RemoteError):
    """The server cannot be reached, or keeps failing for any request."""


class UnansweredError(UnreachableError):
    """One request got no proper answer, however often it was sent; others may get one.

    `status` is that of the last answer, 0 where nobody answered at all.
    """

    def __init__(self, *problems: Problem, status: int = 0) -> None:
        super().__init__(*problems)
        self.status = status


class NoMoreRowsError(UnreachableError):
    """No row can be created at all; existing rows can still be changed."""


class NotMadeError(RemoteError):
    """A row was certainly not created; `cause` is given when it ends the whole run."""

    def __init__(self, *problems: Problem, cause: TrackerError | None = None) -> None:
        super().__init__(*problems)
        self.cause = cause


class StateError(TrackerError):
    """The state is locked by another run, or corrupt."""

    exit_code = 6


class RefusedError(TrackerError):
    """A guard refused the plan, or the plan no longer fits both sides."""

    exit_code = 7


class OvertakenError(RefusedError):
    """Another machine created the database that this run was about to fill: read again and replan."""
