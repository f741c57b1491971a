"""Texts of the roadmap itself and of its sections, set by splicing."""

from __future__ import annotations

import pytest
import yaml

from tracker.adapters.roadmap_files.splice import SpliceError, splice
from tracker.roadmap.edits import AddSection, InsertSkill, RenameSection, SetHead, SetValue

BLOCK = """\
# mine
title: "Path"   # t
x-own: 1
sections:
  - title: One   # o
    skills:
      - a
  - title: Two
    description: |
      Long
      text.
    skills: [b]
"""
FLOW = '{title: Path, sections: [{title: One, skills: [a]}, {title: "Two", skills: [b]}]}\n'
ALIASED = "title: x\nsections:\n- &s {title: One, skills: [a]}\n- *s\n"


def changed(before, edits):
    """Return the new text and the lines that differ."""
    after = splice(before, edits).text
    old, new = before.splitlines(), after.splitlines()
    return (
        after,
        [each for each in old if each not in new],
        [each for each in new if each not in old],
    )


def test_an_edition_is_one_new_line():
    """A text that the roadmap lacks goes behind those that usually stand before it."""
    after, gone, fresh = changed(BLOCK, [SetHead("edition", "2026.11")])

    assert (gone, fresh) == ([], ['edition: "2026.11"'])
    assert after.splitlines()[2] == 'edition: "2026.11"'


def test_a_title_keeps_its_quotes_and_comment():
    """A new title of the roadmap changes the text between the quotes and nothing else."""
    _, gone, fresh = changed(BLOCK, [SetHead("title", "Way")])

    assert (gone, fresh) == (['title: "Path"   # t'], ['title: "Way"   # t'])


def test_a_section_gains_a_description():
    """A description goes behind the section's title, also when that changes too."""
    edits = [
        RenameSection(0, "Uno"),
        SetHead("description", "First.", 0),
        SetValue((0, 0), "hours", 1),
    ]

    after = yaml.safe_load(splice(BLOCK, edits).text)

    assert after["sections"][0] == {
        "title": "Uno",
        "description": "First.",
        "skills": [{"name": "a", "hours": 1}],
    }


def test_a_description_of_several_lines_goes():
    """Removing a description removes all of its lines."""
    _, gone, fresh = changed(BLOCK, [SetHead("description", None, 1)])

    assert (gone, fresh) == (["    description: |", "      Long", "      text."], [])


@pytest.mark.parametrize("text", [BLOCK, FLOW], ids=["block style", "flow style"])
def test_a_section_comes_with_its_description(text):
    """A new section has its title, its description and its skills."""
    edits = [AddSection("New: one", "What it is."), InsertSkill("New: one", {"name": "c"})]

    after = yaml.safe_load(splice(text, edits).text)

    assert after["sections"][2] == {
        "title": "New: one",
        "description": "What it is.",
        "skills": after["sections"][2]["skills"],
    }
    assert after["sections"][2]["skills"] in (["c"], [{"name": "c"}])


TRACKED = """\
title: Path
tracks:   # ways
  # the short one
  - {id: a, title: "A", targets: [x, y]}   # mine
  - id: b
    title: B
    x-own: 1
    targets:
      - x
sections: []
"""


def test_a_track_is_changed_in_its_place():
    """A track that stays keeps its style, its comments and its unknown keys; a new one goes last."""
    items = (
        {"id": "a", "title": "A", "targets": ("x", "z")},
        {"id": "b", "title": "B", "targets": ("x", "z")},
        {"id": "c", "title": "C: new", "targets": ("z",)},
    )

    _, gone, fresh = changed(TRACKED, [SetHead("tracks", items)])

    assert gone == ['  - {id: a, title: "A", targets: [x, y]}   # mine']
    assert fresh == [
        '  - {id: a, title: "A", targets: [x, z]}   # mine',
        "      - z",
        "  - id: c",
        '    title: "C: new"',
        "    targets: [z]",
    ]


@pytest.mark.parametrize("text", [BLOCK, FLOW], ids=["block style", "flow style"])
def test_a_roadmap_gains_tracks_and_icons(text):
    """Tracks go in front of the sections, an icon behind the title of its section."""
    items = ({"id": "a", "title": "A", "targets": ("x", "y")},)
    edits = [SetHead("tracks", items), SetHead("icon", "🌱", 0), AddSection("New", icon="☁️")]

    result = splice(text, edits).text
    after = yaml.safe_load(result)

    assert after["tracks"] == [{"id": "a", "title": "A", "targets": ["x", "y"]}]
    assert [section.get("icon") for section in after["sections"]] == ["🌱", None, "☁️"]
    assert result.index("tracks") < result.index("sections")


def test_a_track_begins_with_its_id():
    """The order in which a file writes the keys of links is not that of tracks."""
    text = """\
title: Path
sections:
  - title: One
    skills:
      - name: a
        resources:
          - {title: "T", url: "https://a/b"}
"""
    items = ({"id": "a", "title": "A", "targets": ("x",)},)

    _, gone, fresh = changed(text, [SetHead("tracks", items)])

    assert (gone, fresh) == ([], ["tracks:", '  - {id: a, title: "A", targets: [x]}'])


def test_tracks_can_go():
    """No tracks at all take their key along."""
    assert splice(TRACKED, [SetHead("tracks", None)]).text.count("track") == 0


def test_flow_style_takes_texts_too():
    """In flow style a text is put among the pairs on the line."""
    edits = [SetHead("edition", "1"), SetHead("description", "D, e", 1)]

    after = yaml.safe_load(splice(FLOW, edits).text)

    assert after["edition"] == "1"
    assert after["sections"][1]["description"] == "D, e"


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        pytest.param(BLOCK, SetHead("sections", "x"), id="the sections are no text"),
        pytest.param(BLOCK, SetHead("title", None), id="a title cannot be removed"),
        pytest.param(BLOCK, SetHead("title", "x", 0), id="a section's title is renamed"),
        pytest.param(BLOCK, SetHead("description", "x", 9), id="there is no such section"),
        pytest.param(ALIASED, SetHead("description", "x", 1), id="a section that is an alias"),
        pytest.param(ALIASED, SetHead("description", "x", 0), id="a section that others share"),
    ],
)
def test_what_has_no_place_is_refused(text, edit):
    """What cannot be set without harm to the rest is refused."""
    with pytest.raises(SpliceError):
        splice(text, [edit])


def test_a_description_at_the_end_of_the_file_comes_before_a_new_section():
    """What is added at one place keeps the order of the file: the section's own texts first."""
    text = "sections:\n- skills: []\n  title: One\n"

    after = splice(text, [AddSection("Two"), SetHead("description", "First.", 0)]).text

    assert after == (
        "sections:\n- skills: []\n  title: One\n  description: First.\n- title: Two\n  skills: []\n"
    )
