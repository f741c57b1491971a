"""Pages as HTML: what is shown of a database, a page with its body, and what went wrong.

Must not write. Every text is escaped by the templates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import abort, current_app, get_template_attribute, render_template, request

from tracker.workspace.databases import encode_database
from tracker.workspace.model import DataSource, Page, View
from tracker.workspace.page_json import encode_page, linked_ids, page_title
from tracker.workspace.protocol import (
    PERSON_ID,
    ROOT_PAGE_ID,
    Json,
    encode_property_id,
    parse_uuid,
    plain_text,
)
from tracker.workspace.session import Session
from tracker.workspace.web.bodies import make_body
from tracker.workspace.web.cells import CHOICES, spans_of
from tracker.workspace.web.changes import Form, source_of
from tracker.workspace.web.layouts import list_columns, list_in_order
from tracker.workspace.web.notices import Notices, NoticeSource, pick_notices
from tracker.workspace.web.tables import (
    RowMaker,
    TableRow,
    count_trashed,
    fetch_tally,
    fetch_titles,
    find_trashed,
    icon_of,
    make_table,
)
from tracker.workspace.web.tally import SIGNS, StatusCount, meaning_of, status_column

MOST_SUGGESTED = 500
"""Titles that a relation's field offers; any other can be typed."""
_NAME = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class PageNotes:
    """What the pages say beside what they hold.

    Home says words and a link at its top, or `if_empty` while the workspace is empty. `notices` is asked
    for what there is to say about single pages.
    """

    words: str = ""
    link: str = ""
    if_empty: str = "Nothing here yet."
    notices: NoticeSource = dict


@dataclass(frozen=True, slots=True)
class FormDraft:
    """A form that was not saved, with what is wrong by the id of a column; "" stands for the form.

    `now` has the present value of the columns that somebody else changed meanwhile.
    """

    form: Form = field(default_factory=Form)
    problems: Mapping[str, str] = field(default_factory=dict)
    now: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What is wrong with the form as a whole."""
        count = sum(map(bool, self.problems))
        entries = "one entry needs" if count == 1 else f"{count} entries need"
        return self.problems.get("") or f"{entries} a change below."


@dataclass(frozen=True, slots=True)
class Linked:
    """A row that another one links to; `meaning` of its status, with a sign, "" without one."""

    id: str
    title: str
    meaning: str
    sign: str
    status: str


@dataclass(frozen=True, slots=True)
class Related:
    """A relation of a row: what it links to, and the titles to choose from."""

    id: str
    name: str
    pages: tuple[Linked, ...]
    titles: tuple[str, ...]
    typed: str = ""
    problem: str = ""

    @property
    def words(self) -> str:
        """How many of them are done, of all that are not skipped."""
        if not any(page.sign for page in self.pages):
            return ""
        meant = Counter(page.meaning for page in self.pages)
        skipped = meant["skipped"]
        words = f"{meant['done']} of {len(self.pages) - skipped} done"
        return f"{words} · {skipped} skipped" if skipped else words


def render_thing(session: Session, thing_id: str) -> str:
    """Render the database, data source or page with this id."""
    if session.store.containers.database(thing_id) is not None:
        return render_database(session, thing_id)
    source = session.store.containers.data_source(thing_id)
    if source is not None:
        return render_database(session, source.database_id)
    page = session.store.pages.get(thing_id)
    if page is None:
        abort(404)
    return render_page(session, page)


def render_page(
    session: Session, page: Page, draft: FormDraft | None = None, *, note: PageNotes | None = None
) -> str:
    """Render a page or a row; with a draft, with all that was typed and what is wrong with it."""
    shown = encode_page(session, page)
    source = source_of(session, page)
    views = session.store.views.of(data_source_id=source.id) if source else []
    columns = list_in_order(source, next(iter(views), None)) if source else ()
    body = make_body(session, page.id)
    notices = _load_notices()
    tallies: dict[str, tuple[StatusCount | None, int]] = {}
    for block in body:
        if block.type == "child_database":
            # Of several data sources, the first is shown first, too.
            sources = session.store.containers.data_sources_of(block.id)
            tally = fetch_tally(session, sources[0]) if sources else None
            tallies[block.id] = tally, len(_find_noticed(session, notices, sources))
    row = RowMaker(source, columns).make(shown) if source else None
    return render_template(
        "page.html",
        page=shown,
        title=page_title(page).strip() or "Untitled",
        row=_with_draft(row, draft) if row and draft else row,
        icon=icon_of(page.icon),
        columns=[column for column in columns if not column.is_plumbing],
        plumbing=[column for column in columns if column.is_plumbing],
        relations={one.id: one for one in _relations(session, source, page, draft or FormDraft())}
        if source
        else {},
        draft=draft,
        note=note,
        first_wrong=next(iter(draft.problems), "") if draft else "",
        body=body,
        tallies=tallies,
        notices=pick_notices(notices, "" if page.id == ROOT_PAGE_ID else page.id),
        crumbs=_crumbs(session, page.parent_type, page.parent_id),
    )


def describe_change(session: Session, page_id: str) -> Json:
    """Return what of a page is different after a change, for its script."""
    page = session.page(page_id)
    source = source_of(session, page)
    if source is None:
        return {}
    row = RowMaker(source, list_columns(source)).make(encode_page(session, page))
    tally = fetch_tally(session, source)
    return {
        "source": source.id,
        "words": tally.words,
        "meaning": row.meaning,
        "bar": str(get_template_attribute("macros.html", "bar")(tally)),
        "values": {
            cell.id: {
                "key": cell.key,
                "text": cell.text,
                "color": cell.chips[0].color if cell.chips else "default",
                "meaning": cell.meaning,
                "flip": cell.flip,
            }
            for cell in row.cells.values()
            if cell.type in (*CHOICES, "checkbox")
        },
        "related": {one.id: one.words for one in _relations(session, source, page, FormDraft())},
    }


def render_problem(name: str, words: str, *, back: str = "/") -> str:
    """Render what went wrong, with a way back."""
    # Werkzeug names an error like "NotFound" here and "Not Found" there.
    title = _NAME.sub(" ", name).capitalize()
    return render_template("problem.html", title=title, words=words, back=back, crumbs=[])


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of a database, by name; `query` leads to it."""

    name: str
    kind: str
    query: str
    is_open: bool


