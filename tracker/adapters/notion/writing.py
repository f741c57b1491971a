"""Writes rows: creates, updates, trashes, one request each where nothing goes wrong.

Knows nothing of why something is written. A row that cannot be written raises RowError, one that
changed its place StaleRowError; the others go on. Also makes the options that a row cannot make by
naming them: those of a status, and those with long texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Lock

from tracker.adapters.notion.codec import Encoder, RowContext, values_of
from tracker.adapters.notion.columns import Column, Schema, decode_schema
from tracker.adapters.notion.databases import fetch_schema
from tracker.adapters.notion.errors import (
    AmbiguousError,
    AnswerError,
    DeniedError,
    ForbiddenError,
    FullError,
    RejectedError,
    RowError,
    StaleRowError,
)
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, normal_id
from tracker.adapters.notion.options import OptionBook
from tracker.adapters.notion.pacer import Gate
from tracker.adapters.notion.rich_text import check_sendable, encode_text, make_option_name
from tracker.adapters.notion.row_pages import RowPages
from tracker.adapters.notion.rows import RowReader
from tracker.adapters.notion.schema import (
    column_of,
    encode_option,
    encode_options_with,
    find_option,
    list_option_columns,
    status_column,
)
from tracker.errors import (
    NoMoreRowsError,
    NotMadeError,
    Problem,
    RemoteError,
    TrackerError,
    UnreachableError,
)
from tracker.ports import Look, no_look
from tracker.roadmap.limits import MOST_OPTIONS
from tracker.roadmap.model import SkillId, Status
from tracker.sync.model import Create, PageId, Update
from tracker.sync.parts import show_part
from tracker.sync.records import Field, Value
from tracker.sync.row_page import RowPage
from tracker.sync.row_state import format_seen
from tracker.sync.target import DatabaseTarget

_ROUNDS = 3
"""Tries to create a row, and to extend a list of options."""
_TRIED = 2
"""Other rows to try before a right counts as missing altogether."""
_REJECTED = "change what the reason names, in the file or in its row, then tracker sync"
_RESTRICTED = (
    "in Notion open the row, then Share, and let the connection edit it; then tracker sync"
)

Pages = Mapping[SkillId, PageId]


class RowWriter:
    """Writes the rows of one data source; the calls for one row must not overlap.

    `related` are the relations of the rows as last read: a relation to a row that is no skill yet is
    kept when the prerequisites change, because a write replaces the whole list.
    """

    def __init__(
        self,
        gateway: Gateway,
        schema: Schema,
        target: DatabaseTarget,
        patience: Sequence[float],
        row_pages: RowPages,
    ) -> None:
        self.related: dict[PageId, frozenset[PageId]] = {}
        self._restored: set[PageId] = set()
        self._gateway = gateway
        self._schema = schema
        self._target = target
        self._patience = patience
        self._row_pages = row_pages
        self._lock = Lock()
        self._reader = RowReader(gateway, schema, target)
        self._rights = Lock()
        self._may_update = self._has_tried = False
        self._status_column = status_column(schema, target)
        columns = list_option_columns(schema, target)
        books = {which: OptionBook(column) for which, column in columns.items()}
        self._encoder = Encoder(schema, target, books)
        self._options = OptionMaker(gateway, target, books)

    def create(self, action: Create, pages: Pages, page: RowPage | None = None) -> PageId:
        """Make a row and return its page; after an ambiguous answer look it up, then repeat.

        Raises NotMadeError when it was refused at once, NoMoreRowsError when every row would be.
        """
        try:
            properties = self._properties(values_of(action), RowContext(pages))
        except RowError as error:
            raise NotMadeError(*error.problems) from None
        for attempt in range(_ROUNDS):
            try:
                return self._send_new(action, properties, pages, page)
            except AmbiguousError as error:
                found = self._find_made(action.skill_id, error.saved_id)
            except TrackerError as error:
                if attempt:
                    raise  # an earlier request may have made the row
                cause = None if isinstance(error, RowError) else error
                raise NotMadeError(*error.problems, cause=cause) from None
            if found is not None:
                return found
        raise RemoteError(
            Problem(
                code="ambiguous-answer",
                what=f'nobody can say whether the row of "{action.record.name}" was made',
                why=f"{self._gateway.host} answered {_ROUNDS} times without saying so",
                kept="the skill in the file is as it was",
                next="tracker sync    # looks it up first",
            )
        )

    def _send_new(
        self, action: Create, properties: Json, pages: Pages, page: RowPage | None
    ) -> PageId:
        """Send the request for a row; raise AmbiguousError unless its answer shows that row."""
        parent = {"type": "data_source_id", "data_source_id": self._target.data_source_id}
        body = {"parent": parent, "properties": properties}
        with self._row_errors(action.record.name), self._options.gate.shared():
            made = self._row_pages.create(body, page)
        page_id = normal_id(str(made["id"]))
        if page_id in pages.values() or not self._reader.is_row_of(made, action.skill_id):
            host, skill_id = self._gateway.host, action.skill_id
            what = f'{host} answered with another row than that of "{skill_id}"'
            raise AmbiguousError(Problem("ambiguous-answer", what, next="tracker sync"))
        return page_id

    def restore(self, page_id: PageId, look: Look = no_look) -> None:
        """Take a row out of the trash."""
        self._write(page_id, page_id, {"in_trash": False}, look)
        self._restored.add(page_id)

    def update(self, action: Update, pages: Pages, look: Look = no_look) -> None:
        """Set the changed fields of a row, after taking it out of the trash when asked."""
        # Notion refuses the edit of a page in the trash with 400, so that is a request of its own.
        if action.restore:
            self.restore(action.page_id or pages[action.skill_id])
        page_id = action.page_id or pages[action.skill_id]
        values = {change.field: change.after for change in action.changes}
        # Listed rows that it is related to and that belong to no skill stay related.
        related = self.related.get(page_id, frozenset()) & self.related.keys()
        context = RowContext(pages, related - set(pages.values()))
        properties = self._properties(values, context)
        history = self._schema.columns.get(self._target.history)
        if history is not None and action.seen:
            properties[history.key] = {"rich_text": encode_text(format_seen(action.seen))}
        if not properties:
            return

        def is_done() -> bool:
            # Notion may refuse for a while as if a restored row were still in the trash, although a
            # GET already shows that it is back.
            if page_id in self._restored:
                self._gateway.pause_turn(self._patience)
            return False

        with self._options.gate.shared():
            self._write(action.skill_id, page_id, {"properties": properties}, look, is_done)

    def trash(self, page_id: PageId, look: Look = no_look) -> None:
        """Move a row to the trash; one that is there already is fine."""
        # Not idempotent: Notion answers 400 for a page that is in the trash already.
        self._write(page_id, page_id, {"in_trash": True}, look, lambda: self._is_trashed(page_id))

    def _write(
        self,
        name: str,
        page_id: PageId,
        body: Json,
        look: Look,
        is_done: Callable[[], bool] = lambda: False,
    ) -> None:
        """Look at a row and patch it in one turn; `is_done` judges a refused patch."""

        def write() -> None:
            look()
            with self._row_errors(name, page_id):
                try:
                    self._patch(page_id, body)
                except RejectedError:
                    if not is_done():
                        raise

        self._gateway.in_one_turn(write)

    def _patch(self, page_id: PageId, body: Json) -> None:
        self._gateway.patch(f"pages/{page_id}", body)
        self._may_update = True

    def _is_trashed(self, page_id: str) -> bool:
        """Fetch whether a row is in the trash, by itself or with its database or page."""
        try:
            page = self._gateway.fetch(f"pages/{page_id}")
        except AnswerError:
            return False
        return bool(page.get("in_trash"))

    @contextmanager
    def _row_errors(self, name: str, page_id: PageId | None = None) -> Iterator[None]:
        """Turn a refusal of the server into what it means for one row.

        status   a new row                          a row that exists
        403      no row can be made                 no right to this row, or to any
        404      database gone, else not accepted   removed
        400      database gone, else not accepted   database gone, else removed if it is in the
                                                    trash, else not accepted
        """
        try:
            yield
        except (ForbiddenError, FullError) as error:
            if page_id is None:
                # A right that one new row lacks, the next one lacks, too.
                raise NoMoreRowsError(*error.problems) from None
            if not self._may_update_others(page_id):
                raise UnreachableError(*error.problems) from None
            why = error.problems[0].why
            raise RowError(f'the connection may not change "{name}"', why, _RESTRICTED) from None
        except AnswerError as error:
            why = error.problems[0].why
            is_missing = isinstance(error, DeniedError)
            is_gone = page_id is not None and (is_missing or self._is_trashed(page_id))
            if page_id is None or (is_gone and not is_missing):
                self._check_database(why)
            if is_gone:
                raise StaleRowError(f'"{name}" was removed there meanwhile', why) from None
            raise RowError(f'the row of "{name}" was not accepted', why, _REJECTED) from None

    def _check_database(self, why: str) -> None:
        """Raise UnreachableError when the database itself is gone: no row can be written."""
        try:
            found = self._gateway.fetch(f"data_sources/{self._target.data_source_id}")
        except DeniedError as error:
            raise UnreachableError(*error.problems) from None
        if found.get("in_trash"):
            what = "the database, or a page above it, is in the trash"
            advice = "restore it there, then tracker sync"
            kept = "this row is as it was"
            raise UnreachableError(
                Problem("database-trashed", what, why=why, kept=kept, next=advice)
            )

    def _may_update_others(self, page_id: PageId) -> bool:
        """Return whether the connection may update any row, so that only this one is restricted.

        Notion answers 403 in both cases and lists no rights anywhere ("Capabilities"): only a write
        tells. So other rows get an empty PATCH, until one is accepted.
        """
        with self._rights:
            others = [] if self._has_tried else [row for row in self.related if row != page_id]
            for other in others[:_TRIED]:
                if not self._may_update:
                    with suppress(AnswerError):
                        self._patch(other, {"properties": {}})
            self._has_tried = True
            return self._may_update

    def _find_made(self, skill_id: SkillId, saved_id: str | None) -> PageId | None:
        """Find the row that an ambiguous creation may have made."""
        if saved_id is not None:
            with suppress(AnswerError):
                page = self._gateway.fetch(f"pages/{saved_id}")
                if self._reader.is_row_of(page, skill_id):
                    return normal_id(str(page["id"]))
        rows = self._reader.fetch_by_id(skill_id, self._patience)
        return rows[0].page_id if rows else None

    def _encode_status(self, status: Status) -> Json:
        """Return the option to write; one that the learner deleted is made again.

        A row that names an unknown status is refused, unlike one with an unknown select option.
        """
        with self._lock:
            option = find_option(self._status_column, self._target.options, status)
            if option is None:
                self._status_column = self._options.make_status(status)
                option = find_option(self._status_column, self._target.options, status)
        if option is None:
            raise RowError(
                f"the status column has no option that means {status.value}",
                why="it was deleted there, and the server did not take it back",
                next="add it again as an option of the column",
            )
        return {"id": option.id} if option.id else {"name": option.name}

    def _properties(self, values: Mapping[Field, Value], context: RowContext) -> Json:
        parts = self._target.parts
        values = {which: show_part(parts, which, value) for which, value in values.items()}
        self._options.make_long(values)
        status = values.get(Field.STATUS)
        if status is not None and self._status_column.type != "checkbox":
            context = replace(context, status=self._encode_status(Status(str(status))))
        return self._encoder.encode(values, context)


class OptionMaker:
    """Creates options by updating the schema; rows are written inside `gate.shared()`.

    A list of options is always sent completely, because Notion deletes what it lacks, and with it
    the values of rows ("Update data source properties"). So the list is read first, and no row is
    written meanwhile: rows make options, too.
    """

    def __init__(
        self, gateway: Gateway, target: DatabaseTarget, books: Mapping[Field, OptionBook]
    ) -> None:
        self.gate = Gate()
        self._gateway = gateway
        self._target = target
        self._books = books

    def make_status(self, status: Status) -> Column:
        """Add the option of a status unless one means it already, and return the column."""

        def make(column: Column) -> list[Json] | None:
            is_there = find_option(column, self._target.options, status) is not None
            return None if is_there else encode_options_with(column, status)

        with self.gate.alone():
            return self._extend(Field.STATUS, make)

    def make_long(self, values: Mapping[Field, Value]) -> None:
        """Add options for the texts of a row that are too long for an option's name."""
        for which, book in self._books.items():
            value = values.get(which)
            texts = value if isinstance(value, frozenset) else {value} - {None, ""}
            if long := book.find_long(map(str, texts)):
                with self.gate.alone():
                    self._make_long(which, book, long)

    def _make_long(self, which: Field, book: OptionBook, texts: list[str]) -> None:
        for text in texts:
            check_sendable(text)

        def make(column: Column) -> list[Json] | None:
            book.learn(column)
            missing = book.find_long(texts)
            options: list[Json] = [{"id": option.id} for option in column.options]
            options += [
                encode_option(which, number, text, make_option_name(text))
                for number, text in enumerate(missing, start=len(options))
            ]
            if len(options) > MOST_OPTIONS:
                raise RowError(
                    f'"{texts[0][:40]}…" is too long for an option of "{column.name}"',
                    why=f"its text needs an option made for it, and {MOST_OPTIONS} are the most",
                    next="shorten it",
                )
            return options if missing else None

        book.learn(self._extend(which, make))

    def _extend(self, which: Field, make: Callable[[Column], list[Json] | None]) -> Column:
        """Send the list that `make` returns for the present options; return the column.

        Another machine may send its list at the same moment, and each list deletes what it lacks. So
        the answer must show all that was read and sent, or the list is made again from what is there.
        """
        for _ in range(_ROUNDS):
            schema = fetch_schema(self._gateway, self._target.data_source_id)
            column = column_of(schema, self._target, which)
            options = make(column)
            if options is None:
                break
            kept = {option.id for option in column.options}
            column = self._send(which, column, options)
            if kept <= {option.id for option in column.options} and make(column) is None:
                break
        return column

    def _send(self, which: Field, column: Column, options: list[Json]) -> Column:
        path = f"data_sources/{self._target.data_source_id}"
        config: Json = {column.type: {"options": options}}
        if column.description:
            # Sent without its description, a column loses it ("Update data source properties").
            config["description"] = column.description
        body = {"properties": {column.key: config}}
        try:
            answer = self._gateway.patch(path, body)
        except RejectedError as error:
            raise RowError(
                f'"{column.name}" does not take another option', error.problems[0].why
            ) from None
        return column_of(decode_schema(answer), self._target, which)
