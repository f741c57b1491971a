"""One roadmap from its bytes: what loads, and what is said about what does not."""

from __future__ import annotations

import gc
from datetime import date
from textwrap import dedent

import pytest
from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from tracker.adapters.roadmap_files import document, parse
from tracker.adapters.roadmap_files.load import explain_refusals, load_roadmap_text
from tracker.errors import Location, Severity
from tracker.roadmap.model import Resource, Roadmap, Section, Skill, SkillKind, Status, Track

FULL = """\
title: Data scientist path
description: From the first split to the cloud.
source: https://example.org/origin
edition: "2026"
sections:
  - title: First models
    description: Simple ones.
    skills:
      - id: split
        name: Train/test split
        goal: Can hold out a test set.
        status: done
        level: entry
        hours: 2
        started: 2026-11-01
        completed: 2026-11-03
        tags: [evaluation]
        resources:
          - {title: Docs, url: "https://example.org", type: docs, free: false}
        notes: |
          Free  text.

          More.
      - id: knn
        name: kNN
        requires: [split]
        hours: 1.5
        covered_by: [other/knn]
      - Confusion matrix
"""


def load(text):
    """Load text as a file of the folder."""
    return load_roadmap_text(dedent(text).encode(), path="roadmaps/x.yaml")


def seen(loaded):
    """Return code, line and column of all problems."""
    return [(each.code, each.location.line, each.location.column) for each in loaded.problems]


def test_a_full_roadmap_becomes_values():
    """Every key of the format reaches the model, and a bare string is a skill of that name."""
    loaded = load(FULL)

    assert loaded.problems == ()
    assert loaded.roadmap == Roadmap(
        title="Data scientist path",
        description="From the first split to the cloud.",
        source="https://example.org/origin",
        edition="2026",
        sections=(
            Section(
                title="First models",
                description="Simple ones.",
                skills=(
                    Skill(
                        id="split",
                        name="Train/test split",
                        goal="Can hold out a test set.",
                        status=Status.DONE,
                        level="entry",
                        hours=2,
                        started=date(2026, 11, 1),
                        completed=date(2026, 11, 3),
                        tags=("evaluation",),
                        resources=(
                            Resource(
                                title="Docs", url="https://example.org", type="docs", free=False
                            ),
                        ),
                        notes="Free  text.\n\nMore.\n",
                    ),
                    Skill(
                        id="knn",
                        name="kNN",
                        requires=("split",),
                        hours=1.5,
                        covered_by=("other/knn",),
                    ),
                    Skill(name="Confusion matrix"),
                ),
            ),
        ),
    )


SECOND = """\
title: Path
tracks:
  - {id: analyst, title: Data analyst, targets: [first-model]}
sections:
  - title: Models
    icon: 🌱
    skills:
      - id: first-model
        name: "Milestone: first tested model"
        kind: milestone
        aliases: [baseline project]
        prove:
          - The test score is reported once, at the end
        evidence: https://example.org/my-work
        resources:
          - {title: ISL, url: "https://example.org/isl", type: book, part: ch. 8.2, minutes: 90, primary: true, lang: en, free: true}
          - {title: Docs, url: "https://example.org/docs", type: exercise}
"""


def test_a_roadmap_of_the_second_edition_becomes_values():
    """Every key of the format's second edition reaches the model; a price nobody wrote is unknown."""
    loaded = load(SECOND)

    assert loaded.problems == ()
    assert loaded.roadmap.tracks == (
        Track(id="analyst", title="Data analyst", targets=("first-model",)),
    )
    assert loaded.roadmap.sections[0].icon == "🌱"
    assert loaded.roadmap.skills == (
        Skill(
            id="first-model",
            name="Milestone: first tested model",
            kind=SkillKind.MILESTONE,
            aliases=("baseline project",),
            prove=("The test score is reported once, at the end",),
            evidence="https://example.org/my-work",
            resources=(
                Resource(
                    title="ISL",
                    url="https://example.org/isl",
                    type="book",
                    part="ch. 8.2",
                    minutes=90,
                    primary=True,
                    lang="en",
                    free=True,
                ),
                Resource(title="Docs", url="https://example.org/docs", type="exercise", free=None),
            ),
        ),
    )


