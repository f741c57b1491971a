from __future__ import annotations

import pytest
import yaml

from tracker.adapters.roadmap_files.splice import SpliceError, splice
from tracker.roadmap.edits import (
    AddSection,
    InsertSkill,
    MoveSkill,
    RemoveSkill,
    RenameSection,
    SetItems,
    SetValue,
)

DONE = SetValue((0, 0), "status", "done")
ID = SetValue((0, 0), "id", "a")
LINK = {"title": "T", "url": "https://t"}


def roadmap(skills, indent="  "):
    """Return a roadmap with one section that has these lines of skills."""
    return f"sections:\n- title: One\n{indent}skills:\n{skills}"


EDITS = {
    "a flow map is changed in place": (
        "  - {name: A, status: todo}  # c\n",
        [DONE],
        "  - {name: A, status: done}  # c\n",
    ),
    "a flow map gains keys in canonical order": (
        "  - {name: A, tags: [x]}\n",
        [ID, DONE, SetValue((0, 0), "hours", 2)],
        "  - {id: a, name: A, status: done, hours: 2, tags: [x]}\n",
    ),
    "a flow map loses a key with its comma": (
        "  - {id: a, name: A, status: todo}\n",
        [SetValue((0, 0), "status", None), SetValue((0, 0), "id", None)],
        "  - {name: A}\n",
    ),
    "a flow map that stands on several lines gains a line": (
        "  - {name: A,  # c\n     hours: 1}\n",
        [SetValue((0, 0), "level", "x")],
        "  - {name: A,  # c\n     level: x,\n     hours: 1}\n",
    ),
    "an empty value is filled": (
        "  - name: A\n    status:  # c\n",
        [DONE],
        "  - name: A\n    status: done  # c\n",
    ),
    "a null is replaced": ("  - {name: A, status: ~}\n", [DONE], "  - {name: A, status: done}\n"),
    "an empty value in flow style is filled": (
        "  - {name: A, status: , x}\n",
        [DONE],
        "  - {name: A, status: done , x}\n",
    ),
    "single quotes stay, as long as they can": (
        "  - name: 'A'\n    goal: 'x'\n",
        [SetValue((0, 0), "goal", "it's"), SetValue((0, 0), "name", "\t")],
        "  - name: \"\\t\"\n    goal: 'it''s'\n",
    ),
    "a folded text changes only the lines that differ": (
        "  - name: A\n    goal: >-\n      one two\n      three four\n      five\n",
        [SetValue((0, 0), "goal", "one two 3 four five")],
        "  - name: A\n    goal: >-\n      one two\n      3 four\n      five\n",
    ),
    "keys come below a folded text, also where it ends in a line of blanks": (
        "  - name: A\n    goal: >-\n      one\n      two\n         \n    hours: 1\n",
        [DONE],
        "  - name: A\n    goal: >-\n      one\n      two\n         \n    status: done\n    hours: 1\n",
    ),
    "what looks like a line break does not come into a text on several lines": (
        '  - name: A\n    goal: "one\n      two"\n',
        [SetValue((0, 0), "goal", "one\u2028 two")],
        '  - name: A\n    goal: "one\\L two"\n',
    ),
    "a plain text on several lines changes only the lines that differ": (
        "  - name: A\n    goal: one two\n      three\n",
        [SetValue((0, 0), "goal", "one two 3")],
        "  - name: A\n    goal: one two\n      3\n",
    ),
    "a text becomes a block literal, its comment stays on the line of the key": (
        "  - name: A\n    notes: x  # c\n    hours: 1\n",
        [SetValue((0, 0), "notes", "a\n\n b")],
        "  - name: A\n    notes: |-  # c\n      a\n\n       b\n    hours: 1\n",
    ),
    "a block literal that cannot hold a text becomes one quoted line": (
        "  - name: A\n    notes: |  # c\n      a\n      b\n    hours: 1\n",
        [SetValue((0, 0), "notes", "a\x07")],
        '  - name: A\n    notes: "a\\u0007"  # c\n    hours: 1\n',
    ),
    "a literal that is emptied is empty, whatever its header keeps": (
        "  - name: A\n    notes: |+\n      a\n\n    hours: 1\n",
        [SetValue((0, 0), "notes", "")],
        '  - name: A\n    notes: ""\n    hours: 1\n',
    ),
    "a literal with an indentation of its own keeps it": (
        "  - name: A\n    notes: |1\n       a\n     b\n",
        [SetValue((0, 0), "notes", "  a\nc")],
        "  - name: A\n    notes: |1\n       a\n     c\n",
    ),
    "a text that a block literal would mix with what is below it stays on one line": (
        "  - name: A\n    goal: x\n          \n    hours: 1\n  - B\n",
        [SetValue((0, 0), "goal", "a\nb")],
        '  - name: A\n    goal: "a\\nb"\n          \n    hours: 1\n  - B\n',
    ),
    "a new text of several lines above a comment far to the right stays on one line": (
        "  - name: A\n\n          # far\n  - B\n",
        [SetValue((0, 0), "notes", "a\nb")],
        '  - name: A\n    notes: "a\\nb"\n\n          # far\n  - B\n',
    ),
    "an escaped text stays on its line": (
        '  - name: A\n    notes: "a\\nb"\n',
        [SetValue((0, 0), "notes", "a\nc")],
        '  - name: A\n    notes: "a\\nc"\n',
    ),
    "the first key goes, the next one takes its place behind the dash": (
        "  - id: a  # c\n    # own\n    name: A\n",
        [SetValue((0, 0), "id", None)],
        "  # own\n  - name: A\n",
    ),
    "a dash on its own line stays there": (
        "  -\n    name: A\n",
        [ID, DONE],
        "  -\n    id: a\n    name: A\n    status: done\n",
    ),
    "an explicit key is respected": (
        "  - ? name\n    : A\n    hours: 1\n",
        [ID, DONE],
        "  - id: a\n    ? name\n    : A\n    status: done\n    hours: 1\n",
    ),
    "a bare string in a flow list becomes a flow map": (
        "    [kNN, {name: SVM}]\n",
        [DONE, SetValue((0, 1), "id", "svm")],
        "    [{name: kNN, status: done}, {id: svm, name: SVM}]\n",
    ),
    "keys behind a block literal come after its last line": (
        "  - name: A\n    goal: |\n      x\n\n  - B\n",
        [DONE],
        "  - name: A\n    goal: |\n      x\n    status: done\n\n  - B\n",
    ),
    "keys behind a literal that keeps its blank lines come after them": (
        "  - name: A\n    goal: |+\n      x\n\n  - B\n",
        [DONE],
        "  - name: A\n    goal: |+\n      x\n\n    status: done\n  - B\n",
    ),
    "a literal that keeps blank lines takes none of those below a key that goes": (
        "  - name: A\n    goal: |+\n      x\n\n    hours: 1\n\n    level: y\n",
        [SetValue((0, 0), "hours", None)],
        "  - name: A\n    goal: |+\n      x\n\n    level: y\n",
    ),
    "a list below its key without indentation gains an entry": (
        "  - name: A\n    tags:\n    - x  # c\n    # d\n    hours: 1\n",
        [SetItems((0, 0), "tags", ("x", "y"))],
        '  - name: A\n    tags:\n    - x  # c\n    - "y"\n    # d\n    hours: 1\n',
    ),
    "an entry that is asked for twice comes once": (
        "  - name: A\n  - name: B\n    tags: [x]\n",
        [SetItems((0, 0), "tags", ("z", "x", "z")), SetItems((0, 1), "tags", ("z", "x", "z"))],
        "  - name: A\n    tags: [z, x]\n  - name: B\n    tags: [x, z]\n",
    ),
    "a flow list on several lines gains and loses lines": (
        "  - name: A\n    tags: [\n      x,  # c\n      z,  # d\n      w\n    ]\n",
        [SetItems((0, 0), "tags", ("x", "w", "v"))],
        "  - name: A\n    tags: [\n      x,  # c\n      w,\n      v\n    ]\n",
    ),
    "a flow list on several lines whose only entry is replaced keeps its comment": (
        "  - name: A\n    tags: [\n      x  # c\n    ]\n",
        [SetItems((0, 0), "tags", ("z", "w"))],
        "  - name: A\n    tags: [\n      z, w  # c\n    ]\n",
    ),
    "the comma goes with the last entry": (
        '  - {"name": "A", "tags": [\n      "x",\n      "z"\n    ]}\n',
        [SetItems((0, 0), "tags", ("x",))],
        '  - {"name": "A", "tags": [\n      "x"\n    ]}\n',
    ),
    "a resource in block style gains and loses keys": (
        "  - name: A\n    resources:\n      - title: T  # c\n        url: https://t\n        type: docs\n",
        [SetItems((0, 0), "resources", (LINK, {**LINK, "url": "https://u", "type": "x"}))],
        (
            "  - name: A\n    resources:\n      - title: T  # c\n        url: https://t\n"
            "      - title: T\n        url: https://u\n        type: x\n"
        ),
    ),
    "a skill is put in like its siblings, flow maps": (
        "  - {id: a, name: A}\n",
        [InsertSkill("One", {"id": "b", "name": "B", "tags": ("x",)})],
        "  - {id: a, name: A}\n  - {id: b, name: B, tags: [x]}\n",
    ),
    "a skill is put in like its siblings, bare strings": (
        "  - A\n  # end\n",
        [InsertSkill("One", {"name": "B"})],
        "  - A\n  - B\n  # end\n",
    ),
    "a skill is put in like its siblings, wide dashes": (
        "  -   name: A\n      tags:\n          -   x\n\n  -   B\n",
        [InsertSkill("One", {"name": "C", "tags": ("x",)})],
        (
            "  -   name: A\n      tags:\n          -   x\n\n  -   B\n\n  -   name: C\n"
            "      tags:\n          -   x\n"
        ),
    ),
    "a skill is put into a flow list": (
        "    [A, B]  # c\n",
        [InsertSkill("One", {"id": "c", "name": "C, D"}), RemoveSkill((0, 0))],
        '    [B, {id: c, name: "C, D"}]  # c\n',
    ),
    "neighbours that go take their comments and blank lines along": (
        "  # a\n  - A\n\n  # b\n  - B\n    # inside b\n\n  # c\n  - C\n",
        [RemoveSkill((0, 0)), RemoveSkill((0, 1))],
        "  # c\n  - C\n",
    ),
    "the last ones that go leave no blank lines behind": (
        "  - A\n\n  - B\n\n  - C\n",
        [RemoveSkill((0, 1)), RemoveSkill((0, 2))],
        "  - A\n",
    ),
    "a flow list that is emptied keeps its comments": (
        "    [\n    A,  # c\n    # d\n    B]\n",
        [RemoveSkill((0, 0)), RemoveSkill((0, 1))],
        "    [\n    # d\n    ]\n",
    ),
}


