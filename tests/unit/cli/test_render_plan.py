"""Promises of plans, conflicts and sync results as text."""

from __future__ import annotations

from datetime import date

from rich.cells import cell_len

from tracker.cli.render.answers import planned_json, sync_json
from tracker.cli.render.layout import AnswerView, fold, make_line, render_finding, render_problem
from tracker.cli.render.plan import MOST_WRITES, render_planned, render_summary, render_unfinished
from tracker.cli.render.values import format_change
from tracker.errors import Location, Problem, RemoteError
from tracker.roadmap.model import SkillId, Status
from tracker.settings import WORKSPACE
from tracker.sync.model import (
    Adopt,
    Change,
    Conflict,
    Create,
    Delete,
    Hold,
    Outcome,
    PageId,
    Plan,
    Refusal,
    Side,
    Update,
)
from tracker.sync.records import Field, Link, Links, Record
from tracker.workflows.forecast import SpeedLimit
from tracker.workflows.results import ActionOutcome, Planned, SyncResult

KNN, SVM, OLD, NEW = map(SkillId, ("knn", "svm", "old", "new"))
TICK = Change(Field.STATUS, Status.TODO, Status.DONE)
DAY = Change(Field.COMPLETED, None, date(2026, 11, 3))


def lines(planned, *, pace=None, **options):
    return [line.plain for line in render_planned(planned, AnswerView(80, **options), pace=pace)]


def summary(result, **options):
    return " ".join(line.plain for line in render_summary(result, AnswerView(80, **options)))


def planned(*actions, conflicts=(), **options):
    plan = Plan("ds", "Data science", "", actions=actions, conflicts=conflicts)
    return Planned((plan,), **options)


def test_many_holds_are_counted_and_each_reason_is_told_in_full():
    """A database out of sight holds every skill: ten are shown, -v shows all, no reason is cut."""
    why = "its row was not seen in Notion, and nothing says that it was deleted there by anybody"
    holds = [Hold(SkillId(f"s{number}"), why, PageId("p")) for number in range(249)]

    shown, in_full = lines(planned(*holds)), lines(planned(*holds), verbose=True)

    assert "  … and 239 more held   (-v shows all)" in shown
    assert sum("held      " in each for each in shown) == 10
    assert sum("held      " in each for each in in_full) == 249
    assert why in " ".join(each.strip() for each in shown)


def test_a_plan_in_full():
    """A plan shows each write with its sign, its side and its fields, then sums up."""
    shown = lines(
        planned(
            Create(Side.REMOTE, NEW, Record("Gradient boosting")),
            Update(Side.LOCAL, KNN, (TICK,)),
            Update(Side.REMOTE, SVM, (TICK, DAY), PageId("p")),
            Delete(Side.REMOTE, OLD, Record("Old skill"), PageId("q")),
            Adopt(SkillId("same"), PageId("r")),
            Hold(SkillId("held"), "the row was moved", PageId("s")),
            conflicts=(Conflict(KNN, "kNN", Field.LEVEL, "entry", "advanced", "intermediate"),),
        )
    )

    assert shown == [
        "Data science  ds",
        "  - → notion  old  Old skill  to the trash",
        "  ~ ← notion  knn  status: todo → done",
        "  ~ → notion  svm",
        "      status     todo → done",
        "      completed  (none) → 2026-11-03",
        "  + → notion  new  Gradient boosting",
        "  = 1 skill already the same on both sides",
        "  . held      held",
        "              the row was moved",
        "  ! both      kNN · level",
        "    before  entry",
        "    file    advanced",
        "    Notion  intermediate",
        "    resolve: tracker resolve ds/knn level --take local",
        '      (or notion, base, "other text")',
        "",
        "plan: 1 row to create, 1 to update, 1 to delete in Notion; 1 skill to update in",
        "      the files; 1 conflict; 1 held; 4 writes",
    ]


def test_a_long_plan_is_counted_unless_asked_for():
    """After some twenty lines the rest is counted; -v shows all of it."""
    many = planned(*(Create(Side.REMOTE, SkillId(f"s-{n}"), Record(f"S {n}")) for n in range(100)))

    assert len(lines(many)) == MOST_WRITES + 4
    assert "  … and 80 more: 80 rows to create in Notion   (-v shows all)" in lines(many)
    assert len(lines(many, verbose=True)) == 103


def test_nothing_to_do():
    """An empty plan says so in one line."""
    assert lines(planned()) == ["plan: nothing to do: both sides are equal"]


