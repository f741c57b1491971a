"""Construction: settings and environment in, services out.

The only place that constructs adapters, and the documented place of late imports: heavy modules
are imported by the function that needs them. Decides nothing about roadmaps or Notion.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tracker import __version__
from tracker.adapters.files import find_lock_holder, hold_lock
from tracker.adapters.settings_file import (
    find_folder,
    import_keyring,
    load_settings,
    load_token,
    prepare_parent,
    save_token,
    save_track,
)
from tracker.errors import (
    Problem,
    RemoteError,
    SettingsError,
    Severity,
    StateError,
    TrackerError,
    UnreachableError,
    UsageError,
)
from tracker.local_ports import AgreedReader, Clock, LocalServices
from tracker.settings import DEFAULT_BASE_URL, LARGE_FROM, WORKSPACE, Settings

if TYPE_CHECKING:
    import httpx

    from tracker.adapters.builtin import ApiClient
    from tracker.adapters.notion.gateway import Timing
    from tracker.adapters.notion.remote import NotionRemote
    from tracker.library_ports import EditionReader, LibraryServices
    from tracker.ports import LinkMemory, LinkReader, Services, State
    from tracker.progress.page import Waiting
    from tracker.workflows.library import ForeignReader, NewFileWriter
    from tracker.workflows.results import Initialised, NotionPage

__all__ = [
    "Overrides",
    "SystemClock",
    "bundled_folder",
    "fetch_page",
    "find_address",
    "find_base_url",
    "find_folder",
    "find_holder",
    "find_parent",
    "format_page_link",
    "has_workspace",
    "import_keyring",
    "init_folder",
    "load_settings",
    "load_waiting",
    "open_agreed",
    "open_bundled",
    "open_foreign",
    "open_library",
    "open_links",
    "open_local",
    "open_new_files",
    "open_services",
    "open_state",
    "open_workspace",
    "prepare_page",
    "save_token",
    "save_track",
]

OWN_FOLDER = ".tracker"
_WORTH_SAVING = 10
"""Requests of a run that the next one should know of, when it begins within a minute."""


class SystemClock:
    """Time as the operating system tells it."""

    def today(self) -> date:
        """Return the learner's local date."""
        return datetime.now().astimezone().date()

    def now(self) -> str:
        """Return the time as ISO 8601 text in UTC."""
        return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What tests replace at the edges of the program.

    `transport` is given the transport that would be used (None: the network) and returns the one
    to use; `timing` is how the Notion side tells time and waits; `bundled` is the folder of the
    bundled roadmaps (None: the one that comes with the program); databases of `large_from` rows and
    more are read incrementally.
    """

    clock: Clock = field(default_factory=SystemClock)
    timing: Timing | None = None
    transport: Callable[[httpx.BaseTransport | None], httpx.BaseTransport | None] = field(
        default=lambda transport: transport
    )
    bundled: Path | None = None
    large_from: int = LARGE_FROM


NO_OVERRIDES = Overrides()


def bundled_folder() -> Path:
    """Return the folder of the bundled roadmaps: in the wheel, or beside the package's source."""
    # A wheel has the roadmaps inside the package; a checkout has them at its top.
    here = Path(__file__).parent
    packaged = here / "bundled"
    return packaged if packaged.is_dir() else here.parent / "roadmaps"


def init_folder(
    folder: Path,
    roadmaps: Sequence[str],
    notion: str | None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Overrides = NO_OVERRIDES,
) -> Initialised:
    """Set up a learner's folder, or add what is missing to one; see `adapters.folder`.

    With an environment that holds a token, the server is asked whether the page is one; if it does
    not answer, the first sync asks.
    """
    from tracker.adapters.folder import list_roadmaps, make_folder  # noqa: PLC0415

    problems = _check_page(notion, roadmaps, environ, overrides) if notion and environ else ()
    bundled = overrides.bundled or bundled_folder()
    made = make_folder(folder, bundled, roadmaps=roadmaps, notion=notion)
    if roadmaps:
        from tracker.adapters.editions import Editions  # noqa: PLC0415

        Editions(bundled, folder).remember_fresh(roadmaps)
    parent = load_settings(folder).notion.parent
    place = f"Notion page {parent}" if parent else WORKSPACE.place
    is_empty = not list_roadmaps(folder)
    from tracker.workflows.results import Initialised  # noqa: PLC0415  with those of a sync

    return Initialised(folder, made, place, is_empty=is_empty, problems=problems)


