"""Finding pages: queries of a data source, and search by the words of titles.

Must not change anything. A query without property filters walks an index; any other scans the
looked-at values once and keeps the ids until something changes. Notion's indexes lag behind writes
by seconds; these never do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.workspace.databases import encode_data_source
from tracker.workspace.model import DataSource, Page, Property, Schema, find_property
from tracker.workspace.page_json import encode_pages, fetch_links
from tracker.workspace.protocol import (
    DAY,
    MINUTE,
    UNDEFINED,
    Json,
    check_bool,
    check_choice,
    check_keys,
    check_list,
    check_object,
    check_page_size,
    check_string,
    decode_cursor,
    encode_cursor,
    expected,
    floor_minute,
    instant,
    is_date_only,
    list_answer,
    no_such_property,
    page_of,
    plain_text,
    validation,
)
from tracker.workspace.session import Session

# Notion ends every query at 10,000 rows and says so in `request_status`.
MOST_ROWS = 10_000
_BODY = ("filter", "sorts", "start_cursor", "page_size")
LIVE = "parent_id = ? AND in_trash = 0 AND is_archived = 0"
"""The condition of the rows of a data source that a query may find."""
_KEPT_RESULTS = 16
_DEEPEST_FILTER = 2
_TIMESTAMPS = ("created_time", "last_edited_time")
_TEXT_TYPES = ("title", "rich_text", "url")
_DIGITS = re.compile(r"(\d+)")
_LONGEST_KEY = 300

Sort = tuple[Property, bool]
"""A property to sort by, and whether it descends."""
RowTest = Callable[["LoadedRow"], bool]
ContentTest = Callable[[Any], bool]
Operator = Callable[[str, Any, Property], ContentTest]
"""From the path, the operand and the property to a test of the property's content."""


@dataclass(frozen=True, slots=True)
class Query:
    """A checked query; `used` are the properties that its test and its sorts look at."""

    test: RowTest | None
    sorts: tuple[Sort, ...]
    used: tuple[Property, ...]
    size: int
    start: Any
    key: str


@dataclass(slots=True)
class LoadedRow:
    """One row with the values that a query looks at."""

    page: Page
    values: dict[str, Any]

    def content(self, prop: Property) -> Any:
        """Return a property's comparable content: text, number, time, option ids, page ids."""
        value = self.values.get(prop.id)
        match prop.type:
            case "created_time":
                value = floor_minute(self.page.created)
            case "last_edited_time":
                value = floor_minute(self.page.edited)
            case "title" | "rich_text":
                value = plain_text(value or [])
            # A row keeps the ids of options that the schema lost; they no longer count.
            case "select" | "status":
                if not prop.config["options"].find(option_id=value):
                    value = prop.config.get("default")
            case "multi_select":
                options = prop.config["options"]
                value = [item for item in value or [] if options.find(option_id=item)]
        return value


def query_data_source(session: Session, data_source_id: str, body: Json) -> Json:
    """Return one page of the rows that match; trashed and archived rows never do."""
    source = session.data_source(data_source_id)
    query = read_query(source, body)
    if source.in_trash or session.is_trashed("database_id", source.database_id):
        return list_answer([], "page_or_data_source")
    if query.test is None and all(prop.type == "created_time" for prop, _ in query.sorts):
        pages, cursor, is_cut = _walk(session, source, query)
    else:
        pages, cursor, is_cut = _scan(session, source, query)
    answer = list_answer(encode_pages(session, pages), "page_or_data_source", cursor)
    if is_cut:
        answer["request_status"] = {
            "type": "incomplete",
            "incomplete_reason": "query_result_limit_reached",
        }
    return answer


def read_query(source: DataSource, body: Json) -> Query:
    """Check a query body against the schema."""
    check_keys("body", body, _BODY)
    given = body.get("filter")
    used: dict[str, Property] = {}
    test = None if given is None else read_filter(source.schema, given, used)
    sorts = read_sorts(source, body.get("sorts"))
    used.update({prop.id: prop for prop, _ in sorts})
    return Query(
        test,
        tuple(sorts),
        tuple(used.values()),
        check_page_size(body.get("page_size")),
        body.get("start_cursor"),
        key=repr([source.id, given, body.get("sorts")]),
    )


