"""Construction: settings and environment in, services out.

The only place that constructs adapters, and the documented place of late imports: heavy modules
are imported by the function that needs them. Decides nothing about roadmaps or Notion.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.adapters.lock import hold_lock
from tracker.adapters.settings_file import find_folder, load_settings, load_token
from tracker.errors import Problem, SettingsError, Severity, TrackerError, UnreachableError
from tracker.ports import (
    Clock,
    Desk,
    EditionReader,
    LinkMemory,
    LinkReader,
    Readers,
    Services,
    Shelf,
    State,
    Writers,
)
from tracker.settings import DEFAULT_BASE_URL, WORKSPACE, Settings
from tracker.workflows.results import Initialised

if TYPE_CHECKING:
    import httpx

    from tracker.adapters.builtin import ApiClient
    from tracker.adapters.notion.gateway import Timing
    from tracker.adapters.notion.remote import NotionRemote
    from tracker.workflows.exchange import ForeignReader, NewFileWriter

__all__ = [
    "Outside",
    "SystemClock",
    "bundled_folder",
    "find_base_url",
    "find_folder",
    "init_folder",
    "load_settings",
    "open_desk",
    "open_foreign",
    "open_library",
    "open_links",
    "open_new_files",
    "open_services",
    "open_shelf",
    "open_state",
    "open_workspace",
]

OWN_FOLDER = ".tracker"
PATIENCE = (0.5, 1.0, 2.0, 4.0, 7.5, 15.0, 20.0, 25.0)
"""Seconds between looks for a row that may be there: Notion lists rows up to a minute late."""


class SystemClock:
    """Time as the operating system tells it."""

    def today(self) -> date:
        """Return the learner's local date."""
        return datetime.now().astimezone().date()

    def now(self) -> str:
        """Return the time as ISO 8601 text in UTC."""
        return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies outside the program, for tests to replace.

    `transport` is given the transport that would be used (None: the network) and returns the one
    to use; `timing` is how the Notion side tells time and waits; `bundled` is the folder of the
    bundled roadmaps (None: the one that comes with the program).
    """

    clock: Clock = field(default_factory=SystemClock)
    timing: Timing | None = None
    transport: Callable[[httpx.BaseTransport | None], httpx.BaseTransport | None] = lambda same: (
        same
    )
    bundled: Path | None = None


REAL = Outside()


def bundled_folder() -> Path:
    """Return the folder of the bundled roadmaps: in the wheel, or beside the package's source."""
    here = Path(__file__).parent
    packaged = here / "bundled"
    return packaged if packaged.is_dir() else here.parent / "roadmaps"


def init_folder(
    folder: Path,
    roadmaps: Sequence[str],
    notion: str | None,
    *,
    environ: Mapping[str, str] | None = None,
    outside: Outside = REAL,
) -> Initialised:
    """Make a learner's folder, or add what is missing to one; see `adapters.folder`.

    With an environment that holds a token, the server is asked whether the page is one; where it
    does not answer, that waits for the first sync.
    """
    from tracker.adapters.folder import list_roadmaps, make_folder  # noqa: PLC0415

    told = _ask_about_page(notion, roadmaps, environ, outside) if notion and environ else ()
    bundled = outside.bundled or bundled_folder()
    made = make_folder(folder, bundled, roadmaps=roadmaps, notion=notion)
    if roadmaps:
        from tracker.adapters.editions import Editions  # noqa: PLC0415

        Editions(bundled, folder).remember_fresh(roadmaps)
    parent = load_settings(folder).notion.parent
    place = f"Notion page {parent}" if parent else WORKSPACE.place
    return Initialised(folder, made, place, is_empty=not list_roadmaps(folder), problems=told)


