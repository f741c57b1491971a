"""Somebody edits rows in Notion while a sync runs: nothing of it is lost, whoever writes next (G1, G7)."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import httpx
import pytest
from faults import (
    FaultyTransport,
    WriteLog,
    conflicting,
    failing,
    forbidden,
    hooked,
    losing,
    not_found,
    rate_limited,
)
from notion_person import Person
from sandbox import ENVIRON, TODAY, Sandbox

from tracker.cli.exits import exit_code
from tracker.sync.model import Delete, Outcome, Policy, Side
from tracker.sync.records import Field
from tracker.wiring import open_services
from tracker.workflows.conflicts import Request, run_resolve
from tracker.workflows.saved_plan import format_saved
from tracker.workflows.sync import run_apply, run_sync
from tracker.workflows.undo import run_undo

pytestmark = pytest.mark.slow

HEAD = "title: Small path\nsections:\n  - title: Basics\n    skills:\n"


def make_text(count, extra=""):
    """Write a roadmap of so many skills."""
    skills = (
        f"      - {{id: s{n}, name: Skill {n}, goal: goal {n}{extra}}}\n" for n in range(count)
    )
    return HEAD + "".join(skills)


class TimelyEdit:
    """What somebody does in Notion right before a sync changes a row for the so manieth time.

    Or before it reads one. `sent` are the requests of the sync.
    """

    def __init__(self, sandbox, work, *, after=1, looks=0):
        self.sent = []
        self._work = work
        self._moment = ("GET", looks) if looks else ("PATCH", after)
        sandbox.wrap = self._wrap

    def _wrap(self, inner):
        def decide(_, request):
            self.sent.append((request.method, request.url.path))
            method, number = self._moment
            is_now = self.counts[method] == number and request.method == method
            if self._work is not None and is_now:
                work, self._work = self._work, None
                return hooked(work)
            return None

        return FaultyTransport(inner, decide)

    @property
    def counts(self):
        """How many rows were read, and how many changed."""
        pages = [
            method for method, path in self.sent if re.fullmatch(r"/v1/pages/[0-9a-f-]+", path)
        ]
        return Counter(pages)


def rows_of(sandbox):
    ((rows,),) = ([database["rows"]] for database in sandbox.remote())
    return {row["Tracker ID"]: row for row in rows}


@pytest.mark.guarantee("G1", "G3")
def test_edits_of_waiting_rows_survive(tmp_path):
    """200 goals are edited in the file, and 20 of the waiting rows in Notion meanwhile: 0 are lost."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(200))
        sandbox.sync()
        sandbox.write(re.sub(r"goal: goal (\d+)", r"goal: file \1", sandbox.path().read_text()))
        edited = [f"s{n}" for n in range(100, 200, 5)]
        pages = {key: sandbox.person.row(key)["id"] for key in edited}

        def work():
            for number, (key, page_id) in enumerate(pages.items()):
                column, value = ("Goal", "Notion") if number % 2 else ("Level", "entry")
                sandbox.person.edit_page(page_id, {column: f"{value} {key}"})

        requests = TimelyEdit(sandbox, work, after=10)
        result = sandbox.sync()

        conflicts = {each.skill_id: each for _, each in result.planned.conflicts}
        assert set(conflicts) == set(edited[1::2])
        for key, conflict in conflicts.items():
            assert (conflict.local, conflict.remote) == (f"file {key[1:]}", f"Notion {key}")
        rows, text = rows_of(sandbox), sandbox.path().read_text()
        for key in edited[::2]:
            assert rows[key]["Level"] == f"entry {key}"
            assert f"level: entry {key}" in text
        assert all(
            rows[f"s{n}"]["Goal"] == f"file {n}" for n in range(200) if f"s{n}" not in conflicts
        )
        assert not result.unfinished
        # A look and a write each; what was changed meanwhile is looked at, and planned anew.
        assert requests.counts == {"GET": 200 + 10, "PATCH": 200 - 20 + 10}


