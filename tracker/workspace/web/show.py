"""Pages as HTML: what is shown of a database, a page, and what went wrong.

Must not write. Every text is escaped by the templates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import abort, render_template, request

from tracker.workspace.checks import Json
from tracker.workspace.databases import encode_database
from tracker.workspace.ids import encode_property_id
from tracker.workspace.model import DataSource, Page
from tracker.workspace.page_json import encode_page, linked_ids, page_title, value_context
from tracker.workspace.rich_text import plain_text
from tracker.workspace.session import Session
from tracker.workspace.users import encode_user
from tracker.workspace.web.bodies import make_body
from tracker.workspace.web.changes import source_of
from tracker.workspace.web.tables import fetch_titles, list_columns, make_row, make_table
from tracker.workspace.web.tally import Tally, make_tally
from tracker.workspace.web.typed import Span, spans_of

VIEWS = ("table", "board", "trash")
MOST_SUGGESTED = 500
"""Titles that a relation's field offers; any other can be typed."""
_NAME = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Related:
    """A relation of a row: titles and ids of what it links to, and the titles to choose from."""

    id: str
    name: str
    pages: tuple[tuple[str, str], ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said, and when."""

    author: str
    time: str
    words: tuple[Span, ...]


def render_thing(session: Session, thing_id: str) -> str:
    """Render the database, data source or page with this id."""
    if session.store.containers.database(thing_id) is not None:
        return _render_database(session, thing_id)
    source = session.store.containers.data_source(thing_id)
    if source is not None:
        return _render_database(session, source.database_id)
    page = session.store.pages.get(thing_id)
    if page is None:
        abort(404)
    return render_page(session, page)


def render_page(session: Session, page: Page) -> str:
    """Render a page or a row."""
    shown = encode_page(session, page)
    source = source_of(session, page)
    schema = list_columns(session, source) if source else []
    body = make_body(session, page.id)
    return render_template(
        "page.html",
        page=shown,
        title=page_title(page).strip() or "Untitled",
        row=make_row(schema, shown) if schema else None,
        columns=[column for column in schema if column["type"] != "relation"],
        relations=_relations(session, source, page) if source else [],
        body=body,
        tallies={each.id: _tally(session, each.id) for each in body if _is_database(each.type)},
        comments=[_comment(each) for each in session.store.comments.of(page.id)],
        crumbs=_crumbs(session, page.parent_type, page.parent_id),
    )


def render_problem(name: str, words: str, *, back: str = "/") -> str:
    """Render what went wrong, with a way back."""
    # Werkzeug names an error like "NotFound" here and "Not Found" there.
    title = _NAME.sub(" ", name).capitalize()
    return render_template("problem.html", title=title, words=words, back=back, crumbs=[])


def _render_database(session: Session, database_id: str) -> str:
    shown = encode_database(session, session.database(database_id))
    asked = request.args.get("view", "")
    view = asked if asked in VIEWS else VIEWS[0]
    sources = [session.data_source(source["id"]) for source in shown["data_sources"]]
    return render_template(
        "database.html",
        database=shown,
        title=_words(shown["title"]).strip() or "Untitled",
        description=spans_of(shown["description"]),
        tables=[make_table(session, source, view) for source in sources],
        view=view,
        crumbs=_crumbs(session, *_parent_of(shown["parent"])),
    )


def _words(items: list[Json]) -> str:
    return "".join(item["plain_text"] for item in items)


def _is_database(kind: str) -> bool:
    return kind == "child_database"


def _tally(session: Session, database_id: str) -> Tally | None:
    """Count the rows of a database on the page that holds it."""
    sources = session.store.containers.data_sources_of(database_id)
    return make_tally(session, sources[0]) if sources else None


def _relations(session: Session, source: DataSource, page: Page) -> list[Related]:
    context = value_context(session, source)
    found = []
    for prop in source.schema.values():
        if prop.type == "relation":
            pages = session.store.pages.get_many(linked_ids(context, prop, page))
            rows = fetch_titles(session, prop.config["data_source_id"])
            titles = tuple(words for row_id, words in rows if words and row_id != page.id)
            linked = tuple((each.id, page_title(each).strip() or "Untitled") for each in pages)
            key = encode_property_id(prop.id)
            found.append(Related(key, prop.name, linked, titles[:MOST_SUGGESTED]))
    return found


def _comment(comment: Json) -> Comment:
    author = encode_user(comment["created_by"]["id"])["name"]
    time = comment["created_time"][:16].replace("T", " ")
    return Comment(author, time, spans_of(comment["rich_text"]))


def _parent_of(parent: Json) -> tuple[str, str]:
    kind = parent["type"]
    return kind, "workspace" if kind == "workspace" else parent[kind]


def _crumbs(session: Session, parent_type: str, parent_id: str) -> list[tuple[str, str]]:
    """Return titles and ids of what is above, the topmost first; "Home" stands there anyway."""
    crumbs: list[tuple[str, str]] = []
    while parent_type != "workspace":
        if parent_type == "database_id":
            title = plain_text(session.database(parent_id).title)
            crumbs.append((title or "Untitled", parent_id))
        elif parent_type == "page_id":
            page = session.store.pages.get(parent_id)
            if page is not None and page.parent_type != "workspace":
                crumbs.append((page_title(page) or "Untitled", parent_id))
        above = session.step_up(parent_type, parent_id)
        if above is None:
            break
        _, parent_type, parent_id = above
    return crumbs[::-1]
