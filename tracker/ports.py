"""What the workflows need from the outside world, as protocols.

No implementation lives here. Readers and writers are different types: code that is handed a reader
cannot write. What stays on this machine is in `local_ports`, the library in `library_ports`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from tracker.errors import Problem
from tracker.local_ports import (
    NO_RECORDS,
    AgreedReader,
    Clock,
    PageRecord,
    RoadmapReader,
    RoadmapWriter,
)
from tracker.settings import LARGE_FROM, NOTION, RemoteName

if TYPE_CHECKING:
    # Nearly every command imports this module, and few of them sync: types cost them nothing.
    from tracker.roadmap.links import LinkAnswer
    from tracker.roadmap.model import SkillId
    from tracker.sync.adoption import Matching
    from tracker.sync.journal import JournalEntry, JournalRun, Undo
    from tracker.sync.model import (
        Base,
        Binding,
        Create,
        MissingRow,
        PageId,
        RemoteObservation,
        RemoteRow,
        Seen,
        Update,
    )
    from tracker.sync.records import Field, Record
    from tracker.sync.rest import Rest
    from tracker.sync.row_page import RowPage
    from tracker.sync.snapshot import MergedRows, ReadConditions, ReadMark, Snapshot
    from tracker.sync.speed import Speed, SpeedRecord
    from tracker.sync.target import DatabaseTarget, ForeignDatabase, Lacking

NO_READS: Mapping[PageId, str] = MappingProxyType({})
"""Nothing is remembered of any GET."""

Progress = Callable[[int, int, str], None]
"""Called with what is done, all there is (rows, links or seconds), and a word on what is going on."""


Look = Callable[[], None]
"""Reads a row right before it is written; raises when it must not be written."""


def no_look() -> None:
    """Write a row without reading it first."""


class RemoteReader(Protocol):
    """Reads the Notion side."""

    def fetch_target(
        self, name: str, title: str, known: DatabaseTarget | None
    ) -> DatabaseTarget | None:
        """Find the database of a roadmap and bind its columns; None when there is none yet.

        Raises RefusedError when columns were deleted or retyped, RemoteError when it is denied.
        """

    def fetch_rows(
        self,
        target: DatabaseTarget,
        bound: Mapping[PageId, Seen],
        *,
        classify: int,
        direct_reads: Mapping[PageId, str] = NO_READS,
        records: Mapping[SkillId, Record] = NO_RECORDS,
    ) -> RemoteObservation:
        """Read all rows completely, and classify at most `classify` bound rows that are missing.

        `bound` is the remembered history of each row. `direct_reads` are digests of what a GET said
        after an earlier listing: a row that is listed otherwise is read again, because listings lag
        behind writes. Rows share the values that are the same in `records`, those of the file.

        Raises RemoteError when the listing is incomplete in any way.
        """

    def describe_read(self, target: DatabaseTarget) -> ReadConditions:
        """Return what a read of the rows would rest on, as of the last answer; sends nothing."""

    def fetch_changed(self, target: DatabaseTarget, since: datetime) -> Sequence[RemoteRow] | None:
        """Read the rows edited in a minute or after it.

        None when the server does not show all of them: then only a complete read helps.
        """

    def check_rows(
        self,
        target: DatabaseTarget,
        merged: MergedRows,
        bound: Mapping[PageId, Seen],
        *,
        classify: int,
    ) -> RemoteObservation:
        """Read again what is doubtful in an incremental read, as `fetch_rows` does in a listing."""

    def fetch_row(self, target: DatabaseTarget, page_id: PageId) -> RemoteRow | MissingRow:
        """Read one row as it is now; one that cannot be seen is missing, not gone."""

    def fetch_options(self, target: DatabaseTarget) -> Mapping[Field, frozenset[str]]:
        """Return the options of the database, for the fields that have options."""

    def fetch_by_id(self, target: DatabaseTarget, skill_id: SkillId) -> tuple[RemoteRow, ...]:
        """Find rows by Tracker ID; the query may lag behind writes, as a listing does."""

    @property
    def pauses(self) -> Sequence[float]:
        """Seconds between listings; the one after the last shows every row that existed at the first."""

    def wait(self, seconds: float) -> None:
        """Wait; raise UnreachableError when the connection is closed meanwhile."""

    @property
    def requests(self) -> int:
        """Number of API requests sent so far, retries included."""

    @property
    def speed(self) -> Speed:
        """How fast the server turned out to be so far."""


class TokenKind(Enum):
    """Whom a token acts for: a connection sees the pages shared with it, a person what they see."""

    CONNECTION = "connection"
    PERSONAL = "personal"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Token:
    """Whom a token belongs to, its kind, and the time by the server's clock if it tells it."""

    who: str
    kind: TokenKind = TokenKind.UNKNOWN
    time: datetime | None = None


