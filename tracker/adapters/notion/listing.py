"""Complete listings: every page of a query, or an exception; never a part taken for the whole.

Reads only. Knows pages as JSON, not what their properties mean. A query shows at most 10,000 rows
("Query a data source"), so more are read in windows of their creation time. A minute that holds too
many is split by the number of each row, then by the letters of its texts: each part is a query of
its own, and the parts cover the minute whatever the values are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tracker.adapters.notion.errors import RejectedError, unwritten
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, get_object, normal_id
from tracker.errors import RemoteError

PAGE_SIZE = 100
"""Entries of one answer: the most that Notion gives."""
MOST_ROWS = 250_000
"""Rows that a database of Notion can have (help centre, October 2026)."""
MOST_LISTED = 25_000
"""Blocks of a page, or references of a property, beyond which an answer is not believed."""
MOST_BARREN = 3
"""Answers in a row that show nothing new; one may be short or empty, but an end must come."""
LAG = timedelta(seconds=75)
"""How long a listing may lag behind writes: Notion's guide speaks of 10 to 60 seconds; some more."""
_ROUNDED = timedelta(minutes=1)
"""Times of rows and data sources are cut to the minute (measured: all of 2,562 ended in `:00.000Z`)."""
_LIMIT_REACHED = "query_result_limit_reached"
_MOST_CONDITIONS = 40

Rows = Generator[list[Json], None, bool]
"""Yields rows answer by answer; returns whether the query was cut off at its limit."""
Query = Callable[[Sequence[Json], Json], Rows]
"""Takes the conditions that a row has to meet, all of them, and what to sort by."""

BY_TIME: Json = {"timestamp": "created_time", "direction": "ascending"}
"""By a key that never changes: sorted by the last edit, rows edited meanwhile would be skipped."""


class CutOffError(Exception):
    """A query ended at its limit, and there is more."""


class InseparableError(Exception):
    """More rows than a query shows are alike in everything that can tell them apart."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Ids or names of columns that tell rows apart: of a number, and of texts with their types."""

    number: str | None
    texts: tuple[tuple[str, str], ...]


def fetch_pages(
    gateway: Gateway, data_source_id: str, keys: Sequence[Keys] = ()
) -> Iterator[list[Json]]:
    """Query all rows of a data source, oldest first, each once; yield them answer by answer.

    `keys` are spellings of the same columns, by which a minute with too many rows is split; the
    first that the server accepts counts. Raises RemoteError when the listing is incomplete in any
    way, so what was yielded counts only after the last answer.
    """
    seen: set[str] = set()
    query = partial(_query, gateway, data_source_id)
    for rows in _read_windows(query, keys):
        fresh = {key: row for row in rows if (key := normal_id(str(row["id"]))) not in seen}
        seen.update(fresh)
        if len(seen) > MOST_ROWS:
            raise incomplete(f"it shows more than the {MOST_ROWS:,} rows that a database can have")
        yield list(fresh.values())


def fetch_matches(gateway: Gateway, data_source_id: str, condition: Json) -> list[Json]:
    """Query the rows that meet a condition, oldest first, each once."""
    answered = _query(gateway, data_source_id, [condition], BY_TIME)
    return list({normal_id(str(row["id"])): row for rows in answered for row in rows}.values())


