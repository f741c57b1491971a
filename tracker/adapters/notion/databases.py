"""Finds the database of a roadmap, by id or under the learner's page; `making` makes it.

A database is the roadmap's when its description holds the marker, or, without any marker, when it
has the title and a Tracker ID column. One that was cut off in the making is found by its marker, too.

Two machines that sync a roadmap for the first time at the same moment make a database each. Both
look again, and both find that the oldest counts; the other one is moved to the trash if it has no
row. The options of columns are made in `writing`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from tracker.adapters.notion.blocks import DATABASE, PAGE, walk_children
from tracker.adapters.notion.columns import Schema, decode_schema
from tracker.adapters.notion.errors import (
    SHARING,
    AnswerError,
    DeniedError,
    ForbiddenError,
    RejectedError,
    understood,
    unwritten,
)
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import DATABASE_LINK, WHY_A_PAGE, Json, get_object, normal_id
from tracker.adapters.notion.rich_text import decode_text
from tracker.adapters.notion.schema import COLUMNS, decode_marker, find_by_name, is_begun
from tracker.errors import (
    OvertakenError,
    Problem,
    RefusedError,
    RemoteError,
    SettingsError,
)
from tracker.roadmap.model import make_canonical_text
from tracker.sync.records import Field

_ATTEMPTS = 3
"""Tries to fetch a database that is listed and not found."""
_DEEPEST_DATABASE = 20
"""Blocks to climb, from an inline database to the page around it."""
_KEY_COLUMN = COLUMNS[Field.ID][0]


@dataclass(frozen=True, slots=True)
class WantedDatabase:
    """The database to look for; `others` are databases known to belong to other roadmaps.

    One that is not `is_whole` may have lost its Tracker ID column, if its description names it.
    `noted` collects the databases that were looked at, and `pages` the titles of the pages beside them.
    """

    name: str
    title: str
    others: frozenset[str] = frozenset()
    is_whole: bool = True
    noted: set[str] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=dict)


def fetch_schema(gateway: Gateway, data_source_id: str) -> Schema:
    """Fetch a data source; raise RefusedError when it is in the trash."""
    schema = decode_schema(gateway.fetch(f"data_sources/{data_source_id}"))
    if schema.is_trashed:
        raise trashed(schema.title)
    return schema


def find_schema(gateway: Gateway, parent_page_id: str, wanted: WantedDatabase) -> Schema | None:
    """Find the database of a roadmap under the parent page; None when there is none.

        databases under the page           result if `is_whole`    result otherwise
        marker, Tracker ID column          it                      it
        marker, first columns, no rows     it: it was cut off      it
        marker only                        refused                 it
        title, Tracker ID column           it                      it
        title only                         refused                 none

    A marker outweighs a title. Of several, those with rows count, or the oldest if none has any;
    several with rows are refused.

    Raises RefusedError as in the table, RemoteError when the page is not there, SettingsError when
    it is no page.
    """
    fetch_parent(gateway, parent_page_id)
    databases = _fetch_databases(gateway, parent_page_id, wanted)
    marked = [database for database in databases if _marked_name(database) == wanted.name]
    title = make_canonical_text(wanted.title)
    unmarked = [
        database
        for database in databases
        if _marked_name(database) is None and _text(database, "title") == title
    ]
    found = [
        (database, schema)
        for database in marked or unmarked
        for schema in _fetch_sources(gateway, database)
    ]
    ours = [(database, schema) for database, schema in found if _has_key(schema)]
    if wanted.is_whole and marked and not ours:
        ours = [
            (database, schema)
            for database, schema in found
            if is_begun(schema) and not has_rows(gateway, schema.data_source_id)
        ]
    if wanted.is_whole and not ours:
        if marked and found:
            raise foreign(found[0][1])
        if unmarked and not marked:
            raise _title_taken(wanted)
    chosen = ours or (found if marked and not wanted.is_whole else [])
    if len(chosen) > 1:
        filled = [pair for pair in chosen if has_rows(gateway, pair[1].data_source_id)]
        chosen = filled or [min(chosen, key=lambda pair: age_of(pair[0]))]
    if len(chosen) > 1:
        raise _ambiguous(wanted, len(chosen))
    return chosen[0][1] if chosen else None


def find_twins(
    gateway: Gateway, parent_page_id: str, wanted: WantedDatabase, database_id: str
) -> list[Json]:
    """Find the other databases whose descriptions say that they belong to the roadmap."""
    found = []
    for kind, other, _ in walk_children(gateway, parent_page_id):
        if kind == DATABASE and other not in wanted.others and other != database_id:
            with suppress(AnswerError):
                database = gateway.fetch(f"databases/{other}")
                if not database.get("in_trash") and _marked_name(database) == wanted.name:
                    found.append(database)
    return found


def _fetch_databases(gateway: Gateway, parent_page_id: str, wanted: WantedDatabase) -> list[Json]:
    """Fetch the databases that may be meant; a mere view of one that is elsewhere is none.

    Notion answers 404 for such a view ("Working with databases"), and for a database that it does
    not find for the moment. So a denied one is fetched again before it counts as a view, and one of
    the roadmap's title never does: another one would be made beside it.
    """
    children = list(walk_children(gateway, parent_page_id))
    wanted.pages.update({found_id: title for kind, found_id, title in children if kind == PAGE})
    candidates = [
        (found_id, title)
        for kind, found_id, title in children
        if kind == DATABASE and found_id not in wanted.others
    ]
    wanted.noted.update(database_id for database_id, _ in candidates)
    databases: list[Json] = []
    for attempt in range(1, _ATTEMPTS + 1):
        denied_now = []
        for database_id, title in candidates:
            try:
                databases.append(gateway.fetch(f"databases/{database_id}"))
            except DeniedError:
                denied_now.append((database_id, title))
            except AnswerError:
                continue
        if any(_marked_name(database) == wanted.name for database in databases):
            break
        titles = {make_canonical_text(title) for _, title in denied_now}
        if attempt == _ATTEMPTS and make_canonical_text(wanted.title) in titles:
            raise _unreadable(wanted)
        candidates = denied_now
    return [database for database in databases if not database.get("in_trash")]


def _marked_name(database: Json) -> str | None:
    return decode_marker(_text(database, "description"))


def _text(database: Json, key: str) -> str:
    # Null is no text; anything else that is no list hides what identifies the database.
    text = database.get(key)
    with understood():
        return decode_text(() if text is None else text) or ""


def find_sources(database: Json) -> list[str]:
    """Return the ids of a database's data sources."""
    with understood():
        return [normal_id(source["id"]) for source in database["data_sources"]]