def _walk(
    session: Session, source: DataSource, query: Query
) -> tuple[list[Page], str | None, bool]:
    """Page through the rows by creation, newest first unless asked otherwise.

    Returns the rows, the cursor of the next page, and whether the query has too many rows.
    """
    descending = query.sorts[0][1] if query.sorts else True
    way, sign = ("DESC", "<") if descending else ("ASC", ">")
    condition, values = LIVE, [source.id]
    total = session.store.pages.count(condition, values, limit=MOST_ROWS + 1)
    parts = decode_cursor(query.start, (int, int, int))
    served = 0
    if parts is not None:
        # From the last row given out: rows added or removed meanwhile hide no other.
        condition += f" AND (created, seq) {sign} (?, ?)"
        created, seq, served = parts
        values += [created, seq]
    size = max(min(query.size, MOST_ROWS - served), 0)
    tail = f"ORDER BY created {way}, seq {way} LIMIT {size + 1}"
    pages = session.store.pages.where(condition, values, tail=tail)
    served += min(len(pages), size)
    has_more = len(pages) > size and served < MOST_ROWS
    pages = pages[:size]
    cursor = encode_cursor([pages[-1].created, pages[-1].seq, served]) if has_more else None
    return pages, cursor, total > MOST_ROWS


def _scan(
    session: Session, source: DataSource, query: Query
) -> tuple[list[Page], str | None, bool]:
    """Test and sort all rows, or take the result of the same query; returns what `_walk` does."""
    key = (query.key, session.store.changes)
    kept = session.store.results
    if key not in kept:
        rows = load_rows(session, LIVE, (source.id,), query.used)
        matching = [row for row in rows if query.test is None or query.test(row)]
        sort_rows(matching, query.sorts)
        while len(kept) >= _KEPT_RESULTS:
            del kept[next(iter(kept))]
        kept[key] = [row.page.id for row in matching]
    ids = kept[key]
    first = 0
    parts = decode_cursor(query.start, (str, int))
    if parts is not None:
        # Behind the last row given out, or at its place if it is gone.
        last, first = parts
        if not (0 < first <= len(ids) and ids[first - 1] == last):
            first = ids.index(last) + 1 if last in ids else first
    following = min(first + query.size, MOST_ROWS)
    pages = session.store.pages.get_many(ids[first:following])
    cursor = None
    if following < min(len(ids), MOST_ROWS):
        cursor = encode_cursor([ids[following - 1], following])
    return pages, cursor, len(ids) > MOST_ROWS


def load_rows(
    session: Session, condition: str, bound: Sequence[Any], used: Sequence[Property]
) -> list[LoadedRow]:
    """Return the rows that meet an SQL condition, newest first."""
    keys = [prop.id for prop in used if prop.type not in (*_TIMESTAMPS, "relation")]
    rows = []
    for page, picked in session.store.pages.project(condition, bound, keys):
        rows.append(LoadedRow(page, dict(zip(keys, json.loads(picked), strict=False))))
    rows.sort(key=lambda row: (row.page.created, row.page.seq), reverse=True)
    for property_id, linked in fetch_links(session, used, [row.page for row in rows]).items():
        for row in rows:
            row.values[property_id] = linked.get(row.page.id, [])
    return rows


def read_sorts(source: DataSource, value: Any, *, path: str = "body.sorts") -> list[Sort]:
    """Check sorts; earlier entries win."""
    sorts: list[Sort] = []
    for index, item in enumerate(check_list(path, [] if value is None else value)):
        where = f"{path}[{index}]"
        given = check_object(where, item)
        direction = given.get("direction", "ascending")
        check_choice(f"{where}.direction", direction, ("ascending", "descending"))
        sorts.append((_find_property(source.schema, where, given), direction == "descending"))
    return sorts


