from __future__ import annotations

import random
import re
import sys
from collections import Counter

import pytest
import yaml
from hypothesis import settings
from splice_oracle import apply_edits, is_same_data, load, make_edits
from splice_texts import make_roadmap_text

from tracker.adapters.roadmap_files.splice import SpliceError, splice
from tracker.roadmap.edits import (
    AddSection,
    InsertSkill,
    MoveSkill,
    RemoveSkill,
    RenameSection,
    SetHead,
    SetItems,
    SetValue,
)

FILES = settings().max_examples * 8
"""400 files in the suite; `HYPOTHESIS_PROFILE=long pytest -s` on this file tries 16,000."""
COMMENT = re.compile(r"# c\d+c")
BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def outcome(seed):
    """Splice one random batch into one random file and judge the result."""
    rng = random.Random(seed)
    text = make_roadmap_text(rng)
    edits = make_edits(rng, load(text))
    if not edits:
        return "nothing to do"
    try:
        wanted = [apply_edits(load(each), edits) for each in (text, terminated(text))]
    except (KeyError, TypeError):
        return "out of scope"
    try:
        result = splice(text, edits)
    except SpliceError as error:
        return "refused: " + re.sub(r"[\d'].*", "", error.problems[0].why)
    judge(text, edits, wanted, result)
    return count_lines(text, edits, result.text)


def judge(text, edits, wanted, result):
    """Fail unless the result says what is wanted and nothing else was touched."""
    found = {result.text, terminated(result.text)}
    assert any(is_same_data(load(one), other) for one in found for other in wanted), "wrong data"
    said = set(COMMENT.findall(repr(load(text))))
    lost = set(COMMENT.findall(text)) - set(COMMENT.findall(result.text)) - said
    handed_back = set(COMMENT.findall("".join(result.removed.values())))
    may_vanish = trailing_comments(text) if any(map(is_removing, edits)) else set()
    assert lost <= handed_back | may_vanish, "lost a comment"
    if "\n" in text:
        assert_untouched(text, edits, result.text)
    assert text.endswith("\n") == result.text.endswith("\n") or result.text.endswith("\n")
    if "\r" not in text:
        assert "\r" not in result.text


def terminated(text):
    """Return a text with a break at its end, which a block scalar there does not have to have."""
    return text if BREAKS.match(text, len(text) - 1) else text + "\n"


def is_removing(edit):
    """Tell whether an edit may take a line away, and the comment behind it."""
    if isinstance(edit, SetValue | SetHead):
        return edit.value is None
    return isinstance(edit, SetItems | RemoveSkill | MoveSkill)


def trailing_comments(text):
    """Return the comments that stand behind something."""
    return {
        found
        for line in BREAKS.split(text)
        if not line.lstrip().startswith("#")
        for found in COMMENT.findall(line)
    }


def assert_untouched(text, edits, after):
    """Every line outside the skills and titles that are edited is still there, in order."""
    old = text.split("\n")
    spans = touched_lines(text, edits)
    shrinks = any(isinstance(edit, RemoveSkill | MoveSkill | InsertSkill) for edit in edits)
    keep = [
        line
        for number, line in enumerate(old)
        if not any(first <= number <= last for first, last in spans)
        and not (shrinks and (not line.strip() or line.lstrip().startswith(("#", "skills:"))))
        and number < len(old) - 1
        and not re.search(r"[-:] *\*[sv]", line)
    ]
    lines = (line.rstrip(", \r") for line in after.split("\n"))
    for line in keep:
        assert line.rstrip(", \r") in lines, f"touched the line {line!r}"


def touched_lines(text, edits):
    """Return the (first, last) lines, by line feed, of what the edits address."""
    root = yaml.compose(text, yaml.CSafeLoader)
    listed = next(value for key, value in root.value if key.value == "sections")
    sections = listed.value
    nodes = [listed] if listed.flow_style else []
    for edit in edits:
        if isinstance(edit, RenameSection):
            title = next(v for k, v in sections[edit.index].value if k.value == "title")
            nodes.append(title)
        elif isinstance(edit, SetHead):
            part = root if edit.section is None else sections[edit.section]
            nodes += [v for k, v in part.value if k.value == edit.key]
            nodes += [part] if part.flow_style else []
        elif not isinstance(edit, InsertSkill | AddSection):
            skills = next(v for k, v in sections[edit.at[0]].value if k.value == "skills")
            nodes.append(skills.value[edit.at[1]])
            if skills.flow_style or edit.at[1] == 0:
                nodes.append(skills)
    for section in (
        sections if any(isinstance(edit, InsertSkill | MoveSkill) for edit in edits) else ()
    ):
        nodes += [section] if section.flow_style else []
        nodes += [
            v for k, v in section.value if k.value == "skills" and getattr(v, "flow_style", 1)
        ]
    return [
        (
            text.count("\n", 0, node.start_mark.index) - (node.start_mark.column > 0),
            text.count("\n", 0, node.end_mark.index),
        )
        for node in nodes
    ]


def count_lines(text, edits, after):
    """Say what kind of success it was; one value must be one line."""
    if len(edits) > 1:
        return "right: batch"
    if "*" in text:
        return "right: shared values"
    edit = edits[0]
    if isinstance(edit, SetValue) and not is_short(text, edit):
        return "right: one value, lines came or went"
    old, new = BREAKS.split(text), BREAKS.split(after)
    changed = sum((Counter(new) - Counter(old)).values())
    gone = sum((Counter(old) - Counter(new)).values())
    if isinstance(edit, SetValue) and len(old) == len(new) and "\n" not in str(edit.value):
        assert changed <= 1, "more than one line"
        return "right: one line"
    if isinstance(edit, SetValue) and edit.value is not None and "\n" not in str(edit.value):
        assert changed <= 3, "more lines than one value needs"
        return "right: one value, lines came or went" if changed + gone > 1 else "right: one line"
    return "right: other edit"


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
            counts[outcome(seed)] += 1
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {error}")

    right = sum(count for name, count in counts.items() if name.startswith("right"))
    for name, count in counts.most_common():
        sys.stdout.write(f"{count:6} {name}\n")
    assert right > 0.9 * FILES
