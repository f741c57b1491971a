"""The Notion side behind the ports: finds and makes databases, and opens their rows.

Decides nothing about what should be written; holds no token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tracker.adapters.notion.access import find_kind, probe_capability
from tracker.adapters.notion.columns import Schema
from tracker.adapters.notion.databases import (
    WantedDatabase,
    age_of,
    fetch_parent,
    fetch_schema,
    find_schema,
    find_sources,
    find_twins,
    foreign,
    give_up,
    has_rows,
    is_marked,
    is_ours,
    overtaken,
)
from tracker.adapters.notion.errors import (
    SHARING,
    DeniedError,
    ForbiddenError,
    FullError,
    understood,
    unwritten,
)
from tracker.adapters.notion.foreign import (
    bind_foreign,
    check_own_columns,
    check_renamed,
    describe,
    fetch_schema_of,
)
from tracker.adapters.notion.gateway import NO_LIMITS, Gateway, Limits, Notify, Timing
from tracker.adapters.notion.given import check_parent, check_token
from tracker.adapters.notion.ids import Json, get_object, normal_id
from tracker.adapters.notion.listing import is_young
from tracker.adapters.notion.making import (
    DatabaseMaker,
    list_missing,
    list_needed,
    list_undescribed,
)
from tracker.adapters.notion.progress_page import NotionProgressPage
from tracker.adapters.notion.rich_text import decode_text
from tracker.adapters.notion.row_pages import LIMITED, RowPages, is_limited
from tracker.adapters.notion.rows import RowReader
from tracker.adapters.notion.schema import (
    COLUMNS,
    are_grouped,
    bind,
    bind_loosely,
    find_by_name,
    is_begun,
    missing_fields,
)
from tracker.adapters.notion.view_maker import ViewMaker
from tracker.adapters.notion.views import VIEWS
from tracker.adapters.notion.writing import RowWriter
from tracker.errors import NoMoreRowsError, Problem, RemoteError, UnreachableError
from tracker.local_ports import NO_RECORDS
from tracker.ports import (
    NO_READS,
    Capability,
    CapabilityAnswer,
    Look,
    Token,
    no_look,
)
from tracker.roadmap.model import SkillId
from tracker.sync.adoption import Matching
from tracker.sync.model import (
    Create,
    MissingRow,
    PageId,
    RemoteObservation,
    RemoteRow,
    Seen,
    Update,
)
from tracker.sync.records import Field, Record
from tracker.sync.row_page import RowPage
from tracker.sync.snapshot import MergedRows, ReadConditions
from tracker.sync.speed import Speed, SpeedRecord
from tracker.sync.target import OPTIONAL, DatabaseTarget, ForeignDatabase, Lacking

if TYPE_CHECKING:
    import httpx

PATIENCE = (0.5, 1.0, 2.0, 4.0, 7.5, 15.0, 20.0, 25.0)
"""Seconds to wait before each look for a row that may be there: 75 in all, see `listing.LAG`."""

_MAKING = 5
"""Looks at a half-made database before it counts as abandoned: 15 seconds in all."""


class NotionRemote:
    """Implements the reader and the writer of the Notion side; safe for many threads."""

    def __init__(
        self,
        gateway: Gateway,
        parent_page_id: str,
        *,
        patience: Sequence[float] = PATIENCE,
        is_builtin: bool = False,
        has_row_pages: bool = True,
    ) -> None:
        self._is_builtin = is_builtin
        self._gateway = gateway
        self._parent = normal_id(parent_page_id)
        self._patience = tuple(patience)
        self._maker = DatabaseMaker(gateway, self._parent)
        self._row_pages = RowPages(gateway, has_bodies=has_row_pages)
        self._view_makers: list[ViewMaker] = []
        self._bot: Json = {}
        # By data source: one writer for all threads, because it remembers the options that it named.
        self._schemas: dict[str, Schema] = {}
        self._writers: dict[str, RowWriter] = {}
        # By roadmap: its database, all databases seen in the search, and what was found for a new one.
        self._databases: dict[str, str] = {}
        self._noted: dict[str, frozenset[str]] = {}
        self._looked_up: dict[str, Schema | None] = {}
        # The pages beside the databases, as the last search for a database listed them.
        self._pages: Mapping[str, str] | None = None
        self._lock = RLock()

    @property
    def requests(self) -> int:
        """Number of API requests sent so far, retries included."""
        return self._gateway.requests

    @property
    def speed(self) -> Speed:
        """How fast the server turned out to be so far."""
        return self._gateway.speed

    def recall_speed(self, record: SpeedRecord) -> None:
        """Begin with what an earlier run found out about the server's limit."""
        self._gateway.recall(record)

    def make_speed_record(self) -> SpeedRecord:
        """Return what is known of the server's limit, for the next run."""
        return self._gateway.make_record()

    @property
    def lanes(self) -> int:
        """How many requests there is a use for at once, now."""
        return self._gateway.lanes

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Where databases and pages differ from the design, because the server did not allow it."""
        of_views = [note for maker in self._view_makers for note in maker.notes]
        return (*self._maker.notes, *of_views, *self._row_pages.notes)

    def close(self) -> None:
        """Close the connections."""
        self._gateway.close()

    def open_progress_page(self, address: str) -> NotionProgressPage:
        """Return the page that shows progress; `address` begins the links of rows."""
        return NotionProgressPage(self._gateway, self._parent, address, lambda: self._pages)

    def fetch_me(self) -> str:
        """Return the name of the token's user, and of its workspace if the server says it."""
        me = self._gateway.fetch("users/me")
        self._bot = get_object(me, "bot")
        place = self._bot.get("workspace_name")
        return " in ".join(str(part) for part in (me.get("name") or "a user", place) if part)

    def fetch_token(self) -> Token:
        """Return whom the token belongs to, its kind and the server's time."""
        return Token(self.fetch_me(), find_kind(self._bot), self._gateway.date)

    def probe_capability(self, capability: Capability) -> CapabilityAnswer:
        """Find out whether a capability is missing, by a request that cannot change anything."""
        return probe_capability(self._gateway, capability)

    def fetch_limits(self) -> tuple[Problem, ...]:
        """Return what the workspace of `fetch_me` will not take, as far as it can be seen."""
        return (LIMITED,) if is_limited(self._gateway, self._bot) else ()

    def fetch_target(
        self, name: str, title: str, known: DatabaseTarget | None
    ) -> DatabaseTarget | None:
        """Find the database of a roadmap and bind its columns; None when there is none yet.

        Raises RefusedError when columns were deleted or retyped, RemoteError when it is denied.
        """
        if known is not None:
            schema = self._fetch_known(name, title, known)
            if Field.ID not in known.properties and find_by_name(schema, Field.ID) is None:
                raise foreign(schema)
            return self._note(name, self._bind(schema, known))
        found = self._find(name, title)
        self._looked_up[name] = found
        if found is None or self._is_unfinished(found):
            return None
        check_own_columns(found, name)
        return self._note(name, self._bind(found, None))

    def fetch_rows(
        self,
        target: DatabaseTarget,
        bound: Mapping[PageId, Seen],
        *,
        classify: int,
        direct_reads: Mapping[PageId, str] = NO_READS,
        records: Mapping[SkillId, Record] = NO_RECORDS,
    ) -> RemoteObservation:
        """Read all rows, as `ports.RemoteReader` describes; note their relations for the writer."""
        reader = self._reader(target)
        observed = reader.fetch_rows(
            bound, classify=classify, direct_reads=direct_reads, records=records
        )
        self._writer(target).related = {row.page_id: row.requires for row in observed.rows}
        return observed

    def describe_read(self, target: DatabaseTarget) -> ReadConditions:
        """Return what a read of the rows would rest on now, by the server's last answer."""
        lag = timedelta(seconds=sum(self._patience))
        source_id = normal_id(target.data_source_id)
        return ReadConditions(source_id, self._reader(target).facts, self._gateway.date, lag)

    def fetch_changed(self, target: DatabaseTarget, since: datetime) -> Sequence[RemoteRow] | None:
        """Read the rows edited in a minute or after it; None where it takes a complete read."""
        return self._reader(target).fetch_changed(since)

    def check_rows(
        self,
        target: DatabaseTarget,
        merged: MergedRows,
        bound: Mapping[PageId, Seen],
        *,
        classify: int,
    ) -> RemoteObservation:
        """Read again what is doubtful in an incremental read; note the relations for the writer."""
        observed = self._reader(target).check_rows(merged, bound, classify)
        self._writer(target).related = {row.page_id: row.requires for row in observed.rows}
        return observed

    def fetch_row(self, target: DatabaseTarget, page_id: PageId) -> RemoteRow | MissingRow:
        """Read one row as it is now; one that cannot be seen is missing, not gone."""
        found = self._reader(target).fetch_row(page_id)
        if isinstance(found, RemoteRow):
            self._writer(target).related[page_id] = found.requires
        return found

    @property
    def pauses(self) -> Sequence[float]:
        """Seconds between looks; after the last a listing shows all that was there at the first."""
        return self._patience

    def wait(self, seconds: float) -> None:
        """Wait some seconds; raise UnreachableError when the connection is closed meanwhile."""
        self._gateway.wait(seconds)

    def fetch_options(self, target: DatabaseTarget) -> Mapping[Field, frozenset[str]]:
        """Return the options that the database has, for the fields that have options."""
        return self._reader(target).list_options()

    def fetch_by_id(self, target: DatabaseTarget, skill_id: SkillId) -> tuple[RemoteRow, ...]:
        """Look up rows by Tracker ID; the oldest comes first."""
        return self._reader(target).fetch_by_id(skill_id, (0.0,))

    def create_target(self, name: str, title: str, sections: Sequence[str]) -> DatabaseTarget:
        """Make the database of a roadmap with all its columns, or finish one that was cut off.

        Raises NoMoreRowsError when the connection can make nothing at all.
        """
        if name not in self._looked_up:
            self._looked_up[name] = self._find(name, title)
        found = self._looked_up.pop(name)
        try:
            if found is not None:
                schema = self._finish(found)
            else:
                look_up = partial(self._look_up, name, title)
                schema = self._maker.make(name, title, sections, look_up)
                self._give_way(name, schema)
        except (ForbiddenError, FullError) as error:
            raise NoMoreRowsError(*error.problems) from None
        target = replace(self._bind(schema, None), views=dict.fromkeys(VIEWS, ""))
        return self._note(name, target)

    def create_views(self, target: DatabaseTarget) -> Iterator[DatabaseTarget]:
        """Make the views that are still to be made, as `ports.Remote` describes."""
        maker = ViewMaker(self._gateway, self._schema(target), target)
        self._view_makers.append(maker)
        yield from maker.make()

    def fetch_pending_views(self, target: DatabaseTarget) -> DatabaseTarget:
        """Return a target of which nothing is remembered, as `ports.Remote` describes."""
        try:
            is_cut_off = ViewMaker(self._gateway, self._schema(target), target).find_cut_off()
        except UnreachableError:
            raise
        except RemoteError:
            is_cut_off = False  # refused then as well
        return target if is_cut_off else replace(target, views={})

    def fetch_missing_views(self, target: DatabaseTarget) -> Mapping[str, str]:
        """Return kind and name of the missing views, but for those made once and deleted since."""
        missing = ViewMaker(self._gateway, self._schema(target), target).find_missing()
        return {kind: VIEWS[kind][0] for kind in missing}

    def fetch_parent_title(self) -> str:
        """Return the title of the page that holds the databases; raises as `fetch_parent` does."""
        page = fetch_parent(self._gateway, self._parent)
        # Its key depends on where the page is: "title", or the name of a column where it is a row.
        properties = get_object(page, "properties")
        if COLUMNS[Field.ID][0] in properties:
            what = "this page is a row of a roadmap, and its database would be made inside of it"
            advice = "in Notion open the page around the database, Share, Copy link; then "
            raise RemoteError(
                unwritten("page-is-row", what, "rows are skills", f"{advice}tracker connect LINK")
            )
        columns = properties.values()
        with understood():
            found = [column for column in columns if column.get("type") == "title"]
            return (decode_text(found[0].get("title") or ()) or "") if found else ""

    def find_target(
        self, name: str, title: str, known: DatabaseTarget | None
    ) -> DatabaseTarget | None:
        """Find the database of a roadmap, and bind the columns that are there, by name and type.

        None when there is none yet, or only a half-made one: a sync finishes that. Raises
        RefusedError for a database that is not tracker's, or whose columns may have been renamed.
        """
        if known is not None:
            found: Schema | None = self._fetch_known(name, title, known)
        else:
            found = self._find(name, title, is_whole=False)
        if found is None or self._is_unfinished(found):
            return None
        if not is_ours(found):
            raise foreign(found)
        if known is None:
            check_own_columns(found, name)
        check_renamed(found)
        return bind_loosely(found)

    def count_twins(self, name: str, target: DatabaseTarget) -> int:
        """Count the other databases whose descriptions say that they belong to the roadmap."""
        wanted = WantedDatabase(name, "", self._others(name))
        return len(find_twins(self._gateway, self._parent, wanted, target.database_id))

    def create_columns(self, target: DatabaseTarget) -> DatabaseTarget:
        """Add the columns that are missing, and bind them; rows have no values there yet.

        Raises RefusedError for columns that have another type now.
        """
        schema = fetch_schema(self._gateway, target.data_source_id)
        kept = {
            which: column_id
            for which, column_id in target.properties.items()
            if column_id in schema.columns
        }
        names = list_missing(schema, replace(target, properties=kept))
        schema = self._maker.add(schema, names) if names else schema
        return self._bind(schema, replace(target, properties=kept))

    def fetch_foreign(self, link: str) -> ForeignDatabase:
        """Find the database that a link or an id means, as `ports.Adopter` describes."""
        schema, is_locked = fetch_schema_of(self._gateway, link, is_builtin=self._is_builtin)
        self._schemas[schema.data_source_id] = schema
        return describe(schema, is_locked=is_locked)

    def bind_foreign(self, database: ForeignDatabase, matching: Matching) -> DatabaseTarget:
        """Bind the fields to the columns that serve them, as `ports.Adopter` describes."""
        return bind_foreign(self._schemas[database.data_source_id], matching)

    def list_needed(self, target: DatabaseTarget) -> Sequence[str]:
        """Return the names of the columns that `complete_foreign` adds."""
        return list_needed(self._schemas[target.data_source_id], target)

    def complete_foreign(self, target: DatabaseTarget) -> DatabaseTarget:
        """Add the columns without which a database cannot be synced; bind them."""
        schema = fetch_schema(self._gateway, target.data_source_id)
        names = list_needed(schema, target)
        schema = self._maker.add(schema, names) if names else schema
        return self._bind(schema, target)

    def fetch_lacking(self, target: DatabaseTarget) -> Lacking:
        """Return what the database of an earlier version lacks, though it can be synced."""
        schema = self._schema(target)
        undescribed = tuple(column.name for column in list_undescribed(schema, target))
        missing = list_missing(schema, target)
        names = {column.name.casefold() for column in schema.columns.values()}
        taken = tuple(name for name in missing if name.casefold() in names)
        return Lacking(tuple(missing), taken, undescribed)

    def describe_columns(self, target: DatabaseTarget) -> None:
        """Say of the columns that no learner needs what they are for."""
        schema = self._schema(target)
        self._maker.describe(schema, list_undescribed(schema, target))

    def create_row(
        self,
        target: DatabaseTarget,
        action: Create,
        pages: Mapping[SkillId, PageId],
        page: RowPage | None = None,
    ) -> PageId:
        """Make a row; an ambiguous answer is settled by Tracker ID before it is repeated."""
        return self._writer(target).create(action, pages, page)

    def restore_row(self, target: DatabaseTarget, page_id: PageId, look: Look = no_look) -> None:
        """Take a row out of the trash."""
        self._writer(target).restore(page_id, look)

    def update_row(
        self,
        target: DatabaseTarget,
        action: Update,
        pages: Mapping[SkillId, PageId],
        look: Look = no_look,
    ) -> None:
        """Set the changed fields of a row; restores it from the trash first when asked."""
        self._writer(target).update(action, pages, look)

    def trash_row(self, target: DatabaseTarget, page_id: PageId, look: Look = no_look) -> None:
        """Move a row to the trash; a row that is there already is fine."""
        self._writer(target).trash(page_id, look)

    def _note(self, name: str, target: DatabaseTarget) -> DatabaseTarget:
        """Remember whose database this is, so that other roadmaps skip it."""
        self._databases[name] = target.database_id
        return target

    def _others(self, name: str) -> frozenset[str]:
        """Return the databases known to belong to other roadmaps."""
        return frozenset(found for other, found in self._databases.items() if other != name)

    def _find(self, name: str, title: str, *, is_whole: bool = True) -> Schema | None:
        wanted = WantedDatabase(name, title, self._others(name), is_whole)
        found = find_schema(self._gateway, self._parent, wanted)
        self._noted[name] = frozenset(wanted.noted)
        self._pages = wanted.pages
        return found

    def _look_up(self, name: str, title: str) -> Schema | None:
        """Look for a database that this run or another machine may just have made."""
        for seconds in self._patience:
            self._gateway.wait(seconds)
            found = self._find(name, title)
            if found is not None:
                if not self._is_unfinished(found):
                    raise overtaken(title, "nothing was written")
                return found
        return None

    def _finish(self, found: Schema) -> Schema:
        """Finish a half-made database, unless another machine is about to do so."""
        is_fresh = is_young(found.times, self._gateway.date)
        for seconds in self._patience[:_MAKING] if is_fresh else ():
            self._gateway.wait(seconds)
            found = fetch_schema(self._gateway, found.data_source_id)
            if not self._is_unfinished(found):
                raise overtaken(found.title, "nothing was written")
        return self._maker.finish(found) if self._is_unfinished(found) else found

    def _give_way(self, name: str, made: Schema) -> None:
        """Look again after a database was made; raise OvertakenError where an older one counts."""
        wanted = WantedDatabase(name, made.title, self._others(name) | self._noted[name])
        twins = find_twins(self._gateway, self._parent, wanted, made.database_id)
        if not twins:
            return
        own = self._gateway.fetch(f"databases/{made.database_id}")
        # The oldest counts, or one that has rows already: every machine finds the same.
        is_second = min(map(age_of, twins)) < age_of(own)
        if not is_second:
            sources = [source for twin in twins for source in find_sources(twin)]
            is_second = any(has_rows(self._gateway, source) for source in sources)
        if is_second:
            is_gone = give_up(self._gateway, made.database_id, made.data_source_id)
            where = "is in the trash" if is_gone else "is left as it is; move it to the trash"
            raise overtaken(made.title, f"the database made here had no row, and {where}")

    def _fetch_known(self, name: str, title: str, known: DatabaseTarget) -> Schema:
        try:
            return fetch_schema(self._gateway, known.data_source_id)
        except ForbiddenError:
            raise
        except DeniedError as error:
            if self._is_builtin:
                # No page to share and no token: the file was lost, replaced or put back.
                what = f'the built-in workspace does not hold the database of "{title}" any more'
                why = ".tracker/workspace.db is new, or another one than at the last sync"
                advice = (
                    f"to fill a new database from roadmaps/{name}.yaml: tracker forget {name} --yes, "
                    "then tracker sync; or put the old .tracker/workspace.db back"
                )
                raise RemoteError(unwritten("database-lost", what, why, advice)) from None
            what = f'the database of "{title}" is not there, or not shared with the token'
            why = error.problems[0].why
            # The rows that are bound may still be those of the built-in workspace.
            advice = (
                f"{SHARING}; where the page was written into tracker.yaml by hand: "
                f"tracker connect {self._parent}"
            )
            raise RemoteError(unwritten("database-denied", what, why, advice)) from None

    def _bind(self, schema: Schema, known: DatabaseTarget | None) -> DatabaseTarget:
        target = bind(schema, known)
        if is_marked(schema) and (known is None or not known.properties):
            # Nothing is remembered: the run that made the database may have been cut off.
            target = replace(target, views=dict.fromkeys(VIEWS, ""))
        with self._lock:
            self._schemas[schema.data_source_id] = schema
            self._writers.pop(schema.data_source_id, None)
        return target

    def _is_unfinished(self, schema: Schema) -> bool:
        """Return whether a database was left half made before it got any row."""
        # The relation and the names are made last, in requests of their own; see `making`.
        status = schema.find(*COLUMNS[Field.STATUS])
        missing = missing_fields(schema) - OPTIONAL
        is_grouped = status is None or are_grouped(status)
        # The first edition added nothing but the relation later.
        if not (is_begun(schema) or missing <= {Field.REQUIRES}):
            return False
        if not missing and is_grouped and self._maker.is_back_named(schema):
            return False
        path = f"data_sources/{schema.data_source_id}/query"
        answer = self._gateway.query(path, {"page_size": 1})
        return not answer.get("results")

    def _schema(self, target: DatabaseTarget) -> Schema:
        source_id = normal_id(target.data_source_id)
        with self._lock:
            if source_id not in self._schemas:
                self._schemas[source_id] = fetch_schema(self._gateway, source_id)
            return self._schemas[source_id]

    def _reader(self, target: DatabaseTarget) -> RowReader:
        return RowReader(self._gateway, self._schema(target), target)

    def _writer(self, target: DatabaseTarget) -> RowWriter:
        source_id = normal_id(target.data_source_id)
        with self._lock:
            if source_id not in self._writers:
                schema = self._schema(target)
                writer = RowWriter(self._gateway, schema, target, self._patience, self._row_pages)
                self._writers[source_id] = writer
            return self._writers[source_id]


