"""Promises of tracks: which skills lead to a goal, and which track a person means."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.progress.forecast import Aim, Chance
from tracker.progress.report import summarise
from tracker.progress.tracks import find_track_skills, find_tracks
from tracker.roadmap.model import Roadmap, Section, Skill, Status, Track

TODAY = date(2026, 11, 23)


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


def follow(aim, **statuses):
    """Report on skills a to e of 4 hours each, of which `d` and what it requires are a track."""
    roadmap = path(ANALYST, d=("c",), c=("a",))
    skills = tuple(
        skill.model_copy(update={"hours": 4.0, "status": Status(statuses.get(skill.id, "todo"))})
        for skill in roadmap.skills
    )
    section = roadmap.sections[0].model_copy(update={"skills": skills})
    return summarise(
        {"one": roadmap.model_copy(update={"sections": (section,)})}, today=TODAY, aim=aim
    )


def test_a_track_has_hours_and_weeks():
    """What is left of a track is told in hours, and in whole weeks at the hours that are planned."""
    (track,) = follow(Aim(hours_per_week=5), a="done").roadmaps[0].tracks
    (unplanned,) = follow(Aim()).roadmaps[0].tracks

    assert (track.tally.left, track.tally.hours_left, track.weeks) == (2, 8, 2)
    assert (unplanned.tally.left, unplanned.weeks) == (3, None)


def test_the_aim_is_the_end_of_the_track_that_is_followed():
    """What a target asks for, and what is next, is what leads to the end of the track."""
    target = date(2026, 12, 7)
    followed = follow(Aim(target, 4, "Data analyst"))
    everything = follow(Aim(target, 4, "unknown"))

    assert followed.track == followed.roadmaps[0].tracks[0]
    assert [it.handle for it in followed.next_up] == ["a"]
    assert (followed.aim.hours_asked, followed.aim.planned) == (6, date(2026, 12, 14))
    assert everything.track is None
    assert [it.handle for it in everything.next_up] == ["a", "b", "e"]
    assert (everything.aim.hours_asked, everything.aim.planned) == (10, date(2026, 12, 28))


def test_a_track_that_is_done_keeps_nothing_back():
    """At the end of the track the target is reached, and whatever is left can be started."""
    report = follow(Aim(date(2026, 12, 7), track="analyst"), a="done", c="skipped", d="done")

    assert report.aim.chance is Chance.ON_TRACK
    assert [it.handle for it in report.next_up] == ["b", "e"]
