"""Promises of conflicts and resolve on the command line, against the built-in workspace."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len

from tracker.wiring import open_workspace

pytestmark = pytest.mark.slow


class WorkspaceEditor:
    """Somebody who edits in the built-in workspace."""

    def __init__(self, folder):
        self._folder = folder

    def send(self, method, path, body):
        """Send one request."""
        with open_workspace(self._folder) as client:
            return client.send(method, path, body)

    def row(self, skill_id):
        """Return the page of a skill."""
        search = {"filter": {"property": "object", "value": "data_source"}}
        (source,) = self.send("POST", "/v1/search", search)["results"]
        key = {"property": "Tracker ID", "rich_text": {"equals": skill_id}}
        path = f"/v1/data_sources/{source['id']}/query"
        (row,) = self.send("POST", path, {"filter": key})["results"]
        return row

    def edit(self, skill_id, **properties):
        """Set properties of a skill's row."""
        path = f"/v1/pages/{self.row(skill_id)['id']}"
        self.send("PATCH", path, {"properties": properties})

    def text(self, skill_id, column):
        """Return the text of a property."""
        value = self.row(skill_id)["properties"][column]
        return "".join(run["plain_text"] for run in value[value["type"]])


def rich(text):
    """Return a rich text property."""
    return {"rich_text": [{"text": {"content": text}}]}


def at_a_terminal(monkeypatch, typed):
    """Pretend that somebody sits there and types."""
    monkeypatch.setattr("tracker.cli.screen._is_terminal", lambda _file: True)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def notion(learner):
    """Give the Notion side of a folder whose sides are equal."""
    assert learner.run("sync").code == 0
    return WorkspaceEditor(learner.folder)


@pytest.fixture
def clash(learner, notion):
    """Give a folder with a conflict in the goal of knn, and an edit of split on its way."""
    learner.replace("name: k nearest", "goal: from the file\n        name: k nearest")
    notion.edit("knn", Goal=rich("from Notion"))
    learner.replace("hours: 2", "hours: 5")
    return notion


def test_conflicts_are_listed_with_the_commands_that_settle_them(learner, clash):
    """The list shows all three values and how to settle it, exits with 1 and writes nothing."""
    before = learner.roadmap.read_bytes()

    listed = learner.run("conflicts", "--json")
    told = learner.run("conflicts")

    assert (listed.code, told.code) == (1, 1)
    (conflict,) = listed.json["conflicts"]
    assert (conflict["base"], conflict["local"], conflict["remote"]) == (
        None,
        "from the file",
        "from Notion",
    )
    assert conflict["settle"][0] == "tracker resolve small/knn goal --take local"
    assert conflict["settle"][0] in told.out
    assert "from Notion" in told.out
    assert learner.roadmap.read_bytes() == before
    assert clash.text("knn", "Goal") == "from Notion"


LONG = "Can write a game from an empty file and explain each loop and branch " * 4
WIDTHS = (30, 40, 72, 80, 200)


def fitting(monkeypatch, learner, width, *words, typed=""):
    """Run a command at a width, in a pipe and on a terminal; return what it said, as one line."""
    monkeypatch.setenv("COLUMNS", str(width))
    told = [learner.run(*words).out]
    with monkeypatch.context() as patched:
        at_a_terminal(patched, typed)
        ended = learner.run(*words)
        told.append(ended.out + ended.err)
    for line in "".join(told).splitlines():
        assert cell_len(line) <= max(width, 30) or "://" in line, (words, line)
    return " ".join("".join(told).split())


@pytest.mark.parametrize("width", WIDTHS)
def test_what_differs_is_shown_at_any_width(learner, notion, monkeypatch, width):
    """Two long goals that differ in the last word are told in full by all that shows a change."""
    learner.replace("name: k nearest", f"goal: {LONG}loudly\n        name: k nearest")
    assert "loudly" in fitting(monkeypatch, learner, width, "plan")
    assert learner.run("sync").code == 0
    learner.replace("loudly", "aloud")
    for words in (("plan",), ("sync", "--dry-run")):
        told = fitting(monkeypatch, learner, width, *words)
        assert "‹loudly›" in told
        assert "‹aloud›" in told

    notion.edit("knn", Goal=rich(f"{LONG}quietly"), Notes=rich("one\ntwo\nthree"))

    for words in (("plan",), ("conflicts",), ("resolve", "knn", "goal"), ("sync",)):
        told = fitting(monkeypatch, learner, width, *words)
        assert words[0] == "resolve" or "‹loudly›" in told
        assert "‹quietly›" in told
        assert "‹aloud›" in told


