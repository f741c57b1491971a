"""Promises of init, check, report, next, show and mark."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from tracker.adapters.roadmap_files.save import RoadmapSaver
from tracker.errors import Problem

pytestmark = pytest.mark.slow


def test_init_makes_a_folder_once(nowhere):
    """A new folder has settings and the chosen roadmap; running it again changes nothing."""
    first = nowhere.run("init", "--roadmap", "ds-path", "--json")
    second = nowhere.run("init", "--roadmap", "ds-path", "--json")

    assert (first.code, second.code) == (0, 0)
    assert {"tracker.yaml", "roadmaps/ds-path.yaml"} <= set(first.json["files"])
    assert second.json["files"] == []


def test_init_without_a_terminal_asks_nothing(nowhere):
    """Without a terminal no roadmap is chosen, and nothing waits for an answer."""
    ended = nowhere.run("init")

    assert ended.code == 0
    assert not list((nowhere.folder / "roadmaps").glob("*"))


def test_init_asks_on_a_terminal(nowhere, monkeypatch):
    """On a terminal bundled roadmaps are chosen by number or name."""
    monkeypatch.setattr("tracker.cli.screen._is_terminal", lambda _file: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("ds-path\n"))

    ended = nowhere.run("init")

    assert "which roadmaps?" in ended.err
    assert (nowhere.folder / "roadmaps" / "ds-path.yaml").exists()


def test_init_refuses_an_unknown_roadmap(nowhere):
    """An unknown bundled roadmap is a usage error, and nothing is made."""
    ended = nowhere.run("init", "--roadmap", "no-such")

    assert ended.code == 2
    assert not nowhere.folder.exists() or not list(nowhere.folder.iterdir())


def test_init_follows_a_track(nowhere):
    """The roadmap of the track comes in, and what is next and the report keep to it."""
    nowhere.run("init", "--track", "Data analyst")
    report = nowhere.run("report", "--json").json
    shown = nowhere.run("next", "--limit", "300", "--json").json["next"]
    everything = nowhere.run("next", "--limit", "300", "--all", "--json").json["next"]
    on_track = nowhere.run("list", "--track", "analyst", "--json").json["skills"]

    assert report["track"]["id"] == "analyst"
    assert report["track"]["skills"] == len(on_track)
    assert {it["id"] for it in shown} < {it["id"] for it in on_track}
    assert len(shown) < len(everything)
    assert "Track   Data analyst: " in nowhere.run().out
    assert nowhere.run("next").out.endswith("everything: tracker next --all\n")
    assert "--all" not in nowhere.run("next", "--all").out


def test_init_changes_the_track_and_nothing_else(nowhere):
    """In a folder that is there, the track is one line of the settings, and roadmaps stay."""
    nowhere.run("init", "--roadmap", "ml-roadmap-2020")
    settings = nowhere.folder / "tracker.yaml"
    before = settings.read_text(encoding="utf-8")

    first = nowhere.run("init", "--track", "analyst", "--json")
    second = nowhere.run("init", "--track", "research", "--json")

    assert (first.json["files"], second.json["files"]) == (["roadmaps/ds-path.yaml"], [])
    added = settings.read_text(encoding="utf-8").splitlines()
    assert [line for line in added if line not in before.splitlines()] == ["track: research"]
    assert len(added) == len(before.splitlines()) + 1


def test_init_refuses_a_track_that_nobody_knows(nowhere):
    """An unknown track is answered with those there are, and nothing is made."""
    ended = nowhere.run("init", "--track", "astronaut")

    assert ended.code == 2
    assert "bundled are: analyst, data-scientist" in ended.err
    assert not nowhere.folder.exists() or not list(nowhere.folder.iterdir())


def test_a_track_of_the_settings_that_is_gone_keeps_nothing_back(learner):
    """A track that no roadmap has is a warning, once, wherever it would be followed."""
    expected = learner.run("next").out
    (learner.folder / "tracker.yaml").write_text("track: astronaut\n", encoding="utf-8")

    for words in (["next"], ["report"], []):
        ended = learner.run(*words)
        assert (ended.code, ended.err.count('no roadmap here has the track "astronaut"')) == (0, 1)
    assert learner.run("next").out == expected


def test_check_of_a_good_folder(learner):
    """A folder without problems is one line and exit code 0."""
    ended = learner.run("check")

    assert ended.code == 0
    assert ended.out == "ok: 1 roadmap and 3 skills read, no problems\n"


def test_check_names_every_problem_with_its_place(learner):
    """All problems of a file are told, each beginning with file, line and column."""
    learner.replace("hours: 2", "hours: -2")
    learner.replace("requires: [split]", "requires: [nothing]")

    ended = learner.run("check")

    places = [line for line in ended.out.splitlines() if line.startswith("roadmaps/small.yaml:")]
    assert ended.code == 1
    assert len(places) == 2
    assert places[0].startswith("roadmaps/small.yaml:7:")
    assert "2 errors" in ended.out


def test_check_as_json(learner):
    """The problems of a check are objects with path, line and column."""
    learner.replace("hours: 2", "hours: -2")

    ended = learner.run("check", "--json")

    (problem,) = ended.json["problems"]
    assert (ended.code, ended.json["ok"]) == (1, False)
    assert (problem["path"], problem["line"]) == ("roadmaps/small.yaml", 7)


def test_a_broken_roadmap_stops_a_report(learner):
    """A report on a broken roadmap exits with 3 and names the place."""
    learner.replace("title: Small path", "title: [")

    ended = learner.run("report")

    assert (ended.code, ended.out) == (3, "")
    assert "roadmaps/small.yaml" in ended.err


def test_a_report_of_one_roadmap_does_not_mind_another(learner):
    """A broken roadmap that was not asked for does not stop a report on another."""
    (learner.folder / "roadmaps" / "broken.yaml").write_text("title: [", encoding="utf-8")

    assert learner.run("report", "small").code == 0


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        pytest.param("text", "Small path (small)\n", id="text"),
        pytest.param("json", '{"schema": 1, "command": "report", "ok": true', id="JSON"),
        pytest.param("markdown", "# Progress on ", id="markdown"),
        pytest.param("html", "<!doctype html>\n", id="HTML"),
    ],
)
def test_reports_in_every_format(learner, form, begins):
    """A report is printed as text, JSON, markdown or HTML, on stdout alone."""
    ended = learner.run("report", "--format", form)

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(begins)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        pytest.param("report.html", "<!doctype html>", id="HTML"),
        pytest.param("REPORT.MD", "# Progress on ", id="markdown"),
        pytest.param("report.json", '{"schema": 1, "command": "report"', id="JSON"),
        pytest.param("report.svg", '<svg xmlns="http://www.w3.org/2000/svg"', id="a badge"),
        pytest.param("report", "Small path (small)", id="text without an ending"),
    ],
)
def test_a_file_is_what_its_name_says(learner, name, begins):
    """Without a format, the ending of the file chooses it."""
    target = learner.folder / name

    ended = learner.run("report", "--out", str(target))

    assert (ended.code, ended.out) == (0, "")
    assert target.read_text(encoding="utf-8").startswith(begins)


def test_a_report_in_a_file_and_as_an_answer(learner):
    """With --json the file is written as it was asked for, and the answer names it."""
    target = learner.folder / "report.html"

    ended = learner.run("report", "--out", str(target), "--json")

    assert (ended.code, ended.err) == (0, "")
    assert ended.json["out"] == str(target)
    assert ended.json["total"]["skills"] == 3
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_a_report_in_a_file(learner, form):
    """A report can be written into a file, as UTF-8."""
    target = learner.folder / "report.out"

    ended = learner.run("report", "--format", form, "--out", str(target))

    assert (ended.code, ended.out) == (0, "")
    assert "Small path" in target.read_text(encoding="utf-8")


def test_a_page_is_opened_in_the_browser(learner, monkeypatch):
    """`--open` makes a page, in the file that is named or in one of its own; a badge can be seen, too."""
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)

    for words in ((), ("-o", "my page.html"), ("--format", "badge", "--json")):
        assert learner.run("report", "--open", *words).code == 0

    pages = [Path(url2pathname(urlsplit(url).path)) for url in opened]
    assert pages[1] == learner.folder / "my page.html"
    assert [page.read_text(encoding="utf-8")[:5] for page in pages] == ["<!doc", "<!doc", "<svg "]
    for page in (pages[0], pages[2]):
        shutil.rmtree(page.parent)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--format", "text"), "not-shown"),
        (("-o", "x.md"), "not-shown"),
        (("-o", "x.pdf"), "unknown-ending"),
        (("--format", "pdf"), "usage"),
    ],
    ids=" ".join,
)
def test_what_no_browser_shows_is_refused(learner, monkeypatch, words, code):
    """Only a page and a badge can be opened; nothing is written for another format."""
    monkeypatch.setattr("webbrowser.open", lambda _: pytest.fail("it was opened"))
    before = sorted(learner.folder.iterdir())

    ended = learner.run("report", "--open", *words, "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) == (2, code)
    assert sorted(learner.folder.iterdir()) == before


def test_without_a_browser_the_page_is_there(learner, monkeypatch):
    """A page that could not be opened is written all the same, and the exit code tells."""
    monkeypatch.setattr("webbrowser.open", lambda _: False)

    ended = learner.run("report", "--open", "--output", "page.html")

    assert ended.code == 1
    assert "no browser could be started here" in ended.err
    assert (learner.folder / "page.html").exists()


@pytest.mark.parametrize("command", ["report", "export", "schema", "plan"])
def test_the_file_to_write_has_one_name_in_the_help(learner, command):
    """`--output` and `-o` are told; `--out`, the former name, works but is not."""
    told = learner.run(command, "--help").out

    assert "-o, --output FILE" in told
    assert "--out " not in told


def test_next_lists_what_can_be_started(learner):
    """What comes next can be started, as it stands in the file."""
    ended = learner.run("next", "--json")

    assert [each["id"] for each in ended.json["next"]] == ["split", "trees"]
    assert "○ split  Train/test split  2 h · unlocks 1" in learner.run("next").out


def test_next_lists_what_was_asked_for(learner):
    """Sections, hours and the limit choose what is listed; what matches nothing is said so."""
    learner.run("mark", "trees", "doing")

    ended = learner.run("next", "--limit", "1", "--json")
    brief = learner.run("next", "--hours", "1.5")

    assert [each["id"] for each in ended.json["next"]] == ["split"]
    assert [(each["id"], each["age_days"]) for each in ended.json["in_progress"]] == [("trees", 0)]
    assert (brief.code, brief.out) == (0, "nothing that matches is in progress or can be started\n")


def test_a_value_that_no_skill_has_is_a_mistake_of_usage(learner):
    """An unknown level, section or track is answered with those that there are."""
    ended = learner.run("next", "--level", "entri", "--section", "xyz", "--json")

    assert ended.code == 2
    assert {each["code"] for each in ended.json["problems"]} == {"unknown-value"}
    assert [each["what"] for each in ended.json["problems"]] == [
        'no skill has the section "xyz"',
        'no skill has the level "entri"',
    ]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("target: soon", "target must be a date, such as 2027-06-30"),
        ("target: 2027-06-31", "cannot read tracker.yaml"),
        ("hours_per_week: 0", "hours_per_week must be greater than 0"),
        ("hours_per_week: many", "hours_per_week must be a number"),
        ("hours_per_week: .nan", "hours_per_week must be"),
        ("hours_a_week: 8", "hours_a_week is no setting"),
        ("track: [analyst]", "track must be text"),
    ],
)
def test_a_target_that_is_none_is_told(learner, line, what):
    """A wrong target or number of hours is a mistake in the settings, told with what it has to be."""
    settings = learner.folder / "tracker.yaml"
    settings.write_text(f"{line}\n", encoding="utf-8")

    ended = learner.run("report")

    assert ended.code == 4
    assert what in ended.err


def test_a_target_stands_in_the_report(learner):
    """The settings say when the learner wants to be done, and the report what that asks for."""
    settings = learner.folder / "tracker.yaml"
    settings.write_text("target: 2120-01-01\nhours_per_week: 8\n", encoding="utf-8")

    target = learner.run("report", "--json").json["target"]

    assert (target["day"], target["hours_per_week"], target["chance"]) == (
        "2120-01-01",
        8,
        "unknown",
    )
    assert target["skills_asked"] < 0.01


def test_show_tells_all_about_a_skill(learner):
    """A skill is shown with its place, prerequisites and links."""
    ended = learner.run("show", "nearest")

    assert ended.code == 0
    assert "small/knn" in ended.out
    assert "roadmaps/small.yaml:8" in ended.out
    assert "Train/test split" in ended.out
    assert "https://example.org/knn" in ended.out


def test_show_as_json(learner):
    """A skill as JSON has its own keys, and its neighbours with their status."""
    skill = learner.run("show", "split", "--json").json["skill"]

    assert (skill["roadmap"], skill["line"], skill["hours"]) == ("small", 5, 2)
    assert skill["unlocks"] == [{"id": "knn", "name": "k nearest neighbours", "status": "todo"}]


def test_an_ambiguous_name_lists_the_candidates(learner):
    """A part of a name that fits several skills exits with 2 and names them."""
    ended = learner.run("show", "e")

    assert ended.code == 2
    assert "small/knn" in ended.err
    assert "small/trees" in ended.err
    assert "use the full id, for example small/" in ended.err


def test_mark_changes_a_line_and_says_so(learner):
    """Marking tells what became of the skill and its section, with -v the changed lines, no other."""
    before = learner.roadmap.read_text(encoding="utf-8")

    ended = learner.run("mark", "decision", "doing")
    again = learner.run("mark", "decision", "done", "-v")

    after = learner.roadmap.read_text(encoding="utf-8")
    assert ended.code == 0
    assert ended.out == f"◐ Decision trees  started today\n  Later  {'░' * 40}  0 %  0/1\n"
    assert again.out.splitlines()[:3] == [
        "✓ Decision trees  done today",
        f"  Later  {'█' * 40}  100 %  1/1",
        "  reached   section complete: Later",
    ]
    assert "+        status: done" in again.out
    assert [line for line in after.splitlines() if line in before.splitlines()] == (
        before.splitlines()
    )


def test_start_and_done_say_what_they_unlock(learner):
    """`start` and `done` take several skills, and tell what can be started since."""
    started = learner.run("start", "split", "trees", "--json")
    done = learner.run("done", "split")
    told = learner.run("done", "split", "knn", "trees", "--json")

    assert [each["after"] for each in started.json["skills"]] == ["doing", "doing"]
    assert done.out.splitlines() == [
        "✓ Train/test split  done today",
        f"  First models  {'█' * 20}{'░' * 20}  50 %  1/2  2/2 h",
        "  unlocked  k nearest neighbours",
    ]
    assert (told.code, told.json["roadmaps_completed"]) == (0, ["small"])
    assert [each["changed"] for each in told.json["skills"]] == [False, True, True]
    assert [(each["title"], each["completed"]) for each in told.json["sections"]] == [
        ("First models", True),
        ("Later", True),
    ]


def test_a_search_finds_skills_by_any_of_their_words(learner):
    """`list` finds parts of names, ids, tags and goals, and answers with the skills as objects."""
    learner.replace(
        "name: Decision trees", "name: Decision trees\n        goal: Can regularise one."
    )

    found = learner.run("list", "REGULARIZE", "--json")
    shown = learner.run("list", "k-nearest")

    (skill,) = found.json["skills"]
    keys = ("id", "name", "roadmap", "section", "status", "level", "hours")
    assert [skill[key] for key in keys] == [
        *("trees", "Decision trees", "small", "Later", "todo", None, None)
    ]
    assert shown.out == ("First models  0/2\n  ○ knn  k nearest neighbours\n\n1 skill: 1 to do\n")


def test_what_is_done_is_counted_unless_it_is_asked_for(learner):
    """The list of everything counts what is done or skipped; a search, a filter or --all names it."""
    learner.run("done", "split")
    learner.run("mark", "trees", "skipped")

    folded = learner.run("list").out
    named = [learner.run(*words).out for words in (("list", "--all"), ("list", "t"))]
    everything = learner.run("list", "--json").json["skills"]

    assert "Train/test split" not in folded
    assert "  ✓ 1 done\n" in folded
    assert "  – 1 skipped\n" in folded
    assert folded.endswith("\n3 skills: 1 done · 1 to do · 1 skipped\n")
    for shown in named:
        assert "✓ split  Train/test split" in shown
        assert "– trees  Decision trees" in shown
    assert len(everything) == 3


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--ready",), ["split", "trees"]),
        (("--status", "todo", "--section", "first"), ["split", "knn"]),
        (("tree", "--section", "first"), []),
    ],
    ids=str,
)
def test_a_list_takes_filters(learner, words, found):
    """Filters are combined, and a list without a skill is an answer."""
    ended = learner.run("list", *words, "--json")

    assert (ended.code, [each["id"] for each in ended.json["skills"]]) == (0, found)


def test_a_search_without_a_find_names_the_nearest(learner):
    """A misspelt search is answered with what is spelled much like it."""
    assert learner.run("list", "decison trees").out == (
        'no skill matches "decison trees"; nearest: Decision trees\n'
    )


def test_a_list_goes_on_beside_a_broken_file(learner):
    """A broken roadmap is told, and the skills of the others are listed."""
    learner.roadmap.with_name("broken.yaml").write_text("title: [", encoding="utf-8")

    ended = learner.run("list", "trees")

    assert (ended.code, "Decision trees" in ended.out) == (0, True)
    assert "broken and left out of the search: broken" in ended.err


@pytest.mark.parametrize("words", [("next",), ("list",), ("report",)], ids=str)
def test_without_a_skill_there_is_a_way_on(learner, words):
    """A folder without a roadmap is an error, an empty roadmap is none; both say how to go on."""
    learner.roadmap.write_text("title: Empty\nsections: []\n", encoding="utf-8")
    empty = learner.run(*words)
    learner.roadmap.unlink()
    missing = learner.run(*words)

    assert (empty.code, missing.code, missing.out) == (0, 3, "")
    assert words == ("report",) or "tracker add NAME brings a roadmap in" in empty.out
    assert "tracker add" in missing.err or "tracker init" in missing.err


def test_a_report_looks_back(learner):
    """`--since` lists what was completed and started from a day on."""
    learner.run("done", "split")
    learner.run("start", "trees")

    shown = learner.run("report", "--since", "1W").out
    since = learner.run("report", "--since", "7d", "--json").json["since"]
    nothing = learner.run("report", "--since", "2999-01-01", "--json").json["since"]
    markdown = learner.run("report", "--since", "7d", "--format", "markdown").out

    assert ": 1 skill done, 2 h, 1 started\n" in shown
    assert [each["id"] for each in since["completed"] + since["started"]] == ["split", "trees"]
    assert (since["skills"], since["hours"], nothing["skills"]) == (1, 2, 0)
    assert "- **Train/test split** (" in markdown


@pytest.mark.parametrize("when", ["soon", "7", "d", "-7d", "2026-13-01", "99999y", "\u0667d"])
def test_a_time_that_is_none_is_refused(learner, when):
    """What is neither a time nor a date is a mistake of usage."""
    ended = learner.run("report", f"--since={when}", "--json")

    assert (ended.code, ended.json["problems"][0]["code"]) == (2, "bad-since")


def test_a_link_of_a_skill_is_opened(learner, monkeypatch):
    """`open --link` opens a link by its number, needs no sync, and refuses what is no web address."""
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)

    ended = learner.run("open", "knn", "--link", "1", "--json")
    refused = [
        learner.run("open", *words, "--json")
        for words in (("knn", "--link", "2"), ("trees", "--link", "1"), ("--link", "1"))
    ]

    assert (ended.code, ended.json["link"], opened) == (0, 1, ["https://example.org/knn"])
    assert [each.code for each in refused] == [2, 2, 2]
    assert [each.json["problems"][0]["what"] for each in refused] == [
        '"k nearest neighbours" has 1 link',
        '"Decision trees" has no link',
        "--link needs the skill whose link it is",
    ]


def test_several_skills_are_marked_at_once(learner):
    """All skills get the status in one go, each once, and each file says what changed in it."""
    other = learner.roadmap.with_name("other.yaml")
    other.write_text("title: O\nsections: [{title: S, skills: [{id: pca, name: PCA}]}]\n")

    ended = learner.run("mark", "knn", "decision", "other/pca", "trees", "done", "--json")
    told = learner.run("mark", "knn", "split", "doing").out

    assert ended.code == 0
    assert [(each["skill"], each["changed"]) for each in ended.json["skills"]] == [
        ("knn", True),
        ("trees", True),
        ("pca", True),
    ]
    assert [each["diff"].count("+        status: done") for each in ended.json["skills"]] == [
        2,
        0,
        0,
    ]
    assert "status: done" in other.read_text()
    text = learner.roadmap.read_text()
    assert (text.count("status: doing"), text.count("status: done")) == (2, 1)
    assert "◐ k nearest neighbours  started today\n◐ Train/test split  started today\n" in told


def test_one_unknown_skill_keeps_all_from_being_marked(learner):
    """Every name that means no skill, or several, is told, and nothing is written."""
    before = learner.roadmap.read_bytes()

    ended = learner.run("mark", "knn", "nope", "t", "trees", "done", "--json")
    told = learner.run("mark", "knn", "nope", "done").err

    assert ended.code == 2
    assert [each["code"] for each in ended.json["problems"]] == ["unknown-skill", "ambiguous-skill"]
    assert '"nope"' in told
    assert "  kept  nothing was written" in told
    assert learner.roadmap.read_bytes() == before


def test_an_edit_that_cannot_be_made_keeps_all_files_as_they_are(learner, monkeypatch):
    """When one of several files cannot be edited safely, none is."""
    other = learner.roadmap.with_name("other.yaml")
    other.write_text("title: O\nsections: [{title: S, skills: [{id: pca, name: PCA}]}]\n")
    before = learner.roadmap.read_bytes(), other.read_bytes()
    problem = Problem("unsafe-edit", "this cannot be edited")
    monkeypatch.setattr(
        RoadmapSaver,
        "check_edits",
        lambda self, name, digest, edits: problem if name == "other" else None,
    )

    ended = learner.run("mark", "knn", "pca", "done", "--json")

    assert (ended.code, ended.json["error"]) == (3, "this cannot be edited")
    assert (learner.roadmap.read_bytes(), other.read_bytes()) == before


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "missing argument 'SKILL'"),
        (("knn",), "missing argument 'STATUS'"),
        (("knn", "svm", "ready"), '"ready" is not a status'),
        (("knn", "ready"), '"ready" is not a status'),
    ],
    ids=str,
)
def test_what_mark_lacks_is_said(learner, words, what):
    """A missing skill or status, and a word that is none, are told with the statuses."""
    ended = learner.run("mark", *words, "--json")

    (problem,) = ended.json["problems"]
    assert (ended.code, problem["what"]) == (2, what)
    assert problem["why"] == "a status is one of todo, doing, done, skipped"


def test_mark_twice_changes_nothing(learner):
    """A status that is there already is not written again."""
    learner.run("mark", "trees", "done")

    ended = learner.run("mark", "trees", "done", "--json")

    assert (ended.code, ended.json["changed"]) == (0, False)


def test_hostile_names_reach_no_screen_raw(learner):
    """Terminal escapes in a roadmap are shown as escapes, or the file is refused."""
    learner.replace("name: Decision trees", r'name: "\e[2J\u202eevil\nerror: forged"')

    for words in (("report",), ("next",), ("check",), ("show", "trees"), ("sync",)):
        ended = learner.run(*words)
        assert "\x1b" not in ended.out + ended.err
        assert "\u202e" not in ended.out + ended.err
        assert "\nerror: forged" not in ended.out + ended.err
