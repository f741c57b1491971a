"""Save the forms of the pages, through the operations of the API.

Must not render or answer requests. Raises ApiError as the API does, and UnsavedError for typed text
that is no value: then nothing of the form is saved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from werkzeug.datastructures import MultiDict

from tracker.workspace.model import Block, DataSource, Page, Property
from tracker.workspace.page_json import encode_page, linked_ids
from tracker.workspace.pages import (
    NewBlock,
    create_page,
    save_children,
    update_block,
    update_markdown,
    update_page,
)
from tracker.workspace.protocol import (
    ApiError,
    Json,
    decode_property_id,
    encode_property_id,
    parse_uuid,
)
from tracker.workspace.session import Session
from tracker.workspace.values import decode_value
from tracker.workspace.web.cells import CHOICES, FORMS, TEXTS, Cell, parse_value
from tracker.workspace.web.layouts import list_columns
from tracker.workspace.web.tables import RowMaker, fetch_titles

Form = MultiDict[str, str]
MOST_TEXT = 500 * 1024
_TOO_LONG = re.compile(r"length should be ≤ `(\d+)`")


class UnsavedError(Exception):
    """A form that cannot be saved: what is wrong, by the id of a column; "" stands for the form.

    `now` has the present value of the columns that somebody else changed meanwhile.
    """

    def __init__(self, problems: Mapping[str, str], now: Mapping[str, str] | None = None) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)
        self.now = dict(now or {})


def add_row(session: Session, data_source_id: str, title: str) -> str:
    """Make a row and return its page id."""
    parent = {"type": "data_source_id", "data_source_id": data_source_id}
    properties = {"title": {"title": parse_value("title", title)}}
    made = create_page(session, {"parent": parent, "properties": properties})
    return str(made["id"])


def change_page(session: Session, page_id: str, form: Form) -> str:
    """Do what the pressed button says, and return the id of the page to show afterwards."""
    page = session.page(page_id)
    return _ACTIONS.get(form.get("action", ""), _save)(session, page, form)


def source_of(session: Session, page: Page) -> DataSource | None:
    """Return the data source of a row, None for any other page."""
    return session.data_source(page.parent_id) if page.parent_type == "data_source_id" else None


def _save(session: Session, page: Page, form: Form) -> str:
    """Save what the person changed; what was left alone is not written."""
    source = source_of(session, page)
    if source is None:
        return page.id
    changes: dict[str, Json] = {}
    problems: dict[str, str] = {}
    now: dict[str, str] = {}
    row = RowMaker(source, list_columns(source)).make(encode_page(session, page))
    for cell in row.cells.values():
        if cell.form == "":
            continue
        prop = source.schema[decode_property_id(cell.id)]
        try:
            change = _find_change(session, page, prop, cell, form)
            if change is not None:
                # update_page checks it as well, but stops at the first fault.
                decode_value(prop, f"body.properties.{cell.id}", change)
                changes[cell.id] = change
        except _ChangedElsewhereError as error:
            problems[cell.id], now[cell.id] = str(error), cell.key
        except (ApiError, ValueError) as error:
            problems[cell.id] = _in_words(prop.type, error)
    if problems:
        raise UnsavedError(problems, now)
    if changes:
        update_page(session, page.id, {"properties": changes})
    return page.id


def _trash(session: Session, page: Page, form: Form) -> str:
    """Move a row to the trash or back; what is typed in the same form is saved before."""
    if form["action"] == "trash":
        _save(session, page, form)
    update_page(session, page.id, {"in_trash": form["action"] == "trash"})
    return page.id


def _write(session: Session, page: Page, form: Form) -> str:
    """Add typed markdown to the end of the page's body."""
    text = form.get("text", "").replace("\r\n", "\n").strip()
    if len(text.encode()) > MOST_TEXT:
        raise UnsavedError({"": f"At most {MOST_TEXT:,} bytes can be added at once."})
    if text:
        update_markdown(session, page.id, {"insert_content": {"content": text}})
    return page.id


def _tick(session: Session, page: Page, form: Form) -> str:
    """Tick a to-do of the page's body, or take the tick away."""
    block_id, _, wanted = form.get("block", "").partition(" ")
    block = session.block(parse_uuid(block_id) or block_id)
    above: Page | Block | None = block
    while isinstance(above, Block):
        is_top = above.parent_type == "page_id"
        parent_id = above.parent_id
        above = None if is_top else session.store.blocks.get(parent_id)
        if is_top and parent_id == page.id:
            update_block(session, block.id, {"to_do": {"checked": wanted == "on"}})
            return page.id
    raise UnsavedError({"": "This line is no longer on the page. Load the page again."})


def _duplicate(session: Session, page: Page, form: Form) -> str:
    """Copy a row the way Notion does: a new id, all values, the keys of other tools included."""
    source = source_of(session, page)
    if source is None:
        return page.id
    _save(session, page, form)
    page = session.page(page.id)
    values = encode_page(session, page)["properties"].values()
    copied: Json = {
        value["id"]: {value["type"]: value[value["type"]]}
        for value in values
        if value["type"] in FORMS and value["type"] != "relation"
    }
    for prop in source.schema.values():
        if prop.type == "relation":
            # From the store: a response shows the first 25 links only.
            copied[prop.id] = _relation(linked_ids(session, prop, page))
    parent = {"type": "data_source_id", "data_source_id": source.id}
    body = {"parent": parent, "properties": copied, "icon": page.icon, "cover": page.cover}
    made = session.page(create_page(session, body)["id"])
    save_children(session, made, _copy_blocks(session, page.id))
    return made.id