@pytest.mark.parametrize(("before", "edits", "after"), EDITS.values(), ids=EDITS)
def test_an_edit_follows_the_layout_it_finds(before, edits, after):
    """Whatever the author's layout, an edit keeps to it."""
    assert splice(roadmap(before), edits).text == roadmap(after)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("last", ["", "\n"], ids=["no last break", "last break"])
def test_the_end_of_the_file_stays_as_it_is(end, last):
    """With or without a break at its end, a file that grows or shrinks ends the same way."""
    text = (roadmap("  - A\n  - name: B") + last).replace("\n", end)

    grown = splice(text, [InsertSkill("One", {"name": "C"}), SetValue((0, 1), "hours", 1)]).text
    shrunk = splice(text, [RemoveSkill((0, 1))]).text

    longer = roadmap("  - A\n  - name: B\n    hours: 1\n  - name: C") + last
    assert grown == longer.replace("\n", end)
    assert shrunk == (roadmap("  - A") + last).replace("\n", end)


def test_a_literal_at_the_end_of_a_file_without_a_last_break_may_move_up():
    """Its missing line break is layout, not a value."""
    text = roadmap("  - name: A\n    notes: |\n      x")

    after = splice(text, [InsertSkill("One", {"name": "B"}), AddSection("Two")]).text

    assert after == text + "\n  - name: B\n- title: Two\n  skills: []"