class Capability(Enum):
    """What a token may be allowed to change: make something, or change what is there."""

    INSERT = "insert"
    UPDATE = "update"


class CapabilityAnswer(Enum):
    """What is known of a capability without a change: only a refusal proves something."""

    MISSING = "missing"
    FULL = "full"
    NOT_REFUSED = "not refused"
    UNTESTED = "not tested"


class Examiner(Protocol):
    """Looks at the Notion side for the doctor, and changes nothing."""

    def fetch_token(self) -> Token:
        """Return whom the token belongs to; raises SettingsError when it is refused."""

    def fetch_parent_title(self) -> str:
        """Return the title of the page that holds the databases; raises RemoteError without it."""

    def probe_capability(self, capability: Capability) -> CapabilityAnswer:
        """Find out whether a capability is missing, by a request that cannot change anything."""

    def count_twins(self, name: str, target: DatabaseTarget) -> int:
        """Count the other databases that are marked as the roadmap's."""

    def fetch_lacking(self, target: DatabaseTarget) -> Lacking:
        """Return what a database lacks, though it can be synced."""

    def fetch_missing_views(self, target: DatabaseTarget) -> Mapping[str, str]:
        """Return kind and name of the missing views, but for those made once and deleted since.

        Noted in the target with an empty id they are made by `create_views`.
        """


class Remote(RemoteReader, Examiner, Protocol):
    """The Notion side, for workflows that may write.

    The calls of one page must not overlap; those of different pages may. `pages` maps the skill ids
    of prerequisites to pages.
    """

    def create_target(self, name: str, title: str, sections: Sequence[str]) -> DatabaseTarget:
        """Create the database of a roadmap with all its columns; its views are still to be made."""

    def create_views(self, target: DatabaseTarget) -> Iterator[DatabaseTarget]:
        """Make the views that are still to be made; yield the target after each, to be remembered.

        One that is there already counts, whatever its name. One that the server refuses is in the
        notes, and no longer to be made; one of which no answer comes still is.
        """

    def fetch_pending_views(self, target: DatabaseTarget) -> DatabaseTarget:
        """Return a target with rows, of which nothing is remembered, with the views still to be made.

        None are, unless the run that made them was cut off: what is missing was deleted or refused.
        """

    def create_row(
        self,
        target: DatabaseTarget,
        action: Create,
        pages: Mapping[SkillId, PageId],
        page: RowPage | None = None,
    ) -> PageId:
        """Create a row; after an ambiguous answer, look it up by Tracker ID before trying again.

        `page` is what its page begins with. A row is made without it where the server does not take
        it, and `notes` say so.
        """

    def restore_row(self, target: DatabaseTarget, page_id: PageId, look: Look = no_look) -> None:
        """Take a row out of the trash.

        Here and below, `look` is called right before the write is sent, with no wait between the
        two, and again before each repetition of it.
        """

    def update_row(
        self,
        target: DatabaseTarget,
        action: Update,
        pages: Mapping[SkillId, PageId],
        look: Look = no_look,
    ) -> None:
        """Set the changed fields of a row; restore it from the trash first if the action says so."""

    def trash_row(self, target: DatabaseTarget, page_id: PageId, look: Look = no_look) -> None:
        """Move a row to the trash; a row that is there already is fine."""

    @property
    def lanes(self) -> int:
        """How many requests there is a use for at once; changes with every answer."""

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What turned out other than requested, such as a status column without groups."""

    def find_target(
        self, name: str, title: str, known: DatabaseTarget | None
    ) -> DatabaseTarget | None:
        """Find the database of a roadmap, and bind the columns that it has; None without one.

        `known` says where it is when its columns are not bound yet.
        """

    def create_columns(self, target: DatabaseTarget) -> DatabaseTarget:
        """Add the columns that are missing, empty; raises RefusedError for retyped ones."""

    def describe_columns(self, target: DatabaseTarget) -> None:
        """Say of the columns that no learner needs what they are for, where nothing is said."""

    def close(self) -> None:
        """Stop sending, wake up everything that waits, and release the connections."""


class PageFate(Enum):
    """What became of a text for the Progress page.

    It was `LEFT` because the page is in the trash or cannot be found, `UNMARKED` because it lacks the
    line that marks tracker's part.
    """

    WRITTEN = "written"
    LEFT = "left"
    UNMARKED = "unmarked"


class ProgressPage(Protocol):
    """Writes tracker's own part of the page that shows progress, and nothing else of it."""

    def fetch_fate(self, known: PageRecord) -> PageFate:
        """Return what would become of a text now, by reading the page that is remembered."""

    def write_text(
        self, text: str, known: PageRecord, *, is_first: bool
    ) -> tuple[PageRecord, PageFate]:
        """Put a text in the place of the part that tracker wrote; make the page if there is none.

        Returns what is known of the page then. `is_first` says that the databases are as new as the
        page would be: it was never made. Raises RemoteError when the page cannot be written, and nothing of it was.
        """

    def format_link(self, page_id: PageId) -> str:
        """Return the address of a row for a link on the page."""


