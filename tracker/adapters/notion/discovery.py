"""Finds the database of a roadmap, by id or under the learner's page.

A database is the roadmap's when its description holds the marker, or, without any marker, when it
has the title and a Tracker ID column. Two machines that sync a roadmap for the first time at the
same moment make a database each; both look again, and both find that the oldest counts. Writes
nothing, but moves a database of this very run without rows to the trash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from tracker.adapters.notion.errors import (
    SHARING,
    AnswerError,
    DeniedError,
    ForbiddenError,
    understood,
)
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import DATABASE_LINK, WHY_A_PAGE, Json, normal_id
from tracker.adapters.notion.listing import fetch_list, incomplete
from tracker.adapters.notion.retry import Operation
from tracker.adapters.notion.rich_text import decode_text
from tracker.adapters.notion.schema import COLUMNS, Schema, decode_schema, encode_marker
from tracker.errors import OvertakenError, Problem, RefusedError, RemoteError, SettingsError
from tracker.roadmap.texts import make_canonical_text
from tracker.sync.snapshot import Field

_ATTEMPTS = 3
"""How often a database that is not found is asked for."""
_MARK_START, _MARK_END = encode_marker("\n").split("\n")
_LAYOUT_BLOCKS = frozenset(
    [
        "column_list",
        "column",
        "toggle",
        "callout",
        "quote",
        "synced_block",
        "tab",
        "heading_1",
        "heading_2",
        "heading_3",
        "heading_4",
    ]
)
"""Blocks into which people move a database without moving it to another page."""

MOST_BLOCKS = 2_000
DEEPEST_BLOCK = 50
"""How many blocks of a page are looked into, and how far below each other they may be."""


def fetch_schema(gateway: Gateway, data_source_id: str) -> Schema:
    """Fetch a data source; raise RefusedError when it lies in the trash."""
    source = gateway.send(Operation.READ, "GET", f"data_sources/{data_source_id}")
    schema = decode_schema(source)
    if schema.is_trashed:
        raise trashed(schema.title)
    return schema


@dataclass(frozen=True, slots=True)
class Wanted:
    """The database that is looked for; `others` are databases known to belong elsewhere.

    One that is not `is_whole` may have lost its Tracker ID column, if its description names it.
    `noted` collects the databases that were looked at.
    """

    name: str
    title: str
    others: frozenset[str] = frozenset()
    is_whole: bool = True
    noted: set[str] = field(default_factory=set)


def find_schema(gateway: Gateway, parent_page_id: str, wanted: Wanted) -> Schema | None:
    """Find the database of a roadmap under the parent page; None when there is none.

    Raises RefusedError when several could be meant, RemoteError when the page is not there,
    SettingsError when it is none.
    """
    fetch_parent(gateway, parent_page_id)
    databases = _fetch_databases(gateway, parent_page_id, wanted)
    marked = [each for each in databases if _marked_name(each) == wanted.name]
    title = make_canonical_text(wanted.title)
    unmarked = [
        each for each in databases if _marked_name(each) is None and _text(each, "title") == title
    ]
    found = [(each, schema) for each in marked or unmarked for schema in _sources_of(gateway, each)]
    ours = [(each, schema) for each, schema in found if _has_key(schema)]
    if wanted.is_whole and not ours:
        if marked and found:
            raise foreign(found[0][1])
        if unmarked and not marked:
            raise _title_taken(wanted)
    chosen: Sequence[tuple[Json, Schema]] = ours or (
        found if marked and not wanted.is_whole else []
    )
    if len(chosen) > 1:
        chosen = leave_out_empty(
            chosen,
            has_rows=lambda pair: has_rows(gateway, pair[1].data_source_id),
            age=lambda pair: age_of(pair[0]),
        )
    if len(chosen) > 1:
        raise _ambiguous(wanted, len(chosen))
    return chosen[0][1] if chosen else None


def find_twins(
    gateway: Gateway, parent_page_id: str, wanted: Wanted, database_id: str
) -> list[Json]:
    """Find the other databases whose descriptions say that they belong to the roadmap."""
    found = []
    for other, _ in _databases_under(gateway, parent_page_id, set()):
        if other not in wanted.others and other != database_id:
            with suppress(AnswerError):
                database = _fetch_database(gateway, other)
                if not database.get("in_trash") and _marked_name(database) == wanted.name:
                    found.append(database)
    return found


def trashed(title: str) -> RefusedError:
    """Return the refusal to go on with a database that lies in the trash."""
    return RefusedError(
        Problem(
            code="database-trashed",
            what=f'the database "{title}" is in the trash',
            why="an emptied side is no reason to delete anything",
            kept="nothing was written",
            next="restore it there, then run the command again; or tracker forget ROADMAP, "
            "and the next sync makes a new one",
        )
    )


def _fetch_databases(gateway: Gateway, parent_page_id: str, wanted: Wanted) -> list[Json]:
    """Fetch the databases that may be meant; a mere view of one that lies elsewhere is none.

    Notion answers 404 for such a view, and for a database that it does not find for the moment. So it
    is asked again before a database counts as one that is not there, and one of the roadmap's title
    never does: another one would be made beside it.
    """
    candidates = [
        (database_id, title)
        for database_id, title in _databases_under(gateway, parent_page_id, set())
        if database_id not in wanted.others
    ]
    wanted.noted.update(database_id for database_id, _ in candidates)
    databases: list[Json] = []
    for attempt in range(1, _ATTEMPTS + 1):
        denied = []
        for database_id, title in candidates:
            try:
                databases.append(_fetch_database(gateway, database_id))
            except DeniedError:
                denied.append((database_id, title))
            except AnswerError:
                continue
        if any(_marked_name(each) == wanted.name for each in databases):
            break
        if attempt == _ATTEMPTS and any(_is_titled(title, wanted) for _, title in denied):
            raise _unreadable(wanted)
        candidates = denied
    return [each for each in databases if not each.get("in_trash")]


def _is_titled(title: str, wanted: Wanted) -> bool:
    return make_canonical_text(title) == make_canonical_text(wanted.title)


def _databases_under(
    gateway: Gateway, block_id: str, asked: set[str], depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Yield id and title of the databases on a page, and in what people put them into."""
    if block_id in asked or len(asked) >= MOST_BLOCKS or depth > DEEPEST_BLOCK:
        raise incomplete("the blocks of the page lead in circles, or on and on")
    asked.add(block_id)
    for block in fetch_list(gateway, f"blocks/{block_id}/children"):
        kind = str(block.get("type"))
        _check_parent(block, block_id)
        if block.get("in_trash") or block.get("archived"):
            continue
        if kind == "child_database":
            with understood():
                database_id = normal_id(block["id"])
            shown = block.get(kind)
            yield database_id, str(shown.get("title") or "") if isinstance(shown, dict) else ""
        elif kind in _LAYOUT_BLOCKS and block.get("has_children"):
            with understood():
                inner_id = normal_id(block["id"])
            yield from _databases_under(gateway, inner_id, asked, depth + 1)


