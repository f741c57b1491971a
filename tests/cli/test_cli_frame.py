"""Promises of the frame: start-up, help, usage errors, JSON on every road, bugs, completion."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tracker import __version__
from tracker.cli.app import COMMANDS
from tracker.cli.boundary import MEANT, find_meant
from tracker.cli.main import main

pytestmark = pytest.mark.slow


def test_version(nowhere):
    """The version is one line on stdout."""
    ended = nowhere.run("--version")

    assert (ended.code, ended.out, ended.err) == (0, f"tracker {__version__}\n", "")


def test_help_names_every_command(nowhere):
    """The help lists every command with its summary."""
    ended = nowhere.run("--help")

    assert ended.code == 0
    assert all(f"  {name} " in ended.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_summaries_are_those_of_the_commands(nowhere, name):
    """The summary in the table is the first sentence of the command's own help."""
    ended = nowhere.run(name, "--help")

    assert "<list" not in ended.out
    assert "<str>" not in ended.out
    first = " ".join(ended.out.split("\n\n")[1].split())
    summary = COMMANDS[name][1].rstrip(".").lower()
    assert ended.code == 0
    assert first.rstrip(".").lower().split(";")[0].split(":")[0].startswith(summary.split()[0])


def test_no_argument_shows_the_help_as_usage(capsys):
    """Without a command the help goes to stderr, with the exit code of a usage error."""
    code = main([])

    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert "Learn:" in err


@pytest.mark.parametrize(
    ("words", "what", "then"),
    [
        pytest.param(("snyc",), "no such command 'snyc'", "tracker sync", id="a typo"),
        pytest.param(("sync", "--foo"), "no such option: --foo", "sync --help", id="an option"),
        pytest.param(("mark", "x"), "missing argument 'STATUS'", "mark --help", id="an argument"),
        pytest.param(("next", "-n", "many"), "invalid value", "next --help", id="a number"),
    ],
)
def test_usage_errors(nowhere, words, what, then):
    """What cannot be understood exits with 2, says what and where to look, on stderr only."""
    ended = nowhere.run(*words)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert what in ended.err
    assert then in ended.err


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("tick", "knn"), "tracker done knn"),
        (("tick", "-v", "knn", "svm", "--json", "-C", "."), "tracker done knn svm"),
        (("Done", "k nearest"), "tracker done 'k nearest'"),
        (("tick",), "tracker done SKILL"),
        (("begin", "knn"), "tracker start knn"),
        (("skip", "knn"), "tracker mark knn skipped"),
        (("skip",), "tracker mark SKILL skipped"),
        (("status",), "tracker plan"),
        (("diff", "small"), "tracker plan small"),
        (("ls",), "tracker list"),
        (("search", "decision", "trees"), "tracker list decision trees"),
        (("view", "decision", "trees"), "tracker show 'decision trees'"),
        (("ui",), "tracker open"),
        (("browse", "decision", "trees"), "tracker open 'decision trees'"),
        (("login",), "tracker connect PAGE"),
        (("remove", "small"), "tracker forget small"),
        (("rm",), "tracker forget ROADMAP"),
        (("pull", "--yes"), "tracker sync --yes"),
        (("config",), "tracker doctor"),
        (("reset",), "tracker undo"),
        (("help", "sync"), "tracker sync --help"),
        (("help",), "tracker --help"),
    ],
    ids=str,
)
def test_words_from_elsewhere_are_understood(nowhere, words, meant):
    """The usual words of other programs are told with the command that does it here."""
    ended = nowhere.run(*words)
    problem = nowhere.run(*words, "--json").json["problems"][0]

    assert ended.code == 2
    assert problem["what"] == f"unknown command '{words[0]}'; did you mean: {meant}"
    assert problem["next"] == meant