def test_time_is_told_where_requests_take_time():
    """The plan says how long it takes, but for the built-in workspace, which is at hand."""
    many = planned(*(Create(Side.REMOTE, SkillId(f"s-{n}"), Record(f"S {n}")) for n in range(400)))
    pace = SpeedLimit(ceiling=180)

    assert lines(many, pace=pace)[-1].endswith("; 400 writes (about 124 s)")
    assert lines(many)[-1].endswith("; 400 writes")
    assert lines(many, verbose=True)[-1].endswith("; 400 writes (400 requests)")
    assert lines(many, pace=pace, verbose=True)[-1].endswith("(400 requests, about 124 s)")


def test_a_time_that_depends_on_the_plan_of_the_workspace_says_so():
    """While nobody knows how many requests Notion takes, the time is that of the smallest plan."""
    many = planned(*(Create(Side.REMOTE, SkillId(f"s-{n}"), Record(f"S {n}")) for n in range(200)))

    shown = " ".join(" ".join(lines(many, pace=SpeedLimit(least=180))).split())

    assert shown.endswith("; 200 writes (about 63 s at 180 requests a minute)")


def test_without_notion_it_is_not_spoken_of():
    """In a folder with the built-in workspace every sign, count and value is of the workspace."""
    plan = planned(
        Create(Side.REMOTE, NEW, Record("Gradient boosting")),
        Update(Side.LOCAL, KNN, (TICK,)),
        Delete(Side.REMOTE, OLD, Record("Old skill"), PageId("q")),
        Delete(Side.LOCAL, SVM, Record("Other skill")),
        conflicts=(Conflict(KNN, "kNN", Field.LEVEL, "entry", "advanced", "intermediate"),),
    )

    shown = lines(plan, remote=WORKSPACE)

    assert "  + → workspace  new  Gradient boosting" in shown
    assert "  ~ ← workspace  knn  status: todo → done" in shown
    assert "    workspace  intermediate" in shown
    assert '      (or workspace, base, "other text")' in shown
    assert "1 row to create, 1 to delete in the built-in workspace" in " ".join(shown)
    assert "notion" not in "\n".join(shown).lower()


def test_hostile_names_and_wide_letters_stay_within_the_line():
    """A name with escapes, breaks or wide letters takes one line of at most the width."""
    shown = lines(
        planned(
            Create(Side.REMOTE, KNN, Record("学" * 90)),
            Create(Side.LOCAL, SVM, Record("\x1b[2J\nerror: forged")),
            Hold(None, "\x07 bell", PageId("\x1b]0;title\x07")),
        )
    )

    assert all(cell_len(line) <= 80 for line in shown)
    assert not any("\x1b" in line or "\x07" in line or "\n" in line for line in shown)
    assert not any(line.startswith("error") for line in shown)


def test_a_refusal_names_what_to_do():
    """A refused plan shows the guard's word in four parts."""
    refusal = Refusal("many-deletes", "refusing to trash 14 of 20 rows", "why", "tracker sync")

    shown = lines(planned(refusals=(("ds", refusal),)))

    assert shown[:4] == [
        "refused: refusing to trash 14 of 20 rows  ds",
        "  why   why",
        "  kept  nothing was written",
        "  next  tracker sync",
    ]


def test_long_texts_show_where_they_differ():
    """A change of a long text is shown around its first difference."""
    change = Change(Field.NOTES, "x" * 300 + " old end", "x" * 300 + " new end")

    assert format_change(change, 60) == "…xxxxxxxxxxx old end → …xxxxxxxxxxx new end"


def test_a_change_in_little_room_shows_what_changed():
    """However narrow, the two values of a change never look the same."""
    change = Change(Field.GOAL, "Can write a number-guessing game", "Can write a small game")

    assert format_change(change, 31) == "…ite a number… → …ite a small…"


def test_numbers_are_told_apart():
    """Hours are shown as exactly as they are kept."""
    assert format_change(Change(Field.HOURS, 1.25, 1.2), 60) == "1.25 → 1.2"
    assert format_change(Change(Field.HOURS, 2.0, None), 60) == "2 → (none)"


def test_sets_show_what_came_and_went():
    """Changes of sets and of resources list elements, not whole values."""
    tags = Change(Field.TAGS, frozenset({"a", "b"}), frozenset({"b", "c"}))
    links = Change(
        Field.RESOURCES,
        Links((Link("https://a", "A"), Link("https://b", "B"))),
        Links((Link("https://b", "Better"), Link("https://c", "C"))),
    )

    assert format_change(tags, 60) == "+c -a"
    assert format_change(links, 60) == "+C, ~Better, -A"


