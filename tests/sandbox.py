"""A learner's folder and a Notion-like server beside it: all of it real, but for time and network.

For tests of whole runs. The server is the built-in workspace, reached in process as if it were
Notion: with a token, a parent page, and ids noted in the settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
from notion_fakes import ManualTime
from notion_person import Json, Person, move_row, shown, title

from tracker.adapters.notion.gateway import Timing
from tracker.settings import LARGE_FROM
from tracker.sync.model import Policy, Side
from tracker.wiring import Overrides, open_services
from tracker.workflows.observe import observe_changes
from tracker.workflows.results import Planned, SyncResult
from tracker.workflows.sync import run_sync
from tracker.workspace.app import ROOT_PAGE_ID, make_app
from tracker.workspace.values import Options

TODAY = date(2026, 11, 3)
TOKEN = "ntn_a_secret_of_the_stage_0123456789"
SETTINGS = f"notion:\n  parent: {ROOT_PAGE_ID}\n  workers: 1\n"
"""One request after the other, so that a run can be told twice in the same words."""
ENVIRON = {"NOTION_TOKEN": TOKEN, "NOTION_BASE_URL": "http://localhost"}

Wrap = Callable[[httpx.BaseTransport], httpx.BaseTransport]


class MinuteClock:
    """A clock of which every look takes a minute: Notion knows no finer time."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 3, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time before the look."""
        self.now += timedelta(minutes=1)
        return self.now - timedelta(minutes=1)


class FixedClock:
    """It is always noon on one day."""

    def today(self) -> date:
        """Return that day."""
        return TODAY

    def now(self) -> str:
        """Return that noon."""
        return "2026-11-03T12:00:00+00:00"