@pytest.mark.parametrize("width", WIDTHS)
def test_every_line_of_every_command_fits(learner, clash, monkeypatch, width):
    """No line of a command that reads or syncs is longer than the screen."""
    commands = (
        *("conflicts", "plan", "sync", "log", "log -v", "undo --yes", "redo --yes", "check"),
        *("roadmaps", "doctor", "sync nosuch", "resolve nosuch --take local", "show knn"),
        *("report", "mark knn done", "resolve knn goal --take local", "next", "list", "add nosuch"),
    )
    for words in commands:
        fitting(monkeypatch, learner, width, *words.split())


def test_without_conflicts_the_list_is_empty(learner, notion):
    """No conflict and no hold exits with 0 and says so."""
    ended = learner.run("conflicts")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("no conflicts")


@pytest.mark.parametrize(
    ("take", "goal"),
    [
        ("local", "from the file"),
        ("notion", "from Notion"),
        ("a third one", "a third one"),
        ("base", None),
    ],
)
def test_a_conflict_is_settled_on_both_sides(learner, clash, take, goal):
    """Whatever is taken stands on both sides, nothing else is synced, and it does not come back."""
    settled = learner.run("resolve", "knn", "--take", take, "--json")

    assert (settled.code, settled.json["settled"]) == (0, ["goal"])
    assert clash.text("knn", "Goal") == (goal or "")
    assert (f"goal: {goal}" in learner.roadmap.read_text()) == (goal is not None)
    assert clash.row("split")["properties"]["Hours"]["number"] == 2
    assert learner.run("conflicts").code == 0
    later = learner.run("sync", "--json").json
    assert (later["counts"]["conflicts"], later["writes"]) == (0, 1)
    assert learner.run("sync", "--json").json["writes"] == 0


def test_one_of_two_conflicts_is_settled(learner, clash):
    """Settling one field leaves the other in conflict, and says so with exit code 1."""
    learner.replace(
        "name: k nearest neighbours", "level: entry\n        name: k nearest neighbours"
    )
    clash.edit("knn", Level={"select": {"name": "advanced"}})

    first = learner.run("resolve", "knn", "level", "--take", "local", "--json")
    second = learner.run("resolve", "small/knn", "--take", "notion", "--json")

    assert (first.code, first.json["settled"]) == (1, ["level"])
    assert [each["field"] for each in first.json["conflicts"]] == ["goal"]
    assert (second.code, second.json["settled"]) == (0, ["goal"])
    assert clash.row("knn")["properties"]["Level"]["select"]["name"] == "entry"


def test_a_value_of_its_own_settles_one_field(learner, clash):
    """With two fields in conflict, a value must say which one it is for."""
    learner.replace(
        "name: k nearest neighbours", "level: entry\n        name: k nearest neighbours"
    )
    clash.edit("knn", Level={"select": {"name": "advanced"}})

    ended = learner.run("resolve", "knn", "--take", "expert", "--json")

    (problem,) = ended.json["problems"]
    assert (ended.code, problem["code"]) == (2, "several-conflicts")
    assert "level" in problem["why"]
    assert "goal" in problem["why"]


