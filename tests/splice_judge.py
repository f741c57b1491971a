"""The judge of the splice laws: the right data, no comment lost, no other byte touched.

Looks at texts only, through the marks of PyYAML; shares nothing with the splice editor.
"""

from __future__ import annotations

import re

import yaml
from splice_oracle import is_same_data, load

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

BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
ENDS = ("\n", "\r\n", "\r")
COMMENT = re.compile(r"# c\d+c")
SOFT = re.compile(r"[ \t\r\n]*-?[ \t\r\n]*(?:#.*)?", re.DOTALL)
OPEN = re.compile(r"[-:] *\*[sv]|^ *['\"]?skills['\"]?:")


def judge(text, edits, wanted, result):
    """Fail unless the result says what is wanted and nothing else was touched."""
    found = {result.text, terminated(result.text)}
    assert any(is_same_data(load(one), other) for one in found for other in wanted), "wrong data"
    said = set(COMMENT.findall(repr(load(text))))
    lost = set(COMMENT.findall(text)) - set(COMMENT.findall(result.text)) - said
    handed_back = set(COMMENT.findall("".join(result.removed.values())))
    may_vanish = trailing_comments(text) if any(map(is_removing, edits)) else set()
    assert lost <= handed_back | may_vanish, "lost a comment"
    assert_untouched(text, edits, result.text)
    assert_same_ends(text, result.text)


def is_removing(edit):
    """Tell whether an edit may take a line away, and the comment behind it."""
    if isinstance(edit, SetValue | SetHead):
        return edit.value is None or isinstance(edit.value, tuple)
    return isinstance(edit, SetItems | RemoveSkill | MoveSkill)


def trailing_comments(text):
    """Return the comments that stand behind something."""
    return {
        found
        for line in BREAKS.split(text)
        if not line.lstrip().startswith("#")
        for found in COMMENT.findall(line)
    }


def split_lines(text):
    """Return the lines of a text with their breaks."""
    ends = [found.end() for found in BREAKS.finditer(text)]
    return [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True) if a < b]


def terminated(text, like=None):
    """Return a text with a break at its end, like the last one of `like`; a block scalar may lack it."""
    if is_terminated(text):
        return text
    ends = BREAKS.findall(like or "")
    return text + (ends[-1] if ends else dominant_end(text))


def dominant_end(text):
    """Return the line end that a text uses most."""
    ends = BREAKS.findall(text)
    return max(ENDS, key=ends.count)


def assert_untouched(text, edits, after):
    """Fail unless everything outside of what the edits address is there as it was, in order."""
    gaps = untouched(text, edits)
    if "*" not in text and all(isinstance(edit, SetValue | SetItems) for edit in edits):
        return assert_gaps(gaps, terminated(after, gaps[-1] or text))
    *lines, last = split_lines(after)
    found = iter([*lines, last, *(last + end for end in ENDS if not is_terminated(after))])
    for gap in gaps:
        for line in firm_lines(gap, is_shared="*" in text):
            assert line in found, f"touched the line {line!r}"
    return None


def firm_lines(gap, *, is_shared):
    """Return the lines of a gap, but for comments and blank lines at its ends: they belong to skills.

    Lines with an alias may get a value of their own, the key of a list its first entries; where
    something is shared, a skill that goes may stand elsewhere than its node.
    """
    lines = split_lines(gap)
    hard = [number for number, line in enumerate(lines) if not SOFT.fullmatch(line)]
    inner = range(hard[0], hard[-1] + 1) if hard and not is_shared else hard
    return [lines[number] for number in inner if not OPEN.search(lines[number])]


def assert_gaps(gaps, after):
    """Fail unless a text is the gaps, with something between each two of them."""
    first, *middle, last = gaps if len(gaps) > 1 else [gaps[0], ""]
    assert after.startswith(first), "touched what stands above"
    position = len(first)
    for gap in middle:
        position = after.find(gap, position)
        assert position >= 0, f"touched {gap!r}"
        position += len(gap)
    assert after.endswith(last), "touched what stands below"
    assert len(after) - len(last) >= position, "took out what stands below"


def untouched(text, edits):
    """Return the text around the lines that the edits address: above, between and below them."""
    lines = split_lines(terminated(text))
    touched = {
        number for first, last in touched_lines(text, edits) for number in range(first, last)
    }
    gaps = [""]
    for number, line in enumerate(lines):
        if number not in touched:
            gaps[-1] += line
        elif gaps[-1] or number == 0:
            gaps.append("")
    return gaps


def assert_same_ends(text, after):
    """Fail unless new lines end as lines of the text do, and the last one like the last one."""
    ends = set(BREAKS.findall(text)) or {"\n"}
    assert set(BREAKS.findall(after)) <= ends, "brought another line end"
    if is_terminated(text):
        assert is_terminated(after), "took the last line end away"
    elif is_terminated(after):
        bare = BREAKS.sub("", after[-2:])
        short = after[:-2] + bare
        assert yaml.load(short, yaml.CSafeLoader) != yaml.load(after, yaml.CSafeLoader), (
            "added a last line end"
        )


def is_terminated(text):
    """Tell whether the last line of a text ends in a break."""
    return BREAKS.match(text, len(text) - 1) is not None


def touched_lines(text, edits):
    """Return the spans of lines, the last one excluded, of what the edits address."""
    return [line_span(text, node) for node in touched_nodes(text, edits)]


def line_span(text, node):
    """Return the lines of a node; a block collection ends where the next token begins."""
    first, last = node.start_mark, node.end_mark
    is_inside = text[last.index - last.column : last.index].strip(" ") != ""
    return (first.line, max(last.line + is_inside, first.line + 1))


def touched_nodes(text, edits):
    """Return the nodes that the edits may change, those around them where style demands it."""
    root = yaml.compose(text, yaml.CSafeLoader)
    listed = value_of(root, "sections")
    nodes = [listed] if listed.flow_style else []
    for edit in edits:
        nodes += nodes_of(edit, root, listed.value)
    if any(isinstance(edit, InsertSkill | MoveSkill) for edit in edits):
        for section in listed.value:
            skills = value_of(section, "skills")
            nodes += [section] if section.flow_style else []
            nodes += [skills] if skills and getattr(skills, "flow_style", True) else []
    return nodes


def nodes_of(edit, root, sections):
    """Return the nodes that one edit may change."""
    if isinstance(edit, RenameSection):
        section = sections[edit.index]
        return [section if section.flow_style else value_of(section, "title")]
    if isinstance(edit, SetHead):
        part = root if edit.section is None else sections[edit.section]
        return [part] if part.flow_style else pairs_of(part, edit.key)
    if isinstance(edit, InsertSkill | AddSection):
        return []
    skills = value_of(sections[edit.at[0]], "skills")
    skill = skills.value[edit.at[1]]
    is_whole = skills.flow_style or isinstance(edit, RemoveSkill | MoveSkill)
    return [skill, *([skills] if is_whole and (skills.flow_style or not edit.at[1]) else [])]


def pairs_of(node, name):
    """Return the key and the value of a pair of a mapping, nothing when there is none."""
    return [each for pair in node.value if pair[0].value == name for each in pair]


def value_of(node, name):
    """Return a value of a mapping, None when there is none."""
    return next((value for key, value in node.value if key.value == name), None)
