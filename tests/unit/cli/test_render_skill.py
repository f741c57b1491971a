"""Promises of what `show` and `next` say of one skill."""

from __future__ import annotations

from datetime import date

import pytest
from rich.cells import cell_len

from tracker.cli.render.layout import AnswerView
from tracker.cli.render.learning_json import skill_json
from tracker.cli.render.skills import (
    ShownSkill,
    group_skills,
    render_list,
    render_next,
    render_skill,
)
from tracker.progress.find import SkillFinder, list_skills
from tracker.progress.order import find_next, list_everything
from tracker.progress.report import summarise
from tracker.roadmap.model import Resource, Roadmap, Section, Skill, Status

BOOK = Resource(
    title="ISL",
    url="https://example.org/isl",
    type="book",
    part="ch. 8.2",
    minutes=90,
    primary=True,
    lang="en",
    free=True,
)
PAID = Resource(title="Course", url="https://example.org/course", free=False)
UNKNOWN = Resource(title="Page", url="https://example.org/page")
MODEL = Skill(
    id="model",
    name="First tested model",
    kind="milestone",
    aliases=("baseline project", "first model"),
    prove=("The test score is reported once, at the end", "It runs"),
    evidence="https://example.org/me/my-model",
    resources=(PAID, UNKNOWN, BOOK),
)


def shown(skill):
    """Find a skill in a roadmap of its own."""
    roadmap = Roadmap(title="Path", sections=(Section(title="S", skills=(skill,)),))
    (match,) = SkillFinder({"path": roadmap}).find(skill.name)
    return ShownSkill(match, roadmap, "roadmaps/path.yaml:4")


def words(skill):
    """Return what is shown of a skill, line by line."""
    return [line.plain for line in render_skill(shown(skill), AnswerView())]


def test_a_milestone_shows_what_proves_it_and_where_the_work_is():
    """Kind, other words, proofs and evidence each have a line; a link says what is known of it."""
    lines = words(MODEL)

    assert "  kind        milestone" in lines
    assert "  also        baseline project, first model" in lines
    assert "  prove       The test score is reported once, at the end" in lines
    assert "  prove       It runs" in lines
    assert "  evidence    https://example.org/me/my-model" in lines
    assert "  link 3      ISL (book, ch. 8.2, 90 min, en, free, start here)" in lines
    assert "  link 1      Course (paid)" in lines


def test_a_price_that_nobody_knows_is_not_called_free():
    """A link without `free` says nothing of a price."""
    assert "  link 2      Page" in words(MODEL)
    assert "  link        Page" in words(MODEL.model_copy(update={"resources": (UNKNOWN,)}))


def test_an_ordinary_skill_says_nothing_of_what_it_does_not_have():
    """A skill of the first edition is shown as before."""
    assert words(Skill(id="a", name="A")) == [
        "○ A",
        "  skill       path/a",
        "  in          Path / S",
        "  file        roadmaps/path.yaml:4",
        "  status      todo",
    ]


def test_the_answer_for_programs_has_every_key():
    """The JSON of a skill has the keys of the file, whether they say something or not."""
    full, plain = (skill_json(shown(it), None, None) for it in (MODEL, Skill(name="A")))

    assert full.keys() == plain.keys()
    assert (full["kind"], full["evidence"]) == ("milestone", MODEL.evidence)
    assert (plain["kind"], plain["aliases"], plain["prove"], plain["evidence"]) == (
        "skill", [], [], None,
    )  # fmt: skip
    assert full["resources"][2] == {
        "title": "ISL", "url": "https://example.org/isl", "type": "book", "part": "ch. 8.2",
        "minutes": 90, "primary": True, "lang": "en", "free": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("links", "first"),
    [
        pytest.param((PAID, UNKNOWN, BOOK), BOOK, id="the primary one"),
        pytest.param((PAID, UNKNOWN), UNKNOWN, id="one that is not known to be paid"),
        pytest.param(
            (UNKNOWN, BOOK.model_copy(update={"primary": False})), UNKNOWN, id="the first"
        ),
        pytest.param((PAID,), PAID, id="a paid one, where there is no other"),
    ],
)
def test_next_names_the_link_to_begin_with(links, first):
    """The link below a skill is the author's choice, else the first that is not known to be paid."""
    skill = Skill(name="A", resources=links)
    roadmap = Roadmap(title="Path", sections=(Section(title="S", skills=(skill,)),))

    summary = summarise({"path": roadmap}, today=date(2026, 11, 23))
    lines = render_next((), summary.next_up, AnswerView(), links=True)

    assert lines[-1].plain.strip() == first.url
    part = f", {first.part}" if first.part else ""
    assert lines[-2].plain.strip() == f"{first.title}{part}"