@pytest.mark.guarantee("G7")
def test_an_edit_keeps_a_row_out_of_the_trash(tmp_path):
    """Skills left the file, and two of their rows are edited before their turn: those come back."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(10))
        sandbox.sync()
        sandbox.write(make_text(4))

        def work():
            sandbox.person.edit("s7", {"Goal": "still needed"})
            sandbox.person.edit("s8", {"Status": "Done"})

        TimelyEdit(sandbox, work)
        result = sandbox.sync()

        assert not result.unfinished
        assert set(rows_of(sandbox)) == {*(f"s{n}" for n in range(4)), "s7", "s8"}
        text = sandbox.path().read_text()
        assert "still needed" in text
        assert "done" in text
        assert sandbox.sync().planned.is_empty


@pytest.mark.guarantee("G1", "G7")
def test_a_row_trashed_before_its_turn_is_restored(tmp_path):
    """A goal is edited in the file, its row goes to the trash meanwhile: the edit brings it back."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(4))
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("goal: goal", "goal: new goal"))

        TimelyEdit(sandbox, lambda: sandbox.person.trash("s3"))
        result = sandbox.sync()

        assert not result.unfinished
        assert {row["Goal"] for row in rows_of(sandbox).values()} == {
            f"new goal {n}" for n in range(4)
        }
        assert sandbox.sync().planned.is_empty


@pytest.mark.guarantee("G1")
def test_lines_of_notes_merge_when_they_come_late(tmp_path):
    """A line added in Notion before the row's turn stands beside the line added in the file."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(3, ', notes: "one\\ntwo\\nthree"'))
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("three", "three\\nfrom the file"))

        TimelyEdit(
            sandbox, lambda: sandbox.person.edit("s2", {"Notes": "from Notion\none\ntwo\nthree"})
        )
        result = sandbox.sync()

        assert not result.unfinished
        assert not result.planned.conflicts
        assert rows_of(sandbox)["s2"]["Notes"] == "from Notion\none\ntwo\nthree\nfrom the file"
        assert "from Notion\\none\\ntwo\\nthree\\nfrom the file" in sandbox.path().read_text()
        assert sandbox.sync().planned.is_empty


@pytest.mark.guarantee("G1")
def test_a_status_set_meanwhile_is_a_conflict_or_a_merge(tmp_path):
    """A status set on both sides clashes; set in Notion alone, it arrives with its date."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(4))
        sandbox.sync()
        text = sandbox.path().read_text()
        text = text.replace("goal: goal 2", "goal: goal 2, status: doing")
        text = re.sub("goal: goal ([013])", r"goal: new \1", text)
        sandbox.write(text)

        def work():
            sandbox.person.edit("s2", {"Status": "Done"})
            sandbox.person.edit("s3", {"Status": "Done"})

        TimelyEdit(sandbox, work)
        result = sandbox.sync()

        ((_, conflict),) = result.planned.conflicts
        assert (conflict.skill_id, conflict.field) == ("s2", Field.STATUS)
        assert re.search(
            "id: s3.*goal: new 3.*status: done.*completed: 2026-11-03", sandbox.path().read_text()
        )
        row = rows_of(sandbox)["s3"]
        assert (row["Goal"], row["Status"], row["Completed"]) == ("new 3", "Done", "2026-11-03")


def lagging(sandbox, seconds):
    """Let listings lag behind so many seconds, by a clock that only the test moves."""
    log = WriteLog(sandbox.transport, sandbox.time.clock)
    sandbox.transport, sandbox.person = log, Person(log)
    fault = log.lag(seconds=seconds)
    sandbox.wrap = lambda inner: FaultyTransport(inner, lambda *_: fault)


@pytest.mark.guarantee("G1")
def test_an_old_listing_does_not_let_the_file_win(tmp_path):
    """A goal edited in Notion, then in the file, before the listing shows it: a conflict, not a loss."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(2))
        sandbox.sync()
        sandbox.time.now += 100
        lagging(sandbox, 5)
        sandbox.person.edit("s1", {"Goal": "from Notion"})
        sandbox.replace("goal 1", "from the file")

        for _ in range(2):
            ((_, conflict),) = sandbox.sync().planned.conflicts
            assert (conflict.local, conflict.remote) == ("from the file", "from Notion")
        assert rows_of(sandbox)["s1"]["Goal"] == "from Notion"


@pytest.mark.guarantee("G1", "G7")
def test_an_old_listing_does_not_trash_an_edited_row(tmp_path):
    """A skill leaves the file, its row was edited before the listing shows it: it comes back."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(3))
        sandbox.sync()
        sandbox.time.now += 100
        lagging(sandbox, 5)
        sandbox.person.edit("s2", {"Goal": "from Notion"})
        sandbox.write(make_text(2))

        sandbox.sync()

        assert rows_of(sandbox)["s2"]["Goal"] == "from Notion"
        assert "from Notion" in sandbox.path().read_text()