@pytest.mark.parametrize("known", MEANT)
def test_every_word_leads_to_a_command_that_is_there(nowhere, known):
    """No word from elsewhere is a command of ours, and what it leads to is one."""
    _, name, *_ = find_meant(known, []).split()

    assert known not in COMMANDS
    assert name in {*COMMANDS, "--help", "--version"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("report", "--format", "pdf"), "'pdf' is not one of 'text', 'json', 'markdown', 'html'"),
        (("sync", "--prefer", "me"), "'me' is not one of 'local', 'notion', 'workspace'"),
        (("next", "-n", "0"), "it must be greater than or equal to 1"),
        (("next", "-n", "x"), "it must be a valid integer"),
        (("serve", "--port", "99999"), "it must be less than or equal to 65535"),
    ],
    ids=str,
)
def test_a_bad_value_is_told_in_words_of_ours(nowhere, words, told):
    """What an option cannot take is told without the words of the library that found it."""
    ended = nowhere.run(*words)

    assert ended.code == 2
    assert told in ended.err
    assert "Value error" not in ended.err
    assert "Input should" not in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "nosuch"),
        ("conflicts", "nosuch"),
        ("report", "nosuch"),
        ("next", "nosuch"),
        ("show", "nosuch"),
        ("log", "nosuch"),
        ("export", "nosuch"),
        ("sync", "nosuch", "--dry-run"),
        ("undo", "nosuch", "--dry-run"),
        ("upgrade", "nosuch", "--dry-run"),
    ],
    ids=" ".join,
)
def test_what_never_writes_does_not_say_that_nothing_was_written(learner, words):
    """A command that only looks says what is wrong, and nothing of what was kept."""
    ended = learner.run(*words)

    assert ended.code != 0
    assert ended.err.startswith("error: ")
    assert "  kept" not in ended.err


def test_what_can_write_says_that_it_did_not(learner):
    """A command that writes says so when it did not."""
    assert "  kept  nothing was written" in learner.run("sync", "nosuch").err
    assert "  kept  nothing was written" in learner.run("mark", "nosuch", "done").err


@pytest.mark.parametrize(
    ("words", "ways"),
    [
        (("report", "--out", "x.pdf"), ".html, .md, .json, .txt, .svg or --format"),
        (("report", "--json", "--out", "x.docx"), ".html, .md, .json, .txt, .svg or --format"),
        (("export", "--out", "x.pdf"), ".md, .csv, .json or --format"),
        (("export", "--out", "x.html"), ".md, .csv, .json or --format"),
    ],
    ids=str,
)
def test_an_ending_that_says_nothing_is_refused(learner, words, ways):
    """A file whose ending names no format is not written; the ways to name one are."""
    ended = learner.run(*words)
    what = ended.json["error"] if "--json" in words else ended.err.splitlines()[0][7:]

    assert ended.code == 2
    assert what == f"cannot tell the format from .{words[-1][2:]}; use {ways}"
    assert not (learner.folder / words[-1]).exists()
    assert learner.run(*words, "--format", "json").code == 0
    assert (learner.folder / words[-1]).read_text(encoding="utf-8").startswith("{")


def test_endings_that_say_something_are_heeded(learner):
    """In any case of letters an ending says what is written; without one it is the usual format."""
    beginnings = {
        "r.svg": "<svg ",
        "r.HTML": "<!doctype html>",
        "r.md": "# ",
        "r.txt": "Small path",
        "r": "Small path",
    }
    for name, beginning in beginnings.items():
        assert learner.run("report", "--out", name).code == 0
        assert (learner.folder / name).read_text(encoding="utf-8").startswith(beginning)


@pytest.mark.parametrize(
    ("words", "code", "command"),
    [
        pytest.param(("snyc", "--json"), 2, "", id="an unknown command"),
        pytest.param(("sync", "--foo", "--json"), 2, "sync", id="an unknown option"),
        pytest.param(("report", "--json"), 4, "report", id="no folder"),
        pytest.param(("sync", "--json"), 4, "sync", id="no folder to sync"),
    ],
)
def test_errors_are_json_when_asked_for(nowhere, words, code, command):
    """With --json an error is one object on stdout, and nothing is on stderr."""
    ended = nowhere.run(*words)

    assert ended.err == ""
    assert ended.json["schema"] == 1
    assert (ended.json["ok"], ended.json["exit_code"]) == (False, code)
    assert (ended.code, ended.json["command"]) == (code, command)
    assert ended.json["error"] == ended.json["problems"][0]["what"]


def test_an_empty_folder_is_told_how_to_get_a_roadmap(nowhere):
    """What `init` names as next works in the folder that it made."""
    made = nowhere.run("init", "--yes")
    again = nowhere.run("report")

    assert "next         tracker roadmaps    # then tracker add NAME" in made.out
    assert "tracker roadmaps" in again.err
    assert nowhere.run("add", "ds-path").code == 0
    assert "next         tracker check    # then tracker sync" in nowhere.run("init", "--yes").out


