"""A web server on this machine that behaves well or badly, path by path."""

import socket
import ssl
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Looks up what to do in the server's table; a path without an entry answers 200."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.behave()

    def do_GET(self):
        self.behave()

    def behave(self):
        server = self.server
        with server.tally(self.command, self.path, self.headers["User-Agent"]):
            server.behaviours.get(self.path.partition("?")[0], answers(200))(self)

    def reply(self, status, headers=()):
        body = b"" if self.command == "HEAD" else b"body\n"
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


class LinkServer(ThreadingHTTPServer):
    """Counts what it is asked; `release` ends everything that hangs."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, behaviours, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = behaviours
        self.tls = tls
        self.release = threading.Event()
        self.asked = Counter()
        self.agents = set()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    @property
    def base(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server_port}"

    @contextmanager
    def tally(self, method, path, agent):
        with self._lock:
            self.asked[method, path] += 1
            self.agents.add(agent)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def finish_request(self, request, client_address):
        if self.tls:
            request = self.tls.wrap_socket(request, server_side=True)
        try:
            super().finish_request(request, client_address)
        finally:
            request.close()

    def handle_error(self, *_):
        """Clients that go away are part of the game."""


@contextmanager
def serve(behaviours, *, certificate=None):
    """Run a server for the length of a block."""
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server = LinkServer(behaviours, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answers(status, **headers):
    """Answer every request the same."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(status, named)


def by_method(*, head, get):
    """Behave differently towards HEAD and GET."""
    return lambda handler: (head if handler.command == "HEAD" else get)(handler)


def in_turn(*behaviours):
    """Behave one way after the other, then stay with the last."""
    left = list(behaviours)

    def behave(handler):
        behaviour = left.pop(0) if len(left) > 1 else left[0]
        behaviour(handler)

    return behave


def after(seconds, behaviour):
    """Let the client wait first."""

    def late(handler):
        handler.server.release.wait(seconds)
        behaviour(handler)

    return late


def hang(handler):
    """Accept the request and never answer."""
    handler.server.release.wait()
    handler.close_connection = True


def drip(handler):
    """Answer a byte at a time, for ever."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while not handler.server.release.wait(0.02):
            handler.wfile.write(b".")
    handler.close_connection = True


def hang_up(handler):
    """Close the connection instead of answering."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def says(raw):
    """Answer these bytes, whatever they are."""

    def say(handler):
        handler.wfile.write(raw)
        handler.close_connection = True

    return say
