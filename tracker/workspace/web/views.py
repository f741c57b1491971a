"""The routes of the pages: look, open, edit, add, trash and restore.

Must not hold API behaviour; a refusal of the API is shown as the API words it.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from tracker.workspace.checks import Json
from tracker.workspace.databases import encode_database
from tracker.workspace.errors import ApiError
from tracker.workspace.ids import PERSON_ID, ROOT_PAGE_ID, parse_uuid
from tracker.workspace.model import DataSource, Page
from tracker.workspace.page_json import encode_page, page_title
from tracker.workspace.pages import create_page, update_page
from tracker.workspace.rich_text import plain_text
from tracker.workspace.session import Session, open_session
from tracker.workspace.store import Store
from tracker.workspace.web.bodies import make_body
from tracker.workspace.web.cells import format_value, parse_value
from tracker.workspace.web.tables import list_columns, make_row, make_table

_ID = re.compile(r"([0-9a-f]{32})$")
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def make_pages(store: Store) -> Blueprint:
    """Make the blueprint of the pages over a store."""
    pages = Blueprint(
        "pages",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/assets",
    )
    pages.after_request(_harden)
    pages.before_request(_refuse_other_sites)

    def see(*, write: bool = False) -> Any:
        return open_session(store, actor=PERSON_ID, write=write, base_url=request.host_url)

    @pages.get("/")
    def home() -> str:
        with see() as session:
            return _render_page(session, session.page(ROOT_PAGE_ID))

    @pages.get("/p/<slug>")
    def look(slug: str) -> str:
        with see() as session:
            return _render_thing(session, _parse_slug(slug))

    @pages.post("/p/<slug>")
    def edit(slug: str) -> Redirect | tuple[str, int]:
        page_id = _parse_slug(slug)
        try:
            with see(write=True) as session:
                _edit(session, page_id, request.form)
        except (ApiError, ValueError) as error:
            return _render_refusal(str(getattr(error, "message", error)), page_id), 400
        return redirect(_back(page_id), code=303)

    @pages.post("/d/<data_source_id>/rows")
    def add(data_source_id: str) -> Redirect | tuple[str, int]:
        title = {"title": parse_value("title", request.form.get("title", ""))}
        parent = {"type": "data_source_id", "data_source_id": data_source_id}
        try:
            with see(write=True) as session:
                made = create_page(session, {"parent": parent, "properties": {"title": title}})
        except ApiError as error:
            return _render_refusal(error.message, None), 400
        return redirect(_back(made["id"]), code=303)

    return pages


def _refuse_other_sites() -> None:
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in (
        "same-origin",
        "none",
    ):
        abort(403)


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _parse_slug(slug: str) -> str:
    found = _ID.search(slug.lower().replace("-", ""))
    parsed = parse_uuid(found.group(1)) if found else None
    if parsed is None:
        abort(404)
    return parsed


def _back(page_id: str) -> str:
    """Return where to go after an edit: a place in this workspace, never anywhere else."""
    place = request.form.get("back", "")
    if re.fullmatch(r"/(?:p/[\w%-]*)?(?:\?[\w=&-]*)?(?:#[\w-]*)?", place):
        return place
    return url_for("pages.look", slug=page_id.replace("-", ""))


def _render_thing(session: Session, thing_id: str) -> str:
    if session.store.containers.database(thing_id) is not None:
        return _render_database(session, thing_id)
    source = session.store.containers.data_source(thing_id)
    if source is not None:
        return _render_database(session, source.database_id)
    page = session.store.pages.get(thing_id)
    if page is None:
        abort(404)
    return _render_page(session, page)


def _render_database(session: Session, database_id: str) -> str:
    shown = encode_database(session, session.database(database_id))
    tables = [
        make_table(session, session.data_source(source["id"])) for source in shown["data_sources"]
    ]
    return render_template(
        "database.html",
        database=shown,
        title="".join(run["plain_text"] for run in shown["title"]) or "Untitled",
        description="".join(run["plain_text"] for run in shown["description"]),
        tables=tables,
        view="board" if request.args.get("view") == "board" else "table",
        crumbs=_crumbs(session, *_parent_of(shown["parent"])),
    )


def _render_page(session: Session, page: Page) -> str:
    shown = encode_page(session, page)
    source = _source_of(session, page)
    schema = list_columns(session, source) if source else []
    return render_template(
        "page.html",
        page=shown,
        title=page_title(page) or "Untitled",
        row=make_row(schema, shown) if schema else None,
        columns=[column for column in schema if column["type"] != "relation"],
        links=_links(session, schema, shown),
        titles=lambda other: page_title(other) or "Untitled",
        body=make_body(session, page.id),
        crumbs=_crumbs(session, page.parent_type, page.parent_id),
    )


def _render_refusal(message: str, page_id: str | None) -> str:
    back = url_for("pages.look", slug=page_id.replace("-", "")) if page_id else "/"
    return render_template("refusal.html", title="Not saved", message=message, back=back, crumbs=[])


def _source_of(session: Session, page: Page) -> DataSource | None:
    return session.data_source(page.parent_id) if page.parent_type == "data_source_id" else None


def _links(session: Session, schema: list[Json], shown: Json) -> list[tuple[str, list[Page]]]:
    values = {value["id"]: value for value in shown["properties"].values()}
    named = []
    for column in schema:
        if column["type"] == "relation":
            linked = [link["id"] for link in values[column["id"]]["relation"]]
            pages = [page for each in linked if (page := session.store.pages.get(each))]
            named.append((column["name"], pages))
    return named


def _parent_of(parent: Json) -> tuple[str, str]:
    kind = parent["type"]
    return kind, "workspace" if kind == "workspace" else parent[kind]


def _crumbs(session: Session, parent_type: str, parent_id: str) -> list[tuple[str, str]]:
    """Return titles and ids of what is above, the topmost first."""
    crumbs: list[tuple[str, str]] = []
    while parent_type != "workspace":
        if parent_type == "database_id":
            title = session.database(parent_id).title
            crumbs.append((plain_text(title) or "Untitled", parent_id))
        elif parent_type == "page_id":
            page = session.store.pages.get(parent_id)
            crumbs.append(((page_title(page) if page else "") or "Untitled", parent_id))
        above = session.step_up(parent_type, parent_id)
        if above is None:
            break
        _, parent_type, parent_id = above
    return crumbs[::-1]


def _edit(session: Session, page_id: str, form: Any) -> None:
    action = form.get("action", "save")
    if action in ("trash", "restore"):
        update_page(session, page_id, {"in_trash": action == "trash"})
        return
    page = session.page(page_id)
    if action == "duplicate":
        _duplicate(session, page)
        return
    changes = _changes(session, page, form)
    if changes:
        update_page(session, page_id, {"properties": changes})


def _changes(session: Session, page: Page, form: Any) -> Json:
    """Return the properties that the person changed; what was left alone is not written."""
    source = _source_of(session, page)
    if source is None:
        title = form.get("v.title")
        return {"title": {"title": parse_value("title", title)}} if title is not None else {}
    changes: Json = {}
    for column in list_columns(session, source):
        typed = form.get(f"v.{column['id']}")
        was = form.get(f"was.{column['id']}", "")
        if column["type"] == "checkbox" and f"was.{column['id']}" in form:
            typed = typed or ""
        if typed is None or typed.replace("\r\n", "\n") == was.replace("\r\n", "\n"):
            continue
        value = parse_value(column["type"], typed)
        changes[column["id"]] = {column["type"]: value}
    return changes


def _duplicate(session: Session, page: Page) -> None:
    """Copy a row the way Notion does: a new id, the same values, the key of other tools included."""
    source = _source_of(session, page)
    if source is None:
        return
    shown = encode_page(session, page)
    copied = {
        value["id"]: {value["type"]: parse_value(value["type"], text)}
        for value in shown["properties"].values()
        if value["type"] in ("title", "rich_text", "number", "select", "status", "multi_select")
        and (text := format_value(value["type"], value[value["type"]]))
    }
    parent = {"type": "data_source_id", "data_source_id": source.id}
    create_page(session, {"parent": parent, "properties": copied})
