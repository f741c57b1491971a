"""Roadmaps go out: a checklist, a table, JSON, and what no text of theirs can do to a reader."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from tracker.adapters.exchange.checklist import parse_markdown
from tracker.adapters.exchange.foreign_values import guard, unguard
from tracker.adapters.exchange.formats import format_csv, format_json, format_markdown
from tracker.adapters.exchange.table import parse_notion_csv
from tracker.adapters.roadmap_files.load import load_roadmap_text
from tracker.adapters.roadmap_files.schema import make_json_schema
from tracker.roadmap.model import Resource, Roadmap, Section, Skill, Status

BUNDLED = sorted((Path(__file__).parents[3] / "roadmaps").glob("*.yaml"))

ROADMAP = Roadmap(
    title="Data scientist path",
    description="From the first split\nto the cloud.",
    source="https://example.org/origin",
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
                    tags=("evaluation", "a, b"),
                    resources=(
                        Resource(title="Docs", url="https://example.org/a_(b)", type="docs"),
                        Resource(title="Book", url="https://example.org/b", free=False),
                    ),
                    notes="One.\nTwo.",
                ),
                Skill(id="knn", name="kNN [draft] *1*", requires=("split",), status=Status.DOING),
                Skill(name="<b>SVM</b>", status=Status.SKIPPED),
            ),
        ),
        Section(title="Later", skills=(Skill(name="# Trees"),)),
    ),
)

MODEL = Skill(
    id="model",
    name="First tested model",
    kind="milestone",
    aliases=("baseline project", "a, b"),
    prove=("The test score is *reported*", "It runs: twice"),
    evidence="https://example.org/my_(model)",
    resources=(Resource(title="ISL", url="https://example.org/isl", type="book"),),
)
SECOND = Roadmap(title="Path", sections=(Section(title="Models", skills=(MODEL,)),))


def test_what_proves_a_skill_goes_out_as_a_checklist_and_comes_back():
    """Kind, aliases and evidence have a line each, and so has every proof."""
    text = format_markdown({"path": SECOND})

    assert text.splitlines()[4:] == [
        "- [ ] First tested model <!-- id: model -->",
        "  - Kind: milestone",
        '  - Aliases: baseline project, "a, b"',
        "  - Evidence: <https://example.org/my_(model)>",
        r"  - Prove: The test score is \*reported\*",
        "  - Prove: It runs: twice",
        "  - [ISL](https://example.org/isl) (book)",
    ]
    assert parse_markdown(text).roadmap == SECOND


def test_what_proves_a_skill_goes_out_as_a_table_and_comes_back():
    """Columns for what few skills have are there only where one has it."""
    text = format_csv({"path": SECOND})

    assert {"Kind", "Aliases", "Prove", "Evidence"} <= set(text.partition("\n")[0].split(","))
    assert parse_notion_csv(text).roadmap == SECOND
    assert "Evidence" not in format_csv({"path": ROADMAP})


MARKDOWN = r"""# Data scientist path

From the first split<br>to the cloud.

Source: <https://example.org/origin>

## First models

Simple ones.

