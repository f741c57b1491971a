"""An upgrade is carried out so that nothing is lost, whenever it ends."""

from __future__ import annotations

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
    return plan_upgrades(paper.shelf, (), ["path/bayes"])


def test_what_goes_is_put_aside_before_it_goes():
    """When the text of a removed skill cannot be kept, the copy keeps it."""
    paper = FullFolder(OLD, NEW, load(OLD))
    plans = plan(paper)

    with pytest.raises(RoadmapError):
        run_upgrade(paper.shelf, plans)

    assert paper.copy == OLD


def test_what_goes_is_told_with_its_comments():
    """The text of a removed skill is what stood in the file."""
    paper = MemoryFolder(OLD, NEW, load(OLD))

    result = run_upgrade(paper.shelf, plan(paper))

    assert "bayes" not in paper.copy
    assert "- id: bayes   # dear to me" in result.removed["path"]["bayes"]
    assert result.kept == ("removed.txt",)