def sort_rows(rows: list[LoadedRow], sorts: Sequence[Sort]) -> None:
    """Sort in place; equal rows keep their order, empty values come last either way."""
    for prop, descending in reversed(sorts):
        ranks = {option["id"]: rank for rank, option in enumerate(prop.config.get("options", ()))}
        keyed = [(_sort_key(row.content(prop), ranks), row) for row in rows]
        filled = [pair for pair in keyed if pair[0] is not None]
        filled.sort(key=lambda pair: pair[0], reverse=descending)
        rows[:] = [row for _, row in filled] + [row for key, row in keyed if key is None]


def _sort_key(content: Any, ranks: dict[str, int]) -> Any:
    """Return a key that is comparable within one column, None for an empty value."""
    if content is None or content in ("", []):
        return None
    if ranks:
        # Options count by their place in the list, not by their names.
        found = content if isinstance(content, list) else [content]
        return [ranks[item] for item in found if item in ranks] or None
    if isinstance(content, dict):
        return instant(content["start"])
    if isinstance(content, list):
        return text_key(str(content))
    return text_key(content) if isinstance(content, str) else content


def text_key(text: str) -> tuple[Any, ...]:
    """Return a key that ignores case; measured: runs of digits compare as numbers."""
    parts = _DIGITS.split(text.casefold()[:_LONGEST_KEY])
    return tuple(
        (0, int(part), "") if index % 2 else (1, 0, part)
        for index, part in enumerate(parts)
        if part
    )


def read_filter(
    schema: Schema,
    value: Any,
    used: dict[str, Property],
    *,
    path: str = "body.filter",
    depth: int = 0,
) -> RowTest:
    """Return the row test that a filter describes, and add the properties it looks at to `used`."""
    given = check_object(path, value)
    for joiner, join in (("and", all), ("or", any)):
        if joiner in given:
            where = f"{path}.{joiner}"
            if depth >= _DEEPEST_FILTER:
                raise validation(
                    f"body failed validation: {path} is nested deeper than "
                    f"{_DEEPEST_FILTER} levels."
                )
            tests = [
                read_filter(schema, item, used, path=f"{where}[{index}]", depth=depth + 1)
                for index, item in enumerate(check_list(where, given[joiner]))
            ]
            return lambda row: join(test(row) for test in tests)
    prop = _find_property(schema, path, given)
    used[prop.id] = prop
    keys = [key for key in given if key not in ("property", "timestamp", "type")]
    if len(keys) != 1:
        raise expected(f"{path}.{prop.type}", "defined", UNDEFINED)
    key, where = keys[0], f"{path}.{keys[0]}"
    # Every text filter fits every text column, and a date filter fits the timestamps.
    both_texts = key in _TEXT_TYPES and prop.type in _TEXT_TYPES
    if key != prop.type and not both_texts and not (key == "date" and prop.type in _TIMESTAMPS):
        raise validation(f"database property {prop.type} does not match filter {key}")
    condition = check_object(where, given[key])
    if len(condition) != 1:
        raise expected(where, "an object with one condition", condition)
    ((name, operand),) = condition.items()
    operators = OPERATORS[prop.type]
    check_choice(where, name, tuple(operators))
    test = operators[name](f"{where}.{name}", operand, prop)
    return lambda row: test(row.content(prop))


def _find_property(schema: Schema, path: str, given: Json) -> Property:
    """Return the property that a filter or sort names; a timestamp counts as one."""
    if "timestamp" in given:
        name = check_choice(f"{path}.timestamp", given["timestamp"], _TIMESTAMPS)
        return Property(f"{name} of the row", name, name)
    key = check_string(f"{path}.property", given.get("property", UNDEFINED))
    found = find_property(schema, key)
    if found is None:
        raise no_such_property(key)
    return found


def _emptiness(*, is_empty: bool) -> Operator:
    def read(path: str, value: Any, prop: Property) -> ContentTest:
        del prop
        if value is not True:
            raise expected(path, "`true`", value)
        return lambda content: (content in (None, "", [])) == is_empty

    return read