def test_places_are_known_for_every_path():
    """A key path leads to line and column, counted from 1."""
    places = load(FULL).locations

    assert places["sections", 0] == Location("roadmaps/x.yaml", 6, 5)
    assert places["sections", 0, "skills", 0] == Location("roadmaps/x.yaml", 9, 9)
    assert places["sections", 0, "skills", 0, "status"] == Location("roadmaps/x.yaml", 12, 17)
    assert places["sections", 0, "skills", 1, "requires", 0] == Location("roadmaps/x.yaml", 26, 20)
    assert places["sections", 0, "skills", 2, "name"] == Location("roadmaps/x.yaml", 29, 9)
    assert ("sections", 0, "skills", 3) not in places
    assert ("sections", 0, "skills", 0, "tags", 0) in set(places)
    assert len(places) == len(set(places))


def test_bom_and_crlf_change_nothing():
    """A byte order mark and Windows line ends load to the same values and places."""
    raw = b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode()

    loaded = load_roadmap_text(raw, path="roadmaps/x.yaml")

    assert loaded.roadmap == load(FULL).roadmap
    assert loaded.locations["title",] == Location("roadmaps/x.yaml", 1, 8)


def test_ten_mistakes_are_told_at_once():
    """A file with ten different mistakes names all ten, with line and column, in file order."""
    loaded = load("""\
        title: Ten mistakes
        sections:
          - title: First
            skills:
              - id: a
                name: no
                hours: -1
                requires: [b]
              - id: b
                name: 1.10
                status: Done
                requires: [a, nope, b]
              - id: a
                name: Third
                started: 2026-11-03
                completed: 2026-11-01
                resources:
                  - {title: x, url: "javascript:alert(1)"}
                  - {titel: x, url: https://x.org}
              - name: Fourth
                name: Fifth
                hours: 1:30
                tags: python
              - 12:30
          - title: First
            skills: text
        """)

    assert loaded.roadmap is None
    assert seen(loaded) == [
        ("yaml-surprise", 6, 15),
        ("bad-number", 7, 16),
        ("yaml-surprise", 10, 15),
        ("unknown-status", 11, 17),
        ("requires-cycle", 12, 20),
        ("unknown-requires", 12, 23),
        ("self-requires", 12, 29),
        ("duplicate-id", 13, 13),
        ("date-order", 16, 20),
        ("http-url", 18, 29),
        ("missing-key", 19, 13),
        ("unknown-key", 19, 14),
        ("duplicate-key", 21, 9),
        ("yaml-surprise", 22, 16),
        ("wrong-type", 23, 15),
        ("yaml-surprise", 24, 9),
        ("duplicate-section", 25, 12),
        ("wrong-type", 26, 13),
    ]
    assert all(each.what and each.next for each in loaded.problems)


SYNTAX = {
    "a tab indents": (b"title: x\nsections:\n\t- title: y\n", "tab-indentation", 3, 1),
    "a tab indents a later line": (b"title:\n  a: b\n\tc: d\n", "tab-indentation", 3, 1),
    "a second colon": (b"title: a: b\n", "yaml-syntax", 1, 9),
    "a reserved character": (b"title: @x\n", "yaml-syntax", 1, 8),
    "an open quote": (b'title: "x\nsections: []\n', "yaml-syntax", 1, 8),
    "an open bracket": (b"title: [x\nsections: []\n", "yaml-syntax", 2, 9),
    "a line that is no pair": (b"title: x\nfoo\nsource: y\n", "yaml-syntax", 3, 1),
    "an unknown anchor": (b"title: *x\n", "yaml-syntax", 1, 8),
    "an escape of half a character": (b'title: "\\ud800"\n', "yaml-syntax", 1, 11),
    "two documents": (b"title: x\n---\ntitle: y\n", "many-documents", 2, 1),
    "a control character": (b"title: x\nsource: a\x07\n", "control-character", 2, 10),
    "an escaped control character": (b'title: "a\\e[2J"\n', "control-character", 1, 8),
    "Latin-1": (b"title: x\nsource: caf\xe9\n", "not-utf8", 2, 12),
    "UTF-16": ("title: x".encode("utf-16"), "not-utf8", 1, 1),
    "nothing": (b"", "empty-file", 1, 1),
    "only a comment": (b"# later\n", "empty-file", 1, 1),
    "a list": (b"- title: x\n", "not-a-map", 1, 1),
    "a text": (b"hello", "not-a-map", 1, 1),
    "deep nesting": (b"title: " + b"[" * 900, "nested-too-deep", 1, 106),
    "a list within itself": (b"title: x\nsections: &a\n  - *a\n", "recursive-alias", 2, 11),
    "an object": (b"title: !!python/object:os.system x\n", "custom-tag", 1, 8),
    "a merge of no map": (b"title: x\n<<: 3\n", "merge-key", 2, 5),
    "a list as key": (b"title: x\n? [a]\n: b\n", "bad-key", 2, 3),
}