class Adopter(Protocol):
    """Makes a roadmap's database of one that somebody else made."""

    def fetch_foreign(self, link: str) -> ForeignDatabase:
        """Find the database that a link or an id means.

        Raises UsageError for what is no database of one data source, RemoteError for one that cannot
        be read, RefusedError for one in the trash.
        """

    def bind_foreign(self, database: ForeignDatabase, matching: Matching) -> DatabaseTarget:
        """Bind the fields to the columns that serve them; writes nothing."""

    def list_needed(self, target: DatabaseTarget) -> Sequence[str]:
        """Return the names of the columns without which a database cannot be synced."""

    def complete_foreign(self, target: DatabaseTarget) -> DatabaseTarget:
        """Add the columns without which a database cannot be synced, unless they are there."""


class SnapshotReader(Protocol):
    """Reads what only saves work; what is damaged counts as not there."""

    def load_mark(self, roadmap: str) -> ReadMark | None:
        """Load what the remembered rows of a roadmap rest on; None when none are remembered."""

    def load_rows(
        self, roadmap: str, records: Mapping[SkillId, Record] = NO_RECORDS
    ) -> Sequence[RemoteRow] | None:
        """Load these rows, in the order in which they were listed.

        They share the values that are the same in `records`, those of the file.
        """

    def load_digests(self, roadmap: str) -> Mapping[PageId, str] | None:
        """Load the digests of these rows, as `sync.snapshot` makes them."""

    def load_rest(self) -> Rest | None:
        """Load what the last run rested on; None when it left something to do, or another followed."""


class StateReader(SnapshotReader, AgreedReader, Protocol):
    """Reads what was remembered."""

    def load_base(self, roadmap: str, records: Mapping[SkillId, Record] = NO_RECORDS) -> Base:
        """Load the bindings and base values of a roadmap.

        Skills whose base is equal to one of `records`, those of the file, share its values.
        """

    def load_pages(self, roadmap: str) -> Mapping[SkillId, PageId]:
        """Load which row is bound to which skill, and nothing else of the base."""

    def load_target(self, roadmap: str) -> DatabaseTarget | None:
        """Load the database binding of a roadmap."""

    def load_intents(self, roadmap: str) -> frozenset[SkillId]:
        """Load the skills whose row was about to be created, and of which no answer came."""

    def load_direct_reads(self, roadmap: str) -> Mapping[PageId, str]:
        """Load the digests of rows for which a GET said something else than the listing."""

    def load_roadmaps(self) -> tuple[str, ...]:
        """Load the names of all roadmaps that have a target."""

    def load_speed(self, host: str) -> SpeedRecord:
        """Load what is remembered of a server's limit; an empty record for anything unreadable."""