def fetch_changes(gateway: Gateway, data_source_id: str, since: datetime) -> Iterator[list[Json]]:
    """Query the rows last edited in a minute or after it, answer by answer; some come twice.

    Raises RejectedError where the server does not take the question, CutOffError where it does not
    show all of them, RemoteError when the listing is incomplete in another way.
    """
    minute = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")
    # Never "after": an edit later in a minute leaves the time as it is (measured).
    edited = {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": minute}}
    if (yield from _query(gateway, data_source_id, [edited], BY_TIME)):
        raise CutOffError


def fetch_list(gateway: Gateway, path: str, query: Json | None = None) -> list[Json]:
    """Fetch all results of a paginated GET."""
    results: list[Json] = []
    for answer in _follow(query or {}, partial(gateway.fetch, path)):
        results += _results(answer)
        if len(results) > MOST_LISTED:
            raise incomplete(f"a list goes on after {MOST_LISTED:,} entries")
    return results


def incomplete(why: str, advice: str = "run the command again later") -> RemoteError:
    """Return the exception that says why a listing cannot be believed."""
    what = "the listing of the rows is incomplete"
    return RemoteError(unwritten("incomplete-listing", what, why, advice))


def is_young(times: Iterable[str], now: datetime | None) -> bool:
    """Return whether rows made at or after the newest of some times may not be listed yet.

    All times are the server's, because the clock of this machine may be wrong. Without the server's
    time everything may be young.
    """
    found = [moment for text in times if (moment := _parse_time(text)) is not None]
    if now is None or not found:
        return now is None
    return now - max(found) < LAG + _ROUNDED


def _parse_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _read_windows(query: Query, keys: Sequence[Keys]) -> Iterator[list[Json]]:
    """Yield all rows, some more than once, in windows of the time at which they were made."""
    window: list[Json] = []
    while True:
        times: set[str] = set()

        def note(row: Json, times: set[str] = times) -> None:
            times.add(str(row.get("created_time") or ""))

        is_cut = yield from _watch(query(window, BY_TIME), note)
        if not is_cut:
            return
        latest = max(times, default="")
        if not latest:
            raise incomplete("the query was cut off, and its rows do not say when they were made")
        if len(times) > 1:
            # Some rows of the last minute may be missing: it is read again, and what follows.
            window = [_made(on_or_after=latest)]
            continue
        yield from _read_full_minute(query, latest, keys)
        window = [_made(after=latest)]


def _read_full_minute(query: Query, minute: str, keys: Sequence[Keys]) -> Iterator[list[Json]]:
    for spelling in keys:
        try:
            yield from read_minute(query, minute, spelling)
        except RejectedError:
            continue  # not every server takes a property id in a filter; the next are names
        except InseparableError:
            break
        return
    raise incomplete(
        f"at {minute} more rows were made than one query shows, too much alike to be told apart",
        advice="give them different names, or move those that nobody needs to the trash",
    )


def read_minute(query: Query, minute: str, keys: Keys) -> Iterator[list[Json]]:
    """Yield all rows made in one minute, some of them more than once.

    Raises InseparableError when even the parts hold more rows than a query shows.
    """
    within = [_made(on_or_after=minute), _made(on_or_before=minute)]
    if keys.number is None:
        yield from _read_by_text(query, within, keys)
        return
    yield from _read_numbered(query, within, keys, keys.number)
    yield from _read_by_text(query, [*within, _is(keys.number, "number", is_empty=True)], keys)


def _read_numbered(
    query: Query, within: Sequence[Json], keys: Keys, number: str
) -> Iterator[list[Json]]:
    """Yield the rows that have a number, in windows of it."""
    upwards: Json = {"property": number, "direction": "ascending"}
    start = _is(number, "number", is_not_empty=True)
    while True:
        part = _Part(keys)
        is_cut = yield from _watch(query([*within, start], upwards), part.note)
        if not is_cut:
            return
        if not part.numbers:
            raise InseparableError
        highest = max(part.numbers)
        if min(part.numbers) < highest:
            # Rows below the highest number were all shown; rows with that number may be missing.
            start = _is(number, "number", greater_than_or_equal_to=highest)
            continue
        yield from _read_by_text(query, [*within, _is(number, "number", equals=highest)], keys)
        start = _is(number, "number", greater_than=highest)


def _read_by_text(
    query: Query, within: Sequence[Json], keys: Keys, used: Sequence[tuple[str, str]] = ()
) -> Iterator[list[Json]]:
    """Yield the rows that meet some conditions; split them by a letter where they are too many."""
    part = _Part(keys)
    is_cut = yield from _watch(query(within, BY_TIME), part.note)
    if not is_cut:
        return
    split = part.find_split(used)
    for key, _ in keys.texts:
        # The oldest rows may be alike where the others are not: look at the other end as well.
        if split is None:
            other_end: Json = {"property": key, "direction": "descending"}
            yield from _watch(query(within, other_end), part.note)
            split = part.find_split(used)
    if split is None or len(within) > _MOST_CONDITIONS:
        raise InseparableError
    key, kind, letter = split
    used = [*used, (key, letter)]
    yield from _read_by_text(query, [*within, _is(key, kind, contains=letter)], keys, used)
    # Servers differ in whether a row without any text lacks a letter: it has a query of its own.
    lacking = [_is(key, kind, is_not_empty=True), _is(key, kind, does_not_contain=letter)]
    yield from _read_by_text(query, [*within, *lacking], keys, used)
    yield from _read_by_text(query, [*within, _is(key, kind, is_empty=True)], keys, used)


@dataclass(slots=True)
class _Part:
    """What one query showed of the values by which its rows may have to be split."""

    keys: Keys
    numbers: set[float] = field(default_factory=set)
    letters: dict[str, Counter[str]] = field(default_factory=dict)
    count: int = 0

    def note(self, row: Json) -> None:
        """Note the number of a row, and the letters of its texts."""
        named = get_object(row, "properties")
        found = {name: value for name, value in named.items() if isinstance(value, dict)}
        found |= {str(value.get("id")): value for value in found.values()}
        self.count += 1
        number = found.get(self.keys.number or "", {}).get("number")
        if isinstance(number, int | float):
            self.numbers.add(number)
        for key, kind in self.keys.texts:
            items = found.get(key, {}).get(kind)
            items = items if isinstance(items, list) else []
            text = "".join(
                str(item.get("plain_text", "")) for item in items if isinstance(item, dict)
            )
            self.letters.setdefault(key, Counter()).update(set(text.casefold()))

    def find_split(self, used: Sequence[tuple[str, str]]) -> tuple[str, str, str] | None:
        """Return the column, its type and the letter that split the rows most evenly."""
        best: tuple[int, tuple[str, str, str] | None] = (0, None)
        for key, kind in self.keys.texts:
            for letter, times in sorted(self.letters.get(key, Counter()).items()):
                size = min(times, self.count - times)
                # Servers fold letters in ways of their own, so a letter splits a column once.
                if size > best[0] and letter.isalnum() and (key, letter) not in used:
                    best = (size, (key, kind, letter))
        return best[1]


def _watch(rows: Rows, note: Callable[[Json], None]) -> Rows:
    """Pass the answers of a query on, and note each of its rows."""
    while True:
        try:
            answered = next(rows)
        except StopIteration as end:
            return bool(end.value)
        for row in answered:
            note(row)
        yield answered


def _made(**test: str) -> Json:
    return {"timestamp": "created_time", "created_time": test}


def _is(key: str, kind: str, **test: Any) -> Json:
    return {"property": key, kind: test}


def _query(gateway: Gateway, data_source_id: str, conditions: Sequence[Json], sort: Json) -> Rows:
    """Yield the rows of one query; return whether it was cut off at its limit."""
    request: Json = {"sorts": [sort]}
    if conditions:
        request["filter"] = conditions[0] if len(conditions) == 1 else {"and": list(conditions)}
    path = f"data_sources/{data_source_id}/query"
    is_cut = False
    for answer in _follow(request, partial(gateway.query, path)):
        is_cut |= _check_complete(answer)
        # The query of a wiki lists data sources among the rows.
        yield [row for row in _results(answer) if row.get("object") == "page" and row.get("id")]
    return is_cut


def _follow(request: Json, send: Callable[[Json], Json]) -> Iterator[Json]:
    """Yield the answers of a paginated request until one says that there is no more.

    An answer may hold fewer entries than asked for, or none, and have more behind it ("Pagination").
    """
    sent = {"page_size": PAGE_SIZE, **request}
    used: set[str] = set()
    shown: set[str | int] = set()
    barren = 0
    while True:
        answer = send(sent)
        marks = {_mark(entry) for entry in _results(answer)}
        barren = 0 if marks - shown else barren + 1
        shown |= marks
        yield answer
        has_more = answer.get("has_more")
        if not isinstance(has_more, bool):
            raise incomplete("an answer does not say whether there is more")
        if not has_more:
            return
        if barren >= MOST_BARREN:
            raise incomplete("the server says again and again that there is more, and shows none")
        cursor = answer.get("next_cursor")
        if not isinstance(cursor, str) or not cursor or cursor in used:
            raise incomplete("the server says there is more, but not where")
        used.add(cursor)
        sent = {**sent, "start_cursor": cursor}


def _mark(entry: Json) -> str | int:
    """Return what tells an entry of a list from the others: its id, or a hash of its content."""
    if entry.get("object") in ("page", "block"):
        return str(entry.get("id"))
    return hash(json.dumps(entry, sort_keys=True, default=str))


def _results(answer: Json) -> list[Json]:
    results = answer.get("results")
    if not isinstance(results, list):
        raise incomplete("an answer has no results")
    if not all(isinstance(entry, dict) for entry in results):
        # Skipped, it would be a missing part of a value, or a database that is made once more.
        raise incomplete("an answer lists something that cannot be read")
    return results


def _check_complete(answer: Json) -> bool:
    """Return whether the query was cut off at its limit; raise for any other gap."""
    status = answer.get("request_status")
    if status is None or (isinstance(status, dict) and status.get("type") in (None, "complete")):
        return False
    if not isinstance(status, dict):
        raise incomplete("an answer does not say whether it is complete")
    if status.get("incomplete_reason") == _LIMIT_REACHED:
        return True
    raise incomplete(f"the server says: {status.get('incomplete_reason') or status.get('type')}")
