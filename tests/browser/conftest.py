"""A browser, a learner's folder, and its workspace served over loopback; all of it real."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tracker.adapters.builtin import ApiClient
from tracker.cli.commands.serve import QuietHandler
from tracker.cli.main import main
from tracker.workspace.app import make_app

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ROADMAP = """\
title: Small path
sections:
  - title: First models
    skills:
      - id: split
        name: Train/test split   # the first of all
        hours: 2
      - id: knn
        name: "k nearest neighbours"
        requires: [split]
        resources:
          - {title: Docs, url: "https://example.org/knn", type: docs}
  - title: Later
    skills:
      - id: trees
        name: Decision trees
        tags: [models]
        notes: |
          One line.
          Another line.
"""


@pytest.fixture(scope="module")
def chromium():
    """Start one browser for a module of tests; without one they are skipped.

    Not for the session: while it runs, the event loop of this thread is taken.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium is installed")
    playwright = pytest.importorskip("playwright.sync_api").sync_playwright().start()
    browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
    yield browser
    browser.close()
    playwright.stop()


@dataclass
class BrowserLog:
    """What went wrong in a browser while nobody looked."""

    complaints: list[str] = field(default_factory=list)

    def follow(self, page):
        """Note dialogs, errors of scripts, and everything that the console complains about."""
        page.on("dialog", self._dismiss)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._read)
        page.on("requestfailed", self._lose)
        return page

    def _lose(self, request):
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"lost: {request.url} {request.failure}")

    def _dismiss(self, dialog):
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _read(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def watch():
    watch = BrowserLog()
    yield watch
    assert watch.complaints == []


@pytest.fixture
def open_page(chromium, watch, site):  # the site outlives what is still being loaded from it
    """Open pages, each in a fresh profile."""
    contexts = []

    def make(**options):
        contexts.append(chromium.new_context(**options))
        contexts[-1].set_default_timeout(20_000)
        return watch.follow(contexts[-1].new_page())

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page):
    return open_page()


@dataclass
class OpenWorkspace:
    """A learner's folder whose workspace is open in a browser."""

    folder: Path
    app: Flask | None = None
    url: str = ""

    @property
    def roadmap(self):
        """The learner's only roadmap."""
        return self.folder / "roadmaps" / "small.yaml"

    def run(self, *words):
        """Run one command line in the folder; it must succeed."""
        assert main(["-C", str(self.folder), *words]) == 0

    def send(self, method, path, body):
        """Send one request as another client of the API."""
        client = ApiClient(self.app)
        try:
            return client.send(method, f"/v1{path}", body)
        finally:
            client.close()


@pytest.fixture(scope="session")
def synced(tmp_path_factory):
    """Make a folder with a small roadmap, synced once, to copy from."""
    there = OpenWorkspace(tmp_path_factory.mktemp("synced") / "learner")
    there.roadmap.parent.mkdir(parents=True)
    there.roadmap.write_text(ROADMAP, encoding="utf-8")
    there.run("init", "--yes")
    there.run("sync")
    return there.folder


@pytest.fixture
def site(synced, tmp_path):
    """Give a learner's folder whose workspace is served on a free port."""
    there = OpenWorkspace(Path(shutil.copytree(synced, tmp_path / "learner")))
    with serve(there, make_app(there.folder / ".tracker" / "workspace.db")):
        yield there


@pytest.fixture
def guarded(tmp_path):
    """Give an empty workspace that asks for the token "secret"."""
    there = OpenWorkspace(tmp_path)
    with serve(there, make_app(None, token="secret")):
        yield there


@contextmanager
def serve(there, app):
    """Serve a workspace while a test looks at it."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    there.app, there.url = app, f"http://127.0.0.1:{server.server_port}"
    yield
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["workspace"].close()
