"""Whole stories, from the learner's files and steps to both sides; see `tests/story.py`."""

from __future__ import annotations

import pytest
from story import FOLDER, STOPPED, list_stories, load_expected, tell


@pytest.mark.guarantee("G1", "G3", "G4", "G7", "G8", "G11", "G12", "G15")
@pytest.mark.parametrize("name", list_stories())
def test_a_story_ends_as_it_is_written(name, tmp_path):
    """Every story comes to what is expected, and one more sync writes nothing (G3, G8)."""
    story = tell(name, tmp_path)
    with story.sandbox:
        told = story.expected()
        story.run("sync", story.sandbox.sync)
        later = story.expected()

    assert told == load_expected(name)
    assert later | {"told.txt": ""} == told | {"told.txt": ""}
    assert story.code in {0, 1, *STOPPED}


@pytest.mark.parametrize("name", list_stories())
def test_a_story_says_why(name):
    """Every story has a paragraph that says what it is about."""
    why = (FOLDER / name / "why.md").read_text(encoding="utf-8")

    assert len(why.split()) > 8
