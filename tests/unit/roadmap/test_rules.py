"""The rules no single value can break."""

from __future__ import annotations

from datetime import date

import pytest
from roadmap_values import check_roadmap

from tracker.errors import Location, Severity
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import AnyOf, Resource, Roadmap, Section, Skill, Track
from tracker.roadmap.rules import HELD_CODES, RULES, check_references


def road(*skills, title="s"):
    """Make a roadmap of one section."""
    return Roadmap(title="r", sections=(Section(title=title, skills=skills),))


def need(skill_id, *requires):
    """Make a skill that requires others."""
    return Skill(id=skill_id, name=skill_id, requires=requires)


def linked(*urls):
    """Make a skill with links."""
    return Skill(name="a", resources=tuple(Resource(title="t", url=url) for url in urls))


def locate(path):
    """Call a place by its path."""
    return Location("/".join(map(str, path)))


def found(roadmap):
    """Return code and path of everything the rules say."""
    return [(each.code, each.location.path) for each in check_roadmap(roadmap, locate)]


def also(skill_id, *aliases):
    """Make a skill that is found by other words, too."""
    return Skill(id=skill_id, name=f"Skill {skill_id}", aliases=aliases)


def work(evidence, **values):
    """Make a milestone with the address of what shows it."""
    return Skill(name="a", kind="milestone", prove=("It runs.",), evidence=evidence, **values)


def tracked(*tracks):
    """Make a roadmap of the skills a and b with tracks."""
    return road(need("a"), need("b")).model_copy(update={"tracks": tracks})


def pictured(icon):
    """Make a roadmap whose section has an icon."""
    return Roadmap(title="r", sections=(Section(title="s", icon=icon, skills=(Skill(name="a"),)),))