def _check_parent(block: Json, parent_id: str) -> None:
    """Raise RemoteError for a block that says that it lies on another page.

    Below a block it may say what it likes: a synced one shows the blocks of another.
    """
    parent = block.get("parent")
    page_id = parent.get("page_id") if isinstance(parent, dict) else None
    if page_id and normal_id(str(page_id)) != normal_id(parent_id):
        raise incomplete("it shows the blocks of another page")


def _fetch_database(gateway: Gateway, database_id: str) -> Json:
    return gateway.send(Operation.READ, "GET", f"databases/{database_id}")


def _marked_name(database: Json) -> str | None:
    """Return the roadmap's name in the marker of a description; None when there is no marker."""
    _, start, rest = _text(database, "description").partition(_MARK_START)
    name, end, _ = rest.partition(_MARK_END)
    return name if start and end else None


def _text(database: Json, key: str) -> str:
    # Null is nothing; anything else that is no list hides what the database is known by.
    text = database.get(key)
    with understood():
        return decode_text(() if text is None else text) or ""


def find_sources(database: Json) -> list[str]:
    """Return the ids of a database's data sources."""
    with understood():
        return [normal_id(each["id"]) for each in database["data_sources"]]


def _sources_of(gateway: Gateway, database: Json) -> list[Schema]:
    """Return the data sources of a database, those in the trash left out."""
    schemas = [
        decode_schema(gateway.send(Operation.READ, "GET", f"data_sources/{source_id}"))
        for source_id in find_sources(database)
    ]
    return [schema for schema in schemas if not schema.is_trashed]


def _has_key(schema: Schema) -> bool:
    return schema.find(*COLUMNS[Field.ID]) is not None


def is_ours(schema: Schema) -> bool:
    """Tell whether a data source belongs to a roadmap: by the Tracker ID column, or the marker."""
    return _has_key(schema) or _MARK_START in schema.description


def foreign(schema: Schema) -> RefusedError:
    """Return the refusal to touch a database without a Tracker ID column."""
    advice = "in tracker.yaml take the database out of notion.databases, then tracker sync"
    if is_ours(schema):
        advice = "tracker doctor --mend    # or restore the column there"
    return RefusedError(
        Problem(
            code="foreign-database",
            what=f'"{schema.title}" has no column "{COLUMNS[Field.ID][0]}"',
            why="without it the database does not belong to this tracker, or lost what binds it",
            kept="nothing was written",
            next=advice,
        )
    )


def denied(title: str, why: str) -> RemoteError:
    """Return the exception for a known database that the server does not show any more."""
    return RemoteError(
        Problem(
            code="database-denied",
            what=f'the database of "{title}" is not there, or not shared with the token',
            why=why,
            kept="nothing was written",
            next=SHARING,
        )
    )


