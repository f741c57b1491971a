"""`serve`: the built-in workspace for a browser, and for tracker in another folder.

Listens on the loopback address only. Needs no settings: any folder can have a workspace.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Iterable
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tracker.adapters.builtin import (
    OWN_FOLDER,
    ROOT_PAGE_ID,
    Notice,
    PageNotes,
    announce,
    make_workspace,
)
from tracker.cli.app import open_call
from tracker.cli.render.json_values import pick
from tracker.cli.render.layout import make_line
from tracker.errors import Problem, SettingsError, TrackerError, UsageError
from tracker.progress.page import Waiting
from tracker.settings import WORKSPACE
from tracker.text import clean_block, quote_argument
from tracker.wiring import find_folder, find_notion_link, load_waiting

app = typer.Typer()

HOST, PORT = "127.0.0.1", 8765
TOKEN_NAME = "TRACKER_WORKSPACE_TOKEN"  # noqa: S105  the name of a variable


class RequestReader(io.RawIOBase):
    """Reads one request from a socket, all of it before a deadline.

    A timeout of the socket alone would let a client send one byte now and then for ever.
    """

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds
        self._end = monotonic() + seconds

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is there; raise TimeoutError after the deadline."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        try:
            return self._connection.recv_into(buffer)
        finally:
            # The answer has the full time again.
            self._connection.settimeout(self._seconds)


class DeadlineHandler(WSGIRequestHandler):
    """Gives up a connection whose request does not arrive in time, or whose answer nobody reads."""

    seconds = 30.0

    def setup(self) -> None:
        """Open the connection for one request; werkzeug closes it after the answer."""
        super().setup()
        self.rfile = io.BufferedReader(RequestReader(self.connection, self.seconds))


class QuietHandler(DeadlineHandler):
    """Answers requests without a line on stderr for each."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  werkzeug's signature
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where the workspace can be reached; `is_new` says that its folder was made just now.

    `link` opens it in a browser: with a token it has a key that lets one browser in, once.
    """

    url: str
    link: str
    folder: Path
    is_new: bool
    has_token: bool


@app.command()
def serve(
    context: typer.Context,
    *,
    port: Annotated[
        int,
        typer.Option(
            "--port", metavar="PORT", min=0, max=65535, help="Port; 0 takes any free one."
        ),
    ] = PORT,
) -> int:
    """Serve the built-in workspace to a browser, and to tracker in another folder.

    Runs until Ctrl-C. With TRACKER_WORKSPACE_TOKEN set, the API asks for that token, and pages open
    by the link that is printed, once.
    """
    call = open_call(context)
    folder, is_new = _find_own_folder(call.folder)
    token = call.environ.get(TOKEN_NAME, "").strip() or None
    notion_link = find_notion_link(call.folder)
    notices = NoticeFile(folder) if notion_link is None else None
    note = make_note(notion_link, notices)
    workspace = make_workspace(folder / "workspace.db", token=token, note=note)
    try:
        server = _listen(workspace, port, is_quiet=not call.is_verbose)
        url = f"http://{HOST}:{server.server_port}"
        link = f"{url}{workspace.extensions['gate'].way_in}"
        served = Served(url, link, folder, is_new, has_token=token is not None)
        with announce(folder, url):
            call.answer(
                lambda: pick(served, "url link") | {"home": ROOT_PAGE_ID, "folder": str(folder)},
                lambda: _render(served),
                0,
            )
            # Returns after Ctrl-C, with the socket closed.
            server.serve_forever()
    finally:
        workspace.extensions["workspace"].close()
    call.tell(["stopped"])
    return 0


def _find_own_folder(start: Path) -> tuple[Path, bool]:
    """Return the learner's `.tracker`, or one right here where there are no settings."""
    try:
        own = find_folder(start) / OWN_FOLDER
        is_new = False
    except SettingsError:
        own = start.absolute() / OWN_FOLDER
        is_new = not own.exists()
    try:
        own.mkdir(exist_ok=True)
    except OSError as error:
        raise SettingsError(_cannot_make(own, error)) from None
    return own, is_new


def make_note(notion_link: str | None, notices: NoticeFile | None = None) -> PageNotes:
    """Return what the pages say: where the skills are, or how to bring them here, and what waits."""
    if notion_link:
        return PageNotes("This folder syncs with Notion; open it there:", notion_link)
    empty = "Nothing here yet. Run `tracker sync`."
    return PageNotes(if_empty=empty, notices=notices.load if notices else dict)


class NoticeFile:
    """What the last sync of a folder left for a person to decide, read again when it has changed."""

    def __init__(self, own_folder: Path) -> None:
        self._folder = own_folder.parent
        self._paths = [own_folder / f"state.db{ending}" for ending in ("", "-wal")]
        self._known: tuple[object, dict[str, list[Notice]]] = (None, {})

    def load(self) -> dict[str, list[Notice]]:
        """Return the notices by page id; none where the state cannot be read now."""
        stamp = [self._stamp(path) for path in self._paths]
        if self._known[0] != stamp:
            try:
                waiting = load_waiting(self._folder)
            except TrackerError:
                return {}
            notices = {
                page_id: [make_notice(item) for item in items] for page_id, items in waiting.items()
            }
            self._known = stamp, notices
        return self._known[1]

    @staticmethod
    def _stamp(path: Path) -> tuple[int, int] | None:
        try:
            found = path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size


def make_notice(item: Waiting) -> Notice:
    """Return what a page says of a conflict or a hold, with the commands that settle it."""
    what = item.field.capitalize() or item.name
    words = f"{what}: {item.reason or 'changed on both sides'}"
    if item.local is None or item.remote is None:
        return Notice(words, commands=("tracker conflicts",))
    settle = f"tracker resolve {quote_argument(f'{item.roadmap}/{item.skill_id}')} {item.field}"
    return Notice(
        words,
        values=(("file", clean_block(item.local)), (WORKSPACE.word, clean_block(item.remote))),
        commands=(f"{settle} --take file", f"{settle} --take {WORKSPACE.word}"),
    )


def _listen(workspace: Any, port: int, *, is_quiet: bool) -> BaseWSGIServer:
    """Open the socket; werkzeug itself would print and exit if the port is in use."""
    handler = QuietHandler if is_quiet else DeadlineHandler
    try:
        with redirect_stderr(io.StringIO()):
            return make_server(HOST, port, workspace, threaded=True, request_handler=handler)
    except (OSError, SystemExit) as error:
        raise UsageError(_port_taken(port, error)) from None


def _render(served: Served) -> Iterable[Any]:
    rows = [
        ("workspace", served.link),
        ("home page", ROOT_PAGE_ID),
        ("as an API", f"NOTION_BASE_URL={served.url}"),
        ("token", f"the value of {TOKEN_NAME}" if served.has_token else "any"),
        ("stored in", f"{served.folder}{' (new)' if served.is_new else ''}"),
    ]
    return [
        *(make_line((f"{label:<12}", "dim"), text) for label, text in rows),
        make_line(("Ctrl-C stops it.", "dim")),
    ]


def _cannot_make(folder: Path, error: OSError) -> Problem:
    return Problem(
        code="no-own-folder",
        what=f"cannot make {folder}",
        why=error.strerror or str(error),
        kept="nothing was written",
        next="tracker -C DIR serve, with a folder that can be written",
    )


def _port_taken(port: int, error: BaseException) -> Problem:
    why = error.strerror if isinstance(error, OSError) else None
    return Problem(
        code="port-taken",
        what=f"cannot listen on {HOST}:{port}",
        why=why or "another program listens there",
        kept="nothing was started",
        next="tracker serve --port 0",
    )