def make_remote(  # noqa: PLR0913  what a connection takes
    *,
    base_url: str,
    token: str,
    parent: str,
    transport: httpx.BaseTransport | None = None,
    limits: Limits = NO_LIMITS,
    patience: Sequence[float] = PATIENCE,
    timing: Timing | None = None,
    is_http_allowed: bool = False,
    is_builtin: bool = False,
    has_row_pages: bool = True,
    notify: Notify = lambda _: None,
) -> NotionRemote:
    """Connect to a Notion-like server, within the limits that a person sets.

    Without `has_row_pages` the pages of new rows are left empty.

    Raises SettingsError for an address, a proxy, a token or a page that cannot be one, and for an
    address beyond this machine over which the token would go unencrypted, unless that is allowed.
    """
    # Late: httpx and notion-client are slow to load, and only a connection needs them.
    from tracker.adapters.notion.exchange import Exchange, check_address  # noqa: PLC0415

    address = check_address(base_url, is_http_allowed=is_http_allowed)
    check_token(token)
    exchange = Exchange(address, token.strip(), transport)
    host = urlsplit(address).netloc
    gateway = Gateway(exchange, host, limits=limits, timing=timing, notify=notify)
    return NotionRemote(
        gateway,
        check_parent(parent),
        patience=patience,
        is_builtin=is_builtin,
        has_row_pages=has_row_pages,
    )