TWO_SECTIONS = Roadmap(
    title="r",
    sections=(
        Section(title="s", skills=(Skill(name="a"),)),
        Section(title="s", skills=(Skill(name="b"),)),
    ),
)
S = "sections/0/skills"
CASES = {
    "an id twice": (
        road(Skill(id="x", name="a"), Skill(id="x", name="b")),
        [("duplicate-id", f"{S}/1/id")],
    ),
    "a section title twice": (TWO_SECTIONS, [("duplicate-section", "sections/1/title")]),
    "a completion date of a skill that is not done": (
        road(
            Skill(name="a", status="todo", completed=date(2026, 6, 3)),
            Skill(name="b", status="doing", completed=date(2026, 6, 3)),
            Skill(name="c", status="done", completed=date(2026, 6, 3)),
            Skill(name="d", status="skipped", completed=date(2026, 6, 3)),
        ),
        [("completed-open", f"{S}/0/completed"), ("completed-open", f"{S}/1/completed")],
    ),
    "a padded section title": (
        road(Skill(name="a"), title="s "),
        [("padded-section", "sections/0/title")],
    ),
    "an unknown requirement": (
        road(need("a", "b")),
        [("unknown-requires", f"{S}/0/requires/0")],
    ),
    "itself as requirement": (road(need("a", "a")), [("self-requires", f"{S}/0/requires/0")]),
    "a circle": (
        road(need("a", "c"), need("b", "a"), need("c", "b")),
        [("requires-cycle", f"{S}/1/requires/0")],
    ),
    "two circles": (
        road(need("a", "b"), need("b", "a", "c"), need("c", "b")),
        [("requires-cycle", f"{S}/1/requires/0"), ("requires-cycle", f"{S}/2/requires/0")],
    ),
    "completed before started": (
        road(Skill(name="a", started=date(2026, 2, 2), completed=date(2026, 2, 1))),
        [("date-order", f"{S}/0/completed")],
    ),
    "a script as link": (
        road(linked("javascript:alert(1)")),
        [("http-url", f"{S}/0/resources/0/url")],
    ),
    "a script as source": (
        Roadmap(
            title="r",
            source="javascript:alert(1)",
            sections=(Section(title="s", skills=(Skill(name="a"),)),),
        ),
        [("http-url", "source")],
    ),
    "a name twice": (road(Skill(name="a"), Skill(name="a")), [("duplicate-name", f"{S}/1/name")]),
    "a link twice": (
        road(linked("https://x.org", "https://x.org")),
        [("duplicate-url", f"{S}/0/resources/1/url")],
    ),
    "an empty section": (
        Roadmap(
            title="r",
            sections=(Section(title="s", skills=(Skill(name="a"),)), Section(title="t")),
        ),
        [("empty-section", "sections/1/skills")],
    ),
    "long words": (
        road(Skill(name="a", level="l" * 101, tags=("x", "t" * 101)), title="s" * 101),
        [
            ("long-option", "sections/0/title"),
            ("long-option", f"{S}/0/level"),
            ("long-option", f"{S}/0/tags/1"),
        ],
    ),
    "a long link": (
        road(linked("https://x.org/" + "a" * 2000)),
        [("long-url", f"{S}/0/resources/0/url")],
    ),
    "no skills": (Roadmap(title="r", sections=(Section(title="s"),)), [("no-skills", "sections")]),
    "evidence that is no web address": (
        road(work("my drawer"), Skill(name="b", evidence="ftp://x.org")),
        [("evidence-url", f"{S}/0/evidence"), ("evidence-url", f"{S}/1/evidence")],
    ),
    "a milestone without evidence": (
        road(work(None, status="done"), Skill(name="b", status="done")),
        [("unproven-milestone", f"{S}/0/status")],
    ),
    "a milestone that does not say what shows it": (
        road(Skill(name="a", kind="milestone")),
        [("no-proof", f"{S}/0/kind")],
    ),
    "one skill to choose from": (
        road(Skill(name="a", covered_by=AnyOf(any=("o/x", "o/x")))),
        [("single-choice", f"{S}/0/covered_by/any/1")],
    ),
    "no skill to choose from": (
        road(Skill(name="a", covered_by=AnyOf(any=()))),
        [("single-choice", f"{S}/0/covered_by/any")],
    ),
    "two skills to choose from": (road(Skill(name="a", covered_by=AnyOf(any=("o/x", "o/y")))), []),
    "a milestone that can be shown": (
        road(
            work("https://x.org/me", status="done"),
            work("https://x.org/me").model_copy(update={"name": "b"}),
        ),
        [],
    ),
    "an alias that is another skill's id": (
        road(also("a", "B"), need("b")),
        [("taken-alias", f"{S}/0/aliases/0")],
    ),
    "an alias of two skills": (
        road(also("a", "the split"), also("b", "x", "The  split")),
        [("taken-alias", f"{S}/1/aliases/1")],
    ),
    "aliases of one skill": (road(also("a", "a", "x", "X"), also("b", "y")), []),
    "two primary links": (
        road(
            Skill(
                name="a",
                resources=tuple(
                    Resource(title="t", url=f"https://x.org/{number}", primary=number > 0)
                    for number in range(3)
                ),
            )
        ),
        [("many-primary", f"{S}/0/resources/2/primary")],
    ),
    "words as an icon": (pictured("tree"), [("bad-icon", "sections/0/icon")]),
    "two icons": (pictured("🌱🌱"), [("bad-icon", "sections/0/icon")]),
    "a digit as an icon": (pictured("1"), [("bad-icon", "sections/0/icon")]),
    **{
        f"the icon {icon}": (pictured(icon), [])
        for icon in [
            "🌱",
            "☁️",
            "👩\u200d💻",
            "🇩🇪",
            "1️⃣",
            "👍🏽",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "⭐",
            "🧑🏿\u200d🔬",
        ]
    },
    "a track twice": (
        tracked(Track(id="t", title="T", targets=("a",)), Track(id="t", title="U", targets=("b",))),
        [("duplicate-track", "tracks/1/id")],
    ),
    "a track without targets": (
        tracked(Track(id="t", title="T")),
        [("empty-track", "tracks/0/targets")],
    ),
    "a track to nowhere": (
        tracked(Track(id="t", title="T", targets=("a", "c"))),
        [("unknown-target", "tracks/0/targets/1")],
    ),
    "a track": (tracked(Track(id="t", title="T", targets=("a", "b"))), []),
    "a good roadmap": (
        road(need("x"), need("y", "x"), need("z", "x", "y"), linked("https://x.org")),
        [],
    ),
    "a source in words": (
        Roadmap(
            title="r",
            source="Géron: Hands-On Machine Learning",
            sections=(Section(title="s", skills=(Skill(name="a"),)),),
        ),
        [],
    ),
}


@pytest.mark.parametrize(("roadmap", "expected"), CASES.values(), ids=CASES.keys())
def test_each_rule_finds_its_fault_and_no_other(roadmap, expected):
    """A rule reports its own fault, at the value that is at fault."""
    assert found(roadmap) == expected


def test_what_guides_a_learner_is_told_with_what_to_do():
    """Each of these problems says what to do next."""
    for name in ("an alias of two skills", "two primary links", "two icons", "a track to nowhere"):
        assert all(problem.next for problem in check_roadmap(CASES[name][0], locate)), name


def test_what_a_sync_can_bring_about_breaks_no_file():
    """A removed target and a new id that is an alias are warnings: an error would stop the next sync."""
    for name in ("an alias that is another skill's id", "a track to nowhere"):
        (problem,) = check_roadmap(CASES[name][0], locate)
        assert problem.severity is Severity.WARNING