def _check_page(
    notion: str, roadmaps: Sequence[str], environ: Mapping[str, str], overrides: Overrides
) -> tuple[Problem, ...]:
    """Ask the server once about the page that is to hold the databases, without waiting.

    Returns what prevents the first sync; raises UsageError for a database.
    """
    from tracker.adapters.folder import format_init, parse_parent  # noqa: PLC0415
    from tracker.adapters.notion.gateway import Timing  # noqa: PLC0415

    def refuse_to_wait(seconds: float) -> None:
        raise UnreachableError(Problem("busy", f"the server wants {seconds:.0f} s of patience"))

    page = parse_parent(notion)
    try:
        load_token(environ)
    except SettingsError:
        return ()  # the first sync asks for a token
    hurried = replace(overrides, timing=Timing(sleep=refuse_to_wait))
    try:
        with _open_page((page, notion), format_init(roadmaps), environ, hurried) as remote:
            remote.fetch_parent_title()
    except UsageError:
        raise
    except UnreachableError:
        return ()
    except TrackerError as error:
        return tuple(replace(it, severity=Severity.WARNING, kept="") for it in error.problems)
    return ()


@contextmanager
def _open_page(
    page: tuple[str, str],
    command: str,
    environ: Mapping[str, str],
    overrides: Overrides,
    notify: Callable[[str], None] = lambda _: None,
) -> Iterator[NotionRemote]:
    """Connect to a page, given by its id and as it was typed, that need not be in the settings.

    Raises UsageError where it turns out to be a database, with the command to repeat.
    """
    from tracker.adapters.folder import as_database_link  # noqa: PLC0415
    from tracker.adapters.notion.databases import DatabaseAsParentError  # noqa: PLC0415

    connect = _prepare_notion(Settings(), page[0], overrides, environ)
    remote = connect(timing=overrides.timing, notify=notify)
    try:
        yield remote
    except DatabaseAsParentError as error:
        raise as_database_link(error.title, error.around, command, page[1]) from None
    finally:
        remote.close()


def fetch_page(
    notion: str,
    *,
    environ: Mapping[str, str] = os.environ,
    overrides: Overrides = NO_OVERRIDES,
    let_in: Callable[[], None] = lambda: None,
    notify: Callable[[str], None] = lambda _: None,
) -> NotionPage:
    """Ask Notion whom the token belongs to, and then for the page of a link or an id.

    `let_in` is called once the token is known to be good. Raises UsageError for what is no page, SettingsError without a token that is let in, RemoteError
    when the page is not there or not shared.
    """
    from tracker.adapters.folder import as_database_link, parse_parent  # noqa: PLC0415
    from tracker.adapters.notion.ids import is_database_link  # noqa: PLC0415

    page_id, command = parse_parent(notion), "tracker connect"
    with _open_page((page_id, notion), command, environ, overrides, notify) as remote:
        who = remote.fetch_me()
        let_in()
        try:
            title = remote.fetch_parent_title()
            from tracker.workflows.results import NotionPage  # noqa: PLC0415  with those of a sync

            return NotionPage(page_id, title, who, remote.fetch_limits())
        except RemoteError as error:
            if not any(problem.code == "parent-page-denied" for problem in error.problems):
                raise
            # A database that is not shared looks like a page that is not; its link does not.
            if is_database_link(notion):
                raise as_database_link("", "", command, notion) from None
            error.problems = tuple(
                replace(it, why=f"{it.why}; the token is that of {who}") for it in error.problems
            )
            raise


def prepare_page(folder: Path, page_id: str) -> Callable[[], None]:
    """Return what names a page in the settings of a folder, as `init --notion` would have done."""
    from tracker.adapters.folder import BUILT_IN, NOTION  # noqa: PLC0415

    return prepare_parent(folder, page_id, {BUILT_IN: NOTION.format(parent=page_id)})


def has_workspace(folder: Path) -> bool:
    """Return whether a folder's built-in workspace was ever written."""
    return (folder / OWN_FOLDER / "workspace.db").exists()


def find_notion_link(start: Path) -> str | None:
    """Return the address of the page that the folder around here syncs with in Notion.

    None for the built-in workspace, without a folder, and when the settings cannot be read.
    """
    try:
        page_id = find_parent(load_settings(find_folder(start)))
    except SettingsError:
        return None
    return format_page_link(page_id, DEFAULT_BASE_URL) if page_id else None


def find_parent(settings: Settings) -> str | None:
    """Return the id of the page that the settings name; None for no page."""
    from tracker.adapters.notion.ids import parse_page_id  # noqa: PLC0415

    try:
        return parse_page_id(settings.notion.parent or "")
    except ValueError:
        return None


def format_page_link(page_id: str, base_url: str) -> str:
    """Return the address of a page for a browser, where `base_url` is that of the API."""
    digits = page_id.replace("-", "")
    # Notion's API has another host than its pages; a workspace that `tracker serve` shows has not.
    if base_url == DEFAULT_BASE_URL:
        return f"https://www.notion.so/{digits}"
    return f"{base_url}/p/{digits}"


