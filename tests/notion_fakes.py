"""A scripted sender and builders of Notion JSON, for tests of the Notion adapter.

`ScriptedSender` answers from a list, in order, and remembers what it was asked; it stands for the
network below the gateway.
"""

from __future__ import annotations

from tracker.adapters.notion.gateway import Gateway, Limits, Timing
from tracker.adapters.notion.retry import Failure, Fault
from tracker.sync.records import Field
from tracker.sync.target import DatabaseTarget

SOURCE_ID = "11111111-2222-4333-8444-555555555555"
DATABASE_ID = "22222222-2222-4333-8444-555555555555"


class ManualTime:
    """A clock that only moves when somebody sleeps; `slept` lists how long."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class ScriptedSender:
    """Answers requests from a script; the last answer repeats."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.asked = []
        self.closed = False
        self.date = None

    def send(self, method, path, body, query):
        self.asked.append((method, path, body, query))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(method, path, body, query) if callable(answer) else answer

    def close(self) -> None:
        self.closed = True


def make_gateway(sender, *, ceiling=None, time=None) -> Gateway:
    """Make a gateway whose time is manual and whose chance is one half."""
    time = time or ManualTime()
    timing = Timing(clock=time.clock, sleep=time.sleep, chance=lambda: 0.5)
    return Gateway(sender, "notion.test", limits=Limits(ceiling), timing=timing)


def failed(status, code="", message="", **more) -> Failure:
    """Make a failure that the server answered."""
    return Failure(Fault.ANSWERED, status, code, message, **more)


def text_items(*pieces):
    """Make answered rich text: strings, or (text, link) pairs."""
    items = []
    for piece in pieces:
        text, link = piece if isinstance(piece, tuple) else (piece, None)
        items.append(
            {
                "type": "text",
                "text": {"content": text, "link": {"url": link} if link else None},
                "annotations": {"bold": False, "color": "default"},
                "plain_text": text,
                "href": link,
            }
        )
    return items


def answered(items):
    """Turn request items into what a server answers: neighbours of one kind merged."""
    merged = []
    for item in items:
        link = (item["text"].get("link") or {}).get("url")
        if merged and merged[-1][1] == link:
            merged[-1] = (merged[-1][0] + item["text"]["content"], link)
        else:
            merged.append((item["text"]["content"], link))
    return text_items(*merged)


COLUMN_TYPES = {
    Field.NAME: "title",
    Field.STATUS: "status",
    Field.SECTION: "select",
    Field.LEVEL: "select",
    Field.GOAL: "rich_text",
    Field.HOURS: "number",
    Field.STARTED: "date",
    Field.COMPLETED: "date",
    Field.TAGS: "multi_select",
    Field.REQUIRES: "relation",
    Field.RESOURCES: "rich_text",
    Field.EVIDENCE: "url",
    Field.NOTES: "rich_text",
    Field.ORDER: "number",
    Field.ID: "rich_text",
}
NAMES = {
    Field.NAME: "Skill",
    Field.STATUS: "Status",
    Field.SECTION: "Section",
    Field.LEVEL: "Level",
    Field.GOAL: "Goal",
    Field.HOURS: "Hours",
    Field.STARTED: "Started",
    Field.COMPLETED: "Completed",
    Field.TAGS: "Tags",
    Field.REQUIRES: "Requires",
    Field.RESOURCES: "Resources",
    Field.EVIDENCE: "Evidence",
    Field.NOTES: "Notes",
    Field.ORDER: "Order",
    Field.ID: "Tracker ID",
}
OPTIONS = (
    ("o-todo", "Not started"),
    ("o-doing", "In progress"),
    ("o-done", "Done"),
    ("o-skip", "Skipped"),
)
GROUPS = (
    ("To-do", ["o-todo"]),
    ("In progress", ["o-doing"]),
    ("Complete", ["o-done", "o-skip"]),
)


def key_of(which: Field) -> str:
    """Return the id of a field's column as the server spells it: URL-encoded."""
    return "title" if which is Field.NAME else f"%3A{which.value}"


def data_source(*, options=OPTIONS, groups=GROUPS, **changes):
    """Make an answered data source with all columns; `changes` replace columns by field name."""
    properties = {}
    for which, kind in COLUMN_TYPES.items():
        config = {}
        if kind == "status":
            config["options"] = [{"id": option_id, "name": name} for option_id, name in options]
            config["groups"] = [{"name": name, "option_ids": ids} for name, ids in groups]
        elif kind in {"select", "multi_select"}:
            config["options"] = []
        elif kind == "relation":
            config = {"data_source_id": SOURCE_ID, "type": "dual_property", "dual_property": {}}
        properties[NAMES[which]] = {"id": key_of(which), "type": kind, kind: config}
    for name, column in changes.items():
        own = NAMES[Field(name)]
        if column is None:
            del properties[own]
        else:
            properties[own] = {**properties[own], **column}
    return {
        "object": "data_source",
        "id": SOURCE_ID,
        "title": text_items("Path"),
        "description": [],
        "parent": {"type": "database_id", "database_id": DATABASE_ID},
        "in_trash": False,
        "properties": {value.get("name", name): value for name, value in properties.items()},
    }


def make_target(**changes) -> DatabaseTarget:
    """Make the binding that fits `data_source()`."""
    values = {
        "database_id": DATABASE_ID,
        "data_source_id": SOURCE_ID,
        "properties": {which: key_of(which).replace("%3A", ":") for which in COLUMN_TYPES},
        "options": {"o-todo": "todo", "o-doing": "doing", "o-done": "done", "o-skip": "skipped"},
    }
    return DatabaseTarget(**{**values, **changes})


def page(page_id="aaaaaaaa-0000-4000-8000-000000000001", **values):
    """Make an answered row; `values` are property values by field name, the rest is empty."""
    empty = {"title": [], "rich_text": [], "multi_select": [], "relation": []}
    properties = {}
    for which, kind in COLUMN_TYPES.items():
        own = {"id": key_of(which), "type": kind, kind: empty.get(kind)}
        if kind == "relation":
            own["has_more"] = False
        if which.value in values:
            own[kind] = values[which.value]
        properties[NAMES[which]] = own
    if "name" not in values:
        properties["Skill"]["title"] = text_items("A skill")
    return {
        "object": "page",
        "id": page_id,
        "created_time": "2026-11-01T10:00:00.000Z",
        "parent": {
            "type": "data_source_id",
            "data_source_id": SOURCE_ID,
            "database_id": DATABASE_ID,
        },
        "in_trash": False,
        "is_archived": False,
        "properties": properties,
    }


def listing(*results, cursor=None, **more):
    """Make an answered list; a cursor says that there is more."""
    return {
        "object": "list",
        "results": list(results),
        "has_more": cursor is not None,
        "next_cursor": cursor,
        **more,
    }
