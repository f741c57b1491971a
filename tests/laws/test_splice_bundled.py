from __future__ import annotations

import random
import re
from datetime import date
from pathlib import Path

import pytest

from tracker.adapters.roadmap_files.load import load_roadmap_text
from tracker.adapters.roadmap_files.splice import splice
from tracker.roadmap.edits import (
    AddSection,
    InsertSkill,
    MoveSkill,
    RemoveSkill,
    RenameSection,
    SetItems,
    SetValue,
)

pytestmark = pytest.mark.slow

BUNDLED = sorted((Path(__file__).parents[2] / "roadmaps").glob("*.yaml"))
VALUES = {
    "status": ["todo", "doing", "done", "skipped"],
    "name": ["Other: name", "no", "it's #1 # 2"],
    "goal": ["Can do more.", "- x"],
    "hours": [1, 2.5, 400],
    "level": ["entry", "1.10"],
    "started": [date(2026, 1, 2)],
    "completed": [date(2027, 1, 2)],
}


@pytest.fixture(params=BUNDLED, ids=lambda path: path.stem)
def text(request):
    return request.param.read_text(encoding="utf-8")


def load(text):
    """Return the roadmap of a text that must be right."""
    loaded = load_roadmap_text(text.encode(), path="x.yaml")
    assert loaded.roadmap is not None, loaded.problems
    return loaded.roadmap


def places(roadmap):
    """Return the places of all skills with the skills."""
    return {
        (s, k): skill
        for s, section in enumerate(roadmap.sections)
        for k, skill in enumerate(section.skills)
    }


def test_ids_that_are_filled_in_stand_where_they_stood(text):
    """The first sync of a roadmap without ids writes them all, each on the line of its dash."""
    skills = places(load(text))
    without = re.sub(r"^( +)- id: .*\n +(?=name:)", r"\1- ", text, flags=re.MULTILINE)

    filled = splice(without, [SetValue(at, "id", skill.id) for at, skill in skills.items()])

    assert without != text
    assert filled.text == text


def test_one_value_is_one_line(text):
    """Whatever value of whatever skill changes, one line does (G12)."""
    rng = random.Random(1)
    skills = places(load(text))
    lines = set(text.split("\n"))

    for _ in range(10):
        key = rng.choice(list(VALUES))
        at, skill = rng.choice(list(skills.items()))
        value = rng.choice(VALUES[key])
        after = splice(text, [SetValue(at, key, value)]).text

        old, new = text.split("\n"), after.split("\n")
        had = "status: " in text if key == "status" else getattr(skill, key) is not None
        assert len(new) - len(old) in ({0, 1} if key == "status" or not had else {0})
        assert len([line for line in new if line not in lines]) <= 1


def test_many_edits_at_once_say_what_they_mean(text):
    """A batch of all kinds of edits loads as the roadmap that it intends."""
    roadmap = load(text)
    first, last = roadmap.sections[0], roadmap.sections[-1]
    moved = first.skills[0]
    needed = {each for skill in roadmap.skills for each in skill.requires}
    gone = next(k for k, skill in reversed(list(enumerate(last.skills))) if skill.id not in needed)
    edits = [
        MoveSkill((0, 0), last.title),
        SetValue((0, 0), "notes", "one\n\ntwo: # x"),
        SetItems((0, 0), "tags", ("a, b", "c")),
        SetItems((0, 0), "requires", ()),
        RemoveSkill((len(roadmap.sections) - 1, gone)),
        RenameSection(0, "First: renamed"),
        AddSection("New"),
        InsertSkill("New", {"id": "brand-new", "name": "Brand new", "hours": 2}),
    ]

    after = load_roadmap_text(splice(text, edits).text.encode(), path="x.yaml").roadmap

    assert after is not None
    assert [each.title for each in after.sections][0 :: len(roadmap.sections)] == [
        "First: renamed",
        "New",
    ]
    assert after.sections[0].skills == first.skills[1:]
    arrived = after.sections[-2].skills[-1]
    assert arrived.notes == "one\n\ntwo: # x"
    assert (arrived.id, set(arrived.tags), arrived.requires) == (moved.id, {"a, b", "c"}, ())
    assert after.sections[-2].skills[:-1] == last.skills[:gone] + last.skills[gone + 1 :]
    assert [each.id for each in after.sections[-1].skills] == ["brand-new"]