def _text(compare: Callable[[str, str], bool], *, ignores_case: bool) -> Operator:
    def read(path: str, value: Any, prop: Property) -> ContentTest:
        del prop
        wanted = check_string(path, value)
        if not ignores_case:
            return lambda content: compare(content or "", wanted)
        return lambda content: compare((content or "").casefold(), wanted.casefold())

    return read


def _number(compare: Callable[[float, float], bool], *, for_none: bool = False) -> Operator:
    def read(path: str, value: Any, prop: Property) -> ContentTest:
        del prop
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise expected(path, "a number", value)
        return lambda content: for_none if content is None else compare(content, value)

    return read


def _checkbox(*, negate: bool) -> Operator:
    def read(path: str, value: Any, prop: Property) -> ContentTest:
        del prop
        wanted = check_bool(path, value)
        return lambda content: (bool(content) == wanted) != negate

    return read


def _option(*, negate: bool) -> Operator:
    """Compare the options of a row with those that the filter names, one or a list of them."""

    def read(path: str, value: Any, prop: Property) -> ContentTest:
        options, wanted = prop.config["options"], set[str]()
        for name in value if isinstance(value, list) else [value]:
            option = options.find(name=check_string(path, name))
            # A status filter may name a group; an option of that name comes first.
            groups = [group for group in prop.config.get("groups", []) if group["name"] == name]
            if not option and not groups:
                known = ", ".join(f'"{known["name"]}"' for known in options)
                raise validation(
                    f'{prop.type} option "{name}" not found for property "{prop.name}". '
                    f"Available options: {known}."
                )
            wanted.update([option["id"]] if option else groups[0]["option_ids"])
        return lambda content: (
            wanted.isdisjoint(content if isinstance(content, list) else [content]) == negate
        )

    return read


def _date(compare: Callable[[int, int, int], bool]) -> Operator:
    """Compare a moment with the span that the operand covers: a day, or a minute."""

    def read(path: str, value: Any, prop: Property) -> ContentTest:
        text = check_string(path, value)
        start = instant(text)
        if start is None:
            raise expected(path, "a valid ISO 8601 date string", value)
        if is_date_only(text):
            end = start + DAY
        elif prop.type in _TIMESTAMPS:
            # Measured: timestamps are floored to the minute, operands are not.
            end = start + 1
        else:
            start = floor_minute(start)
            end = start + MINUTE

        def test(content: Any) -> bool:
            moment = instant(content["start"]) if isinstance(content, dict) else content
            return moment is not None and compare(moment, start, end)

        return test

    return read


_EMPTINESS = {
    "is_empty": _emptiness(is_empty=True),
    "is_not_empty": _emptiness(is_empty=False),
}
# Measured: whole texts are compared exactly, parts of texts whatever their case.
_TEXTS = {
    "equals": _text(lambda text, wanted: text == wanted, ignores_case=False),
    "does_not_equal": _text(lambda text, wanted: text != wanted, ignores_case=False),
    "contains": _text(lambda text, wanted: wanted in text, ignores_case=True),
    "does_not_contain": _text(lambda text, wanted: wanted not in text, ignores_case=True),
    **_EMPTINESS,
}
_DATES = {
    "equals": _date(lambda moment, start, end: start <= moment < end),
    "before": _date(lambda moment, start, _: moment < start),
    "after": _date(lambda moment, _, end: moment >= end),
    "on_or_before": _date(lambda moment, _, end: moment < end),
    "on_or_after": _date(lambda moment, start, _: moment >= start),
    **_EMPTINESS,
}
_CHOICES = {
    "equals": _option(negate=False),
    "does_not_equal": _option(negate=True),
    **_EMPTINESS,
}
OPERATORS: dict[str, dict[str, Operator]] = {
    **dict.fromkeys(_TEXT_TYPES, _TEXTS),
    "number": {
        "equals": _number(lambda number, wanted: number == wanted),
        "does_not_equal": _number(lambda number, wanted: number != wanted, for_none=True),
        "greater_than": _number(lambda number, wanted: number > wanted),
        "less_than": _number(lambda number, wanted: number < wanted),
        "greater_than_or_equal_to": _number(lambda number, wanted: number >= wanted),
        "less_than_or_equal_to": _number(lambda number, wanted: number <= wanted),
        **_EMPTINESS,
    },
    "checkbox": {"equals": _checkbox(negate=False), "does_not_equal": _checkbox(negate=True)},
    **dict.fromkeys(("select", "status"), _CHOICES),
    "multi_select": {
        "contains": _option(negate=False),
        "does_not_contain": _option(negate=True),
        **_EMPTINESS,
    },
    **dict.fromkeys(("date", *_TIMESTAMPS), _DATES),
    "relation": _EMPTINESS,
}


