"""What to do after a failed request: a table per kind of operation.

Pure: no clock, no network, no randomness; the gateway waits and sends. After "Retry policy
(official)" of Notion's documentation:

    failure                       READ        PATCH       CREATE
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
"""Attempts while a server refuses requests without saying for how long: four minutes in all, where
Notion counts in windows of one.
"""
LONGEST_WAIT = 900.0
"""Seconds that one request waits in all because the server asked for it."""
LONGEST_TROUBLE = 300.0
"""Seconds that one request may spend on answers that do not come or cannot be used."""


class Operation(StrEnum):
    """What repeating a request would do: nothing, the same again, or a second thing."""

    READ = "read"
    PATCH = "patch"
    CREATE = "create"


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
        return _back_off(attempt, 0.5, ATTEMPTS_UNSENT)
    # 529 is an overload of the whole service: Notion wants it treated as 429 ("Request limits").
    if failure.status in {429, 529}:
        return _after_rate_limit(failure, attempt)
    # 409: two writes met, and this one was rolled back. Only a full table stays full.
    if failure.status == 409 and failure.code != "row_limit_exceeded":  # noqa: PLR2004
        return _back_off(attempt, 0.3, ATTEMPTS)
    # Any other answer below 500 is final, but for 408, which a proxy gives when it lost patience.
    is_refusal = failure.fault is Fault.ANSWERED and failure.status < 500  # noqa: PLR2004
    if is_refusal and failure.status != 408:  # noqa: PLR2004
        return FAIL
    # From here on the request may have taken effect. Notion knows no idempotency key, so only what
    # sets the same values again is repeated, and a creation is looked up.
    is_write = operation is not Operation.READ
    if is_write and failure.is_saved and (operation is Operation.PATCH or failure.saved_id):
        return Decision(Verb.COMMITTED, saved_id=failure.saved_id)
    attempts = ATTEMPTS_ASTRAY if failure.fault is Fault.ASTRAY else ATTEMPTS
    is_create = operation is Operation.CREATE
    return Decision(Verb.LOOK_UP) if is_create else _back_off(attempt, 0.5, attempts)


def is_window_full(failure: Failure) -> bool:
    """Return whether a request was refused by the limit of the connection, which windows have.

    Limits of the workspace, of one endpoint and of connections that are blocked name their reasons
    ("Request limits").
    """
    own = {"", "public_api_request_rate_limit"}
    return failure.status == 429 and failure.reason in own  # noqa: PLR2004


def _after_rate_limit(failure: Failure, attempt: int) -> Decision:
    wait = failure.retry_after
    # `public_api_request_blocked` is a 429, too, and the one not to retry ("Request limits").
    if "blocked" in failure.reason or attempt >= ATTEMPTS_RATED:
        return FAIL
    if not wait:
        # No time given, or 0 from a clock that rounds down: asking at once would not help.
        if attempt >= ATTEMPTS_UNASKED:
            return FAIL
        wait = min(2.0 ** (attempt - 1), 60.0)
    # The limit of a connection clears within 60 s; that of a workspace may take longer.
    return FAIL if wait > LONGEST_WAIT else Decision(Verb.RETRY, wait, is_exact=True)


def _back_off(attempt: int, first: float, attempts: int) -> Decision:
    if attempt >= attempts:
        return FAIL
    return Decision(Verb.RETRY, first * 2.0 ** (attempt - 1))
