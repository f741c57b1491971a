"""What authors get: the house style, the schema for editors, and a roadmap to begin with."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from tracker.adapters.roadmap_files.format import format_roadmap, format_text, make_skeleton
from tracker.adapters.roadmap_files.load import load_roadmap_text
from tracker.adapters.roadmap_files.schema import make_json_schema
from tracker.roadmap.model import Resource, Roadmap, Section, Skill, SkillKind, Status, Track

BUNDLED = sorted((Path(__file__).parents[3] / "roadmaps").glob("*.yaml"))

STYLE = """\
title: Data scientist path
description: |-
  From the first split
  to the cloud.
source: https://example.org/origin
edition: "2026"
tracks:
  - {id: analyst, title: "Data analyst", targets: [split, numpy]}
  - {id: other, title: "Other: one", targets: []}
sections:
  - title: "First: models"
    icon: 🌱
    skills:
      - id: split
        name: Train/test split
        kind: project
        aliases: [holdout, "a, b"]
        goal: Can hold out a test set.
        status: done
        level: entry
        hours: 2
        started: 2026-11-01
        completed: 2026-11-03
        requires: [numpy]
        tags: [evaluation, "no", "a, b"]
        covered_by: [ds-path/split]
        prove:
          - The test score is reported once, at the end
          - "yes"
        evidence: https://example.org/my-work
        resources:
          - {title: "Docs", url: "https://example.org", type: docs, free: false}
          - {title: "ISL", url: "https://example.org/isl", type: book, part: "ch. 8.2, p. 3", minutes: 90, primary: true, lang: en, free: true}
          - {title: "No", url: "https://example.org/no", lang: "no"}
        notes: |
          Free text.

          More: of it.
      - Confusion matrix
      - id: numpy
        name: "yes"
  - title: Later
    skills: []
