"""Reads the rows of one minute when they are more than one query shows.

A query shows at most 10,000 rows, and creation times are cut to the minute. So the minute is parted
by what is in the rows: by the number of each row, then by the letters of its texts. Every part is a
query of its own, and the parts cover the minute whatever the values are. Knows no server: a query is
any function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracker.adapters.notion.ids import Json

Rows = Generator[list[Json], None, bool]
"""Yields rows answer by answer; returns whether the query was cut off at its limit."""
Query = Callable[[Sequence[Json], Json], Rows]
"""Takes the conditions that a row has to meet, all of them, and what to sort by."""

BY_TIME: Json = {"timestamp": "created_time", "direction": "ascending"}
_MOST_CONDITIONS = 40


def watch(rows: Rows, note: Callable[[Json], None]) -> Rows:
    """Pass the answers of a query on, and note each of its rows."""
    while True:
        try:
            answered = next(rows)
        except StopIteration as end:
            return bool(end.value)
        for row in answered:
            note(row)
        yield answered


class InseparableError(Exception):
    """More rows than a query shows are alike in everything that can tell them apart."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Ids or names of columns that tell rows apart: of a number, and of texts with their types."""

    number: str
    texts: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Part:
    """One query: what it showed of the rows by which it may have to be parted."""

    keys: Keys
    numbers: set[float] = field(default_factory=set)
    letters: dict[str, Counter[str]] = field(default_factory=dict)
    count: int = 0

    def note(self, row: Json) -> None:
        """Note the number of a row, and the letters of its texts."""
        found = _properties(row)
        self.count += 1
        number = found.get(self.keys.number, {}).get("number")
        if isinstance(number, int | float):
            self.numbers.add(number)
        for key, kind in self.keys.texts:
            text = _plain(found.get(key, {}).get(kind))
            self.letters.setdefault(key, Counter()).update(set(text.casefold()))

    def find_parting(self, used: Sequence[tuple[str, str]]) -> tuple[str, str, str] | None:
        """Return the column, its type and the letter that part the rows most evenly."""
        best: tuple[int, tuple[str, str, str] | None] = (0, None)
        for key, kind in self.keys.texts:
            for letter, times in sorted(self.letters.get(key, Counter()).items()):
                size = min(times, self.count - times)
                # Servers fold letters in ways of their own, so a letter parts a column once.
                if size > best[0] and letter.isalnum() and (key, letter) not in used:
                    best = (size, (key, kind, letter))
        return best[1]


def read_minute(query: Query, minute: str, keys: Keys) -> Iterator[list[Json]]:
    """Yield all rows made in one minute, some of them more than once.

    Raises InseparableError when even the parts hold more rows than a query shows.
    """
    within = [
        {"timestamp": "created_time", "created_time": {"on_or_after": minute}},
        {"timestamp": "created_time", "created_time": {"on_or_before": minute}},
    ]
    yield from _read_numbered(query, within, keys)
    yield from _read_by_text(query, [*within, _is(keys.number, "number", is_empty=True)], keys)


def _read_numbered(query: Query, within: Sequence[Json], keys: Keys) -> Iterator[list[Json]]:
    """Yield the rows that have a number, in windows of it."""
    upwards: Json = {"property": keys.number, "direction": "ascending"}
    start = _is(keys.number, "number", is_not_empty=True)
    while True:
        part = _Part(keys)
        is_cut = yield from watch(query([*within, start], upwards), part.note)
        if not is_cut:
            return
        if not part.numbers:
            raise InseparableError
        highest = max(part.numbers)
        if min(part.numbers) < highest:
            # The rows below the highest number were all shown; of those that have it, some may
            # be missing.
            start = _is(keys.number, "number", greater_than_or_equal_to=highest)
            continue
        yield from _read_by_text(query, [*within, _is(keys.number, "number", equals=highest)], keys)
        start = _is(keys.number, "number", greater_than=highest)


def _read_by_text(
    query: Query, within: Sequence[Json], keys: Keys, used: Sequence[tuple[str, str]] = ()
) -> Iterator[list[Json]]:
    """Yield the rows that meet some conditions; where they are too many, part them by a letter."""
    part = _Part(keys)
    is_cut = yield from watch(query(within, BY_TIME), part.note)
    if not is_cut:
        return
    parting = part.find_parting(used)
    for key, _ in keys.texts:
        # The oldest rows may be alike where the others are not: look at the other end as well.
        if parting is None:
            other_end: Json = {"property": key, "direction": "descending"}
            yield from watch(query(within, other_end), part.note)
            parting = part.find_parting(used)
    if parting is None or len(within) > _MOST_CONDITIONS:
        raise InseparableError
    key, kind, letter = parting
    used = [*used, (key, letter)]
    yield from _read_by_text(query, [*within, _is(key, kind, contains=letter)], keys, used)
    # Whether a row without any text lacks a letter is a question that servers answer differently.
    lacking = [_is(key, kind, is_not_empty=True), _is(key, kind, does_not_contain=letter)]
    yield from _read_by_text(query, [*within, *lacking], keys, used)
    yield from _read_by_text(query, [*within, _is(key, kind, is_empty=True)], keys, used)


def _properties(row: Json) -> dict[str, Json]:
    """Return the properties of a row by their ids as the server spells them, and by their names."""
    properties = row.get("properties")
    found = properties if isinstance(properties, dict) else {}
    named = {name: each for name, each in found.items() if isinstance(each, dict)}
    return named | {str(each.get("id")): each for each in named.values()}


def _is(key: str, kind: str, **test: Any) -> Json:
    return {"property": key, kind: test}


def _plain(items: object) -> str:
    """Return the text of a title or a rich text, whatever else stands there."""
    if not isinstance(items, list):
        return ""
    return "".join(str(item.get("plain_text", "")) for item in items if isinstance(item, dict))
