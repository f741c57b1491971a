from __future__ import annotations

import difflib
from datetime import date
from textwrap import indent

import pytest

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

ROADMAP = """\
title: X
sections:
  - title: One   # t
    skills:
      # about A
      - id: a   # c1
        name: A
        status: todo  # c2
        tags: [x, z]
        resources:
          - {title: T, url: "https://a/b", type: docs}
          # mid
          - {title: U, url: "https://a/c", type: docs}
        notes: |
          Free
          text.
      - kNN  # bare
      # sep

      # about B
      - name: "B"
        hours: 2
        requires:
          - a  # r
  - title: Two
    skills: []
  - title: Three
"""

T = {"title": "T", "url": "https://a/b", "type": "docs"}
U = {"title": "U", "url": "https://a/c", "type": "docs"}


def diff(before, after):
    """Return the removed and the added lines."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [f"{line[0]} {line[1:]}" for line in list(lines)[2:] if line[0] in "+-"]


ONE_LINE = {
    "a value keeps the comment behind it": (
        SetValue((0, 0), "status", "done"),
        ["-         status: todo  # c2", "+         status: done  # c2"],
    ),
    "a removed key takes its line along": (
        SetValue((0, 0), "status", None),
        ["-         status: todo  # c2"],
    ),
    "a new key goes where the canonical order has it": (
        SetValue((0, 0), "goal", "on: no"),
        ['+         goal: "on: no"'],
    ),
    "a text that would read as something else is quoted": (
        SetValue((0, 0), "level", "no"),
        ['+         level: "no"'],
    ),
    "a date is written plain": (
        SetValue((0, 0), "started", date(2026, 1, 2)),
        ["+         started: 2026-01-02"],
    ),
    "whole hours are written without a point": (
        SetValue((0, 2), "hours", 3.0),
        ["-         hours: 2", "+         hours: 3"],
    ),
    "quotes stay quotes": (
        SetValue((0, 2), "name", 'B "2"'),
        ['-       - name: "B"', r'+       - name: "B \"2\""'],
    ),
    "one line of notes is one line of the file": (
        SetValue((0, 0), "notes", "Free\nmore\ntext."),
        ["+           more"],
    ),
    "a bare string is renamed in place": (
        SetValue((0, 1), "name", "SVM"),
        ["-       - kNN  # bare", "+       - SVM  # bare"],
    ),
    "a bare string that gains a field becomes a mapping": (
        SetValue((0, 1), "status", "done"),
        ["-       - kNN  # bare", "+       - name: kNN  # bare", "+         status: done"],
    ),
    "an id is put in front, on the line of the dash": (
        SetValue((0, 2), "id", "b"),
        ['-       - name: "B"', "+       - id: b", '+         name: "B"'],
    ),
    "an entry of a flow list is put in and taken out": (
        SetItems((0, 0), "tags", ("z", "a, b")),
        ["-         tags: [x, z]", '+         tags: [z, "a, b"]'],
    ),
    "an entry of a block list is put at its end": (
        SetItems((0, 2), "requires", ("b", "a")),
        ["+           - b"],
    ),
    "a list that is emptied goes with its key, comments of their own stay": (
        SetItems((0, 0), "resources", ()),
        [
            "-         resources:",
            '-           - {title: T, url: "https://a/b", type: docs}',
            "-           # mid",
            '-           - {title: U, url: "https://a/c", type: docs}',
            "+         # mid",
        ],
    ),
    "a resource whose type changes keeps the rest": (
        SetItems((0, 0), "resources", (T, {**U, "type": "book"})),
        [
            '-           - {title: U, url: "https://a/c", type: docs}',
            '+           - {title: U, url: "https://a/c", type: book}',
        ],
    ),
    "a section is renamed in place": (
        RenameSection(0, "Uno"),
        ["-   - title: One   # t", "+   - title: Uno   # t"],
    ),
    "a section is added in the style of the others": (
        AddSection("Four"),
        ["+   - title: Four", "+     skills: []"],
    ),
    "a skill is put into an empty section": (
        InsertSkill("Two", {"id": "q", "name": "Q"}),
        ["-     skills: []", "+     skills:", "+       - id: q", "+         name: Q"],
    ),
    "a skill is put into a section without skills": (
        InsertSkill("Three", {"name": "Q"}),
        ["+     skills:", "+       - name: Q"],
    ),
}


@pytest.mark.parametrize(("edit", "expected"), ONE_LINE.values(), ids=ONE_LINE)
def test_an_edit_changes_its_own_lines_only(edit, expected):
    """What an edit does to the lines of the file, and that it does nothing else."""
    result = splice(ROADMAP, [edit])

    assert diff(ROADMAP, result.text) == expected


def test_what_a_skill_gains_goes_where_it_belongs():
    """Kind and aliases go behind the name; sentences on lines of their own and evidence before links."""
    link = {"title": "T", "url": "https://a/b", "type": "docs", "part": "ch. 8", "minutes": 90}
    edits = [
        SetValue((0, 0), "evidence", "https://example.org/me"),
        SetItems((0, 0), "prove", ("It runs", "No: twice")),
        SetValue((0, 0), "kind", "project"),
        SetItems((0, 0), "aliases", ("an a", "b, c")),
        SetItems(
            (0, 0), "resources", ({**link, "primary": True}, {"title": "U", "url": "https://a/c"})
        ),
    ]

    changed = diff(ROADMAP, splice(ROADMAP, edits).text)

    assert changed == [
        "+         kind: project",
        '+         aliases: [an a, "b, c"]',
        "+         prove:",
        "+           - It runs",
        '+           - "No: twice"',
        "+         evidence: https://example.org/me",
        '-           - {title: T, url: "https://a/b", type: docs}',
        '+           - {title: T, url: "https://a/b", type: docs, part: ch. 8, minutes: 90, primary: true}',
        '-           - {title: U, url: "https://a/c", type: docs}',
        '+           - {title: U, url: "https://a/c"}',
    ]


def test_what_is_not_said_of_a_link_stays_and_none_takes_it_out():
    """A key that an edit does not name stays in its entry; one that is set to nothing goes."""
    text = ROADMAP.replace("type: docs}", "type: docs, part: ch. 8, free: true}", 1)
    item = {"title": "T", "url": "https://a/b", "type": "docs"}
    other = {"title": "U", "url": "https://a/c", "type": "docs"}

    kept = splice(text, [SetItems((0, 0), "resources", (item, other))]).text
    taken = splice(text, [SetItems((0, 0), "resources", ({**item, "free": None}, other))]).text

    assert kept == text
    assert taken == text.replace(", free: true", "")


def test_a_skill_that_moves_loses_what_is_taken_out_of_its_links():
    """A key that is set to nothing goes from a link in a skill that moves in the same batch, too."""
    text = ROADMAP.replace("type: docs}", "type: docs, part: ch. 8, free: true}", 1)
    items = (
        {"title": "T", "url": "https://a/b", "type": "docs", "part": None},
        {"title": "U", "url": "https://a/c", "type": "docs"},
    )

    result = splice(text, [SetItems((0, 0), "resources", items), MoveSkill((0, 0), "Two")]).text

    assert '- {title: T, url: "https://a/b", type: docs, free: true}' in result


def test_a_removed_skill_takes_its_comment_along_and_is_handed_back():
    """The text of a removed skill, with the comment and the blank line above, is handed back (G7)."""
    result = splice(ROADMAP, [RemoveSkill((0, 2))])

    gone = '\n      # about B\n      - name: "B"\n        hours: 2\n        requires:\n          - a  # r\n'
    assert result.removed == {"B": gone}
    assert result.text == ROADMAP.replace(gone, "")


def test_the_last_skill_of_a_section_leaves_an_empty_list():
    """A section without skills says so."""
    text = "sections:\n- title: A\n  skills:\n  - name: x\n- title: B\n"

    assert splice(text, [RemoveSkill((0, 0))]).text == (
        "sections:\n- title: A\n  skills: []\n- title: B\n"
    )


def test_a_moved_skill_keeps_its_text_comments_and_edits():
    """A move re-indents the lines of a skill, whatever else happens to it."""
    edits = [MoveSkill((0, 2), "Drei"), SetValue((0, 2), "id", "b"), RenameSection(2, "Drei")]

    text = splice(ROADMAP, edits).text

    assert text.endswith(
        "  - title: Drei\n    skills:\n      # about B\n      - id: b\n"
        '        name: "B"\n        hours: 2\n        requires:\n          - a  # r\n'
    )


def test_no_edit_and_an_edit_without_effect_change_nothing():
    """A value that is there already is not written again."""
    edits = [SetValue((0, 0), "status", "todo"), SetItems((0, 0), "tags", ("z", "x"))]

    assert splice(ROADMAP, []).text == ROADMAP
    assert splice(ROADMAP, edits).text == ROADMAP


def test_sections_are_found_by_title_without_a_look_at_the_others():
    """Moves between many sections compare titles as often as there are moves, not their square."""
    compared = []

    class Title(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other):
            compared.append(other)
            return str.__eq__(self, other)

    count = 200
    head = "title: T\nsections:\n"
    text = head + "".join(
        f"  - title: S{number}\n    skills:\n      - a{number}\n" for number in range(count)
    )
    moves = [MoveSkill((number, 0), Title(f"S{(number + 1) % count}")) for number in range(count)]

    moved = splice(text, moves).text

    assert moved == head + "".join(
        f"  - title: S{number}\n    skills:\n      - a{(number - 1) % count}\n"
        for number in range(count)
    )
    assert len(compared) <= 2 * count


CHOICE = {"any": ("a/b", "c/d")}


@pytest.mark.parametrize(
    ("skill", "edit", "expected"),
    [
        pytest.param(
            "- name: x  # c\n  covered_by: [a/b]\n  notes: n",
            SetValue((0, 0), "covered_by", CHOICE),
            "- name: x  # c\n  covered_by: {any: [a/b, c/d]}\n  notes: n",
            id="a list becomes a choice",
        ),
        pytest.param(
            "- {name: x, covered_by: [a/b]}  # c",
            SetValue((0, 0), "covered_by", CHOICE),
            "- {name: x, covered_by: {any: [a/b, c/d]}}  # c",
            id="in braces",
        ),
        pytest.param(
            "- name: x\n  covered_by:\n    any:\n      - a/b\n      - e/f\n  # mine\n  notes: n",
            SetItems((0, 0), "covered_by", ("a/b",)),
            "- name: x\n  covered_by: [a/b]\n  # mine\n  notes: n",
            id="a choice on many lines becomes a list",
        ),
        pytest.param(
            "- name: x\n  covered_by: {any: [a/b, e/f]}\n  notes: n",
            SetValue((0, 0), "covered_by", None),
            "- name: x\n  notes: n",
            id="a choice goes",
        ),
        pytest.param(
            "- name: x\n  covered_by: {any: [ a/b,e/f ]}   # mine",
            SetValue((0, 0), "status", "done"),
            "- name: x\n  status: done\n  covered_by: {any: [ a/b,e/f ]}   # mine",
            id="what is beside a choice leaves it as it stands",
        ),
    ],
)
def test_a_choice_of_covering_skills_is_written(skill, edit, expected):
    """`covered_by` changes between a list and a choice; all else stays as it was."""
    before, after = (
        f"title: T\nsections:\n- title: S\n  skills:\n{indent(text, '  ')}\n"
        for text in (skill, expected)
    )

    assert splice(before, [edit]).text == after
