"""Reads the rows of one data source: all of them, single ones, and what became of missing ones.

Reads only. A listing is index-backed and lags behind writes, a GET by id does not (measured). So
absence from a listing proves nothing: each missing row is fetched by its id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from tracker.adapters.notion.codec import Layout, decode_row, is_partial, properties_by_id
from tracker.adapters.notion.columns import Schema
from tracker.adapters.notion.databases import trashed
from tracker.adapters.notion.errors import AnswerError, AstrayError, HeldError, RejectedError
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, get_object, normal_id
from tracker.adapters.notion.listing import (
    CutOffError,
    Keys,
    fetch_changes,
    fetch_list,
    fetch_matches,
    fetch_pages,
    incomplete,
    is_young,
)
from tracker.adapters.notion.options import decode_option, long_texts
from tracker.adapters.notion.rich_text import decode_text
from tracker.adapters.notion.schema import (
    bound_statuses,
    column_of,
    find_back,
    list_option_columns,
    status_column,
)
from tracker.local_ports import NO_RECORDS
from tracker.ports import NO_READS
from tracker.roadmap.model import INBOX, SkillId
from tracker.sync.model import Absence, MissingRow, PageId, RemoteObservation, RemoteRow, Seen
from tracker.sync.records import Field, Record
from tracker.sync.row_state import digest_row, is_behind, share_values
from tracker.sync.snapshot import MergedRows
from tracker.sync.target import DatabaseTarget

_WORKERS = 10
"""GETs at once: a request takes about a second, and 600 a minute are the most that Notion allows."""
_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")
_TELLING_FIELDS = (Field.NAME, Field.ID, Field.GOAL, Field.NOTES)
"""Texts that tell rows apart, beside their number."""
_CUT_OFF_FIELDS = (Field.NAME, Field.GOAL, Field.NOTES, Field.RESOURCES, Field.REQUIRES)
"""Fields of which a page shows only 25 references; the others have none."""
_HIDDEN = ("in_trash", "archived", "is_archived")
"""Marks of pages that count as not listed; each version of the API has some of them."""


class RowReader:
    """Reads the rows of a bound data source."""

    def __init__(self, gateway: Gateway, schema: Schema, target: DatabaseTarget) -> None:
        self._gateway = gateway
        self._schema = schema
        self._target = target
        self._option_columns = list_option_columns(schema, target)
        columns = self._option_columns.values()
        texts = {name: text for column in columns for name, text in long_texts(column).items()}
        back = find_back(schema, target)
        self._layout = Layout(target, status_column(schema, target), texts, target.parts, back)

    def fetch_rows(
        self,
        bound: Mapping[PageId, Seen],
        *,
        classify: int,
        direct_reads: Mapping[PageId, str] = NO_READS,
        records: Mapping[SkillId, Record] = NO_RECORDS,
    ) -> RemoteObservation:
        """Read everything; classify at most `classify` of the bound rows that were not listed.

        Rows that the listing shows older than their remembered history are read again, and so are
        those of which a GET said something else than the listing does. Equal values of `records` are shared.
        """
        listed: list[RemoteRow] = []
        for pages in fetch_pages(self._gateway, self._schema.data_source_id, self._keys()):
            # Decoded answer by answer: all rows at once as JSON would take a hundred times more memory.
            self._check_ours(pages)
            rows = self._decode_all([page for page in pages if not _is_hidden(page)])
            listed += share_values(rows, records)
        # Some servers list nothing, and answer no error, for a database in the trash.
        if not listed and bound:
            self._check_not_trashed()
        doubtful = _find_doubtful(listed, bound, classify, direct_reads)
        return self._examine(listed, doubtful, bound, classify)

    def fetch_changed(self, since: datetime) -> tuple[RemoteRow, ...] | None:
        """Read the rows edited in a minute or after it; None where the server does not show them all."""
        changed: dict[PageId, RemoteRow] = {}
        try:
            for pages in fetch_changes(self._gateway, self._schema.data_source_id, since):
                self._check_ours(pages)
                if any(map(_is_hidden, pages)):
                    return None
                # Whoever relates rows at the other end edits no other row: all of them must be known.
                rows = self._decode_all(pages, self._layout.back)
                changed |= {row.page_id: row for row in rows}
        except (RejectedError, CutOffError):
            return None
        return tuple(changed.values())

    def check_rows(
        self, merged: MergedRows, bound: Mapping[PageId, Seen], classify: int
    ) -> RemoteObservation:
        """Read again what is doubtful in an incremental read, as `fetch_rows` does in a listing."""
        behind = _find_doubtful(merged.rows, bound, classify, NO_READS)
        doubtful = list(dict.fromkeys([*behind, *sorted(merged.ends)]))
        return self._examine(merged.rows, doubtful, bound, classify)

    @property
    def facts(self) -> frozenset[str]:
        """What the values of rows rest on: the columns that are read, and each option."""
        target = self._target
        columns = [target.properties, target.types, target.options, target.history]
        options = [
            [column.id, option.id, option.name, option.description]
            for column in (*self._option_columns.values(), self._layout.status)
            for option in column.options
        ]
        facts = [[*columns, self._layout.back], *options]
        return frozenset(json.dumps(fact, sort_keys=True) for fact in facts)

    def _examine(
        self,
        listed: Sequence[RemoteRow],
        doubtful: Sequence[PageId],
        bound: Mapping[PageId, Seen],
        classify: int,
    ) -> RemoteObservation:
        """Fetch doubtful rows by their ids, and those that were not listed; return what is known then."""
        shown = {row.page_id: row for row in listed}
        absent = sorted(set(bound) - shown.keys())
        found = self._look(doubtful) | self._look_for_absent(absent, classify)
        # A relation may be gone because the row at its other end is: the listing is old there, too.
        found |= self._look(sorted(_find_unrelated(shown, found) - found.keys()))
        looked = [found.get(row.page_id, row) for row in listed]
        looked += [row for page_id, row in found.items() if page_id not in shown]
        rows = tuple(row for row in looked if isinstance(row, RemoteRow))
        newest = max((row.created_at for row in rows), default="")
        return RemoteObservation(
            rows=rows,
            missing=(
                *(row for row in looked if isinstance(row, MissingRow) and row.page_id in bound),
                *(MissingRow(unseen, Absence.UNSEEN) for unseen in absent if unseen not in found),
            ),
            options=self.list_options(rows),
            is_young=is_young((newest, *self._schema.times), self._gateway.date),
            parts=self._layout.parts,
            direct_reads={
                page_id: digest_row(row)
                for page_id, row in found.items()
                if _is_news(shown.get(page_id), row)
            },
        )

    def fetch_row(self, page_id: PageId) -> RemoteRow | MissingRow:
        """Read one row as it is now; only a row in the trash is certainly gone."""
        try:
            page = self._gateway.fetch(f"pages/{page_id}")
        except (AnswerError, AstrayError):
            # 404 is gone or not shared, and Notion does not say which ("Status codes").
            return MissingRow(page_id, Absence.UNSEEN)
        if not isinstance(page.get("in_trash"), bool | None):
            return MissingRow(page_id, Absence.UNSEEN)
        # A row moved to another database keeps its id and vanishes from the listing.
        if not self.is_ours(page):
            return MissingRow(page_id, Absence.MOVED)
        if page.get("in_trash"):
            return MissingRow(page_id, Absence.TRASHED, self._decode(page))
        # Archived since 2026: not in the trash, and not listed either.
        if page.get("is_archived"):
            return MissingRow(page_id, Absence.ARCHIVED)
        return self._decode(page)

    def _look(self, page_ids: Sequence[PageId]) -> dict[PageId, RemoteRow | MissingRow]:
        return dict(zip(page_ids, _map(self.fetch_row, page_ids), strict=True))

    def fetch_by_id(self, skill_id: SkillId, patience: Sequence[float]) -> tuple[RemoteRow, ...]:
        """Look up rows by Tracker ID, again after each wait; the index lags behind writes."""
        for seconds in patience:
            if seconds:
                why = f"nobody knows yet whether the row of {skill_id} was made, and rows are listed late"
                self._gateway.wait(seconds, why)
            pages = self._fetch_matches(skill_id)
            rows = [self._decode(page) for page in pages if not page.get("in_trash")]
            exact = [row for row in rows if row.tracker_id == skill_id]
            if exact:
                return tuple(sorted(exact, key=lambda row: (row.created_at, row.page_id)))
        return ()

    def _fetch_matches(self, skill_id: SkillId) -> list[Json]:
        column = column_of(self._schema, self._target, Field.ID)
        source_id = self._schema.data_source_id
        wanted = {"rich_text": {"equals": skill_id}}
        try:
            return fetch_matches(self._gateway, source_id, {"property": column.key, **wanted})
        except RejectedError:
            # Not every server takes a property id in a filter.
            return fetch_matches(self._gateway, source_id, {"property": column.name, **wanted})

    def _keys(self) -> tuple[Keys, Keys]:
        """Return the columns that split many rows of one minute, by their ids and by their names."""
        # Before its adoption a database has no column of the numbers.
        order = self._schema.columns.get(self._target.properties.get(Field.ORDER, ""))
        texts = [
            column_of(self._schema, self._target, which)
            for which in _TELLING_FIELDS
            if which in self._target.properties
        ]
        return (
            Keys(
                order.key if order else None, tuple((column.key, column.type) for column in texts)
            ),
            Keys(
                order.name if order else None, tuple((column.name, column.type) for column in texts)
            ),
        )

    def is_row_of(self, page: Json, skill_id: SkillId) -> bool:
        """Return whether a page is a row of this data source and of this skill."""
        key = properties_by_id(page).get(self._target.properties[Field.ID], {})
        try:
            text = decode_text(key.get("rich_text") or ())
        except (AttributeError, LookupError, TypeError, HeldError):
            return False
        return text == skill_id and self.is_ours(page)

    def is_ours(self, page: Json) -> bool:
        """Return whether a page is a row of this data source."""
        parent = get_object(page, "parent")
        if parent.get("data_source_id"):
            return normal_id(str(parent["data_source_id"])) == self._schema.data_source_id
        return normal_id(str(parent.get("database_id") or "")) == self._target.database_id != ""

    def _check_ours(self, pages: Sequence[Json]) -> None:
        """Raise RemoteError for a listing that shows rows of another data source."""
        for page in pages:
            source_id = get_object(page, "parent").get("data_source_id")
            if source_id and normal_id(str(source_id)) != self._schema.data_source_id:
                raise incomplete("it shows rows of another database")

    def _look_for_absent(
        self, absent: Sequence[PageId], most: int
    ) -> dict[PageId, RemoteRow | MissingRow]:
        """Fetch rows that were not listed, until so many are really missing.

        Rows made a moment ago are often not listed yet, however many: those do not count.
        """
        found: dict[PageId, RemoteRow | MissingRow] = {}
        left = most
        while left > 0 and len(found) < len(absent):
            batch = absent[len(found) : len(found) + left]
            found |= self._look(batch)
            left = most - sum(isinstance(row, MissingRow) for row in found.values())
        return found

    def _decode_all(self, pages: Sequence[Json], *more: str) -> list[RemoteRow]:
        """Decode pages with all references of the bound columns, and of `more` columns by their ids."""
        found = [(page, properties_by_id(page)) for page in pages]
        partial = [(page, self._partial(properties, more)) for page, properties in found]
        _map(self._complete, [(page, cut) for page, cut in partial if cut])
        return [decode_row(page, properties, self._layout) for page, properties in found]

    def _decode(self, page: Json) -> RemoteRow:
        return self._decode_all([page])[0]

    def _partial(self, properties: Mapping[str, Json], more: Sequence[str]) -> list[Json]:
        """Return the properties, bound ones or `more`, of which a row shows only a part."""
        if self._target.properties.get(Field.ID, "title") not in properties:
            raise incomplete("a row does not show its Tracker ID column")
        bound = (self._target.properties.get(which, "") for which in _CUT_OFF_FIELDS)
        wanted = (properties.get(column_id) for column_id in (*bound, *more))
        return [found for found in wanted if found is not None and is_partial(found)]

    def _complete(self, found: tuple[Json, list[Json]]) -> None:
        """Replace the first references of a row's properties by all of them."""
        page, properties = found
        for cut in properties:
            kind = str(cut["type"])
            # The id is used as the server spells it: encoded twice it would be another one.
            items = fetch_list(self._gateway, f"pages/{page['id']}/properties/{cut['id']}")
            # An item of another kind leaves None in the list, so that the field is held.
            cut[kind] = [item.get(kind) for item in items]
            cut["has_more"] = False

    def _check_not_trashed(self) -> None:
        """Raise RefusedError when an empty listing means that the database is in the trash."""
        source_id, database_id = self._schema.data_source_id, self._target.database_id
        paths = [f"data_sources/{source_id}"] + [f"databases/{database_id}"] * bool(database_id)
        for path in paths:
            if self._gateway.fetch(path).get("in_trash"):
                raise trashed(self._schema.title)

    def list_options(self, rows: Sequence[RemoteRow] = ()) -> dict[Field, frozenset[str]]:
        """Return the options of the schema, and those that rows show already."""
        options: dict[Field, frozenset[str]] = {}
        for which, column in self._option_columns.items():
            texts = set()
            for option in column.options:
                with suppress(HeldError):  # a shortened name whose description was changed
                    texts.add(decode_option(option.name, self._layout.texts) or "")
            for row in rows:
                value = row.record.get(which)
                texts |= value if isinstance(value, frozenset) else {str(value or "")}
            options[which] = frozenset(texts - {""})
        if self._layout.status.options:
            options[Field.STATUS] = bound_statuses(self._layout.status, self._target.options)
        if Field.SECTION in options and Field.SECTION in self._layout.parts:
            options[Field.SECTION] |= {INBOX}
        gone = self._target.gone
        return {which: texts - gone.get(which, frozenset()) for which, texts in options.items()}