def test_a_choice_that_needs_another_field_is_refused(learner, notion):
    """A start that is right only together with the end that waits for a sync is not written alone."""
    learner.replace(
        "id: knn", "id: knn\n        started: 2026-01-01\n        completed: 2026-01-10"
    )
    assert learner.run("sync").code == 0
    learner.replace("started: 2026-01-01", "started: 2026-01-05")
    notion.edit(
        "knn",
        Started={"date": {"start": "2026-03-01"}},
        Completed={"date": {"start": "2026-03-05"}},
    )
    before = learner.roadmap.read_bytes()

    ended = learner.run("resolve", "knn", "started", "--take", "notion", "--json")

    (problem,) = ended.json["problems"]
    assert (ended.code, problem["code"]) == (7, "settles-to-nothing-valid")
    assert problem["why"] == "completed 2026-01-10 would be before started 2026-03-01"
    assert learner.roadmap.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("nobody", "--take", "local"), "unknown-skill", id="unknown skill"),
        pytest.param(("knn", "gaol", "--take", "local"), "unknown-field", id="unknown field"),
        pytest.param(("trees", "--take", "local"), "no-conflict", id="no conflict"),
        pytest.param(("knn", "level", "--take", "local"), "no-conflict", id="another field"),
        pytest.param(("knn",), "needs-take", id="nobody to ask"),
    ],
)
def test_what_cannot_be_settled_is_a_usage_error(learner, clash, words, code):
    """An unknown skill or field, or one without a conflict, exits with 2 and writes nothing."""
    before = learner.roadmap.read_bytes()

    ended = learner.run("resolve", *words, "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) == (2, code)
    assert learner.roadmap.read_bytes() == before
    assert clash.text("knn", "Goal") == "from Notion"


def test_a_field_name_is_corrected(learner, clash):
    """A misspelled field is told with the nearest one."""
    ended = learner.run("resolve", "knn", "gaol", "--take", "local")

    assert "near to it: goal" in ended.err


def test_a_value_that_cannot_be_is_told_with_the_command_to_mend_it(learner, clash):
    """A value of the wrong kind is refused with its reason and the same command once more."""
    learner.replace("name: k nearest", "hours: 1\n        name: k nearest")
    clash.edit("knn", Hours={"number": 2})

    ended = learner.run("resolve", "knn", "hours", "--take", "some", "--json")

    (problem,) = ended.json["problems"]
    assert (ended.code, problem["code"]) == (2, "no-such-value")
    assert "such as 2 or 1.5" in problem["why"]
    assert problem["next"] == "tracker resolve knn hours --take local    # or notion, base, a value"


def test_links_are_settled_for_a_side_only(learner, clash):
    """No value of its own is offered for links: they have titles, addresses and types."""
    learner.replace("title: Docs", "title: Mine")
    theirs = {"content": "Theirs", "link": {"url": "https://example.org/knn"}}
    clash.edit("knn", Resources={"rich_text": [{"text": theirs}]})

    told = learner.run("conflicts").out
    refused = learner.run("resolve", "knn", "resources", "--take", "https://x.org", "--json")

    _, _, about_links = told.partition("resources")
    assert "(or workspace, base)" in about_links
    assert refused.json["problems"][0]["next"].endswith("--take local    # or notion, base")


def test_without_a_terminal_the_command_that_settles_is_told(learner, clash):
    """What is to be pasted is one command; the other words stand in a comment of the shell."""
    ended = learner.run("resolve", "k nearest neighbours", "goal", "--json")

    (problem,) = ended.json["problems"]
    command = "tracker resolve 'k nearest neighbours' goal"
    assert (ended.code, problem["code"]) == (2, "needs-take")
    assert problem["next"] == f"{command} --take local    # or workspace, base, a value"
    assert clash.text("knn", "Goal") == "from Notion"


def test_nothing_is_asked_where_nothing_is_to_be_settled(learner, notion):
    """Without a terminal it looks first: no value is wanted for a skill without a conflict."""
    ended = learner.run("resolve", "knn", "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) == (2, "no-conflict")


@pytest.mark.parametrize("take", ["", "  "])
def test_an_empty_value_is_refused(learner, clash, take):
    """Nothing at all is more often a forgotten variable than a wish to empty both sides."""
    ended = learner.run("resolve", "knn", "goal", "--take", take, "--json")

    (problem,) = ended.json["problems"]
    assert (ended.code, problem["code"]) == (2, "empty-value")
    assert problem["next"] == "tracker conflicts"
    assert clash.text("knn", "Goal") == "from Notion"
    assert "goal: from the file" in learner.roadmap.read_text(encoding="utf-8")


class Leaving(io.StringIO):
    """Somebody who answers, and then presses Ctrl-C."""

    def readline(self, *_):
        line = super().readline()
        if not line:
            raise KeyboardInterrupt
        return line


def test_an_interrupted_question_says_that_the_answers_are_dropped(learner, clash, monkeypatch):
    """Answers are carried out together, behind the last one."""
    learner.replace("goal: from the file", "goal: from the file\n        notes: mine")
    clash.edit("knn", Notes=rich("theirs"))
    at_a_terminal(monkeypatch, "")
    monkeypatch.setattr("sys.stdin", Leaving("f\n"))

    ended = learner.run("resolve", "knn")

    assert ended.code == 130
    assert "  kept  nothing was written; the answers are dropped\n" in ended.err
    assert "goes on from there" not in ended.err
    assert clash.text("knn", "Goal") == "from Notion"


def test_a_person_is_asked_for_each_conflict(learner, clash, monkeypatch):
    """On a terminal each conflict is shown and asked about until the answer is understood."""
    at_a_terminal(monkeypatch, "what?\ne\ntyped here\n")

    ended = learner.run("resolve", "knn")

    assert ended.code == 0
    assert "keep [f]ile, [w]orkspace, [b]efore, [e]dit, [s]kip?" in ended.err
    assert ended.out.splitlines()[-1] == "resolved: goal of small/knn"
    assert clash.text("knn", "Goal") == "typed here"


@pytest.mark.parametrize(
    ("typed", "goal"),
    [
        ("f", "from the file"),
        ("l", "from the file"),
        ("w", "from Notion"),
        ("n", "from Notion"),
        ("b", ""),
    ],
)
def test_a_letter_takes_a_value(learner, clash, monkeypatch, typed, goal):
    """Each side answers to the first letter of its name, and of the word of the command line."""
    at_a_terminal(monkeypatch, f"{typed}\n")

    assert learner.run("resolve", "knn").code == 0
    assert clash.text("knn", "Goal") == goal


@pytest.mark.parametrize(
    ("take", "goal"),
    [("file", "from the file"), ("workspace", "from Notion"), ("before", "")],
)
def test_a_value_is_taken_by_the_name_that_is_shown(learner, clash, take, goal):
    """The names beside the values of a conflict are words for --take."""
    assert learner.run("resolve", "knn", "--take", take).code == 0
    assert clash.text("knn", "Goal") == goal


def test_a_long_conflict_is_shown_in_full_everywhere(learner, clash, monkeypatch):
    """However narrow the screen, every surface shows both values to their ends, apart."""
    start = "Can explain to somebody else why a split must come before everything, "
    learner.replace("goal: from the file", f"goal: {start}in writing")
    clash.edit("knn", Goal=rich(f"{start}aloud"))
    for width in ("80", "40", "30"):
        monkeypatch.setenv("COLUMNS", width)
        for words in (("conflicts",), ("plan",), ("sync", "--dry-run"), ("sync",)):
            told = " ".join(learner.run(*words).out.split())
            for value in ("‹in writing›", "‹aloud›"):
                assert f"{start}{value}"[:40] in told, words
                assert value in told, words
            assert "…" not in told
    at_a_terminal(monkeypatch, "s\n")
    assert "‹in writing›" in " ".join(learner.run("resolve", "knn").out.split())


@pytest.mark.parametrize("typed", ["s\n", ""], ids=["skipped", "no answer"])
def test_a_skipped_conflict_stays(learner, clash, monkeypatch, typed):
    """Leaving a conflict open writes nothing and exits with 1."""
    at_a_terminal(monkeypatch, typed)

    ended = learner.run("resolve", "knn")

    assert ended.code == 1
    assert ended.out.splitlines()[-1] == "nothing was resolved of small/knn; 1 left"
    assert clash.text("knn", "Goal") == "from Notion"


def test_what_is_held_is_settled_by_name(learner, notion):
    """A value that cannot be taken over from Notion is listed, and written over when asked for."""
    notion.edit("split", Hours={"number": -3})
    learner.run("sync")

    listed = learner.run("conflicts", "--json")
    refused = learner.run("resolve", "split", "hours", "--take", "notion", "--json")
    unnamed = learner.run("resolve", "split", "--take", "local", "--json")
    settled = learner.run("resolve", "split", "hours", "--take", "local", "--json")

    (held,) = listed.json["holds"]
    assert (listed.code, held["field"], held["local"], held["readable"]) == (1, "hours", 2, False)
    assert held["settle"] == [
        "tracker resolve small/split hours --take local",
        "tracker resolve small/split hours --take base",
    ]
    assert (refused.code, refused.json["problems"][0]["code"]) == (2, "cannot-take")
    assert (unnamed.code, unnamed.json["problems"][0]["code"]) == (2, "no-conflict")
    assert (settled.code, settled.json["settled"]) == (0, ["hours"])
    assert notion.row("split")["properties"]["Hours"]["number"] == 2
    assert learner.run("conflicts").code == 0
    assert learner.run("sync", "--json").json["writes"] == 0


def test_an_open_conflict_stands_on_the_dashboard_until_it_is_settled(learner, clash):
    """What the last sync left open is counted beside what is not synced, and gone once it is settled."""
    learner.run("sync", "--yes")
    opened = learner.run()
    learner.run("resolve", "knn", "goal", "--take", "file")
    settled = learner.run("--json").json

    assert opened.out.endswith(
        "\nNothing changed here since the last sync\n1 conflict to resolve: tracker conflicts\n"
    )
    assert (settled["conflicts"], settled["unsynced"]["count"]) == (0, 0)


def test_resolve_steps_through_all_conflicts(learner, clash, monkeypatch):
    """Without a skill each conflict is asked for in turn, counted over all skills."""
    assert learner.run("sync").code == 1
    learner.replace("name: Train/test split", "name: Split in the file")
    clash.edit("split", Skill={"title": [{"text": {"content": "Split in Notion"}}]})
    with monkeypatch.context() as patched:
        at_a_terminal(patched, "f\nn\n")
        ended = learner.run("resolve")

    assert "conflict 1 of 2" in ended.out
    assert "conflict 2 of 2" in ended.out
    assert "[f]ile, [w]orkspace, [b]efore, [e]dit, [s]kip" in " ".join(ended.err.split())
    assert learner.run("conflicts").code == 0
    assert learner.run("resolve").out.startswith("no conflicts")


@pytest.mark.parametrize("words", [(), ("--take", "local")])
def test_resolve_without_a_skill_or_a_terminal_names_the_list(learner, clash, words):
    """Where nobody can be asked, the list with its commands is named, and nothing is written."""
    ended = learner.run("resolve", *words, "--json")

    (problem,) = ended.json["problems"]
    assert (ended.code, problem["code"]) == (2, "needs-skill")
    assert problem["next"].startswith("tracker conflicts")
    assert clash.text("knn", "Goal") == "from Notion"
