"""From a roadmap to records and slugs."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.roadmap.model import SLUG_LENGTH, Resource, Roadmap, Section, Skill, Status, make_slug
from tracker.sync.records import Link, Links, LocalSkill, Record, make_local_observation


def test_every_synced_field_reaches_the_record():
    """A record holds every synced value of a skill, and its section's title."""
    skill = Skill(
        id="knn",
        name="kNN",
        goal="Can classify.",
        status=Status.DONE,
        level="entry",
        hours=2,
        started=date(2026, 11, 1),
        completed=date(2026, 11, 3),
        requires=("numpy",),
        tags=("ml", "basics"),
        resources=(Resource(title="Docs", url="https://example.org", type="docs"),),
        evidence="https://example.org/me",
        notes="A\nB\n",
    )

    seen = make_local_observation(
        "ds", "d1", Roadmap(title="DS", sections=(Section(title="First", skills=(skill,)),))
    )

    assert (seen.roadmap, seen.title, seen.digest, seen.sections) == ("ds", "DS", "d1", ("First",))
    assert seen.skills == (
        LocalSkill(
            at=(0, 0),
            skill_id="knn",
            record=Record(
                name="kNN",
                status=Status.DONE,
                section="First",
                level="entry",
                goal="Can classify.",
                hours=2.0,
                started=date(2026, 11, 1),
                completed=date(2026, 11, 3),
                tags=frozenset({"ml", "basics"}),
                requires=frozenset({"numpy"}),
                resources=Links((Link("https://example.org", "Docs", "docs"),)),
                evidence="https://example.org/me",
                notes="A\nB",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\r\nb\rc\n\n ", "a\nb\nc"), ("", None), (" \n", None), ("  a", "  a"), (None, None)],
)
def test_text_is_compared_in_canonical_form(text, expected):
    """Line ends become LF, trailing white space goes, and empty text is no text."""
    skill = Skill(name="x", notes=text)

    seen = make_local_observation(
        "ds", "d", Roadmap(title="t", sections=(Section(title="s", skills=(skill,)),))
    )

    assert seen.skills[0].record.notes == expected


def test_the_first_resource_of_a_url_is_the_link():
    """Two resources with one URL are one link."""
    resources = (Resource(title="a", url="https://x.org"), Resource(title="b", url="https://x.org"))
    skill = Skill(name="x", resources=resources)

    seen = make_local_observation(
        "ds", "d", Roadmap(title="t", sections=(Section(title="s", skills=(skill,)),))
    )

    assert seen.skills[0].record.resources.items == (Link("https://x.org", "a"),)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Train/test split", "train-test-split"),
        ("  Bayes' théorème: naïve  ", "bayes-theoreme-naive"),
        ("pre\u2013processing", "pre-processing"),
        ("Straße", "strasse"),
        ("No", "skill-no"),
        ("1.10", "skill-1-10"),
        ("2024-01-05", "skill-2024-01-05"),
        ("机器学习", "skill-e0ab0981"),
    ],
)
def test_a_name_becomes_a_readable_slug(name, slug):
    """A slug reads like the name, and never like a YAML number, date or truth value."""
    assert make_slug(name, set()) == slug


def test_a_taken_slug_is_numbered():
    """Collisions get -2, -3 and so on, within the length limit."""
    assert make_slug("kNN", {"knn"}) == "knn-2"
    assert make_slug("kNN", {"knn", "knn-2"}) == "knn-3"
    assert make_slug("a" * 99, {"a" * 60}) == "a" * 58 + "-2"


@given(st.text(), st.sets(st.text(max_size=3)))
def test_any_name_gives_a_valid_id(name, taken):
    """Whatever the name, the slug is a valid skill id, short, and not taken."""
    slug = make_slug(name, taken)

    assert Skill(id=slug, name="x").id == slug
    assert len(slug) <= SLUG_LENGTH
    assert slug not in taken