@pytest.mark.guarantee("G1", "G3")
def test_what_was_read_directly_outranks_an_older_listing(tmp_path):
    """An edit that a GET brought does not go and come again while the listing is old."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(2))
        sandbox.sync()
        sandbox.time.now += 100
        lagging(sandbox, 5)
        sandbox.person.edit("s1", {"Goal": "from Notion"})
        sandbox.replace("goal 1", "goal 1, hours: 3")
        sandbox.sync()
        text = sandbox.path().read_text()
        assert "goal: from Notion, hours: 3" in text

        for _ in range(8):  # the listing catches up in the middle
            assert sandbox.sync().planned.is_empty
            assert sandbox.path().read_text() == text
            sandbox.time.now += 1
        asked = sandbox.plan().requests
        assert asked == 2, "an up-to-date listing is believed again"


@pytest.mark.guarantee("G3")
def test_an_edit_after_a_write_does_not_flap(tmp_path):
    """A row is written, edited, read by GET since its listing is behind: the edit stays."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(2))
        sandbox.sync()
        sandbox.time.now += 100
        lagging(sandbox, 5)
        sandbox.replace("goal 1", "from the file")
        sandbox.sync()
        sandbox.time.now += 3
        sandbox.person.edit("s1", {"Goal": "from Notion"})

        for _ in range(10):
            sandbox.sync()
            sandbox.time.now += 1
            assert "goal: from Notion" in sandbox.path().read_text()


@pytest.mark.guarantee("G6", "G15")
@pytest.mark.parametrize("way", ["archive", "move"])
def test_a_row_that_went_out_of_sight_is_held(tmp_path, way):
    """A row archived or moved before its turn is held, neither written nor given up; the rest goes on."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(4))
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("goal: goal", "goal: new goal"))

        hide = {"archive": sandbox.person.archive, "move": sandbox.move}[way]

        TimelyEdit(sandbox, lambda: hide("s3"))
        result = sandbox.sync()

        ((_, hold),) = result.planned.holds
        assert hold.skill_id == "s3"
        assert "new goal 3" in sandbox.path().read_text()
        assert sum(row["Goal"].startswith("new") for row in rows_of(sandbox).values()) == 3


@pytest.mark.guarantee("G6", "G15")
@pytest.mark.parametrize("fault", [not_found(), forbidden()], ids=["404", "403"])
def test_a_row_that_cannot_be_read_is_not_written(tmp_path, fault):
    """A look that is denied proves nothing: the row is left alone and told, the next run writes it."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(3))
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("goal: goal", "goal: new goal"))
        page_id = sandbox.person.row("s1")["id"]

        def decide(_, request):
            is_look = request.method == "GET" and request.url.path.endswith(page_id)
            return fault if is_look else None

        sandbox.wrap = lambda inner: FaultyTransport(inner, decide)
        result = sandbox.sync()

        assert [hold.skill_id for _, hold in result.planned.holds] == ["s1"]
        assert rows_of(sandbox)["s1"]["Goal"] == "goal 1"
        assert rows_of(sandbox)["s2"]["Goal"] == "new goal 2"
        sandbox.wrap = lambda inner: inner
        sandbox.sync()
        assert rows_of(sandbox)["s1"]["Goal"] == "new goal 1"


