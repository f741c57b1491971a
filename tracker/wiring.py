"""Construction: settings and environment in, services out.

The only place that constructs adapters, and the documented place of late imports: heavy modules
are imported by the function that needs them. Decides nothing about roadmaps or Notion.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.adapters.clock import SystemClock
from tracker.adapters.lock import hold_lock
from tracker.adapters.settings_file import find_folder, load_settings
from tracker.errors import Problem, SettingsError
from tracker.ports import Desk, LinkMemory, LinkReader, Readers, Services, Writers
from tracker.settings import DEFAULT_BASE_URL, Settings
from tracker.workflows.results import Initialised

if TYPE_CHECKING:
    from tracker.adapters.api_client import ApiClient
    from tracker.adapters.notion.remote import NotionRemote

__all__ = [
    "bundled_folder",
    "find_base_url",
    "find_folder",
    "init_folder",
    "load_settings",
    "open_desk",
    "open_links",
    "open_services",
    "open_workspace",
]

OWN_FOLDER = ".tracker"
PATIENCE = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between look-ups after an ambiguous create: the index of Notion lags behind writes."""


def bundled_folder() -> Path:
    """Return the folder of the bundled roadmaps: in the wheel, or beside the package's source."""
    here = Path(__file__).parent
    packaged = here / "bundled"
    return packaged if packaged.is_dir() else here.parent / "roadmaps"


def init_folder(folder: Path, roadmaps: Sequence[str], notion: str | None) -> Initialised:
    """Make a learner's folder, or add what is missing to one; see `adapters.folder`."""
    from tracker.adapters.folder import make_folder  # noqa: PLC0415

    made = make_folder(folder, bundled_folder(), roadmaps=roadmaps, notion=notion)
    parent = load_settings(folder).notion.parent
    place = f"Notion page {parent}" if parent else "the built-in workspace"
    return Initialised(folder, made, place)


def open_desk(folder: Path) -> Desk:
    """Make the services of one folder that need no network."""
    from tracker.adapters.roadmap_files.load import RoadmapFolder  # noqa: PLC0415
    from tracker.adapters.roadmap_files.save import RoadmapSaver  # noqa: PLC0415

    clock = SystemClock()
    return Desk(
        RoadmapFolder(folder),
        RoadmapSaver(folder),
        clock,
        lambda: hold_lock(folder / OWN_FOLDER, since=clock.now()),
    )


def open_links(folder: Path) -> tuple[LinkReader, LinkMemory]:
    """Make the reader of links, and the memory of what they answered, of one folder."""
    from tracker.adapters.link_check.cache import LinkCache  # noqa: PLC0415
    from tracker.adapters.link_check.http_links import HttpLinks  # noqa: PLC0415

    return HttpLinks(), LinkCache(folder / OWN_FOLDER / "link-cache.json", SystemClock())


@contextmanager
def open_services(
    folder: Path, *, environ: Mapping[str, str] = os.environ, dry_run: bool = False
) -> Iterator[Services]:
    """Make all services of one folder and release them afterwards.

    A dry run makes no file, not even that of a built-in workspace that does not exist yet.
    """
    from tracker.adapters.shared_state import SharedState  # noqa: PLC0415
    from tracker.adapters.state_db import StateDb  # noqa: PLC0415

    settings = load_settings(folder)
    desk = open_desk(folder)
    with ExitStack() as stack:
        db = StateDb(folder / OWN_FOLDER / "state.db")
        stack.callback(db.close)
        is_shared = settings.notion.parent is not None
        state = SharedState(db, folder, settings.notion.databases) if is_shared else db
        remote = _open_remote(folder, settings, environ, stack, dry_run=dry_run)
        yield Services(
            Readers(desk.reader, remote, state, desk.clock),
            Writers(desk.writer, remote, state, desk.clock, settings.notion.workers),
            desk.lock,
        )


@contextmanager
def open_workspace(folder: Path) -> Iterator[ApiClient]:
    """Open a folder's built-in workspace to a plain client of the API."""
    from tracker.adapters.api_client import ApiClient  # noqa: PLC0415
    from tracker.workspace.app import make_app  # noqa: PLC0415

    app = make_app(folder / OWN_FOLDER / "workspace.db")
    client = ApiClient(app)
    try:
        yield client
    finally:
        client.close()
        app.extensions["workspace"].close()


def _open_remote(
    folder: Path,
    settings: Settings,
    environ: Mapping[str, str],
    stack: ExitStack,
    *,
    dry_run: bool,
) -> NotionRemote:
    from tracker.adapters.notion.remote import make_remote  # noqa: PLC0415

    notion = settings.notion
    if notion.parent is None:
        remote = _open_builtin(folder, stack, dry_run=dry_run)
    else:
        base_url = find_base_url(environ)
        remote = make_remote(
            base_url=base_url,
            token=_find_token(environ),
            parent=notion.parent,
            transport=None,
            budget=settings.find_budget(base_url),
            patience=PATIENCE,
        )
    stack.callback(remote.close)
    return remote


def _open_builtin(folder: Path, stack: ExitStack, *, dry_run: bool) -> NotionRemote:
    import httpx  # noqa: PLC0415

    from tracker.adapters.notion.remote import make_remote  # noqa: PLC0415
    from tracker.workspace.app import ROOT_PAGE_ID, make_app  # noqa: PLC0415

    path = folder / OWN_FOLDER / "workspace.db"
    if not dry_run:
        path.parent.mkdir(exist_ok=True)
    app = make_app(None if dry_run and not path.exists() else path)
    stack.callback(app.extensions["workspace"].close)
    return make_remote(
        base_url="http://localhost",
        token="built-in",  # noqa: S106  the built-in workspace takes any
        parent=ROOT_PAGE_ID,
        transport=httpx.WSGITransport(app=app),
        budget=None,
        patience=(0.0,),
    )


def find_base_url(environ: Mapping[str, str]) -> str:
    """Return the address of the Notion API that the environment names, or the public one."""
    return (environ.get("NOTION_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")


def _find_token(environ: Mapping[str, str]) -> str:
    token = environ.get("NOTION_TOKEN", "").strip() or _token_from_keyring()
    if token:
        return token
    raise SettingsError(
        Problem(
            code="no-token",
            what="there is no Notion token",
            why="NOTION_TOKEN is not set, and the keyring holds none",
            kept="nothing was written",
            next="export NOTION_TOKEN=…  (app.notion.com/developers, a token that can read, "
            "insert and update content)",
        )
    )


def _token_from_keyring() -> str:
    try:
        import keyring  # noqa: PLC0415  an optional extra
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return ""
    try:
        return (keyring.get_password("tracker", "notion") or "").strip()
    except KeyringError:
        return ""
