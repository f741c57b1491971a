"""What Notion takes is known offline: every rule about it, at the limit and one beyond."""

from __future__ import annotations

import pytest
from roadmap_values import broken_rules, check_roadmap

from tracker.adapters.notion.codec import RowContext, encode_links, encode_relation
from tracker.adapters.notion.errors import RowError
from tracker.adapters.notion.rich_text import encode_text
from tracker.adapters.roadmap_files.load import load_roadmap_text
from tracker.roadmap import limits
from tracker.roadmap.model import Resource, Roadmap, Section, Skill
from tracker.roadmap.rules import HELD_CODES, RULES, is_breaking
from tracker.sync.model import PageId
from tracker.sync.records import Link, Links

PLACE = "sections/0/skills/0"
FITS = limits.MOST_UNITS * limits.MOST_PIECES
SMILE = "\N{GRINNING FACE}"


def locate(path):
    from tracker.errors import Location  # noqa: PLC0415

    return Location("/".join(map(str, path)))


def road(*skills, title="r", sections=()):
    first = Section(title="s", skills=skills)
    return Roadmap(title=title, sections=(first, *sections))


def links(count, *, title="t", kind=None):
    return tuple(
        Resource(title=title, url=f"https://example.org/{number}", type=kind)
        for number in range(count)
    )


def ids(count):
    return tuple(f"s{number}" for number in range(count))


def held(roadmap):
    """Return code and place of what the rules about Notion's limits say."""
    found = check_roadmap(roadmap, locate)
    return [(each.code, str(each.location)) for each in found if each.code in HELD_CODES]


CASES = {
    "links": (
        lambda extra: road(Skill(name="a", resources=links(50 + extra, kind="docs"))),
        [("many-links", f"{PLACE}/resources/50")],
    ),
    "titles of links": (
        lambda extra: road(Skill(name="a", resources=links(33, title="t" * (4000 + extra)))),
        [("many-links", f"{PLACE}/resources/32")],
    ),
    "prerequisites": (
        lambda extra: road(Skill(name="a", requires=ids(100 + extra))),
        [("many-requires", f"{PLACE}/requires/100")],
    ),
    "tags": (
        lambda extra: road(Skill(name="a", tags=ids(100 + extra))),
        [("many-tags", f"{PLACE}/tags/100")],
    ),
    "notes": (
        lambda extra: road(Skill(name="a", notes="n" * (FITS + extra))),
        [("long-text", f"{PLACE}/notes")],
    ),
    "a goal": (
        lambda extra: road(Skill(name="a", goal="n" * (FITS + extra))),
        [("long-text", f"{PLACE}/goal")],
    ),
    "a name": (
        lambda extra: road(Skill(name="n" * (FITS + extra))),
        [("long-text", f"{PLACE}/name")],
    ),
    "a title": (
        lambda extra: road(Skill(name="a"), title="n" * (limits.LONGEST_TITLE + extra)),
        [("long-title", "title")],
    ),
    "notes of signs that count twice": (
        lambda extra: road(Skill(name="a", notes=SMILE * (FITS // 2 + extra))),
        [("long-text", f"{PLACE}/notes")],
    ),
    "an address": (
        lambda extra: road(
            Skill(
                name="a",
                resources=(Resource(title="t", url=f"https://a.org/{'x' * (1986 + extra)}"),),
            )
        ),
        [("long-url", f"{PLACE}/resources/0/url")],
    ),
    "bytes in all": (
        lambda extra: road(
            Skill(name="a", notes="й" * (115_000 + 20_000 * extra), goal="й" * 115_000)
        ),
        [("large-skill", PLACE)],
    ),
    "a long section without a place": (
        lambda extra: road(
            Skill(name="a"),
            sections=tuple(
                Section(title=f"{number} {'x' * 150 if number == 98 + extra else ''}!")
                for number in range(98 + extra + 1)
            ),
        ),
        [("late-option", "sections/100/title")],
    ),
    "a long tag without a place": (
        lambda extra: road(
            Skill(name="a", tags=ids(99)), Skill(name="b", tags=("t", "x" * 150)[1 - extra :])
        ),
        [("late-option", "sections/0/skills/1/tags/1")],
    ),
    "a long level without a place": (
        lambda extra: road(
            *(Skill(name=f"{number}", level=f"l{number}") for number in range(96 + extra)),
            Skill(name="z", level="x" * 150),
        ),
        [("late-option", "sections/0/skills/97/level")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_notion_takes_is_fine_and_what_it_does_not_is_named(case):
    """At the limit nothing is said; one beyond, the place of what is too much."""
    make, expected = CASES[case]

    assert held(make(0)) == []
    assert held(make(1)) == expected


def test_every_rule_about_limits_is_told_apart():
    """What Notion cannot hold is an error, but breaks no file; each such rule has a case."""
    assert {code for _, expected in CASES.values() for code, _ in expected} == HELD_CODES
    assert all(rule.severity == "error" for rule in RULES if rule.is_held)


@pytest.mark.parametrize("case", CASES)
def test_a_file_with_too_much_loads(case):
    """Other skills of the file are used as before."""
    make, _ = CASES[case]

    assert broken_rules(make(1)) == tuple(
        problem for problem in broken_rules(make(1)) if problem.code == "unknown-requires"
    )
    assert not any(map(is_breaking, broken_rules(road(Skill(name="a", tags=ids(101))))))


def test_the_place_in_the_file_is_told():
    """Line and column are those of the first link too many."""
    shown = "".join(
        f"          - {{title: t, url: 'https://example.org/{number}'}}\n" for number in range(80)
    )
    text = f"title: R\nsections:\n  - title: S\n    skills:\n      - name: a\n        resources:\n{shown}"

    loaded = load_roadmap_text(text.encode(), path="roadmaps/r.yaml")

    assert loaded.roadmap is not None
    (problem,) = loaded.problems
    assert str(problem.location) == "roadmaps/r.yaml:57:13"
    assert problem.what == 'skill "a" has 80 links'


def test_the_encoder_and_the_rules_agree():
    """What the rules let pass can be encoded; what they name cannot."""
    fifty = [Link(f"https://example.org/{number}", "t", "docs") for number in range(50)]
    pages = {each: PageId(each) for each in ids(101)}

    assert len(encode_links(Links(tuple(fifty)))) == limits.MOST_PIECES
    assert len(encode_relation(ids(100), RowContext(pages))) == limits.MOST_RELATIONS
    assert len(encode_text(SMILE * (FITS // 2))) == limits.MOST_PIECES
    with pytest.raises(RowError):
        encode_links(Links((*fifty, Link("https://example.org/more", "t", None))))
    with pytest.raises(RowError):
        encode_relation(ids(101), RowContext(pages))
    with pytest.raises(RowError):
        encode_text(SMILE * (FITS // 2 + 1))