class JournalReader(Protocol):
    """Reads what runs wrote."""

    def load_run_names(self) -> tuple[str, ...]:
        """Load the names of all runs that wrote something, newest first."""

    def load_run(self, name: str) -> JournalRun:
        """Load what a run wrote; an unknown run wrote nothing."""

    def load_undos(self) -> tuple[Undo, ...]:
        """Load which run takes back which other one, oldest first."""


class State(StateReader, JournalReader, Protocol):
    """The state, for workflows that may write; every call is one durable commit."""

    def save_target(self, roadmap: str, target: DatabaseTarget) -> None:
        """Remember a roadmap's database."""

    def save_bindings(
        self, roadmap: str, bindings: Sequence[Binding], entries: Sequence[JournalEntry] = ()
    ) -> None:
        """Merge the given base fields into the bindings, clear their intents, journal the entries."""

    def save_intent(self, roadmap: str, skill_id: SkillId) -> None:
        """Note that a row is about to be created."""

    def save_direct_reads(self, roadmap: str, reads: Mapping[PageId, str]) -> None:
        """Remember what a GET said of rows, in place of what was remembered of all rows before."""

    def remove_binding(
        self, roadmap: str, skill_id: SkillId, entries: Sequence[JournalEntry] = ()
    ) -> None:
        """Forget a skill; journal the entries."""

    def remove_roadmap(self, roadmap: str) -> None:
        """Forget a roadmap altogether; neither side is touched."""

    def save_page(self, record: PageRecord) -> None:
        """Remember the Progress page; an empty record forgets it."""

    def save_snapshot(
        self, roadmap: str, snapshot: Snapshot | None, *, keeps_rest: bool = False
    ) -> None:
        """Remember the rows of a read, in place of the same ones or of all; None forgets them."""

    def save_rest(self, rest: Rest) -> None:
        """Remember what a run rested on; every other call ends that, but for one that `keeps_rest`."""

    def save_speed(self, host: str, record: SpeedRecord) -> None:
        """Remember a server's limit; the rest of a run goes on."""

    def save_undo(self, undo: Undo) -> None:
        """Note that a run takes another one back, or that it has finished doing so."""

    def find_damage(self) -> tuple[Problem, ...]:
        """Read everything that is remembered, and return what is wrong with it."""

    def set_aside(self) -> str:
        """Rename a state that cannot be used, and return its new name; nothing is deleted."""


class LinkReader(Protocol):
    """Requests links over HTTP."""

    def fetch_answers(self, urls: Sequence[str], heard: Callable[[LinkAnswer], None]) -> None:
        """Request every URL once, and call `heard` with each answer; never raises for what a link does."""


class LinkMemory(Protocol):
    """Remembers for a while what links answered, so that they need not be requested again."""

    def load_answers(self) -> tuple[LinkAnswer, ...]:
        """Load the answers that are still fresh."""

    def save_answers(self, answers: Sequence[LinkAnswer]) -> None:
        """Remember answers beside those that are still fresh; a disk that refuses is no error."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Everything that planning may touch; `name` is what the remote side is called.

    `track` is the goal that the learner follows, `setting` a digest of all settings and of the
    program's version. Databases of `large_from` rows and more are read incrementally.
    """

    roadmaps: RoadmapReader
    remote: RemoteReader
    state: StateReader
    clock: Clock
    name: RemoteName = NOTION
    track: str | None = None
    setting: str = ""
    large_from: int = LARGE_FROM


@dataclass(frozen=True, slots=True)
class Writers:
    """Everything that applying may touch; `workers` limits the rows that are written at once.

    Without a `page` the learner wants none.
    """

    roadmaps: RoadmapWriter
    remote: Remote
    state: State
    clock: Clock
    workers: int = 32
    page: ProgressPage | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """One folder's services; `lock` is held while anything is written."""

    readers: Readers
    writers: Writers
    adopter: Adopter
    lock: Callable[[], AbstractContextManager[None]]