def test_files_are_named_as_seen_from_the_folder_of_the_command(learner, tmp_path, monkeypatch):
    """With -C, every file that a command writes or reads lies where the command works."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (learner.folder / "sent.yaml").write_text("title: Sent\n", encoding="utf-8")

    for words in (
        ("report", "--out", "report.md"),
        ("export", "--out", "list.md"),
        ("schema", "--out", "schema.json"),
        ("plan", "--out", "my plan.json"),
        ("apply", "my plan.json"),
        ("import", "list.md", "--name", "again"),
        ("add", "sent.yaml"),
    ):
        ended = learner.run(*words)
        assert ended.code == 0, ended.err

    assert list(elsewhere.iterdir()) == []
    assert (learner.folder / "roadmaps" / "again.yaml").exists()


def test_a_saved_plan_names_the_command_that_applies_it(learner):
    """The command to paste is one argument long, whatever the file is called."""
    ended = learner.run("plan", "--out", "my plan.json")

    assert ended.err == "saved: tracker apply 'my plan.json'\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_the_root_stand_before_or_behind_every_command(nowhere, tmp_path, name):
    """-C, -v, --json and --help are taken on both sides of a command's name."""
    there = str(tmp_path)
    helped = nowhere.run(name, "--help")

    assert nowhere.run("--help", name).out == nowhere.run("-h", name).out == helped.out
    assert all(f"  {option}" in helped.out for option in ("-C DIR", "-v, --verbose", "--json"))
    for words in (
        ("-v", "-C", there, "--json", name, "--nope"),
        (name, "--json", "--verbose", "-C", there, "--nope"),
        ("--json", name, "-vC", there, "--nope"),
    ):
        ended = nowhere.run(*words)
        assert (ended.code, ended.json["error"][:22]) == (2, "no such option: --nope")


def test_the_folder_and_the_verbosity_are_heeded_behind_the_command(learner, capsys, monkeypatch):
    """`log -v -C DIR` is `-C DIR -v log`; the last folder counts."""
    monkeypatch.chdir(learner.folder.parent)
    learner.run("sync")
    told = []
    for words in (
        ("-C", str(learner.folder), "-v", "log"),
        ("log", "-v", "-C", str(learner.folder)),
        ("-C", "nowhere", "log", "-vC", str(learner.folder)),
    ):
        capsys.readouterr()
        assert main(list(words)) == 0
        told.append(capsys.readouterr().out)

    assert "Decision trees" in told[0]
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("words", [("--json", "report"), ("report", "--json")], ids=" ".join)
def test_json_is_asked_for_on_both_sides_of_the_command(learner, words):
    """`tracker --json report` answers as `tracker report --json` does."""
    assert learner.run(*words).json["command"] == "report"


def test_no_folder_names_init(nowhere):
    """Outside a learner's folder every command says how to make one."""
    ended = nowhere.run("report")

    assert ended.code == 4
    assert "tracker init" in ended.err


def fail(monkeypatch, error):
    """Make the report fail in a way that nobody foresaw."""

    def broken(*_args, **_options):
        raise error

    monkeypatch.setattr("tracker.cli.commands.report.summarise", broken)


def test_a_bug_leaves_a_report_without_secrets(learner, monkeypatch):
    """An unforeseen error exits with 70 and names a report file, which holds no secret."""
    (learner.folder / ".tracker").mkdir(exist_ok=True)
    monkeypatch.setenv("NOTION_TOKEN", "my-own-token")
    fail(monkeypatch, ValueError("bad: my-own-token, Bearer ntn_abc123 \x1b[31m"))

    ended = learner.run("report")

    (report,) = (learner.folder / ".tracker").glob("crash-*.txt")
    text = report.read_text(encoding="utf-8")
    assert (ended.code, ended.out) == (70, "")
    assert report.name in ended.err.replace("\n", "")
    assert "Traceback" in text
    assert f"tracker {__version__}" in text
    for told in (text, ended.err):
        assert "my-own-token" not in told
        assert "ntn_abc123" not in told
    assert "\x1b" not in ended.err


def test_a_full_disk_is_no_bug(learner, monkeypatch):
    """Without room to write, the command ends with 2, says what to do, and leaves no report."""
    (learner.folder / ".tracker").mkdir(exist_ok=True)
    fail(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))

    ended = learner.run("report", "--json")

    (problem,) = ended.json["problems"]
    assert (ended.code, problem["code"]) == (2, "no-room")
    assert "free disk space" in problem["next"]
    assert not list((learner.folder / ".tracker").glob("crash-*.txt"))