def _fetch_sources(gateway: Gateway, database: Json) -> list[Schema]:
    """Fetch the data sources of a database, without those in the trash."""
    schemas = [
        decode_schema(gateway.fetch(f"data_sources/{source_id}"))
        for source_id in find_sources(database)
    ]
    return [schema for schema in schemas if not schema.is_trashed]


def _has_key(schema: Schema) -> bool:
    return find_by_name(schema, Field.ID) is not None


def is_ours(schema: Schema) -> bool:
    """Return whether a data source is a roadmap's: by the Tracker ID column, or the marker."""
    return _has_key(schema) or is_marked(schema)


def is_marked(schema: Schema) -> bool:
    """Return whether tracker made a database: the description says so, and adopting writes none."""
    return decode_marker(schema.description) is not None


def age_of(database: Json) -> tuple[str, str]:
    """Return a key that sorts databases by age, the same on every machine."""
    return str(database.get("created_time", "")), normal_id(str(database.get("id", "")))


def has_rows(gateway: Gateway, data_source_id: str) -> bool:
    """Return whether a data source shows any row; a new row may not be shown yet (index lag)."""
    answer = gateway.query(f"data_sources/{data_source_id}/query", {"page_size": 1})
    return bool(answer.get("results")) or answer.get("has_more") is not False


def give_up(gateway: Gateway, database_id: str, data_source_id: str) -> bool:
    """Move a database of this run to the trash if it has no row; return whether it went."""
    with suppress(AnswerError):
        if not has_rows(gateway, data_source_id):
            gateway.patch(f"databases/{database_id}", {"in_trash": True})
            return True
    return False


class DatabaseAsParentError(SettingsError):
    """A database was given where a page is needed; `around` is the page around it, if any."""

    def __init__(self, title: str, around: str) -> None:
        self.title = title
        self.around = around
        what = f'notion.parent in tracker.yaml is the database "{title}", not a page'
        advice = (
            "in Notion make a page, and share it with the connection of your token, and name it as "
            "notion.parent in tracker.yaml; then tracker sync"
        )
        if around:
            advice = (
                f"in tracker.yaml write: parent: {around}    # the page around it; "
                "then tracker sync"
            )
        super().__init__(unwritten(DATABASE_LINK, what, WHY_A_PAGE, advice))


