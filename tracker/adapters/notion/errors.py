"""Failures of the Notion side as exceptions, with the texts that explain them.

    RemoteError
    ├── UnreachableError        no answer, or nothing but failures
    │   └── UnansweredError     this request got no proper answer
    └── AnswerError             the server refused: `status`, `code`, `message`
        ├── DeniedError         404: gone, or not shared; Notion does not say which
        │   ├── ForbiddenError      403: a right is missing, as a rule a capability
        │   └── FullError           403: the plan of the workspace allows no more blocks
        └── RejectedError       400 and the like: this request can never succeed
    RemoteError
    ├── AmbiguousError          a creation that may have happened; look it up
    ├── AstrayError             an answer about another object; it proves nothing about this one
    └── RowError                one row cannot be written; the others can
    RefusedError
    └── StaleRowError           the row is no longer as the plan saw it

HeldError never leaves the codec: a value that cannot be read safely becomes a held field.

Decisions rest on status, code and what a GET shows. The server's messages are shown and never
interpreted, because they may change ("Versioning" of Notion's documentation). Must not contain a
token: messages arrive here redacted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

from tracker.adapters.notion.retry import Failure, Fault, Operation
from tracker.errors import (
    NOTHING_WRITTEN,
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
    """A creation that may have happened; `saved_id` when it certainly did."""

    def __init__(self, problem: Problem, saved_id: str | None = None) -> None:
        super().__init__(problem)
        self.saved_id = saved_id


class AstrayError(RemoteError):
    """The server answered about another object than the one in the request."""


class RowError(RemoteError):
    """One row cannot be written; everything else can."""

    def __init__(self, what: str, why: str = "", next: str = "") -> None:  # noqa: A002
        super().__init__(Problem("row-rejected", what, why=why, kept=_ROW_KEPT, next=next))


class StaleRowError(RefusedError):
    """A row was moved or removed since it was read; the next run reads it again."""

    def __init__(self, what: str, why: str = "") -> None:
        super().__init__(Problem("row-stale", what, why=why, kept=_ROW_KEPT, next="tracker sync"))


def unwritten(code: str, what: str, why: str, advice: str) -> Problem:
    """Return a problem that was found before anything was written."""
    return Problem(code, what, why=why, kept=NOTHING_WRITTEN, next=advice)


@contextmanager
def understood() -> Iterator[None]:
    """Turn what fails on an answer in an unknown form into RemoteError.

    What cannot be read must look neither like something deleted nor like something never made.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError):
        what = "the server describes its databases in a form that is not known"
        advice = "run the command again later; if it stays so, look for a newer tracker"
        raise RemoteError(unwritten("answer-not-understood", what, "", advice)) from None


_ROW_KEPT = "this row is as it was"
_LOGIN_AGAIN = (
    "make a new token at app.notion.com/developers, export NOTION_TOKEN=…, "
    "then run the command again"
)
# Nothing helps but these two: moving rows to the trash gives no room back, and a personal access
# token is exempt ("Workspace block limits" of Notion's documentation).
_FULL = (
    "a Free workspace with several members holds 1,000 blocks, and every database, every row and "
    "every line of its page is one; "
    "upgrade the plan of the workspace, or use a personal access token, which has no such limit; "
    "the rows that exist are synced all the same"
)
_CAPABILITY = (
    'at app.notion.com/developers/connections open the connection and switch on "{capability}" '
    "under Capabilities; where it is on, let the connection, or the owner of the token, edit the "
    "page in Notion; then run the command again"
)
_REJECTED = (
    "run the command again; if it stays so, check NOTION_BASE_URL, and look for a newer tracker"
)


def raise_failure(
    failure: Failure, host: str, *, attempts: int, operation: Operation = Operation.READ
) -> NoReturn:
    """Raise the exception that explains a failure which is final."""
    # The server's message in one line, with its status and code.
    words = " ".join(filter(None, (str(failure.status or ""), failure.code.strip())))
    said = ": ".join(filter(None, (words, failure.message)))

    def explain(code: str, what: str, advice: str, why: str = said) -> Problem:
        return Problem(code, what, why=why, kept=SETTLED, next=advice)

    if failure.fault is Fault.ASTRAY:
        what = f"{host} does not answer about what it was asked"
        advice = "run the command again later; if it stays so, check NOTION_BASE_URL"
        raise AstrayError(explain("answer-astray", what, advice))
    is_refusal = failure.fault is Fault.ANSWERED and 400 <= failure.status < 500  # noqa: PLR2004
    match failure.status if is_refusal else None:
        case None:  # no answer, or a failure of the server itself
            times = f"{attempts} attempts" if attempts > 1 else "one attempt"
            what = f"{host} cannot be reached or does not answer properly"
            advice = "check the network and NOTION_BASE_URL, then run the command again"
            why = f"{said or 'no answer'} ({times})"
            problem = explain("notion-unreachable", what, advice, why)
            raise UnansweredError(problem, status=failure.status)
        case 401:
            what = f"NOTION_TOKEN was refused by {host}"
            raise SettingsError(explain("token-refused", what, _LOGIN_AGAIN))
        case 429:
            wait = failure.retry_after
            asked = "" if wait is None else f"asked to wait {wait:.0f} s"
            why = ", ".join(filter(None, (said, asked)))
            if "blocked" in failure.reason:
                what, advice = f"{host} blocks this connection", "ask the owner of the workspace"
                raise UnreachableError(explain("notion-blocked", what, advice, why))
            what = f"{host} takes no more requests now"
            raise UnreachableError(explain("notion-busy", what, "run the command again later", why))
        case 403 if failure.is_full:
            what = f"{host} lets this workspace make no more blocks"
            raise FullError(explain("notion-full", what, _FULL), failure)
        case 403:
            capability = CAPABILITIES[operation]
            what = f"the connection of your token may not {capability.lower()} here"
            advice = _CAPABILITY.format(capability=capability)
            raise ForbiddenError(explain("notion-denied", what, advice), failure)
        case 404:
            what = f"{host} does not find the page or database, or it is not shared with the token"
            raise DeniedError(explain("notion-denied", what, SHARING), failure)
        case _:
            what = f"{host} did not accept a request"
            raise RejectedError(explain("notion-rejected", what, _REJECTED), failure)