def not_held(name: str, title: str) -> RemoteError:
    """Return the exception for a known database that the built-in workspace does not hold any more.

    It has neither pages to share nor a token: its file was lost, replaced or put back.
    """
    return RemoteError(
        Problem(
            code="database-lost",
            what=f'the built-in workspace does not hold the database of "{title}" any more',
            why=".tracker/workspace.db is new, or another one than at the last sync",
            kept="nothing was written",
            next=f"to fill a new database from roadmaps/{name}.yaml: tracker forget {name} --yes, "
            "then tracker sync; or put the old .tracker/workspace.db back",
        )
    )


def _title_taken(wanted: Wanted) -> RefusedError:
    return RefusedError(
        Problem(
            code="database-title-taken",
            what=f'there is a database "{wanted.title}" already, and it is not tracker\'s',
            why=f"it has no column {COLUMNS[Field.ID][0]}, and a second database of that title beside "
            "it would be mistaken for it",
            kept="nothing was written",
            next=f"rename that database, or change the title in roadmaps/{wanted.name}.yaml, then "
            "tracker sync",
        )
    )


def _unreadable(wanted: Wanted) -> RemoteError:
    return RemoteError(
        Problem(
            code="database-unreadable",
            what=f'there is a database "{wanted.title}", but it cannot be read',
            why="it may be the one of this roadmap, or a view of one that lies elsewhere",
            kept="nothing was written",
            next="run the command again later; if it stays so, rename the view, or share the "
            "database with the connection of your token",
        )
    )


def _ambiguous(wanted: Wanted, count: int) -> RefusedError:
    return RefusedError(
        Problem(
            code="several-databases",
            what=f'{count} databases could belong to "{wanted.title}"',
            why=f"each says so in its description, or has that title and a {COLUMNS[Field.ID][0]}",
            kept="nothing was written",
            next=f'take "{encode_marker(wanted.name)}" out of the description of all but one, '
            "or move the others to the trash",
        )
    )


_NEW_PAGE = "in Notion make a page, and share it with the connection of your token"
_DEEPEST = 20
"""Blocks to climb, from an inline database to the page around it."""


class DatabaseAsParentError(SettingsError):
    """A database was named where a page is wanted; `around` is the page around it, if there is one."""

    def __init__(self, title: str, around: str) -> None:
        self.title = title
        self.around = around
        super().__init__(
            Problem(
                code=DATABASE_LINK,
                what=f'notion.parent in tracker.yaml is the database "{title}", not a page',
                why=WHY_A_PAGE,
                kept="nothing was written",
                next=f"in tracker.yaml write: parent: {around}    # the page around it; "
                "then tracker sync"
                if around
                else f"{_NEW_PAGE}, and name it as notion.parent in tracker.yaml; then tracker sync",
            )
        )


def fetch_parent(gateway: Gateway, page_id: str) -> Json:
    """Fetch the page that holds the databases.

    Raises DatabaseAsParentError when it is none, RemoteError when it is not there or not readable.
    """
    try:
        page = gateway.send(Operation.READ, "GET", f"pages/{page_id}")
    except ForbiddenError:
        raise
    except DeniedError as error:
        _check_database(gateway, page_id)
        raise _no_parent(error.problems[0].why) from None
    if page.get("in_trash"):
        raise _no_parent("it is in Notion's trash", "restore it in Notion, then tracker sync")
    return page


def _check_database(gateway: Gateway, object_id: str) -> None:
    """Raise DatabaseAsParentError when the id is that of a database, or of a data source of one."""
    for kind in ("databases", "data_sources"):
        try:
            found = gateway.send(Operation.READ, "GET", f"{kind}/{object_id}")
        except DeniedError:
            continue
        with understood():
            title = decode_text(found.get("title") or ()) or "untitled"
        raise DatabaseAsParentError(title, _find_page_around(gateway, found))


def _find_page_around(gateway: Gateway, found: Json) -> str:
    """Return the id of the page that holds a database; nothing when it stands for itself."""
    for _ in range(_DEEPEST):
        parent = found.get("parent")
        kind = parent.get("type") if isinstance(parent, dict) else None
        place = str(parent.get(kind) or "") if isinstance(parent, dict) else ""
        if kind == "page_id":
            return normal_id(place)
        above = {"database_id": "databases", "block_id": "blocks"}.get(str(kind))
        if above is None or not place:
            return ""
        try:
            found = gateway.send(Operation.READ, "GET", f"{above}/{place}")
        except DeniedError:
            return ""
    return ""


def _no_parent(why: str, advice: str = "") -> RemoteError:
    return RemoteError(
        Problem(
            code="parent-page-denied",
            what="the Notion page that holds the databases is not there, or not shared",
            why=why,
            kept="nothing was written",
            next=advice or f"{SHARING}; or name another page as notion.parent in tracker.yaml",
        )
    )


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