@pytest.mark.parametrize(("raw", "code", "line", "column"), SYNTAX.values(), ids=SYNTAX.keys())
def test_yaml_that_cannot_be_used_is_told_with_its_place(raw, code, line, column):
    """Broken or unfit YAML yields one error with line, column, reason and remedy."""
    loaded = load_roadmap_text(raw, path="x")

    assert loaded.roadmap is None
    assert seen(loaded) == [(code, line, column)]
    assert loaded.problems[0].why
    assert loaded.problems[0].next


def test_nesting_that_the_parser_itself_refuses_is_told_as_such():
    """Where the parser gives up before the loader counts, the reason is the same; only its place is not."""
    loaded = load_roadmap_text(b"title: x\nx: " + b"[" * 100_000, path="x")

    assert [(each.code, each.location.line) for each in loaded.problems] == [("nested-too-deep", 2)]


ALIAS_BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)


def test_an_alias_bomb_is_refused_before_it_expands():
    """References that stand for a billion values are refused."""
    loaded = load(f"title: x\n{ALIAS_BOMB}")

    assert [each.code for each in loaded.problems] == ["alias-bomb"]


def test_a_chain_of_references_is_refused():
    """References that nest too deep are refused, whatever the text looks like."""
    chain = "".join(f"a{level}: &a{level} [*a{level - 1}]\n" for level in range(1, 3000))

    loaded = load(f"title: x\na0: &a0 [x]\n{chain}")

    assert [each.code for each in loaded.problems] == ["nested-too-deep"]


@pytest.mark.parametrize(
    ("module", "limit", "value"),
    [(parse, "MAX_BYTES", 10), (document, "MAX_NODES", 3), (document, "MAX_WIDTH", 3)],
    ids=["too many bytes", "too many values", "too many values in one map"],
)
def test_an_oversized_file_is_refused(monkeypatch, module, limit, value):
    """A file with too many bytes or values is refused."""
    monkeypatch.setattr(module, limit, value)

    loaded = load("title: x\nsections: []\n")

    assert [each.code for each in loaded.problems] == ["file-too-large"]


def test_merge_keys_and_anchors_are_understood():
    """Keys taken over with `<<` count, own keys are stronger, and so is the first of several maps."""
    loaded = load("""\
        title: x
        first: &first {level: entry, hours: 1}
        second: &second {level: expert, tags: [b]}
        sections:
          - title: s
            skills:
              - {<<: [*first, *second], name: a, hours: 3}
        """)

    assert loaded.roadmap is not None
    assert loaded.roadmap.skills == (Skill(name="a", level="entry", hours=3, tags=("b",)),)
    assert loaded.locations["sections", 0, "skills", 0, "level"].line == 2


def linked(pair):
    """Write a skill whose link has one more key."""
    return f"{{name: x, resources: [{{title: y, url: https://x.org, {pair}}}]}}"


