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

from tracker.workspace.protocol import PERSON_ID, ROOT_PAGE_ID, ApiError, Json, parse_uuid
from tracker.workspace.session import open_session
from tracker.workspace.store import Store
from tracker.workspace.web.changes import UnsavedError, add_row, change_page
from tracker.workspace.web.charts import format_value, shorten
from tracker.workspace.web.show import (
    FormDraft,
    PageNotes,
    describe_change,
    render_database,
    render_page,
    render_problem,
    render_thing,
)

KEY = "key"
UNAUTHORIZED = 401
UNPROCESSABLE = 422
UNAVAILABLE = 503
Answer = Response | Redirect | tuple[str, int] | tuple[Response, int]
_ID = re.compile(r"([0-9a-f]{32})$")
_PLACE = re.compile(r"/(?:p/[\w%-]*)?(?:\?[\w=&-]*)?(?:#[\w-]*)?", re.ASCII)
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    # Nothing but the files of this package, and no frame of another site around them.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with that, a browser hides the Origin of its own forms as well.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Also no copy behind the Back button: a sync may have changed the values meanwhile.
    "Cache-Control": "no-store",
}


def is_same(given: str, secret: str) -> bool:
    """Compare a secret in constant time."""
    return hmac.compare_digest(given.encode(), secret.encode())


class BrowserGate:
    """Lets browsers in by a one-time key or by the token; without a token, lets everybody in."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._key = secrets.token_urlsafe(24) if token else ""
        self._lock = threading.Lock()
        # The same after a restart, so that an open page can still be saved; no way back to the token.
        self._pass = hmac.new(token.encode(), b"pages", "sha256").hexdigest() if token else ""

    @property
    def way_in(self) -> str:
        """The path by which the first browser comes in."""
        return f"/?{KEY}={self._key}" if self._key else "/"

    def check(self) -> Response | Redirect | None:
        """Answer a request that may not see the pages; None lets it pass."""
        if self._token is None or request.endpoint == "pages.static":
            return None
        key = request.args.get(KEY, "") if request.method == "GET" else ""
        if is_same(request.cookies.get(_cookie_name(), ""), self._pass):
            return redirect(request.path, code=303) if key else None
        with self._lock:
            is_right = bool(self._key and key) and is_same(key, self._key)
            if is_right:
                # Once only: the link may be left in a terminal's history.
                self._key = ""
        return self._let_in(request.path) if is_right else _ask_for_token(is_wrong=bool(key))

    def enter(self, given: str) -> Response | Redirect:
        """Answer a browser that sends the token."""
        if self._token is not None and not is_same(given.strip(), self._token):
            return _ask_for_token(is_wrong=True)
        return self._let_in("/")

    def _let_in(self, path: str) -> Redirect:
        # Without the key in the address, so that it stays in no history.
        answer = redirect(path, code=303)
        answer.set_cookie(_cookie_name(), self._pass, httponly=True, samesite="Strict")
        return answer


def _cookie_name() -> str:
    """Return a name for this port: browsers send a cookie to every port of a machine."""
    return f"workspace-{urlsplit(request.host_url).port or 80}"


def _ask_for_token(*, is_wrong: bool) -> Response:
    words = "This page is not open to this browser. Open the link that the workspace printed."
    if request.accept_mimetypes.best == "application/json":
        return Response(f'{{"problem": "{words}"}}', UNAUTHORIZED, mimetype="application/json")
    html = render_template("enter.html", title="Who is there?", crumbs=[], is_wrong=is_wrong)
    return Response(html, UNAUTHORIZED, mimetype="text/html")


def make_pages(store: Store, gate: BrowserGate, note: PageNotes) -> Blueprint:
    """Make the blueprint of the pages over a store."""
    pages = Blueprint("pages", __name__, template_folder="templates")
    pages.add_url_rule("/assets/<name>", endpoint="static", view_func=_send_asset)
    pages.add_app_template_filter(format_value, "amount")
    pages.add_app_template_filter(shorten, "shorten")
    pages.after_app_request(_harden)
    pages.before_request(_refuse_other_sites)
    pages.before_request(lambda: gate.check() if request.endpoint != "pages.enter" else None)
    pages.post("/enter", endpoint="enter")(lambda: gate.enter(request.form.get("token", "")))

    def see(*, write: bool = False) -> Any:
        """Open a session of the person, not of the connection whose edits are those of sync."""
        return open_session(store, actor=PERSON_ID, write=write, base_url=request.host_url)

    @pages.get("/")
    def home() -> str:
        with see() as session:
            return render_page(session, session.page(ROOT_PAGE_ID), note=note)

    @pages.get("/p/<slug>")
    def look(slug: str) -> str:
        with see() as session:
            return render_thing(session, _parse_slug(slug))

    _add_forms(pages, see)
    return pages


def _add_forms(pages: Blueprint, see: Callable[..., Any]) -> None:
    """Add the routes of forms; one that is not saved comes back with all that was typed in it."""

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
            draft = _make_draft(error)
            if _is_script():
                return _tell_script(draft)
            with see() as session:
                page = session.store.pages.get(page_id) or abort(404)
                return render_page(session, page, draft), UNPROCESSABLE
        return _go_on(shown, told)

    @pages.post("/d/<data_source_id>/rows")
    def add(data_source_id: str) -> Answer:
        title = request.form.get("title", "")
        try:
            with see(write=True) as session:
                made = add_row(session, data_source_id, title)
        except (ApiError, sqlite3.OperationalError) as error:
            draft = _make_draft(error)
            if _is_script():
                return _tell_script(draft)
            with see() as session:
                source = session.store.containers.data_source(data_source_id)
                if source is not None:
                    return render_database(session, source.database_id, draft), UNPROCESSABLE
            # Only a refusal of the API has a status; what else is caught is a store that is locked.
            return render_problem("Not saved", draft.words), getattr(error, "status", UNAVAILABLE)
        return _go_on(made, {})


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
    """Answer a request of a browser that flask refuses."""
    words = {
        404: "There is no such page here. It may have been moved or was never made.",
        413: "That is more than one page can hold. Nothing was saved.",
    }.get(error.code or 500, error.description or "")
    return Response(render_problem(error.name, words), error.code, mimetype="text/html")


def _is_script() -> bool:
    """Whether the page's script sent the request: it wants JSON for an answer."""
    return request.accept_mimetypes.best == "application/json"


