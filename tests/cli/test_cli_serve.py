"""Promises of `serve`: the built-in workspace answers over loopback and stops cleanly."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one program there")
def test_serve_answers_and_stops_on_ctrl_c(tmp_path):
    """The workspace tells where it is, answers a browser and the API, and ends with 0."""
    with subprocess.Popen(
        [sys.executable, "-m", "tracker.cli.main", "serve", "--port", "0", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        told = json.loads(server.stdout.readline())
        request = urllib.request.Request(
            f"{told['url']}/v1/pages/{told['home']}",
            headers={"Authorization": "Bearer any", "Notion-Version": "2026-03-11"},
        )
        with urllib.request.urlopen(request) as answer:
            page = json.load(answer)
        with urllib.request.urlopen(told["url"]) as answer:
            shown = answer.read()
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0

    assert page["id"].replace("-", "") == told["home"].replace("-", "")
    assert b"<html" in shown
    assert (tmp_path / ".tracker" / "workspace.db").exists()


def test_a_port_in_use_is_told(learner):
    """A port that is taken exits with 2 and names the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        ended = learner.run("serve", "--port", str(taken.getsockname()[1]))

    assert (ended.code, ended.out) == (2, "")
    assert "tracker serve --port 0" in ended.err
