"""Makes options that rows cannot make by naming them: of a status, and with long texts.

A list of options is always sent completely, because the server deletes what it leaves out. So it
is read first, and no row is written meanwhile: rows make options too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracker.adapters.notion.discovery import fetch_schema
from tracker.adapters.notion.errors import RejectedError, RowError
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json
from tracker.adapters.notion.options import OptionBook
from tracker.adapters.notion.pacer import Gate
from tracker.adapters.notion.retry import Operation
from tracker.adapters.notion.rich_text import check_sendable, shorten_name
from tracker.adapters.notion.schema import (
    Column,
    column_of,
    decode_schema,
    encode_option,
    encode_options_with,
    find_option,
)
from tracker.ports import Target
from tracker.roadmap.limits import MOST_OPTIONS
from tracker.roadmap.model import Status
from tracker.sync.snapshot import Field, Value

_ROUNDS = 3


class OptionMaker:
    """Makes options of one data source; rows are written inside `gate.shared()`."""

    def __init__(self, gateway: Gateway, target: Target, books: Mapping[Field, OptionBook]) -> None:
        self.gate = Gate()
        self._gateway = gateway
        self._target = target
        self._books = books

    def make_status(self, status: Status) -> Column:
        """Add the option of a status where nothing means it, and return the column."""

        def make(column: Column) -> list[Json] | None:
            is_there = find_option(column, self._target.options, status) is not None
            return None if is_there else encode_options_with(column, status)

        with self.gate.alone():
            return self._extend(Field.STATUS, make)

    def make_long(self, values: Mapping[Field, Value]) -> None:
        """Add options for the texts among some values that are too long for a name."""
        for which, book in self._books.items():
            if long := book.find_long(_texts(values.get(which))):
                with self.gate.alone():
                    self._make_long(which, book, long)

    def _make_long(self, which: Field, book: OptionBook, texts: list[str]) -> None:
        for text in texts:
            check_sendable(text)

        def make(column: Column) -> list[Json] | None:
            book.learn(column)
            missing = book.find_long(texts)
            options: list[Json] = [{"id": option.id} for option in column.options]
            options += [encode_option(text, shorten_name(text)) for text in missing]
            if len(options) > MOST_OPTIONS:
                raise RowError(
                    f'"{texts[0][:40]}…" is too long for an option of "{column.name}"',
                    why=f"its text needs an option made for it, and {MOST_OPTIONS} are the most",
                    next="shorten it",
                )
            return options if missing else None

        book.learn(self._extend(which, make))

    def _extend(self, which: Field, make: Callable[[Column], list[Json] | None]) -> Column:
        """Send what `make` makes of the options as they are now; return the column.

        Another machine may send its list at the same moment, and each list deletes what it lacks. So
        the answer has to show all that was read and sent; else the list is made anew of what is there.
        """
        for _ in range(_ROUNDS):
            column = self._fetch(which)
            options = make(column)
            if options is None:
                break
            kept = {option.id for option in column.options}
            column = self._send(which, column, options)
            if kept <= {option.id for option in column.options} and make(column) is None:
                break
        return column

    def _fetch(self, which: Field) -> Column:
        schema = fetch_schema(self._gateway, self._target.data_source_id)
        return column_of(schema, self._target, which)

    def _send(self, which: Field, column: Column, options: list[Json]) -> Column:
        path = f"data_sources/{self._target.data_source_id}"
        config: Json = {column.type: {"options": options}}
        if column.description:
            # Notion clears the description of a column whose options are sent without it.
            config["description"] = column.description
        body = {"properties": {column.key: config}}
        try:
            answer = self._gateway.send(Operation.PATCH, "PATCH", path, body=body)
        except RejectedError as error:
            raise RowError(
                f'"{column.name}" does not take another option', error.problems[0].why
            ) from None
        return column_of(decode_schema(answer), self._target, which)


def _texts(value: Value) -> frozenset[str]:
    if isinstance(value, frozenset):
        return value
    return frozenset({value}) if isinstance(value, str) else frozenset()
