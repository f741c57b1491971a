"""Completion variables that another program set, or that were left exported."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="no words"),
        pytest.param({"COMP_WORDS": "tracker", "COMP_CWORD": "x"}, id="a place that is none"),
        pytest.param({"COMP_WORDS": "tracker m", "COMP_CWORD": "9" * 5000}, id="a huge place"),
    ],
)
@pytest.mark.parametrize("words", [("check",), ("check", "--json"), ()], ids=" ".join)
def test_a_completion_that_nobody_can_answer(learner, monkeypatch, environ, words):
    """It is a mistake of usage, with the variable named; never a bug."""
    monkeypatch.setenv("_TRACKER_COMPLETE", "complete_bash")
    for name in ("COMP_WORDS", "COMP_CWORD"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    ended = learner.run(*words)

    assert ended.code == 2
    assert "unset _TRACKER_COMPLETE" in ended.out + ended.err
    assert ("--json" in words) == bool(ended.out)
    assert not list(learner.folder.rglob("crash-*"))


def test_what_cannot_name_a_roadmap_is_not_completed(learner, monkeypatch):
    """A file name that a shell might understand differently is not put on a command line."""
    (learner.folder / "roadmaps" / "$(reboot).yaml").write_text("", encoding="utf-8")
    monkeypatch.setenv("_TRACKER_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "tracker report ")
    monkeypatch.setenv("COMP_CWORD", "2")
    monkeypatch.chdir(learner.folder)

    assert learner.run().out.split() == ["small"]
