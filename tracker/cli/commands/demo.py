"""`demo`: everything in a temporary folder.

Runs the same workflows as the commands it shows, and so loads more of the program than any other command.
It touches nothing outside its own folder, and leaves that folder for the curious.
"""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import typer

from tracker.cli.app import Invocation, open_call
from tracker.cli.exits import exit_code
from tracker.cli.lines import StyledLine
from tracker.cli.render.answers import sync_json
from tracker.cli.render.layout import make_line
from tracker.cli.render.marks import render_diff
from tracker.cli.render.plan import render_summary
from tracker.cli.render.report_text import render_report
from tracker.progress.report import summarise
from tracker.roadmap.model import Status
from tracker.settings import WORKSPACE
from tracker.sync.model import Policy
from tracker.wiring import init_folder, open_local, open_services, open_workspace
from tracker.workflows.local import select_files
from tracker.workflows.marks import make_diff, run_marks
from tracker.workflows.results import SyncResult
from tracker.workflows.sync import run_sync

app = typer.Typer()

ROADMAP, ON_THE_PHONE, IN_THE_FILE = "ds-path", "train-test-split", "knn"
"""The demo's roadmap, and the skills that are ticked on its two sides."""


@app.command()
def demo(context: typer.Context) -> int:
    """Show all of it in a temporary folder: first sync, an edit on each side, sync, report."""
    call = open_call(context)
    folder = Path(tempfile.mkdtemp(prefix="tracker-demo-"))
    _say(call, "A folder with one roadmap, and the built-in workspace in the place of Notion.")
    _command(call, f"tracker init --roadmap {ROADMAP}")
    init_folder(folder, [ROADMAP], None)
    _command(call, "tracker sync")
    first = _sync(call, folder)
    _say(call, "", f'Somebody ticks "{ON_THE_PHONE}" in the workspace …')
    with open_workspace(folder) as workspace:
        workspace.set_status(ON_THE_PHONE, "Done")
    _say(call, "… and you tick another skill in your file.")
    _command(call, f"tracker mark {IN_THE_FILE} done")
    run_marks(open_local(folder), [IN_THE_FILE], Status.DONE)
    before = open_local(folder).reader.load_text(ROADMAP)
    _command(call, "tracker sync")
    second = _sync(call, folder)
    after = open_local(folder).reader.load_text(ROADMAP)
    _say(
        call,
        "",
        "What the sync changed in your file: the tick from the workspace, and nothing else.",
    )
    _tell(
        call, render_diff(make_diff(before, after, f"roadmaps/{ROADMAP}.yaml"), call.screen.width)
    )
    _command(call, "tracker report")
    local = open_local(folder)
    files = select_files(local.reader.load_roadmaps(), ())
    roadmaps = {file.name: file.roadmap for file in files}
    report = render_report(summarise(roadmaps, today=local.clock.today()), call.make_view())
    # The greater code is the worse one; both are 0 if all is well.
    code = max(exit_code(first), exit_code(second))
    return call.answer(
        lambda: {"folder": str(folder), "first": sync_json(first), "second": sync_json(second)},
        lambda: [*report, *_render_farewell(folder, _find_activation())],
        code,
    )


def _sync(call: Invocation, folder: Path) -> SyncResult:
    began = time.monotonic()
    # Without an environment: no token of the learner's may lead the demo to a real page.
    with open_services(folder, environ={}) as services, call.screen.progress() as progress:
        policy = Policy(today=services.readers.clock.today())
        result = run_sync(services, (), policy, confirm=lambda _: True, progress=progress)
    result = replace(result, seconds=time.monotonic() - began)
    _tell(call, render_summary(result, call.make_view(WORKSPACE)))
    return result


def _find_activation() -> str:
    """Return the command that puts `tracker` on the shell's path, or nothing if it is there."""
    if shutil.which("tracker") or sys.prefix == sys.base_prefix:
        return ""
    folder = Path(sys.prefix)
    if sys.platform == "win32":
        return str(folder / "Scripts" / "activate")
    return f"source {shlex.quote(str(folder / 'bin' / 'activate'))}"


def _render_farewell(folder: Path, activation: str) -> list[StyledLine]:
    first = [make_line(("First", "bold"), f":  {activation}")] if activation else []
    return [
        make_line(""),
        *first,
        make_line(("Look around", "bold"), f":  cd {shlex.quote(str(folder))}"),
        make_line("  tracker serve          the workspace in your browser: tick, edit, add a row"),
        make_line("  tracker sync           brings it into the file, and the other way round"),
        make_line(("Start for real", "bold"), ":  cd ~ && mkdir my-progress && cd my-progress"),
        make_line("  tracker init --roadmap ds-path                       with no account, or"),
        make_line("  tracker init --roadmap ds-path --notion PAGE-LINK    with your Notion"),
    ]


def _command(call: Invocation, words: str) -> None:
    _tell(call, [make_line(""), make_line(("$ ", "dim"), (words, "bold"))])


def _say(call: Invocation, *lines: str) -> None:
    _tell(call, [make_line(line) for line in lines])


def _tell(call: Invocation, lines: Iterable[StyledLine]) -> None:
    if not call.is_json:
        call.screen.answer(lines)
