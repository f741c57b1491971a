from __future__ import annotations

import random
import re
import sys
from collections import Counter

import pytest
import yaml
from hypothesis import settings
from splice_judge import BREAKS, judge, terminated
from splice_oracle import (
    KINDS,
    apply_edits,
    load,
    make_edit,
    make_edits,
    with_new_section,
)
from splice_texts import make_roadmap_text

from tracker.adapters.roadmap_files.splice import SpliceError, splice
from tracker.roadmap.edits import SetValue

FILES = settings().max_examples
"""50 files in the suite; `HYPOTHESIS_PROFILE=long pytest -s` on this file tries 2,000.

Each of them meets every kind of edit alone, and a random batch of them.
"""


def outcomes(seed):
    """Splice edits of every kind, and a batch of some, into one random file; judge the results."""
    rng = random.Random(seed)
    text = make_roadmap_text(rng)
    batches = [[make_edit(rng, load(text), [kind])] for kind in sorted(set(KINDS))]
    batches = [with_new_section(each) for each in batches if all(each)]
    return [outcome(text, edits) for edits in [*batches, make_edits(rng, load(text))] if edits]


def outcome(text, edits):
    """Splice one batch into one file and judge the result."""
    try:
        wanted = [apply_edits(load(each), edits) for each in (text, terminated(text))]
    except (KeyError, TypeError):
        return "out of scope"
    try:
        result = splice(text, edits)
    except SpliceError as error:
        problem = error.problems[0]
        assert all([problem.what, problem.why, problem.kept, problem.next]), (
            "refused without reason"
        )
        return "refused: " + re.sub(r"[\d'].*", "", problem.why)
    judge(text, edits, wanted, result)
    return count_lines(text, edits, result.text)


def count_lines(text, edits, after):
    """Say what kind of success it was; one value must be one line."""
    if len(edits) > 1:
        return "right: batch"
    if "*" in text:
        return "right: shared values"
    edit = edits[0]
    old, new = BREAKS.split(text), BREAKS.split(after)
    came = sum((Counter(new) - Counter(old)).values())
    went = sum((Counter(old) - Counter(new)).values())
    is_one = came <= 1 and went <= 1
    if isinstance(edit, SetValue) and is_short(text, edit) and "\n" not in str(edit.value):
        assert came <= (1 if len(old) == len(new) else 3), "more lines than one value needs"
    return "right: one line" if is_one else "right: several lines"


def is_short(text, edit):
    """Tell whether a value is absent or stands on one line, in a skill that is a mapping."""
    root = yaml.compose(text, yaml.CSafeLoader)
    sections = next(value for key, value in root.value if key.value == "sections").value
    skills = next(v for k, v in sections[edit.at[0]].value if k.value == "skills")
    skill = skills.value[edit.at[1]]
    if isinstance(skill.value, str):
        return edit.key == "name" and skill.start_mark.line == skill.end_mark.line
    old = [value for key, value in skill.value if key.value == edit.key]
    return all(value.start_mark.line == value.end_mark.line for value in old)


@pytest.mark.guarantee("G11", "G12")
def test_random_files_are_edited_rightly_or_not_at_all():
    """No edit of any file ever says something else, loses a comment or touches another line."""
    counts: Counter[str] = Counter()
    for seed in range(FILES):
        try:
            counts.update(outcomes(seed))
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {error}")

    right = sum(count for name, count in counts.items() if name.startswith("right"))
    sys.stdout.write(f"{FILES} files, {counts.total()} edits and batches\n")
    for name, count in counts.most_common():
        sys.stdout.write(f"{count:6} {name}\n")
    assert right > 0.97 * counts.total()
