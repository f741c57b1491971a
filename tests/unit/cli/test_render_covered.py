"""Promises of reports on skills that were learned under another name, in every format."""

from __future__ import annotations

from datetime import date

import pytest
from rich.cells import cell_len

from tracker.cli.render.layout import AnswerView
from tracker.cli.render.learning_json import report_json
from tracker.cli.render.report_html import render_html
from tracker.cli.render.report_markdown import render_markdown
from tracker.cli.render.report_text import render_report
from tracker.progress.report import Report, summarise
from tracker.roadmap.model import Roadmap, Section, Skill, Status

TODAY = date(2026, 11, 23)


def make_report(*, done: int = 2) -> Report:
    """Report on an old list of four skills, three of them covered by a new one if it is done."""
    new = [
        Skill(id=f"n-{n}", name=f"New {n}", status=Status.DONE if n < done else Status.TODO)
        for n in range(3)
    ]
    old = [Skill(id=f"o-{n}", name=f"Old {n}", covered_by=(f"new/n-{n}",)) for n in range(3)]
    roadmaps = {
        "new": Roadmap(title="New", sections=(Section(title="N", skills=tuple(new)),)),
        "old": Roadmap(
            title="Old", sections=(Section(title="O", skills=(*old, Skill(id="x", name="X"))),)
        ),
    }
    return summarise(roadmaps, today=TODAY)


def test_text_shows_covered_skills_in_bars_and_words():
    """A covered part is shaded, counted in words, and the command that ticks it is named."""
    shown = [line.plain for line in render_report(make_report(), AnswerView(verbose=True))]

    old = shown.index("Old (old)")
    assert [line for line in shown if cell_len(line) > 80] == []
    assert shown[old + 1] == f"{'▒' * 30}{'░' * 29}  0 %   0 of 4 skills"
    assert shown[old + 2] == "0 done · 0 in progress · 4 to do · 2 covered by skills done elsewhere"
    assert any(line.startswith("  O  ") and "▒▒▒▒▒░░░░░" in line for line in shown)
    note = "Note    2 skills are covered; tracker mark --covered ticks them"
    assert note in shown
    assert note in [line.plain for line in render_report(make_report(), AnswerView())]
    assert "3 skills in several roadmaps, counted once" in shown


def test_a_roadmap_that_is_covered_as_a_whole_is_not_called_done():
    """When nothing is left because the rest is covered, the words say so."""
    roadmaps = {
        "new": Roadmap(
            title="New",
            sections=(Section(title="N", skills=(Skill(id="a", name="A", status=Status.DONE),)),),
        ),
        "old": Roadmap(
            title="Old",
            sections=(Section(title="O", skills=(Skill(name="B", covered_by=("new/a",)),)),),
        ),
    }

    report = summarise(roadmaps, today=TODAY)
    shown = [line.plain for line in render_report(report, AnswerView(verbose=True))]

    assert "Done    everything is done or covered" in shown


def test_markdown_has_a_column_for_them():
    """The table has a column of covered skills, and the total says what it counts once."""
    text = render_markdown(make_report())

    assert (
        "| Section | Progress | Done | Skills | Covered |\n| --- | --- | ---: | ---: | ---: |\n"
        "| O | `░░░░░░░░░░` | 0 % | 0 / 4 | 2 |" in text
    )
    assert "3 skills in several roadmaps, counted once" in text


def test_html_shows_them_in_the_bar():
    """The bar has a covered part, the legend counts it, and its label says it in words."""
    page = render_html(make_report())

    assert '<i class="covered" style="width:50%">' in page
    assert "2 covered" in page
    assert 'aria-label="0 % done, 50 % covered"' in page


def test_json_counts_them_apart():
    """Covered skills are part of what is to do, and not of what is left."""
    keys = report_json(make_report())

    old = keys["roadmaps"][1]["total"]
    assert (old["todo"], old["covered"], old["left"], old["done"]) == (4, 2, 2, 0)
    assert old["hours_covered"] == 0
    assert (keys["total"]["skills"], keys["elsewhere"]) == (4, 3)


@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_a_total_counts_each_thing_once(done):
    """Skills of two lists that are the same thing are one in the total, done or not."""
    total = make_report(done=done).total

    assert (total.counted, total.done, total.covered) == (4, done, 0)
