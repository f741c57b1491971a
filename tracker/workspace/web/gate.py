"""Who may see the pages: anybody without a token, else a browser that came by a link or knows it.

A browser cannot send a bearer token, so it is known by a cookie: the link with a one-time key sets it,
as does the token itself, typed into a form.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from urllib.parse import urlsplit

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

KEY = "key"
_NEEDED = 401


def is_same(given: str, secret: str) -> bool:
    """Compare a secret in a time that tells nothing about it."""
    return hmac.compare_digest(given.encode(), secret.encode())


class Gate:
    """The way in for browsers; with no token there is nothing to pass."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._key = secrets.token_urlsafe(24) if token else ""
        self._lock = threading.Lock()
        # The same after a restart, so that an open page can still be saved; no way back to the token.
        self._pass = hmac.new(token.encode(), b"pages", "sha256").hexdigest() if token else ""

    @property
    def way_in(self) -> str:
        """Return the path by which the first browser comes in."""
        return f"/?{KEY}={self._key}" if self._key else "/"

    def check(self) -> Response | Redirect | None:
        """Answer a request that may not see the pages; None lets it pass."""
        if self._token is None or request.endpoint == "pages.static":
            return None
        key = request.args.get(KEY, "") if request.method == "GET" else ""
        if is_same(request.cookies.get(_cookie_name(), ""), self._pass):
            return redirect(request.path, code=303) if key else None
        if key and self._use(key):
            return self._let_in(request.path)
        return _ask(is_wrong=bool(key))

    def enter(self, given: str) -> Response | Redirect:
        """Answer a browser that sends the token."""
        if self._token is not None and not is_same(given.strip(), self._token):
            return _ask(is_wrong=True)
        return self._let_in("/")

    def _use(self, key: str) -> bool:
        """Tell whether a key is the one that lets somebody in, once."""
        with self._lock:
            is_right = bool(self._key) and is_same(key, self._key)
            if is_right:
                self._key = ""
        return is_right

    def _let_in(self, path: str) -> Redirect:
        # Without the key in the address, so that it stays in no history.
        answer = redirect(path, code=303)
        answer.set_cookie(_cookie_name(), self._pass, httponly=True, samesite="Strict")
        return answer


def _cookie_name() -> str:
    """Return a name for this port: browsers send a cookie to every port of a machine."""
    return f"workspace-{urlsplit(request.host_url).port or 80}"


def _ask(*, is_wrong: bool) -> Response:
    words = "This page is not open to this browser. Open the link that the workspace printed."
    if request.accept_mimetypes.best == "application/json":
        return Response(f'{{"problem": "{words}"}}', _NEEDED, mimetype="application/json")
    html = render_template("enter.html", title="Who is there?", crumbs=[], is_wrong=is_wrong)
    return Response(html, _NEEDED, mimetype="text/html")