"""

ROADMAP = Roadmap(
    title="Data scientist path",
    description="From the first split\nto the cloud.",
    source="https://example.org/origin",
    edition="2026",
    tracks=(
        Track(id="analyst", title="Data analyst", targets=("split", "numpy")),
        Track(id="other", title="Other: one"),
    ),
    sections=(
        Section(
            title="First: models",
            icon="🌱",
            skills=(
                Skill(
                    id="split",
                    name="Train/test split",
                    kind=SkillKind.PROJECT,
                    aliases=("holdout", "a, b"),
                    goal="Can hold out a test set.",
                    status=Status.DONE,
                    level="entry",
                    hours=2,
                    started=date(2026, 11, 1),
                    completed=date(2026, 11, 3),
                    requires=("numpy",),
                    tags=("evaluation", "no", "a, b"),
                    covered_by=("ds-path/split",),
                    prove=("The test score is reported once, at the end", "yes"),
                    evidence="https://example.org/my-work",
                    resources=(
                        Resource(title="Docs", url="https://example.org", type="docs", free=False),
                        Resource(
                            title="ISL",
                            url="https://example.org/isl",
                            type="book",
                            part="ch. 8.2, p. 3",
                            minutes=90,
                            primary=True,
                            lang="en",
                            free=True,
                        ),
                        Resource(title="No", url="https://example.org/no", lang="no"),
                    ),
                    notes="Free text.\n\nMore: of it.\n",
                ),
                Skill(name="Confusion matrix"),
                Skill(id="numpy", name="yes"),
            ),
        ),
        Section(title="Later"),
    ),
)


def test_a_new_file_is_in_the_house_style():
    """A roadmap is written as the documentation shows it: plain words, flow resources, blocks."""
    assert format_roadmap(ROADMAP) == STYLE


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a b", "a b"),
        ("1.2.3", '"1.2.3"'),
        ("(x)", '"(x)"'),
        ("a: b", '"a: b"'),
        ("a\u00a0b", '"a\\xa0b"'),
        ("a\u202eb\t", '"a\\u202eb\\t"'),
        ("a\U000e0001", '"a\\U000e0001"'),
        ("e\u200dx", '"e\u200dx"'),
    ],
)
def test_a_text_is_written_so_that_every_parser_and_every_reader_sees_it(text, written):
    """What some parser takes for a number is quoted; what nobody can see becomes an escape."""
    assert format_text(text) == written
    assert yaml.safe_load(written) == text


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_roadmaps_survive_being_written_anew(path):
    """Each bundled roadmap, written as a new file, loads as the same roadmap."""
    roadmap = load_roadmap_text(path.read_bytes(), path=path.name).roadmap

    again = load_roadmap_text(format_roadmap(roadmap).encode(), path=path.name).roadmap

    assert again == roadmap


def test_the_skeleton_has_no_problems_and_takes_any_title():
    """A roadmap to begin with passes every check, even with a title full of marks."""
    text = make_skeleton("my-path", 'Mine: a "path" # {no} title')

    loaded = load_roadmap_text(text.encode(), path="my-path.yaml")

    assert loaded.problems == ()
    assert loaded.roadmap.title == 'Mine: a "path" # {no} title'
    assert [each.name for each in loaded.roadmap.skills][-1] == "A skill can be just its name"


def test_what_the_skeleton_explains_is_valid_when_it_is_uncommented():
    """An author who takes away the comment marks gets a roadmap without problems."""
    text = make_skeleton("my-path", "Mine")
    lines = [
        line.replace("# ", "", 1) if line.lstrip().startswith("# ") else line
        for line in text.splitlines()[2:]
    ]

    loaded = load_roadmap_text("\n".join(lines).encode(), path="my-path.yaml")

    assert loaded.problems == ()
    assert loaded.roadmap.skills[0].notes.startswith("Anything worth")


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_roadmaps_conform_to_the_schema(path):
    """An editor that uses the schema flags nothing in a bundled roadmap."""
    validator = Draft202012Validator(make_json_schema())

    assert [str(each) for each in validator.iter_errors(_as_editor(path.read_text("utf-8")))] == []


def test_the_schema_is_a_valid_one_that_explains_every_key():
    """The schema is of draft 2020-12, and says of every key what it is for."""
    schema = make_json_schema()

    Draft202012Validator.check_schema(schema)

    models = [schema, *(schema["$defs"][name] for name in ("Section", "Skill", "Resource"))]
    keys = [each for model in models for each in model["properties"].values()]
    assert all(each["description"].endswith(".") for each in keys)
    assert schema["$defs"]["Status"]["enum"] == ["todo", "doing", "done", "skipped"]


def test_examples_in_the_schema_are_valid():
    """What the schema gives as an example is accepted by it."""
    schema = make_json_schema()
    models = [schema, *(schema["$defs"][name] for name in ("Section", "Skill", "Resource"))]
    shown = [
        ({**each, "$defs": schema["$defs"]}, example)
        for model in models
        for each in model["properties"].values()
        for example in each.get("examples", ())
    ]

    assert len(shown) > 12
    assert all(Draft202012Validator(each).is_valid(example) for each, example in shown)


def test_the_schema_takes_the_short_form_and_keys_without_a_value():
    """A bare text is a skill, and a key that is not filled in yet is no fault."""
    written = _as_editor(
        "title: T\nsections:\n- title: S\n  skills:\n  - kNN\n  - name: A\n    tags:\n"
    )

    assert Draft202012Validator(make_json_schema()).is_valid(written)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("statsu", "done"),
        ("status", "finished"),
        ("hours", -1),
        ("hours", "two"),
        ("completed", "3.11.2026"),
        ("requires", ["Not A Slug"]),
        ("resources", [{"title": "T", "url": "javascript:alert(1)"}]),
        ("resources", [{"url": "https://example.org"}]),
        ("name", ""),
    ],
    ids=str,
)
def test_the_schema_flags_what_check_would_tell(key, value):
    """Misspelt keys, unknown statuses, wrong types and links are underlined in the editor."""
    written = deepcopy(_as_editor(STYLE))
    written["sections"][0]["skills"][0][key] = value

    assert not Draft202012Validator(make_json_schema()).is_valid(written)


def _as_editor(text):
    """Read YAML as editors do, to whom a date is a text."""
    return _without_dates(yaml.safe_load(text))


def _without_dates(value):
    if isinstance(value, dict):
        return {key: _without_dates(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_dates(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