def find_address(folder: Path, page_id: str | None, environ: Mapping[str, str]) -> str | None:
    """Return the address of a page of this folder, of the whole without an id.

    None while the built-in workspace is not served. Raises SettingsError where the settings name
    something that is no page.
    """
    settings = load_settings(folder)
    if settings.notion.parent is not None:
        from tracker.adapters.notion.given import check_parent  # noqa: PLC0415

        whole = check_parent(settings.notion.parent)
        return format_page_link(page_id or whole, find_base_url(environ))
    from tracker.adapters.builtin import ROOT_PAGE_ID, find_served  # noqa: PLC0415

    served = find_served(folder / OWN_FOLDER)
    return format_page_link(page_id or ROOT_PAGE_ID, served) if served else None


def open_local(folder: Path, *, overrides: Overrides = NO_OVERRIDES) -> LocalServices:
    """Make the services of one folder that need no network."""
    from tracker.adapters.roadmap_files.load import RoadmapFolder  # noqa: PLC0415
    from tracker.adapters.roadmap_files.save import RoadmapSaver  # noqa: PLC0415

    clock = overrides.clock
    return LocalServices(
        RoadmapFolder(folder),
        RoadmapSaver(folder),
        clock,
        lambda: hold_lock(folder / OWN_FOLDER, since=clock.now()),
    )


def open_bundled(*, overrides: Overrides = NO_OVERRIDES) -> EditionReader:
    """Make the reader of the bundled roadmaps, which needs no folder."""
    from tracker.adapters.editions import Editions  # noqa: PLC0415

    return Editions(overrides.bundled or bundled_folder())


def open_library(folder: Path, *, overrides: Overrides = NO_OVERRIDES) -> LibraryServices:
    """Make the services that add and upgrade the roadmaps of one folder."""
    from tracker.adapters.editions import Editions, SpliceRehearsal  # noqa: PLC0415
    from tracker.library_ports import LibraryServices  # noqa: PLC0415

    editions = Editions(overrides.bundled or bundled_folder(), folder)
    return LibraryServices(
        open_local(folder, overrides=overrides), editions, editions, SpliceRehearsal()
    )


def open_foreign() -> ForeignReader:
    """Make the reader of roadmaps in foreign formats."""
    from tracker.adapters.exchange.files import ForeignFiles  # noqa: PLC0415

    return ForeignFiles()


def open_new_files(folder: Path) -> NewFileWriter:
    """Make the writer of new files for one folder, which never replaces a file."""
    from tracker.adapters.exchange.files import NewFiles  # noqa: PLC0415

    return NewFiles(folder)


def open_links(folder: Path) -> tuple[LinkReader, LinkMemory]:
    """Make the reader of links, and one folder's memory of what they answered."""
    from tracker.adapters.link_check.cache import LinkCache  # noqa: PLC0415
    from tracker.adapters.link_check.http_links import HttpLinks  # noqa: PLC0415

    return HttpLinks(), LinkCache(folder / OWN_FOLDER / "link-cache.json", SystemClock())


@contextmanager
def open_services(
    folder: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    dry_run: bool = False,
    overrides: Overrides = NO_OVERRIDES,
    notify: Callable[[str], None] = lambda _: None,
) -> Iterator[Services]:
    """Make all services of one folder and release them afterwards.

    A dry run creates no file, not even that of a built-in workspace that does not exist yet.
    `notify` is called, from any thread, with what the Notion side waits for.
    """
    from tracker.ports import Readers, Services, Writers  # noqa: PLC0415  not for what stays here

    settings = load_settings(folder)
    local = open_local(folder, overrides=overrides)
    # Closed in reverse: the connection before the workspace it leads to, the state last.
    with ExitStack() as stack:
        state = stack.enter_context(open_state(folder))
        if settings.notion.parent is None:
            connect = _prepare_builtin(folder, overrides, stack, dry_run=dry_run)
        else:
            connect = _prepare_notion(settings, settings.notion.parent, overrides, environ)
        remote = connect(timing=overrides.timing, notify=notify)
        stack.callback(remote.close)
        # The built-in workspace is served at another address each time, and has no limit.
        is_builtin = settings.notion.parent is None
        host = "" if is_builtin else urlsplit(find_base_url(environ)).netloc
        if host:
            remote.recall_speed(state.load_speed(host))
        address = "/p/" if is_builtin else format_page_link("", find_base_url(environ))
        page = remote.open_progress_page(address) if settings.progress_page else None
        yield Services(
            Readers(
                local.reader,
                remote,
                state,
                local.clock,
                settings.remote_name,
                settings.track,
                _digest_setting(settings, environ),
                large_from=overrides.large_from,
            ),
            Writers(local.writer, remote, state, local.clock, settings.notion.workers, page),
            remote,
            local.lock,
        )
        if host and not dry_run:
            _save_speed(state, host, remote)


