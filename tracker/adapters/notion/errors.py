"""Failures of the Notion side as exceptions, with the words that explain them.

    RemoteError
    ├── UnreachableError        nobody answers, or nothing but failures
    │   └── UnansweredError     this request got no proper answer
    └── AnswerError             the server said no: `status`, `code`, `message`
        ├── DeniedError         404: gone, or not shared; Notion does not say which
        │   ├── ForbiddenError      403: a right is missing, as a rule a capability
        │   └── FullError           403: the plan of the workspace allows no more blocks
        └── RejectedError       400 and the like: this request cannot be
    RemoteError
    ├── AmbiguousError          a creation that may have happened; look it up
    ├── AstrayError             an answer about another object; it proves nothing about this one
    └── RowError                one row cannot be written; the others can
    RefusedError
    └── StaleRowError           the row is no longer as the plan saw it

HeldError never leaves the codec: a value that cannot be read safely becomes a held field.

Status, code and what a GET shows decide; the server's messages are shown, never interpreted: they
are not stable (versioning page). Must not contain a token: messages arrive here redacted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

from tracker.adapters.notion.retry import Failure, Fault, Operation
from tracker.errors import (
    SETTLED,
    Problem,
    RefusedError,
    RemoteError,
    SettingsError,
    UnansweredError,
    UnreachableError,
)

SHARING = (
    "in Notion open the page, then ••• -> Connections, and add the connection of your token; "
    "then run the command again"
)
CAPABILITIES: Mapping[Operation, str] = {
    Operation.READ: "Read content",
    Operation.PATCH: "Update content",
    Operation.CREATE: "Insert content",
    Operation.APPEND: "Insert content",
}
"""The capability that an operation needs, as the settings of a connection name it."""


class HeldError(ValueError):
    """A value in Notion that cannot be read safely; says why."""


class AnswerError(RemoteError):
    """The server refused a request; carries what it said."""

    def __init__(self, problem: Problem, failure: Failure) -> None:
        super().__init__(problem)
        self.status = failure.status
        self.code = failure.code
        self.message = failure.message


class DeniedError(AnswerError):
    """Not allowed, gone, or not shared with the connection."""


class ForbiddenError(DeniedError):
    """The connection lacks a right, for this object or altogether."""


class FullError(DeniedError):
    """The workspace takes no more blocks; what exists can still be changed."""


class RejectedError(AnswerError):
    """A request that this server will never accept as it is."""


class AmbiguousError(RemoteError):
    """A creation of which nobody knows whether it happened; `saved_id` when it surely did."""

    def __init__(self, problem: Problem, saved_id: str | None = None) -> None:
        super().__init__(problem)
        self.saved_id = saved_id


class AstrayError(RemoteError):
    """The server answered about another object than the one that it was asked about."""


class RowError(RemoteError):
    """One row cannot be written; everything else can."""

    def __init__(self, what: str, why: str = "", next: str = "") -> None:  # noqa: A002
        super().__init__(Problem("row-rejected", what, why=why, kept=_ROW_KEPT, next=next))


class StaleRowError(RefusedError):
    """A row changed its place since it was read; the next run looks at it anew."""

    def __init__(self, what: str, why: str = "") -> None:
        super().__init__(Problem("row-stale", what, why=why, kept=_ROW_KEPT, next="tracker sync"))


@contextmanager
def understood() -> Iterator[None]:
    """Turn a form of the server's answers that nobody knows into RemoteError.

    What cannot be read must look neither like something deleted nor like something that never was.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError):
        raise RemoteError(
            Problem(
                code="answer-not-understood",
                what="the server describes its databases in a form that is not known",
                kept="nothing was written",
                next="run the command again later; if it stays so, look for a newer tracker",
            )
        ) from None


_ROW_KEPT = "this row is as it was"
_FULL = (
    "a Free workspace with several members holds 1,000 blocks, and every row and database is one; "
    "upgrade the plan of the workspace, or use a personal access token, which has no such limit; "
    "the rows that exist are synced all the same"
)


