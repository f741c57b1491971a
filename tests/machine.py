"""A world to test in: one Notion side, two learners' machines, people everywhere, faults at will.

Everything is real but time and the network: the workflows, the files, the state, the built-in
workspace behind its API. `Ledger` keeps what people wrote; the checks hold the world against it.
"""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import unquote

import httpx
from faults import Decide, FaultyTransport, Killed, WriteLog
from ledger import DATES, PLACED, Ledger, Token, tokens_in, tokens_of
from notion_fakes import COLUMN_TYPES, NAMES, ManualTime
from notion_person import Json, Person, plain

from tracker.adapters.notion.gateway import Timing
from tracker.errors import TrackerError
from tracker.roadmap.model import Status
from tracker.sync.plan import Policy
from tracker.sync.projection import make_canonical_text, make_local_observation
from tracker.sync.snapshot import TWO_WAY, Base, Field, Link, Links, LocalSkill, Record, Side, Value
from tracker.wiring import Outside, init_folder, open_desk, open_services
from tracker.workflows.results import Planned, SyncResult
from tracker.workflows.sync import run_plan, run_sync
from tracker.workspace import ids
from tracker.workspace.app import ROOT_PAGE_ID, make_app

TODAY = date(2026, 11, 3)
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
ENVIRON = {"NOTION_TOKEN": "ntn_a_token", "NOTION_BASE_URL": "http://localhost"}
LABELS = {
    Status.TODO: "Not started",
    Status.DOING: "In progress",
    Status.DONE: "Done",
    Status.SKIPPED: "Skipped",
}
ROUNDS = 8
MANY = 1000
FIGURES: Counter[str] = Counter()
"""What all worlds of this process went through; for reports."""

Ending = SyncResult | TrackerError | Killed
Blind = Callable[[Json, Json, Json], None]
"""Told of each change of a row: the body sent, what its run was shown, and the page as it was."""


@dataclass(frozen=True)
class Row:
    """A row as a person sees it; `requires` of the record are Tracker IDs, or page ids."""

    page_id: str
    tracker_id: str
    record: Record
    order: float | None
    page: Json


class Clock:
    """The learner's clock, which goes with the world's time."""

    def __init__(self, time: ManualTime) -> None:
        self._time = time

    def today(self) -> date:
        return TODAY

    def now(self) -> str:
        return (NOON + timedelta(seconds=self._time.now)).isoformat(timespec="seconds")


class Notion:
    """The Notion side, and someone who works there; knows the columns by their ids."""

    def __init__(self, time: ManualTime) -> None:
        self._patches = _make_ids_predictable()
        self.app = make_app(None, clock=lambda: NOON + timedelta(seconds=time.now))
        self.log = WriteLog(httpx.WSGITransport(app=self.app), time.clock)
        self.person = Person(self.log)
        self.labels = dict(LABELS)
        self.ids: dict[Field, str] = {}

    def close(self) -> None:
        self.person.close()
        self.app.extensions["workspace"].close()
        self._patches.close()

    def learn(self) -> None:
        """Note the ids of the columns while they still have their names."""
        columns = self.person.source()["properties"]
        self.ids = {which: columns[name]["id"] for which, name in NAMES.items()}

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
                self._record(found, ids),
                found[self.ids[Field.ORDER]]["number"],
                page,
            )
            for page, found, key in zip(pages, columns, keys, strict=True)
        ]

    def _record(self, found: dict[str, Json], ids: dict[str, str]) -> Record:
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
            case "number":
                sent = value
            case _:
                sent = _runs(value)
        return {kind: sent}

    def patch(self, page_id: str, values: dict[Field, Value]) -> None:
        """Set values of a row."""
        properties = {self.ids[which]: self.encode(which, it) for which, it in values.items()}
        self.person.send("PATCH", f"pages/{page_id}", {"properties": properties})

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
    stack.enter_context(mock.patch.object(ids, "uuid", uuids))
    stack.enter_context(mock.patch.object(ids, "secrets", chance))
    return stack


def _runs(value: Value) -> list[Json]:
    if isinstance(value, Links):
        runs: list[Json] = []
        for link in value.items:
            runs += [{"text": {"content": "\n"}}] if runs else []
            runs += [{"text": {"content": link.title, "link": {"url": link.url}}}]
        return runs
    return [{"text": {"content": value}}] if value else []