def test_mixed_line_ends_stay_and_new_lines_take_the_most_frequent_one():
    """No line gets another end; a new one looks like most of them."""
    text = roadmap("  - name: A\r\n  - name: B\r\n").replace("One\n", "One\r\n")

    after = splice(text, [DONE]).text

    assert after == text.replace("name: A\r\n", "name: A\r\n    status: done\r\n")


def test_a_roadmap_in_json_stays_json():
    """JSON is YAML too; new keys and texts get the quotes that JSON needs."""
    text = '{"title": "J", "sections": [{"title": "One", "skills": [{"name": "A"}, "B"]}]}\n'
    edits = [
        ID,
        SetValue((0, 1), "status", "done"),
        InsertSkill("One", {"name": "C"}),
        AddSection("D"),
    ]

    assert splice(text, edits).text == (
        '{"title": "J", "sections": [{"title": "One", "skills": [{"id": "a", "name": "A"}, '
        '{"name": "B", "status": "done"}, {"name": "C"}]}, {"title": "D", "skills": []}]}\n'
    )


def test_skills_move_between_block_and_flow_lists():
    """A skill is written anew only where the style of its new section demands it."""
    text = "sections:\n- title: One\n  skills:\n  - name: A\n    tags:\n    - x\n- title: Two\n  skills: [B]\n"

    after = splice(text, [MoveSkill((0, 0), "Two"), MoveSkill((1, 0), "One")]).text

    assert after == (
        "sections:\n- title: One\n  skills:\n  - B\n- title: Two\n  skills: [{name: A, tags: [x]}]\n"
    )