def _is_hidden(page: Json) -> bool:
    return any(page.get(mark) for mark in _HIDDEN)


def _find_doubtful(
    listed: Sequence[RemoteRow],
    bound: Mapping[PageId, Seen],
    most: int,
    direct_reads: Mapping[PageId, str],
) -> list[PageId]:
    """Return the rows to fetch by id: the listing may show them as they were a while ago.

    So may a row that has an id and is not bound: it may just have been moved to the trash. Where
    nothing is bound nothing is remembered, and every row would be such a one.
    """
    behind = [
        row.page_id
        for row in listed
        if is_behind(bound.get(row.page_id, {}), row.seen)
        or (row.page_id in direct_reads and digest_row(row) != direct_reads[row.page_id])
    ]
    unbound = [row.page_id for row in listed if row.tracker_id and row.page_id not in bound]
    return list(dict.fromkeys([*behind, *unbound[:most] * bool(bound)]))


def _find_unrelated(
    shown: Mapping[PageId, RemoteRow], found: Mapping[PageId, RemoteRow | MissingRow]
) -> set[PageId]:
    """Return the listed rows to which other rows were related, but no longer are."""
    return {
        other
        for page_id, row in found.items()
        if isinstance(row, RemoteRow) and page_id in shown
        for other in shown[page_id].requires - row.requires
        if other in shown
    }


def _is_news(listed: RemoteRow | None, found: RemoteRow | MissingRow) -> bool:
    """Return whether a GET said something else than the listing, which then is outdated."""
    if listed is None:
        return isinstance(found, RemoteRow)
    return digest_row(listed) != digest_row(found)


def _map(function: Callable[[_Item], _Answer], items: Sequence[_Item]) -> list[_Answer]:
    """Apply a function that fetches, on several threads where there is more than one item."""
    if len(items) <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        return list(pool.map(function, items))
