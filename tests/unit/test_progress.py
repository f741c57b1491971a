"""Promises of the progress floor: counting, coverage, pace, forecast, what is next, finding."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.progress.find import SkillFinder, has_words, near_skills
from tracker.progress.order import find_next, list_everything
from tracker.progress.report import summarise
from tracker.progress.selection import SkillFilter, UnknownValue, find_unknown, select_places
from tracker.progress.tally import Tally
from tracker.roadmap.model import AnyOf, Roadmap, Section, Skill, Status, Track

TODAY = date(2026, 11, 23)
"""A Monday."""


def skill(slug, status="todo", **values):
    values.setdefault("name", slug.replace("-", " ").capitalize())
    return Skill(id=slug, status=status, **values)


def roadmap(*skills, title="Path"):
    return Roadmap(title=title, sections=(Section(title="All", skills=skills),))


def report(*skills, **options):
    return summarise({"path": roadmap(*skills)}, today=TODAY, **options)


ROWS = st.lists(
    st.tuples(st.sampled_from(list(Status)), st.none() | st.floats(0, 1e6), st.booleans()),
    min_size=1,
)


def in_sections(skills):
    """Summarise skills with two of them to a section."""
    pairs = (skills[n : n + 2] for n in range(0, len(skills), 2))
    sections = tuple(Section(title=f"S{n}", skills=tuple(some)) for n, some in enumerate(pairs))
    return summarise({"path": Roadmap(title="Path", sections=sections)}, today=TODAY)


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

    @given(ROWS, st.randoms(use_true_random=False))
    def test_percent_is_monotone_and_blind_to_order(self, rows, random):
        """A percentage is within 0 and 100, no section order moves it, and a done skill raises it."""
        skills = [
            skill(f"s{n}", status, hours=hours, covered_by=("path/s0",) if covered else ())
            for n, (status, hours, covered) in enumerate(rows)
        ]
        before = in_sections(skills).total
        random.shuffle(skills)
        shuffled = in_sections(skills).total
        ticked = {"status": Status.DONE, "completed": TODAY}
        done = skills.pop().model_copy(update=ticked)
        after = in_sections([*skills, done]).total

        assert before.percent == shuffled.percent
        assert before.hours_percent == pytest.approx(shuffled.hours_percent)
        for earlier, later in (
            (before.percent, after.percent),
            (before.hours_percent, after.hours_percent),
        ):
            assert 0 <= (earlier or 0) <= 100
            assert (earlier or 0) <= (later or 0) + 1e-9 <= 100 + 1e-9


def world(rows):
    """Return three roadmaps of skills, each covered by some of those behind it in the rows."""
    names = [f"r{n % 3}/s{n}" for n in range(len(rows))]
    made = {}
    for n, (status, day, named, is_any) in enumerate(rows):
        covering = tuple(sorted({names[n + step] for step in named if n + step < len(rows)}))
        made.setdefault(f"r{n % 3}", []).append(
            skill(
                f"s{n}",
                status,
                covered_by=AnyOf(any=covering) if is_any and covering else covering,
                completed=day if status == "done" else None,
            )
        )
    return {name: roadmap(*skills) for name, skills in made.items()}


class TestTwins:
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["todo", "doing", "done", "done"]),
                st.none() | st.dates(TODAY - timedelta(days=9), TODAY - timedelta(days=1)),
                st.sets(st.integers(1, 4), max_size=2),
                st.booleans(),
            ),
            min_size=1,
            max_size=9,
        ),
        st.integers(0, 8),
    )
    def test_no_total_falls_when_a_skill_is_done(self, rows, number):
        """Whatever covers whatever over several roadmaps, what is ticked today lowers no percentage."""
        number %= len(rows)
        before = summarise(world(rows), today=TODAY).total
        if rows[number][0] != "done":
            rows[number] = ("done", TODAY, *rows[number][2:])
        after = summarise(world(rows), today=TODAY).total

        assert 0 <= before.percent <= after.percent <= 100

    @pytest.mark.parametrize(
        ("ticked", "expected"),
        [
            pytest.param(5, (2, 11), id="learned before it: they stay two"),
            pytest.param(1, (1, 10), id="ticked afterwards: they are it"),
            pytest.param(3, (1, 10), id="ticked with it"),
        ],
    )
    def test_a_done_skill_stands_for_one_that_was_learned_before(self, ticked, expected):
        """What was learned before the skill that covers it still counts, so far as it did before."""
        parts = (
            skill(name, "done", covered_by=("two/y",), completed=TODAY - timedelta(ticked))
            for name in "xv"
        )
        whole = skill("y", "done", completed=TODAY - timedelta(3))
        rest = roadmap(whole, *(skill(f"z{n}") for n in range(9)))

        total = summarise({"one": roadmap(*parts), "two": rest}, today=TODAY).total

        assert (total.done, total.counted) == expected

    def test_of_a_circle_of_done_skills_one_counts(self):
        """Skills that cover each other and are all done are one."""
        circle = {
            name: roadmap(skill("a", "done", covered_by=(f"{other}/a",)))
            for name, other in (("one", "two"), ("two", "three"), ("three", "one"))
        }

        assert summarise(circle, today=TODAY).total.done == 1


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

    @pytest.mark.parametrize(
        ("statuses", "covered", "elsewhere"),
        [
            pytest.param({"x": "done", "y": "todo"}, 1, 1, id="one of them is done"),
            pytest.param({"x": "todo", "y": "todo"}, 0, 1, id="none is"),
            pytest.param({"x": "done"}, 1, 1, id="one is not there"),
            pytest.param({"x": "skipped", "y": "todo"}, 0, 1, id="one is skipped"),
            pytest.param({"x": "skipped", "y": "skipped"}, 0, 0, id="all are"),
            pytest.param({}, 0, 0, id="none is there"),
        ],
    )
    def test_any_one_is_enough(self, statuses, covered, elsewhere):
        """With `any` one done skill covers, and one that counts elsewhere is enough."""
        choice = AnyOf(any=("new/x", "new/y"))
        roadmaps = {
            "old": roadmap(skill("a", covered_by=choice)),
            "new": roadmap(*(skill(name, status) for name, status in statuses.items())),
        }

        report = summarise(roadmaps, today=TODAY)

        assert report.roadmaps[0].tally.covered == covered
        assert report.elsewhere == elsewhere

    @pytest.mark.parametrize(("other", "elsewhere"), [("done", 1), ("todo", 0)])
    def test_what_is_done_counts_unless_one_of_the_choice_is(self, other, elsewhere):
        """A done skill is left out of a total only for one of the choice that is done as well."""
        done = skill("a", "done", covered_by=AnyOf(any=("new/x", "new/y")))
        roadmaps = {"old": roadmap(done), "new": roadmap(skill("x", other), skill("y"))}

        assert summarise(roadmaps, today=TODAY).elsewhere == elsewhere

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


class TestNextUp:
    def test_by_level_in_order_of_appearance_then_by_file(self):
        """What can be started is ordered by level and file; what builds on it is told, no more."""
        path = roadmap(
            skill("basic", level="first"),
            skill("hard", level="a-last"),
            skill("root", level="first"),
            skill("middle", requires=("root",)),
            skill("top", requires=("middle",)),
            skill("easy", level="first"),
            skill("going", "doing", level="first"),
        )

        found = summarise({"path": path}, today=TODAY)

        assert [(each.skill.id, each.unlocks) for each in found.next_up] == [
            ("basic", 0),
            ("root", 2),
            ("easy", 0),
            ("hard", 0),
        ]
        assert [each.skill.id for each in found.in_progress] == ["going"]

    @pytest.mark.parametrize(
        ("days_ago", "age", "is_stalled"),
        [
            pytest.param(0, 0, False, id="today"),
            pytest.param(30, 30, False, id="thirty days"),
            pytest.param(31, 31, True, id="a day more"),
            pytest.param(-1, None, False, id="begins tomorrow"),
            pytest.param(None, None, False, id="nobody knows"),
        ],
    )
    def test_what_is_in_progress_has_an_age(self, days_ago, age, is_stalled):
        """The age is counted from the start, and more than thirty days may be a stall."""
        started = None if days_ago is None else TODAY - timedelta(days_ago)

        (found,) = report(skill("going", "doing", started=started)).in_progress

        assert (found.age, found.is_stalled) == (age, is_stalled)

    def test_skipped_and_covered_prerequisites_do_not_block(self):
        """A prerequisite is met when it is done, skipped or covered; covered ones are not offered."""
        path = roadmap(
            skill("a", "skipped"),
            skill("b", covered_by=("other/x",)),
            skill("c", "done"),
            skill("d", requires=("a", "b", "c")),
        )

        found = summarise({"path": path, "other": roadmap(skill("x", "done"))}, today=TODAY)

        assert [each.skill.id for each in found.next_up] == ["d"]

    def test_a_skill_reached_twice_counts_once(self):
        """What builds on a skill along two ways is counted once."""
        path = roadmap(
            skill("a"),
            skill("b", requires=("a",)),
            skill("c", requires=("a",)),
            skill("d", requires=("b", "c")),
        )

        assert summarise({"path": path}, today=TODAY).next_up[0].unlocks == 3

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

        found = find_next(list_everything({"path": roadmap(*skills)}, (), TODAY))

        for each in found.startable:
            assert each.skill.status is Status.TODO
            assert open_ids.isdisjoint(each.skill.requires)
        assert [each.skill for each in found.in_progress] == [
            each for each in skills if each.status is Status.DOING
        ]


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
            pytest.param("arbre", ["two/tree"], id="a part of another word for it"),
            pytest.param("K-Nearest", ["one/knn"], id="a hyphen where the name has a blank"),
            pytest.param("one/knn tuning", [], id="no roadmap and no id"),
            pytest.param("knn tuning", ["one/knn-tuning"], id="an id without its hyphen"),
            pytest.param("-", [], id="a hyphen"),
            pytest.param("-tun", ["one/knn-tuning"], id="a part of an id"),
            pytest.param("nothing", [], id="nothing"),
            pytest.param("  ", [], id="blank"),
        ],
    )
    def test_find(self, query, expected):
        """A skill is found by id, roadmap and id, name, alias, or a part of a name, the exact way first."""
        assert [match.reference for match in SkillFinder(PATHS).find(query)] == expected

    def test_places_are_those_of_the_file(self):
        """A match says in which section and at which place the skill stands."""
        (match,) = SkillFinder(PATHS).find("tree")

        assert (match.roadmap, match.section, match.at) == ("two", "All", (0, 1))

    def test_near_spellings_are_named(self):
        """A query that fits nothing is answered with what is spelled much like it."""
        (nearest, *_) = near_skills(PATHS, "k nearst neigbours")
        (tree, *_) = near_skills(PATHS, "le abre")

        assert (nearest.skill.name, tree.skill.name) == (
            "k nearest neighbours",
            "Straße zum Baum",
        )


GOAL = "Can tune L2 regularization by cross-validation."
LASSO = skill("lasso", name="Lasso", goal=GOAL, tags=("linear-models",), aliases=("Shrinkage",))


class TestSearch:
    @pytest.mark.parametrize(
        "text",
        [
            *("lasso", "LAS", "shrink", "linear models", "Linear-Models", "linearmodels"),
            *("regularisation", "regulariz", "cross validation", "crossvalidation", "tune lasso"),
        ],
    )
    def test_words_are_found_wherever_they_stand(self, text):
        """Letter case, hyphens and -ise or -ize make no difference in name, id, alias, tag or goal."""
        assert has_words(LASSO, text)

    @pytest.mark.parametrize("text", ["ridge", "lasso ridge", "lassotune", "linearly"])
    def test_every_word_has_to_be_there(self, text):
        """A skill that lacks a word of the search is not found."""
        assert not has_words(LASSO, text)

    def test_tags_and_goals_are_near_to_what_is_no_name(self):
        """A query that fits no name is answered with the skills that have it in a tag or the goal."""
        paths = {"one": roadmap(skill("ridge"), LASSO, skill("net", tags=("regularisation",)))}

        found = near_skills(paths, "Regularization")

        assert [match.skill.id for match in found] == ["net", "lasso"]


class TestSelection:
    PATH = Roadmap(
        title="Path",
        tracks=(Track(id="analyst", title="Data analyst", targets=("sql",)),),
        sections=(
            Section(
                title="First steps",
                skills=(
                    skill("split", "done", level="Entry", hours=2, tags=("ml",)),
                    skill("sql", level="entry", hours=5, requires=("split",)),
                ),
            ),
            Section(title="Re-sampling", skills=(skill("boot", level="advanced"),)),
        ),
    )

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            pytest.param(SkillFilter(), ["split", "sql", "boot"], id="everything"),
            pytest.param(SkillFilter(section="resampl"), ["boot"], id="a part of a section"),
            pytest.param(SkillFilter(level="ENTRY"), ["split", "sql"], id="a level"),
            pytest.param(SkillFilter(status=Status.DONE), ["split"], id="a status"),
            pytest.param(SkillFilter(tag="ML"), ["split"], id="a tag"),
            pytest.param(SkillFilter(track="data analyst"), ["split", "sql"], id="a track"),
            pytest.param(SkillFilter(hours=4), ["split"], id="at most four hours"),
            pytest.param(SkillFilter(text="sq", level="entry"), ["sql"], id="words and a level"),
        ],
    )
    def test_a_filter_lets_through_what_fits_all_of_it(self, wanted, expected):
        """Every part of a filter has to fit; a skill without an estimate may take any time."""
        places = select_places({"path": self.PATH}, wanted)

        assert [self.PATH.skills[index].id for _, index in sorted(places)] == expected

    def test_values_that_no_skill_has_are_named_with_those_that_there_are(self):
        """An unknown section, level, tag or track is told with what is there."""
        wanted = SkillFilter(section="steps", level="hard", tag="x", track="analyst")

        assert find_unknown({"path": self.PATH}, wanted) == (
            UnknownValue("level", "hard", ("Entry", "entry", "advanced")),
            UnknownValue("tag", "x", ("ml",)),
        )


def test_an_empty_tally_is_zero():
    """Nothing counts as nothing."""
    assert summarise({}, today=TODAY).total == Tally()
