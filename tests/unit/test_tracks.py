"""Promises of tracks: which skills lead to a goal, and which track a person means."""

from __future__ import annotations

import pytest

from tracker.progress.tracks import find_track_skills, find_tracks
from tracker.roadmap.model import Roadmap, Section, Skill, Track


def path(*tracks, **requires):
    """Make a roadmap of skills a to e, each with what it requires."""
    skills = tuple(Skill(id=it, name=it, requires=requires.get(it, ())) for it in "abcde")
    return Roadmap(title="Path", tracks=tracks, sections=(Section(title="S", skills=skills),))


ANALYST = Track(id="analyst", title="Data analyst", targets=("d",))


@pytest.mark.parametrize(
    ("targets", "requires", "expected"),
    [
        pytest.param(
            "d", {"d": "c", "c": "a"}, "acd", id="what is required, and what that requires"
        ),
        pytest.param("be", {"b": "a", "e": "a"}, "abe", id="two goals share what both require"),
        pytest.param("a", {"a": "b", "b": "a"}, "ab", id="a circle ends"),
        pytest.param("xa", {"a": "y"}, "a", id="unknown goals and prerequisites are left out"),
        pytest.param("", {}, "", id="no goal, no skills"),
    ],
)
def test_a_track_is_its_goals_and_all_that_they_require(targets, requires, expected):
    """The skills of a track are its targets and their prerequisites, whatever else is there."""
    roadmap = path(**{name: tuple(needs) for name, needs in requires.items()})
    track = Track(id="t", title="T", targets=tuple(targets))

    found = find_track_skills(roadmap, track)

    assert "".join(roadmap.skills[place].id for place in sorted(found)) == expected


def test_a_long_chain_is_no_trouble():
    """A chain of ten thousand prerequisites is followed to its start."""
    names = [f"s{number}" for number in range(10_000)]
    needs = [(), *((name,) for name in names)]
    skills = [Skill(id=it, name=it, requires=need) for it, need in zip(names, needs, strict=False)]
    roadmap = Roadmap(title="Path", sections=(Section(title="S", skills=tuple(skills)),))

    assert len(find_track_skills(roadmap, Track(id="t", title="T", targets=("s9999",)))) == 10_000


@pytest.mark.parametrize("query", ["analyst", "one/analyst", " Data Analyst "])
def test_a_track_is_found_by_id_and_title(query):
    """A track is meant by its id, by its roadmap and id, and by its title in any case."""
    (found,) = find_tracks({"one": path(ANALYST), "two": path()}, query)

    assert found.reference == "one/analyst"


def test_every_track_that_is_meant_is_found():
    """Roadmaps may share the id of a track: then both are found, and nobody chooses."""
    found = find_tracks({"one": path(ANALYST), "two": path(ANALYST)}, "analyst")

    assert [match.reference for match in found] == ["one/analyst", "two/analyst"]
    assert find_tracks({"one": path(ANALYST)}, "nobody") == ()
