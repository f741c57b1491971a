"""Promises of the progress floor: counting, coverage, pace, forecast, what is next, finding."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.progress import (
    EtaKind,
    Tally,
    find_skill,
    near_skills,
    next_up,
    summarise,
)
from tracker.roadmap.model import Roadmap, Section, Skill, Status

TODAY = date(2026, 11, 23)
"""A Monday."""


def skill(slug, status="todo", **values):
    values.setdefault("name", slug.replace("-", " ").capitalize())
    return Skill(id=slug, status=status, **values)


def roadmap(*skills, title="Path"):
    return Roadmap(title=title, sections=(Section(title="All", skills=skills),))


def report(*skills, **options):
    return summarise({"path": roadmap(*skills)}, today=TODAY, **options)


def done(slug, days_ago, hours=None):
    return skill(slug, "done", completed=TODAY - timedelta(days=days_ago), hours=hours)


class TestCounting:
    def test_skipped_skills_count_neither_for_nor_against(self):
        """A percentage is taken of the skills that are not skipped."""
        tally = report(
            skill("a", "done", hours=2), skill("b", hours=6), skill("c", "skipped", hours=50)
        ).total

        assert (tally.percent, tally.hours_percent) == (50, 25)
        assert (tally.skills, tally.counted, tally.left) == (3, 2, 1)

    def test_nothing_to_count_has_no_percentage(self):
        """Where every skill is skipped, no percentage is made up."""
        tally = report(skill("a", "skipped")).total

        assert (tally.percent, tally.hours_percent) == (None, None)

    def test_sections_and_levels_add_up_to_the_roadmap(self):
        """Every skill is in one section and one level; unknown levels follow the known ones."""
        progress = summarise(
            {
                "path": Roadmap(
                    title="Path",
                    sections=(
                        Section(title="One", skills=(skill("a", level="wizard"), skill("b"))),
                        Section(title="Two", skills=(skill("c", "done", level="entry"),)),
                        Section(title="Empty"),
                    ),
                )
            },
            today=TODAY,
        ).roadmaps[0]

        assert [(each.title, each.tally.skills) for each in progress.sections] == [
            ("One", 2),
            ("Two", 1),
            ("Empty", 0),
        ]
        assert [each.level for each in progress.levels] == ["entry", "wizard", ""]

    def test_absurd_hours_stay_finite(self):
        """Estimates whose sum overflows a float still give numbers that JSON can hold."""
        tally = report(
            skill("a", hours=1.7e308), skill("b", hours=1.7e308), done("c", 1, 1e308)
        ).total

        json.dumps([tally.hours, tally.hours_percent], allow_nan=False)
        assert tally.hours_percent == pytest.approx(50)

    def test_only_some_roadmaps(self):
        """A report on one roadmap still knows what the others cover."""
        roadmaps = {
            "one": roadmap(skill("a", covered_by=("two/b",)), skill("c")),
            "two": roadmap(skill("b", "done")),
        }

        chosen = summarise(roadmaps, today=TODAY, only=["one"])

        assert [each.name for each in chosen.roadmaps] == ["one"]
        assert (chosen.total.skills, chosen.total.covered) == (2, 1)
        assert [each.skill.id for each in chosen.next_up] == ["c"]


class TestCoverage:
    def test_covered_when_all_that_it_names_are_done(self):
        """A skill is covered when every skill it names is done, and shown as covered, not done."""
        roadmaps = {
            "old": roadmap(
                skill("both", covered_by=("new/x", "new/y")), skill("half", covered_by=("new/z",))
            ),
            "new": roadmap(skill("x", "done"), skill("y", "done"), skill("z", "doing")),
        }

        old = summarise(roadmaps, today=TODAY).roadmaps[0].tally

        assert (old.covered, old.done, old.percent) == (1, 0, 0)
        assert old.left == 1

    def test_totals_count_it_once(self):
        """A total over several roadmaps leaves out what it counts in another one."""
        roadmaps = {
            "old": roadmap(skill("a", covered_by=("new/x",)), skill("b")),
            "new": roadmap(skill("x", "done")),
        }

        total = summarise(roadmaps, today=TODAY)

        assert (total.total.skills, total.elsewhere) == (2, 1)
        assert total.total.percent == 50

    def test_one_of_a_circle_is_counted(self):
        """Skills that name each other are covered by nobody, and one of them is counted."""
        roadmaps = {
            "one": roadmap(skill("a", covered_by=("two/b",))),
            "two": roadmap(skill("b", covered_by=("one/a",))),
        }

        total = summarise(roadmaps, today=TODAY)

        assert (total.total.skills, total.total.covered) == (1, 0)

    @pytest.mark.parametrize(
        "target",
        [pytest.param((), id="an unknown one"), pytest.param(("skipped",), id="a skipped one")],
    )
    def test_what_is_not_learned_elsewhere_counts_here(self, target):
        """A skill that names an unknown or skipped one counts for itself and is not covered."""
        roadmaps = {
            "old": roadmap(skill("a", covered_by=("new/x",))),
            "new": roadmap(*(skill("x", each) for each in target)),
        }

        total = summarise(roadmaps, today=TODAY)

        assert (total.elsewhere, total.total.covered, total.total.todo) == (0, 0, 1)

    def test_what_is_done_counts_wherever_its_twin_stands(self):
        """A done skill is not left out for one that is not done, and its completion is in the pace."""
        roadmaps = {
            "one": roadmap(
                *(
                    skill(
                        name,
                        "done",
                        hours=5,
                        completed=TODAY - timedelta(days=days),
                        covered_by=("two/y",),
                    )
                    for name, days in (("x", 1), ("v", 2))
                )
            ),
            "two": roadmap(skill("y", hours=5)),
        }

        total = summarise(roadmaps, today=TODAY)

        assert (total.total.done, total.total.todo, total.elsewhere) == (2, 1, 0)
        assert total.history.short.skills == 2

    def test_what_is_learned_in_both_places_counts_once(self):
        """When the other one is done too, or covered, a done skill is counted there only."""
        roadmaps = {
            "one": roadmap(skill("x", "done", covered_by=("two/y",))),
            "two": roadmap(skill("y", covered_by=("three/z",))),
            "three": roadmap(skill("z", "done")),
        }

        total = summarise(roadmaps, today=TODAY)

        assert (total.total.skills, total.total.done, total.elsewhere) == (1, 1, 2)

    @pytest.mark.parametrize(("first", "second"), [("done", "todo"), ("todo", "done")])
    def test_the_done_one_of_a_circle_is_counted(self, first, second):
        """Of two skills that name each other the one that is done counts, wherever it stands."""
        roadmaps = {
            "one": roadmap(skill("a", first, covered_by=("two/b",))),
            "two": roadmap(skill("b", second, covered_by=("one/a",))),
        }

        total = summarise(roadmaps, today=TODAY)

        assert (total.total.skills, total.total.done) == (1, 1)

    def test_coverage_goes_through_covered_skills(self):
        """A skill that names a covered skill is covered too."""
        roadmaps = {
            "a": roadmap(skill("x", covered_by=("b/x",))),
            "b": roadmap(skill("x", covered_by=("c/x",))),
            "c": roadmap(skill("x", "done")),
        }

        assert [each.tally.covered for each in summarise(roadmaps, today=TODAY).roadmaps] == [
            1,
            1,
            0,
        ]


class TestPace:
    def test_recent_pace_and_forecast_by_hours(self):
        """With estimates everywhere the forecast divides the hours left by the hours a week."""
        summary = report(*(done(f"d{n}", n * 7, 4) for n in range(8)), skill("rest", hours=20))

        pace = summary.history.short
        assert (pace.days, pace.skills, pace.skills_per_week, pace.hours_per_week) == (28, 4, 1, 4)
        assert summary.eta.basis == "hours"
        assert summary.eta.day == TODAY + timedelta(days=35)

    def test_forecast_by_skills_where_an_estimate_is_missing(self):
        """One skill left without hours makes the forecast count skills."""
        summary = report(*(done(f"d{n}", n * 7, 4) for n in range(8)), skill("rest"))

        assert (summary.eta.basis, summary.eta.day) == ("skills", TODAY + timedelta(days=7))

    def test_a_beginner_is_measured_over_what_there_is(self):
        """Who began ten days ago is not measured over four weeks."""
        summary = report(done("a", 9), done("b", 5), done("c", 1), skill("d"))

        assert summary.history.short.days == 10
        assert summary.history.short.skills_per_week == pytest.approx(2.1)

    def test_the_long_window_speaks_when_the_short_one_is_thin(self):
        """With fewer than three completions in 28 days the last 90 days give the pace."""
        summary = report(
            *(done(f"d{n}", days) for n, days in enumerate((1, 40, 60, 80))), skill("z")
        )

        assert summary.eta.pace == summary.history.long
        assert summary.eta.kind is EtaKind.DATE

    @pytest.mark.parametrize(
        "days_ago",
        [
            pytest.param((), id="nothing done"),
            pytest.param((1, 2), id="two completions"),
            pytest.param((0, 0, 0, 0, 0), id="a bulk tick on one day"),
            pytest.param((100, 120, 140), id="long ago"),
            pytest.param((-1, -2, -3), id="in the future"),
        ],
    )
    def test_too_little_history_gives_no_date(self, days_ago):
        """No date is forecast from a history that says nothing of a pace."""
        summary = report(*(done(f"d{n}", days) for n, days in enumerate(days_ago)), skill("left"))

        assert (summary.eta.kind, summary.eta.day) == (EtaKind.LITTLE_HISTORY, None)

    def test_finished(self):
        """With everything done, skipped or covered there is nothing to forecast."""
        assert report(done("a", 3), skill("b", "skipped")).eta.kind is EtaKind.FINISHED

    def test_more_than_ten_years_is_not_a_date(self):
        """A date beyond ten years is not pretended to be known."""
        summary = report(
            *(done(f"d{n}", n * 30) for n in range(3)), *(skill(f"t{n}") for n in range(500))
        )

        assert summary.eta.kind is EtaKind.TOO_FAR

    def test_this_week_and_weeks_in_a_row(self):
        """The week begins on Monday; a running week without a completion breaks no streak."""
        summary = report(done("a", 1, 2), done("b", 8, 3), done("c", 22, 4))

        assert (summary.history.week_skills, summary.history.streak) == (0, 2)

    def test_done_without_a_date_is_counted_but_in_no_pace(self):
        """Done skills without a completion date are told, not guessed."""
        summary = report(skill("a", "done"), done("b", 3))

        assert (summary.history.undated, summary.history.long.skills) == (1, 1)

    def test_the_finish_is_a_range_of_both_paces(self):
        """The day is by the recent pace, and the range from the faster to the slower one."""
        summary = report(
            *(done(f"d{n}", days, 2) for n, days in enumerate((1, 9, 20, 50, 80))),
            skill("rest", hours=20),
        )

        eta = summary.eta
        assert eta.day == eta.earliest == TODAY + timedelta(days=94)
        assert eta.latest == TODAY + timedelta(days=162)

    def test_a_finish_by_one_pace_has_no_width(self):
        """Where only one window holds enough both ends are the same day."""
        summary = report(
            *(done(f"d{n}", days) for n, days in enumerate((1, 40, 60, 80))), skill("z")
        )

        assert summary.eta.earliest == summary.eta.latest == summary.eta.day

    def test_a_finish_that_may_be_too_far_has_an_open_end(self):
        """Where the slower pace leads beyond ten years only the earlier end is known."""
        summary = report(
            *(done(f"d{n}", n) for n in range(3)),
            done("old", 89),
            *(skill(f"t{n}") for n in range(250)),
        )

        assert summary.eta.kind is EtaKind.DATE
        assert (summary.eta.earliest, summary.eta.latest) == (summary.eta.day, None)

    @given(
        st.lists(
            st.tuples(st.sampled_from(list(Status)), st.none() | st.dates(), st.none() | st.dates())
        ),
        st.dates(),
    )
    def test_any_dates_are_summarised(self, rows, today):
        """No combination of dates makes a report fail or forecast the past."""
        skills = [
            skill(f"s{n}", status, started=started, completed=completed)
            for n, (status, started, completed) in enumerate(rows)
        ]

        summary = summarise({"path": roadmap(*skills)}, today=today)

        eta = summary.eta
        assert eta.day is None or eta.day > today
        assert (eta.day is None) is (eta.earliest is None)
        assert eta.day is None or eta.earliest <= eta.day <= (eta.latest or date.max)
        unmeasured = summary.history.undated + summary.history.future
        measured = [each for each in skills if each.status is Status.DONE and each.completed]
        assert unmeasured == summary.total.done - sum(each.completed <= today for each in measured)
        assert summary.total.skills == len(rows)


class TestNextUp:
    def test_under_way_first_then_what_most_builds_on(self):
        """Skills under way lead in file order, then startable ones by what builds on them."""
        path = roadmap(
            skill("leaf"),
            skill("root"),
            skill("middle", requires=("root",)),
            skill("top", requires=("middle",)),
            skill("going", "doing"),
        )

        found = next_up({"path": path}, 5)

        assert [(each.skill.id, each.unlocks) for each in found] == [
            ("going", 0),
            ("root", 2),
            ("leaf", 0),
        ]

    def test_skipped_and_covered_prerequisites_do_not_block(self):
        """A prerequisite is met when it is done, skipped or covered; covered ones are not offered."""
        path = roadmap(
            skill("a", "skipped"),
            skill("b", covered_by=("other/x",)),
            skill("c", "done"),
            skill("d", requires=("a", "b", "c")),
        )

        found = next_up({"path": path}, 5, others={"other": roadmap(skill("x", "done"))})

        assert [each.skill.id for each in found] == ["d"]

    def test_a_skill_reached_twice_counts_once(self):
        """What builds on a skill along two ways is counted once."""
        path = roadmap(
            skill("a"),
            skill("b", requires=("a",)),
            skill("c", requires=("a",)),
            skill("d", requires=("b", "c")),
        )

        assert next_up({"path": path}, 1)[0].unlocks == 3

    @given(
        st.lists(st.tuples(st.sampled_from(list(Status)), st.sets(st.integers(0, 9))), max_size=10)
    )
    def test_what_is_suggested_can_be_started(self, rows):
        """Whatever the requirements, even in circles, only startable skills are suggested."""
        skills = [
            skill(f"s{n}", status, requires=tuple(f"s{each}" for each in sorted(named)))
            for n, (status, named) in enumerate(rows)
        ]
        open_ids = {each.id for each in skills if each.status in {Status.TODO, Status.DOING}}

        found = next_up({"path": roadmap(*skills)}, 99)

        for each in found:
            assert each.skill.status is Status.DOING or open_ids.isdisjoint(each.skill.requires)
        assert {each.id for each in skills if each.status is Status.DOING} <= {
            each.skill.id for each in found
        }


PATHS = {
    "one": roadmap(
        skill("knn", name="k nearest neighbours"),
        skill("knn-tuning", name="Tuning"),
        skill("same"),
    ),
    "two": roadmap(
        skill("same", name="Same"), skill("tree", name="Straße zum Baum", aliases=("Le  Arbre",))
    ),
}


class TestFind:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            pytest.param("knn", ["one/knn"], id="an exact id beats a part of one"),
            pytest.param("two/same", ["two/same"], id="a roadmap and an id"),
            pytest.param("same", ["one/same", "two/same"], id="an id in two roadmaps is ambiguous"),
            pytest.param("tuning", ["one/knn-tuning"], id="a whole name in other letter case"),
            pytest.param("NEAREST  neigh", ["one/knn"], id="a part of a name"),
            pytest.param("STRASSE", ["two/tree"], id="letter case is folded for all languages"),
            pytest.param("le arbre", ["two/tree"], id="another word for it"),
            pytest.param("arbre", [], id="a part of another word"),
            pytest.param("-tun", ["one/knn-tuning"], id="a part of an id"),
            pytest.param("nothing", [], id="nothing"),
            pytest.param("  ", [], id="blank"),
        ],
    )
    def test_find(self, query, expected):
        """A skill is found by id, roadmap and id, name, alias, or a part of a name, the exact way first."""
        assert [match.reference for match in find_skill(PATHS, query)] == expected

    def test_places_are_those_of_the_file(self):
        """A match says in which section and at which place the skill stands."""
        (match,) = find_skill(PATHS, "tree")

        assert (match.roadmap, match.section, match.at) == ("two", "All", (0, 1))

    def test_near_spellings_are_named(self):
        """A query that fits nothing is answered with what is spelled much like it."""
        assert near_skills(PATHS, "k nearst neigbours") == ("k nearest neighbours",)
        assert near_skills(PATHS, "le abre") == ("Le  Arbre",)


def test_an_empty_tally_is_zero():
    """Nothing counts as nothing."""
    assert summarise({}, today=TODAY).total == Tally()