def raise_failure(
    failure: Failure, host: str, *, attempts: int, operation: Operation = Operation.READ
) -> NoReturn:
    """Raise the exception that explains a failure which is final."""
    if failure.fault is Fault.ASTRAY:
        raise AstrayError(_astray(failure, host))
    if failure.fault is not Fault.ANSWERED or not 400 <= failure.status < 500:  # noqa: PLR2004
        raise UnansweredError(_unreachable(failure, host, attempts))
    if failure.status == 401:  # noqa: PLR2004
        raise SettingsError(_refused_token(failure, host))
    if failure.status == 429:  # noqa: PLR2004
        raise UnreachableError(_rate_limited(failure, host))
    if failure.status == 403:  # noqa: PLR2004
        if failure.is_full:
            raise FullError(_full(failure, host), failure)
        raise ForbiddenError(_forbidden(failure, operation), failure)
    if failure.status == 404:  # noqa: PLR2004
        raise DeniedError(_denied(failure, host), failure)
    raise RejectedError(_rejected(failure, host), failure)


def _unreachable(failure: Failure, host: str, attempts: int) -> Problem:
    times = f"{attempts} attempts" if attempts > 1 else "one attempt"
    return Problem(
        code="notion-unreachable",
        what=f"{host} cannot be reached or does not answer properly",
        why=f"{_said(failure) or 'no answer'} ({times})",
        kept=SETTLED,
        next="check the network and NOTION_BASE_URL, then run the command again",
    )


def _astray(failure: Failure, host: str) -> Problem:
    return Problem(
        code="answer-astray",
        what=f"{host} does not answer about what it was asked",
        why=failure.message,
        kept=SETTLED,
        next="run the command again later; if it stays so, check NOTION_BASE_URL",
    )


def _refused_token(failure: Failure, host: str) -> Problem:
    return Problem(
        code="token-refused",
        what=f"NOTION_TOKEN was refused by {host}",
        why=_said(failure),
        kept=SETTLED,
        next="make a new token at app.notion.com/developers, export NOTION_TOKEN=…, "
        "then run the command again",
    )


def _rate_limited(failure: Failure, host: str) -> Problem:
    blocked = "blocked" in failure.reason
    asked = "" if failure.retry_after is None else f"asked to wait {failure.retry_after:.0f} s"
    return Problem(
        code="notion-blocked" if blocked else "notion-busy",
        what=f"{host} blocks this connection" if blocked else f"{host} takes no more requests now",
        why=", ".join(filter(None, (_said(failure), asked))),
        kept=SETTLED,
        next="ask the owner of the workspace" if blocked else "run the command again later",
    )


def _full(failure: Failure, host: str) -> Problem:
    what = f"{host} lets this workspace make no more blocks"
    return Problem("notion-full", what, why=_said(failure), kept=SETTLED, next=_FULL)


def _forbidden(failure: Failure, operation: Operation) -> Problem:
    capability = CAPABILITIES[operation]
    return Problem(
        code="notion-denied",
        what=f"the connection of your token may not {capability.lower()} here",
        why=_said(failure),
        kept=SETTLED,
        next=f'at app.notion.com/developers/connections open the connection and switch on "{capability}" '
        "under Capabilities; where it is on, let the connection, or the owner of the token, edit the page in Notion; then run the command again",
    )


def _denied(failure: Failure, host: str) -> Problem:
    return Problem(
        code="notion-denied",
        what=f"{host} does not find the page or database, or it is not shared with the token",
        why=_said(failure),
        kept=SETTLED,
        next=SHARING,
    )


def _rejected(failure: Failure, host: str) -> Problem:
    return Problem(
        code="notion-rejected",
        what=f"{host} did not accept a request",
        why=_said(failure),
        kept=SETTLED,
        next="run the command again; if it stays so, check NOTION_BASE_URL, and look for a newer tracker",
    )


def _said(failure: Failure) -> str:
    """Return what the server said in one line, with its status."""
    status = str(failure.status or "")
    words = " ".join(filter(None, (status, failure.code.strip())))
    return ": ".join(filter(None, (words, failure.message)))
