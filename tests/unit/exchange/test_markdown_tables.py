"""Tables in a Markdown document: which of them have skills, and what their cells say."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.roadmap.model import Status


def parse(text):
    """Parse a document that is indented like the test around it."""
    return parse_markdown(dedent(text), path="list.md")


def test_the_rows_of_a_table_are_skills_of_its_section():
    """Names, statuses, numbers and links of cells are read as those of a spreadsheet."""
    imported = parse(
        """\
        # Path
        ## Core
        | Course | Duration | Status | Link |
        |--------|:--------:|--------|------|
        | [Intro](https://example.org/i) | 10 h | ✅ | |
        | Next \\| one | 1,000 | In progress | [site](https://example.org/n) |

        ## More
        Courses | Effort
        :-- | --:
        **[Proofs](https://example.org/p)** | hard
        """
    )

    first, second, third = imported.roadmap.skills
    assert [section.title for section in imported.roadmap.sections] == ["Core", "More"]
    assert (first.name, first.hours, first.status) == ("Intro", 10, Status.DONE)
    assert (second.name, second.hours, second.status) == ("Next | one", 1000, Status.DOING)
    assert (third.name, third.status) == ("Proofs", Status.TODO)
    assert [skill.resources[0].url for skill in imported.roadmap.skills] == [
        "https://example.org/i",
        "https://example.org/n",
        "https://example.org/p",
    ]
    assert [problem.code for problem in imported.not_understood] == ["column-not-understood"]


def test_a_column_of_boxes_says_what_is_done():
    """Boxes and signs need no header to be known."""
    imported = parse(
        """\
        | | Topic |
        |--|--|
        | [x] | A |
        | [ ] | B |
        """
    )

    assert [(skill.name, skill.status) for skill in imported.roadmap.skills] == [
        ("A", Status.DONE),
        ("B", Status.TODO),
    ]


def test_other_tables_are_told_with_their_addresses():
    """A table that names no skills, and any table beside boxes, is left out as a whole."""
    legend = parse("- a\n\n| x | y |\n|---|---|\n| 1 | https://example.org/y |\n")
    beside = parse("- [ ] a\n\n| Skill |\n|---|\n| b |\n")

    assert [skill.name for skill in legend.roadmap.skills] == ["a"]
    assert [skill.name for skill in beside.roadmap.skills] == ["a"]
    (problem,) = legend.not_understood
    assert problem.what == 'a table was left out: "| x | y |" (3 lines)'
    assert "https://example.org/y" in problem.why
    assert [problem.location.line for problem in beside.not_understood] == [3]


def test_relations_in_a_table_are_names_of_skills():
    """A prerequisite may be a link; its words name the skill, and its address is told."""
    imported = parse(
        """\
        | Course | Prerequisites |
        |--------|---------------|
        | A | none |
        | B | [A](https://example.org/a) |
        """
    )

    assert [skill.requires for skill in imported.roadmap.skills] == [(), ("a",)]
    (problem,) = imported.not_understood
    assert "https://example.org/a" in problem.what


def test_a_box_or_a_sign_beside_a_name_says_how_far_a_skill_is():
    """Cells of a document have marks as its entries have; what a column says comes first."""
    imported = parse(
        """\
        | Task | Status |
        |------|--------|
        | [ ] A | |
        | [x] [B](https://example.org/b) | |
        | ✅ C | |
        | D ✅ 2026-01-02 | |
        | ✅ E | in progress |
        """
    )

    assert [(skill.name, skill.status) for skill in imported.roadmap.skills] == [
        ("A", Status.TODO),
        ("B", Status.DONE),
        ("C", Status.DONE),
        ("D", Status.DONE),
        ("E", Status.DOING),
    ]
    assert imported.roadmap.skills[3].completed == date(2026, 1, 2)
    assert imported.not_understood == ()
