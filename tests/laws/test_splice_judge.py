"""The judge of the splice laws, judged: it notices what an editor that goes wrong would do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from splice_judge import judge
from splice_oracle import apply_edits, load

from tracker.adapters.roadmap_files.splice import splice
from tracker.roadmap.edits import RemoveSkill, SetValue

TEXT = """\
title: 'R'  # c1c
# c2c
x-own:   {a: [1, 2], b: null}

sections:
  - title: One
    skills:
      - id: a
        name: A
        status: todo  # c3c
        # c4c

        tags: [x,  y]
      - Bare  # c5c
  - title: Two
    skills:
      # c6c
      - name: B
        hours: 2
        goal: "g"
"""
EDITS = {
    "one value": [SetValue((0, 0), "status", "done")],
    "a skill that goes": [RemoveSkill((0, 1))],
}
FAULTS = {
    "a comment that is lost": ("# c2c\n", ""),
    "a comment behind a value that is lost": ("  # c1c", ""),
    "a comment that moves": ("      # c6c", "    # c6c"),
    "other quotes": ('"g"', "g"),
    "blanks that go": ("x-own:   {", "x-own: {"),
    "blanks at the end of a line": ("hours: 2", "hours: 2 "),
    "another value": ("hours: 2", "hours: 3"),
    "a value of another type": ("hours: 2", 'hours: "2"'),
    "an unknown key that is lost": ("x-own:   {a: [1, 2], b: null}\n", ""),
    "keys that change places": ('hours: 2\n        goal: "g"', 'goal: "g"\n        hours: 2'),
    "another line end": ("hours: 2\n", "hours: 2\r\n"),
    "a last line end that is lost": ('goal: "g"\n', 'goal: "g"'),
    "a key that is there twice": ("name: B\n", "name: X\n        name: B\n"),
}


def test_a_new_blank_line_is_noticed_where_one_value_changes():
    """One value is one line: nothing comes elsewhere."""
    edits = EDITS["one value"]
    right = splice(TEXT, edits)
    wrong = replace(right, text=right.text.replace("    skills:", "\n    skills:"))

    with pytest.raises(AssertionError, match="touched"):
        judge(TEXT, edits, [apply_edits(load(TEXT), edits)], wrong)


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize(("old", "new"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_noticed(edits, old, new):
    """Whatever else an edit would do to the file, the judge says so; without a fault it is content."""
    wanted = [apply_edits(load(TEXT), edits)]
    right = splice(TEXT, edits)
    wrong = replace(right, text=right.text.replace(old, new))

    judge(TEXT, edits, wanted, right)

    assert wrong.text != right.text
    with pytest.raises(AssertionError):
        judge(TEXT, edits, [apply_edits(load(TEXT), edits)], wrong)