IDS = ("knn", "a-very-long-id-that-nobody-would-choose-but-an-import-may-make")


@pytest.mark.parametrize("is_ascii", [False, True], ids=["signs", "ASCII"])
@pytest.mark.parametrize("width", [30, 40, 59, 60, 72, 80, 100])
def test_no_list_is_wider_than_the_screen(width, is_ascii):
    """Names, handles, goals and titles are fitted or broken; only an address may be longer."""
    skills = tuple(
        Skill(id=skill_id, name=name, goal="Explain. " * 30, hours=123456, resources=(BOOK,))
        for skill_id in (*IDS, None)
        for name in ("kNN", "学" * 70, "Antidisestablishmentarianism " * 4)
    )
    going = Skill(
        name="G", id="g", status="doing", started=date(2026, 1, 1), notes="x " * 99 + "y" * 99
    )
    roadmap = Roadmap(title="Path " * 20, sections=(Section(title="S", skills=(*skills, going)),))
    everything = list_everything({"path": roadmap}, (), date(2026, 11, 23))
    following = find_next(everything)
    view = AnswerView(width, is_ascii=is_ascii)
    (match,) = SkillFinder({"path": roadmap}).find("g")

    lines = [
        *render_next(following.in_progress, following.startable, view, links=True),
        *render_list(group_skills(everything, everything, {"path": roadmap}), view),
        *render_skill(ShownSkill(match, roadmap, "roadmaps/path.yaml:4"), view),
    ]

    shown = [line.plain for line in lines if BOOK.url not in line.plain]
    assert [line for line in shown if cell_len(line) > width] == []
    handle = f"path/{IDS[1]}"
    assert any(handle in line for line in shown) is (width >= len(handle) + (6 if is_ascii else 4))


def test_a_status_has_a_sign_in_ascii_too():
    """Where the output cannot say a sign, letters in brackets stand for it."""
    skills = tuple(Skill(name=status.title(), status=status) for status in Status)
    roadmap = Roadmap(title="Path", sections=(Section(title="S", skills=skills),))

    heads = [
        render_skill(ShownSkill(match, roadmap), AnswerView(is_ascii=is_ascii))[0].plain
        for is_ascii in (False, True)
        for match in list_skills({"path": roadmap})
    ]

    assert heads == [
        *("○ Todo", "◐ Doing", "✓ Done", "– Skipped"),
        *("[ ] Todo", "[~] Doing", "[x] Done", "[-] Skipped"),
    ]


def test_next_says_how_long_and_what_it_unlocks():
    """What is in progress has an age, and what can be started its hours and what builds on it."""
    skills = (
        Skill(id="mle", name="MLE", status="doing", started=date(2026, 10, 14)),
        Skill(id="glm", name="GLM", status="doing", started=date(2026, 11, 22)),
        Skill(id="mlp", name="Layers", hours=6),
        Skill(id="cnn", name="Pictures", requires=("mlp",)),
    )
    roadmap = Roadmap(title="Path", sections=(Section(title="S", skills=skills),))
    summary = summarise({"path": roadmap}, today=date(2026, 11, 23))

    lines = [line.plain for line in render_next(summary.in_progress, summary.next_up, AnswerView())]

    assert lines == [
        "In progress (2)",
        "  ◐ mle  MLE  40 days · stalled?",
        "  ◐ glm  GLM  since yesterday",
        "",
        "Start next (1)",
        "  ○ mlp  Layers  6 h · unlocks 1",
    ]
