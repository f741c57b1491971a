"""A workspace in a process of its own, with the latency and the request limit of a real server.

`python -m tests.bench.server FILE [--latency SECONDS] [--budget N] [--window SECONDS] …` prints
its address. A window begins with the first request after the last one, or with `--kind` aligned those of
the clock; beyond the budget the answer is 429 with Retry-After in whole seconds, as Notion sends it.
`GET /bench` tells what was counted, and which requests came last;
`POST /bench {"advance": SECONDS}` sets the server's clock forward, by which it dates answers and rows.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Lock

from werkzeug.http import http_date
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.pacing import Server
from tracker.workspace.app import make_app

LIMITED = json.dumps(
    {"object": "error", "status": 429, "code": "rate_limited", "message": "Rate limited."}
).encode()

MOST_REQUESTS = 1_000
ROUNDINGS = {"up": math.ceil, "down": math.floor, "near": round}
"""Of the seconds in Retry-After."""


class Quiet(WSGIRequestHandler):
    """Answers without a line on stderr, and dates its answers by the clock of the application."""

    def date_time_string(self, timestamp=None):
        """Return what the header Date says."""
        return http_date(self.server.app.clock() if timestamp is None else timestamp)

    def log(self, type, message, *args):  # noqa: A002  werkzeug's signature
        """Say nothing."""


class Clock:
    """The time of this machine, and ahead of it by what was asked for."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        """Return the moment."""
        return datetime.now(UTC) + self.ahead


class Limited:
    """Stands before an application: delays every request, and lets only so many into a window."""

    def __init__(self, app, clock, options):
        self.app = app
        self.clock = clock
        self.options = options
        self.lock = Lock()
        self.server = Server(
            options.budget or sys.maxsize,
            options.kind,
            ROUNDINGS[options.rounding],
            window=options.window,
            used=(options.used, time.time()),
        )
        self.first = self.last = 0.0
        self.requests = deque(maxlen=MOST_REQUESTS)

    def __call__(self, environ, start_response):
        """Answer one request."""
        if environ["PATH_INFO"] == "/bench":
            if environ["REQUEST_METHOD"] == "POST":
                asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
                self.clock.ahead += timedelta(seconds=asked["advance"])
            start_response("200 OK", [("Content-Type", "application/json")])
            told = {
                "accepted": self.server.accepted,
                "refused": self.server.refused,
                "first": self.first,
                "last": self.last,
                "requests": list(self.requests),
            }
            return [json.dumps(told).encode()]
        wait = self._enter()
        time.sleep(self.options.latency)
        if wait is not None:
            headers = [("Content-Type", "application/json"), ("Retry-After", str(wait))]
            start_response("429 Too Many Requests", headers)
            return [LIMITED]
        self._note(environ)
        answer = self.app(environ, start_response)
        self.last = time.monotonic()
        return answer

    def _note(self, environ):
        """Remember a request: its method, its address and its body."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
        address = environ["PATH_INFO"] + query
        self.requests.append(
            (environ["REQUEST_METHOD"], address, json.loads(body) if body else None)
        )

    def _enter(self):
        """Count a request; return the seconds to wait when the window is full."""
        with self.lock:
            self.first = self.first or time.monotonic()
            return self.server.receive(time.time())


def main():
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--budget", type=int, default=0)
    parser.add_argument("--window", type=float, default=60.0)
    parser.add_argument("--kind", choices=("opened", "aligned", "sliding"), default="opened")
    parser.add_argument("--rounding", choices=ROUNDINGS, default="up")
    parser.add_argument("--used", type=int, default=0, help="requests of somebody else")
    options = parser.parse_args()
    clock = Clock()
    app = Limited(make_app(options.file, clock=clock), clock, options)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
