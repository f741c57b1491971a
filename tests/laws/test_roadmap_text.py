"""Laws of loading: nothing crashes it, and what is written is what is read."""

from __future__ import annotations

from datetime import date
from functools import partial
from itertools import chain

import yaml
from hypothesis import given
from hypothesis import strategies as st

from tracker.adapters.roadmap_files.document import Document, MappingNode, Node, compose
from tracker.adapters.roadmap_files.load import load_roadmap_text
from tracker.errors import Severity
from tracker.roadmap.model import Resource, Roadmap, Section, Skill, SkillKind, Status, Track

PIECES = st.sampled_from(
    [
        *"\n\n\n    --::[]{},&*!|>'\"%@`#?~\t\x00\x07\x85\u2028\ufeff",
        *("title", "sections", "skills", "name", "id", "hours", "status", "requires", "resources"),
        *(
            ": ",
            "\n- ",
            "\n  - ",
            "\n    ",
            "<<: ",
            "&a ",
            "*a",
            "!!int ",
            "!!float ",
            "!!x ",
            ".",
            "e5",
            "|-\n",
            "---\n",
        ),
        *(
            "no",
            "1.10",
            "12:30",
            "010",
            "2026-11-01",
            "2026-02-30",
            ".inf",
            "0x_",
            "0b_",
            "1_",
            "=",
        ),
        *("a", "done", "\\x07", "\\ud800", "\xe9", "\N{GRINNING FACE}", "title: x\n"),
    ]
)


@given(st.binary())
def test_any_bytes_load_or_become_problems(raw):
    """Whatever a file holds, loading it returns."""
    loaded = load_roadmap_text(raw, path="x")

    assert (loaded.roadmap is None) == any(
        each.severity is Severity.ERROR for each in loaded.problems
    )


@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_scraps_of_yaml_load_or_become_problems(text):
    """Whatever YAML is thrown together, every problem has a code, words and a place in the file."""
    loaded = load_roadmap_text(text.encode(), path="x")

    lines = len(text.splitlines()) + 1
    assert (loaded.roadmap is None) == any(
        each.severity is Severity.ERROR for each in loaded.problems
    )
    for each in loaded.problems:
        assert each.code
        assert each.what.isprintable()
        assert each.location is not None
        assert 0 <= each.location.line <= lines
    assert len(set(loaded.locations)) == len(loaded.locations)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_a_document_is_what_pyyaml_composes(text):
    """Tags, texts, styles, places and shared nodes are those of PyYAML's own nodes; so are its errors."""
    # PyYAML loses count of characters behind a byte order mark of its own; the loader takes it off.
    text = text.lstrip("\ufeff")

    assert outcome(compose, text) == outcome(partial(yaml.compose, Loader=yaml.CSafeLoader), text)


def outcome(compose_text, text):
    """Return all that a document holds, or what its error says and of which places."""
    try:
        found = compose_text(text)
    except yaml.YAMLError as error:
        marks = (getattr(error, name, None) for name in ("context_mark", "problem_mark"))
        places = [mark and (mark.line, mark.column) for mark in marks]
        return (type(error), getattr(error, "problem", None), places)
    root = found.root if isinstance(found, Document) else found
    return None if root is None else flatten(root, len(text), {})


def flatten(node, end, known):
    """Return all parts of a node and of those in it; of one that was there before, its number."""
    key = node if isinstance(node, Node) else id(node)
    if key in known:
        return known[key]
    known[key] = len(known)
    if isinstance(node, Node):
        span, place, is_on_one_line = (
            (node.start, node.end),
            (node.line, node.column),
            node.is_on_one_line,
        )
    else:
        first, last = node.start_mark, node.end_mark
        span, place = (first.index, last.index), (first.line, first.column)
        is_on_one_line = first.line == last.line
    # Behind the last line break that is missing PyYAML begins one more line.
    parts = (node.tag, span, place if span[0] < end else None)
    if isinstance(node.value, str):
        return (*parts, node.value, node.style or "", is_on_one_line)
    is_flow = node.is_flow if isinstance(node, Node) else bool(node.flow_style)
    children = chain(*node.value) if isinstance(node, MAPS) else node.value
    inside = [flatten(child, end, known) for child in children]
    return (*parts, isinstance(node, MAPS), is_flow, inside)