def _make_draft(error: Exception) -> FormDraft:
    """Keep all that was typed in a form that was not saved, with what is wrong with it."""
    if isinstance(error, UnsavedError):
        return FormDraft(request.form, error.problems, error.now)
    if isinstance(error, ApiError):
        return FormDraft(request.form, {"": error.message})
    return FormDraft(request.form, {"": f"the workspace cannot be written ({error})."})


def _go_on(page_id: str, told: Json) -> Answer:
    """Answer a form that was saved: back to where it says, if that is a place in this workspace."""
    place = request.form.get("back", "")
    if not (place and _PLACE.fullmatch(place)):
        place = url_for("pages.look", slug=page_id.replace("-", ""))
    return jsonify({**told, "go": place}) if _is_script() else redirect(place, code=303)


def _tell_script(draft: FormDraft) -> tuple[Response, int]:
    problems = {column: words for column, words in draft.problems.items() if column}
    told = {"problem": draft.words, "problems": problems, "now": draft.now}
    return jsonify(told), UNPROCESSABLE


def _refuse_other_sites() -> None:
    """Turn away forms of other sites, and of other programs that answer on this machine."""
    if request.method not in ("POST", "PUT", "PATCH", "DELETE"):
        return
    # Browsers send both of their own accord; clients of the API send neither.
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none") or origin not in (None, request.host_url[:-1]):
        abort(403, "Forms of other sites are not accepted here. Nothing was saved.")


def _harden(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


def _parse_slug(slug: str) -> str:
    """Return the id at the end of a path, as Notion's own addresses have it: `Title-id`."""
    found = _ID.search(slug.lower().replace("-", ""))
    parsed = parse_uuid(found.group(1)) if found else None
    if parsed is None:
        abort(404)
    return parsed
