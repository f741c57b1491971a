"""What to do after a failed request: a table per kind of operation.

Pure: no clock, no network, no randomness; the gateway waits and sends. After "Retry policy
(official)" of Notion's documentation:

    failure                       READ        PATCH       CREATE, APPEND
    429 blocked, 400-404          fail        fail        fail
    429, 529                      wait as asked, all of us, then retry
    409                           retry soon (the transaction was aborted)
    never sent                    retry       retry       retry
    500, 502, 504, lost, garbled  back off    back off    look up first
    about another object          twice more  twice more  look up first
    503 "change was saved"        back off    read        read, never repeat
    503 other                     back off    back off    look up first
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ATTEMPTS = 6
ATTEMPTS_UNSENT = 4
ATTEMPTS_RATED = 30
ATTEMPTS_ASTRAY = 3
ATTEMPTS_UNASKED = 10
"""Attempts while a server takes no more requests and does not say for how long: four minutes in all,
where Notion counts in windows of one.
"""
LONGEST_WAIT = 900.0
"""Seconds that one request is willing to wait because the server asked for it."""
LONGEST_TROUBLE = 300.0
"""Seconds that one request may spend on answers that do not come or cannot be used."""


class Operation(StrEnum):
    """What repeating a request would do: nothing, the same again, or a second thing."""

    READ = "read"
    PATCH = "patch"
    CREATE = "create"
    APPEND = "append"


class Fault(StrEnum):
    """How a request failed; `ASTRAY` is an answer about another object than the one asked for."""

    ANSWERED = "answered"
    LOST = "lost"
    UNSENT = "unsent"
    GARBLED = "garbled"
    ASTRAY = "astray"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed request; `retry_after` in seconds, `message` free of secrets.

    `is_saved` says that a write took effect although it failed; `saved_id` is what it made.
    `is_full` says that the plan of the workspace allows no more blocks.
    """

    fault: Fault
    status: int = 0
    code: str = ""
    message: str = ""
    reason: str = ""
    retry_after: float | None = None
    is_saved: bool = False
    saved_id: str | None = None
    is_full: bool = False


class Verb(StrEnum):
    """What to do next."""

    RETRY = "retry"
    LOOK_UP = "look-up"
    COMMITTED = "committed"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verb and how long to wait first; `is_exact` waits are asked for and concern everyone."""

    verb: Verb
    delay: float = 0.0
    is_exact: bool = False
    saved_id: str | None = None


FAIL = Decision(Verb.FAIL)


def retry_decision(operation: Operation, failure: Failure, attempt: int) -> Decision:
    """Decide after the given attempt, counted from 1."""
    if failure.fault is Fault.UNSENT:
        return _retry(attempt, 0.5, ATTEMPTS_UNSENT)
    if failure.status in {429, 529}:
        return _after_rate_limit(failure, attempt)
    if failure.status == 409 and failure.code != "row_limit_exceeded":  # noqa: PLR2004
        return _retry(attempt, 0.3, ATTEMPTS)
    if not _is_ambiguous(failure):
        return FAIL
    if operation is Operation.READ:
        return _retry(attempt, 0.5, _attempts(failure))
    return _after_ambiguous_write(operation, failure, attempt)


def _after_ambiguous_write(operation: Operation, failure: Failure, attempt: int) -> Decision:
    is_patch = operation is Operation.PATCH
    if failure.is_saved and (is_patch or failure.saved_id):
        return Decision(Verb.COMMITTED, saved_id=failure.saved_id)
    return _retry(attempt, 0.5, _attempts(failure)) if is_patch else Decision(Verb.LOOK_UP)


def _attempts(failure: Failure) -> int:
    return ATTEMPTS_ASTRAY if failure.fault is Fault.ASTRAY else ATTEMPTS


def _is_ambiguous(failure: Failure) -> bool:
    return failure.fault is not Fault.ANSWERED or failure.status >= 500 or failure.status == 408  # noqa: PLR2004


def _after_rate_limit(failure: Failure, attempt: int) -> Decision:
    wait = failure.retry_after
    if "blocked" in failure.reason or attempt >= ATTEMPTS_RATED:
        return FAIL
    if not wait:
        # No time given, or none left by a clock that rounds down; asking at once is no answer.
        if attempt >= ATTEMPTS_UNASKED:
            return FAIL
        wait = min(2.0 ** (attempt - 1), 60.0)
    return FAIL if wait > LONGEST_WAIT else Decision(Verb.RETRY, wait, is_exact=True)


def _retry(attempt: int, first: float, attempts: int) -> Decision:
    if attempt >= attempts:
        return FAIL
    return Decision(Verb.RETRY, first * 2.0 ** (attempt - 1))
