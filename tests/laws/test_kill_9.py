"""Law 7 once more, with a real process and a real `kill -9` while it talks to a real server (G5)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread

import pytest
from sandbox import TOKEN, Sandbox
from werkzeug.serving import WSGIRequestHandler, make_server

KILL = getattr(signal, "SIGKILL", 9)

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9"),
    pytest.mark.slow,
]

TEXT = """\
title: Small path
sections:
  - title: Basics
    skills:
      - Split
      - {id: knn, name: kNN}
      - {id: trees, name: Trees, requires: [knn]}
      - {id: pca, name: PCA, requires: [knn]}
"""


class QuietHandler(WSGIRequestHandler):
    """Answers a client that is gone without a word."""

    def log_request(self, *_: object) -> None:
        """Say nothing."""

    def connection_dropped(self, *_: object) -> None:
        """Say nothing."""


class KillAtRequest:
    """Stands before the server and kills the client at a chosen request."""

    def __init__(self, app, at: int, *, done: bool, how: int = KILL) -> None:
        self._app = app
        self._at = at
        self._done = done
        self._how = how
        self._lock = Lock()
        self._seen = 0
        self._is_known = Event()

    def expect(self, victim: subprocess.Popen) -> None:
        """Learn who is to be killed."""
        self.victim = victim
        self._is_known.set()

    def __call__(self, environ, start_response):
        """Answer; the request with the chosen number is the client's last one."""
        with self._lock:
            is_last = self._seen == self._at
            self._seen += 1
        if is_last and not self._done:
            self._kill()
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return [b""]
        answer = list(self._app(environ, start_response))
        if is_last:
            self._kill()
        return answer

    def _kill(self) -> None:
        assert self._is_known.wait(timeout=60)
        self.victim.send_signal(self._how)
        if self._how == KILL:
            self.victim.wait()


@contextmanager
def served(app) -> Iterator[str]:
    """Serve an application on the loopback address; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def sync_in_another_process(sandbox: Sandbox, url: str) -> Iterator[subprocess.Popen]:
    """Start `tracker sync` and wait for its end."""
    environ = {**os.environ, "NOTION_TOKEN": TOKEN, "NOTION_BASE_URL": url}
    words = [sys.executable, "-m", "tracker.cli.main", "-C", str(sandbox.folder), "sync"]
    heard = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, env=environ, **heard) as process:
        try:
            yield process
            process.heard = process.communicate(timeout=60)
        finally:
            process.kill()


def make_stage(root: Path) -> Sandbox:
    """Make a folder that was never synced."""
    sandbox = Sandbox(root)
    sandbox.write(TEXT)
    return sandbox


@pytest.mark.guarantee("G5", "G14")
@pytest.mark.parametrize(("at", "done"), [(2, True), (4, True), (6, False), (7, True)])
def test_kill_9_leaves_no_trace(tmp_path, at, done):
    """A killed first push is finished by the next sync: the same rows, each once, the same file."""
    with make_stage(tmp_path / "twin") as twin:
        twin.sync()
        expected = twin.sides()
    with make_stage(tmp_path / "killed") as sandbox:
        executioner = KillAtRequest(sandbox.app, at, done=done)
        with served(executioner) as url, sync_in_another_process(sandbox, url) as process:
            executioner.expect(process)

        again = sandbox.sync()

        assert process.returncode == -9
        assert (again.unfinished, again.stopped) == ((), None)
        assert sandbox.sides() == expected
        assert sandbox.plan().is_empty


@pytest.mark.guarantee("G5")
@pytest.mark.parametrize("at", [1, 6])
def test_ctrl_c_ends_a_run_in_words(tmp_path, at):
    """An interrupted run exits with 130, says what stands, and is finished by the next one."""
    with make_stage(tmp_path) as sandbox:
        executioner = KillAtRequest(sandbox.app, at, done=True, how=signal.SIGINT)
        with served(executioner) as url, sync_in_another_process(sandbox, url) as process:
            executioner.expect(process)

        again = sandbox.sync()

        assert process.returncode == 130
        assert "interrupted" in process.heard[1]
        assert "Traceback" not in process.heard[1]
        assert not list(sandbox.folder.rglob("crash-*"))
        assert (again.unfinished, again.stopped) == ((), None)
        assert len(sandbox.remote()[0]["rows"]) == 4
        assert sandbox.plan().is_empty