VALUES = {
    "no as text": ("name: no", "yaml-surprise", 'put it in quotes: "no"'),
    "nothing as text": ("name: null", "yaml-surprise", 'put it in quotes: "null"'),
    "a version as text": ("{name: x, level: 1.10}", "yaml-surprise", 'in quotes: "1.10"'),
    "a date as text": ("{name: x, goal: 2026-11-01}", "yaml-surprise", 'in quotes: "2026-11-01"'),
    "an empty name": ("name:", "missing-key", "name: …"),
    "a blank name": ('name: " "', "empty-text", "write the text"),
    "no name": ("goal: x", "missing-key", "name: …"),
    "minutes as hours": ("{name: x, hours: 12:30}", "yaml-surprise", "such as 2 or 1.5"),
    "octal hours": ("{name: x, hours: 010}", "yaml-surprise", "such as 2 or 1.5"),
    "hexadecimal hours": ("{name: x, hours: 0x1F}", "yaml-surprise", "such as 2 or 1.5"),
    "endless hours": ("{name: x, hours: .inf}", "bad-number", "such as 2 or 1.5"),
    "hours that are no number": ("{name: x, hours: .nan}", "bad-number", "such as 2 or 1.5"),
    "hours in words": ("{name: x, hours: two}", "bad-number", "such as 2 or 1.5"),
    "hours as truth": ("{name: x, hours: yes}", "bad-number", "such as 2 or 1.5"),
    "more hours than digits allow": (
        f"{{name: x, hours: {'9' * 5000}}}",
        "yaml-surprise",
        "such as 2 or 1.5",
    ),
    "status no": ("{name: x, status: no}", "unknown-status", "todo, doing, done, skipped"),
    "a status in capitals": ("{name: x, status: Done}", "unknown-status", "`done`?"),
    "a status in a list": ("{name: x, status: [done]}", "unknown-status", "todo, doing"),
    "a date with a time": ("{name: x, started: 2026-11-01 10:00:00}", "bad-date", "2026-11-03"),
    "a date in quotes": ('{name: x, started: "2026-11-01"}', "bad-date", "without quotes"),
    "a day no month has": ("{name: x, started: 2026-02-30}", "bad-date", "2026-11-03"),
    "an id in capitals": ("{name: x, id: KNN}", "bad-id", "train-test-split"),
    "an id that is a number": ("{name: x, id: 12}", "yaml-surprise", '"12"'),
    "a required id in capitals": ("{name: x, requires: [KNN]}", "bad-id", "train-test-split"),
    "a reference without roadmap": ("{name: x, covered_by: [y]}", "bad-reference", "roadmap/"),
    "a choice without roadmap": ("{name: x, covered_by: {any: [y]}}", "bad-reference", "roadmap/"),
    "a choice of nothing": ("{name: x, covered_by: {}}", "missing-key", "any: [roadmap/skill"),
    "a choice that is no list": ("{name: x, covered_by: {any: a/b}}", "wrong-type", "any: [first"),
    "tags as text": ("{name: x, tags: a}", "wrong-type", "[first, second]"),
    "a tag that is a map": ("{name: x, tags: [{a: b}]}", "wrong-type", "write text"),
    "a name that is a list": ("name: [a]", "wrong-type", "write text"),
    "a resource as text": ("{name: x, resources: [https://x.org]}", "wrong-type", "- {title:"),
    "a resource without url": ("{name: x, resources: [{title: y}]}", "missing-key", 'url: "https'),
    "a price": (
        "{name: x, resources: [{title: y, url: https://x.org, free: 3 EUR}]}",
        "wrong-type",
        "true or false",
    ),
    "a kind that nobody knows": ("{name: x, kind: Projekt}", "unknown-kind", "`project`?"),
    "a kind as truth": ("{name: x, kind: no}", "unknown-kind", "skill, project, milestone"),
    "aliases as text": ("{name: x, aliases: y}", "wrong-type", "[first, second]"),
    "a blank alias": ('{name: x, aliases: [" "]}', "empty-text", "write the text"),
    "an alias as number": ("{name: x, aliases: [1.10]}", "yaml-surprise", '"1.10"'),
    "proofs as text": ("{name: x, prove: It runs}", "wrong-type", "[first, second]"),
    "a proof with a colon": ("{name: x, prove: [{It: runs}]}", "wrong-type", "in quotes"),
    "evidence as a list": ("{name: x, evidence: [https://x.org]}", "wrong-type", "write text"),
    "evidence in a drawer": ("{name: x, evidence: my drawer}", "evidence-url", "https://"),
    "a part as number": (linked("part: 8.20"), "yaml-surprise", '"8.20"'),
    "minutes in words": (linked("minutes: ten"), "bad-number", "whole number of minutes"),
    "half a minute": (linked("minutes: 1.5"), "bad-number", "whole number of minutes"),
    "a negative time": (linked("minutes: -5"), "bad-number", "whole number of minutes"),
    "minutes and seconds": (linked("minutes: 1:30"), "yaml-surprise", "such as 90"),
    "a primary link in words": (linked("primary: first"), "wrong-type", "true or false"),
    "Norwegian": (linked("lang: no"), "yaml-surprise", 'in quotes: "no"'),
    "a price nobody knows": (linked("free: unknown"), "wrong-type", "leave it out"),
    "a list as skill": ("[x]", "wrong-type", "name: …"),
    "a number as skill": ("1.10", "yaml-surprise", '"1.10"'),
}


@pytest.mark.parametrize(("skill", "code", "advice"), VALUES.values(), ids=VALUES.keys())
def test_a_value_of_the_wrong_kind_is_told_with_what_is_allowed(skill, code, advice):
    """A wrong value yields one error that stands in its line and says what to write."""
    loaded = load(f"title: t\nsections:\n- title: s\n  skills:\n  - {skill}\n")

    assert [(each.code, each.location.line) for each in loaded.problems] == [(code, 5)]
    assert advice in loaded.problems[0].next


