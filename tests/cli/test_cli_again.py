"""Promises of advice that repeats a command: it says again what was asked for, and nothing else."""

from __future__ import annotations

import shlex

import pytest

from tracker.wiring import open_workspace


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
        pytest.param(("doctor", "--mend"), "tracker doctor --mend --yes", id="doctor"),
        pytest.param(("undo",), "tracker undo --yes", id="undo"),
        pytest.param(
            ("resolve", "k nearest neighbours", "goal"),
            "tracker resolve 'k nearest neighbours' goal --take local|workspace|base|VALUE",
            id="resolve",
        ),
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
