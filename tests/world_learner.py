"""One machine of a world: a folder, its state, and its runs over a network that may fail.

For `machine`. A run is the real workflow; what it is shown, and what it writes over unseen, is watched.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import httpx
from faults import Decide, FaultyTransport, Killed, is_query
from ledger import Ledger
from notion_fakes import ManualTime
from notion_person import Json
from world_notion import NOON, Notion

from tracker.adapters.notion.gateway import Timing
from tracker.errors import TrackerError
from tracker.ports import Progress
from tracker.settings import LARGE_FROM
from tracker.sync.model import Base, Policy, Side, Update
from tracker.sync.records import TWO_WAY, Field, LocalSkill, Record, make_local_observation
from tracker.wiring import Overrides, open_local, open_services
from tracker.workflows.observe import observe_changes
from tracker.workflows.results import Planned, SyncResult
from tracker.workflows.sync import run_sync

TODAY = date(2026, 11, 3)
ENVIRON = {"NOTION_TOKEN": "ntn_a_token", "NOTION_BASE_URL": "http://localhost"}
FIGURES: Counter[str] = Counter()
"""What all worlds of this process went through; for reports."""

Ending = SyncResult | TrackerError | Killed
Blind = Callable[[Json, Json | None, Json], None]
"""Told of each change of a row: the body sent, what its run read last, and the page as it was.

What was read is None for a row that the run never looked at.
"""


class WorldClock:
    """The learner's clock, which goes with the world's time."""

    def __init__(self, time: ManualTime) -> None:
        self._time = time

    def today(self) -> date:
        return TODAY

    def now(self) -> str:
        return (NOON + timedelta(seconds=self._time.now)).isoformat(timespec="seconds")


class ReadWatcher(httpx.BaseTransport):
    """Sees what one run read of each page by a GET, the last thing it does before it writes it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.shown: dict[str, Json] = {}
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if is_query(request):
            FIGURES["listings"] += 1
            FIGURES["edited only"] += b"last_edited_time" in request.content
        response = self._inner.handle_request(request)
        response.read()
        if request.method == "GET":
            with suppress(ValueError):
                page = response.json()
                if isinstance(page, dict) and page.get("object") == "page":
                    self.shown[page["id"]] = by_id(page)
        return response


def by_id(page: Json) -> Json:
    """Return the properties of a page by their ids."""
    return {each["id"]: each for each in page["properties"].values()}