@pytest.mark.parametrize(
    ("track", "code", "advice"),
    [
        ("x", "wrong-type", "write `- {id: …"),
        ("{title: T}", "missing-key", "write `id: …`"),
        ("{id: t}", "missing-key", "write `title: …`"),
        ("{id: T, title: T}", "bad-id", "an id such as"),
        ("{id: t, title: T, targets: a}", "wrong-type", "[first, second]"),
        ("{id: t, title: T, targets: [A]}", "bad-id", "an id such as"),
        ("{id: t, title: T, targets: [b]}", "unknown-target", "`ab`?"),
    ],
)
def test_a_wrong_track_is_told_in_its_line(track, code, advice):
    """What is wrong with a track is told, and what is wrong elsewhere as well."""
    loaded = load(
        f"title: t\ntracks:\n- {track}\nsections:\n- {{title: s, skills: [{{id: ab, name: x, hours: -1}}]}}\n"
    )

    assert [(each.code, each.location.line) for each in loaded.problems] == [
        (code, 3),
        ("bad-number", 5),
    ]
    assert advice in loaded.problems[0].next


@pytest.mark.parametrize(
    ("icon", "code", "column"),
    [("x", "bad-icon", 20), ("[🌱]", "wrong-type", 20), ("1", "yaml-surprise", 20)],
)
def test_a_wrong_icon_is_told_in_its_place(icon, code, column):
    """An icon that is no single emoji is told with line and column."""
    loaded = load(f"title: t\nsections:\n- {{title: s, icon: {icon}, skills: [a]}}\n")

    assert seen(loaded) == [(code, 3, column)]
    assert loaded.problems[0].next


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("titel: x\n", "`title`"), ("sections: [{title: s, skils: []}]\n", "`skills`")],
)
def test_an_unknown_key_is_a_warning(text, nearest):
    """A key that nobody knows is a warning with the nearest known key; the rest loads."""
    loaded = load(f"title: t\n{text}")

    warned = next(each for each in loaded.problems if each.code == "unknown-key")
    assert loaded.roadmap is not None
    assert warned.severity is Severity.WARNING
    assert nearest in warned.next


def test_a_bare_name_with_a_colon_is_recognised():
    """YAML takes `Python: the basics` for a key and a value; the way out is told."""
    loaded = load("""\
        title: t
        sections:
          - title: s
            skills:
              - Python: the basics
              - nmae: typo
        """)

    advice = [each.next for each in loaded.problems if each.code == "missing-key"]
    assert advice == [
        'write `name: …`; for a name with a colon, put it in quotes: "Python: the basics"',
        "write `name: …`",
    ]


def test_text_behind_the_end_of_the_document_is_told():
    """The parser's own words for it would help nobody."""
    loaded = load_roadmap_text(b"title: x\n...\nsections: []\n", path="x")

    assert [each.next for each in loaded.problems] == ["take the line `...` out"]


def test_unknown_keys_are_found_at_every_level():
    """Roadmap, section, skill, resource and track: an unknown key is told at its own place."""
    loaded = load("""\
        title: t
        athor: me
        tracks: [{id: t, title: T, goal: x, targets: [a]}]
        sections:
          - title: s
            colour: red
            skills:
              - id: a
                name: a
                proirity: 1
                resources:
                  - {title: r, url: https://x.org, lanq: en}
        """)

    assert loaded.roadmap is not None
    assert seen(loaded) == [
        ("unknown-key", 2, 1),
        ("unknown-key", 3, 28),
        ("unknown-key", 6, 5),
        ("unknown-key", 10, 9),
        ("unknown-key", 12, 44),
    ]


def test_a_key_without_value_is_no_key():
    """`tags:` with nothing behind it means the same as no `tags` at all."""
    loaded = load("""\
        title: t
        sections:
          - title: s
            skills:
              - name: a
                tags:
                status:
                hours: ~
        """)

    assert loaded.problems == ()
    assert loaded.roadmap is not None
    assert loaded.roadmap.skills == (Skill(name="a"),)


def test_a_stand_in_is_never_blamed():
    """What had to be refused causes no second problem of its own making."""
    loaded = load("""\
        title: t
        sections:
          - title: s
            skills:
              - 1
              - 1
              - {name: a, requires: [B]}
              - {name: b, resources: [x, x]}
          - skills: 3
          - skills: 3
        """)

    assert {each.code for each in loaded.problems} == {
        "yaml-surprise",
        "bad-id",
        "wrong-type",
        "missing-key",
    }


