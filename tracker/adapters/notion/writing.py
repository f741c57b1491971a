"""Writes rows: creates, updates, trashes, one request each where nothing goes wrong.

Knows nothing of why something is written. A row that cannot be written raises RowError, one that
changed its place StaleRowError; the others go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock

from tracker.adapters.notion.binding import column_of
from tracker.adapters.notion.encode import Encoder, values_of
from tracker.adapters.notion.errors import (
    AmbiguousError,
    AnswerError,
    DeniedError,
    RowError,
    StaleRowError,
)
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, normal_id
from tracker.adapters.notion.options import OptionBook
from tracker.adapters.notion.retry import Operation
from tracker.adapters.notion.rows import RowReader
from tracker.adapters.notion.schema import Schema, decode_schema
from tracker.adapters.notion.statuses import encode_options_with, find_option
from tracker.errors import Problem, RemoteError
from tracker.ports import Target
from tracker.roadmap.model import SkillId, Status
from tracker.sync.plan import Create, Update
from tracker.sync.snapshot import Field, PageId, Value

_ROUNDS = 3
_FORBIDDEN = 403

Pages = Mapping[SkillId, PageId]


class RowWriter:
    """Writes the rows of one data source; the calls of one row must not overlap."""

    def __init__(
        self, gateway: Gateway, schema: Schema, target: Target, patience: Sequence[float]
    ) -> None:
        self._gateway = gateway
        self._schema = schema
        self._target = target
        self._patience = patience
        self._lock = Lock()
        self._status_column = column_of(schema, target, Field.STATUS)
        books = {
            which: OptionBook(column_of(schema, target, which))
            for which in (Field.SECTION, Field.LEVEL, Field.TAGS)
        }
        self._encoder = Encoder(schema, target, books)

    def create(self, action: Create, pages: Pages) -> PageId:
        """Make a row and return its page; after an ambiguous answer look first, then repeat."""
        body = {
            "parent": {"type": "data_source_id", "data_source_id": self._target.data_source_id},
            "properties": self._properties(values_of(action), pages),
        }
        for _ in range(_ROUNDS):
            try:
                with _row_errors(action.record.name):
                    made = self._gateway.send(Operation.CREATE, "POST", "pages", body=body)
                return normal_id(str(made["id"]))
            except AmbiguousError as error:
                found = self._find_made(action.skill_id, error.saved_id)
                if found is not None:
                    return found
        raise RemoteError(
            Problem(
                code="ambiguous-answer",
                what=f'nobody can say whether the row of "{action.record.name}" was made',
                why=f"{self._gateway.host} answered {_ROUNDS} times without saying so",
                next="tracker sync    looks it up first",
            )
        )

    def update(self, action: Update, pages: Pages) -> None:
        """Set the changed fields of a row, after taking it out of the trash when asked."""
        page_id = action.page_id or pages[action.skill_id]
        values = {change.field: change.after for change in action.changes}
        properties = self._properties(values, pages)
        with _row_errors(action.skill_id):
            if action.restore:
                self._patch(page_id, {"in_trash": False})
            if properties:
                self._patch(page_id, {"properties": properties})

    def trash(self, page_id: PageId) -> None:
        """Move a row to the trash; one that is there already is fine."""
        with _row_errors(page_id):
            try:
                self._patch(page_id, {"in_trash": True})
            except AnswerError as error:
                if not error.is_trashed:
                    raise

    def _patch(self, page_id: PageId, body: Json) -> None:
        self._gateway.send(Operation.PATCH, "PATCH", f"pages/{page_id}", body=body)

    def _find_made(self, skill_id: SkillId, saved_id: str | None) -> PageId | None:
        """Find the row that an ambiguous creation may have made."""
        reader = RowReader(self._gateway, self._schema, self._target)
        if saved_id is not None:
            page = self._gateway.send(Operation.READ, "GET", f"pages/{saved_id}")
            if reader.is_ours(page):
                return normal_id(str(page["id"]))
        rows = reader.fetch_by_id(skill_id, self._patience)
        return rows[0].page_id if rows else None

    def _properties(self, values: Mapping[Field, Value], pages: Pages) -> Json:
        status = values.get(Field.STATUS)
        option = self._encode_status(Status(str(status))) if status is not None else None
        return self._encoder.encode(values, pages, option)

    def _encode_status(self, status: Status) -> Json:
        """Return the option to write; one that the learner deleted is made again."""
        with self._lock:
            option = find_option(self._status_column, self._target.options, status)
            if option is None:
                self._add_option(status)
                option = find_option(self._status_column, self._target.options, status)
        if option is None:
            raise RowError(
                f"the status column has no option that means {status.value}",
                why="it was deleted in Notion, and the server did not take it back",
                next="add it again in Notion",
            )
        return {"id": option.id} if option.id else {"name": option.name}

    def _add_option(self, status: Status) -> None:
        column = self._status_column
        config = {column.type: {"options": encode_options_with(column, status)}}
        path = f"data_sources/{self._target.data_source_id}"
        body = {"properties": {column.key: config}}
        with _row_errors(status.value):
            answer = self._gateway.send(Operation.PATCH, "PATCH", path, body=body)
        self._status_column = column_of(decode_schema(answer), self._target, Field.STATUS)


@contextmanager
def _row_errors(name: str) -> Iterator[None]:
    """Turn a refusal of the server into what it means for one row."""
    try:
        yield
    except AnswerError as error:
        why = error.problems[0].why
        if error.is_ancestor_trashed:
            raise RemoteError(_ancestor_trashed(why)) from None
        if error.status == _FORBIDDEN:
            raise
        if error.is_trashed or isinstance(error, DeniedError):
            raise StaleRowError(f'"{name}" was removed in Notion meanwhile', why) from None
        raise RowError(f'Notion did not accept "{name}"', why, "tracker doctor") from None


def _ancestor_trashed(why: str) -> Problem:
    return Problem(
        code="database-trashed",
        what="the database, or a page above it, is in Notion's trash",
        why=why,
        kept="this row is as it was",
        next="restore it in Notion, then tracker sync",
    )
