"""The Notion side of a world: the built-in workspace on a clock of its own, and who works there.

For `machine`. Knows the columns by their ids, so that people may rename them.
"""

from __future__ import annotations

import random
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

import httpx
from faults import WriteLog
from notion_fakes import COLUMN_TYPES, NAMES, ManualTime
from notion_person import Json, Person, plain

from tracker.roadmap.model import Status, make_canonical_text
from tracker.sync.records import Field, Link, Links, Record, Value
from tracker.workspace import protocol
from tracker.workspace.app import ROOT_PAGE_ID, make_app

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
LABELS = {
    Status.TODO: "Not started",
    Status.DOING: "In progress",
    Status.DONE: "Done",
    Status.SKIPPED: "Skipped",
}


@dataclass(frozen=True)
class Row:
    """A row as a person sees it; `requires` of the record are Tracker IDs, or page ids."""

    page_id: str
    tracker_id: str
    record: Record
    order: float | None
    page: Json


class Notion:
    """The Notion side, and someone who works there; knows the columns by their ids."""

    def __init__(self, time: ManualTime) -> None:
        self._patches = _make_ids_predictable()
        self.app = make_app(None, clock=lambda: NOON + timedelta(seconds=time.now))
        self.log = WriteLog(httpx.WSGITransport(app=self.app), time.clock)
        self.person = Person(self.log)
        self.labels = dict(LABELS)
        self.ids: dict[Field, str] = {}
        self.other_end = ""

    def close(self) -> None:
        self.person.close()
        self.app.extensions["workspace"].close()
        self._patches.close()

    def learn(self) -> None:
        """Note the ids of the columns while they still have their names."""
        columns = self.person.source()["properties"]
        self.ids = {which: columns[name]["id"] for which, name in NAMES.items()}
        both = columns[NAMES[Field.REQUIRES]]["relation"]["dual_property"]
        self.other_end = both["synced_property_id"]

    def rows(self) -> list[Row]:
        """Return the live rows, oldest first."""
        pages = self.person.rows()
        columns = [{each["id"]: each for each in page["properties"].values()} for page in pages]
        keys = [plain(found[self.ids[Field.ID]]["rich_text"]) for found in columns]
        ids = {page["id"]: key or page["id"] for page, key in zip(pages, keys, strict=True)}
        return [
            Row(
                page["id"],
                key,
                self.read_record(found, ids),
                found[self.ids[Field.ORDER]]["number"],
                page,
            )
            for page, found, key in zip(pages, columns, keys, strict=True)
        ]

    def progress_pages(self) -> list[str]:
        """Return the Progress pages that are not in the trash."""
        blocks = self.person.send("GET", f"blocks/{ROOT_PAGE_ID}/children")["results"]
        return [it["id"] for it in blocks if it.get("child_page", {}).get("title") == "Progress"]

    def read_record(self, found: dict[str, Json], ids: dict[str, str]) -> Record:
        def read(which: Field) -> Any:
            column = found[self.ids[which]]
            return column[column["type"]]

        label, dates = (read(Field.STATUS) or {}).get("name"), {}
        for which in (Field.STARTED, Field.COMPLETED):
            value = read(which)
            dates[which.value] = value and date.fromisoformat(value["start"])
        by_label = {name: status for status, name in self.labels.items()}
        runs = [run for run in read(Field.RESOURCES) if run["href"]]
        return Record(
            name=plain(read(Field.NAME)),
            status=by_label.get(label, Status.TODO),
            section=(read(Field.SECTION) or {}).get("name", ""),
            level=(read(Field.LEVEL) or {}).get("name"),
            goal=plain(read(Field.GOAL)) or None,
            hours=read(Field.HOURS),
            tags=frozenset(each["name"] for each in read(Field.TAGS)),
            requires=frozenset(ids.get(each["id"], each["id"]) for each in read(Field.REQUIRES)),
            resources=Links(tuple(Link(run["href"], run["plain_text"]) for run in runs)),
            evidence=read(Field.EVIDENCE),
            notes=make_canonical_text(plain(read(Field.NOTES))),
            **dates,
        )

    def statuses(self) -> list[Status]:
        """Return the statuses that a person can choose: those whose options are there."""
        columns = self.person.source()["properties"].values()
        status = next(each for each in columns if each["id"] == self.ids[Field.STATUS])
        names = {option["name"] for option in status["status"]["options"]}
        return [status for status, name in self.labels.items() if name in names]

    def encode(self, which: Field, value: Value) -> Json:
        """Return a property as the API takes it; prerequisites are page ids."""
        kind = COLUMN_TYPES[which]
        match kind:
            case "status":
                sent: Any = {"name": self.labels[value]}
            case "select":
                sent = value and {"name": value}
            case "multi_select":
                sent = [{"name": each} for each in sorted(value)]
            case "relation":
                sent = [{"id": each} for each in sorted(value)]
            case "date":
                sent = value and {"start": value.isoformat()}
            case "number" | "url":
                sent = value
            case _:
                sent = _runs(value)
        return {kind: sent}

    def patch(self, page_id: str, values: dict[Field, Value]) -> None:
        """Set values of a row."""
        properties = {self.ids[which]: self.encode(which, it) for which, it in values.items()}
        self.person.send("PATCH", f"pages/{page_id}", {"properties": properties})

    def relate_back(self, page_id: str, other: Row) -> None:
        """Add or take out a relation to a row at its other end, which leaves that row's age as it is."""
        columns = {it["id"]: it for it in other.page["properties"].values()}
        ends = {it["id"] for it in columns[self.other_end]["relation"]} ^ {page_id}
        change = {self.other_end: {"relation": [{"id": end} for end in sorted(ends)]}}
        self.person.send("PATCH", f"pages/{other.page_id}", {"properties": change})

    def add(self, values: dict[Field, Value]) -> str:
        """Make a row; return its page."""
        properties = {self.ids[which]: self.encode(which, it) for which, it in values.items()}
        parent = {"data_source_id": self.person.source()["id"]}
        body = {"parent": parent, "properties": properties}
        return self.person.send("POST", "pages", body)["id"]


def _make_ids_predictable() -> ExitStack:
    """Let the server make the same ids in every run of the same story."""
    chance, stack = random.Random(0), ExitStack()
    uuids = SimpleNamespace(uuid4=lambda: uuid.UUID(int=chance.getrandbits(128), version=4))
    stack.enter_context(mock.patch.object(protocol, "uuid", uuids))
    stack.enter_context(mock.patch.object(protocol, "secrets", chance))
    return stack


def _runs(value: Value) -> list[Json]:
    if isinstance(value, Links):
        runs: list[Json] = []
        for link in value.items:
            runs += [{"text": {"content": "\n"}}] if runs else []
            runs += [{"text": {"content": link.title, "link": {"url": link.url}}}]
        return runs
    return [{"text": {"content": value}}] if value else []