@pytest.mark.guarantee("G7")
def test_the_limit_of_deletions_holds_for_all_rounds(tmp_path):
    """Rows trashed while a run deletes others count with those: beyond the limit nothing more goes."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(40))
        sandbox.sync()
        lines = sandbox.path().read_text().splitlines(keepends=True)
        # Nine rows are in the trash; the others get new numbers, so that each is looked at.
        sandbox.person.trash(*(f"s{n}" for n in range(9)))
        sandbox.write("".join([*lines[:4], *reversed(lines[4:])]))
        TimelyEdit(sandbox, lambda: sandbox.person.trash(*(f"s{n}" for n in range(10, 15))))

        result = sandbox.sync()

        assert result.count(Delete, Side.LOCAL) == 9
        assert {each.action.skill_id for each in result.unfinished} == {
            f"s{n}" for n in range(10, 15)
        }
        assert {each.outcome for each in result.unfinished} == {Outcome.STALE}
        assert len(re.findall("id:", sandbox.path().read_text())) == 31
        sandbox.wrap = lambda inner: inner
        assert sandbox.sync().count(Delete, Side.LOCAL) == 5, "five alone are no accident"


def test_a_row_that_changes_in_every_round_is_left_for_the_next_run(tmp_path):
    """The rounds of one run are bounded; what is stale in the last one is told."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(2))
        sandbox.sync()
        sandbox.replace("goal 1", "from the file")
        page_id = sandbox.person.row("s1")["id"]
        number = itertools.count()

        def decide(_, request):
            is_look = request.method == "GET" and request.url.path.endswith(page_id)
            hours = next(number) if is_look else 0
            return hooked(lambda: sandbox.person.edit("s1", {"Hours": hours})) if is_look else None

        sandbox.wrap = lambda inner: FaultyTransport(inner, decide)
        result = sandbox.sync()

        assert [each.outcome for each in result.unfinished] == [Outcome.STALE]
        assert exit_code(result) == 1
        sandbox.wrap = lambda inner: inner
        assert not sandbox.sync().unfinished
        assert rows_of(sandbox)["s1"]["Goal"] == "from the file"


def test_a_row_that_is_still_being_typed_keeps_its_name(tmp_path):
    """A new row gets another name while it is taken over: both the name and its id arrive."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(2))
        sandbox.sync()
        sandbox.person.add({"Skill": "Decision"})
        page_id = sandbox.person.row("Decision")["id"]

        TimelyEdit(
            sandbox, lambda: sandbox.person.edit_page(page_id, {"Skill": "Decision trees"}), looks=1
        )
        result = sandbox.sync()

        assert not result.unfinished
        assert "name: Decision trees" in sandbox.path().read_text()
        assert rows_of(sandbox)["decision"]["Skill"] == "Decision trees"
        assert sandbox.sync().planned.is_empty


def test_relations_that_go_with_a_trashed_row_are_no_edit(tmp_path):
    """What Notion itself changes in rows while a run trashes others costs no second round."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(1) + "      - {id: next, name: Next, requires: [s0], goal: g}\n")
        sandbox.sync()
        sandbox.write(HEAD + "      - {id: next, name: Next, goal: new}\n")

        requests = TimelyEdit(sandbox, None)
        result = sandbox.sync()

        assert not result.unfinished
        assert not result.is_replanned
        assert requests.counts == {"GET": 2, "PATCH": 2}


def test_all_relations_of_a_row_are_looked_at(tmp_path):
    """A row shows 25 relations at once; one taken away beyond them is noticed, too."""
    with Sandbox(tmp_path) as sandbox:
        ids = ", ".join(f"s{n}" for n in range(30))
        last = f"      - {{id: last, name: Last, goal: g, requires: [{ids}]}}\n"
        sandbox.write(make_text(30) + last)
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("goal: g,", "goal: new,"))
        kept = [f"s{n}" for n in range(29)]

        TimelyEdit(sandbox, lambda: sandbox.person.edit("last", {"Requires": kept}), looks=1)
        result = sandbox.sync()

        assert not result.unfinished
        assert result.is_replanned
        assert "s28]" in sandbox.path().read_text()
        assert rows_of(sandbox)["last"]["Goal"] == "new"
        assert sandbox.plan().is_empty