def fetch_parent(gateway: Gateway, page_id: str) -> Json:
    """Fetch the page that holds the databases.

    Raises DatabaseAsParentError when it is none, RemoteError when it is not there or not readable.
    """
    try:
        page = gateway.fetch(f"pages/{page_id}")
    except ForbiddenError:
        raise
    # 400 for digits that are no UUID of a known version, such as a mistyped id (measured).
    except (DeniedError, RejectedError) as error:
        _check_database(gateway, page_id)
        raise _no_parent(error.problems[0].why) from None
    if page.get("in_trash"):
        what = "the Notion page that holds the databases is in Notion's trash"
        advice = "restore it in Notion, then tracker sync"
        raise RemoteError(unwritten("parent-page-trashed", what, "", advice))
    return page


def _check_database(gateway: Gateway, object_id: str) -> None:
    """Raise DatabaseAsParentError when the id is that of a database or of a data source."""
    for kind in ("databases", "data_sources"):
        try:
            found = gateway.fetch(f"{kind}/{object_id}")
        except (DeniedError, RejectedError):
            continue
        with understood():
            title = decode_text(found.get("title") or ()) or "untitled"
        raise DatabaseAsParentError(title, _find_page_around(gateway, found))


def _find_page_around(gateway: Gateway, found: Json) -> str:
    """Return the id of the page that holds a database; nothing when no page does."""
    for _ in range(_DEEPEST_DATABASE):
        parent = get_object(found, "parent")
        kind = str(parent.get("type"))
        place = str(parent.get(kind) or "")
        if kind == "page_id":
            return normal_id(place)
        above = {"database_id": "databases", "block_id": "blocks"}.get(kind)
        if above is None or not place:
            return ""
        try:
            found = gateway.fetch(f"{above}/{place}")
        except DeniedError:
            return ""
    return ""


def _no_parent(why: str) -> RemoteError:
    what = "the Notion page that holds the databases is not there, or not shared"
    advice = f"{SHARING}; or name another page as notion.parent in tracker.yaml"
    return RemoteError(unwritten("parent-page-denied", what, why, advice))


def trashed(title: str) -> RefusedError:
    """Return the refusal to go on with a database in the trash."""
    return RefusedError(
        unwritten(
            "database-trashed",
            f'the database "{title}" is in the trash',
            "an emptied side is no reason to delete anything",
            "restore it there, then run the command again; or tracker forget ROADMAP, "
            "and the next sync makes a new one",
        )
    )


def foreign(schema: Schema) -> RefusedError:
    """Return the refusal to touch a database without a Tracker ID column."""
    what = f'"{schema.title}" has no column "{_KEY_COLUMN}"'
    why = "without it the database does not belong to this tracker, or lost what binds it"
    advice = "in tracker.yaml take the database out of notion.databases, then tracker sync"
    if is_ours(schema):
        advice = "tracker doctor --fix    # or restore the column there, or its name"
    return RefusedError(unwritten("foreign-database", what, why, advice))


def overtaken(title: str, kept: str) -> OvertakenError:
    """Return the exception for a database that another machine made, too."""
    return OvertakenError(
        Problem(
            "database-overtaken",
            f'another machine made the database "{title}" at the same moment',
            why="its database is the older one, and counts on all machines",
            kept=kept,
            next="tracker sync",
        )
    )


def _title_taken(wanted: WantedDatabase) -> RefusedError:
    return RefusedError(
        unwritten(
            "database-title-taken",
            f'there is a database "{wanted.title}" already, and it is not tracker\'s',
            f"it has no column {_KEY_COLUMN}, and a second database of that title beside "
            "it would be mistaken for it",
            f"rename that database, or change the title in roadmaps/{wanted.name}.yaml, then "
            "tracker sync",
        )
    )


def _unreadable(wanted: WantedDatabase) -> RemoteError:
    return RemoteError(
        unwritten(
            "database-unreadable",
            f'there is a database "{wanted.title}", but it cannot be read',
            "it may be the one of this roadmap, or a view of one that lies elsewhere",
            "run the command again later; if it stays so, rename the view, or share the "
            "database with the connection of your token",
        )
    )


def _ambiguous(wanted: WantedDatabase, count: int) -> RefusedError:
    return RefusedError(
        unwritten(
            "several-databases",
            f'{count} databases could belong to "{wanted.title}"',
            f"each says so in its description, or has that title and a {_KEY_COLUMN}",
            f"remove the line that names roadmaps/{wanted.name}.yaml from the description of all "
            "but one, or move the others to the trash",
        )
    )