class Watch(httpx.BaseTransport):
    """Sees what one run is shown of each page, and what it wrote over without having been shown."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.shown: dict[str, Json] = {}
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        with suppress(ValueError):
            answer = response.json()
            if isinstance(answer, dict):
                self._note(answer)
        return response

    def _note(self, answer: Json) -> None:
        for page in answer.get("results", [answer]):
            if isinstance(page, dict) and page.get("object") == "page":
                self.shown[page["id"]] = by_id(page)


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
    planned: Planned | None = None
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
            for each in open_desk(self.folder).reader.load_roadmaps().problems
        ):
            self.path.write_bytes(before)
            return False
        return True

    def skills(self) -> list[LocalSkill]:
        """Return the skills of the file."""
        loaded = open_desk(self.folder).reader.load_roadmaps()
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
            watch = Watch(self.wire)
            truth.watch = watch
            return watch

        truth = _Truth(self.notion.log, self.blind)
        self.wire = FaultyTransport(truth, decide)
        timing = Timing(self.time.clock, self.time.sleep, lambda: 0.5)
        outside = Outside(clock=Clock(self.time), timing=timing, transport=wrap)
        return open_services(self.folder, environ=ENVIRON, dry_run=dry_run, outside=outside)

    def sync(
        self, decide: Decide = lambda *_: None, *, prefer: Side | None = None, deletes: int = 0
    ) -> Ending:
        """Run a sync as the command does, and return how it ended."""
        policy = Policy(prefer=prefer, allow_deletes=deletes, today=TODAY)
        before, base = self._sides(), Base({})
        try:
            with self._open(decide) as services:
                base = services.readers.state.load_base("path")
                result = run_sync(
                    services, (), policy, confirm=lambda _: True, progress=lambda *_: None
                )
        except (TrackerError, Killed) as ending:
            return ending
        finally:
            FIGURES.update({f"fault: {each}": n for each, n in self.wire.faults.items()})
            FIGURES["requests"] += self.wire.requests
            FIGURES["syncs"] += 1
            self._compare(base, before)
            self._forget_marks()
        self.planned = result.planned
        return result

    def _compare(self, base: Base, before: list[dict[str, Record]]) -> None:
        for then, now in zip(before, self._sides(), strict=True):
            for key in then.keys() & base.bindings.keys():
                self.ledger.forgive(key, base.bindings[key].fields, then[key], now.get(key))

    def _forget_marks(self) -> None:
        """Let go of marks whose skills went with the run: they do not come back with them."""
        keys = {key for key, _ in self.records()}
        self.marks = {mark: key for mark, key in self.marks.items() if key in keys}

    def plan(self) -> Planned:
        """Plan a sync as the dry run does."""
        with self._open(lambda *_: None, dry_run=True) as services:
            self.planned = run_plan(services, (), Policy(today=TODAY))
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
        self.watch: Watch | None = None
        self._inner = inner
        self._blind = blind

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH" and request.url.path.startswith("/v1/pages/"):
            self._look(request)
        return self._inner.handle_request(request)

    def _look(self, request: httpx.Request) -> None:
        page_id = request.url.path.rpartition("/")[2]
        headers = {name: request.headers[name] for name in ("authorization", "notion-version")}
        asked = httpx.Request("GET", request.url, headers=headers)
        answer = self._inner.handle_request(asked)
        answer.read()
        if answer.is_success:
            shown = self.watch.shown.get(page_id, {})
            self._blind(json.loads(request.content), shown, answer.json())


class World:
    """Everything there is, and the checks that hold it against what people wrote."""

    def __init__(self, root: Path, text: str) -> None:
        self.time = ManualTime()
        self.notion = Notion(self.time)
        self.ledger = Ledger()
        self.learners = [self._make_learner(root / name, text) for name in ("one", "two")]
        self.names: dict[str, str] = {}
        self.allowed: Counter[str] = Counter()
        self.extras: dict[str, Json] = {}
        self.number = 0

    def _make_learner(self, folder: Path, text: str) -> Learner:
        folder.mkdir(parents=True)
        init_folder(folder, [], ROOT_PAGE_ID)
        settings = {"parent": ROOT_PAGE_ID, "workers": 1}
        (folder / "tracker.yaml").write_text(f"notion: {json.dumps(settings)}\n", encoding="utf-8")
        learner = Learner(folder, self.notion, self.time, self.blind, self.ledger)
        assert learner.write(text), "the first file does not load"
        return learner

    def close(self) -> None:
        self.notion.close()

    def next(self) -> int:
        """Return a number that nobody used yet."""
        self.number += 1
        return self.number

    def born(self, name: str) -> None:
        """Note that a skill with this name may have one row more."""
        if not name:
            return
        self.names.setdefault(name, name)
        self.allowed[self.names[name]] += 1

    def renamed(self, before: str, after: str) -> None:
        """Note that a skill got another name."""
        if before:
            self.names[after] = self.names.get(before, before)
        else:
            self.born(after)

    def allow_twins(self, learner: Learner) -> None:
        """Forgive what Notion has no way to prevent: both machines make the row of a new skill.

        One does so while the other is at it, or before the listing shows the row of the other. The
        younger row becomes a skill of its own, as any other copy does.
        """
        known = learner.pages
        new = {each.record.name for each in learner.skills() if each.skill_id not in known}
        files = [{record.name for _, record in each.records()} for each in self.learners]
        for name in set.intersection(new, *files):
            self.born(name)

    def blind(self, body: Json, shown: Json, page: Json) -> None:
        """Forgive what Notion has no way to prevent: a change over a person's of the last moments.

        There is no conditional write. What a machine wrote is not forgiven: rows carry a history.
        """
        written = {unquote(each) for each in body.get("properties", {})}
        now, keys = by_id(page), {}
        if not self.notion.ids:
            return
        key = plain(now[self.notion.ids[Field.ID]]["rich_text"])
        record = self.notion._record(now, keys)
        for which in TWO_WAY:
            column = self.notion.ids[which]
            if (unquote(column) in written or body.get("in_trash")) and (
                shown.get(column) != now[column]
            ):
                tokens = tokens_of(which, key, record.get(which))
                forgiven = [each for each in tokens if self.ledger.open.get(each) == "notion"]
                FIGURES["forgiven"] += len(forgiven)
                self.ledger.bury(forgiven)

    # What is looked at after a run.

    def shown_in_notion(self) -> set[Token]:
        return tokens_in((row.tracker_id, row.record) for row in self.notion.rows())

    def check_nothing_lost(self) -> None:
        """Whatever somebody wrote and nobody replaced is visible somewhere."""
        files = [tokens_in(each.records()) for each in self.learners]
        missing = self._worth(self.ledger.missing(*files, self.shown_in_notion()))
        assert not missing, f"lost: {missing}"

    def _worth(self, missing: dict[Token, str]) -> dict[Token, str]:
        """Leave out what goes with something else: skills that are gone, dates with a status."""
        alive = [{key for key, _ in each.records()} for each in self.learners]
        keys = {row.tracker_id for row in self.notion.rows()}.intersection(*alive)
        required = keys - self.ledger.removed
        return {
            token: who
            for token, who in missing.items()
            if not (token.field in PLACED and token.key not in keys)
            and not (token.field is Field.REQUIRES and token.value not in required)
            and not (token.field in DATES and token.key in self.ledger.volatile)
        }

    def check_rows(self) -> None:
        """No skill has two rows, and no row came from nowhere."""
        rows = [row for row in self.notion.rows() if row.record.name.strip()]
        keys = Counter(row.tracker_id for row in rows if row.tracker_id)
        assert not [key for key, times in keys.items() if times > 1], f"twice: {keys}"
        names = Counter(self.names.get(row.record.name, row.record.name) for row in rows)
        extra = {name: n for name, n in names.items() if n > max(self.allowed[name], 1)}
        assert not extra, f"rows from nowhere: {extra}, allowed {self.allowed}"

    def check_equal(self, learner: Learner) -> None:
        """Compare the file with the database: they differ in conflicts and holds only."""
        local = {key: record for key, record in learner.records() if key}
        rows, unsettled = self._rows_of(learner), learner.unsettled
        for key in local.keys() | rows.keys():
            if (key, Field.NAME) in unsettled and (key not in local or key not in rows):
                continue
            assert key in local, f"{key} is not in the file"
            assert key in rows, f"{key} has no row"
            for which in TWO_WAY:
                if (key, which) not in unsettled:
                    here, there = local[key].get(which), rows[key].get(which)
                    assert here == there, f"{key} {which}: {here!r} here, {there!r} there"

    def _rows_of(self, learner: Learner) -> dict[str, Record]:
        """Return the rows under the ids by which one machine knows them.

        Two files may have different ids for one row; the row has the one that came last.
        """
        rows = [row for row in self.notion.rows() if row.tracker_id]
        known = {page: key for key, page in learner.pages.items()}
        own = {row.tracker_id: known.get(row.page_id, row.tracker_id) for row in rows}
        return {
            own[row.tracker_id]: replace(
                row.record, requires=frozenset(own.get(each, each) for each in row.record.requires)
            )
            for row in rows
        }

    def check_extras(self) -> None:
        """Own columns, page bodies and comments are as people left them; so are marks in files."""
        for page_id, wanted in self.extras.items():
            assert self.look_at(page_id) == wanted, f"{page_id}: {self.look_at(page_id)}"
        for learner in self.learners:
            text, keys = learner.text, {key for key, _ in learner.records()}
            for mark, key in learner.marks.items():
                assert key not in keys or mark in text, f"{mark} of {key} is gone"

    def look_at(self, page_id: str) -> Json:
        """Return what of a page belongs to people alone."""
        send = self.notion.person.send
        page = send("GET", f"pages/{page_id}")
        blocks = send("GET", f"blocks/{page_id}/children")["results"]
        comments = send("GET", f"comments?block_id={page_id}")["results"]
        return {
            "own": {
                name: it[it["type"]]
                for name, it in page["properties"].items()
                if name.startswith("Own") and it[it["type"]]
            },
            "body": [plain(each[each["type"]]["rich_text"]) for each in blocks],
            "comments": [plain(each["rich_text"]) for each in comments],
        }

    def settle(self, prefer: Side) -> None:
        """Sync all machines until nothing moves any more, settling conflicts for one side."""
        quiet = 0
        for number in range(ROUNDS * len(self.learners)):
            learner = self.learners[number % len(self.learners)]
            self.time.now += 600
            before = learner.text
            plans = self.must_sync(learner, deletes=MANY).planned.plans
            if any(plan.conflicts for plan in plans):
                self.settle_conflicts(learner, prefer)
                plans += learner.planned.plans
            is_quiet = learner.text == before and not any(plan.writes for plan in plans)
            quiet = quiet + 1 if is_quiet else 0
            if quiet == len(self.learners):
                return
        raise AssertionError("the machines never come to rest")

    def settle_conflicts(self, learner: Learner, prefer: Side) -> None:
        """Look at the conflicts of a machine, and settle all of them for one side."""
        planned = learner.plan()
        if planned.refusals:
            return
        self.must_sync(learner, prefer=prefer, deletes=MANY)
        left = learner.unsettled
        for _, each in planned.conflicts:
            if (each.skill_id, each.field) not in left:
                both = (each.local, each.remote)
                winner, loser = both if prefer is Side.LOCAL else both[::-1]
                self.ledger.settle(each.skill_id, each.field, winner, loser)

    def must_sync(
        self, learner: Learner, *, prefer: Side | None = None, deletes: int = 0
    ) -> SyncResult:
        """Sync over a network without faults: that ends well, or is refused by a guard."""
        result = learner.sync(prefer=prefer, deletes=deletes)
        if not isinstance(result, SyncResult):
            raise result
        if result.stopped is not None:
            raise result.stopped
        unfinished = [(each.action, each.error) for each in result.unfinished]
        assert not unfinished, f"unfinished: {unfinished}"
        return result

    def check_quiet(self, learner: Learner) -> None:
        """Sync again: that writes nothing, and leaves the file as it is."""
        before, at = learner.text, learner.path.stat().st_mtime_ns
        result = self.must_sync(learner)
        assert not learner.wire.writes, f"wrote again: {result.planned.plans}"
        assert (learner.text, learner.path.stat().st_mtime_ns) == (before, at)

    def check_end(self, prefer: Side) -> None:
        """In the end everything is everywhere."""
        self.settle(prefer)
        self.check_rows()
        self.check_extras()
        for learner in self.learners:
            self.check_equal(learner)
        held = {which for each in self.learners for _, which in each.unsettled}
        for side in [
            *(tokens_in(each.records()) for each in self.learners),
            self.shown_in_notion(),
        ]:
            missing = self._worth(self.ledger.missing(side))
            missing = {token: who for token, who in missing.items() if token.field not in held}
            assert not missing, f"not everywhere: {missing}"
