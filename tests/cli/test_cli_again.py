"""Promises of advice that repeats a command: it says again what was asked for, and nothing else."""

from __future__ import annotations

import shlex

import pytest

from tracker.errors import Problem, RefusedError
from tracker.wiring import open_workspace

pytestmark = pytest.mark.slow


def next_of(ended):
    """Return the command that the first problem of an answer advises."""
    return ended.json["problems"][0]["next"]


@pytest.fixture
def synced(learner):
    """Give a folder with two runs: the first sync, and one edit."""
    learner.run("sync")
    learner.replace("hours: 2", "hours: 3")
    learner.run("sync")
    return learner


def test_the_advice_of_undo_names_the_same_run(synced):
    """Without a terminal undo names its own run, and what it advises takes back just that run."""
    older = synced.run("log", "--json").json["runs"][1]["run"]
    end = older.rpartition("-")[2]

    ended = synced.run("undo", end, "--json")

    assert ended.code == 2
    assert next_of(ended) == f"tracker undo {end} --yes"
    taken = synced.run(*shlex.split(next_of(ended))[1:], "--json")
    assert taken.json["undoes"] == older


@pytest.mark.parametrize("flags", [(), ("--yes",), ("--dry-run",)], ids=" ".join)
def test_an_unknown_run_is_said_to_be_none(synced, flags):
    """A run that is not there is named as such, whether or not somebody could be asked."""
    ended = synced.run("undo", "zz", *flags)

    assert ended.code == 2
    assert ended.err.startswith("error: no run zz\n")
    assert ended.err.endswith("  next  tracker log\n")


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        pytest.param(("forget", "small"), "tracker forget small --yes", id="forget"),
        pytest.param(("doctor", "--fix"), "tracker doctor --fix --yes", id="doctor"),
        pytest.param(("undo",), "tracker undo --yes", id="undo"),
    ],
)
def test_arguments_and_options_are_kept(synced, words, advice):
    """What needs an answer repeats the whole command, quoted for a shell."""
    for given in (words, ("-v", *words), (*words, "-v")):
        assert next_of(synced.run(*given, "--json")) == advice


def trash_all(learner):
    """Move every row to the trash."""
    with open_workspace(learner.folder) as client:
        search = {"filter": {"property": "object", "value": "data_source"}}
        (source,) = client.send("POST", "/v1/search", search)["results"]
        listed = client.send("POST", f"/v1/data_sources/{source['id']}/query", {})["results"]
        for row in listed:
            client.send("PATCH", f"/v1/pages/{row['id']}", {"in_trash": True})


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (("sync",), ""),
        (("sync", "small", "--prefer", "local", "--yes"), " small --yes --prefer local"),
        (("sync", "small", "--dry-run", "--allow-deletes", "1"), " small"),
        (("plan", "small", "--out", "plan.json"), " small"),
    ],
    ids=str,
)
def test_a_refusal_repeats_the_sync(learner, words, kept):
    """The way past a guard keeps the roadmaps and options of the command that was refused."""
    learner.run("sync")
    trash_all(learner)

    ended = learner.run(*words, "--json")

    advice = ended.json["refusals"][0]["next"].partition("    ")[0]
    assert advice == f"tracker sync{kept} --allow-deletes 3"
    assert learner.run(*shlex.split(advice)[1:], "--yes", "--json").json["counts"]["deleted"] == 3


def test_a_stale_plan_is_made_anew_with_the_same_words(synced):
    """What a saved plan was made for is what the advice plans again, and into the same file."""
    synced.replace("hours: 3", "hours: 4")
    assert synced.run("plan", "small", "--prefer", "local", "--out", "my plan.json").code == 0
    synced.replace("hours: 4", "hours: 5")

    ended = synced.run("apply", "my plan.json", "--json")

    assert next_of(ended) == (
        "tracker plan small --prefer local --output 'my plan.json'    # look at it, "
        "then tracker apply 'my plan.json'"
    )
    plan, _, apply = next_of(ended).partition("    # look at it, then ")
    assert [synced.run(*shlex.split(each)[1:]).code for each in (plan, apply)] == [0, 0]


@pytest.mark.parametrize("words", [("sync", "small", "--yes"), ("undo",)], ids=" ".join)
def test_a_question_that_was_left_open_too_long_is_asked_anew(synced, monkeypatch, words):
    """When the world changed while a question stood open, the advice is the same command."""
    problem = Problem("plan-stale", "it no longer fits", next="tracker plan --output FILE")

    def fail(*_args, **_options):
        raise RefusedError(problem)

    for workflow in ("syncing.run_sync", "history.run_undo"):
        monkeypatch.setattr(f"tracker.cli.commands.{workflow}", fail)

    told = synced.run(*words, "--yes", "--json")

    expected = " ".join(dict.fromkeys([*words, "--yes"]))
    assert next_of(told) == f"tracker {expected}"


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (
            ("import", "odd name.xyz", "--name", "got"),
            "tracker import 'odd name.xyz' --name got --format markdown    # or csv, roadmap-sh",
        ),
        (
            ("import", "empty.md", "--format", "csv"),
            "tracker import empty.md --format markdown    # or csv, roadmap-sh",
        ),
        (
            ("report", "small", "--format", "html", "--out", "no/such/folder.html"),
            "tracker report small --format html --output FILE, with a file that can be written",
        ),
        (
            ("init", "--notion", "no page", "--roadmap", "ds-path", "--yes"),
            "in Notion: Share, Copy link; then tracker init --roadmap ds-path --yes --notion LINK",
        ),
        (
            ("report", "small", "--out", "x.pdf"),
            "tracker report small --output x.pdf --format html    # or markdown, json, text, badge",
        ),
    ],
    ids=str,
)
def test_what_was_given_is_not_lost(learner, words, advice):
    """The advice of a command that could not work holds the file and options that it was given."""
    for name in ("odd name.xyz", "empty.md"):
        (learner.folder / name).write_text("Skill\n", encoding="utf-8")

    ended = learner.run(*words, "--json")

    assert ended.code != 0
    assert next_of(ended) == advice