@dataclass
class Learner:
    """One machine: a folder with one roadmap file, a state, and what the last run said."""

    folder: Path
    notion: Notion
    time: ManualTime
    blind: Blind
    ledger: Ledger
    large_from: int = LARGE_FROM
    """Rows from which on this machine reads a database incrementally."""
    planned: Planned | None = None
    restored: frozenset[str] = frozenset()
    """The skills whose rows the last run took out of the trash."""
    wire: FaultyTransport | None = None
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "roadmaps" / "path.yaml"

    @property
    def text(self) -> str:
        return self.path.read_bytes().decode()

    def write(self, text: str) -> bool:
        """Save an edited file, if it is one that loads; tell whether it is."""
        before = self.path.read_bytes() if self.path.exists() else b""
        self.path.write_text(text, encoding="utf-8", newline="")
        if any(
            each.severity == "error"
            for each in open_local(self.folder).reader.load_roadmaps().problems
        ):
            self.path.write_bytes(before)
            return False
        return True

    def skills(self) -> list[LocalSkill]:
        """Return the skills of the file."""
        loaded = open_local(self.folder).reader.load_roadmaps()
        (file,) = loaded.files
        return list(make_local_observation(file.name, file.digest, file.roadmap).skills)

    def records(self) -> list[tuple[str, Record]]:
        return [(each.skill_id or "", each.record) for each in self.skills()]

    def _sides(self) -> list[dict[str, Record]]:
        """Return what both sides say, as far as the columns are known."""
        rows = self.notion.rows() if self.notion.ids else []
        return [dict(self.records()), {row.tracker_id: row.record for row in rows}]

    def _open(self, decide: Decide, *, dry_run: bool = False):
        def wrap(_: object) -> httpx.BaseTransport:
            watch = ReadWatcher(self.wire)
            truth.watch = watch
            return watch

        truth = _Truth(self.notion.log, self.blind)
        self.wire = FaultyTransport(truth, decide)
        timing = Timing(self.time.clock, self.time.sleep, lambda: 0.5)
        overrides = Overrides(
            clock=WorldClock(self.time), timing=timing, transport=wrap, large_from=self.large_from
        )
        return open_services(self.folder, environ=ENVIRON, dry_run=dry_run, overrides=overrides)

    def sync(
        self,
        decide: Decide = lambda *_: None,
        *,
        prefer: Side | None = None,
        deletes: int = 0,
        progress: Progress = lambda *_: None,
    ) -> Ending:
        """Run a sync as the command does, and return how it ended."""
        policy = Policy(prefer=prefer, allow_deletes=deletes, today=TODAY)
        base = Base({})
        try:
            with self._open(decide) as services:
                base = services.readers.state.load_base("path")
                result = run_sync(services, (), policy, confirm=lambda _: True, progress=progress)
        except (TrackerError, Killed) as ending:
            return ending
        finally:
            FIGURES.update({f"fault: {each}": n for each, n in self.wire.faults.items()})
            FIGURES["requests"] += self.wire.requests
            FIGURES["syncs"] += 1
            self._compare(base)
            self._forget_marks()
        self.planned = result.planned
        self.restored = frozenset(
            str(it.action.skill_id)
            for it in result.outcomes
            if isinstance(it.action, Update) and it.action.restore
        )
        return result

    def _compare(self, base: Base) -> None:
        for side in self._sides():
            for key, binding in base.bindings.items():
                self.ledger.forgive(key, binding.fields, side.get(key))

    def _forget_marks(self) -> None:
        """Let go of marks whose skills went with the run: they do not come back with them."""
        keys = {key for key, _ in self.records()}
        self.marks = {mark: key for mark, key in self.marks.items() if key in keys}

    def plan(self, decide: Decide = lambda *_: None) -> Planned:
        """Plan a sync as the dry run does."""
        with self._open(decide, dry_run=True) as services:
            self.planned = observe_changes(services.readers, (), Policy(today=TODAY)).planned
        return self.planned

    def clone(self, other: Learner) -> None:
        """Take over the files of another machine, as git does."""
        for name in ("tracker.yaml", "roadmaps/path.yaml"):
            (self.folder / name).write_bytes((other.folder / name).read_bytes())

    @property
    def has_state(self) -> bool:
        """Whether this machine has bound the columns and the options."""
        with open_services(self.folder, environ=ENVIRON, dry_run=True) as services:
            target = services.readers.state.load_target("path")
        return target is not None and bool(target.properties)

    @property
    def pages(self) -> dict[str, str]:
        """The page of each skill that this machine has bound."""
        with open_services(self.folder, environ=ENVIRON, dry_run=True) as services:
            bindings = services.readers.state.load_base("path").bindings
        return {key: each.page_id for key, each in bindings.items()}

    def drop_state(self) -> None:
        """Delete the state."""
        for path in (self.folder / ".tracker").glob("state.db*"):
            path.unlink()

    @property
    def unsettled(self) -> set[tuple[str, Field]]:
        """The fields that the last run left in a conflict or a hold."""
        plans = self.planned.plans if self.planned else ()
        pairs = [(str(each.skill_id), each.field) for plan in plans for each in plan.conflicts]
        for hold in (each for plan in plans for each in plan.holds):
            pairs += [(str(hold.skill_id), each) for each in [hold.field] if each] or [
                (str(hold.skill_id), each) for each in TWO_WAY
            ]
        return set(pairs)


class _Truth(httpx.BaseTransport):
    """Stands before the server, and looks what a change writes over that its run was never shown."""

    def __init__(self, inner: httpx.BaseTransport, blind: Blind) -> None:
        self.watch: ReadWatcher | None = None
        self._inner = inner
        self._blind = blind

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # Not of a body, which ends in "markdown": no row's is ever written.
        if request.method == "PATCH" and re.fullmatch("/v1/pages/[0-9a-f-]+", request.url.path):
            self._look(request)
        return self._inner.handle_request(request)

    def _look(self, request: httpx.Request) -> None:
        page_id = request.url.path.rpartition("/")[2]
        headers = {name: request.headers[name] for name in ("authorization", "notion-version")}
        asked = httpx.Request("GET", request.url, headers=headers)
        answer = self._inner.handle_request(asked)
        answer.read()
        # Rows only: the Progress page is none.
        if answer.is_success and answer.json()["parent"]["type"] == "data_source_id":
            shown = self.watch.shown.get(page_id)
            self._blind(json.loads(request.content), shown, answer.json())
