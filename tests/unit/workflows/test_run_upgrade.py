"""An upgrade is carried out so that nothing is lost, whenever it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from editions import MemoryFolder, load

from tracker.errors import Problem, RoadmapError
from tracker.workflows.library import plan_upgrades, run_upgrade

OLD = """\
title: Path
edition: "1"
sections:
  - title: First
    skills:
      - {id: split, name: Split}
      - id: bayes   # dear to me
        name: Bayes
"""
NEW = """\
title: Path
edition: "2"
sections:
  - title: First
    skills:
      - {id: split, name: Split}
"""


class FullFolder(MemoryFolder):
    """A folder in which no more can be put aside."""

    def save_removed(self, name, texts):
        raise RoadmapError(Problem("disk", "no space left"))


def plan(paper):
    """Plan to take out the skill that the edition dropped."""
    return plan_upgrades(paper.library, (), ["path/bayes"])


def test_what_goes_is_put_aside_before_it_goes():
    """When the text of a removed skill cannot be kept, the copy keeps it."""
    paper = FullFolder(OLD, NEW, load(OLD))
    plans = plan(paper)

    with pytest.raises(RoadmapError):
        run_upgrade(paper.library, plans)

    assert paper.copy == OLD


def test_what_goes_is_told_with_its_comments():
    """The text of a removed skill is what stood in the file."""
    paper = MemoryFolder(OLD, NEW, load(OLD))

    result = run_upgrade(paper.library, plan(paper))

    assert "bayes" not in paper.copy
    assert "- id: bayes   # dear to me" in result.removed["path"]["bayes"]
    assert result.kept == ("removed.txt",)


class StrictRehearsal:
    """Tries edits as another rehearsal does, and finds every text broken."""

    def __init__(self, inner):
        self.make_text = inner.make_text

    def check_text(self, *_):
        return (Problem("duplicate-id", "two skills have one id"),)


def test_an_upgrade_that_would_break_the_copy_is_refused():
    """When the result breaks a rule of roadmaps, nothing is planned, and the rule is named."""
    library = MemoryFolder(OLD, NEW, load(OLD)).library
    strict = replace(library, rehearsal=StrictRehearsal(library.rehearsal))

    with pytest.raises(RoadmapError) as refused:
        plan_upgrades(strict, ())

    assert [each.code for each in refused.value.problems] == ["upgrade-would-break", "duplicate-id"]
