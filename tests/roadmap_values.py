"""Strategies for roadmaps that a file can hold, made to be awkward: quotes, marks, emoji, spaces."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from tracker.errors import Problem
from tracker.roadmap.links import find_url_fault
from tracker.roadmap.model import AnyOf, Resource, Roadmap, Section, Skill, SkillKind, Status, Track
from tracker.roadmap.rules import Locate, find_all, is_breaking, make_problem


def check_roadmap(roadmap: Roadmap, locate: Locate | None) -> tuple[Problem, ...]:
    """Return everything that the rules say of a roadmap."""
    return tuple(make_problem(rule, finding, locate) for rule, finding in find_all(roadmap))


def broken_rules(roadmap: Roadmap) -> tuple[Problem, ...]:
    """Return what would break the file of a roadmap, without places."""
    return tuple(filter(is_breaking, check_roadmap(roadmap, None)))


_FORBIDDEN = "".join(
    map(chr, (*range(9), 11, 12, *range(14, 32), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF))
)
ODD = (
    "yes", "null", "1.10", "0o7", "1e3", "12:30", "2026-11-03", "~", "- x", "# x", "x # y", "x: y",
    "x:", "[x]", "[x](https://example.org)", "{x}", "*x*", "**x**", "_x_", "`x`", "a\\", "\\*", "\\\\",
    "'", '"', "a\nb", "a\r\nb", "\ta", " a ", "a  b", "<b>x</b>", "<https://example.org/a>", "&amp;",
    "&#10;", "https://example.org/b", "1. x", "1) x", "+ x", "> x", "| x |", "---", "===", "```", "~~~",
    "![x](https://example.org/i.png)", "[x]: https://example.org", "Goal: x", "Source: x", "Skill", "#",
    "## x ##", "x #", "=1+1", "@x", "'=1", "-1", "\u2028", "\u202ex", "🚀", "👩\u200d💻", "é", "ﷺ", "[ ] x",
    "[x] y", "- [x] z", "@article@x", "<!-- x -->", "a, b", '"a", b', ";", "x (paid)", "(docs)", "<br>",
    "Notes", "#tag", "—", " - ", "x \u2013 y", "$x$", "%x", "!x", "\ufeff", "None", "0x1F",
)  # fmt: skip

characters = st.characters(exclude_categories=["Cs"], exclude_characters=_FORBIDDEN)
pieces = st.one_of(
    st.sampled_from(ODD), st.text(characters, max_size=8), st.from_regex(r"\A[a-z ]{1,9}\Z")
)
texts = st.tuples(pieces, pieces).map("".join)
words = texts.filter(lambda text: bool(text.strip()) and bool(text.strip(_FORBIDDEN + "\u200b")))
titles = words.map(str.strip).filter(bool)
slugs = st.from_regex(r"\A[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}\Z")
url_pieces = [*"ab/()[]<>\"'`*_&;=#?%!|~^{}.,:é", "&amp;", "](", "%20", "//"]
urls = st.builds(
    "{}://{}/{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["example.org", "example.org:8080", "münchen.example"]),
    st.lists(st.sampled_from(url_pieces), max_size=6).map("".join),
).filter(lambda url: not find_url_fault(url))
resources = st.builds(
    Resource,
    title=words,
    url=urls,
    type=st.none() | words,
    part=st.none() | words,
    minutes=st.none() | st.integers(0, 600),
    primary=st.booleans(),
    lang=st.none() | st.sampled_from(["en", "no", "pt-BR"]),
    free=st.none() | st.booleans(),
)
icons = st.none() | st.sampled_from(["🌱", "☁️", "👩\u200d💻", "🇩🇪", "1️⃣"])
days = st.dates(date(1970, 1, 1), date(2100, 1, 1))


choices = st.just(AnyOf(any=("ds-path/knn", "ds-path/svm")))


@st.composite
def skills(draw: st.DrawFn, ids: tuple[str, ...], index: int) -> Skill:
    """Draw a skill; it may require only skills before it, so that there is no circle."""
    started, completed = sorted([draw(days), draw(days)])
    before = ids[:index]
    unique = {"unique": True, "max_size": 2}
    links = draw(st.lists(resources, unique_by=lambda each: each.url, max_size=2))
    return Skill(
        id=ids[index],
        name=draw(words),
        kind=draw(st.sampled_from(SkillKind)),
        aliases=tuple(draw(st.lists(words, **unique))),
        goal=draw(st.none() | texts),
        status=draw(st.sampled_from(Status)),
        level=draw(st.none() | texts),
        hours=draw(st.none() | st.floats(0, 1e6) | st.integers(0, 99).map(float)),
        started=draw(st.none() | st.just(started)),
        completed=draw(st.none() | st.just(completed)),
        requires=tuple(draw(st.lists(st.sampled_from(before), **unique)) if before else ()),
        tags=tuple(draw(st.lists(words, **unique))),
        covered_by=draw(
            st.lists(st.sampled_from(["ds-path/knn", "a/b"]), **unique).map(tuple) | choices
        ),
        prove=tuple(draw(st.lists(words, **unique))),
        evidence=draw(st.none() | urls),
        resources=tuple(links),
        notes=draw(st.none() | texts),
    )


@st.composite
def roadmaps(draw: st.DrawFn) -> Roadmap:
    """Draw a roadmap without errors: every section has skills, ids and titles are unique."""
    sizes = draw(st.lists(st.integers(1, 2), min_size=1, max_size=2))
    count = sum(sizes)
    ids = tuple(draw(st.lists(slugs, unique=True, min_size=count, max_size=count)))
    names = draw(st.lists(titles, unique=True, min_size=len(sizes), max_size=len(sizes)))
    made = [draw(skills(ids, index)) for index in range(count)]
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    return Roadmap(
        title=draw(titles),
        description=draw(st.none() | texts),
        source=draw(st.none() | urls),
        edition=draw(st.none() | texts),
        tracks=tuple(
            Track(
                id=each,
                title=draw(words),
                targets=tuple(draw(st.lists(st.sampled_from(ids), max_size=2))),
            )
            for each in draw(st.lists(slugs, unique=True, max_size=2))
        ),
        sections=tuple(
            Section(
                title=name,
                icon=draw(icons),
                description=draw(st.none() | texts),
                skills=tuple(made[start : start + size]),
            )
            for name, start, size in zip(names, starts, sizes, strict=True)
        ),
    )