@pytest.mark.guarantee("G9")
def test_a_saved_plan_leaves_what_changed(tmp_path):
    """A saved plan writes what it says, or not; a row changed meanwhile is told, never planned anew."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(3))
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("goal: goal", "goal: new goal"))
        saved = format_saved(sandbox.plan().plans, (), Policy(today=TODAY))

        TimelyEdit(sandbox, lambda: sandbox.person.edit("s2", {"Level": "entry"}))
        with open_services(
            sandbox.folder, environ=ENVIRON, overrides=sandbox.overrides
        ) as services:
            result = run_apply(services, saved, confirm=lambda _: True, progress=lambda *_: None)

        (left,) = result.unfinished
        assert (left.action.skill_id, left.outcome) == ("s2", Outcome.STALE)
        assert rows_of(sandbox)["s2"]["Goal"] == "goal 2"
        assert rows_of(sandbox)["s2"]["Level"] == "entry"
        assert exit_code(result) == 1


@pytest.mark.guarantee("G1")
def test_a_choice_is_not_written_over_what_nobody_saw(tmp_path):
    """A conflict is settled for the file, its row is edited meanwhile: that is told, and asked again."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(2))
        sandbox.sync()
        sandbox.replace("goal 1", "from the file")
        sandbox.person.edit("s1", {"Goal": "from Notion"})
        sandbox.sync()

        TimelyEdit(sandbox, lambda: sandbox.person.edit("s1", {"Goal": "newer"}), looks=1)
        with open_services(
            sandbox.folder, environ=ENVIRON, overrides=sandbox.overrides
        ) as services:
            settled = run_resolve(
                services,
                Request("s1", take="local"),
                Policy(today=TODAY),
                ask=None,
                progress=lambda *_: None,
            )

        assert settled.fields == ()
        assert [each.outcome for each in settled.result.unfinished] == [Outcome.STALE]
        assert rows_of(sandbox)["s1"]["Goal"] == "newer"
        ((_, conflict),) = sandbox.sync().planned.conflicts
        assert (conflict.local, conflict.remote) == ("from the file", "newer")


def undo(sandbox):
    with open_services(sandbox.folder, environ=ENVIRON, overrides=sandbox.overrides) as services:
        return run_undo(services, None, confirm=lambda *_: True, progress=lambda *_: None)


def test_undo_takes_all_rounds_back(tmp_path):
    """A run of several rounds is one run: taking it back leaves both sides as they were before."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(4))
        sandbox.sync()
        before = sandbox.path().read_text()
        sandbox.write(before.replace("goal: goal", "goal: new goal"))
        TimelyEdit(sandbox, lambda: sandbox.person.edit("s3", {"Level": "entry"}))
        assert sandbox.sync().is_replanned

        undone = undo(sandbox)

        assert not undone.result.unfinished
        assert sandbox.path().read_text() == before
        rows = rows_of(sandbox)
        assert {row["Goal"] for row in rows.values()} == {f"goal {n}" for n in range(4)}
        assert "Level" not in rows["s3"]
        assert sandbox.sync().planned.is_empty


@pytest.mark.guarantee("G1")
def test_undo_looks_first_too(tmp_path):
    """A row edited while a run is taken back keeps the edit; the rest is taken back."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(3))
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("goal: goal", "goal: new goal"))
        sandbox.sync()

        TimelyEdit(sandbox, lambda: sandbox.person.edit("s2", {"Goal": "newer", "Level": "entry"}))
        undone = undo(sandbox)

        rows = rows_of(sandbox)
        assert (rows["s2"]["Goal"], rows["s2"]["Level"]) == ("newer", "entry")
        assert {rows[key]["Goal"] for key in ("s0", "s1")} == {"goal 0", "goal 1"}
        assert [hold.skill_id for _, hold in undone.result.planned.holds] == ["s2"]


def test_a_restored_row_that_is_edited_at_once_keeps_the_edit(tmp_path):
    """A row comes out of the trash for a local edit; what is typed into it right then stays."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(2))
        sandbox.sync()
        sandbox.person.trash("s1")
        page_id = sandbox.person.row("s1")["id"]
        sandbox.replace("goal 1", "from the file")

        TimelyEdit(
            sandbox, lambda: sandbox.person.edit_page(page_id, {"Goal": "from Notion"}), looks=3
        )
        result = sandbox.sync()

        ((_, conflict),) = result.planned.conflicts
        assert (conflict.local, conflict.remote) == ("from the file", "from Notion")
        assert rows_of(sandbox)["s1"]["Goal"] == "from Notion"


def test_a_trashed_database_deletes_nothing(tmp_path):
    """The database goes to the trash while a sync runs: its rows look trashed, and no skill goes."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(5))
        sandbox.sync()
        lines = sandbox.path().read_text().splitlines(keepends=True)
        text = "".join([*lines[:4], *reversed(lines[4:])])
        sandbox.write(text)

        TimelyEdit(sandbox, lambda: sandbox.person.change_database({"in_trash": True}))
        result = sandbox.sync()

        assert result.stopped is not None
        assert sandbox.path().read_text() == text