def render_database(session: Session, database_id: str, draft: FormDraft | None = None) -> str:
    """Render a database through one of its views; with a draft, with the row that could not be added."""
    shown = encode_database(session, session.database(database_id))
    parent = shown["parent"]
    sources = [session.data_source(source["id"]) for source in shown["data_sources"]]
    views = session.store.views.of(database_id=database_id) or [_plain_view(sources[0])]
    asked = parse_uuid(request.args.get("v", ""))
    view = next((one for one in views if one.id == asked), views[0])
    view_source = session.data_source(view.data_source_id)
    is_trash = request.args.get("view") == "trash"
    notices = _load_notices()
    trashed = sum(count_trashed(session, source) for source in sources)
    tabs = [
        Tab(
            one.body["name"],
            one.body["type"],
            f"?v={one.id.replace('-', '')}" if place else "",
            is_open=one is view and not is_trash,
        )
        for place, one in enumerate(views)
    ]
    if trashed or is_trash:
        tabs.append(Tab("Trash", "trash", "?view=trash", is_open=is_trash))
    return render_template(
        "database.html",
        database=shown,
        title="".join(item["plain_text"] for item in shown["title"]).strip() or "Untitled",
        icon=icon_of(shown["icon"]),
        description=spans_of(shown["description"]),
        table=make_table(
            session, view_source, view, request.args.get("month", ""), frozenset(notices)
        ),
        noticed=_find_noticed(session, notices, sources),
        tabs=tabs,
        tab=next(tab for tab in tabs if tab.is_open),
        trashed=[page for source in sources for page in find_trashed(session, source)]
        if is_trash
        else [],
        trash_count=trashed,
        title_of=page_title,
        draft=draft,
        # The topmost parent has no id: {"type": "workspace", "workspace": true}.
        crumbs=_crumbs(session, parent["type"], str(parent[parent["type"]])),
    )


def _load_notices() -> Notices:
    found: Notices = current_app.extensions["notices"]()
    return found


def _find_noticed(
    session: Session, notices: Notices, sources: Sequence[DataSource]
) -> list[tuple[str, str]]:
    """Return ids and titles of the rows of a database that there are notices about."""
    ids = {source.id for source in sources}
    pages = session.store.pages.get_many([page_id for page_id in notices if page_id])
    return [
        (page.id, page_title(page).strip() or "Untitled")
        for page in pages
        if page.parent_id in ids and not page.in_trash
    ]


def _plain_view(source: DataSource) -> View:
    """Return what a database without any view is seen through."""
    view = View("", source.database_id, source.id, 0, 0, PERSON_ID, PERSON_ID)
    view.body = {"name": "Table", "type": "table", "configuration": {"type": "table"}}
    return view


def _with_draft(row: TableRow, draft: FormDraft) -> TableRow:
    """Put what was typed into the cells of a row, beside what they hold."""
    cells = {}
    for key, cell in row.cells.items():
        if f"was.{key}" in draft.form and cell.form:
            # The next Save replaces what somebody else wrote: the person has seen it by then.
            was = draft.now.get(key, draft.form[f"was.{key}"])
            typed, problem = draft.form.get(f"v.{key}", ""), draft.problems.get(key, "")
            cells[key] = replace(cell, typed=typed, was=was, problem=problem)
        else:
            cells[key] = cell
    return replace(row, cells=cells)


def _relations(
    session: Session, source: DataSource, page: Page, draft: FormDraft
) -> Sequence[Related]:
    found = []
    for prop in source.schema.values():
        if prop.type == "relation":
            pages = session.store.pages.get_many(linked_ids(session, prop, page))
            rows = fetch_titles(session, prop.config["data_source_id"])
            titles = tuple(words for row_id, words in rows if words and row_id != page.id)
            key = encode_property_id(prop.id)
            found.append(
                Related(
                    id=key,
                    name=prop.name,
                    pages=tuple(_linked(session, other) for other in pages),
                    titles=titles[:MOST_SUGGESTED],
                    typed=draft.form.get(f"add.{key}", ""),
                    problem=draft.problems.get(key, ""),
                )
            )
    return found


def _linked(session: Session, page: Page) -> Linked:
    title = page_title(page).strip() or "Untitled"
    source = source_of(session, page)
    column = status_column(source) if source else None
    if column is None:
        return Linked(page.id, title, "", "", "")
    option_id = page.values.get(column.id) or column.config["default"]
    meaning = meaning_of(column, option_id)
    option = column.config["options"].find(option_id=option_id)
    return Linked(page.id, title, meaning, SIGNS[meaning], option["name"] if option else "")


def _crumbs(session: Session, parent_type: str, parent_id: str) -> list[tuple[str, str]]:
    """Return titles and ids of what is above, the topmost first; the template begins with "Home"."""
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
