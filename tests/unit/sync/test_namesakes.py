"""Rows and skills that were never synced are paired by name, where there is no doubt."""

from __future__ import annotations

from builders import roadmap, row, skill

from tracker.sync.namesakes import name_skills, pair_namesakes


def pair(skills, rows):
    """Return which skill is which page for sure, and which pages may be which skills."""
    found = pair_namesakes(name_skills(roadmap(*skills)), rows)
    doubts = {it.row.page_id: [one.skill_id for one in it.skills] for it in found.doubts}
    return dict(found.sure), doubts


def test_a_name_that_both_have_once_is_sure():
    """Whatever the section, and whether the skill has an id yet."""
    skills = [skill("knn", section="A"), skill(None, name="Trees")]
    rows = [row(None, "p1", name="Knn", section="B"), row(None, "p2", name="Trees")]

    assert pair(skills, rows) == ({"knn": "p1", "trees": "p2"}, {})


def test_a_section_tells_namesakes_apart():
    """Two of one name on both sides are two pairs, if each pair has a section of its own."""
    skills = [skill("a", name="X", section="A"), skill("b", name="X", section="B")]
    rows = [row(None, "p1", name="X", section="B"), row(None, "p2", name="X", section="A")]

    assert pair(skills, rows) == ({"a": "p2", "b": "p1"}, {})


def test_more_rows_than_skills_are_a_doubt():
    """Each of the rows may be the skill."""
    rows = [row(None, page, name="Knn", section="") for page in ("p1", "p2")]

    assert pair([skill("knn")], rows) == ({}, {"p1": ["knn"], "p2": ["knn"]})


def test_names_that_are_nearly_alike_are_a_doubt():
    """Case, accents and punctuation may be a slip, or another skill."""
    rows = [row(None, "p1", name="train-test  split")]

    assert pair([skill("tts", name="Train/test split")], rows) == ({}, {"p1": ["tts"]})


def test_a_tracker_id_says_more_than_a_name():
    """Such a row is no namesake of another skill, and its skill has no other row."""
    skills = [skill("knn"), skill("svm")]
    rows = [row("svm", "p1", name="Knn"), row(None, "p2", name="Svm")]

    assert pair(skills, rows) == ({}, {})


def test_rows_without_a_name_are_nobody():
    """There is nothing to go by."""
    assert pair([skill("knn")], [row(None, "p1", name="")]) == ({}, {})