_KINDS = ("page", "data_source", "database")

Hit = tuple[int, str, str]
"""The edit time, the kind and the id of what was found."""


def search(session: Session, body: Json) -> Json:
    """Return pages and data sources whose titles hold every word of the query."""
    check_keys("body", body, ("query", "sort", "filter", "start_cursor", "page_size"))
    words = check_string("body.query", body.get("query", "")).casefold().split()
    kind, in_trash = _decode_filter(body.get("filter"))
    hits: list[Hit] = []
    if kind in (None, "page"):
        hits += _find_pages(session, words, in_trash=in_trash)
    # Clients of before data sources ask for databases; the answer is the same.
    if kind != "page":
        hits += _find_sources(session, words, in_trash=in_trash)
    given = {"timestamp": "last_edited_time"} if body.get("sort") is None else body["sort"]
    sort = check_object("body.sort", given)
    check_choice("body.sort.timestamp", sort.get("timestamp", UNDEFINED), ("last_edited_time",))
    direction = sort.get("direction", "descending")
    check_choice("body.sort.direction", direction, ("ascending", "descending"))
    hits.sort(key=lambda hit: hit[0], reverse=direction == "descending")
    size = check_page_size(body.get("page_size"))
    shown, cursor = page_of(hits, body.get("start_cursor"), size)
    ids = [object_id for _, kind, object_id in shown if kind == "page"]
    pages = {page["id"]: page for page in encode_pages(session, session.store.pages.get_many(ids))}
    results = [
        pages.get(object_id) or encode_data_source(session, session.data_source(object_id))
        for _, _, object_id in shown
    ]
    return list_answer(results, "page_or_data_source", cursor)


def _decode_filter(value: Any) -> tuple[str | None, bool]:
    """Return the kind of object that is searched for, and whether it is to be in the trash."""
    if value is None:
        return None, False
    given = check_object("body.filter", value)
    check_keys("body.filter", given, ("property", "value", "in_trash"))
    in_trash = check_bool("body.filter.in_trash", given.get("in_trash", False))
    if "property" not in given and "value" not in given:
        return None, in_trash
    check_choice("body.filter.property", given.get("property", UNDEFINED), ("object",))
    return check_choice("body.filter.value", given.get("value", UNDEFINED), _KINDS), in_trash


def _matches(title: str, words: list[str]) -> bool:
    folded = title.casefold()
    return all(word in folded for word in words)


def _find_pages(session: Session, words: list[str], *, in_trash: bool) -> list[Hit]:
    hits: list[Hit] = []
    # All rows of a database share what is above them: one look for each parent.
    below_trash: dict[str, bool] = {}
    for head in session.store.pages.titles():
        if not _matches(plain_text(json.loads(head.title)), words):
            continue
        if head.parent_id not in below_trash:
            below_trash[head.parent_id] = session.is_trashed(head.parent_type, head.parent_id)
        if (head.in_trash or below_trash[head.parent_id]) == in_trash:
            hits.append((head.edited, "page", head.id))
    return hits


def _find_sources(session: Session, words: list[str], *, in_trash: bool) -> list[Hit]:
    return [
        (source.edited, "data_source", source.id)
        for source in session.store.containers.data_sources()
        if _matches(plain_text(source.title), words)
        and (source.in_trash or session.is_trashed("database_id", source.database_id)) == in_trash
    ]