def test_a_skill_that_ends_in_a_literal_with_its_blank_lines_moves_behind_those_of_the_list():
    """Blank lines below the list do not become part of the text that comes there."""
    text = roadmap("  - name: A\n    notes: |+\n      x\n\n  - B\n\n") + "- title: Two\n"

    after = splice(text, [MoveSkill((0, 0), "One")]).text

    moved = roadmap("  - B\n\n  - name: A\n    notes: |+\n      x\n\n") + "- title: Two\n"
    assert after == moved


@pytest.mark.parametrize(
    "edits",
    [
        [MoveSkill((0, 0), "Two"), MoveSkill((0, 1), "Two")],
        [MoveSkill((0, 0), "Two"), InsertSkill("Two", {"name": "E"})],
    ],
    ids=["another one moves", "a new one comes"],
)
def test_no_blank_line_between_skills_is_added_to_a_literal_that_would_keep_it(edits):
    """A skill behind one that ends in `|+` is refused where a list has blank lines in between."""
    text = roadmap("  - name: A\n    notes: |+\n      x\n  - B\n")
    text += "- title: Two\n  skills:\n  - C\n\n  - D\n"

    with pytest.raises(SpliceError) as caught:
        splice(text, edits)

    assert caught.value.problems[0].why == "the result would not say what is intended"
    assert splice(text.replace("C\n\n", "C\n"), edits)


def test_a_section_comes_behind_blank_lines_that_go_with_a_skill():
    """What is removed and what is added at the end of a file do not stand in each other's way."""
    text = roadmap("  - name: A\n    notes: |+\n      x\n\n  - B\n\n")

    after = splice(text, [RemoveSkill((0, 1)), AddSection("Two")]).text

    kept = roadmap("  - name: A\n    notes: |+\n      x\n\n")
    assert after == kept + "- title: Two\n  skills: []\n"


def test_sections_swap_their_titles_and_skills_go_to_the_new_ones():
    """A section is addressed by the title it gets in the same batch."""
    text = "sections:\n- title: One\n  skills: [A]\n- title: Two\n  skills: [B]\n"
    edits = [RenameSection(0, "Two"), RenameSection(1, "One"), InsertSkill("Two", {"name": "C"})]

    assert splice(text, edits).text == (
        "sections:\n- title: Two\n  skills: [A, C]\n- title: One\n  skills: [B]\n"
    )


@pytest.mark.parametrize("sections", ["", "sections:\n", "sections: []\n", "sections: ~  # c\n"])
def test_a_roadmap_without_sections_gets_its_first_one(sections):
    """Where nothing is to be imitated, the style of the bundled roadmaps is used."""
    text = splice(f"title: X\n{sections}", [AddSection("A"), InsertSkill("A", {"name": "B"})]).text

    wanted = {"title": "X", "sections": [{"title": "A", "skills": [{"name": "B"}]}]}
    assert yaml.safe_load(text) == wanted


REFUSED = {
    "a tagged value": ("  - name: A\n    status: !!str todo\n", [DONE], "tag"),
    "an anchor that is used elsewhere goes": (
        "  - &a\n    name: A\n  - *a\n",
        [RemoveSkill((0, 0))],
        "anchor",
    ),
    "a key twice": ("  - name: A\n    status: todo\n    status: done\n", [DONE], "twice"),
    "no such skill": ("  - A\n", [SetValue((0, 1), "status", "done")], "no skill 1"),
    "no such section": ("  - A\n", [MoveSkill((0, 0), "Nowhere")], "no such section"),
    "a name is removed": ("  - name: A\n", [SetValue((0, 0), "name", None)], "has one"),
    "comments that flow style has no place for": (
        "  - name: A  # c\n- title: Two\n  skills: [B]\n",
        [MoveSkill((0, 0), "Two")],
        "comments",
    ),
    "a comment stands inside of what goes": (
        "  - {name: A, resources: [{title: T,\n      # mine\n      url: https://t}]}\n",
        [SetItems((0, 0), "resources", ())],
        "a comment would be lost: # mine",
    ),
    "a skill that is a list": ("  - [A]\n", [DONE], ""),
}