@pytest.mark.parametrize("answer", [True, False])
def test_deletions_that_nobody_agreed_to_are_asked_about(tmp_path, answer):
    """A row turns out trashed, and its skill would go: that is asked; refused, it waits."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(5))
        sandbox.sync()
        lines = sandbox.path().read_text().splitlines(keepends=True)
        sandbox.write("".join([*lines[:4], *reversed(lines[4:])]))
        asked = []

        def confirm(planned):
            asked.append(planned)
            return answer or len(asked) == 1

        TimelyEdit(sandbox, lambda: sandbox.person.trash("s2"))
        with open_services(
            sandbox.folder, environ=ENVIRON, overrides=sandbox.overrides
        ) as services:
            result = run_sync(
                services, (), Policy(today=TODAY), confirm=confirm, progress=lambda *_: None
            )

        assert len(asked) == 2
        assert ("s2" in sandbox.path().read_text()) is not answer
        assert bool(result.unfinished) is not answer


def test_plan_and_sync_tell_the_same(tmp_path):
    """The plan estimates the requests that its rows take, looks included."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(6))
        first = sandbox.plan()
        assert first.estimated_requests == 17 + 6
        sandbox.sync()
        text = make_text(5).replace("goal: goal", "goal: new goal")
        sandbox.write(text.replace("new goal 0", "goal 0"))
        sandbox.person.trash("s4")

        planned = sandbox.plan()
        requests = TimelyEdit(sandbox, None)
        result = sandbox.sync()

        assert sum(requests.counts.values()) == planned.estimated_requests + 1
        assert len(result.outcomes) == sum(len(plan.writes) for plan in planned.plans)


@pytest.mark.guarantee("G15")
def test_a_row_that_the_server_cannot_show_does_not_stop_the_rest(tmp_path):
    """One row answers with 500 for ever: it is told, the others are written, and the exit is 1."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(4))
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("goal: goal", "goal: new goal"))
        page_id, fault = sandbox.person.row("s1")["id"], failing(500, done=False)

        def decide(_, request):
            return fault if request.url.path.endswith(page_id) else None

        sandbox.wrap = lambda inner: FaultyTransport(inner, decide)
        result = sandbox.sync()

        assert [each.action.skill_id for each in result.unfinished] == ["s1"]
        assert result.unfinished[0].outcome is Outcome.FAILED
        assert exit_code(result) == 1
        goals = [rows_of(sandbox)[f"s{n}"]["Goal"] for n in range(4)]
        assert goals == ["new goal 0", "goal 1", "new goal 2", "new goal 3"]


def test_a_server_that_fails_for_every_row_ends_the_run(tmp_path):
    """No row gets an answer: after three of them the rest is left alone, and the exit is 5."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(6))
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("goal: goal", "goal: new goal"))
        fault = failing(500, done=False)

        def decide(_, request):
            return fault if "/pages/" in request.url.path else None

        sandbox.wrap = lambda inner: FaultyTransport(inner, decide)
        result = sandbox.sync()

        ends = Counter(each.outcome for each in result.unfinished)
        assert ends == {Outcome.FAILED: 3, Outcome.SKIPPED: 3}
        assert exit_code(result) == 5


@pytest.mark.guarantee("G1")
def test_a_section_renamed_meanwhile_is_renamed(tmp_path):
    """An option renamed in the middle of a run is one rename, not an edit of the rows still waiting."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(5))
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("goal: goal", "goal: new goal"))
        wanted = sandbox.path().read_text().replace("title: Basics", "title: First steps")

        TimelyEdit(sandbox, lambda: sandbox.rename_option("Section", "Basics", "First steps"))
        result = sandbox.sync()

        assert not result.unfinished
        assert sandbox.path().read_text() == wanted
        assert sandbox.sync().planned.is_empty


@pytest.mark.guarantee("G1")
def test_an_option_deleted_meanwhile_clears_no_file(tmp_path):
    """A status option deleted in the middle of a run is a conflict for every skill that had it."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(3, ", status: doing"))
        sandbox.sync()
        sandbox.write(sandbox.path().read_text().replace("goal: goal", "goal: new goal"))
        text = sandbox.path().read_text()

        TimelyEdit(sandbox, lambda: sandbox.person.delete_option("Status", "In progress"))
        result = sandbox.sync()

        assert sandbox.path().read_text() == text
        found = {(each.skill_id, each.field) for _, each in result.planned.conflicts}
        assert found == {(f"s{n}", Field.STATUS) for n in range(3)}
        assert {row["Goal"] for row in rows_of(sandbox).values()} == {
            f"new goal {n}" for n in range(3)
        }