- [x] Train/test split <!-- id: split -->
  - Goal: Can hold out a test set.
  - Level: entry
  - Hours: 2
  - Started: 2026-11-01
  - Completed: 2026-11-03
  - Tags: evaluation, "a, b"
  - [Docs](https://example.org/a_\(b\)) (docs)
  - [Book](https://example.org/b) DASH paid
  - Notes: One.<br>Two.
- [/] kNN \[draft\] \*1\* <!-- id: knn -->
  - Requires: split
- [-] &lt;b>SVM&lt;/b>

## Later

- [ ] # Trees
""".replace("DASH", "\u2013")


def test_a_checklist_is_readable_markdown():
    """Headings, boxes, links and keys stand as one would write them; marks are escaped."""
    assert format_markdown({"ds": ROADMAP}) == MARKDOWN


def test_a_checklist_comes_back_as_the_roadmap_it_was():
    """Reading the checklist again gives the same roadmap, apart from ids that were not there."""
    again = parse_markdown(MARKDOWN)

    ids = {skill.name: skill.id for skill in again.roadmap.skills}
    named = [
        each.model_copy(
            update={
                "skills": tuple(
                    skill.model_copy(update={"id": ids[skill.name]}) for skill in each.skills
                )
            }
        )
        for each in ROADMAP.sections
    ]
    assert again.not_understood == ()
    assert again.roadmap == ROADMAP.model_copy(update={"sections": tuple(named)})


def test_a_link_without_a_title_of_its_own_is_written_as_such():
    """A URL that is its own title stands in angles, and comes back."""
    skill = Skill(
        id="x", name="x", resources=(Resource(title="https://a.b/c_d", url="https://a.b/c_d"),)
    )
    roadmap = Roadmap(title="T", sections=(Section(title="S", skills=(skill,)),))

    text = format_markdown({"x": roadmap})

    assert "  - <https://a.b/c_d>\n" in text
    assert parse_markdown(text).roadmap == roadmap


def test_several_roadmaps_make_one_checklist():
    """Each roadmap has its own first-level heading."""
    text = format_markdown({"a": ROADMAP, "b": Roadmap(title="Other")})

    assert [line for line in text.splitlines() if line.startswith("# ")] == [
        "# Data scientist path",
        "# Other",
    ]


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_roadmaps_come_back_from_a_checklist(path):
    """A bundled roadmap, taken out and in again, is the same but for its comments."""
    roadmap = load_roadmap_text(path.read_bytes(), path=path.name).roadmap

    again = parse_markdown(format_markdown({"x": roadmap}))

    assert again.not_understood == ()
    assert again.roadmap == carried(roadmap)


def carried(roadmap):
    """Return a roadmap without what JSON alone carries: tracks, icons, and more of a link than its type."""
    lost = {"part": None, "minutes": None, "primary": False, "lang": None}

    def strip(link):
        return link.model_copy(update=lost | {"free": None if link.free else link.free})

    def bare(skill):
        return skill.model_copy(update={"resources": tuple(map(strip, skill.resources))})

    sections = [
        section.model_copy(update={"icon": None, "skills": tuple(map(bare, section.skills))})
        for section in roadmap.sections
    ]
    return roadmap.model_copy(update={"tracks": (), "sections": tuple(sections)})


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_roadmaps_come_back_from_a_table(path):
    """A bundled roadmap, taken out as a table and in again, has the same skills."""
    roadmap = load_roadmap_text(path.read_bytes(), path=path.name).roadmap

    again = parse_notion_csv(format_csv({"x": roadmap}))

    assert again.not_understood == ()
    assert again.roadmap.title == roadmap.title
    assert again.roadmap.skills == carried(roadmap).skills


def test_links_that_lead_elsewhere_are_no_links():
    """An address that is not of the web is written as text, which nobody can click."""
    bad = Skill(name="x", resources=(Resource(title="t", url="javascript:alert(1)"),))
    roadmap = Roadmap(
        title="T", source="javascript:x", sections=(Section(title="S", skills=(bad,)),)
    )

    text = format_markdown({"x": roadmap})

    assert "](javascript" not in text
    assert "<javascript" not in text


def test_texts_cannot_become_html_or_other_blocks():
    """What begins like a tag, a heading, a rule or a list stays text."""
    odd = ("<script>x</script>", "# h", "- x", "---", "1. x", "> q", "Source: x", "``` ", "| a |")
    for text in odd:
        roadmap = Roadmap(title=text.strip(), description=text, sections=())

        out = format_markdown({"x": roadmap})

        again = parse_markdown(out).roadmap
        assert (again.title, again.description) == (text.strip(), text)
        assert "<script" not in out


def test_a_table_has_the_columns_of_a_database_that_sync_makes():
    """Headers, statuses and days are those that Notion's import takes."""
    rows = list(csv.DictReader(io.StringIO(format_csv({"ds": ROADMAP}))))

    assert list(rows[0])[:4] == ["Skill", "Status", "Section", "Level"]
    assert [row["Status"] for row in rows] == ["Done", "In progress", "Skipped", "Not started"]
    assert (rows[0]["Started"], rows[0]["Hours"]) == ("2026-11-01", "2")
    assert rows[0]["Tags"] == 'evaluation, "a, b"'
    assert rows[1]["Requires"] == "split"
    assert {row["Roadmap"] for row in rows} == {"Data scientist path"}


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "'=1", "''+1", "\uff1d1"]
)
def test_cells_that_begin_like_a_formula_are_marked_as_text(cell):
    """No spreadsheet computes what a roadmap says, and the mark goes when it comes back."""
    marked = guard(cell)

    assert marked == f"'{cell}"
    assert unguard(marked) == cell


@pytest.mark.parametrize("cell", ["", "kNN", "'quoted'", "a=b", "1-2", "'", "2026-11-03"])
def test_other_cells_stay_as_they_are(cell):
    """Only what begins like a formula is marked."""
    assert guard(cell) == unguard(cell) == cell


def test_json_has_every_key_and_is_a_roadmap_file():
    """Programs find every key; an entry is the structure of a file, and conforms to its schema."""
    written = json.loads(format_json({"ds": ROADMAP}))

    (entry,) = written["roadmaps"]
    skill = entry["sections"][0]["skills"][2]
    name = entry.pop("name")
    assert (written["schema"], name) == (1, "ds")
    assert skill["goal"] is None
    assert skill["tags"] == []
    assert Draft202012Validator(make_json_schema()).is_valid(entry)


def test_json_saved_as_a_roadmap_file_loads_as_the_roadmap():
    """JSON is YAML: an exported roadmap can be put back as a file, with days unquoted."""
    entry = json.loads(format_json({"ds": ROADMAP}))["roadmaps"][0]
    for section in entry["sections"]:
        for skill in section["skills"]:
            for key in ("started", "completed"):
                skill[key] = skill[key] and date.fromisoformat(skill[key])
    entry.pop("name")

    text = yaml.safe_dump(entry, allow_unicode=True, sort_keys=False)

    assert load_roadmap_text(text.encode(), path="x.yaml").roadmap == ROADMAP


def test_exported_json_is_yaml_as_well():
    """Emoji, separators of lines and control characters mean the same to both readers."""
    text = "a\U0001f600b\u2028c\x85d\x7fe\ufefff\u00e9"
    roadmap = Roadmap(title=text, sections=())

    written = format_json({"r": roadmap})

    assert json.loads(written)["roadmaps"][0]["title"] == text
    assert yaml.load(written, Loader=yaml.CSafeLoader)["roadmaps"][0]["title"] == text