def _copy_blocks(session: Session, parent_id: str) -> list[NewBlock]:
    return [
        NewBlock(block.type, block.content, _copy_blocks(session, block.id))
        for block in session.store.blocks.children(parent_id)
        # Not what is below the page: that may be whole databases.
        if block.type not in ("child_page", "child_database")
    ]


_ACTIONS: dict[str, Callable[[Session, Page, Form], str]] = {
    "trash": _trash,
    "restore": _trash,
    "duplicate": _duplicate,
    "write": _write,
    "tick": _tick,
}


class _ChangedElsewhereError(Exception):
    """A value that is no longer what the form was made from."""


def _find_change(
    session: Session, page: Page, prop: Property, cell: Cell, form: Form
) -> Json | None:
    """Return the request value for one column, None when there is nothing to change.

    `was` is what the form was made from, `typed` what it holds, `now` what the row holds.

        relation        the links now, without the removed one, with the added one
        `set.` field    a choice or a tick made at once: whatever it was before
        no `was`        None: the column is not in this form
        typed = was     None: left alone
        typed = now     None: somebody else wrote the same
        was = now       typed
        all differ      _ChangedElsewhereError: the person decides
    """
    if prop.type == "relation":
        linked = linked_ids(session, prop, page)
        wanted = _edit_links(session, prop, linked, form)
        return _relation(wanted) if wanted != linked else None
    if prop.type in (*CHOICES, "checkbox") and f"set.{cell.id}" in form:
        chosen = form[f"set.{cell.id}"]
        return _request(cell, chosen) if chosen != cell.key else None
    if f"was.{cell.id}" not in form:
        return None
    was, typed, now = (
        _as_typed(prop.type, text)
        for text in (form[f"was.{cell.id}"], form.get(f"v.{cell.id}", ""), cell.key)
    )
    if typed in (was, now):
        return None
    if now != was:
        raise _ChangedElsewhereError(
            f"This was changed elsewhere while you typed; now it is “{cell.text}”. "
            "Save again to replace that."
        )
    return _request(cell, typed)


def _request(cell: Cell, typed: str) -> Json:
    """Return the request value for what was typed; options that exist go by their id."""
    if cell.type in CHOICES and typed:
        found = next((chip.id for chip in cell.choices if typed in (chip.id, chip.name)), None)
        if found is None:
            raise ValueError("This choice is not there any more. Choose another one.")
        return {cell.type: {"id": found}}
    if cell.type == "multi_select":
        named = {_as_typed(cell.type, chip.name): chip.id for chip in (*cell.choices, *cell.chips)}
        parts = filter(None, (part.strip() for part in typed.split(",")))
        tags = [{"id": named[part]} if part in named else {"name": part} for part in parts]
        return {cell.type: tags}
    return {cell.type: parse_value(cell.type, typed)}


def _as_typed(kind: str, text: str) -> str:
    """Return a text as a browser's field gives it back: in one line where it has only one."""
    # Browsers replace NUL, and send CR LF whatever the line ends were.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return lines if kind in TEXTS else lines.replace("\n", "").strip()


def _in_words(kind: str, error: ApiError | ValueError) -> str:
    """Return what is wrong with a value, in words for the person who typed it."""
    if not isinstance(error, ApiError):
        return str(error)
    if found := _TOO_LONG.search(error.message):
        # A text is sent in pieces of 2,000: the limit of one would mislead.
        is_text = kind in TEXTS
        return (
            "This text is too long."
            if is_text
            else f"At most {int(found[1]):,} characters fit here."
        )
    if kind == "date":
        if "before start" in error.message:
            return "The end must not be before the start."
        return "This is not a date. Write it like 2026-11-05."
    return error.message


def _edit_links(session: Session, prop: Property, linked: list[str], form: Form) -> list[str]:
    """Take away the link whose cross was pressed, and add the row whose title was typed."""
    key = encode_property_id(prop.id)
    pressed = (value.partition(" ") for value in form.getlist("drop"))
    gone = {page_id for column, _, page_id in pressed if column == key}
    wanted = [page_id for page_id in linked if page_id not in gone]
    if title := form.get(f"add.{key}", "").strip():
        rows = fetch_titles(session, prop.config["data_source_id"])
        found = [row_id for row_id, words in rows if words.strip().casefold() == title.casefold()]
        if len(found) != 1:
            what = "There is no row" if not found else f"There are {len(found)} rows"
            raise ValueError(f'{what} called "{title}".')
        wanted += [page_id for page_id in found if page_id not in wanted]
    return wanted


def _relation(page_ids: list[str]) -> Json:
    return {"relation": [{"id": page_id} for page_id in page_ids]}