def test_a_traceback_is_shown_on_demand_only(learner, monkeypatch):
    """A traceback is on the screen with -vv, and not without."""
    fail(monkeypatch, ValueError("bad"))

    assert "Traceback" not in learner.run("report").err
    assert "Traceback" in learner.run("-vv", "report").err


def test_advice_works_in_the_folder_that_was_named(learner, capsys, monkeypatch, tmp_path):
    """A command to be pasted repeats -C, quoted: without, it would act on another folder."""
    there = tmp_path / "my folder"
    shutil.copytree(learner.folder, there, ignore=lambda *_: ["my folder"])
    monkeypatch.chdir(tmp_path)
    named = f"tracker -C '{there}'"

    assert main(["-C", str(there), "sync", "--json"]) == 0
    capsys.readouterr()
    assert main(["-C", str(there), "undo"]) == 2
    assert f"  next  {named} undo --yes\n" in capsys.readouterr().err
    assert main(["undo", "-C", str(there), "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["next"] == f"{named} undo --yes"
    assert main(["-C", str(there), "tick", "knn"]) == 2
    assert f"  next  {named} done knn\n" in capsys.readouterr().err
    assert main(["-C", str(there), "snyc"]) == 2
    assert f"  next  {named} sync\n" in capsys.readouterr().err


def test_an_interruption_is_told_and_exits_with_130(learner, monkeypatch):
    """Ctrl-C ends with 130 and says that going on is safe."""
    fail(monkeypatch, KeyboardInterrupt())

    ended = learner.run("report")

    assert ended.code == 130
    assert ended.err.startswith("error: interrupted")


class Interrupting:
    """An import that somebody interrupts."""

    def find_spec(self, name, path=None, target=None):
        if name == "tracker.cli.app":
            raise KeyboardInterrupt


def test_an_interruption_at_the_start_shows_no_traceback(monkeypatch, capsys):
    """Ctrl-C while the libraries are loaded ends with 130 as well."""
    monkeypatch.delitem(sys.modules, "tracker.cli.app", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])

    assert main(["report"]) == 130
    assert capsys.readouterr() == ("", "error: interrupted\n")


def complete(folder, words):
    """Ask for completions as bash does."""
    ended = subprocess.run(
        [sys.executable, "-m", "tracker.cli.main"],
        cwd=folder,
        env={
            "_TRACKER_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
            "PATH": "",
            "SYSTEMROOT": r"C:\Windows",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("tracker rep", ["report"], id="commands"),
        pytest.param("tracker sync s", ["small"], id="roadmaps"),
        pytest.param("tracker show t", ["trees"], id="skills"),
        pytest.param("tracker mark knn do", ["doing", "done"], id="statuses"),
    ],
)
def test_completion(learner, words, expected):
    """The shell completes commands, roadmaps, skill ids and statuses."""
    assert complete(learner.folder, words) == expected


def test_a_closed_pipe_is_quiet(learner):
    """A reader that goes away leaves no traceback and no broken command."""
    ended = subprocess.run(
        f'"{sys.executable}" -m tracker.cli.main report | "{sys.executable}" -c ""',
        shell=True,
        cwd=learner.folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("words", ["report", "report --json", "show nobody --json", "--help"])
def test_an_answer_without_room_is_no_bug(learner, words):
    """Onto a full disk nothing can be printed: that is told on stderr, without a crash report."""
    if not Path("/dev/full").exists():
        pytest.skip("no device here is always full")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "tracker.cli.main", *words.split()],
            cwd=learner.folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert ended.returncode == 2
    assert ended.stderr.startswith("error: ")
    assert "Traceback" not in ended.stderr
    assert list(learner.folder.rglob("crash-*")) == []


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_poor_encoding_is_no_error(learner, encoding):
    """Where stdout cannot say a letter, the command still says the rest."""
    learner.replace("Decision trees", "Entscheidungsbäume 🌳")

    ended = subprocess.run(
        [sys.executable, "-m", "tracker.cli.main", "report"],
        cwd=learner.folder,
        env={"PYTHONIOENCODING": encoding, "SYSTEMROOT": r"C:\Windows"},
        capture_output=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"Small path" in ended.stdout
