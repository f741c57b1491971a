"""Several databases of one roadmap: which one counts, and which can be given up.

Two machines that sync a roadmap for the first time at the same moment make a database each. Both look
again afterwards, and both find that the oldest counts. Moves nothing to the trash but a database of
this very run that has no row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from tracker.adapters.notion.errors import AnswerError
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, normal_id
from tracker.adapters.notion.retry import Operation
from tracker.errors import OvertakenError, Problem

Candidate = TypeVar("Candidate")


def age_of(database: Json) -> tuple[str, str]:
    """Return what orders databases by age, the same on every machine."""
    return str(database.get("created_time", "")), normal_id(str(database.get("id", "")))


def leave_out_empty(
    candidates: Sequence[Candidate],
    *,
    has_rows: Callable[[Candidate], bool],
    age: Callable[[Candidate], tuple[str, str]],
) -> Sequence[Candidate]:
    """Return the candidates that may be meant: those with rows, or the oldest when none has any."""
    filled = [each for each in candidates if has_rows(each)]
    return filled or [min(candidates, key=age)]


def has_rows(gateway: Gateway, data_source_id: str) -> bool:
    """Tell whether a data source shows any row; one that was made a moment ago may not be shown."""
    path = f"data_sources/{data_source_id}/query"
    answer = gateway.send(Operation.READ, "POST", path, body={"page_size": 1})
    return bool(answer.get("results")) or answer.get("has_more") is not False


def give_up(gateway: Gateway, database_id: str, data_source_id: str) -> bool:
    """Move a database that this run made to the trash, if it has no row; tell whether it went."""
    with suppress(AnswerError):
        if not has_rows(gateway, data_source_id):
            body: Json = {"in_trash": True}
            gateway.send(Operation.PATCH, "PATCH", f"databases/{database_id}", body=body)
            return True
    return False


def overtaken(title: str, kept: str) -> OvertakenError:
    """Return the exception that says that another machine made the database, too."""
    return OvertakenError(
        Problem(
            code="database-overtaken",
            what=f'another machine made the database "{title}" at the same moment',
            why="its database is the older one, and counts on all machines",
            kept=kept,
            next="tracker sync",
        )
    )