class Refused:
    """A row whose first changes fail, and somebody who works there while a sync waits after them."""

    def __init__(self, sandbox, page_id, fault, work, *, times=1):
        self._path, self._fault, self._work = f"/v1/pages/{page_id}", fault, work
        self._sleep, self._left, self.patches = sandbox.time.sleep, times, 0
        sandbox.wrap = lambda inner: FaultyTransport(inner, self._decide)
        sandbox.time.sleep = self._wait

    def _decide(self, _, request):
        if (request.method, request.url.path) != ("PATCH", self._path):
            return None
        self.patches += 1
        self._left -= 1
        return self._fault if self._left >= 0 else None

    def _wait(self, seconds):
        self._sleep(seconds)
        if self.patches and self._work is not None:
            work, self._work = self._work, None
            work()


FAILURES = {
    "told to wait": rate_limited(40),
    "refused for the moment": rate_limited(told_in="neither"),
    "a conflict of transactions": conflicting(),
    "an outage": failing(502, done=False),
    "an answer that never came": losing(httpx.ReadTimeout, done=False),
    "done, and the answer lost": failing(502, done=True),
}


@pytest.mark.guarantee("G1")
@pytest.mark.parametrize("fault", FAILURES.values(), ids=FAILURES)
def test_a_write_that_is_repeated_looks_again(tmp_path, fault):
    """However a change fails, what somebody types before it is repeated is a conflict."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(3))
        sandbox.sync()
        sandbox.write(make_text(3).replace("goal: goal 1", "goal: file 1"))
        page_id = sandbox.person.row("s1")["id"]
        Refused(
            sandbox, page_id, fault, lambda: sandbox.person.edit_page(page_id, {"Goal": "typed"})
        )

        sandbox.sync()

        sandbox.wrap = lambda inner: inner
        ((_, conflict),) = sandbox.sync().planned.conflicts
        assert (conflict.local, conflict.remote) == ("file 1", "typed")
        assert rows_of(sandbox)["s1"]["Goal"] == "typed"


@pytest.mark.guarantee("G7")
def test_a_row_edited_while_its_removal_waits_comes_back(tmp_path):
    """A row is not trashed by a request that was planned before somebody edited it."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(3))
        sandbox.sync()
        sandbox.write(make_text(2))
        page_id = sandbox.person.row("s2")["id"]
        fault = rate_limited(40)
        Refused(
            sandbox, page_id, fault, lambda: sandbox.person.edit_page(page_id, {"Goal": "typed"})
        )

        sandbox.sync()

        assert rows_of(sandbox)["s2"]["Goal"] == "typed"
        assert "goal: typed" in sandbox.path().read_text()


@pytest.mark.guarantee("G14")
def test_a_write_whose_answer_was_lost_is_written_once(tmp_path):
    """The look before the repetition sees that it happened: done, no conflict, and undo knows it."""
    with Sandbox(tmp_path) as sandbox:
        sandbox.write(make_text(3))
        sandbox.sync()
        sandbox.write(make_text(3).replace("goal: goal 1", "goal: file 1"))
        page_id = sandbox.person.row("s1")["id"]
        refused = Refused(sandbox, page_id, failing(502, done=True), None)

        result = sandbox.sync()

        assert [outcome.outcome for outcome in result.outcomes] == [Outcome.DONE]
        assert refused.patches == 1
        sandbox.wrap = lambda inner: inner
        assert sandbox.sync().planned.is_empty
        undo(sandbox)
        assert rows_of(sandbox)["s1"]["Goal"] == "goal 1"
