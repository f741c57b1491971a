"""Make the pictures of the README: `.venv-dev/bin/python docs/pictures/make.py`, with a Chromium installed.

A learner's folder with nine months of history on a fixed day, seen in the terminal, in the built-in workspace
and in the report.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from unittest.mock import patch

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from werkzeug.serving import make_server

from tracker.cli.commands.serve import QuietHandler
from tracker.cli.main import main
from tracker.wiring import SystemClock
from tracker.workspace.app import make_app

HERE = Path(__file__).parent
TODAY = date(2026, 11, 28)
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
WEEKS = 39
SKILLS_A_WEEK = (3, 2, 3, 2, 0, 3, 2, 3, 4, 1, 3, 2, 3)
DOING = 3
SETTINGS = "track: data-scientist\ntarget: 2027-07-31\nhours_per_week: 9\n"
COLUMNS = 80
FINISHED = re.compile(r"\b(\d+)/\1\s*$")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


class TerminalText(io.StringIO):
    """Text that the program takes for a terminal."""

    def isatty(self) -> bool:
        """Ask for colours."""
        return True


def list_days() -> list[date]:
    """Return the days on which skills were completed, the first one first."""
    monday = TODAY - timedelta(days=TODAY.weekday(), weeks=WEEKS - 1)
    counts = zip(range(WEEKS), cycle(SKILLS_A_WEEK), strict=False)
    days = (
        monday + timedelta(weeks=week, days=(2 * place + week) % 6)
        for week, count in counts
        for place in range(count)
    )
    return sorted(day for day in days if day < TODAY)


def learn(roadmap: Path) -> None:
    """Write the history into the file: skills in its order, those in progress at the end."""
    days = list_days()
    lines = roadmap.read_text(encoding="utf-8").splitlines()
    ids = [place for place, line in enumerate(lines) if line.startswith("      - id: ")]
    added = {
        place: f"        status: done\n        completed: {day}"
        for place, day in zip(ids, days, strict=False)
    }
    for age, place in enumerate(ids[len(days) : len(days) + DOING]):
        started = TODAY - timedelta(days=3 + 9 * age)
        added[place] = f"        status: doing\n        started: {started}"
    text = [
        f"{line}\n{added[place]}" if place in added else line for place, line in enumerate(lines)
    ]
    roadmap.write_text("\n".join(text) + "\n", encoding="utf-8")


def run(*words: str) -> str:
    """Run one command line in the folder and return what a terminal would show."""
    with redirect_stdout(TerminalText()) as shown, redirect_stderr(io.StringIO()) as told:
        code = main(words)
    if code:
        raise SystemExit(f"tracker {' '.join(words)} ended with {code}: {told.getvalue()}")
    return shown.getvalue()


def draw_terminal(output: str, path: Path) -> None:
    """Draw the terminal with the fonts that the reader has; nothing is loaded."""
    console = Console(
        file=io.StringIO(),
        record=True,
        width=COLUMNS,
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(Text("$ tracker", style="bold"))
    console.print(Text.from_ansi(output.rstrip("\n")))
    svg = console.export_svg(title="~/my-progress", theme=MONOKAI, unique_id="terminal")
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the built-in workspace of the folder, and give its address."""
    app = make_app(folder / ".tracker" / "workspace.db", clock=lambda: NOON)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["workspace"].close()


def take_pictures(browser: Browser, url: str, report: Path) -> None:
    """Take the Path view, with finished sections folded, and the report, as far as one screen goes."""
    page = browser.new_page(viewport={"width": 1100, "height": 1046})
    page.goto(url)
    page.get_by_role("link", name="Data scientist path").first.click()
    page.get_by_role("region", name="Skills").wait_for()
    for heading in page.locator(".group > summary", has_text=FINISHED).all():
        heading.click()
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=HERE / "workspace.png")
    page.goto(report.as_uri())
    page.screenshot(path=HERE / "report.png")


def make_pictures(folder: Path) -> None:
    """Make the folder and all three pictures of it."""
    run("init", "--roadmap", "ds-path", "--yes")
    with (folder / "tracker.yaml").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    learn(folder / "roadmaps" / "ds-path.yaml")
    run("sync")
    draw_terminal(run(), HERE / "terminal.svg")
    run("report", "--output", "report.html")
    found = next(path for name in BROWSERS if (path := shutil.which(name)))
    with serve(folder) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        take_pictures(browser, url, folder / "report.html")
        browser.close()


if __name__ == "__main__":
    environ = {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "NO_COLOR": ""}
    with (
        tempfile.TemporaryDirectory() as name,
        chdir(name),
        patch.dict(os.environ, environ),
        patch.object(SystemClock, "today", lambda _: TODAY),
        patch.object(SystemClock, "now", lambda _: NOON.isoformat(timespec="seconds")),
    ):
        make_pictures(Path(name))
