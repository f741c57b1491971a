"""The routes of the pages (look, open, edit, add, trash, restore), and which browsers may use them.

Must not hold API behaviour; a refusal of the API is shown as the API words it. Without a token anybody
may see the pages. With one, a browser is known by a cookie, as it cannot send a bearer token: the link
with a one-time key sets it, or the token itself, typed into a form.
"""

from __future__ import annotations

import hmac
import re
import secrets
import sqlite3
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Redirect

from tracker.workspace.checks import Json
from tracker.workspace.errors import ApiError
from tracker.workspace.ids import PERSON_ID, ROOT_PAGE_ID, parse_uuid
from tracker.workspace.session import Session, open_session
from tracker.workspace.store import Store
from tracker.workspace.web.changes import UnsavedError, add_row, change_page
from tracker.workspace.web.show import (
    FormDraft,
    HomeNote,
    describe_change,
    render_database,
    render_page,
    render_problem,
    render_thing,
)

KEY = "key"
_NEEDED = 401


def is_same(given: str, secret: str) -> bool:
    """Compare a secret in a time that tells nothing about it."""
    return hmac.compare_digest(given.encode(), secret.encode())


class BrowserGate:
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


_ID = re.compile(r"([0-9a-f]{32})$")
_PLACE = re.compile(r"/(?:p/[\w%-]*)?(?:\?[\w=&-]*)?(?:#[\w-]*)?", re.ASCII)
UNPROCESSABLE = 422
UNAVAILABLE = 503
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
Answer = Response | Redirect | tuple[str, int] | tuple[Response, int]
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with that, a browser hides the Origin of its own forms as well.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def make_pages(store: Store, gate: BrowserGate, note: HomeNote) -> Blueprint:
    """Make the blueprint of the pages over a store."""
    pages = Blueprint(
        "pages",
        __name__,
        template_folder="templates",
    )
    pages.add_url_rule("/assets/<name>", endpoint="static", view_func=_send_asset)
    pages.after_app_request(_harden)
    pages.before_request(_refuse_other_sites)
    pages.before_request(lambda: gate.check() if request.endpoint != "pages.enter" else None)
    pages.post("/enter", endpoint="enter")(lambda: gate.enter(request.form.get("token", "")))

    def see(*, write: bool = False) -> Any:
        return open_session(store, actor=PERSON_ID, write=write, base_url=request.host_url)

    @pages.get("/")
    def home() -> str:
        with see() as session:
            return render_page(session, session.page(ROOT_PAGE_ID), note=note)

    @pages.get("/p/<slug>")
    def look(slug: str) -> str:
        with see() as session:
            return render_thing(session, _parse_slug(slug))

    def refuse(error: Exception, render: Callable[[Session, FormDraft], tuple[str, int]]) -> Answer:
        """Answer a form that was not saved with the same form, and all that was typed in it."""
        draft = _make_draft(error)
        if _is_script():
            return _tell_script(draft)
        with see() as session:
            return render(session, draft)

    @pages.post("/p/<slug>")
    def edit(slug: str) -> Answer:
        page_id = _parse_slug(slug)
        # The whole form arrives before the workspace is locked: a sender may stop half-way.
        form = request.form
        try:
            with see(write=True) as session:
                shown = change_page(session, page_id, form)
                told = describe_change(session, page_id) if _is_script() else {}
        except (ApiError, UnsavedError, sqlite3.OperationalError) as error:
            return refuse(error, lambda session, draft: _render_unsaved(session, page_id, draft))
        return _go_on(_find_way(shown), told)

    @pages.post("/d/<data_source_id>/rows")
    def add(data_source_id: str) -> Answer:
        title = request.form.get("title", "")
        try:
            with see(write=True) as session:
                made = add_row(session, data_source_id, title)
        except (ApiError, sqlite3.OperationalError) as error:
            code = error.status if isinstance(error, ApiError) else UNAVAILABLE
            return refuse(
                error,
                lambda session, draft: _render_not_added(session, data_source_id, draft, code),
            )
        return _go_on(_find_way(made), {})

    return pages


def _send_asset(name: str) -> Response:
    # From memory: a browser that goes away half-way leaves no file open.
    body, kind = _load_assets().get(name) or abort(404)
    return Response(body, mimetype=kind)


@cache
def _load_assets() -> dict[str, tuple[bytes, str]]:
    """Return the scripts, styles and pictures of the pages by name, with their types."""
    return {
        file.name: (file.read_bytes(), _KINDS[file.suffix])
        for file in (Path(__file__).parent / "static").iterdir()
        if file.suffix in _KINDS
    }


def answer_problem(error: HTTPException) -> Response:
    """Answer a browser that asked for what is not there, or in a way that does not work."""
    words = {
        404: "There is no such page here. It may have been moved or was never made.",
        413: "That is more than one page can hold. Nothing was saved.",
    }.get(error.code or 500, error.description or "")
    return Response(render_problem(error.name, words), error.code, mimetype="text/html")


def _is_script() -> bool:
    """Tell whether the page's script asks, which wants no page for an answer."""
    return request.accept_mimetypes.best == "application/json"


def _make_draft(error: Exception) -> FormDraft:
    if isinstance(error, UnsavedError):
        return FormDraft(request.form, error.problems, error.now)
    if isinstance(error, ApiError):
        return FormDraft(request.form, {"": error.message})
    return FormDraft(request.form, {"": f"the workspace cannot be written ({error})."})


def _render_unsaved(session: Session, page_id: str, draft: FormDraft) -> tuple[str, int]:
    page = session.store.pages.get(page_id) or abort(404)
    return render_page(session, page, draft), UNPROCESSABLE


def _render_not_added(
    session: Session, data_source_id: str, draft: FormDraft, code: int
) -> tuple[str, int]:
    source = session.store.containers.data_source(data_source_id)
    if source is None:
        return render_problem("Not saved", draft.words), code
    return render_database(session, source.database_id, draft), UNPROCESSABLE


def _go_on(way: str, told: Json) -> Answer:
    return jsonify({**told, "go": way}) if _is_script() else redirect(way, code=303)


def _tell_script(draft: FormDraft) -> tuple[Response, int]:
    problems = {column: words for column, words in draft.problems.items() if column}
    told = {"problem": draft.words, "problems": problems, "now": draft.now}
    return jsonify(told), UNPROCESSABLE


def _refuse_other_sites() -> None:
    """Turn away forms of other sites, also of other programs on this machine."""
    if request.method not in ("POST", "PUT", "PATCH", "DELETE"):
        return
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none") or origin not in (None, request.host_url[:-1]):
        abort(403, "Forms of other sites are not accepted here. Nothing was saved.")


def _harden(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


def _parse_slug(slug: str) -> str:
    found = _ID.search(slug.lower().replace("-", ""))
    parsed = parse_uuid(found.group(1)) if found else None
    if parsed is None:
        abort(404)
    return parsed


def _page_url(page_id: str) -> str:
    return url_for("pages.look", slug=page_id.replace("-", ""))


def _find_way(page_id: str) -> str:
    """Return where to go after an edit: a place in this workspace, never anywhere else."""
    place = request.form.get("back", "")
    return place if place and _PLACE.fullmatch(place) else _page_url(page_id)
