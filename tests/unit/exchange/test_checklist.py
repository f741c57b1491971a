"""A Markdown checklist comes in: what is a section, a skill, a link, and what is reported."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.errors import Severity
from tracker.roadmap.model import Resource, Status
from tracker.roadmap.rules import broken_rules


def parse(text):
    """Parse a checklist that is indented like the test around it."""
    return parse_markdown(dedent(text), path="list.md")


def names(imported):
    """Return the names of skills by section."""
    return {each.title: [skill.name for skill in each.skills] for each in imported.roadmap.sections}


def told(imported):
    """Return what is reported, as (line, code)."""
    return [(each.location.line, each.code) for each in imported.not_understood]


def only(imported):
    """Return the only skill."""
    (skill,) = imported.roadmap.skills
    return skill


def test_headings_are_sections_and_boxes_are_skills():
    """The only first-level heading is the title, others are sections, entries are skills."""
    imported = parse(
        """\
        # My path

        Where I want to go.

        ## First models

        Simple ones.

        - [ ] Train/test split
        * [x] kNN
        + [X] Trees
        1. [ ] Boosting
        2) [/] Stacking
        - [~] Bagging
        - [-] Perceptron

        ## Later
        - [ ] Transformers
        """
    )

    assert imported.roadmap.title == "My path"
    assert imported.roadmap.description == "Where I want to go."
    assert imported.roadmap.sections[0].description == "Simple ones."
    assert names(imported)["Later"] == ["Transformers"]
    assert [(each.name, each.status.value) for each in imported.roadmap.sections[0].skills] == [
        ("Train/test split", "todo"),
        ("kNN", "done"),
        ("Trees", "done"),
        ("Boosting", "todo"),
        ("Stacking", "doing"),
        ("Bagging", "doing"),
        ("Perceptron", "skipped"),
    ]
    assert imported.not_understood == ()


def test_headings_below_headings_name_sections_together():
    """A heading within another becomes "One: other", so that equal ones stay apart."""
    imported = parse(
        """\
        # Path
        ## Maths
        ### Basics
        - [ ] Sets
        ### Advanced
        - [ ] Measures
        ## Code
        ### Basics
        - [ ] Loops
        """
    )

    assert names(imported) == {
        "Maths: Basics": ["Sets"],
        "Maths: Advanced": ["Measures"],
        "Code: Basics": ["Loops"],
    }


def test_several_first_level_headings_are_sections():
    """Without one title of its own the document takes that of its file."""
    imported = parse_markdown("# One\n- [ ] a\n\nTwo\n===\n- [ ] b\n", title="notes")

    assert imported.roadmap.title == "notes"
    assert names(imported) == {"One": ["a"], "Two": ["b"]}


def test_underlined_headings_count():
    """Headings may be underlined, with = for the title and - for a section."""
    imported = parse("Path\n====\n\nFirst\n-----\n\n- [ ] a\n\n---\n\n- [ ] b\n")

    assert imported.roadmap.title == "Path"
    assert names(imported) == {"First": ["a", "b"]}


def test_entries_without_boxes_are_skills_where_there_are_no_boxes():
    """A plain list is a list of skills, entries below others included."""
    imported = parse(
        """\
        ## Deep learning
        - Networks
          - CNN
          - RNN
        - [The book](https://example.org/book)
        """
    )

    assert names(imported) == {"Deep learning": ["Networks", "CNN", "RNN", "The book"]}
    assert imported.roadmap.skills[3].resources[0].url == "https://example.org/book"


def test_entries_without_boxes_among_boxes_are_reported():
    """Where others have a box, an entry without one is not guessed to be a skill."""
    imported = parse("## S\n- [ ] a\n- b\n")

    assert names(imported) == {"S": ["a"]}
    assert told(imported) == [(3, "line-not-understood")]


def test_an_entry_above_boxes_names_a_part_of_the_section():
    """A plain entry with boxes below it groups them."""
    imported = parse("## ML\n- Supervised:\n  - [ ] kNN\n  - [x] SVM\n- Other\n  - [ ] PCA\n")

    assert names(imported) == {"ML: Supervised": ["kNN", "SVM"], "ML: Other": ["PCA"]}


def test_nested_boxes_are_skills_of_the_same_section():
    """A box below a box is a skill too."""
    imported = parse("## S\n- [ ] a\n\t- [x] b\n\t\t- [ ] c\n- [ ] d\n")

    assert names(imported) == {"S": ["a", "b", "c", "d"]}
    assert imported.roadmap.skills[1].status is Status.DONE


@pytest.mark.parametrize(
    ("entry", "name", "urls"),
    [
        ("[kNN](https://example.org/a)", "kNN", ["https://example.org/a"]),
        ("Read [this](<https://example.org/a b>) now", "Read this now", []),
        ("Read [this](https://example.org/a_(b) 'T')", "Read this", ["https://example.org/a_(b)"]),
        ("kNN <https://example.org/a>", "kNN", ["https://example.org/a"]),
        ("kNN: https://example.org/a.", "kNN", ["https://example.org/a"]),
        ("kNN (https://example.org/a)", "kNN", ["https://example.org/a"]),
        ("https://example.org/a", "https://example.org/a", ["https://example.org/a"]),
        ("[kNN][docs] and [docs]", "kNN and docs", ["https://example.org/ref"]),
        ("**kNN** in `sk_learn`", "kNN in sk_learn", []),
        ("snake_case 2 * 3 * 4", "snake_case 2 * 3 * 4", []),
        ("Q&amp;A \\[draft\\] &#x2713;", "Q&A [draft] ✓", []),
        ("![logo](https://example.org/i.png) kNN", "logo kNN", []),
        ("1. kNN", "1. kNN", []),
        ("a<br>b <b>c</b>", "a b <b>c</b>", []),
        ("[](https://example.org/a)", "https://example.org/a", ["https://example.org/a"]),
    ],
    ids=str,
)
def test_links_of_every_kind_become_resources(entry, name, urls):
    """Inline, reference, angled and bare links are resources; the name is what one reads."""
    imported = parse(f"- [ ] {entry}\n\n[docs]: https://example.org/ref 'The docs'\n")

    assert only(imported).name == name
    assert [each.url for each in only(imported).resources] == urls


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "./notes.md",
        "data:text/html,x",
        "//host/x",
        "https://",
    ],
)
def test_links_that_do_not_lead_to_the_web_are_reported(url):
    """A link that is neither http nor https is left out, with its line; its text stays."""
    imported = parse(f"# T\n- [ ] [kNN]({url})\n")

    assert only(imported).name == "kNN"
    assert only(imported).resources == ()
    assert told(imported) == [(2, "link-not-imported")]


@pytest.mark.parametrize(
    ("entry", "name", "goal"),
    [
        ("[kNN](https://example.org) - Neighbours vote.", "kNN", "Neighbours vote."),
        ("[kNN](https://example.org): Neighbours vote.", "kNN", "Neighbours vote."),
        ("**kNN** \u2013 neighbours *vote*", "kNN", "neighbours vote"),
        ("**kNN:** neighbours vote", "kNN", "neighbours vote"),
        ("kNN - neighbours vote", "kNN - neighbours vote", None),
        ("[kNN](https://example.org) and trees", "kNN and trees", None),
    ],
    ids=str,
)
def test_what_explains_a_name_is_the_goal(entry, name, goal):
    """Behind a link or bold name the rest is the goal; a dash in plain text parts nothing."""
    imported = parse(f"- [ ] {entry}\n")

    assert (only(imported).name, only(imported).goal) == (name, goal)


def test_text_below_an_entry_is_goal_and_notes():
    """The first paragraph below a skill is its goal, further ones are notes."""
    imported = parse("- [ ] kNN\n  Can\n  classify.\n\n  See <https://example.org>.\n- [ ] b\n")

    skill = imported.roadmap.skills[0]

    assert skill.goal == "Can classify."
    assert skill.notes == "See https://example.org."
    assert [each.url for each in skill.resources] == ["https://example.org"]


def test_entries_below_a_skill_tell_of_it():
    """Links, keys with values, and remarks below a box belong to the skill above."""
    imported = parse(
        """\
        - [x] kNN <!-- id: neighbours -->
          - Goal: Can classify.
          - **Level:** entry
          - Hours: 1.5
          - Started: 2026-11-01
          - Finished: November 3, 2026
          - Tags: ml, "a, b"
          - Requires: Numpy
          - [Guide](https://example.org/a) (docs) \u2013 paid
          - Links: [One](https://example.org/1), [Two](https://example.org/2)
          - Draw the boundary once.
          - Notes: line<br>break
        - [ ] Numpy
        """
    )

    skill = imported.roadmap.skills[0]

    assert imported.not_understood == ()
    assert (skill.id, skill.goal, skill.level, skill.hours) == (
        "neighbours",
        "Can classify.",
        "entry",
        1.5,
    )
    assert (skill.started, skill.completed) == (date(2026, 11, 1), date(2026, 11, 3))
    assert (skill.tags, skill.requires) == (("ml", "a, b"), ("numpy",))
    assert skill.resources == (
        Resource(title="Guide", url="https://example.org/a", type="docs", free=False),
        Resource(title="One", url="https://example.org/1"),
        Resource(title="Two", url="https://example.org/2"),
    )
    assert skill.notes == "Draw the boundary once.\nline\nbreak"


def test_front_matter_is_read():
    """Title, description, source and edition may stand in front matter; other keys are noted."""
    imported = parse(
        """\
        ---
        title: "Mine"
        source: https://example.org/o
        layout: page
        ---
        - [ ] a
        """
    )

    assert (imported.roadmap.title, imported.roadmap.source) == ("Mine", "https://example.org/o")
    assert told(imported) == [(4, "line-not-understood")]
    assert imported.not_understood[0].severity is Severity.NOTE


def test_a_heading_is_the_title_even_where_front_matter_has_another():
    """The title that has to go is told, unless both say the same."""
    other = parse("---\ntitle: 'Mine'\n---\n# Path\n- [ ] a\n")
    same = parse("---\ntitle: 'Path'\n---\n# Path\n- [ ] a\n")

    assert (other.roadmap.title, told(other)) == ("Path", [(2, "line-not-understood")])
    assert (same.roadmap.title, told(same)) == ("Path", [])


def test_addresses_behind_words_of_a_description_are_told():
    """A description is text; a link whose address it does not show is reported."""
    imported = parse("# P\n\nSee [this](https://a.org) and <https://b.org>.\n\n## S\n- [ ] a\n")

    assert imported.roadmap.description == "See this and https://b.org."
    assert told(imported) == [(3, "link-not-imported")]
    assert "https://a.org" in imported.not_understood[0].what


def test_footnotes_are_told():
    """The text of a footnote is no link definition, and goes nowhere in silence."""
    imported = parse("# P\n- [ ] a[^1]\n\n[^1]: Said there.\n")

    assert told(imported) == [(4, "line-not-understood")]


def test_prerequisites_stay_within_their_roadmap():
    """Where a file holds several roadmaps, a repeated id means the skill of the same one."""
    imported = parse(
        """\
        # One
        - [ ] Nets <!-- id: cnn -->

        # Two
        - [ ] Convolutions <!-- id: cnn -->
        - [ ] Layers
          - Requires: cnn
        - [ ] Recurrence
          - Requires: nets
        """
    )

    assert [(skill.id, skill.requires) for skill in imported.roadmap.skills] == [
        ("cnn", ()),
        ("convolutions", ()),
        ("layers", ("convolutions",)),
        ("recurrence", ("cnn",)),
    ]


def test_blocks_that_are_no_list_are_reported_once_each():
    """Code, tables, quotations, HTML and text below a list are reported by their first line."""
    imported = parse(
        """\
        ## S
        - [ ] a

        ```python
        - [ ] no skill
        ```

        | x | y |
        |---|---|

        > quoted
        > more

        <div>
        </div>

        A paragraph
        of text.

        <!-- a comment
        - [ ] is nothing -->
        """
    )

    assert names(imported) == {"S": ["a"]}
    assert [line for line, _ in told(imported)] == [4, 8, 11, 14, 17]


def test_a_table_of_contents_is_no_list_of_skills():
    """Links into the same document name no skills."""
    imported = parse(
        "- [First](#first)\n- [Second](#second)\n\n## First\n- [ ] a\n\n## Second\n- [ ] b\n"
    )

    assert names(imported) == {"First": ["a"], "Second": ["b"]}
    assert told(imported) == [(1, "line-not-understood"), (2, "line-not-understood")]


def test_a_bare_heading_is_an_empty_section():
    """A heading with nothing below it stays, to be filled; one with text only is reported."""
    imported = parse("## Later\n\n## Licence\nMIT.\n\n## Now\n- [ ] a\n")

    assert names(imported) == {"Later": [], "Now": ["a"]}
    assert told(imported) == [(4, "line-not-understood")]


def test_unknown_boxes_are_to_do_and_noted():
    """A mark in a box that only some programs know makes a skill to do."""
    imported = parse("- [>] a\n- [?] b\n- [1] c\n")

    assert [each.name for each in imported.roadmap.skills] == ["a", "b"]
    assert told(imported) == [
        (1, "unknown-box"),
        (2, "unknown-box"),
        (3, "line-not-understood"),
    ]


def test_equal_names_get_different_ids():
    """Ids are slugs of the names, and unique; equal sections are one."""
    imported = parse("## S\n- [ ] kNN!\n- [ ] kNN\n## S\n- [ ] kNN?\n- [ ] 神经网络\n")

    ids = [each.id for each in imported.roadmap.skills]

    assert ids[:3] == ["knn", "knn-2", "knn-3"]
    assert ids[3].startswith("skill-")
    assert list(names(imported)) == ["S"]


def test_what_would_break_a_rule_is_left_out():
    """Circles, dates in the wrong order and unknown prerequisites do not get in."""
    imported = parse(
        """\
        - [ ] a
          - Requires: b, c, a
          - Started: 2026-11-03
          - Completed: 2026-11-01
          - Hours: many
        - [ ] b
          - Requires: a
        """
    )

    assert broken_rules(imported.roadmap) == ()
    assert [code for _, code in told(imported)] == [
        "date-not-imported",
        "requires-not-imported",
        "requires-not-imported",
        "value-not-understood",
        "requires-not-imported",
    ]


def test_line_ends_controls_and_marks_of_any_system_are_taken():
    """CRLF, CR and a byte order mark make no difference; control characters are dropped."""
    imported = parse_markdown("# T\r\n- [x] a\0b\r- [ ] c\x1b[31m\n", path="list.md")

    assert [each.name for each in imported.roadmap.skills] == ["ab", "c[31m"]
    assert told(imported) == [(2, "control-character")]


def test_a_report_of_a_hostile_file_ends():
    """A thousand problems are told, and how many more there are."""
    imported = parse_markdown("- [ ] a\n" + "- b\n" * 2500)

    assert len(imported.not_understood) == 1001
    assert imported.not_understood[-1].what == "1,500 more lines were not understood"


def test_names_have_no_space_around_them():
    """What is left of an entry when its image or formatting went is a name without padding."""
    imported = parse("## S\n- [ ] ![](https://a.org/i.png) kNN\n- [ ] [ Trees ](https://a.org)\n")

    assert [skill.name for skill in imported.roadmap.skills] == ["kNN", "Trees"]
    assert imported.roadmap.skills[1].resources[0].title == "Trees"


def test_skills_beyond_measure_are_left_out_and_told(monkeypatch):
    """A file of very many entries ends, and the report says so however long it is already."""
    monkeypatch.setattr("tracker.adapters.exchange.draft.MOST_SKILLS", 3)
    monkeypatch.setattr("tracker.adapters.exchange.report.MOST_PROBLEMS", 1)

    imported = parse("## A\n- [ ] a\n- [ ] b\n- [ ] c\n## B\n- [ ] d\n- plain\n- plain\n")

    assert names(imported) == {"A": ["a", "b", "c"]}
    assert (6, "too-many-skills") in told(imported)