class Sandbox:
    """One learner, one server; `wrap` stands between them and may break what passes."""

    def __init__(self, root: Path, *, settings: str = SETTINGS) -> None:
        self.root = root
        self.folder = root / "learner"
        (self.folder / "roadmaps").mkdir(parents=True, exist_ok=True)
        if not (self.folder / "tracker.yaml").exists():
            (self.folder / "tracker.yaml").write_text(settings, encoding="utf-8")
        self.server_time = MinuteClock()
        self.app = make_app(root / "notion.db", clock=self.server_time)
        self.transport = httpx.WSGITransport(app=self.app)
        self.person = Person(self.transport)
        self.wrap: Wrap = lambda inner: inner
        self.large_from = LARGE_FROM
        self.time = ManualTime()

    def close(self) -> None:
        """Release the server's file."""
        self.person.close()
        self.app.extensions["workspace"].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def overrides(self) -> Overrides:
        """What replaces the network and time."""
        return Overrides(
            clock=FixedClock(),
            timing=Timing(self.time.clock, self.time.sleep, lambda: 0.5, self.time.clock),
            # A built-in workspace comes with a transport of its own.
            transport=lambda own: self.wrap(own or self.transport),
            large_from=self.large_from,
        )

    def sync(self, *names: str, prefer: Side | None = None, allow_deletes: int = 0) -> SyncResult:
        """Run a sync as the command does."""
        policy = Policy(prefer=prefer, allow_deletes=allow_deletes, today=TODAY)
        with open_services(self.folder, environ=ENVIRON, overrides=self.overrides) as services:
            return run_sync(
                services, names, policy, confirm=lambda _: True, progress=lambda *_: None
            )

    def plan(self, *names: str, prefer: Side | None = None, allow_deletes: int = 0) -> Planned:
        """Plan a sync as the dry run does."""
        policy = Policy(prefer=prefer, allow_deletes=allow_deletes, today=TODAY)
        with open_services(
            self.folder, environ=ENVIRON, dry_run=True, overrides=self.overrides
        ) as services:
            return observe_changes(services.readers, names, policy).planned

    def rename_option(self, column: str, before: str, after: str) -> None:
        """Rename an option as Notion's own pages can; the API refuses it."""
        store = self.app.extensions["workspace"]
        source_id = self.person.source()["id"]
        with store.transaction():
            source = store.containers.data_source(source_id)
            (prop,) = (each for each in source.schema.values() if each.name == column)
            prop.config["options"] = Options(
                {**option, "name": after if option["name"] == before else option["name"]}
                for option in prop.config["options"]
            )
            store.containers.put(source)

    def move(self, key: str) -> None:
        """Move a row out of the database, below the page that holds it."""
        row_id = self.person.row(key)["id"]
        move_row(self.app.extensions["workspace"], row_id, "page_id", ROOT_PAGE_ID)

    def path(self, name: str = "path") -> Path:
        """Return the path of a roadmap file."""
        return self.folder / "roadmaps" / f"{name}.yaml"

    def write(self, text: str, name: str = "path") -> None:
        """Write a roadmap file, as an editor does."""
        self.path(name).write_text(text, encoding="utf-8", newline="")

    def replace(self, old: str, new: str, name: str = "path") -> None:
        """Edit a roadmap file by hand."""
        text = self.path(name).read_bytes().decode()
        assert text.count(old) == 1, f"{text.count(old)} times {old!r}"
        self.write(text.replace(old, new), name)

    def files(self) -> dict[str, str]:
        """Return the texts of all roadmap files."""
        paths = sorted((self.folder / "roadmaps").glob("*.yaml"))
        return {path.name: path.read_bytes().decode() for path in paths}

    def remote(self) -> list[dict[str, Any]]:
        """Return all databases: title, rows in order, and what lies in the trash."""
        return sorted((self._database(each) for each in self.person.sources()), key=repr)

    def _database(self, source: Json) -> dict[str, Any]:
        one = Person(self.transport, source["id"])
        rows, trashed = one.rows(), one.trashed()
        one.close()
        names = {row["id"]: _name(row) for row in (*rows, *trashed)}
        found = {"database": title(source), "rows": _listed(rows, names)}
        return found | ({"trash": _listed(trashed, names)} if trashed else {})

    def pages(self) -> dict[str, tuple[str, str]]:
        """Return the icon and the body of each row's page, by Tracker ID or name."""
        send, found = self.person.send, {}
        for row in self.person.rows():
            body = send("GET", f"pages/{row['id']}/markdown")["markdown"]
            found[_name(row)] = ((row["icon"] or {}).get("emoji", ""), body)
        return found

    def sides(self) -> dict[str, Any]:
        """Return everything that a learner sees, comparable with another sandbox's."""
        return {
            "files": self.files(),
            "notion": self.remote(),
            "views": self._views(),
            "progress": self.progress(),
        }

    def progress(self) -> list[str]:
        """Return what stands on the Progress pages, comparable with another sandbox's."""
        wanted = {"query": "Progress", "filter": {"property": "object", "value": "page"}}
        found = self.person.send("POST", "search", wanted)["results"]
        pages = [page["id"] for page in found if page["parent"]["type"] == "page_id"]
        texts = [self.person.send("GET", f"pages/{it}/markdown")["markdown"] for it in pages]
        return [re.sub("/p/[0-9a-f]{32}", "/p/ID", text) for text in texts]

    def _views(self) -> dict[str, Any]:
        """Return what the views of all databases show, and how, by the titles of the databases."""
        told = ("name", "type", "filter", "sorts", "configuration")
        found: dict[str, Any] = {}
        for source in self.person.sources():
            one = Person(self.transport, source["id"])
            found[title(source)] = [{key: view[key] for key in told} for view in one.views()]
            one.close()
        return found


def _name(row: Json) -> str:
    values = shown(row)
    return values.get("Tracker ID") or values.get("Skill") or "(no name)"


def _listed(rows: list[Json], names: dict[str, str]) -> list[Json]:
    """Return the values of rows, in the order of their numbers."""
    values = [_readable(row, names) for row in rows]
    return sorted(values, key=lambda each: (each.get("Order", float("inf")), repr(each)))


def _readable(row: Json, names: dict[str, str]) -> Json:
    """Return a row's values, relations by the names of what they point to."""
    values = shown(row)
    for column in ("Requires", "Unlocks"):
        if column in values:
            values[column] = sorted(names.get(each, "(another page)") for each in values[column])
    return values