def test_a_sync_sums_up_what_was_done():
    """The last line of a sync counts what was done on each side, what is open, and the cost."""
    update = Update(Side.LOCAL, KNN, (TICK,))
    failed = Update(Side.REMOTE, SVM, (TICK,), PageId("p"))
    problem = Problem("denied", "the row is locked", why="read-only", next="unlock it")
    result = SyncResult(
        planned(update, failed),
        (
            ActionOutcome("ds", update, Outcome.DONE),
            ActionOutcome("ds", failed, Outcome.FAILED, problem),
        ),
        requests=9,
        seconds=2.34,
    )

    assert summary(result) == (
        "synced, except 1 failed: 1 skill updated in the files; 1 write (2.3 s)"
    )
    assert summary(result, verbose=True).endswith("1 write (9 requests, 2.3 s)")
    assert [line.plain for line in render_unfinished(result)] == [
        "failed: update ds/svm",
        "error: the row is locked",
        "  why   read-only",
        "  next  unlock it",
    ]


def test_a_sync_without_changes_is_one_line():
    """Where nothing was to be done a sync says just that."""
    result = SyncResult(planned(), requests=2, seconds=0.04)

    assert summary(result) == "in sync: nothing to do (0.0 s)"
    assert summary(result, verbose=True) == "in sync: nothing to do (2 requests, 0.0 s)"


def test_a_problem_in_four_parts():
    """A problem shows what, why, what was kept and the next command, aligned."""
    problem = Problem("x", "what", location=Location("f.yaml", 3, 7), why="w", kept="k", next="n")

    assert [line.plain for line in render_problem(problem)] == [
        "error: what  f.yaml:3:7",
        "  why   w",
        "  kept  k",
        "  next  n",
    ]


def test_a_long_reason_is_broken_and_a_command_is_not():
    """On a terminal the reason keeps to the width; what is to be pasted stays in one piece."""
    problem = Problem("x", "what", why="a word " * 20, next="tracker mark " + "x" * 99)

    lines = [line.plain for line in render_problem(problem, 60)]

    assert lines[1].startswith("  why   a word")
    assert lines[2].startswith("        word a")
    assert max(map(len, lines[:-1])) <= 60
    assert lines[-1] == "  next  tracker mark " + "x" * 99


def test_a_finding_stands_where_an_editor_finds_it():
    """A finding of a check begins with file, line and column."""
    problem = Problem("bad-date", "no date", location=Location("f.yaml", 3, 7))

    assert render_finding(problem)[0].plain == "f.yaml:3:7: error bad-date: no date"


def test_a_plan_and_its_sync_tell_the_same_number_of_writes():
    """What the plan counts as writes is what the sync counts, and the requests are for -v."""
    tick, other = Update(Side.LOCAL, KNN, (TICK,)), Update(Side.REMOTE, SVM, (TICK,), PageId("p"))
    plan = planned(tick, other, Adopt(SkillId("same"), PageId("r")))
    done = tuple(ActionOutcome("ds", each, Outcome.DONE) for each in (tick, other))

    assert "; 2 writes" in lines(plan)[-1]
    assert "; 2 writes (" in summary(SyncResult(plan, done, requests=7))
    assert sync_json(SyncResult(plan, done))["writes"] == planned_json(plan)["writes"] == 2


def test_a_sync_names_the_command_for_what_is_left():
    """Conflicts and holds come with the command that lists them; a long line is broken."""
    conflict = Conflict(KNN, "kNN", Field.LEVEL, "entry", "advanced", "intermediate")
    tick = Update(Side.LOCAL, KNN, (TICK,))
    plan = planned(tick, Hold(SkillId("held"), "moved", PageId("s")), conflicts=(conflict,))

    told = summary(SyncResult(plan, (ActionOutcome("ds", tick, Outcome.DONE),)))

    assert told == (
        "synced, except 1 conflict, 1 held (tracker conflicts): 1 skill updated in the files; "
        "1 write (0.0 s)"
    )


def test_a_sync_cut_off_does_not_claim_to_be_in_sync():
    """A run that ended early says so, even when nothing was written yet."""
    stopped = RemoteError(Problem("unreachable", "Notion cannot be reached"))
    result = SyncResult(planned(Update(Side.LOCAL, KNN, (TICK,))), requests=3, stopped=stopped)

    assert summary(result) == "stopped early: nothing was written (0.0 s)"
    assert sync_json(result)["stopped"][0]["code"] == "unreachable"


def test_a_line_is_broken_between_words_and_a_command_can_be_pasted():
    """No word is broken that fits a line; a command goes on behind a backslash, addresses stay whole."""
    told = make_line("  why   a word that ends the row and more of the words behind it")
    pasted = make_line("  next  tracker resolve knn goal --take 'other text'    # or skip it")
    link = make_line("see https://example.org/a/very/long/address/that/fits/no/line")

    assert [line.plain for line in fold(told, 33)] == [
        "  why   a word that ends the row",
        "    and more of the words behind",
        "    it",
    ]
    assert [line.plain for line in fold(pasted, 40)] == [
        "  next  tracker resolve knn goal \\",
        "    --take 'other text'    # or skip it",
    ]
    assert [line.plain for line in fold(link, 30)][1].endswith("/that/fits/no/line")