MAPS = (MappingNode, yaml.MappingNode)

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
LINES = st.lists(TEXT, max_size=4).map("\n".join)
NAME = TEXT.filter(lambda text: text.strip() != "")
TITLE = NAME.filter(lambda text: text == text.strip())
DAY = st.dates(date(1900, 1, 1), date(2100, 1, 1))
URL = st.integers(0, 99).map("https://example.org/{}".format)


def optional(strategy):
    """Give a value, or none."""
    return st.none() | strategy


def unique(strategy, size=3):
    """Give a tuple of different values."""
    return st.lists(strategy, max_size=size, unique=True).map(tuple)


LINK = st.builds(
    Resource,
    title=NAME,
    url=URL,
    type=optional(NAME),
    part=optional(NAME),
    minutes=optional(st.integers(0, 999)),
    primary=st.booleans(),
    lang=optional(NAME),
    free=optional(st.booleans()),
)


@st.composite
def roadmaps(draw):
    """Make a roadmap without errors."""
    made = []
    for index in range(draw(st.integers(0, 6))):
        started = draw(optional(DAY))
        skill = Skill(
            id=f"s{index}",
            name=draw(NAME),
            kind=draw(st.sampled_from(SkillKind)),
            aliases=draw(unique(NAME)),
            goal=draw(optional(LINES)),
            status=draw(st.sampled_from(Status)),
            level=draw(optional(TEXT)),
            hours=draw(optional(st.floats(0, allow_infinity=False))),
            started=started,
            completed=draw(optional(st.just(started))) if started else None,
            requires=draw(unique(st.integers(0, index - 1).map("s{}".format))) if index else (),
            tags=draw(unique(NAME)),
            prove=draw(unique(NAME)),
            evidence=draw(optional(URL)),
            resources=draw(unique(LINK)),
            notes=draw(optional(LINES)),
        )
        made.append(skill)
    titles = draw(st.lists(TITLE, min_size=1, max_size=3, unique=True))
    step = len(made) // len(titles) + 1
    sections = tuple(
        Section(
            title=title,
            icon=draw(st.sampled_from([None, "🌱", "☁️"])),
            skills=tuple(made[index * step : (index + 1) * step]),
        )
        for index, title in enumerate(titles)
    )
    tracks = tuple(
        Track(id=f"t{index}", title=title, targets=tuple(skill.id for skill in made[:index]))
        for index, title in enumerate(draw(unique(NAME)))
    )
    return Roadmap(
        title=draw(NAME), description=draw(optional(LINES)), tracks=tracks, sections=sections
    )


def plain(roadmap):
    """Return what a YAML writer takes: dates stay dates, statuses become words."""
    values = roadmap.model_dump(exclude_none=True)
    for section in values["sections"]:
        section["skills"] = [
            {key: list(it) if isinstance(it, tuple) else it for key, it in skill.items()}
            | {"status": str(skill["status"]), "kind": str(skill["kind"])}
            for skill in section["skills"]
        ]
    tracks = [track | {"targets": list(track["targets"])} for track in values["tracks"]]
    return values | {"tracks": tracks, "sections": list(values["sections"])}


@given(roadmaps(), st.booleans(), st.sampled_from([None, True, False]))
def test_what_is_dumped_loads_back_equal(roadmap, allow_unicode, flow):
    """A valid roadmap, written by any YAML writer in any style, loads to the very same values."""
    text = yaml.safe_dump(plain(roadmap), allow_unicode=allow_unicode, default_flow_style=flow)

    loaded = load_roadmap_text(text.encode(), path="x")

    assert [each for each in loaded.problems if each.severity is Severity.ERROR] == []
    assert loaded.roadmap == roadmap


@given(st.lists(PIECES, max_size=60).map("".join))
def test_text_is_read_as_the_yaml_library_reads_it(text):
    """A title that loads is the title that PyYAML reads; `=` and `<<` are plain text here."""
    raw = f"title: {text}".encode()

    loaded = load_roadmap_text(raw, path="x")

    if loaded.roadmap is not None and loaded.roadmap.title not in {"=", "<<"}:
        assert loaded.roadmap.title == yaml.load(raw, yaml.CSafeLoader)["title"]