def _digest_setting(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return a digest of what a run is told beside its command line."""
    told = repr((__version__, find_base_url(environ), settings))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _save_speed(state: State, host: str, remote: NotionRemote) -> None:
    """Remember what a run found out about the server's limit, if it is worth a commit."""
    record = remote.make_speed_record()
    if record.budget != state.load_speed(host).budget or remote.requests >= _WORTH_SAVING:
        # It only saves time: the run went well without it.
        with suppress(StateError):
            state.save_speed(host, record)


def find_holder(folder: Path) -> Problem | None:
    """Return the problem that another run is writing in a folder; None when none is."""
    return find_lock_holder(folder / OWN_FOLDER)


@contextmanager
def open_agreed(folder: Path) -> Iterator[AgreedReader]:
    """Open what the state of one folder says of the last sync; nothing is written."""
    from tracker.adapters.state_reading import StateFile  # noqa: PLC0415

    file = StateFile(folder / OWN_FOLDER / "state.db")
    try:
        yield file
    finally:
        file.close()


@contextmanager
def open_state(folder: Path) -> Iterator[State]:
    """Open the state of one folder and release it afterwards; needs neither token nor network."""
    from tracker.adapters.state_db import NotedState  # noqa: PLC0415

    settings = load_settings(folder)
    path = folder / OWN_FOLDER / "state.db"
    db = NotedState(path, folder, settings.notion)
    try:
        yield db
    finally:
        db.close()


def load_waiting(folder: Path) -> Mapping[str, Sequence[Waiting]]:
    """Return what the last run in a folder left for a person to decide, by the page id of its row.

    Raises StateError where the state cannot be read, SettingsError where the settings cannot.
    """
    from tracker.workflows.waiting import find_waiting  # noqa: PLC0415

    with open_state(folder) as state:
        return find_waiting(state)


@contextmanager
def open_workspace(folder: Path) -> Iterator[ApiClient]:
    """Open a folder's built-in workspace to a plain client of the API."""
    from tracker.adapters.builtin import ApiClient, make_workspace  # noqa: PLC0415

    app = make_workspace(folder / OWN_FOLDER / "workspace.db")
    client = ApiClient(app)
    try:
        yield client
    finally:
        client.close()
        app.extensions["workspace"].close()


def _prepare_notion(
    settings: Settings, parent: str, overrides: Overrides, environ: Mapping[str, str]
) -> Callable[..., NotionRemote]:
    from tracker.adapters.notion.gateway import Limits  # noqa: PLC0415
    from tracker.adapters.notion.remote import make_remote  # noqa: PLC0415

    base_url = find_base_url(environ)
    return partial(
        make_remote,
        base_url=base_url,
        token=load_token(environ),
        parent=parent,
        transport=overrides.transport(None),
        limits=Limits(settings.notion.requests_per_minute, settings.notion.workers),
        has_row_pages=settings.notion.row_pages,
        is_http_allowed=environ.get("NOTION_ALLOW_HTTP", "").strip() == "1",
    )


def _prepare_builtin(
    folder: Path, overrides: Overrides, stack: ExitStack, *, dry_run: bool
) -> Callable[..., NotionRemote]:
    from tracker.adapters.builtin import (  # noqa: PLC0415
        ROOT_PAGE_ID,
        WorkspaceTransport,
        make_workspace,
    )
    from tracker.adapters.notion.remote import make_remote  # noqa: PLC0415

    path = folder / OWN_FOLDER / "workspace.db"
    app = make_workspace(None if dry_run and not path.exists() else path, is_lazy=True)
    stack.callback(app.extensions["workspace"].close)
    return partial(
        make_remote,
        base_url="http://localhost",
        # The built-in workspace takes any token, has no limit, and its answers never lag.
        token="built-in",  # noqa: S106
        parent=ROOT_PAGE_ID,
        transport=overrides.transport(WorkspaceTransport(app=app)),
        patience=(0.0,),
        is_builtin=True,
    )


def find_base_url(environ: Mapping[str, str]) -> str:
    """Return the address of the Notion API that the environment names, or the public one."""
    # With and without /v1, as documentation shows it: the client adds it itself.
    address = environ.get("NOTION_BASE_URL", "").strip().rstrip("/").removesuffix("/v1")
    return address.rstrip("/") or DEFAULT_BASE_URL
