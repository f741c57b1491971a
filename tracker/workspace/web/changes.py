"""What a person's form asks for, done through the operations of the API.

Must not render or answer requests. Raises ApiError as the API does, and ValueError for what a person
typed that is no value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from werkzeug.datastructures import MultiDict

from tracker.workspace.blocks import NewBlock, save_children
from tracker.workspace.checks import Json
from tracker.workspace.comments import create_comment
from tracker.workspace.ids import decode_property_id, encode_property_id
from tracker.workspace.markdown_pages import update_markdown
from tracker.workspace.model import DataSource, Page, Property
from tracker.workspace.page_json import encode_page, linked_ids, value_context
from tracker.workspace.pages import create_page, update_page
from tracker.workspace.session import Session
from tracker.workspace.web.cells import FORMS, parse_value
from tracker.workspace.web.tables import fetch_titles, list_columns

Form = MultiDict[str, str]
_MULTI_LINE = ("title", "rich_text")


def add_row(session: Session, data_source_id: str, title: str) -> str:
    """Make a row and return its page id."""
    parent = {"type": "data_source_id", "data_source_id": data_source_id}
    properties = {"title": {"title": parse_value("title", title)}}
    made = create_page(session, {"parent": parent, "properties": properties})
    return str(made["id"])


def change_page(session: Session, page_id: str, form: Form) -> str:
    """Do what the pressed button says, and return the id of the page to show then."""
    page = session.page(page_id)
    return _ACTIONS.get(form.get("action", ""), _save)(session, page, form)


def source_of(session: Session, page: Page) -> DataSource | None:
    """Return the data source of a row, None for any other page."""
    return session.data_source(page.parent_id) if page.parent_type == "data_source_id" else None


def _save(session: Session, page: Page, form: Form) -> str:
    source = source_of(session, page)
    changes = dict(_changes(session, page, source, form)) if source else {}
    if changes:
        update_page(session, page.id, {"properties": changes})
    return page.id


def _trash(session: Session, page: Page, form: Form) -> str:
    update_page(session, page.id, {"in_trash": form["action"] == "trash"})
    return page.id


def _comment(session: Session, page: Page, form: Form) -> str:
    text = form.get("text", "").strip()
    if text:
        items = parse_value("rich_text", text)
        create_comment(session, {"parent": {"page_id": page.id}, "rich_text": items})
    return page.id


def _write(session: Session, page: Page, form: Form) -> str:
    """Add typed markdown to the end of the page's body."""
    text = form.get("text", "").replace("\r\n", "\n").strip()
    if text:
        update_markdown(session, page, {"insert_content": {"content": text}})
    return page.id


def _duplicate(session: Session, page: Page, form: Form) -> str:
    """Copy a row the way Notion does: a new id, all values, the keys of other tools included."""
    del form
    source = source_of(session, page)
    if source is None:
        return page.id
    values = encode_page(session, page)["properties"].values()
    copied: Json = {
        value["id"]: {value["type"]: value[value["type"]]}
        for value in values
        if value["type"] in (*FORMS, "people", "files") and value["type"] != "relation"
    }
    for prop in _relations(source):
        copied[prop.id] = _relation(_linked(session, source, prop, page))
    parent = {"type": "data_source_id", "data_source_id": source.id}
    body = {"parent": parent, "properties": copied, "icon": page.icon, "cover": page.cover}
    made = session.page(create_page(session, body)["id"])
    save_children(session, made, _copy_blocks(session, page.id))
    return made.id


def _copy_blocks(session: Session, parent_id: str) -> list[NewBlock]:
    return [
        NewBlock(block.type, block.content, _copy_blocks(session, block.id))
        for block in session.store.blocks.children(parent_id)
        if block.type not in ("child_page", "child_database")
    ]


_ACTIONS: dict[str, Callable[[Session, Page, Form], str]] = {
    "trash": _trash,
    "restore": _trash,
    "duplicate": _duplicate,
    "comment": _comment,
    "write": _write,
}


def _changes(
    session: Session, page: Page, source: DataSource, form: Form
) -> Iterator[tuple[str, Json]]:
    """Yield the properties that the person changed; what was left alone is not written."""
    columns = {column["id"]: column["type"] for column in list_columns(session, source)}
    for column_id, kind in columns.items():
        if f"was.{column_id}" not in form:
            continue
        if kind == "relation":
            prop = source.schema[decode_property_id(column_id)]
            linked = _linked(session, source, prop, page)
            wanted = _edit_links(session, prop, linked, form)
            if wanted != linked:
                yield column_id, _relation(wanted)
            continue
        was, typed = form[f"was.{column_id}"], form.get(f"v.{column_id}", "")
        if _as_typed(kind, typed) != _as_typed(kind, was):
            yield column_id, {kind: parse_value(kind, typed)}


def _as_typed(kind: str, text: str) -> str:
    """Return a text as a browser's field gives it back: in one line where it has only one."""
    lines = text.replace("\r\n", "\n")
    return lines if kind in _MULTI_LINE else lines.replace("\n", "").strip()


def _edit_links(session: Session, prop: Property, linked: list[str], form: Form) -> list[str]:
    """Take away the links whose box was cleared, and add the row whose title was typed."""
    key = encode_property_id(prop.id)
    gone = set(form[f"was.{key}"].split()) - set(form.getlist(f"v.{key}"))
    wanted = [each for each in linked if each not in gone]
    title = form.get(f"add.{key}", "").strip()
    if title:
        found = _find_row(session, prop.config["data_source_id"], title)
        wanted += [found] if found not in wanted else []
    return wanted


def _find_row(session: Session, data_source_id: str, title: str) -> str:
    rows = fetch_titles(session, data_source_id)
    found = [row_id for row_id, words in rows if words.strip().casefold() == title.casefold()]
    if len(found) != 1:
        what = "There is no row" if not found else f"There are {len(found)} rows"
        raise ValueError(f'{what} called "{title}".')
    return found[0]


def _relations(source: DataSource) -> list[Property]:
    return [prop for prop in source.schema.values() if prop.type == "relation"]


def _linked(session: Session, source: DataSource, prop: Property, page: Page) -> list[str]:
    """Return all links of a page, also those beyond the 25 that a response shows."""
    return linked_ids(value_context(session, source), prop, page)


def _relation(page_ids: list[str]) -> Json:
    return {"relation": [{"id": each} for each in page_ids]}