def _ask_about_page(
    notion: str, roadmaps: Sequence[str], environ: Mapping[str, str], outside: Outside
) -> tuple[Problem, ...]:
    """Ask the server about the page that shall hold the databases, once and without patience.

    Returns what stands in the way of the first sync; raises UsageError for a database.
    """
    from tracker.adapters.folder import as_database_link, parse_parent  # noqa: PLC0415
    from tracker.adapters.notion.discovery import DatabaseAsParentError  # noqa: PLC0415
    from tracker.adapters.notion.gateway import Timing  # noqa: PLC0415
    from tracker.adapters.notion.remote import make_remote  # noqa: PLC0415

    def hurry(seconds: float) -> None:
        raise UnreachableError(Problem("busy", f"the server wants {seconds:.0f} s of patience"))

    page = parse_parent(notion)
    try:
        token = load_token(environ)
    except SettingsError:
        return ()
    try:
        remote = make_remote(
            base_url=find_base_url(environ),
            token=token,
            parent=page,
            transport=outside.transport(None),
            timing=Timing(sleep=hurry),
        )
        try:
            remote.check_parent()
        finally:
            remote.close()
    except DatabaseAsParentError as error:
        raise as_database_link(error.title, error.around, roadmaps) from None
    except UnreachableError:
        return ()
    except TrackerError as error:
        return tuple(replace(each, severity=Severity.WARNING, kept="") for each in error.problems)
    return ()


def find_notion_link(start: Path) -> str | None:
    """Return the address of the page that the folder around here syncs with in Notion.

    None for the built-in workspace, without a folder, and where the settings cannot be read.
    """
    from tracker.adapters.notion.ids import parse_page_id  # noqa: PLC0415

    try:
        parent = load_settings(find_folder(start)).notion.parent
        page_id = parse_page_id(parent) if parent else None
    except (SettingsError, ValueError):
        return None
    return f"https://www.notion.so/{page_id.replace('-', '')}" if page_id else None


def open_desk(folder: Path, *, outside: Outside = REAL) -> Desk:
    """Make the services of one folder that need no network."""
    from tracker.adapters.roadmap_files.load import RoadmapFolder  # noqa: PLC0415
    from tracker.adapters.roadmap_files.save import RoadmapSaver  # noqa: PLC0415

    clock = outside.clock
    return Desk(
        RoadmapFolder(folder),
        RoadmapSaver(folder),
        clock,
        lambda: hold_lock(folder / OWN_FOLDER, since=clock.now()),
    )


def open_library(*, outside: Outside = REAL) -> EditionReader:
    """Make the reader of the bundled roadmaps, for which no folder is needed."""
    from tracker.adapters.editions import Editions  # noqa: PLC0415

    return Editions(outside.bundled or bundled_folder())


def open_shelf(folder: Path, *, outside: Outside = REAL) -> Shelf:
    """Make the services that bring roadmaps and new editions of them into one folder."""
    from tracker.adapters.editions import Editions, SpliceRehearsal  # noqa: PLC0415

    editions = Editions(outside.bundled or bundled_folder(), folder)
    return Shelf(open_desk(folder, outside=outside), editions, editions, SpliceRehearsal())


def open_foreign() -> ForeignReader:
    """Make the reader of roadmaps in foreign formats."""
    from tracker.adapters.exchange.files import ForeignFiles  # noqa: PLC0415

    return ForeignFiles()


def open_new_files(folder: Path) -> NewFileWriter:
    """Make what writes new files for one folder, and never replaces one."""
    from tracker.adapters.exchange.files import NewFiles  # noqa: PLC0415

    return NewFiles(folder)


def open_links(folder: Path) -> tuple[LinkReader, LinkMemory]:
    """Make the reader of links, and the memory of what they answered, of one folder."""
    from tracker.adapters.link_check.cache import LinkCache  # noqa: PLC0415
    from tracker.adapters.link_check.http_links import HttpLinks  # noqa: PLC0415

    return HttpLinks(), LinkCache(folder / OWN_FOLDER / "link-cache.json", SystemClock())


