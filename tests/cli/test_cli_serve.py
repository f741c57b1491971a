"""Promises of `serve`: the built-in workspace answers over loopback and stops cleanly."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest
from werkzeug.serving import make_server

from tracker.adapters.builtin import make_workspace
from tracker.cli.commands.serve import QuietHandler


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


class HastyHandler(QuietHandler):
    """Gives up at once what a person would be given half a minute for."""

    seconds = 0.05


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST /p/x HT", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf"],
    ids=["nothing", "half a head", "half a form"],
)
def test_a_request_that_does_not_arrive_is_given_up(sent):
    """A connection on which the rest of a request never comes is closed by the server."""
    server = make_server("127.0.0.1", 0, make_workspace(None), threaded=True,
                         request_handler=HastyHandler)  # fmt: skip
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with socket.create_connection(server.server_address, timeout=30) as client:
            client.sendall(sent)
            while client.recv(4096):
                pass
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
