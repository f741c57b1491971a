"""Promises of what `show` and `next` say of one skill."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.cli.render.learning import ShownSkill, render_next_up, render_skill
from tracker.cli.render.learning_json import skill_json
from tracker.progress import find_skill, summarise
from tracker.roadmap.model import Resource, Roadmap, Section, Skill

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
    (match,) = find_skill({"path": roadmap}, skill.name)
    return ShownSkill(match, roadmap, "roadmaps/path.yaml:4")


def words(skill):
    """Return what is shown of a skill, line by line."""
    return [line.plain for line in render_skill(shown(skill), 80)]


def test_a_milestone_shows_what_proves_it_and_where_the_work_is():
    """Kind, other words, proofs and evidence each have a line; a link says what is known of it."""
    lines = words(MODEL)

    assert "  kind        milestone" in lines
    assert "  also        baseline project, first model" in lines
    assert "  prove       The test score is reported once, at the end" in lines
    assert "  prove       It runs" in lines
    assert "  evidence    https://example.org/me/my-model" in lines
    assert "  link        ISL (book, ch. 8.2, 90 min, en, free, start here)" in lines
    assert "  link        Course (paid)" in lines


def test_a_price_that_nobody_knows_is_not_called_free():
    """A link without `free` says nothing of a price."""
    assert "  link        Page" in words(MODEL)


def test_an_ordinary_skill_says_nothing_of_what_it_does_not_have():
    """A skill of the first edition is shown as before."""
    assert words(Skill(id="a", name="A")) == [
        "· A",
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

    lines = render_next_up(summarise({"path": roadmap}, today=date(2026, 11, 23)), 80, links=True)

    assert lines[-1].plain.strip() == first.url
