"""The routes of the pages: look, open, edit, add, trash and restore.

Must not hold API behaviour; a refusal of the API is shown as the API words it.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Redirect

from tracker.workspace.errors import ApiError
from tracker.workspace.ids import PERSON_ID, ROOT_PAGE_ID, parse_uuid
from tracker.workspace.session import open_session
from tracker.workspace.store import Store
from tracker.workspace.web.changes import add_row, change_page
from tracker.workspace.web.show import render_page, render_problem, render_thing

_ID = re.compile(r"([0-9a-f]{32})$")
_PLACE = re.compile(r"/(?:p/[\w%-]*)?(?:\?[\w=&-]*)?(?:#[\w-]*)?", re.ASCII)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with that, a browser hides the Origin of its own forms as well.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def make_pages(store: Store) -> Blueprint:
    """Make the blueprint of the pages over a store."""
    pages = Blueprint(
        "pages",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/assets",
    )
    pages.after_app_request(_harden)
    pages.before_request(_refuse_other_sites)

    def see(*, write: bool = False) -> Any:
        return open_session(store, actor=PERSON_ID, write=write, base_url=request.host_url)

    @pages.get("/")
    def home() -> str:
        with see() as session:
            return render_page(session, session.page(ROOT_PAGE_ID))

    @pages.get("/p/<slug>")
    def look(slug: str) -> str:
        with see() as session:
            return render_thing(session, _parse_slug(slug))

    @pages.post("/p/<slug>")
    def edit(slug: str) -> Redirect | tuple[str, int]:
        page_id = _parse_slug(slug)
        # The whole form arrives before the workspace is locked: a sender may stop half-way.
        form = request.form
        try:
            with see(write=True) as session:
                shown = change_page(session, page_id, form)
        except (ApiError, ValueError) as error:
            return _refuse(error, page_id)
        return redirect(_find_way(shown), code=303)

    @pages.post("/d/<data_source_id>/rows")
    def add(data_source_id: str) -> Redirect | tuple[str, int]:
        title = request.form.get("title", "")
        try:
            with see(write=True) as session:
                made = add_row(session, data_source_id, title)
        except ApiError as error:
            return _refuse(error, None)
        return redirect(_find_way(made), code=303)

    return pages


def answer_problem(error: HTTPException) -> Response:
    """Answer a browser that asked for what is not there, or in a way that does not work."""
    words = {
        404: "There is no such page here. It may have been moved or was never made.",
        413: "That is more than one page can hold. Nothing was saved.",
    }.get(error.code or 500, error.description or "")
    return Response(render_problem(error.name, words), error.code, mimetype="text/html")


def _refuse(error: ApiError | ValueError, page_id: str | None) -> tuple[str, int]:
    """Show why a form was not saved."""
    code = error.status if isinstance(error, ApiError) else 400
    words = error.message if isinstance(error, ApiError) else str(error)
    return render_problem("Not saved", words, back=_page_url(page_id) if page_id else "/"), code


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
