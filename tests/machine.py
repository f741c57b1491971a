"""A world to test in: one Notion side, two learners' machines, people everywhere, faults at will.

Everything is real but time and the network: the workflows, the files, the state, the built-in
workspace behind its API. `Ledger` keeps what people wrote; the checks hold the world against it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from ledger import DATES, PLACED, Ledger, Token, tokens_in, tokens_of
from notion_fakes import ManualTime
from notion_person import Json, plain
from world_learner import FIGURES, Learner, by_id
from world_notion import Notion

from tracker.adapters.notion.views import VIEWS
from tracker.progress.page import WAITING
from tracker.roadmap.model import Status
from tracker.settings import LARGE_FROM
from tracker.sync.model import Side
from tracker.sync.records import TWO_WAY, Field, Record
from tracker.wiring import init_folder
from tracker.workflows.results import SyncResult
from tracker.workspace.app import ROOT_PAGE_ID

ROUNDS = 8
DAY = 86_401
MANY = 1000


class World:
    """Everything there is, and the checks that hold it against what people wrote."""

    def __init__(self, root: Path, text: str, *, large_from: int = LARGE_FROM) -> None:
        self.large_from = large_from
        self.time = ManualTime()
        self.notion = Notion(self.time)
        self.ledger = Ledger()
        self.learners = [self._make_learner(root / name, text) for name in ("one", "two")]
        self.names: dict[str, str] = {}
        self.allowed: Counter[str] = Counter()
        self.twins: set[str] = set()
        self.new_ids: dict[str, set[str]] = {}
        self.extras: dict[str, Json] = {}
        self.typed: set[str] = set()
        self.is_trashed = False
        """Whether somebody moved a row to the trash since the last sync that must go well."""
        self.number = 0

    def _make_learner(self, folder: Path, text: str) -> Learner:
        folder.mkdir(parents=True)
        init_folder(folder, [], ROOT_PAGE_ID)
        settings = {"parent": ROOT_PAGE_ID, "workers": 1}
        (folder / "tracker.yaml").write_text(f"notion: {json.dumps(settings)}\n", encoding="utf-8")
        learner = Learner(folder, self.notion, self.time, self.blind, self.ledger, self.large_from)
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

    def renamed(self, before: str, after: str, *, by_name: bool) -> None:
        """Note that a skill got another name.

        A skill without an id is known `by_name` only: after that nobody can tell that two are one.
        """
        if not before:
            self.born(after)
            return
        self.names[after] = self.names.get(before, before)
        same = [it for each in self.learners for it in each.skills() if it.record.name == before]
        same_rows = [row for row in self.notion.rows() if row.record.name == before]
        if (by_name and (same or same_rows)) or any(not each.skill_id for each in same):
            self.born(after)

    def allow_twins(self, learner: Learner) -> None:
        """Forgive what Notion has no way to prevent: both machines make the row of a new skill.

        One does so while the other is at it, or before the listing shows the row of the other. The
        younger row becomes a skill of its own, as any other copy does; what requires it goes with it.
        """
        known = learner.pages
        new = {each.record.name for each in learner.skills() if each.skill_id not in known}
        files = [{record.name for _, record in each.records()} for each in self.learners]
        for name in set.intersection(new, *files):
            self.born(name)
            self.twins.add(self.names[name])

    def blind(self, body: Json, shown: Json | None, page: Json) -> None:
        """Forgive what Notion has no way to prevent: a change over a person's of the last second.

        There is no conditional write, so that is an edit between the look at a row and its change,
        and no other: a row that was not looked at, or was edited before, is not written over. What a
        machine wrote is not forgiven either: rows carry a history.
        """
        if not self.notion.ids:
            return
        values = {unquote(column): it for column, it in body.get("properties", {}).items()}
        written = values.keys()
        now, keys = by_id(page), {}
        column = self.notion.ids[Field.ID]
        key = plain(now[column]["rich_text"])
        if key and unquote(column) in written:
            new = "".join(run["text"]["content"] for run in values[unquote(column)]["rich_text"])
            self.new_ids.setdefault(key, set()).add(new)
            self.new_ids.setdefault(new, set()).add(key)
            others = [row for row in self.notion.rows() if row.page_id != page["id"]]
            still = tokens_in((row.tracker_id, row.record) for row in others)
            self.ledger.rename(key, new, self.notion.read_record(now, keys), still)
        if shown is None:
            return
        record = self.notion.read_record(now, keys)
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
        missing = self._worth(set().union(*files, self.shown_in_notion()))
        assert not missing, f"lost: {missing}"

    def _worth(self, shown: set[Token]) -> dict[Token, str]:
        """Return what is missing, without what goes with something else.

        Skills that are gone, dates with a status, and prerequisites with a twin of a skill.
        """
        alive = [{key for key, _ in each.records()} for each in self.learners]
        keys = {row.tracker_id for row in self.notion.rows()}.intersection(*alive)
        required = keys - self.ledger.removed
        twins = self._name_twins()
        met = {
            (each.key, twins[str(each.value)])
            for each in shown
            if each.field is Field.REQUIRES and each.value in twins
        }
        return {
            token: who
            for token, who in self.ledger.missing(shown).items()
            if not (token.field in PLACED and token.key not in keys)
            and not (token.field is Field.REQUIRES and token.value not in required)
            and not (token.field is Field.REQUIRES and (token.key, twins.get(token.value)) in met)
            and not (token.field in DATES and token.key in self.ledger.volatile)
            and shown.isdisjoint(self._under_new_ids(token))
        }

    def _under_new_ids(self, token: Token) -> Iterator[Token]:
        """Yield a token under all ids that its row, and a row that it requires, ever had.

        Of two rows with one id that are no twins, such as after both were changed, one gets another.
        """
        for key in self._ids_of(token.key):
            for value in self._ids_of(token.value):
                yield Token(token.field, key, value)

    def _ids_of(self, key: object) -> list[object]:
        found: list[object] = [key]
        waiting = [key]
        while waiting:
            new = self.new_ids.get(str(waiting.pop()), set()) - set(found)
            found += new
            waiting += new
        return found

    def _name_twins(self) -> dict[str, str]:
        """Return by id the first name of each skill that may have a twin."""
        names = {each.tracker_id: each.record.name for each in self.notion.rows()}
        first = {key: self.names.get(name, name) for key, name in names.items()}
        return {key: name for key, name in first.items() if name in self.twins}

    def check_rows(self) -> None:
        """No skill has two rows, and no row came from nowhere."""
        held = self._held_pages()
        rows = [row for row in self.notion.rows() if row.record.name.strip()]
        rows = [row for row in rows if row.page_id not in held]
        keys = Counter(row.tracker_id for row in rows if row.tracker_id)
        assert not [key for key, times in keys.items() if times > 1], f"twice: {keys}"
        names = Counter(self.names.get(row.record.name, row.record.name) for row in rows)
        extra = {name: n for name, n in names.items() if n > max(self.allowed[name], 1)}
        assert not extra, f"rows from nowhere: {extra}, allowed {self.allowed}"

    def _held_pages(self) -> set[str]:
        """Return the rows that are no skill for some machine: twins, for the one."""
        plans = [plan for each in self.learners if each.planned for plan in each.planned.plans]
        return {hold.page_id for plan in plans for hold in plan.holds if hold.skill_id is None}

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
                    if which is Field.REQUIRES and key in learner.restored:
                        # A relation to itself is hidden while the row lies in the trash, so it is
                        # seen, and held, by the next run only.
                        there -= {key}
                    assert here == there, f"{key} {which}: {here!r} here, {there!r} there"

    def _rows_of(self, learner: Learner) -> dict[str, Record]:
        """Return the rows under the ids by which one machine knows them.

        Two files may have different ids for one row; the row has the one that came last.
        """
        known = {page: key for key, page in learner.pages.items()}
        rows = [row for row in self.notion.rows() if row.tracker_id]
        rows.sort(key=lambda row: row.page_id in known)  # behind a copy that waits for a name
        own = {row.tracker_id: known.get(row.page_id, row.tracker_id) for row in rows}
        return {
            own[row.tracker_id]: replace(
                row.record, requires=frozenset(own.get(each, each) for each in row.record.requires)
            )
            for row in rows
        }

    def check_extras(self) -> None:
        """Own columns and page bodies are as people left them; so are marks in files."""
        for page_id, wanted in self.extras.items():
            assert self.look_at(page_id) == wanted, f"{page_id}: {self.look_at(page_id)}"
        for learner in self.learners:
            text, keys = learner.text, {key for key, _ in learner.records()}
            for mark, key in learner.marks.items():
                assert key not in keys or mark in text, f"{mark} of {key} is gone"

    def check_progress(self) -> None:
        """There is one Progress page, with all that people typed and the figures of a file."""
        (page_id,) = self.notion.progress_pages()
        lines = self.notion.person.send("GET", f"pages/{page_id}/markdown")["markdown"].split("\n")
        assert self.typed <= {*lines}, f"lost on the Progress page: {self.typed - {*lines}}"
        is_open = any(
            plan.conflicts or plan.holds for it in self.learners for plan in it.planned.plans
        )
        assert is_open or WAITING not in lines, f"nothing waits: {lines}"
        heads = set()
        for learner in self.learners:
            statuses = Counter(record.status for _, record in learner.records())
            counted = statuses.total() - statuses[Status.SKIPPED]
            heads.add(f"{statuses[Status.DONE]} of {counted} skill" if counted else "Nothing")
        (head,) = (
            line
            for line in lines
            if line.startswith("## ") and ("done" in line or "Nothing" in line)
        )
        assert any(it in head for it in heads), f"{head} is none of {heads}"

    def look_at(self, page_id: str) -> Json:
        """Return what of a page belongs to people alone."""
        send = self.notion.person.send
        page = send("GET", f"pages/{page_id}")
        blocks = send("GET", f"blocks/{page_id}/children")["results"]
        return {
            "own": {
                name: it[it["type"]]
                for name, it in page["properties"].items()
                if name.startswith("Own") and it[it["type"]]
            },
            "body": [plain(each[each["type"]]["rich_text"]) for each in blocks],
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
        # No query of edits shows that a row is in the trash: the complete read of the next day does.
        if self.is_trashed and learner.large_from < LARGE_FROM:
            self.time.now += DAY
        self.is_trashed = False
        result = learner.sync(prefer=prefer, deletes=deletes)
        if not isinstance(result, SyncResult):
            raise result
        if result.stopped is not None:
            raise result.stopped
        unfinished = [(each.action, each.error) for each in result.unfinished]
        assert not unfinished, f"unfinished: {unfinished}"
        return result

    def check_views(self) -> None:
        """Every view is there once, whatever went wrong while they were made."""
        found = [view["name"] for view in self.notion.person.views()]
        assert found == [name for name, _ in VIEWS.values()], found

    def check_quiet(self, learner: Learner) -> None:
        """Sync again: that writes nothing, and leaves the file as it is."""
        before, at = learner.text, learner.path.stat().st_mtime_ns
        result = self.must_sync(learner)
        assert not learner.wire.writes, f"wrote again: {result.planned.plans}"
        assert (learner.text, learner.path.stat().st_mtime_ns) == (before, at)

    def check_end(self, prefer: Side) -> None:
        """In the end everything is everywhere."""
        self.settle(prefer)
        self.check_views()
        self.check_rows()
        self.check_extras()
        self.check_progress()
        for learner in self.learners:
            self.check_equal(learner)
        held = {which for each in self.learners for _, which in each.unsettled}
        for side in [
            *(tokens_in(each.records()) for each in self.learners),
            self.shown_in_notion(),
        ]:
            missing = self._worth(side)
            missing = {token: who for token, who in missing.items() if token.field not in held}
            assert not missing, f"not everywhere: {missing}"
