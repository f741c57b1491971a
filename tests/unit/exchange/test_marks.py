"""Marks beside the words of an entry: days behind signs, as Obsidian and others write them."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.adapters.exchange.formats import format_markdown
from tracker.roadmap.model import Roadmap, Section, Skill, Status

DAY = date(2026, 1, 2)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- [x] Foo ✅ 2026-01-02", {"status": Status.DONE, "completed": DAY}),
        ("- Foo ✅ 2026-01-02", {"status": Status.DONE, "completed": DAY}),
        ("- [x] Foo ✔️ 2026-01-02", {"status": Status.DONE, "completed": DAY}),
        ("- [x] Foo ✅ [[2026-01-02]]", {"status": Status.DONE, "completed": DAY}),
        ("- [x] Foo [completion:: 2026-01-02]", {"status": Status.DONE, "completed": DAY}),
        ("- [x] Foo @done(2026-01-02 10:00)", {"status": Status.DONE, "completed": DAY}),
        ("- [/] Foo 🛫 2026-01-02", {"status": Status.DOING, "started": DAY}),
        ("- [ ] Foo 📅 2026-01-09", {"notes": "📅 2026-01-09"}),
        ("- [ ] Foo ⏳ 2026-01-09", {"notes": "⏳ 2026-01-09"}),
        ("- [ ] Foo \N{HEAVY PLUS SIGN} 2026-01-09", {"notes": "\N{HEAVY PLUS SIGN} 2026-01-09"}),
        ("- [ ] Foo 🔁 every week 📅 2026-01-09", {"notes": "🔁 every week 📅 2026-01-09"}),
        ("- [ ] Foo ⏫ 📅 2026-01-09 ^a1b2c3", {"notes": "⏫ ^a1b2c3 📅 2026-01-09"}),
        ("- [-] Foo ❌ 2026-01-02", {"status": Status.SKIPPED, "notes": "❌ 2026-01-02"}),
        ("- Foo ❌ 2026-01-02", {"status": Status.SKIPPED, "notes": "❌ 2026-01-02"}),
        ("- [ ] Foo ✅ 2026-02-30", {"notes": "✅ 2026-02-30"}),
        ("- [x] Foo 🛫 2026-01-01 📅 2026-01-03 ✅ 2026-01-02",
         {"status": Status.DONE, "started": date(2026, 1, 1), "completed": DAY, "notes": "📅 2026-01-03"}),
    ],
)  # fmt: skip
def test_days_behind_signs_are_no_part_of_a_name(line, expected):
    """They are the days of the skill, or kept in its notes as they are."""
    imported = parse_markdown(f"{line}\n")

    (skill,) = imported.roadmap.skills
    assert skill.name == "Foo"
    assert skill == Skill(id="foo", name="Foo", **expected)
    assert imported.not_understood == ()


def test_a_link_and_an_explanation_stay_whole_before_a_day():
    """Days are taken off before a line is read as a link and what explains it."""
    (skill,) = parse_markdown(
        "- [x] [Foo](https://example.org) - a bar ✅ 2026-01-02\n"
    ).roadmap.skills

    assert (skill.name, skill.goal, skill.completed) == ("Foo", "a bar", DAY)


def test_a_day_of_completion_outweighs_an_open_box_and_that_is_told():
    """A box that says to do beside a day that says done is a contradiction."""
    imported = parse_markdown("- [ ] Foo ✅ 2026-01-02\n")

    assert imported.roadmap.skills[0].status is Status.DONE
    assert [problem.code for problem in imported.not_understood] == ["box-outweighed"]


@pytest.mark.parametrize(
    "name",
    ["✅ Foo", "Foo ✅", "✅", "Foo ✅ 2026-01-02", "Foo 📅 2026-01-02", "Foo ⏫", "Foo ^a1b2c3",
     "Foo :white_check_mark:", ":x: Foo", "Foo @done(2026-01-02)", "Foo [due:: 2026-01-02]",
     "### Foo", "☐ Foo", "• Foo", "◦ Foo", "<a href='x'>Foo</a>", "[x]Foo", "Foo 🔁 every day"],
)  # fmt: skip
@pytest.mark.parametrize("status", list(Status), ids=lambda status: status.value)
def test_a_name_with_marks_comes_back_from_a_checklist(name, status):
    """What a name says is no mark of progress once it is a name."""
    roadmap = Roadmap(
        title="T",
        sections=(
            Section(title="S", description=name, skills=(Skill(id="a", name=name, status=status),)),
        ),
    )

    again = parse_markdown(format_markdown({"x": roadmap}))

    assert again.roadmap == roadmap
    assert again.not_understood == ()


@pytest.mark.parametrize(
    ("line", "name", "status"),
    [
        ("- DONE kNN", "kNN", Status.DONE),
        ("- TODO kNN", "kNN", Status.TODO),
        ("- DOING kNN", "kNN", Status.DOING),
        ("- CANCELLED kNN", "kNN", Status.SKIPPED),
        ("- kNN (done)", "kNN", Status.DONE),
        ("- kNN (in progress)", "kNN", Status.DOING),
        ("- kNN (erledigt)", "kNN", Status.DONE),
        ("- kNN (terminé)", "kNN", Status.DONE),
        ("- kNN (в процессе)", "kNN", Status.DOING),
        ("- kNN (已完成)", "kNN", Status.DONE),
        ("- Metric spaces (complete)", "Metric spaces (complete)", Status.TODO),
        ("- Sets (open)", "Sets (open)", Status.TODO),
        ("- kNN (see below)", "kNN (see below)", Status.TODO),
        ("- done deal", "done deal", Status.TODO),
        ("- [ ] kNN (done)", "kNN (done)", Status.TODO),
    ],
)
def test_words_for_a_status_beside_a_name_are_known_without_a_box(line, name, status):
    """A status in brackets, or in capitals in front, counts; a word with other meanings does not."""
    (skill,) = parse_markdown(f"{line}\n").roadmap.skills

    assert (skill.name, skill.status) == (name, status)