@pytest.mark.parametrize(("skills", "edits", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_safely_is_refused_with_a_reason(skills, edits, why):
    """A refusal has four parts and says why."""
    with pytest.raises(SpliceError) as caught:
        splice(roadmap(skills), edits)

    problem = caught.value.problems[0]
    assert why in problem.why
    assert all([problem.what, problem.why, problem.kept, problem.next])


ALIASES = {
    "an aliased value is replaced by an own one": (
        "  - {name: A, level: &l x}\n  - {name: B, level: *l}\n",
        [SetValue((0, 1), "level", "y")],
        '  - {name: A, level: &l x}\n  - {name: B, level: "y"}\n',
    ),
    "an anchored value that nothing else uses keeps its anchor": (
        "  - name: A\n    level: &l x\n",
        [SetValue((0, 0), "level", "z")],
        "  - name: A\n    level: &l z\n",
    ),
    "an aliased list is replaced by an own one": (
        "  - {name: A, tags: &t [x]}\n  - {name: B, tags: *t}\n",
        [SetItems((0, 1), "tags", ("x", "z"))],
        "  - {name: A, tags: &t [x]}\n  - {name: B, tags: [x, z]}\n",
    ),
    "a skill that is an alias takes over and adds": (
        "  - &a\n    name: A\n  - *a  # c\n",
        [SetValue((0, 1), "name", "B")],
        "  - &a\n    name: A\n  - <<: *a  # c\n    name: B\n",
    ),
    "a key that is taken over is overridden": (
        "  - &a\n    name: A\n    hours: 1\n  - <<: *a\n    name: B\n",
        [SetValue((0, 1), "hours", 2)],
        "  - &a\n    name: A\n    hours: 1\n  - <<: *a\n    name: B\n    hours: 2\n",
    ),
    "a key that is taken over is hidden": (
        "  - &a\n    name: A\n    hours: 1\n  - <<: *a\n    name: B\n",
        [SetValue((0, 1), "hours", None)],
        "  - &a\n    name: A\n    hours: 1\n  - <<: *a\n    name: B\n    hours: null\n",
    ),
    "those that take over an edited skill stay as they are": (
        "  - &a\n    name: A\n    hours: 1\n  - <<: *a\n    name: B\n  - *a\n",
        [SetValue((0, 0), "hours", 2), DONE],
        (
            "  - &a\n    name: A\n    status: done\n    hours: 2\n"
            "  - <<: *a\n    name: B\n    status: null\n    hours: 1\n"
            "  - <<: *a\n    status: null\n    hours: 1\n"
        ),
    ),
    "those that take over a null keep it when it gets a value": (
        "  - &a\n    name: A\n    hours: ~\n  - <<: *a\n    name: B\n",
        [SetValue((0, 0), "hours", 2)],
        "  - &a\n    name: A\n    hours: 2\n  - <<: *a\n    name: B\n    hours: null\n",
    ),
    "those that take over a number keep it, however it is written": (
        "  - &a\n    name: A\n    hours: 1_0\n  - <<: *a\n    name: B\n",
        [SetValue((0, 0), "hours", 2)],
        "  - &a\n    name: A\n    hours: 2\n  - <<: *a\n    name: B\n    hours: 10\n",
    ),
    "those that use an edited value get a copy of their own": (
        "  - {name: A, level: &l x, tags: &t [z]}\n  - {name: B, level: *l, tags: *t}\n",
        [SetValue((0, 0), "level", "w"), SetItems((0, 0), "tags", ())],
        "  - {name: A, level: &l w}\n  - {name: B, level: x, tags: [z]}\n",
    ),
    "a value that the same skill uses under another key stays there": (
        "  - {name: &n A, goal: *n, notes: *n}\n",
        [SetValue((0, 0), "name", "B"), SetValue((0, 0), "notes", "C")],
        "  - {name: &n B, goal: A, notes: C}\n",
    ),
    "a copy of a shared list keeps its order and its other keys": (
        (
            "  - {name: A, resources: &r [{title: T, url: u, free: false}, {title: V, url: v}]}\n"
            "  - {name: B, resources: *r}\n"
        ),
        [SetItems((0, 1), "resources", ({"title": "W", "url": "w"}, {"title": "X", "url": "u"}))],
        (
            "  - {name: A, resources: &r [{title: T, url: u, free: false}, {title: V, url: v}]}\n"
            "  - {name: B, resources: [{title: X, url: u, free: false}, {title: W, url: w}]}\n"
        ),
    ),
    "ids are filled in for a skill and for those that take it over": (
        "  - &a\n    name: A\n  - *a\n",
        [ID, SetValue((0, 1), "id", "b")],
        "  - &a\n    id: a\n    name: A\n  - <<: *a\n    id: b\n",
    ),
}


@pytest.mark.parametrize(("before", "edits", "after"), ALIASES.values(), ids=ALIASES)
def test_an_alias_gets_its_own_value_where_that_is_safe(before, edits, after):
    """An edit of what is shared changes only the skill it means."""
    assert splice(roadmap(before), edits).text == roadmap(after)
