"""Promises of what is said after skills were marked."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.progress.effects import MarkEffects, find_effects
from tracker.roadmap.model import Roadmap, Section, Skill, Status

TODAY = date(2026, 11, 23)


def skill(slug, status="todo", **values):
    return Skill(id=slug, name=slug, status=status, **values)


def path(*skills, title="Path"):
    return Roadmap(title=title, sections=(Section(title="All", skills=skills),))


def mark(roadmap, *ids, status=Status.DONE):
    """Return a roadmap with another status of some skills."""
    sections = tuple(
        section.model_copy(
            update={
                "skills": tuple(
                    it.model_copy(update={"status": status}) if it.id in ids else it
                    for it in section.skills
                )
            }
        )
        for section in roadmap.sections
    )
    return roadmap.model_copy(update={"sections": sections})


def test_what_waited_for_it_is_unlocked():
    """Only what could not be started before and can be now is unlocked, not what was marked."""
    before = path(
        skill("a"),
        skill("b", requires=("a",)),
        skill("c", requires=("a", "x")),
        skill("d", "doing", requires=("a",)),
        skill("e"),
        skill("x"),
    )

    effects = find_effects({"p": before}, {"p": mark(before, "a", "b")}, TODAY)

    assert effects.unlocked == ()
    assert [
        found.handle
        for found in find_effects({"p": before}, {"p": mark(before, "a")}, TODAY).unlocked
    ] == ["b"]


def test_a_skill_learned_elsewhere_unlocks_here():
    """What a done skill covers in another roadmap lets go what waited for it there."""
    old = path(skill("twin", covered_by=("new/a",)), skill("after", requires=("twin",)))
    new = path(skill("a"))

    effects = find_effects({"old": old, "new": new}, {"old": old, "new": mark(new, "a")}, TODAY)

    assert [found.handle for found in effects.unlocked] == ["after"]
    assert [(it.roadmap, it.tally.done) for it in effects.sections] == [("new", 1)]


def test_milestones_sections_and_roadmaps_are_reached():
    """A milestone that is done, a section and a roadmap that are complete are told, once."""
    before = path(skill("a", "skipped"), skill("goal", kind="milestone"))
    after = mark(before, "goal")

    effects = find_effects({"p": before}, {"p": after}, TODAY)

    assert [found.handle for found in effects.milestones] == ["goal"]
    assert ([it.is_completed for it in effects.sections], effects.completed) == ([True], ("p",))
    assert find_effects({"p": after}, {"p": after}, TODAY) == MarkEffects()


def test_what_is_only_covered_is_not_complete():
    """A section that says 1 of 2 is not called complete."""
    before = path(skill("a"), skill("twin", covered_by=("p/a",)))

    effects = find_effects({"p": before}, {"p": mark(before, "a")}, TODAY)

    assert [it.is_completed for it in effects.sections] == [False]


@pytest.mark.parametrize(
    ("before", "after", "count"), [(8, 9, 0), (9, 10, 10), (24, 51, 50), (10, 11, 0), (51, 9, 0)]
)
def test_a_round_number_is_worth_a_word(before, after, count):
    """The greatest round number that was passed on the way up is told."""
    skills = path(*(skill(f"s{n}") for n in range(60)))
    worlds = ({"p": mark(skills, *(f"s{n}" for n in range(done)))} for done in (before, after))

    assert find_effects(*worlds, TODAY).count == count