@contextmanager
def open_services(
    folder: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    dry_run: bool = False,
    outside: Outside = REAL,
    notify: Callable[[str], None] = lambda _: None,
) -> Iterator[Services]:
    """Make all services of one folder and release them afterwards.

    A dry run makes no file, not even that of a built-in workspace that does not exist yet. `notify`
    is told, from any thread, what the Notion side waits for.
    """
    settings = load_settings(folder)
    desk = open_desk(folder, outside=outside)
    with ExitStack() as stack:
        state = stack.enter_context(open_state(folder))
        server = _find_server(folder, settings, environ, stack, dry_run=dry_run)
        remote = _connect(server, outside, notify)
        stack.callback(remote.close)
        yield Services(
            Readers(desk.reader, remote, state, desk.clock, settings.remote_name.place),
            Writers(desk.writer, remote, state, desk.clock, settings.notion.workers),
            desk.lock,
        )


@contextmanager
def open_state(folder: Path) -> Iterator[State]:
    """Open the state of one folder and release it afterwards; needs neither token nor network."""
    from tracker.adapters.state_db import SharedState, StateDb  # noqa: PLC0415

    settings = load_settings(folder)
    path = folder / OWN_FOLDER / "state.db"
    is_shared = settings.notion.parent is not None
    db = SharedState(path, folder, settings.notion.databases) if is_shared else StateDb(path)
    try:
        yield db
    finally:
        db.close()


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


@dataclass(frozen=True, slots=True)
class _Server:
    """Where the Notion side is, and how it is to be treated."""

    base_url: str
    token: str
    parent: str
    transport: httpx.BaseTransport | None
    budget: int | None
    patience: Sequence[float]
    is_http_allowed: bool = False
    is_builtin: bool = False


def _connect(server: _Server, outside: Outside, notify: Callable[[str], None]) -> NotionRemote:
    from tracker.adapters.notion.remote import make_remote  # noqa: PLC0415

    return make_remote(
        base_url=server.base_url,
        token=server.token,
        parent=server.parent,
        transport=outside.transport(server.transport),
        budget=server.budget,
        patience=server.patience,
        timing=outside.timing,
        is_http_allowed=server.is_http_allowed,
        is_builtin=server.is_builtin,
        notify=notify,
    )


def _find_server(
    folder: Path,
    settings: Settings,
    environ: Mapping[str, str],
    stack: ExitStack,
    *,
    dry_run: bool,
) -> _Server:

    parent = settings.notion.parent
    if parent is None:
        return _start_builtin(folder, stack, dry_run=dry_run)
    base_url = find_base_url(environ)
    budget = settings.find_budget(base_url)
    is_http_allowed = environ.get("NOTION_ALLOW_HTTP", "").strip() == "1"
    token = load_token(environ)
    return _Server(base_url, token, parent, None, budget, PATIENCE, is_http_allowed)


def _start_builtin(folder: Path, stack: ExitStack, *, dry_run: bool) -> _Server:
    from tracker.adapters.builtin import (  # noqa: PLC0415
        ROOT_PAGE_ID,
        WorkspaceTransport,
        make_workspace,
    )

    path = folder / OWN_FOLDER / "workspace.db"
    app = make_workspace(None if dry_run and not path.exists() else path, is_lazy=True)
    stack.callback(app.extensions["workspace"].close)
    transport = WorkspaceTransport(app=app)
    # The built-in workspace takes any token, has no limit, and its answers never lag.
    return _Server(
        "http://localhost", "built-in", ROOT_PAGE_ID, transport, None, (0.0,), is_builtin=True
    )


def find_base_url(environ: Mapping[str, str]) -> str:
    """Return the address of the Notion API that the environment names, or the public one."""
    address = environ.get("NOTION_BASE_URL", "").strip().rstrip("/").removesuffix("/v1")
    return address.rstrip("/") or DEFAULT_BASE_URL