def test_a_skill_named_twice_in_any_is_written_once():
    """What to write in place of a choice without a choice names each skill once."""
    (problem,) = check_roadmap(CASES["one skill to choose from"][0], locate)

    assert problem.next == "name another one, or write `covered_by: [o/x]`"


def test_every_rule_is_tried_here():
    """No rule is without a case; those about Notion's limits have theirs in `test_limits`."""
    tried = {code for _, expected in CASES.values() for code, _ in expected}

    assert tried | HELD_CODES == {rule.code for rule in RULES}


def test_a_circle_is_named():
    """The message of a circle names its skills in order."""
    (problem,) = check_roadmap(road(need("a", "b"), need("b", "c"), need("c", "a")), locate)

    assert "a → b → c → a" in problem.what


def test_a_large_circle_is_shortened_and_found_without_recursion():
    """A circle of ten thousand skills is found, and its message stays readable."""
    skills = [need(f"s{index}", f"s{(index + 1) % 10_000}") for index in range(10_000)]

    (problem,) = check_roadmap(road(*skills), locate)

    assert problem.code == "requires-cycle"
    assert len(problem.what) < 200


def test_a_collision_names_the_first_of_the_two():
    """Whoever collides is told with whom."""
    (problem,) = check_roadmap(road(Skill(id="x", name="a"), Skill(id="x", name="b")), locate)

    assert f"{S}/0/id" in problem.why


def test_an_unknown_requirement_is_answered_with_the_nearest_id():
    """A slip of the pen in an id is answered with what was meant."""
    problems = check_roadmap(road(need("python-basics"), need("b", "python-basic")), locate)

    assert "`python-basics`" in problems[0].next


def test_many_unknown_requirements_are_all_told():
    """Advice is limited, because it takes time; problems are not."""
    skills = [need(f"s{index}", f"t{index}") for index in range(500)]

    assert len(check_roadmap(road(*skills), locate)) == 500


def test_references_are_checked_where_the_other_roadmap_is_present():
    """`covered_by` warns of a missing skill, and trusts a roadmap that is not there."""
    skill = Skill(name="a", covered_by=("other/knn", "other/knm", "absent/x"))
    roadmaps = {"mine": road(skill), "other": road(Skill(id="knn", name="kNN"))}

    problems = check_references(roadmaps, lambda name, path: Location(f"{name}:{path[-1]}"))

    assert [(each.code, each.severity, each.location.path) for each in problems] == [
        ("unknown-reference", Severity.WARNING, "mine:1")
    ]
    assert "`knn`" in problems[0].next


def chosen(skill_id, *references):
    """Make a skill of which any of the references is enough."""
    return Skill(id=skill_id, name=skill_id, covered_by=AnyOf(any=references))


@pytest.mark.parametrize(
    ("skills", "expected"),
    [
        pytest.param([chosen("a", "m/a", "m/b"), need("b")], ["m:any/0"], id="itself"),
        pytest.param(
            [chosen("a", "m/b", "m/c"), Skill(id="b", name="b", covered_by=("m/a",)), need("c")],
            ["m:any/0"],
            id="one that names it",
        ),
        pytest.param(
            [
                Skill(id="b", name="b", covered_by=("m/a",)),
                Skill(id="a", name="a", covered_by=("m/b",)),
            ],
            [],
            id="two lists say that skills are the same",
        ),
        pytest.param([chosen("a", "m/b", "m/c"), need("b"), need("c")], [], id="no circle"),
    ],
)
def test_a_choice_that_covers_itself_is_told(skills, expected):
    """A circle through a choice would tick what nobody learned; its entry is named, with what to do."""
    problems = check_references(
        {"m": road(*skills)}, lambda name, path: Location(f"{name}:{path[-2]}/{path[-1]}")
    )

    assert [problem.location.path for problem in problems] == expected
    assert all(problem.code == "covered-circle" and problem.next for problem in problems)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "HTTP://Example.org:8080/a?b=c#d",
        "https://example.org?q=1",
        "https://[::1]/x",
        "https://münchen.example/straße",
        "https://user@example.org/",
    ],
)
def test_web_links_are_fine(url):
    """What a browser opens as a web page is a link."""
    assert find_url_fault(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript://example.org/%0aalert(1)",
        "data:text/html,x",
        "ftp://example.org",
        "file:///etc/passwd",
        "//example.org",
        "/docs",
        "example.org",
        "example.org:80/x",
        "https://",
        "https:///path",
        "https:example.org",
        "https://example.org/a b",
        " https://example.org",
        "https://example.org/\n",
        "https://example.org/\x07",
        "https://example.org/\u202e",
        "https://a\\@example.org",
        "https://[::1",
        "https://example.org:99999",
        "https://example.org:x",
    ],
)
def test_everything_else_is_no_link(url):
    """What is not an address in the web, or hides something, is refused with a reason."""
    assert find_url_fault(url)
