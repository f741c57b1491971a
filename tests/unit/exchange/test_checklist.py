"""A Markdown checklist comes in: what is a section, a skill, a link, and what is reported."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest
from roadmap_values import broken_rules

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.errors import Severity
from tracker.roadmap.model import Resource, Status


def parse(text):
    """Parse a checklist that is indented like the test around it."""
    return parse_markdown(dedent(text), path="list.md")


def names(imported):
    """Return the names of skills by section."""
    return {
        section.title: [skill.name for skill in section.skills]
        for section in imported.roadmap.sections
    }


def told(imported):
    """Return what is reported, as (line, code)."""
    return [(problem.location.line, problem.code) for problem in imported.not_understood]


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
    assert [
        (section.name, section.status.value) for section in imported.roadmap.sections[0].skills
    ] == [
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
        ("![logo](https://example.org/i.png) kNN", "kNN", []),
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
    assert [resource.url for resource in only(imported).resources] == urls


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
    imported = parse("- [ ] kNN\n\n  Can\n  classify.\n\n  See <https://example.org>.\n- [ ] b\n")

    skill = imported.roadmap.skills[0]

    assert skill.goal == "Can classify."
    assert skill.notes == "See https://example.org."
    assert [resource.url for resource in skill.resources] == ["https://example.org"]


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

    assert [skill.name for skill in imported.roadmap.skills] == ["a", "b"]
    assert told(imported) == [
        (1, "unknown-box"),
        (2, "unknown-box"),
        (3, "line-not-understood"),
    ]


def test_equal_names_get_different_ids():
    """Ids are slugs of the names, and unique; equal sections are one."""
    imported = parse("## S\n- [ ] kNN!\n- [ ] kNN\n## S\n- [ ] kNN?\n- [ ] 神经网络\n")

    ids = [skill.id for skill in imported.roadmap.skills]

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

    assert [skill.name for skill in imported.roadmap.skills] == ["ab", "c[31m"]
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
    monkeypatch.setattr("tracker.adapters.exchange.draft.MOST_PROBLEMS", 1)

    imported = parse("## A\n- [ ] a\n- [ ] b\n- [ ] c\n## B\n- [ ] d\n- plain\n- plain\n")

    assert names(imported) == {"A": ["a", "b", "c"]}
    assert (6, "too-many-skills") in told(imported)


def urls(imported):
    """Return the addresses of the links of all skills, by name."""
    return {skill.name: [link.url for link in skill.resources] for skill in imported.roadmap.skills}


def statuses(imported):
    """Return the statuses of all skills, by name."""
    return {skill.name: skill.status.value for skill in imported.roadmap.skills}


def report(imported):
    """Return all that is reported, as one text."""
    return "\n".join(f"{problem.what} {problem.why}" for problem in imported.not_understood)


def test_an_entry_that_goes_on_is_one_entry():
    """Names, links and goals are whole, however an entry is wrapped."""
    imported = parse(
        """\
        ## Measures
        - [x] Explain the difference between precision
              and recall, and say when each of them counts
        - [ ] Draw a curve with
          [a plotting guide](https://example.org/curve)
          and read the area under it
        - [ ] **Thresholds:** Choose a threshold so that no more than one in
              twenty healthy people is called back
        - [ ] A line that goes on to the left of the entry, as Markdown has
        it, is of the same entry
        - [ ] [A title that is wrapped
          in itself](https://example.org/wrapped)
        """
    )

    assert names(imported) == {
        "Measures": [
            "Explain the difference between precision and recall, and say when each of them counts",
            "Draw a curve with a plotting guide and read the area under it",
            "Thresholds",
            "A line that goes on to the left of the entry, as Markdown has it, is of the same entry",
            "A title that is wrapped in itself",
        ]
    }
    assert imported.roadmap.skills[2].goal == (
        "Choose a threshold so that no more than one in twenty healthy people is called back"
    )
    assert urls(imported)["A title that is wrapped in itself"] == ["https://example.org/wrapped"]
    assert imported.not_understood == ()


@pytest.mark.parametrize("end", ["  ", "\\"], ids=["two blanks", "a backslash"])
def test_a_line_that_is_broken_on_purpose_ends_the_name(end):
    """Behind a hard break the text below a name is its goal."""
    imported = parse(f"- [ ] kNN{end}\n  Can classify\n  anything.\n")

    assert (only(imported).name, only(imported).goal) == ("kNN", "Can classify anything.")


def test_keys_and_addresses_right_below_an_entry_belong_to_it():
    """Neither a key with its value nor an address is a part of the name above it."""
    imported = parse(
        "- [ ] kNN\n  Goal: Can classify.\n  Hours: 3\n- [ ] b\n  https://example.org/b\n"
    )

    first, second = imported.roadmap.skills

    assert (first.name, first.goal, first.hours) == ("kNN", "Can classify.", 3)
    assert (second.name, second.resources[0].url) == ("b", "https://example.org/b")


def test_text_below_the_last_entry_is_no_goal_of_it():
    """A sentence that begins to the left of a list ends the list, and is told."""
    imported = parse("## S\n- [ ] a\n- [ ] b\nThis is all\nfor now.\n\nNext\n----\n- [ ] c\n")

    assert names(imported) == {"S": ["a", "b"], "Next": ["c"]}
    assert [skill.goal for skill in imported.roadmap.skills] == [None, None, None]
    assert told(imported) == [(4, "line-not-understood")]
    assert "This is all for now." in report(imported)


def test_a_nested_entry_says_what_it_is_a_part_of():
    """A roadmap has no skills below skills: the parent of one is kept in its notes."""
    boxed = parse("- [ ] Networks\n  - [x] CNN\n    - [ ] Pooling\n")
    plain = parse("- Networks\n  - CNN\n")

    assert [skill.notes for skill in boxed.roadmap.skills] == [
        None,
        "Part of: Networks",
        "Part of: CNN",
    ]
    assert [skill.notes for skill in plain.roadmap.skills] == [None, "Part of: Networks"]


def test_links_of_headings_and_labels_are_kept_or_told():
    """The addresses in a heading describe its section; where there is none, they are told."""
    imported = parse(
        """\
        # [Mine](https://example.org/mine)

        ## [Part one](https://example.org/one)

        - [ ] First

        ## Part two [![video](https://example.org/badge.svg)](https://example.org/two) [up](#top)

        - [Lectures](https://example.org/lectures)

          Watch them twice.
          - [ ] Lecture 1
        - Slides ([here](https://example.org/slides)):
          - [ ] Slides 1

        ## [Licence](https://example.org/licence)

        MIT.
        """
    )

    assert imported.roadmap.title == "Mine"
    assert imported.roadmap.description == "https://example.org/mine"
    assert {section.title: section.description for section in imported.roadmap.sections} == {
        "Part one": "https://example.org/one",
        "Part two up: Lectures": "Watch them twice.\n\nhttps://example.org/lectures",
        "Part two up: Slides (here)": "here: https://example.org/slides",
    }
    for address in ("two", "badge.svg", "licence"):
        assert f"https://example.org/{address}" in report(imported)
    assert "#top" in report(imported)


def test_signs_for_done_are_known_in_lists():
    """A sign before or behind the words is a status, and no part of the name."""
    imported = parse(
        """\
        - ✅ [Derivatives](https://example.org/a)
        - [Integrals](https://example.org/b) ✅
        - ☑ Series
        - [Vector fields](https://example.org/c)
        - ⬜ Optimisation
        - ✔️ **Limits**: what they are
        - :white_check_mark: Sums
        - [✓ Products](https://example.org/d)
        - 🚧 Proofs
        - ❌ Topology
        - The ✅ sign
        - √2 is irrational
        """
    )

    assert statuses(imported) == {
        "Derivatives": "done",
        "Integrals": "done",
        "Series": "done",
        "Vector fields": "todo",
        "Optimisation": "todo",
        "Limits": "done",
        "Sums": "done",
        "Products": "done",
        "Proofs": "doing",
        "Topology": "todo",
        "The ✅ sign": "todo",
        "√2 is irrational": "todo",
    }
    assert imported.not_understood == ()


def test_signs_are_boxes_without_a_bullet():
    """What is copied from a word processor has signs in place of bullets."""
    imported = parse("☐ First\n☑ Second\n\n✅ Third\n")

    assert statuses(imported) == {"First": "todo", "Second": "done", "Third": "done"}


def test_a_box_outweighs_a_sign_that_says_else():
    """A sign that agrees with the box goes, another one is a part of the name."""
    imported = parse("- [x] Limits ✅\n- [ ] Sums ✅\n")

    assert statuses(imported) == {"Limits": "done", "Sums ✅": "todo"}


@pytest.mark.parametrize(
    ("line", "name", "status"),
    [
        ("- [x]Select", "Select", "done"),
        ("- [ ]Join", "Join", "todo"),
        ("-[x] Group", "Group", "done"),
        ("*[ ]Order", "Order", "todo"),
        ("1.[x]Limit", "Limit", "done"),
        ("- [ x ] Having", "Having", "done"),
        ("- [x ]Union", "Union", "done"),
        ("- []Views", "Views", "todo"),
        ("[x]Indexes", "Indexes", "done"),
        ("- [✓] Keys", "Keys", "done"),
        ("- [✔️]Keys", "Keys", "done"),
        ("- [x][Docs](https://example.org)", "Docs", "done"),
        ("- [ ](optional) Locks", "(optional) Locks", "todo"),
    ],
)
def test_a_box_needs_no_blank_behind_it(line, name, status):
    """Boxes that were typed in a hurry are boxes."""
    imported = parse(f"{line}\n- [ ] last\n")

    assert statuses(imported) == {name: status, "last": "todo"}


@pytest.mark.parametrize(
    "line", ["- [x](https://example.org)", "- [ ](https://example.org)", "- [x][docs]"]
)
def test_brackets_with_a_target_are_a_link_and_no_box(line):
    """What Markdown takes for a link stays one."""
    imported = parse(f"{line}\n\n[docs]: https://example.org\n")

    assert [link.url for link in only(imported).resources] == ["https://example.org"]


def test_headings_in_a_list_are_parts_of_the_section():
    """A heading that stands in a list is a label, without its marks."""
    boxed = parse("## Structures\n- ### Arrays\n    - [ ] About\n- ### Stacks\n    - [ ] Push\n")
    plain = parse("## Structures\n- ### Arrays\n    - About\n- ### Alone\n")

    assert names(boxed) == {"Structures: Arrays": ["About"], "Structures: Stacks": ["Push"]}
    assert names(plain) == {"Structures: Arrays": ["About"], "Structures": ["Alone"]}


def test_paragraphs_that_are_links_are_skills():
    """Where no entry has a box, a link on a line of its own is a skill of its section."""
    imported = parse(
        """\
        # Free education

        ## Databases

        _Take these in order._

        [Essentials](https://example.org/db1)

        [Design](https://example.org/db2) - for later

        ## Calculus

        [Calculus 1A](https://example.org/c1)
        [Calculus 1B](https://example.org/c2) (10 weeks)

        **[Calculus 2](https://example.org/c3)**
        Comes
        after these.

        ## Afterwards

        - Look for a job.
        - Join a meetup.
        """
    )

    assert names(imported) == {
        "Databases": ["Essentials", "Design"],
        "Calculus": ["Calculus 1A", "Calculus 1B (10 weeks)", "Calculus 2"],
    }
    assert imported.roadmap.sections[0].description == "Take these in order."
    assert [skill.goal for skill in imported.roadmap.skills] == [
        None,
        "for later",
        None,
        None,
        "Comes after these.",
    ]
    assert [links for links in urls(imported).values() if len(links) != 1] == []
    assert [line for line, _ in told(imported)] == [22, 23]


def test_paragraphs_beside_boxes_are_no_skills():
    """Where entries have boxes, a link in a paragraph describes the section, and is told."""
    imported = parse("## S\n\n[Watch](https://example.org/w)\n\n- [ ] a\n")

    assert names(imported) == {"S": ["a"]}
    assert imported.roadmap.sections[0].description == "Watch"
    assert "https://example.org/w" in report(imported)


def test_links_without_a_box_belong_to_the_skill_before():
    """Beside boxes an entry that holds links tells of the one above, whatever stands between."""
    imported = parse(
        """\
        - [ ] **Title:** ![High][high] Every page has one.

        ```html
        <title>Example</title>
        ```

        - 📖 [About titles](https://example.org/title)
        - 🛠 [Preview](https://example.org/preview), for the curious

        - [ ] **Language:** ![Low][low] It is declared.

        More:

        - [Apart](https://example.org/apart)

        [high]: https://example.org/high.svg
        [low]: https://example.org/low.svg
        """
    )

    assert urls(imported) == {
        "Title": ["https://example.org/title", "https://example.org/preview"],
        "Language": [],
    }
    assert [skill.goal for skill in imported.roadmap.skills] == [
        "Every page has one.",
        "It is declared.",
    ]
    assert imported.roadmap.skills[0].notes == "🛠 Preview, for the curious"
    for address in ("high.svg", "low.svg", "apart"):
        assert f"https://example.org/{address}" in report(imported)


def test_a_file_has_as_many_skills_as_boxes():
    """Where any entry of a file has a box, lists without boxes are no skills, and are told."""
    imported = parse(
        """\
        ## Before you start
        - Buy a [book](https://example.org/book)
        - Sleep well
        ## Topics
        - [ ] Arrays
            - [ ] Dynamic arrays
                - [video](https://example.org/video)
        - [x] Stacks
        ## Books
        - [One](https://example.org/one)
            - [Two](https://example.org/two)
        """
    )

    assert list(statuses(imported)) == ["Arrays", "Dynamic arrays", "Stacks"]
    assert [line for line, _ in told(imported)] == [2, 3, 10, 11]
    for address in ("book", "one", "two"):
        assert f"https://example.org/{address}" in report(imported)


@pytest.mark.parametrize(
    "text",
    [
        "---\n# Mine\n## S\n- [ ] a\n---\n- [ ] b\n",
        "---\nNote: read this\n- [ ] a\n---\n- [ ] b\n",
        "---\n\n- [ ] a\n\n---\n- [ ] b\n",
        "---\nSome words\n\n- [ ] a\n---\n- [ ] b\n",
        "---\n---\n- [ ] a\n- [ ] b\n",
        "---\nsee https://example.org\n- [ ] a\n---\n- [ ] b\n",
    ],
)
def test_a_first_line_of_dashes_may_be_a_rule(text):
    """Only keys with values make front matter; nothing else is swallowed by two rules."""
    imported = parse(text)

    assert [skill.name for skill in imported.roadmap.skills] == ["a", "b"]


def test_lists_in_front_matter_are_told():
    """What hangs below a key is front matter, too, and no skill."""
    imported = parse("---\ntitle: Mine\ntags:\n- one\n  - two\nmore:\n  x: 1\n---\n- [ ] a\n")

    assert imported.roadmap.title == "Mine"
    assert [skill.name for skill in imported.roadmap.skills] == ["a"]
    assert [line for line, _ in told(imported)] == [4, 5, 7]


def test_images_are_no_text():
    """A badge is no word of a name, a title or a goal, and its address is told."""
    imported = parse(
        """\
        # Path ![build](https://example.org/1.svg)
        - [ ] ![new](https://example.org/2.svg) kNN
        - [ ] [![badge](https://example.org/3.svg)](https://example.org/trees) Trees

          ![chart](https://example.org/4.svg) Can grow one.
        - [ ] ![Only this](https://example.org/5.svg)
        """
    )

    assert imported.roadmap.title == "Path"
    assert urls(imported) == {"kNN": [], "Trees": ["https://example.org/trees"], "Only this": []}
    assert (imported.roadmap.skills[1].goal or "").strip() == "Can grow one."
    for number in range(1, 6):
        assert f"https://example.org/{number}.svg" in report(imported)


def test_addresses_in_what_is_left_out_are_told_in_full():
    """Code, quotations, long entries and unused definitions hide no address."""
    long = f"https://example.org/{'long/' * 30}end"
    imported = parse(
        f"## S\n- [ ] a\n- {'word ' * 20}{long}\n\n```\n{long}code\n```\n\n> Said\n> at {long}quote\n\n"
        f"Text {'word ' * 20} {long}text\n\n[unused]: {long}unused\n"
    )

    for end in ("", "code", "quote", "text", "unused"):
        assert f"{long}{end}" in report(imported)
    assert "a block of code was left out (3 lines)" in report(imported)
    assert 'a quotation was left out: "> Said" (2 lines)' in report(imported)


def test_a_section_of_nothing_but_code_is_none():
    """A heading is an empty section only if nothing at all stands below it."""
    imported = parse("## Set-up\n```\nmake\n```\n## S\n- [ ] a\n## Later\n")

    assert names(imported) == {"S": ["a"], "Later": []}


def test_links_in_a_quotation_belong_to_the_skill_before():
    """Some lists quote the links below each box; a quoted box counts where others have one."""
    imported = parse(
        """\
        - [ ] Title

        > * 📖 [About titles](https://example.org/title)
        > Said by someone.

        > - [x] Language
        """
    )
    plain = parse("- Title\n\n> - [x] Like this\n")

    assert urls(imported) == {"Title": ["https://example.org/title"], "Language": []}
    assert told(imported) == [(4, "line-not-understood")]
    assert [skill.name for skill in plain.roadmap.skills] == ["Title"]
    assert told(plain) == [(3, "line-not-understood")]


def test_bullets_of_word_processors_are_bullets():
    """What is copied from elsewhere has bullets of other kinds."""
    imported = parse("• First\n◦ Second\n▪ Third\n● Fourth\n")

    assert [skill.name for skill in imported.roadmap.skills] == [
        "First",
        "Second",
        "Third",
        "Fourth",
    ]


def test_links_and_images_of_html_are_read():
    """An anchor is a link, an image is told; inside code both are text, and other tags always."""
    imported = parse(
        '- [ ] <a href=\'https://example.org/a\'>The *guide*</a> <img src="https://example.org/i" alt="x">\n'
        '- [ ] `<a href="b">c</a>` <b>d</b> <a name="e"></a>\n'
    )

    first, second = imported.roadmap.skills

    assert first.resources == (Resource(title="The guide", url="https://example.org/a"),)
    assert (first.name, second.name) == (
        "The guide",
        '<a href="b">c</a> <b>d</b> <a name="e"></a>',
    )
    assert "https://example.org/i" in report(imported)


def test_a_sign_beside_boxes_is_as_good_as_a_box():
    """An entry that says it is done is a skill, whatever the others have in front."""
    imported = parse("- [ ] a\n- ✅ b\n- c\n")

    assert statuses(imported) == {"a": "todo", "b": "done"}
    assert told(imported) == [(3, "line-not-understood")]


def test_the_source_may_be_a_link():
    """Where a roadmap comes from is the address, not the words on it."""
    imported = parse("# P\n\nSource: [the site](https://example.org/p)\n\n- [ ] a\n")

    assert imported.roadmap.source == "https://example.org/p"


def test_an_image_below_a_skill_is_no_note():
    """What stands for an image is told with it, and is no text of the skill."""
    imported = parse(
        "- [ ] a\n  - ![chart](https://example.org/i)\n\n  ![plot](https://example.org/j)\n"
    )

    assert (only(imported).goal, only(imported).notes) == (None, None)
    assert told(imported) == [(1, "image-not-imported"), (2, "image-not-imported")]


def test_a_number_at_the_beginning_of_a_wrapped_line_is_no_entry():
    """A list within an entry begins with 1, and no entry has the number of a year."""
    imported = parse(
        """\
        - [ ] Read the report of
          2026. It is long
        - [ ] Install version
          3. or later
        - [ ] Look back at
        2025. Then plan
        - [ ] Steps
          1. One
          2. Two
        """
    )

    assert [skill.name for skill in imported.roadmap.skills] == [
        "Read the report of 2026. It is long",
        "Install version 3. or later",
        "Look back at 2025. Then plan",
        "Steps",
    ]
    assert imported.roadmap.skills[3].notes == "One\nTwo"


def test_a_name_that_is_not_over_goes_on_with_a_capital_letter():
    """A line that ends with a small word ends no sentence, however short it is."""
    imported = parse("- [ ] Compute the\nFourier transform\n- [ ] Meet Ada,\nGrace and Emmy\n")

    assert [skill.name for skill in imported.roadmap.skills] == [
        "Compute the Fourier transform",
        "Meet Ada, Grace and Emmy",
    ]


def test_headings_that_are_links_are_skills_where_there_is_no_list():
    """A page of headings and text has its courses in the headings."""
    imported = parse(
        """\
        # Path
        ## Maths
        ### 1. [Calculus](https://example.org/c)
        The first half.

        ### 2. [Algebra](https://example.org/a)
        ## [Logic](https://example.org/l)
        """
    )

    assert names(imported) == {"Maths": ["1. Calculus", "2. Algebra"], "Path": ["Logic"]}
    assert imported.roadmap.skills[0].goal == "The first half."
    assert urls(imported)["Logic"] == ["https://example.org/l"]


def test_an_id_stays_where_an_entry_goes_on():
    """What is written behind the comment with an id does not hide it."""
    imported = parse("- [ ] Nearest <!-- id: knn -->\n  neighbours\n")

    assert (only(imported).id, only(imported).name) == ("knn", "Nearest neighbours")


def test_text_below_a_heading_in_a_list_is_no_part_of_it():
    """A heading is one line; what stands below it describes the section."""
    imported = parse("- #### [Deep](https://example.org/deep)\n  All of it.\n  - [ ] x\n")

    (section,) = imported.roadmap.sections
    assert (section.title, section.description) == (
        "Deep",
        "All of it.\n\nhttps://example.org/deep",
    )


def test_a_box_may_stand_right_before_a_reference():
    """Of three pairs of brackets, the first is a box."""
    imported = parse("- [x][Docs][d]\n- [ ] b\n\n[d]: https://example.org/d\n")

    assert urls(imported) == {"Docs": ["https://example.org/d"], "b": []}
    assert statuses(imported)["Docs"] == "done"


def test_a_picture_before_a_link_hides_no_skill():
    """A thumbnail beside the words of a link is told; a badge alone is no skill."""
    imported = parse(
        """\
        ## S

        ![thumb](https://example.org/t.png) [One](https://example.org/1)

        [Two](https://example.org/2)

        [![badge](https://example.org/b.svg)](https://example.org/3)
        """
    )

    assert urls(imported) == {"One": ["https://example.org/1"], "Two": ["https://example.org/2"]}
    for address in ("t.png", "b.svg", "3"):
        assert f"https://example.org/{address}" in report(imported)


def test_a_separator_behind_a_sign_is_no_part_of_the_name():
    """Some write a colon or a dash between the sign and the words."""
    imported = parse("- ✅: Limits\n- ⬜ - Sums\n")

    assert statuses(imported) == {"Limits": "done", "Sums": "todo"}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("- [a](#b)\n- kNN", 1, '"[a](#b)" was left out'),
        ("- [ ] \n- [ ] kNN", 1, "an empty list entry"),
        ("# T\n\n## [A](#x)\n- kNN", 3, 'the link `#x` behind "A" was left out'),
        ("Source: ftp://x.org\n\n- kNN", 0, "the source `ftp://x.org` was left out"),
        ("# T\n- ## A\n  - kNN\n\n***\n\nwords", 7, 'text was left out: "words"'),
        ("---\ndescription: a\n---\nwords\n\n- kNN", 4, 'text was left out: "words"'),
    ],
)
def test_what_has_no_place_in_a_roadmap_is_reported_with_its_line(text, line, what):
    """The skill comes in; the rest is left out, and the report shows where it was."""
    imported = parse(text)

    assert [skill.name for skill in imported.roadmap.skills] == ["kNN"]
    assert (line, what) in [
        (problem.location.line, problem.what) for problem in imported.not_understood
    ]


def test_evidence_is_no_link_to_learn_from_and_nothing_of_it_is_lost():
    """An address is evidence, a second one a link; words and what is no kind become notes."""
    imported = parse_markdown(
        dedent("""\
            # T
            ## S
            - [x] Model
              - Evidence: [my work](https://example.org/me), with [a guide](https://example.org/g)
              - Kind: video
              - Proof: It runs
              - Proof: It runs twice
              - Also called: a thing, another
            - [x] Other
              - Evidence: in the drawer
            """)
    )

    model, other = imported.roadmap.skills
    assert model.evidence == "https://example.org/me"
    assert [link.url for link in model.resources] == ["https://example.org/g"]
    assert model.notes == "my work, with a guide\nKind: video"
    assert model.prove == ("It runs", "It runs twice")
    assert model.aliases == ("a thing", "another")
    assert (other.evidence, other.notes) == (None, "Evidence: in the drawer")