def test_a_roadmap_without_skills_is_a_warning():
    """A roadmap that holds nothing to learn loads, with a warning."""
    loaded = load("title: t\n")

    assert loaded.roadmap == Roadmap(title="t")
    assert [(each.code, each.severity) for each in loaded.problems] == [
        ("no-skills", Severity.WARNING)
    ]


def test_messages_show_hostile_text_harmlessly():
    """No problem repeats a terminal escape, a line end or a page of text from the file."""
    long = "x" * 5000

    loaded = load(f'title: t\nsections: "\\e[2J\\n\\u202e{long}"\n"\\e]0;k": 1\n')

    told = " ".join(each.what + each.why + each.next for each in loaded.problems)
    assert told.isprintable()
    assert len(told) < 1500


def test_the_garbage_collector_is_left_as_it_was():
    """Loading pauses the collector, and gives it back in the state it was in."""
    load("title: t\n")
    was_running = gc.isenabled()
    gc.disable()
    load("title: t\n")
    stayed_off = not gc.isenabled()
    gc.enable()

    assert (was_running, stayed_off) == (True, True)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            "title: x\nsections:\n<<<<<<< HEAD\n  - title: A\n=======\n  - title: B\n"
            ">>>>>>> theirs\n",
            3,
            id="around a section",
        ),
        pytest.param("<<<<<<< HEAD\ntitle: x\n=======\ntitle: y\n>>>>>>> b\n", 1, id="at the top"),
        pytest.param("title: x\nsections: []\n>>>>>>> b", 3, id="the last one was forgotten"),
        pytest.param("title: x\nsections:\n<<<<<<<\n  - title: A\n", 3, id="without a name"),
    ],
)
def test_what_git_left_of_a_conflict_is_named(text, line, end):
    """A file that git could not merge says so, with the first line that has to go."""
    loaded = load(text.replace("\n", end))

    (problem,) = loaded.problems
    assert (problem.code, problem.location.line) == ("conflict-marker", line)


def test_marks_inside_a_text_are_no_conflict():
    """Indented, the same signs are somebody's notes."""
    loaded = load(
        "title: x\nsections:\n  - title: A\n    skills:\n      - name: Git\n        notes: |\n"
        "          <<<<<<< HEAD\n          =======\n          >>>>>>> theirs\n"
    )

    assert loaded.roadmap is not None


def test_two_byte_order_marks_are_refused():
    """What could not be edited is refused before, and says what to delete."""
    loaded = load_roadmap_text(b"\xef\xbb\xbf\xef\xbb\xbftitle: x\nsections: []\n", path="r.yaml")

    assert loaded.roadmap is None
    assert [each.code for each in loaded.problems] == ["two-marks"]
    assert "delete the invisible characters" in loaded.problems[0].next


def test_half_a_character_is_explained():
    """JSON of another program writes emoji as two escapes, which YAML does not put together."""
    loaded = load('title: "\\uD83D\\uDE00"\nsections: []\n')

    assert "as JSON writes emoji" in loaded.problems[0].why
    assert loaded.problems[0].next == "write the character itself"


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ('{"a": 1}\n{"b": 2}\n', False),
        ("- [ ] a\n", False),
        ("title: x\n...\nmore: y\n", True),
        ('"quoted..."\nmore\n', False),
    ],
)
def test_a_line_of_dots_is_only_named_where_there_is_one(text, is_told):
    """What follows a complete value is not explained by a line `...` that nobody wrote."""
    (problem,) = load_roadmap_text(text.encode(), path="a.yaml").problems

    assert problem.code == "yaml-syntax"
    assert ("`...`" in problem.why + problem.next) == is_told


def test_an_empty_file_is_not_to_be_removed():
    """Its database may be tracked: then a missing file would be refused, too."""
    (problem,) = load_roadmap_text(b"", path="a.yaml").problems

    assert problem.next.endswith("or put an older copy of the file back")


def test_a_refusal_without_words_of_its_own_still_names_the_value():
    """A kind of refusal that a later model may bring is told by its name in the model."""
    root = parse.parse_document(b"title: x\nsections: []\n", path="a.yaml")
    refusal = InitErrorDetails(type="less_than", loc=("title",), input="x", ctx={"lt": 1})
    error = ValidationError.from_exception_data("Roadmap", [refusal])

    (problem,) = explain_refusals(error, parse.Locations("a.yaml", root))

    assert (problem.code, problem.what) == (
        "wrong-type",
        "`title` of the roadmap cannot be `x`",
    )
    assert problem.why == "less_than"
