"""Entries of a flow list on several lines that go together, wherever its brackets and comments stand."""

from __future__ import annotations

from itertools import combinations

import pytest
import yaml

from tracker.adapters.roadmap_files.splice import splice
from tracker.roadmap.edits import InsertSkill, RemoveSkill

NAMES = ("A", "B", "C", "D")
SHAPES = {
    "brackets on lines of their own": "[\n    A,\n    B,\n    C,\n    D\n  ]",
    "the first entry behind its bracket": "[A,\n    B,\n    C,\n    D\n  ]",
    "a bracket behind the last entry": "[\n    A,\n    B,\n    C,\n    D]",
    "a comma and a bracket behind the last entry": "[A,\n    B,\n    C,\n    D,]",
    "commas in front": "[ A\n    , B\n    , C\n    , D ]",
    "two on a line": "[A, B,\n    C, D]",
    "comments between": "[\n    A, # a\n    # 1\n    B,\n    # 2\n    C,\n    # 3\n    D]",
    "comments on one line with a bracket": "[A, # a\n    # 1\n    B, C, # c\n    # 2\n    D]",
}


def names(text):
    """Return the names of the first section's skills."""
    skills = yaml.safe_load(text)["sections"][0]["skills"]
    return [each if isinstance(each, str) else each["name"] for each in skills]


def own_comments(text):
    """Return the comments that have a line of their own."""
    return {line.strip() for line in text.splitlines() if line.lstrip().startswith("#")}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_any_entries_of_a_flow_list_can_go_at_once(shape):
    """Whichever skills leave, and whether or not one comes, the others and the comments stay."""
    before = f"sections:\n- title: One\n  skills: {shape}\n- title: Two\n"
    some = [gone for count in (1, 2, 3) for gone in combinations(range(4), count)]

    for gone in some:
        removals = [RemoveSkill((0, index)) for index in gone]
        for new in ([], [InsertSkill("One", {"name": "new"})]):
            after = splice(before, [*removals, *new]).text

            left = [name for index, name in enumerate(NAMES) if index not in gone]
            assert names(after) == [*left, *(each.values["name"] for each in new)]
            assert own_comments(after) >= own_comments(before)
            assert all(line.strip() for line in after.splitlines())


def test_a_run_that_shares_the_line_of_the_bracket_goes_with_its_lines():
    """What is left looks as if those that went had never been there."""
    before = "sections:\n- title: One\n  skills: [A,\n    B,\n    C,\n    D]\n"

    first = splice(before, [RemoveSkill((0, 0)), RemoveSkill((0, 1))]).text
    last = splice(before, [RemoveSkill((0, 2)), RemoveSkill((0, 3))]).text

    assert first == "sections:\n- title: One\n  skills: [C,\n    D]\n"
    assert last == "sections:\n- title: One\n  skills: [A,\n    B]\n"


def test_a_hash_in_a_text_is_no_comment():
    """Entries between two that stay go with their commas, whatever their texts hold."""
    before = "sections:\n- title: One\n  skills: [A, {name: C#}, {name: D, x: a#b}, E]\n"

    after = splice(before, [RemoveSkill((0, 1)), RemoveSkill((0, 2))]).text

    assert after == "sections:\n- title: One\n  skills: [A, E]\n"
